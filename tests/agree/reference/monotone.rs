//! Conditions that no further event can make false within their window (the law, section 3).

use outguard::check::model::{Expr, ExprKind};

/// Whether a `when` is monotone by its form.
pub fn is_monotone(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::AtLeast(_, parts) => parts.iter().all(is_monotone),
        ExprKind::Aggregate(aggregate, ..) => aggregate.name == "seen",
        ExprKind::Op(op, l, r) => match (&l.kind, &r.kind) {
            (ExprKind::Aggregate(aggregate, ..), _) if is_constant(r) => grows(aggregate.name, op.name),
            (_, ExprKind::Aggregate(aggregate, ..)) if is_constant(l) => {
                let flipped = match op.name {
                    "<" => ">",
                    "<=" => ">=",
                    ">" => "<",
                    ">=" => "<=",
                    other => other,
                };
                grows(aggregate.name, flipped)
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_constant(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Const(_) | ExprKind::Param(_))
}

/// Whether an aggregate, compared with a constant, can only become true.
fn grows(aggregate: &str, operator: &str) -> bool {
    match aggregate {
        "count" | "distinct" | "max" | "speed" => matches!(operator, ">=" | ">"),
        "min" => matches!(operator, "<=" | "<"),
        _ => false,
    }
}
