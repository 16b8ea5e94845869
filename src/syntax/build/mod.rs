//! Pairs of pest -> tree. A part that is not right is reported and `None`; the caller drops what it belongs to.

mod clause;
mod expr;
mod item;
mod literal;
mod path;
mod template;
mod test;

use std::sync::Arc;

use pest::iterators::Pair;

use super::ast::{Comment, Name};
use super::grammar::{Rule, is_mark};
use super::words::Body;
use crate::diag::{Code, Diagnostic};
use crate::text::{FileId, Span};

pub use clause::Clause;
pub use item::Head;

/// A pair of pest, of our grammar.
pub type P<'i> = Pair<'i, Rule>;

/// What is known and gathered while one file is parsed.
pub struct Ctx<'t> {
    /// Which file.
    pub file: FileId,
    /// Its whole text.
    pub text: &'t str,
    /// Where in it the piece begins that is being parsed.
    pub base: usize,
    /// What was found wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The comments met, docs among them.
    pub comments: Vec<Comment>,
    /// Pieces that could not be parsed, by their bytes.
    pub lost: Vec<(usize, usize)>,
    /// Where a clause is being built.
    pub body: Option<&'static Body>,
    depth: usize,
}

impl<'t> Ctx<'t> {
    /// Nothing known yet.
    pub fn new(file: FileId, text: &'t str) -> Self {
        Ctx {
            file,
            text,
            base: 0,
            diagnostics: Vec::new(),
            comments: Vec::new(),
            lost: Vec::new(),
            body: None,
            depth: 0,
        }
    }

    /// The span of bytes of the piece.
    pub fn at(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.base + start, self.base + end)
    }

    /// The span of a pair, without the blanks and comments that pest may have read behind its last token.
    pub fn span(&self, pair: &P<'_>) -> Span {
        let start = pair.as_span().start();
        let mut last = pair.clone();
        while let Some(kid) = last.clone().into_inner().rfind(|p| !matches!(p.as_rule(), Rule::COMMENT | Rule::EOI)) {
            last = kid;
        }
        self.at(start, last.as_span().end())
    }

    /// Adds a diagnostic.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds an error with help and returns nothing, for `return ctx.fail(…)`.
    pub fn fail<T>(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.report(Diagnostic::error(code, span, message).help(help));
        None
    }

    /// The text under a span.
    pub fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Whether nothing but blanks stands before a place on its line.
    pub fn first_on_line(&self, span: Span) -> bool {
        let before = self.text.get(..span.start as usize).unwrap_or("");
        before.rsplit('\n').next().is_some_and(|line| line.trim_start_matches('\u{feff}').trim().is_empty())
    }

    /// The line of a place, from 1.
    pub fn line(&self, span: Span) -> usize {
        let before = self.text.as_bytes().get(..span.start as usize).unwrap_or(&[]);
        memchr::memchr_iter(b'\n', before).count() + 1
    }

    fn name(&self, pair: &P<'_>) -> Name {
        Name { text: Arc::from(pair.as_str().trim_start_matches('@')), span: self.span(pair) }
    }

    /// Goes `levels` deeper for the time of `build`; refuses beyond the limit.
    fn deeper<T>(&mut self, levels: usize, span: Span, build: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth + levels > super::MAX_DEPTH {
            self.report(super::explain::too_deep(span));
            return None;
        }
        self.depth += levels;
        let out = build(self);
        self.depth -= levels;
        out
    }
}

/// The parts of a pair, without comments, keywords and marks.
fn parts<'i>(pair: P<'i>) -> impl DoubleEndedIterator<Item = P<'i>> + Clone {
    pair.into_inner().filter(|p| !matches!(p.as_rule(), Rule::COMMENT | Rule::EOI) && !is_mark(p.as_rule()))
}

/// Builds every part, going on behind one that fails, so that each is reported.
fn all<'i, T>(pairs: impl Iterator<Item = P<'i>>, mut build: impl FnMut(P<'i>) -> Option<T>) -> Option<Vec<T>> {
    let mut whole = true;
    let mut out = Vec::new();
    for pair in pairs {
        match build(pair) {
            Some(part) => out.push(part),
            None => whole = false,
        }
    }
    whole.then_some(out)
}
