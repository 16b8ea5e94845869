//! Hostile input: each kind costs one record with its own reason, the rest of the file goes on.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::limits::{MAX_KEPT, MAX_RECORD};
use super::testing::{told, trail, trail_line, trail_lines};

/// Bad bytes between good records: the reason, and no harm to the others.
fn costs_one(bad: &[u8], reason: &str) {
    let shown = String::from_utf8_lossy(&bad[..bad.len().min(80)]).into_owned();
    let bytes = [trail(1).as_bytes(), b"\n", bad, b"\n", trail(2).as_bytes(), b"\n"].concat();
    let (told_, _) = told(&bytes);
    assert_eq!((told_.events.as_slice(), told_.reasons()), (&trail_lines([1, 2])[..], vec![reason]), "{shown}");
    assert_eq!(told_.bad[0].1, Some(2), "{shown}");
    let bytes = [b"{\"Records\":[", trail(1).as_bytes(), b",", bad, b",", trail(2).as_bytes(), b"]}"].concat();
    let (told_, _) = told(&bytes);
    assert_eq!(
        (told_.events.as_slice(), told_.reasons()),
        (&trail_lines([1, 2])[..], vec![reason]),
        "in a list: {shown}"
    );
}

fn with(value: &[u8]) -> Vec<u8> {
    let record = trail(9);
    let (head, tail) = record.split_at(record.len() - 1);
    [head.as_bytes(), b",\"x\":", value, tail.as_bytes()].concat()
}

#[test]
fn corpus() {
    let record = trail(9);
    costs_one(&record.as_bytes()[..record.len() / 2], "bad_json");
    costs_one(&record.as_bytes()[..record.len() - 1], "bad_json");
    costs_one(&with(b"\"\xff\xfe\""), "bad_utf8");
    costs_one(&with(b"\"\xed\xa0\x80\""), "bad_utf8");
    costs_one(&with(b"\"\x00\""), "bad_json");
    costs_one(&with(b"\x00"), "bad_json");
    costs_one(&with(b"\"\\ud800\""), "bad_json");
    costs_one(&with(b"1,\"x\":2"), "duplicate_key");
    costs_one(&with(b"1,\"\\u0078\":2"), "duplicate_key");
    costs_one(&with(b"1,\"eventName\":\"GetObject\""), "duplicate_key");
    costs_one(&with(("[".repeat(100_000) + &"]".repeat(100_000)).as_bytes()), "too_deep");
    costs_one(&with(("{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000)).as_bytes()), "too_deep");
    costs_one(b"{\"hello\":1}", "unknown_source");
    costs_one(b"{}", "unknown_source");
    costs_one(trail(9).replace("2024-01-02T03:04:05Z", "yesterday").as_bytes(), "no_time");
    let deep = "[".repeat(62) + &"]".repeat(62);
    for fine in [
        &b"1e400"[..],
        b"-0.0",
        b"123456789012345678901234567890",
        b"\"\\ud83d\\ude00\"",
        b"\"\xf0\x9f\x98\x80\"",
        deep.as_bytes(),
    ] {
        let (told_, _) = told(&with(fine));
        assert_eq!((told_.events, told_.bad), (trail_lines([9]), vec![]));
    }
}

#[test]
fn long_records() {
    let pad = |n: usize| {
        let room = n - trail(9).len() - ",\"x\":\"\"".len();
        with(format!("\"{}\"", "y".repeat(room)).as_bytes())
    };
    let largest = pad(MAX_RECORD);
    assert_eq!(largest.len(), MAX_RECORD);
    let bytes = [trail(1).as_bytes(), b"\n", &largest, b"\n", trail(2).as_bytes()].concat();
    assert_eq!(told(&bytes).0.events, trail_lines([1, 9, 2]));
    costs_one(&pad(MAX_RECORD + 1), "too_large");
    costs_one(&pad(3 * MAX_RECORD), "too_large");
    let line = [&vec![b'z'; 2 * MAX_RECORD][..], b"\n", trail(1).as_bytes()].concat();
    let (told_, _) = told(&line);
    assert_eq!((told_.reasons(), told_.events), (vec!["too_large"], trail_lines([1])));
}

#[test]
fn what_is_kept_is_capped() {
    struct Longest(usize);
    impl super::Handler for Longest {
        fn event(&mut self, _: &crate::schema::Event<'_>) {}
        fn unreadable(&mut self, bad: super::Unreadable<'_>) {
            self.0 = self.0.max(bad.bytes.len());
        }
        fn skipped(&mut self, _: super::Skip) {}
    }
    let text = format!(
        "{}\n{}\nx{}\n",
        "words ".repeat(200_000),
        "{\"a\":x".to_owned() + &"b".repeat(1 << 20),
        "y".repeat(1 << 20)
    );
    let mut longest = Longest(0);
    super::read(text.as_bytes(), "-", &Default::default(), super::testing::setup(None), &mut longest).expect("memory");
    assert_eq!(longest.0, MAX_KEPT);
}

#[test]
fn ends_early() {
    let half = &trail(2)[..100];
    for (text, events, reasons) in [
        (format!("{}\n{half}", trail(1)), vec![1], vec!["truncated"]),
        (format!("{{\"Records\":[{},{half}", trail(1)), vec![1], vec!["truncated"]),
        (format!("{{\"Records\":[{},", trail(1)), vec![1], vec!["truncated"]),
        (format!("[{}", trail(1)), vec![1], vec!["truncated"]),
        (format!("{{\"Records\":[{}]", trail(1)), vec![1], vec!["truncated"]),
        (format!("{{\"Records\":[{}],\"x\":[", trail(1)), vec![1], vec!["truncated"]),
        ("{".to_owned(), vec![], vec!["truncated"]),
        ("{\"Records\"".to_owned(), vec![], vec!["truncated"]),
        ("[".to_owned(), vec![], vec!["unknown_source"]),
    ] {
        let (told_, _) = told(text.as_bytes());
        assert_eq!((told_.reasons(), told_.events), (reasons, trail_lines(events)), "{text}");
    }
}

#[test]
fn archives() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let lines: String = (0..2000).map(|n| trail(n) + "\n").collect();
    let packed = gzip(lines.as_bytes());
    let (told_, stats) = told(&packed[..packed.len() / 2]);
    assert!(told_.events.len() > 500 && told_.events == trail_lines(0..told_.events.len()));
    assert_eq!(told_.reasons(), ["truncated", "truncated_archive"], "the record that is cut, and the archive");
    assert_eq!(stats.stored, packed.len() as u64 / 2);
    let (told_, _) = told(&[gzip(trail(1).as_bytes()), gzip(trail(2).as_bytes()), b"garbage".to_vec()].concat());
    assert_eq!((told_.events.clone(), told_.reasons()), (trail_lines([1, 2]), vec!["bad_archive"]));
    let (told_, _) = told(&gzip(&[trail(1).as_bytes(), &vec![b' '; 64 << 20]].concat()));
    assert_eq!((told_.events, told_.bad[0].0.word()), (trail_lines([1]), "ratio"));
}

/// Forms that would make a careless reader look at the same bytes again and again: it would not come to an end.
#[test]
fn nothing_is_quadratic() {
    let million = 1 << 20;
    for text in [
        "{\"a\":\n".repeat(million / 4),
        "{\"Records\":[{\"a\"x{\n".repeat(million / 8),
        format!("{{\"Records\":[{}", "{\"a\"x{,".repeat(million / 4)),
        format!("{{\"Records\":[{},{}", trail(1), "{\"eventVersion\"x{,".repeat(million / 8)),
        format!("[{}", "[{".repeat(million / 2)),
        "[".repeat(million),
        "{\"a\":[1,\n".repeat(million / 4),
        format!("{{{}}}", (0..million / 8).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",")),
        format!("{{\"a\":\"{}\"}}", "\\u0041".repeat(million / 2)),
        "x\n".repeat(million),
        "2 111122223333 eni-1 x\n".repeat(million / 8),
        "\u{feff}".repeat(million / 8),
        ",".repeat(million),
        format!("{{\"Records\":[{}]}}", "1,".repeat(million / 8)),
        "{\"message\":\"{\\\"message\\\":\\\"{\"}\n".repeat(million / 16),
    ] {
        told(text.as_bytes());
    }
    let wrap = |inner: String, _| format!("{{\"message\":{}}}", serde_json::to_string(&inner).expect("json"));
    assert_eq!(told((0..6).fold(trail(1), wrap).as_bytes()).0.events, [trail_line(1)]);
    let nested = (0..7).fold(trail(1), wrap);
    let (told_, _) = told(nested.as_bytes());
    assert_eq!(told_.reasons(), ["too_deep"], "envelopes do not nest without end");
}
