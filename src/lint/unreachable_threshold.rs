//! A threshold that can never be reached: more different values than there are, a volume that never has a usual.

use super::domain::pinned;
use super::judge::Supposed;
use super::same::same;
use super::{Cx, Lint, page};
use crate::check::model::{Expr, ExprKind, Finding, ProfileQuestion, When};
use crate::diag::{Diagnostic, Level};
use crate::value::time::duration_text;
use crate::value::{Arena, Truth, Type, Val, Value};

/// A threshold that can never be reached.
pub static LINT: Lint = Lint {
    name: "unreachable-threshold",
    title: "a threshold that can never be reached",
    page: page!("unreachable-threshold"),
    level: Level::Warning,
    run,
};

/// What a volume needs before it says what is usual: so many whole buckets.
const USUAL_BUCKETS: i64 = 3;

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for finding in &cx.model.findings {
        if let Some(When::Condition(condition)) = &finding.when {
            look(cx, finding, condition, &mut out);
        }
    }
    out
}

fn look(cx: &Cx<'_>, finding: &Finding, expr: &Expr, out: &mut Vec<Diagnostic>) {
    match &expr.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::AtLeast(_, parts) => {
            parts.iter().for_each(|p| look(cx, finding, p, out));
        }
        ExprKind::Op(op, a, b) => {
            let (aggregate, bound, name) = match (&a.kind, &b.kind) {
                (ExprKind::Aggregate(..), _) => (a, b, op.name),
                (_, ExprKind::Aggregate(..)) => (b, a, flipped(op.name)),
                _ => return,
            };
            let needed = number(cx, bound).and_then(|n| match name {
                ">=" | "==" => Some(n.ceil()),
                ">" => Some(n.floor() + 1.0),
                _ => None,
            });
            if let Some((needed, (most, why))) = needed.zip(most(cx, finding, aggregate))
                && needed > most as f64
            {
                let message = format!("`{}` is never more than {most}", cx.sources.slice(aggregate.span));
                out.push(LINT.at(expr.span, message).here(why).help("ask for fewer, or count something that varies"));
            }
        }
        ExprKind::Profile(profile, ProfileQuestion::Surge { volume, .. }) => {
            let profile = &cx.model.profiles[profile.index()];
            let volume = &profile.volumes[*volume];
            if profile.remember / volume.every < USUAL_BUCKETS {
                let message = format!("`{}` never has a usual amount, so this never holds", volume.name);
                let (remember, every) = (duration_text(profile.remember), duration_text(volume.every));
                out.push(
                    LINT.at(expr.span, message)
                        .label(volume.span, format!("every {every}, and the profile remembers {remember}"))
                        .help(format!("remember at least {USUAL_BUCKETS} times as long as a bucket is")),
                );
            }
        }
        _ => {}
    }
}

fn flipped(op: &'static str) -> &'static str {
    match op {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

/// A constant, or the value of a parameter.
pub(super) fn number(cx: &Cx<'_>, expr: &Expr) -> Option<f64> {
    let value = match &expr.kind {
        ExprKind::Const(value) => value,
        ExprKind::Param(id) => &cx.model.params[id.index()].value,
        _ => return None,
    };
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    }
}

/// How many different values an aggregate counts at most in a group, if that is known, and why.
fn most(cx: &Cx<'_>, finding: &Finding, aggregate: &Expr) -> Option<(usize, String)> {
    let ExprKind::Aggregate(which, args, _) = &aggregate.kind else { return None };
    match args.as_slice() {
        [arg] if which.name == "distinct" => values(cx, finding, arg),
        _ => None,
    }
}

fn values(cx: &Cx<'_>, finding: &Finding, expr: &Expr) -> Option<(usize, String)> {
    let text = cx.sources.slice(expr.span);
    if finding.group.iter().flat_map(|g| g.keys.iter().flatten()).any(|key| same(key, expr)) {
        return Some((1, format!("all events of a group have the same `{text}`: it is the group's key")));
    }
    let mut input = None;
    expr.visit(&mut |e| {
        if let ExprKind::Attr(attr) = &e.kind {
            input = Some(attr.input);
        }
    });
    let condition = finding.inputs.get(input?)?.condition.as_ref();
    if let ExprKind::Call(_, args) = &expr.kind {
        return match args.iter().filter(|a| !matches!(a.kind, ExprKind::Const(_))).collect::<Vec<_>>().as_slice() {
            [arg] => values(cx, finding, arg),
            _ => None,
        };
    }
    let all: Vec<Value> = match &expr.ty {
        Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Type::Enum(words) => words.iter().map(|w| Value::str(w.as_str())).collect(),
        _ => {
            let mut pinned = pinned(expr, condition?)?;
            let mut different: Vec<Value> = Vec::new();
            pinned.retain(|v| {
                !different.contains(v) && {
                    different.push(v.clone());
                    true
                }
            });
            return Some((pinned.len(), format!("`where` leaves it {}", told(pinned.len()))));
        }
    };
    let arena = Arena::new();
    let possible = |value: &&Value| {
        let supposed = Supposed { subject: expr, value: Val::from_value(value, &arena), arena: &arena };
        condition.is_none_or(|c| supposed.truth(c) != Some(Truth::False))
    };
    let left = all.iter().filter(possible).count();
    let why =
        if left < all.len() { format!("`where` leaves it {}", told(left)) } else { format!("it has {}", told(left)) };
    Some((left, why))
}

fn told(n: usize) -> String {
    format!("{n} value{}", if n == 1 { "" } else { "s" })
}
