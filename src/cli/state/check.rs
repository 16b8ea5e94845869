//! `outguard state check DIR`: every page, then every record.

use std::collections::BTreeMap;
use std::io::Write;

use super::{Check, take, with_stepper};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::render::plural;
use crate::cli::run::session::{named, owned};
use crate::cli::terminal::{Paint, Terminal, safe, stdout};
use crate::finding::{Aggregator, Kept};
use crate::store::{Cause, Marks, Reading, Store, StoreError, Table};

/// What was found wrong, and what was sound.
#[derive(Default)]
struct Report {
    wrong: Vec<String>,
    sound: Vec<String>,
}

/// Checks.
pub fn main(args: &Check, terminal: &Terminal) -> Outcome {
    let folder = take(&args.folder)?;
    let mut report = Report::default();
    if let Some(what) = Store::verify(&folder)? {
        report.wrong.push(what);
    }
    match Store::existing(folder) {
        Ok(store) => records(&store, args, terminal, &mut report)?,
        Err(e) if matches!(e.cause, Cause::Damaged | Cause::Foreign | Cause::Version) => report.wrong.push(e.message),
        Err(e) => return Err(e.into()),
    }
    let (paint, mut out) = (Paint(terminal.out.color), stdout());
    for line in &report.sound {
        writeln!(out, "{} {}", paint.green("sound"), safe(line))?;
    }
    for line in &report.wrong {
        writeln!(out, "{} {}", paint.red("damaged"), safe(line))?;
    }
    if !report.wrong.is_empty() {
        let place = args.folder.display();
        writeln!(out, "help: `outguard state export {place}` writes what can be read; begin anew with another folder")?;
    }
    out.flush()?;
    Ok(if report.wrong.is_empty() { Exit::Clean } else { Exit::Found })
}

fn records(store: &Store, args: &Check, terminal: &Terminal, report: &mut Report) -> Result<(), Failure> {
    let reading = store.read()?;
    let meta = match reading.meta() {
        Ok(meta) => meta,
        Err(e) => {
            report.wrong.push(e.message);
            return Ok(());
        }
    };
    report.sound.push(format!(
        "format {}, {}",
        meta.format,
        plural(usize::try_from(meta.checkpoints).unwrap_or(usize::MAX), "checkpoint")
    ));
    let mut marks = Marks::default();
    table(&reading, Table::Inputs, report, &mut |k, v| marks.restore(k, v).ok_or("what is known of an input"));
    let (mut aggregator, mut kept) = (Aggregator::kept(), Kept::default());
    let whole =
        table(&reading, Table::Findings, report, &mut |k, v| aggregator.restore(&mut kept, k, v).ok_or("a finding"));
    if whole && !Aggregator::is_whole(&kept) {
        report.wrong.push("findings: events that they count are missing".to_owned());
    }
    with_stepper(args, meta.seed, terminal, |_, stepper| {
        let mut foreign: BTreeMap<String, u64> = BTreeMap::new();
        table(&reading, Table::Groups, report, &mut |record, value| {
            let (owner, key) = owned(record).ok_or("a group")?;
            match stepper.load(owner, key, value) {
                Ok(true) => Ok(()),
                Ok(false) => {
                    *foreign.entry(named(&meta, owner)).or_default() += 1;
                    Ok(())
                }
                Err(_) => Err("a group"),
            }
        });
        for (name, n) in foreign {
            report
                .sound
                .push(format!("groups: {n} of {name}, which these rules do not have: whole, but not looked into"));
        }
        Ok(())
    })?;
    for other in [Table::Pending, Table::Outbox] {
        table(&reading, other, report, &mut |_, _| Ok(()));
    }
    Ok(())
}

/// What becomes of a record; what it is, if it cannot be read.
type Each<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), &'static str>;

/// Reads every record of a table; whether all could be.
fn table(reading: &Reading<'_>, table: Table, report: &mut Report, each: Each<'_>) -> bool {
    let (mut n, mut unreadable, mut first) = (0usize, 0usize, None);
    let (damaged, failed): (u64, Option<StoreError>) = reading.sound(table, &mut |k, v| {
        n += 1;
        if let Err(what) = each(k, v) {
            unreadable += 1;
            first.get_or_insert(what);
        }
    });
    let name = table.name();
    let before = report.wrong.len();
    if damaged > 0 {
        report.wrong.push(format!("{name}: {damaged} of {} records are not what was written", n as u64 + damaged));
    }
    if let Some(what) = first {
        report.wrong.push(format!("{name}: {} cannot be read, the first is {what}", plural(unreadable, "record")));
    }
    if let Some(e) = failed {
        report.wrong.push(format!("{name}: {}", e.message));
    }
    let sound = report.wrong.len() == before;
    if sound {
        report.sound.push(format!("{name}: {}", plural(n, "record")));
    }
    sound
}
