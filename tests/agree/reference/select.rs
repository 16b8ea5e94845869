//! Which records are events of a rule, under which names, and in which groups (the law, section 2).

use std::sync::Arc;

use outguard::check::Model;
use outguard::check::model::{Expr, Finding, Input};
use outguard::value::{Arena, Val, Value};

use super::{Match, Reader, nothing};
use crate::world::Record;

/// A group. Values are compared as values of their type.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The account; nothing for a rule across accounts. An unknown account is an account of its own.
    pub account: Option<Option<Arc<str>>>,
    /// The values of `per`.
    pub keys: Vec<Value>,
}

/// An event of a rule in one of its groups.
pub struct Member<'r> {
    /// The event.
    pub record: &'r Record,
    /// The group.
    pub group: Group,
    /// The inputs whose event it is there.
    pub names: Vec<usize>,
}

/// Whether a record is an event of an input.
pub fn holds(model: &Model, input: &Input, index: usize, record: &Record) -> bool {
    let kind = input.kind;
    if record.kind.class != kind.class || kind.source.is_some_and(|s| record.kind.source != Some(s)) {
        return false;
    }
    let arena = Arena::new();
    let event = |i: usize| (i == index).then_some(record);
    let ask = nothing;
    let mut reader = Reader::new(model, &arena, &event, &ask);
    input.condition.as_ref().is_none_or(|c| reader.holds(c))
}

/// Every event of a rule, once for each of its groups, in order of time and identity.
pub fn members<'r>(model: &Model, finding: &Finding, records: &[&'r Record]) -> Vec<Member<'r>> {
    let mut out: Vec<Member<'r>> = Vec::new();
    for &record in records {
        let mut mine: Vec<Member<'r>> = Vec::new();
        for (index, input) in finding.inputs.iter().enumerate() {
            if !holds(model, input, index, record) {
                continue;
            }
            for group in groups(model, finding, index, record) {
                match mine.iter_mut().find(|m| m.group == group) {
                    Some(member) if member.names.contains(&index) => {}
                    Some(member) => member.names.push(index),
                    None => mine.push(Member { record, group, names: vec![index] }),
                }
            }
        }
        out.extend(mine);
    }
    out
}

/// The groups that a record is in as an event of an input.
fn groups(model: &Model, finding: &Finding, index: usize, record: &Record) -> Vec<Group> {
    let across = finding.group.as_ref().is_some_and(|g| g.across_accounts);
    let account = (!across).then(|| record.account.clone());
    let Some(per) = &finding.group else { return vec![Group { account, keys: Vec::new() }] };
    let keys: Vec<&Expr> = per.keys.iter().map(|key| &key[if key.len() == 1 { 0 } else { index }]).collect();
    let arena = Arena::new();
    let event = |i: usize| (i == index).then_some(record);
    let ask = nothing;
    let mut reader = Reader::new(model, &arena, &event, &ask);
    let mut rounds = vec![Val::Absent];
    if let Some((_, list)) = &per.each {
        rounds = reader.value(list).elements().filter(|v| !v.is_absent()).collect();
    }
    let mut out = Vec::new();
    for element in rounds {
        if let Some((binder, _)) = &per.each {
            reader.bound = vec![(*binder, element)];
        }
        let values: Option<Vec<Value>> = keys.iter().map(|key| reader.value(key).to_value()).collect();
        if let Some(keys) = values {
            let group = Group { account: account.clone(), keys };
            if !out.contains(&group) {
                out.push(group);
            }
        }
    }
    out
}

/// The matches of a rule without `when`: every event by itself.
pub fn alone<'r>(model: &Model, finding: &Finding, records: &[&'r Record]) -> Vec<Match<'r>> {
    let group = |r: &Record| Group { account: Some(r.account.clone()), keys: Vec::new() };
    let mut out = Vec::new();
    for &record in records {
        for (index, input) in finding.inputs.iter().enumerate() {
            if holds(model, input, index, record) {
                let behind = vec![(record, index)];
                out.push(Match { group: group(record), last: record, decided: record.time, behind, bare: None });
            }
        }
    }
    out
}
