//! `outguard docs [DIR]`: the reference pages, written from the tables that the program itself runs on. `--check` says
//! which committed pages are no longer what it would write.
//!
//! ```text
//! ops, vocabulary, codes, lints, shipped pack --> Pages (path, Markdown) --> written, or compared
//! ```

mod aggregates;
mod attributes;
mod errors;
mod findings;
mod functions;
mod lints;
pub mod markdown;
mod operators;
mod signature;
mod sources;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure, Outcome};
use super::render::plural;
use super::terminal::stdout;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the pages
    #[arg(value_name = "DIR", default_value = "docs")]
    folder: PathBuf,
    /// Write nothing; name the pages that are stale
    #[arg(long)]
    check: bool,
}

/// A page: its path within the folder, and its text.
struct Page {
    path: String,
    text: String,
}

/// How a generated page begins; what begins otherwise is somebody's own and is left alone.
const MARK: &str = "<!-- Written by `outguard docs`: change what it is written from, then run it again. -->\n\n";

/// The folders that hold generated pages.
const FOLDERS: [&str; 2] = ["reference", "findings"];

/// Writes or checks the pages.
pub fn main(args: &Args) -> Outcome {
    let pages = pages()?;
    let mut stale = Vec::new();
    for page in &pages {
        let path = args.folder.join(&page.path);
        match fs::read_to_string(&path) {
            Ok(text) if text == page.text => {}
            Ok(_) => stale.push((path, Some(&page.text))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => stale.push((path, Some(&page.text))),
            Err(e) => return Err(Failure::io("read", &path, &e)),
        }
    }
    stale.extend(leftover(&args.folder, &pages)?.into_iter().map(|path| (path, None)));
    let mut out = stdout();
    for (path, text) in &stale {
        if args.check {
            writeln!(out, "stale: {}", path.display())?;
        } else if let Some(text) = text {
            write(path, text)?;
            writeln!(out, "wrote {}", path.display())?;
        } else {
            fs::remove_file(path).map_err(|e| Failure::io("remove", path, &e))?;
            writeln!(out, "removed {}", path.display())?;
        }
    }
    let count = plural(pages.len(), "page");
    let exit = match (stale.len(), args.check) {
        (0, _) => {
            writeln!(out, "{count}, all fresh")?;
            Exit::Clean
        }
        (n, true) => {
            writeln!(out, "{count}, {n} stale; `outguard docs {}` writes them anew", args.folder.display())?;
            Exit::Found
        }
        (n, false) => {
            writeln!(out, "{count}, {n} changed")?;
            Exit::Clean
        }
    };
    out.flush()?;
    Ok(exit)
}

/// Every page, in the order of the tables.
fn pages() -> Result<Vec<Page>, Failure> {
    let vocabulary = crate::program::vocabulary();
    let mut pages: Vec<Page> = [
        ("operators", operators::page()),
        ("functions", functions::page()),
        ("aggregates", aggregates::page()),
        ("attributes", attributes::page(vocabulary)),
        ("sources", sources::page(vocabulary)),
        ("errors", errors::page()),
        ("lints", lints::page()),
    ]
    .into_iter()
    .map(|(name, text)| Page { path: format!("reference/{name}.md"), text })
    .collect();
    let shipped = findings::shipped(vocabulary)?;
    pages.push(Page { path: "coverage.md".to_owned(), text: super::coverage::shipped(vocabulary, &shipped) });
    pages.extend(findings::pages(shipped, vocabulary));
    for page in &mut pages {
        page.text = format!("{MARK}{}\n", page.text.trim_end());
    }
    Ok(pages)
}

/// Generated pages of an earlier time that no table asks for any more.
fn leftover(folder: &Path, pages: &[Page]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for name in FOLDERS {
        let inner = folder.join(name);
        let entries = match fs::read_dir(&inner) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(Failure::io("read", &inner, &e)),
        };
        for entry in entries {
            let path = entry.map_err(|e| Failure::io("read", &inner, &e))?.path();
            let wanted = pages.iter().any(|p| folder.join(&p.path) == path);
            if !wanted && fs::read_to_string(&path).is_ok_and(|text| text.starts_with(MARK)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| Failure::io("make", folder, &e))?;
    }
    fs::write(path, text).map_err(|e| Failure::io("write", path, &e))
}
