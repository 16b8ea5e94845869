//! Constants: entries of lists, values of parameters, what tests give.

use std::cmp::Ordering;

use ipnet::IpNet;

use super::model::{Expr, ExprKind};
use super::scope::Scope;
use super::{Checker, Res};
use crate::diag::codes;
use crate::suggest::nearest;
use crate::syntax::ast::{self, TypeRef};
use crate::value::{Type, Value};

/// The types an author may write.
const TYPES: &[&str] =
    &["bool", "int", "float", "string", "ip", "cidr", "domain", "arn", "hash", "time", "duration", "json", "list"];

/// The order of two constants of one kind.
pub(super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(x), Value::Float(y)) => (*x as f64).partial_cmp(y),
        (Value::Float(x), Value::Int(y)) => x.partial_cmp(&(*y as f64)),
        _ if std::mem::discriminant(a) == std::mem::discriminant(b) => a.partial_cmp(b),
        _ => None,
    }
}

impl<'a> Checker<'a> {
    pub(super) fn type_ref(&mut self, ty: &TypeRef) -> Res<Type> {
        if ty.name.text.as_ref() == "list" {
            let Some(argument) = &ty.argument else {
                return self.fail(codes::E0207, ty.span, "a list of what?", "write `list<string>`");
            };
            return Ok(Type::list(self.type_ref(argument)?));
        }
        if let (Some(found), None) = (Type::from_name(&ty.name.text), &ty.argument) {
            return Ok(found);
        }
        let help = match nearest(&ty.name.text, TYPES.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("types are {}", TYPES.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(" ")),
        };
        self.fail(codes::E0207, ty.span, format!("`{}` is no type", self.text(ty.span)), help)
    }

    /// A constant of a type, as a value.
    pub(super) fn constant(&mut self, ast: &ast::Expr, ty: &Type) -> Res<Value> {
        let mut scope = Scope::constant();
        if let (ast::ExprKind::Array(items), Type::List(inner)) = (&ast.kind, ty) {
            let values: Vec<Res<Value>> = items.iter().map(|i| self.constant(i, inner)).collect();
            return Ok(Value::List(values.into_iter().collect::<Res<_>>()?));
        }
        let expr = self.item(&mut scope, ast, Some(ty))?;
        self.constant_of(&expr, ty)
    }

    /// The value of a constant expression, brought to a type.
    pub(super) fn constant_of(&mut self, expr: &Expr, ty: &Type) -> Res<Value> {
        let value = match (&expr.kind, ty) {
            (ExprKind::Const(Value::Int(n)), Type::Float) => Some(Value::Float(*n as f64)),
            (ExprKind::Const(Value::Ip(ip)), Type::Cidr) => Some(Value::Net(IpNet::from(*ip))),
            (ExprKind::Const(value @ Value::Net(_)), Type::Ip) => Some(value.clone()),
            (ExprKind::Const(value), ty) if expr.ty == *ty || *ty == Type::Json => Some(value.clone()),
            (ExprKind::Const(value @ Value::Str(_)), ty) if ty.is_text() && expr.ty.is_text() => Some(value.clone()),
            _ => None,
        };
        let text = self.text(expr.span);
        value.map_or_else(
            || {
                let message = match expr.kind {
                    ExprKind::Const(_) => format!("`{text}` is {}, and {ty} is wanted", expr.ty),
                    _ => format!("`{text}` is no constant"),
                };
                self.fail(codes::E0313, expr.span, message, format!("write a constant of type {ty}"))
            },
            Ok,
        )
    }
}
