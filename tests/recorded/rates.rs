//! False positives: what fires on events that are benign by all that is known of them, per 10 000 events and per host (or
//! account, or cluster) and day, by source.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use outguard::finding::Finding;
use serde_json::Value;

use super::runs::told;
use super::{behaviour, data};

/// What one recording's benign part came to.
struct Rate {
    source: &'static str,
    what: &'static str,
    events: usize,
    /// Hosts, accounts or clusters, times days.
    days: usize,
    /// Findings on it by type.
    wrong: BTreeMap<String, usize>,
}

#[test]
fn benign_events_are_quiet() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn by_type<'f>(findings: impl Iterator<Item = &'f Finding>) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for finding in findings {
        *out.entry(finding.rule.finding_type.as_str().to_owned()).or_default() += 1;
    }
    out
}

/// Scans and guesses, which an exposed host truly meets.
fn knocks(finding: &Finding) -> bool {
    ["BruteForce", "Port"].iter().any(|w| finding.rule.finding_type.family().contains(w))
}

fn rates() -> Option<Vec<Rate>> {
    let calm = behaviour::measured()?;
    let flows = told("rita_cloud_host_2024/vpcflow")?;
    let look_ups = told("rita_cloud_host_2024/r53")?;
    let mixed = told("dns_mixed/dns_dev.jsonl.gz")?;
    let clusters = told("k8s_audit_misc")?;
    let labels = data::documents(&data::place("dns_mixed/dns_dev.labels.json")?).remove(0);
    let labels = labels.as_object().expect("by host");
    let benign = |uid: &str| labels.get(uid).and_then(Value::as_str).is_some_and(|l| !l.starts_with("tunnel"));
    let hosts = labels.keys().filter(|h| benign(h)).count();
    let benign_events = data::documents(&data::place("dns_mixed/dns_dev.jsonl.gz")?)
        .iter()
        .filter(|e| data::text(e, "/srcids/instance").is_some_and(benign))
        .count();
    Some(vec![
        Rate {
            source: "cloudtrail",
            what: "an account's calm calls, day by day",
            events: calm.calm,
            days: usize::try_from(behaviour::CALM_DAYS).expect("small"),
            wrong: calm.on_calm_days.clone(),
        },
        Rate {
            source: "vpc_flow",
            what: "an exposed host, scans and guesses aside",
            events: flows.events,
            days: 2,
            wrong: by_type(flows.findings.iter().filter(|f| !knocks(f))),
        },
        Rate {
            source: "route53_resolver",
            what: "an exposed host",
            events: look_ups.events,
            days: 2,
            wrong: by_type(look_ups.findings.iter()),
        },
        Rate {
            source: "route53_resolver",
            what: "hosts that walk the web",
            events: benign_events,
            days: hosts,
            wrong: by_type(mixed.findings.iter().filter(|f| f.resource.uid.as_deref().is_none_or(benign))),
        },
        Rate {
            source: "k8s_audit",
            what: "benign records of a cluster",
            events: clusters.events,
            days: 1,
            wrong: by_type(clusters.findings.iter()),
        },
    ])
}

fn measure() -> Option<String> {
    let mut rows = String::new();
    for rate in rates()? {
        let wrong: usize = rate.wrong.values().sum();
        println!("{} {}: {:?}", rate.source, rate.what, rate.wrong);
        assert!(rate.events > 0, "{}", rate.what);
        let each = 10_000.0 * wrong as f64 / rate.events as f64;
        let daily = wrong as f64 / rate.days as f64;
        assert!(each <= 10.0 && daily <= 1.0, "{}: {:?}", rate.what, rate.wrong);
        let types: Vec<String> = rate.wrong.iter().map(|(ty, n)| format!("`{ty}` {n}")).collect();
        let _ = writeln!(
            rows,
            "| `{}` | {} | {} | {} | {wrong} | {each:.2} | {daily:.2} | {} |",
            rate.source,
            rate.what,
            rate.events,
            rate.days,
            types.join(", ")
        );
    }
    Some(format!(
        "## False positives\n\nWhat fires on events that are benign by all that is known of them; no list is bound. A day is one \
         of a host, an account or a cluster.\n\n\
         | source | what | events | days | false | per 10 000 | per day | types |\n\
         | --- | --- | --: | --: | --: | --: | --: | --- |\n{rows}\n\
         The goal for flows is at most one finding a host and day apart from scans and guesses. The benign part of these recordings is small: \
         an account's hour, a few hosts, no runtime sensor. A figure of 0 says that much and no more.\n"
    ))
}
