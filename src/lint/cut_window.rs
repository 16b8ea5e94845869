//! A threshold over a window that is cut at fixed times: what falls on both sides of a cut is missed.

use super::{Cx, Lint, page};
use crate::check::model::{Expr, ExprKind, When};
use crate::diag::{Diagnostic, Level};
use crate::value::time::duration_text;

/// A threshold over a window that is cut at fixed times.
pub static LINT: Lint = Lint {
    name: "cut-window",
    title: "a threshold over a window that is cut at fixed times",
    page: page!("cut-window"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for finding in &cx.model.findings {
        let (Some(When::Condition(condition)), Some(window)) = (&finding.when, &finding.window) else { continue };
        if window.tumbling && grows(condition) {
            let length = duration_text(window.length);
            out.push(
                LINT.at(window.span, "what falls on both sides of a cut is missed")
                    .help(format!("a sliding window finds all that this finds, and that too: `within {length}`")),
            );
        }
    }
    out
}

/// Whether more events cannot make the condition false.
fn grows(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::AtLeast(_, parts) => parts.iter().all(grows),
        ExprKind::Aggregate(which, ..) => which.name == "seen",
        ExprKind::Op(op, a, b) => {
            let constant = |e: &Expr| matches!(e.kind, ExprKind::Const(_) | ExprKind::Param(_));
            match (&a.kind, &b.kind) {
                (ExprKind::Aggregate(which, ..), _) if constant(b) => rises(which.name, op.name, ">=", ">"),
                (_, ExprKind::Aggregate(which, ..)) if constant(a) => rises(which.name, op.name, "<=", "<"),
                _ => false,
            }
        }
        _ => false,
    }
}

fn rises(aggregate: &str, op: &str, least: &str, more: &str) -> bool {
    match aggregate {
        "count" | "distinct" | "max" | "speed" => op == least || op == more,
        "min" => !(op == least || op == more) && matches!(op, "<" | "<=" | ">" | ">="),
        _ => false,
    }
}
