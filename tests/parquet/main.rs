//! Parquet, with the feature of that name: what is found in it is what is found in the same log as JSON or text; damage
//! costs the file; a run that keeps state reads each file once.
#![cfg(feature = "parquet")]

mod shred;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use flate2::write::GzEncoder;
use parquet::basic::{Compression, GzipLevel};
use serde_json::{Value, json};
use tempfile::TempDir;

use shred::parquet;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn outguard(dir: &TempDir, arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = Command::cargo_bin("outguard").expect("built");
    command
        .current_dir(dir.path())
        .args(arguments)
        .arg("--rules")
        .arg(at("parquet/rules.og"))
        .write_stdin(input.to_vec());
    let output = command.output().expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: output.status.code().expect("not killed"), out: text(output.stdout), err: text(output.stderr) }
}

/// A path in the folder of tests.
fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

fn sample() -> Vec<Value> {
    let text = fs::read_to_string(at("events/security_lake/eu-west-1.ndjson")).expect("the sample");
    text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect()
}

/// Audit records of a cluster as Security Lake keeps them: lists of objects in lists, and lists without elements.
fn audit() -> impl Iterator<Item = Value> {
    (0..3i64).map(|n| {
        json!({
            "metadata": { "product": { "name": "Amazon EKS", "vendor_name": "AWS", "feature": { "name": "Elastic Kubernetes Service" } },
                "uid": format!("audit-{n}"), "log_name": "kube-apiserver-audit", "version": "1.1.0" },
            "time": 1_773_496_980_000 + n, "cloud": { "region": "eu-west-1", "provider": "AWS", "account": { "uid": "111122223333" } },
            "class_uid": 6003, "severity_id": 1,
            "api": { "operation": "create", "version": "v1", "request": { "uid": format!("audit-{n}") }, "response": { "code": 201 } },
            "resources": (0..n).map(|r| json!({ "name": format!("pod-{r}"), "namespace": "kube-system", "type": "pods",
                "labels": (0..r).map(|l| format!("label-{l}")).collect::<Vec<_>>() })).collect::<Vec<_>>(),
            "actor": { "user": { "name": "system:anonymous", "groups": [{ "name": "system:unauthenticated" }] } },
            "src_endpoint": { "ip": "203.0.113.9", "score": 0.5 }, "http_request": { "user_agent": "curl/8" }, "status": "Success", "status_id": 1,
            "unmapped": { "stage": "ResponseComplete", "note": null, "a \"quoted\"\tkey": "line\nend" }
        })
    })
}

fn ndjson(records: &[Value]) -> Vec<u8> {
    records.iter().flat_map(|r| format!("{r}\n").into_bytes()).collect()
}

/// Findings without what is a hash of a record's bytes.
fn findings(ran: &Ran) -> Vec<Value> {
    let mut found: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    for finding in &mut found {
        for event in finding["events"].as_array_mut().into_iter().flatten() {
            event.as_object_mut().expect("an object").remove("id");
        }
    }
    found
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// The lines of a summary about what was read of sources.
fn read(ran: &Ran) -> Vec<&str> {
    ran.err.lines().skip_while(|l| !l.starts_with("read ")).skip(1).take_while(|l| l.starts_with("  ")).collect()
}

#[test]
fn security_lake_is_judged_as_its_json_is() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let records: Vec<Value> = sample().into_iter().chain(audit()).collect();
    fs::write(dir.path().join("x.ndjson"), ndjson(&records)).expect("writes");
    let expected = outguard(&dir, &["run", "x.ndjson", "--format", "json"], b"");
    assert_eq!(expected.code, 0, "{}", expected.err);
    assert!(findings(&expected).len() >= 4, "{}", expected.out);
    assert_eq!(read(&expected).len(), 4, "{}", expected.err);
    for (compression, rows) in [
        (Compression::UNCOMPRESSED, 100),
        (Compression::UNCOMPRESSED, 1),
        (Compression::SNAPPY, 3),
        (Compression::GZIP(GzipLevel::default()), 2),
    ] {
        let file = parquet(&records, compression, rows);
        fs::write(dir.path().join("x.gz.parquet"), &file).expect("writes");
        fs::write(dir.path().join("packed.gz"), gzip(&file)).expect("writes");
        for (name, input) in [("x.gz.parquet", &[][..]), ("packed.gz", &[]), ("-", &file)] {
            let ran = outguard(&dir, &["run", name, "--format", "json"], input);
            assert_eq!(ran.code, 0, "{}", ran.err);
            assert_eq!(findings(&ran), findings(&expected), "{compression:?} {rows} {name}");
            assert_eq!(read(&ran), read(&expected), "{compression:?} {rows} {name}");
        }
    }
}

#[test]
fn files_of_another_writer_are_read() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let expected =
        outguard(&dir, &["run", at("events/security_lake").to_str().expect("UTF-8"), "--format", "json"], b"");
    // Pages of version 2 in zstd with dictionaries; snappy with INT96 and lists as old writers have them.
    for file in ["lake-zstd.parquet", "lake-snappy.parquet"] {
        let path = at("parquet").join(file);
        let ran = outguard(&dir, &["run", path.to_str().expect("UTF-8"), "--format", "json"], b"");
        assert_eq!(findings(&ran), findings(&expected), "{file}");
        assert_eq!(read(&ran), read(&expected), "{file}");
    }
}

/// The rows of a flow log as objects, by the names that Parquet's columns have.
fn flows() -> (String, Vec<Value>) {
    const NAMES: [&str; 14] = [
        "version",
        "account_id",
        "interface_id",
        "srcaddr",
        "dstaddr",
        "srcport",
        "dstport",
        "protocol",
        "packets",
        "bytes",
        "start",
        "end",
        "action",
        "log_status",
    ];
    let text = fs::read_to_string(at("events/vpc-flow-v2.log")).expect("the sample");
    let cell = |(name, cell): (&&str, &str)| {
        let number = !matches!(*name, "account_id") && cell.bytes().all(|b| b.is_ascii_digit());
        let value = match cell {
            "-" => Value::Null,
            digits if number => digits.parse::<i64>().expect("digits").into(),
            text => text.into(),
        };
        ((*name).to_owned(), value)
    };
    let row = |l: &str| Value::Object(NAMES.iter().zip(l.split_whitespace()).map(cell).collect());
    let rows = text.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_digit())).map(row).collect();
    (text, rows)
}

#[test]
fn flow_logs_are_judged_as_their_rows_are() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (text, rows) = flows();
    fs::write(dir.path().join("flow.log"), text).expect("writes");
    fs::write(dir.path().join("flow.parquet"), parquet(&rows, Compression::SNAPPY, 7)).expect("writes");
    let expected = outguard(&dir, &["run", "flow.log", "--format", "json"], b"");
    let ran = outguard(&dir, &["run", "flow.parquet", "--format", "json"], b"");
    assert!(!findings(&expected).is_empty(), "{}", expected.err);
    assert_eq!(findings(&ran), findings(&expected));
    assert_eq!(read(&ran), read(&expected));
}

#[test]
fn damage_costs_the_file_and_not_the_run() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let whole = parquet(&sample(), Compression::SNAPPY, 1);
    let mut hurt = whole.clone();
    hurt[4..whole.len() / 2].fill(0xa5);
    fs::create_dir(dir.path().join("logs")).expect("a folder");
    for (name, bytes) in [
        ("a-whole.parquet", &whole[..]),
        ("b-cut.parquet", &whole[..whole.len() / 2]),
        ("c-hurt.parquet", &hurt),
        ("d-mark.parquet", b"PAR1"),
        ("e-sealed.parquet", b"PARE\0\0\0\0\0\0\0\0PARE"),
    ] {
        fs::write(dir.path().join("logs").join(name), bytes).expect("writes");
    }
    let expected = outguard(&dir, &["run", "logs/a-whole.parquet", "--format", "json"], b"");
    let ran = outguard(&dir, &["run", "logs", "--format", "json", "--dead-letter", "dead"], b"");
    assert_eq!(findings(&ran), findings(&expected), "{}", ran.err);
    assert!(ran.err.contains("truncated_archive") && ran.err.contains("bad_archive"), "{}", ran.err);
    let dead = fs::read_to_string(dir.path().join("dead")).expect("dead letters");
    for told in ["b-cut.parquet", "c-hurt.parquet", "d-mark.parquet", "e-sealed.parquet", "is encrypted", "its footer"]
    {
        assert!(dead.contains(told), "{told}: {dead}");
    }
}

#[test]
fn a_run_that_keeps_state_reads_each_file_once() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (_, rows) = flows();
    let (first, second) = rows.split_at(rows.len() / 2);
    fs::create_dir(dir.path().join("logs")).expect("a folder");
    let put = |name: &str, rows: &[Value]| {
        let path = dir.path().join("logs").join(name);
        fs::write(path, parquet(rows, Compression::UNCOMPRESSED, 5)).expect("writes");
    };
    let events = |ran: &Ran| -> String {
        let line = ran.err.lines().find(|l| l.starts_with("read ")).expect("a summary");
        line.split(" in ").next().expect("a part").to_owned()
    };
    put("1.parquet", first);
    let run = ["run", "--state", "state", "logs", "--format", "json"];
    let one = outguard(&dir, &run, b"");
    let again = outguard(&dir, &run, b"");
    assert_eq!(events(&again), "read 0 events", "{}", again.err);
    put("2.parquet", second);
    let two = outguard(&dir, &run, b"");
    let count = |ran: &Ran| events(ran).split(' ').nth(1).and_then(|n| n.parse::<usize>().ok()).expect("a number");
    let whole = outguard(&dir, &["run", "logs"], b"");
    assert!(count(&one) > 0 && count(&two) > 0);
    assert_eq!(count(&one) + count(&two), count(&whole));
    assert_eq!((one.code, again.code, two.code), (0, 0, 0), "{}", two.err);
    let piped = outguard(&dir, &["run", "--state", "other", "-"], &parquet(first, Compression::UNCOMPRESSED, 5));
    assert!(piped.code == 3 && piped.err.contains("name the Parquet file itself"), "{}", piped.err);
}
