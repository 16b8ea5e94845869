//! Logins to a database: who guesses passwords, who guessed one. By source, against the labels of each login.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::sync::OnceLock;

use super::data::{self, text};
use super::pack::{Run, lists};

/// A source with so many failed logins guesses, and must be told.
const TRIES: usize = 20;

const GUESSES: &str = "CredentialAccess:RDS/AnomalousBehavior.FailedLogin";
const GUESSED: &str = "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce";

/// What the labels say of one source.
#[derive(Debug, Default)]
struct Source {
    failed: usize,
    entered: usize,
    /// One of its logins that worked was a guess.
    guessed: bool,
    /// One of its logins is labelled as an attack.
    attacks: bool,
}

#[test]
fn guesses_are_told_by_source() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn measure() -> Option<String> {
    let folder = data::place("rds_postgres_login")?;
    let labels = data::documents(&folder.join("labels.json")).remove(0);
    let labels = labels.as_array().expect("logins");
    let mut rows = String::new();
    // The log as the server wrote it, with loopback addresses, and with addresses of the internet in their place.
    for (file, key) in [("postgresql.log", "src"), ("postgresql_mapped.log", "src_mapped")] {
        let mut sources: BTreeMap<&str, Source> = BTreeMap::new();
        for login in labels {
            let source = sources.entry(text(login, &format!("/{key}")).expect("an address")).or_default();
            let label = text(login, "/label").expect("a label");
            let worked = login["success"].as_bool().expect("an outcome");
            source.failed += usize::from(!worked);
            source.entered += usize::from(worked);
            source.guessed |= worked && label.starts_with("bruteforce");
            source.attacks |= label != "benign";
        }
        let lists = lists(Vec::new());
        let mut run = Run::new(&lists);
        run.read(File::open(folder.join(file)).expect("readable"), file);
        assert_eq!(run.events(), 2 * labels.len(), "each login, and the connection before it");
        let findings = run.finish();
        let told = |ty: &str| -> BTreeSet<String> {
            let of = findings.iter().filter(|f| f.rule.finding_type.as_str() == ty);
            let address = |f: &outguard::finding::Finding| {
                let value = f.attributes.iter().find(|(name, _)| name.as_ref() == "src_endpoint.ip");
                value.expect("captured").1.to_string()
            };
            of.map(address).collect()
        };
        let of = |wanted: &dyn Fn(&Source) -> bool| -> BTreeSet<String> {
            sources.iter().filter(|(_, s)| wanted(s)).map(|(address, _)| (*address).to_owned()).collect()
        };
        let attackers = of(&|s| s.attacks);
        for (what, ty, truth) in [
            ("guess passwords or users", GUESSES, of(&|s| s.attacks && s.failed >= TRIES)),
            ("guessed one", GUESSED, of(&|s| s.guessed && s.failed >= TRIES)),
        ] {
            let told = told(ty);
            let (found, right) = (told.intersection(&truth).count(), told.intersection(&attackers).count());
            assert!(found as f64 >= 0.95 * truth.len() as f64, "{file} {ty}: {told:?} of {truth:?}");
            assert!(right as f64 >= 0.95 * told.len() as f64, "{file} {ty}: {told:?} of {attackers:?}");
            // One burst is one finding.
            let n = findings.iter().filter(|f| f.rule.finding_type.as_str() == ty).count();
            assert_eq!(n, told.len(), "{file} {ty}");
            rows += &format!(
                "| `{file}` | {what} | `{ty}` | {} | {found} | {:.0} % | {:.0} % |\n",
                truth.len(),
                100.0 * found as f64 / truth.len().max(1) as f64,
                100.0 * right as f64 / told.len().max(1) as f64
            );
        }
        let other = findings.iter().filter(|f| ![GUESSES, GUESSED].contains(&f.rule.finding_type.as_str()));
        assert_eq!(other.count(), 0, "nothing else is told: {file}");
    }
    let (failed, total) = (labels.iter().filter(|l| l["success"].as_bool() == Some(false)).count(), labels.len());
    Some(format!(
        "## Logins to a database\n\nPostgreSQL's log with RDS's prefix: {total} logins in eighteen seconds, {failed} of them \
         failed. A source counts from {TRIES} failed logins on. A login from a new place after a time of learning is not in \
         it: there is nothing before to learn from.\n\n\
         | log | sources that | told by | labelled | told | recall | precision |\n\
         | --- | --- | --- | --: | --: | --: | --: |\n{rows}"
    ))
}
