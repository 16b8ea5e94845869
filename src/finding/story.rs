//! What is behind an occurrence that took more than one event: the events, counts, steps, and what was unusual.

use std::sync::Arc;

use super::{EventRef, FindingType, ListMatch, Occurrence, Resource, Severity};
use crate::value::{Time, Value};

/// What a stateful rule found, besides the event that completed it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Story {
    /// Time of the earliest event behind it.
    pub first: Time,
    /// The events behind it that no occurrence before has named; the completing one may be among them.
    pub events: Vec<EventRef>,
    /// The aggregates as the rule writes them, with their values: `count()`, 23.
    pub measures: Vec<(Arc<str>, Value)>,
    /// The events of a sequence in the order of their steps.
    pub steps: Vec<StepRef>,
    /// The findings behind it, for a rule that reads findings.
    pub signals: Vec<Signal>,
    /// What profiles found unusual.
    pub unusual: Vec<Unusual>,
    /// Relative standard error of a measure that is no longer exact.
    pub error: Option<f64>,
}

/// One event of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepRef {
    /// The input's name: `fail`.
    pub name: Arc<str>,
    /// The event.
    pub event: EventRef,
}

/// A finding behind a finding, as one of its occurrences tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal {
    /// Its type.
    pub finding_type: FindingType,
    /// Its resource.
    pub resource: Resource,
    /// Who acted.
    pub principal: Option<Arc<str>>,
    /// The event that completed it.
    pub event: EventRef,
    /// Its title.
    pub title: Arc<str>,
    /// How bad it is.
    pub severity: Severity,
    /// ATT&CK techniques of its rule.
    pub attack: Vec<Arc<str>>,
    /// The other side's address, where it has one.
    pub remote: Option<Arc<str>>,
    /// Entries of lists that it met.
    pub lists: Vec<ListMatch>,
}

/// How many entries of lists a signal keeps.
pub const SIGNAL_LISTS: usize = 4;

impl Signal {
    /// What a rule that reads findings keeps of one.
    #[must_use]
    pub fn of(o: &Occurrence) -> Signal {
        let remote = ["remote.ip", "src_endpoint.ip"].iter().find_map(|name| {
            o.attributes.iter().find(|(n, _)| n.as_ref() == *name).map(|(_, v)| Arc::from(v.to_string()))
        });
        Signal {
            finding_type: o.rule.finding_type.clone(),
            resource: o.resource.clone(),
            principal: o.principal.clone(),
            event: EventRef { time: o.time, id: o.event },
            title: o.title.clone(),
            severity: o.severity,
            attack: o.rule.attack.clone(),
            remote,
            lists: o.list_matches.iter().take(SIGNAL_LISTS).cloned().collect(),
        }
    }
}

/// Signals of one type about one resource and principal.
#[derive(Debug, Clone, PartialEq)]
pub struct Signals {
    /// The newest.
    pub newest: Signal,
    /// How many there were; at most [`super::MAX_EVENTS`] are told apart.
    pub count: u64,
    /// Time of the first.
    pub first: Time,
    /// The worst severity.
    pub severity: Severity,
}

/// Something that a profile found unusual.
#[derive(Debug, Clone, PartialEq)]
pub struct Unusual {
    /// The profile: `principal`.
    pub profile: Arc<str>,
    /// Its value or volume: `country`.
    pub name: Arc<str>,
    /// How.
    pub how: How,
    /// What is usual: values with how often they were seen, most frequent first; mean and standard deviation for a
    /// volume.
    pub usual: Vec<(Value, f64)>,
    /// Judged by what is usual in the account, because the group is too young.
    pub by_account: bool,
}

/// How something is unusual.
#[derive(Debug, Clone, PartialEq)]
pub enum How {
    /// A value that was not seen before.
    New(Value),
    /// An amount beyond the usual one.
    Surge(f64),
    /// A value's share of the surprise, in bits.
    Surprise(Value, f64),
}

impl How {
    /// `new`, `surge` or `surprise`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            How::New(_) => "new",
            How::Surge(_) => "surge",
            How::Surprise(..) => "surprise",
        }
    }

    /// The value or amount.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            How::New(v) | How::Surprise(v, _) => v.clone(),
            How::Surge(x) => Value::Float(*x),
        }
    }
}
