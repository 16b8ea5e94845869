//! Which attributes are there whenever a condition holds: of each input and class, whole (steps into it aside).

use std::collections::BTreeSet;

use crate::check::model::{AttrRef, Expr, ExprKind, Input, Quantifier};
use crate::schema::{AttrId, ClassId, Kind, Presence, Vocabulary};
use crate::value::Value;
use crate::value::json::Step;

/// An attribute of an input, or a part of it.
pub(super) type Needed = (usize, ClassId, AttrId, Vec<Step>);

/// In which events an attribute is there, if not in all of those that have what is known.
pub(super) fn absent(
    vocabulary: &Vocabulary,
    inputs: &[Input],
    attr: &AttrRef,
    known: &BTreeSet<Needed>,
) -> Option<String> {
    let input = inputs.get(attr.input)?;
    if known.contains(&(attr.input, attr.class, attr.attr, attr.steps.clone())) {
        return None;
    }
    match vocabulary.presence(Kind { class: attr.class, source: input.kind.source }, attr.attr) {
        Presence::Always if attr.steps.is_empty() => None,
        Presence::When(when) if attr.steps.is_empty() => Some(when),
        _ => Some(String::new()),
    }
}

/// What is there whenever the condition is true.
pub(super) fn if_true(expr: &Expr) -> BTreeSet<Needed> {
    let mut out = BTreeSet::new();
    match &expr.kind {
        ExprKind::And(parts) => return union(parts.iter().map(if_true)),
        ExprKind::Or(parts) => return common(parts.iter().map(if_true)),
        ExprKind::AtLeast(n, parts) if *n as usize == parts.len() => return union(parts.iter().map(if_true)),
        ExprKind::AtLeast(..) => return out,
        ExprKind::Not(inner) => return if_false(inner),
        ExprKind::Coalesce(first, second) if matches!(second.kind, ExprKind::Const(Value::Bool(false))) => {
            return if_true(first);
        }
        ExprKind::Op(_, left, right) => {
            read(left, &mut out);
            read(right, &mut out);
        }
        ExprKind::Quantified { quantifier, sources, body, .. } => {
            if let [only] = sources.as_slice() {
                read(only, &mut out);
            }
            if *quantifier == Quantifier::Any {
                out.extend(if_true(body));
            }
        }
        ExprKind::Has(inner) => read(inner, &mut out),
        _ => read(expr, &mut out),
    }
    out
}

/// What is there whenever the condition is false, not merely unknown.
fn if_false(expr: &Expr) -> BTreeSet<Needed> {
    match &expr.kind {
        ExprKind::And(parts) => common(parts.iter().map(if_false)),
        ExprKind::Or(parts) => union(parts.iter().map(if_false)),
        ExprKind::Not(inner) => if_true(inner),
        ExprKind::Op(..) | ExprKind::Attr(_) => if_true(expr),
        _ => BTreeSet::new(),
    }
}

fn union(all: impl Iterator<Item = BTreeSet<Needed>>) -> BTreeSet<Needed> {
    all.flatten().collect()
}

fn common(all: impl Iterator<Item = BTreeSet<Needed>>) -> BTreeSet<Needed> {
    all.reduce(|a, b| a.intersection(&b).cloned().collect()).unwrap_or_default()
}

/// What must be there for a value to be there. The arguments of a call are: no function makes something of nothing.
fn read(expr: &Expr, out: &mut BTreeSet<Needed>) {
    match &expr.kind {
        ExprKind::Attr(AttrRef { input, class, attr, steps }) => {
            for n in 0..=steps.len() {
                out.insert((*input, *class, *attr, steps[..n].to_vec()));
            }
        }
        ExprKind::Part(inner, _) => read(inner, out),
        ExprKind::Call(_, args) => args.iter().for_each(|a| read(a, out)),
        _ => {}
    }
}
