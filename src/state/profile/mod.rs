//! Learned profiles: what a group and its account usually do, and what is unusual. events of an instant -> volumes ->
//! questions -> values. The law is `docs/state.md` §5.

mod filter;
mod group;
pub mod keyed;
mod pool;
mod running;
mod saved;
mod surprise;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod unusual;
mod volume;

use std::sync::Arc;

use super::{Answer, Ask, Happening, ProfileSpec};
use crate::value::{Raw, Time, Truth};
use group::{Account, Group, NIL};
use keyed::Keyed;
use pool::{Rules, over};
pub use saved::Broken;
pub use surprise::{Counts, Surprise};
use table::Table;
use volume::{bucket, in_ones, reach};

/// How much a profile keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Groups.
    pub groups: usize,
    /// Bytes, about; above, groups make room.
    pub bytes: usize,
    /// Different values of a group that are exact; above, a filter of 1.3 MB goes on.
    pub group_values: usize,
    /// The same of an account.
    pub account_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { groups: 1_000_000, bytes: 1 << 30, group_values: 4096, account_values: 65_536 }
    }
}

/// A profile: all its groups.
///
/// Times never go back. At each instant first [`begin`](Profile::begin) is called for every group that has events, then
/// the questions, then [`end`](Profile::end) for every group that has events.
#[derive(Debug)]
pub struct Profile {
    spec: Arc<ProfileSpec>,
    limits: Limits,
    hash: Keyed,
    groups: Table<Group>,
    accounts: Table<Account>,
    /// Bytes of groups and accounts.
    bytes: usize,
    /// The next account that is looked at for age.
    sweep: usize,
    random: u64,
    evicted: u64,
    changes: Option<saved::Changes>,
    /// Groups were put back and do not stand in order.
    unordered: bool,
    scratch: Vec<u8>,
}

/// Sampled at the limit of groups.
const SAMPLE: usize = 16;

impl Profile {
    /// Nothing is learned. Hashes depend on the seed: what was saved under one is read under the same only.
    #[must_use]
    pub fn new(spec: Arc<ProfileSpec>, limits: Limits, seed: u128) -> Self {
        Self {
            spec,
            limits,
            hash: Keyed::new(seed),
            groups: Table::new(),
            accounts: Table::new(),
            bytes: 0,
            sweep: 0,
            random: seed as u64 ^ (seed >> 64) as u64,
            evicted: 0,
            changes: None,
            unordered: false,
            scratch: Vec::new(),
        }
    }

    /// What it learns.
    #[must_use]
    pub fn spec(&self) -> &Arc<ProfileSpec> {
        &self.spec
    }

    /// How many groups there are.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes + self.groups.bytes() + self.accounts.bytes()
    }

    /// How many groups made room at a limit since this was last asked.
    pub fn take_evicted(&mut self) -> u64 {
        std::mem::take(&mut self.evicted)
    }

    /// The events of a group at `t`: volumes count them.
    pub fn begin(&mut self, t: Time, account: &[u8], key: &[u8], events: &[Happening<'_>]) {
        let t = t.0;
        self.sweep_one(t);
        if events.is_empty() {
            return;
        }
        let (a, g) = self.enter(t, account, key);
        let spec = self.spec.clone();
        let (group, account) = (&mut self.groups[g], &mut self.accounts[a]);
        group.events += events.len() as u64;
        for (i, volume) in spec.volumes.iter().enumerate() {
            let mut counted = false;
            for event in events {
                if volume.counts.is_none_or(|arg| event.args[arg] == Raw::TRUE) {
                    counted = true;
                    group.volumes[i].add(volume, t, event.args, |value| self.hash.hash(0, value.bytes()));
                }
            }
            if counted {
                account.volumes[i].change(group.volumes[i].measure(volume));
            }
        }
    }

    /// Answers a question of an event at `t`. `parts` are the parts of the values that are asked, evaluated, one behind
    /// the other; null is absent.
    pub fn ask(&mut self, t: Time, account: &[u8], key: &[u8], ask: &Ask, parts: &[Raw<'_>]) -> Answer {
        let Some(judge) = self.judge(t.0, account, key) else {
            return if let Ask::Surprise(_) = ask { Answer::Bits(None) } else { Answer::Truth(Truth::Unknown) };
        };
        match ask {
            Ask::New(value, _) => {
                let mut truth = Truth::Unknown;
                let mut scratch = std::mem::take(&mut self.scratch);
                each(&mut scratch, parts, |bytes, _| {
                    let new = !self.knows(judge, t.0, *value, self.hash.hash(0, bytes));
                    truth = if truth == Truth::Unknown { new.into() } else { truth.or(new.into()) };
                });
                self.scratch = scratch;
                Answer::Truth(truth)
            }
            Ask::Surge { volume, sigma, floor } => {
                let truth = self.measured(judge, *volume).map_or(Truth::Unknown, |(amount, usual)| {
                    Truth::from(amount > usual.mean + sigma * usual.sd.max(1.0) && amount > *floor)
                });
                Answer::Truth(truth)
            }
            Ask::Surprise(values) => {
                let mut bits = 0.0;
                let mut scratch = std::mem::take(&mut self.scratch);
                for (value, parts) in split(values, parts) {
                    let mut most = 0.0f64;
                    each(&mut scratch, parts, |bytes, _| {
                        most = most.max(self.counts_of(judge, t.0, value, self.hash.hash(0, bytes)).bits());
                    });
                    bits += most;
                }
                self.scratch = scratch;
                Answer::Bits(Some(bits))
            }
        }
    }

    /// What is counted of a value before `t`, for whoever wants to judge by another formula; nothing while the account
    /// learns, or where the value is absent.
    pub fn counts(&mut self, t: Time, account: &[u8], key: &[u8], value: usize, parts: &[Raw<'_>]) -> Option<Surprise> {
        let judge = self.judge(t.0, account, key)?;
        let mut counts = None;
        let mut scratch = std::mem::take(&mut self.scratch);
        each(&mut scratch, parts, |bytes, _| {
            counts = Some(self.counts_of(judge, t.0, value, self.hash.hash(0, bytes)));
        });
        self.scratch = scratch;
        counts
    }

    /// The events of a group at `t` once more: their values have been seen.
    pub fn end(&mut self, t: Time, account: &[u8], key: &[u8], events: &[Happening<'_>]) {
        let t = t.0;
        let Some((a, Some(g))) = self.find(account, key) else { return };
        let spec = self.spec.clone();
        let (own, all) = (self.rules(self.limits.group_values), self.rules(self.limits.account_values));
        let mut scratch = std::mem::take(&mut self.scratch);
        let (group, account) = (&mut self.groups[g], &mut self.accounts[a]);
        let mut grew = false;
        let mut parts: smallvec::SmallVec<[Raw<'_>; 2]> = smallvec::SmallVec::new();
        for event in events {
            for (i, (_, args)) in spec.values.iter().enumerate() {
                let parts = match args.as_slice() {
                    [one] => std::slice::from_ref(&event.args[*one]),
                    several => {
                        parts.clear();
                        parts.extend(several.iter().map(|&arg| event.args[arg]));
                        &parts
                    }
                };
                let (pool, shared) = (&mut group.pools[i], &mut account.pools[i]);
                each(&mut scratch, parts, |bytes, parts| {
                    let hash = self.hash.hash(0, bytes);
                    grew |= shared.sight(hash, t, all, || unusual::short(bytes, parts));
                    if !matches!(pool.sight(hash, t, own), pool::Sighted::Again) {
                        shared.group_began(hash);
                        grew = true;
                    }
                });
            }
        }
        self.scratch = scratch;
        if grew || group.events % 64 == 0 {
            self.weigh(a, g);
            while self.bytes > self.limits.bytes && self.groups.len() > 1 {
                self.evict(t);
            }
        }
    }

    fn rules(&self, exact: usize) -> Rules {
        Rules { remember: self.spec.remember, settle: self.spec.settle, exact }
    }

    fn find(&self, account: &[u8], key: &[u8]) -> Option<(u32, Option<u32>)> {
        let hash = self.hash.hash(1, account);
        let a = self.accounts.find(hash, NIL, account)?;
        Some((a, self.groups.find(self.hash.hash(hash, key), a, key)))
    }

    /// The account and group of an event at `t`, there from now on.
    fn enter(&mut self, t: i64, account: &[u8], key: &[u8]) -> (u32, u32) {
        self.order();
        let hash = self.hash.hash(1, account);
        let mut a = self.accounts.find(hash, NIL, account);
        if let Some(at) = a {
            a = self.forget(at, t).then_some(at);
        }
        let group_hash = self.hash.hash(hash, key);
        let g = a.and_then(|a| self.groups.find(group_hash, a, key));
        if g.is_none() && self.groups.len() >= self.limits.groups.max(1) {
            self.evict(t);
            // An account goes with its last group.
            a = self.accounts.find(hash, NIL, account);
        }
        let a = a.unwrap_or_else(|| {
            let row = Account::new(&self.spec, account, hash, t);
            let at = self.accounts.insert(row);
            self.weigh_account(at);
            at
        });
        let all = self.rules(self.limits.account_values);
        self.accounts[a].advance(&self.spec, all, t);
        let g = match g {
            Some(g) => {
                self.unlink(g);
                g
            }
            None => {
                let g = self.groups.insert(Group::new(&self.spec, key, group_hash, a, t));
                let account = &mut self.accounts[a];
                account.groups += 1;
                for (volume, v) in account.volumes.iter_mut().zip(&self.spec.volumes) {
                    volume.born(bucket(t, v.every), reach(v, self.spec.remember));
                }
                self.weigh(a, g);
                g
            }
        };
        self.link(g);
        let own = self.rules(self.limits.group_values);
        let group = &mut self.groups[g];
        group.advance(&self.spec, own, t);
        group.last = t;
        if let Some(changes) = &mut self.changes {
            changes.touch(a, g, &mut self.accounts[a].dirty, &mut group.dirty);
        }
        (a, g)
    }

    /// Who judges an event at `t`: the account (brought to `t`), and the group unless it is too young.
    fn judge(&mut self, t: i64, account: &[u8], key: &[u8]) -> Option<Judge> {
        self.order();
        let (a, g) = self.find(account, key)?;
        if !self.forget(a, t) {
            return None;
        }
        let all = self.rules(self.limits.account_values);
        self.accounts[a].advance(&self.spec, all, t);
        if t.saturating_sub(self.accounts[a].first) < self.spec.learn {
            return None;
        }
        let own = self.rules(self.limits.group_values);
        // The group may have been forgotten just now.
        let g = g.filter(|&g| self.groups.get(g).is_some());
        if let Some(g) = g {
            self.groups[g].advance(&self.spec, own, t);
        }
        let young = g.is_none_or(|g| t.saturating_sub(self.groups[g].first) < self.spec.learn);
        Some(Judge { account: a, group: g, young })
    }

    fn knows(&self, judge: Judge, t: i64, value: usize, hash: u64) -> bool {
        match judge.mature() {
            Some(g) => self.groups[g].pools[value].seen(hash, t, self.rules(0)).known,
            None => self.accounts[judge.account].pools[value].pool.seen(hash, t, self.rules(0)).known,
        }
    }

    /// The amount of the open bucket, and the usual.
    fn measured(&self, judge: Judge, volume: usize) -> Option<(f64, volume::Usual)> {
        let v = &self.spec.volumes[volume];
        let reach = reach(v, self.spec.remember);
        let usual = match judge.mature() {
            Some(g) => {
                let group = &self.groups[g];
                group.volumes[volume].usual(bucket(group.first, v.every), reach)?
            }
            None => self.accounts[judge.account].volumes[volume].usual(reach)?,
        };
        let amount = judge.group.map_or(Some(0), |g| self.groups[g].volumes[volume].amount)?;
        Some((in_ones(amount), usual))
    }

    fn counts_of(&self, judge: Judge, t: i64, value: usize, hash: u64) -> Surprise {
        let of = |pool: &pool::Pool| {
            let seen = pool.seen(hash, t, self.rules(0));
            let (own, rare) = if seen.known { (seen.hours.into(), pool.rarer(seen.hours)) } else { (0, 0) };
            Counts { own, rare, all: pool.hours(), different: pool.known() }
        };
        let shared = &self.accounts[judge.account].pools[value];
        let hours = of(&shared.pool);
        let (own, rare, all) = shared.spread(hash);
        let (own, rare) = if hours.own > 0 { (own, rare) } else { (0, 0) };
        let groups = Counts { own, rare, all, different: hours.different };
        Surprise { group: judge.mature().map(|g| of(&self.groups[g].pools[value])), hours, groups }
    }

    /// Forgets groups of an account without an event for more than `remember`; whether any is left. An account goes
    /// with its last group.
    fn forget(&mut self, a: u32, t: i64) -> bool {
        while let Some(account) = self.accounts.get(a) {
            let g = account.oldest;
            if !over(self.groups[g].last, t, self.spec.remember) {
                return true;
            }
            self.remove(g);
        }
        false
    }

    fn sweep_one(&mut self, t: i64) {
        self.order();
        if self.accounts.places() > 0 {
            self.sweep = (self.sweep + 1) % self.accounts.places();
            if self.accounts.get(self.sweep as u32).is_some() {
                self.forget(self.sweep as u32, t);
            }
        }
    }

    /// Of a sample, the group with the fewest events makes room, of those the one idle longest.
    fn evict(&mut self, t: i64) {
        let mut worst: Option<(bool, u64, i64, u32)> = None;
        let mut sampled = 0;
        for _ in 0..8 * SAMPLE {
            let at = (self.next_random() % self.groups.places().max(1) as u64) as u32;
            let Some(group) = self.groups.get(at) else { continue };
            let rank = (group.last == t, group.events, group.last, at);
            worst = Some(worst.map_or(rank, |w| w.min(rank)));
            sampled += 1;
            if sampled == SAMPLE {
                break;
            }
        }
        let found = worst.map(|w| w.3).or_else(|| self.groups.iter().map(|(at, _)| at).next());
        if let Some(g) = found {
            self.remove(g);
            self.evicted += 1;
        }
    }

    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn remove(&mut self, g: u32) {
        self.unlink(g);
        let Some(group) = self.groups.remove(g) else { return };
        self.bytes -= group.bytes;
        let account = &mut self.accounts[group.account];
        if let Some(changes) = &mut self.changes {
            changes.removed(&account.key, Some(&group.key));
        }
        account.groups -= 1;
        for ((volume, v), own) in account.volumes.iter_mut().zip(&self.spec.volumes).zip(&group.volumes) {
            volume.died(bucket(group.first, v.every));
            own.past.iter().for_each(|&(bucket, amount)| volume.leave(bucket, amount));
            volume.leave(own.bucket, own.amount.unwrap_or(0));
        }
        if account.groups == 0
            && let Some(account) = self.accounts.remove(group.account)
        {
            self.bytes -= account.bytes;
            if let Some(changes) = &mut self.changes {
                changes.removed(&account.key, None);
            }
        }
    }

    fn weigh(&mut self, a: u32, g: u32) {
        let group = &mut self.groups[g];
        let now = group.measure();
        self.bytes = self.bytes + now - std::mem::replace(&mut group.bytes, now);
        self.weigh_account(a);
    }

    fn weigh_account(&mut self, a: u32) {
        let account = &mut self.accounts[a];
        let now = account.measure();
        self.bytes = self.bytes + now - std::mem::replace(&mut account.bytes, now);
    }

    /// Makes a group the one with its account's latest event.
    fn link(&mut self, g: u32) {
        let account = &mut self.accounts[self.groups[g].account];
        let before = std::mem::replace(&mut account.newest, g);
        if before == NIL {
            account.oldest = g;
        } else {
            self.groups[before].newer = g;
        }
        (self.groups[g].newer, self.groups[g].older) = (NIL, before);
    }

    fn unlink(&mut self, g: u32) {
        let (newer, older) = (self.groups[g].newer, self.groups[g].older);
        let account = &mut self.accounts[self.groups[g].account];
        if newer == NIL {
            account.newest = older;
        } else {
            self.groups[newer].older = older;
        }
        if older == NIL {
            self.accounts[self.groups[g].account].oldest = newer;
        } else {
            self.groups[older].newer = newer;
        }
    }
}

/// Who answers.
#[derive(Debug, Clone, Copy)]
struct Judge {
    account: u32,
    group: Option<u32>,
    /// The group is too young; the account answers.
    young: bool,
}

impl Judge {
    fn mature(self) -> Option<u32> {
        self.group.filter(|_| !self.young)
    }
}

/// The values of parts, as bytes and parts: one if none is absent; of a list by itself, each element.
fn each(scratch: &mut Vec<u8>, parts: &[Raw<'_>], mut told: impl FnMut(&[u8], &[Raw<'_>])) {
    if let [one] = parts {
        match one.elements() {
            Some(items) => items.filter(|item| !item.is_null()).for_each(|item| told(item.bytes(), &[item])),
            None if one.is_null() => {}
            None => told(one.bytes(), parts),
        }
    } else if !parts.contains(&Raw::NULL) && !parts.is_empty() {
        scratch.clear();
        parts.iter().for_each(|part| scratch.extend_from_slice(part.bytes()));
        told(scratch, parts);
    }
}

/// Of each value of a question about surprise, its index and parts.
fn split<'a, T>(values: &'a [(usize, Vec<T>)], parts: &'a [Raw<'a>]) -> impl Iterator<Item = (usize, &'a [Raw<'a>])> {
    let mut rest = parts;
    values.iter().map(move |(value, terms)| {
        let (these, others) = rest.split_at(terms.len().min(rest.len()));
        rest = others;
        (*value, these)
    })
}
