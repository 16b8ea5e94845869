//! The law of sequences once more, word for word and slowly: for each first event the match that it has, over the whole
//! trace. It shares nothing with the machine.

use std::collections::BTreeSet;

use crate::state::spec::Step;

/// An event: time, identity, names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    pub at: i64,
    pub id: u128,
    pub inputs: u32,
}

impl Event {
    fn is(&self, input: u8) -> bool {
        self.inputs >> input & 1 == 1
    }
}

/// A match: the instant at which it is told, and the event of each slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub told: i64,
    pub slots: Vec<Event>,
}

/// A slot: the inputs that must not come before it, the `within` that it must keep, its input.
struct Slot {
    never: Vec<u8>,
    within: Option<i64>,
    input: u8,
}

pub struct Rule {
    slots: Vec<Slot>,
    window: i64,
    absence: Option<(u8, i64)>,
    /// The most beginnings that stood at one slot.
    pub crowd: usize,
}

impl Rule {
    pub fn new(steps: &[Step], window: i64) -> Self {
        let mut slots = Vec::new();
        let mut never = Vec::new();
        let mut absence = None;
        for step in steps {
            if step.absent {
                never.push(step.input);
                absence = step.within.map(|d| (step.input, d));
                continue;
            }
            for n in 0..step.times {
                let first = n == 0;
                slots.push(Slot {
                    never: if first { std::mem::take(&mut never) } else { Vec::new() },
                    within: if first { step.within } else { None },
                    input: step.input,
                });
            }
        }
        Self { slots, window, absence, crowd: 0 }
    }

    /// Every match of a trace of which everything before `end` is known.
    pub fn matches(&mut self, trace: &[Event], end: i64) -> Vec<Match> {
        let mut out: Vec<Match> = Vec::new();
        let mut after = i64::MIN;
        loop {
            let mut best: Option<Match> = None;
            for first in trace.iter().filter(|e| e.at > after && e.is(self.slots[0].input)) {
                let Some(slots) = self.from(trace, *first) else { continue };
                let last = slots[slots.len() - 1].at;
                let told = match self.absence {
                    None => last,
                    Some((b, within)) => {
                        if trace.iter().any(|e| e.is(b) && e.at > last && e.at < last + within) || last + within > end {
                            continue;
                        }
                        last + within
                    }
                };
                if best.as_ref().is_none_or(|b| told < b.told) {
                    best = Some(Match { told, slots });
                }
            }
            let Some(best) = best else { break };
            after = best.slots[best.slots.len() - 1].at;
            out.push(best);
        }
        self.count(trace, &out);
        out
    }

    /// The match of a first event.
    fn from(&self, trace: &[Event], first: Event) -> Option<Vec<Event>> {
        let mut slots = vec![first];
        let instants: BTreeSet<i64> = trace.iter().map(|e| e.at).filter(|at| *at >= first.at).collect();
        for at in instants {
            if slots.len() < self.slots.len() {
                slots = self.at(trace, &slots, at)?;
            }
        }
        (slots.len() == self.slots.len()).then_some(slots)
    }

    /// What a beginning has after an instant; none if it is impossible from there on.
    fn at(&self, trace: &[Event], slots: &[Event], at: i64) -> Option<Vec<Event>> {
        let (first, last) = (slots[0], slots[slots.len() - 1]);
        let tie: Vec<Event> = trace.iter().copied().filter(|e| e.at == at && !slots.contains(e)).collect();
        if at - first.at >= self.window {
            return None;
        }
        let next = &self.slots[slots.len()];
        if next.within.is_some_and(|d| at - last.at >= d) {
            return None;
        }
        let broken = |e: &Event| e.at > last.at && e.at < at && next.never.iter().any(|b| e.is(*b));
        if trace.iter().any(broken) {
            return None;
        }
        let mut best = Vec::new();
        self.fill(&tie, slots.len(), &mut Vec::new(), &mut best);
        Some(slots.iter().copied().chain(best).collect())
    }

    /// Tries every way to fill slots from `slot` on; of the longest the first is kept.
    fn fill(&self, tie: &[Event], slot: usize, chosen: &mut Vec<Event>, best: &mut Vec<Event>) {
        if chosen.len() > best.len() {
            best.clone_from(chosen);
        }
        let Some(next) = self.slots.get(slot) else { return };
        for event in tie {
            if event.is(next.input) && !chosen.contains(event) {
                chosen.push(*event);
                self.fill(tie, slot + 1, chosen, best);
                chosen.pop();
            }
        }
    }

    /// How many beginnings stand at one slot at most, if none were ever dropped but by a match.
    fn count(&mut self, trace: &[Event], matches: &[Match]) {
        let firsts = trace.iter().filter(|e| e.is(self.slots[0].input)).count();
        if firsts <= 8 {
            self.crowd = firsts;
            return;
        }
        let instants: BTreeSet<i64> = trace.iter().map(|e| e.at).collect();
        for now in instants {
            let free = |m: &&Match| m.told < now;
            let after = matches.iter().rfind(free).map_or(i64::MIN, |m| m.slots[m.slots.len() - 1].at);
            let mut stand = vec![0; self.slots.len() + 1];
            for first in trace.iter().filter(|e| e.at > after && e.at <= now && e.is(self.slots[0].input)) {
                let mut slots = Some(vec![*first]);
                for at in trace.iter().map(|e| e.at).collect::<BTreeSet<_>>().range(first.at..=now) {
                    slots = slots.filter(|s| s.len() < self.slots.len()).and_then(|s| self.at(trace, &s, *at));
                }
                if let Some(slots) = slots {
                    stand[slots.len()] += 1;
                }
            }
            stand.pop();
            self.crowd = self.crowd.max(stand.into_iter().max().unwrap_or(0));
        }
    }
}
