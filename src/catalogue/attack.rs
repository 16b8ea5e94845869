//! Tactics and techniques of MITRE ATT&CK for Enterprise: names, and which technique serves which tactics.

use std::sync::OnceLock;

/// The version of ATT&CK that the data is of.
pub const VERSION: &str = "18.1";

/// Its major version, as layers name it.
pub const MAJOR: &str = "18";

const DATA: &str = include_str!("../../grammar/catalogue/attack.tsv");

/// What an attacker wants at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0006`
    pub id: &'static str,
    /// `Credential Access`
    pub name: &'static str,
    /// `credential-access`
    pub short: &'static str,
}

/// How it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// `T1110.001`
    pub id: &'static str,
    /// `Password Guessing`
    pub name: &'static str,
    /// The tactics that it serves, in ATT&CK's order.
    pub tactics: Vec<&'static Tactic>,
}

/// All tactics, in the order of an attack.
#[must_use]
pub fn tactics() -> &'static [Tactic] {
    static TACTICS: OnceLock<Vec<Tactic>> = OnceLock::new();
    TACTICS.get_or_init(|| {
        let of = |(id, name, short)| Tactic { id, name, short };
        rows().filter(|row| row.0.starts_with("TA")).map(of).collect()
    })
}

/// All techniques and sub-techniques that are neither revoked nor deprecated, by id.
#[must_use]
pub fn techniques() -> &'static [Technique] {
    static TECHNIQUES: OnceLock<Vec<Technique>> = OnceLock::new();
    TECHNIQUES.get_or_init(|| {
        let tactic = |short: &str| tactics().iter().find(|t| t.short == short);
        let of = |(id, name, served): (_, _, &str)| Technique {
            id,
            name,
            tactics: served.split(' ').filter_map(tactic).collect(),
        };
        rows().filter(|row| !row.0.starts_with("TA")).map(of).collect()
    })
}

/// The technique of that id.
#[must_use]
pub fn technique(id: &str) -> Option<&'static Technique> {
    let all = techniques();
    all.binary_search_by(|t| t.id.cmp(id)).ok().map(|at| &all[at])
}

/// Numbers of a technique's sub-techniques: `001`.
#[must_use]
pub fn sub_techniques(id: &str) -> Vec<&'static str> {
    techniques().iter().filter_map(|t| t.id.strip_prefix(id)?.strip_prefix('.')).collect()
}

/// The data's lines: three columns.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    DATA.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?, columns.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole_and_in_order() {
        assert_eq!(tactics().len(), 14);
        assert_eq!(techniques().len() + tactics().len(), DATA.lines().filter(|l| !l.starts_with('#')).count());
        assert!(techniques().len() > 650 && techniques().is_sorted_by_key(|t| t.id));
        for t in techniques() {
            assert!(!t.tactics.is_empty() && !t.name.is_empty(), "{t:?}");
            let (base, sub) = t.id.split_once('.').unwrap_or((t.id, "001"));
            assert!(base.len() == 5 && base.starts_with('T') && sub.len() == 3, "{}", t.id);
            assert!(technique(base).is_some(), "{}", t.id);
        }
        let guessing = technique("T1110.001").expect("it is there");
        assert_eq!((guessing.name, guessing.tactics[0].name), ("Password Guessing", "Credential Access"));
        assert_eq!(sub_techniques("T1110"), ["001", "002", "003", "004"]);
        assert_eq!(technique("T9999"), None);
        assert!(VERSION.starts_with(MAJOR));
    }
}
