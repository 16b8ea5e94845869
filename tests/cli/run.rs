//! run and bench: findings, formats, summaries, exit codes, and that nothing depends on the number of threads.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::tool::{Ran, Tool};

/// A record of CloudTrail.
fn record(n: u32, operation: &str) -> Value {
    json!({
        "eventVersion": "1.08", "eventID": format!("{n:08}-0000-4000-8000-000000000000"),
        "eventTime": format!("2026-01-31T10:{:02}:{:02}Z", n / 60 % 60, n % 60),
        "eventSource": "cloudtrail.amazonaws.com", "eventName": operation, "awsRegion": "eu-central-1",
        "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.15", "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "principalId": format!("AIDA{}", n % 3), "accountId": "111122223333", "accessKeyId": format!("AKIA{}", n % 3),
            "arn": format!("arn:aws:iam::111122223333:user/eve{}", n % 3), "userName": format!("eve{}", n % 3),
        },
    })
}

fn lines(records: impl IntoIterator<Item = Value>) -> String {
    records.into_iter().map(|r| format!("{r}\n")).collect()
}

/// A folder with a new pack and a few logs.
fn scene() -> Tool {
    let tool = Tool::new();
    assert_eq!(tool.run(&["new", "pack"]).code, 0);
    tool.write("logs/a.json", json!({ "Records": [record(1, "StopLogging"), record(2, "ListTrails")] }).to_string());
    tool.write("logs/b/c.json", lines([record(3, "StopLogging"), record(5, "StopLogging")]));
    tool.write("logs/README.md", "Logs of a bad day.\n");
    tool
}

/// Exit code and stderr, without figures of time and speed.
fn summary(ran: &Ran) -> String {
    let Ran { code, err, .. } = ran;
    steady(&Ran { code: *code, out: String::new(), err: err.clone() })
}

/// All that was told, without figures of time and speed.
fn steady(ran: &Ran) -> String {
    let line = |l: &str| match l.split_once(" in ") {
        Some((head, _)) if l.starts_with("read ") => format!("{head} in …"),
        _ => l.to_owned(),
    };
    ran.told().lines().map(|l| line(l) + "\n").collect()
}

fn types(ran: &Ran) -> Vec<String> {
    ran.out.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON")).map(|f| f.to_string()).collect()
}

#[test]
fn a_run_finds_and_sums_up() {
    let tool = scene();
    let ran = tool.run(&["run", "--rules", "pack", "--format", "table", "logs"]);
    insta::assert_snapshot!("run_table", steady(&ran));
    let quiet = tool.run(&["run", "--rules", "pack", "-q", "logs"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    assert_eq!(types(&quiet).len(), 3, "{}", quiet.out);
    assert!(quiet.out.contains("Stealth:IAMUser/TrailStopped"), "{}", quiet.out);
}

#[test]
fn findings_can_be_chosen_and_decide_the_exit_code() {
    let tool = scene();
    let run = |more: &[&str]| tool.run(&[&["run", "--rules", "pack", "logs"][..], more].concat());
    assert_eq!(run(&["--fail-on", "high"]).code, 1);
    assert_eq!(run(&["--fail-on", "critical"]).code, 0);
    assert_eq!(run(&["--min-severity", "critical", "--fail-on", "low"]).code, 0);
    assert_eq!(run(&["--only", "Stealth:*"]).out.lines().count(), 3);
    assert_eq!(run(&["--only", "Recon:*"]).out, "");
    assert_eq!(run(&["--since", "2026-01-31T10:00:03Z"]).out.lines().count(), 2);
    let until = run(&["--until", "2026-01-31T10:00:03Z"]);
    assert_eq!(until.out.lines().count(), 1);
    assert!(until.err.contains("outside of --since and --until"), "{}", until.err);
    for wrong in [&["--since", "yesterday"][..], &["--fail-on", "urgent"], &["--threads", "0"], &["--format", "xml"]] {
        assert_eq!(run(wrong).code, 3, "{wrong:?}");
    }
    assert!(run(&["--as", "cloudtrial"]).err.contains("did you mean `cloudtrail`?"));
}

#[test]
fn every_format_is_written() {
    let tool = scene();
    for format in outguard::sink::FORMATS {
        let ran = tool.run(&["run", "--rules", "pack", "logs", "--format", format.name]);
        assert_eq!(ran.code, 0, "{}: {}", format.name, ran.err);
        assert!(ran.out.contains("TrailStopped"), "{}: {}", format.name, ran.out);
    }
}

#[test]
fn output_does_not_depend_on_threads_or_the_order_of_inputs() {
    let tool = Tool::new();
    assert_eq!(tool.run(&["new", "pack"]).code, 0);
    for file in 0..30u32 {
        let records = (0..=file).map(|n| record(file * 31 + n, if n % 4 == 0 { "StopLogging" } else { "ListTrails" }));
        tool.write(&format!("logs/{file}.json"), lines(records));
    }
    let one = tool.run(&["run", "--rules", "pack", "--threads", "1", "logs"]);
    assert!(one.out.lines().count() >= 3, "{}", one.out);
    for threads in ["2", "3", "16"] {
        let many = tool.run(&["run", "--rules", "pack", "--threads", threads, "logs"]);
        assert_eq!(many.out, one.out, "{threads} threads");
        assert_eq!(steady(&many), steady(&one), "{threads} threads");
    }
    let backwards: Vec<String> = (0..30).rev().map(|n| format!("logs/{n}.json")).collect();
    let mut arguments = vec!["run", "--rules", "pack"];
    arguments.extend(backwards.iter().map(String::as_str));
    assert_eq!(tool.run(&arguments).out, one.out);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_used() {
    let tool = scene();
    tool.write("other/notes.txt", "nothing here\n").write("plain.txt", "no log at all\n");
    fs::create_dir(tool.path("empty")).expect("makes a folder");
    let ran = tool.run(&["run", "--rules", "pack", "none.json", "*.gz", "empty", "other", "plain.txt", "logs"]);
    insta::assert_snapshot!("run_failures", summary(&ran));
    assert_eq!((ran.code, ran.out.lines().count()), (3, 3));
}

#[test]
fn unreadable_records_are_counted_and_kept() {
    let tool = scene();
    let broken =
        format!("{}{{\"eventName\": \n{}", lines([record(5, "StopLogging")]), lines([record(6, "StopLogging")]));
    tool.write("broken.json", broken);
    let ran = tool.run(&["run", "--rules", "pack", "broken.json", "--dead-letter", "dead.ndjson"]);
    insta::assert_snapshot!("run_unreadable", summary(&ran));
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2), "{}", ran.told());
    let letters = tool.read("dead.ndjson");
    let letter: Value = serde_json::from_str(letters.lines().next().expect("a line")).expect("JSON");
    assert_eq!((letter["file"].as_str(), letter["line"].as_u64()), (Some("broken.json"), Some(2)), "{letters}");
    assert!(letter["text"].as_str().is_some_and(|t| t.contains("eventName")), "{letters}");
}

#[test]
fn standard_input_is_read() {
    let tool = scene();
    let ran = tool.run_with(&["run", "--rules", "pack", "-"], lines([record(9, "StopLogging")]));
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{}", ran.told());
    let none = tool.run_with(&["run", "--rules", "pack", "-"], "hello\n");
    assert_eq!(none.code, 3, "{}", none.told());
}

#[test]
fn a_file_of_findings_appears_whole_or_not_at_all() {
    let tool = scene();
    assert_eq!(tool.run(&["run", "--rules", "pack", "logs", "-o", "out.json"]).code, 0);
    assert_eq!(tool.read("out.json").lines().count(), 3);
    let missing = tool.run(&["run", "--rules", "pack", "logs", "-o", "no/such/out.json"]);
    assert_eq!(missing.code, 3);
    assert!(missing.err.contains("cannot write `no/such/out.json`"), "{}", missing.err);
    let files = fs::read_dir(tool.path(".")).expect("lists").count();
    assert_eq!(files, 3, "pack, logs, out.json and nothing half");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let tool = scene();
    let ran = tool.run(&["run", "--rules", "pack", "logs", "-o", "/dev/full"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("cannot write `/dev/full`: no space left on device"), "{}", ran.err);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("opens");
    let binary = assert_cmd::cargo::cargo_bin("outguard");
    let child = Command::new(binary).arg("fields").stdout(full).stderr(Stdio::piped()).spawn().expect("starts");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output: no space left"));
}

#[test]
fn a_closed_pipe_is_quiet() {
    let binary = assert_cmd::cargo::cargo_bin("outguard");
    let mut child = Command::new(binary)
        .args(["fields", "api", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_whole_findings() {
    let tool = scene();
    let binary = assert_cmd::cargo::cargo_bin("outguard");
    let mut child = Command::new(binary)
        .current_dir(tool.path("."))
        .args(["run", "--rules", "pack", "--threads", "1", "logs", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"{\"eventName\":").expect("writes");
    std::thread::sleep(std::time::Duration::from_millis(700));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let status = child.wait().expect("ends");
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().expect("piped").read_to_string(&mut out).expect("reads");
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("reads");
    assert_eq!(status.code(), Some(3), "{err}");
    assert!(err.contains("stopped before everything was read"), "{err}");
    assert_eq!(out.lines().count(), 3, "{out}");
    assert!(out.lines().all(|l| serde_json::from_str::<Value>(l).is_ok()), "{out}");
    drop(stdin);
}

#[test]
fn lists_are_bound_and_summed_up() {
    let tool = scene();
    let rule = "list @bad: ip\n\n/// A call from a bad address.\nfinding Recon:IAMUser/BadCaller {\n  severity medium\n  on cloudtrail where src_endpoint.ip in @bad\n}\n";
    tool.write("bad.og", rule).write("feed.txt", "198.51.100.0/24\n10.0.0.0/8\n");
    let unbound = tool.run(&["run", "--rules", "bad.og", "logs"]);
    assert_eq!(unbound.out, "");
    assert!(unbound.err.contains("(--list NAME=FILE): @bad"), "{}", unbound.err);
    let bound = tool.run(&["run", "--rules", "bad.og", "logs", "--list", "bad=plain:feed.txt"]);
    assert!(bound.out.contains("Recon:IAMUser/BadCaller"), "{}", bound.told());
    assert!(bound.err.contains("@bad  2 entries, plain, 0 minutes old"), "{}", bound.err);
    let config = "rules: [bad.og]\nlists:\n  bad: { file: feed.txt, role: plain, max_age: 7d }\n";
    tool.write("outguard.yaml", config);
    let deployed = tool.run(&["run", "--config", "outguard.yaml", "logs"]);
    assert_eq!(deployed.out, bound.out, "{}", deployed.told());
    let unknown = tool.run(&["run", "--rules", "bad.og", "logs", "--list", "bed=feed.txt"]);
    assert_eq!(unknown.code, 3);
    assert!(unknown.err.contains("did you mean `bad`?"), "{}", unknown.err);
    tool.write("page.txt", "<html></html>");
    let refused = tool.run(&["run", "--rules", "bad.og", "logs", "--list", "bad=page.txt"]);
    assert_eq!((refused.code, refused.out.as_str()), (3, ""));
    assert!(refused.err.contains("the list `@bad` is refused: page.txt"), "{}", refused.err);
    tool.write("typo.yaml", "list:\n  bad: { file: feed.txt }\n");
    insta::assert_snapshot!("config_typo", tool.run(&["run", "--config", "typo.yaml", "logs"]).told());
}

#[test]
fn explain_tells_why_on_events() {
    let tool = scene();
    let ty = "Stealth:IAMUser/TrailStopped";
    let ran = tool.run(&["explain", ty, "--rules", "pack", "--event", "logs/a.json"]);
    insta::assert_snapshot!("explain_event", ran.told());
    for format in ["json", "guardduty", "eventbridge"] {
        assert_eq!(tool.run(&["run", "--rules", "pack", "logs", "--format", format, "-o", "out"]).code, 0);
        let told = tool.run(&["explain", "out", "--rules", "pack"]);
        assert_eq!(told.code, 0, "{format}: {}", told.err);
        assert!(told.out.starts_with("this finding\n  title        a trail"), "{format}: {}", told.out);
        assert!(
            told.out.contains("api.operation == \"StopLogging\"") && !told.out.contains("has changed"),
            "{}",
            told.out
        );
    }
    let changed = tool.read("out").replace("TrailStopped", "TrailStarted");
    tool.write("other", changed);
    let other = tool.run(&["explain", "other", "--rules", "pack"]);
    assert_eq!(other.code, 3);
    assert!(other.err.contains("did you mean `Stealth:IAMUser/TrailStopped`?"), "{}", other.err);
    tool.write("no-finding", "[]");
    assert_eq!(tool.run(&["explain", "no-finding", "--rules", "pack"]).code, 3);
}

#[test]
fn bench_measures_what_it_is_given() {
    let tool = scene();
    let ran = tool.run(&["bench", "--rules", "pack", "--runs", "1", "--json", "logs/a.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let passes: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let of = |name: &str| passes.iter().find(|p| p["pass"] == name).expect("a pass").clone();
    assert_eq!(of("match")["events"], 2);
    assert!(of("JSON skip")["bytes_per_second"].as_f64().is_some_and(|r| r > 0.0));
    assert!(of("unpack")["seconds"].is_null(), "nothing is packed");
    let synthetic = tool.run(&["bench", "--rules", "pack", "--runs", "1", "--size", "600"]);
    assert!(synthetic.out.contains("600 events in 2 gzip files"), "{}", synthetic.told());
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_is_refused_aloud_and_the_rest_is_judged() {
    let tool = scene();
    let parquet = b"PAR1\x15\x04 {\"eventName\":\"StopLogging\"}\n PAR1";
    tool.write("logs/x.json", parquet).write("logs/y.gz.parquet", parquet);
    let ran = tool.run(&["run", "logs", "--rules", "pack"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(types(&ran).len(), types(&tool.run(&["run", "logs/a.json", "logs/b", "--rules", "pack"])).len());
    for told in [
        "2  files are Parquet, which this build does not read, such as logs/x.json",
        "error: E0801: `logs/x.json` and 1 other file are Parquet, which this build does not read",
        "build with `--features parquet`",
        "outguard explain E0801",
    ] {
        assert!(ran.err.contains(told), "{told}: {}", ran.err);
    }
    // Until a build reads it, it is not read: a run that keeps state says so each time.
    for _ in 0..2 {
        let ran = tool.run(&["run", "--state", "state", "logs/x.json", "--rules", "pack"]);
        assert_eq!((ran.code, ran.err.contains("E0801")), (3, true), "{}", ran.err);
    }
    let ran = tool.run_with(&["run", "-", "--rules", "pack"], *parquet);
    assert_eq!((ran.code, ran.err.contains("E0801")), (3, true), "{}", ran.err);
    assert!(tool.run(&["explain", "E0801"]).out.contains("cargo install --path . --features parquet"));
    assert!(tool.run(&["bench", "logs/x.json", "--rules", "pack"]).err.contains("E0801"));
}
