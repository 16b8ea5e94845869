//! What a profile keeps of one group and of one account.

use std::sync::Arc;

use super::pool::{Pool, Rules, Sighted};
use super::tally::Tally;
use super::volume::{AccountVolume, GroupVolume, bucket, reach};
use crate::state::ProfileSpec;

/// No group, no account.
pub(super) const NIL: u32 = u32::MAX;

/// One group: a run of events that are not more than `remember` apart.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub key: Arc<[u8]>,
    pub hash: u64,
    pub account: u32,
    /// The next group with the same hash.
    pub same: u32,
    /// Its neighbours in its account, by last event.
    pub newer: u32,
    pub older: u32,
    /// The run's first and last event.
    pub first: i64,
    pub last: i64,
    pub events: u64,
    /// The instant that it was brought to.
    pub at: i64,
    pub pools: Box<[Pool]>,
    pub volumes: Box<[GroupVolume]>,
    /// Not saved since it changed.
    pub dirty: bool,
    /// Bytes that it was taken to have when last measured.
    pub bytes: usize,
}

/// One account: all its groups together.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub key: Arc<[u8]>,
    pub hash: u64,
    pub same: u32,
    pub newest: u32,
    pub oldest: u32,
    pub groups: usize,
    pub first: i64,
    /// The instant that it was brought to.
    pub at: i64,
    pub pools: Box<[AccountPool]>,
    pub volumes: Box<[AccountVolume]>,
    pub dirty: bool,
    pub bytes: usize,
}

/// The values of an account: as a pool, with the text of each that is exact.
#[derive(Debug, Clone, Default)]
pub(super) struct AccountPool {
    pub pool: Pool,
    /// Of each slot, the value as bytes, or the beginning of its text.
    pub texts: Vec<Box<[u8]>>,
    pub text_bytes: usize,
    /// Of each slot, how many runs of its groups began within this run.
    pub runs: Vec<u32>,
    /// These, summed up.
    pub all_runs: Tally,
}

impl Group {
    pub fn new(spec: &ProfileSpec, key: &[u8], hash: u64, account: u32, t: i64) -> Self {
        Self {
            key: key.into(),
            hash,
            account,
            same: NIL,
            newer: NIL,
            older: NIL,
            first: t,
            last: t,
            events: 0,
            at: t,
            pools: spec.values.iter().map(|_| Pool::default()).collect(),
            volumes: spec.volumes.iter().map(|v| GroupVolume::new(bucket(t, v.every))).collect(),
            dirty: false,
            bytes: 0,
        }
    }

    /// Brings it to the instant `t`.
    pub fn advance(&mut self, spec: &ProfileSpec, rules: Rules, t: i64) {
        if self.at == t {
            return;
        }
        self.at = t;
        for pool in &mut self.pools {
            pool.advance(t, rules, |_| {});
        }
        for (volume, v) in self.volumes.iter_mut().zip(&spec.volumes) {
            volume.roll(bucket(t, v.every), reach(v, spec.remember));
        }
    }

    /// Bytes in memory, about.
    pub fn measure(&self) -> usize {
        size_of::<Self>()
            + 16
            + self.key.len()
            + size_of_val(&*self.pools)
            + size_of_val(&*self.volumes)
            + self.pools.iter().map(Pool::bytes).sum::<usize>()
            + self.volumes.iter().map(GroupVolume::bytes).sum::<usize>()
    }
}

impl Account {
    pub fn new(spec: &ProfileSpec, key: &[u8], hash: u64, t: i64) -> Self {
        Self {
            key: key.into(),
            hash,
            same: NIL,
            newest: NIL,
            oldest: NIL,
            groups: 0,
            first: t,
            at: t,
            pools: spec.values.iter().map(|_| AccountPool::default()).collect(),
            volumes: spec.volumes.iter().map(|v| AccountVolume::new(bucket(t, v.every))).collect(),
            dirty: false,
            bytes: 0,
        }
    }

    /// Brings it to the instant `t`; its groups have been.
    pub fn advance(&mut self, spec: &ProfileSpec, rules: Rules, t: i64) {
        if self.at == t {
            return;
        }
        self.at = t;
        for AccountPool { pool, texts, text_bytes, runs, all_runs } in &mut self.pools {
            let before = runs.len();
            pool.advance(t, rules, |slot| {
                *text_bytes -= room(&texts.swap_remove(slot));
                all_runs.change(runs.swap_remove(slot), 0);
            });
            if runs.len() < before {
                all_runs.resize(runs.iter().copied());
            }
        }
        for (volume, v) in self.volumes.iter_mut().zip(&spec.volumes) {
            volume.roll(bucket(t, v.every), reach(v, spec.remember));
        }
    }

    /// Bytes in memory, about, without its groups.
    pub fn measure(&self) -> usize {
        size_of::<Self>()
            + 16
            + self.key.len()
            + self.pools.iter().map(AccountPool::bytes).sum::<usize>()
            + self.volumes.iter().map(|v| size_of::<AccountVolume>() + v.bytes()).sum::<usize>()
    }
}

impl AccountPool {
    /// A sighting; whether a run began. The text is kept where the value is exact.
    pub fn sight(&mut self, hash: u64, t: i64, rules: Rules, text: impl FnOnce() -> Box<[u8]>) -> bool {
        match self.pool.sight(hash, t, rules) {
            Sighted::Again => false,
            Sighted::Began => {
                self.keep(text(), 0);
                true
            }
            Sighted::Filtered => true,
        }
    }

    /// The text of the value that came last, and how many runs of groups it has.
    pub fn keep(&mut self, text: Box<[u8]>, runs: u32) {
        self.text_bytes += room(&text);
        self.texts.push(text);
        self.runs.push(runs);
        self.all_runs.change(0, runs);
        self.all_runs.resize(self.runs.iter().copied());
    }

    /// A group began a run of a value that was just sighted here.
    pub fn group_began(&mut self, hash: u64) {
        if let Some(slot) = self.pool.find(hash) {
            let runs = &mut self.runs[slot];
            *runs += 1;
            self.all_runs.change(*runs - 1, *runs);
        }
    }

    /// How many runs of groups a known value has, all that are as rare, and all values; those of the filter have one.
    pub fn spread(&self, hash: u64) -> (u64, u64, u64) {
        let filtered = self.pool.filtered();
        let own = self.pool.find(hash).map_or(1, |slot| self.runs[slot]);
        let rare = self.all_runs.up_to(own, self.runs.iter().copied());
        (own.into(), rare + filtered, self.all_runs.all + filtered)
    }

    /// The text of a value.
    pub fn text(&self, hash: u64) -> Option<&[u8]> {
        self.pool.find(hash).map(|slot| &*self.texts[slot])
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.pool.bytes()
            + self.text_bytes
            + self.texts.capacity() * 16
            + self.runs.capacity() * 4
            + self.all_runs.bytes()
    }
}

/// What a text takes on the heap, about.
fn room(text: &[u8]) -> usize {
    text.len().next_multiple_of(16) + 16
}
