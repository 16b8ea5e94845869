//! Profiles as bytes: a record for each account and each group, with its version first.

use super::filter::Filter;
use super::group::{Account, AccountPool, Group, NIL};
use super::pool::{Pool, Rules};
use super::running::Running;
use super::volume::{bucket, reach};
use super::{Profile, keyed::Keyed};
use crate::value::bytes::{Bytes, put_bytes, put_number, put_value};
use crate::value::{Time, Value};

/// Version of the records.
const VERSION: u8 = 2;

/// A record that is none of this profile: of another version, seed or form, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// What changed since it was last taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    accounts: Vec<u32>,
    groups: Vec<u32>,
    removed: Vec<Vec<u8>>,
}

impl Changes {
    pub fn touch(&mut self, a: u32, g: u32, account: &mut bool, group: &mut bool) {
        if !std::mem::replace(account, true) {
            self.accounts.push(a);
        }
        if !std::mem::replace(group, true) {
            self.groups.push(g);
        }
    }

    pub fn removed(&mut self, account: &[u8], group: Option<&[u8]>) {
        self.removed.push(name(account, group));
    }
}

/// A record's name: accounts come before groups.
fn name(account: &[u8], group: Option<&[u8]>) -> Vec<u8> {
    let mut out = vec![u8::from(group.is_some())];
    put_bytes(&mut out, account);
    out.extend_from_slice(group.unwrap_or_default());
    out
}

impl Profile {
    /// Until when the account that came last learns; none if there is no account.
    #[must_use]
    pub fn learns_until(&self) -> Option<Time> {
        let first = self.accounts.iter().map(|(_, account)| account.first).max()?;
        Some(Time(first.saturating_add(self.spec.learn)))
    }

    /// From now on what changes is kept until it is [taken](Self::take_changes).
    pub fn keep_changes(&mut self) {
        self.changes.get_or_insert_default();
    }

    /// The records that changed since this was last called, by name, each with its bytes, or nothing if it is to be
    /// removed. Not between `begin` and `end` of an instant.
    pub fn take_changes(&mut self, mut told: impl FnMut(&[u8], Option<&[u8]>)) {
        let Some(changes) = self.changes.as_mut().map(std::mem::take) else { return };
        for name in &changes.removed {
            told(name, None);
        }
        let mut out = Vec::new();
        for a in changes.accounts {
            if let Some(account) = self.accounts.get_mut(a)
                && std::mem::take(&mut account.dirty)
            {
                out.clear();
                head(&mut out, self.hash);
                save_account(&mut out, account);
                told(&name(&account.key, None), Some(&out));
            }
        }
        for g in changes.groups {
            if let Some(group) = self.groups.get_mut(g)
                && std::mem::take(&mut group.dirty)
            {
                out.clear();
                head(&mut out, self.hash);
                save_group(&mut out, group);
                told(&name(&self.accounts[group.account].key, Some(&group.key)), Some(&out));
            }
        }
    }

    /// Puts a record back; all of them in order of their names, before the first event.
    ///
    /// # Errors
    /// [`Broken`] where the record is none of this profile; nothing was changed.
    pub fn load(&mut self, name: &[u8], bytes: &[u8]) -> Result<(), Broken> {
        self.unordered = true;
        self.load_record(name, bytes).ok_or(Broken)
    }

    fn load_record(&mut self, name: &[u8], bytes: &[u8]) -> Option<()> {
        let mut expected = Vec::new();
        head(&mut expected, self.hash);
        let mut bytes = Bytes::new(bytes.strip_prefix(expected.as_slice())?);
        let mut name = Bytes::new(name);
        let is_group = name.byte()?;
        let account_key = name.bytes()?;
        let hash = self.hash.hash(1, account_key);
        let found = self.accounts.find(hash, NIL, account_key);
        let bytes = &mut bytes;
        match (is_group, found) {
            (0, None) if name.rest.is_empty() => {
                let rules = self.rules(self.limits.account_values);
                let account = load_account(&self.spec, rules, account_key, hash, bytes)?;
                bytes.rest.is_empty().then_some(())?;
                let a = self.accounts.insert(account);
                self.weigh_account(a);
            }
            (1, Some(a)) => {
                let rules = self.rules(self.limits.group_values);
                let hash = self.hash.hash(hash, name.rest);
                let group = load_group(&self.spec, rules, (name.rest, hash, a), bytes)?;
                (bytes.rest.is_empty() && self.groups.find(hash, a, name.rest).is_none()).then_some(())?;
                let g = self.groups.insert(group);
                self.weigh(a, g);
            }
            _ => return None,
        }
        Some(())
    }

    /// After loading: groups stand in their accounts by last event.
    pub(super) fn order(&mut self) {
        if !std::mem::take(&mut self.unordered) {
            return;
        }
        let mut groups: Vec<(i64, u32)> = self.groups.iter().map(|(g, group)| (group.last, g)).collect();
        groups.sort_unstable();
        let accounts: Vec<u32> = self.accounts.iter().map(|(a, _)| a).collect();
        for &a in &accounts {
            let account = &mut self.accounts[a];
            (account.newest, account.oldest, account.groups) = (NIL, NIL, 0);
            account.volumes.iter_mut().for_each(super::volume::AccountVolume::unborn);
        }
        for (_, g) in groups {
            let first = self.groups[g].first;
            let account = &mut self.accounts[self.groups[g].account];
            account.groups += 1;
            for (volume, v) in account.volumes.iter_mut().zip(&self.spec.volumes) {
                volume.born(bucket(first, v.every), reach(v, self.spec.remember));
            }
            self.link(g);
        }
        for a in accounts {
            if self.accounts[a].groups == 0
                && let Some(account) = self.accounts.remove(a)
            {
                self.bytes -= account.bytes;
            }
        }
    }
}

fn head(out: &mut Vec<u8>, hash: Keyed) {
    out.push(VERSION);
    out.extend_from_slice(&(hash.hash(2, b"outguard") as u32).to_le_bytes());
}

fn put_int(out: &mut Vec<u8>, n: i64) {
    put_number(out, ((n << 1) ^ (n >> 63)) as u64);
}

fn put_wide(out: &mut Vec<u8>, n: i128) {
    out.extend_from_slice(&n.to_le_bytes());
}

fn int(bytes: &mut Bytes<'_>) -> Option<i64> {
    let n = bytes.number()?;
    Some(((n >> 1) as i64) ^ -((n & 1) as i64))
}

fn wide(bytes: &mut Bytes<'_>) -> Option<i128> {
    Some(i128::from_le_bytes(bytes.take(16)?.try_into().ok()?))
}

fn float(bytes: &mut Bytes<'_>) -> Option<f64> {
    Some(f64::from_le_bytes(bytes.take(8)?.try_into().ok()?))
}

fn flag(bytes: &mut Bytes<'_>) -> Option<bool> {
    bytes.byte().filter(|b| *b < 2).map(|b| b == 1)
}

fn length(bytes: &mut Bytes<'_>) -> Option<usize> {
    usize::try_from(bytes.number()?).ok()
}

fn save_group(out: &mut Vec<u8>, group: &Group) {
    put_int(out, group.first);
    put_int(out, group.last);
    put_int(out, group.at);
    put_number(out, group.events);
    put_number(out, group.pools.len() as u64);
    for pool in &group.pools {
        save_pool(out, pool, group.at, |_, _| {});
    }
    put_number(out, group.volumes.len() as u64);
    for volume in &group.volumes {
        put_int(out, volume.bucket);
        match volume.amount {
            Some(amount) => {
                out.push(1);
                put_int(out, amount);
            }
            None => out.push(0),
        }
        put_number(out, volume.running.len() as u64);
        volume.running.iter().for_each(|running| save_running(out, running));
        put_number(out, volume.past.len() as u64);
        for (bucket, amount) in &volume.past {
            put_int(out, *bucket);
            put_int(out, *amount);
        }
    }
}

fn load_group(
    spec: &super::ProfileSpec,
    rules: Rules,
    (key, hash, account): (&[u8], u64, u32),
    bytes: &mut Bytes<'_>,
) -> Option<Group> {
    let first = int(bytes)?;
    let mut group = Group::new(spec, key, hash, account, first);
    group.last = int(bytes)?;
    group.at = int(bytes)?;
    group.events = bytes.number()?;
    (length(bytes)? == group.pools.len()).then_some(())?;
    for pool in &mut group.pools {
        *pool = load_pool(bytes, rules, group.at, |_| Some(()))?;
    }
    (length(bytes)? == group.volumes.len()).then_some(())?;
    for (volume, v) in group.volumes.iter_mut().zip(&spec.volumes) {
        volume.bucket = int(bytes)?;
        volume.amount = if flag(bytes)? { Some(int(bytes)?) } else { None };
        let n = length(bytes)?;
        (n == 0 || n == v.aggregates.len()).then_some(())?;
        for aggregate in &v.aggregates[..n] {
            let running = load_running(bytes)?;
            (std::mem::discriminant(&running) == std::mem::discriminant(&Running::new(aggregate))).then_some(())?;
            volume.running.push(running);
        }
        for _ in 0..length(bytes)? {
            volume.remember(int(bytes)?, int(bytes)?);
        }
    }
    Some(group)
}

fn save_account(out: &mut Vec<u8>, account: &Account) {
    put_int(out, account.first);
    put_int(out, account.at);
    put_number(out, account.pools.len() as u64);
    for AccountPool { pool, texts, runs, .. } in &account.pools {
        save_pool(out, pool, account.at, |out, slot| {
            put_bytes(out, &texts[slot]);
            put_number(out, runs[slot].into());
        });
    }
    put_number(out, account.volumes.len() as u64);
    for volume in &account.volumes {
        put_int(out, volume.bucket);
        put_wide(out, volume.open.0);
        put_wide(out, volume.open.1);
        put_number(out, volume.past.len() as u64);
        for (bucket, sum, squares) in &volume.past {
            put_int(out, *bucket);
            put_wide(out, *sum);
            put_wide(out, *squares);
        }
    }
}

fn load_account(
    spec: &super::ProfileSpec,
    rules: Rules,
    key: &[u8],
    hash: u64,
    bytes: &mut Bytes<'_>,
) -> Option<Account> {
    let first = int(bytes)?;
    let mut account = Account::new(spec, key, hash, first);
    account.at = int(bytes)?;
    (length(bytes)? == account.pools.len()).then_some(())?;
    for shared in &mut account.pools {
        let mut texts: Vec<(Box<[u8]>, u32)> = Vec::new();
        shared.pool = load_pool(bytes, rules, account.at, |bytes| {
            texts.push((bytes.bytes()?.into(), u32::try_from(bytes.number()?).ok()?));
            Some(())
        })?;
        texts.into_iter().for_each(|(text, runs)| shared.keep(text, runs));
    }
    (length(bytes)? == account.volumes.len()).then_some(())?;
    for volume in &mut account.volumes {
        volume.bucket = int(bytes)?;
        volume.open = (wide(bytes)?, wide(bytes)?);
        for _ in 0..length(bytes)? {
            volume.remember(int(bytes)?, wide(bytes)?, wide(bytes)?);
        }
    }
    Some(account)
}

fn save_pool(out: &mut Vec<u8>, pool: &Pool, at: i64, mut more: impl FnMut(&mut Vec<u8>, usize)) {
    put_number(out, pool.entries.len() as u64);
    for slot in pool.by_age() {
        let e = &pool.entries[slot];
        out.extend_from_slice(&e.hash.to_le_bytes());
        put_int(out, at.saturating_sub(e.last));
        put_int(out, e.last.saturating_sub(e.start));
        put_number(out, e.count.into());
        put_number(out, e.hours.into());
        more(out, slot);
    }
    match &pool.filter {
        Some(filter) => {
            out.push(1);
            filter.save(out);
        }
        None => out.push(0),
    }
}

fn load_pool(
    bytes: &mut Bytes<'_>,
    rules: Rules,
    at: i64,
    mut more: impl FnMut(&mut Bytes<'_>) -> Option<()>,
) -> Option<Pool> {
    let mut pool = Pool::default();
    let mut before = i64::MIN;
    for _ in 0..length(bytes)? {
        let hash = u64::from_le_bytes(bytes.take(8)?.try_into().ok()?);
        let last = at.checked_sub(int(bytes)?)?;
        let start = last.checked_sub(int(bytes)?)?;
        let count = u32::try_from(bytes.number()?).ok()?;
        let hours = u32::try_from(bytes.number()?).ok()?;
        (before <= last && start <= last && pool.find(hash).is_none()).then_some(())?;
        before = last;
        pool.restore(hash, start, last, count, hours);
        more(bytes)?;
    }
    if flag(bytes)? {
        pool.filter = Some(Box::new(Filter::load(bytes)?));
    }
    pool.restored(at, rules);
    Some(pool)
}

fn save_running(out: &mut Vec<u8>, running: &Running) {
    match running {
        Running::Count(n) => {
            out.push(0);
            put_number(out, *n);
        }
        Running::Total { int, float, floats, durations, n, mean } => {
            out.push(1);
            put_int(out, *int);
            out.extend_from_slice(&float.to_le_bytes());
            out.extend([*floats, *durations, *mean].map(u8::from));
            put_number(out, *n);
        }
        Running::Extreme { value, greatest } => {
            out.extend([2, u8::from(*greatest)]);
            put_value(out, value.as_ref().unwrap_or(&Value::Null));
        }
        Running::Distinct { hashes, all } => {
            out.extend([3, u8::from(*all)]);
            put_number(out, hashes.len() as u64);
            hashes.iter().for_each(|h| out.extend_from_slice(&h.to_le_bytes()));
        }
        Running::Gaps { n, last, sum, squares } => {
            out.push(4);
            put_number(out, *n);
            put_int(out, *last);
            put_wide(out, *sum);
            put_wide(out, *squares);
        }
        Running::Speed { beyond, last, most } => {
            out.push(5);
            out.extend_from_slice(&beyond.to_le_bytes());
            out.push(u8::from(last.is_some()));
            if let Some((lon, lat, t)) = last {
                out.extend_from_slice(&lon.to_le_bytes());
                out.extend_from_slice(&lat.to_le_bytes());
                put_int(out, *t);
            }
            out.push(u8::from(most.is_some()));
            most.iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
        }
    }
}

fn load_running(bytes: &mut Bytes<'_>) -> Option<Running> {
    Some(match bytes.byte()? {
        0 => Running::Count(bytes.number()?),
        1 => {
            let (int, float) = (int(bytes)?, float(bytes)?);
            let (floats, durations, mean) = (flag(bytes)?, flag(bytes)?, flag(bytes)?);
            Running::Total { int, float, floats, durations, n: bytes.number()?, mean }
        }
        2 => {
            let greatest = flag(bytes)?;
            Running::Extreme { value: bytes.value().map(|v| (v != Value::Null).then_some(v))?, greatest }
        }
        3 => {
            let all = flag(bytes)?;
            let mut hashes = Vec::new();
            for _ in 0..length(bytes)? {
                hashes.push(u64::from_le_bytes(bytes.take(8)?.try_into().ok()?));
            }
            hashes.is_sorted().then_some(Running::Distinct { hashes, all })?
        }
        4 => Running::Gaps { n: bytes.number()?, last: int(bytes)?, sum: wide(bytes)?, squares: wide(bytes)? },
        5 => {
            let beyond = float(bytes)?;
            let last = if flag(bytes)? { Some((float(bytes)?, float(bytes)?, int(bytes)?)) } else { None };
            Running::Speed { beyond, last, most: if flag(bytes)? { Some(float(bytes)?) } else { None } }
        }
        _ => return None,
    })
}
