//! What is checked but not evaluated yet.

use super::model::{Finding, Model, When};
use crate::diag::{Diagnostic, codes};

/// A warning for each finding that needs state: it is checked in full, and this version does not evaluate it yet. For
/// `run`, `lint` and `test` to show.
#[must_use]
pub fn not_yet_evaluated(model: &Model) -> Vec<Diagnostic> {
    model
        .findings
        .iter()
        .filter(|f| !f.is_stateless())
        .map(|f| {
            let message = format!("this finding needs state ({}); it is checked but not evaluated yet", needs(f));
            Diagnostic::warning(codes::E0901, f.name_span, message)
                .help("it loads and stays silent; findings of single events are evaluated")
        })
        .collect()
}

fn needs(finding: &Finding) -> &'static str {
    match &finding.when {
        Some(When::Sequence(..)) => "a sequence",
        Some(When::Condition(condition)) => {
            let (mut aggregate, mut profile) = (false, false);
            condition.visit(&mut |e| match e.kind {
                super::model::ExprKind::Aggregate(..) => aggregate = true,
                super::model::ExprKind::Profile(..) => profile = true,
                _ => {}
            });
            match (aggregate, profile) {
                (true, true) => "counts and a profile",
                (false, true) => "a profile",
                _ => "counts in a window",
            }
        }
        None => "groups",
    }
}
