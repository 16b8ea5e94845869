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
        for later in 1..key.len() {
            for first in 0..later {
                let Some((a, b)) = held(first).zip(held(later)) else { continue };
                if a.iter().any(|v| b.contains(v)) {
                    continue;
                }
                let name = |i: usize| finding.inputs[i].name.as_deref().unwrap_or("it");
                let (a, b) = (name(first), name(later));
                let message = format!("`{a}` and `{b}` are never in one group");
                return Some(
                    LINT.at(key[later].span, message)
                        .here("each is held to values of this that the other cannot have")
                        .label(finding.inputs[first].span, format!("`{a}`"))
                        .label(finding.inputs[later].span, format!("`{b}`"))
                        .help("group by what they share, or drop the condition from one of them"),
                );
            }
        }
    }
    None
}
