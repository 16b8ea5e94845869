//! The work: inputs in a queue, a reader, an engine and an aggregator a thread, all merged at the end. What comes out
//! does not depend on the number of threads.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::Forced;
use super::dead::{self, DeadLetters};
use super::inputs::{Input, Place};
use super::progress::Progress;
use super::stats::{Stats, Unknown};
use crate::cli::exit::{Failure, io_words};
use crate::engine::{Engine, Lists, RuleCount, Settings, Stepper};
use crate::finding::Aggregator;
use crate::plan::Plan;
use crate::schema::{Context, Event, SourceId, Vocabulary};
use crate::source::{Handler, Reader, Reason, Setup, Skip, Unreadable};
use crate::store::spill::Sorter;
use crate::value::Time;

/// What is to be done.
pub struct Job<'a> {
    /// The evaluation plan.
    pub plan: &'a Plan,
    /// The vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// The lists, bound.
    pub lists: &'a Lists,
    /// What to read.
    pub inputs: &'a [Input],
    /// Sources that somebody told.
    pub forced: &'a Forced,
    /// Only events from here on.
    pub since: Option<Time>,
    /// Only events before.
    pub until: Option<Time>,
    /// Where unreadable records go.
    pub dead: Option<&'a DeadLetters>,
    /// Time each rule.
    pub profile: bool,
    /// How many threads.
    pub threads: usize,
    /// How many groups a rule or profile may have.
    pub groups: usize,
    /// Key of the hash maps of state.
    pub seed: u128,
}

/// Bytes of hits that are held in memory at most; more go to disk, sorted.
const HITS_IN_MEMORY: usize = 256 << 20;

/// Nanoseconds since the first call.
fn clock() -> u64 {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    u64::try_from(BEGAN.get_or_init(std::time::Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// What came of it.
#[derive(Default)]
pub struct Done {
    /// The findings.
    pub aggregator: Aggregator,
    /// What was read.
    pub stats: Stats,
    /// What each rule did.
    pub counts: Vec<RuleCount>,
    /// What matched for stateful rules and profiles.
    hits: Option<Sorter>,
    /// Groups that wait for a deadline beyond the end of the events.
    pub open: usize,
    /// Ctrl-C.
    pub stopped: bool,
}

/// Set by Ctrl-C; a second one ends the program at once.
static STOP: AtomicBool = AtomicBool::new(false);

fn stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Listens for Ctrl-C, from the first run on.
fn listen() {
    static LISTENING: OnceLock<bool> = OnceLock::new();
    LISTENING.get_or_init(|| {
        let handler = || {
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(3);
            }
        };
        // Without it Ctrl-C ends the program the hard way, and output files are still whole or absent.
        ctrlc::set_handler(handler).is_ok()
    });
}

/// What threads share.
struct Shared<'a> {
    job: &'a Job<'a>,
    /// Inputs in the order of work: the largest first, so that no thread is left alone with one at the end.
    order: Vec<usize>,
    next: AtomicUsize,
    bytes: AtomicU64,
    matches: AtomicU64,
}

/// Reads every input and matches every event.
///
/// # Errors
/// A worker failed in a way that no input explains.
pub fn run(job: &Job<'_>, threads: usize, show: bool) -> Result<Done, Failure> {
    listen();
    let mut order: Vec<usize> = (0..job.inputs.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(job.inputs[i].size));
    let shared = Shared { job, order, next: AtomicUsize::new(0), bytes: AtomicU64::new(0), matches: AtomicU64::new(0) };
    let progress = Progress::new(show, job.inputs.iter().map(|i| i.size).sum());
    let workers = threads.min(job.inputs.len()).max(1);
    let mut done = Done::default();
    thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(&shared))).collect();
        while show && handles.iter().any(|h| !h.is_finished()) {
            progress.set(shared.bytes.load(Ordering::Relaxed), shared.matches.load(Ordering::Relaxed));
            thread::sleep(Duration::from_millis(50));
        }
        for handle in handles {
            let part = handle.join().map_err(|_| Failure::new("a worker failed; nothing is written"))?;
            done.aggregator.merge(part.aggregator);
            done.stats.merge(part.stats);
            done.hits = match (done.hits.take(), part.hits) {
                (Some(mut all), Some(part)) => {
                    all.absorb(part).map_err(|e| Failure::new(e.to_string()))?;
                    Some(all)
                }
                (one, other) => one.or(other),
            };
            done.counts.resize(part.counts.len().max(done.counts.len()), RuleCount::default());
            for (sum, n) in done.counts.iter_mut().zip(part.counts) {
                sum.add(n);
            }
        }
        Ok::<(), Failure>(())
    })?;
    done.stopped = stopped();
    step(job, &mut done)?;
    Ok(done)
}

/// Stage two, once everything is read: hits of all threads, in order, through the state of their rules.
fn step(job: &Job<'_>, done: &mut Done) -> Result<(), Failure> {
    let Some(hits) = done.hits.take() else { return Ok(()) };
    let failed = |e: io::Error| Failure::new(e.to_string());
    let settings = Settings { groups: job.groups, seed: job.seed };
    let mut stepper = Stepper::new(job.plan, job.vocabulary, job.lists, settings);
    let mut sorted = hits.finish().map_err(failed)?;
    let aggregator = &mut done.aggregator;
    let watermark = done.stats.watermark(job.vocabulary);
    stepper.known_until(watermark);
    while let Some(hit) = sorted.next().map_err(failed)? {
        stepper.hit(hit, &mut |o| aggregator.add(o));
    }
    stepper.finish(watermark, &mut |o| aggregator.add(o));
    stepper.coverage(Time(i64::MAX)).into_iter().for_each(|o| aggregator.add(o));
    done.open = stepper.open();
    for (sum, n) in done.counts.iter_mut().zip(stepper.counts) {
        sum.add(n);
    }
    Ok(())
}

/// One thread: takes inputs until there are none.
fn work(shared: &Shared<'_>) -> Done {
    let job = shared.job;
    let fresh = || {
        let mut engine = Engine::new(job.plan, job.vocabulary, job.lists);
        engine.clock = job.profile.then_some(clock as fn() -> u64);
        engine
    };
    let mut engine = fresh();
    let mut readers: HashMap<Option<SourceId>, Reader<'_>> = HashMap::new();
    let mut done =
        Done { hits: Some(Sorter::new(HITS_IN_MEMORY / job.threads.max(1), &std::env::temp_dir())), ..Done::default() };
    while let Some(&index) = shared.order.get(shared.next.fetch_add(1, Ordering::Relaxed)) {
        if stopped() {
            break;
        }
        let input = &job.inputs[index];
        let name = input.name();
        let forced = job.forced.of(&name);
        let setup = Setup { vocabulary: job.vocabulary, projections: &job.plan.projections, forced };
        let reader = readers.entry(forced).or_insert_with(|| Reader::new(setup));
        let mut one = One {
            shared,
            engine: &mut engine,
            aggregator: &mut done.aggregator,
            stats: &mut done.stats,
            input: index,
            name: &name,
            known: false,
            first: None,
            pending: Pending::default(),
            hits: done.hits.as_mut(),
            failed: None,
        };
        // A fault of ours costs the input it shows in, loudly, and not the run.
        let result = catch_unwind(AssertUnwindSafe(|| one.read(input, reader)));
        match result {
            Ok(Ok(())) => {
                if let Some(e) = one.failed.take() {
                    done.stats.failures.push((index, e.to_string()));
                }
            }
            Ok(Err(_)) if stopped() => {}
            Ok(Err(e)) => done.stats.failures.push((index, format!("cannot read `{name}`: {}", io_words(&e)))),
            Err(_) => {
                let message = format!("internal error while reading `{name}`; what it holds is only partly judged");
                done.stats.failures.push((index, message));
                readers.clear();
                let counts = std::mem::take(&mut engine.counts);
                engine = fresh();
                engine.counts = counts;
            }
        }
    }
    done.counts = engine.counts;
    done
}

/// One input being read.
struct One<'a, 'p> {
    shared: &'a Shared<'p>,
    engine: &'a mut Engine<'p>,
    aggregator: &'a mut Aggregator,
    stats: &'a mut Stats,
    input: usize,
    name: &'a str,
    /// Something in it was a log's record.
    known: bool,
    /// What is wrong with the first unreadable record.
    first: Option<String>,
    pending: Pending,
    /// Where hits go.
    hits: Option<&'a mut Sorter>,
    /// Why they could not.
    failed: Option<io::Error>,
}

/// Unreadable records of an input that is not yet known to be a log: a README in a folder of logs is no heap of
/// unreadable records.
#[derive(Default)]
struct Pending {
    letters: Vec<u8>,
    counted: Vec<(Reason, u64, String)>,
}

/// Unreadable records that are held back at most, before their input is taken for a broken log.
const MAX_PENDING: usize = 10_000;

/// Bytes of dead letters that are held back at most.
const MAX_PENDING_BYTES: usize = 4 << 20;

impl One<'_, '_> {
    fn read(&mut self, input: &Input, reader: &mut Reader<'_>) -> io::Result<()> {
        let context = Context::default();
        let counted = |inner| Watched { inner, bytes: &self.shared.bytes };
        let stats = match &input.place {
            Place::Stdin => {
                let inner: Box<dyn Read> = Box::new(Piped::new());
                reader.read(counted(inner), self.name, &context, self)?
            }
            Place::File(path) => {
                let inner: Box<dyn Read> = Box::new(File::open(path)?);
                reader.read(counted(inner), self.name, &context, self)?
            }
        };
        if self.settle() {
            self.stats.files += 1;
            self.stats.bytes += stats.stored;
            self.stats.plain += stats.plain;
            self.stats.skipped += stats.skipped;
        }
        Ok(())
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
        if let Some(dead) = self.shared.job.dead
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
        self.stats.event(event.source, event.time);
        let (aggregator, matches) = (&mut *self.aggregator, &self.shared.matches);
        self.engine.event(event, &mut |occurrence| {
            matches.fetch_add(1, Ordering::Relaxed);
            aggregator.add(occurrence);
        });
        let (sorter, failed) = (&mut self.hits, &mut self.failed);
        self.engine.hits.drain(|hit| {
            if let Some(sorter) = sorter.as_mut()
                && let Err(e) = sorter.push(hit)
            {
                failed.get_or_insert(e);
            }
        });
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
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

/// Counts what is read, and ends with an error once Ctrl-C was pressed.
struct Watched<'a, R> {
    inner: R,
    bytes: &'a AtomicU64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if stopped() {
            return Err(io::Error::other("stopped"));
        }
        let n = self.inner.read(buf)?;
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Standard input, read by a thread of its own, so that Ctrl-C is heard while nothing comes.
struct Piped {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
}

impl Piped {
    fn new() -> Self {
        let (send, blocks) = sync_channel(4);
        thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut block = vec![0; 1 << 18];
                let read = stdin.read(&mut block).map(|n| {
                    block.truncate(n);
                    block
                });
                let end = read.as_ref().map_or(true, Vec::is_empty);
                if send.send(read).is_err() || end {
                    return;
                }
            }
        });
        Self { blocks, block: Vec::new(), at: 0 }
    }
}

impl Read for Piped {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            match self.blocks.recv_timeout(Duration::from_millis(50)) {
                Ok(block) => (self.block, self.at) = (block?, 0),
                Err(RecvTimeoutError::Timeout) if !stopped() => continue,
                Err(RecvTimeoutError::Timeout) => return Err(io::Error::other("stopped")),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
            if self.block.is_empty() {
                return Ok(0);
            }
        }
        let n = buf.len().min(self.block.len() - self.at);
        buf[..n].copy_from_slice(&self.block[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
