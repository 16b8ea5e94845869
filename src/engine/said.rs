//! From a match of a stateful rule to the occurrence: the completing event is put together again from what was kept,
//! and the rule speaks of it as of any other.

use std::sync::Arc;

use super::eval::Eval;
use super::{Scratch, hit, of_findings};
use crate::engine::Lists;
use crate::finding::{EventRef, FindingType, How, Occurrence, Resource, Severity, Signal, StepRef, Story, Unusual};
use crate::plan::{Plan, Rule, SIGNAL, View, ViewRule};
use crate::schema::{Context, Event, Vocabulary, given};
use crate::state::{self, Aggregate, AggregateOp, Fired, When};
use crate::value::bytes::Bytes;
use crate::value::{Arena, Time, Val, Value};

/// An event as it was kept.
struct Kept<'p> {
    view: &'p View,
    rule: &'p ViewRule,
    time: Time,
    id: u128,
    context: Context,
    values: Vec<(usize, Value)>,
}

impl<'p> Kept<'p> {
    fn read(plan: &'p Plan, bytes: &[u8]) -> Option<Kept<'p>> {
        let mut bytes = Bytes::new(bytes);
        let layout = u64::from_be_bytes(bytes.take(8)?.try_into().ok()?);
        let &(view, rule) = plan.layouts.get(&layout)?;
        let view = plan.views.get(view)?;
        let rule = view.rules.get(rule)?;
        let time = Time(i64::from_be_bytes(bytes.take(8)?.try_into().ok()?));
        let id = u128::from_be_bytes(bytes.take(16)?.try_into().ok()?);
        let text = |v: Value| v.as_str().map(Arc::from);
        let account = text(bytes.value()?);
        let region = text(bytes.value()?);
        let capture = rule.capture_state.as_ref()?;
        let mut values = Vec::with_capacity(capture.kept.len());
        for slot in &capture.kept {
            values.push((slot.index(), bytes.value()?));
        }
        let context = Context { account, region, ..Context::default() };
        Some(Kept { view, rule, time, id, context, values })
    }

    fn event<'a>(&'a self, plan: &'a Plan, arena: &'a Arena) -> Event<'a> {
        let place = usize::from(self.view.place);
        let sources = plan.projections.len();
        let projection =
            if place < sources { &plan.projections[place] } else { &plan.class_projections[place - sources] };
        let values = self.values.iter().map(|(slot, value)| (*slot, given::val(value, arena)));
        Event::kept(projection, &self.context, self.rule.class, (self.time, self.id), values, arena)
    }
}

/// The finding that was kept as a hit of a rule that reads findings.
pub fn signal(plan: &Plan, vocabulary: &Vocabulary, kept: &[u8]) -> Option<Signal> {
    let kept = Kept::read(plan, kept)?;
    let named = |name: &str| {
        let needs = &kept.view.graph.needs;
        let found = kept.values.iter().find(|(slot, _)| {
            let need = &needs[*slot];
            need.steps.is_empty() && *vocabulary.attr(need.class, need.attr).name == *name
        });
        found.map(|(_, value)| value)
    };
    let [ty, title, resources, principal, severity, remote, lists] = SIGNAL.map(named);
    let text = |v: Option<&Value>| v.map(|v| Arc::<str>::from(v.to_string()));
    let finding_type = FindingType::parse(ty?.as_str()?).ok()?;
    let field = |name: &str| match resources {
        Some(Value::List(items)) => items.first().and_then(|r| match r {
            Value::Object(fields) => fields.iter().find(|(k, _)| **k == *name).map(|(_, v)| v),
            _ => None,
        }),
        _ => None,
    };
    let rule = plan.rules.iter().find(|r| r.info.finding_type == finding_type);
    Some(Signal {
        resource: Resource {
            kind: text(field("type")).unwrap_or_default(),
            uid: text(field("uid")),
            name: text(field("name")),
        },
        principal: text(principal),
        event: EventRef { time: kept.time, id: kept.id },
        title: text(title).unwrap_or_default(),
        severity: Severity::new(match severity {
            Some(Value::Float(x)) => *x,
            Some(Value::Int(n)) => *n as f64,
            _ => 0.0,
        }),
        attack: rule.map_or_else(Vec::new, |r| r.info.attack.clone()),
        remote: text(remote),
        lists: match lists {
            Some(Value::List(all)) => all.iter().filter_map(of_findings::listed).collect(),
            _ => Vec::new(),
        },
        finding_type,
    })
}

/// What became of a match.
pub enum Said {
    /// It is an occurrence.
    Occurrence(Box<Occurrence>),
    /// An exception holds.
    Excepted,
    /// The rule is in its shadow time.
    Shadowed,
    /// What was kept is not readable: bytes of another version.
    Unreadable,
}

/// Says a match. `completing` is what was kept of the event that completes it.
pub fn say(plan: &Plan, vocabulary: &Vocabulary, lists: &Lists, rule: &Rule, fired: Fired, completing: &[u8]) -> Said {
    let arena = Arena::new();
    let Some(kept) = Kept::read(plan, completing) else { return Said::Unreadable };
    let others: Vec<Kept<'_>> = fired.named.iter().filter_map(|(_, bytes)| Kept::read(plan, bytes)).collect();
    let outer: Vec<Val<'_>> = kept.rule.outer.iter().map(|attr| outer(plan, lists, &others, attr, &arena)).collect();
    let event = kept.event(plan, &arena);
    let mut scratch = Scratch::default();
    let mut eval = Eval::new(plan, kept.view, lists, &event, &mut scratch);
    eval.outer = outer.into_iter().collect();
    let x = |x: &crate::plan::ViewException| x.until.is_none_or(|until| event.time < until);
    if kept.rule.exceptions.iter().any(|e| x(e) && eval.holds(e.condition)) {
        return Said::Excepted;
    }
    if rule.shadow_until.is_some_and(|until| event.time < until) {
        return Said::Shadowed;
    }
    let class = &vocabulary.classes[usize::from(kept.rule.class.0)].name;
    let mut occurrence = hit::occurrence(&mut eval, kept.rule, rule, lists, class);
    if kept.rule.capture_state.as_ref().is_some_and(|c| !c.account) {
        occurrence.account = None;
    }
    occurrence.story = Some(Box::new(story(rule, fired)));
    Said::Occurrence(Box::new(occurrence))
}

/// An attribute of another input's last event.
fn outer<'a>(
    plan: &'a Plan,
    lists: &'a Lists,
    others: &'a [Kept<'_>],
    attr: &crate::check::model::AttrRef,
    arena: &'a Arena,
) -> Val<'a> {
    for other in others.iter().filter(|k| usize::from(k.rule.input) == attr.input) {
        let Some((_, val)) = other.rule.exports.iter().find(|(a, _)| a == attr) else { continue };
        let event = other.event(plan, arena);
        let mut scratch = Scratch::default();
        let value = Eval::new(plan, other.view, lists, &event, &mut scratch).val(*val).to_value();
        if let Some(value) = value {
            return given::val(&value, arena);
        }
    }
    Val::Absent
}

/// A measure as it is told. State keeps no more than decides: where that much is reached, there may be more. How many
/// events there are, the finding itself says.
fn measure(aggregate: &Aggregate, value: Value) -> Option<Value> {
    match (aggregate.op, aggregate.enough, value) {
        (_, _, Value::Null) | (AggregateOp::Count | AggregateOp::Seen, Some(_), _) => None,
        (_, Some(enough), Value::Int(n)) if n >= i64::from(enough) => Some(Value::str(format!("{n} or more"))),
        (_, _, value) => Some(value),
    }
}

/// What is behind the match.
fn story(rule: &Rule, fired: Fired) -> Story {
    let event = |(time, id): (Time, u128)| EventRef { time, id };
    let spec = rule.state.as_deref();
    let measures = match spec.map(|s| &s.when) {
        Some(When::Window { aggregates, .. }) => aggregates
            .iter()
            .zip(fired.measures)
            .filter_map(|(a, value)| Some((a.name.clone(), measure(a, value)?)))
            .collect(),
        _ => Vec::new(),
    };
    let step_name = |step: u8| -> Arc<str> {
        let input = match spec.map(|s| &s.when) {
            Some(When::Sequence(steps)) => steps.get(usize::from(step)).map(|s| usize::from(s.input)),
            _ => None,
        };
        input.and_then(|i| rule.inputs.get(i)).and_then(Clone::clone).unwrap_or_else(|| Arc::from("event"))
    };
    Story {
        first: fired.first,
        events: fired.behind.into_iter().map(event).collect(),
        measures,
        steps: fired
            .slots
            .into_iter()
            .map(|(step, time, id)| StepRef { name: step_name(step), event: EventRef { time, id } })
            .collect(),
        signals: Vec::new(),
        unusual: fired.unusual.into_iter().map(unusual).collect(),
        error: fired.error,
    }
}

fn unusual(u: state::Unusual) -> Unusual {
    let how = match u.how {
        state::How::New(v) => How::New(v),
        state::How::Surge(x) => How::Surge(x),
        state::How::Surprise(v, bits) => How::Surprise(v, bits),
    };
    Unusual { profile: u.profile, name: u.name, how, usual: u.usual, by_account: u.by_account }
}
