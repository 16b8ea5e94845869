//! Logs that coverage is held against: which sources are in them, and what rules lacked there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::cli::config::Config;
use crate::cli::exit::{Failure, io_words};
use crate::cli::run::inputs::{Inputs, Place};
use crate::cli::run::{Forced, bind};
use crate::cli::tables;
use crate::engine::{Engine, Lists};
use crate::plan::Plan;
use crate::program::{self, Program};
use crate::schema::{Context, Event, SourceId};
use crate::source::{self, Handler, Setup, Skip, Unreadable};

/// What logs showed.
#[derive(Debug, Default)]
pub struct Against {
    /// Events by source.
    pub events: BTreeMap<SourceId, u64>,
    /// Records that could not be read.
    pub unreadable: u64,
    /// By rule of the plan: what it could not decide.
    pub gaps: BTreeMap<usize, Gaps>,
    /// Names of the rules of the plan.
    pub types: Vec<String>,
    /// What could not be read.
    failures: Vec<String>,
}

/// What one rule could not decide.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Gaps {
    /// Events that reached it.
    pub considered: u64,
    /// Of those, events for which its condition stayed unknown.
    pub unknown: u64,
    /// Of those, how often what was absent.
    pub absent: BTreeMap<String, u64>,
}

impl Against {
    /// Reads logs as `run` does.
    pub fn read(logs: &[PathBuf], program: &Program, plan: &mut Plan, config: &Config) -> Result<Self, Failure> {
        let vocabulary = program::vocabulary();
        tables::enrich_plan(plan, config, &[], vocabulary)?;
        let binding = bind::bind(&program.model, config, &[])?;
        let lists = Lists::bind(plan, &binding.bound).map_err(Failure::new)?;
        let forced = Forced::new(None, config, vocabulary)?;
        let inputs = Inputs::find(logs);
        let types = plan.rules.iter().map(|r| r.info.finding_type.as_str().to_owned()).collect();
        let mut seen = Seen {
            engine: Engine::new(plan, vocabulary, &lists),
            against: Against { types, failures: inputs.failures.clone(), ..Against::default() },
        };
        for input in &inputs.list {
            let name = input.name();
            let setup = Setup { vocabulary, projections: &plan.projections, forced: forced.of(&name) };
            let context = Context::default();
            let read = match &input.place {
                Place::Stdin => source::read(io::stdin(), &name, &context, setup, &mut seen),
                Place::File(path) => {
                    File::open(path).and_then(|f| source::read_file(f, &name, &context, setup, &mut seen))
                }
            };
            if let Err(e) = read {
                seen.against.failures.push(format!("cannot read `{name}`: {}", io_words(&e)));
            }
        }
        if seen.against.events.is_empty() && seen.against.failures.is_empty() {
            return Err(Failure::new("no event of a known source in these logs"));
        }
        Ok(seen.against)
    }

    /// The sources that events were read of.
    pub fn sources(&self) -> Vec<SourceId> {
        self.events.keys().copied().collect()
    }

    /// Says on stderr what could not be read; whether there was anything.
    pub fn tell(&self) -> bool {
        self.failures.iter().for_each(|f| eprintln!("error: {}", crate::cli::terminal::safe(f)));
        !self.failures.is_empty()
    }

    /// The rules that stayed unknown most often, worst first: type, and what it lacked.
    pub fn worst(&self) -> Vec<(&str, &Gaps)> {
        let mut all: Vec<(&str, &Gaps)> =
            self.gaps.iter().filter(|(_, g)| g.unknown > 0).map(|(&r, g)| (&*self.types[r], g)).collect();
        all.sort_by(|a, b| b.1.unknown.cmp(&a.1.unknown).then(a.0.cmp(b.0)));
        all
    }
}

impl Gaps {
    /// What was absent, most often first.
    pub fn causes(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self.absent.iter().map(|(name, n)| (&**name, *n)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all
    }
}

struct Seen<'p> {
    engine: Engine<'p>,
    against: Against,
}

impl Handler for Seen<'_> {
    fn event(&mut self, event: &Event<'_>) {
        *self.against.events.entry(event.source).or_default() += 1;
        let gaps = &mut self.against.gaps;
        self.engine.gaps(event, &mut |gap| {
            let of = gaps.entry(gap.rule).or_default();
            of.considered += 1;
            of.unknown += u64::from(gap.unknown);
            for name in gap.absent {
                *of.absent.entry(name).or_default() += 1;
            }
        });
    }

    fn unreadable(&mut self, _: Unreadable<'_>) {
        self.against.unreadable += 1;
    }

    fn skipped(&mut self, _: Skip) {}
}
