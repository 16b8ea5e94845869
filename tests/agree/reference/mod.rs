//! The reference interpreter: naive, no index, no cache, no plan. Written from `docs/language.md` and `docs/state.md`;
//! where it and the engine differ, one of them is wrong. Operators and functions are called through their tables, for
//! they are tested by themselves.
//!
//! ```text
//! records --select--> events of a rule, by group --windows | sequences | profiles--> matches --tell--> what is told
//!    ^----------------- what is told and not archived is an event of kind `finding` ------------------------|
//! ```

mod aggregate;
mod attribute;
mod condition;
mod monotone;
mod profile;
mod select;
mod sequence;
mod tell;
mod window;

use std::collections::BTreeSet;
use std::sync::Arc;

use outguard::check::Model;
use outguard::check::model::{Expr, Finding, When};
use outguard::value::Val;

use crate::world::{Record, vocabulary};
pub use condition::Reader;
pub use monotone::is_monotone;
pub use profile::Profiles;

/// One occurrence, as far as the law speaks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The finding type.
    pub finding: String,
    /// The account; none where it is unknown or the rule goes across accounts.
    pub account: Option<Arc<str>>,
    /// The values of `per`, as text that tells types apart.
    pub group: Vec<String>,
    /// Time of the event that completes the match.
    pub time: i64,
    /// That event.
    pub id: u128,
    /// The instant that it is decided about: its time, a deadline, the end of a window.
    pub decided: i64,
    /// The events behind it.
    pub behind: BTreeSet<u128>,
    /// Time of the earliest of them.
    pub first: i64,
    /// 0 to 10.
    pub severity: f64,
    /// The title.
    pub title: String,
    /// The suppression that archives it.
    pub archived_by: Option<String>,
    /// Whether anybody outside sees it (`publish never` does not).
    pub published: bool,
    /// The event of kind `finding` that it is.
    pub as_event: Record,
}

/// A match of a rule, before it is told.
pub struct Match<'r> {
    /// Group.
    pub group: select::Group,
    /// The event that completes it.
    pub last: &'r Record,
    /// The instant that it is decided about.
    pub decided: i64,
    /// The events behind it, each with the input whose event it is in the match.
    pub behind: Vec<(&'r Record, usize)>,
    /// For sequences: the input of the last step, whose attributes stand without a name.
    pub bare: Option<usize>,
}

/// Everything that a set of records tells. `until`: the watermark at the end of the batch, in milliseconds. `late`:
/// identities of events that came too late, judged by stateless rules only.
pub fn told(model: &Model, records: &[Record], until: i64, late: &BTreeSet<u128>) -> Vec<Told> {
    let mut logs: Vec<Record> = Vec::new();
    for record in records {
        // One record read twice is one event.
        if !logs.iter().any(|r| r.time == record.time && r.id == record.id) {
            logs.push(record.clone());
        }
    }
    let mut all: Vec<Told> = Vec::new();
    // Strata without sorting them: what reads findings is asked again until nothing new comes.
    for _ in 0..=model.findings.len() {
        let mut events = logs.clone();
        events.extend(all.iter().filter(|t| t.archived_by.is_none()).map(|t| t.as_event.clone()));
        events.sort_by_key(|r| (r.time, r.id));
        let next: Vec<Told> = model.findings.iter().flat_map(|f| of_finding(model, f, &events, until, late)).collect();
        let same = next.len() == all.len() && next == all;
        all = next;
        if same || !model.findings.iter().any(reads_findings) {
            break;
        }
    }
    all
}

/// Whether a rule reads findings.
pub fn reads_findings(finding: &Finding) -> bool {
    let class = vocabulary().class_named("finding");
    finding.inputs.iter().any(|i| Some(i.kind.class) == class && i.kind.source.is_none())
}

fn of_finding(model: &Model, finding: &Finding, events: &[Record], until: i64, late: &BTreeSet<u128>) -> Vec<Told> {
    if finding.disabled {
        return Vec::new();
    }
    let in_time: Vec<&Record> = events.iter().filter(|r| !late.contains(&r.id)).collect();
    let matches = match (&finding.when, &finding.window) {
        (None, _) => {
            let all: Vec<&Record> = events.iter().collect();
            select::alone(model, finding, &all)
        }
        (Some(When::Condition(when)), window) => {
            let members = select::members(model, finding, &in_time);
            let profiles = Profiles::new(model, &in_time);
            match window {
                Some(window) => window::matches(model, when, window, &members, &profiles, until),
                None => window::each(model, when, &members, &profiles),
            }
        }
        (Some(When::Sequence(steps, _)), Some(window)) => {
            sequence::matches(steps, window.length, &select::members(model, finding, &in_time), until)
        }
        (Some(When::Sequence(..)), None) => Vec::new(),
    };
    matches.iter().filter_map(|m| tell::tell(model, finding, m)).collect()
}

/// Nothing is counted and no profile is asked here.
pub fn nothing<'a>(_: &Expr) -> Val<'a> {
    Val::Absent
}
