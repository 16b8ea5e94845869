//! `outguard bench [EVENTS…]`: bytes and events per second of the whole rule set on one core, beside the limits of the
//! machine over the same bytes in the same run, because figures of different days do not compare.

mod corpus;
mod limits;

use std::hint::black_box;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::config::Config;
use super::exit::{Exit, Failure, Outcome};
use super::load::{self, RuleArgs};
use super::render::{grouped, plural};
use super::run::bind;
use super::tables;
use super::terminal::{Paint, Terminal, stdout};
use super::time;
use crate::engine::{Engine, Lists, Settings, Stepper};
use crate::finding::Aggregator;
use crate::plan::Plan;
use crate::program;
use crate::schema::{Context, Event, Vocabulary};
use crate::source::{Handler, READS_PARQUET, Reader, Setup, Skip, Unreadable, is_parquet};
use crate::store::spill::Sorter;
use crate::value::Time;

use corpus::{Corpus, Member};

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Logs to measure with; none: a synthetic corpus of CloudTrail, the same on every machine
    #[arg(value_name = "EVENTS")]
    events: Vec<PathBuf>,
    /// Events of the synthetic corpus
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    size: u64,
    /// How often each pass is measured; the median is shown
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// One JSON object a pass
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    rules: RuleArgs,
    /// The deployment file; unsaid: outguard.yaml of the current folder, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Bind a list to a file: NAME=FILE
    #[arg(long, value_name = "NAME=FILE", value_parser = bind::list_option)]
    list: Vec<bind::ListOption>,
    /// Look up where addresses are in this file; may be repeated
    #[arg(long, value_name = "FILE")]
    geo: Vec<PathBuf>,
}

/// One measured pass.
struct Pass {
    name: &'static str,
    what: &'static str,
    /// The median; none where the pass does not fit the corpus.
    took: Option<Duration>,
    /// Events that it saw.
    events: Option<u64>,
}

/// Measures.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let vocabulary = program::vocabulary();
    let config = Config::find(args.config.as_deref(), &args.rules.rules)?;
    let program = load::program(&args.rules, &config, terminal)?;
    let mut plan = program.plan(vocabulary);
    tables::enrich_plan(&mut plan, &config, &args.geo, vocabulary)?;
    let binding = bind::bind(&program.model, &config, &args.list)?;
    let lists = Lists::bind(&plan, &binding.bound).map_err(Failure::new)?;
    let corpus = if args.events.is_empty() { Corpus::synthetic(args.size) } else { Corpus::read(&args.events)? };
    let plain = unpack(&corpus)?;
    let bytes: u64 = plain.iter().map(|m| m.raw.len() as u64).sum();
    if bytes == 0 {
        return Err(Failure::new("there is nothing to measure: the files are empty"));
    }
    let job = Job { plan: &plan, vocabulary, lists: &lists };
    let passes = passes(&job, &corpus, &plain, usize::from(args.runs));
    if args.json { json(&passes, bytes, args.runs) } else { text(&passes, &corpus, bytes, args, &plan, terminal) }
}

fn unpack(corpus: &Corpus) -> Result<Vec<Member>, Failure> {
    let each = corpus.members.iter().map(|m| {
        if is_parquet(&m.raw) && !READS_PARQUET {
            let failure = Failure::new(format!("E0801: `{}` is Parquet, which this build does not read", m.name));
            return Err(failure.help("build with `--features parquet`: `outguard explain E0801`"));
        }
        let raw = limits::plain(&m.raw).map_err(|e| Failure::new(format!("cannot unpack `{}`: {e}", m.name)))?;
        // Bytes that were unpacked are no longer called `.gz`.
        Ok(Member { name: m.name.trim_end_matches(".gz").trim_end_matches(".zst").to_owned(), raw })
    });
    each.collect()
}

struct Job<'a> {
    plan: &'a Plan,
    vocabulary: &'a Vocabulary,
    lists: &'a Lists,
}

fn passes(job: &Job<'_>, corpus: &Corpus, plain: &[Member], runs: usize) -> Vec<Pass> {
    let compressed = corpus.members.iter().zip(plain).any(|(a, b)| a.raw.len() != b.raw.len());
    let mut out = Vec::new();
    let mut pass = |name, what, run: &mut dyn FnMut() -> Option<u64>, fits: bool| {
        let (took, events) = if fits { median(runs, run) } else { (None, None) };
        out.push(Pass { name, what, took, events });
    };
    let lines = || plain.iter().map(|m| limits::newlines(&m.raw)).sum::<usize>();
    pass(
        "line ends",
        "counts line ends: the fastest look at every byte",
        &mut || (black_box(lines()) < usize::MAX).then_some(0),
        true,
    );
    let unpack = || corpus.members.iter().all(|m| limits::plain(&m.raw).map(black_box).is_ok());
    pass("unpack", "decompresses the files and does nothing else", &mut || unpack().then_some(0), compressed);
    let validate = || plain.iter().try_for_each(|m| limits::validate(&m.raw).map(|_| ()));
    pass("JSON skip", "serde_json validates every byte and keeps nothing", &mut || validate().map(|()| 0), true);
    let tree = || plain.iter().try_for_each(|m| limits::tree(&m.raw).map(|_| ()));
    pass("JSON tree", "serde_json builds a tree of every record", &mut || tree().map(|()| 0), true);
    pass("read", "our reader: records into events, no rule", &mut || Some(job.read(plain, Depth::Read)), true);
    pass("match", "our reader and all rules, on plain bytes", &mut || Some(job.read(plain, Depth::Match)), true);
    pass("state", "the same, and what matched sorted and stepped", &mut || Some(job.read(plain, Depth::State)), true);
    let all = &mut || Some(job.read(&corpus.members, Depth::State));
    pass("whole", "unpacking, reader and all rules, as `run` does", all, compressed);
    out
}

/// The median time of several runs after one that warms up, and what the last gave.
fn median(runs: usize, run: &mut dyn FnMut() -> Option<u64>) -> (Option<Duration>, Option<u64>) {
    let Some(mut events) = run() else { return (None, None) };
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let began = Instant::now();
        events = run().unwrap_or(events);
        times.push(began.elapsed());
    }
    times.sort_unstable();
    (times.get(times.len() / 2).copied(), Some(events).filter(|n| *n > 0))
}

impl Job<'_> {
    /// Reads all members on this thread; how many events there were.
    fn read(&self, members: &[Member], depth: Depth) -> u64 {
        let setup = Setup { vocabulary: self.vocabulary, projections: &self.plan.projections, forced: None };
        let mut reader = Reader::new(setup);
        let engine = Engine::new(self.plan, self.vocabulary, self.lists);
        let sorter = Sorter::new(HITS_IN_MEMORY, &std::env::temp_dir());
        let mut sink = Sink {
            engine: (depth != Depth::Read).then_some(engine),
            hits: (depth == Depth::State).then_some(sorter),
            aggregator: Aggregator::new(),
            events: 0,
        };
        for member in members {
            // Memory does not fail to be read; what is broken in it goes to the handler.
            let _ = reader.read(member.raw.as_slice(), &member.name, &Context::default(), &mut sink);
        }
        if let Some(Ok(mut sorted)) = sink.hits.take().map(Sorter::finish) {
            let mut stepper = Stepper::new(self.plan, self.vocabulary, self.lists, Settings::default());
            // A disk that fails ends the pass early; its figure is then no worse than it should be.
            while let Ok(Some(hit)) = sorted.next() {
                stepper.hit(hit, &mut |occurrence| sink.aggregator.add(occurrence));
            }
            stepper.finish(Time(i64::MAX - 1), &mut |occurrence| sink.aggregator.add(occurrence));
        }
        black_box(sink.aggregator.len());
        sink.events
    }
}

/// Bytes of hits that are held in memory; more go to disk, as in a run.
const HITS_IN_MEMORY: usize = 256 << 20;

/// How far the events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// They are read.
    Read,
    /// They meet the rules; what stateful rules bring is made and dropped.
    Match,
    /// It is sorted and stepped.
    State,
}

struct Sink<'p> {
    engine: Option<Engine<'p>>,
    hits: Option<Sorter>,
    aggregator: Aggregator,
    events: u64,
}

impl Handler for Sink<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        if let Some(engine) = &mut self.engine {
            let aggregator = &mut self.aggregator;
            engine.event(event, &mut |occurrence| aggregator.add(occurrence));
            let hits = &mut self.hits;
            engine.hits.drain(|hit| {
                if let Some(hits) = hits {
                    // As below: a disk that fails shows in nothing but the figure.
                    let _ = hits.push(hit);
                }
            });
        }
    }

    fn unreadable(&mut self, _: Unreadable<'_>) {}

    fn skipped(&mut self, _: Skip) {}
}

fn json(passes: &[Pass], bytes: u64, runs: u16) -> Outcome {
    let mut out = stdout();
    for pass in passes {
        let seconds = pass.took.map(|t| t.as_secs_f64());
        let line = serde_json::json!({
            "pass": pass.name, "what": pass.what, "bytes": bytes, "runs": runs, "seconds": seconds,
            "bytes_per_second": seconds.map(|s| bytes as f64 / s),
            "events": pass.events,
            "events_per_second": seconds.zip(pass.events).map(|(s, n)| n as f64 / s),
        });
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn text(passes: &[Pass], corpus: &Corpus, bytes: u64, args: &Args, plan: &Plan, terminal: &Terminal) -> Outcome {
    let paint = Paint(terminal.out.color);
    let stored: u64 = corpus.members.iter().map(|m| m.raw.len() as u64).sum();
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["PASS", "MB/S", "EVENTS/S", "TIME", "WHAT"].map(|h| paint.bold(h)));
    for pass in passes {
        let Some(took) = pass.took else {
            table.add_row([pass.name, "-", "-", "-", pass.what]);
            continue;
        };
        let seconds = took.as_secs_f64().max(1e-9);
        let events = pass.events.map_or_else(|| "-".to_owned(), |n| grouped((n as f64 / seconds) as u64));
        let rate = grouped((bytes as f64 / seconds / 1e6) as u64);
        table.add_row([pass.name.to_owned(), rate, events, time::took(took), pass.what.to_owned()]);
    }
    for column in [1, 2, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut out = stdout();
    writeln!(out, "{}", corpus.title)?;
    let packed = if stored == bytes { String::new() } else { format!(" ({} packed)", time::bytes(stored)) };
    let rules = plan.rules.iter().filter(|r| !r.disabled).count();
    writeln!(
        out,
        "{}{packed}, {}, one thread, median of {}; MB/s are of plain bytes\n",
        time::bytes(bytes),
        plural(rules, "finding type"),
        plural(usize::from(args.runs), "run"),
    )?;
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    if cfg!(debug_assertions) {
        writeln!(out, "\nthis is a debug build: the figures say nothing")?;
    }
    out.flush()?;
    Ok(Exit::Clean)
}
