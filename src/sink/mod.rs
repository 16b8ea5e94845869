//! Findings -> bytes: one file a format. `Finding` -> [`write`] -> NDJSON, CSV or a table; no clock, no terminal.

mod asff;
mod csv;
mod escape;
mod eventbridge;
mod facts;
mod guardduty;
mod json;
mod obj;
mod ocsf;
mod purpose;
mod remote;
mod story;
mod table;

use std::io;

use crate::finding::Finding;

/// A way to write findings.
pub struct Format {
    /// The name as `--format` takes it.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Writes all findings.
    write: fn(&[Finding], &SinkOptions, &mut dyn io::Write) -> io::Result<()>,
}

/// All formats, in the order that help shows them.
pub const FORMATS: &[Format] = &[
    Format { name: "table", about: "for people, on a terminal", write: table::write },
    Format { name: "json", about: "everything a finding holds, one JSON object a line", write: json::write },
    Format { name: "guardduty", about: "GuardDuty's finding JSON, one object a line", write: guardduty::write },
    Format { name: "eventbridge", about: "GuardDuty's finding in an EventBridge event", write: eventbridge::write },
    Format { name: "ocsf", about: "OCSF 1.8 Detection Finding (2004), one object a line", write: ocsf::write },
    Format { name: "asff", about: "Security Hub's AWS Security Finding Format, one object a line", write: asff::write },
    Format { name: "csv", about: "one row a finding, safe to open in a spreadsheet", write: csv::write },
];

/// What a format needs to know besides the findings.
#[derive(Debug, Clone)]
pub struct SinkOptions {
    /// Columns of the terminal, for `table`; below 40 counts as 40.
    pub width: usize,
    /// Whether `table` may use ANSI colours.
    pub color: bool,
    /// GuardDuty's detector id. None: a stable id is made of account and region, as there is one detector for each.
    pub detector_id: Option<String>,
    /// The account where a finding has none. None: twelve zeros.
    pub account: Option<String>,
    /// The region where a finding has none. None: `us-east-1`, where AWS keeps global services.
    pub region: Option<String>,
    /// Version of the engine, as findings state it.
    pub engine_version: String,
    /// `source` of EventBridge events. `aws.guardduty` is what existing rules match; EventBridge itself takes `aws.…`
    /// from AWS only.
    pub event_source: String,
    /// Whether an earlier run has already written these findings (OCSF: Update instead of Create).
    pub update: bool,
    /// In a log of findings as they grow: how often this one was written before (`json`).
    pub updated: Option<u32>,
    /// Ids of findings written before that this one stands for from now on (`json`).
    pub supersedes: Vec<String>,
}

impl Default for SinkOptions {
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
            detector_id: None,
            account: None,
            region: None,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            event_source: "aws.guardduty".to_owned(),
            update: false,
            updated: None,
            supersedes: Vec::new(),
        }
    }
}

/// Writes `findings` in the format of that name.
///
/// # Errors
/// What `out` reports; `InvalidInput` if there is no such format.
pub fn write(format: &str, findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    match FORMATS.iter().find(|f| f.name == format) {
        Some(format) => (format.write)(findings, options, out),
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("there is no format `{format}`"))),
    }
}

/// One JSON value a line.
fn lines(
    findings: &[Finding],
    out: &mut dyn io::Write,
    each: impl Fn(&Finding) -> serde_json::Value,
) -> io::Result<()> {
    for finding in findings {
        serde_json::to_writer(&mut *out, &each(finding))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, SinkOptions, write};

    #[test]
    fn names_are_unique_and_every_format_says_what_it_is() {
        for (i, format) in FORMATS.iter().enumerate() {
            assert!(!format.about.is_empty());
            assert!(FORMATS[i + 1..].iter().all(|f| f.name != format.name), "{}", format.name);
        }
    }

    #[test]
    fn an_unknown_format_is_an_error() {
        let error = write("xml", &[], &SinkOptions::default(), &mut Vec::new()).expect_err("no xml");
        assert_eq!(error.to_string(), "there is no format `xml`");
    }
}
