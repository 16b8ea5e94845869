//! Rule tests: events of a test go through the same plan and engine as a log's, in virtual time that begins on
//! 2026-01-01 UTC; `expect` looks at what came since the `expect` before.

mod expect;
mod stage;
mod values;
mod world;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::check::model::{FindingId, Model, Test};
use crate::plan::Pack;
use crate::schema::Vocabulary;
use crate::text::{FileId, Span};

pub use stage::Replay;

/// What became of one test.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The test's name.
    pub name: Arc<str>,
    /// The finding it stands in; `None` if it stands alone.
    pub finding: Option<Arc<str>>,
    /// Where it stands.
    pub span: Span,
    /// How it ended.
    pub verdict: Verdict,
    /// Whether it expects a finding somewhere, and whether it expects none.
    pub expects: (bool, bool),
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed(Failure),
}

/// Why a test failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The `expect` (or event) that failed.
    pub span: Span,
    /// What was expected and what came, in a line or several.
    pub message: String,
}

/// What tests need beside the rules.
pub struct Suite<'a> {
    /// The checked rule set.
    pub model: &'a Model,
    /// The vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// A file's pack.
    pub pack: &'a (dyn Fn(FileId) -> Pack + Sync),
    /// Reads a log for `replay`: the rule file and the name as written.
    pub replay: &'a Replay<'a>,
}

impl Suite<'_> {
    /// Runs the tests that `chosen` wants (by finding type or `None`, and name), a thread a core. Outcomes are in the
    /// order of the tests.
    #[must_use]
    pub fn run(&self, chosen: &dyn Fn(Option<&str>, &str) -> bool) -> Vec<Outcome> {
        let wanted = |t: &&Test| chosen(self.type_of(t.finding).as_deref(), &t.name);
        let tests: Vec<&Test> = self.model.tests.iter().filter(wanted).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(test) = tests.get(n) else { return done };
                done.push((n, self.run_one(test)));
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(tests.len());
        let mut outcomes = thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut all = work();
            for other in others {
                all.extend(other.join().unwrap_or_else(|fault| resume_unwind(fault)));
            }
            all
        });
        outcomes.sort_by_key(|(n, _)| *n);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    fn run_one(&self, test: &Test) -> Outcome {
        let verdict = match stage::play(self, test) {
            Ok(()) => Verdict::Passed,
            Err(failure) => Verdict::Failed(failure),
        };
        Outcome {
            name: test.name.clone(),
            finding: self.type_of(test.finding),
            span: test.span,
            verdict,
            expects: expect::promises(&test.body),
        }
    }

    fn type_of(&self, finding: Option<FindingId>) -> Option<Arc<str>> {
        finding.map(|id| Arc::from(self.model.findings[id.index()].ty.as_str()))
    }
}
