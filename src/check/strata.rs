//! Findings that read findings: by name only where the read one reads findings itself, and never in a circle.
//!
//! A finding without `type == "…"` sees the findings that read logs; one that reads findings is seen only by who names
//! it. So the layers are: logs, then findings of logs, then what names those, and there is nothing to iterate.

use std::sync::Arc;

use super::Checker;
use super::model::{AttrRef, Expr, ExprKind, Finding, FindingId, Input, Model};
use crate::diag::{Diagnostic, codes};
use crate::ops;
use crate::schema::{ClassId, Vocabulary};
use crate::text::Span;
use crate::value::{Type, Value};

/// Whether an expression is the finding's whole type.
fn is_type(expr: &Expr, vocabulary: &Vocabulary, finding: ClassId) -> bool {
    matches!(&expr.kind, ExprKind::Attr(a)
        if a.class == finding && a.steps.is_empty() && vocabulary.attr(a.class, a.attr).name.as_ref() == "type")
}

/// The finding types that a condition names (not those that it rules out), and the first place that asks for a pattern
/// of them.
fn named(condition: &Expr, vocabulary: &Vocabulary, class: ClassId) -> (Vec<(Arc<str>, Span)>, Option<Span>) {
    let (mut names, mut pattern) = (Vec::new(), None);
    collect(condition, true, &|e| is_type(e, vocabulary, class), &mut names, &mut pattern);
    (names, pattern)
}

fn collect(
    e: &Expr,
    positive: bool,
    is_type: &dyn Fn(&Expr) -> bool,
    names: &mut Vec<(Arc<str>, Span)>,
    pattern: &mut Option<Span>,
) {
    let (op, a, b) = match &e.kind {
        ExprKind::Not(inner) => return collect(inner, !positive, is_type, names, pattern),
        ExprKind::Op(op, a, b) if is_type(a) || is_type(b) => (op, a, b),
        _ => return e.children(&mut |child| collect(child, positive, is_type, names, pattern)),
    };
    let other = if is_type(a) { b } else { a };
    let items = match (&other.kind, op.name) {
        (ExprKind::ListOf(items), "in") => items.as_slice(),
        (_, "==") => std::slice::from_ref(&**other),
        _ => &[],
    };
    for item in items.iter().filter(|_| positive) {
        if let ExprKind::Const(Value::Str(name)) = &item.kind {
            names.push((name.clone(), item.span));
        }
    }
    if items.is_empty() || items.iter().any(|i| !matches!(i.kind, ExprKind::Const(_))) {
        pattern.get_or_insert(e.span);
    }
}

impl<'a> Checker<'a> {
    pub(super) fn strata(&mut self, findings: &[Option<Finding>]) {
        let vocabulary = self.vocabulary;
        let Some(class) = vocabulary.class_named("finding") else { return };
        let mut reads: Vec<Vec<(FindingId, Span)>> = vec![Vec::new(); findings.len()];
        for (i, finding) in findings.iter().enumerate() {
            for input in finding.iter().flat_map(|f| &f.inputs) {
                if input.kind.class != class || input.kind.source.is_some() {
                    continue;
                }
                let Some(condition) = &input.condition else { continue };
                let (names, pattern) = named(condition, vocabulary, class);
                if let Some(span) = pattern {
                    let message = "findings are read by their whole type, not by a pattern";
                    let help = "write `type == \"…\"` or `type in […]`; parts are `type.purpose`, `type.resource`, `type.family`";
                    self.report(Diagnostic::error(codes::E0510, span, message).help(help));
                }
                for (name, span) in names {
                    if let Err(why) = crate::finding::FindingType::parse(&name) {
                        let help = "its form is `ThreatPurpose:ResourceType/ThreatFamily[.Mechanism][!Artifact]`";
                        self.report(Diagnostic::error(codes::E0215, span, why.to_string()).help(help));
                    } else if let Some(id) = self.names.by_type.get(&name) {
                        reads[i].push((*id, span));
                    }
                }
            }
        }
        let mut state = vec![0u8; findings.len()];
        for start in 0..findings.len() {
            self.circle(start, &reads, &mut state, &mut Vec::new());
        }
    }

    /// Depth first; 1: on the way, 2: done.
    fn circle(&mut self, at: usize, reads: &[Vec<(FindingId, Span)>], state: &mut [u8], way: &mut Vec<usize>) {
        if state[at] == 2 {
            return;
        }
        state[at] = 1;
        way.push(at);
        for (next, span) in &reads[at] {
            let next = next.index();
            if state[next] == 1 {
                let from = way.iter().position(|n| *n == next).unwrap_or(0);
                let name = |n: &usize| format!("`{}`", self.names.findings[*n].ty.text);
                let mut circle: Vec<String> = way[from..].iter().map(name).collect();
                circle.push(name(&next));
                let message = format!("these findings read each other: {}", circle.join(" reads "));
                self.report(
                    Diagnostic::error(codes::E0511, *span, message)
                        .help("a finding that stands on another is not below it; drop one"),
                );
            } else {
                self.circle(next, reads, state, way);
            }
        }
        way.pop();
        state[at] = 2;
    }
}

/// Whether a condition holds only of types that it names.
fn names_all(condition: &Expr, vocabulary: &Vocabulary, class: ClassId) -> bool {
    match &condition.kind {
        ExprKind::And(parts) => parts.iter().any(|p| names_all(p, vocabulary, class)),
        ExprKind::Op(op, a, _) => matches!(op.name, "==" | "in") && is_type(a, vocabulary, class),
        _ => false,
    }
}

/// How many layers of findings lie below each finding: 0 for one that reads logs, one more than the highest that it
/// names for one that reads findings.
#[must_use]
pub fn strata(model: &Model, vocabulary: &Vocabulary) -> Vec<u8> {
    let mut out = vec![0u8; model.findings.len()];
    let Some(class) = vocabulary.class_named("finding") else { return out };
    // The checker has found no circle: after as many rounds as there are findings nothing changes any more.
    for _ in 0..model.findings.len() {
        let before = out.clone();
        for (i, finding) in model.findings.iter().enumerate() {
            for input in finding.inputs.iter().filter(|i| i.kind.class == class && i.kind.source.is_none()) {
                let names = input.condition.as_ref().map(|c| named(c, vocabulary, class).0).unwrap_or_default();
                let below =
                    model.findings.iter().enumerate().filter(|(_, f)| names.iter().any(|n| *n.0 == *f.ty.as_str()));
                let highest = below.map(|(n, _)| before[n]).max().unwrap_or(0);
                out[i] = out[i].max(highest.saturating_add(1));
            }
        }
        if out == before {
            break;
        }
    }
    out
}

/// Makes the layers explicit: an input of findings that does not name its types gets `not type in [every finding that
/// reads findings and is not named here]`. So no finding can read itself, however the engine goes about it.
pub(super) fn layer(model: &mut Model, vocabulary: &Vocabulary) {
    let Some(class) = vocabulary.class_named("finding") else { return };
    let (Some(attr), Some(within)) = (vocabulary.attribute(class, "type"), ops::operator("in")) else { return };
    let reads = |input: &Input| input.kind.class == class && input.kind.source.is_none();
    let readers: Vec<Arc<str>> =
        model.findings.iter().filter(|f| f.inputs.iter().any(reads)).map(|f| Arc::from(f.ty.as_str())).collect();
    for (index, input) in model.findings.iter_mut().flat_map(|f| f.inputs.iter_mut().enumerate()) {
        if !reads(input) || input.condition.as_ref().is_some_and(|c| names_all(c, vocabulary, class)) {
            continue;
        }
        let known = input.condition.as_ref().map(|c| named(c, vocabulary, class).0).unwrap_or_default();
        let span = input.span;
        let make = |kind, ty| Expr { kind, ty, span };
        let others: Vec<Expr> = readers
            .iter()
            .filter(|r| !known.iter().any(|(name, _)| name == *r))
            .map(|r| make(ExprKind::Const(Value::Str(r.clone())), Type::String))
            .collect();
        if others.is_empty() {
            continue;
        }
        let ty = make(ExprKind::Attr(AttrRef { input: index, class, attr, steps: Vec::new() }), Type::String);
        let list = make(ExprKind::ListOf(others), Type::list(Type::String));
        let member = make(ExprKind::Op(within, Box::new(ty), Box::new(list)), Type::Bool);
        let not = make(ExprKind::Not(Box::new(member)), Type::Bool);
        input.condition = Some(match input.condition.take() {
            None => not,
            Some(Expr { kind: ExprKind::And(mut parts), ty, span }) => {
                parts.push(not);
                Expr { kind: ExprKind::And(parts), ty, span }
            }
            Some(other) => make(ExprKind::And(vec![other, not]), Type::Bool),
        });
    }
}
