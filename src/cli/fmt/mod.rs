//! `outguard fmt [PATH…]`: rule files in the one layout. A file with a syntax error is left as it is.

mod diff;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure, Outcome};
use super::output::AtomicFile;
use super::render::{self, FORMS, plural};
use super::rules;
use super::terminal::{Paint, Terminal, stdout};
use crate::diag::Diagnostic;
use crate::program::RuleFile;
use crate::syntax;
use crate::text::SourceMap;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule files and folders of them; `-` reads standard input and writes standard output
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Write nothing; name the files that are not formatted, and exit 1 if there are any
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change, and exit 1 if anything would
    #[arg(long)]
    diff: bool,
}

/// Formats.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    if args.paths.iter().any(|p| p == Path::new("-")) {
        return standard_input(args, terminal);
    }
    let set = rules::read(&args.paths)?;
    let mut out = stdout();
    let (mut changed, mut broken) = (0, false);
    for (file, path) in set.files.iter().zip(&set.paths) {
        let Some(formatted) = formatted(file, terminal)? else {
            broken = true;
            continue;
        };
        if *formatted == *file.text {
            continue;
        }
        changed += 1;
        if args.diff {
            out.write_all(diff::unified(&file.name, &file.text, &formatted, Paint(terminal.out.color)).as_bytes())?;
        } else if args.check {
            writeln!(out, "{}", super::terminal::safe(&file.name))?;
        } else {
            write(path, &formatted)?;
        }
    }
    out.flush()?;
    let only_look = args.check || args.diff;
    if changed > 0 {
        let what = if only_look { "not formatted" } else { "formatted" };
        eprintln!("{} {what}", plural(changed, "file"));
    }
    Ok(exit(broken, only_look && changed > 0))
}

fn exit(broken: bool, found: bool) -> Exit {
    match (broken, found) {
        (true, _) => Exit::Rules,
        (_, true) => Exit::Found,
        _ => Exit::Clean,
    }
}

/// `-`: a text in, its layout out.
fn standard_input(args: &Args, terminal: &Terminal) -> Outcome {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|e| Failure::io("read", Path::new("-"), &e))?;
    let text =
        rules::decode(bytes).map_err(|why| Failure::Many(vec![format!("`-` is no rule file: {why}")], Exit::Rules))?;
    let file = RuleFile { name: "-".into(), text: text.into(), pack: None };
    let Some(formatted) = formatted(&file, terminal)? else { return Ok(Exit::Rules) };
    let same = *formatted == *file.text;
    let mut out = stdout();
    if args.diff {
        out.write_all(diff::unified("-", &file.text, &formatted, Paint(terminal.out.color)).as_bytes())?;
    } else if !args.check {
        out.write_all(formatted.as_bytes())?;
    }
    out.flush()?;
    Ok(exit(false, (args.check || args.diff) && !same))
}

/// The text in its layout; none where it has errors, which are told.
fn formatted(file: &RuleFile, terminal: &Terminal) -> Result<Option<String>, Failure> {
    let mut sources = SourceMap::default();
    let id = sources.add(file.name.clone(), file.text.clone());
    let parsed = syntax::parse(id, &file.text);
    if !parsed.has_errors() {
        return Ok(Some(syntax::print(&parsed.file, &file.text)));
    }
    let errors: Vec<Diagnostic> = parsed.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    let mut err = io::stderr().lock();
    FORMS[0]
        .write(&errors, &sources, &terminal.err, &mut err)
        .map_err(|e| Failure::io("write", Path::new("stderr"), &e))?;
    eprintln!("{}; the file is left as it is", render::count_line(&errors).unwrap_or_default());
    Ok(None)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut out = AtomicFile::create(path)?;
    out.write_all(text.as_bytes()).map_err(|e| Failure::io("write", path, &e))?;
    out.commit()
}
