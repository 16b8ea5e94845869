//! A piece that the grammar refuses: finds what is broken, keeps what is not.

use pest::Parser;

use super::ast::{Expr, Item, Stmt};
use super::build::{Clause, Ctx, Head, P};
use super::explain::{explain, unclosed};
use super::grammar::{Grammar, Rule};
use super::scan::{Kind, Token, brackets, scan};
use super::words::{Body, ITEMS, body_of};
use super::{comment, cut};
use crate::diag::{Diagnostic, codes};
use crate::suggest::nearest;

/// Reads the items of one piece of a file; `base` is where in the file it begins.
pub fn piece(ctx: &mut Ctx<'_>, base: usize, slice: &str, items: &mut Vec<Item>) {
    let (mut base, mut slice) = (base, slice);
    loop {
        ctx.base = base;
        let error = match Grammar::parse(Rule::piece, slice) {
            Ok(pairs) => {
                comment::from_pairs(ctx, pairs.clone());
                for pair in pairs.flat_map(P::into_inner) {
                    match pair.as_rule() {
                        Rule::COMMENT | Rule::EOI => {}
                        _ => items.extend(ctx.item(pair)),
                    }
                }
                return;
            }
            Err(error) => error,
        };
        let tokens = scan(slice);
        let stop = whole_items(ctx, slice, &tokens, items);
        let Some(first) = tokens.iter().find(|t| t.start >= stop && t.kind != Kind::Comment) else {
            return comment::from_tokens(ctx, slice, &tokens, slice.len());
        };
        if stop > 0 && first.text(slice) == "}" {
            // Brackets too many cost themselves only; the rest is read as if they were not there.
            let message = "`}` closes nothing";
            ctx.report(Diagnostic::error(codes::E0101, ctx.at(first.start, first.end), message).help("remove it"));
            let blank = |c: char| c == '}' || c.is_ascii_whitespace();
            let rest = first.start + slice[first.start..].find(|c| !blank(c)).unwrap_or(slice.len() - first.start);
            comment::from_tokens(ctx, slice, &tokens, rest);
            (base, slice) = (base + rest, &slice[rest..]);
            continue;
        }
        comment::from_tokens(ctx, slice, &tokens, slice.len());
        ctx.lost.push((base, base + slice.len()));
        let rest = tokens.iter().copied().filter(|t| t.start >= first.start).collect::<Vec<_>>();
        return broken(ctx, slice, first, &rest, &error, items);
    }
}

/// Reads a text that is one expression.
pub fn expression(ctx: &mut Ctx<'_>, text: &str) -> Option<Expr> {
    match Grammar::parse(Rule::whole_expr, text) {
        Ok(pairs) => {
            let inner = pairs.flat_map(P::into_inner).find(|p| p.as_rule() == Rule::expr)?;
            ctx.expr(inner)
        }
        Err(error) => {
            explain(ctx, text, &scan(text), &error, None);
            None
        }
    }
}

/// Builds the items that stand whole at the begin of a piece, except a last one without braces, behind which something
/// stands that does not belong there: it may be part of it. Returns where they end.
fn whole_items(ctx: &mut Ctx<'_>, slice: &str, tokens: &[Token], items: &mut Vec<Item>) -> usize {
    let Ok(mut pairs) = Grammar::parse(Rule::items, slice) else { return 0 };
    let Some(all) = pairs.next() else { return 0 };
    let mut read: Vec<P<'_>> = all.into_inner().filter(|p| p.as_rule() != Rule::COMMENT).collect();
    let open_end = |p: &P<'_>| matches!(p.as_rule(), Rule::list | Rule::let_ | Rule::param);
    let next = |end: usize| tokens.iter().find(|t| t.start >= end && t.kind != Kind::Comment);
    // Of a pair, pest counts the blanks and comments behind it as its own.
    if read.last().is_some_and(|p| open_end(p) && next(p.as_span().end()).is_none_or(|t| t.text(slice) != "}")) {
        read.pop();
    }
    let stop = read.last().map_or(0, |p| p.as_span().end());
    for pair in read {
        items.extend(ctx.item(pair));
    }
    stop
}

/// Explains the item that begins at `first` and cannot be read.
fn broken(
    ctx: &mut Ctx<'_>,
    slice: &str,
    first: &Token,
    tokens: &[Token],
    error: &pest::error::Error<Rule>,
    items: &mut Vec<Item>,
) {
    let word = first.text(slice);
    if let Some(body) = body_of(word) {
        // Places are counted from where the block begins.
        let moved: Vec<Token> =
            tokens.iter().map(|t| Token { start: t.start - first.start, end: t.end - first.start, ..*t }).collect();
        ctx.base += first.start;
        items.extend(block(ctx, &slice[first.start..], &moved, body).and_then(|b| b.into_item(ctx)));
        return;
    }
    if ITEMS.contains(&word) {
        return explain(ctx, slice, tokens, error, None);
    }
    let span = ctx.at(first.start, first.end);
    let diagnostic = match first.kind {
        Kind::Word => Diagnostic::error(codes::E0103, span, format!("unknown item `{word}`")),
        _ => Diagnostic::error(codes::E0103, span, format!("expected an item, found `{word}`")),
    };
    ctx.report(match nearest(word, ITEMS.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`")).fix(span, near),
        None => diagnostic.help(foreign_item(word)),
    });
}

/// What to write instead of an item of another language.
fn foreign_item(word: &str) -> &'static str {
    match word {
        "rule" | "detection" | "alert" | "signal" => {
            "a rule is written `finding ThreatPurpose:ResourceType/ThreatFamily { … }`"
        }
        "import" | "include" | "use" => "nothing is imported: all files of a pack are read together",
        "feed" | "set" | "table" | "var" | "const" => "constants and threat lists are written `list @name: TYPE`",
        "def" | "fn" | "function" | "macro" => "a named condition is written `let name = …`",
        _ => "items are `list`, `let`, `param`, `profile`, `finding`, `tune`, `suppress`, `test`",
    }
}

/// A block of which some clauses could be read.
struct Block {
    head: Head,
    span: crate::text::Span,
    clauses: Vec<Clause>,
    stmts: Vec<Stmt>,
}

impl Block {
    fn into_item(self, ctx: &mut Ctx<'_>) -> Option<Item> {
        match ctx.block(self.span, self.head, self.clauses, true)? {
            Item::Test(mut test) => {
                test.body = self.stmts;
                Some(Item::Test(test))
            }
            item => Some(item),
        }
    }
}

/// Reads a block clause by clause. `slice` begins at its first word, at `ctx.base`, and ends where the next may begin.
fn block(ctx: &mut Ctx<'_>, slice: &str, tokens: &[Token], body: &'static Body) -> Option<Block> {
    let base = ctx.base;
    let (head, open) = match Grammar::parse(Rule::block_head, slice) {
        Ok(pairs) => {
            let all = pairs.flat_map(P::into_inner).collect::<Vec<_>>();
            let open = all.iter().find(|p| p.as_rule() == Rule::lbrace).map(|p| p.as_span().start())?;
            let head = all.into_iter().find(|p| !matches!(p.as_rule(), Rule::COMMENT | Rule::lbrace));
            (head.and_then(|p| ctx.head(p)), open)
        }
        Err(error) => {
            // Only the head's own line: what follows is another matter.
            let line_end = tokens.iter().skip(1).find(|t| t.first).map_or(slice.len(), |t| t.start);
            let line: Vec<Token> = tokens.iter().copied().filter(|t| t.end <= line_end).collect();
            let brace = line.iter().find(|t| t.text(slice) == "{").copied();
            let until = brace.map_or(line.len(), |b| line.partition_point(|t| t.start <= b.start));
            explain(ctx, slice, &line[..until], &error, None);
            (None, brace?.start)
        }
    };
    let inside: Vec<Token> = tokens.iter().copied().filter(|t| t.start > open).collect();
    let balanced = brackets(slice, tokens).open.is_empty();
    let close = closing(ctx, slice, tokens.first()?, &inside, balanced);
    let end = close.map_or(slice.len(), |t| t.start);
    if close.is_none() {
        let span = ctx.at(open, open + 1);
        let line = ctx.line(span);
        ctx.report(unclosed(span, "{", line));
    }
    let inside: Vec<Token> = inside
        .into_iter()
        .filter(|t| t.end <= end)
        .map(|t| Token { start: t.start - open - 1, end: t.end - open - 1, ..t })
        .collect();
    let text = &slice[open + 1..end];
    let (mut clauses, mut stmts) = (Vec::new(), Vec::new());
    for (from, to) in cut::clauses(text, &inside, body.clauses) {
        ctx.base = base + open + 1 + from;
        let (first, last) = (inside.partition_point(|t| t.start < from), inside.partition_point(|t| t.start < to));
        let part: Vec<Token> =
            inside[first..last].iter().map(|t| Token { start: t.start - from, end: t.end - from, ..*t }).collect();
        clause(ctx, &text[from..to], &part, body, &mut clauses, &mut stmts);
    }
    ctx.base = base;
    let last = close.or(tokens.last().copied())?;
    let span = ctx.at(tokens.first()?.start, last.end);
    Some(Block { head: head?, span, clauses, stmts })
}

/// The brace that closes a block: the last token, unless it is indented more than the block's first word, as the brace
/// of a block inside is. `first` is that word.
fn closing(ctx: &Ctx<'_>, slice: &str, first: &Token, inside: &[Token], balanced: bool) -> Option<Token> {
    let last = *inside.iter().rfind(|t| t.kind != Kind::Comment)?;
    let column = |t: &Token| {
        let at = ctx.base + t.start;
        at - memchr::memrchr(b'\n', &ctx.text.as_bytes()[..at]).map_or(0, |n| n + 1)
    };
    let own = !last.first || balanced || column(&last) <= column(first);
    (last.text(slice) == "}" && own).then_some(last)
}

fn clause(
    ctx: &mut Ctx<'_>,
    text: &str,
    tokens: &[Token],
    body: &'static Body,
    clauses: &mut Vec<Clause>,
    stmts: &mut Vec<Stmt>,
) {
    let error = match Grammar::parse(body.rule, text) {
        Ok(pairs) => {
            let parts = pairs.flat_map(P::into_inner).filter(|p| !matches!(p.as_rule(), Rule::COMMENT | Rule::EOI));
            if body.rule == Rule::test_body {
                stmts.extend(ctx.stmts(parts).0);
            } else {
                clauses.extend(ctx.clauses(body, parts).0);
            }
            return;
        }
        Err(error) => error,
    };
    let inner = tokens.iter().find(|t| t.kind != Kind::Comment).map(|t| t.text(text)).filter(|w| *w == "test");
    if inner.is_some()
        && body.clauses.contains(&"test")
        && let Some(test_body) = body_of("test")
    {
        if let Some(Item::Test(test)) = block(ctx, text, tokens, test_body).and_then(|b| b.into_item(ctx)) {
            clauses.push(Clause::Test(test));
        }
        return;
    }
    explain(ctx, text, tokens, &error, Some(body));
}
