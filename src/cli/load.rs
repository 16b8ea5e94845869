//! From options to a rule set that loads, or to everything that is wrong with it.

use std::path::PathBuf;

use super::config::Config;
use super::exit::{Exit, Failure};
use super::render::{self, FORMS};
use super::rules::{self, RuleSet};
use super::terminal::Terminal;
use crate::program::{self, Program};

/// Which rules a command works on.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RuleArgs {
    /// Rule files or a folder of them, may be repeated; unsaid: what the deployment file says, else the shipped pack
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
}

/// Rules by option, else by deployment file, else the shipped pack.
pub fn program(arguments: &RuleArgs, config: &Config, terminal: &Terminal) -> Result<Program, Failure> {
    let paths = if arguments.rules.is_empty() { &config.rules } else { &arguments.rules };
    of_paths(paths, terminal)
}

/// The rules at the paths; none: the shipped pack.
pub fn of_paths(paths: &[PathBuf], terminal: &Terminal) -> Result<Program, Failure> {
    of_set(if paths.is_empty() { rules::shipped() } else { rules::read(paths)? }, terminal)
}

/// The rules of a set, if all load; else all errors are told.
pub fn of_set(set: RuleSet, terminal: &Terminal) -> Result<Program, Failure> {
    let program = Program::load(set.files, set.packs, program::vocabulary());
    if program.is_ok() {
        return Ok(program);
    }
    let mut errors: Vec<_> = program.diagnostics.iter().filter(|d| d.is_error()).cloned().collect();
    render::sort(&mut errors);
    // Nothing is left to do if even this cannot be written.
    let _ = FORMS[0].write(&errors, &program.sources, &terminal.err, &mut std::io::stderr().lock());
    eprintln!("{}; nothing was run", render::count_line(&errors).unwrap_or_default());
    Err(Failure::Silent(Exit::Rules))
}
