//! `in`, `under`, `matches`: what may stand on their right.

use std::sync::Arc;

use super::model::{AddressSpace, Expr, ExprKind, ListId};
use super::scope::Scope;
use super::{Checker, Res, regexes};
use crate::diag::{Diagnostic, codes};
use crate::ops;
use crate::suggest::nearest;
use crate::syntax::ast::{self, Literal, quote};
use crate::text::Span;
use crate::value::{Type, Value};

/// The type whose values a list's element or `x[]` has.
fn element(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) => inner,
        other => other,
    }
}

impl<'a> Checker<'a> {
    pub(super) fn list_id(&mut self, name: &ast::Name) -> Res<ListId> {
        if let Some((id, _)) = self.names.lists.get(&name.text) {
            return Ok(*id);
        }
        let diagnostic = Diagnostic::error(codes::E0203, name.span, format!("no list `@{}` is declared", name.text));
        let near = nearest(&name.text, self.names.lists.keys().map(|n| n.as_ref()));
        let diagnostic = match near {
            Some(near) => diagnostic.help(format!("did you mean `@{near}`?")),
            None => diagnostic.help(format!("declare it: `list @{}: ip`", name.text)),
        };
        Err(self.report(diagnostic))
    }

    fn op(&mut self, name: &str, a: Expr, b: Expr, span: Span) -> Res<Expr> {
        match ops::operator(name) {
            Some(operator) => Ok(self.node(ExprKind::Op(operator, Box::new(a), Box::new(b)), Type::Bool, span)),
            None => self.fail(codes::E0204, span, format!("`{name}` is no operator"), dialectless(name)),
        }
    }

    pub(super) fn member(
        &mut self,
        sc: &mut Scope<'a>,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
        negated: bool,
    ) -> Res<Expr> {
        let a = self.expr(sc, left, None)?;
        self.single(&a, true)?;
        let ty = element(&a.ty).clone();
        let text = self.text(left.span);
        let b = match &right.kind {
            ast::ExprKind::List(name) => {
                let id = self.list_id(name)?;
                self.fits_list(&a, id, text, right.span, negated)?;
                let of = self.model.lists[id.index()].ty.clone();
                self.node(ExprKind::List(id), Type::list(of), right.span)
            }
            ast::ExprKind::Array(items) if items.is_empty() => {
                return self.fail(codes::E0308, right.span, "nothing is in an empty list", "name at least one value");
            }
            ast::ExprKind::Array(_) => self.expr(sc, right, Some(&ty))?,
            ast::ExprKind::Range { start, end } => self.range(sc, start, end, right.span, Some(&ty))?,
            ast::ExprKind::Literal(Literal::Cidr(net)) => {
                let value = Value::Net(self.network(*net, right.span)?);
                self.node(ExprKind::Const(value), Type::Cidr, right.span)
            }
            ast::ExprKind::Path(path) => match (path.as_word().map(|w| w.text.as_ref()), &ty) {
                (Some("private"), Type::Ip | Type::String | Type::Json) => {
                    self.space(AddressSpace::Private, right.span)
                }
                (Some("public"), Type::Ip | Type::String | Type::Json) => self.space(AddressSpace::Public, right.span),
                _ => {
                    let b = self.expr(sc, right, None)?;
                    if !matches!(b.kind, ExprKind::Param(_)) || !matches!(b.ty, Type::List(_) | Type::Cidr) {
                        return self.wrong_right(&b.ty, text, right);
                    }
                    b
                }
            },
            ast::ExprKind::Literal(literal) => {
                let shown = self.text(right.span);
                let help = match literal {
                    Literal::String { text: net, .. } if net.parse::<ipnet::IpNet>().is_ok() => {
                        format!("networks have no quotes: `in {net}`")
                    }
                    Literal::Ip(_) => format!("write `{text} == {shown}`, or a network: `in {shown}/24`"),
                    _ => format!("write `{text} == {shown}`, or `in [{shown}]`"),
                };
                return self.fail(codes::E0308, right.span, "behind `in` stands a list, a range or a network", help);
            }
            ast::ExprKind::Tuple(_) => {
                let shown = self.text(right.span);
                let inner = shown.trim_start_matches('(').trim_end_matches(')');
                return self.fail(
                    codes::E0308,
                    right.span,
                    "a list stands in square brackets",
                    format!("write `in [{inner}]`"),
                );
            }
            _ => {
                let b = self.expr(sc, right, None)?;
                if !matches!((&b.kind, &b.ty), (ExprKind::Call(..), Type::List(_))) {
                    return self.wrong_right(&b.ty, text, right);
                }
                b
            }
        };
        let operator = ops::operator("in");
        // Items have been brought to the left's type one by one; networks stand beside addresses.
        let items_fit = |b: &Expr| match &b.kind {
            ExprKind::ListOf(items) => items.iter().find_map(|item| {
                let ok = operator.is_none_or(|op| {
                    let of = match &item.ty {
                        Type::List(_) | Type::Cidr => item.ty.clone(),
                        single => Type::list(single.clone()),
                    };
                    (op.check)(&a.ty, &of).is_ok()
                });
                (!ok).then(|| (item.span, item.ty.clone()))
            }),
            ExprKind::Space(_) => None,
            _ => operator.and_then(|op| (op.check)(&a.ty, &b.ty).err()).map(|_| (b.span, b.ty.clone())),
        };
        if let Some((at, other)) = items_fit(&b) {
            let message = format!("`{text}` is {ty}, and {other} stands opposite");
            return self.fail(codes::E0301, at, message, format!("values of type {ty} would do"));
        }
        self.op("in", a, b, span)
    }

    fn space(&mut self, space: AddressSpace, span: Span) -> Expr {
        self.node(ExprKind::Space(space), Type::list(Type::Ip), span)
    }

    fn wrong_right<T>(&mut self, ty: &Type, left: &str, right: &ast::Expr) -> Res<T> {
        let shown = self.text(right.span);
        let help = match ty {
            Type::List(_) => format!("write `{shown}[] == {left}`: any of its elements"),
            Type::Json => format!("write `{left} == {shown}`, or `{shown}[] == {left}` where it is a list"),
            _ => format!("write `{left} == {shown}`"),
        };
        self.fail(codes::E0308, right.span, "behind `in` stands a list, a range or a network", help)
    }

    /// Whether values of this type are what the list holds.
    fn fits_list(&mut self, a: &Expr, id: ListId, text: &str, span: Span, negated: bool) -> Res<()> {
        let list = &self.model.lists[id.index()];
        let name = list.name.clone();
        let not = if negated { "not " } else { "" };
        let (left, of) = (element(&a.ty), &list.ty);
        let fits = match (left, of) {
            (Type::Json, Type::Domain) | (_, Type::Domain) => false,
            (Type::Json, _) => true,
            (l, Type::String) => l.is_text(),
            (Type::String, Type::Hash) => true,
            (l, of) => l == of,
        };
        if fits {
            return Ok(());
        }
        let (message, help) = match (left, of) {
            (Type::Domain | Type::String | Type::Json, Type::Domain) => (
                format!("`@{name}` holds domains, which also stand for what is under them"),
                format!("write `{not}{text} under @{name}`").replace("not ", if negated { "not " } else { "" }),
            ),
            (Type::String, Type::Ip) => {
                (format!("`{text}` is text, and `@{name}` holds addresses"), format!("write `ip({text}) in @{name}`"))
            }
            (l, of) => (
                format!("`{text}` is {l}, and `@{name}` holds {of}"),
                format!("declare a list that fits: `list @{name}: {l}`"),
            ),
        };
        self.fail(codes::E0309, span, message, help)
    }

    pub(super) fn under(&mut self, sc: &mut Scope<'a>, left: &ast::Expr, right: &ast::Expr, span: Span) -> Res<Expr> {
        let a = self.expr(sc, left, None)?;
        self.single(&a, true)?;
        let text = self.text(left.span);
        let b = match &right.kind {
            ast::ExprKind::List(name) => {
                let id = self.list_id(name)?;
                let of = self.model.lists[id.index()].ty.clone();
                if of != Type::Domain {
                    let help = format!("declare `list @{}: domain`, or write `{text} in @{0}`", name.text);
                    let message = format!("`@{}` holds {of}, not domains", name.text);
                    return self.fail(codes::E0309, right.span, message, help);
                }
                self.node(ExprKind::List(id), Type::list(of), right.span)
            }
            ast::ExprKind::Array(_) | ast::ExprKind::Literal(_) => self.expr(sc, right, Some(&Type::Domain))?,
            _ => {
                let b = self.expr(sc, right, None)?;
                if !matches!(b.kind, ExprKind::Param(_)) {
                    let help = "write `under \"example.com\"`, `under [\"a.example\", \"b.example\"]` or `under @list`";
                    return self.fail(
                        codes::E0308,
                        right.span,
                        "behind `under` stands a constant domain or a list",
                        help,
                    );
                }
                b
            }
        };
        if let Some(Err(why)) = ops::operator("under").map(|op| (op.check)(&a.ty, &b.ty)) {
            let message = format!("`{text}` is {}, not a domain", a.ty);
            return self.fail(codes::E0301, span, message, why);
        }
        self.op("under", a, b, span)
    }

    pub(super) fn matches(&mut self, sc: &mut Scope<'a>, left: &ast::Expr, right: &ast::Expr, span: Span) -> Res<Expr> {
        let a = self.expr(sc, left, None)?;
        self.single(&a, true)?;
        let b = match &right.kind {
            ast::ExprKind::Literal(Literal::Regex { pattern, ignore_case }) => {
                self.regex(pattern, *ignore_case, right.span)?
            }
            ast::ExprKind::Literal(Literal::String { text, ignore_case }) => {
                let flag = if *ignore_case { "i" } else { "" };
                let help = format!(
                    "write `matches /{}/{flag}`; `like {}` has wildcards",
                    text.replace('/', "\\/"),
                    quote(text)
                );
                return self.fail(codes::E0308, right.span, "behind `matches` stands a regex", help);
            }
            _ => return self.fail(codes::E0308, right.span, "behind `matches` stands a regex", "write `matches /…/`"),
        };
        if let Some(Err(why)) = ops::operator("matches").map(|op| (op.check)(&a.ty, &b.ty)) {
            let message = format!("`{}` is {}, not text", self.text(left.span), a.ty);
            return self.fail(codes::E0301, span, message, why);
        }
        self.op("matches", a, b, span)
    }

    pub(super) fn regex(&mut self, pattern: &Arc<str>, ignore_case: bool, span: Span) -> Res<Expr> {
        if let Err(why) = regexes::compile(pattern, ignore_case) {
            return self.fail(codes::E0304, span, why.message, why.help);
        }
        Ok(self.node(ExprKind::Regex(pattern.clone(), ignore_case), Type::String, span))
    }
}

fn dialectless(name: &str) -> String {
    super::dialects::operator(name)
}
