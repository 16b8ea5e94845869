//! The finding: all occurrences of one attack, in one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ListMatch, Resource, Role, RuleInfo, Severity, Signals, StepRef, Unusual};
use crate::value::{Time, Value};

/// One attack: what all its occurrences say together. Its identity is (type, account, region, resource or `dedup` key)
/// and the time of its first occurrence.
#[derive(Debug, Clone)]
pub struct Finding {
    /// 32 hex digits: the first half of the SHA-256 over type, account, region, key and first occurrence.
    pub id: String,
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// How many distinct events are behind it.
    pub count: u64,
    /// Time of the first occurrence.
    pub first_seen: Time,
    /// Time of the last occurrence.
    pub last_seen: Time,
    /// The worst severity of any occurrence.
    pub severity: Severity,
    /// The newest occurrence's title.
    pub title: Arc<str>,
    /// The newest occurrence's source.
    pub source: Arc<str>,
    /// The newest occurrence's class.
    pub class: Arc<str>,
    /// The account.
    pub account: Option<Arc<str>>,
    /// The region.
    pub region: Option<Arc<str>>,
    /// The newest occurrence's resource.
    pub resource: Resource,
    /// All resources (more than one only under `dedup`): the [`super::MAX_RESOURCES`] smallest.
    pub resources: Vec<Resource>,
    /// Whether there were more.
    pub resources_truncated: bool,
    /// The newest occurrence's role of the resource.
    pub role: Role,
    /// The newest occurrence's principal.
    pub principal: Option<Arc<str>>,
    /// The newest occurrence's captured attributes, by name (the remote side among them); in order of capture.
    pub attributes: Vec<(Arc<str>, Value)>,
    /// What the attributes that the rule reads held, over all occurrences.
    pub evidence: BTreeMap<Arc<str>, Evidence>,
    /// Entries of lists that matched: the [`super::MAX_EVIDENCE`] smallest.
    pub list_matches: Vec<ListMatch>,
    /// Whether there were more.
    pub list_matches_truncated: bool,
    /// The [`super::MAX_EVENTS`] earliest events.
    pub events: Vec<EventRef>,
    /// Suppressions that archived it; empty for a finding that is published. An archived occurrence never joins a
    /// published finding.
    pub archived_by: Vec<Arc<str>>,
    /// The parts of `dedup by`; empty where the resource is the identity.
    pub dedup: Vec<Option<Value>>,
    /// The newest occurrence's aggregates as the rule writes them, with their values; none for a stateless rule.
    pub measures: Vec<(Arc<str>, Value)>,
    /// The newest occurrence's events by step of a sequence.
    pub steps: Vec<StepRef>,
    /// The findings behind it, for a rule that reads findings, by type, resource and principal: the
    /// [`super::MAX_EVIDENCE`] smallest.
    pub signals: Vec<Signals>,
    /// What profiles found unusual, each as it was found first; at most [`super::MAX_EVIDENCE`].
    pub unusual: Vec<Unusual>,
    /// Relative standard error of a measure of the newest occurrence that is no longer exact.
    pub error: Option<f64>,
}

/// The distinct values of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The [`super::MAX_EVIDENCE`] smallest, in their total order. Text is cut at [`super::MAX_EVIDENCE_BYTES`], with `…`.
    pub values: Vec<Value>,
    /// Whether there were more.
    pub truncated: bool,
}

/// An event behind a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventRef {
    /// Its time.
    pub time: Time,
    /// Its identity.
    pub id: u128,
}

impl Finding {
    /// Whether it is archived, and so not published.
    #[must_use]
    pub fn archived(&self) -> bool {
        !self.archived_by.is_empty()
    }

    /// A captured attribute of the newest occurrence.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(n, _)| n.as_ref() == name).map(|(_, v)| v)
    }
}
