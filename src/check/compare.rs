//! Operators between two values: comparisons, words, `??`, arithmetic.

use super::model::{Expr, ExprKind};
use super::scope::Scope;
use super::{Checker, Res, dialects};
use crate::diag::{Diagnostic, codes};
use crate::ops;
use crate::syntax::ast::{self, Literal, OpToken, quote};
use crate::text::Span;
use crate::value::json::Step;
use crate::value::{Type, Value};

/// How many `*` a `like` may have: each one multiplies the ways to match.
const MAX_STARS: usize = 16;

/// Whether an expression reads a value with `[]`, so that it stands for any of several.
pub(super) fn is_each(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Attr(a) => a.steps.contains(&Step::Each),
        ExprKind::Element(_, steps) | ExprKind::Part(_, steps) => steps.contains(&Step::Each),
        _ => false,
    }
}

fn is_literal(ast: &ast::Expr) -> bool {
    match &ast.kind {
        ast::ExprKind::Literal(_) | ast::ExprKind::Array(_) => true,
        ast::ExprKind::Unary { operand, .. } => is_literal(operand),
        _ => false,
    }
}

impl<'a> Checker<'a> {
    pub(super) fn binary(
        &mut self,
        sc: &mut Scope<'a>,
        op: &OpToken,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Res<Expr> {
        let word = op.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = if word == "!=" { "==" } else { word.as_str() };
        let negated = op.negated || word == "!=";
        let expr = match name {
            "??" if !negated => return self.coalesce(sc, left, right, span),
            "+" | "-" | "*" | "/" | "mod" if !negated => {
                let a = self.expr(sc, left, None);
                let b = self.expr(sc, right, None);
                return self.function(ops::function(name), name, vec![a?, b?], span);
            }
            "in" => self.member(sc, left, right, span, negated)?,
            "under" => self.under(sc, left, right, span)?,
            "matches" => self.matches(sc, left, right, span)?,
            _ => match ops::operator(name) {
                Some(operator) => self.pair(sc, operator, op, left, right, span)?,
                None => {
                    let help = match (&*word, &right.kind) {
                        ("like", _) => String::new(),
                        ("=", ast::ExprKind::Literal(Literal::String { text, .. })) if text.contains(['*', '%']) => {
                            format!("write `like {}`, with `*` for any text", quote(&text.replace('%', "*")))
                        }
                        _ => dialects::operator(&word),
                    };
                    // What stands on its sides has errors of its own.
                    let _ = self.expr(sc, left, None);
                    return self.fail(codes::E0204, op.span, format!("`{word}` is no operator"), help);
                }
            },
        };
        if !negated {
            return Ok(expr);
        }
        if let ExprKind::Op(_, value, _) = &expr.kind
            && is_each(value)
        {
            let path = self.text(value.span);
            let (list, rest) = path.split_once("[]").unwrap_or((path, ""));
            let plain = if word == "!=" { "==" } else { &*word };
            let help = format!("say which elements: `none e in {list}: e{rest} {plain} …`, or `any e in {list}: …`");
            let message = format!("`{}` over `[]`: of any element, or of none?", self.text(op.span));
            return self.fail(codes::E0311, op.span, message, help);
        }
        Ok(self.node(ExprKind::Not(Box::new(expr)), Type::Bool, span))
    }

    /// Both sides; literals and enum words last, when it is known what they stand opposite to.
    fn sides(&mut self, sc: &mut Scope<'a>, left: &ast::Expr, right: &ast::Expr, typed: bool) -> Res<(Expr, Expr)> {
        let want = |e: &Expr| typed.then(|| e.ty.clone());
        if (is_literal(left) || self.is_unknown_word(sc, left)) && !is_literal(right) {
            let b = self.expr(sc, right, None)?;
            let a = self.expr(sc, left, want(&b).as_ref())?;
            return Ok((a, b));
        }
        let a = match self.expr(sc, left, None) {
            Ok(a) => a,
            Err(reported) => {
                if !is_literal(right) && !self.is_unknown_word(sc, right) {
                    let _ = self.expr(sc, right, None);
                }
                return Err(reported);
            }
        };
        let b = self.expr(sc, right, want(&a).as_ref())?;
        Ok((a, b))
    }

    /// Whether this is one word that names nothing: an enum's word perhaps.
    fn is_unknown_word(&mut self, sc: &Scope<'a>, ast: &ast::Expr) -> bool {
        let ast::ExprKind::Path(path) = &ast.kind else { return false };
        let Some(word) = path.as_word() else { return false };
        sc.binder(&word.text).is_none()
            && !sc.params.iter().any(|(n, _)| *n == word.text)
            && !self.names.words.contains_key(&word.text)
            && !sc.inputs.iter().any(|i| self.vocabulary.class(i.kind.class).attr(&word.text).is_some())
    }

    fn pair(
        &mut self,
        sc: &mut Scope<'a>,
        operator: &'static ops::Operator,
        op: &OpToken,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Res<Expr> {
        let compares = matches!(operator.name, "==" | "<" | "<=" | ">" | ">=" | "differs from");
        let (a, b) = self.sides(sc, left, right, compares)?;
        self.single(&a, true)?;
        self.single(&b, false)?;
        if let Err(why) = (operator.check)(&a.ty, &b.ty) {
            let help = self.pair_help(&a, &b, left, right);
            let message = format!("`{}` does not stand between {} and {}", operator.name, shown(&a), shown(&b));
            return self.fail(codes::E0301, op.span, message, help.unwrap_or(why));
        }
        if operator.name == "like" {
            self.pattern(&b)?;
        }
        Ok(self.node(ExprKind::Op(operator, Box::new(a), Box::new(b)), Type::Bool, span))
    }

    /// A list is no single value; `x[]` is, on the left.
    pub(super) fn single(&mut self, expr: &Expr, each_allowed: bool) -> Res<()> {
        if is_each(expr) {
            if each_allowed {
                return Ok(());
            }
            let message = format!("`{}` stands for several values", self.text(expr.span));
            return self.fail(
                codes::E0303,
                expr.span,
                message,
                "`[]` stands on the left: `x[] == value`; else bind: `any e in x: …`",
            );
        }
        if let (Type::List(_), ExprKind::Attr(_) | ExprKind::Element(..)) = (&expr.ty, &expr.kind) {
            let text = self.text(expr.span);
            let message = format!("`{text}` is {}: a list, not a value", expr.ty);
            let help = format!("`{text}[]` is any of its elements; `any e in {text}: …` binds one for several tests");
            return self.fail(codes::E0303, expr.span, message, help);
        }
        Ok(())
    }

    fn pair_help(&self, a: &Expr, b: &Expr, left: &ast::Expr, right: &ast::Expr) -> Option<String> {
        let (l, r) = (self.text(left.span), self.text(right.span));
        match (&a.ty, &b.ty, &b.kind) {
            (Type::Ip | Type::String, Type::Cidr, _) => Some(format!("an address lies in a network: `{l} in {r}`")),
            (_, Type::List(_), ExprKind::ListOf(_)) => Some(format!("write `{l} in {r}`")),
            (_, Type::List(_), _) => Some(format!("write `{l} in {r}`")),
            (Type::Duration, Type::Int | Type::Float, ExprKind::Const(v)) => {
                Some(format!("durations have units: `{v}s`, `{v}ms`"))
            }
            _ => None,
        }
    }

    fn pattern(&mut self, pattern: &Expr) -> Res<()> {
        let text = match &pattern.kind {
            ExprKind::Const(Value::Str(text)) | ExprKind::Caseless(text) => text.clone(),
            ExprKind::Param(_) => return Ok(()),
            _ => {
                let message = "a pattern is a constant";
                return self.fail(codes::E0312, pattern.span, message, "write it as text: `like \"Delete*\"`");
            }
        };
        let stars = text.matches('*').count();
        if stars > MAX_STARS {
            let message = format!("this pattern has {stars} `*`; at most {MAX_STARS} are allowed");
            return self.fail(codes::E0305, pattern.span, message, "write several conditions with `contains`");
        }
        if text.contains('%') && !text.contains('*') {
            let help = format!("write {}", quote(&text.replace('%', "*")));
            let diagnostic =
                Diagnostic::warning(codes::E0315, pattern.span, "`%` is no wildcard here; `*` is").help(help);
            self.report(diagnostic);
        }
        Ok(())
    }

    fn coalesce(&mut self, sc: &mut Scope<'a>, left: &ast::Expr, right: &ast::Expr, span: Span) -> Res<Expr> {
        let (a, b) = self.sides(sc, left, right, true)?;
        self.single(&a, false)?;
        let ty = match (&a.ty, &b.ty) {
            (Type::Json, ty) => ty.clone(),
            (ty, Type::Json) => ty.clone(),
            (x, y) if x == y => x.clone(),
            (x, y) if x.is_number() && y.is_number() => Type::Float,
            (x, y) if x.is_text() && y.is_text() => Type::String,
            (x, y) => {
                let message = format!("`??` gives {x} or {y}");
                return self.fail(
                    codes::E0301,
                    span,
                    message,
                    format!("behind `??` stands a value of the same type, {x}"),
                );
            }
        };
        Ok(self.node(ExprKind::Coalesce(Box::new(a), Box::new(b)), ty, span))
    }
}

/// How an operand is called in a message.
fn shown(expr: &Expr) -> String {
    match (&expr.kind, &expr.ty) {
        (ExprKind::Const(Value::Str(s)), _) => format!("the text {}", quote(s)),
        (ExprKind::ListOf(_), _) => "a list".to_owned(),
        (_, ty) => ty.to_string(),
    }
}
