//! A session from what the last one left: what still means the same goes on, what does not is dropped and said.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Instant;

use super::ahead::Ahead;
use super::speak::Speaker;
use super::times::Times;
use super::{Env, Session, folder, wall};
use crate::cli::exit::Failure;
use crate::engine::{Settings, Stepper, Whose};
use crate::finding::{Aggregator, Kept};
use crate::store::{FORMAT, Marks, Meta, Store, StoreError, Table};
use crate::value::Time;

/// Between the owner of a record and its key.
pub const OWNED: u8 = 0;

impl<'a> Session<'a> {
    /// Opens the state that the options name, or state that ends with the run.
    ///
    /// # Errors
    /// The state is in use, damaged or of another version; findings cannot be written.
    pub fn open(env: &'a Env<'a>) -> Result<Self, Failure> {
        let fresh = Meta {
            format: FORMAT,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            seed: super::super::seed(),
            ..Meta::default()
        };
        let taken = folder(env.args.state.as_ref(), env.args.follow)?;
        let place = env.args.state.clone().unwrap_or_default();
        let store = match taken {
            Some(folder) => Store::open(folder, &fresh)?,
            None => Store::memory(&fresh)?,
        };
        let reading = store.read()?;
        let meta = reading.meta()?;
        let damaged = |what: &str| StoreError::damaged(&place, what);

        let mut marks = Marks::default();
        reading.each(Table::Inputs, b"", &mut |k, v| {
            marks.restore(k, v).ok_or_else(|| damaged("what is known of an input cannot be read"))
        })?;
        marks.forget(wall());

        let mut aggregator = Aggregator::kept();
        let mut kept = Kept::default();
        reading.each(Table::Findings, b"", &mut |k, v| {
            aggregator.restore(&mut kept, k, v).ok_or_else(|| damaged("a finding cannot be read"))
        })?;
        if !Aggregator::is_whole(&kept) {
            return Err(damaged("events of a finding are missing").into());
        }

        let groups = env.config.state.groups.unwrap_or(Settings::default().groups);
        let mut stepper = Stepper::new(env.plan, env.vocabulary, env.lists, Settings { groups, seed: meta.seed });
        stepper.keep_changes();
        let mut gone = BTreeSet::new();
        reading.each(Table::Groups, b"", &mut |record, value| {
            let (owner, key) = owned(record).ok_or_else(|| damaged("a group cannot be read"))?;
            if gone.contains(owner) {
                return Ok(());
            }
            match stepper.load(owner, key, value) {
                Ok(true) => {}
                Ok(false) => drop(gone.insert(owner.to_owned())),
                Err(_) => return Err(damaged(&format!("a group of {} cannot be read", named(&meta, owner)))),
            }
            Ok(())
        })?;
        let mut outbox = Vec::new();
        reading.each(Table::Outbox, b"", &mut |_, lines| {
            outbox.extend_from_slice(lines);
            Ok(())
        })?;
        drop(reading);

        let times = Times::restore(&meta, env.vocabulary);
        if let Some(watermark) = times.watermark {
            // Nothing is due before it: this says up to where all is decided.
            stepper.advance(watermark, &mut |_| {});
        }
        let (speaker, notices) = Speaker::open(env, meta.outlet.as_ref(), &outbox)?;
        let lateness = env.config.sources.iter().filter_map(|s| Some((glob::Pattern::new(&s.path).ok()?, s.lateness?)));
        let mut session = Self {
            env,
            store: Rc::new(store),
            meta,
            stepper,
            aggregator,
            marks,
            times,
            ahead: Ahead::default(),
            speaker,
            hits: None,
            gone: gone.into_iter().collect(),
            pipe: None,
            lateness: lateness.collect(),
            since: Instant::now(),
            forgotten: Time(i64::MIN),
            unconfirmed: !outbox.is_empty(),
            stats: Default::default(),
            counts: Vec::new(),
            told: BTreeSet::new(),
            failures: Vec::new(),
        };
        notices.iter().for_each(|notice| session.tell("note", notice));
        session.pending()?;
        session.tell_gone();
        Ok(session)
    }

    /// Hits that wait: those of rules that are gone go too, the others may tell something already.
    fn pending(&mut self) -> Result<(), Failure> {
        let mut orphans: Vec<Vec<u8>> = Vec::new();
        let (ahead, stepper) = (&mut self.ahead, &self.stepper);
        self.store.read()?.each(Table::Pending, b"", &mut |hit, _| {
            match stepper.whose(hit) {
                Whose::Nobody => orphans.push(hit.to_vec()),
                _ => ahead.add(stepper, hit),
            }
            Ok(())
        })?;
        if !orphans.is_empty() {
            let writing = self.store.begin()?;
            let mut table = writing.table(Table::Pending)?;
            orphans.iter().try_for_each(|hit| table.remove(hit))?;
            drop(table);
            writing.commit(&self.meta)?;
            let message = format!("{} waiting events of rules that changed or are gone were dropped", orphans.len());
            self.tell("note", &message);
        }
        Ok(())
    }

    /// Says whose state is not taken over.
    fn tell_gone(&mut self) {
        let now: BTreeMap<String, String> =
            self.stepper.owners().into_iter().map(|(owner, name)| (name, owner)).collect();
        for owner in self.gone.clone() {
            let name = named(&self.meta, &owner);
            let message = match now.get(&name) {
                Some(_) => format!("the state of {name} is dropped: what it counts has changed"),
                None => format!("the state of {name} is dropped: it is no longer there"),
            };
            self.tell("note", &message);
        }
    }
}

/// The owner of a record, and its key.
pub fn owned(record: &[u8]) -> Option<(&str, &[u8])> {
    let end = record.iter().position(|b| *b == OWNED)?;
    Some((std::str::from_utf8(&record[..end]).ok()?, &record[end + 1..]))
}

/// What the owner was called.
pub fn named(meta: &Meta, owner: &str) -> String {
    meta.rules.iter().find(|r| r.hash == owner).map_or_else(|| owner.to_owned(), |r| r.name.clone())
}
