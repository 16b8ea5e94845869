//! `outguard explain WHAT`: an error code, a lint, a finding type, a finding in a file; with `--event FILE`, why a finding fires or not.

mod finding;
mod page;
mod published;
pub mod state;
mod trace;

pub use finding::written;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::exit::{Exit, Failure, Outcome};
use super::load::{self, RuleArgs};
use super::render::plural;
use super::terminal::{Paint, Stream, Terminal, stdout};
use crate::diag::codes;
use crate::lint::{self, LINTS};
use crate::program::{self, Program};
use crate::suggest;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An error code (`E0201`), a lint, a finding type, or a file with a finding; none: list the codes and lints
    what: Option<String>,
    /// Say for the events of this log why the finding fires on them, or why not
    #[arg(long, value_name = "FILE", requires = "what")]
    event: Option<PathBuf>,
    /// Read the log as this source; unsaid: recognised by content
    #[arg(long = "as", value_name = "SOURCE", requires = "event")]
    source: Option<String>,
    #[command(flatten)]
    rules: RuleArgs,
    /// The deployment file; unsaid: outguard.yaml of the current folder, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Explains.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let text = match args.what.as_deref() {
        None => index(&terminal.out),
        Some(what) => match page_of(what) {
            Some(page) => page::text(page, &terminal.out),
            None if Path::new(what).is_file() => return about_published(args, Path::new(what), terminal),
            None if what.contains(':') => return about_finding(args, what, terminal),
            None => return Err(unknown(what)),
        },
    };
    write(&text)
}

fn write(text: &str) -> Outcome {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Clean)
}

/// The page of an error code or a lint.
fn page_of(what: &str) -> Option<&'static str> {
    codes::find(what).map(|c| c.page).or_else(|| lint::find(what).map(|l| l.page))
}

fn unknown(what: &str) -> Failure {
    let failure = Failure::new(format!("`{what}` is no error code, no lint, no finding type and no file"));
    let codes = codes::REGISTRY.iter().map(|c| c.code.0);
    match suggest::nearest(what, codes.chain(LINTS.iter().map(|l| l.name))) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`outguard explain` lists the codes and lints; a finding type has a `:`"),
    }
}

/// All codes and lints.
fn index(stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let mut out = format!("{}\n", paint.bold("errors"));
    for code in codes::REGISTRY {
        out.push_str(&format!("  {}  {}\n", paint.cyan(code.code.0), code.title));
    }
    out.push_str(&format!("\n{}\n", paint.bold("lints")));
    let width = LINTS.iter().map(|l| l.name.len()).max().unwrap_or(0);
    for lint in LINTS {
        let pad = " ".repeat(width - lint.name.len());
        out.push_str(&format!("  {}{pad}  {}\n", paint.cyan(lint.name), lint.title));
    }
    let errors = plural(codes::REGISTRY.len(), "error");
    out.push_str(&format!(
        "\n{errors}, {}; `outguard explain NAME` shows the page of one\n",
        plural(LINTS.len(), "lint")
    ));
    out
}

fn about_finding(args: &Args, what: &str, terminal: &Terminal) -> Outcome {
    let config = Config::find(args.config.as_deref(), &args.rules.rules)?;
    let program = load::program(&args.rules, &config, terminal)?;
    let ty = find(&program, what)?;
    match &args.event {
        Some(file) => trace::explain(&program, ty, file, args.source.as_deref(), &config, terminal),
        None => write(&finding::text(&program, ty, program::vocabulary(), &terminal.out)),
    }
}

fn about_published(args: &Args, path: &Path, terminal: &Terminal) -> Outcome {
    let published = published::Published::read(path)?;
    let config = Config::find(args.config.as_deref(), &args.rules.rules)?;
    let program = load::program(&args.rules, &config, terminal)?;
    let at = find(&program, &published.ty)?;
    let said = published.text(&program.model.findings[at].hash, Paint(terminal.out.color));
    write(&format!("{said}{}", finding::text(&program, at, program::vocabulary(), &terminal.out)))
}

/// The place of a finding type in the model.
fn find(program: &Program, what: &str) -> Result<usize, Failure> {
    let types = || program.model.findings.iter().map(|f| f.ty.as_str());
    types().position(|t| t == what).ok_or_else(|| {
        let failure = Failure::new(format!("no rule defines `{what}`"));
        match suggest::nearest(what, types()) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help("--rules PATH chooses the rules; unsaid, the shipped pack is searched"),
        }
    })
}
