//! The event of a test: attributes of its class, with values of their types.

use std::sync::Arc;

use super::model::{Expr, ExprKind, Field};
use super::scope::{InputScope, Scope};
use super::{Checker, Res};
use crate::diag::{Diagnostic, codes};
use crate::schema::{Attribute, Kind, Presence};
use crate::suggest::nearest;
use crate::syntax::ast::{self, TestValue, TestValueKind};
use crate::text::Span;
use crate::value::json::Step;
use crate::value::{Type, Value};

/// The steps of a path of a test: its head is a key like the others.
fn path_steps(path: &ast::Path) -> Vec<Step> {
    std::iter::once(Step::Key(path.head.text.clone())).chain(super::path::steps(&path.tail)).collect()
}

impl<'a> Checker<'a> {
    pub(super) fn event(&mut self, kind: Kind, fields: &[ast::Field], sc: &mut Scope<'a>) -> Res<Vec<Field>> {
        let mut out: Vec<Field> = Vec::new();
        let mut result = Ok(());
        for field in fields {
            if let Err(reported) = self.field(kind, &[], field, sc, &mut out) {
                result = Err(reported);
            }
        }
        for (i, field) in out.iter().enumerate() {
            if out[..i].iter().any(|f| f.attr == field.attr && f.steps == field.steps) {
                let name = self.text(field.span).split(':').next().unwrap_or_default();
                let message = format!("`{name}` is said twice");
                result = Err(self.report(Diagnostic::error(codes::E0206, field.span, message).help("drop one")));
            }
        }
        result.map(|()| out)
    }

    fn field(
        &mut self,
        kind: Kind,
        prefix: &[Step],
        field: &ast::Field,
        sc: &mut Scope<'a>,
        out: &mut Vec<Field>,
    ) -> Res<()> {
        let path: Vec<Step> = prefix.iter().cloned().chain(path_steps(&field.path)).collect();
        let class = self.vocabulary.class(kind.class);
        if path.iter().any(|s| !matches!(s, Step::Key(_))) {
            let message = format!("`{}` says only a part of a list", field.path.text());
            return self.fail(codes::E0701, field.path.span, message, "write the whole list: `name: [{ … }, { … }]`");
        }
        let name = |n: usize| {
            let keys: Vec<&str> =
                path[..n].iter().map(|s| if let Step::Key(k) = s { k.as_ref() } else { "" }).collect();
            keys.join(".")
        };
        let found = (1..=path.len()).rev().find_map(|n| class.attr(&name(n)).map(|attr| (attr, n)));
        let Some((attr, used)) = found else {
            // `actor: { user: { … } }` says attributes of a group.
            let whole = format!("{}.", name(path.len()));
            if let TestValueKind::Object(inner) = &field.value.kind
                && class.attribute_names().any(|n| n.starts_with(&whole))
            {
                let mut result = Ok(());
                for field in inner {
                    if let Err(reported) = self.field(kind, &path, field, sc, out) {
                        result = Err(reported);
                    }
                }
                return result;
            }
            let mut inner = sc.clone();
            inner.inputs = vec![InputScope { name: None, kind }];
            return self.attribute(&inner, 0, &path, field.path.span).map(|_| ());
        };
        let attribute = self.vocabulary.attr(kind.class, attr);
        if let Some(source) = kind.source
            && self.vocabulary.presence(kind, attr) == Presence::Never
        {
            let source = &self.vocabulary.source(source).name;
            let message = format!("`{source}` never carries `{}`", attribute.name);
            let help = format!("leave it out, or write the event of its class: `{} {{ … }}`", class.name);
            return self.fail(codes::E0402, field.path.span, message, help);
        }
        let steps = path[used..].to_vec();
        let value = if steps.is_empty() {
            self.test_value(&field.value, &attribute.ty, &attribute.fields, sc)?
        } else if attribute.ty == Type::Json {
            self.test_value(&field.value, &Type::Json, &[], sc)?
        } else {
            let message = format!("`{}` has no parts that a test could say", attribute.name);
            return self.fail(codes::E0701, field.path.span, message, format!("say `{}` as a whole", attribute.name));
        };
        out.push(Field { attr, steps, value, span: field.span });
        Ok(())
    }

    /// A value of a test's event.
    fn test_value(&mut self, value: &TestValue, ty: &Type, fields: &'a [Attribute], sc: &mut Scope<'a>) -> Res<Expr> {
        match (&value.kind, ty) {
            (TestValueKind::Null, _) => Ok(self.node(ExprKind::Const(Value::Null), Type::Json, value.span)),
            (TestValueKind::List(items), Type::List(_) | Type::Json) => {
                let inner = match ty {
                    Type::List(inner) => inner,
                    other => other,
                };
                let items: Vec<Res<Expr>> = items.iter().map(|i| self.test_value(i, inner, fields, sc)).collect();
                let items = items.into_iter().collect::<Res<_>>()?;
                Ok(self.node(ExprKind::ListOf(items), ty.clone(), value.span))
            }
            (TestValueKind::Object(inner), Type::Json) => {
                let mut out: Vec<(Arc<str>, Expr)> = Vec::new();
                for field in inner {
                    let expr = self.test_value(&field.value, &Type::Json, &[], sc)?;
                    self.insert(&mut out, &path_steps(&field.path), expr, field.span)?;
                }
                Ok(self.node(ExprKind::Object(out), Type::Json, value.span))
            }
            (TestValueKind::Object(inner), Type::Object) => {
                let mut out = Vec::new();
                for field in inner {
                    self.element(fields, "", field, sc, &mut out)?;
                }
                Ok(self.node(ExprKind::Object(out), Type::Object, value.span))
            }
            (TestValueKind::Expr(ast), _) => {
                let expr = self.expr(sc, ast, Some(ty))?;
                let fits = expr.ty == *ty
                    || *ty == Type::Json
                    || (expr.ty.is_text() && ty.is_text() && !matches!(ty, Type::Enum(_)))
                    || (expr.ty.is_number() && *ty == Type::Float)
                    || (*ty == Type::Cidr && expr.ty == Type::Ip);
                if fits { Ok(expr) } else { self.wrong_value(value.span, ty) }
            }
            _ => self.wrong_value(value.span, ty),
        }
    }

    /// One attribute of an element of a `list<object>`; nested objects spell dotted names.
    fn element(
        &mut self,
        fields: &'a [Attribute],
        prefix: &str,
        field: &ast::Field,
        sc: &mut Scope<'a>,
        out: &mut Vec<(Arc<str>, Expr)>,
    ) -> Res<()> {
        let keys: Vec<String> = path_steps(&field.path)
            .iter()
            .map(|s| if let Step::Key(k) = s { k.to_string() } else { "[]".to_owned() })
            .collect();
        let name = format!("{prefix}{}", keys.join("."));
        if let Some(attribute) = fields.iter().find(|f| f.name.as_ref() == name) {
            let value = self.test_value(&field.value, &attribute.ty, &attribute.fields, sc)?;
            out.push((attribute.name.clone(), value));
            return Ok(());
        }
        let whole = format!("{name}.");
        if let TestValueKind::Object(inner) = &field.value.kind
            && fields.iter().any(|f| f.name.starts_with(&whole))
        {
            return inner.iter().try_for_each(|field| self.element(fields, &whole, field, sc, out));
        }
        let help = match nearest(&name, fields.iter().map(|f| f.name.as_ref())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", fields.iter().map(|f| format!("`{}`", f.name)).collect::<Vec<_>>().join(" ")),
        };
        self.fail(codes::E0201, field.path.span, format!("the element has no attribute `{name}`"), help)
    }

    /// Puts a value at a path into a document, making the objects on the way.
    fn insert(&mut self, object: &mut Vec<(Arc<str>, Expr)>, path: &[Step], value: Expr, span: Span) -> Res<()> {
        let Some((Step::Key(key), rest)) = path.split_first() else {
            return self.fail(codes::E0701, span, "this says only a part of a list", "write the whole list");
        };
        let place = object.iter().position(|(k, _)| k == key);
        if rest.is_empty() {
            if place.is_some() {
                return self.fail(codes::E0206, span, format!("`{key}` is said twice"), "drop one");
            }
            object.push((key.clone(), value));
            return Ok(());
        }
        let at = match place {
            Some(at) => at,
            None => {
                object.push((key.clone(), Expr { kind: ExprKind::Object(Vec::new()), ty: Type::Json, span }));
                object.len() - 1
            }
        };
        match &mut object[at].1.kind {
            ExprKind::Object(inner) => self.insert(inner, rest, value, span),
            _ => self.fail(codes::E0206, span, format!("`{key}` is said twice"), "drop one"),
        }
    }
}
