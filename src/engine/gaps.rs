//! What rules could not decide: conditions that came to *unknown*, and the attributes that were absent. It traces, so
//! it is for measuring a rule set over logs, not for running it.

use super::eval::Eval;
use super::trace::{Traced, trace};
use super::{Engine, route};
use crate::schema::Event;
use crate::value::Truth;

/// What became of one rule for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The rule of the plan.
    pub rule: usize,
    /// What it asked for in vain, each once; empty where it was decided.
    pub absent: Vec<String>,
    /// Whether its condition came to unknown.
    pub unknown: bool,
}

impl Engine<'_> {
    /// Says of every rule that an event reaches whether its condition was decided, and what it lacked if not.
    pub fn gaps(&mut self, event: &Event<'_>, tell: &mut dyn FnMut(Gap)) {
        let (plan, vocabulary, lists) = (self.plan, self.vocabulary, self.lists);
        let view = plan.source_view(event.source);
        let mut candidates = Vec::new();
        let mut eval = Eval::new(plan, view, lists, event, &mut self.scratch);
        route(&mut eval, view, &mut candidates);
        for rule in candidates.iter().filter_map(|&c| view.rules.get(c as usize)).filter(|r| event.is(r.class)) {
            let unknown = eval.cond(rule.condition) == Truth::Unknown;
            let mut absent = Vec::new();
            if unknown {
                lacking(&trace(&mut eval, vocabulary, rule).condition, &mut absent);
            }
            tell(Gap { rule: rule.rule, absent, unknown });
        }
    }
}

/// What the undecided parts of a condition read and did not find.
fn lacking(traced: &Traced, out: &mut Vec<String>) {
    if traced.truth != Truth::Unknown {
        return;
    }
    for (name, value) in &traced.values {
        if value.is_none() && !out.contains(name) {
            out.push(name.clone());
        }
    }
    traced.parts.iter().for_each(|part| lacking(part, out));
}
