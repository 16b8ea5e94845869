//! `outguard state show DIR`: what is in it, for people.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::take;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::render::{grouped, plural};
use crate::cli::run::session::{named, owned};
use crate::cli::terminal::{Paint, Terminal, safe, stdout};
use crate::cli::time;
use crate::finding::{Aggregator, Kept};
use crate::store::{Marks, Store, Table};
use crate::value::Time;

/// As many inputs are listed; the rest is one line.
const INPUTS: usize = 20;

/// Shows.
pub fn main(path: &Path, all: bool, terminal: &Terminal) -> Outcome {
    let store = Store::existing(take(path)?)?;
    let reading = store.read()?;
    let meta = reading.meta()?;
    let (paint, mut out) = (Paint(terminal.out.color), stdout());
    let when = |t: i64| Time(t).to_rfc3339();
    let checkpoints = plural(usize::try_from(meta.checkpoints).unwrap_or(usize::MAX), "checkpoint");
    let last =
        if meta.written > 0 { format!(", the last at {}", when(meta.written / 1000 * 1000)) } else { String::new() };
    writeln!(
        out,
        "{} of outguard {}, format {}, {checkpoints}{last}",
        paint.bold("state"),
        safe(&meta.engine),
        meta.format
    )?;

    let decided =
        meta.watermark.map_or_else(|| "nothing is decided yet".to_owned(), |t| format!("decided up to {}", when(t)));
    writeln!(out, "{} {decided}", paint.bold("time"))?;
    for (source, latest) in &meta.latest {
        let late = meta.late.iter().find(|(s, _)| s == source).map_or(0, |(_, n)| *n);
        let late = if late > 0 { format!(", {} came too late", grouped(late)) } else { String::new() };
        writeln!(out, "  {:<20} latest event {}{late}", safe(source), when(*latest))?;
    }

    let mut marks = Marks::default();
    let mut unreadable = 0;
    reading.each(Table::Inputs, b"", &mut |k, v| {
        unreadable += usize::from(marks.restore(k, v).is_none());
        Ok(())
    })?;
    let files: Vec<_> = marks.iter().collect();
    writeln!(out, "{} {}", paint.bold("inputs"), plural(files.len(), "file"))?;
    let shown = if all { files.len() } else { INPUTS };
    for (path, mark) in files.iter().take(shown) {
        let how = match (mark.packed, mark.offset < mark.size) {
            (true, _) if mark.waits => "compressed, not whole yet".to_owned(),
            (true, _) => "whole".to_owned(),
            (false, true) => {
                format!("to byte {}, {} behind it not complete", mark.offset, time::bytes(mark.size - mark.offset))
            }
            (false, false) => format!("to byte {}", mark.offset),
        };
        writeln!(out, "  {:>12}  events  {}: {how}", grouped(mark.events), safe(&path.display().to_string()))?;
    }
    if files.len() > shown {
        writeln!(out, "  {:>12}  more (--all)", files.len() - shown)?;
    }

    let mut owners: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    reading.each(Table::Groups, b"", &mut |record, value| {
        if let Some((owner, _)) = owned(record) {
            let entry = owners.entry(named(&meta, owner)).or_default();
            entry.0 += 1;
            entry.1 += (record.len() + value.len()) as u64;
        }
        Ok(())
    })?;
    writeln!(out, "{} {} with state", paint.bold("rules"), plural(owners.len(), "rule"))?;
    for (name, (records, bytes)) in &owners {
        let learning = meta.learning.iter().find(|(n, until)| n == name && meta.watermark.is_none_or(|w| *until > w));
        let learning = learning.map_or_else(String::new, |(_, until)| format!(", learns until {}", when(*until)));
        writeln!(out, "  {:>12}  records, {:>8}  {}{learning}", grouped(*records), time::bytes(*bytes), safe(name))?;
    }

    let pending = reading.count(Table::Pending)?;
    writeln!(out, "{} {} matches wait for their time", paint.bold("pending"), grouped(pending))?;
    let (mut aggregator, mut kept) = (Aggregator::kept(), Kept::default());
    reading.each(Table::Findings, b"", &mut |k, v| {
        unreadable += usize::from(aggregator.restore(&mut kept, k, v).is_none());
        Ok(())
    })?;
    writeln!(out, "{} {} may still grow", paint.bold("findings"), plural(aggregator.len(), "finding"))?;
    if let Some(outlet) = &meta.outlet {
        writeln!(out, "  written to {}, {}", safe(&outlet.path), time::bytes(outlet.length))?;
    }
    let mut owed = 0;
    reading.each(Table::Outbox, b"", &mut |_, lines| {
        owed += lines.iter().filter(|b| **b == b'\n').count();
        Ok(())
    })?;
    if owed > 0 {
        writeln!(out, "  {} told last, and told again if they were not written", plural(owed, "line"))?;
    }
    if unreadable > 0 {
        writeln!(
            out,
            "{} {} cannot be read: `outguard state check`",
            paint.red("damaged"),
            plural(unreadable, "record")
        )?;
    }
    out.flush()?;
    Ok(if unreadable > 0 { Exit::Found } else { Exit::Clean })
}
