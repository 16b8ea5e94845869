//! The command line: `outguard COMMAND`. One file a command; the only room that knows the terminal and the wall clock.
//! stdout carries results, stderr progress, the summary and failures.

pub mod exit;
pub mod render;
pub mod tables;
mod terminal;

mod bench;
mod completions;
mod config;
mod coverage;
mod docs;
mod explain;
mod fields;
mod fmt;
mod geo;
mod lint;
mod lists;
mod load;
mod new;
mod output;
mod plan;
mod rules;
mod run;
mod state;
mod test;
mod time;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::{Exit, Failure, Outcome};
use terminal::{ColorChoice, Paint, Terminal, safe};

/// Findings as data: a detection language for cloud logs, its compiler and its interpreter.
#[derive(Debug, Parser)]
#[command(name = "outguard", version, max_term_width = 100, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Colour: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t, hide_possible_values = true)]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done, and nothing to report
  1  something was found: lint at or above its level, a failed test, --fail-on
  2  a rule cannot be loaded; nothing was run
  3  wrong use, or input or output failed";

#[derive(Debug, Subcommand)]
enum Command {
    /// Look for threats in logs
    Run(Box<run::Args>),
    /// Check rules: syntax, types, lints
    Lint(lint::Args),
    /// Lay rules out in the one way
    Fmt(fmt::Args),
    /// Run the tests in rules
    Test(test::Args),
    /// Explain an error code, a lint, a finding type, or why a finding fires
    Explain(explain::Args),
    /// Show the evaluation plan: how events reach rules
    Plan(plan::Args),
    /// Show the vocabulary: the kinds of events, and what a rule may ask of one
    Fields(fields::Args),
    /// Show what rules cover: GuardDuty's finding types, sources, ATT&CK
    Coverage(coverage::Args),
    /// Work with threat lists
    Lists(lists::Args),
    /// Look at what a run with --state keeps
    State(state::Args),
    /// Make a pack with one finding and its tests
    New(new::Args),
    /// Measure how fast the rules are, beside the limits of the machine
    Bench(bench::Args),
    /// Write a completion script for a shell
    Completions(completions::Args),
    /// Write the reference pages from the program's own tables
    #[command(hide = true)]
    Docs(docs::Args),
}

/// Runs the command that the arguments name and tells how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Misuse } else { Exit::Clean };
            // Nothing is left to do if even this cannot be written.
            let _ = error.print();
            return exit.into();
        }
    };
    let terminal = Terminal::detect(cli.color);
    let exit = dispatch(cli.command, &terminal).unwrap_or_else(|failure| {
        tell(&failure, &terminal);
        failure.exit()
    });
    exit.into()
}

fn dispatch(command: Command, terminal: &Terminal) -> Outcome {
    match command {
        Command::Run(args) => run::main(&args, terminal),
        Command::Lint(args) => lint::main(&args, terminal),
        Command::Fmt(args) => fmt::main(&args, terminal),
        Command::Test(args) => test::main(&args, terminal),
        Command::Explain(args) => explain::main(&args, terminal),
        Command::Plan(args) => plan::main(&args, terminal),
        Command::Fields(args) => fields::main(&args, terminal),
        Command::Coverage(args) => coverage::main(&args, terminal),
        Command::Lists(args) => lists::main(&args, terminal),
        Command::State(args) => state::main(&args, terminal),
        Command::New(args) => new::main(&args),
        Command::Bench(args) => bench::main(&args, terminal),
        Command::Completions(args) => completions::main(&args),
        Command::Docs(args) => docs::main(&args),
    }
}

/// Prints a failure on stderr.
fn tell(failure: &Failure, terminal: &Terminal) {
    let paint = Paint(terminal.err.color);
    for text in failure.messages() {
        let mut lines = text.lines().map(safe);
        eprintln!("{} {}", paint.red("error:"), lines.next().unwrap_or_default());
        lines.for_each(|line| eprintln!("{line}"));
    }
}
