//! Lints: what is probably wrong with a rule that loads. `Model + Ast + SourceMap + Vocabulary -> Diagnostics`.
//!
//! A lint is one value in one file, with a page in `docs/lints/` whose bad and good blocks are its tests. It looks at
//! conditions by evaluating them over a few values that stand for all ([`judge`], [`domain`]), never by running events.

mod absent_in_title;
mod absent_key;
mod allow;
mod clauses;
mod constant_condition;
mod contradiction;
mod cut_window;
mod domain;
mod duplicate_finding;
mod fires_on_first;
mod idle_step;
mod impossible_value;
mod judge;
mod literals;
mod long_window;
mod needless_regex;
mod negated_default;
mod never_together;
mod no_firing_test;
mod no_quiet_test;
mod open_exception;
mod required;
mod same;
mod serialised_json;
mod suffix_without_label;
mod unknown_technique;
mod unreachable_threshold;
mod unsatisfiable_clause;
mod unused_list;

use std::collections::BTreeSet;

use crate::check::model::Model;
use crate::diag::{Code, Diagnostic, Level};
use crate::schema::Vocabulary;
use crate::suggest;
use crate::syntax::ast;
use crate::text::SourceMap;

/// What lints look at: a rule set that loads, whole.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// What it means.
    pub model: &'a Model,
    /// As it was written, one tree a file.
    pub files: &'a [ast::File],
    /// Its text.
    pub sources: &'a SourceMap,
    /// What events say.
    pub vocabulary: &'a Vocabulary,
}

/// A lint.
pub struct Lint {
    /// Its name: `--allow NAME`, `// lint: allow(NAME) reason`.
    pub name: &'static str,
    /// What it finds, in a line.
    pub title: &'static str,
    /// Its page: what, why, what to write instead.
    pub page: &'static str,
    /// How bad a finding of it is, unless settings say otherwise.
    pub level: Level,
    /// Finds.
    pub run: fn(&Cx<'_>) -> Vec<Diagnostic>,
}

impl Lint {
    /// A diagnostic of this lint at `span`.
    fn at(&self, span: crate::text::Span, message: impl Into<String>) -> Diagnostic {
        let mut diagnostic = Diagnostic::warning(Code(self.name), span, message);
        diagnostic.level = self.level;
        diagnostic
    }
}

macro_rules! page {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lints/", $name, ".md"))
    };
}
use page;

/// Every lint, in reading order.
pub static LINTS: &[&Lint] = &[
    &constant_condition::LINT,
    &contradiction::LINT,
    &unsatisfiable_clause::LINT,
    &impossible_value::LINT,
    &suffix_without_label::LINT,
    &unused_list::LINT,
    &absent_in_title::LINT,
    &absent_key::LINT,
    &unreachable_threshold::LINT,
    &fires_on_first::LINT,
    &cut_window::LINT,
    &long_window::LINT,
    &idle_step::LINT,
    &never_together::LINT,
    &needless_regex::LINT,
    &no_firing_test::LINT,
    &no_quiet_test::LINT,
    &duplicate_finding::LINT,
    &unknown_technique::LINT,
    &open_exception::LINT,
    &negated_default::LINT,
    &serialised_json::LINT,
    &allow::LINT,
];

/// The lint of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Lint> {
    LINTS.iter().copied().find(|l| l.name == name)
}

/// The lint that was perhaps meant by a name that is none.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    suggest::nearest(name, LINTS.iter().map(|l| l.name))
}

/// What the user said about lints, by name.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Not reported.
    pub allow: BTreeSet<String>,
    /// Reported as errors; wins over `allow`.
    pub deny: BTreeSet<String>,
}

/// Runs every lint and returns what is left after the allowances in the text and the settings, in the order of the
/// text. The rule set must be free of errors.
#[must_use]
pub fn lint(cx: &Cx<'_>, settings: &Settings) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for lint in LINTS {
        for diagnostic in (lint.run)(cx) {
            // What a `let` says is found wherever it is used; it is told once.
            if !found.iter().any(|d| d.code == diagnostic.code && d.span() == diagnostic.span()) {
                found.push(diagnostic);
            }
        }
    }
    let mut out = allow::apply(cx, found);
    out.retain(|d| settings.deny.contains(d.code.0) || !settings.allow.contains(d.code.0));
    for diagnostic in &mut out {
        if settings.deny.contains(diagnostic.code.0) {
            diagnostic.level = Level::Error;
        }
    }
    out.sort_by_key(|d| d.span().map(|s| (s.file, s.start, s.end)));
    out
}

#[cfg(test)]
mod tests;
