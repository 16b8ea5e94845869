//! A file in blocks says what it says in one piece, whatever its lines are and however many threads share it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::blocks::Blocks;
use super::inputs::Inputs;
use super::work::{self, Job};
use super::{Config, Forced};
use crate::engine::Lists;
use crate::plan::Plan;
use crate::program::{self, Program, RuleFile};
use crate::value::Time;

const RULES: &str = r#"
finding Recon:EC2/Portscan {
  severity low
  title "{remote.ip} tries ports"
  on network where has remote.ip
  per remote.ip
  when count() >= 5
  within 1h
}
finding Discovery:IAMUser/OneCall {
  severity low
  title "{actor.principal} asks"
  on api where api.operation == "ListUsers"
}
"#;

fn plan() -> Plan {
    let vocabulary = program::vocabulary();
    let file = RuleFile { name: "rules/a.og".into(), text: RULES.into(), pack: None };
    let program = Program::load(vec![file], Vec::new(), vocabulary);
    assert!(program.is_ok(), "{:?}", program.diagnostics);
    program.plan(vocabulary)
}

/// One call of CloudTrail, as a line.
fn call(n: usize) -> String {
    let operation = if n.is_multiple_of(7) { "ListUsers" } else { "DescribeInstances" };
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"2026-01-31T10:{:02}:{:02}Z","eventID":"e-{n}","eventSource":"iam.amazonaws.com","eventName":"{operation}","awsRegion":"eu-west-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.5","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u{}","accountId":"111122223333"}}}}"#,
        n / 60 % 60,
        n % 60,
        n % 3
    )
}

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// One flow; `turned`: with source and target in each other's place.
fn flow(n: usize, turned: bool) -> String {
    let (remote, ours) = (format!("198.51.100.{}", n % 20), "10.0.0.5".to_owned());
    let (from, to) = if turned { (ours, remote) } else { (remote, ours) };
    let at = 1_769_853_600 + n;
    format!("2 111122223333 eni-0a1b {from} {to} {} 22 6 10 840 {at} {} ACCEPT OK", 40_000 + n, at + 1)
}

/// What a run says of a file that is read in blocks of such a size.
fn told(plan: &Plan, path: PathBuf, block: u64, threads: usize) -> (bool, String) {
    let vocabulary = program::vocabulary();
    let inputs = Inputs::find(&[path]);
    let lists = Lists::bind(plan, &[]).expect("no lists");
    let forced = Forced::new(None, &Config::default(), vocabulary).expect("nothing forced");
    let job = Job {
        plan,
        vocabulary,
        lists: &lists,
        inputs: &inputs.list,
        forced: &forced,
        since: None,
        until: None,
        dead: None,
        profile: false,
        threads,
        groups: 1000,
        seed: 1,
        cap: Time(i64::MAX),
        block,
        keep: None,
    };
    let in_blocks = Blocks::of(&job, 0, block).is_some_and(|b| b.len() > 2);
    let done = work::run(&job, threads, false).expect("runs");
    let (stats, mut out) = (done.stats, String::new());
    let unreadable: Vec<_> = stats.unreadable.iter().map(|(why, of)| (why, of.count)).collect();
    let matched: Vec<u64> = done.counts.iter().map(|c| c.held).collect();
    let sums = (stats.files, stats.plain, stats.skipped, &stats.sources, stats.unknown.len(), &stats.failures);
    writeln!(out, "{sums:?} {unreadable:?} {matched:?}").expect("text");
    for finding in done.aggregator.finish() {
        writeln!(out, "{finding:?}").expect("text");
    }
    (in_blocks, out)
}

/// Reads a file in one piece and in blocks of several sizes. `blocks`: it is read in blocks at all.
fn same(name: &str, text: &str, blocks: bool) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = dir.path().join(name);
    fs::write(&path, text).expect("writes");
    let plan = plan();
    let (_, whole) = told(&plan, path.clone(), u64::MAX, 1);
    assert!(whole.contains("OneCall") || whole.contains("Portscan"), "{name}: {whole}");
    for (block, threads) in [(1000, 1), (1000, 3), (4096, 2), (9999, 8)] {
        let (in_blocks, parts) = told(&plan, path.clone(), block, threads);
        assert_eq!(in_blocks, blocks, "{name}");
        assert_eq!(parts, whole, "{name}, blocks of {block}, {threads} threads");
    }
}

#[test]
fn lines_that_are_records() {
    let calls: Vec<String> = (0..400).map(call).collect();
    same("calls.json", &calls.join("\n"), true);
    same("dos.json", &(calls.join("\r\n\r\n") + "\r\n\r\n"), true);
    let flows: Vec<String> = (0..600).map(|n| flow(n, false)).collect();
    same("flows.log", &format!("{HEADER}\n{}\n", flows.join("\n")), true);
    same("bare.log", &flows.join("\n"), true);
}

#[test]
fn lines_that_become_others_on_the_way() {
    let flows = |turned| (0..300).map(|n| flow(n, turned) + "\n").collect::<String>();
    // Another header row, in another order of columns.
    let turned = HEADER.replace("srcaddr dstaddr", "dstaddr srcaddr");
    same("headers.log", &format!("{HEADER}\n{}{turned}\n{}", flows(false), flows(true)), true);
    let calls: Vec<String> = (0..200).map(call).collect();
    // A list of records over many lines, between records that are lines.
    let list = format!("{{\"Records\":[\n{}\n]}}\n", calls.join(",\n"));
    same("mixed.json", &format!("{}\n{list}{}", calls.join("\n"), calls.join("\n")), true);
    same("both.log", &format!("{}\n{HEADER}\n{}{}", calls.join("\n"), flows(false), calls.join("\n")), true);
}

#[test]
fn damage_costs_no_more_than_without_blocks() {
    let mut lines: Vec<String> = (0..400).map(call).collect();
    for (n, line) in lines.iter_mut().enumerate().filter(|(n, _)| n % 57 == 5) {
        *line = match n % 4 {
            0 => line[..100].to_owned(),
            1 => line.replace("eventTime", "time"),
            2 => format!("{line}}}"),
            _ => line.replace("eventID\":", "eventID\" "),
        };
    }
    same("damaged.json", &lines.join("\n"), true);
    let cut = lines.join("\n");
    same("cut.json", &cut[..cut.len() - 50], true);
}

#[test]
fn what_is_not_made_of_lines_is_read_in_one_piece() {
    let calls: Vec<String> = (0..400).map(call).collect();
    same("list.json", &format!("{{\"Records\":[{}]}}", calls.join(",")), false);
    same("lines.json", &format!("{{\"Records\":[\n{}\n]}}", calls.join(",\n")), false);
    // The first lines end with a record, the first block does not.
    let pretty: String = calls[..60].iter().map(|c| c.replace(",\"", ",\n  \"") + "\n").collect();
    same("pretty.json", &pretty, true);
}
