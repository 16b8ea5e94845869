//! The title of a finding: text with attributes in braces.

use std::sync::Arc;

use pest::Parser;

use super::{Ctx, P, parts};
use crate::diag::codes;
use crate::syntax::ast::{Expr, TitleClause, TitlePart};
use crate::syntax::grammar::{Grammar, Rule};
use crate::text::Span;

impl Ctx<'_> {
    pub(super) fn title(&mut self, pair: P<'_>) -> Option<TitleClause> {
        let span = self.span(&pair);
        let literal = parts(parts(pair).next()?).next()?;
        let rule = literal.as_rule();
        let text_span = self.span(&literal);
        // Reports an open string and unknown escapes of the whole.
        self.string(literal)?;
        let skip = if rule == Rule::raw { 2 } else { 1 };
        let inner = Span { start: text_span.start + skip, end: text_span.end - 1, ..text_span };
        let parts = self.template(inner, rule == Rule::raw)?;
        Some(TitleClause { span, text_span, parts })
    }

    fn template(&mut self, span: Span, raw: bool) -> Option<Vec<TitlePart>> {
        let text = self.slice(span);
        let mut out: Vec<TitlePart> = Vec::new();
        let mut plain = String::new();
        let mut i = 0;
        while let Some(found) = text[i..].find(['{', '}']) {
            let at = i + found;
            plain.push_str(&self.plain(&text[i..at], raw));
            let brace = &text[at..at + 1];
            if text[at + 1..].starts_with(brace) {
                plain.push_str(brace);
                i = at + 2;
                continue;
            }
            let place = Span { start: span.start + at as u32, end: span.start + at as u32 + 1, ..span };
            let close = text[at..].find('}').filter(|_| brace == "{");
            let Some(close) = close.map(|n| at + n) else {
                let message = format!("`{brace}` has no partner in this title");
                return self.fail(
                    codes::E0115,
                    place,
                    message,
                    format!("write `{brace}{brace}` for a brace that is meant to be read"),
                );
            };
            if !plain.is_empty() {
                out.push(TitlePart::Text(Arc::from(std::mem::take(&mut plain))));
            }
            let hole = Span { start: place.end, end: span.start + close as u32, ..span };
            out.push(TitlePart::Hole(self.hole(hole)?));
            i = close + 1;
        }
        plain.push_str(&self.plain(&text[i..], raw));
        if !plain.is_empty() {
            out.push(TitlePart::Text(Arc::from(plain)));
        }
        Some(out)
    }

    /// The text of a piece whose escapes are known to be right.
    fn plain(&mut self, piece: &str, raw: bool) -> String {
        if raw { piece.to_owned() } else { self.unescape_at(piece, 0).unwrap_or_default() }
    }

    fn hole(&mut self, span: Span) -> Option<Expr> {
        let text = self.slice(span).to_owned();
        // Quotes of a quoted path part stand escaped in a string; blanks keep the places right.
        let text = text.replace("\\\"", "\"");
        let same_place = text.len() == span.len();
        let base = std::mem::replace(&mut self.base, span.start as usize);
        let body = self.body.take();
        let expr = match Grammar::parse(Rule::whole_expr, &text) {
            Ok(mut pairs) if same_place => pairs.next().and_then(|p| parts(p).next()).and_then(|p| self.expr(p)),
            Ok(mut pairs) => pairs.next().and_then(|p| parts(p).next()).and_then(|p| self.moved(p, span, &text)),
            Err(_) => {
                let message = format!("`{}` is not an attribute", self.slice(span));
                self.fail(
                    codes::E0102,
                    span,
                    message,
                    "write an attribute between braces, `{remote.ip}`, and `{{` for a brace",
                )
            }
        };
        self.base = base;
        self.body = body;
        expr
    }

    /// Builds an expression from text that is not the file's; its places count from `span`.
    fn moved(&mut self, pair: P<'_>, span: Span, text: &str) -> Option<Expr> {
        let mut other = Ctx::new(span.file, text);
        let mut expr = other.expr(pair);
        for diagnostic in &mut other.diagnostics {
            diagnostic.labels.iter_mut().for_each(|l| l.span = span);
            diagnostic.fix = None;
        }
        self.diagnostics.append(&mut other.diagnostics);
        if let Some(expr) = &mut expr {
            expr.span = span;
        }
        expr
    }
}
