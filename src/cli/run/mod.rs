//! `outguard run EVENTS…`: events in, findings out.
//!
//! ```text
//! rules --load--> Program --plan--> Plan   lists --bind--> Lists
//! EVENTS --inputs--> queue --work (threads)--> Aggregators, Stats --merge--> findings --sink--> stdout or FILE
//!                                                                     \--> summary --> stderr
//! ```

pub mod bind;
mod blocks;
#[cfg(test)]
mod blocks_tests;
mod dead;
mod deliver;
mod gathered;
mod hands;
pub mod inputs;
mod one;
mod part;
mod piped;
mod profile;
mod progress;
pub mod session;
mod stats;
mod summary;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::Config;
use super::exit::{Exit, Failure, Outcome};
use super::geo;
use super::load::{self, RuleArgs};
use super::render::plural;
use super::tables::{self, TableOption};
use super::terminal::{Paint, Terminal, safe};
use super::time;
use crate::engine::{self, Lists};
use crate::finding::{Finding, Level};
use crate::program;
use crate::schema::{SourceId, Vocabulary};
use crate::suggest;
use crate::value::Time;

use bind::ListOption;
use inputs::Inputs;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files, folders (all that is in them), globs; `-` is standard input. Plain, gzip, zstd; Parquet if built with it
    #[arg(value_name = "EVENTS", required = true)]
    events: Vec<PathBuf>,
    #[command(flatten)]
    rules: RuleArgs,
    /// The deployment file; unsaid: outguard.yaml of the current folder, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Bind a list to a file: NAME=FILE is a threat list, NAME=trusted:FILE and NAME=plain:FILE are not
    #[arg(long, value_name = "NAME=FILE", value_parser = bind::list_option)]
    list: Vec<ListOption>,
    /// Look up where addresses are in this file: a MaxMind DB, or a CSV of ranges; may be repeated
    #[arg(long, value_name = "FILE")]
    geo: Vec<PathBuf>,
    /// Look up what the deployment knows by key in this table: NAME=FILE, such as instances=instances.json
    #[arg(long, value_name = "NAME=FILE", value_parser = tables::option)]
    table: Vec<TableOption>,
    /// Read all inputs as this source; unsaid: recognised by content
    #[arg(long = "as", value_name = "SOURCE")]
    source: Option<String>,
    /// Only events from this time on: 2026-01-31 or 2026-01-31T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    since: Option<Time>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    until: Option<Time>,
    /// Only findings at or above: low, medium, high, critical
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    min_severity: Option<Level>,
    /// Only findings of these types: `CryptoCurrency:*`
    #[arg(long, value_name = "GLOB", value_parser = glob::Pattern::new)]
    only: Vec<glob::Pattern>,
    /// How many threads; unsaid: one a core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// How to write findings; unsaid: a table on a terminal, json in a pipe or file
    #[arg(long, value_name = "FORMAT", value_parser = deliver::format_names())]
    format: Option<String>,
    /// Write findings to a file; it appears whole, or not at all. With --state or --follow they are added to it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep what is remembered between events in this folder, and go on where the last run with it stopped
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Do not end: read what is added to the inputs, and say what is found as soon as it is certain
    #[arg(long)]
    follow: bool,
    /// With --state or --follow: say how a finding grows at most this often, in time of the events: 15m, 1h, 6h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = time::duration)]
    publish_every: i64,
    /// With --state: how often what is read is stored while there is much to read
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = pause)]
    checkpoint_every: Duration,
    /// Exit with 1 if there is a finding at or above: low, medium, high, critical
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    fail_on: Option<Level>,
    /// Keep unreadable records in a file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    dead_letter: Option<PathBuf>,
    /// Write archived findings too
    #[arg(long)]
    archived: bool,
    /// Say which rules took the most time
    #[arg(long)]
    profile: bool,
    /// No progress, no summary
    #[arg(short, long)]
    quiet: bool,
}

fn level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| format!("`{text}` is no severity: low, medium, high, critical"))
}

fn pause(text: &str) -> Result<Duration, String> {
    time::duration(text).map(|ms| Duration::from_millis(ms.unsigned_abs()))
}

impl Args {
    /// Whether the options want a finding told.
    fn wants(&self, finding: &Finding) -> bool {
        let severe = self.min_severity.is_none_or(|level| finding.severity >= level.floor());
        let ty = finding.rule.finding_type.as_str();
        severe && (self.only.is_empty() || self.only.iter().any(|glob| glob.matches(ty)))
    }
}

/// Reads, matches, writes, sums up.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let vocabulary = program::vocabulary();
    let config = Config::find(args.config.as_deref(), &args.rules.rules)?;
    let program = load::program(&args.rules, &config, terminal)?;
    let mut plan = program.plan(vocabulary);
    let geo = geo::bind(&config, &args.geo)?;
    let tables = Arc::new(tables::bind(&config, &args.table, vocabulary)?);
    tables::enrich(&mut plan, geo.data(), &tables);
    let binding = bind::bind(&program.model, &config, &args.list)?;
    let lists = Lists::bind(&plan, &binding.bound).map_err(Failure::new)?;
    deliver::known(config.output.format.as_deref())?;
    let inputs = Inputs::find(&args.events);
    let forced = Forced::new(args.source.as_deref(), &config, vocabulary)?;
    let keeps = args.state.is_some() || args.follow;
    let dead = if keeps { dead::DeadLetters::append } else { dead::DeadLetters::create };
    let dead = args.dead_letter.as_deref().map(dead).transpose()?;

    let began = Instant::now();
    let job = work::Job {
        plan: &plan,
        vocabulary,
        lists: &lists,
        inputs: &inputs.list,
        forced: &forced,
        since: args.since,
        until: args.until,
        dead: dead.as_ref(),
        profile: args.profile,
        threads: threads(args.threads),
        groups: config.state.groups.unwrap_or(engine::Settings::default().groups),
        seed: seed(),
        cap: session::cap(),
        block: blocks::BLOCK,
        keep: None,
    };
    let mut done;
    let found;
    let mut state = None;
    let mut failures;
    // What failed and was told when it did.
    let mut told = false;
    if keeps {
        let env = session::Env {
            plan: &plan,
            vocabulary,
            lists: &lists,
            forced: &forced,
            config: &config,
            args,
            terminal,
            dead: dead.as_ref(),
            threads: threads(args.threads),
        };
        let mut session = session::Session::open(&env)?;
        if args.follow {
            session::follow(&mut session)?
        } else {
            session.batch(&inputs)?
        }
        session.finish_counts();
        let (archived, filtered) = session.left_out();
        found = Found { shown: session.shown(), archived, filtered, duplicates: 0 };
        state = Some(session.about());
        done = work::Done { stopped: work::stopped(), ..work::Done::default() };
        done.stats = std::mem::take(&mut session.stats);
        done.counts = std::mem::take(&mut session.counts);
        told = !args.follow && !session.failures.is_empty();
        failures = if args.follow { Vec::new() } else { inputs.failures.clone() };
        if done.stopped && !args.follow {
            failures.push("stopped before everything was read; run it again to go on".to_owned());
        }
    } else {
        let progress = !args.quiet && terminal.err.interactive;
        done = work::run(&job, threads(args.threads), progress)?;
        let matches = done.aggregator.added();
        let parted;
        (found, parted) = Found::new(std::mem::take(&mut done.aggregator).finish(), matches, args);
        deliver::deliver(&parted, args, config.output.format.as_deref(), terminal)?;
        failures = self::failures(&inputs, &done);
    }
    let took = began.elapsed();
    if let Some(dead) = &dead {
        dead.commit()?;
    }
    if !args.quiet {
        let summary = summary::Summary {
            job: &job,
            stats: &done.stats,
            counts: &done.counts,
            found: &found,
            lists: &binding.about,
            geo: &geo,
            lacking: &geo.lacking(&program.model, vocabulary),
            tables: &tables.lines(&program.model, vocabulary),
            bound: tables.bound(),
            deployment: config.file.as_deref(),
            took,
            dead_letter: args.dead_letter.as_deref(),
            output: args.output.as_deref(),
            state: state.as_ref(),
        };
        eprint!("{}", summary.text(&terminal.err));
    }
    if args.profile {
        eprint!("{}", profile::text(&plan, &done.counts, &terminal.err));
    }
    let paint = Paint(terminal.err.color);
    for failure in &failures {
        eprintln!("{} {}", paint.red("error:"), safe(failure));
    }
    let reached = |f: &session::Shown| args.fail_on.is_some_and(|level| f.severity >= level.floor());
    let found = if found.shown.iter().any(reached) { Exit::Found } else { Exit::Clean };
    Ok(if failures.is_empty() && !told { found } else { Exit::Misuse })
}

/// Everything that kept an input from being read as a log.
fn failures(inputs: &Inputs, done: &work::Done) -> Vec<String> {
    let mut failures = inputs.failures.clone();
    failures.extend(done.stats.failures.iter().map(|(_, message)| message.clone()));
    failures.extend(not_built(&done.stats.not_built));
    for unknown in done.stats.unknown.iter().filter(|u| u.named) {
        failures.push(format!("no log that is known in `{}`: {}", unknown.name, unknown.why));
    }
    for (argument, name) in inputs.folders.iter() {
        let mut inside = inputs.list.iter().enumerate().filter(|(_, i)| i.argument == *argument).peekable();
        let none_known = |n: usize| done.stats.unknown.iter().any(|u| u.input == n);
        if inside.peek().is_some() && inside.all(|(n, _)| none_known(n)) {
            failures.push(format!("no log that is known in the folder `{name}`"));
        }
    }
    if done.stopped {
        failures.push("stopped before everything was read; the findings are those of what was read".to_owned());
    }
    failures
}

/// That files are Parquet, and were not read.
fn not_built(files: &[(usize, String)]) -> Option<String> {
    let told = match files {
        [] => return None,
        [(_, name)] => format!("`{name}` is"),
        [(_, first), rest @ ..] => format!("`{first}` and {} are", plural(rest.len(), "other file")),
    };
    let what = "Parquet, which this build does not read: nothing of it was judged";
    let how = "build with `--features parquet`, or write it out as lines of JSON: `outguard explain E0801`";
    Some(format!("E0801: {told} {what}; {how}"))
}

/// A key that whoever writes log fields does not know.
fn seed() -> u128 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}

fn threads(told: Option<u16>) -> usize {
    told.map_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get), usize::from)
}

/// The findings of a run, parted into what is shown and what is only counted.
#[derive(Debug, Default)]
pub struct Found {
    /// What is written.
    pub shown: Vec<session::Shown>,
    /// Archived by a suppression, and not written.
    pub archived: usize,
    /// Left out by `--min-severity` or `--only`.
    pub filtered: usize,
    /// Matches of records that were delivered more than once; each counts once.
    pub duplicates: u64,
}

impl Found {
    /// What is written, and what the summary tells of it.
    fn new(all: Vec<Finding>, matches: u64, args: &Args) -> (Self, Vec<Finding>) {
        let counted: u64 = all.iter().map(|f| f.count).sum();
        let mut found = Found { duplicates: matches.saturating_sub(counted), ..Found::default() };
        let mut written = Vec::new();
        for finding in all {
            if !args.wants(&finding) {
                found.filtered += 1;
            } else if finding.archived() && !args.archived {
                found.archived += 1;
            } else {
                let finding_type = finding.rule.finding_type.as_str().into();
                found.shown.push(session::Shown { finding_type, severity: finding.severity });
                written.push(finding);
            }
        }
        (found, written)
    }
}

/// The log source of that name.
///
/// # Errors
/// None has it; the failure says which ones there are, or which is near.
pub fn source_named(vocabulary: &Vocabulary, name: &str) -> Result<SourceId, Failure> {
    vocabulary.source_named(name).ok_or_else(|| {
        let sources = vocabulary.sources.iter().map(|s| s.name.as_ref());
        let failure = Failure::new(format!("no log source is called `{name}`"));
        match suggest::nearest(name, sources.clone()) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help(format!("the sources are {}", sources.collect::<Vec<_>>().join(", "))),
        }
    })
}

/// Which source an input is, where somebody said so.
#[derive(Debug, Default)]
pub struct Forced {
    all: Option<SourceId>,
    globs: Vec<(glob::Pattern, SourceId)>,
}

impl Forced {
    /// What an option and the deployment file say.
    ///
    /// # Errors
    /// No source has that name.
    pub fn new(option: Option<&str>, config: &Config, vocabulary: &Vocabulary) -> Result<Self, Failure> {
        let named = |name: &str| source_named(vocabulary, name);
        let mut forced = Forced { all: option.map(named).transpose()?, globs: Vec::new() };
        for binding in &config.sources {
            if let Some(source) = &binding.source {
                let glob = glob::Pattern::new(&binding.path).map_err(|e| Failure::new(e.to_string()))?;
                forced.globs.push((glob, named(source)?));
            }
        }
        Ok(forced)
    }

    /// The source of the input of that name, if somebody said it; the first glob that fits wins.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<SourceId> {
        self.all.or_else(|| self.globs.iter().find(|(glob, _)| glob.matches(name)).map(|(_, source)| *source))
    }
}
