//! The values of one group, or of an account, that are remembered: exact up to a limit, above it a filter. Values are
//! kept in order of their last sighting, so that those which `remember` has passed go exactly when they must.

use std::collections::VecDeque;

use super::filter::Filter;
use super::tally::Tally;

/// No slot.
const NIL: u32 = u32::MAX;
/// Up to so many values are looked through without an index.
const FEW: usize = 8;

/// How long values are remembered, when they settle, how many are exact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub remember: i64,
    pub settle: i64,
    pub exact: usize,
}

/// One value: its run of sightings that are not more than `remember` apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    pub hash: u64,
    /// When the run began.
    pub start: i64,
    /// The last sighting.
    pub last: i64,
    /// Sightings of the run.
    pub count: u32,
    /// Hours with a sighting.
    pub hours: u32,
    newer: u32,
    older: u32,
}

/// What is known of one value.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Seen {
    pub known: bool,
    /// Hours with a sighting.
    pub hours: u32,
}

/// What a sighting did.
pub(super) enum Sighted {
    /// A run goes on.
    Again,
    /// A run begins, in the last slot.
    Began,
    /// A run begins, in the filter.
    Filtered,
}

#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub entries: Vec<Entry>,
    index: Vec<u32>,
    newest: u32,
    oldest: u32,
    /// Hours of all runs that are exact.
    hours: Tally,
    /// How many values have settled.
    settled: u32,
    /// Runs that have not settled yet, in order of their beginning.
    fresh: VecDeque<(i64, u64)>,
    pub filter: Option<Box<Filter>>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            index: Vec::new(),
            newest: NIL,
            oldest: NIL,
            hours: Tally::default(),
            settled: 0,
            fresh: VecDeque::new(),
            filter: None,
        }
    }
}

impl Pool {
    /// Brings it to the instant `t`: forgets, settles. `gone` is told each slot whose value goes; the last slot moves
    /// into its place.
    pub fn advance(&mut self, t: i64, rules: Rules, mut gone: impl FnMut(usize)) {
        while let Some(&(start, hash)) = self.fresh.front() {
            if t.saturating_sub(start) < rules.settle {
                break;
            }
            self.fresh.pop_front();
            if self.find(hash).is_some_and(|slot| self.entries[slot].start == start) {
                self.settled += 1;
            }
        }
        while self.oldest != NIL {
            let slot = self.oldest as usize;
            if !over(self.entries[slot].last, t, rules.remember) {
                break;
            }
            gone(slot);
            self.remove(slot, t, rules);
        }
    }

    /// What is known of a value at `t`; [`advance`](Self::advance) has been called for it.
    pub fn seen(&self, hash: u64, t: i64, rules: Rules) -> Seen {
        match self.find(hash) {
            Some(slot) => {
                let e = &self.entries[slot];
                let known = t.saturating_sub(e.start) >= rules.settle;
                Seen { known, hours: e.hours }
            }
            None => self.filter.as_ref().map_or_else(Seen::default, |f| f.seen(hash, t, rules)),
        }
    }

    /// Hours of all that is remembered.
    pub fn hours(&self) -> u64 {
        self.hours.all + self.filter.as_ref().map_or(0, |f| f.hours)
    }

    /// Of these, those of values as rare as one with so many hours: by the first four digits. What is in the filter
    /// counts as rare.
    pub fn rarer(&self, hours: u32) -> u64 {
        let exact = self.hours.up_to(hours, self.entries.iter().map(|e| e.hours));
        exact + self.filter.as_ref().map_or(0, |f| f.hours)
    }

    /// How many values are in the filter.
    pub fn filtered(&self) -> u64 {
        self.filter.as_ref().map_or(0, |f| f.len() as u64)
    }

    /// How many values have settled; those of the filter are taken to have.
    pub fn known(&self) -> u64 {
        u64::from(self.settled) + self.filtered()
    }

    /// A sighting at `t`; [`advance`](Self::advance) has been called for it.
    pub fn sight(&mut self, hash: u64, t: i64, rules: Rules) -> Sighted {
        if let Some(slot) = self.find(hash) {
            let e = &mut self.entries[slot];
            e.count = e.count.saturating_add(1);
            let (before, another) = (e.hours, hour(t) != hour(e.last));
            e.last = t;
            if another {
                e.hours += 1;
                self.hours.change(before, before + 1);
            }
            if self.newest != slot as u32 {
                self.unlink(slot);
                self.link(slot);
            }
            return Sighted::Again;
        }
        if self.entries.len() >= rules.exact || self.filter.as_ref().is_some_and(|f| f.has(hash, t, rules)) {
            let filter = self.filter.get_or_insert_with(|| Box::new(Filter::new(t)));
            return if filter.sight(hash, t, rules) { Sighted::Filtered } else { Sighted::Again };
        }
        self.push(Entry { hash, start: t, last: t, count: 1, hours: 1, newer: NIL, older: NIL });
        if rules.settle > 0 {
            self.fresh.push_back((t, hash));
        } else {
            self.settled += 1;
        }
        Sighted::Began
    }

    pub fn find(&self, hash: u64) -> Option<usize> {
        if self.index.is_empty() {
            return self.entries.iter().position(|e| e.hash == hash);
        }
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.index[at] {
                NIL => return None,
                slot if self.entries[slot as usize].hash == hash => return Some(slot as usize),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Puts back a value that was saved; in order of last sightings, the oldest first.
    pub fn restore(&mut self, hash: u64, start: i64, last: i64, count: u32, hours: u32) {
        self.push(Entry { hash, start, last, count, hours, newer: NIL, older: NIL });
    }

    /// After all are back: those that had settled by the instant of saving.
    pub fn restored(&mut self, by: i64, rules: Rules) {
        let mut fresh: Vec<(i64, u64)> = Vec::new();
        for e in &self.entries {
            if by.saturating_sub(e.start) >= rules.settle {
                self.settled += 1;
            } else {
                fresh.push((e.start, e.hash));
            }
        }
        fresh.sort_unstable();
        self.fresh = fresh.into();
    }

    /// Slots from the oldest last sighting to the newest.
    pub fn by_age(&self) -> impl Iterator<Item = usize> {
        let mut at = self.oldest;
        std::iter::from_fn(move || {
            let slot = at as usize;
            at = self.entries.get(slot)?.newer;
            Some(slot)
        })
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + self.index.capacity() * 4
            + self.fresh.capacity() * 16
            + self.hours.bytes()
            + self.filter.as_ref().map_or(0, |f| f.bytes())
    }

    fn push(&mut self, entry: Entry) {
        let slot = self.entries.len();
        self.entries.push(entry);
        self.hours.change(0, entry.hours);
        self.hours.resize(self.entries.iter().map(|e| e.hours));
        self.link(slot);
        if self.index.is_empty() && slot < FEW {
            return;
        }
        if self.index.len() < 2 * self.entries.len() {
            self.reindex();
        } else {
            self.enter(slot);
        }
    }

    fn reindex(&mut self) {
        let size = (4 * self.entries.len()).next_power_of_two();
        self.index = vec![NIL; size];
        for slot in 0..self.entries.len() {
            self.enter(slot);
        }
    }

    fn enter(&mut self, slot: usize) {
        let mask = self.index.len() - 1;
        let mut at = self.entries[slot].hash as usize & mask;
        while self.index[at] != NIL {
            at = (at + 1) & mask;
        }
        self.index[at] = slot as u32;
    }

    fn place(&self, slot: usize) -> usize {
        let mask = self.index.len() - 1;
        let mut at = self.entries[slot].hash as usize & mask;
        while self.index[at] != slot as u32 {
            at = (at + 1) & mask;
        }
        at
    }

    /// Takes an index place out and moves up what had been pushed behind it.
    fn vacate(&mut self, mut hole: usize) {
        let mask = self.index.len() - 1;
        let mut at = (hole + 1) & mask;
        while self.index[at] != NIL {
            let home = self.entries[self.index[at] as usize].hash as usize & mask;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.index[hole] = self.index[at];
                hole = at;
            }
            at = (at + 1) & mask;
        }
        self.index[hole] = NIL;
    }

    fn remove(&mut self, slot: usize, t: i64, rules: Rules) {
        let e = self.entries[slot];
        self.hours.change(e.hours, 0);
        if t.saturating_sub(e.start) >= rules.settle {
            self.settled -= 1;
        }
        self.unlink(slot);
        if !self.index.is_empty() {
            let place = self.place(slot);
            self.vacate(place);
        }
        let last = self.entries.len() - 1;
        if slot != last {
            if !self.index.is_empty() {
                let place = self.place(last);
                self.index[place] = slot as u32;
            }
            let moved = self.entries[last];
            match moved.newer {
                NIL => self.newest = slot as u32,
                newer => self.entries[newer as usize].older = slot as u32,
            }
            match moved.older {
                NIL => self.oldest = slot as u32,
                older => self.entries[older as usize].newer = slot as u32,
            }
        }
        self.entries.swap_remove(slot);
        if self.entries.len() < self.entries.capacity() / 4 {
            self.entries.shrink_to(2 * self.entries.len());
            self.hours.resize(self.entries.iter().map(|e| e.hours));
            if self.entries.len() <= FEW {
                self.index = Vec::new();
            } else {
                self.reindex();
            }
        }
    }

    fn link(&mut self, slot: usize) {
        let e = &mut self.entries[slot];
        e.newer = NIL;
        e.older = self.newest;
        match self.newest {
            NIL => self.oldest = slot as u32,
            newest => self.entries[newest as usize].newer = slot as u32,
        }
        self.newest = slot as u32;
    }

    fn unlink(&mut self, slot: usize) {
        let Entry { newer, older, .. } = self.entries[slot];
        match newer {
            NIL => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
        match older {
            NIL => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
    }
}

/// Whether what was last seen at `last` is forgotten at `t`.
pub(super) fn over(last: i64, t: i64, remember: i64) -> bool {
    t.saturating_sub(last) > remember
}

/// The number of the hour.
pub(super) fn hour(t: i64) -> i64 {
    t.div_euclid(3_600_000)
}
