//! The work: inputs in a queue, a reader, an engine and an aggregator a thread, all merged at the end. What comes out
//! does not depend on the number of threads.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use super::Forced;
use super::blocks::Blocks;
use super::dead::DeadLetters;
use super::hands::{Hands, fault};
use super::inputs::Input;
use super::one::{One, Pending};
use super::part::{Keep, Kept, Unit};
use super::progress::Progress;
use super::stats::Stats;
use crate::cli::exit::{Failure, io_words};
use crate::engine::{Lists, RuleCount, Settings, Stepper};
use crate::finding::Aggregator;
use crate::plan::Plan;
use crate::schema::Vocabulary;
use crate::source::NotBuilt;
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
    /// Event times count no more than this for the watermark.
    pub cap: Time,
    /// About how long the blocks are that large files of lines are read in, in bytes.
    pub block: u64,
    /// A run that keeps state: what is read of each input.
    pub keep: Option<Keep<'a>>,
}

/// Bytes of hits that are held in memory at most; more go to disk, sorted.
pub const HITS_IN_MEMORY: usize = 256 << 20;

/// Nanoseconds since the first call.
pub fn clock() -> u64 {
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
    pub hits: Option<Sorter>,
    /// A run that keeps state: inputs, and how far each was read.
    pub units: Vec<(usize, Unit)>,
    /// Groups that wait for a deadline beyond the end of the events.
    pub open: usize,
    /// Ctrl-C.
    pub stopped: bool,
}

/// Set by Ctrl-C; a second one ends the program at once.
static STOP: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C or SIGTERM came.
pub fn stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Listens for Ctrl-C and SIGTERM, from the first run on.
pub fn listen() {
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
pub struct Shared<'a> {
    pub job: &'a Job<'a>,
    /// In the order of work: the largest inputs first, so that no thread is left alone with one at the end.
    tasks: Vec<Task>,
    /// Large files of lines.
    blocks: Vec<Blocks>,
    next: AtomicUsize,
    pub bytes: Arc<AtomicU64>,
    pub matches: AtomicU64,
}

/// What a thread takes.
#[derive(Clone, Copy)]
enum Task {
    /// An input.
    Whole(usize),
    /// A file of lines, by its place among those, and a block of it.
    Block(usize, usize),
}

/// Inputs and blocks of inputs, in the order of work.
fn tasks(job: &Job<'_>) -> (Vec<Task>, Vec<Blocks>) {
    let mut order: Vec<usize> = (0..job.inputs.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(job.inputs[i].size));
    let (mut tasks, mut blocks) = (Vec::new(), Vec::new());
    for input in order {
        match job.keep.is_none().then(|| Blocks::of(job, input, job.block)).flatten() {
            Some(all) => {
                tasks.extend((0..all.len()).map(|block| Task::Block(blocks.len(), block)));
                blocks.push(all);
            }
            None => tasks.push(Task::Whole(input)),
        }
    }
    (tasks, blocks)
}

/// Reads every input and matches every event.
///
/// # Errors
/// A worker failed in a way that no input explains.
pub fn run(job: &Job<'_>, threads: usize, show: bool) -> Result<Done, Failure> {
    listen();
    let (tasks, blocks) = tasks(job);
    let workers = threads.min(tasks.len()).max(1);
    let next = AtomicUsize::new(0);
    let shared = Shared { job, tasks, blocks, next, bytes: Arc::default(), matches: AtomicU64::new(0) };
    let progress = Progress::new(show, job.inputs.iter().map(|i| i.size).sum());
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
            done.units.extend(part.units);
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
    if job.keep.is_none() {
        step(job, &mut done)?;
    }
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

/// One thread: takes inputs and blocks until there are none.
fn work(shared: &Shared<'_>) -> Done {
    let job = shared.job;
    let mut hands = Hands::new(job);
    let mut done =
        Done { hits: Some(Sorter::new(HITS_IN_MEMORY / job.threads.max(1), &std::env::temp_dir())), ..Done::default() };
    while let Some(&task) = shared.tasks.get(shared.next.fetch_add(1, Ordering::Relaxed)) {
        if stopped() {
            break;
        }
        match (task, &job.keep) {
            (Task::Block(file, block), _) => shared.blocks[file].turn(shared, block, &mut hands, &mut done),
            (Task::Whole(input), Some(keep)) => kept(shared, keep, input, &mut hands, &mut done),
            (Task::Whole(input), None) => whole(shared, input, &mut hands, &mut done),
        }
    }
    done.counts = hands.counts();
    // Here rather than behind all threads, one after the other.
    done.hits.iter_mut().for_each(Sorter::settle);
    done
}

/// Reads an input of a run that keeps state.
fn kept<'p>(shared: &Shared<'p>, keep: &Keep<'_>, index: usize, hands: &mut Hands<'p>, done: &mut Done) {
    let name = shared.job.inputs[index].name();
    let kept = Kept { shared, keep, index, name: &name };
    if hands.guarded(shared.job.forced.of(&name), |engine, reader| kept.read(engine, reader, done)).is_none() {
        let message = format!("internal error while reading `{name}`; what came of it is not judged");
        done.stats.failures.push((index, message));
        done.units.push((index, Unit::Broken));
    }
}

/// Reads an input in one piece.
fn whole<'p>(shared: &Shared<'p>, index: usize, hands: &mut Hands<'p>, done: &mut Done) {
    let input = &shared.job.inputs[index];
    let name = input.name();
    let read = hands.guarded(shared.job.forced.of(&name), |engine, reader| {
        let mut one = One {
            shared,
            engine,
            aggregator: &mut done.aggregator,
            stats: &mut done.stats,
            input: index,
            name: &name,
            known: false,
            first: None,
            pending: Pending::default(),
            hits: done.hits.as_mut(),
            failed: None,
            held: None,
            base: 0,
            cut: false,
        };
        one.read(input, reader).map(|()| one.failed.take())
    });
    let failure = match read {
        Some(Ok(None)) => return,
        Some(Ok(Some(e))) => e.to_string(),
        Some(Err(_)) if stopped() => return,
        Some(Err(e)) if NotBuilt::is(&e) => return done.stats.not_built.push((index, name)),
        Some(Err(e)) => format!("cannot read `{name}`: {}", io_words(&e)),
        None => fault(&name),
    };
    done.stats.failures.push((index, failure));
}
