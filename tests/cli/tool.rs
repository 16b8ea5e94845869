//! Running the binary in a folder of its own, without colour and at a fixed width.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder and the binary in it.
pub struct Tool {
    dir: TempDir,
}

/// What a run gave.
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Tool {
    /// An empty folder.
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("temporary folder") }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("has a parent")).expect("makes folders");
        fs::write(path, text).expect("writes");
        self
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("reads")
    }

    /// Runs the binary with arguments.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs the binary with arguments and standard input.
    pub fn run_with(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Ran {
        let mut command = Command::cargo_bin("outguard").expect("built");
        command.current_dir(self.dir.path()).args(arguments).write_stdin(input);
        command.env_remove("COLUMNS").env_remove("NO_COLOR");
        let Output { status, stdout, stderr } = command.output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: status.code().expect("not killed"), out: text(stdout), err: text(stderr) }
    }
}

impl Ran {
    /// Everything in one text, for a snapshot.
    pub fn told(&self) -> String {
        format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.code, self.out, self.err)
    }
}
