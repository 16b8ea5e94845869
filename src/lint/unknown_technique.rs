//! An ATT&CK technique id that ATT&CK does not have.

use super::{Cx, Lint, page};
use crate::catalogue::attack;
use crate::diag::{Diagnostic, Level};

/// An unknown ATT&CK technique id.
pub static LINT: Lint = Lint {
    name: "unknown-technique",
    title: "a technique id that ATT&CK does not have",
    page: page!("unknown-technique"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for technique in cx.model.findings.iter().flat_map(|f| &f.attack) {
        if attack::technique(&technique.id).is_some() {
            continue;
        }
        let base = technique.id.split('.').next().unwrap_or_default();
        let subs = attack::sub_techniques(base);
        let help = match (attack::technique(base), subs.first(), subs.last()) {
            (None, ..) => "look it up at attack.mitre.org; revoked ids name their successor there".to_owned(),
            (_, Some(first), Some(last)) if first != last => format!("`{base}` has sub-techniques .{first} to .{last}"),
            (_, Some(only), _) => format!("its only sub-technique is `{base}.{only}`"),
            (_, None, _) => format!("`{base}` has no sub-techniques; write `attack {base}`"),
        };
        let message = format!("ATT&CK v{} has no technique `{}`", attack::MAJOR, technique.id);
        out.push(LINT.at(technique.span, message).help(help));
    }
    out
}
