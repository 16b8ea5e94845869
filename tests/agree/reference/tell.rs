//! What an occurrence says (the law, section 6), and the event that it is (section 7).

use std::sync::Arc;

use outguard::check::Model;
use outguard::check::model::{AttrRef, Finding, Part};
use outguard::finding::{Level, Severity};
use outguard::value::{Arena, Val, Value};

use super::attribute::attribute;
use super::select::holds;
use super::{Match, Reader, Told, nothing};
use crate::world::{Record, vocabulary};

/// How much of a value a title keeps, in bytes.
const KEPT: usize = 2048;

/// The occurrence of a match; nothing if an exception holds, or in the rule's shadow time.
pub fn tell(model: &Model, finding: &Finding, m: &Match<'_>) -> Option<Told> {
    let arena = Arena::new();
    let event = |input: usize| of_input(finding, m, input);
    let ask = nothing;
    let mut reader = Reader::new(model, &arena, &event, &ask);
    let excepted = finding
        .exceptions
        .iter()
        .any(|x| x.until.is_none_or(|until| m.last.time < until.0) && reader.holds(&x.condition));
    if excepted || finding.shadow_until.is_some_and(|until| m.last.time < until.0) {
        return None;
    }
    let branch = finding.severity.branches.iter().find(|(c, _)| reader.holds(c)).map(|(_, level)| *level);
    let severity = branch.unwrap_or_else(|| match reader.value(&finding.severity.otherwise) {
        Val::Float(x) => x,
        Val::Int(n) => n as f64,
        Val::Str(word) => Level::parse(word).map_or(0.0, |l| l.severity().value()),
        _ => 0.0,
    });
    let severity = Severity::new(severity).value();
    let mut title = String::new();
    for part in &finding.title.parts {
        match part {
            Part::Text(text) => title.push_str(text),
            Part::Hole(e) => match reader.value(e).to_value() {
                Some(value) => title.push_str(&cut(value.to_string())),
                None => title.push_str("unknown"),
            },
        }
    }
    let account = m.group.account.clone().flatten();
    let mut told = Told {
        finding: finding.ty.as_str().to_owned(),
        account: account.clone(),
        group: m.group.keys.iter().map(|k| format!("{k:?}")).collect(),
        time: m.last.time,
        id: m.last.id,
        decided: m.decided,
        behind: m.behind.iter().map(|(r, _)| r.id).collect(),
        first: m.behind.iter().map(|(r, _)| r.time).min().unwrap_or(m.last.time),
        severity,
        title,
        archived_by: None,
        published: finding.publish,
        as_event: m.last.clone(),
    };
    told.as_event = as_event(finding, &told, m.last, account);
    let suppression = model.suppressions.iter().find(|s| {
        s.until.is_none_or(|until| told.as_event.time < until.0) && holds(model, &s.input, 0, &told.as_event)
    });
    told.archived_by = suppression.map(|s| s.name.to_string());
    Some(told)
}

/// The event that attributes of an input are read of: the one that completes the match where it is of that input (of a
/// sequence: of the last step), else the last one of that input behind the match.
fn of_input<'r>(finding: &Finding, m: &Match<'r>, input: usize) -> Option<&'r Record> {
    let own = match m.bare {
        Some(last) => last == input,
        None => m.behind.iter().any(|(r, i)| *i == input && r.time == m.last.time && r.id == m.last.id),
    };
    if finding.inputs.len() == 1 || own {
        return Some(m.last);
    }
    m.behind.iter().filter(|(_, i)| *i == input).map(|(r, _)| *r).max_by_key(|r| (r.time, r.id))
}

/// The occurrence as an event of kind `finding`.
fn as_event(finding: &Finding, told: &Told, last: &Record, account: Option<Arc<str>>) -> Record {
    let class = vocabulary().class_named("finding").expect("a class");
    let ty = &finding.ty;
    let severity = Severity::new(told.severity);
    let mut attrs: Vec<(Arc<str>, Value)> = vec![
        ("type".into(), Value::str(ty.as_str())),
        ("type.purpose".into(), Value::str(ty.purpose())),
        ("type.resource".into(), Value::str(ty.resource())),
        ("type.family".into(), Value::str(ty.family())),
        ("severity".into(), Value::Float(severity.value())),
        ("severity_level".into(), Value::str(severity.level().word())),
        ("title".into(), Value::str(told.title.as_str())),
    ];
    // The first of the attributes that name the actor which has a value of its type.
    let arena = Arena::new();
    let actor = vocabulary().resource(ty.resource(), last.kind.class).and_then(|rule| {
        let values = rule.actor.iter().map(|&attr| {
            let attr = AttrRef { input: 0, class: last.kind.class, attr, steps: Vec::new() };
            attribute(last, &attr, &arena).to_value()
        });
        values.flatten().next().map(|v| Value::str(v.as_str().map_or_else(|| v.to_string(), str::to_owned)))
    });
    if let Some(actor) = actor {
        attrs.push(("actor.principal".into(), actor));
    }
    // One event for each occurrence: rule, group and completing event tell them apart.
    let mut id: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in format!("{}{:?}{:?}{}{}", ty, account, told.group, told.time, told.id).bytes() {
        id = (id ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
    }
    Record { kind: outguard::schema::Kind { class, source: None }, time: told.decided, id, account, attrs }
}

fn cut(s: String) -> String {
    if s.len() <= KEPT {
        return s;
    }
    let mut end = KEPT;
    while !s.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &s[..end])
}
