//! Comments: gathered while a file is parsed, then docs go to what they document.

use pest::iterators::Pairs;

use super::ast::{Comment, Docs, Item};
use super::build::Ctx;
use super::grammar::Rule;
use super::scan::{Kind, Token};
use crate::diag::{Diagnostic, codes};
use crate::text::Span;

/// The comments of a piece that was parsed.
pub fn from_pairs(ctx: &mut Ctx<'_>, pairs: Pairs<'_, Rule>) {
    for pair in pairs.flatten().filter(|p| p.as_rule() == Rule::COMMENT) {
        add(ctx, pair.as_span().start(), pair.as_str());
    }
}

/// The comments of a piece that was not.
pub fn from_tokens(ctx: &mut Ctx<'_>, slice: &str, tokens: &[Token], before: usize) {
    for token in tokens.iter().filter(|t| t.kind == Kind::Comment && t.start < before) {
        add(ctx, token.start, token.text(slice));
    }
}

fn add(ctx: &mut Ctx<'_>, start: usize, text: &str) {
    let text = text.trim_end();
    let span = ctx.at(start, start + text.len());
    ctx.comments.push(Comment { span, text: text.into() });
}

fn is_doc(text: &str) -> bool {
    text.starts_with("///") && !text.starts_with("////")
}

/// Gives `///` to the items and parameters below them and `//!` to the file; warns of those that document nothing.
/// Returns the docs of the file and the comments that remain.
pub fn settle(ctx: &mut Ctx<'_>, items: &mut [Item]) -> (Docs, Vec<Comment>) {
    let mut comments: Vec<Option<Comment>> = std::mem::take(&mut ctx.comments).into_iter().map(Some).collect();
    let starts: Vec<u32> = comments.iter().flatten().map(|c| c.span.start).collect();
    let first_item = items.first().map_or(u32::MAX, |i| i.span().start);
    for item in items {
        let start = item.span().start;
        let docs = match item {
            Item::List(i) => &mut i.docs,
            Item::Let(i) => &mut i.docs,
            Item::Param(i) => &mut i.docs,
            Item::Profile(i) => &mut i.docs,
            Item::Tune(i) => &mut i.docs,
            Item::Suppress(i) => &mut i.docs,
            Item::Test(i) => &mut i.docs,
            Item::Finding(i) => {
                for param in &mut i.params {
                    param.docs = above(ctx, &mut comments, &starts, param.span.start);
                }
                &mut i.docs
            }
        };
        *docs = above(ctx, &mut comments, &starts, start);
    }
    let mut file_docs = Docs::default();
    for slot in &mut comments {
        if let Some(comment) = slot.take_if(|c| c.text.starts_with("//!") && c.span.start < first_item) {
            file_docs.lines.push(body(comment));
        }
    }
    let rest: Vec<Comment> = comments.into_iter().flatten().collect();
    for comment in rest.iter().filter(|c| is_doc(&c.text) || c.text.starts_with("//!")) {
        stray(ctx, comment);
    }
    (file_docs, rest)
}

/// Takes the docs that stand above a place, with nothing but other comments and blanks between.
fn above(ctx: &Ctx<'_>, comments: &mut [Option<Comment>], starts: &[u32], start: u32) -> Docs {
    let mut lines = Vec::new();
    let mut below = start;
    let mut i = starts.partition_point(|s| *s < start);
    while i > 0 {
        i -= 1;
        let Some(comment) = &comments[i] else { break };
        let between = Span { start: comment.span.end, end: below, ..comment.span };
        if !ctx.slice(between).trim().is_empty() || !ctx.first_on_line(comment.span) {
            break;
        }
        below = comment.span.start;
        if is_doc(&comment.text) {
            lines.extend(comments[i].take().map(body));
        }
    }
    lines.reverse();
    Docs { lines }
}

/// A doc line without its slashes.
fn body(comment: Comment) -> Comment {
    let text = &comment.text[3..];
    Comment { span: comment.span, text: text.strip_prefix(' ').unwrap_or(text).into() }
}

fn stray(ctx: &mut Ctx<'_>, comment: &Comment) {
    let start = comment.span.start as usize;
    if ctx.lost.iter().any(|(from, to)| (*from..*to).contains(&start)) {
        return;
    }
    let (message, help) = if is_doc(&comment.text) {
        ("this `///` documents nothing", "it stands above an item or a `param`; a plain comment begins with `//`")
    } else {
        ("this `//!` does not document the file", "it stands above the first item; a plain comment begins with `//`")
    };
    ctx.report(Diagnostic::warning(codes::E0123, comment.span, message).help(help));
}
