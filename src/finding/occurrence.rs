//! One match of a rule, as the engine reports it.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::order;
use super::{FindingType, Severity, Story};
use crate::value::{ListRole, Time, Value};

/// What a finding says of the rule behind it. One per rule, shared by its occurrences.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleInfo {
    /// The type of the findings.
    pub finding_type: FindingType,
    /// What the rule's documentation comment says.
    pub description: Arc<str>,
    /// What to do about it.
    pub remediation: Option<Arc<str>>,
    /// Where to read more: URLs.
    pub references: Vec<Arc<str>>,
    /// ATT&CK techniques: `T1496.001`.
    pub attack: Vec<Arc<str>>,
    /// The revision that the rule states.
    pub revision: u32,
    /// How far the rule has come.
    pub stage: Stage,
    /// Hash of the checked rule, in lower-case hex.
    pub hash: Arc<str>,
    /// The pack that the rule comes from.
    pub pack: Arc<str>,
    /// The pack's version.
    pub pack_version: Arc<str>,
}

/// How far a rule has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Stage {
    /// On trial.
    Experimental,
    /// In use.
    #[default]
    Stable,
    /// On its way out.
    Deprecated,
}

impl Stage {
    /// All stages.
    pub const ALL: [Stage; 3] = [Stage::Experimental, Stage::Stable, Stage::Deprecated];

    /// The word as rules write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Stage::Experimental => "experimental",
            Stage::Stable => "stable",
            Stage::Deprecated => "deprecated",
        }
    }

    /// The stage of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// Whether the resource acted or was acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The resource did it.
    Actor,
    /// It was done to the resource.
    Target,
}

/// As GuardDuty writes it: `ACTOR`, `TARGET`.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::Actor => "ACTOR",
            Role::Target => "TARGET",
        })
    }
}

/// The resource that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// GuardDuty's word for its type: `AccessKey`, `S3Bucket`, `Instance`, `EKSCluster`, `RDSDBInstance`, `Lambda`,
    /// `ECSCluster`, `Container`, …
    pub kind: Arc<str>,
    /// Its identity: an id or ARN.
    pub uid: Option<Arc<str>>,
    /// Its name, where that differs from the identity.
    pub name: Option<Arc<str>>,
}

/// An entry of a list that matched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListMatch {
    /// The list, without `@`.
    pub list: Arc<str>,
    /// The entry as the list has it: an address, a network, a domain.
    pub entry: Arc<str>,
    /// The attribute that was looked up.
    pub attribute: Arc<str>,
    /// Its value.
    pub value: Arc<str>,
    /// What the list is used for.
    pub role: ListRole,
    /// Hash of the whole list, in lower-case hex; none for constants of the rules.
    pub list_hash: Option<Arc<str>>,
}

/// One match of a rule.
#[derive(Debug, Clone)]
pub struct Occurrence {
    /// The rule that matched.
    pub rule: Arc<RuleInfo>,
    /// Time of the event that completed the match.
    pub time: Time,
    /// Identity of that event.
    pub event: u128,
    /// The source: `cloudtrail`.
    pub source: Arc<str>,
    /// The class: `api`.
    pub class: Arc<str>,
    /// The account that it happened in; none where the rule goes across accounts or nobody knows.
    pub account: Option<Arc<str>>,
    /// The region that it happened in.
    pub region: Option<Arc<str>>,
    /// How bad this occurrence is.
    pub severity: Severity,
    /// The title, rendered.
    pub title: Arc<str>,
    /// The resource.
    pub resource: Resource,
    /// Whether the resource acted.
    pub role: Role,
    /// Who acted: `actor.principal`.
    pub principal: Option<Arc<str>>,
    /// The event's captured attributes: dotted OCSF name, value.
    pub attributes: Vec<(Arc<str>, Value)>,
    /// The attributes that the rule reads, with their values; one name may come several times.
    pub evidence: Vec<(Arc<str>, Value)>,
    /// Entries of lists that matched.
    pub list_matches: Vec<ListMatch>,
    /// The suppression that archives this occurrence.
    pub archived_by: Option<Arc<str>>,
    /// The parts of `dedup by`; empty where the resource is the identity.
    pub dedup: Vec<Option<Value>>,
    /// How long the attack may be quiet, in milliseconds; one figure per rule. Below zero counts as zero.
    pub quiet: i64,
    /// What is behind it, where that is more than one event or a profile.
    pub story: Option<Box<Story>>,
}

impl Occurrence {
    /// Time of the earliest event behind it.
    #[must_use]
    pub fn first(&self) -> Time {
        self.story.as_ref().map_or(self.time, |s| s.first.min(self.time))
    }

    /// A total order in which the newest is the greatest: time, event identity, and for one event delivered in two
    /// shapes, everything that it says.
    pub(super) fn newness(&self, other: &Self) -> Ordering {
        (self.time, self.event).cmp(&(other.time, other.event)).then_with(|| self.content(other))
    }

    fn content(&self, other: &Self) -> Ordering {
        let said = |o: &Self| {
            (
                o.severity,
                o.title.clone(),
                o.source.clone(),
                o.class.clone(),
                o.role,
                o.principal.clone(),
                o.resource.clone(),
            )
        };
        said(self)
            .cmp(&said(other))
            .then_with(|| order::pairs(&self.attributes, &other.attributes))
            .then_with(|| self.rule.cmp(&other.rule))
            .then_with(|| self.archived_by.cmp(&other.archived_by))
            .then_with(|| order::parts(&self.dedup, &other.dedup))
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(match self {
            Role::Actor => "actor",
            Role::Target => "target",
        })
    }
}

impl Serialize for Stage {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.word())
    }
}
