//! Conditions that no further event can make false within their window (the law, section 3).

use outguard::check::model::{Expr, ExprKind};

/// Whether a `when` is monotone by its form.
pub fn is_monotone(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::AtLeast(_, parts) => parts.iter().all(is_monotone),
        ExprKind::Aggregate(aggregate, ..) => aggregate.name == "seen",
        ExprKind::Op(op, l, r) => {
            let constant = matches!(r.kind, ExprKind::Const(_) | ExprKind::Param(_));
            let ExprKind::Aggregate(aggregate, ..) = &l.kind else { return false };
            constant
                && match aggregate.name {
                    "count" | "distinct" | "max" | "speed" => matches!(op.name, ">=" | ">"),
                    "min" => matches!(op.name, "<=" | "<"),
                    _ => false,
                }
        }
        _ => false,
    }
}
