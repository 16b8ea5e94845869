//! `outguard new PACK`: a folder with a pack that lints clean and whose tests pass, to be changed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure, Outcome};
use super::rules::MANIFEST;
use super::terminal::stdout;
use crate::program::{LANGUAGE_VERSION, Manifest};

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to make; its name is the pack's
    #[arg(value_name = "PACK")]
    folder: PathBuf,
}

/// The first finding of a new pack.
const RULE: &str = include_str!("new_rule.og");

/// Writes the pack.
pub fn main(args: &Args) -> Outcome {
    let folder = &args.folder;
    let name = pack_name(folder)?;
    if fs::read_dir(folder).is_ok_and(|mut d| d.next().is_some()) {
        return Err(
            Failure::new(format!("`{}` is there and not empty", folder.display())).help("choose another folder")
        );
    }
    let manifest = manifest(&name);
    fs::create_dir_all(folder).map_err(|e| Failure::io("make", folder, &e))?;
    for (file, text) in [(MANIFEST, manifest.as_str()), ("first.og", RULE)] {
        let path = folder.join(file);
        fs::write(&path, text).map_err(|e| Failure::io("write", &path, &e))?;
    }
    let place = folder.display();
    let mut out = stdout();
    writeln!(out, "made the pack `{name}` in {place}: {MANIFEST}, first.og\n")?;
    writeln!(out, "next:")?;
    for (command, what) in [
        (format!("outguard lint {place}"), "check it"),
        (format!("outguard test {place}"), "run its tests"),
        (format!("outguard run --rules {place} EVENTS"), "run it over logs"),
        ("outguard fields cloudtrail".to_owned(), "what a rule may ask of an event"),
    ] {
        writeln!(out, "  {command:<44} {what}")?;
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn manifest(name: &str) -> String {
    format!("name: {name}\nversion: 0.1.0\nlanguage: {LANGUAGE_VERSION}\ndescription: Findings of our own.\n")
}

/// The folder's name as the name of a pack.
fn pack_name(folder: &Path) -> Result<String, Failure> {
    let refuse = || {
        Failure::new(format!("`{}` cannot be the name of a pack", folder.display()))
            .help("lower-case letters, digits and dashes: `outguard new my-pack`")
    };
    let name = folder.file_name().and_then(|n| n.to_str()).ok_or_else(refuse)?.to_owned();
    Manifest::parse(&manifest(&name)).map_err(|_| refuse())?;
    Ok(name)
}
