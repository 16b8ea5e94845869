//! `outguard lists check FILE…`: reads threat lists as the engine would, and says what was refused and why.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::exit::{Exit, Failure, Outcome};
use super::render::plural;
use super::terminal::{Paint, Terminal, safe, stdout};
use crate::intel::{Column, ListError, ListReport, ListRole, ListSpec, ListType, LoadedList, formats, read_list};

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ListsCommand,
}

#[derive(Debug, Subcommand)]
enum ListsCommand {
    /// Read lists as the engine would; exit 1 if one is refused
    Check(Check),
}

#[derive(Debug, clap::Args)]
struct Check {
    /// The lists
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What the entries are; unsaid: what most of them look like
    #[arg(long = "type", value_name = "TYPE", value_parser = ["ip", "domain", "hash", "string", "int"])]
    kind: Option<String>,
    /// The format; unsaid: recognised by content
    #[arg(long, value_parser = format_names())]
    format: Option<String>,
    /// What a match means: decides which guards apply
    #[arg(long, default_value = "threat", value_parser = ["threat", "trusted", "plain"])]
    role: String,
    /// The column of a CSV: its name, or its place from 1
    #[arg(long)]
    column: Option<String>,
    /// One JSON object a list
    #[arg(long)]
    json: bool,
}

fn format_names() -> clap::builder::PossibleValuesParser {
    formats::names().into()
}

/// Reads and reports.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let ListsCommand::Check(args) = &args.command;
    let paint = Paint(terminal.out.color);
    let mut out = stdout();
    let (mut usable, mut refused, mut failures) = (0, 0, Vec::new());
    for path in &args.files {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) => {
                failures.extend(Failure::io("read", path, &e).messages());
                continue;
            }
        };
        let result = check(args, path, &bytes);
        if result.is_ok() {
            usable += 1
        } else {
            refused += 1
        }
        if args.json {
            let line = match &result {
                Ok(report) => serde_json::to_string(report),
                Err(error) => serde_json::to_string(error),
            };
            writeln!(out, "{}", line.map_err(std::io::Error::from)?)?;
            continue;
        }
        match &result {
            Ok(report) => writeln!(out, "{} {report}", paint.green("usable"))?,
            Err(error) => {
                writeln!(out, "{} {}: {}", paint.red("refused"), safe(&error.list), safe(&error.message))?;
                writeln!(out, "  help: {}", safe(&error.help))?;
            }
        }
    }
    if !args.json && usable + refused > 1 {
        writeln!(out, "\n{}: {usable} usable, {refused} refused", plural(usable + refused, "list"))?;
    }
    out.flush()?;
    let exit = if refused == 0 { Exit::Clean } else { Exit::Found };
    if failures.is_empty() { Ok(exit) } else { Err(Failure::Many(failures, Exit::Misuse)) }
}

fn check(args: &Check, path: &Path, bytes: &[u8]) -> Result<ListReport, ListError> {
    let kinds: &[ListType] = match args.kind.as_deref().and_then(ListType::from_word) {
        Some(kind) => &[kind],
        None => &[ListType::Ip, ListType::Domain, ListType::Hash],
    };
    let mut best: Option<Result<ListReport, ListError>> = None;
    for &kind in kinds {
        let read = read_list(&spec(args, path, kind), bytes).map(|LoadedList { report, .. }| report);
        let taken = |r: &Result<ListReport, ListError>| r.as_ref().map_or(0, |report| report.accepted);
        if best.as_ref().is_none_or(|b| taken(&read) > taken(b)) {
            best = Some(read);
        }
    }
    best.expect("at least one type was tried")
}

fn spec(args: &Check, path: &Path, kind: ListType) -> ListSpec {
    let mut spec = ListSpec::new(path.display().to_string(), kind);
    spec.role = ListRole::from_word(&args.role).unwrap_or_default();
    spec.format.clone_from(&args.format);
    spec.column = args.column.as_deref().map(column);
    spec
}

/// A column as written in an option: a number is its place.
pub fn column(text: &str) -> Column {
    match text.parse::<usize>() {
        Ok(n) if n > 0 => Column::Index(n),
        _ => Column::Name(text.to_owned()),
    }
}
