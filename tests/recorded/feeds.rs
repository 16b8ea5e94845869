//! Flow logs and DNS with public threat feeds bound: what fires a host and a day stays within reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::sync::{Arc, OnceLock};

use outguard::engine::Bound;
use outguard::finding::Finding;
use outguard::intel::{ListRole, ListSpec, ListType, read_list};

use super::data;
use super::pack::{Run, lists};

use ListRole::{Plain, Threat};
use ListType::{Domain, Ip};

/// List, type, role, feed.
const FEEDS: [(&str, ListType, ListRole, &str); 15] = [
    ("threat_ips", Ip, Threat, "threatintel/ipsum/3.txt"),
    ("scanner_ips", Ip, Threat, "threatintel/maltrail/mass_scanner.txt"),
    ("scanner_ips", Ip, Threat, "threatintel/maltrail/mass_scanner_cidr.txt"),
    ("tor_exits", Ip, Threat, "threatintel/tor/tor-exit-nodes.lst"),
    ("mining_ips", Ip, Threat, "threatintel/mining/mining-pools_IP.lst"),
    ("sinkhole_ips", Ip, Threat, "threatintel/misc/misp_sinkholes.json"),
    ("mining_domains", Domain, Threat, "threatintel/mining/mining-pools.lst"),
    ("mining_domains", Domain, Threat, "threatintel/maltrail/crypto_mining.txt"),
    ("crypto_domains", Domain, Threat, "threatintel/blocklists/crypto.txt"),
    ("malicious_domains", Domain, Threat, "threatintel/blocklists/ransomware.txt"),
    ("abused_domains", Domain, Plain, "threatintel/maltrail/dynamic_domain.txt"),
    ("suspicious_domains", Domain, Threat, "threatintel/maltrail/port_proxy.txt"),
    ("phishing_domains", Domain, Threat, "threatintel/maltrail/anonymous_web_proxy.txt"),
    ("popular_domains", Domain, Plain, "top_domains/misp_tranco10k.json"),
    ("popular_domains", Domain, Plain, "top_domains/misp_cisco_top20k.json"),
];

/// What is watched: recording, folder, hosts, days, and the most findings that a host may have a day.
const WATCHED: [(&str, &str, usize, usize, f64); 4] = [
    ("an exposed host, flows", "rita_cloud_host_2024/vpcflow", 1, 2, 1.0),
    ("an exposed host, DNS", "rita_cloud_host_2024/r53", 1, 2, 1.0),
    ("malware and scans, flows", "slips_ctu/vpcflow", 10, 1, 1.0),
    ("40 benign hosts and 2 with tunnels, DNS", "dns_mixed", 42, 1, 6.0),
];

#[test]
fn findings_a_host_and_day_are_within_reason() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn feeds() -> Option<(Vec<Bound>, String)> {
    let mut out = Vec::new();
    let mut entries: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, kind, role, feed) in FEEDS {
        let bytes = data::bytes(&data::place(feed)?);
        let read = read_list(&ListSpec::new(feed, kind).role(role), &bytes).unwrap_or_else(|e| panic!("{feed}: {e}"));
        *entries.entry(name).or_default() += read.entries.len();
        out.push(Bound { name: name.into(), role, entries: Arc::new(read.entries), hash: None });
    }
    let told: Vec<String> = entries.into_iter().map(|(name, n)| format!("`@{name}` {n}")).collect();
    Some((out, told.join(", ")))
}

fn measure() -> Option<String> {
    let (bound, told) = feeds()?;
    let lists = lists(bound);
    let mut rows = String::new();
    for (name, folder, hosts, days, most) in WATCHED {
        let mut run = Run::new(&lists);
        for path in data::files(&data::place(folder)?, |n| n.ends_with(".gz")) {
            run.read(File::open(&path).expect("readable"), "log");
        }
        let events = run.events();
        let findings = run.finish();
        let seen: BTreeSet<&str> = findings.iter().filter_map(|f| f.resource.uid.as_deref()).collect();
        // Scans and guesses come by the hundred on an exposed host: each is one finding a source, told but not limited.
        let knocks = |f: &&Finding| ["BruteForce", "Port"].iter().any(|w| f.rule.finding_type.family().contains(w));
        let others = findings.iter().filter(|f| !knocks(f)).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of a test")]
        let rate = others as f64 / (hosts * days) as f64;
        let mut by_type: BTreeMap<&str, usize> = BTreeMap::new();
        for f in &findings {
            *by_type.entry(f.rule.finding_type.as_str()).or_default() += 1;
        }
        println!("{name}: {by_type:?}");
        assert!(rate <= most, "{name}: {rate} findings a host and day: {by_type:#?}");
        assert!(seen.len() <= hosts, "{name}: {seen:?}");
        let types: Vec<String> = by_type.iter().map(|(t, n)| format!("`{t}` {n}")).collect();
        let _ = writeln!(
            rows,
            "| {name} | {events} | {} | {rate:.1} | {} | {} |",
            findings.len(),
            seen.len(),
            types.join(", ")
        );
    }
    Some(format!(
        "## Flows and DNS with public feeds\n\nFeeds as they came, entries by list: {told}.\n\n\
         | recording | events | findings | a host and day, without scans and guesses | hosts with one | types |\n\
         | --- | --: | --: | --: | --: | --- |\n{rows}\n\
         The 42 hosts of the last recording look up some 125 000 different names, nearly all of them once: a walk over the \
         web, not the traffic of servers. Its findings are true look-ups of listed names; about half of those of \
         `Trojan:EC2/BlackholeTraffic!DNS` stem from addresses of content delivery networks in the feed of sinkholes, \
         which whoever binds `@sinkhole_ips` should leave out.\n"
    ))
}
