//! `outguard state check|show|export DIR`: what a run with `--state` keeps.

mod check;
mod export;
mod show;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::config::Config;
use super::exit::{Failure, Outcome};
use super::load::{self, RuleArgs};
use super::terminal::Terminal;
use crate::engine::{Lists, Settings, Stepper};
use crate::plan::Plan;
use crate::program;
use crate::store::folder::Folder;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: StateCommand,
}

#[derive(Debug, Subcommand)]
enum StateCommand {
    /// Read every page and every record; exit 1 if one is damaged
    Check(Check),
    /// Show what is in it
    Show(Show),
    /// Write groups and findings as JSON, one object a line
    Export(Export),
}

#[derive(Debug, clap::Args)]
struct Check {
    /// The folder that `run --state` was given
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    rules: RuleArgs,
    /// The deployment file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The folder that `run --state` was given
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Every input
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
struct Export {
    /// The folder that `run --state` was given
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Looks at state.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    match &args.command {
        StateCommand::Check(args) => check::main(args, terminal),
        StateCommand::Show(args) => show::main(&args.folder, args.all, terminal),
        StateCommand::Export(args) => export::main(&args.folder, terminal),
    }
}

/// The folder, so that nobody writes to it meanwhile.
fn take(path: &Path) -> Result<Folder, Failure> {
    Ok(Folder::take(path, &format!("process {} (outguard state)", std::process::id()), false)?)
}

/// A stepper of the rules that the options name, without state, to read records with.
fn with_stepper<T>(
    args: &Check,
    seed: u128,
    terminal: &Terminal,
    then: impl FnOnce(&Plan, &mut Stepper<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let vocabulary = program::vocabulary();
    let config = Config::find(args.config.as_deref(), &args.rules.rules)?;
    let program = load::program(&args.rules, &config, terminal)?;
    let plan = program.plan(vocabulary);
    let lists = Lists::bind(&plan, &[]).map_err(Failure::new)?;
    let groups = config.state.groups.unwrap_or(Settings::default().groups);
    let mut stepper = Stepper::new(&plan, vocabulary, &lists, Settings { groups, seed });
    then(&plan, &mut stepper)
}
