//! Walking typed expressions.

use super::model::{Expr, ExprKind, ProfileQuestion};

impl Expr {
    /// Calls `f` with this expression and everything within it, outer before inner.
    pub fn visit(&self, f: &mut dyn FnMut(&Expr)) {
        f(self);
        self.children(&mut |child| child.visit(f));
    }

    /// Calls `f` with each expression right within this one, in the order of the text.
    pub fn children(&self, f: &mut dyn FnMut(&Expr)) {
        match &self.kind {
            ExprKind::Const(_)
            | ExprKind::Caseless(_)
            | ExprKind::Regex(..)
            | ExprKind::Attr(_)
            | ExprKind::Element(..)
            | ExprKind::List(_)
            | ExprKind::Param(_)
            | ExprKind::Space(_) => {}
            ExprKind::Part(inner, _) | ExprKind::Not(inner) | ExprKind::Has(inner) => f(inner),
            ExprKind::Range(a, b) | ExprKind::Op(_, a, b) | ExprKind::Coalesce(a, b) => {
                f(a);
                f(b);
            }
            ExprKind::ListOf(items)
            | ExprKind::Call(_, items)
            | ExprKind::Aggregate(_, items, _)
            | ExprKind::And(items)
            | ExprKind::Or(items)
            | ExprKind::AtLeast(_, items) => items.iter().for_each(f),
            ExprKind::Object(fields) => fields.iter().for_each(|(_, value)| f(value)),
            ExprKind::Profile(_, question) => {
                if let ProfileQuestion::New(_, Some(values)) = question {
                    values.iter().for_each(f);
                }
            }
            ExprKind::Quantified { sources, body, .. } => {
                sources.iter().for_each(&mut *f);
                f(body);
            }
        }
    }
}
