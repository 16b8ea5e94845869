//! GuardDuty's finding types: what `outguard coverage` counts against. The names are data, `guardduty.yaml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::finding::Level;
use crate::schema::yaml;

const DATA: &str = include_str!("../../grammar/catalogue/guardduty.yaml");

/// The finding types of a service.
#[derive(Debug)]
pub struct Catalogue {
    /// Whose.
    pub service: String,
    /// When it was looked up.
    pub as_of: String,
    /// Types that it gives, by evidence, then name.
    pub active: Vec<Entry>,
    /// Types that it gave once.
    pub retired: Vec<String>,
}

/// One active type.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The finding type.
    pub ty: String,
    /// What it is derived from: `cloudtrail-mgmt`, `vpc-flow`, ….
    pub evidence: String,
    /// Its default severity; `None` where the service names no single one.
    pub severity: Option<Level>,
    /// Why no log can show it.
    pub why_not: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    service: String,
    as_of: String,
    active: BTreeMap<String, BTreeMap<String, RawEntry>>,
    retired: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    severity: String,
    why_not: Option<String>,
}

impl Catalogue {
    /// The entry of an active type.
    #[must_use]
    pub fn find(&self, ty: &str) -> Option<&Entry> {
        self.active.iter().find(|e| e.ty == ty)
    }
}

/// The catalogue inside the binary.
#[must_use]
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let raw: Raw = yaml::from_str(DATA).expect("a test reads the embedded catalogue");
        let mut active = Vec::new();
        for (evidence, types) in raw.active {
            for (ty, entry) in types {
                let severity = Level::parse(&entry.severity);
                active.push(Entry { ty, evidence: evidence.clone(), severity, why_not: entry.why_not });
            }
        }
        Catalogue { service: raw.service, as_of: raw.as_of, active, retired: raw.retired }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FindingType;

    #[test]
    fn the_data_is_whole() {
        let all = catalogue();
        assert_eq!((all.active.len(), all.retired.len()), (236, 22));
        let types: Vec<&str> =
            all.active.iter().map(|e| &*e.ty).chain(all.retired.iter().map(String::as_str)).collect();
        for (n, ty) in types.iter().enumerate() {
            assert!(FindingType::parse(ty).is_ok(), "{ty}");
            assert!(!types[..n].contains(ty), "{ty} twice");
        }
        for entry in &all.active {
            assert!(entry.why_not.as_ref().is_none_or(|why| why.len() > 20), "{}: a reason is a sentence", entry.ty);
        }
        // A severity is a level or said to vary, so that a slip of the hand is no `varies`.
        assert_eq!(
            DATA.matches("severity: varies").count(),
            all.active.iter().filter(|e| e.severity.is_none()).count()
        );
    }
}
