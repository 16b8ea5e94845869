//! How a command ends: the exit codes, and failures that end it early.

use std::io;
use std::path::Path;
use std::process::ExitCode;

/// What the exit code says. When several hold, the greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, and nothing to report.
    Clean = 0,
    /// Something was found: lint at or above its level, a failed test, a finding at or above `--fail-on`.
    Found = 1,
    /// A rule cannot be loaded: nothing was run.
    Rules = 2,
    /// Wrong use, or input or output failed.
    Misuse = 3,
}

impl Exit {
    /// Every code with its sentence, for `--help` and the manual.
    pub const ALL: [(Exit, &'static str); 4] = [
        (Exit::Clean, "done, and nothing to report"),
        (Exit::Found, "something was found: lint at or above its level, a failed test, --fail-on"),
        (Exit::Rules, "a rule cannot be loaded; nothing was run"),
        (Exit::Misuse, "wrong use, or input or output failed"),
    ];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command ends before it is done.
#[derive(Debug)]
pub enum Failure {
    /// To be told: what happened, and what to do about it (may be empty).
    Told(String, String),
    /// Several at once, each to be told, and the exit code that they end in.
    Many(Vec<String>, Exit),
    /// Already told in full.
    Silent(Exit),
    /// Whoever read our standard output has gone; nothing to tell.
    Pipe,
}

/// What commands return.
pub type Outcome = Result<Exit, Failure>;

impl Failure {
    /// A failure with a message and no advice.
    pub fn new(message: impl Into<String>) -> Self {
        Failure::Told(message.into(), String::new())
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        match self {
            Failure::Told(message, _) => Failure::Told(message, help.into()),
            other => other,
        }
    }

    /// An I/O failure at a path: `cannot read `x`: no such file or directory`.
    #[must_use]
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Failure::new(format!("cannot {doing} `{}`: {}", path.display(), io_words(error)))
    }

    /// The exit code that it ends in.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Told(..) => Exit::Misuse,
            Failure::Many(_, exit) | Failure::Silent(exit) => *exit,
            Failure::Pipe => Exit::Clean,
        }
    }
}

/// Failing to write standard output: a closed pipe is nobody's fault.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::Pipe;
        }
        Failure::new(format!("cannot write to standard output: {}", io_words(&error)))
    }
}

impl Failure {
    /// What to tell, one text a failure.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        match self {
            Failure::Told(message, help) if help.is_empty() => vec![message.clone()],
            Failure::Told(message, help) => vec![format!("{message}\n  help: {help}")],
            Failure::Many(messages, _) => messages.clone(),
            Failure::Silent(_) | Failure::Pipe => Vec::new(),
        }
    }
}

/// The system's words without its error number, lower case: `no such file or directory`.
#[must_use]
pub fn io_words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_the_manual_says() {
        for (n, (exit, sentence)) in Exit::ALL.iter().enumerate() {
            assert_eq!(*exit as usize, n);
            assert!(!sentence.is_empty());
        }
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).exit(), Exit::Clean);
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::StorageFull)).exit(), Exit::Misuse);
    }

    #[test]
    fn io_errors_read_as_words() {
        assert_eq!(io_words(&io::Error::from_raw_os_error(2)), "no such file or directory");
    }
}
