//! `--dead-letter FILE`: what could not be read, one JSON object a line, so that nothing is lost silently. Lines of
//! different inputs come in any order; each names its input and place.

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde::Serialize;

use crate::cli::exit::{Failure, io_words};
use crate::cli::output::AtomicFile;
use crate::source::Unreadable;

/// The file.
#[derive(Debug)]
pub struct DeadLetters {
    /// The file until it is committed, and the first failure to write it.
    inner: Mutex<(Option<Target>, Option<String>)>,
}

#[derive(Debug)]
enum Target {
    /// Appears whole at the end.
    New(AtomicFile),
    /// Grows.
    Added(std::fs::File),
}

#[derive(Serialize)]
struct Letter<'a> {
    file: &'a str,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    reason: &'a str,
    detail: &'a str,
    /// The bytes as text where they are UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// Else in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

/// One record as a line of the file.
#[must_use]
pub fn line(file: &str, bad: &Unreadable<'_>) -> Vec<u8> {
    let text = std::str::from_utf8(bad.bytes).ok();
    let letter = Letter {
        file,
        offset: bad.offset,
        line: bad.line,
        reason: bad.reason.word(),
        detail: &bad.detail,
        text,
        hex: text.is_none().then(|| bad.bytes.iter().map(|b| format!("{b:02x}")).collect()),
    };
    let mut line = serde_json::to_vec(&letter).unwrap_or_default();
    line.push(b'\n');
    line
}

impl DeadLetters {
    /// Begins the file.
    ///
    /// # Errors
    /// The place cannot be written.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        Ok(Self { inner: Mutex::new((Some(Target::New(AtomicFile::create(path)?)), None)) })
    }

    /// Goes on with the file, of a run that goes on too.
    ///
    /// # Errors
    /// The place cannot be written.
    pub fn append(path: &Path) -> Result<Self, Failure> {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|e| Failure::io("write", path, &e))?;
        Ok(Self { inner: Mutex::new((Some(Target::Added(file)), None)) })
    }

    /// Adds whole lines.
    pub fn write(&self, lines: &[u8]) {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (file, failure) = &mut *inner;
        let written = match (file, &failure) {
            (Some(Target::New(file)), None) => file.write_all(lines),
            (Some(Target::Added(file)), None) => file.write_all(lines),
            _ => Ok(()),
        };
        if let Err(e) = written {
            *failure = Some(io_words(&e));
        }
    }

    /// Brings the file to its place.
    ///
    /// # Errors
    /// It could not be written.
    pub fn commit(&self) -> Result<(), Failure> {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match (inner.0.take(), inner.1.take()) {
            (_, Some(why)) => Err(Failure::new(format!("cannot write the dead-letter file: {why}"))),
            (Some(Target::New(file)), None) => file.commit(),
            (Some(Target::Added(_)) | None, None) => Ok(()),
        }
    }
}
