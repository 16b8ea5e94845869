//! JUnit XML: a test case a diagnostic; warnings and notes too, because whoever asks for them wants to see them.

use std::io::{self, Write};

use super::place::Place;
use crate::cli::terminal::Stream;
use crate::diag::Diagnostic;
use crate::text::SourceMap;

/// Writes the form.
pub fn write(diagnostics: &[Diagnostic], sources: &SourceMap, _: &Stream, out: &mut dyn Write) -> io::Result<()> {
    let n = diagnostics.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"outguard lint\" tests=\"{n}\" failures=\"{n}\">")?;
    writeln!(out, "  <testsuite name=\"outguard lint\" tests=\"{n}\" failures=\"{n}\">")?;
    for d in diagnostics {
        let place = d.span().map(|s| Place::of(sources, s));
        let (file, line, at) = match &place {
            Some(p) => (p.file.as_str(), p.line, format!("{}:{}:{}", p.file, p.line, p.column)),
            None => ("", 0, String::new()),
        };
        let file = escape(file);
        writeln!(
            out,
            "    <testcase name=\"{}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\">",
            escape(d.code.0)
        )?;
        writeln!(out, "      <failure type=\"{}\" message=\"{}\">", d.level.word(), escape(&d.message))?;
        let help = d.help.as_ref().map(|h| format!("\nhelp: {h}")).unwrap_or_default();
        writeln!(out, "{}</failure>", escape(&format!("{at}{help}")))?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// Escaped as XML text or attribute; what XML 1.0 cannot hold becomes `�`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
