//! Values of a test's events: constants, objects, lists, and arithmetic over the names of `repeat`.

use std::collections::BTreeMap;

use crate::check::model::{BinderId, Expr, ExprKind};
use crate::value::{Arena, Val, Value};

/// What the names of the `repeat`s around an event stand for in this round.
pub type Names = BTreeMap<BinderId, Value>;

/// The value of an expression in a test; what has none is `null`.
pub fn value(e: &Expr, names: &Names) -> Value {
    match &e.kind {
        ExprKind::Const(v) => v.clone(),
        ExprKind::Caseless(s) => Value::Str(s.clone()),
        ExprKind::Element(binder, _) => names.get(binder).cloned().unwrap_or(Value::Null),
        ExprKind::ListOf(items) => Value::List(items.iter().map(|i| value(i, names)).collect()),
        ExprKind::Object(fields) => Value::Object(fields.iter().map(|(k, v)| (k.clone(), value(v, names))).collect()),
        ExprKind::Coalesce(a, b) => match value(a, names) {
            Value::Null => value(b, names),
            there => there,
        },
        ExprKind::Call(function, args) => {
            let args: Vec<Value> = args.iter().map(|a| value(a, names)).collect();
            let arena = Arena::new();
            let vals: Vec<Val<'_>> = args.iter().map(|v| Val::from_value(v, &arena)).collect();
            (function.eval)(&vals, &arena).to_value().unwrap_or(Value::Null)
        }
        _ => Value::Null,
    }
}
