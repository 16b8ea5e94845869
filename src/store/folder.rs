//! The folder of state: private, and one writer at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::{Cause, StoreError};

/// The database in the folder.
pub const DATABASE: &str = "state.redb";
/// Held as long as somebody writes; says who.
const LOCK: &str = "lock";
/// A database that is being made.
const NEW: &str = "state.redb.new";

/// A folder that nobody else writes to while this lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The lock goes with the file.
    _lock: File,
}

impl Folder {
    /// Takes the folder; makes it if it is not there and `make` says so. `who` is told to others that want it too.
    ///
    /// # Errors
    /// Somebody else has it; it is no folder of ours; the system refuses.
    pub fn take(path: &Path, who: &str, make: bool) -> Result<Self, StoreError> {
        match fs::metadata(path) {
            Ok(m) if !m.is_dir() => {
                let message = format!("`{}` is no folder", path.display());
                return Err(StoreError::new(Cause::Foreign, message, "state is kept in a folder of its own"));
            }
            Ok(_) => ours(path, make)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound && make => {
                let mut builder = fs::DirBuilder::new();
                builder.recursive(true);
                #[cfg(unix)]
                std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
                builder.create(path).map_err(|e| StoreError::io("make", path, &e))?;
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(no_state(path)),
            Err(e) => return Err(StoreError::io("read the state in", path, &e)),
        }
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .map_err(|e| StoreError::io("make private", path, &e))?;
        let lock = lock(path, who)?;
        // What a run left that died while it made the database.
        match fs::remove_file(path.join(NEW)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", &path.join(NEW), &e)),
            _ => Ok(Self { path: path.to_path_buf(), _lock: lock }),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Where a database is made, to be put in its place whole.
    #[must_use]
    pub fn unborn(&self) -> PathBuf {
        self.path.join(NEW)
    }

    /// Puts the database that was made in its place.
    ///
    /// # Errors
    /// The system refuses.
    pub fn born(&self) -> Result<(), StoreError> {
        let told = |e: io::Error| StoreError::io("make", &self.database(), &e);
        fs::rename(self.unborn(), self.database()).map_err(told)?;
        #[cfg(unix)]
        File::open(&self.path).and_then(|f| f.sync_all()).map_err(told)?;
        Ok(())
    }
}

/// A file that only its owner may read.
pub fn private(path: &Path) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = path;
    options
}

/// Whether a folder that is there is one of state, or empty.
fn ours(path: &Path, make: bool) -> Result<(), StoreError> {
    let names = fs::read_dir(path).map_err(|e| StoreError::io("read", path, &e))?;
    let mut names: Vec<_> = names.filter_map(Result::ok).map(|e| e.file_name()).collect();
    if names.iter().any(|n| n == DATABASE) {
        return Ok(());
    }
    names.retain(|n| n != LOCK && n != NEW);
    let place = path.display();
    if !make {
        return Err(no_state(path));
    }
    match names.first() {
        None => Ok(()),
        Some(name) => {
            let message = format!("`{place}` holds `{}` and no state", name.display());
            Err(StoreError::new(Cause::Foreign, message, "name a new or empty folder: state is kept in one of its own"))
        }
    }
}

fn no_state(path: &Path) -> StoreError {
    let message = format!("there is no state in `{}`", path.display());
    StoreError::new(Cause::Foreign, message, "name the folder that `run --state` was given")
}

fn lock(folder: &Path, who: &str) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    let told = |e: io::Error| StoreError::io("lock", &path, &e);
    let mut file = private(&path).create(true).truncate(false).open(&path).map_err(told)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // What cannot be read is not told.
            let _ = file.take(200).read_to_string(&mut holder);
            let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
            return Err(StoreError::new(
                Cause::InUse,
                format!("the state in `{}` is in use by {holder}", folder.display()),
                "end that first, or name another folder: two writers would lose events",
            ));
        }
        Err(TryLockError::Error(e)) => return Err(told(e)),
    }
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(who.as_bytes())).map_err(told)?;
    Ok(file)
}
