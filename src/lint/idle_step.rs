//! A part of a sequence that changes nothing: a `within` that is no shorter than the whole, a `no b` before `b`.

use super::{Cx, Lint, page};
use crate::check::model::{Finding, SequenceStep, When};
use crate::diag::{Diagnostic, Level};
use crate::value::time::duration_text;

/// A part of a sequence that changes nothing.
pub static LINT: Lint = Lint {
    name: "idle-step",
    title: "a part of a sequence that changes nothing",
    page: page!("idle-step"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for finding in &cx.model.findings {
        if let Some(When::Sequence(steps, _)) = &finding.when {
            for (i, step) in steps.iter().enumerate() {
                out.extend(look(finding, &steps[..i], step, &steps[i + 1..]));
            }
        }
    }
    out
}

fn look(
    finding: &Finding,
    before: &[SequenceStep],
    step: &SequenceStep,
    behind: &[SequenceStep],
) -> Option<Diagnostic> {
    let name = finding.inputs.get(step.input)?.name.as_deref().unwrap_or("it");
    if !step.absent {
        let (within, window) = step.within.zip(finding.window)?;
        let whole = duration_text(window.length);
        return (within >= window.length).then(|| {
            LINT.at(step.span, format!("the whole is within {whole}, so this `within` says nothing"))
                .help(format!("leave it out, or write one shorter than {whole}"))
        });
    }
    if before.iter().rev().take_while(|s| s.absent).any(|s| s.input == step.input) {
        return Some(LINT.at(step.span, format!("`no {name}` is said already")).help("leave it out"));
    }
    let next = behind.iter().find(|s| !s.absent)?;
    (next.input == step.input).then(|| {
        LINT.at(step.span, format!("the first `{name}` that comes is the next step, so none is before it"))
            .help("leave it out, or name what must not come in between")
    })
}
