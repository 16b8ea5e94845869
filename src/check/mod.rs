//! `Ast -> Model`: names, types, enums, the law of absent attributes, totality.
//!
//! ```text
//! files --collect--> Names --(each item alone)--> typed expressions --presence--> Model --strata, hash--> Checked
//! ```

mod calls;
mod cases;
mod clauses;
mod compare;
mod dialects;
mod enriched;
mod event;
mod expect;
mod expr;
mod finding;
mod hash;
mod literal;
mod membership;
pub mod model;
mod names;
mod path;
mod presence;
pub mod print;
mod profile;
mod regexes;
mod resource;
mod scope;
pub mod strata;
mod time;
mod tune;
mod values;
mod walk;

use crate::diag::{Code, Diagnostic};
use crate::schema::Vocabulary;
use crate::syntax::ast;
use crate::text::{SourceMap, Span};

pub use expect::EXPECT_FIELDS;
pub use model::Model;

/// What checking gives: the model, and everything there is to say about the text.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The checked rule set; empty where there is an error, the parser's included (an item that it could not read in
    /// full is missing something).
    pub model: Model,
    /// Errors and warnings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether the rule set may be used.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Checks a rule set: all files together, because names are global to it. Reports every error of every file; an item
/// that is broken does not hide the errors of others.
#[must_use]
pub fn check(files: &[ast::File], sources: &SourceMap, vocabulary: &Vocabulary) -> Checked {
    let mut checker = Checker::new(sources, vocabulary);
    checker.collect(files);
    let model = checker.build();
    let mut diagnostics = checker.out;
    diagnostics.sort_by_key(|d| d.span().map(|s| (s.file, s.start, s.end)));
    Checked { model, diagnostics }
}

/// An error was reported already; whoever sees this has nothing to add.
#[derive(Debug, Clone, Copy)]
struct Reported;

type Res<T> = Result<T, Reported>;

/// How many expression nodes one item may have once its `let`s are expanded: `let`s that double each other would
/// otherwise grow without bound.
const MAX_NODES: u32 = 20_000;

/// How deep `let`s may build on each other.
const MAX_LETS: usize = 16;

/// How deep an expression may nest once its `let`s are expanded: what is deeper would need a larger stack than a thread
/// has, here and in all that walks the model.
const MAX_DEPTH: usize = 100;

struct Checker<'a> {
    sources: &'a SourceMap,
    vocabulary: &'a Vocabulary,
    names: names::Names<'a>,
    model: Model,
    out: Vec<Diagnostic>,
    binders: u32,
    nodes: u32,
    depth: usize,
    /// Errors are counted, not told: the text is checked where it is defined.
    quiet: usize,
}

impl<'a> Checker<'a> {
    fn new(sources: &'a SourceMap, vocabulary: &'a Vocabulary) -> Self {
        Self {
            sources,
            vocabulary,
            names: names::Names::default(),
            model: Model::default(),
            out: Vec::new(),
            binders: 0,
            nodes: 0,
            depth: 0,
            quiet: 0,
        }
    }

    /// Tells an error or warning, each place and code once.
    fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let place = (diagnostic.code, diagnostic.span());
        if self.quiet == 0 && !self.out.iter().any(|d| (d.code, d.span()) == place) {
            self.out.push(diagnostic);
        }
        Reported
    }

    fn fail<T>(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) -> Res<T> {
        Err(self.report(Diagnostic::error(code, span, message).help(help)))
    }

    fn text(&self, span: Span) -> &'a str {
        self.sources.slice(span)
    }
}
