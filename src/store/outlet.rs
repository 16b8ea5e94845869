//! A file that findings are appended to, each exactly once: a checkpoint holds what is to be written and how long the
//! file was before; whatever happens then, the file is cut to that length and the same is written again.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::folder::private;
use super::meta::Outlet;

/// So many bytes before the known length tell the file from another of its name.
const TAIL: u64 = 4096;

/// The file.
#[derive(Debug)]
pub struct OutletFile {
    path: PathBuf,
    file: File,
    length: u64,
    /// A pipe or device: it cannot be cut.
    stream: bool,
}

impl OutletFile {
    /// Opens the file; a known one is cut to its known length. The notice, if there is one, is for the user.
    ///
    /// # Errors
    /// The system refuses.
    pub fn open(path: &Path, known: Option<&Outlet>) -> Result<(Self, Option<String>), StoreError> {
        let told = |e: io::Error| StoreError::io("write findings to", path, &e);
        let was_there = fs::metadata(path).is_ok();
        let stream = fs::metadata(path).is_ok_and(|m| !m.is_file());
        let mut file = if stream {
            fs::OpenOptions::new().write(true).open(path).map_err(told)?
        } else {
            private(path).create(true).truncate(false).open(path).map_err(told)?
        };
        if stream {
            return Ok((Self { path: path.into(), file, length: 0, stream }, None));
        }
        let length = file.metadata().map_err(told)?.len();
        let mut notice = None;
        let length = match known.filter(|k| k.path == path.to_string_lossy()) {
            Some(known) if known.length <= length && tail(&mut file, known.length).map_err(told)? == known.tail => {
                if known.length < length {
                    file.set_len(known.length).map_err(told)?;
                }
                known.length
            }
            Some(known) if was_there || known.length > 0 => {
                let place = path.display();
                notice = Some(format!(
                    "`{place}` is not the file that findings were written to before; they are added to it"
                ));
                length
            }
            _ => length,
        };
        file.seek(SeekFrom::Start(length)).map_err(told)?;
        Ok((Self { path: path.into(), file, length, stream }, notice))
    }

    /// Bytes that are surely there.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What the next checkpoint holds of it.
    ///
    /// # Errors
    /// The system refuses.
    pub fn mark(&mut self) -> Result<Option<Outlet>, StoreError> {
        if self.stream {
            return Ok(None);
        }
        let told = |e: io::Error| StoreError::io("read", &self.path, &e);
        let tail = tail(&mut self.file, self.length).map_err(told)?;
        self.file.seek(SeekFrom::Start(self.length)).map_err(told)?;
        Ok(Some(Outlet { path: self.path.to_string_lossy().into_owned(), length: self.length, tail }))
    }

    /// Adds whole lines, on disk when this returns. Only what a checkpoint holds already.
    ///
    /// # Errors
    /// The disk refuses; the next start writes them again.
    pub fn append(&mut self, lines: &[u8]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let told = |e: io::Error| StoreError::io("write findings to", &self.path, &e);
        self.file.write_all(lines).map_err(told)?;
        if !self.stream {
            self.file.sync_data().map_err(told)?;
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}

/// The checksum of the last bytes before `length`.
fn tail(file: &mut File, length: u64) -> io::Result<u32> {
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(length - from).read_to_end(&mut bytes)?;
    let mut crc = flate2::Crc::new();
    crc.update(&bytes);
    Ok(crc.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_checkpoint_holds_is_written_once() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("findings.json");
        let (mut file, notice) = OutletFile::open(&path, None).expect("opens");
        assert!(notice.is_none());
        file.append(b"one\n").expect("writes");
        let known = file.mark().expect("a file").expect("a mark");
        // The checkpoint holds `known` and the lines below; the program dies while it writes them, or just after.
        for torn in ["", "t", "two\nth", "two\nthree\n"] {
            fs::write(&path, format!("one\n{torn}")).expect("written");
            let (mut file, notice) = OutletFile::open(&path, Some(&known)).expect("opens");
            assert!(notice.is_none());
            file.append(b"two\nthree\n").expect("writes");
            assert_eq!(fs::read_to_string(&path).expect("reads"), "one\ntwo\nthree\n");
        }
    }

    #[test]
    fn a_file_of_somebody_else_is_not_cut() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("findings.json");
        let (mut file, _) = OutletFile::open(&path, None).expect("opens");
        file.append(b"one\n").expect("writes");
        let known = file.mark().expect("a file").expect("a mark");
        for other in ["", "on", "two\nthree\n"] {
            fs::write(&path, other).expect("written");
            let (mut file, notice) = OutletFile::open(&path, Some(&known)).expect("opens");
            assert!(notice.is_some(), "{other}");
            file.append(b"four\n").expect("writes");
            assert_eq!(fs::read_to_string(&path).expect("reads"), format!("{other}four\n"));
        }
        fs::write(&path, "before\n").expect("written");
        let (mut file, notice) = OutletFile::open(&path, None).expect("opens");
        assert!(notice.is_none());
        file.append(b"after\n").expect("writes");
        assert_eq!(fs::read_to_string(&path).expect("reads"), "before\nafter\n");
    }
}
