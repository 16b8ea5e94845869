//! Why state cannot be read or written: what, where, and what to do.

use std::fmt;
use std::io;
use std::path::Path;

/// Why, in kinds that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Another process writes to it.
    InUse,
    /// It is not what was written.
    Damaged,
    /// Another version of the engine wrote it, in a form that this one does not read.
    Version,
    /// The folder is not one of ours.
    Foreign,
    /// The disk or the system refuses.
    Io,
}

/// What went wrong with state.
#[derive(Debug, Clone)]
pub struct StoreError {
    /// Why.
    pub cause: Cause,
    /// What, in a sentence without its full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl StoreError {
    /// Of a kind, with what to do.
    #[must_use]
    pub fn new(cause: Cause, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { cause, message: message.into(), help: help.into() }
    }

    /// State that is not what was written.
    #[must_use]
    pub fn damaged(folder: &Path, what: impl fmt::Display) -> Self {
        let place = folder.display();
        Self::new(
            Cause::Damaged,
            format!("the state in `{place}` is damaged: {what}"),
            format!(
                "`outguard state check {place}` says how far it can be read, `outguard state export {place}` saves what \
                 can; then begin anew with another folder"
            ),
        )
    }

    /// The system refuses something.
    #[must_use]
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        let help = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "free space there and run again: it goes on from the last checkpoint, nothing is lost"
            }
            io::ErrorKind::PermissionDenied => "the folder must belong to whoever runs this",
            _ => "run again once that is mended: it goes on from the last checkpoint, nothing is lost",
        };
        let words = words(error);
        Self::new(Cause::Io, format!("cannot {doing} `{}`: {words}", path.display()), help)
    }
}

/// The system's words without its error number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(|| error.kind().to_string(), |c| c.to_lowercase().chain(chars).collect())
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}
