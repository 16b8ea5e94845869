//! Flows and look-ups over time: guessed passwords, scans, tunnels, and how rarely anything else fires. Run by the
//! program itself, as a user would.

use std::collections::{BTreeMap, BTreeSet};

use assert_cmd::Command;
use serde_json::Value;

use super::data;

/// The findings of a run over recordings.
fn findings(place: &str) -> Option<Vec<Value>> {
    let path = data::place(place)?;
    let ran = Command::cargo_bin("outguard")
        .expect("built")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["run", "--rules", "rules", "--format", "json"])
        .arg(path)
        .output()
        .expect("runs");
    assert!(ran.status.code().is_some_and(|c| c <= 1), "{}", String::from_utf8_lossy(&ran.stderr));
    let lines = String::from_utf8(ran.stdout).expect("UTF-8");
    Some(lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect())
}

fn kind(finding: &Value) -> &str {
    finding["type"].as_str().expect("a type")
}

/// What each instance's findings are.
fn by_instance(findings: &[Value]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut out = BTreeMap::<_, BTreeSet<_>>::new();
    for finding in findings {
        out.entry(finding["resource"]["uid"].as_str().expect("an instance")).or_default().insert(kind(finding));
    }
    out
}

/// Two days of a host with an open SSH port. A try is a session or a guess in one, as its server counted them.
#[test]
fn guessed_passwords() {
    let Some(found) = findings("rita_cloud_host_2024/vpcflow") else { return };
    told_rightly(&found);
}

/// The same, as a sensor on the network saw it: connections, look-ups and sign-ins.
#[test]
fn guessed_passwords_by_a_sensor() {
    let Some(first) = findings("rita_cloud_host_2024/2024-04-19") else { return };
    let second = findings("rita_cloud_host_2024/2024-04-20").expect("beside the first");
    told_rightly(&[first, second].concat());
}

fn told_rightly(found: &[Value]) {
    let labels = data::place("rita_cloud_host_2024/ssh_bruteforce_labels.json").expect("beside the flows");
    let labels = data::documents(&labels).remove(0);
    let of = |key: &str| -> BTreeSet<String> {
        let sources = labels.as_object().expect("by source").iter();
        sources.filter(|(_, v)| v[key].as_u64() >= Some(20)).map(|(k, _)| k.clone()).collect()
    };
    let (sessions, guesses) = (of("conns"), of("auth_attempts"));
    let told: BTreeSet<String> = found
        .iter()
        .filter(|f| kind(f).ends_with("BruteForce"))
        .map(|f| f["attributes"]["remote.ip"].as_str().expect("an address").to_owned())
        .collect();
    let recall = |truth: &BTreeSet<String>| told.intersection(truth).count() as f64 / truth.len() as f64;
    let right = told.iter().filter(|s| sessions.contains(*s) || guesses.contains(*s)).count();
    println!(
        "{} sources told, {right} rightly; recall {:.3} of {} by sessions, {:.3} of {} by guesses",
        told.len(),
        recall(&sessions),
        sessions.len(),
        recall(&guesses),
        guesses.len()
    );
    assert!(recall(&sessions) >= 0.95 && recall(&guesses) >= 0.95);
    assert!(right as f64 / told.len() as f64 >= 0.95);
    // A host that everybody probes opens few connections itself: nothing else fires on it in two days.
    let others: Vec<_> = found.iter().filter(|f| !kind(f).ends_with("BruteForce")).collect();
    assert!(others.len() <= 2, "{others:?}");
}

#[test]
fn scans() {
    let Some(found) = findings("slips_ctu/vpcflow/vertical_scan.log.gz") else { return };
    assert!(found.iter().any(|f| kind(f) == "Recon:EC2/Portscan"));
    for (file, least) in [("test11-portscan", "Recon:EC2/Portscan"), ("test4-malicious", "Impact:EC2/PortSweep")] {
        let found = findings(&format!("slips_ctu/vpcflow/{file}.log.gz")).expect("beside the others");
        assert_eq!(found.iter().map(kind).collect::<BTreeSet<_>>(), BTreeSet::from([least]), "{file}");
    }
}

/// A day of 42 hosts, two of which tunnel.
#[test]
fn tunnels() {
    let Some(found) = findings("dns_mixed/dns_dev.jsonl.gz") else { return };
    let labels = data::documents(&data::place("dns_mixed/dns_dev.labels.json").expect("beside the log")).remove(0);
    let told = by_instance(&found);
    for (host, label) in labels.as_object().expect("by host") {
        let tunnels = label.as_str().is_some_and(|l| l.starts_with("tunnel"));
        assert_eq!(told.contains_key(host.as_str()), tunnels, "{host} {label}: {told:?}");
    }
    assert!(told.values().all(|kinds| kinds.contains("Trojan:EC2/DNSDataExfiltration")));
    let quiet = findings("rita_cloud_host_2024/r53").expect("beside the flows");
    assert!(quiet.is_empty(), "{quiet:?}");
}
