//! An ATT&CK technique id that ATT&CK does not have. The ids are a data file, `attack-ids.txt`.

use super::{Cx, Lint, page};
use crate::diag::{Diagnostic, Level};

/// An unknown ATT&CK technique id.
pub static LINT: Lint = Lint {
    name: "unknown-technique",
    title: "a technique id that ATT&CK does not have",
    page: page!("unknown-technique"),
    level: Level::Warning,
    run,
};

/// The version of ATT&CK (Enterprise) that the ids are of.
pub const ATTACK_VERSION: &str = "v18";

const IDS: &str = include_str!("attack-ids.txt");

/// The sub-techniques of a technique, if ATT&CK has it.
fn sub_techniques(technique: &str) -> Option<Vec<&'static str>> {
    IDS.lines().filter(|l| !l.starts_with('#')).find_map(|line| {
        let mut words = line.split(' ');
        (words.next() == Some(technique)).then(|| words.collect())
    })
}

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for technique in cx.model.findings.iter().flat_map(|f| &f.attack) {
        let (base, sub) = technique.id.split_once('.').map_or((&*technique.id, None), |(base, sub)| (base, Some(sub)));
        let help = match (sub_techniques(base), sub) {
            (Some(_), None) => continue,
            (Some(subs), Some(sub)) if subs.contains(&sub) => continue,
            (Some(subs), Some(_)) => match (subs.first(), subs.last()) {
                (Some(first), Some(last)) if first != last => {
                    format!("`{base}` has sub-techniques .{first} to .{last}")
                }
                (Some(only), _) => format!("its only sub-technique is `{base}.{only}`"),
                (None, _) => format!("`{base}` has no sub-techniques; write `attack {base}`"),
            },
            (None, _) => "look it up at attack.mitre.org; revoked ids name their successor there".to_owned(),
        };
        let message = format!("ATT&CK {ATTACK_VERSION} has no technique `{}`", technique.id);
        out.push(LINT.at(technique.span, message).help(help));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{IDS, sub_techniques};

    #[test]
    fn the_data_is_whole_and_in_order() {
        let ids: Vec<&str> = IDS.lines().filter(|l| !l.starts_with('#')).collect();
        assert!(ids.is_sorted(), "techniques in order");
        assert!(ids.len() > 200, "{} techniques", ids.len());
        for line in &ids {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(words[0].len() == 5 && words[0].starts_with('T'), "{line}");
            assert!(words[1..].is_sorted() && words[1..].iter().all(|w| w.len() == 3), "{line}");
        }
        assert!(sub_techniques("T1110").is_some_and(|subs| subs.contains(&"001")));
        assert!(sub_techniques("T1496").is_some_and(|subs| subs.contains(&"001")));
        assert_eq!(sub_techniques("T9999"), None);
    }
}
