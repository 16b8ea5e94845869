//! Two findings that fire on the very same events.

use super::same::Same;
use super::{Cx, Lint, page};
use crate::check::model::{Expr, Finding, Group, Input, SequenceStep, When};
use crate::diag::{Diagnostic, Level};

/// Two findings that fire on the very same events.
pub static LINT: Lint = Lint {
    name: "duplicate-finding",
    title: "two findings that fire on the very same events",
    page: page!("duplicate-finding"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let findings: Vec<&Finding> = cx.model.findings.iter().filter(|f| !f.disabled).collect();
    let mut out = Vec::new();
    for (i, later) in findings.iter().enumerate() {
        if let Some(first) = findings[..i].iter().find(|first| alike(first, later)) {
            out.push(
                LINT.at(later.name_span, format!("`{}` fires on the same events as `{}`", later.ty, first.ty))
                    .label(first.name_span, "the same conditions")
                    .help("keep one of them, or say what tells them apart"),
            );
        }
    }
    out
}

fn alike(a: &Finding, b: &Finding) -> bool {
    let windows = |f: &Finding| f.window.map(|w| (w.length, w.tumbling));
    let severity = a.severity.branches.len() == b.severity.branches.len();
    severity
        && windows(a) == windows(b)
        && a.inputs.len() == b.inputs.len()
        && a.inputs.iter().zip(&b.inputs).all(|(a, b)| inputs(a, b))
        && groups(a.group.as_ref(), b.group.as_ref())
        && whens(a.when.as_ref(), b.when.as_ref())
}

fn inputs(a: &Input, b: &Input) -> bool {
    a.kind == b.kind && options(a.condition.as_ref(), b.condition.as_ref(), &mut Same::default())
}

fn options(a: Option<&Expr>, b: Option<&Expr>, same: &mut Same) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => same.exprs(a, b),
        _ => false,
    }
}

fn groups(a: Option<&Group>, b: Option<&Group>) -> bool {
    let (a, b) = match (a, b) {
        (None, None) => return true,
        (Some(a), Some(b)) => (a, b),
        _ => return false,
    };
    let mut same = Same::default();
    let each = match (&a.each, &b.each) {
        (None, None) => true,
        (Some((x, a)), Some((y, b))) => {
            same.pair(*x, *y);
            same.exprs(a, b)
        }
        _ => false,
    };
    each && a.across_accounts == b.across_accounts
        && a.keys.len() == b.keys.len()
        && a.keys.iter().zip(&b.keys).all(|(a, b)| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same.exprs(a, b)))
}

fn whens(a: Option<&When>, b: Option<&When>) -> bool {
    let step = |s: &SequenceStep| (s.input, s.times, s.absent, s.within);
    match (a, b) {
        (None, None) => true,
        (Some(When::Condition(a)), Some(When::Condition(b))) => Same::default().exprs(a, b),
        (Some(When::Sequence(a, _)), Some(When::Sequence(b, _))) => a.iter().map(step).eq(b.iter().map(step)),
        _ => false,
    }
}
