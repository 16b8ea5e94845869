//! One JSON object a line.

use std::io::{self, Write};

use serde::Serialize;

use super::place::Place;
use crate::cli::terminal::Stream;
use crate::diag::Diagnostic;
use crate::text::SourceMap;

#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    level: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    labels: Vec<Label<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(flatten)]
    place: Place,
    text: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    #[serde(flatten)]
    place: Place,
    replacement: &'a str,
}

/// Writes the form.
pub fn write(diagnostics: &[Diagnostic], sources: &SourceMap, _: &Stream, out: &mut dyn Write) -> io::Result<()> {
    for d in diagnostics {
        let line = Line {
            code: d.code.0,
            level: d.level.word(),
            message: &d.message,
            place: d.span().map(|s| Place::of(sources, s)),
            help: d.help.as_deref(),
            labels: d.labels.iter().map(|l| Label { place: Place::of(sources, l.span), text: &l.text }).collect(),
            fix: d.fix.as_ref().map(|f| Fix { place: Place::of(sources, f.span), replacement: &f.replacement }),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
