//! All groups of one rule with state, whichever its machine.

use std::sync::Arc;

use super::groups::{Changes, Groups};
use super::overflow::Overflow;
use super::sequence::Sequence;
use super::spec::{Fired, Happening, Spec};
use super::window::Windows;
use crate::value::Time;

/// What the deployment allows a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// So many groups at a time; at the limit those with the least progress make room.
    pub groups: usize,
}

impl Default for Limit {
    fn default() -> Self {
        Limit { groups: 1_000_000 }
    }
}

/// The groups of a rule.
#[derive(Debug)]
pub struct Table(Kind);

#[derive(Debug)]
enum Kind {
    Windows(Box<Groups<Windows>>),
    Sequences(Box<Groups<Sequence>>),
}

/// Asks whichever machine it is.
macro_rules! each {
    ($table:expr, $groups:ident => $what:expr) => {
        match $table {
            Kind::Windows($groups) => $what,
            Kind::Sequences($groups) => $what,
        }
    };
}

impl Table {
    /// No groups yet. `seed` keys the hash of keys: who does not know it cannot make keys that collide.
    #[must_use]
    pub fn new(spec: &Arc<Spec>, limit: Limit, seed: u64) -> Table {
        Table(match Sequence::new(spec) {
            Some(sequence) => Kind::Sequences(Box::new(Groups::new(sequence, limit.groups, seed))),
            None => Kind::Windows(Box::new(Groups::new(Windows::new(spec), limit.groups, seed))),
        })
    }

    /// Brings groups near that are stepped next, at most [`NEAR`](super::NEAR) of them.
    pub fn warm<'k>(&self, keys: impl Iterator<Item = &'k [u8]>) {
        each!(&self.0, groups => groups.warm(keys));
    }

    /// Steps all events of a group at one instant, at least one, in order of identity; no instant before that of an
    /// earlier step. What is due at `at` or before should have been decided ([`due`](Self::due)); of this group it is,
    /// in any case. Matches are appended.
    pub fn step(&mut self, key: &[u8], at: Time, events: &[Happening<'_>], out: &mut Vec<Fired>) {
        each!(&mut self.0, groups => groups.step(key, at, events, out));
    }

    /// What would fire if these came: instants in order, each with its events; with the index of the instant. Nothing
    /// is remembered.
    pub fn peek(&mut self, key: &[u8], steps: &[(Time, Vec<Happening<'_>>)], out: &mut Vec<(usize, Fired)>) {
        each!(&mut self.0, groups => groups.peek(key, steps, out));
    }

    /// The next instant at which something is to be decided though no event comes.
    pub fn next_due(&mut self) -> Option<Time> {
        each!(&mut self.0, groups => groups.next_due())
    }

    /// Decides what is due at `until` or before: key, the instant it was due, and the match, in order of time and key.
    pub fn due(&mut self, until: Time, out: &mut Vec<(Box<[u8]>, Time, Fired)>) {
        each!(&mut self.0, groups => groups.due(until, out));
    }

    /// Says that an occurrence with these events behind it was dropped: a later match of the group names those of them
    /// that it still keeps.
    pub fn unname(&mut self, key: &[u8], behind: &[(Time, u128)]) {
        each!(&mut self.0, groups => groups.unname(key, behind));
    }

    /// Says that no event before the watermark comes any more. Costs little: closes some of the groups that are over.
    pub fn expire(&mut self, watermark: Time) {
        each!(&mut self.0, groups => groups.expire(watermark));
    }

    /// Takes out the periods in which groups were displaced that are over at an instant (an hour after the last);
    /// [`Time`]'s greatest takes all.
    pub fn overflow(&mut self, at: Time) -> Vec<Overflow> {
        each!(&mut self.0, groups => groups.overflow(at))
    }

    /// How many groups changed or ended since they were last exported.
    #[must_use]
    pub fn dirty(&self) -> usize {
        each!(&self.0, groups => groups.dirty())
    }

    /// Hands out every group that changed since the last time, or `all`: its key and its state, nothing if it ended.
    /// Keys that ended come first.
    pub fn export(&mut self, all: bool, each: &mut Changes<'_>) {
        each!(&mut self.0, groups => groups.export(all, each));
    }

    /// Takes a group in as it was exported. False if the bytes are of another version or damaged, or the group is
    /// there already.
    #[must_use]
    pub fn import(&mut self, key: &[u8], bytes: &[u8]) -> bool {
        each!(&mut self.0, groups => groups.import(key, bytes))
    }

    /// What belongs to no group, for the store: periods of displacement that were not told yet.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        each!(&self.0, groups => groups.head())
    }

    /// Takes in what [`head`](Self::head) gave. False if the bytes are of another version or damaged.
    #[must_use]
    pub fn import_head(&mut self, bytes: &[u8]) -> bool {
        each!(&mut self.0, groups => groups.import_head(bytes))
    }

    /// How many groups wait for a deadline or the end of their window.
    #[must_use]
    pub fn waiting(&self) -> usize {
        each!(&self.0, groups => groups.waiting())
    }

    /// How many groups there are.
    #[must_use]
    pub fn len(&self) -> usize {
        each!(&self.0, groups => groups.len())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        each!(&self.0, groups => groups.bytes())
    }
}
