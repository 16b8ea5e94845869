//! A window of more than a month: every group that one event opens is held that long.

use super::{Cx, Lint, page};
use crate::diag::{Diagnostic, Level};
use crate::value::time::duration_text;

/// A window of more than a month.
pub static LINT: Lint = Lint {
    name: "long-window",
    title: "a window of more than a month",
    page: page!("long-window"),
    level: Level::Note,
    run,
};

/// Longer windows are told of, milliseconds.
const LONG: i64 = 31 * 86_400_000;

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for window in cx.model.findings.iter().filter_map(|f| f.window.as_ref()).filter(|w| w.length > LONG) {
        let length = duration_text(window.length);
        out.push(
            LINT.at(window.span, format!("every group that an event opens is held for {length}")).help(
                "for what is usual over so long ask a profile; for one finding of many matches write `dedup for`",
            ),
        );
    }
    out
}
