//! The formats of threat lists, one file each. A new format is a file and a line in [`FORMATS`].

mod adblock;
mod alienvault;
mod aws_ranges;
mod csv;
mod fireeye;
mod hosts;
mod json;
mod misp;
mod ndjson;
mod otx;
pub(super) mod plain;
mod proofpoint;
mod stix1;
mod stix2;

use super::read::{Rows, is_comment};
use super::{ListSpec, ListType};

/// A format that lists come in.
pub struct Format {
    /// The word for `format:`.
    pub name: &'static str,
    /// One line for the manual.
    pub title: &'static str,
    /// A small list in this format, which is recognised as such, …
    pub sample: &'static str,
    /// … and the type and number of its entries.
    pub holds: (ListType, usize),
    /// Whether a file is of this format, asked in the order of [`FORMATS`].
    pub(super) is: fn(&Sniff<'_>) -> bool,
    /// Hands every row in; an error is the format's own syntax, worded to follow "read as …,".
    pub(super) read: fn(&mut Rows<'_>) -> Result<(), String>,
}

/// Every format, in the order in which they are tried.
pub const FORMATS: &[Format] = &[
    aws_ranges::FORMAT,
    stix2::FORMAT,
    misp::FORMAT,
    json::FORMAT,
    ndjson::FORMAT,
    stix1::FORMAT,
    adblock::FORMAT,
    fireeye::FORMAT,
    otx::FORMAT,
    proofpoint::FORMAT,
    alienvault::FORMAT,
    csv::FORMAT,
    hosts::FORMAT,
    plain::FORMAT,
];

/// The names of all formats.
#[must_use]
pub fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|f| f.name).collect()
}

/// The format of a name; GuardDuty's own names (`TXT`, `OTX_CSV`, `ALIEN_VAULT`, …) are understood.
#[must_use]
pub fn find(name: &str) -> Option<&'static Format> {
    let lower = name.to_ascii_lowercase().replace('_', "-");
    let known = match lower.as_str() {
        "txt" => "plain",
        "stix" => "stix1",
        "otx-csv" => "otx",
        "alien-vault" => "alienvault",
        "proof-point" => "proofpoint",
        "fire-eye" => "fireeye",
        other => other,
    };
    FORMATS.iter().find(|f| f.name == known)
}

/// How much of a file is looked at to recognise its format.
const HEAD_BYTES: usize = 4096;
/// How many of its rows.
const HEAD_ROWS: usize = 20;

/// What a format sees of a file to recognise it.
pub(super) struct Sniff<'a> {
    pub(super) spec: &'a ListSpec,
    /// The first bytes, without leading space.
    pub(super) head: &'a str,
    /// The first rows that are neither blank nor comments.
    pub(super) rows: Vec<&'a str>,
}

impl<'a> Sniff<'a> {
    pub(super) fn new(spec: &'a ListSpec, text: &'a str) -> Self {
        let start = text.trim_start();
        let head = crate::value::head(start, HEAD_BYTES);
        let data = text.lines().map(str::trim).filter(|l| !l.is_empty() && !is_comment(l));
        Self { spec, head, rows: data.take(HEAD_ROWS).collect() }
    }

    /// The cells of the first row, lower case.
    fn header(&self) -> Vec<String> {
        let row = self.rows.first().copied().unwrap_or("");
        row.split(',').map(|cell| cell.trim().trim_matches('"').to_ascii_lowercase()).collect()
    }

    /// Whether the head of a JSON object has this key.
    fn has_key(&self, key: &str) -> bool {
        self.head.starts_with('{')
            && self.head.match_indices(key).any(|(i, _)| {
                self.head[..i].ends_with('"')
                    && self.head[i + key.len()..].strip_prefix('"').is_some_and(|r| r.trim_start().starts_with(':'))
            })
    }
}

/// The words of a serde_json error, as a clause.
fn json_error(error: &serde_json::Error) -> String {
    format!("it is no JSON of this form: {error}")
}
