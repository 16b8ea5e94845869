//! Two conditions that cannot both hold: the rule, branch or exception is dead.

use super::clauses::clauses;
use super::domain::{asks_absence, mentions, pinned, subjects, values};
use super::judge::Supposed;
use super::literals::{Literal, literals};
use super::same::same;
use super::{Cx, Lint, page};
use crate::check::model::{Expr, ExprKind};
use crate::diag::{Diagnostic, Level};
use crate::ops::member::domain_under;
use crate::value::{Arena, Truth, Val, Value};

/// Two conditions that cannot both hold.
pub static LINT: Lint = Lint {
    name: "contradiction",
    title: "two conditions that cannot both hold",
    page: page!("contradiction"),
    level: Level::Warning,
    run,
};

/// More conditions than this in one `and` are not held against each other.
const MAX_LITERALS: usize = 64;

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for clause in clauses(cx.model) {
        let mut known = Vec::new();
        clause.known.iter().for_each(|expr| literals(expr, false, &mut known));
        known.truncate(MAX_LITERALS);
        check(Literal { expr: clause.expr, negated: false }, &known, &mut out);
    }
    for finding in &cx.model.findings {
        let branches = &finding.severity.branches;
        for (i, (later, _)) in branches.iter().enumerate() {
            if let Some((first, _)) = branches[..i].iter().find(|(first, _)| same(first, later)) {
                let told = LINT.at(later.span, "this branch is never reached: the same condition stands before it");
                out.push(
                    told.label(first.span, "the first that holds decides")
                        .help("take the branch out, or ask what was meant"),
                );
            }
        }
    }
    out
}

/// Looks for conflicts within a condition, and between it and what is known, then within its branches.
fn check<'a>(whole: Literal<'a>, known: &[Literal<'a>], out: &mut Vec<Diagnostic>) {
    let mut own = Vec::new();
    literals(whole.expr, whole.negated, &mut own);
    own.truncate(MAX_LITERALS.saturating_sub(known.len()));
    if let Some((a, b)) = conflict(known, &own) {
        let message = "these two cannot both hold, so this never does";
        let mut diagnostic = LINT.at(b.expr.span, message).here(said(b)).label(a.expr.span, said(a));
        diagnostic = diagnostic.help("drop one of them, or write `or` between them if either will do");
        out.push(diagnostic);
        return;
    }
    for (i, literal) in own.iter().enumerate() {
        let others = own.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, l)| *l);
        let context: Vec<Literal<'a>> = known.iter().copied().chain(others).collect();
        for branch in literal.branches() {
            check(branch, &context, out);
        }
        if let ExprKind::Quantified { body, .. } = &literal.expr.kind {
            check(Literal { expr: body, negated: false }, &context, out);
        }
    }
}

fn said(literal: Literal<'_>) -> &'static str {
    if literal.negated { "this must not hold" } else { "this must hold" }
}

/// Two conditions, the second of them of `own`, that cannot both hold.
fn conflict<'a>(known: &[Literal<'a>], own: &[Literal<'a>]) -> Option<(Literal<'a>, Literal<'a>)> {
    let all: Vec<Literal<'a>> = known.iter().chain(own).copied().collect();
    for (i, &b) in own.iter().enumerate() {
        for &a in &all[..known.len() + i] {
            let opposite = a.negated != b.negated && same(a.expr, b.expr);
            if opposite || (!a.negated && !b.negated && apart(a.expr, b.expr)) {
                return Some((a, b));
            }
        }
    }
    let mut things = Vec::new();
    own.iter().for_each(|l| subjects(l.expr, &mut things));
    things.into_iter().find_map(|subject| over_values(subject, known.len(), &all))
}

/// Whether two texts, ends or parents cannot be had at once.
fn apart(a: &Expr, b: &Expr) -> bool {
    let (ExprKind::Op(op, x, v), ExprKind::Op(other, y, w)) = (&a.kind, &b.kind) else { return false };
    let (ExprKind::Const(Value::Str(v)), ExprKind::Const(Value::Str(w))) = (&v.kind, &w.kind) else { return false };
    let mut things = Vec::new();
    subjects(x, &mut things);
    if op != other || !things.first().is_some_and(|s| same(s, x)) || !same(x, y) {
        return false;
    }
    match op.name {
        "startswith" => !v.starts_with(&**w) && !w.starts_with(&**v),
        "endswith" => !v.ends_with(&**w) && !w.ends_with(&**v),
        "under" => {
            let bare = |s: &str| s.trim_start_matches("*.").to_owned();
            !domain_under(&bare(v), &bare(w)) && !domain_under(&bare(w), &bare(v))
        }
        _ => false,
    }
}

/// Tries every value that something may have.
fn over_values<'a>(subject: &'a Expr, known: usize, all: &[Literal<'a>]) -> Option<(Literal<'a>, Literal<'a>)> {
    let about: Vec<(usize, Literal<'a>)> =
        all.iter().copied().enumerate().filter(|(_, l)| mentions(l.expr, subject)).collect();
    let exprs: Vec<&Expr> = about.iter().map(|(_, l)| l.expr).collect();
    let pins = about.iter().filter(|(_, l)| !l.negated).find_map(|(_, l)| pinned(subject, l.expr));
    let pinned_down = pins.is_some();
    let mut tried = pins.or_else(|| values(subject, &exprs))?;
    if exprs.iter().any(|e| asks_absence(e, subject)) {
        tried.push(Value::Null);
    }
    let arena = Arena::new();
    // One row a condition: under which values it may hold.
    let rows: Vec<Vec<bool>> = about
        .iter()
        .map(|(_, literal)| {
            let may_hold = |value| {
                let supposed = Supposed { subject, value: Val::from_value(value, &arena), arena: &arena };
                matches!(literal.truth(&supposed), None | Some(Truth::True))
            };
            tried.iter().map(may_hold).collect()
        })
        .collect();
    let dead = |rows: &[&Vec<bool>]| (0..tried.len()).all(|i| rows.iter().any(|row| !row[i]));
    // One that never holds by itself is another lint's; of one value only, that says nothing.
    let alone = !pinned_down && rows.iter().any(|row| dead(&[row]));
    let before: Vec<&Vec<bool>> = about.iter().zip(&rows).filter(|((i, _), _)| *i < known).map(|(_, r)| r).collect();
    if alone || !dead(&rows.iter().collect::<Vec<_>>()) || (!before.is_empty() && dead(&before)) {
        return None;
    }
    let last = about.iter().zip(&rows).filter(|((i, _), _)| *i >= known);
    let pair = last
        .flat_map(|b| about.iter().zip(&rows).map(move |a| (a, b)))
        .find(|((a, r), (b, s))| a.0 != b.0 && dead(&[r, s]));
    match pair {
        Some(((a, _), (b, _))) if a.0 > b.0 && a.0 >= known => Some((b.1, a.1)),
        Some(((a, _), (b, _))) => Some((a.1, b.1)),
        // Three or more together: the first and the last of them.
        None => Some((about.first()?.1, about.last()?.1)),
    }
}
