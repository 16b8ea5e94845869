//! Logs of free text: records, lines that go on, what is no event, and what is none of theirs.

use std::io::Read;

use super::testing::{Told, told, told_by, trail};
use super::{Part, Reader, Reason, testing};
use crate::schema::Context;

const PREFIX: &str = "2024-01-02 03:04:05 UTC:203.0.113.9(51234):app@shop:[12]:";

fn refused(user: &str) -> String {
    format!(
        "2024-01-02 03:04:05 UTC:203.0.113.9(51234):{user}@shop:[12]:FATAL:  password authentication failed for user \"{user}\"\n"
    )
}

const LOGIN: &str = "rds_postgresql 1704164645 - - - 203.0.113.9";

fn events(text: impl AsRef<[u8]>) -> (usize, usize, Vec<&'static str>) {
    let (told, _) = told(text.as_ref());
    (told.events.len(), told.skipped.len(), told.reasons())
}

#[test]
fn records_and_lines_that_go_on() {
    let log = [
        &format!("{PREFIX}LOG:  connection authorized: user=app database=shop\n"),
        &refused("app"),
        &format!("{PREFIX}DETAIL:  Connection matched pg_hba.conf line 7: \"host all all all md5\"\n"),
        "\tConnection matched pg_hba.conf line 8\n",
        &format!("{PREFIX}ERROR:  syntax error at or near \"x\"\n"),
        &format!("{PREFIX}STATEMENT:  select srcaddr dstaddr srcport\n"),
        "\t{\"a\": 1}\n",
        "\t[{\"a\": 1}]\n",
        "\tsrcaddr dstaddr srcport dstport\n",
        &refused("app"),
    ]
    .map(|s| s.replace('\n', "\r\n"))
    .concat();
    let (told, stats) = told(log.as_bytes());
    assert_eq!(told.events, [LOGIN; 3]);
    assert_eq!((told.skipped.len(), told.reasons().len(), stats.records), (3, 0, 6));
    let without_end = refused("app");
    assert_eq!(events(without_end.trim_end()), (1, 0, vec![]), "the last line has no end");
}

#[test]
fn statements_over_lines_are_one_record() {
    let audit = format!("{PREFIX}LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.cards,\"select *\n\tfrom cards\n\t");
    let log = format!("{audit}where true\",<not logged>,77\n{}", refused("app"));
    assert_eq!(events(&log), (2, 0, vec![]));
    // Longer than the buffer, and longer than what is looked at.
    let long = format!("{audit}{}\",<not logged>,77\n{}", "x -- y\n\t".repeat(300_000), refused("app"));
    assert_eq!(events(&long), (2, 0, vec![]));
    let broken = audit.to_string().into_bytes().into_iter().chain([0xff, b'\n']).chain(refused("app").into_bytes());
    assert_eq!(events(broken.collect::<Vec<u8>>()), (2, 0, vec![]), "bytes that are no UTF-8");
}

#[test]
fn a_log_that_grows() {
    let audit = format!("{PREFIX}LOG:  AUDIT: SESSION,1,1,WRITE,DELETE,,,\"delete\n\tfrom cards\",<not logged>,7\n");
    let log = format!("{}{audit}\tmore\n{}{PREFIX}LOG:  x\n\ty\n{}", refused("a"), refused("b"), refused("c"));
    let whole = told(log.as_bytes()).0;
    assert_eq!((whole.events.len(), whole.bad.len()), (4, 0));
    for cut in (0..log.len()).step_by(3) {
        let mut told = Told::default();
        let mut reader = Reader::new(testing::setup(None));
        let mut read = |bytes: &[u8], header: Option<&str>, waits| {
            let part = Part { header, waits };
            let read = reader.read_part(bytes, "-", &Context::default(), part, &mut told).expect("memory");
            (usize::try_from(read.resume).expect("small"), reader.header().map(str::to_owned))
        };
        let (resume, header) = read(&log.as_bytes()[..cut], None, true);
        let (_, _) = read(&log.as_bytes()[resume..], header.as_deref(), false);
        assert_eq!((told.events.len(), told.reasons()), (4, vec![]), "cut at {cut}");
    }
}

#[test]
fn what_is_none_of_its_lines() {
    let log = format!("{}cp: cannot stat 'x'\nand more\n{}", refused("a"), refused("b"));
    let (told, _) = told(log.as_bytes());
    assert_eq!(told.events.len(), 2);
    assert_eq!(told.bad, [(Reason::UnknownSource, Some(2), "cp: cannot stat 'x'\nand more".to_owned())]);
    let hostile = [
        vec![0u8; 3000],
        (0..=255u8).collect(),
        PREFIX.as_bytes()[..30].to_vec(),
        b"2024-01-02 03:04:05 UTC:".to_vec(),
        b"2024-13-45 99:99:99 UTC:203.0.113.9(1):a@b:[1]:FATAL:  password authentication failed for user \"a\""
            .to_vec(),
    ];
    for bad in hostile {
        let log = [refused("a").as_bytes(), &bad, b"\n", refused("b").as_bytes()].concat();
        let (n, _, reasons) = events(&log);
        assert_eq!((n, reasons.len()), (2, 1), "{bad:?}");
    }
    let long = format!("{}{}{}", refused("a"), "x".repeat(40 << 20) + "\n", refused("b"));
    assert_eq!(events(long), (2, 0, vec!["too_large"]));
    let wide =
        format!("{PREFIX}LOG:  connection authorized: user=app database=shop application_name={}\n", "x".repeat(9000));
    assert_eq!(events(wide), (1, 0, vec![]));
}

#[test]
fn names_that_are_no_utf8_are_events_all_the_same() {
    let mut log = refused("app").into_bytes();
    let at = log.iter().position(|b| *b == b'@').expect("there");
    log.insert(at + 1, 0xe9);
    assert_eq!(events(&log), (1, 0, vec![]));
}

#[test]
fn delivered_by_cloudwatch() {
    let message =
        |text: &str| format!(r#"{{"id":"1","timestamp":1704164645000,"message":{}}}"#, serde_json::json!(text));
    let messages = [
        message(refused("app").trim_end()),
        message(&format!("{PREFIX}ERROR:  x\n\tcontext\n\t{{}}")),
        message("\tsplit off by an agent"),
        message(&format!("{PREFIX}LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,\"select 1\n\t, 2\",<none>,5")),
    ];
    let envelope = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/aws/rds/instance/orders/postgresql","logStream":"orders.0","logEvents":[{}]}}"#,
        messages.join(",")
    );
    let twice = format!("{envelope}\n  {envelope}\n");
    let (told, _) = told(twice.as_bytes());
    assert_eq!((told.events.len(), told.skipped.len(), told.reasons()), (4, 2, vec![]));
    assert_eq!(told.events[0], "rds_postgresql 1704164645 111122223333 - - 203.0.113.9");
}

#[test]
fn exported_to_s3() {
    let stamp = "2024-01-02T03:04:05.678Z ";
    let audit = format!("{PREFIX}LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,\"select 1\n\t, 2\",<none>,5\n");
    let note = "2024-01-02T03:04:05.000000Z 45 [Note] [MY-010926] [Server] Access denied for user 'root'@'203.0.113.9' (using password: YES)\n";
    let log = format!("{stamp}{}{stamp}{audit}{stamp}{PREFIX}LOG:  x\n\ty\n", refused("app"));
    assert_eq!(events(log), (2, 1, vec![]));
    let (told, _) = told_by(format!("{stamp}{note}{note}").as_bytes(), None, "x/aws/rds/instance/orders/error/0.gz");
    assert_eq!(told.events, ["rds_mysql_error 1704164645 - - - 203.0.113.9"; 2]);
}

#[test]
fn each_log_is_told_from_the_others() {
    let flow = "2 111122223333 eni-0a 10.0.0.5 203.0.113.5 443 40000 6 10 840 1704164645 1704164705 ACCEPT OK\n";
    let header =
        "version srcaddr dstaddr srcport dstport protocol end\n3 10.0.0.5 203.0.113.5 443 40000 6 1704164705\n";
    let audit = "20240102 03:04:05,ip-10-0-0-1,root,203.0.113.9,12,0,FAILED_CONNECT,,,1045\n";
    let aurora = "1704164645000000,orders-1,root,203.0.113.9,12,0,FAILED_CONNECT,,,1045\n";
    let error =
        "2024-01-02T03:04:05.000000Z 45 [Note] Access denied for user 'root'@'203.0.113.9' (using password: YES)\n";
    let stack = "------------\nLATEST DETECTED DEADLOCK\n2024-01-02 03:04:05 0x7f\n*** (1) TRANSACTION:\n";
    let all = [
        ("vpc_flow", flow.to_owned()),
        ("rds_postgresql", refused("app")),
        ("rds_mysql_audit", audit.to_owned()),
        ("rds_mysql_audit", aurora.to_owned()),
        ("rds_mysql_error", error.to_owned() + stack),
        ("cloudtrail", trail(1) + "\n"),
        ("vpc_flow", header.to_owned()),
    ];
    for (a, first) in &all {
        for (b, second) in &all {
            let (told, _) = told(format!("{first}{second}{first}{first}").as_bytes());
            let sources: Vec<&str> = told.events.iter().filter_map(|e| e.split(' ').next()).collect();
            assert_eq!(sources, [*a, *b, *a, *a], "{first}{second}");
            assert!(told.bad.is_empty(), "{first}{second}: {:?}", told.bad);
        }
    }
}

#[test]
fn forced() {
    let (told, _) = told_by(refused("app").as_bytes(), Some("rds_postgresql"), "-");
    assert_eq!(told.events, [LOGIN]);
    let (told, _) = told_by(refused("app").as_bytes(), Some("rds_mysql_error"), "-");
    assert_eq!(told.details, ["the line does not begin as those of `rds_mysql_error` do"]);
    let (told, _) = told_by(trail(1).as_bytes(), Some("rds_postgresql"), "-");
    assert_eq!(told.details, ["a JSON value, where `rds_postgresql` has lines of text"]);
}

/// However the bytes come: what is read does not depend on it.
#[test]
fn byte_by_byte() {
    struct Slow<'a>(&'a [u8]);
    impl Read for Slow<'_> {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let n = buf.len().min(self.0.len()).min(1);
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }
    let audit = format!("{PREFIX}LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,\"select 1\n\t, 2\",<none>,5\n");
    let log = format!("{}{audit}{PREFIX}LOG:  x\n\ty\n{}", refused("a"), refused("b"));
    assert_eq!(told_by(Slow(log.as_bytes()), None, "-"), told(log.as_bytes()));
}
