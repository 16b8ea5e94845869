//! A condition that is always true or never.

use super::clauses::{Clause, clauses};
use super::domain::{asks_absence, subjects, values};
use super::judge::Supposed;
use super::literals::{Literal, literals};
use super::same::same;
use super::{Cx, Lint, page};
use crate::check::model::{Expr, ExprKind};
use crate::diag::{Diagnostic, Level};
use crate::schema::{Kind, Presence};
use crate::value::{Arena, Truth, Type, Val, Value};

/// A condition that is always true or never.
pub static LINT: Lint = Lint {
    name: "constant-condition",
    title: "a condition that is always true or never",
    page: page!("constant-condition"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for clause in clauses(cx.model) {
        check(cx, &clause, clause.expr, &mut out);
    }
    out
}

/// Looks at a condition from the outside in; what is told of a whole is not told of its parts.
fn check(cx: &Cx<'_>, clause: &Clause<'_>, expr: &Expr, out: &mut Vec<Diagnostic>) {
    let told = match &expr.kind {
        ExprKind::And(parts) => return parts.iter().for_each(|p| check(cx, clause, p, out)),
        ExprKind::Not(inner) => return check(cx, clause, inner, out),
        ExprKind::Quantified { body, .. } => return check(cx, clause, body, out),
        ExprKind::Or(parts) => {
            let always = complementary(parts) || constant(expr) == Some(true);
            if !always {
                return parts.iter().for_each(|p| check(cx, clause, p, out));
            }
            Some((true, "one of them always holds"))
        }
        ExprKind::AtLeast(n, parts) => match *n as usize {
            0 => Some((true, "none of them need hold")),
            n if n > parts.len() => Some((false, "there are not that many")),
            _ => return parts.iter().for_each(|p| check(cx, clause, p, out)),
        },
        ExprKind::Has(inner) => always_there(cx, clause, inner).then_some((true, "every event of the kind has it")),
        ExprKind::Op(_, left, right) if same(left, right) && !left_is_constant(left) => {
            return out.push(
                LINT.at(expr.span, "a value is compared with itself")
                    .help("compare it with another; whether it is there says `has x`"),
            );
        }
        _ => constant(expr).map(|b| (b, "")),
    };
    if let Some((always, why)) = told {
        let message = if always { "this is always true" } else { "this never holds" };
        let help = if always { "leave it out, or ask what was meant" } else { "ask what was meant" };
        out.push(LINT.at(expr.span, message).here(why).help(help));
    }
}

fn left_is_constant(left: &Expr) -> bool {
    matches!(left.kind, ExprKind::Const(_))
}

/// Whether one of the parts is another one's negation.
fn complementary(parts: &[Expr]) -> bool {
    let mut all: Vec<Literal<'_>> = Vec::new();
    for part in parts {
        let mut one = Vec::new();
        literals(part, false, &mut one);
        if let [literal] = one.as_slice() {
            if all.iter().any(|l| l.negated != literal.negated && same(l.expr, literal.expr)) {
                return true;
            }
            all.push(*literal);
        }
    }
    false
}

/// Whether every source carries the attribute anyway.
fn always_there(cx: &Cx<'_>, clause: &Clause<'_>, expr: &Expr) -> bool {
    let ExprKind::Attr(attr) = &expr.kind else { return false };
    let Some(input) = clause.inputs.get(attr.input) else { return false };
    let kind = Kind { class: attr.class, source: input.kind.source };
    attr.steps.is_empty() && cx.vocabulary.presence(kind, attr.attr) == Presence::Always
}

/// What a condition comes to whatever the events say, as far as they have what it reads.
fn constant(expr: &Expr) -> Option<bool> {
    if let Some(always) = trivial_pattern(expr) {
        return Some(always);
    }
    let arena = Arena::new();
    let mut things = Vec::new();
    subjects(expr, &mut things);
    if things.is_empty() {
        // Constants alone: anything may be supposed of what is not in it.
        let nothing = Expr { kind: ExprKind::Const(Value::Null), ty: Type::Json, span: expr.span };
        let supposed = Supposed { subject: &nothing, value: Val::Absent, arena: &arena };
        return supposed.truth(expr).map(Truth::holds);
    }
    things.into_iter().find_map(|subject| {
        let mut tried = values(subject, &[expr])?;
        if asks_absence(expr, subject) {
            tried.push(Value::Null);
        }
        let mut truths = tried.iter().map(|value| {
            Supposed { subject, value: Val::from_value(value, &arena), arena: &arena }.truth(expr).map(Truth::holds)
        });
        let first = truths.next()??;
        truths.all(|t| t == Some(first)).then_some(first)
    })
}

/// `contains ""`, `like "*"`.
fn trivial_pattern(expr: &Expr) -> Option<bool> {
    let ExprKind::Op(op, _, right) = &expr.kind else { return None };
    let (ExprKind::Const(Value::Str(text)) | ExprKind::Caseless(text)) = &right.kind else { return None };
    match op.name {
        "contains" | "startswith" | "endswith" if text.is_empty() => Some(true),
        "like" if !text.is_empty() && text.bytes().all(|b| b == b'*') => Some(true),
        _ => None,
    }
}
