//! Other people's rule tests: a case is an event and a verdict. Theirs are often fragments; what every record of the log
//! carries is filled in where it is absent, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::data::{self, text};
use super::pack::types;

/// One case.
pub struct Case {
    /// The rule that it tests.
    pub rule: String,
    /// What it is called.
    pub name: String,
    /// Whether that rule fires.
    pub expected: bool,
    /// The event, made whole.
    pub event: Value,
}

impl Case {
    /// Rule and name.
    pub fn id(&self) -> String {
        format!("{}: {}", self.rule, self.name)
    }
}

/// The cases of a file, or nothing where it is absent.
pub fn of(file: &str) -> Option<Vec<Case>> {
    let path = data::place(file)?;
    let case = |doc: Value| Case {
        rule: text(&doc, "/rule").expect("rule").to_owned(),
        name: text(&doc, "/test").expect("test").to_owned(),
        expected: doc["expected"].as_bool().expect("expected"),
        event: whole(doc["event"].clone()),
    };
    Some(data::documents(&path).into_iter().map(case).collect())
}

/// Makes a fragment whole.
pub fn whole(mut event: Value) -> Value {
    if let Some(Value::Array(records)) = event.get_mut("Records") {
        *records = std::mem::take(records).into_iter().map(whole).collect();
        return event;
    }
    if event.get("detail").is_some_and(|d| d.get("eventName").is_some()) {
        event["detail"] = whole(event["detail"].take());
        return event;
    }
    if let Some(log) = text(&event, "/properties/log").and_then(|l| serde_json::from_str::<Value>(l).ok()) {
        event["properties"]["log"] = Value::String(whole(log).to_string());
        return event;
    }
    // A record of an API server says whose version of the log it is.
    if event["kind"] == "Event" && event.get("objectRef").is_some() && event.get("apiVersion").is_none() {
        event["apiVersion"] = "audit.k8s.io/v1".into();
    }
    let defaults = if text(&event, "/apiVersion").is_some_and(|v| v.starts_with("audit.k8s.io/")) {
        json!({
            "auditID": "00000000-0000-0000-0000-000000000001", "stage": "ResponseComplete",
            "level": "RequestResponse", "verb": "get",
            "requestReceivedTimestamp": "2024-01-01T00:00:00Z", "stageTimestamp": "2024-01-01T00:00:00Z",
        })
    } else if event.get("eventName").is_some() {
        json!({
            "eventVersion": "1.08", "eventTime": "2024-01-01T00:00:00Z", "eventType": "AwsApiCall",
            "eventID": "00000000-0000-0000-0000-000000000001", "awsRegion": "us-east-1",
        })
    } else {
        return event;
    };
    if let (Value::Object(event), Value::Object(defaults)) = (&mut event, defaults) {
        for (key, value) in defaults {
            let there = event.get(&key).is_some_and(|v| sound(&key, v));
            if !there {
                event.insert(key, value);
            }
        }
    }
    event
}

/// Whether a field is no placeholder: times are times.
fn sound(key: &str, value: &Value) -> bool {
    let is_time = key.ends_with("Time") || key.ends_with("Timestamp");
    value.as_str().is_some_and(|t| !is_time || t.starts_with(|c: char| c.is_ascii_digit()))
}

/// A rule of others and the shipped types that are about the same.
pub type Mapping = (&'static str, &'static [&'static str]);

/// A case on which the rules do not agree, and why that is right or must be.
pub type Disagreement = (&'static str, &'static str);

/// What came of comparing.
#[derive(Default)]
pub struct Comparison {
    /// Cases of rules that are mapped.
    pub mapped: usize,
    /// Of those, cases that both judge alike.
    pub agreed: usize,
    /// Of those that disagree: fires there, not here.
    pub missed: usize,
    /// By reason: the cases.
    reasons: BTreeMap<&'static str, Vec<&'static str>>,
    /// Cases that are off the map, and how many of those are judged alike all the same.
    pub off: (usize, usize),
    /// By reason: rules and cases that are off the map.
    off_reasons: BTreeMap<&'static str, Vec<&'static str>>,
}

/// A rule, or a rule and a case, that is not about the same as any shipped type after all; and why.
pub type Off = (&'static str, &'static str);

/// Judges every case of a mapped rule. Fails on a disagreement that nobody has explained, and on an explanation that no
/// longer holds. What is `off` the map is judged and counted apart.
pub fn compare(
    cases: &[Case],
    mappings: &[Mapping],
    explained: &[Disagreement],
    off: &[Off],
    fired: &mut dyn FnMut(&Case) -> BTreeSet<String>,
) -> Comparison {
    let shipped = types();
    let mut out = Comparison::default();
    for (what, why) in off {
        assert!(cases.iter().any(|c| c.rule == *what || c.id() == *what), "no case of {what}");
        out.off_reasons.entry(why).or_default().push(what);
    }
    let mut unexplained = Vec::new();
    let mut stale: BTreeSet<&str> = explained.iter().map(|(id, _)| *id).collect();
    for (rule, types) in mappings {
        assert!(types.iter().all(|t| shipped.contains(t)), "{rule}: {types:?}");
        assert!(cases.iter().any(|c| c.rule == *rule), "no case of {rule}");
    }
    for case in cases {
        let Some((_, types)) = mappings.iter().find(|(rule, _)| *rule == case.rule) else { continue };
        let told = fired(case);
        let alike = types.iter().any(|t| told.contains(*t)) == case.expected;
        if off.iter().any(|(what, _)| case.rule == *what || case.id() == *what) {
            out.off.0 += 1;
            out.off.1 += usize::from(alike);
            continue;
        }
        out.mapped += 1;
        if alike {
            out.agreed += 1;
            continue;
        }
        out.missed += usize::from(case.expected);
        let id = case.id();
        match explained.iter().find(|(known, _)| *known == id) {
            Some((known, why)) => {
                stale.remove(known);
                out.reasons.entry(why).or_default().push(known);
            }
            None => unexplained.push(format!("{id}: they say {}, here {told:?}", case.expected)),
        }
    }
    assert!(unexplained.is_empty(), "disagreements that nobody explains: {unexplained:#?}");
    assert!(stale.is_empty(), "explained disagreements that are none: {stale:#?}");
    out
}

impl Comparison {
    /// The page's lines: figures, then reasons with their cases.
    pub fn markdown(&self, whose: &str) -> String {
        let apart = self.mapped - self.agreed;
        let mut out = format!(
            "Cases of {whose} rules that are about the same as a shipped type: {}. Agreement: **{} of {}**. Of the {apart} \
             others, {} fire there and not here, {} here and not there.\n\n| why | cases |\n| --- | --- |\n",
            self.mapped,
            self.agreed,
            self.mapped,
            self.missed,
            apart - self.missed
        );
        for (why, cases) in &self.reasons {
            let _ = writeln!(out, "| {why} | {} |", cases.join("; "));
        }
        if self.off.0 > 0 {
            let _ = writeln!(
                out,
                "\nOff the map are {} cases, {} of which are judged alike all the same (with them, {} of {} agree):\n\n\
                 | why | rules and cases |\n| --- | --- |",
                self.off.0,
                self.off.1,
                self.agreed + self.off.1,
                self.mapped + self.off.0
            );
            for (why, what) in &self.off_reasons {
                let _ = writeln!(out, "| {why} | {} |", what.join("; "));
            }
        }
        out
    }
}
