//! Sequences: `fail x10 then no mfa then within 5m ok`. Law: `docs/state.md` §4.
//!
//! `events of an instant -> deadlines, what must not come, beginnings go on, new beginnings -> match`
//!
//! A beginning takes at each instant as many events as fill slots from where it stands (`tie`). Of two that stand at
//! one slot the later one can do whatever the earlier can, so few of them are enough.

mod group;
mod shape;
mod store;
mod tie;

use std::mem::size_of;

pub use group::Group;
use group::{Begun, Entry, Waiting, append};
use shape::Shape;
use tie::{Class, reach};

use super::machine::Machine;
use super::spec::{By, Fired, Happening, Spec};
use crate::value::Time;
use crate::value::bytes::Bytes;

/// Beginnings of a group that are kept at one slot: the earliest, and the newest.
const ABREAST: usize = 8;

/// Events of a group that wait for a deadline in matches that are otherwise complete; as elsewhere, where nothing
/// bounds it.
const WAIT: usize = 4096;

/// The groups of a rule with a sequence.
#[derive(Debug, Clone)]
pub struct Sequence {
    shape: Shape,
    /// Bytes of all groups on the heap.
    weight: usize,
    /// Of the instant that is stepped: its events by the names they carry, and their indexes.
    classes: Vec<Class>,
    members: Vec<Vec<u32>>,
    /// How many beginnings stand at each slot.
    crowd: Vec<u32>,
}

impl Sequence {
    /// The machine of a rule; none where its `when` is no sequence.
    #[must_use]
    pub fn new(spec: &Spec) -> Option<Self> {
        let shape = Shape::new(spec)?;
        Some(Self { shape, weight: 0, classes: Vec::new(), members: Vec::new(), crowd: Vec::new() })
    }

    /// Bytes that a group takes at most, about, without what is kept to speak of its events; none where matches wait
    /// for a deadline, which as many do as come.
    #[must_use]
    pub fn most_bytes(&self) -> Option<u64> {
        if self.shape.absence.is_some() {
            return None;
        }
        // Beginnings at one stage share the events since they came there; of those before each may have its own.
        let (mut events, abreast) = (0u64, ABREAST as u64);
        for stage in &self.shape.stages {
            let (from, times) = (u64::from(stage.from), u64::from(stage.times));
            events = events.saturating_add(abreast * from * times + 2 * times + abreast);
        }
        let begun = abreast * u64::from(self.shape.slots) * size_of::<Begun>() as u64;
        // Events that nobody needs any more are swept once they are the most.
        Some((2 * events + 4).saturating_mul(size_of::<Entry>() as u64).saturating_add(begun))
    }

    /// The tie by the names that its events carry.
    fn sort(&mut self, events: &[Happening<'_>]) {
        self.classes.clear();
        for (i, event) in events.iter().enumerate() {
            let inputs = event.inputs & self.shape.fills;
            if inputs == 0 {
                continue;
            }
            let c = match self.classes.iter().position(|c| c.inputs == inputs) {
                Some(c) => c,
                None => {
                    self.classes.push(Class { inputs, count: 0 });
                    if self.members.len() < self.classes.len() {
                        self.members.push(Vec::new());
                    }
                    self.members[self.classes.len() - 1].clear();
                    self.classes.len() - 1
                }
            };
            self.classes[c].count += 1;
            self.members[c].push(i as u32);
        }
    }

    /// Beginnings go on as far as the tie carries them; those that have become impossible are dropped. The inputs of
    /// the slots that were filled.
    fn go_on(&self, group: &mut Group, at: i64, names: u32) -> u32 {
        let shape = &self.shape;
        let mut used = 0;
        let mut known = (u32::MAX, 0);
        let log = &group.log;
        group.begun.retain_mut(|b| {
            if at.saturating_sub(log[b.begin as usize].at) >= shape.window {
                return false;
            }
            let stage = shape.stage(b.filled);
            let between = stage.from == b.filled;
            if between && stage.within.is_some_and(|d| at.saturating_sub(b.last) >= d) {
                return false;
            }
            if known.0 != b.filled {
                known = (b.filled, reach(shape, b.filled, &self.classes));
            }
            let more = known.1;
            if more == 0 {
                return !(between && stage.guards & names != 0);
            }
            used |= shape.inputs(b.filled, b.filled + more);
            b.filled += more;
            b.last = at;
            true
        });
        used
    }

    /// New beginnings: of each class how many slots one of its events fills at once as a first event, 0 if none.
    fn begin(&mut self) -> Vec<u32> {
        let mut out = vec![0; self.classes.len()];
        for (c, filled) in out.iter_mut().enumerate() {
            if self.classes[c].inputs & self.shape.first() != 0 {
                self.classes[c].count -= 1;
                *filled = 1 + reach(&self.shape, 1, &self.classes);
                self.classes[c].count += 1;
            }
        }
        out
    }

    /// Keeps the events that fill slots, and the new beginnings. Of events that are alike no more than there are slots
    /// can be taken.
    fn keep(&self, group: &mut Group, at: i64, events: &[Happening<'_>], used: u32, begin: &[u32]) {
        let mut kept: Vec<(u32, usize, bool)> = Vec::new();
        for (c, class) in self.classes.iter().enumerate() {
            let members = &self.members[c];
            let last = members.len() - 1;
            for (rank, event) in members.iter().enumerate() {
                let begins = begin[c] > 0 && (rank < ABREAST - 1 || rank == last);
                if begins || (class.inputs & used != 0 && rank < self.shape.slots as usize) {
                    kept.push((*event, c, begins));
                }
            }
        }
        kept.sort_unstable();
        for (event, c, begins) in kept {
            let happening = &events[event as usize];
            if begins {
                append(&mut group.begun, Begun { last: at, begin: group.log.len() as u32, filled: begin[c] });
            }
            append(&mut group.log, Entry { id: happening.id, at, inputs: self.classes[c].inputs });
            if self.shape.read != 0 {
                let named = happening.kept.iter().filter(|(input, _)| shape::bit(*input) & self.shape.read != 0);
                append(&mut group.rare().kept, named.map(|(input, kept)| (*input, Box::from(*kept))).collect());
            }
        }
    }

    /// The beginning that is complete and wins: the earliest that overlaps no match that waits.
    fn winner(&self, group: &Group) -> Option<Begun> {
        let free = group.waiting().next_back().map(Waiting::completed);
        let complete = |b: &&Begun| b.filled == self.shape.slots && free.is_none_or(|f| group.begin(b) > f);
        group.begun.iter().find(complete).copied()
    }

    /// What a complete beginning took.
    fn complete(&self, group: &Group, begun: &Begun, kept: Vec<u8>) -> Waiting {
        let taken = group.taken(&self.shape, begun);
        let (mut slots, mut named) = (Vec::with_capacity(taken.len()), Vec::new());
        for (slot, i) in (0u32..).zip(&taken) {
            let entry = &group.log[*i as usize];
            slots.push((self.shape.stage(slot).step, Time(entry.at), entry.id));
        }
        for stage in self.shape.stages.iter().rev() {
            let last = taken.get(stage.end() as usize - 1).map(|i| *i as usize);
            let all = group.rare.as_ref().zip(last).and_then(|(rare, i)| rare.kept.get(i));
            let kept = all.and_then(|all| all.iter().find(|(input, _)| *input == stage.input));
            if let Some((input, kept)) = kept
                && named.iter().all(|(known, _)| known != input)
            {
                named.push((*input, kept.to_vec()));
            }
        }
        named.sort_unstable();
        Waiting { slots, named, kept }
    }

    /// Tells of, or puts aside until its deadline, what is complete at this instant.
    fn close_at(&self, group: &mut Group, events: &[Happening<'_>], out: &mut Vec<Fired>) {
        if group.begun.iter().all(|b| b.filled < self.shape.slots) {
            return;
        }
        let winner = self.winner(group);
        let Some(winner) = winner else {
            group.begun.retain(|b| b.filled < self.shape.slots);
            return;
        };
        let mut complete = self.complete(group, &winner, Vec::new());
        let by = complete.slots.last().and_then(|(_, _, id)| events.iter().position(|e| e.id == *id)).unwrap_or(0);
        if self.shape.absence.is_none() {
            out.push(fired(complete, |_| By::Now(by)));
            group.begun.clear();
            return;
        }
        group.begun.retain(|b| b.filled < self.shape.slots);
        let input = self.shape.last_input();
        complete.kept = events[by].kept.iter().find(|(i, _)| *i == input).map(|(_, k)| k.to_vec()).unwrap_or_default();
        let waiting = &mut group.rare().waiting;
        if waiting.len() < ABREAST || (waiting.len() + 1) * complete.slots.len() <= WAIT {
            waiting.push_back(complete);
        }
    }

    /// Fewer beginnings where more than enough stand at one slot.
    fn thin(&mut self, group: &mut Group) {
        if group.begun.len() <= ABREAST {
            return;
        }
        self.crowd.resize(self.shape.slots as usize + 1, 0);
        let mut full = Vec::new();
        for begun in &group.begun {
            let n = &mut self.crowd[begun.filled as usize];
            *n += 1;
            if *n == ABREAST as u32 + 1 {
                full.push(begun.filled);
            }
        }
        group.begun.iter().for_each(|b| self.crowd[b.filled as usize] = 0);
        for slot in full {
            // Of those that begin at one instant the one that has come here last can do what the others can.
            let there = group.begun.iter().enumerate().filter(|(_, b)| b.filled == slot);
            let newest = there.max_by_key(|(i, b)| (group.begin(b), b.last, *i)).map(|(i, _)| i);
            let (mut i, mut earlier) = (0.., 0);
            group.begun.retain(|b| {
                if i.next() == newest || b.filled != slot {
                    return true;
                }
                earlier += 1;
                earlier < ABREAST
            });
        }
    }

    /// Decides the deadlines up to `at`.
    fn deadlines(&self, group: &mut Group, at: i64, out: &mut Vec<Fired>) {
        let Some((_, within)) = self.shape.absence else { return };
        while let Some(rare) = &mut group.rare {
            let due = rare.waiting.front().is_some_and(|w| w.completed().saturating_add(within) <= at);
            let Some(complete) = due.then(|| rare.waiting.pop_front()).flatten() else { return };
            let time = complete.completed();
            let log = &group.log;
            group.begun.retain(|b| log[b.begin as usize].at > time);
            let input = self.shape.last_input();
            out.push(fired(complete, |complete| By::Kept {
                time: Time(time),
                id: complete.slots.last().map_or(0, |(_, _, id)| *id),
                input,
                kept: std::mem::take(&mut complete.kept),
            }));
            group.sweep(&self.shape);
        }
    }

    /// Runs something that may change how much a group holds.
    fn weigh(&mut self, group: &mut Group, run: impl FnOnce(&mut Self, &mut Group)) {
        let before = group.weight();
        run(self, group);
        self.weight = (self.weight + group.weight()).saturating_sub(before);
    }
}

/// A match.
fn fired(mut complete: Waiting, by: impl FnOnce(&mut Waiting) -> By) -> Fired {
    Fired {
        by: by(&mut complete),
        behind: complete.slots.iter().map(|(_, at, id)| (*at, *id)).collect(),
        first: complete.slots.first().map_or(Time::default(), |(_, at, _)| *at),
        measures: Vec::new(),
        named: complete.named,
        slots: complete.slots,
        error: None,
        unusual: Vec::new(),
    }
}

impl Machine for Sequence {
    type Group = Group;

    fn open(&mut self) -> Group {
        Group::default()
    }

    fn close(&mut self, group: Group) {
        self.weight = self.weight.saturating_sub(group.weight());
    }

    fn copy(&mut self, group: &Group) -> Group {
        let copy = group.clone();
        self.weight += copy.weight();
        copy
    }

    fn step(&mut self, group: &mut Group, at: Time, events: &[Happening<'_>], out: &mut Vec<Fired>) {
        self.weigh(group, |this, group| {
            this.deadlines(group, at.0, out);
            let names = events.iter().fold(0, |all, e| all | e.inputs);
            if let (Some((never, _)), Some(rare)) = (this.shape.absence, &mut group.rare)
                && names & never != 0
            {
                rare.waiting.clear();
            }
            this.sort(events);
            let mut used = this.go_on(group, at.0, names);
            let begin = this.begin();
            for filled in &begin {
                used |= this.shape.inputs(0, *filled);
            }
            this.keep(group, at.0, events, used, &begin);
            this.close_at(group, events, out);
            this.thin(group);
            group.sweep(&this.shape);
        });
    }

    fn due(&self, group: &Group) -> Option<Time> {
        let (_, within) = self.shape.absence?;
        group.waiting().next().map(|w| Time(w.completed().saturating_add(within)))
    }

    fn decide(&mut self, group: &mut Group, at: Time, out: &mut Vec<Fired>) {
        self.weigh(group, |this, group| this.deadlines(group, at.0, out));
    }

    fn ends(&self, group: &Group) -> Time {
        let dead = |b: &Begun| {
            let whole = group.begin(b).saturating_add(self.shape.window);
            let stage = self.shape.stage(b.filled);
            match stage.within {
                Some(within) if stage.from == b.filled => whole.min(b.last.saturating_add(within)),
                _ => whole,
            }
        };
        let begun = match self.shape.hasty {
            true => group.begun.iter().map(dead).max(),
            false => group.begun.last().map(dead),
        };
        let within = self.shape.absence.map_or(0, |(_, within)| within);
        let waiting = group.waiting().next_back().map(|w| w.completed().saturating_add(within));
        Time(begun.max(waiting).unwrap_or(i64::MIN))
    }

    fn progress(&self, group: &Group) -> u32 {
        let waiting = group.waiting().next().map(|_| self.shape.slots);
        waiting.or(group.begun.iter().map(|b| b.filled).max()).unwrap_or(0)
    }

    fn save(&self, group: &Group, out: &mut Vec<u8>) {
        store::save(group, out);
    }

    fn load(&mut self, bytes: &mut Bytes<'_>) -> Option<Group> {
        let group = store::load(&self.shape, bytes)?;
        self.weight += group.weight();
        Some(group)
    }

    fn bytes(&self) -> usize {
        self.weight
    }
}

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;
