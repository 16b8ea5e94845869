//! The few values that stand for all that something may have, seen by given conditions: the words of an enum; around
//! every number that it is compared with; the texts that it is compared with and one more; the ends of networks.

use std::net::IpAddr;

use crate::check::model::{Expr, ExprKind};
use crate::value::{Time, Type, Value};

use super::same::same;

/// More values than this are not tried; a rule with such lists is no slip of the hand.
const MAX_VALUES: usize = 256;

/// A text that no rule compares with.
const OTHER_TEXT: &str = "\u{1}another";

/// Addresses of every special range and of none.
const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.0.1",
    "8.8.8.8",
    "198.51.100.1",
    "224.0.0.1",
    "0.0.0.0",
    "::1",
    "fd00::1",
    "fe80::1",
    "2600::1",
    "ff02::1",
    "::",
];

/// The things within a condition that may have one value or another: attributes, elements, calls and aggregates of
/// them, outermost first. What stands for several values at once (`x[]`) is none.
pub(super) fn subjects<'a>(expr: &'a Expr, out: &mut Vec<&'a Expr>) {
    use crate::value::json::Step;
    let single = match &expr.kind {
        ExprKind::Attr(a) => !a.steps.contains(&Step::Each),
        ExprKind::Element(_, steps) | ExprKind::Part(_, steps) => !steps.contains(&Step::Each),
        ExprKind::Call(..) | ExprKind::Aggregate(..) => !matches!(expr.ty, Type::List(_)),
        _ => false,
    };
    if single && !out.iter().any(|s| same(s, expr)) {
        out.push(expr);
    }
    children(expr, &mut |child| subjects(child, out));
}

/// Each expression right within one, but for the bodies of quantifiers, which are about something else.
pub(super) fn children<'a>(expr: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        ExprKind::Part(inner, _) | ExprKind::Not(inner) | ExprKind::Has(inner) => f(inner),
        ExprKind::Range(a, b) | ExprKind::Op(_, a, b) | ExprKind::Coalesce(a, b) => {
            f(a);
            f(b);
        }
        ExprKind::ListOf(items)
        | ExprKind::Call(_, items)
        | ExprKind::And(items)
        | ExprKind::Or(items)
        | ExprKind::AtLeast(_, items) => items.iter().for_each(f),
        _ => {}
    }
}

/// Values that stand for all that `subject` may have as far as `conditions` can tell them apart (absence not among
/// them); `None` if such a set is not known, as where a text is searched.
pub(super) fn values(subject: &Expr, conditions: &[&Expr]) -> Option<Vec<Value>> {
    let mut out = match &subject.ty {
        Type::Enum(words) => words.iter().map(|w| Value::str(w.as_str())).collect(),
        Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
        ty => {
            let mut seen = Seen::default();
            for condition in conditions {
                seen.condition(condition, subject)?;
            }
            seen.values(ty)?
        }
    };
    if let Some(least) = least(subject) {
        out.retain(|v| !matches!(v, Value::Int(n) if *n < least));
    }
    (!out.is_empty() && out.len() <= MAX_VALUES).then_some(out)
}

/// The only values under which one condition can hold, if it says so: `x == 1`, `x in ["a", "b"]`, or several of
/// them with `or`.
pub(super) fn pinned(subject: &Expr, condition: &Expr) -> Option<Vec<Value>> {
    let constant = |e: &Expr| match &e.kind {
        ExprKind::Const(v) if !matches!(v, Value::Net(_)) => Some(v.clone()),
        _ => None,
    };
    let out = match &condition.kind {
        ExprKind::Op(op, a, b) if op.name == "==" && same(a, subject) => vec![constant(b)?],
        ExprKind::Op(op, a, b) if op.name == "==" && same(b, subject) => vec![constant(a)?],
        ExprKind::Op(op, a, b) if op.name == "in" && same(a, subject) => match &b.kind {
            ExprKind::ListOf(items) => items.iter().map(constant).collect::<Option<Vec<_>>>()?,
            _ => return None,
        },
        ExprKind::Or(parts) => {
            let all: Option<Vec<Vec<Value>>> = parts.iter().map(|p| pinned(subject, p)).collect();
            all?.concat()
        }
        ExprKind::And(parts) => parts.iter().find_map(|p| pinned(subject, p))?,
        _ => return None,
    };
    (out.len() <= MAX_VALUES).then_some(out)
}

/// What something can never be below.
fn least(subject: &Expr) -> Option<i64> {
    match &subject.kind {
        // An event is at hand when the window is asked.
        ExprKind::Aggregate(a, args, None) if a.name == "count" && args.is_empty() => Some(1),
        ExprKind::Aggregate(a, ..) if matches!(a.name, "count" | "distinct") => Some(0),
        ExprKind::Call(f, _) if matches!(f.name, "len" | "labels") => Some(0),
        _ => None,
    }
}

/// What a subject is compared with.
#[derive(Default)]
struct Seen {
    constants: Vec<Value>,
    ordered: bool,
}

impl Seen {
    /// Notes what the subject meets in a condition; `None` if it meets something that values cannot stand for.
    fn condition(&mut self, expr: &Expr, subject: &Expr) -> Option<()> {
        if let ExprKind::Op(op, a, b) = &expr.kind {
            // `x ?? d` meets what `x` would meet, and so does `d`.
            let default = |side: &Expr| match &side.kind {
                ExprKind::Coalesce(first, default) if same(first, subject) => Some(default.clone()),
                _ => None,
            };
            let (left, right) = (default(a), default(b));
            let other = if same(a, subject) || left.is_some() {
                b
            } else if same(b, subject) || right.is_some() {
                a
            } else {
                return self.within(expr, subject);
            };
            for default in [left, right].iter().flatten() {
                self.constants(default)?;
            }
            if mentions(other, subject) {
                return None;
            }
            match op.name {
                "==" | "differs from" | "in" => {}
                "<" | "<=" | ">" | ">=" => self.ordered = true,
                _ => return None,
            }
            return self.constants(other);
        }
        if let ExprKind::Coalesce(a, b) = &expr.kind
            && same(a, subject)
        {
            return self.constants(b);
        }
        self.within(expr, subject)
    }

    fn within(&mut self, expr: &Expr, subject: &Expr) -> Option<()> {
        let mut fine = Some(());
        children(expr, &mut |child| {
            let inner = match &child.kind {
                _ if same(child, subject) && !matches!(expr.kind, ExprKind::Has(_)) => None,
                _ => self.condition(child, subject),
            };
            fine = fine.and(inner);
        });
        fine
    }

    fn constants(&mut self, expr: &Expr) -> Option<()> {
        match &expr.kind {
            ExprKind::Const(value) => self.constants.push(value.clone()),
            ExprKind::ListOf(items) => items.iter().try_for_each(|i| self.constants(i))?,
            ExprKind::Range(a, b) => {
                self.ordered = true;
                self.constants(a)?;
                self.constants(b)?;
            }
            ExprKind::Space(_) => {}
            // A list of the deployment, a parameter: undecided whatever the value is.
            ExprKind::List(_) | ExprKind::Param(_) => {}
            _ => return None,
        }
        Some(())
    }

    fn values(self, ty: &Type) -> Option<Vec<Value>> {
        let mut out = Vec::new();
        match ty {
            Type::Ip => out.extend(ADDRESSES.iter().filter_map(|a| a.parse().ok()).map(Value::Ip)),
            Type::String | Type::Domain | Type::Arn | Type::Hash if !self.ordered => out.push(Value::str(OTHER_TEXT)),
            Type::Int | Type::Float | Type::Duration | Type::Time if !self.constants.is_empty() => {}
            _ => return None,
        }
        for constant in &self.constants {
            out.extend(around(constant, ty)?);
        }
        Some(out)
    }
}

/// A constant and its neighbours.
fn around(constant: &Value, ty: &Type) -> Option<Vec<Value>> {
    let three = |n: i64| [n.saturating_sub(1), n, n.saturating_add(1)];
    Some(match (constant, ty) {
        (Value::Int(n), Type::Int) => three(*n).map(Value::Int).to_vec(),
        (Value::Int(n), Type::Float) => [-0.5, 0.0, 0.5].map(|d| Value::Float(*n as f64 + d)).to_vec(),
        (Value::Float(x), Type::Float) => {
            vec![Value::Float(x.next_down()), Value::Float(*x), Value::Float(x.next_up())]
        }
        // The integers right below and above; a float that large is no limit of a rule.
        (Value::Float(x), Type::Int) if x.abs() < 1e15 => {
            vec![Value::Int(x.floor() as i64), Value::Int(x.floor() as i64 + 1), Value::Int(x.ceil() as i64 - 1)]
        }
        (Value::Duration(n), Type::Duration) => three(*n).map(Value::Duration).to_vec(),
        (Value::Time(t), Type::Time) => three(t.0).map(|n| Value::Time(Time(n))).to_vec(),
        (Value::Str(_), Type::String | Type::Domain | Type::Arn | Type::Hash) => vec![constant.clone()],
        (Value::Ip(ip), Type::Ip) => vec![Value::Ip(*ip)],
        (Value::Net(net), Type::Ip) => {
            let (first, last) = (net.network(), net.broadcast());
            let ends = [Some(first), Some(last), step(first, false), step(last, true)];
            ends.into_iter().flatten().map(Value::Ip).collect()
        }
        _ => return None,
    })
}

/// The address right after or before one.
fn step(ip: IpAddr, up: bool) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(v4) => {
            let n = u32::from(v4);
            let n = if up { n.checked_add(1) } else { n.checked_sub(1) };
            n.map(|n| IpAddr::V4(n.into()))
        }
        IpAddr::V6(v6) => {
            let n = u128::from(v6);
            let n = if up { n.checked_add(1) } else { n.checked_sub(1) };
            n.map(|n| IpAddr::V6(n.into()))
        }
    }
}

/// Whether a condition reads the subject.
pub(super) fn mentions(expr: &Expr, subject: &Expr) -> bool {
    let mut found = same(expr, subject);
    children(expr, &mut |child| found = found || mentions(child, subject));
    found
}

/// Whether a condition asks what the subject's absence means: `has x`, `x ?? …`.
pub(super) fn asks_absence(expr: &Expr, subject: &Expr) -> bool {
    let mut found = match &expr.kind {
        ExprKind::Has(inner) | ExprKind::Coalesce(inner, _) => mentions(inner, subject),
        _ => false,
    };
    children(expr, &mut |child| found = found || asks_absence(child, subject));
    found
}
