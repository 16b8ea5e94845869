//! Recorded logs that lie beside the checkout, where they do: every record is read, but for those that are truly broken.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::testing::{Told, told_by};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");

fn files(folder: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut folders = vec![Path::new(DATA).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { out.push(path) }
        }
    }
    out.sort();
    out
}

/// Reads the files of a folder whose names `wanted` likes; how many there were, and all that was told.
fn folder(folder: &str, wanted: impl Fn(&str) -> bool) -> Option<Told> {
    let mut all = Told::default();
    let mut some = false;
    for path in files(folder) {
        let name = path.to_string_lossy().into_owned();
        if !wanted(&name) {
            continue;
        }
        some = true;
        let (told, _) = told_by(File::open(&path).expect("a file"), None, &name);
        for (bad, detail) in told.bad.iter().zip(&told.details) {
            println!("{name}: {} at line {:?}: {detail}: {}", bad.0, bad.1, bad.2);
        }
        all.events.extend(told.events);
        all.bad.extend(told.bad);
        all.skipped.extend(told.skipped);
    }
    if !some {
        println!("skipped: no recorded data in {folder}");
    }
    some.then_some(all)
}

fn is_json(name: &str) -> bool {
    name.ends_with(".json") && !name.contains("labels")
}

#[test]
fn cloudtrail() {
    for name in ["stratus_detonation_2024", "invictus_stratus_2023"] {
        let Some(told) = folder(name, is_json) else { continue };
        println!("{name}: {} events", told.events.len());
        assert_eq!(told.bad, []);
        assert!(told.events.iter().all(|e| e.starts_with("cloudtrail ")));
        assert!(told.events.len() > 200, "{name}");
    }
}

#[test]
fn flows() {
    for name in ["rita_cloud_host_2024", "slips_ctu"] {
        let Some(told) = folder(name, |n| n.contains("/vpcflow/")) else { continue };
        println!("{name}: {} events, {} skipped", told.events.len(), told.skipped.len());
        assert_eq!(told.bad, []);
        assert!(told.events.iter().all(|e| e.starts_with("vpc_flow ")));
        assert!(told.events.len() > 1000, "{name}");
    }
    let Some(told) = folder("vpcflow_format_samples", |_| true) else { return };
    // Two rows have more columns than any header or default order before them.
    assert_eq!(told.reasons(), ["wrong_columns"; 2]);
    assert_eq!((told.events.len(), told.skipped.len()), (4, 2));
}

#[test]
fn dns() {
    for (name, least) in [("dns_mixed", 128_748), ("rita_cloud_host_2024", 1000)] {
        let Some(told) = folder(name, |n| n.contains("jsonl.gz")) else { continue };
        println!("{name}: {} events", told.events.len());
        assert_eq!(told.bad, []);
        assert!(told.events.iter().all(|e| e.starts_with("route53_resolver ")));
        assert!(told.events.len() >= least, "{name}");
    }
}

#[test]
fn kubernetes() {
    // `fal_01_003.json` is `{"kind": 0}`: broken on purpose.
    for (name, broken) in [("falco_k8s_audit_traces", 1), ("k8s_audit_misc", 0)] {
        let wanted = |n: &str| is_json(n) || n.ends_with(".log");
        let Some(told) = folder(name, wanted) else { continue };
        println!("{name}: {} events", told.events.len());
        assert_eq!(told.reasons(), vec!["unknown_source"; broken]);
        assert!(told.events.iter().all(|e| e.starts_with("k8s_audit ")));
        assert!(told.events.len() >= 30, "{name}");
    }
}
