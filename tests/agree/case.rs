//! Tiny cases: a rule, a trace and what is told, in a form that can be read at a glance. The reference must tell
//! exactly that, and the engine the same.
//!
//! A line of a trace is `SECONDS ID KIND name=value …`, in any order; a line of what is told is
//! `SECONDS ID: IDS BEHIND`, with ` | title` and more where a case is about them.

use std::collections::BTreeSet;
use std::sync::Arc;

use outguard::value::Value;

use crate::engine;
use crate::generate::events::EPOCH;
use crate::reference::{self, Told};
use crate::world::{self, Record, vocabulary};

/// Short names of attributes.
const SHORT: &[(&str, &str, &str)] = &[
    ("api", "op", "api.operation"),
    ("api", "who", "actor.principal"),
    ("api", "n", "http_request.body_length"),
    ("api", "data", "api.request.data"),
    ("api", "status", "status"),
    ("api", "groups", "actor.user.groups"),
    ("api", "lat", "src_endpoint.location.lat"),
    ("api", "long", "src_endpoint.location.long"),
    ("authentication", "who", "actor.principal"),
    ("authentication", "status", "status"),
    ("network", "who", "local.instance_uid"),
    ("network", "port", "local.port"),
    ("network", "n", "traffic.bytes"),
    ("cloudtrail", "op", "api.operation"),
    ("cloudtrail", "who", "actor.principal"),
];

/// Reads a trace.
pub fn trace(text: &str) -> Vec<Record> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(record).collect()
}

fn record(line: &str) -> Record {
    let mut words = line.split_whitespace();
    let mut word = || words.next().unwrap_or_else(|| panic!("too short: {line}"));
    let (time, id, kind) = (word(), word(), word());
    let mut out = Record {
        kind: vocabulary().kind(kind).unwrap_or_else(|| panic!("no kind {kind}")),
        time: instant(time),
        id: id.parse().expect("an identity"),
        account: Some(Arc::from("111122223333")),
        attrs: Vec::new(),
    };
    for pair in words {
        let (name, text) = pair.split_once('=').unwrap_or_else(|| panic!("no value: {pair}"));
        if name == "account" {
            out.account = (text != "null").then(|| Arc::from(text));
            continue;
        }
        let (_, _, long) = SHORT.iter().find(|(k, n, _)| *k == kind && *n == name).unwrap_or_else(|| panic!("{pair}"));
        out.attrs.push(((*long).into(), value(text)));
    }
    out
}

/// `null`, a number, `"text"` or text, `[a,b]`, or `{n:value}`.
fn value(text: &str) -> Value {
    if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return Value::List(inner.split(',').filter(|t| !t.is_empty()).map(value).collect());
    }
    if let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        let (key, inner) = inner.split_once(':').expect("a value");
        return Value::Object(vec![(key.into(), value(inner))]);
    }
    match text {
        "null" => Value::Null,
        _ if text.starts_with('"') => Value::str(text.trim_matches('"')),
        _ if text.parse::<i64>().is_ok() => Value::Int(text.parse().expect("a number")),
        _ if text.parse::<f64>().is_ok() => Value::Float(text.parse().expect("a number")),
        _ => Value::str(text),
    }
}

/// Seconds after midnight of 2026-01-01.
pub fn instant(seconds: &str) -> i64 {
    EPOCH + (seconds.parse::<f64>().expect("seconds") * 1000.0).round() as i64
}

/// An instant as traces write it.
pub fn seconds(t: i64) -> String {
    format!("{}", (t - EPOCH) as f64 / 1000.0)
}

/// What is told, a line each.
pub fn lines(told: &[Told]) -> String {
    let mut sorted: Vec<&Told> = told.iter().collect();
    sorted.sort_by_key(|t| (t.decided, t.time, t.id, t.finding.clone()));
    let line = |t: &&Told| {
        let behind: Vec<String> = t.behind.iter().map(ToString::to_string).collect();
        let decided = if t.decided == t.time { String::new() } else { format!(" at {}", seconds(t.decided)) };
        format!("{} {}{decided}: {}", seconds(t.time), t.id, behind.join(" "))
    };
    sorted.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What the reference tells of a trace, all of it in time, up to its last event.
pub fn told(rules: &str, events: &str) -> Vec<Told> {
    let records = trace(events);
    let until = records.iter().map(|r| r.time).max().unwrap_or(EPOCH);
    told_of(rules, &records, until)
}

/// The same of records, up to a watermark; the engine must agree.
pub fn told_of(rules: &str, records: &[Record], until: i64) -> Vec<Told> {
    let model = world::model(rules);
    let told = reference::told(&model, records, until, &BTreeSet::new());
    engine::must_agree(&model, rules, records, until, &told, "case");
    told
}

/// A case: what is told must be these lines. A line ` | …` of `expected` is no part of it.
pub fn case(rules: &str, events: &str, expected: &str) {
    let got = lines(&told(rules, events));
    assert_eq!(got, tidy(expected), "\n{rules}\n{events}");
}

/// The same with the watermark at an instant, in seconds.
pub fn case_until(rules: &str, events: &str, until: &str, expected: &str) {
    let got = lines(&told_of(rules, &trace(events), instant(until)));
    assert_eq!(got, tidy(expected), "\n{rules}\n{events}");
}

fn tidy(text: &str) -> String {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A rule from its clauses.
pub fn rule(clauses: &str) -> String {
    format!("finding Recon:EC2/R {{\n  severity low\n  title \"r\"\n{clauses}\n}}\n")
}
