//! Runs that go on: over their own end, over files that come, grow and move, over an endless stream.

#[path = "going/world.rs"]
#[expect(dead_code, reason = "each test uses a part of what they share")]
mod world;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use world::{Place, Rng, Told, flow, lines, same, trail};

const KEEP: [&str; 4] = ["--state", "state", "-o", "told.json"];

/// A run that keeps state, over the logs.
fn on(place: &Place) -> String {
    let output = place.ran(&[&KEEP[..], &["logs"]].concat());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn end(mut child: Child, signal: &str) -> i32 {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    child.wait().expect("ends").code().unwrap_or(-1)
}

/// Waits for something that must come soon.
fn soon(what: &str, mut there: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !there() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what} did not come");
        thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn stopped_after_every_event_it_tells_the_same() {
    for seed in 1..=3 {
        let place = Place::new();
        let all = lines(seed, 45);
        for line in &all {
            place.add_line(line);
            on(&place);
        }
        place.ran(&["--state", "once", "-o", "whole.json", "logs"]);
        let (told, whole) = (place.told("told.json"), place.told("whole.json"));
        told.nothing_twice();
        same(&told.last_words(), &whole.last_words(), "stopped after every event, and read at once");
        assert!(!told.lines.is_empty());
    }
}

#[test]
fn any_split_any_threads_twice_the_same_files() {
    let place = Place::new();
    let all = lines(11, 1500);
    let mut rng = Rng(5);
    for (n, line) in all.iter().enumerate() {
        place.add_line(line);
        if rng.below(150) == 0 || n + 1 == all.len() {
            let threads = (1 + rng.below(8)).to_string();
            place.ran(&[&KEEP[..], &["--threads", &threads, "logs", "logs/a.json"]].concat());
            let before = fs::read(place.at("told.json")).expect("findings");
            let again = on(&place);
            assert!(again.contains("read 0 events"), "{again}");
            assert_eq!(fs::read(place.at("told.json")).expect("findings"), before, "nothing new is nothing to tell");
        }
    }
    let batch = place.ran(&["--format", "json", "logs"]);
    let told = place.told("told.json");
    told.nothing_twice();
    same(&told.last_words(), &Told::of(&batch.stdout).last_words(), "in pieces, and in one batch");
    assert!(told.last_words().len() > 20, "{}", told.last_words().len());
}

#[test]
fn files_come_grow_move_and_are_compressed() {
    let place = Place::new();
    let all = lines(21, 600);
    let (mut archived, mut n) = (0, 0);
    for chunk in all.chunks(100) {
        n += 1;
        let mut packed = String::new();
        for line in chunk {
            // Some lines come in compressed files of their own, as a bucket has them.
            if line.file == "sub/c.json" {
                packed.push_str(&line.text);
                packed.push('\n');
            } else {
                place.add_line(line);
            }
        }
        place.add(&format!("sub/{n}.json.gz"), &gzip(&packed));
        if n == 3 {
            // Rotated with the last part unread.
            fs::rename(place.at("logs/a.json"), place.at("logs/a.json.1")).expect("renames");
            archived += 1;
        }
        let told = on(&place);
        assert!(n != 4 || !told.contains("replaced"), "{told}");
    }
    assert_eq!(archived, 1);
    let batch = place.ran(&["--format", "json", "logs"]);
    let told = place.told("told.json");
    told.nothing_twice();
    same(&told.last_words(), &Told::of(&batch.stdout).last_words(), "in pieces, and in one batch");
}

#[test]
fn what_is_certain_is_told_within_a_second_while_it_follows() {
    let place = Place::new();
    let child = place.spawned(&[&KEEP[..], &["--follow", "-q", "logs"]].concat());
    let mut slowest = Duration::ZERO;
    for n in 0..5u64 {
        // Four failures of one principal: certain at the fourth, though the watermark is half an hour behind.
        for i in 0..4 {
            let line = trail(7200 * (n as i64) + i, n * 10 + i as u64, "ana", "Get", true);
            place.add("a.json", format!("{line}\n").as_bytes());
        }
        let wanted = n as usize + 1;
        let denied = || place.told("told.json").lines.iter().filter(|l| l["type"] == "Recon:IAMUser/Denied").count();
        slowest = slowest.max(soon("a finding", || denied() == wanted));
    }
    println!("slowest of 5: {slowest:?}");
    assert_eq!(end(child, "-TERM"), 0);
    assert!(on(&place).contains("read 0 events"), "SIGTERM leaves a checkpoint");
    place.told("told.json").nothing_twice();
}

#[test]
fn new_files_and_slow_compressed_ones_are_followed() {
    let place = Place::new();
    let child = place.spawned(&[&KEEP[..], &["--follow", "-q", "logs"]].concat());
    let root = |who: &str, n: u64| trail(n as i64, n, who, "Root", false) + "\n";
    let told = || place.told("told.json").lines.len();
    fs::create_dir(place.at("logs/new")).expect("folder");
    place.add("new/x.json", root("ana", 1).as_bytes());
    soon("a finding of a new file", || told() == 1);
    // A compressed file counts once it is whole.
    let packed = gzip(&(root("bob", 2) + &root("cleo", 3)));
    let (head, tail) = packed.split_at(packed.len() / 2);
    place.add("y.json.gz", head);
    thread::sleep(Duration::from_millis(700));
    assert_eq!(told(), 1);
    place.add("y.json.gz", tail);
    soon("findings of a compressed file", || told() == 3);
    // A document over many lines that is written slowly.
    let document = format!("{{\n\"Records\": [\n{},\n{}\n]\n}}\n", root("dan", 4).trim(), root("eve", 5).trim());
    let (head, tail) = document.split_at(document.len() - 30);
    place.add("z.json", head.as_bytes());
    thread::sleep(Duration::from_millis(700));
    assert_eq!(told(), 3);
    place.add("z.json", tail.as_bytes());
    soon("findings of a document", || told() == 5);
    assert_eq!(end(child, "-INT"), 0);
    assert_eq!(told(), 5);
}

#[test]
fn an_endless_stream_is_read_as_it_comes() {
    let place = Place::new();
    let mut child =
        place.run(&["--follow", "-q", "--format", "json", "-"]).stdin(Stdio::piped()).spawn().expect("starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped")).lines();
    for n in 0..3u64 {
        let line = trail(n as i64, n, &format!("user{n}"), "Root", false);
        let (head, tail) = line.split_at(40);
        stdin.write_all(head.as_bytes()).expect("writes");
        stdin.flush().expect("flushes");
        thread::sleep(Duration::from_millis(30));
        stdin.write_all(format!("{tail}\n").as_bytes()).expect("writes");
        stdin.flush().expect("flushes");
        let told = stdout.next().expect("a line").expect("readable");
        assert!(told.contains("Policy:IAMUser/Root") && told.contains(&format!("user{n}")), "{told}");
    }
    // Flows with a header, in pieces that end anywhere.
    let mut flows = String::from(
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n",
    );
    (1..=5).for_each(|port| flows.push_str(&(flow(600 + port as i64, 9, port) + "\n")));
    for piece in flows.as_bytes().chunks(37) {
        stdin.write_all(piece).expect("writes");
        stdin.flush().expect("flushes");
    }
    let told = stdout.next().expect("a line").expect("readable");
    assert!(told.contains("Recon:EC2/Ports"), "{told}");
    drop(stdin);
    assert!(child.wait().expect("ends").success(), "the end of the stream is a clean end");
}

#[test]
fn late_events_are_counted_and_judged_by_stateless_rules_only() {
    let place = Place::new();
    for i in 0..3 {
        place.add("a.json", (trail(i, i as u64, "ana", "Get", true) + "\n").as_bytes());
    }
    place.add("a.json", (trail(7200, 10, "bob", "List", false) + "\n").as_bytes());
    on(&place);
    // The fourth failure would have been one too many.
    place.add("a.json", (trail(3, 3, "ana", "Root", true) + "\n").as_bytes());
    let told = on(&place);
    assert!(told.contains("1  cloudtrail") && told.contains("came too late to be counted"), "{told}");
    let types: Vec<_> = place.told("told.json").lines.iter().map(|l| l["type"].clone()).collect();
    assert_eq!(types, ["Policy:IAMUser/Root"]);
    let shown = String::from_utf8(place.state(&["show", "state"]).stdout).expect("text");
    assert!(shown.contains("1 came too late"), "{shown}");
}

#[test]
fn a_wrong_clock_does_not_decide_for_all() {
    let place = Place::new();
    let now =
        i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after").as_secs())
            .expect("small");
    let second = now - 1_767_225_600 - 600;
    place.add("a.json", (trail(second + 9_000_000, 1, "eve", "List", false) + "\n").as_bytes());
    on(&place);
    // Not late, though an event of months ahead came first: it counted as five minutes ahead of the wall clock.
    for i in 0..4 {
        place.add("a.json", (trail(second + i, 10 + i as u64, "ana", "Get", true) + "\n").as_bytes());
    }
    let told = on(&place);
    assert!(!told.contains("too late"), "{told}");
    assert!(place.told("told.json").lines.iter().any(|l| l["type"] == "Recon:IAMUser/Denied"));
}

#[test]
fn what_still_means_the_same_goes_on() {
    let place = Place::new();
    let failures = |from: i64, n: i64| {
        for i in from..from + n {
            place.add("a.json", (trail(i, i as u64, "ana", "Get", true) + "\n").as_bytes());
            place.add("flows.log", (flow(i, 7, 1 + i as u64) + "\n").as_bytes());
        }
    };
    failures(0, 3);
    place.add("a.json", (trail(2000, 99, "bob", "List", false) + "\n").as_bytes());
    place.add("flows.log", (flow(2000, 9, 1) + "\n").as_bytes());
    on(&place);
    // The title of one rule, and what another counts.
    let changed = world::RULES
        .replace("finding Recon:IAMUser/Denied {", "finding Recon:IAMUser/Denied {\n  title \"other words\"")
        .replace("distinct(dst_endpoint.port) >= 5", "distinct(dst_endpoint.port) >= 4");
    assert_ne!(changed, world::RULES);
    place.write("rules.og", &changed);
    let told = on(&place);
    assert!(told.contains("the state of Recon:EC2/Ports is dropped: what it counts has changed"), "{told}");
    assert!(!told.contains("the state of Recon:IAMUser/Denied"), "{told}");
    place.add("a.json", (trail(301, 3, "ana", "Get", true) + "\n").as_bytes());
    place.write("rules.og", &changed.replace("Recon:EC2/Ports", "Recon:EC2/Other"));
    let told = on(&place);
    assert!(told.contains("the state of Recon:EC2/Ports is dropped") || !told.contains("Ports"), "{told}");
}

#[test]
fn one_writer_at_a_time() {
    let place = Place::new();
    let child = place.spawned(&[&KEEP[..], &["--follow", "-q", "logs"]].concat());
    soon("state", || place.at("state/state.redb").exists());
    for command in [place.run(&[&KEEP[..], &["logs"]].concat()).output(), Ok(place.state(&["show", "state"]))] {
        let output = command.expect("runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains(&format!("in use by process {} (outguard run --follow", child.id())), "{text}");
    }
    assert_eq!(end(child, "-TERM"), 0);
    on(&place);
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let place = Place::new();
    lines(31, 3000).iter().for_each(|line| place.add_line(line));
    // A limit on the size of files stands for a full disk.
    let limited = |blocks: u32| {
        let program = env!("CARGO_BIN_EXE_outguard");
        let script = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {program} run --config none.yaml --rules rules.og --state state -o told.json logs"
        );
        Command::new("sh").current_dir(place.dir.path()).args(["-c", &script]).output().expect("runs")
    };
    let mut failures = 0;
    for blocks in [100, 1000, 2600, 3200] {
        let output = limited(blocks);
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(text.contains("cannot") && text.contains("help:"), "{blocks}: {text}");
            failures += 1;
        }
    }
    assert!(failures > 0);
    on(&place);
    place.ran(&["--state", "once", "-o", "whole.json", "logs"]);
    let told = place.told("told.json");
    told.nothing_twice();
    same(&told.last_words(), &place.told("whole.json").last_words(), "with a full disk, and without");
}

#[test]
fn state_is_checked_shown_and_exported() {
    let place = Place::new();
    let all = lines(41, 300);
    // Without the events that end everything.
    all[..all.len() - 2].iter().for_each(|line| place.add_line(line));
    on(&place);
    let rules = ["--rules", "rules.og", "--config", "none.yaml"];
    let checked = place.state(&[&["check"], &rules[..], &["state"]].concat());
    let text = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success() && text.contains("sound groups:") && !text.contains("damaged"), "{text}");
    let shown = String::from_utf8(place.state(&["show", "state"]).stdout).expect("text");
    for part in ["decided up to 2026", "logs/a.json: to byte", "profile principal", "Recon:IAMUser/Denied", "findings"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let exported = place.state(&["export", "state"]);
    let lines: Vec<serde_json::Value> = String::from_utf8(exported.stdout)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(exported.status.success());
    let kinds = |kind: &str| lines.iter().filter(|l| l["kind"] == kind).count();
    assert!(kinds("finding") > 0 && kinds("group") > 0 && kinds("account") > 0, "{}", lines.len());
    assert!(lines.iter().any(|l| l["of"] == "profile principal" && l["key"][0] == "111122223333"), "keys are told");

    let file = place.at("state/state.redb");
    let sound = fs::read(&file).expect("reads");
    let mut refused = 0;
    for at in (0..sound.len()).step_by(sound.len() / 40) {
        let mut bytes = sound.clone();
        bytes[at..].iter_mut().take(256).for_each(|b| *b ^= 0x5a);
        if bytes == sound {
            continue;
        }
        fs::write(&file, &bytes).expect("writes");
        let checked = place.state(&[&["check"], &rules[..], &["state"]].concat());
        let output = place.run(&[&KEEP[..], &["logs"]].concat()).output().expect("runs");
        if output.status.code() == Some(3) {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(text.contains("damaged") && text.contains("outguard state export"), "{text}");
            assert_eq!(checked.status.code(), Some(1), "{}", String::from_utf8_lossy(&checked.stdout));
            refused += 1;
        }
    }
    assert!(refused > 0, "no damage was met");
}

#[test]
fn a_finding_grows_no_faster_than_it_is_told() {
    let place = Place::new();
    let updates = |every: &str| {
        let state = format!("state-{every}");
        let file = format!("told-{every}.json");
        let place = &place;
        let _ = fs::remove_file(place.at("logs/a.json"));
        for minute in 0..60 {
            place.add("a.json", (trail(minute * 60, minute as u64, "ana", "Root", false) + "\n").as_bytes());
            place.ran(&["--state", &state, "-o", &file, "--publish-every", every, "logs"]);
        }
        place.told(&file).nothing_twice();
        place.told(&file).lines.len()
    };
    // Each run ends cleanly, and so says all: what is told between is seen in a run that does not end.
    assert_eq!(updates("15m"), 60);
    let child = place.spawned(&["--state", "followed", "-o", "followed.json", "--follow", "-q", "logs"]);
    soon("the first", || !place.told("followed.json").lines.is_empty());
    for minute in 60..120 {
        place.add("a.json", (trail(minute * 60, minute as u64, "ana", "Root", false) + "\n").as_bytes());
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(end(child, "-TERM"), 0);
    // What came in the moment before it was stopped, the next run reads.
    place.ran(&["--state", "followed", "-o", "followed.json", "logs"]);
    let told = place.told("followed.json");
    told.nothing_twice();
    assert!((2..=9).contains(&told.lines.len()), "{}", told.lines.len());
    assert_eq!(told.lines.last().expect("lines")["count"], 120);
}
