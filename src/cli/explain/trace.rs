//! Why a finding fires on the events of a log, or why not: the engine's own evaluator, asked about every part.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::cli::config::Config;
use crate::cli::exit::{Exit, Failure, Outcome, io_words};
use crate::cli::render::plural;
use crate::cli::run::{Forced, bind};
use crate::cli::tables;
use crate::cli::terminal::{Paint, Terminal, safe, stdout};
use crate::engine::{Engine, Lists, Settings, Stepper, Trace, Traced};
use crate::finding::Occurrence;
use crate::program::{self, Program};
use crate::schema::{Context, Event};
use crate::source::{self, Handler, Setup, Skip, Unreadable};
use crate::value::{Time, Truth};

/// As many events are explained in full.
const MAX_SHOWN: usize = 3;

/// Explains the finding at that place of the model over the events of a file.
pub fn explain(
    program: &Program,
    at: usize,
    path: &Path,
    source: Option<&str>,
    config: &Config,
    terminal: &Terminal,
) -> Outcome {
    let vocabulary = program::vocabulary();
    let finding = &program.model.findings[at];
    let mut plan = program.plan(vocabulary);
    tables::enrich_plan(&mut plan, config, &[], vocabulary)?;
    let binding = bind::bind(&program.model, config, &[])?;
    let lists = Lists::bind(&plan, &binding.bound).map_err(Failure::new)?;
    let forced = Forced::new(source, config, vocabulary)?.of(&path.display().to_string());
    let file = File::open(path).map_err(|e| Failure::io("read", path, &e))?;
    let mut seen = Seen {
        engine: Engine::new(&plan, vocabulary, &lists),
        ty: finding.ty.as_str(),
        events: 0,
        other: 0,
        fired: 0,
        best: Vec::new(),
        unreadable: None,
        over_time: (!finding.is_stateless()).then(OverTime::default),
    };
    let setup = Setup { vocabulary, projections: &plan.projections, forced };
    let name = path.display().to_string();
    source::read_file(file, &name, &Context::default(), setup, &mut seen)
        .map_err(|e| Failure::new(format!("cannot read `{name}`: {}", io_words(&e))))?;
    if let (0, Some(why)) = (seen.events, &seen.unreadable) {
        return Err(Failure::new(format!("no event in `{name}`: {why}")));
    }
    if let Some(over_time) = &mut seen.over_time {
        over_time.step(Stepper::new(&plan, vocabulary, &lists, Settings::default()), finding.ty.as_str());
    }
    let mut out = stdout();
    out.write_all(seen.text(Paint(terminal.out.color)).as_bytes())?;
    out.flush()?;
    Ok(Exit::Clean)
}

/// What was seen of the log.
struct Seen<'p> {
    engine: Engine<'p>,
    ty: &'p str,
    events: u64,
    /// Events that the rule does not look at: of another kind.
    other: u64,
    fired: u64,
    /// The events that came nearest, the nearest first.
    best: Vec<Shown>,
    unreadable: Option<String>,
    /// Of a rule that does not decide each event alone.
    over_time: Option<OverTime>,
}

/// What a rule with state makes of the log.
#[derive(Default)]
struct OverTime {
    hits: Vec<Box<[u8]>>,
    latest: Time,
    found: Vec<Occurrence>,
}

impl OverTime {
    fn event(&mut self, engine: &mut Engine<'_>, event: &Event<'_>) {
        engine.event(event, &mut |_| {});
        engine.hits.drain(|hit| self.hits.push(hit.into()));
        self.latest = self.latest.max(event.time);
    }

    /// Goes through the log in order of time.
    fn step(&mut self, mut stepper: Stepper<'_>, ty: &str) {
        self.hits.sort_unstable();
        self.hits.dedup();
        let mut take = |o: Occurrence| {
            if o.rule.finding_type.as_str() == ty {
                self.found.push(o);
            }
        };
        for hit in &self.hits {
            stepper.hit(hit, &mut take);
        }
        stepper.finish(self.latest, &mut take);
        self.found.sort_by_key(|o| o.time);
    }
}

/// One event with its trace.
struct Shown {
    time: Time,
    number: u64,
    fires: bool,
    excepted: Option<String>,
    near: f64,
    trace: Trace,
}

impl Handler for Seen<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        let traces = self.engine.trace(event, self.ty);
        if traces.is_empty() {
            self.other += 1;
        }
        if let Some(over_time) = &mut self.over_time {
            over_time.event(&mut self.engine, event);
        }
        for trace in traces {
            let holds = trace.condition.truth == Truth::True;
            let excepted = trace.exceptions.iter().find(|(_, t)| t.truth == Truth::True).map(|(name, _)| name.clone());
            let fires = holds && excepted.is_none();
            self.fired += u64::from(fires);
            let near = if fires { 2.0 } else { nearness(&trace.condition) };
            let (time, number) = (event.time, self.events);
            self.best.push(Shown { time, number, fires, excepted, near, trace });
            self.best.sort_by(|a, b| b.near.total_cmp(&a.near).then(a.number.cmp(&b.number)));
            self.best.truncate(MAX_SHOWN);
        }
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
        self.unreadable.get_or_insert(bad.detail);
    }

    fn skipped(&mut self, _: Skip) {}
}

/// How near a condition came to holding: the share of its parts that held.
fn nearness(traced: &Traced) -> f64 {
    if traced.truth == Truth::True {
        return 1.0;
    }
    if traced.parts.is_empty() {
        return 0.0;
    }
    traced.parts.iter().map(nearness).sum::<f64>() / traced.parts.len() as f64
}

impl Seen<'_> {
    fn text(&self, paint: Paint) -> String {
        let mut out = String::new();
        for shown in &self.best {
            let verdict = match (&shown.excepted, shown.fires) {
                (_, true) if self.over_time.is_some() => paint.green("counts"),
                (_, true) => paint.green("fires"),
                (Some(name), _) => paint.yellow(&format!("is excepted by `{}`", safe(name))),
                _ if self.over_time.is_some() => paint.red("does not count"),
                _ => paint.red("does not fire"),
            };
            let _ = writeln!(out, "event {} of {}: {verdict}", shown.number, shown.time.to_rfc3339());
            tree(&shown.trace.condition, 1, paint, &mut out);
            for (name, traced) in &shown.trace.exceptions {
                let _ = writeln!(out, "  except `{}`", safe(name));
                tree(traced, 2, paint, &mut out);
            }
            out.push('\n');
        }
        let events = plural(usize::try_from(self.events).unwrap_or(usize::MAX), "event");
        match &self.over_time {
            None => {
                let _ = write!(out, "{events}: {} fires on {}", self.ty, self.fired);
            }
            Some(over_time) => {
                for found in over_time.found.iter().take(MAX_SHOWN) {
                    let title = safe(&found.title);
                    let _ = writeln!(out, "{} at {}: {title}", paint.green("fires"), found.time.to_rfc3339());
                }
                let fired = plural(over_time.found.len(), "match");
                let _ = write!(out, "{events}: {} of them count for {}, {fired}", self.fired, self.ty);
            }
        }
        if self.other > 0 {
            let _ = write!(out, "; {} of kinds that it does not read", self.other);
        }
        let rest = (self.events - self.other).saturating_sub(self.best.len() as u64);
        if rest > 0 {
            let _ = write!(out, "; shown are the {} that came nearest", self.best.len());
        }
        out.push('\n');
        out
    }
}

/// A condition and its parts, each with its truth and what it read.
fn tree(traced: &Traced, depth: usize, paint: Paint, out: &mut String) {
    let mark = match traced.truth {
        Truth::True => paint.green("✔"),
        Truth::False => paint.red("✘"),
        Truth::Unknown => paint.yellow("?"),
    };
    let values: Vec<String> = traced
        .values
        .iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{name} is {}", safe(&value.to_string())),
            None => format!("{name} is absent"),
        })
        .collect();
    let values = if values.is_empty() { String::new() } else { paint.dim(&format!("   ({})", values.join(", "))) };
    let _ = writeln!(out, "{}{mark} {}{values}", "  ".repeat(depth), safe(&traced.text));
    traced.parts.iter().for_each(|part| tree(part, depth + 1, paint, out));
}
