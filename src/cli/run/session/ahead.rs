//! Hits whose instant has not come, of rules that decide at once: as soon as they suffice, the finding is told.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::engine::{Instant, Stepper, Whose};
use crate::finding::Occurrence;
use crate::value::Time;

/// A rule and a group of it.
type Group = (usize, Box<[u8]>);

/// Hits by group.
#[derive(Debug, Default)]
pub struct Ahead {
    groups: HashMap<Group, BTreeSet<Box<[u8]>>>,
    /// Groups that got a hit since they were looked at last.
    touched: HashSet<Group>,
    round: u64,
}

/// A group with so many hits is looked at every second time only, with twice as many every third, and so on: what it
/// says is known by then, and grows.
const MANY: u64 = 2000;

impl Ahead {
    /// Takes in a hit; nothing happens if it is of a rule that waits for the watermark.
    pub fn add(&mut self, stepper: &Stepper<'_>, hit: &[u8]) {
        let Whose::AtOnce(rule, key) = stepper.whose(hit) else { return };
        let group: Group = (rule, Box::from(key));
        if self.groups.entry(group.clone()).or_default().insert(Box::from(hit)) {
            self.touched.insert(group);
        }
    }

    /// What is decided is no longer ahead.
    pub fn reached(&mut self, watermark: Time) {
        let touched = &mut self.touched;
        self.groups.retain(|group, hits| {
            let before = hits.len();
            while hits.first().is_some_and(|hit| Instant::of(hit).is_none_or(|at| at.time <= watermark)) {
                hits.pop_first();
            }
            if hits.len() != before {
                touched.insert(group.clone());
            }
            !hits.is_empty()
        });
    }

    /// Of groups whose hits changed since this was asked last, what is certain; the group is told by a name.
    pub fn certain(&mut self, stepper: &mut Stepper<'_>, last: bool) -> Vec<(Vec<u8>, Vec<Occurrence>)> {
        self.round += 1;
        let mut out = Vec::new();
        for group in std::mem::take(&mut self.touched) {
            let hits = self.groups.get(&group);
            let many = hits.map_or(0, BTreeSet::len) as u64 / MANY;
            if !last && many > 0 && !self.round.is_multiple_of(many + 1) {
                self.touched.insert(group);
                continue;
            }
            let mut found = Vec::new();
            if let Some(hits) = hits {
                stepper.early(hits.iter().map(AsRef::as_ref), &mut |o| found.push(o));
            }
            let who = [&group.0.to_be_bytes()[..], &group.1].concat();
            out.push((who, found));
        }
        out
    }
}
