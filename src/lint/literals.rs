//! A condition as a list of conditions that must all hold, each as it is or negated.

use crate::check::model::{Expr, ExprKind};
use crate::value::Truth;

use super::judge::Supposed;

/// A condition, or its negation.
#[derive(Clone, Copy)]
pub(super) struct Literal<'a> {
    pub expr: &'a Expr,
    pub negated: bool,
}

impl<'a> Literal<'a> {
    /// What it comes to under a supposition.
    pub(super) fn truth(&self, supposed: &Supposed<'a>) -> Option<Truth> {
        let truth = supposed.truth(self.expr)?;
        Some(if self.negated { truth.not() } else { truth })
    }

    /// The conditions of which one at least must hold, where it is such a choice.
    pub(super) fn branches(&self) -> Vec<Literal<'a>> {
        let negated = self.negated;
        let parts = match (&self.expr.kind, negated) {
            (ExprKind::Or(parts), false) | (ExprKind::And(parts), true) => parts.as_slice(),
            (ExprKind::AtLeast(_, parts), false) => parts.as_slice(),
            (ExprKind::Coalesce(first, _), _) => std::slice::from_ref(&**first),
            _ => &[],
        };
        parts.iter().map(|expr| Literal { expr, negated }).collect()
    }
}

/// What must all hold for a condition (or its negation) to hold.
pub(super) fn literals<'a>(expr: &'a Expr, negated: bool, out: &mut Vec<Literal<'a>>) {
    match (&expr.kind, negated) {
        (ExprKind::And(parts), false) | (ExprKind::Or(parts), true) => {
            parts.iter().for_each(|p| literals(p, negated, out));
        }
        (ExprKind::AtLeast(n, parts), false) if *n as usize == parts.len() => {
            parts.iter().for_each(|p| literals(p, negated, out));
        }
        (ExprKind::Not(inner), _) => literals(inner, !negated, out),
        _ => out.push(Literal { expr, negated }),
    }
}
