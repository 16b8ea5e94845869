//! Paths and calls.

use super::{Ctx, P, all, parts};
use crate::diag::codes;
use crate::syntax::ast::{Arg, Expr, ExprKind, Name, Path, PathPart};
use crate::syntax::grammar::Rule;
use crate::text::Span;

impl Ctx<'_> {
    /// A path, a call, or parts of what a call gives.
    pub(super) fn path_expr(&mut self, pair: P<'_>, span: Span) -> Option<Expr> {
        let mut inner = parts(pair).peekable();
        let head = self.name(&inner.next()?);
        if &*head.text == "null" && inner.peek().is_none() {
            let help = "write `has x` where it must be there, `not has x` where it must be absent";
            return self.fail(codes::E0111, span, "`null` is not a value of a rule", help);
        }
        let mut path = Path { span: head.span, head, tail: Vec::new() };
        let mut call: Option<Expr> = None;
        let mut behind: Vec<PathPart> = Vec::new();
        for part in inner {
            if part.as_rule() != Rule::call {
                let part = self.path_part(part)?;
                if call.is_some() { &mut behind } else { &mut path.tail }.push(part);
                continue;
            }
            path.span = Span { end: path.tail.last().map_or(path.span, PathPart::span).end, ..path.span };
            if let Some(odd) = path.tail.iter().find(|p| !matches!(p, PathPart::Name(_))) {
                let help = "only names stand before the brackets of a call: `count()`, `principal.new(operation)`";
                return self.fail(
                    codes::E0102,
                    odd.span(),
                    format!("`{}` does not stand in a call's name", path.text()),
                    help,
                );
            }
            let args = all(parts(part.clone()), |p| self.arg(p))?;
            let callee = path.clone();
            let span = path.span.to(self.span(&part));
            call = Some(Expr { span, kind: ExprKind::Call { callee, args }, bracketed: false });
        }
        Some(match call {
            None => {
                path.span = span;
                Expr { span, kind: ExprKind::Path(path), bracketed: false }
            }
            Some(call) if behind.is_empty() => call,
            Some(base) => {
                Expr { span, kind: ExprKind::Member { base: Box::new(base), parts: behind }, bracketed: false }
            }
        })
    }

    /// `.name`, `."quoted"`, `[]`, `[0]`
    pub(super) fn path_part(&mut self, pair: P<'_>) -> Option<PathPart> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::each => PathPart::Each(span),
            Rule::index => {
                let digits = pair.as_str().trim_matches(['[', ']']);
                match digits.parse() {
                    Ok(index) => PathPart::Index { span, index },
                    Err(_) => return self.bad_number(Span { start: span.start + 1, end: span.end - 1, ..span }),
                }
            }
            _ => PathPart::Name(self.key(parts(pair).next()?)?),
        })
    }

    /// A word or a quoted word.
    pub(super) fn key(&mut self, pair: P<'_>) -> Option<Name> {
        if pair.as_rule() == Rule::string {
            let string = self.string(pair)?;
            return Some(Name { text: string.text, span: string.span });
        }
        Some(self.name(&pair))
    }

    fn arg(&mut self, pair: P<'_>) -> Option<Arg> {
        let span = self.span(&pair);
        let mut name = None;
        let mut value = None;
        for part in parts(pair) {
            match part.as_rule() {
                Rule::arg_name => name = parts(part).next().map(|p| self.name(&p)),
                _ => value = Some(self.expr(part)?),
            }
        }
        Some(Arg { span, name, value: value? })
    }
}
