//! A list that no rule reads, or that is said to be empty.

use std::collections::BTreeSet;

use super::{Cx, Lint, clauses, page};
use crate::check::model::ExprKind;
use crate::diag::{Diagnostic, Level};
use crate::syntax::ast::Item;

/// A list that no rule reads, or that is said to be empty.
pub static LINT: Lint = Lint {
    name: "unused-list",
    title: "a list that no rule reads, or that is said to be empty",
    page: page!("unused-list"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut used = BTreeSet::new();
    clauses::visit(cx.model, &mut |expr, _| {
        if let ExprKind::List(id) = &expr.kind {
            used.insert(*id);
        }
    });
    let used: BTreeSet<&str> = used.iter().filter_map(|id| cx.model.lists.get(id.index())).map(|l| &*l.name).collect();
    let mut out = Vec::new();
    for item in cx.files.iter().flat_map(|f| &f.items) {
        let Item::List(list) = item else { continue };
        let name = list.name.as_str();
        if !used.contains(name) {
            out.push(
                LINT.at(list.name.span, format!("no rule reads `@{name}`"))
                    .help(format!("use it (`x in @{name}`), or take it out")),
            );
        } else if list.entries.as_ref().is_some_and(Vec::is_empty) {
            out.push(LINT.at(list.name.span, format!("`@{name}` is said to be empty: nothing is ever in it")).help(
                format!(
                    "write its entries, or leave out `= []` so that the deployment binds a file: `list @{name}: {}`",
                    list.ty.name.as_str()
                ),
            ));
        }
    }
    out
}
