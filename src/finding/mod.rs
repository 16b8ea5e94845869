//! Findings as data: `Occurrence` (one match of a rule) -> [`Aggregator`] -> [`Finding`] (one attack). No I/O, no clock.
//!
//! What a finding says is a pure function of the *set* of its occurrences: every summary kept here is a minimum, a
//! maximum, a union or "the N smallest", so arrival order and the split among threads cannot show.

mod aggregate;
mod bounded;
mod episode;
mod finding_type;
mod ledger;
#[cfg(test)]
mod ledger_tests;
mod occurrence;
mod order;
mod publish;
mod report;
mod severity;
mod stored;
mod story;

pub use crate::value::ListRole;
pub use aggregate::Aggregator;
pub use finding_type::{FindingType, FindingTypeError};
pub use ledger::{Kept, Tell};
pub use occurrence::{ListMatch, Occurrence, Resource, Role, RuleInfo, Stage};
pub use publish::{Publication, Terms};
pub use report::{EventRef, Evidence, Finding};
pub use severity::{Level, Severity};
pub use story::{How, SIGNAL_LISTS, Signal, Signals, StepRef, Story, Unusual};

/// How long an attack may be quiet before the next occurrence begins a new finding, unless the rule says otherwise: 24 h.
pub const DEFAULT_QUIET_MS: i64 = 24 * 60 * 60 * 1000;

/// How many distinct values of one attribute a finding keeps as evidence; a person reads no more.
pub const MAX_EVIDENCE: usize = 50;

/// How many events a finding names.
pub const MAX_EVENTS: usize = 20;

/// How many distinct resources a finding names (more than one only where `dedup` groups several).
pub const MAX_RESOURCES: usize = 20;

/// How many bytes of one value of evidence are kept; a log field can be megabytes, and evidence is kept 50-fold.
pub const MAX_EVIDENCE_BYTES: usize = 2048;
