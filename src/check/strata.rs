//! Findings that read findings: by name only where the read one reads findings itself, and never in a circle.
//!
//! A finding without `type == "…"` sees the findings that read logs; one that reads findings is seen only by who names
//! it. So the layers are: logs, then findings of logs, then what names those, and there is nothing to iterate.

use std::sync::Arc;

use super::Checker;
use super::model::{Expr, ExprKind, Finding, FindingId};
use crate::diag::{Diagnostic, codes};
use crate::schema::{ClassId, Vocabulary};
use crate::text::Span;
use crate::value::Value;

/// Whether an expression is the finding's whole type.
fn is_type(expr: &Expr, vocabulary: &Vocabulary, finding: ClassId) -> bool {
    matches!(&expr.kind, ExprKind::Attr(a)
        if a.class == finding && a.steps.is_empty() && vocabulary.attr(a.class, a.attr).name.as_ref() == "type")
}

/// The finding types that a condition names, and the first place that asks for a pattern of them.
fn named(condition: &Expr, vocabulary: &Vocabulary, class: ClassId) -> (Vec<(Arc<str>, Span)>, Option<Span>) {
    let (mut names, mut pattern) = (Vec::new(), None);
    condition.visit(&mut |e| {
        let ExprKind::Op(op, a, b) = &e.kind else { return };
        let other = match (is_type(a, vocabulary, class), is_type(b, vocabulary, class)) {
            (true, _) => b,
            (_, true) => a,
            _ => return,
        };
        let items = match (&other.kind, op.name) {
            (ExprKind::ListOf(items), "in") => items.as_slice(),
            (_, "==") => std::slice::from_ref(&**other),
            _ => &[],
        };
        for item in items {
            if let ExprKind::Const(Value::Str(name)) = &item.kind {
                names.push((name.clone(), item.span));
            }
        }
        if items.is_empty() || items.iter().any(|i| !matches!(i.kind, ExprKind::Const(_))) {
            pattern.get_or_insert(e.span);
        }
    });
    (names, pattern)
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
