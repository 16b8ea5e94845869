//! A finding that every test makes fire: nothing shows that it leaves anything alone.

use super::no_firing_test::{expects, fires, published};
use super::{Cx, Lint, page};
use crate::check::model::Expect;
use crate::diag::{Diagnostic, Level};

/// A finding without a test that does not fire.
pub static LINT: Lint = Lint {
    name: "no-quiet-test",
    title: "a finding without a test that does not fire",
    page: page!("no-quiet-test"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let quiet = |expect: &Expect| matches!(expect, Expect::None | Expect::Count(0, _));
    published(cx.model)
        // One without any test is told of once.
        .filter(|(id, finding)| fires(cx.model, *id, finding))
        .filter(|(id, _)| {
            let mut own = cx.model.tests.iter().filter(|t| t.finding == Some(*id));
            !own.any(|t| expects(&t.body, &mut |e| quiet(e)))
        })
        .map(|(_, finding)| {
            LINT.at(finding.name_span, format!("no test shows what `{}` leaves alone", finding.ty))
                .help("write a test with the nearest harmless event, and `expect none`")
        })
        .collect()
}
