//! `outguard coverage [PATH…]`: what rules cover, by type, source and tactic.
//!
//! ```text
//! rules --load--> Program --tests, plan--> Coverage --> text | json | Markdown | Navigator layer
//! LOGS --read--> sources that are there, conditions that stayed unknown
//! ```

mod against;
mod json;
mod navigator;
pub mod page;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::exit::{Exit, Outcome};
use super::run::source_named;
use super::terminal::{Terminal, stdout};
use super::{load, rules, test};
use crate::coverage::Coverage;
use crate::program::{self, Program};
use crate::schema::{SourceId, Vocabulary};

use against::Against;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule files and folders of them; none: what the deployment file says, else the shipped pack
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What could fire with these sources only; several with commas
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    source: Vec<String>,
    /// What could fire on these logs, and which attributes rules lack there
    #[arg(long, value_name = "LOGS", num_args = 1.., conflicts_with = "source")]
    against: Vec<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORM", default_value = "text", value_parser = ["text", "json", "md", "navigator"])]
    format: String,
    /// The deployment file; unsaid: outguard.yaml of the current folder, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// A coverage with what it is about.
pub struct Report<'a> {
    /// The rules.
    pub program: &'a Program,
    /// The vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// What they cover.
    pub coverage: Coverage,
    /// The sources that are there; `None`: all.
    pub only: Option<Vec<SourceId>>,
    /// What logs showed.
    pub against: Option<Against>,
}

impl Report<'_> {
    /// Names of sources, joined as alternatives of sets: `cloudtrail`, `vpc_flow + route53_resolver`.
    pub fn sets(&self, sets: &[Vec<SourceId>]) -> Vec<String> {
        let name = |s: &SourceId| self.vocabulary.source(*s).name.to_string();
        sets.iter().map(|set| set.iter().map(name).collect::<Vec<_>>().join(" + ")).collect()
    }
}

/// Counts and prints.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let vocabulary = program::vocabulary();
    let config = Config::find(args.config.as_deref(), &args.paths)?;
    let paths = if args.paths.is_empty() { &config.rules } else { &args.paths };
    let set = if paths.is_empty() { rules::shipped() } else { rules::read(paths)? };
    let folders = test::folders(&set);
    let program = load::of_set(set, terminal)?;
    let mut plan = program.plan(vocabulary);
    let named = args.source.iter().map(|name| source_named(vocabulary, name)).collect::<Result<Vec<_>, _>>()?;
    let against = match args.against.as_slice() {
        [] => None,
        logs => Some(Against::read(logs, &program, &mut plan, &config)?),
    };
    let only = match &against {
        Some(against) => Some(against.sources()),
        None => (!named.is_empty()).then_some(named),
    };
    let outcomes = test::outcomes(&program, &folders, &|_, _| true);
    let there = |s: SourceId| only.as_ref().is_none_or(|only| only.contains(&s));
    let coverage = Coverage::of(&program.model, &plan, vocabulary, &outcomes, &there);
    let report = Report { program: &program, vocabulary, coverage, only, against };
    let text = match args.format.as_str() {
        "json" => format!("{}\n", json::document(&report)),
        "md" => page::text(&report),
        "navigator" => format!("{:#}\n", navigator::layer(&report)),
        _ => text::text(&report, &terminal.out),
    };
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    let failed = report.coverage.tests.1;
    let unread = report.against.as_ref().is_some_and(|a| a.tell());
    Ok(match () {
        () if unread => Exit::Misuse,
        () if failed > 0 => Exit::Found,
        () => Exit::Clean,
    })
}

/// The page of the shipped pack.
///
/// # Errors
/// The shipped rules do not load.
pub fn shipped(vocabulary: &Vocabulary, program: &Program) -> String {
    let plan = program.plan(vocabulary);
    let outcomes = test::outcomes(program, &[], &|_, _| true);
    let coverage = Coverage::of(&program.model, &plan, vocabulary, &outcomes, &|_| true);
    page::text(&Report { program, vocabulary, coverage, only: None, against: None })
}

/// The name of a finding's rule file.
pub fn file_of(program: &Program, finding: usize) -> &str {
    &program.sources.file(program.model.findings[finding].span.file).name
}

/// The page of `docs/findings` that a rule file's findings are on.
pub fn findings_page(file: &str) -> Option<String> {
    let folder = Path::new(file).parent()?.file_name()?.to_str()?;
    Some(format!("findings/{folder}.md"))
}
