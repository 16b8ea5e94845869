//! Files that are whole or not there: written beside their place and renamed when all is on disk, so that neither a
//! full disk nor Ctrl-C leaves half a file. What is no regular file (a pipe, `/dev/null`) is written directly.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::exit::Failure;

/// A file being written. Dropped without [`commit`](Self::commit), it leaves nothing.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    /// Where the bytes go until the end; none where they go to the target directly.
    temporary: Option<PathBuf>,
    writer: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Begins a file.
    ///
    /// # Errors
    /// The place cannot be written.
    pub fn create(target: &Path) -> Result<Self, Failure> {
        let refuse = |e: io::Error| Failure::io("write", target, &e);
        // Through a link, the file it points to is replaced, not the link.
        let real = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        if fs::metadata(&real).is_ok_and(|m| m.is_dir()) {
            return Err(Failure::new(format!("cannot write `{}`: it is a folder", target.display())));
        }
        if fs::metadata(&real).is_ok_and(|m| !m.is_file()) {
            let file = OpenOptions::new().write(true).open(&real).map_err(refuse)?;
            return Ok(Self { target: real, temporary: None, writer: Some(BufWriter::new(file)) });
        }
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        let temporary = real.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary).map_err(refuse)?;
        if let Ok(old) = fs::metadata(&real) {
            // A file that only its owner may read stays so.
            file.set_permissions(old.permissions()).map_err(refuse)?;
        }
        Ok(Self { target: real, temporary: Some(temporary), writer: Some(BufWriter::new(file)) })
    }

    /// Brings everything to disk and the file to its place.
    ///
    /// # Errors
    /// Writing, syncing or renaming fails; nothing is left then.
    pub fn commit(mut self) -> Result<(), Failure> {
        let target = self.target.clone();
        self.finish().map_err(|e| Failure::io("write", &target, &e))
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        let Some(temporary) = &self.temporary else { return Ok(()) };
        file.sync_all()?;
        fs::rename(temporary, &self.target)?;
        self.temporary = None;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(writer) => writer.write(buf),
            None => Err(io::Error::other("the file is closed")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        self.writer = None;
        if let Some(temporary) = &self.temporary {
            // Best effort: there is nobody to tell.
            let _ = fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("findings.json");
        fs::write(&path, "old").expect("written");
        let mut file = AtomicFile::create(&path).expect("creates");
        file.write_all(b"half").expect("writes");
        drop(file);
        assert_eq!(fs::read_to_string(&path).expect("reads"), "old");
        let mut file = AtomicFile::create(&path).expect("creates");
        file.write_all(b"new").expect("writes");
        file.commit().expect("commits");
        assert_eq!(fs::read_to_string(&path).expect("reads"), "new");
        assert_eq!(fs::read_dir(dir.path()).expect("lists").count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told() {
        let dir = tempfile::tempdir().expect("temporary folder");
        assert!(AtomicFile::create(dir.path()).is_err());
        let missing = AtomicFile::create(&dir.path().join("no/such/x")).expect_err("no folder");
        assert!(missing.messages()[0].contains("no such file or directory"));
    }
}
