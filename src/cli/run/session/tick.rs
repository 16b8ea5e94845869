//! A step in time: what is known by now is decided and told, and all of it is one checkpoint.

use std::io;
use std::rc::Rc;
use std::time::Instant;

use super::Session;
use super::restore::OWNED;
use crate::cli::exit::Failure;
use crate::finding::Terms;
use crate::store::spill::{Sorted, Sorter};
use crate::store::{RuleMark, StoreError, Table, Writing};
use crate::value::Time;

/// A finding is kept so long after its quiet period, in milliseconds of the watermark: late events still join it.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// Findings that are over are looked for whenever the watermark is so much further, milliseconds.
const FORGET_EVERY: i64 = 60 * 60 * 1000;

/// Hits in order, one at a time to look at.
struct Fresh {
    sorted: Option<Sorted>,
    hit: Option<Vec<u8>>,
}

impl Fresh {
    fn new(hits: Option<Sorter>) -> io::Result<Self> {
        let mut fresh = Self { sorted: hits.map(Sorter::finish).transpose()?, hit: None };
        fresh.advance()?;
        Ok(fresh)
    }

    fn advance(&mut self) -> io::Result<()> {
        let next = self.sorted.as_mut().map(Sorted::next).transpose()?.flatten();
        match (next, &mut self.hit) {
            (Some(next), Some(hit)) => {
                hit.clear();
                hit.extend_from_slice(next);
            }
            (Some(next), hit @ None) => *hit = Some(next.to_vec()),
            (None, hit) => *hit = None,
        }
        Ok(())
    }
}

fn sorting(error: &io::Error) -> StoreError {
    StoreError::new(crate::store::Cause::Io, error.to_string(), "run again once that is mended: nothing is lost")
}

/// The first bytes of hits behind an instant.
fn behind(watermark: Time) -> [u8; 8] {
    ((watermark.plus(1).0 as u64) ^ (1 << 63)).to_be_bytes()
}

impl Session<'_> {
    /// Decides what is known by now, tells it, and stores everything. `last`: whatever is not said of findings is said.
    pub(super) fn tick(&mut self, last: bool) -> Result<(), Failure> {
        let watermark = self.times.advance();
        self.decide(watermark, last)
    }

    /// Stores everything without deciding what time is to decide: more inputs are to be read, and what they hold must
    /// not come late.
    pub(super) fn slice(&mut self) -> Result<(), Failure> {
        self.decide(None, false)
    }

    fn decide(&mut self, watermark: Option<Time>, last: bool) -> Result<(), Failure> {
        let store = Rc::clone(&self.store);
        let writing = store.begin()?;
        self.step(&writing, watermark)?;
        let early = if watermark.is_some() { self.ahead.certain(&mut self.stepper, last) } else { Vec::new() };
        let speaker = &self.speaker;
        let wanted = |f: &crate::finding::Finding| speaker.wants(f);
        let every = self.env.args.publish_every;
        let at = self.times.watermark.unwrap_or(Time(i64::MIN));
        let told = self.aggregator.publish(early, &Terms { watermark: at, every, last, wanted: &wanted });
        let lines = self.speaker.lines(&told)?;
        if watermark.is_some() && at.0.saturating_sub(self.forgotten.0) >= FORGET_EVERY {
            self.aggregator.expire(at, KEPT);
            self.forgotten = at;
        }
        self.save(&writing, &lines)?;
        writing.commit(&self.meta)?;
        self.since = Instant::now();
        self.unconfirmed = !lines.is_empty();
        self.speaker.say(&lines)
    }

    /// Pending hits and new ones, in one order, up to the watermark; what lies behind it is pending.
    fn step(&mut self, writing: &Writing<'_>, watermark: Option<Time>) -> Result<(), StoreError> {
        let mut pending = writing.table(Table::Pending)?;
        let mut fresh = Fresh::new(self.hits.take()).map_err(|e| sorting(&e))?;
        if let Some(watermark) = watermark {
            let end = behind(watermark);
            let (stepper, aggregator) = (&mut self.stepper, &mut self.aggregator);
            pending.before(&end, &mut |hit, _| {
                while let Some(new) = fresh.hit.as_deref().filter(|new| *new <= hit) {
                    if new < hit {
                        stepper.hit(new, &mut |o| aggregator.add(o));
                    }
                    fresh.advance().map_err(|e| sorting(&e))?;
                }
                stepper.hit(hit, &mut |o| aggregator.add(o));
                Ok(())
            })?;
            while let Some(new) = fresh.hit.as_deref().filter(|new| **new < end[..]) {
                stepper.hit(new, &mut |o| aggregator.add(o));
                fresh.advance().map_err(|e| sorting(&e))?;
            }
            stepper.advance(watermark, &mut |o| aggregator.add(o));
            stepper.coverage(watermark).into_iter().for_each(|o| aggregator.add(o));
            pending.remove_before(&end)?;
            self.ahead.reached(watermark);
        }
        while let Some(hit) = &fresh.hit {
            pending.put(hit, b"")?;
            self.ahead.add(&self.stepper, hit);
            fresh.advance().map_err(|e| sorting(&e))?;
        }
        Ok(())
    }

    fn save(&mut self, writing: &Writing<'_>, lines: &[u8]) -> Result<(), Failure> {
        let mut failed: Result<(), StoreError> = Ok(());
        {
            let mut groups = writing.table(Table::Groups)?;
            for owner in self.gone.drain(..) {
                groups.remove_all(&[owner.as_bytes(), &[OWNED]].concat())?;
            }
            let mut record = Vec::new();
            self.stepper.changes(&mut |owner, key, value| {
                record.clear();
                record.extend_from_slice(owner.as_bytes());
                record.push(OWNED);
                record.extend_from_slice(key);
                if failed.is_ok() {
                    failed = groups.set(&record, value);
                }
            });
        }
        {
            let mut findings = writing.table(Table::Findings)?;
            self.aggregator.changes(&mut |key, value| {
                if failed.is_ok() {
                    failed = findings.set(key, value);
                }
            });
        }
        {
            let mut inputs = writing.table(Table::Inputs)?;
            self.marks.changes(&mut |key, value| {
                if failed.is_ok() {
                    failed = inputs.set(key, value);
                }
            });
        }
        failed?;
        {
            let mut outbox = writing.table(Table::Outbox)?;
            outbox.remove_all(b"")?;
            if !lines.is_empty() {
                outbox.put(b"lines", lines)?;
            }
        }
        self.times.save(&mut self.meta, self.env.vocabulary);
        self.meta.engine = env!("CARGO_PKG_VERSION").to_owned();
        self.meta.checkpoints += 1;
        self.meta.written = super::wall();
        self.meta.outlet = self.speaker.mark()?;
        self.meta.learning = self.stepper.learning().into_iter().map(|(name, until)| (name, until.0)).collect();
        let owners = self.stepper.owners().into_iter();
        self.meta.rules = owners.map(|(owner, name)| RuleMark { name, hash: owner }).collect();
        Ok(())
    }
}
