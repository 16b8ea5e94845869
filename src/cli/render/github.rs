//! Annotations of GitHub Actions: `::error file=…,line=…,col=…,title=E0201::message`.

use std::io::{self, Write};

use super::place::Place;
use crate::cli::terminal::Stream;
use crate::diag::{Diagnostic, Level};
use crate::text::SourceMap;

/// Writes the form.
pub fn write(diagnostics: &[Diagnostic], sources: &SourceMap, _: &Stream, out: &mut dyn Write) -> io::Result<()> {
    for d in diagnostics {
        let word = match d.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        write!(out, "::{word} ")?;
        if let Some(p) = d.span().map(|s| Place::of(sources, s)) {
            write!(out, "file={},line={},col={},", property(&p.file), p.line, p.column)?;
            // The service ignores columns of a range over several lines.
            if p.end_line == p.line {
                write!(out, "endColumn={},", p.end_column)?;
            } else {
                write!(out, "endLine={},", p.end_line)?;
            }
        }
        let help = d.help.as_ref().map(|h| format!("\nhelp: {h}")).unwrap_or_default();
        writeln!(out, "title={}::{}", property(d.code.0), data(&format!("{}{help}", d.message)))?;
    }
    Ok(())
}

/// Escaped as the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escaped as a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
