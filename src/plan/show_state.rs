//! State in words: groups, what must hold of them, when that is decided, and what a group may cost.

use std::fmt::Write as _;

use super::show::value_text;
use super::view::{CaptureArg, View, ViewRule};
use super::{Plan, Rule};
use crate::schema::Vocabulary;
use crate::state::{Aggregate, Ask, Decides, Formula, Question, Sequence, Spec, Term, When};
use crate::value::Value;
use crate::value::time::duration_text;

impl Plan {
    /// Group, condition and decision of a stateful rule in one view, a line each.
    pub(super) fn state_text(&self, view: &View, rule: &ViewRule, vocabulary: &Vocabulary, out: &mut String) {
        for (label, text) in self.state_words(view, rule, vocabulary) {
            let _ = writeln!(out, "    {label:<7} {text}");
        }
    }

    /// Of a stateful rule in one view: `per`, `when`, when it `decides`, and what a group `keeps`; nothing of another.
    #[must_use]
    pub fn state_words(&self, view: &View, rule: &ViewRule, vocabulary: &Vocabulary) -> Vec<(&'static str, String)> {
        let of = &self.rules[rule.rule];
        let (Some(capture), Some(spec)) = (&rule.capture_state, of.state.as_deref()) else { return Vec::new() };
        let mut out = Vec::new();
        let mut key: Vec<String> = capture.key.iter().map(|&v| value_text(self, view, vocabulary, v)).collect();
        if capture.account {
            key.insert(0, "account".to_owned());
        }
        if !matches!(spec.when, When::Profiles { .. }) {
            let each = capture.each.map(|v| format!(" for each x in {}", value_text(self, view, vocabulary, v)));
            out.push(("per", format!("{}{}", key.join(", "), each.unwrap_or_default())));
        }
        let brought: Vec<String> = capture
            .args
            .iter()
            .map(|arg| match arg {
                CaptureArg::Value(v) => value_text(self, view, vocabulary, *v),
                CaptureArg::Group(parts) => {
                    parts.iter().map(|&v| value_text(self, view, vocabulary, v)).collect::<Vec<_>>().join(", ")
                }
                CaptureArg::Elements(lists) => {
                    let lists: Vec<String> =
                        lists.iter().map(|(v, _)| value_text(self, view, vocabulary, *v)).collect();
                    lists.join(", ")
                }
            })
            .collect();
        out.push(("when", self.when_text(of, &brought)));
        out.push(("decides", decides(spec.decides).to_owned()));
        if let Some(bytes) = spec.bytes() {
            out.push(("keeps", format!("at most {bytes} bytes a group, beside its key")));
        }
        out
    }

    /// `when` and `within` in words.
    #[must_use]
    pub fn when_text(&self, rule: &Rule, brought: &[String]) -> String {
        let Some(spec) = rule.state.as_deref() else { return String::new() };
        let within = spec.window.map_or_else(String::new, |w| {
            format!(" within {}{}", duration_text(w.length), if w.tumbling { " tumbling" } else { "" })
        });
        let input = |i: u8| rule.inputs.get(usize::from(i)).and_then(|n| n.as_deref()).unwrap_or("event");
        let text = match &spec.when {
            When::Window { aggregates, formula } => {
                Words { plan: self, aggregates, questions: &[], brought }.formula(formula, false)
            }
            When::Profiles { questions, formula } => {
                Words { plan: self, aggregates: &[], questions, brought }.formula(formula, false)
            }
            When::Sequence(steps) => {
                let steps: Vec<String> = steps
                    .iter()
                    .map(|s| {
                        let within = s.within.map_or_else(String::new, |d| format!("within {} ", duration_text(d)));
                        let no = if s.absent { "no " } else { "" };
                        let times = if s.times > 1 { format!(" x{}", s.times) } else { String::new() };
                        format!("{within}{no}{}{times}", input(s.input))
                    })
                    .collect();
                steps.join(" then ")
            }
        };
        format!("{text}{within}")
    }
}

/// When a rule speaks, in words.
#[must_use]
pub fn decides(decides: Decides) -> &'static str {
    match decides {
        Decides::AtOnce => "at once: more events can only make it truer",
        Decides::AtWatermark => "at the watermark: once everything up to the event is known",
        Decides::AtClose => "when the window closes: once the watermark has passed its end",
        Decides::AtDeadline => "at the deadline: once the watermark has passed it without the event",
    }
}

struct Words<'a> {
    plan: &'a Plan,
    aggregates: &'a [Aggregate],
    questions: &'a [Question],
    brought: &'a [String],
}

impl Words<'_> {
    fn joined(&self, parts: &[Formula], word: &str, inside: bool) -> String {
        let text = parts.iter().map(|p| self.formula(p, true)).collect::<Vec<_>>().join(word);
        if inside && parts.len() > 1 { format!("({text})") } else { text }
    }

    fn formula(&self, formula: &Formula, inside: bool) -> String {
        match formula {
            Formula::Const(truth) => format!("{truth:?}").to_lowercase(),
            Formula::Not(part) => format!("not {}", self.formula(part, true)),
            Formula::And(parts) => self.joined(parts, " and ", inside),
            Formula::Or(parts) => self.joined(parts, " or ", inside),
            Formula::AtLeast(n, parts) => format!("{n} of ({})", self.joined(parts, ", ", false)),
            Formula::Default(a, b) => format!("({} ?? {})", self.formula(a, true), self.formula(b, true)),
            Formula::Compare(op, a, b) => format!("{} {} {}", self.term(a), op.name, self.term(b)),
            Formula::Between(v, a, b) => format!("{} in {}..={}", self.term(v), self.term(a), self.term(b)),
            Formula::OneOf(v, set) => {
                let set: Vec<String> = set.iter().map(literal).collect();
                format!("{} in [{}]", self.term(v), set.join(", "))
            }
            Formula::Has(v) => format!("has {}", self.term(v)),
            Formula::Is(v) => self.term(v),
            Formula::Asked(question) => self.question(*question),
            Formula::Each(q, list, body) => {
                let word = format!("{q:?}").to_lowercase();
                let list = self.brought.get(*list).map_or("its list", String::as_str);
                format!("({word} x in {list}: {})", self.formula(body, true))
            }
        }
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Const(value) => literal(value),
            Term::Aggregate(at) => self.aggregates.get(*at).map_or_else(String::new, |a| a.name.to_string()),
            Term::Arg(at) => self.brought.get(*at).cloned().unwrap_or_else(|| "a value of the event".to_owned()),
            Term::Element(_) => "a value of x".to_owned(),
            Term::Asked(question) => self.question(*question),
            Term::Call(f, args) => {
                let args: Vec<String> = args.iter().map(|a| self.term(a)).collect();
                match args.as_slice() {
                    [a, b] if !f.name.starts_with(|c: char| c.is_ascii_alphabetic()) => format!("({a} {} {b})", f.name),
                    _ => format!("{}({})", f.name, args.join(", ")),
                }
            }
            Term::Coalesce(a, b) => format!("({} ?? {})", self.term(a), self.term(b)),
            Term::Truth(formula) => self.formula(formula, true),
        }
    }

    fn question(&self, question: usize) -> String {
        let Some(question) = self.questions.get(question) else { return String::new() };
        let Some(profile) = self.plan.profiles.get(question.profile) else { return String::new() };
        let spec = &profile.spec;
        let value = |v: usize| spec.values.get(v).map_or("", |(name, _)| name);
        match &question.ask {
            Ask::New(v, _) => format!("{}.new({})", spec.name, value(*v)),
            Ask::Surge { volume, sigma, floor } => {
                let volume = spec.volumes.get(*volume).map_or("", |v| &v.name);
                format!("{}.surge({volume}, sigma: {sigma}, floor: {floor})", spec.name)
            }
            Ask::Surprise(values) => {
                let values: Vec<&str> = values.iter().map(|(v, _)| value(*v)).collect();
                format!("{}.surprise({})", spec.name, values.join(", "))
            }
        }
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Str(s) => format!("{s:?}"),
        other => other.to_string(),
    }
}

impl Spec {
    /// Bytes that a group takes at most, about, where the rule itself bounds them: in a window 24 for each event or
    /// value.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        const ONE: u64 = 24;
        match &self.when {
            When::Window { aggregates, .. } => aggregates.iter().map(|a| a.enough.map(|n| u64::from(n) * ONE)).sum(),
            When::Sequence(_) => Sequence::new(self)?.most_bytes(),
            When::Profiles { .. } => None,
        }
    }
}
