//! A run that goes on: over files that come and grow, and over its own end.
//!
//! ```text
//! inputs --marks--> what is new --work (threads)--> hits, occurrences
//!    hits + pending --watermark--> Stepper --> Aggregator --publish--> lines
//!    one transaction: marks, groups, pending, findings, outbox, watermark; then the lines are written
//! ```

mod ahead;
mod follow;
mod restore;
mod speak;
mod tick;
mod times;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use super::inputs::{Input, Inputs, Place};
use super::part::{Keep, Todo, Unit};
use super::piped::Pipe;
use super::stats::Stats;
use super::work::{self, Job, stopped};
use super::{Args, Forced, not_built};
use crate::cli::config::Config;
use crate::cli::exit::{Failure, io_words};
use crate::cli::terminal::{Paint, Terminal, safe};
use crate::engine::{Lists, RuleCount, Stepper};
use crate::finding::Aggregator;
use crate::plan::Plan;
use crate::schema::Vocabulary;
use crate::source::is_packed;
use crate::store::spill::Sorter;
use crate::store::{Look, Marks, Meta, Next, Progress, Store, StoreError};
use crate::value::Time;

use ahead::Ahead;
use speak::Speaker;
use times::Times;

pub use follow::follow;
pub use restore::{named, owned};
pub use speak::Shown;

/// So many bytes are read before anything else is done; more inputs are a round more.
const ROUND: u64 = 1 << 30;

/// What is not complete at the end of a file that does not grow is read as it is after so long, milliseconds.
const PATIENCE: i64 = 10_000;

/// Event times count no further ahead of the wall clock than this, milliseconds: one wrong clock must not decide for
/// all.
const AHEAD: i64 = 5 * 60 * 1000;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::new(error.message).help(error.help)
    }
}

/// What a run is given.
pub struct Env<'a> {
    /// The evaluation plan.
    pub plan: &'a Plan,
    /// The vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// The lists, bound.
    pub lists: &'a Lists,
    /// Sources that somebody told.
    pub forced: &'a Forced,
    /// The deployment file.
    pub config: &'a Config,
    /// Options.
    pub args: &'a Args,
    /// Where messages go.
    pub terminal: &'a Terminal,
    /// Where unreadable records go.
    pub dead: Option<&'a super::dead::DeadLetters>,
    /// How many threads.
    pub threads: usize,
}

/// A run that goes on.
pub struct Session<'a> {
    env: &'a Env<'a>,
    store: Rc<Store>,
    meta: Meta,
    stepper: Stepper<'a>,
    aggregator: Aggregator,
    marks: Marks,
    times: Times,
    ahead: Ahead,
    speaker: Speaker<'a>,
    /// What matched and is neither stepped nor stored.
    hits: Option<Sorter>,
    /// Owners of records that go with the next checkpoint.
    gone: Vec<String>,
    pipe: Option<Pipe>,
    lateness: Vec<(glob::Pattern, i64)>,
    /// The last checkpoint.
    since: Instant,
    /// Findings were forgotten up to here.
    forgotten: Time,
    /// Something was said and perhaps stored as not said yet.
    unconfirmed: bool,
    /// What was read.
    pub stats: Stats,
    /// What each rule did.
    pub counts: Vec<RuleCount>,
    /// Messages that were told already.
    told: BTreeSet<String>,
    /// What kept inputs from being read as logs.
    pub failures: Vec<String>,
}

/// Wall time, milliseconds.
fn wall() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What event times count at most for the watermark.
pub fn cap() -> Time {
    Time(wall()).plus(AHEAD)
}

impl<'a> Session<'a> {
    /// Tells something on stderr, once.
    fn tell(&mut self, label: &str, message: &str) {
        if self.told.insert(message.to_owned()) {
            let paint = Paint(self.env.terminal.err.color);
            let label = if label == "error" { paint.red("error:") } else { paint.yellow(&format!("{label}:")) };
            eprintln!("{label} {}", safe(message));
        }
    }

    /// Reads what inputs hold that was not read before. Whether there was something.
    fn read(&mut self, inputs: &[Input], follow: bool) -> Result<bool, Failure> {
        let now = wall();
        let patience = if follow { PATIENCE } else { 0 };
        let mut queue: VecDeque<(usize, Look, u64)> = VecDeque::new();
        for (n, input) in inputs.iter().enumerate() {
            if let Some((look, goal)) = self.look(input, now, patience) {
                queue.push_back((n, look, goal));
            }
        }
        let mut any = false;
        while !queue.is_empty() && !stopped() {
            let mut round = Vec::new();
            let mut bytes = 0;
            while let Some((n, look, goal)) = queue.front()
                && (round.is_empty() || (bytes < ROUND && !self.env.args.checkpoint_every.is_zero()))
            {
                bytes += look.to - look.from;
                round.push((*n, look.clone(), *goal));
                queue.pop_front();
            }
            any = true;
            for (n, goal) in self.round(inputs, &round, follow)? {
                // Parts of large files: on to where they went when they were first looked at.
                if let Some((look, _)) = self.look(&inputs[n], now, patience)
                    && look.from < goal
                {
                    queue.push_back((n, look, goal));
                }
            }
            if !queue.is_empty() && self.since.elapsed() >= self.env.args.checkpoint_every {
                self.slice()?;
            }
        }
        Ok(any)
    }

    /// What there is to read of an input, and how far.
    fn look(&mut self, input: &Input, now: i64, patience: i64) -> Option<(Look, u64)> {
        match &input.place {
            Place::Stdin => {
                let pipe = self.pipe.as_ref()?;
                let to = pipe.buffer.len() as u64;
                (to > 0).then(|| (Look::of_bytes(to), 0))
            }
            Place::File(path) => match self.marks.next(path, is_packed, now, patience) {
                Ok(Next::Read(look)) => {
                    if look.replaced {
                        self.tell(
                            "note",
                            &format!("`{}` was replaced or cut; it is read from its beginning", path.display()),
                        );
                    }
                    let to = look.to;
                    Some((look, to))
                }
                Ok(Next::Same) => None,
                // It went since it was listed.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
                Err(e) => {
                    self.fail(format!("cannot read `{}`: {}", path.display(), io_words(&e)));
                    None
                }
            },
        }
    }

    fn fail(&mut self, message: String) {
        if !self.failures.contains(&message) {
            self.failures.push(message.clone());
            self.tell("error", &message);
        }
    }

    /// Reads a round of inputs; those of which there is more, with how far they are to be read.
    fn round(
        &mut self,
        inputs: &[Input],
        round: &[(usize, Look, u64)],
        follow: bool,
    ) -> Result<Vec<(usize, u64)>, Failure> {
        let chosen: Vec<Input> =
            round.iter().map(|(n, look, _)| Input { size: look.to - look.from, ..inputs[*n].clone() }).collect();
        let todo: Vec<Todo> = round
            .iter()
            .zip(&chosen)
            .map(|((_, look, _), input)| Todo {
                waits: follow && !look.settled,
                look: look.clone(),
                lateness: self.lateness.iter().find(|(glob, _)| glob.matches(&input.name())).map(|(_, ms)| *ms),
            })
            .collect();
        let nothing = Vec::new();
        let pipe = self.pipe.as_ref();
        let keep = Keep {
            todo: &todo,
            decided: self.times.watermark,
            piece: pipe.map_or(&nothing, |p| &p.buffer),
            open: pipe.is_some_and(Pipe::open),
            header: pipe.and_then(|p| p.header.as_deref()),
            used: pipe.map_or(0, |p| p.used),
        };
        let env = self.env;
        let job = Job {
            plan: env.plan,
            vocabulary: env.vocabulary,
            lists: env.lists,
            inputs: &chosen,
            forced: env.forced,
            since: env.args.since,
            until: env.args.until,
            dead: env.dead,
            profile: env.args.profile,
            threads: env.threads,
            groups: 0,
            seed: 0,
            cap: cap(),
            block: u64::MAX,
            keep: Some(keep),
        };
        let show = !follow && !env.args.quiet && env.terminal.err.interactive;
        let done = work::run(&job, env.threads, show)?;
        for (_, message) in &done.stats.failures {
            self.fail(message.clone());
        }
        if let Some(message) = not_built(&done.stats.not_built) {
            self.fail(message);
        }
        for unknown in done.stats.unknown.iter().filter(|u| u.named) {
            self.fail(format!("no log that is known in `{}`: {}", unknown.name, unknown.why));
        }
        self.times.note(&done.stats);
        self.aggregator.merge(done.aggregator);
        self.stats.merge(done.stats);
        self.counts.resize(done.counts.len().max(self.counts.len()), RuleCount::default());
        for (sum, n) in self.counts.iter_mut().zip(done.counts) {
            sum.add(n);
        }
        self.hits = match (self.hits.take(), done.hits) {
            (Some(mut all), Some(hits)) => {
                all.absorb(hits).map_err(|e| Failure::new(e.to_string()))?;
                Some(all)
            }
            (one, other) => one.or(other),
        };
        let units: HashMap<usize, Unit> = done.units.into_iter().collect();
        let mut more = Vec::new();
        for (place, (n, look, goal)) in round.iter().enumerate() {
            let Some(unit) = units.get(&place) else { continue };
            let (part, again) = match unit.clone() {
                Unit::Read { resume, size, header, events, waits } => {
                    let now = wall();
                    (Progress { offset: resume, size, waits, header, events, now }, size < *goal && size > look.from)
                }
                Unit::Waits => (
                    Progress {
                        offset: look.from,
                        size: look.to,
                        waits: true,
                        header: look.header.clone(),
                        events: 0,
                        now: wall(),
                    },
                    false,
                ),
                Unit::Broken => {
                    (Progress { offset: look.to, size: look.to, now: wall(), ..Progress::default() }, false)
                }
            };
            match &chosen[place].place {
                Place::File(path) => {
                    self.marks.read(path, look, part);
                    if again {
                        more.push((*n, *goal));
                    }
                }
                Place::Stdin => {
                    if let Some(pipe) = &mut self.pipe {
                        let used = if pipe.open() { part.offset } else { look.to };
                        pipe.header = part.header.or(pipe.header.take());
                        pipe.consume(used);
                    }
                }
            }
        }
        Ok(more)
    }

    /// Reads all inputs once; the next run goes on behind them.
    ///
    /// # Errors
    /// State cannot be read or written; findings cannot be written.
    pub fn batch(&mut self, inputs: &Inputs) -> Result<(), Failure> {
        if inputs.list.iter().any(|i| i.place == Place::Stdin) {
            self.pipe = Some(Pipe::new());
        }
        loop {
            if let Some(pipe) = &mut self.pipe {
                pipe.wait(Duration::from_millis(50))
                    .map_err(|e| Failure::new(format!("cannot read standard input: {}", io_words(&e))))?;
                pipe.is_plain()?;
            }
            self.read(&inputs.list, false)?;
            if stopped() || self.pipe.as_ref().is_none_or(|p| p.ended && p.buffer.is_empty()) {
                break;
            }
        }
        if stopped() { self.slice() } else { self.tick(true) }
    }

    /// The findings that this run told of, each as it was told last.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        self.speaker.shown()
    }

    /// Findings that were not told: archived, and left out by options.
    #[must_use]
    pub fn left_out(&self) -> (usize, usize) {
        self.speaker.left_out()
    }

    /// Lines for the summary.
    #[must_use]
    pub fn about(&self) -> super::summary::State {
        super::summary::State {
            folder: self.env.args.state.clone(),
            watermark: self.times.watermark,
            known: self.times.known(),
            pending: self.store.read().and_then(|r| r.count(crate::store::Table::Pending)).unwrap_or(0),
            open: self.stepper.open(),
        }
    }

    /// What rules did while they were stepped.
    pub fn finish_counts(&mut self) {
        for (sum, n) in self.counts.iter_mut().zip(&self.stepper.counts) {
            sum.add(*n);
        }
    }
}

/// The folder of state, if there is one, taken.
fn folder(path: Option<&PathBuf>, follow: bool) -> Result<Option<crate::store::folder::Folder>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let what = if follow { "outguard run --follow" } else { "outguard run" };
    let who = format!("process {} ({what}, since {})", std::process::id(), Time(wall() / 1000 * 1000).to_rfc3339());
    Ok(Some(crate::store::folder::Folder::take(path, &who, true)?))
}
