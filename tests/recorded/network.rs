//! Flows and look-ups over time: guessed passwords, scans, tunnels. What is told is held against what servers counted
//! and what files are named after.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::OnceLock;

use outguard::finding::Finding;
use outguard::value::Value;

use super::data;
use super::runs::told;

/// From so many tries on a source is one that guesses.
const TRIES: u64 = 20;

fn kind(finding: &Finding) -> &str {
    finding.rule.finding_type.as_str()
}

fn kinds(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(kind).collect()
}

/// What each instance's findings are.
fn by_instance(findings: &[Finding]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut out = BTreeMap::<_, BTreeSet<_>>::new();
    for finding in findings {
        out.entry(finding.resource.uid.as_deref().expect("an instance")).or_default().insert(kind(finding));
    }
    out
}

/// The other side's address of a finding.
fn remote(finding: &Finding) -> Option<String> {
    finding.attributes.iter().find(|(name, _)| &**name == "remote.ip").map(|(_, value)| Value::to_string(value))
}

#[test]
fn guesses_and_scans_are_told() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(|| Some(format!("## Network\n\n{}\n{}", guesses()?, scans()?))).clone()
}

/// Who saw the two days: what it is, and its recordings.
const WITNESSES: [(&str, &[&str]); 2] = [
    ("flow logs", &["rita_cloud_host_2024/vpcflow"]),
    ("a sensor on the network (Zeek)", &["rita_cloud_host_2024/2024-04-19", "rita_cloud_host_2024/2024-04-20"]),
];

/// Two days of a host with an open SSH port. A try is a session or a guess in one, as its server counted them.
fn guesses() -> Option<String> {
    let labels = data::documents(&data::place("rita_cloud_host_2024/ssh_bruteforce_labels.json")?).remove(0);
    let labels = labels.as_object().expect("by source");
    let of = |key: &str| -> BTreeSet<String> {
        labels.iter().filter(|(_, v)| v[key].as_u64() >= Some(TRIES)).map(|(k, _)| k.clone()).collect()
    };
    let (sessions, guesses) = (of("conns"), of("auth_attempts"));
    let tries = |s: &String| labels.get(s).and_then(|v| v["conns"].as_u64().max(v["auth_attempts"].as_u64()));
    let mut rows = String::new();
    for (witness, places) in WITNESSES {
        let mut found: Vec<&Finding> = Vec::new();
        for place in places {
            found.extend(&told(place)?.findings);
        }
        let sources = |ty: &str| -> BTreeSet<String> {
            found.iter().filter(|f| kind(f).ends_with(ty)).filter_map(|f| remote(f)).collect()
        };
        let told = sources("BruteForce");
        let wrong: Vec<&String> = told.iter().filter(|s| tries(s) < Some(TRIES)).collect();
        let recall = |truth: &BTreeSet<String>| told.intersection(truth).count() as f64 / truth.len() as f64;
        let precision = (told.len() - wrong.len()) as f64 / told.len() as f64;
        let (by_sessions, by_guesses) = (recall(&sessions), recall(&guesses));
        println!("{witness}: {} told, {by_sessions:.3} {by_guesses:.3}; wrong: {wrong:?}", told.len());
        assert!(by_sessions >= 0.95 && by_guesses >= 0.95 && precision >= 0.95);
        // A host that everybody probes opens few connections itself: nothing else fires on it in two days.
        let others: Vec<&str> = found.iter().map(|f| kind(f)).filter(|k| !k.ends_with("BruteForce")).collect();
        assert!(others.len() <= 2, "{others:?}");
        let _ = writeln!(
            rows,
            "| {witness} | {} | {} | {:.1} % | {:.1} % | {:.1} % | {} |",
            sources("SSHBruteForce").len(),
            sources("SlowBruteForce").len(),
            100.0 * by_sessions,
            100.0 * by_guesses,
            100.0 * precision,
            others.len()
        );
    }
    Some(format!(
        "**Guessed passwords.** Two days of a host with an open SSH port. Truth is what its server counted: {} sources with \
         {TRIES} sessions or more, {} with {TRIES} guesses or more; none got in. Told by `UnauthorizedAccess:EC2/SSHBruteForce` \
         and `UnauthorizedAccess:EC2/SlowBruteForce`. Right is a source that tried {TRIES} times or more.\n\n\
         | seen by | sources | slow ones | recall by sessions | recall by guesses | precision | other findings |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n{rows}",
        sessions.len(),
        guesses.len(),
    ))
}

/// A recording of a scan: place, what it is, the type that tells it; `None`: told by none, and why.
const SCANS: [(&str, &str, Option<&str>); 5] = [
    ("slips_ctu/vpcflow/vertical_scan.log.gz", "many ports of one host", Some("Recon:EC2/Portscan")),
    ("slips_ctu/vpcflow/test11-portscan.log.gz", "many ports of one host", Some("Recon:EC2/Portscan")),
    ("slips_ctu/vpcflow/test4-malicious.log.gz", "malware that looks for victims", Some("Impact:EC2/PortSweep")),
    ("slips_ctu/vpcflow/horizontal_scan.log.gz", "malware whose masters are gone", None),
    ("slips_ctu/vpcflow/test12-icmp-portscan.log.gz", "pings through a local network", None),
];

fn scans() -> Option<String> {
    let mut rows = String::new();
    for (place, what, expected) in SCANS {
        let found = kinds(&told(place)?.findings);
        assert!(
            found.iter().all(|k| Some(*k) == expected) && found.len() == usize::from(expected.is_some()),
            "{place}"
        );
        let (hosts, port) = widest(place)?;
        let name = place.rsplit('/').next().unwrap_or(place).trim_end_matches(".log.gz");
        let told = expected.map_or_else(|| "–".to_owned(), |ty| format!("`{ty}`"));
        let widest = match (hosts, port) {
            (0, _) => "none".to_owned(),
            (_, 0) => format!("{hosts} pinged"),
            _ => format!("{hosts} at port {port}"),
        };
        let _ = writeln!(rows, "| `{name}` | {what} | {widest} | {told} |");
        // What is not told is far below what is asked for; if that changes, so must the words below.
        assert!(expected.is_some() || hosts < 20, "{place}: {hosts}");
    }
    Some(format!(
        "**Scans.** *Widest* is how many hosts one instance tried at one port without an answer, or pinged, in the whole \
         recording.\n\n| recording | what | widest | told by |\n| --- | --- | --- | --- |\n{rows}\n\
         Two are not told. `horizontal_scan` is named so by the tool that came with it: one program looked for its masters \
         and found most of them silent, among some thirty web servers that answered. So few silent hosts are no scan that \
         a rule could tell from a crawler, a mail server or a broken update; they are told by what the program asks for, \
         if a threat list has it. `test12-icmp-portscan` pinged a local network in which only hosts that exist are in the log: \
         who does not answer on the Ethernet is never sent a packet. In a VPC every ping leaves the interface and is \
         logged, so that 20 are soon reached (`Discovery:EC2/InternalSweep`). Neither threshold was lowered to find a recording.\n"
    ))
}

/// The most hosts that one instance tried at one port without an answer, or pinged (port 0).
fn widest(place: &str) -> Option<(usize, u16)> {
    let text = String::from_utf8(data::bytes(&data::place(place)?)).expect("text");
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().expect("a header").split(' ').collect();
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(' ').collect()).collect();
    let column = |name: &str| head.iter().position(|h| *h == name).unwrap_or_else(|| panic!("{name}: {head:?}"));
    let [source, target, port, protocol] = ["srcaddr", "dstaddr", "dstport", "protocol"].map(column);
    let (from, flags, way) = (column("srcport"), column("tcp-flags"), column("flow-direction"));
    let pair = |r: &[&str], a: usize, b: usize, c: usize, d: usize| [r[a], r[b], r[c], r[d]].map(str::to_owned);
    let answered: BTreeSet<[String; 4]> =
        rows.iter().filter(|r| r[way] == "ingress").map(|r| pair(r, target, from, source, port)).collect();
    let mut hosts: BTreeMap<(String, u16), BTreeSet<String>> = BTreeMap::new();
    for row in rows.iter().filter(|r| r[way] == "egress") {
        let number = match row[protocol] {
            "1" => 0,
            "6" if row[flags] == "2" && !answered.contains(&pair(row, source, port, target, from)) => {
                row[port].parse().expect("a port")
            }
            _ => continue,
        };
        hosts.entry((row[source].to_owned(), number)).or_default().insert(row[target].to_owned());
    }
    Some(hosts.into_iter().map(|((_, port), hosts)| (hosts.len(), port)).max().unwrap_or_default())
}

/// A day of 42 hosts, two of which tunnel.
#[test]
fn tunnels() {
    let Some(run) = told("dns_mixed/dns_dev.jsonl.gz") else { return };
    let labels = data::documents(&data::place("dns_mixed/dns_dev.labels.json").expect("beside the log")).remove(0);
    let told = by_instance(&run.findings);
    for (host, label) in labels.as_object().expect("by host") {
        let tunnels = label.as_str().is_some_and(|l| l.starts_with("tunnel"));
        assert_eq!(told.contains_key(host.as_str()), tunnels, "{host} {label}: {told:?}");
    }
    assert!(told.values().all(|kinds| kinds.contains("Trojan:EC2/DNSDataExfiltration")));
    let quiet = super::runs::told("rita_cloud_host_2024/r53").expect("beside the flows");
    assert!(quiet.findings.is_empty(), "{:?}", kinds(&quiet.findings));
}
