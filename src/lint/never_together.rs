//! Inputs that are never in one group: their keys are held to different values.

use super::domain::pinned;
use super::{Cx, Lint, page};
use crate::check::model::Finding;
use crate::diag::{Diagnostic, Level};

/// Inputs that are never in one group.
pub static LINT: Lint = Lint {
    name: "never-together",
    title: "inputs that are never in one group",
    page: page!("never-together"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    cx.model.findings.iter().filter_map(apart).collect()
}

fn apart(finding: &Finding) -> Option<Diagnostic> {
    let group = finding.group.as_ref()?;
    for key in &group.keys {
        let held = |input: usize| {
            let condition = finding.inputs.get(input)?.condition.as_ref()?;
            pinned(key.get(input)?, condition)
        };
        for (later, own) in key.iter().enumerate() {
            let excludes = |first: &usize| {
                held(*first).zip(held(later)).is_some_and(|(a, b)| a.iter().all(|value| !b.contains(value)))
            };
            let Some(first) = (0..later).find(excludes) else { continue };
            let name = |i: usize| finding.inputs[i].name.as_deref().unwrap_or("it");
            let (a, b) = (name(first), name(later));
            return Some(
                LINT.at(own.span, format!("`{a}` and `{b}` are never in one group"))
                    .here("each is held to values of this that the other cannot have")
                    .label(finding.inputs[first].span, format!("`{a}`"))
                    .label(finding.inputs[later].span, format!("`{b}`"))
                    .help("group by what they share, or drop the condition from one of them"),
            );
        }
    }
    None
}
