//! Expressions on paper.

use super::Printer;
use super::layout::{Doc, text};
use crate::syntax::ast::{Expr, ExprKind, Name, Path, TypeRef, UnaryOp};
use crate::text::Span;

/// `list<string>`
pub(super) fn type_ref(ty: &TypeRef) -> Doc {
    match &ty.argument {
        Some(inner) => Doc::Concat(vec![text(format!("{}<", ty.name.text)), type_ref(inner), text(">")]),
        None => text(&*ty.name.text),
    }
}

impl Printer<'_> {
    /// `head = VALUE`, the value on lines of its own where it is too long a condition.
    pub(super) fn assigned(&mut self, head: String, value: &Expr) -> Doc {
        let doc = self.expr_inner(value, 0);
        match &value.kind {
            ExprKind::And(_) | ExprKind::Or(_) if !value.bracketed => {
                Doc::Group(vec![text(head), Doc::Nest(2, Box::new(Doc::Concat(vec![Doc::Line, doc])))])
            }
            _ => Doc::Group(vec![text(head), text(" "), doc]),
        }
    }

    /// An expression; lines that it breaks into are indented by one step.
    pub(super) fn expr(&mut self, expr: &Expr) -> Doc {
        self.expr_inner(expr, 2)
    }

    fn expr_inner(&mut self, expr: &Expr, nest: usize) -> Doc {
        let doc = match &expr.kind {
            ExprKind::Literal(_) => self.spelled(expr.span),
            ExprKind::Path(path) => text(path.text()),
            ExprKind::List(name) => text(format!("@{}", name.text)),
            ExprKind::Array(parts) => self.enclosed("[", "]", parts, expr.span),
            ExprKind::Tuple(parts) => self.enclosed("(", ")", parts, expr.span),
            ExprKind::Call { callee, args } => {
                let start = callee.span.end;
                let docs = args.iter().map(|a| {
                    let value = self.expr(&a.value);
                    let doc = match &a.name {
                        Some(name) => Doc::Concat(vec![text(format!("{}: ", name.text)), value]),
                        None => value,
                    };
                    (a.span, doc)
                });
                let docs = docs.collect();
                let end = args.last().map_or(expr.span.end, |a| self.close_behind(a.span.end, expr.span.end, ")"));
                let list = self.fill("(", ")", docs, start, end);
                Doc::Concat(vec![text(callee.text()), list])
            }
            ExprKind::Member { base, parts } => {
                let head = Name { text: "_".into(), span: base.span };
                let path = Path { span: base.span, head, tail: parts.clone() };
                Doc::Concat(vec![self.expr(base), text(&path.text()[1..])])
            }
            ExprKind::Unary { op, operand, .. } => {
                let word = if *op == UnaryOp::Neg { "-".to_owned() } else { format!("{} ", op.word()) };
                Doc::Concat(vec![text(word), self.expr_inner(operand, nest)])
            }
            ExprKind::Binary { op, left, right } => {
                let not = if op.negated { "not " } else { "" };
                let left = self.expr_inner(left, nest);
                Doc::Concat(vec![left, text(format!(" {not}{} ", op.text)), self.expr_inner(right, nest)])
            }
            ExprKind::Range { start, end } => {
                let start = self.expr(start);
                Doc::Concat(vec![start, text("..="), self.expr(end)])
            }
            ExprKind::And(parts) => self.chain("and ", parts, if expr.bracketed { 2 } else { nest }),
            ExprKind::Or(parts) => self.chain("or ", parts, if expr.bracketed { 2 } else { nest }),
            ExprKind::SomeOf { conditions, count_span, .. } => {
                let list = self.enclosed("(", ")", conditions, Span { start: count_span.end, ..expr.span });
                Doc::Concat(vec![self.at(*count_span), text(" of "), list])
            }
            ExprKind::Quantified { quantifier, name, sources, body } => {
                let end = body.span.start;
                let sources = self.sources(sources, Span { start: name.span.end, end, ..expr.span });
                let head = text(format!("{} {} in ", quantifier.word(), name.text));
                Doc::Concat(vec![head, sources, text(": "), self.expr(body)])
            }
        };
        if expr.bracketed { Doc::Concat(vec![text("("), doc, text(")")]) } else { doc }
    }

    /// One list, or several in brackets.
    pub(super) fn sources(&mut self, sources: &[Expr], span: Span) -> Doc {
        use ExprKind::{Array, Call, List, Member, Path};
        match sources {
            [one]
                if !one.bracketed && matches!(one.kind, Path(_) | List(_) | Array(_) | Call { .. } | Member { .. }) =>
            {
                self.expr(one)
            }
            _ => self.enclosed("(", ")", sources, span),
        }
    }

    /// `a and b and …`, broken before each `and`.
    fn chain(&mut self, word: &str, parts: &[Expr], nest: usize) -> Doc {
        let mut docs = Vec::new();
        let mut cursor = None;
        for part in parts {
            if let Some(end) = cursor {
                docs.extend(self.between(end, part.span.start));
                docs.extend([Doc::Line, text(word)]);
            }
            docs.push(self.expr_inner(part, 2));
            cursor = Some(part.span.end);
        }
        Doc::Group(vec![Doc::Nest(nest, Box::new(Doc::Concat(docs)))])
    }

    /// The comments between two parts: behind the first where they stand on its line, else on lines of their own.
    pub(super) fn between(&mut self, start: u32, end: u32) -> Vec<Doc> {
        let mut out = Vec::new();
        for (span, comment) in self.take(start, end) {
            if !self.same_line(start, span.start) {
                out.push(Doc::Hard);
            }
            out.push(Doc::Comment(comment));
        }
        out
    }

    /// Expressions between brackets; `span` ends with the closing one.
    pub(super) fn enclosed(&mut self, open: &str, close: &str, parts: &[Expr], span: Span) -> Doc {
        let docs = parts.iter().map(|p| (p.span, self.expr(p))).collect();
        let end = parts.last().map_or(span.end, |p| self.close_behind(p.span.end, span.end, close));
        self.fill(open, close, docs, span.start, end)
    }

    /// Where the bracket stands that closes a list whose last part ends at `from`.
    fn close_behind(&self, from: u32, end: u32, close: &str) -> u32 {
        let rest = self.slice(from, end);
        super::scan(rest).iter().find(|t| t.text(rest) == close).map_or(end, |t| from + t.start as u32)
    }

    /// Parts between brackets, as many on a line as fit, a comma behind the last where there are several lines.
    pub(super) fn fill(&mut self, open: &str, close: &str, parts: Vec<(Span, Doc)>, start: u32, end: u32) -> Doc {
        let pad = if open == "{" { Doc::Line } else { Doc::Soft };
        let mut cursor = start;
        let mut inner = Vec::new();
        let count = parts.len();
        for (i, (span, doc)) in parts.into_iter().enumerate() {
            let mut comments = self.between(cursor, span.start);
            let commented = !comments.is_empty();
            inner.append(&mut comments);
            let comma = if i + 1 == count { Doc::IfBroken(",") } else { text(",") };
            if i == 0 {
                inner.extend([pad.clone(), doc]);
            } else if commented {
                inner.extend([Doc::Hard, doc]);
            } else {
                inner.push(Doc::Group(vec![Doc::Line, doc]));
            }
            inner.push(comma);
            cursor = span.end;
        }
        inner.extend(self.between(cursor, end));
        if inner.is_empty() {
            return text(format!("{open}{close}"));
        }
        Doc::Group(vec![text(open), Doc::Nest(2, Box::new(Doc::Concat(inner))), pad, text(close)])
    }
}
