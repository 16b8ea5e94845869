//! Whether two expressions say the same, wherever they stand and whatever their bound elements are called.

use crate::check::model::{BinderId, Expr, ExprKind, ProfileQuestion};

/// Whether two expressions say the same.
pub(super) fn same(a: &Expr, b: &Expr) -> bool {
    Same::default().exprs(a, b)
}

/// A comparison that pairs bound elements as it meets them.
#[derive(Default)]
pub(super) struct Same {
    pairs: Vec<(BinderId, BinderId)>,
}

impl Same {
    /// Holds two bound elements for the same from now on.
    pub(super) fn pair(&mut self, a: BinderId, b: BinderId) {
        self.pairs.push((a, b));
    }

    fn all(&mut self, a: &[Expr], b: &[Expr]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.exprs(a, b))
    }

    /// Whether two expressions say the same.
    pub(super) fn exprs(&mut self, a: &Expr, b: &Expr) -> bool {
        use ExprKind as K;
        match (&a.kind, &b.kind) {
            (K::Const(a), K::Const(b)) => a == b,
            (K::Caseless(a), K::Caseless(b)) => a == b,
            (K::Regex(a, i), K::Regex(b, j)) => a == b && i == j,
            (K::Attr(a), K::Attr(b)) => a == b,
            (K::Element(a, path), K::Element(b, other)) => {
                let paired = self.pairs.iter().rev().find(|(x, y)| x == a || y == b);
                path == other && paired.map_or(a == b, |pair| *pair == (*a, *b))
            }
            (K::Part(a, path), K::Part(b, other)) => path == other && self.exprs(a, b),
            (K::Space(a), K::Space(b)) => a == b,
            (K::List(a), K::List(b)) => a == b,
            (K::Param(a), K::Param(b)) => a == b,
            (K::ListOf(a), K::ListOf(b)) | (K::And(a), K::And(b)) | (K::Or(a), K::Or(b)) => self.all(a, b),
            (K::Range(a, x), K::Range(b, y)) | (K::Coalesce(a, x), K::Coalesce(b, y)) => {
                self.exprs(a, b) && self.exprs(x, y)
            }
            (K::Op(o, a, x), K::Op(p, b, y)) => o == p && self.exprs(a, b) && self.exprs(x, y),
            (K::Call(f, a), K::Call(g, b)) => f == g && self.all(a, b),
            (K::Aggregate(f, a, i), K::Aggregate(g, b, j)) => f == g && i == j && self.all(a, b),
            (K::AtLeast(n, a), K::AtLeast(m, b)) => n == m && self.all(a, b),
            (K::Not(a), K::Not(b)) | (K::Has(a), K::Has(b)) => self.exprs(a, b),
            (K::Profile(p, a), K::Profile(q, b)) => p == q && self.questions(a, b),
            (
                K::Quantified { quantifier: q, binder: x, sources: a, body: t, .. },
                K::Quantified { quantifier: r, binder: y, sources: b, body: u, .. },
            ) => {
                if q != r || !self.all(a, b) {
                    return false;
                }
                self.pairs.push((*x, *y));
                let same = self.exprs(t, u);
                self.pairs.pop();
                same
            }
            _ => false,
        }
    }

    fn questions(&mut self, a: &ProfileQuestion, b: &ProfileQuestion) -> bool {
        match (a, b) {
            (ProfileQuestion::New(a, x), ProfileQuestion::New(b, y)) => {
                a == b
                    && match (x, y) {
                        (None, None) => true,
                        (Some(x), Some(y)) => self.all(x, y),
                        _ => false,
                    }
            }
            (
                ProfileQuestion::Surge { volume: a, sigma: s, floor: f },
                ProfileQuestion::Surge { volume: b, sigma: t, floor: g },
            ) => a == b && s == t && f == g,
            (ProfileQuestion::Surprise(a), ProfileQuestion::Surprise(b)) => a == b,
            _ => false,
        }
    }
}
