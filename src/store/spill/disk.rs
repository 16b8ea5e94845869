//! Temporary files that leave nothing behind, and errors that say where and what to do.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of a run.
pub trait Scratch: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Scratch for T {}

/// Where runs go.
pub trait Disk: Send {
    /// A new empty file.
    ///
    /// # Errors
    /// It cannot be made.
    fn create(&mut self) -> io::Result<Box<dyn Scratch>>;

    /// What messages call the place.
    fn place(&self) -> Arc<Path>;
}

/// A folder of the file system.
pub struct Folder {
    path: Arc<Path>,
    /// Files that could not be unlinked while open (not so on Unix): removed at the end.
    named: Vec<PathBuf>,
}

impl Folder {
    /// Nothing is made before it is needed.
    pub fn new(path: &Path) -> Self {
        Self { path: path.into(), named: Vec::new() }
    }
}

impl Disk for Folder {
    fn create(&mut self) -> io::Result<Box<dyn Scratch>> {
        private_folder(&self.path)?;
        let random = RandomState::new().build_hasher().finish();
        let path = self.path.join(format!("outguard-{}-{random:016x}.run", std::process::id()));
        let file = private_file(&path)?;
        // Without a name nobody else can open it, and it is gone when the program is.
        if fs::remove_file(&path).is_err() {
            self.named.push(path);
        }
        Ok(Box::new(file))
    }

    fn place(&self) -> Arc<Path> {
        self.path.clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Best effort: there is nobody to tell.
        self.named.iter().for_each(|path| drop(fs::remove_file(path)));
    }
}

/// Makes a folder that only its owner may read, unless it is there.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file that only its owner may read, and that was not there.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// What failed, where, and what to do.
pub fn tell(place: &Path, doing: &str, error: &io::Error) -> io::Error {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free space there, or name another folder for temporary files by TMPDIR"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory => {
            "; name a folder that can be written by TMPDIR"
        }
        _ => "",
    };
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let words = if words.is_empty() { error.kind().to_string() } else { words.to_owned() };
    io::Error::new(error.kind(), format!("cannot {doing} sorted records in `{}`: {words}{advice}", place.display()))
}
