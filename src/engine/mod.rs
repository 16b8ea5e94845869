//! The interpreter. Stage one, *match*: an event in, occurrences out; no state, no clock, no I/O.
//!
//! ```text
//! Event --routes--> candidate rules --conditions--> hits --severity, title, resource--> Occurrence
//! ```

mod capture;
mod eval;
mod gaps;
mod hit;
mod lists;
mod look;
mod of_findings;
mod said;
mod scratch;
mod step;
mod trace;

use crate::finding::Occurrence;
use crate::plan::{Plan, View};
use crate::schema::{Event, Vocabulary};
use crate::value::{Time, Val};

pub use capture::{Hits, Instant};
pub use eval::{Eval, REGEX_LIMIT};
pub use gaps::Gap;
pub use lists::{Bound, Lists};
pub use scratch::Scratch;
pub use step::{Broken, Settings, Stepper, Whose};
pub use trace::{Trace, Traced};

/// What one rule did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleCount {
    /// Events that reached it.
    pub considered: u64,
    /// Events for which its condition held.
    pub held: u64,
    /// Of those, events that an exception took out.
    pub excepted: u64,
    /// Of those, events in its shadow time: counted, not published.
    pub shadowed: u64,
    /// Of those that held, events without a part of the group key: not counted by the rule.
    pub ungrouped: u64,
    /// Time that its condition took, in nanoseconds of the engine's clock; 0 without one.
    pub nanos: u64,
}

impl RuleCount {
    /// Adds what the same rule did elsewhere.
    pub fn add(&mut self, other: RuleCount) {
        self.considered += other.considered;
        self.held += other.held;
        self.excepted += other.excepted;
        self.shadowed += other.shadowed;
        self.ungrouped += other.ungrouped;
        self.nanos += other.nanos;
    }
}

/// Matches events, one at a time. One a thread.
pub struct Engine<'p> {
    plan: &'p Plan,
    vocabulary: &'p Vocabulary,
    lists: &'p Lists,
    scratch: Scratch<'p>,
    candidates: Vec<u32>,
    /// What each rule of the plan did.
    pub counts: Vec<RuleCount>,
    /// What matched for stateful rules and profiles, since the caller took it last; in no order.
    pub hits: Hits,
    /// Measures conditions, in nanoseconds since any moment; the engine itself has no clock.
    pub clock: Option<fn() -> u64>,
}

impl<'p> Engine<'p> {
    /// An engine for a plan and a version of its lists.
    #[must_use]
    pub fn new(plan: &'p Plan, vocabulary: &'p Vocabulary, lists: &'p Lists) -> Self {
        Self {
            plan,
            vocabulary,
            lists,
            scratch: Scratch::default(),
            candidates: Vec::new(),
            counts: vec![RuleCount::default(); plan.rules.len()],
            hits: Hits::default(),
            clock: None,
        }
    }

    /// How many values were longer than a regex sees.
    #[must_use]
    pub fn cut_for_regex(&self) -> u64 {
        self.scratch.cut
    }

    /// Matches an event of a source.
    pub fn event(&mut self, event: &Event<'_>, found: &mut dyn FnMut(Occurrence)) {
        let plan = self.plan;
        self.event_in(plan.source_view(event.source), event, found);
    }

    /// Matches an event in a given view (rule tests have events that name only their class).
    pub fn event_in(&mut self, view: &'p View, event: &Event<'_>, found: &mut dyn FnMut(Occurrence)) {
        if view.rules.is_empty() && view.learners.is_empty() {
            return;
        }
        let (plan, lists) = (self.plan, self.lists);
        let mut occurrences = Vec::new();
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        {
            let mut eval = Eval::new(plan, view, lists, event, &mut self.scratch);
            route(&mut eval, view, &mut candidates);
            for &candidate in &candidates {
                let Some(view_rule) = view.rules.get(candidate as usize) else {
                    let learner = &view.learners[candidate as usize - view.rules.len()];
                    if event.is(learner.class) && eval.holds(learner.condition) {
                        self.hits.learner(&mut eval, learner);
                    }
                    continue;
                };
                if !event.is(view_rule.class) {
                    continue;
                }
                let count = &mut self.counts[view_rule.rule];
                count.considered += 1;
                let began = self.clock.map(|clock| clock());
                let holds = eval.holds(view_rule.condition);
                if let (Some(clock), Some(began)) = (self.clock, began) {
                    count.nanos += clock().saturating_sub(began);
                }
                if !holds {
                    continue;
                }
                count.held += 1;
                if let Some(capture) = &view_rule.capture_state {
                    let rule = &plan.rules[view_rule.rule];
                    if !self.hits.rule(&mut eval, rule, view_rule, capture) {
                        count.ungrouped += 1;
                    }
                    continue;
                }
                let excepted = view_rule
                    .exceptions
                    .iter()
                    .any(|x| x.until.is_none_or(|until| event.time < until) && eval.holds(x.condition));
                if excepted {
                    count.excepted += 1;
                    continue;
                }
                let rule = &plan.rules[view_rule.rule];
                if rule.shadow_until.is_some_and(|until| event.time < until) {
                    count.shadowed += 1;
                    continue;
                }
                let class = &self.vocabulary.classes[usize::from(view_rule.class.0)].name;
                occurrences.push((view_rule.rule, hit::occurrence(&mut eval, view_rule, rule, lists, class)));
            }
        }
        self.candidates = candidates;
        for (rule, occurrence) in occurrences {
            let at = occurrence.time;
            self.publish(rule, occurrence, &[], at, found);
        }
    }

    /// Suppressions, findings over findings (they see it at the instant at which it is decided), publication. `group`:
    /// the key of the group in which the rule matched.
    fn publish(
        &mut self,
        rule: usize,
        mut occurrence: Occurrence,
        group: &[u8],
        at: Time,
        found: &mut dyn FnMut(Occurrence),
    ) {
        self.judge(&mut occurrence, group, at, found);
        if self.plan.rules[rule].publish {
            found(occurrence);
        }
    }

    /// Decides one finding definition for an event and says why, whatever the routes say.
    #[must_use]
    pub fn trace(&mut self, event: &Event<'_>, finding: &str) -> Vec<Trace> {
        let (plan, vocabulary, lists) = (self.plan, self.vocabulary, self.lists);
        let view = plan.source_view(event.source);
        let mut eval = Eval::new(plan, view, lists, event, &mut self.scratch);
        view.rules
            .iter()
            .filter(|r| plan.rules[r.rule].info.finding_type.as_str() == finding)
            .filter(|r| event.is(r.class))
            .map(|r| trace::trace(&mut eval, vocabulary, r))
            .collect()
    }
}

/// The rules that could fire on the event.
fn route(eval: &mut Eval<'_, '_, '_>, view: &View, candidates: &mut Vec<u32>) {
    candidates.extend_from_slice(&view.routes.always);
    for keyed in &view.routes.keyed {
        if !eval.event().is(keyed.class) {
            continue;
        }
        let rules = match eval.event().get(keyed.slot.index()) {
            Val::Str(s) => keyed.texts.get(s),
            Val::Int(n) => keyed.ints.get(&n),
            _ => None,
        };
        candidates.extend(rules.into_iter().flatten());
    }
    for listed in &view.routes.listed {
        let hits = eval.hits(listed.lookup);
        if hits.is_empty() {
            continue;
        }
        for (list, rules) in &listed.rules {
            if hits.iter().any(|h| h.contains(list.0)) {
                candidates.extend(rules);
            }
        }
    }
    for found in &view.routes.found {
        for (bit, rules) in &found.rules {
            if eval.found(found.automaton, *bit) {
                candidates.extend(rules);
            }
        }
    }
    // A rule that asks two lists may come twice; the order of the rules is the order of the findings of one event.
    candidates.sort_unstable();
    candidates.dedup();
}
