//! An exception for which nobody answers, or that never ends.

use super::{Cx, Lint, page};
use crate::diag::{Diagnostic, Level};

/// An exception without owner or end.
pub static LINT: Lint = Lint {
    name: "open-exception",
    title: "an exception without owner or end",
    page: page!("open-exception"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for exception in cx.model.findings.iter().flat_map(|f| &f.exceptions) {
        let (lacks, help) = match (&exception.owner, exception.until) {
            (Some(_), Some(_)) => continue,
            (None, None) => ("neither owner nor end", "write `owner \"team\" until 2027-03-01` behind it"),
            (None, Some(_)) => ("no owner", "write `owner \"team\"` behind it"),
            (Some(_), None) => ("no end", "write `until 2027-03-01` behind it"),
        };
        out.push(LINT.at(exception.span, format!("the exception \"{}\" has {lacks}", exception.name)).help(help));
    }
    out
}
