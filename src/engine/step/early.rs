//! Rules that decide at once need not wait for the watermark: what more events can only make truer is told of what is
//! there. The same occurrences come again when they are decided, with all that is behind them.

use std::collections::BTreeMap;

use super::{Stepper, of_completing};
use crate::engine::capture::{Hit, Instant};
use crate::engine::said::{self, Said};
use crate::finding::Occurrence;
use crate::state::{By, Decides, Happening};

use super::gather::Gathered;

/// The events of a group, instant by instant.
type Steps<'s> = Vec<(crate::value::Time, Vec<Happening<'s>>)>;

/// Whose a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'h> {
    /// Of a group of a rule that decides at once: the rule's place in the plan, and the group's key.
    AtOnce(usize, &'h [u8]),
    /// Of another rule or of a profile.
    Other,
    /// Of none that there is, or no hit at all.
    Nobody,
}

impl Stepper<'_> {
    /// Whose a hit is.
    #[must_use]
    pub fn whose<'h>(&self, hit: &'h [u8]) -> Whose<'h> {
        let Some((is_rule, id, key)) = Hit::of(hit) else { return Whose::Nobody };
        match self.numbers.get(&(is_rule, id)) {
            None => Whose::Nobody,
            Some(&rule) if is_rule && self.tables[rule].is_some() && self.at_once(rule) => Whose::AtOnce(rule, key),
            Some(_) => Whose::Other,
        }
    }

    fn at_once(&self, rule: usize) -> bool {
        self.plan.rules[rule].state.as_ref().is_some_and(|s| s.decides == Decides::AtOnce)
    }

    /// What rules that decide at once say already of hits that wait for the watermark; nothing is remembered. The hits
    /// come in order, and with them all others of their groups that wait.
    pub fn early<'h>(&mut self, pending: impl Iterator<Item = &'h [u8]>, found: &mut dyn FnMut(Occurrence)) {
        let mut instants: BTreeMap<Instant, (Vec<u8>, Vec<usize>)> = BTreeMap::new();
        for hit in pending {
            let Some(at) = Instant::of(hit) else { continue };
            let (bytes, ends) = instants.entry(at).or_default();
            bytes.extend_from_slice(hit);
            ends.push(bytes.len());
        }
        let plan = self.plan;
        let gathered: Vec<(Instant, Gathered<'_>)> =
            instants.iter().map(|(at, (bytes, ends))| (*at, Gathered::of(bytes, ends, &self.numbers))).collect();
        let mut groups: BTreeMap<(usize, &[u8]), Steps<'_>> = BTreeMap::new();
        for (at, gathered) in &gathered {
            for group in gathered.rules().iter().filter(|g| self.at_once(g.number)) {
                let events = gathered.happenings(group).into_vec();
                groups.entry((group.number, group.key)).or_default().push((at.time, events));
            }
        }
        let mut out = Vec::new();
        for ((rule, key), steps) in &groups {
            let Some(table) = &mut self.tables[*rule] else { continue };
            table.peek(key, steps, &mut out);
            for (step, mut fired) in out.drain(..) {
                let By::Now(i) = fired.by else { continue };
                let Some(event) = steps.get(step).and_then(|(_, events)| events.get(i)) else { continue };
                let kept = of_completing(event, None, &mut fired.named);
                let of = &plan.rules[*rule];
                let behind = fired.behind.clone();
                if let Said::Occurrence(mut o) = said::say(plan, self.vocabulary, self.lists, of, fired, &kept) {
                    if of.stratum > 0
                        && let Some(story) = &mut o.story
                    {
                        story.signals = self.signals(&behind);
                    }
                    let at = o.time;
                    self.engine.publish(*rule, *o, key, at, found);
                    // What findings lead to is told when they are decided.
                    self.engine.hits.drain(|_| {});
                }
            }
        }
    }
}
