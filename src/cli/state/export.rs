//! `outguard state export DIR`: groups and findings as NDJSON, as much of them as can be read.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value as Json, json};

use super::take;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::run::session::{named, owned};
use crate::cli::terminal::{Paint, Terminal, safe, stdout};
use crate::finding::{Aggregator, Kept};
use crate::sink::SinkOptions;
use crate::store::{Meta, Store, Table};
use crate::value::Value;
use crate::value::bytes::Bytes;

/// Exports.
pub fn main(folder: &Path, terminal: &Terminal) -> Outcome {
    let store = Store::existing(take(folder)?)?;
    let reading = store.read()?;
    let meta = reading.meta()?;
    let mut out = stdout();
    let mut lost: Vec<String> = Vec::new();
    let mut written: io::Result<()> = Ok(());
    let mut write = |line: &Json| {
        if written.is_ok() {
            written =
                serde_json::to_writer(&mut out, line).map_err(io::Error::from).and_then(|()| out.write_all(b"\n"));
        }
    };

    let (mut aggregator, mut kept, mut unreadable) = (Aggregator::kept(), Kept::default(), 0);
    let (damaged, failed) = reading.sound(Table::Findings, &mut |k, v| {
        unreadable += u64::from(aggregator.restore(&mut kept, k, v).is_none());
    });
    report(&mut lost, Table::Findings, damaged + unreadable, failed);
    for finding in aggregator.finish() {
        let mut line = Vec::new();
        crate::sink::write("json", &[finding], &SinkOptions::default(), &mut line)?;
        if let Ok(finding) = serde_json::from_slice::<Json>(&line) {
            write(&json!({ "kind": "finding", "finding": finding }));
        }
    }

    let (damaged, failed) = reading.sound(Table::Groups, &mut |record, value| {
        if let Some((owner, key)) = owned(record) {
            write(&group(&meta, owner, key, value));
        }
    });
    report(&mut lost, Table::Groups, damaged, failed);
    written?;
    out.flush()?;
    drop(out);
    let paint = Paint(terminal.err.color);
    for line in &lost {
        eprintln!("{} {}", paint.red("lost:"), safe(line));
    }
    if lost.is_empty() { Ok(Exit::Clean) } else { Err(Failure::Silent(Exit::Found)) }
}

fn report(lost: &mut Vec<String>, table: Table, records: u64, failed: Option<crate::store::StoreError>) {
    if records > 0 {
        lost.push(format!("{}: {records} records cannot be read", table.name()));
    }
    lost.extend(failed.map(|e| format!("{}: {}", table.name(), e.message)));
}

/// A record of a group: whose, which, and its bytes.
fn group(meta: &Meta, owner: &str, key: &[u8], value: &[u8]) -> Json {
    let hex: String = value.iter().map(|b| format!("{b:02x}")).collect();
    let (what, rest) = match (owner.split(' ').next(), key.split_first()) {
        (Some("rule"), Some((1, rest))) => ("group", Some(rest)),
        (Some("rule"), _) => ("rule", None),
        (Some("profile"), Some((0, rest))) => ("account", Bytes::new(rest).bytes()),
        (Some("profile"), Some((_, rest))) => {
            let mut bytes = Bytes::new(rest);
            ("group", bytes.bytes().map(|_| bytes.rest))
        }
        _ => ("engine", None),
    };
    let parts = rest.and_then(parts);
    json!({ "kind": what, "of": named(meta, owner), "hash": owner, "key": parts, "state": hex })
}

/// The parts of a group's key.
fn parts(key: &[u8]) -> Option<Vec<Value>> {
    let mut bytes = Bytes::new(key);
    let mut parts = Vec::new();
    while !bytes.rest.is_empty() {
        parts.push(bytes.value()?);
    }
    Some(parts)
}
