//! The shipped sources over recorded logs: what is said to be always there is, records are recognised and have a time.
//! The recordings stand beside the checkout; where they are absent, the tests say so and pass.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::projection_tests::read;
use super::*;
use crate::value::{Arena, Val};

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")).join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no recorded data `{name}` beside the checkout");
    None
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("folder").map(|e| e.expect("entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).expect("file");
    let mut out = String::new();
    if path.extension().is_some_and(|e| e == "gz") {
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut out).expect("gzip");
        return out;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Records of JSON files in every shape of the recordings: `Records`, a document, a line each, a test case's `event`.
fn records(name: &str, limit: usize) -> Option<Vec<String>> {
    use serde_json::Value as J;
    let root = folder(name)?;
    let mut paths = Vec::new();
    if root.is_dir() {
        files(&root, &mut paths)
    } else {
        paths.push(root)
    }
    let mut out = Vec::new();
    for path in paths {
        let text = text(&path);
        let docs: Vec<J> = serde_json::Deserializer::from_str(&text).into_iter::<J>().map_while(Result::ok).collect();
        for doc in docs {
            let inner = match &doc {
                J::Object(o) if o.contains_key("Records") => doc["Records"].as_array().cloned().unwrap_or_default(),
                J::Object(o) if o.contains_key("event") => vec![doc["event"].clone()],
                J::Array(all) => all.clone(),
                _ => vec![doc],
            };
            out.extend(inner.iter().filter(|r| r.is_object()).map(J::to_string));
            if out.len() >= limit {
                return Some(out);
            }
        }
    }
    Some(out)
}

/// Every attribute of every class of a source.
fn all_needs(v: &Vocabulary, source: SourceId) -> Vec<Need> {
    let of = |m: &Mapping| {
        let class = m.class;
        m.attributes.keys().map(move |attr| Need { class, attr: *attr, steps: Vec::new() }).collect::<Vec<_>>()
    };
    v.source(source).classes.iter().flat_map(of).collect()
}

struct Seen {
    events: usize,
    unrecognised: usize,
    timeless: usize,
    skipped: usize,
    /// How many events of the class have the attribute, and how many do not.
    counts: BTreeMap<(ClassId, AttrId), (usize, usize)>,
}

impl Seen {
    fn share(&self, v: &Vocabulary, class: &str, attr: &str) -> f64 {
        let class = v.class_named(class).expect("class");
        let attr = v.attribute(class, attr).expect("attribute");
        let (with, without) = self.counts[&(class, attr)];
        #[expect(clippy::cast_precision_loss, reason = "counts of a test")]
        let share = with as f64 / (with + without).max(1) as f64;
        share
    }
}

fn look<'t>(v: &Vocabulary, source: &str, raws: impl Iterator<Item = (&'t str, Option<Vec<Raw<'t>>>)>) -> Seen {
    let id = v.source_named(source).expect("source");
    let needs = all_needs(v, id);
    let projection = Projection::build(v, id, &needs);
    let context = Context::default();
    let mut seen = Seen { events: 0, unrecognised: 0, timeless: 0, skipped: 0, counts: BTreeMap::new() };
    for (record, raw) in raws {
        let arena = Arena::new();
        let raw: &[Raw<'_>] = match &raw {
            Some(raw) => arena.alloc_slice_copy(raw),
            None => read(&projection, record, &arena),
        };
        if !projection.recognises(raw, &arena) {
            seen.unrecognised += 1;
            continue;
        }
        if projection.skips(raw, &arena) {
            seen.skipped += 1;
            continue;
        }
        let Some(event) = Event::new(&projection, &context, record, raw, &arena) else {
            seen.timeless += 1;
            continue;
        };
        seen.events += 1;
        for (slot, need) in needs.iter().enumerate().filter(|(_, need)| event.is(need.class)) {
            let count = seen.counts.entry((need.class, need.attr)).or_default();
            let there = event.get(slot) != Val::Absent;
            *if there { &mut count.0 } else { &mut count.1 } += 1;
            let always = v.feed(id, need.class, need.attr).expect("fed").presence == Presence::Always;
            assert!(
                there || !always,
                "{source}: {}.{} is said to be always there, not in {record}",
                v.class(need.class).name,
                v.attr(need.class, need.attr).name
            );
        }
    }
    seen
}

fn look_json(v: &Vocabulary, source: &str, records: &[String]) -> Seen {
    look(v, source, records.iter().map(|r| (r.as_str(), None)))
}

#[test]
fn cloudtrail_keeps_its_promises() {
    let v = Vocabulary::builtin().expect("vocabulary");
    for (name, whole) in
        [("stratus_detonation_2024", true), ("invictus_stratus_2023", false), ("traildiscover/events.jsonl", true)]
    {
        let Some(records) = records(name, usize::MAX) else { continue };
        let records: Vec<String> = records.into_iter().filter(|r| r.contains("\"eventName\"")).collect();
        let seen = look_json(&v, "cloudtrail", &records);
        println!("{name}: {} events, {} without time, {} unknown", seen.events, seen.timeless, seen.unrecognised);
        assert!(seen.events > 200, "{name}");
        assert_eq!((seen.timeless, seen.unrecognised), (0, 0), "{name}");
        for attr in ["api.operation", "cloud.account.uid", "actor.principal", "actor.user.type"] {
            let share = seen.share(&v, "api", attr);
            assert!(share > if whole { 0.99 } else { 0.95 }, "{name}: {attr} in {share}");
        }
    }
}

#[test]
fn kubernetes_keeps_its_promises() {
    let v = Vocabulary::builtin().expect("vocabulary");
    for name in ["falco_k8s_audit_traces", "k8s_audit_misc"] {
        let Some(records) = records(name, usize::MAX) else { continue };
        let records: Vec<String> = records.into_iter().filter(|r| r.contains("\"auditID\"")).collect();
        let seen = look_json(&v, "k8s_audit", &records);
        println!("{name}: {} events, {} without time, {} unknown", seen.events, seen.timeless, seen.unrecognised);
        assert!(seen.events > 5, "{name}");
        assert_eq!(seen.unrecognised, 0);
        for (attr, least) in
            [("actor.principal", 0.99), ("status", 0.99), ("target.type", 0.3), ("src_endpoint.ip", 0.9)]
        {
            let share = seen.share(&v, "api", attr);
            assert!(share >= least, "{name}: {attr} in {share}");
        }
    }
}

#[test]
fn resolver_keeps_its_promises() {
    let v = Vocabulary::builtin().expect("vocabulary");
    for name in ["dns_mixed/dns_dev.jsonl.gz", "rita_cloud_host_2024/r53"] {
        let Some(records) = records(name, 5000) else { continue };
        let seen = look_json(&v, "route53_resolver", &records);
        println!("{name}: {} events, {} without time, {} unknown", seen.events, seen.timeless, seen.unrecognised);
        assert!(seen.events > 1000 && seen.timeless + seen.unrecognised == 0, "{name}");
        for attr in ["query.hostname", "rcode", "src_endpoint.instance_uid", "answers", "connection_info.protocol_name"]
        {
            let share = seen.share(&v, "dns", attr);
            assert!(share > 0.99, "{name}: {attr} in {share}");
        }
    }
}

#[test]
fn guardduty_keeps_its_promises() {
    let v = Vocabulary::builtin().expect("vocabulary");
    let Some(records) = records("panther_rule_tests/aws_guardduty_rules.jsonl", usize::MAX) else { return };
    let records: Vec<String> = records.into_iter().filter(|r| r.contains("\"schemaVersion\"")).collect();
    let seen = look_json(&v, "guardduty", &records);
    println!("guardduty: {} events, {} without time, {} unknown", seen.events, seen.timeless, seen.unrecognised);
    assert!(seen.events > 3 && seen.timeless + seen.unrecognised == 0);
    assert!(seen.share(&v, "finding", "type.family") > 0.99);
}

/// Rows of a flow log by its header.
fn rows<'t>(projection: &Projection, text: &'t str, limit: usize) -> Vec<(&'t str, Option<Vec<Raw<'t>>>)> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let places: Vec<Option<usize>> =
        projection.paths.iter().map(|p| header.iter().position(|h| [p[0].as_ref()] == [*h])).collect();
    let row = |line: &'t str| {
        let columns: Vec<&str> = line.split(' ').collect();
        let raw = places.iter().map(|p| p.map_or(Raw::Absent, |p| Raw::Text(columns[p]))).collect();
        (line, Some(raw))
    };
    lines.take(limit).map(row).collect()
}

#[test]
fn flows_keep_their_promises() {
    let v = Vocabulary::builtin().expect("vocabulary");
    let Some(root) = folder("rita_cloud_host_2024/vpcflow") else { return };
    let id = v.source_named("vpc_flow").expect("source");
    let projection = Projection::build(&v, id, &all_needs(&v, id));
    let mut paths = Vec::new();
    files(&root, &mut paths);
    for path in paths {
        let text = text(&path);
        let seen = look(&v, "vpc_flow", rows(&projection, &text, 20_000).into_iter());
        println!("{} rows, initiator in {:.3}", seen.events, seen.share(&v, "network", "initiator"));
        assert!(seen.events > 1000 && seen.timeless + seen.unrecognised == 0);
        assert!(seen.share(&v, "network", "local.ip") > 0.99);
        assert!(seen.share(&v, "network", "remote.ip") > 0.99);
    }
}
