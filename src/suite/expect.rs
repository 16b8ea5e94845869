//! `expect`: does what came match what was said?

use std::sync::Arc;

use crate::check::model::{Expect, Statement, StatementKind};
use crate::finding::{Finding, FindingType, Level};
use crate::value::Value;

/// Compares the findings since the last `expect` with this one. `own` is the type of the finding that the test stands
/// in: only its findings count then.
pub fn check(expect: &Expect, findings: &[Finding], own: Option<&FindingType>) -> Result<(), String> {
    let of = |ty: Option<&FindingType>| -> Vec<&Finding> {
        let wanted = ty.or(own);
        findings.iter().filter(|f| wanted.is_none_or(|ty| f.rule.finding_type == *ty)).collect()
    };
    match expect {
        Expect::None => {
            let came: Vec<&Finding> = of(None).into_iter().filter(|f| f.archived_by.is_empty()).collect();
            if came.is_empty() { Ok(()) } else { Err(format!("expected no finding, {}", listed(&came))) }
        }
        Expect::Archived => {
            let came = of(None);
            match came.iter().find(|f| f.archived_by.is_empty()) {
                None if came.is_empty() => Err("expected an archived finding, none came".to_owned()),
                None => Ok(()),
                Some(f) => Err(format!("expected only archived findings, `{}` came unarchived", f.rule.finding_type)),
            }
        }
        Expect::Count(n, ty) => {
            let came: Vec<&Finding> = of(ty.as_ref()).into_iter().filter(|f| f.archived_by.is_empty()).collect();
            if came.len() == *n as usize {
                return Ok(());
            }
            Err(format!("expected {n} findings, {}", listed(&came)))
        }
        Expect::Finding(ty, fields) => {
            let came: Vec<&Finding> = of(ty.as_ref()).into_iter().filter(|f| f.archived_by.is_empty()).collect();
            match came.as_slice() {
                [one] => fields.iter().try_for_each(|(name, want)| field(one, name, want)),
                [] => Err("expected a finding, none came".to_owned()),
                many => Err(format!("expected one finding, {}", listed(many))),
            }
        }
    }
}

fn listed(findings: &[&Finding]) -> String {
    match findings {
        [] => "none came".to_owned(),
        _ => {
            let lines: Vec<String> = findings
                .iter()
                .map(|f| {
                    let about = f.resource.uid.as_deref().unwrap_or("an unknown resource");
                    format!(
                        "  {} ({}, {} of {about}): {}",
                        f.rule.finding_type,
                        f.severity.level().word(),
                        f.count,
                        f.title
                    )
                })
                .collect();
            format!("{} came:\n{}", findings.len(), lines.join("\n"))
        }
    }
}

/// Compares one attribute of a finding. A severity word stands for its band.
fn field(f: &Finding, name: &str, want: &Value) -> Result<(), String> {
    if name == "severity"
        && let Some(word) = want.as_str()
        && let Some(level) = Level::parse(word)
    {
        return match f.severity.level() {
            got if got == level => Ok(()),
            got => Err(format!("expected severity {word}, got {} ({})", got.word(), f.severity.value())),
        };
    }
    let got = attribute(f, name);
    if same(got.as_ref(), want) {
        return Ok(());
    }
    let got = got.map_or_else(|| "nothing".to_owned(), |v| format!("`{v}`"));
    Err(format!("expected `{name}` to be `{want}`, got {got}"))
}

fn same(got: Option<&Value>, want: &Value) -> bool {
    match (got, want) {
        (None, Value::Null) => true,
        (Some(Value::Float(x)), Value::Int(n)) | (Some(Value::Int(n)), Value::Float(x)) => *x == *n as f64,
        (Some(Value::List(items)), Value::List(wanted)) => items == wanted,
        (Some(Value::List(items)), one) => items.iter().any(|i| same(Some(i), one)),
        (Some(got), want) => got == want || got.to_string() == want.to_string(),
        (None, _) => false,
    }
}

/// An attribute of a finding, by the names that `expect` knows.
#[must_use]
pub fn attribute(f: &Finding, name: &str) -> Option<Value> {
    let text = |s: &Option<Arc<str>>| s.clone().map(Value::Str);
    match name {
        "type" => Some(Value::str(f.rule.finding_type.as_str())),
        "severity" => Some(Value::Float(f.severity.value())),
        "count" => Some(Value::Int(i64::try_from(f.count).unwrap_or(i64::MAX))),
        "title" => Some(Value::Str(f.title.clone())),
        "resource.uid" => text(&f.resource.uid),
        "resource.name" => text(&f.resource.name),
        "resource.type" => Some(Value::Str(f.resource.kind.clone())),
        "source" => Some(Value::Str(f.source.clone())),
        "resource.role" => Some(Value::str(f.role.to_string().to_lowercase())),
        "actor.principal" => text(&f.principal),
        "account" => text(&f.account),
        "region" => text(&f.region),
        "first_seen" => Some(Value::Time(f.first_seen)),
        "last_seen" => Some(Value::Time(f.last_seen)),
        "archived" => Some(Value::Bool(!f.archived_by.is_empty())),
        "list" => Some(Value::List(f.list_matches.iter().map(|m| Value::Str(m.list.clone())).collect())),
        "entry" => Some(Value::List(f.list_matches.iter().map(|m| Value::Str(m.entry.clone())).collect())),
        "remote.ip" => captured(f, &["remote.ip", "src_endpoint.ip"]),
        "remote.port" => captured(f, &["remote.port", "src_endpoint.port"]),
        _ => None,
    }
}

fn captured(f: &Finding, names: &[&str]) -> Option<Value> {
    names.iter().find_map(|n| f.attributes.iter().find(|(k, _)| &**k == *n)).map(|(_, v)| v.clone())
}

/// Whether a test expects a finding somewhere, and whether it expects none somewhere.
#[must_use]
pub fn promises(body: &[Statement]) -> (bool, bool) {
    body.iter().fold((false, false), |(some, none), s| match &s.kind {
        StatementKind::Expect(Expect::None | Expect::Count(0, _)) => (some, true),
        StatementKind::Expect(Expect::Finding(..) | Expect::Count(..)) => (true, none),
        StatementKind::Repeat { body, .. } | StatementKind::Shuffle(body) | StatementKind::Late(_, body) => {
            let (s, n) = promises(body);
            (some || s, none || n)
        }
        _ => (some, none),
    })
}
