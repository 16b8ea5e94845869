//! How far inputs were read. A file is known by its path and its head, and where the system has them by its inode: so a
//! file that grew goes on where it was left, one that was moved is not read twice, and one that was cut or replaced is
//! read from its beginning.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

/// So many first bytes tell a file.
const HEAD: u64 = 4096;

/// A file that is gone is remembered so long, in milliseconds: it may come back from a copy.
const GONE: i64 = 30 * 24 * 60 * 60 * 1000;

/// Takes a record: its key, and its bytes or none where it goes.
pub type Tell<'a> = &'a mut dyn FnMut(&[u8], Option<&[u8]>);

/// How far a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InputMark {
    /// Device and inode.
    pub inode: Option<(u64, u64)>,
    /// When it was changed, nanoseconds.
    pub changed: i64,
    /// CRC-32 over so many first bytes.
    pub head: (u32, u32),
    /// Where to read on once it grows: behind the last record that was complete.
    pub offset: u64,
    /// How far it was looked at; what lies between was read as it was, and is read again when it grows.
    pub size: u64,
    /// Compressed: read whole or not at all.
    pub packed: bool,
    /// What lies between offset and size is not complete: it is read as it is once the file has not grown for a while.
    pub waits: bool,
    /// The header row that rows behind the offset follow.
    pub header: Option<String>,
    /// Events read of it so far.
    pub events: u64,
    /// Wall time of the last reading, milliseconds.
    pub read: i64,
}

/// What there is to do about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing new.
    Same,
    /// There is something to read.
    Read(Look),
}

/// A file as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Where to begin.
    pub from: u64,
    /// How far it goes.
    pub to: u64,
    /// The header row read before.
    pub header: Option<String>,
    /// Compressed.
    pub packed: bool,
    /// It is not the file that was read before under this name.
    pub replaced: bool,
    /// It has not grown for a while: what is not complete at its end is read as it is.
    pub settled: bool,
    /// Events read of it before.
    events: u64,
    inode: Option<(u64, u64)>,
    changed: i64,
    head: (u32, u32),
}

impl Look {
    /// Of what is no file: so many bytes.
    #[must_use]
    pub fn of_bytes(to: u64) -> Self {
        Self { to, ..Self::default() }
    }
}

/// How far a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Behind the last complete record.
    pub offset: u64,
    /// How far it was looked at.
    pub size: u64,
    /// What lies between waits.
    pub waits: bool,
    /// The header row that rows follow.
    pub header: Option<String>,
    /// Events read.
    pub events: u64,
    /// Wall time, milliseconds.
    pub now: i64,
}

/// All files that were read.
#[derive(Debug, Default)]
pub struct Marks {
    marks: BTreeMap<PathBuf, InputMark>,
    by_inode: HashMap<(u64, u64), PathBuf>,
    /// Files that lost their name to another: they may have a new one.
    orphans: HashMap<(u64, u64), InputMark>,
    unsaved: BTreeSet<PathBuf>,
}

impl Marks {
    /// Takes back a stored mark.
    #[must_use]
    pub fn restore(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        let path = path_of(key)?;
        let mark: InputMark = postcard::from_bytes(value).ok()?;
        self.insert(path, mark);
        Some(())
    }

    /// Forgets files that have been gone for long.
    pub fn forget(&mut self, now: i64) {
        let gone = |path: &PathBuf, mark: &InputMark| now - mark.read > GONE && !path.exists();
        let paths: Vec<PathBuf> = self.marks.iter().filter(|(p, m)| gone(p, m)).map(|(p, _)| p.clone()).collect();
        paths.iter().for_each(|path| drop(self.remove(path)));
    }

    /// Tells what changed since this was asked last; none: it goes.
    pub fn changes(&mut self, tell: Tell<'_>) {
        for path in std::mem::take(&mut self.unsaved) {
            let value = self.marks.get(&path).and_then(|mark| postcard::to_allocvec(mark).ok());
            tell(path.as_os_str().as_encoded_bytes(), value.as_deref());
        }
    }

    /// Every file with its mark, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &InputMark)> {
        self.marks.iter().map(|(p, m)| (p.as_path(), m))
    }

    fn insert(&mut self, path: PathBuf, mark: InputMark) {
        if let Some(inode) = mark.inode {
            self.by_inode.insert(inode, path.clone());
        }
        self.marks.insert(path, mark);
    }

    fn remove(&mut self, path: &Path) -> Option<InputMark> {
        let mark = self.marks.remove(path)?;
        self.unsaved.insert(path.to_path_buf());
        if let Some(inode) = mark.inode
            && self.by_inode.get(&inode).is_some_and(|p| p == path)
        {
            self.by_inode.remove(&inode);
        }
        Some(mark)
    }

    /// What there is to read of a file. `packed` tells compressed files by their first bytes. What is not complete at
    /// its end counts once it has not grown for `patience` milliseconds before the wall time `now`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn next(&mut self, path: &Path, packed: fn(&[u8]) -> bool, now: i64, patience: i64) -> io::Result<Next> {
        let metadata = fs::metadata(path)?;
        let (to, inode, changed) = (metadata.len(), inode(&metadata), changed(&metadata));
        let settled = |m: &InputMark| m.waits && now.saturating_sub(m.read) >= patience;
        let known = self.marks.get(path);
        if known.is_some_and(|m| m.size == to && m.inode == inode && m.changed == changed && !settled(m)) {
            return Ok(Next::Same);
        }
        let mut head = Vec::new();
        File::open(path)?.take(HEAD).read_to_end(&mut head)?;
        let same = |m: &InputMark| {
            let n = m.head.0 as usize;
            n <= head.len() && crc(&head[..n]) == m.head.1 && m.size <= to
        };
        let mut replaced = false;
        let mut mark = self.marks.get(path).filter(|m| same(m)).cloned();
        if mark.is_none() {
            if let Some(other) = self.remove(path) {
                replaced = true;
                self.orphans.extend(other.inode.map(|i| (i, other)));
            }
            mark = inode.and_then(|i| self.moved(i)).filter(same);
        }
        // Bytes, not more than were there when it was measured: what comes meanwhile is for the next time.
        let head = (u32::try_from(head.len()).unwrap_or(u32::MAX), crc(&head));
        let packed = packed_head(packed, path)?;
        let look = match mark {
            Some(m) if m.size == to && !settled(&m) => {
                let mark = InputMark { inode, changed, head, ..m };
                self.insert(path.to_path_buf(), mark);
                self.unsaved.insert(path.to_path_buf());
                return Ok(Next::Same);
            }
            Some(m) if !packed && !m.packed => {
                let settled = m.size == to && settled(&m);
                let (from, events) = (m.offset, m.events);
                Look { from, to, header: m.header, packed, replaced, settled, events, inode, changed, head }
            }
            m => {
                let settled = m.is_some_and(|m| m.size == to && settled(&m));
                Look { to, packed, replaced, settled, inode, changed, head, ..Look::default() }
            }
        };
        Ok(Next::Read(look))
    }

    /// The mark of a file that had another name: one whose name another file has now, or whose name is gone.
    fn moved(&mut self, inode: (u64, u64)) -> Option<InputMark> {
        if let Some(mark) = self.orphans.remove(&inode) {
            return Some(mark);
        }
        let old = self.by_inode.get(&inode)?.clone();
        let stays = fs::metadata(&old).is_ok_and(|m| self::inode(&m) == Some(inode));
        if stays { None } else { self.remove(&old) }
    }

    /// Notes how far a file was read.
    pub fn read(&mut self, path: &Path, look: &Look, progress: Progress) {
        let Progress { offset, size, waits, header, events, now } = progress;
        let mark = InputMark {
            inode: look.inode,
            // Not all that was there: the next look must not think that nothing changed.
            changed: if size == look.to { look.changed } else { i64::MIN },
            head: look.head,
            offset,
            size,
            packed: look.packed,
            waits,
            header,
            events: look.events + events,
            read: now,
        };
        self.unsaved.insert(path.to_path_buf());
        self.insert(path.to_path_buf(), mark);
    }
}

#[cfg(unix)]
fn path_of(key: &[u8]) -> Option<PathBuf> {
    Some(PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(key)))
}

#[cfg(not(unix))]
fn path_of(key: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(key).ok().map(PathBuf::from)
}

fn packed_head(packed: fn(&[u8]) -> bool, path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut head)?;
    Ok(packed(&head))
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<(u64, u64)> {
    None
}

fn changed(metadata: &Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    since.and_then(|d| i64::try_from(d.as_nanos()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;

    use super::*;

    fn packed(head: &[u8]) -> bool {
        head.starts_with(b"\x1f\x8b")
    }

    /// Reads what there is to read, up to the last newline unless packed; what was read.
    fn read(marks: &mut Marks, path: &Path) -> Option<String> {
        let Next::Read(look) = marks.next(path, packed, 0, 10).expect("reads") else { return None };
        let bytes = fs::read(path).expect("reads");
        let bytes = &bytes[look.from as usize..look.to as usize];
        let end = if look.packed { bytes.len() } else { bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1) };
        let resume = look.from + end as u64;
        let waits = resume < look.to;
        marks.read(path, &look, Progress { offset: resume, size: look.to, waits, events: 1, ..Progress::default() });
        Some(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }

    fn add(path: &Path, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("opens");
        file.write_all(text.as_bytes()).expect("writes");
    }

    fn reload(marks: &mut Marks, records: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> Marks {
        marks.changes(&mut |key, value| match value {
            Some(value) => drop(records.insert(key.to_vec(), value.to_vec())),
            None => drop(records.remove(key)),
        });
        let mut fresh = Marks::default();
        records.iter().for_each(|(k, v)| fresh.restore(k, v).expect("ours"));
        fresh
    }

    #[test]
    fn files_grow_move_and_are_replaced() {
        let dir = tempfile::tempdir().expect("folder");
        let (log, old) = (dir.path().join("app.log"), dir.path().join("app.log.1"));
        let (mut marks, mut records) = (Marks::default(), BTreeMap::new());
        add(&log, "one\ntw");
        assert_eq!(read(&mut marks, &log).as_deref(), Some("one\n"));
        assert_eq!(read(&mut marks, &log), None);
        marks = reload(&mut marks, &mut records);
        assert_eq!(read(&mut marks, &log), None);
        add(&log, "o\nthree\n");
        assert_eq!(read(&mut marks, &log).as_deref(), Some("two\nthree\n"));
        // Rotated with something unread, the new one longer than the old.
        add(&log, "four\n");
        fs::rename(&log, &old).expect("renames");
        add(&log, "a line of the new file that is longer than all of the old one\n");
        marks = reload(&mut marks, &mut records);
        let new = read(&mut marks, &log).expect("new");
        assert!(new.starts_with("a line"), "{new}");
        assert_eq!(read(&mut marks, &old).as_deref(), Some("four\n"), "the old one goes on under its new name");
        marks = reload(&mut marks, &mut records);
        assert_eq!((read(&mut marks, &log), read(&mut marks, &old)), (None, None));
        // Moved only.
        let moved = dir.path().join("moved.log");
        fs::rename(&old, &moved).expect("renames");
        assert_eq!(read(&mut marks, &moved), None);
        // Cut, and written anew from the start.
        fs::write(&log, "x\n").expect("writes");
        assert_eq!(read(&mut marks, &log).as_deref(), Some("x\n"));
        // Another content of the same length.
        fs::write(&log, "y\n").expect("writes");
        let file = File::options().write(true).open(&log).expect("opens");
        file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(5)).expect("touches");
        assert_eq!(read(&mut marks, &log).as_deref(), Some("y\n"));
        // Touched only.
        file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(9)).expect("touches");
        assert_eq!(read(&mut marks, &log), None);
    }

    #[test]
    fn a_copy_is_read_and_packed_files_whole() {
        let dir = tempfile::tempdir().expect("folder");
        let (a, b) = (dir.path().join("a.gz"), dir.path().join("b.gz"));
        let mut marks = Marks::default();
        fs::write(&a, b"\x1f\x8bone").expect("writes");
        let length = |t: Option<String>| t.map(|t| t.chars().count());
        assert_eq!(length(read(&mut marks, &a)), Some(5));
        assert_eq!(read(&mut marks, &a), None);
        fs::copy(&a, &b).expect("copies");
        assert_eq!(length(read(&mut marks, &b)), Some(5), "another file");
        add(&a, "two");
        assert_eq!(length(read(&mut marks, &a)), Some(8), "from its beginning");
    }

    #[test]
    fn what_waits_is_read_as_it_is_once_nothing_comes() {
        let dir = tempfile::tempdir().expect("folder");
        let log = dir.path().join("app.log");
        let mut marks = Marks::default();
        add(&log, "one\ntwo");
        assert_eq!(read(&mut marks, &log).as_deref(), Some("one\n"));
        assert_eq!(marks.next(&log, packed, 9, 10).expect("reads"), Next::Same);
        let Next::Read(look) = marks.next(&log, packed, 10, 10).expect("reads") else { panic!("settled") };
        assert_eq!((look.from, look.to, look.settled), (4, 7, true));
        marks.read(&log, &look, Progress { offset: 4, size: 7, now: 10, ..Progress::default() });
        assert_eq!(marks.next(&log, packed, 99, 10).expect("reads"), Next::Same);
        add(&log, "!\n");
        let Next::Read(look) = marks.next(&log, packed, 99, 10).expect("reads") else { panic!("grown") };
        assert_eq!((look.from, look.to, look.settled), (4, 9, false));
    }

    #[test]
    fn files_gone_for_long_are_forgotten() {
        let dir = tempfile::tempdir().expect("folder");
        let (stays, goes) = (dir.path().join("stays"), dir.path().join("goes"));
        let mut marks = Marks::default();
        for path in [&stays, &goes] {
            add(path, "x\n");
            read(&mut marks, path);
        }
        fs::remove_file(&goes).expect("removes");
        marks.forget(GONE);
        assert_eq!(marks.iter().count(), 2);
        marks.forget(GONE + 1);
        assert_eq!(marks.iter().map(|(p, _)| p.to_path_buf()).collect::<Vec<_>>(), [stays]);
    }
}
