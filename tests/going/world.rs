//! What tests of runs that go on share: rules of every kind, logs that come out of order but within their lateness, the
//! program as a child, and the last word of every finding that it told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value as Json;

pub const RULES: &str = include_str!("rules.og");

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }
}

/// A line of a log, and the file that it goes to.
#[derive(Debug, Clone)]
pub struct Line {
    pub file: &'static str,
    pub text: String,
}

/// Seconds since 1970 of the first event.
const BEGIN: i64 = 1_767_225_600;

/// An event of CloudTrail.
pub fn trail(second: i64, n: u64, who: &str, operation: &str, failed: bool) -> String {
    let time = chrono::DateTime::from_timestamp(BEGIN + second, 0).expect("in range").format("%Y-%m-%dT%H:%M:%SZ");
    let error = if failed { r#""errorCode":"AccessDenied","# } else { "" };
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","accountId":"111122223333","arn":"arn:aws:iam::111122223333:user/{who}","userName":"{who}"}},"eventTime":"{time}","eventSource":"iam.amazonaws.com","eventName":"{operation}","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7",{error}"eventID":"id-{n}","recipientAccountId":"111122223333"}}"#
    )
}

/// A flow.
pub fn flow(second: i64, from: u64, port: u64) -> String {
    let (begin, end) = (BEGIN + second - 1, BEGIN + second);
    format!("2 111122223333 eni-0a 10.0.0.{from} 10.0.1.9 40000 {port} 6 3 180 {begin} {end} ACCEPT OK")
}

/// So much later an event may be delivered than its time says, seconds: less than the sources' lateness.
const DELAY: u64 = 14 * 60;

/// Lines of `events` events in the order of their delivery: out of order, some twice, in several files. At the end the
/// time of both sources goes on for two days, so that everything before is decided.
pub fn lines(seed: u64, events: u64) -> Vec<Line> {
    let mut rng = Rng(seed);
    let mut all: Vec<(i64, u64, Line)> = Vec::new();
    let mut second = 3600;
    for n in 0..events {
        second += rng.below(60) as i64;
        let delivered = second + rng.below(DELAY) as i64;
        let line = if rng.below(5) == 0 {
            Line { file: "flows.log", text: flow(second, rng.below(4), 1 + rng.below(9)) }
        } else {
            let who = rng.of(&["ana", "bob", "cleo", "dan", "eve"]);
            let operation = rng.of(&["List", "Get", "Put", "Make", "Drop", "Stop", "Login", "Root", "Run", "Tag"]);
            let operation = if operation == "Root" && rng.below(10) > 0 { "List" } else { operation };
            let failed = rng.below(4) == 0;
            Line { file: rng.of(&["a.json", "b.json", "sub/c.json"]), text: trail(second, n, who, operation, failed) }
        };
        if rng.below(20) == 0 {
            all.push((delivered + rng.below(60) as i64, rng.next(), line.clone()));
        }
        all.push((delivered, rng.next(), line));
    }
    let end = second + 2 * 24 * 3600;
    all.push((end, 0, Line { file: "a.json", text: trail(end, events, "zoe", "Nothing", true) }));
    all.push((end, 1, Line { file: "flows.log", text: flow(end, 200, 1) }));
    all.sort_by_key(|(delivered, rank, _)| (*delivered, *rank));
    all.into_iter().map(|(_, _, line)| line).collect()
}

/// A folder of logs, rules, state and findings.
pub struct Place {
    pub dir: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::create_dir_all(dir.path().join("logs/sub")).expect("folder");
        let place = Self { dir };
        place.write("rules.og", RULES);
        place.write("none.yaml", "");
        place.begin();
        place
    }

    /// The header row of the flows.
    fn begin(&self) {
        let header = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
                      action log-status\n";
        self.write("logs/flows.log", header);
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).expect("writes");
    }

    /// Adds bytes to a file of logs.
    pub fn add(&self, file: &str, bytes: &[u8]) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.at("logs").join(file)).expect("opens");
        file.write_all(bytes).expect("writes");
    }

    pub fn add_line(&self, line: &Line) {
        self.add(line.file, format!("{}\n", line.text).as_bytes());
    }

    /// `outguard run` over the logs, with more options.
    pub fn run(&self, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outguard"));
        command.current_dir(self.dir.path()).args(["run", "--config", "none.yaml", "--rules", "rules.og"]);
        command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn ran(&self, options: &[&str]) -> Output {
        let output = self.run(options).output().expect("runs");
        assert!(output.status.success(), "{options:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    pub fn spawned(&self, options: &[&str]) -> Child {
        self.run(options).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts")
    }

    /// `outguard state COMMAND`.
    pub fn state(&self, command: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_outguard"));
        program.current_dir(self.dir.path()).arg("state").args(command).output().expect("runs")
    }

    /// What a file of findings holds.
    pub fn told(&self, file: &str) -> Told {
        Told::of(&fs::read(self.at(file)).unwrap_or_default())
    }
}

/// What was told of findings.
#[derive(Debug, Default)]
pub struct Told {
    /// Every line.
    pub lines: Vec<Json>,
}

impl Told {
    /// Reads NDJSON; every line must be readable.
    pub fn of(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).expect("findings are text");
        assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole");
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
        Self { lines: lines.collect() }
    }

    /// Nothing was told twice: of each finding, how often it was told before goes up by one from line to line.
    pub fn nothing_twice(&self) {
        let mut next: BTreeMap<&str, u64> = BTreeMap::new();
        for line in &self.lines {
            let id = line["id"].as_str().expect("an id");
            let wanted = next.entry(id).or_insert(0);
            assert_eq!(line["updated"].as_u64(), Some(*wanted), "{line}");
            *wanted += 1;
        }
    }

    /// The last word of every finding that no other stands for, by id, without what only the log of findings says.
    pub fn last_words(&self) -> Vec<String> {
        let gone: BTreeSet<&str> =
            self.lines.iter().filter_map(|l| l["supersedes"].as_array()).flatten().filter_map(Json::as_str).collect();
        let mut last: BTreeMap<&str, Json> = BTreeMap::new();
        for line in &self.lines {
            let id = line["id"].as_str().expect("an id");
            let mut plain = line.clone();
            if let Some(members) = plain.as_object_mut() {
                members.remove("updated");
                members.remove("supersedes");
            }
            last.insert(id, plain);
        }
        last.into_iter().filter(|(id, _)| !gone.contains(id)).map(|(_, line)| line.to_string()).collect()
    }
}

/// Fails with the first difference, short.
pub fn same(left: &[String], right: &[String], what: &str) {
    let of = |words: &[String]| words.iter().cloned().collect::<BTreeSet<_>>();
    let (l, r) = (of(left), of(right));
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).take(2).cloned().collect::<Vec<_>>();
    let (lost, more) = (only(&r, &l), only(&l, &r));
    assert!(lost.is_empty() && more.is_empty(), "{what}\nhas:    {more:#?}\nshould: {lost:#?}");
    assert_eq!(left.len(), right.len(), "{what}");
}

/// A path for an option.
pub fn path(path: &Path) -> &str {
    path.to_str().expect("text")
}
