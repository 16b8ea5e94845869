//! What one group of a sequence remembers: events that may be behind a match, beginnings, matches that wait.

use std::mem::size_of;

use super::shape::Shape;
use super::tie::{Class, assign};
use crate::value::Time;

/// An event that fills a slot of some beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub id: u128,
    pub at: i64,
    /// The inputs of slots that it is an event of.
    pub inputs: u32,
}

/// A match under way. Which events it took is no part of it: it is made again from the events kept, because whoever
/// begins at an event always takes the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begun {
    /// The time of the event that filled its last filled slot.
    pub last: i64,
    /// Index of its first event.
    pub begin: u32,
    /// How many slots are filled; at least one.
    pub filled: u32,
}

/// A match that waits for its deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Of each slot its step, time and event.
    pub slots: Vec<(u8, Time, u128)>,
    /// The last event of each input read by name, as it was kept.
    pub named: Vec<(u8, Vec<u8>)>,
    /// The event of the last slot, as it was kept.
    pub kept: Vec<u8>,
}

impl Waiting {
    /// The time of the event that filled the last slot.
    pub fn completed(&self) -> i64 {
        self.slots.last().map_or(i64::MIN, |(_, at, _)| at.0)
    }

    fn weight(&self) -> usize {
        let named: usize = self.named.iter().map(|(_, kept)| size_of::<(u8, Vec<u8>)>() + kept.capacity()).sum();
        size_of::<Self>() + self.slots.capacity() * size_of::<(u8, Time, u128)>() + named + self.kept.capacity()
    }
}

/// What is kept of an event of several inputs, of each behind its number.
pub(super) type Kept = Box<[(u8, Box<[u8]>)]>;

/// What few rules need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rare {
    /// Of each event what is kept of the inputs read by name.
    pub kept: Vec<Kept>,
    /// In order of their deadlines; none overlaps another.
    pub waiting: std::collections::VecDeque<Waiting>,
}

/// What a group of a sequence remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// In order of time and identity.
    pub(super) log: Vec<Entry>,
    /// In order of their first events.
    pub(super) begun: Vec<Begun>,
    pub(super) rare: Option<Box<Rare>>,
    /// How many events were left when it was last swept.
    pub(super) swept: u32,
}

/// Appends, with little room to spare: there are many groups, and most stay small.
pub(super) fn append<T>(to: &mut Vec<T>, item: T) {
    if to.len() == to.capacity() {
        to.reserve_exact(1 + to.len() / 2);
    }
    to.push(item);
}

impl Group {
    /// When a beginning began.
    pub(super) fn begin(&self, begun: &Begun) -> i64 {
        self.log[begun.begin as usize].at
    }

    pub(super) fn waiting(&self) -> impl DoubleEndedIterator<Item = &Waiting> {
        self.rare.iter().flat_map(|r| &r.waiting)
    }

    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Bytes on the heap, about.
    pub(super) fn weight(&self) -> usize {
        let rare = self.rare.as_ref().map_or(0, |r| {
            let one = size_of::<(u8, Box<[u8]>)>();
            let kept: usize =
                r.kept.iter().map(|k| 16 + k.iter().map(|(_, bytes)| one + bytes.len()).sum::<usize>()).sum();
            size_of::<Rare>() + kept + r.waiting.iter().map(Waiting::weight).sum::<usize>()
        });
        self.log.capacity() * size_of::<Entry>() + self.begun.capacity() * size_of::<Begun>() + rare
    }

    /// The events that a beginning took, by index, in order of its slots. As many as it filled, if the log is whole.
    pub(super) fn taken(&self, shape: &Shape, begun: &Begun) -> Vec<u32> {
        let begin = begun.begin as usize;
        let first = self.log[begin];
        let mut from = begin - self.log[..begin].iter().rev().take_while(|e| e.at == first.at).count();
        let mut out = vec![begun.begin];
        let mut filled = 1;
        while filled < begun.filled && from < self.log.len() {
            let at = self.log[from].at;
            let to = from + self.log[from..].iter().take_while(|e| e.at == at).count();
            if to - from == 1 {
                if from != begin && self.log[from].inputs & shape.stage(filled).bit() != 0 {
                    out.push(from as u32);
                    filled += 1;
                }
            } else {
                let mut members: Vec<(u32, Vec<u32>)> = Vec::new();
                for i in (from..to).filter(|i| *i != begin) {
                    let inputs = self.log[i].inputs;
                    match members.iter_mut().find(|(m, _)| *m == inputs) {
                        Some((_, events)) => events.push(i as u32),
                        None => members.push((inputs, vec![i as u32])),
                    }
                }
                let classes: Vec<Class> =
                    members.iter().map(|(inputs, m)| Class { inputs: *inputs, count: m.len() as u32 }).collect();
                let more = super::tie::reach(shape, filled, &classes).min(begun.filled - filled);
                out.extend(assign(shape, filled, filled + more, &members));
                filled += more;
            }
            from = to;
        }
        out
    }

    /// Forgets events that no beginning took, once they are most of what is kept.
    pub(super) fn sweep(&mut self, shape: &Shape) {
        if self.begun.is_empty() {
            self.log = Vec::new();
            self.begun = Vec::new();
            self.swept = 0;
            self.forget(|_| false);
        } else if self.log.len() > self.swept as usize * 2 + 4 {
            let mut used = vec![false; self.log.len()];
            for begun in &self.begun {
                self.taken(shape, begun).into_iter().for_each(|i| used[i as usize] = true);
            }
            let mut place = 0;
            let places: Vec<u32> = used
                .iter()
                .map(|u| {
                    place += u32::from(*u);
                    place.saturating_sub(1)
                })
                .collect();
            self.begun.iter_mut().for_each(|b| b.begin = places[b.begin as usize]);
            let mut i = 0..used.len();
            self.log.retain(|_| i.next().is_some_and(|i| used[i]));
            self.forget(|i| used[i]);
            self.swept = self.log.len() as u32;
            if self.log.capacity() > self.log.len() * 4 {
                self.log.shrink_to_fit();
            }
        }
    }

    /// What is kept of events by name, and the box itself where nothing is left in it.
    fn forget(&mut self, used: impl Fn(usize) -> bool) {
        if let Some(rare) = &mut self.rare {
            let mut i = 0..rare.kept.len();
            rare.kept.retain(|_| i.next().is_some_and(&used));
            if rare.kept.is_empty() && rare.waiting.is_empty() {
                self.rare = None;
            }
        }
    }
}
