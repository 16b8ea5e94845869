//! `outguard plan [PATH…]`: how events reach rules, and what each rule asks.

use std::io::Write;
use std::path::PathBuf;

use super::exit::{Exit, Outcome};
use super::load;
use super::terminal::{Terminal, stdout};
use crate::program;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule files and folders of them; none: the shipped pack
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORM", default_value = "text", value_parser = ["text", "json", "dot"])]
    format: String,
}

/// Prints the plan.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let vocabulary = program::vocabulary();
    let plan = load::of_paths(&args.paths, terminal)?.plan(vocabulary);
    let mut out = stdout();
    match args.format.as_str() {
        "json" => {
            serde_json::to_writer(&mut out, &plan.to_json(vocabulary)).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        "dot" => out.write_all(plan.to_dot(vocabulary).as_bytes())?,
        _ => out.write_all(plan.to_text(vocabulary).as_bytes())?,
    }
    out.flush()?;
    Ok(Exit::Clean)
}
