//! `outguard test [PATH…]`: the tests in the rules. Failures are shown at their `expect`; the last line counts.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::exit::{Exit, Failure, Outcome};
use super::output::AtomicFile;
use super::render::{FORMS, escape_xml};
use super::terminal::{Paint, Terminal, stdout};
use super::{load, rules};
use crate::diag::{Code, Diagnostic};
use crate::plan::Plan;
use crate::program::{self, Program};
use crate::schema::{Context, Event, Kind};
use crate::source::{self, Handler, Setup, Skip, Unreadable};
use crate::suite::{self, Suite, Verdict};
use crate::text::FileId;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule files and folders of them; none: the shipped pack
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only tests whose finding type or name holds this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Write the results as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Name every test, not only those that fail
    #[arg(short, long)]
    verbose: bool,
}

/// Runs the tests.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let set = if args.paths.is_empty() { rules::shipped() } else { rules::read(&args.paths)? };
    let folders = folders(&set);
    let program = load::of_set(set, terminal)?;
    let wanted = |ty: Option<&str>, name: &str| {
        args.filter.as_deref().is_none_or(|f| name.contains(f) || ty.is_some_and(|t| t.contains(f)))
    };
    let outcomes = outcomes(&program, &folders, &wanted);
    if let Some(path) = &args.junit {
        let mut file = AtomicFile::create(path)?;
        file.write_all(junit(&outcomes, &program).as_bytes()).map_err(|e| Failure::io("write", path, &e))?;
        file.commit()?;
    }
    tell(&outcomes, &program, args, terminal)
}

/// The folder of each rule file; none for a rule inside the binary.
pub fn folders(set: &rules::RuleSet) -> Vec<Option<PathBuf>> {
    set.files.iter().enumerate().map(|(n, _)| set.paths.get(n)?.parent().map(Path::to_path_buf)).collect()
}

/// Runs the tests of a program that are wanted (by finding type, or none, and name).
pub fn outcomes(
    program: &Program,
    folders: &[Option<PathBuf>],
    wanted: &dyn Fn(Option<&str>, &str) -> bool,
) -> Vec<suite::Outcome> {
    let replay = |file: FileId, name: &str, kind: Kind, plan: &Plan, each: &mut dyn FnMut(&Event<'_>)| {
        let folder = folders.get(file.0 as usize).cloned().flatten();
        replay(folder.as_deref(), name, kind, plan, each)
    };
    let pack = |file| program.plan_pack(file);
    let suite = Suite { model: &program.model, vocabulary: program::vocabulary(), pack: &pack, replay: &replay };
    suite.run(wanted)
}

/// Failures with their places, then the count line.
fn tell(outcomes: &[suite::Outcome], program: &Program, args: &Args, terminal: &Terminal) -> Outcome {
    let paint = Paint(terminal.out.color);
    let mut out = stdout();
    let (mut passed, mut failed) = (0, 0);
    for outcome in outcomes {
        match &outcome.verdict {
            Verdict::Passed => {
                passed += 1;
                if args.verbose {
                    writeln!(out, "{} {}", paint.green("pass"), title(outcome))?;
                }
            }
            Verdict::Failed(failure) => {
                failed += 1;
                let mut lines = failure.message.lines();
                let mut diagnostic =
                    Diagnostic::error(Code("test"), failure.span, format!("{} failed", title(outcome)))
                        .here(lines.next().unwrap_or_default());
                let rest: Vec<&str> = lines.collect();
                if !rest.is_empty() {
                    diagnostic = diagnostic.help(rest.join("\n"));
                }
                FORMS[0].write(&[diagnostic], &program.sources, &terminal.out, &mut out)?;
            }
        }
    }
    let line = format!("{passed} passed, {failed} failed");
    if outcomes.is_empty() {
        let none = match args.filter.as_deref() {
            Some(filter) => format!("no test has `{filter}` in its name or finding type"),
            None => "no rule has a test".to_owned(),
        };
        writeln!(out, "{none}")?;
    }
    writeln!(out, "{}", if failed > 0 { paint.red(&line) } else { line })?;
    out.flush()?;
    Ok(if failed > 0 { Exit::Found } else { Exit::Clean })
}

fn title(outcome: &suite::Outcome) -> String {
    match &outcome.finding {
        Some(ty) => format!("{ty}: {}", outcome.name),
        None => outcome.name.to_string(),
    }
}

/// Reads a log that lies beside the rule file, or below.
fn replay(
    folder: Option<&Path>,
    name: &str,
    kind: Kind,
    plan: &Plan,
    each: &mut dyn FnMut(&Event<'_>),
) -> Result<(), String> {
    let folder = folder.ok_or("a rule inside the binary cannot replay a file")?;
    if Path::new(name).components().any(|c| !matches!(c, Component::Normal(_))) {
        return Err(format!("`{name}` must lie beside the rule file, or in a folder there"));
    }
    let path = folder.join(name);
    let file = File::open(&path).map_err(|e| Failure::io("read", &path, &e).messages().concat())?;
    let mut replayed = Replayed { each, wrong: None };
    let setup = Setup { vocabulary: program::vocabulary(), projections: &plan.projections, forced: kind.source };
    source::read_file(file, name, &Context::default(), setup, &mut replayed).map_err(|e| e.to_string())?;
    replayed.wrong.map_or(Ok(()), Err)
}

struct Replayed<'a> {
    each: &'a mut dyn FnMut(&Event<'_>),
    wrong: Option<String>,
}

impl Handler for Replayed<'_> {
    fn event(&mut self, event: &Event<'_>) {
        (self.each)(event);
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
        self.wrong.get_or_insert_with(|| match bad.line {
            Some(line) => format!("line {line} cannot be read: {}", bad.detail),
            None => format!("byte {} cannot be read: {}", bad.offset, bad.detail),
        });
    }

    fn skipped(&mut self, _: Skip) {}
}

fn junit(outcomes: &[suite::Outcome], program: &Program) -> String {
    let count = |of: fn(&Verdict) -> bool| outcomes.iter().filter(|o| of(&o.verdict)).count();
    let failures = count(|v| matches!(v, Verdict::Failed(_)));
    let head = format!("name=\"outguard test\" tests=\"{}\" failures=\"{failures}\"", outcomes.len());
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {head}>\n  <testsuite {head}>\n");
    for outcome in outcomes {
        let file = escape_xml(&program.sources.file(outcome.span.file).name);
        let line = program.sources.position(outcome.span).line;
        let class = escape_xml(outcome.finding.as_deref().unwrap_or("alone"));
        let name = escape_xml(&outcome.name);
        let _ = write!(out, "    <testcase name=\"{name}\" classname=\"{class}\" file=\"{file}\" line=\"{line}\"");
        let _ = match &outcome.verdict {
            Verdict::Passed => writeln!(out, "/>"),
            Verdict::Failed(f) => {
                writeln!(out, "><failure message=\"failed\">{}</failure></testcase>", escape_xml(&f.message))
            }
        };
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}
