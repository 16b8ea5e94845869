//! Rules from disk: files and folders -> rule files, packs. Folders are walked in order, links are followed but not in
//! circles, and whatever cannot be read is told, all of it.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::exit::{Exit, Failure, io_words};
use crate::program::{Manifest, Pack, PackError, RuleFile, embedded};
use crate::syntax::MAX_FILE_BYTES;

/// What rule files are called.
pub const EXTENSION: &str = "og";

/// The name of a pack's manifest.
pub const MANIFEST: &str = "pack.yaml";

/// Rule files and the packs that they belong to.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// The files, in the order of the arguments, then of their names.
    pub files: Vec<RuleFile>,
    /// Where each is on disk; empty for the shipped pack.
    pub paths: Vec<PathBuf>,
    /// The packs.
    pub packs: Vec<Pack>,
}

/// The shipped pack.
#[must_use]
pub fn shipped() -> RuleSet {
    let (pack, files) = embedded();
    RuleSet { files, paths: Vec::new(), packs: vec![pack] }
}

/// Reads rule files and folders of rule files.
///
/// # Errors
/// Everything that could not be read, in one failure: exit 3, or 2 where a file was read and is no rule.
pub fn read(paths: &[PathBuf]) -> Result<RuleSet, Failure> {
    let mut set = RuleSet::default();
    let mut wrong = Wrong::default();
    for path in paths {
        set.path(path, &mut wrong);
    }
    wrong.into_result(set)
}

/// All that went wrong so far.
#[derive(Default)]
struct Wrong {
    messages: Vec<String>,
    /// Whether a file was there but is no rule or manifest.
    content: bool,
    /// Whether something could not be read at all.
    io: bool,
}

impl Wrong {
    fn io(&mut self, message: String) {
        self.io = true;
        self.messages.push(message);
    }

    fn content(&mut self, message: String) {
        self.content = true;
        self.messages.push(message);
    }

    fn into_result<T>(self, value: T) -> Result<T, Failure> {
        if self.messages.is_empty() {
            return Ok(value);
        }
        let exit = if self.io { Exit::Misuse } else { Exit::Rules };
        Err(Failure::Many(self.messages, exit))
    }
}

impl RuleSet {
    fn path(&mut self, path: &Path, wrong: &mut Wrong) {
        match fs::metadata(path) {
            Ok(m) if m.is_dir() => self.folder(path, wrong),
            Ok(_) => self.file(path, None, wrong),
            Err(e) => wrong.io(format!("cannot read `{}`: {}", path.display(), io_words(&e))),
        }
    }

    fn folder(&mut self, folder: &Path, wrong: &mut Wrong) {
        let mut rules = Vec::new();
        let before = wrong.messages.len();
        let mut manifests: Vec<(PathBuf, usize)> = Vec::new();
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() && entry.file_name() == MANIFEST => {
                    if let Some(pack) = manifest(entry.path(), wrong) {
                        self.packs.push(pack);
                        let parent = entry.path().parent().unwrap_or(folder).to_path_buf();
                        manifests.push((parent, self.packs.len() - 1));
                    }
                }
                Ok(entry) if entry.file_type().is_file() && is_rule(entry.path()) => rules.push(entry.into_path()),
                Ok(_) => {}
                // A link to a folder above: its files are read where they are.
                Err(e) if e.loop_ancestor().is_some() => {}
                Err(e) => {
                    let place = e.path().unwrap_or(folder).display().to_string();
                    let why = e.io_error().map_or_else(|| "cannot be listed".to_owned(), io_words);
                    wrong.io(format!("cannot read `{place}`: {why}"));
                }
            }
        }
        if rules.is_empty() && wrong.messages.len() == before {
            wrong.io(format!("no rule file (`*.{EXTENSION}`) in `{}`", folder.display()));
        }
        for path in rules {
            // The nearest manifest above a file is its pack's.
            let mine = manifests.iter().filter(|(dir, _)| path.starts_with(dir));
            let pack = mine.max_by_key(|(dir, _)| dir.components().count()).map(|(_, pack)| *pack);
            self.file(&path, pack, wrong);
        }
    }

    fn file(&mut self, path: &Path, pack: Option<usize>, wrong: &mut Wrong) {
        match text(path) {
            Ok(text) => {
                let name = path.strip_prefix(".").unwrap_or(path).display().to_string();
                self.files.push(RuleFile { name: name.into(), text: text.into(), pack });
                self.paths.push(path.to_path_buf());
            }
            Err(Text::Io(message)) => wrong.io(message),
            Err(Text::Content(message)) => wrong.content(message),
        }
    }
}

/// Why a text file was not read.
enum Text {
    Io(String),
    Content(String),
}

fn text(path: &Path) -> Result<String, Text> {
    let bytes = fs::read(path).map_err(|e| Text::Io(format!("cannot read `{}`: {}", path.display(), io_words(&e))))?;
    decode(bytes).map_err(|why| Text::Content(format!("`{}` is no rule file: {why}", path.display())))
}

/// The text of a rule file.
///
/// # Errors
/// Too large, or no UTF-8: in words.
pub fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20));
    }
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = e.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
        format!("line {line} is not UTF-8")
    })
}

fn manifest(path: &Path, wrong: &mut Wrong) -> Option<Pack> {
    let text = match text(path) {
        Ok(text) => text,
        Err(Text::Io(message)) => {
            wrong.io(message);
            return None;
        }
        Err(Text::Content(message)) => {
            wrong.content(message);
            return None;
        }
    };
    match Manifest::parse(&text) {
        Ok(manifest) => Some(Pack { manifest, place: path.parent().unwrap_or(path).display().to_string() }),
        Err(PackError { line, message, help }) => {
            let place = line.map(|l| format!(":{l}")).unwrap_or_default();
            wrong.content(format!("{}{place}: {message}\n  help: {help}", path.display()));
            None
        }
    }
}

/// Whether a path is called like a rule file.
#[must_use]
pub fn is_rule(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == EXTENSION)
}
