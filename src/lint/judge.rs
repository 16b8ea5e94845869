//! What a condition comes to if one of the things that it reads has a given value: true, false, unknown (absence is
//! said to be so), or undecided, because something else plays a part. It asks the operators themselves.

use crate::check::model::{AddressSpace, Expr, ExprKind};
use crate::ops::{Eval, compare, member, nets, words};
use crate::value::{Arena, Truth, Val, Value};

use super::same::same;

/// The largest compiled regex that is tried here, in bytes; the checker allows no larger.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// What is read (an attribute, an element, a call of them) and the value that it is thought to have.
#[derive(Clone, Copy)]
pub(super) struct Supposed<'a> {
    pub subject: &'a Expr,
    pub value: Val<'a>,
    pub arena: &'a Arena,
}

impl<'a> Supposed<'a> {
    /// What the condition comes to; `None` if something else plays a part.
    pub(super) fn truth(&self, expr: &'a Expr) -> Option<Truth> {
        match &expr.kind {
            ExprKind::Not(inner) => self.truth(inner).map(Truth::not),
            ExprKind::And(parts) => self.decided(parts, Truth::False, Truth::and),
            ExprKind::Or(parts) => self.decided(parts, Truth::True, Truth::or),
            ExprKind::AtLeast(n, parts) => {
                let all: Vec<Option<Truth>> = parts.iter().map(|p| self.truth(p)).collect();
                let count = |truth| all.iter().filter(|t| **t == Some(truth)).count();
                let (n, sure, not) = (*n as usize, count(Truth::True), count(Truth::False));
                if sure >= n {
                    Some(Truth::True)
                } else if parts.len() - not < n {
                    Some(Truth::False)
                } else if all.contains(&None) {
                    None
                } else {
                    Some(Truth::Unknown)
                }
            }
            ExprKind::Has(inner) => same(inner, self.subject).then(|| Truth::from(!self.value.is_absent())),
            ExprKind::Op(op, left, right) => match op.eval {
                Eval::Pair(eval) => match &right.kind {
                    ExprKind::Caseless(lower) => caseless(op.name, self.value(left)?, lower),
                    _ => Some(eval(self.value(left)?, self.value(right)?)),
                },
                Eval::Member => self.member(self.value(left)?, right),
                Eval::Under => self.under(self.value(left)?, right),
                Eval::Regex => self.matches(self.value(left)?, right),
            },
            _ => match self.value(expr)? {
                Val::Bool(b) => Some(Truth::from(b)),
                Val::Absent => Some(Truth::Unknown),
                _ => None,
            },
        }
    }

    fn decided(&self, parts: &'a [Expr], settles: Truth, join: fn(Truth, Truth) -> Truth) -> Option<Truth> {
        let all: Vec<Option<Truth>> = parts.iter().map(|p| self.truth(p)).collect();
        if all.contains(&Some(settles)) {
            return Some(settles);
        }
        all.into_iter().reduce(|a, b| Some(join(a?, b?)))?
    }

    /// A value, if it is told by constants and the subject alone.
    pub(super) fn value(&self, expr: &'a Expr) -> Option<Val<'a>> {
        if same(expr, self.subject) {
            return Some(self.value);
        }
        match &expr.kind {
            ExprKind::Const(value) => Some(Val::from_value(value, self.arena)),
            ExprKind::Call(function, args) => {
                let args: Vec<Val<'a>> = args.iter().map(|a| self.value(a)).collect::<Option<_>>()?;
                Some((function.eval)(&args, self.arena))
            }
            ExprKind::Coalesce(first, second) => match self.value(first)? {
                Val::Absent => self.value(second),
                value => Some(value),
            },
            ExprKind::Op(..) | ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) | ExprKind::Has(_) => {
                Some(match self.truth(expr)? {
                    Truth::True => Val::Bool(true),
                    Truth::False => Val::Bool(false),
                    Truth::Unknown => Val::Absent,
                })
            }
            _ => None,
        }
    }

    fn member(&self, value: Val<'a>, right: &'a Expr) -> Option<Truth> {
        match &right.kind {
            ExprKind::ListOf(items) => {
                let all: Vec<Option<Truth>> = items.iter().map(|item| self.member(value, item)).collect();
                if all.contains(&Some(Truth::True)) {
                    return Some(Truth::True);
                }
                if value.is_absent() {
                    return Some(Truth::Unknown);
                }
                all.into_iter().try_fold(Truth::False, |a, b| Some(a.or(b?)))
            }
            ExprKind::Range(least, greatest) => {
                Some(member::in_range(value, self.value(least)?, self.value(greatest)?))
            }
            ExprKind::Space(AddressSpace::Private) => Some(nets::in_private(value)),
            ExprKind::Space(AddressSpace::Public) => Some(nets::in_public(value)),
            ExprKind::Caseless(lower) => Some(words::equal_caseless(value, lower)),
            ExprKind::Const(Value::Net(net)) => Some(member::in_net(value, *net)),
            ExprKind::Const(Value::List(items)) => {
                let items: Vec<Val<'a>> = items.iter().map(|v| Val::from_value(v, self.arena)).collect();
                Some(member::member(value, &items))
            }
            _ => Some(compare::equal(value, self.value(right)?)),
        }
    }

    fn under(&self, value: Val<'a>, right: &'a Expr) -> Option<Truth> {
        match &right.kind {
            ExprKind::ListOf(items) => {
                items.iter().try_fold(Truth::False, |acc, item| Some(acc.or(self.under(value, item)?)))
            }
            ExprKind::Const(Value::Str(parent)) => Some(member::under(value, parent)),
            _ => None,
        }
    }

    fn matches(&self, value: Val<'a>, right: &'a Expr) -> Option<Truth> {
        let ExprKind::Regex(pattern, caseless) = &right.kind else { return None };
        let regex =
            regex::RegexBuilder::new(pattern).case_insensitive(*caseless).size_limit(MAX_REGEX_BYTES).build().ok()?;
        match value {
            Val::Absent => Some(Truth::Unknown),
            Val::Str(s) => Some(Truth::from(regex.is_match(s))),
            _ => None,
        }
    }
}

fn caseless(op: &str, value: Val<'_>, lower: &str) -> Option<Truth> {
    Some(match op {
        "==" => words::equal_caseless(value, lower),
        "differs from" => words::equal_caseless(value, lower).not(),
        "contains" => words::contains_caseless(value, lower),
        "startswith" => words::startswith_caseless(value, lower),
        "endswith" => words::endswith_caseless(value, lower),
        "like" => words::like_caseless(value, lower),
        _ => return None,
    })
}
