//! A finding that no test makes fire, so that nothing shows that it can.

use super::{Cx, Lint, page};
use crate::check::model::{Expect, Finding, FindingId, Model, Statement, StatementKind};
use crate::diag::{Diagnostic, Level};

/// A finding that no test makes fire.
pub static LINT: Lint = Lint {
    name: "no-firing-test",
    title: "a finding that no test makes fire",
    page: page!("no-firing-test"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    published(cx.model)
        .filter(|(id, finding)| !fires(cx.model, *id, finding))
        .map(|(_, finding)| {
            LINT.at(finding.name_span, format!("no test makes `{}` fire", finding.ty))
                .help("write `test \"…\" { KIND { attribute: value, … } expect finding }`")
        })
        .collect()
}

/// The findings that are published: those that only feed others, and disabled ones, are not looked at.
pub(super) fn published(model: &Model) -> impl Iterator<Item = (FindingId, &Finding)> {
    let all = model.findings.iter().zip(0u32..).map(|(f, n)| (FindingId(n), f));
    all.filter(|(_, f)| f.publish && !f.disabled)
}

/// Whether some test expects the finding.
pub(super) fn fires(model: &Model, id: FindingId, finding: &Finding) -> bool {
    model.tests.iter().any(|test| {
        let own = test.finding == Some(id);
        expects(&test.body, &mut |expect| match expect {
            Expect::Finding(None, _) | Expect::Archived => own,
            Expect::Finding(Some(ty), _) => *ty == finding.ty,
            Expect::Count(n, None) => *n > 0 && own,
            Expect::Count(n, Some(ty)) => *n > 0 && *ty == finding.ty,
            Expect::None => false,
        })
    })
}

/// Whether an expectation of a test, however deep, is one that `wanted` takes.
pub(super) fn expects(body: &[Statement], wanted: &mut dyn FnMut(&Expect) -> bool) -> bool {
    body.iter().any(|statement| match &statement.kind {
        StatementKind::Expect(expect) => wanted(expect),
        StatementKind::Repeat { body, .. } | StatementKind::Shuffle(body) | StatementKind::Late(_, body) => {
            expects(body, wanted)
        }
        _ => false,
    })
}
