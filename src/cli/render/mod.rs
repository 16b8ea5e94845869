//! Diagnostics -> text for people (through miette), JSON lines, SARIF, JUnit, GitHub annotations. A form is one file
//! and one line in [`FORMS`].

mod github;
mod json;
mod junit;
mod place;
mod sarif;
mod text;

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::cli::terminal::Stream;
use crate::diag::{Diagnostic, Level};
use crate::text::{FileId, SourceMap};

pub use junit::escape as escape_xml;

/// How diagnostics are written.
pub struct Form {
    /// What `--format` calls it.
    pub name: &'static str,
    /// For whom it is.
    pub doc: &'static str,
    write: fn(&[Diagnostic], &SourceMap, &Stream, &mut dyn Write) -> io::Result<()>,
}

/// Every form, the default first.
pub const FORMS: &[Form] = &[
    Form { name: "text", doc: "for people: the place in the rule, why, and what to write", write: text::write },
    Form { name: "json", doc: "one JSON object a line", write: json::write },
    Form { name: "github", doc: "annotations of GitHub Actions", write: github::write },
    Form { name: "sarif", doc: "SARIF 2.1.0, for code scanning", write: sarif::write },
    Form { name: "junit", doc: "JUnit XML, a test case a diagnostic", write: junit::write },
];

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Form {
    /// The form of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Form> {
        FORMS.iter().find(|f| f.name == name)
    }

    /// Writes the diagnostics, and nothing where there are none (but for the forms that are one document).
    ///
    /// # Errors
    /// What writing says.
    pub fn write(
        &self,
        diagnostics: &[Diagnostic],
        sources: &SourceMap,
        stream: &Stream,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        (self.write)(diagnostics, sources, stream, out)
    }
}

/// Sorts by file and place, worst first at one place, and drops exact repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let key = |d: &Diagnostic| {
        let place = d.span().map(|s| (s.file, s.start, s.end));
        (place.is_none(), place, std::cmp::Reverse(d.level), d.code)
    };
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message)));
    diagnostics.dedup();
}

/// `2 errors, 1 warning in 3 files`: nothing where there is no diagnostic.
#[must_use]
pub fn count_line(diagnostics: &[Diagnostic]) -> Option<String> {
    if diagnostics.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    for level in [Level::Error, Level::Warning, Level::Note] {
        let n = diagnostics.iter().filter(|d| d.level == level).count();
        if n > 0 {
            parts.push(plural(n, level.word()));
        }
    }
    let files: BTreeSet<FileId> = diagnostics.iter().filter_map(|d| d.span().map(|s| s.file)).collect();
    let place = if files.is_empty() { String::new() } else { format!(" in {}", plural(files.len(), "file")) };
    Some(format!("{}{place}", parts.join(", ")))
}

/// `1 file`, `2 files`, `12 345 entries`.
#[must_use]
pub fn plural(n: usize, word: &str) -> String {
    let number = grouped(n as u64);
    match (n, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o']) => format!("{number} {stem}ies"),
        _ => format!("{number} {word}s"),
    }
}

/// A number with a blank between thousands.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
