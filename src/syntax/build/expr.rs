//! Expressions: a flat run of prefixes, operands and infixes becomes a tree.
//!
//! Tightest first: call, path · `-` `has` · `??` · `* / mod` · `+ -` · `..=` · comparisons · `not` · `and` or `or`.

use std::sync::Arc;

use super::{Ctx, P, all, parts};
use crate::diag::{Diagnostic, codes};
use crate::suggest::nearest;
use crate::syntax::ast::{Expr, ExprKind, OpToken, Quantifier, UnaryOp};
use crate::syntax::grammar::Rule;
use crate::syntax::words::{FINDING, OPERATORS};
use crate::text::Span;

/// How tightly an infix binds; the order is that of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bind {
    Coalesce,
    Mul,
    Add,
    Range,
    Compare,
    And,
    Or,
}

/// A part of the flat run.
enum Piece {
    Prefix(UnaryOp, Span),
    Operand(Expr),
    Infix(OpToken, Bind),
}

impl Ctx<'_> {
    /// An expression from rule `expr`, `key_expr` or `value_expr`.
    pub fn expr(&mut self, pair: P<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let levels = 1 + weight(&pair);
        self.deeper(levels, span, |ctx| {
            let mut pieces = Vec::new();
            let mut whole = true;
            for part in parts(pair) {
                // What follows `is` is no value of ours either: one message is enough.
                let stop = part.as_rule() == Rule::infix && part.as_str().trim() == "is";
                match ctx.piece(part, pieces.last()) {
                    Some(piece) => pieces.push(piece),
                    None => whole = false,
                }
                if stop {
                    break;
                }
            }
            if whole { ctx.logic(pieces) } else { None }
        })
    }

    fn piece(&mut self, pair: P<'_>, before: Option<&Piece>) -> Option<Piece> {
        let (span, text) = (self.span(&pair), pair.as_str());
        match pair.as_rule() {
            Rule::prefix => {
                let op = match text {
                    "has" => UnaryOp::Has,
                    "-" => UnaryOp::Neg,
                    "not" => UnaryOp::Not,
                    _ => return self.foreign(span, "not"),
                };
                Some(Piece::Prefix(op, span))
            }
            Rule::operand => {
                if let Some(Piece::Infix(op, _)) = before {
                    self.next_line(&pair, span, op)?;
                }
                self.operand(pair).map(Piece::Operand)
            }
            _ => self.infix(pair).map(|(op, bind)| Piece::Infix(op, bind)),
        }
    }

    /// Refuses a clause of the next line that was read as the value which is missing on this one.
    fn next_line(&mut self, operand: &P<'_>, span: Span, op: &OpToken) -> Option<()> {
        let word = operand.as_str().trim_end();
        let clause = self.body.is_some_and(|b| b.clauses.contains(&word));
        if clause && self.first_on_line(span) {
            self.report(
                Diagnostic::error(codes::E0102, op.span, format!("expected a value behind `{}`", op.text))
                    .label(span, "the next clause begins here"),
            );
            return None;
        }
        Some(())
    }

    fn foreign<T>(&mut self, span: Span, ours: &str) -> Option<T> {
        let theirs = self.slice(span);
        let message = format!("`{theirs}` is not an operator here");
        self.report(Diagnostic::error(codes::E0111, span, message).help(format!("write `{ours}`")).fix(span, ours));
        None
    }

    fn infix(&mut self, pair: P<'_>) -> Option<(OpToken, Bind)> {
        let inner = if pair.as_rule() == Rule::infix { parts(pair).next()? } else { pair };
        let span = self.span(&inner);
        let negated = inner.clone().into_inner().any(|p| p.as_rule() == Rule::negation);
        let last = inner.clone().into_inner().next_back();
        let text = match &last {
            Some(p) if p.as_rule() == Rule::differs => "differs from",
            Some(p) => p.as_str(),
            None => inner.as_str(),
        };
        let bind = match text {
            "and" => Bind::And,
            "or" => Bind::Or,
            "??" => Bind::Coalesce,
            "*" | "/" | "mod" if !negated => Bind::Mul,
            "+" | "-" => Bind::Add,
            "..=" => Bind::Range,
            "&&" => return self.foreign(span, "and"),
            "||" => return self.foreign(span, "or"),
            "=" => return self.foreign(span, "=="),
            "<>" => return self.foreign(span, "!="),
            ".." => return self.foreign(span, "..="),
            "%" => return self.foreign(span, "mod"),
            "is" => {
                let help = "write `has x` where it must be there, `not has x` where it must be absent";
                return self.fail(codes::E0111, span, "`is` is not an operator here", help);
            }
            _ => Bind::Compare,
        };
        self.misspelt_clause(span, text)?;
        Some((OpToken { text: Arc::from(text), negated, span }, bind))
    }

    /// Refuses a word at the begin of a line that is nearly the first word of a clause.
    fn misspelt_clause(&mut self, span: Span, word: &str) -> Option<()> {
        let Some(body) = self.body else { return Some(()) };
        if !word.starts_with(|c: char| c.is_ascii_alphabetic())
            || OPERATORS.contains(&word)
            || !self.first_on_line(span)
        {
            return Some(());
        }
        let Some(near) = nearest(word, body.clauses.iter().copied()) else { return Some(()) };
        let message = format!("unknown {} `{word}` of {}", body.clause, body.what);
        self.report(
            Diagnostic::error(codes::E0104, span, message).help(format!("did you mean `{near}`")).fix(span, near),
        );
        None
    }

    fn logic(&mut self, pieces: Vec<Piece>) -> Option<Expr> {
        let mut ops: Vec<(Bind, Span)> = Vec::new();
        let mut segments: Vec<Vec<Piece>> = vec![Vec::new()];
        for piece in pieces {
            match piece {
                Piece::Infix(op, bind) if bind >= Bind::And => {
                    ops.push((bind, op.span));
                    segments.push(Vec::new());
                }
                piece => segments.last_mut()?.push(piece),
            }
        }
        let first = ops.first().copied();
        if let Some((bind, span)) = first
            && let Some((_, other)) = ops.iter().find(|(b, _)| *b != bind)
        {
            self.report(
                Diagnostic::error(codes::E0109, *other, "`and` and `or` do not mix without brackets")
                    .label(span, "the first one")
                    .help("put brackets around what belongs together: `(a or b) and c`"),
            );
            return None;
        }
        let mut operands = Vec::with_capacity(segments.len());
        let mut whole = true;
        for segment in segments {
            match self.negation(segment, first.is_some()) {
                Some(expr) => operands.push(expr),
                None => whole = false,
            }
        }
        if !whole {
            return None;
        }
        let Some((bind, _)) = first else { return operands.pop() };
        let span = operands.first()?.span.to(operands.last()?.span);
        let kind = if bind == Bind::And { ExprKind::And(operands) } else { ExprKind::Or(operands) };
        Some(Expr { span, kind, bracketed: false })
    }

    /// `not … comparison`
    fn negation(&mut self, mut pieces: Vec<Piece>, beside: bool) -> Option<Expr> {
        let nots = pieces.iter().take_while(|p| matches!(p, Piece::Prefix(UnaryOp::Not, _))).count();
        let rest = pieces.split_off(nots);
        let alone = !beside && rest.len() == 1;
        for piece in &rest {
            match piece {
                Piece::Operand(Expr { kind: ExprKind::Quantified { quantifier, .. }, bracketed: false, span })
                    if !alone =>
                {
                    let message = format!("`{} …:` stands in brackets beside other conditions", quantifier.word());
                    let help = format!("write `({} … in …: …)`", quantifier.word());
                    return self.fail(codes::E0113, *span, message, help);
                }
                Piece::Prefix(UnaryOp::Not, span) => {
                    let help = "`not` stands before a whole comparison: `not a == b`, `not (…)`, `a not in b`";
                    return self.fail(codes::E0102, *span, "`not` does not stand here", help);
                }
                _ => {}
            }
        }
        let mut expr = self.comparison(rest)?;
        for piece in pieces.into_iter().rev() {
            if let Piece::Prefix(op, op_span) = piece {
                expr = unary(op, op_span, expr);
            }
        }
        Some(expr)
    }

    fn comparison(&mut self, pieces: Vec<Piece>) -> Option<Expr> {
        let mut ops = pieces.iter().filter_map(|p| match p {
            Piece::Infix(op, Bind::Compare) => Some(op),
            _ => None,
        });
        if let (Some(first), Some(second)) = (ops.next(), ops.next()) {
            // A slip in a clause's first word reads as an operator too: `count() > 3 witin 10m`.
            let known = OPERATORS.contains(&&*second.text);
            let clauses = FINDING.clauses.iter().copied().filter(|_| !known);
            let help = match nearest(&second.text, clauses) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "join two with `and`: `a < b and b < c`".to_owned(),
            };
            let diagnostic = Diagnostic::error(codes::E0110, second.span, "comparisons do not chain")
                .label(first.span, "the first one")
                .help(help);
            self.report(diagnostic);
            return None;
        }
        self.binary(pieces, Bind::Compare)
    }

    /// Splits at the infixes that bind as loosely as `bind`, groups to the left, and goes on one level tighter.
    fn binary(&mut self, pieces: Vec<Piece>, bind: Bind) -> Option<Expr> {
        let tighter = match bind {
            Bind::Coalesce => return self.coalesce(pieces),
            Bind::Mul => Bind::Coalesce,
            Bind::Add => Bind::Mul,
            Bind::Range => Bind::Add,
            _ => Bind::Range,
        };
        let mut run = Vec::new();
        let mut left: Option<(Expr, OpToken)> = None;
        for piece in pieces {
            match piece {
                Piece::Infix(op, b) if b == bind => {
                    let right = self.binary(std::mem::take(&mut run), tighter)?;
                    let expr = self.join(left.take(), right, bind)?;
                    left = Some((expr, op));
                }
                piece => run.push(piece),
            }
        }
        let right = self.binary(run, tighter)?;
        self.join(left, right, bind)
    }

    fn coalesce(&mut self, pieces: Vec<Piece>) -> Option<Expr> {
        let mut left: Option<(Expr, OpToken)> = None;
        let mut prefixes: Vec<(UnaryOp, Span)> = Vec::new();
        let mut done: Option<Expr> = None;
        for piece in pieces {
            match piece {
                Piece::Prefix(op, span) => prefixes.push((op, span)),
                Piece::Operand(mut expr) => {
                    for (op, span) in prefixes.drain(..).rev() {
                        expr = unary(op, span, expr);
                    }
                    done = self.join(left.take(), expr, Bind::Coalesce);
                }
                Piece::Infix(op, _) => left = done.take().map(|expr| (expr, op)),
            }
        }
        done
    }

    fn join(&mut self, left: Option<(Expr, OpToken)>, right: Expr, bind: Bind) -> Option<Expr> {
        let Some((left, op)) = left else { return Some(right) };
        let span = left.span.to(right.span);
        let kind = if bind == Bind::Range {
            if matches!(left.kind, ExprKind::Range { .. }) && !left.bracketed {
                return self.fail(codes::E0110, op.span, "ranges do not chain", "a range has two ends: `10..=40`");
            }
            self.check_range(&left, &right, span)?;
            ExprKind::Range { start: Box::new(left), end: Box::new(right) }
        } else {
            ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }
        };
        Some(Expr { span, kind, bracketed: false })
    }

    fn check_range(&mut self, start: &Expr, end: &Expr, span: Span) -> Option<()> {
        use crate::syntax::ast::Literal as L;
        let (ExprKind::Literal(a), ExprKind::Literal(b)) = (&start.kind, &end.kind) else { return Some(()) };
        let empty = match (a, b) {
            (L::Int(a), L::Int(b)) | (L::Size(a), L::Size(b)) | (L::Duration(a), L::Duration(b)) => a > b,
            (L::Clock(a), L::Clock(b)) => a > b,
            (L::Float(a), L::Float(b)) | (L::Percent(a), L::Percent(b)) => a > b,
            (L::Ip(a), L::Ip(b)) => a > b,
            (L::Date(a) | L::Instant(a), L::Date(b) | L::Instant(b)) => a > b,
            _ => false,
        };
        if empty {
            let help =
                "the smaller end stands first; around midnight write two ranges: `hour(time) in [22..=23, 0..=6]`";
            return self.fail(codes::E0114, span, format!("the range `{}` is empty", self.slice(span)), help);
        }
        Some(())
    }

    fn operand(&mut self, pair: P<'_>) -> Option<Expr> {
        let inner = parts(pair).next()?;
        let span = self.span(&inner);
        let kind = match inner.as_rule() {
            Rule::literal => ExprKind::Literal(self.literal(inner)?),
            Rule::at_name => ExprKind::List(self.name(&inner)),
            Rule::array => ExprKind::Array(all(parts(inner), |p| self.expr(p))?),
            Rule::group => return self.group(inner, span),
            Rule::some_of => return self.some_of(inner, span),
            Rule::quantified => return self.quantified(inner, span),
            _ => return self.path_expr(inner, span),
        };
        Some(Expr { span, kind, bracketed: false })
    }

    pub(super) fn group(&mut self, pair: P<'_>, span: Span) -> Option<Expr> {
        let mut parts = all(parts(pair), |p| self.expr(p))?;
        if parts.len() == 1 {
            let expr = parts.pop()?;
            return Some(Expr { span, bracketed: true, ..expr });
        }
        Some(Expr { span, kind: ExprKind::Tuple(parts), bracketed: false })
    }

    fn some_of(&mut self, pair: P<'_>, span: Span) -> Option<Expr> {
        let mut inner = parts(pair);
        let (count, group) = (inner.next()?, inner.next()?);
        let count_span = self.span(&count);
        if count.as_rule() == Rule::quantifier {
            let help = match count.as_str() {
                "any" => "write `p or q`, or `1 of (p, q)`",
                "all" => "write `p and q`",
                _ => "write `not (p or q)`",
            };
            return self.fail(
                codes::E0111,
                count_span,
                format!("`{} of` is written otherwise here", count.as_str()),
                help,
            );
        }
        let count = self.int(count_span)?;
        let conditions = all(parts(group), |p| self.expr(p))?;
        Some(Expr { span, kind: ExprKind::SomeOf { count, count_span, conditions }, bracketed: false })
    }

    fn quantified(&mut self, pair: P<'_>, span: Span) -> Option<Expr> {
        let mut inner = parts(pair);
        let quantifier = match inner.next()?.as_str() {
            "any" => Quantifier::Any,
            "all" => Quantifier::All,
            _ => Quantifier::None,
        };
        let name = self.name(&inner.next()?);
        let sources = self.sources(inner.next()?)?;
        let body = Box::new(self.expr(inner.next()?)?);
        Some(Expr { span, kind: ExprKind::Quantified { quantifier, name, sources, body }, bracketed: false })
    }

    /// `(a, b)` as several lists, all else as one.
    pub(super) fn sources(&mut self, pair: P<'_>) -> Option<Vec<Expr>> {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::group => all(parts(pair), |p| self.expr(p)),
            Rule::array => {
                let kind = ExprKind::Array(all(parts(pair), |p| self.expr(p))?);
                Some(vec![Expr { span, kind, bracketed: false }])
            }
            Rule::at_name => Some(vec![Expr { span, kind: ExprKind::List(self.name(&pair)), bracketed: false }]),
            _ => Some(vec![self.path_expr(pair, span)?]),
        }
    }
}

/// How many levels a flat run may add to the tree: between two `and`s or `or`s, every prefix and every arithmetic sign
/// may nest by one.
fn weight(pair: &P<'_>) -> usize {
    let (mut run, mut most) = (0, 0);
    for part in parts(pair.clone()) {
        match (part.as_rule(), part.as_str().trim()) {
            (Rule::infix, "and" | "or") => run = 0,
            (Rule::prefix, _) | (Rule::infix | Rule::arith, "+" | "-" | "*" | "/" | "mod" | "??" | "..=") => run += 1,
            _ => {}
        }
        most = most.max(run);
    }
    most
}

fn unary(op: UnaryOp, op_span: Span, operand: Expr) -> Expr {
    let span = op_span.to(operand.span);
    Expr { span, kind: ExprKind::Unary { op, op_span, operand: Box::new(operand) }, bracketed: false }
}
