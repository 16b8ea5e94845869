//! Expressions: each node of the tree typed and resolved. Comparisons are in `compare`, calls in `calls`, paths in
//! `path`.

use super::model::{Expr, ExprKind, Quantifier};
use super::scope::{Bound, Scope};
use super::{Checker, MAX_DEPTH, Res};
use crate::diag::{Diagnostic, codes};
use crate::ops;
use crate::schema::Attribute;
use crate::syntax::ast::{self, UnaryOp};
use crate::text::Span;
use crate::value::json::Step;
use crate::value::{Type, Value};

impl<'a> Checker<'a> {
    /// A condition: what may stand behind `where`.
    pub(super) fn condition(&mut self, sc: &mut Scope<'a>, ast: &ast::Expr) -> Res<Expr> {
        let expr = self.expr(sc, ast, None)?;
        let text = self.text(ast.span);
        match (&expr.ty, &expr.kind) {
            (Type::Bool, _) => Ok(expr),
            (Type::Json, _) => self.fail(
                codes::E0302,
                ast.span,
                format!("`{text}` is a part of a document, not a condition"),
                format!("compare it: `{text} == true`; whether it is there says `has {text}`"),
            ),
            (ty, ExprKind::Attr(_) | ExprKind::Element(..)) => self.fail(
                codes::E0302,
                ast.span,
                format!("`{text}` is {ty}, not a condition"),
                format!("compare it: `{text} == …`; whether it is there says `has {text}`"),
            ),
            (ty, _) => self.fail(
                codes::E0302,
                ast.span,
                format!("this is {ty}, not a condition"),
                "compare it with something: `==`, `<`, `in`, `contains`, …",
            ),
        }
    }

    /// A value, where one of type `want` stands opposite.
    pub(super) fn expr(&mut self, sc: &mut Scope<'a>, ast: &ast::Expr, want: Option<&Type>) -> Res<Expr> {
        if self.depth >= MAX_DEPTH {
            let help = format!("with its `let`s written out an expression nests at most {MAX_DEPTH} deep");
            return self.fail(codes::E0212, ast.span, "this nests too deep", help);
        }
        self.depth += 1;
        let expr = self.expr_here(sc, ast, want);
        self.depth -= 1;
        expr
    }

    fn expr_here(&mut self, sc: &mut Scope<'a>, ast: &ast::Expr, want: Option<&Type>) -> Res<Expr> {
        let span = ast.span;
        match &ast.kind {
            ast::ExprKind::Literal(literal) => self.literal(literal, span, want),
            ast::ExprKind::Path(path) => self.path(sc, path, want),
            ast::ExprKind::List(name) => {
                let id = self.list_id(name)?;
                let _ = id;
                let message = format!("`@{}` is a list and stands behind `in` or `under`", name.text);
                self.fail(codes::E0308, span, message, format!("write `x in @{}`", name.text))
            }
            ast::ExprKind::Array(items) => self.array(sc, items, span, want),
            ast::ExprKind::Tuple(_) => self.fail(
                codes::E0312,
                span,
                "several values stand only in a profile's `value` and behind `any … in`",
                "a list is written `[a, b]`",
            ),
            ast::ExprKind::Call { callee, args } => self.call(sc, callee, args, span),
            ast::ExprKind::Member { base, parts } => {
                let base = self.expr(sc, base, None)?;
                let ty = base.ty.clone();
                self.part_of(base, &ty, &super::path::steps(parts), span)
            }
            ast::ExprKind::Unary { op: UnaryOp::Not, operand, .. } => {
                let inner = self.condition(sc, operand)?;
                Ok(self.node(ExprKind::Not(Box::new(inner)), Type::Bool, span))
            }
            ast::ExprKind::Unary { op: UnaryOp::Has, operand, .. } => self.has(sc, operand, span),
            ast::ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => self.negative(sc, operand, span, want),
            ast::ExprKind::Binary { op, left, right } => self.binary(sc, op, left, right, span),
            ast::ExprKind::Range { .. } => self.fail(
                codes::E0308,
                span,
                "a range stands only behind `in`",
                format!("write `x in {}`", self.text(span)),
            ),
            ast::ExprKind::And(parts) => {
                // `let`s that are written out join in: `a and (b and c)` is `a and b and c`.
                let parts = self.conditions(sc, parts)?.into_iter().flat_map(|part| match part.kind {
                    ExprKind::And(inner) => inner,
                    _ => vec![part],
                });
                let parts = parts.collect();
                Ok(self.node(ExprKind::And(parts), Type::Bool, span))
            }
            ast::ExprKind::Or(parts) => {
                let parts = self.conditions(sc, parts)?.into_iter().flat_map(|part| match part.kind {
                    ExprKind::Or(inner) => inner,
                    _ => vec![part],
                });
                let parts = parts.collect();
                Ok(self.node(ExprKind::Or(parts), Type::Bool, span))
            }
            ast::ExprKind::SomeOf { count, count_span, conditions } => {
                let most = conditions.len();
                let parts = self.conditions(sc, conditions);
                match u32::try_from(*count) {
                    Ok(n) if n >= 1 && n as usize <= most => {
                        parts.map(|parts| self.node(ExprKind::AtLeast(n, parts), Type::Bool, span))
                    }
                    _ => {
                        let message = format!("{count} of {most} conditions can never hold, or always does");
                        self.fail(codes::E0314, *count_span, message, format!("write a number from 1 to {most}"))
                    }
                }
            }
            ast::ExprKind::Quantified { quantifier, name, sources, body } => {
                self.quantified(sc, *quantifier, name, sources, body, span)
            }
        }
    }

    /// Checks every condition, so that one error hides no other.
    fn conditions(&mut self, sc: &mut Scope<'a>, parts: &[ast::Expr]) -> Res<Vec<Expr>> {
        let checked: Vec<Res<Expr>> = parts.iter().map(|part| self.condition(sc, part)).collect();
        checked.into_iter().collect()
    }

    fn part_of(&mut self, base: Expr, ty: &Type, steps: &[Step], span: Span) -> Res<Expr> {
        if *ty != Type::Json {
            let message = format!("`{}` is {ty} and has no parts", self.text(base.span));
            return self.fail(
                codes::E0303,
                span,
                message,
                "a document inside a text is read with `parse_json(x).path`",
            );
        }
        let ty = if steps.contains(&Step::Each) { Type::list(Type::Json) } else { Type::Json };
        Ok(self.node(ExprKind::Part(Box::new(base), steps.to_vec()), ty, span))
    }

    fn has(&mut self, sc: &mut Scope<'a>, operand: &ast::Expr, span: Span) -> Res<Expr> {
        let inner = self.expr(sc, operand, None)?;
        if matches!(inner.kind, ExprKind::Attr(_) | ExprKind::Element(..) | ExprKind::Call(..) | ExprKind::Part(..)) {
            return Ok(self.node(ExprKind::Has(Box::new(inner)), Type::Bool, span));
        }
        let message = "`has` asks whether an attribute is there";
        self.fail(codes::E0302, operand.span, message, "write `has src_endpoint.ip`; conditions are joined by `and`")
    }

    fn negative(&mut self, sc: &mut Scope<'a>, operand: &ast::Expr, span: Span, want: Option<&Type>) -> Res<Expr> {
        let inner = self.expr(sc, operand, want)?;
        match &inner.kind {
            ExprKind::Const(Value::Int(n)) => {
                let value = Value::Int(n.wrapping_neg());
                return Ok(self.node(ExprKind::Const(value), Type::Int, span));
            }
            ExprKind::Const(Value::Float(x)) => {
                let value = Value::Float(-x);
                return Ok(self.node(ExprKind::Const(value), Type::Float, span));
            }
            _ => {}
        }
        self.function(ops::function("-"), "-", vec![inner], span)
    }

    fn quantified(
        &mut self,
        sc: &mut Scope<'a>,
        quantifier: ast::Quantifier,
        name: &ast::Name,
        sources: &[ast::Expr],
        body: &ast::Expr,
        span: Span,
    ) -> Res<Expr> {
        let kinds: Vec<_> = sc.kind().into_iter().collect();
        self.check_hiding("the element", name, &kinds);
        let (lists, ty, fields) = self.lists(sc, sources)?;
        let id = self.binder_id();
        sc.binders.push(Bound { name: name.text.clone(), id, ty, fields });
        let body = self.condition(sc, body);
        sc.binders.pop();
        let quantifier = match quantifier {
            ast::Quantifier::Any => Quantifier::Any,
            ast::Quantifier::All => Quantifier::All,
            ast::Quantifier::None => Quantifier::None,
        };
        let kind = ExprKind::Quantified {
            quantifier,
            binder: id,
            name: name.text.clone(),
            sources: lists,
            body: Box::new(body?),
        };
        Ok(self.node(kind, Type::Bool, span))
    }

    /// Lists that are joined: each checked, with the type and attributes of their elements.
    pub(super) fn lists(
        &mut self,
        sc: &mut Scope<'a>,
        sources: &[ast::Expr],
    ) -> Res<(Vec<Expr>, Type, &'a [Attribute])> {
        let mut lists = Vec::new();
        let mut element: Option<(Type, &'a [Attribute])> = None;
        let mut failed = None;
        for source in sources {
            let list = match self.expr(sc, source, None) {
                Ok(list) => list,
                Err(reported) => {
                    failed = Some(reported);
                    continue;
                }
            };
            let ty = match &list.ty {
                Type::List(inner) => (**inner).clone(),
                Type::Json => Type::Json,
                other => {
                    let message = format!("`{}` is {other}, not a list", self.text(source.span));
                    let help = "behind `in` stands a list: an attribute that is one, a part of a document, or `(a, b)` to join some";
                    return self.fail(codes::E0301, source.span, message, help);
                }
            };
            let fields = self.fields(&list);
            element = Some(match element {
                None => (ty, fields),
                Some((before, f)) if before == ty && std::ptr::eq(f, fields) => (before, f),
                Some((before, _)) if before == ty && ty != Type::Object => (before, &[]),
                Some((before, _)) if before.is_text() && ty.is_text() => (Type::String, &[]),
                Some((before, _)) if before != Type::Object && ty != Type::Object => (Type::Json, &[]),
                Some(_) => {
                    let message = "these lists hold different things and cannot be joined";
                    return self.fail(codes::E0301, source.span, message, "write one `any` for each, joined by `or`");
                }
            });
            lists.push(list);
        }
        match (failed, element) {
            (None, Some((ty, fields))) => Ok((lists, ty, fields)),
            (Some(reported), _) => Err(reported),
            (None, None) => Err(super::Reported),
        }
    }

    /// The attributes of a list's elements, if the vocabulary knows them.
    fn fields(&self, list: &Expr) -> &'a [Attribute] {
        match &list.kind {
            ExprKind::Attr(a) if list.ty == Type::list(Type::Object) => &self.vocabulary.attr(a.class, a.attr).fields,
            _ => &[],
        }
    }

    fn array(&mut self, sc: &mut Scope<'a>, items: &[ast::Expr], span: Span, want: Option<&Type>) -> Res<Expr> {
        let inner = match want {
            Some(Type::List(inner)) => Some(&**inner),
            other => other,
        };
        let checked: Vec<Res<Expr>> = items.iter().map(|item| self.item(sc, item, inner)).collect();
        let items: Vec<Expr> = checked.into_iter().collect::<Res<_>>()?;
        let ty = match (inner, items.first()) {
            (Some(ty), _) => ty.clone(),
            (None, Some(first)) => first.ty.clone(),
            (None, None) => Type::Json,
        };
        Ok(self.node(ExprKind::ListOf(items), Type::list(ty), span))
    }

    /// What may stand in `[…]`: values, ranges, networks.
    pub(super) fn item(&mut self, sc: &mut Scope<'a>, item: &ast::Expr, want: Option<&Type>) -> Res<Expr> {
        if let ast::ExprKind::Range { start, end } = &item.kind {
            return self.range(sc, start, end, item.span, want);
        }
        if let (ast::ExprKind::Literal(ast::Literal::Cidr(net)), Some(Type::Ip)) = (&item.kind, want) {
            let value = Value::Net(self.network(*net, item.span)?);
            return Ok(self.node(ExprKind::Const(value), Type::Cidr, item.span));
        }
        if let ast::ExprKind::List(name) = &item.kind {
            let message = format!("`@{}` stands inside of `[…]`", name.text);
            return self.fail(codes::E0308, item.span, message, format!("write `x in @{0} or x in […]`", name.text));
        }
        self.expr(sc, item, want)
    }

    /// `a..=b`: both ends of one type that has an order, the first not above the second.
    pub(super) fn range(
        &mut self,
        sc: &mut Scope<'a>,
        start: &ast::Expr,
        end: &ast::Expr,
        span: Span,
        want: Option<&Type>,
    ) -> Res<Expr> {
        let a = self.expr(sc, start, want);
        let b = self.expr(sc, end, want);
        let (a, b) = (a?, b?);
        let fits = ops::operator("<=").is_none_or(|op| (op.check)(&a.ty, &b.ty).is_ok());
        if !fits {
            let message = format!("a range needs an order, and {} to {} has none", a.ty, b.ty);
            return self.fail(codes::E0306, span, message, "ranges are of numbers, durations or times: `10..=40`");
        }
        if let (ExprKind::Const(x), ExprKind::Const(y)) = (&a.kind, &b.kind)
            && super::values::order(x, y) == Some(std::cmp::Ordering::Greater)
        {
            let help = format!(
                "both ends are in, the least first: `{y}..=…`; what wraps is two ranges: `in [22..=23, 0..=6]`"
            );
            let diagnostic = Diagnostic::error(codes::E0306, span, "this range is empty").help(help);
            return Err(self.report(diagnostic));
        }
        let ty = a.ty.clone();
        Ok(self.node(ExprKind::Range(Box::new(a), Box::new(b)), Type::list(ty), span))
    }
}
