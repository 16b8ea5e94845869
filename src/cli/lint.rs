//! `outguard lint [PATH…]`: syntax, types, lints. Silence is success.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use super::exit::{Exit, Failure, Outcome};
use super::output::AtomicFile;
use super::render::{self, FORMS, Form, plural};
use super::rules::{self, RuleSet};
use super::terminal::{Terminal, stdout};
use crate::diag::{Diagnostic, Fix, Level};
use crate::lint::{self, LINTS, Settings};
use crate::program::{self, Program};

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule files and folders of them
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// How to write what is found
    #[arg(long, value_name = "FORM", default_value = FORMS[0].name, value_parser = form_names())]
    format: String,
    /// Make a lint an error; `all` for every lint
    #[arg(long, value_name = "LINT")]
    deny: Vec<String>,
    /// Leave a lint out; `all` for every lint
    #[arg(long, value_name = "LINT")]
    allow: Vec<String>,
    /// From which level on the exit code is 1
    #[arg(long, value_name = "LEVEL", default_value = "warning", value_parser = ["note", "warning", "error"])]
    fail_on: String,
    /// Apply the repairs that keep or mend the meaning, then look again
    #[arg(long)]
    fix: bool,
}

fn form_names() -> clap::builder::PossibleValuesParser {
    FORMS.iter().map(|f| clap::builder::PossibleValue::new(f.name).help(f.doc)).collect::<Vec<_>>().into()
}

/// How often `--fix` looks again: a repair can bring another to light.
const MAX_ROUNDS: usize = 10;

/// Looks, perhaps repairs, and tells.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let settings = settings(args)?;
    let mut set = rules::read(&args.paths)?;
    let (mut program, mut diagnostics) = look(&set, &settings);
    if args.fix {
        let mut repaired = 0;
        for _ in 0..MAX_ROUNDS {
            let n = repair(&mut set, &diagnostics)?;
            if n == 0 {
                break;
            }
            repaired += n;
            (program, diagnostics) = look(&set, &settings);
        }
        if repaired > 0 {
            eprintln!("{} applied", plural(repaired, "repair"));
        }
    }
    let form = Form::find(&args.format).unwrap_or(&FORMS[0]);
    let mut out = stdout();
    form.write(&diagnostics, &program.sources, &terminal.out, &mut out)?;
    if let Some(line) = render::count_line(&diagnostics) {
        if form.name == "text" {
            writeln!(out, "{line}")?;
        } else {
            eprintln!("{line}");
        }
    }
    out.flush()?;
    Ok(exit(&program, &diagnostics, &args.fail_on))
}

/// Parses, checks, lints.
fn look(set: &RuleSet, settings: &Settings) -> (Program, Vec<Diagnostic>) {
    let vocabulary = program::vocabulary();
    let program = Program::load(set.files.clone(), set.packs.clone(), vocabulary);
    let mut diagnostics = program.diagnostics.clone();
    diagnostics.extend(program.lint(vocabulary, settings));
    render::sort(&mut diagnostics);
    (program, diagnostics)
}

fn exit(program: &Program, diagnostics: &[Diagnostic], fail_on: &str) -> Exit {
    let least = match fail_on {
        "note" => Level::Note,
        "error" => Level::Error,
        _ => Level::Warning,
    };
    if !program.is_ok() {
        Exit::Rules
    } else if diagnostics.iter().any(|d| d.level >= least) {
        Exit::Found
    } else {
        Exit::Clean
    }
}

/// Lint names as given, each known.
fn settings(args: &Args) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    for (names, set) in [(&args.deny, &mut settings.deny), (&args.allow, &mut settings.allow)] {
        for name in names.iter().flat_map(|n| n.split(',')).map(str::trim) {
            if name == "all" {
                set.extend(LINTS.iter().map(|l| l.name.to_owned()));
            } else if lint::find(name).is_some() {
                set.insert(name.to_owned());
            } else {
                return Err(unknown(name));
            }
        }
    }
    Ok(settings)
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::new(format!("no lint is called `{name}`"));
    match lint::nearest(name) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`outguard explain` lists the lints"),
    }
}

/// Applies the fixes that do not overlap, in memory and on disk; how many.
fn repair(set: &mut RuleSet, diagnostics: &[Diagnostic]) -> Result<usize, Failure> {
    let mut by_file: BTreeMap<usize, Vec<&Fix>> = BTreeMap::new();
    for fix in diagnostics.iter().filter_map(|d| d.fix.as_ref()) {
        by_file.entry(fix.span.file.0 as usize).or_default().push(fix);
    }
    let mut applied = 0;
    for (file, mut fixes) in by_file {
        // From the end to the front, so that places in front stay right.
        fixes.sort_by_key(|f| std::cmp::Reverse((f.span.start, f.span.end)));
        let mut text = set.files[file].text.to_string();
        let mut limit = text.len();
        for fix in fixes {
            let (start, end) = (fix.span.start as usize, fix.span.end as usize);
            if end <= limit && text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, &fix.replacement);
                limit = start;
                applied += 1;
            }
        }
        let path = &set.paths[file];
        let mut out = AtomicFile::create(path)?;
        out.write_all(text.as_bytes()).map_err(|e| Failure::io("write", path, &e))?;
        out.commit()?;
        set.files[file].text = text.into();
    }
    Ok(applied)
}
