//! One input being read: its events to the engine, its unreadable records to the summary and the dead letters.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::dead;
use super::inputs::{Input, Place};
use super::piped::{Piped, Watched};
use super::stats::{Stats, Unknown};
use super::work::Shared;
use crate::engine::{Engine, Instant};
use crate::finding::Aggregator;
use crate::schema::{Context, Event};
use crate::source::{Handler, Part, PartRead, Reader, Reason, Skip, Unreadable};
use crate::store::spill::Sorter;
use crate::value::Time;

/// One input being read.
pub struct One<'a, 'p> {
    pub shared: &'a Shared<'p>,
    pub engine: &'a mut Engine<'p>,
    pub aggregator: &'a mut Aggregator,
    pub stats: &'a mut Stats,
    /// Its place among the inputs.
    pub input: usize,
    pub name: &'a str,
    /// Something in it was a log's record.
    pub known: bool,
    /// What is wrong with the first unreadable record.
    pub first: Option<String>,
    pub pending: Pending,
    /// Where hits go.
    pub hits: Option<&'a mut Sorter>,
    /// Why they could not.
    pub failed: Option<io::Error>,
    /// Dead letters that count only if all of the part does.
    pub held: Option<&'a mut Vec<u8>>,
    /// Where the part begins in the input.
    pub base: u64,
    /// The archive ends early.
    pub cut: bool,
}

/// Unreadable records of an input that is not yet known to be a log: a README in a folder of logs is no heap of
/// unreadable records.
#[derive(Default)]
pub struct Pending {
    letters: Vec<u8>,
    counted: Vec<(Reason, u64, String)>,
}

/// Unreadable records that are held back at most, before their input is taken for a broken log.
const MAX_PENDING: usize = 10_000;

/// Bytes of dead letters that are held back at most.
const MAX_PENDING_BYTES: usize = 4 << 20;

impl One<'_, '_> {
    /// Reads a whole input.
    pub fn read(&mut self, input: &Input, reader: &mut Reader<'_>) -> io::Result<()> {
        match &input.place {
            Place::Stdin => {
                let watched = Watched { inner: Piped::new(), bytes: Arc::clone(&self.shared.bytes) };
                let stats = reader.read(watched, self.name, &Context::default(), self)?;
                self.read_whole(&stats);
            }
            Place::File(path) => {
                self.file(File::open(path)?, reader)?;
            }
        }
        Ok(())
    }

    /// Reads a whole file as a part of a run: nothing of it counts if its hits could not be kept.
    pub fn read_file(&mut self, file: File, reader: &mut Reader<'_>) -> io::Result<PartRead> {
        let read = self.file(file, reader)?;
        self.failed.take().map_or(Ok(read), Err)
    }

    fn file(&mut self, file: File, reader: &mut Reader<'_>) -> io::Result<PartRead> {
        let watched = Watched { inner: file, bytes: Arc::clone(&self.shared.bytes) };
        let read = reader.read_file(watched, self.name, &Context::default(), self)?;
        self.read_whole(&read.stats);
        Ok(read)
    }

    /// Reads a part of an input.
    pub fn read_part(&mut self, bytes: &mut dyn Read, part: Part<'_>, reader: &mut Reader<'_>) -> io::Result<PartRead> {
        let watched = Watched { inner: bytes, bytes: Arc::clone(&self.shared.bytes) };
        let read = reader.read_part(watched, self.name, &Context::default(), part, self)?;
        self.read_whole(&read.stats);
        self.failed.take().map_or(Ok(read), Err)
    }

    fn read_whole(&mut self, stats: &crate::source::Stats) {
        if self.settle() {
            self.stats.files += u64::from(self.base == 0);
            self.stats.bytes += stats.stored;
            self.stats.plain += stats.plain;
            self.stats.skipped += stats.skipped;
        }
    }

    /// At the end: an input without a single record of a log is no log, unless it is clearly a damaged one. Whether it
    /// is one.
    fn settle(&mut self) -> bool {
        let foreign = |r: &Reason| {
            matches!(
                r,
                Reason::UnknownSource | Reason::BadJson | Reason::BadUtf8 | Reason::WrongColumns | Reason::Truncated
            )
        };
        let counted = &self.pending.counted;
        let foreign_only = !self.known && !counted.is_empty() && counted.iter().all(|(r, _, _)| foreign(r));
        if foreign_only {
            let input = &self.shared.job.inputs[self.input];
            self.stats.unknown.push(Unknown {
                input: self.input,
                name: self.name.to_owned(),
                named: input.named,
                why: self.first.take().unwrap_or_default(),
            });
        } else {
            self.flush();
        }
        !foreign_only
    }

    /// The input is a log: what was held back counts.
    fn flush(&mut self) {
        for (reason, place, words) in self.pending.counted.drain(..) {
            self.stats.unreadable(reason, self.input, place, || words);
        }
        if let Some(held) = &mut self.held {
            held.append(&mut self.pending.letters);
        } else if let Some(dead) = self.shared.job.dead
            && !self.pending.letters.is_empty()
        {
            dead.write(&self.pending.letters);
            self.pending.letters.clear();
        }
    }

    fn is_log(&mut self) {
        if !self.known {
            self.known = true;
            self.flush();
        }
    }
}

impl Handler for One<'_, '_> {
    fn event(&mut self, event: &Event<'_>) {
        self.is_log();
        let job = self.shared.job;
        if job.since.is_some_and(|t| event.time < t) || job.until.is_some_and(|t| event.time >= t) {
            self.stats.outside += 1;
            return;
        }
        let decided = job.keep.as_ref().and_then(|k| k.decided);
        let is_late = |time: Time| decided.is_some_and(|d| time <= d);
        self.stats.event(event.source, event.time, job.cap, is_late(event.time));
        let (aggregator, matches) = (&mut *self.aggregator, &self.shared.matches);
        self.engine.event(event, &mut |occurrence| {
            matches.fetch_add(1, Ordering::Relaxed);
            aggregator.add(occurrence);
        });
        let (sorter, failed) = (&mut self.hits, &mut self.failed);
        self.engine.hits.drain(|hit| {
            // Of its instant everything is decided; the summary counts such events.
            if decided.is_some() && Instant::of(hit).is_some_and(|at| is_late(at.time)) {
                return;
            }
            if let Some(sorter) = sorter.as_mut()
                && let Err(e) = sorter.push(hit)
            {
                failed.get_or_insert(e);
            }
        });
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
        self.cut |= bad.reason == Reason::TruncatedArchive;
        let bad = Unreadable { offset: self.base + bad.offset, line: bad.line.filter(|_| self.base == 0), ..bad };
        let words = match bad.line {
            Some(line) => format!("{}:{line}: {}", self.name, bad.detail),
            None => format!("{} at byte {}: {}", self.name, bad.offset, bad.detail),
        };
        if self.first.is_none() {
            self.first = Some(bad.detail.clone());
        }
        if self.shared.job.dead.is_some() {
            self.pending.letters.extend(dead::line(self.name, &bad));
        }
        self.pending.counted.push((bad.reason, bad.offset, words));
        let full = self.pending.counted.len() > MAX_PENDING || self.pending.letters.len() > MAX_PENDING_BYTES;
        if full {
            self.is_log();
        } else if self.known {
            self.flush();
        }
    }

    fn skipped(&mut self, _: Skip) {
        self.is_log();
    }
}
