//! Forms of input: the same records, however they are laid out, give the same events.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::Skip;
use super::testing::{told, told_by, trail, trail_line, trail_lines};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |acc, b| acc << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        for i in 0..4 {
            let c = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i > group.len() { '=' } else { char::from(c) });
        }
    }
    out
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("json")
}

fn pretty(text: &str) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).expect("json")).expect("json")
}

/// All events, nothing else.
fn clean(bytes: &[u8], events: &[String]) {
    let (told, _) = told(bytes);
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    assert_eq!((told.events.as_slice(), told.bad.as_slice()), (events, &[][..]), "{shown}");
}

#[test]
fn documents_and_lists() {
    let (a, b, c) = (trail(1), trail(2), trail(3));
    let all = trail_lines(1..=3);
    for text in [
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\r\n{b}\r\n\r\n{c}"),
        format!("\u{feff}{a}\n{b}\n{c}\n"),
        format!("{a}{b}{c}"),
        format!("{a},\n{b},\n{c}\n"),
        format!("{}\n{}\n{}", pretty(&a), pretty(&b), pretty(&c)),
        format!("[{a},{b},{c}]"),
        format!(" [\n {a} ,\n {b}\n,{c}\n]\n"),
        format!("{{\"Records\":[{a},{b},{c}]}}"),
        format!("{{ \"Records\" : [ {a} , {b} , {c} ] }}\n"),
        format!("{{\"x\":[1,{{}}],\"Records\":[{a},{b}],\"y\":{{\"z\":null}},\"Records\":[{c}],\"n\":-1.5e3}}"),
        format!("{{\"Records\":[{a}]}}{{\"Records\":[]}}\n{{\"Records\":[{b}]}}[{c}]"),
        pretty(&format!("{{\"Records\":[{a},{b},{c}]}}")),
        format!("[{a}]\n[]\n[[{b},{c}]]").replace("[[", "[").replace("]]", "]"),
    ] {
        clean(text.as_bytes(), &all);
        clean(&gzip(text.as_bytes()), &all);
        let (head, tail) = text.split_at(text.len() / 2 / 3 * 3);
        if text.is_char_boundary(head.len()) {
            clean(&[gzip(head.as_bytes()), gzip(tail.as_bytes())].concat(), &all);
        }
    }
    for nothing in ["", " \n\r\n\t", "\u{feff}", "[]", "{\"Records\":[]}", "{\"Records\": [ ] , \"x\": 1}", "[]\n[]"] {
        clean(nothing.as_bytes(), &[]);
        clean(&gzip(nothing.as_bytes()), &[]);
    }
}

#[test]
fn envelopes() {
    let record = trail(1);
    let cloudwatch = |group: &str, messages: &[&str]| {
        let events: Vec<String> =
            messages.iter().map(|m| format!(r#"{{"id":"1","timestamp":1,"message":{}}}"#, json(m))).collect();
        format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"444455556666","logGroup":"{group}","logStream":"s","subscriptionFilters":["f"],"logEvents":[{}]}}"#,
            events.join(",")
        )
    };
    let wrapped = cloudwatch("trail", &[&record, &record]);
    let twice = [trail_line(1), trail_line(1)];
    clean(wrapped.as_bytes(), &twice);
    clean(format!("{wrapped}{wrapped}").as_bytes(), &[&twice[..], &twice].concat());
    clean(format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, base64(&gzip(wrapped.as_bytes()))).as_bytes(), &twice);
    let kinesis = format!(r#"{{"Records":[{{"kinesis":{{"data":"{}"}}}}]}}"#, base64(&gzip(wrapped.as_bytes())));
    clean(kinesis.as_bytes(), &twice);
    for text in [
        format!(
            r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"1","detail":{record}}}"#
        ),
        format!(r#"{{"Message":{}}}"#, json(&record)),
        format!(r#"{{"Records":[{{"Sns":{{"Message":{}}}}}]}}"#, json(&record)),
        format!(r#"{{"Records":[{{"body":{}}}]}}"#, json(&record)),
        format!(r#"{{"Events":[{{"EventName":"Op1","CloudTrailEvent":{}}}]}}"#, json(&record)),
        format!(r#"{{"message":{},"host":"h"}}"#, json(&record)),
        format!(r#"{{"log":{},"stream":"stdout"}}"#, json(&format!("{record}\n"))),
        format!(r#"{{"message":{}}}"#, json(&format!(r#"{{"Records":[{record}]}}"#))),
        format!("2024-01-02T03:04:05.678Z {record}\n"),
    ] {
        clean(text.as_bytes(), &trail_lines([1]));
        clean(format!("{text}\n{record}\n{text}").as_bytes(), &trail_lines([1, 1, 1]));
    }
    let control =
        r#"{"messageType":"CONTROL_MESSAGE","logGroup":"","logEvents":[{"id":"","message":"CWL CONTROL MESSAGE"}]}"#;
    assert_eq!(told(control.as_bytes()).0.skipped, [Skip::Control]);
    let digest = r#"{"awsAccountId":"111122223333","digestStartTime":"x","digestS3Bucket":"b","logFiles":[]}"#;
    assert_eq!(told(digest.as_bytes()).0.skipped, [Skip::Control]);
}

#[test]
fn what_envelopes_and_paths_tell() {
    let audit = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete","requestURI":"/api","verb":"get","user":{"username":"u"},"stageTimestamp":"2024-01-02T03:04:05Z"}"#;
    let wrapped = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"444455556666","logGroup":"/aws/eks/prod/cluster","logStream":"kube-apiserver-audit-1","logEvents":[{{"message":{}}}]}}"#,
        json(audit)
    );
    let name = "AWSLogs/o-1/777788889999/x/ap-south-1/f.gz";
    let (wrapped, _) = told_by(wrapped.as_bytes(), None, name);
    assert_eq!(wrapped.bad, []);
    assert!(wrapped.events[0].starts_with("k8s_audit 1704164645 444455556666 ap-south-1 prod"), "{:?}", wrapped.events);
    let (plain, _) = told_by(audit.as_bytes(), None, name);
    assert!(plain.events[0].starts_with("k8s_audit 1704164645 777788889999 ap-south-1 -"), "{:?}", plain.events);
    let azure = format!(
        r#"{{"records":[{{"category":"kube-audit","resourceId":"/SUBSCRIPTIONS/S/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/AKS1","properties":{{"log":{}}}}}]}}"#,
        json(audit)
    );
    let (azure, _) = told(azure.as_bytes());
    assert!(azure.events[0].starts_with("k8s_audit 1704164645 - - AKS1"), "{azure:?}");
    let list = format!(r#"{{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{audit},{audit}]}}"#);
    assert_eq!(told(list.as_bytes()).1.events, 2);
}

const V2: &str = "2 111122223333 eni-1 10.0.0.5 198.51.100.7 49152 443 6 10 840 1704164000 1704164060 ACCEPT OK";

#[test]
fn flow_logs() {
    let event = |ip: &str| format!("vpc_flow 1704164060 111122223333 - - {ip}");
    clean(format!("{V2}\n{V2}\r\n\n{V2}").as_bytes(), &vec![event("10.0.0.5"); 3]);
    let head = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
    let other = "end start srcaddr dstaddr account_id interface-id";
    let row = "1704164060 1704164000 10.0.0.6 198.51.100.7 111122223333 eni-2";
    let text = format!("{head}\n{V2}\n{other}\n{row}\n{head}\n{V2}\n");
    clean(text.as_bytes(), &[event("10.0.0.5"), event("10.0.0.6"), event("10.0.0.5")]);
    let dollars = "${end} ${start} ${srcaddr} ${dstaddr} ${account-id} ${interface-id}";
    clean(format!("{dollars}\n{row}\n").as_bytes(), &[event("10.0.0.6")]);
    for separator in [",", "\t"] {
        let text = format!("{other}\n{row}\n").replace(' ', separator);
        clean(text.as_bytes(), &[event("10.0.0.6")]);
        clean(
            text.replace("srcaddr", "\"srcaddr\"").replace("10.0.0.6", "\"10.0.0.6\"").as_bytes(),
            &[event("10.0.0.6")],
        );
    }
    clean(format!("{other}\n{}\n", row.replace(' ', "   ")).as_bytes(), &[event("10.0.0.6")]);
    clean(format!("2024-01-02T03:04:05.000Z {V2}\n").as_bytes(), &[event("10.0.0.5")]);

    let nodata = "2 111122223333 eni-1 - - - - - - - 1704164000 1704164060 - NODATA";
    let text = format!("{V2}\n{nodata}\n{V2} extra\n2 111122223333 eni-1 short\n{V2}\n");
    let (told_, stats) = told(text.as_bytes());
    assert_eq!((stats.events, stats.skipped), (2, 1));
    assert_eq!(told_.reasons(), ["wrong_columns", "wrong_columns"]);
    assert_eq!(told_.bad[0].1, Some(3));
    assert_eq!(told_.details[0], "15 columns, where the header has 14");

    let messages = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"flows","logEvents":[{{"message":"{V2}"}},{{"message":"{nodata}"}},{{"message":"hello"}}]}}"#
    );
    let (told_, stats) = told(messages.as_bytes());
    assert_eq!((stats.events, stats.skipped, told_.reasons()), (1, 1, vec!["unknown_source"]));
    let (mixed, _) = told(format!("{}\n{V2}\n{}\n", trail(1), trail(2)).as_bytes());
    assert_eq!(mixed.events, [trail_line(1), event("10.0.0.5"), trail_line(2)]);
}

#[test]
fn forced() {
    let odd = r#"{"eventName":"Op1","@timestamp":"2024-01-02T03:04:05Z"}"#;
    assert_eq!(told(odd.as_bytes()).0.reasons(), ["unknown_source"]);
    let (told_, _) = told_by(odd.as_bytes(), Some("cloudtrail"), "-");
    assert_eq!(told_.events, ["cloudtrail 1704164645 - - - Op1"]);
    let wrapped = format!(r#"{{"detail-type":"x","detail":{}}}"#, trail(1));
    assert_eq!(told_by(wrapped.as_bytes(), Some("cloudtrail"), "-").0.events, trail_lines([1]));
    let (told_, _) = told_by(format!("{}\nhello\n{V2}\n", trail(1)).as_bytes(), Some("vpc_flow"), "-");
    assert_eq!(told_.reasons(), ["unknown_source", "wrong_columns"]);
    assert_eq!(told_.events.len(), 1);
}

#[test]
fn text_between_logs_is_one_piece() {
    let text = format!("Copyright\nall rights\n\nreserved\n{}\nmore\n{}\n", trail(1), trail(2));
    let (told_, stats) = told(text.as_bytes());
    assert_eq!((told_.events, stats.unreadable), (trail_lines([1, 2]), 2));
    assert_eq!(told_.details[0], "3 lines that no source knows");
    assert_eq!((told_.bad[0].1, told_.bad[1].1), (Some(1), Some(6)));
}

/// A stream that gives as many bytes at a time as it likes.
struct Chunks<'a>(&'a [u8], Vec<usize>);

impl Read for Chunks<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let step = self.1.pop().unwrap_or(usize::MAX).max(1);
        let n = step.min(buf.len()).min(self.0.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// Records beyond the buffer's size, so that it slides and grows, with bad ones between.
#[test]
fn larger_than_the_buffer() {
    let big = trail(7).replace("\"b\"", &json(&"x\\\"y".repeat(400_000)));
    for form in ["\n", ","] {
        let mut text = String::new();
        let mut expect = Vec::new();
        for n in 0..4000 {
            text.push_str(&trail(n));
            expect.push(trail_line(n));
            if n % 1500 == 700 {
                text.push_str(form);
                text.push_str(&big);
                expect.push(trail_line(7));
            }
            if n % 1000 == 10 {
                text.push_str(form);
                text.push_str(&trail(n).replace("\"eventName\"", "\"eventName"));
            }
            text.push_str(form);
        }
        let text = if form == "," { format!("{{\"Records\":[{}]}}", text.trim_end_matches(',')) } else { text };
        let (told_, stats) = told(text.as_bytes());
        assert_eq!(told_.reasons(), ["bad_json"; 4]);
        assert_eq!(told_.events.len(), expect.len());
        assert!(told_.events == expect);
        assert_eq!(stats.plain, text.len() as u64);
        if form == "\n" {
            assert_eq!(told_.bad[1].1, Some(1 + 1010 + 1 + 1 + 1), "the line, counted over the edge of blocks");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// One bad record costs itself only, in each layout, whatever is wrong with it.
    #[test]
    fn a_bad_record_costs_itself(
        good in 1usize..5,
        bad in prop::sample::select(vec![
            r#"{"eventVersion":"1","a":tru}"#, r#"{"eventVersion":"1","a":1,"a":2}"#, "{\"eventVersion\":\"\x01\"}",
            r#"{"eventVersion":"1","a":"\x"}"#, r#"{"eventVersion":"\ud800"}"#, r#"{"eventVersion":"1" "b":2}"#,
            r#"{"eventVersion":"1","a":[1,2}"#, r#"{"eventVersion":"1","a":{"b":1}"#, r#"{"eventVersion":"1","a":"b"c"}"#,
            r#"{"eventVersion":"1","a":01}"#, r#"{"eventVersion":"1",}"#, r#"{"eventVersion":"1","a":"unclosed}"#, r#"{"eventVersion":"#,
        ]),
        at in 0usize..5,
        layout in 0u8..4,
        chunks in prop::collection::vec(1usize..400, 0..40),
    ) {
        let mut records: Vec<String> = (0..good).map(trail).collect();
        // A list's first element has none before it to tell how records begin.
        let at = if layout >= 2 { at.clamp(1, good) } else { at.min(good) };
        records.insert(at, bad.to_owned());
        let text = match layout {
            0 => records.join("\n"),
            1 => format!("{}\n\n", records.join("\r\n")),
            2 => format!("{{\"Records\":[{}]}}", records.join(",")),
            _ => format!("[\n{}\n]", records.join(",\n")),
        };
        let (told_, stats) = told_by(Chunks(text.as_bytes(), chunks), None, "-");
        prop_assert_eq!(&told_.events, &trail_lines(0..good), "{} {:?}", text, told_.details);
        prop_assert_eq!(stats.unreadable, 1, "{} {:?}", text, told_.bad);
    }

    /// How the bytes come does not matter.
    #[test]
    fn chunks_do_not_matter(
        text in prop_oneof![
            "[ -~\n]{0,200}",
            prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ",", "\n", "\"a\"", ":", "1", " ", "{\"Records\":[", "\"Records\":[", "{}", "[]", "x y z\n", "\u{feff}", "null",
                "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"message\":\"x\"}]}", "2 111122223333 eni-1 x\n", "\"",
            ]), 0..30).prop_map(|t| t.concat()),
        ],
        chunks in prop::collection::vec(1usize..20, 0..100),
    ) {
        let whole = told(text.as_bytes()).0;
        let parts = told_by(Chunks(text.as_bytes(), chunks), None, "-").0;
        prop_assert_eq!(whole, parts);
    }
}
