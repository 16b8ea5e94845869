//! What comes of a part of an input, kept apart until it is known that it counts.

use std::io;

use super::one::{One, Pending};
use super::stats::Stats;
use super::work::{Done, Shared};
use crate::engine::Engine;
use crate::finding::Aggregator;
use crate::store::spill::Sorter;

/// What comes of a part.
pub struct Gathered {
    aggregator: Aggregator,
    hits: Sorter,
    /// What was read.
    pub stats: Stats,
    letters: Vec<u8>,
}

impl Gathered {
    /// Nothing yet; so many bytes of hits are held in memory.
    pub fn new(limit: usize) -> Self {
        let hits = Sorter::new(limit, &std::env::temp_dir());
        Self { aggregator: Aggregator::new(), hits, stats: Stats::default(), letters: Vec::new() }
    }

    /// What reads the part of an input that begins at `base`. `known`: the input was seen to be a log.
    pub fn one<'a, 'p>(
        &'a mut self,
        shared: &'a Shared<'p>,
        engine: &'a mut Engine<'p>,
        (input, name): (usize, &'a str),
        base: u64,
        known: bool,
    ) -> One<'a, 'p> {
        One {
            shared,
            engine,
            aggregator: &mut self.aggregator,
            stats: &mut self.stats,
            input,
            name,
            known,
            first: None,
            pending: Pending::default(),
            hits: Some(&mut self.hits),
            failed: None,
            held: Some(&mut self.letters),
            base,
            cut: false,
        }
    }

    /// It counts.
    ///
    /// # Errors
    /// The disk fails that hits are sorted on.
    pub fn count(self, shared: &Shared<'_>, done: &mut Done) -> io::Result<()> {
        done.aggregator.merge(self.aggregator);
        done.stats.merge(self.stats);
        if let (Some(dead), false) = (shared.job.dead, self.letters.is_empty()) {
            dead.write(&self.letters);
        }
        done.hits.as_mut().map_or(Ok(()), |hits| hits.absorb(self.hits))
    }
}
