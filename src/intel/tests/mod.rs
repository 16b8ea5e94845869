//! Tests of the room: formats and guards on lists that we wrote, the index against a naive matcher, recorded feeds.

mod agree;
mod formats;
mod guards;
mod index;
mod recorded;

use super::{ListError, ListReport, ListRole, ListSpec, ListType, LoadedList, Reason, read_list};

/// Reads text as a threat list, format by content.
fn threat(kind: ListType, text: &str) -> Result<LoadedList, ListError> {
    read_list(&ListSpec::new("bad", kind).role(ListRole::Threat), text.as_bytes())
}

/// The entries as text, in order.
fn texts(list: &LoadedList) -> Vec<String> {
    list.entries.iter().collect()
}

/// How many were quarantined for a reason.
fn count(report: &ListReport, reason: Reason) -> u64 {
    report.quarantined.get(&reason).map_or(0, |q| q.count)
}
