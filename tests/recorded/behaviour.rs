//! Profiles and attack sequences over a recording that begins with the attack: three weeks before it are made of the
//! account's own calm calls, those neither of the attack tool nor from where it was run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::OnceLock;

use outguard::value::Time;
use serde_json::{Value, json};

use super::data::{self, text};
use super::pack::{Run, lists};
use super::stratus::without_marks;

const DAYS: i64 = 20;
const DAY: i64 = 86_400_000;

#[test]
fn what_is_unusual_is_told_on_the_day_of_the_attack_only() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    measured().map(|m| m.section.clone())
}

/// What was measured.
pub struct Measured {
    /// The page's part.
    pub section: String,
    /// Events of the calm days.
    pub calm: usize,
    /// Findings of any type that began on them.
    pub on_calm_days: BTreeMap<String, usize>,
}

/// Measured once.
pub fn measured() -> Option<&'static Measured> {
    static MEASURED: OnceLock<Option<Measured>> = OnceLock::new();
    MEASURED.get_or_init(measure).as_ref()
}

/// How many days are calm.
pub const CALM_DAYS: i64 = DAYS;

/// The same call so many days earlier, as another event.
fn earlier(record: &Value, days: i64) -> Value {
    let mut copy = record.clone();
    let time = text(record, "/eventTime").and_then(Time::parse).expect("a time");
    copy["eventTime"] = json!(time.plus(-days * DAY).to_rfc3339());
    copy["eventID"] = json!(format!("{}-{days}", text(record, "/eventID").unwrap_or_default()));
    copy
}

fn measure() -> Option<Measured> {
    let folder = data::place("invictus_stratus_2023")?;
    let records = data::records(&data::files(&folder, |n| n.contains("CloudTrail") && n.ends_with(".json")));
    let tool = |r: &&Value| text(r, "/userAgent").is_some_and(|a| a.to_lowercase().contains("stratus"));
    let from: BTreeSet<&str> = records.iter().filter(tool).filter_map(|r| text(r, "/sourceIPAddress")).collect();
    let attackers: BTreeSet<&str> =
        records.iter().filter(tool).filter_map(|r| text(r, "/userIdentity/userName")).collect();
    let calm: Vec<&Value> = records
        .iter()
        .filter(|r| !tool(r) && !text(r, "/sourceIPAddress").is_some_and(|a| from.contains(a)))
        .filter(|r| !r.to_string().contains("stratus"))
        .collect();
    let lists = lists(Vec::new());
    let mut run = Run::new(&lists);
    let mut before = 0;
    for days in (1..=DAYS).rev() {
        for record in &calm {
            run.read(earlier(record, days).to_string().as_bytes(), "earlier.json");
            before += 1;
        }
    }
    let day = records.iter().filter_map(|r| text(r, "/eventTime").and_then(Time::parse)).min()?;
    for record in &records {
        run.read(&without_marks(record.to_string().as_bytes())[..], "day.json");
    }
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut on_calm_days: BTreeMap<String, usize> = BTreeMap::new();
    for finding in run.finish() {
        let ty = finding.rule.finding_type.as_str();
        if finding.first_seen < day {
            *on_calm_days.entry(ty.to_owned()).or_default() += 1;
        }
        if !(ty.contains("Anomalous") || ty.starts_with("AttackSequence:")) {
            continue;
        }
        assert!(finding.first_seen >= day, "{ty} on a calm day: {}", finding.title);
        let who = finding.principal.as_deref().unwrap_or_default();
        let theirs = attackers.iter().any(|a| who.ends_with(a)) || who.contains("example");
        assert!(theirs, "{ty} of somebody else: {}", finding.title);
        *told.entry(ty.to_owned()).or_default() += 1;
    }
    assert!(told.contains_key("AttackSequence:IAM/CompromisedCredentials"), "{told:#?}");
    assert!(told.keys().filter(|t| t.contains(":IAMUser/AnomalousBehavior")).count() >= 6, "{told:#?}");
    let mut rows = String::new();
    for (ty, n) in &told {
        let _ = writeln!(rows, "| `{ty}` | {n} |");
    }
    let section = format!(
        "## Unusual behaviour and attack sequences\n\nThe hour of 2023 once more, with {DAYS} days before it: its {} calm \
         events (neither of the tool nor from where it ran), day by day, {before} in all. No country or network is known \
         of the recording's addresses, so places are told by the first half of an address. Told of unusual behaviour and \
         of sequences on the calm days: **0**. On the day of the attack, all of them of the attacker's identities:\n\n\
         | type | findings |\n| --- | --: |\n{rows}",
        calm.len()
    );
    Some(Measured { section, calm: before, on_calm_days })
}
