//! Whatever bytes of a file are wrong: every row is told once or the file is called damaged; nothing panics, hangs or takes
//! memory without bound.

use std::io::{Cursor, Read};

use super::Rows;
use crate::schema::Context;
use crate::source::testing::{Told, setup};
use crate::source::{Reader, Reason};

const FILES: [&[u8]; 2] = [
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parquet/lake-zstd.parquet")),
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parquet/lake-snappy.parquet")),
];

fn lines(bytes: &[u8]) -> (String, Option<Reason>) {
    let mut rows = Rows::new(Box::new(Cursor::new(bytes.to_vec())), bytes.len() as u64, |_| false).expect("memory");
    let mut out = Vec::new();
    rows.read_to_end(&mut out).expect("memory");
    (String::from_utf8_lossy(&out).into_owned(), rows.broken().map(|b| b.reason))
}

#[test]
fn rows_become_lines() {
    let [zstd, snappy] = FILES.map(lines);
    assert_eq!(zstd.1, None);
    let values: Vec<serde_json::Value> =
        zstd.0.lines().map(|l| serde_json::from_str(l).expect("a line is JSON")).collect();
    assert_eq!(values.len(), 4);
    assert_eq!(values[0]["unmapped"]["eventType"], "AwsApiCall");
    assert_eq!(values[0]["metadata"]["profiles"], serde_json::json!(["cloud", "datetime"]));
    assert_eq!(values[0]["time_dt"], "2026-03-14T14:00:00Z");
    assert_eq!(values[3]["answers"][0]["rdata"], "198.51.100.20");
    assert_eq!(values[3].get("api"), None, "what is nowhere there is not written");
    assert_eq!(zstd, snappy, "INT96 and old lists read the same");
}

#[test]
fn damaged_files_end_well() {
    let noisy = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut clean = 0;
    for file in FILES {
        let mut reader = Reader::new(setup(None));
        // The footer byte by byte, what is before it in steps.
        let places = (0..file.len() / 2).step_by(101).chain((file.len() / 2..file.len()).step_by(13));
        for (n, place) in places.enumerate() {
            let mut bytes = file.to_vec();
            bytes[place] ^= [0xff, 0x01, 0x80, 0x10][n % 4];
            let mut told = Told::default();
            let name = "damaged.parquet";
            let read = reader.read_file(Cursor::new(bytes), name, &Context::default(), &mut told).expect("memory");
            let stats = read.stats;
            assert_eq!(stats.records, stats.events + stats.skipped + stats.unreadable, "at {place}");
            clean += u64::from(stats.unreadable == 0);
        }
    }
    std::panic::set_hook(noisy);
    assert!(clean > 0, "some bytes say nothing: statistics");
}

#[test]
fn files_that_were_cut_are_called_so() {
    for file in FILES {
        for end in (0..file.len()).step_by(397) {
            let mut told = Told::default();
            let mut reader = Reader::new(setup(None));
            let bytes = Cursor::new(file[..end].to_vec());
            reader.read_file(bytes, "cut.parquet", &Context::default(), &mut told).expect("memory");
            if end > 4 {
                assert_eq!(told.reasons(), ["truncated_archive"], "at {end}");
            }
        }
    }
}
