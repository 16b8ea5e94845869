//! The hits of an instant by profile or rule and group; an event that is one of several inputs is one happening. All of
//! it lies in a few vectors for the whole instant: nothing is owned by a single hit.

use std::ops::Range;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::engine::capture::Hit;
use crate::state::Happening;
use crate::value::Raw;

/// Rules (`true`) and profiles by what hits name them by.
pub type Numbers = FxHashMap<(bool, u64), usize>;

/// The hits of one instant.
pub struct Gathered<'a> {
    /// Profiles first, then rules, each by its name, then key.
    groups: Vec<Group<'a>>,
    events: Vec<Gone>,
    args: Vec<Raw<'a>>,
    kept: Vec<(u8, &'a [u8])>,
    /// Hits that are no hits.
    pub unreadable: u64,
}

/// The hits of one group.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// A rule, not a profile.
    pub is_rule: bool,
    /// Index of the profile or rule in the plan.
    pub number: usize,
    id: u64,
    /// Account and key parts.
    pub key: &'a [u8],
    /// Its events.
    events: Range<usize>,
}

/// One event of a group.
struct Gone {
    id: u128,
    inputs: u32,
    args: Range<usize>,
    kept: Range<usize>,
}

impl<'a> Gathered<'a> {
    /// Reads and sorts hits that lie one after another.
    pub fn of(bytes: &'a [u8], ends: &[usize], numbers: &Numbers) -> Gathered<'a> {
        let mut hits: Vec<Hit<'a>> = Vec::with_capacity(ends.len());
        let mut out = Gathered {
            groups: Vec::with_capacity(ends.len()),
            events: Vec::with_capacity(ends.len()),
            args: Vec::with_capacity(8 * ends.len()),
            kept: Vec::with_capacity(ends.len()),
            unreadable: 0,
        };
        let mut begin = 0;
        for &end in ends {
            match Hit::read(&bytes[begin..end], &mut out.args) {
                Some(hit) => hits.push(hit),
                None => out.unreadable += 1,
            }
            begin = end;
        }
        // Hits come by event; those of one event are in order.
        let of = |h: &Hit<'a>| (h.is_rule, h.id, h.key, h.event, h.input);
        if !hits.is_sorted_by_key(of) {
            hits.sort_by(|a, b| of(a).cmp(&of(b)));
        }
        for hit in hits {
            out.add(hit, numbers);
        }
        out
    }

    fn add(&mut self, hit: Hit<'a>, numbers: &Numbers) {
        let same = |g: &Group<'_>| (g.is_rule, g.id, g.key) == (hit.is_rule, hit.id, hit.key);
        if !self.groups.last().is_some_and(same) {
            // Of a rule or profile that is no longer there.
            let Some(&number) = numbers.get(&(hit.is_rule, hit.id)) else {
                self.unreadable += 1;
                return;
            };
            let events = self.events.len()..self.events.len();
            self.groups.push(Group { is_rule: hit.is_rule, number, id: hit.id, key: hit.key, events });
        }
        let Some(group) = self.groups.last_mut() else { return };
        match self.events.last_mut() {
            Some(event) if !group.events.is_empty() && event.id == hit.event => {
                // The same event as another input, or delivered a second time in another shape: the first counts.
                if event.inputs & (1 << hit.input) != 0 {
                    return;
                }
                event.inputs |= 1 << hit.input;
                self.kept.push((hit.input, hit.kept));
                event.kept.end = self.kept.len();
                for (mine, other) in event.args.clone().zip(hit.args) {
                    if self.args[mine].is_null() {
                        self.args[mine] = self.args[other];
                    }
                }
            }
            _ => {
                let kept = self.kept.len();
                self.kept.push((hit.input, hit.kept));
                self.events.push(Gone {
                    id: hit.event,
                    inputs: 1 << hit.input,
                    args: hit.args,
                    kept: kept..self.kept.len(),
                });
                group.events.end = self.events.len();
            }
        }
    }

    /// The groups of profiles.
    pub fn profiles(&self) -> &[Group<'a>] {
        &self.groups[..self.first_rule()]
    }

    /// The groups of rules, those of a rule behind each other.
    pub fn rules(&self) -> &[Group<'a>] {
        &self.groups[self.first_rule()..]
    }

    fn first_rule(&self) -> usize {
        self.groups.partition_point(|g| !g.is_rule)
    }

    /// The events of a group as state sees them.
    pub fn happenings(&self, group: &Group<'_>) -> SmallVec<[Happening<'_>; 4]> {
        let happening = |e: &Gone| Happening {
            id: e.id,
            inputs: e.inputs,
            args: &self.args[e.args.clone()],
            kept: &self.kept[e.kept.clone()],
        };
        self.events[group.events.clone()].iter().map(happening).collect()
    }
}
