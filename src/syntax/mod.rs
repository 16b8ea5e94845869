//! The front of the language: `text -> pieces (cut at column 0) -> pest pairs -> Ast`, with every error of a file at
//! its token and in our words; and back, `Ast -> canonical text`. Nothing outside of this room knows pest.
//!
//! A piece that does not parse is cut again, at its clauses, and each is parsed alone: so every broken clause is
//! reported and the others stay in the tree.

pub mod ast;
mod build;
mod comment;
mod cut;
mod dump;
mod explain;
mod grammar;
mod print;
mod recover;
mod scan;
#[cfg(test)]
mod tests;
pub mod words;

pub use dump::{dump, dump_expr};
pub use print::print;

use crate::diag::{Diagnostic, codes};
use crate::text::FileId;
use build::Ctx;

/// How deep expressions, blocks and objects may nest: far more than a person reads, little enough for any stack.
pub const MAX_DEPTH: usize = 64;

/// The largest rule file, in bytes: a hundred times the largest that a person would write.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// The stack of the thread that parses, in bytes: enough for pest at [`MAX_DEPTH`], whoever calls.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// What a rule file says, as far as it could be read, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The tree, without what could not be read.
    pub file: ast::File,
    /// Errors and warnings in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether the file has an error (and its tree may lack something).
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a rule file. Every broken item and clause gives its own diagnostics; all else is in the tree.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    on_large_stack(|| parse_here(file, text))
}

/// Parses one expression, such as a condition given on a command line.
#[must_use]
pub fn parse_expr(file: FileId, text: &str) -> (Option<ast::Expr>, Vec<Diagnostic>) {
    on_large_stack(|| {
        let mut ctx = Ctx::new(file, text);
        if !check_text(&mut ctx) {
            return (None, ctx.diagnostics);
        }
        let expr = recover::expression(&mut ctx, text);
        (expr, ctx.diagnostics)
    })
}

fn parse_here(file: FileId, text: &str) -> Parsed {
    let mut ctx = Ctx::new(file, text);
    let mut items = Vec::new();
    if check_text(&mut ctx) {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let tokens = scan::scan_from(text, start);
        for (from, to) in cut::pieces(text, start, &tokens) {
            recover::piece(&mut ctx, from, &text[from..to], &mut items);
        }
    }
    let (docs, comments) = comment::settle(&mut ctx, &mut items);
    let mut diagnostics = ctx.diagnostics;
    diagnostics.sort_by_key(|d| d.span().map(|s| s.start));
    Parsed { file: ast::File { file, docs, items, comments }, diagnostics }
}

/// Refuses files that are too large, and characters that make a rule read otherwise than it runs. Whether to go on.
fn check_text(ctx: &mut Ctx<'_>) -> bool {
    let text = ctx.text;
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file has {} bytes, the limit is {MAX_FILE_BYTES}", text.len());
        ctx.report(Diagnostic::error(codes::E0112, ctx.at(0, 0), message).help("split it into several files"));
        return false;
    }
    let hidden = |c: char| is_bidi_control(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let mut line_seen = usize::MAX;
    for (at, c) in text.char_indices().filter(|(_, c)| hidden(*c)) {
        let line = memchr::memrchr(b'\n', &text.as_bytes()[..at]).unwrap_or(0);
        if line != line_seen {
            let span = ctx.at(at, at + c.len_utf8());
            let message = format!("the character U+{:04X} does not show", u32::from(c));
            ctx.report(
                Diagnostic::error(codes::E0121, span, message)
                    .help(format!("remove it; in a string write `\\u{{{:x}}}`", u32::from(c)))
                    .fix(span, ""),
            );
        }
        line_seen = line;
    }
    true
}

/// Runs `work` on a thread whose stack is known to suffice; where there can be no thread, here: pest then refuses what
/// is too deep for the stack that there is.
fn on_large_stack<T: Send>(work: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().name("parse".to_owned()).stack_size(STACK_BYTES).spawn_scoped(scope, &work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => work(),
        }
    })
}

/// Whether a character changes the direction of text, so that a rule reads otherwise than it runs.
#[must_use]
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
