//! What to read: files, folders, globs and `-` -> a list of inputs, in an order that does not depend on the machine.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::cli::exit::io_words;

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub place: Place,
    /// Its size in bytes, 0 where unknown.
    pub size: u64,
    /// The user named the very file (it did not just lie in a folder), so it must be a log.
    pub named: bool,
    /// The argument that it comes from, by its place.
    pub argument: usize,
}

/// Where an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// What messages call it; context (account, region) is read from it too.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.place {
            Place::Stdin => "-".to_owned(),
            Place::File(path) => path.display().to_string(),
        }
    }
}

/// The inputs, and what could not be found or listed.
#[derive(Debug, Default)]
pub struct Inputs {
    /// What to read, folders sorted, each file once.
    pub list: Vec<Input>,
    /// One message a failure.
    pub failures: Vec<String>,
    /// Arguments that are folders: place and name.
    pub folders: Vec<(usize, String)>,
    argument: usize,
    seen: HashSet<PathBuf>,
}

impl Inputs {
    /// Finds what the arguments name.
    #[must_use]
    pub fn find(arguments: &[PathBuf]) -> Self {
        let mut inputs = Inputs::default();
        for (n, argument) in arguments.iter().enumerate() {
            inputs.argument = n;
            inputs.add(argument);
        }
        inputs
    }

    fn add(&mut self, argument: &Path) {
        if argument == Path::new("-") {
            if !self.list.iter().any(|i| i.place == Place::Stdin) {
                self.list.push(Input { place: Place::Stdin, size: 0, named: true, argument: self.argument });
            }
            return;
        }
        match fs::metadata(argument) {
            Ok(m) if m.is_dir() => self.folder(argument),
            Ok(m) => self.file(argument, &m, true),
            Err(error) => match argument.to_str().filter(|t| t.contains(['*', '?', '['])) {
                Some(pattern) => self.glob(pattern),
                None => self.failures.push(format!("cannot read `{}`: {}", argument.display(), io_words(&error))),
            },
        }
    }

    fn folder(&mut self, folder: &Path) {
        let before = (self.list.len(), self.failures.len(), self.seen.len());
        let mut known = false;
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() => match entry.metadata() {
                    Ok(m) => {
                        known = true;
                        self.file(entry.path(), &m, false);
                    }
                    Err(e) => self.failures.push(format!("cannot read `{}`: {e}", entry.path().display())),
                },
                Ok(_) => {}
                // A link to a folder above: its files are read where they are.
                Err(e) if e.loop_ancestor().is_some() => {}
                Err(e) => {
                    let place = e.path().unwrap_or(folder).display().to_string();
                    let why = e.io_error().map_or_else(|| "cannot be listed".to_owned(), io_words);
                    self.failures.push(format!("cannot read `{place}`: {why}"));
                }
            }
        }
        self.folders.push((self.argument, folder.display().to_string()));
        if !known && (self.list.len(), self.failures.len(), self.seen.len()) == before {
            self.failures.push(format!("no file in `{}`", folder.display()));
        }
    }

    fn glob(&mut self, pattern: &str) {
        let paths = match glob::glob(pattern) {
            Ok(paths) => paths,
            Err(e) => {
                self.failures.push(format!("`{pattern}` is no glob: {}", e.msg.to_lowercase()));
                return;
            }
        };
        let mut any = false;
        for path in paths {
            any = true;
            match path {
                Ok(path) => self.add(&path),
                Err(e) => {
                    let why = io_words(e.error());
                    self.failures.push(format!("cannot read `{}`: {why}", e.path().display()));
                }
            }
        }
        if !any {
            self.failures.push(format!("nothing matches `{pattern}`"));
        }
    }

    fn file(&mut self, path: &Path, metadata: &Metadata, named: bool) {
        let identity = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if self.seen.insert(identity) {
            let place = Place::File(path.to_path_buf());
            self.list.push(Input { place, size: metadata.len(), named, argument: self.argument });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::create_dir_all(dir.path().join("logs/b")).expect("folder");
        fs::create_dir(dir.path().join("empty")).expect("folder");
        for file in ["logs/2.json", "logs/10.json", "logs/b/1.json"] {
            fs::write(dir.path().join(file), "{}").expect("file");
        }
        dir
    }

    fn names(inputs: &Inputs, base: &Path) -> Vec<String> {
        let short = |i: &Input| i.name().replace(&format!("{}/", base.display()), "");
        inputs.list.iter().map(short).collect()
    }

    #[test]
    fn folders_are_walked_in_order_and_each_file_is_read_once() {
        let dir = tree();
        let at = |p: &str| dir.path().join(p);
        let inputs = Inputs::find(&[at("logs/b/*.json"), at("logs"), at("logs"), "-".into(), "-".into()]);
        assert_eq!(names(&inputs, dir.path()), ["logs/b/1.json", "logs/10.json", "logs/2.json", "-"]);
        assert_eq!((inputs.list[0].size, inputs.failures.len()), (2, 0));
        assert_eq!(inputs.list.iter().map(|i| i.named).collect::<Vec<_>>(), [true, false, false, true]);
    }

    #[test]
    fn what_is_not_there_is_told() {
        let dir = tree();
        let at = |p: &str| dir.path().join(p);
        let inputs = Inputs::find(&[at("none.json"), at("*.gz"), at("empty")]);
        assert!(inputs.list.is_empty());
        let [missing, unmatched, empty] = &inputs.failures[..] else { panic!("{:?}", inputs.failures) };
        assert!(missing.ends_with("none.json`: no such file or directory"), "{missing}");
        assert!(unmatched.starts_with("nothing matches"), "{unmatched}");
        assert!(empty.starts_with("no file in"), "{empty}");
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let dir = tree();
        std::os::unix::fs::symlink(dir.path().join("logs"), dir.path().join("logs/b/up")).expect("link");
        let inputs = Inputs::find(&[dir.path().join("logs")]);
        assert_eq!((inputs.list.len(), inputs.failures.len()), (3, 0), "{:?}", inputs.failures);
    }
}
