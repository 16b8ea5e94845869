//! What a thread reads and matches with. A fault of ours costs what it shows in, loudly, and not the run.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::work::{Job, clock};
use crate::engine::{Engine, RuleCount};
use crate::schema::SourceId;
use crate::source::{Reader, Setup};

/// An engine, and readers by the source that inputs were said to be.
pub struct Hands<'p> {
    job: &'p Job<'p>,
    engine: Engine<'p>,
    readers: HashMap<Option<SourceId>, Reader<'p>>,
}

impl<'p> Hands<'p> {
    /// For one thread.
    pub fn new(job: &'p Job<'p>) -> Self {
        Self { job, engine: Self::engine(job), readers: HashMap::new() }
    }

    fn engine(job: &'p Job<'p>) -> Engine<'p> {
        let mut engine = Engine::new(job.plan, job.vocabulary, job.lists);
        engine.clock = job.profile.then_some(clock as fn() -> u64);
        engine
    }

    /// Does something; `None` after a fault of ours, behind which engine and readers are made anew.
    pub fn guarded<T>(
        &mut self,
        forced: Option<SourceId>,
        work: impl FnOnce(&mut Engine<'p>, &mut Reader<'p>) -> T,
    ) -> Option<T> {
        let Self { job, engine, readers } = self;
        let setup = Setup { vocabulary: job.vocabulary, projections: &job.plan.projections, forced };
        let reader = readers.entry(forced).or_insert_with(|| Reader::new(setup));
        let done = catch_unwind(AssertUnwindSafe(|| work(engine, reader)));
        if done.is_err() {
            self.readers.clear();
            let counts = std::mem::take(&mut self.engine.counts);
            self.engine = Self::engine(self.job);
            self.engine.counts = counts;
        }
        done.ok()
    }

    /// Does something likewise, and says apart what each rule did.
    pub fn apart<T>(
        &mut self,
        forced: Option<SourceId>,
        work: impl FnOnce(&mut Engine<'p>, &mut Reader<'p>) -> T,
    ) -> (Option<T>, Vec<RuleCount>) {
        let before = self.engine.counts.clone();
        self.engine.counts.fill(RuleCount::default());
        let done = self.guarded(forced, work);
        (done, std::mem::replace(&mut self.engine.counts, before))
    }

    /// What was said apart counts.
    pub fn count(&mut self, counts: Vec<RuleCount>) {
        self.engine.counts.iter_mut().zip(counts).for_each(|(sum, n)| sum.add(n));
    }

    /// What each rule did.
    pub fn counts(self) -> Vec<RuleCount> {
        self.engine.counts
    }
}

/// What is said of an input after a fault of ours.
pub fn fault(name: &str) -> String {
    format!("internal error while reading `{name}`; what it holds is only partly judged")
}
