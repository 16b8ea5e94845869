//! From a condition that holds to the occurrence that says so: severity, title, resource, evidence, list entries.

use std::sync::Arc;

use super::eval::Eval;
use super::lists::Lists;
use crate::finding::{ListMatch, Occurrence, Resource, Role, Severity};
use crate::intel::Hits;
use crate::plan::{Piece, Rule, SlotId, ViewResource, ViewRole, ViewRule};
use crate::value::{Val, Value, head};

/// How much of a value a finding keeps, in bytes of text.
const KEPT: usize = 2048;

/// How many elements of a list value count as separate evidence.
const ELEMENTS: usize = 50;

/// A value as plain text.
fn text(value: Val<'_>) -> Option<Arc<str>> {
    value.to_value().map(|v| match v {
        Value::Str(s) => s,
        other => Arc::from(other.to_string()),
    })
}

/// Builds the occurrence of a rule that holds for the event under evaluation.
pub fn occurrence(
    eval: &mut Eval<'_, '_, '_>,
    view_rule: &ViewRule,
    rule: &Rule,
    lists: &Lists,
    class: &Arc<str>,
) -> Occurrence {
    let severity = severity(eval, view_rule);
    let title = title(eval, view_rule);
    let resource = Resource {
        kind: kind(eval, &view_rule.resource),
        uid: first(eval, &view_rule.resource.uid),
        name: first(eval, &view_rule.resource.name),
    };
    let role = match &view_rule.resource.role {
        ViewRole::Actor => Role::Actor,
        ViewRole::Target => Role::Target,
        ViewRole::ActorIf(slot, word) => match eval.event().get(slot.index()) {
            Val::Str(s) if *s == **word => Role::Actor,
            _ => Role::Target,
        },
    };
    let principal = first(eval, &view_rule.resource.actor);
    let attributes = view_rule
        .capture
        .iter()
        .filter_map(|(name, slot)| Some((name.clone(), cut(eval.event().get(slot.index()).to_value()?))))
        .collect();
    let mut evidence = Vec::new();
    for (name, val) in &view_rule.evidence {
        for element in eval.val(*val).elements().take(ELEMENTS) {
            if let Some(value) = element.to_value() {
                evidence.push((name.clone(), cut(value)));
            }
        }
    }
    let dedup = view_rule.dedup.iter().map(|&v| eval.val(v).to_value().map(cut)).collect();
    let list_matches = list_matches(eval, view_rule, lists);
    let event = eval.event();
    Occurrence {
        rule: rule.info.clone(),
        time: event.time,
        event: event.identity(),
        source: eval.view_name().clone(),
        class: class.clone(),
        account: event.account().map(Arc::from),
        region: event.region().map(Arc::from),
        severity,
        title,
        resource,
        role,
        principal,
        attributes,
        evidence,
        list_matches,
        archived_by: None,
        dedup,
        quiet: rule.quiet,
        story: None,
    }
}

fn severity(eval: &mut Eval<'_, '_, '_>, rule: &ViewRule) -> Severity {
    for (condition, level) in &rule.severity.0 {
        if eval.holds(*condition) {
            return Severity::new(*level);
        }
    }
    Severity::new(match eval.val(rule.severity.1) {
        Val::Float(x) => x,
        Val::Int(n) => n as f64,
        Val::Str(s) => crate::finding::Level::parse(s).map_or(0.0, |l| l.severity().value()),
        _ => 0.0,
    })
}

fn title(eval: &mut Eval<'_, '_, '_>, rule: &ViewRule) -> Arc<str> {
    let mut out = String::new();
    for piece in &rule.title {
        match piece {
            Piece::Text(t) => out.push_str(t),
            Piece::Value(v) => match eval.val(*v).to_value() {
                Some(value) => out.push_str(&cut(value).to_string()),
                None => out.push_str("unknown"),
            },
        }
    }
    Arc::from(out)
}

/// The kind of the resource: by the word of its attribute, if that names another one.
fn kind(eval: &Eval<'_, '_, '_>, resource: &ViewResource) -> Arc<str> {
    let other = resource.kind_by.as_ref().and_then(|(slot, kinds)| match eval.event().get(slot.index()) {
        Val::Str(word) => kinds.iter().find(|(w, _)| **w == *word).map(|(_, kind)| kind),
        _ => None,
    });
    other.unwrap_or(&resource.kind).clone()
}

fn first(eval: &mut Eval<'_, '_, '_>, slots: &[SlotId]) -> Option<Arc<str>> {
    slots.iter().find_map(|slot| text(eval.event().get(slot.index())))
}

/// Entries of the lists that the condition asks, threat lists first.
fn list_matches(eval: &mut Eval<'_, '_, '_>, rule: &ViewRule, lists: &Lists) -> Vec<ListMatch> {
    let entry = |hits: &Hits<'_>, list: u32, attribute: &Arc<str>, value: Option<Arc<str>>| {
        let entry: Arc<str> = Arc::from(hits.entry(list)?.to_string());
        Some(ListMatch {
            list: lists.name(list).clone(),
            value: value.unwrap_or_else(|| entry.clone()),
            entry,
            attribute: attribute.clone(),
            role: lists.role(list),
            list_hash: lists.hash(list).cloned(),
        })
    };
    let mut out = Vec::new();
    for (lookup, list, attribute) in &rule.lists {
        let value = text(eval.looked_up(*lookup));
        out.extend(eval.hits(*lookup).iter().filter_map(|hits| entry(hits, list.0, attribute, value.clone())));
    }
    if rule.lists.is_empty() {
        return out;
    }
    for (lookup, list, hits) in eval.named(rule.condition) {
        let attribute =
            rule.lists.iter().find(|(l, asked, _)| *l == lookup && asked.0 == list).map(|(_, _, name)| name);
        out.extend(attribute.and_then(|name| entry(&hits, list, name, None)));
    }
    out.sort_by(|a, b| (a.role, a).cmp(&(b.role, b)));
    out.dedup();
    out
}

/// A value short enough to keep.
fn cut(value: Value) -> Value {
    match value {
        Value::Str(s) if s.len() > KEPT => Value::str(format!("{}…", head(&s, KEPT))),
        Value::Object(_) | Value::List(_) => {
            let text = serde_json::to_string(&value).unwrap_or_default();
            if text.len() > KEPT { cut(Value::str(text)) } else { value }
        }
        other => other,
    }
}
