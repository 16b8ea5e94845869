//! A title that names what may be absent, and would print `unknown`.

use std::collections::BTreeSet;

use super::required::{Needed, absent, if_true};
use super::{Cx, Lint, page};
use crate::check::model::{Expr, ExprKind, Finding, Part};
use crate::diag::{Diagnostic, Level};

/// A title that names what may be absent.
pub static LINT: Lint = Lint {
    name: "absent-in-title",
    title: "a title that names what may be absent",
    page: page!("absent-in-title"),
    level: Level::Note,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for finding in cx.model.findings.iter().filter(|f| f.title.span.is_some()) {
        let known: BTreeSet<Needed> =
            finding.inputs.iter().filter_map(|i| i.condition.as_ref()).flat_map(if_true).collect();
        for part in &finding.title.parts {
            if let Part::Hole(hole) = part {
                look(cx, finding, hole, &known, &mut out);
            }
        }
    }
    out
}

fn look(cx: &Cx<'_>, finding: &Finding, hole: &Expr, known: &BTreeSet<Needed>, out: &mut Vec<Diagnostic>) {
    match &hole.kind {
        ExprKind::Attr(attr) => {
            if let Some(when) = absent(cx.vocabulary, &finding.inputs, attr, known) {
                let text = cx.sources.slice(hole.span);
                let mut diagnostic = LINT
                    .at(hole.span, format!("`{text}` may be absent, and the title then says `unknown`"))
                    .help(format!(
                        "ask for it (`has {text}`), name what is always there, or write `{{{text} ?? \\\"…\\\"}}`"
                    ));
                if !when.is_empty() {
                    diagnostic = diagnostic.here(format!("there {when}"));
                }
                out.push(diagnostic);
            }
        }
        ExprKind::Part(inner, _) => look(cx, finding, inner, known, out),
        ExprKind::Call(_, args) => args.iter().for_each(|a| look(cx, finding, a, known, out)),
        // The left of `??` may well be absent.
        _ => {}
    }
}
