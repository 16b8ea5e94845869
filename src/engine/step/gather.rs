//! The hits of an instant by profile or rule and group; an event that is one of several inputs is one happening.

use rustc_hash::FxHashMap;

use crate::engine::capture::Hit;
use crate::state::Happening;
use crate::value::Value;

/// Rules (`true`) and profiles by what hits name them by.
pub type Numbers = FxHashMap<(bool, u64), usize>;

/// The hits of one instant.
pub struct Gathered<'a> {
    /// Profiles first, then rules, each by its name, then key.
    pub groups: Vec<Group<'a>>,
    /// Hits that are no hits.
    pub unreadable: u64,
}

/// The hits of one group.
pub struct Group<'a> {
    /// A rule, not a profile.
    pub is_rule: bool,
    /// Index of the profile or rule in the plan.
    pub number: usize,
    id: u64,
    /// Account and key parts.
    pub key: &'a [u8],
    /// Its events.
    pub events: Vec<Gone<'a>>,
}

/// One event of a group.
pub struct Gone<'a> {
    id: u128,
    inputs: u32,
    args: Vec<Value>,
    kept: Vec<(u8, &'a [u8])>,
}

impl<'a> Gathered<'a> {
    /// Reads and sorts hits that lie one after another.
    pub fn of(bytes: &'a [u8], ends: &[usize], numbers: &Numbers) -> Gathered<'a> {
        let mut hits: Vec<Hit<'a>> = Vec::with_capacity(ends.len());
        let (mut begin, mut unreadable) = (0, 0);
        for &end in ends {
            match Hit::read(&bytes[begin..end]) {
                Some(hit) => hits.push(hit),
                None => unreadable += 1,
            }
            begin = end;
        }
        if hits.len() > 1 {
            hits.sort_by(|a, b| {
                let of = |h: &Hit<'a>| (h.is_rule, h.id, h.key, h.event, h.input);
                of(a).cmp(&of(b))
            });
        }
        let mut groups: Vec<Group<'a>> = Vec::new();
        for hit in hits {
            let same = |g: &Group<'_>| (g.is_rule, g.id, g.key) == (hit.is_rule, hit.id, hit.key);
            if !groups.last().is_some_and(same) {
                // Of a rule or profile that is no longer there.
                let Some(&number) = numbers.get(&(hit.is_rule, hit.id)) else {
                    unreadable += 1;
                    continue;
                };
                groups.push(Group { is_rule: hit.is_rule, number, id: hit.id, key: hit.key, events: Vec::new() });
            }
            let Some(group) = groups.last_mut() else { continue };
            match group.events.last_mut() {
                Some(event) if event.id == hit.event => event.merge(hit),
                _ => group.events.push(Gone {
                    id: hit.event,
                    inputs: 1 << hit.input,
                    args: hit.args,
                    kept: vec![(hit.input, hit.kept)],
                }),
            }
        }
        Gathered { groups, unreadable }
    }

    /// The groups of profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().take_while(|g| !g.is_rule)
    }
}

impl<'a> Gone<'a> {
    /// The same event as another input, or delivered a second time in another shape: the first counts.
    fn merge(&mut self, hit: Hit<'a>) {
        if self.inputs & (1 << hit.input) != 0 {
            return;
        }
        self.inputs |= 1 << hit.input;
        self.kept.push((hit.input, hit.kept));
        for (mine, other) in self.args.iter_mut().zip(hit.args) {
            if *mine == Value::Null {
                *mine = other;
            }
        }
    }
}

impl Group<'_> {
    /// Its events as state sees them.
    pub fn happenings(&self) -> Vec<Happening<'_>> {
        self.events.iter().map(|e| Happening { id: e.id, inputs: e.inputs, args: &e.args, kept: &e.kept }).collect()
    }
}
