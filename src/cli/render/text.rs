//! For people: miette's graphical report, one a diagnostic. The only file that knows miette.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode};

use crate::cli::terminal::{Stream, unsafe_to_print};
use crate::diag::{Diagnostic, Level};
use crate::text::{FileId, SourceMap};

/// Writes the form.
pub fn write(diagnostics: &[Diagnostic], sources: &SourceMap, stream: &Stream, out: &mut dyn Write) -> io::Result<()> {
    let theme = if stream.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(stream.width).with_context_lines(1);
    let texts: Vec<NamedSource<String>> =
        sources.iter().map(|(_, f)| NamedSource::new(plain(&f.name), plain(&f.text).into_owned())).collect();
    for d in diagnostics {
        let mut text = String::new();
        handler.render_report(&mut text, &Report::new(d, &texts)).map_err(io::Error::other)?;
        let mut lines = text.trim_end().lines();
        writeln!(out, "{}", lines.next().unwrap_or_default().trim_end())?;
        // The header and the message belong together.
        for line in lines.skip_while(|l| l.trim().is_empty()) {
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The same number of bytes, without what could steer a terminal.
fn plain(text: &str) -> Cow<'_, str> {
    let bad = |c: char| c != '\n' && c != '\t' && c != '\r' && unsafe_to_print(c);
    if !text.chars().any(bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if bad(c) { out.extend(std::iter::repeat_n('?', c.len_utf8())) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// A diagnostic as miette sees it: labels of the first label's file, and a related report for each other file.
struct Report<'a> {
    message: String,
    code: Option<&'static str>,
    level: Level,
    help: Option<String>,
    source: Option<&'a NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Report<'a>>,
}

impl<'a> Report<'a> {
    fn new(d: &Diagnostic, texts: &'a [NamedSource<String>]) -> Self {
        let first = d.span().map(|s| s.file);
        let mut others: Vec<FileId> = Vec::new();
        for label in &d.labels {
            if Some(label.span.file) != first && !others.contains(&label.span.file) {
                others.push(label.span.file);
            }
        }
        let related = others.iter().map(|&file| Report {
            message: "see also".to_owned(),
            code: None,
            level: Level::Note,
            help: None,
            source: texts.get(file.0 as usize),
            labels: labels(d, file),
            related: Vec::new(),
        });
        Report {
            message: plain(&d.message).into_owned(),
            code: Some(d.code.0),
            level: d.level,
            help: d.help.as_deref().map(|h| plain(h).into_owned()),
            source: first.and_then(|f| texts.get(f.0 as usize)),
            labels: first.map(|f| labels(d, f)).unwrap_or_default(),
            related: related.collect(),
        }
    }
}

/// The labels that lie in one file. An empty text is none, so that the marks stand without a stray line.
fn labels(d: &Diagnostic, file: FileId) -> Vec<LabeledSpan> {
    let of_file = d.labels.iter().enumerate().filter(|(_, l)| l.span.file == file);
    of_file
        .map(|(i, l)| {
            let text = Some(plain(&l.text).into_owned()).filter(|t| !t.is_empty());
            let span = (l.span.start as usize, l.span.len());
            if i == 0 { LabeledSpan::new_primary_with_span(text, span) } else { LabeledSpan::new_with_span(text, span) }
        })
        .collect()
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let level = self.level.word();
        self.code.map(|c| Box::new(format!("{level}[{c}]")) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.map(|s| s as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|r| r as &dyn miette::Diagnostic)))
    }
}
