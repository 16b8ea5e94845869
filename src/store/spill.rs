//! External sort of byte strings: pushed in any order by any number of threads, they come back in lexicographic order,
//! equal ones once. What memory does not hold goes to disk in sorted runs, which are merged at the end.

mod disk;
mod merge;
mod runs;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use disk::{Disk, Folder};
use merge::Merge;
use runs::{Cursor, Run};

/// How many runs are merged at once: each costs an open file and a block of memory.
const FAN_IN: usize = 64;

/// How long one string may be. Hits are a few hundred bytes; this is a bound on damage, not a wish.
const LONGEST: usize = 1 << 30;

/// Takes byte strings in.
pub struct Sorter {
    memory: Memory,
    limit: usize,
    /// Sorted memories of other threads.
    absorbed: Vec<Memory>,
    runs: Vec<Run>,
    disk: Box<dyn Disk>,
    spilled: u64,
    failed: bool,
}

/// Strings in one buffer, and where each is.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    sorted: bool,
}

/// Where a string is, and its first eight bytes, which nearly always decide the order.
#[derive(Clone, Copy)]
struct Entry {
    head: u64,
    start: u32,
    len: u32,
}

impl Entry {
    fn slice(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..self.start as usize + self.len as usize]
    }
}

impl Memory {
    fn size(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<Entry>()
    }

    /// Whether the string fits the width of its entry.
    fn addresses(&self, more: usize) -> bool {
        u32::try_from(self.bytes.len() + more).is_ok()
    }

    fn push(&mut self, item: &[u8]) {
        let mut head = [0; 8];
        let n = item.len().min(8);
        head[..n].copy_from_slice(&item[..n]);
        let (start, len) = (self.bytes.len() as u32, item.len() as u32);
        self.bytes.extend_from_slice(item);
        self.entries.push(Entry { head: u64::from_be_bytes(head), start, len });
        self.sorted = false;
    }

    fn sort(&mut self) {
        if self.sorted {
            return;
        }
        let bytes = &self.bytes;
        self.entries.sort_unstable_by(|a, b| a.head.cmp(&b.head).then_with(|| a.slice(bytes).cmp(b.slice(bytes))));
        self.entries.dedup_by(|a, b| a.head == b.head && a.slice(bytes) == b.slice(bytes));
        self.sorted = true;
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.sorted = false;
    }
}

impl Sorter {
    /// Holds about `limit` bytes in memory; the rest goes to files in `folder`, which is made if need be. The files
    /// have no name once they are open, so that nothing is left of them however the program ends.
    #[must_use]
    pub fn new(limit: usize, folder: &Path) -> Self {
        Self::on(limit, Box::new(Folder::new(folder)))
    }

    fn on(limit: usize, disk: Box<dyn Disk>) -> Self {
        let (memory, absorbed, runs) = (Memory::default(), Vec::new(), Vec::new());
        Self { memory, limit, absorbed, runs, disk, spilled: 0, failed: false }
    }

    /// Takes in one string.
    ///
    /// # Errors
    /// Memory is full and the disk does not take it: the error says where and what to do. Nothing can be finished then.
    pub fn push(&mut self, item: &[u8]) -> io::Result<()> {
        if item.len() > LONGEST {
            self.failed = true;
            return Err(io::Error::other(format!("a record of {} bytes is too long to be sorted", item.len())));
        }
        let more = item.len() + size_of::<Entry>();
        let full = self.memory.size() + more > self.limit || !self.memory.addresses(item.len());
        if full && !self.memory.entries.is_empty() {
            self.spill()?;
        }
        self.memory.push(item);
        Ok(())
    }

    /// Takes in all that another sorter holds. A memory that is large, or sorted, stays where it is, so limits add up.
    ///
    /// # Errors
    /// The disk fails in merging runs.
    pub fn absorb(&mut self, mut other: Sorter) -> io::Result<()> {
        self.failed |= other.failed;
        self.spilled += other.spilled;
        self.absorbed.append(&mut other.absorbed);
        let memory = std::mem::take(&mut other.memory);
        if memory.sorted || memory.size() > self.limit / 4 {
            self.absorbed.push(memory);
        } else {
            memory.entries.iter().try_for_each(|entry| self.push(entry.slice(&memory.bytes)))?;
        }
        for run in other.runs.drain(..) {
            self.take(run)?;
        }
        Ok(())
    }

    /// Sorts what memory holds; for threads, before they hand over.
    pub fn settle(&mut self) {
        self.memory.sort();
    }

    /// How many bytes went to disk.
    #[must_use]
    pub fn spilled(&self) -> u64 {
        self.spilled
    }

    /// Everything, in order.
    ///
    /// # Errors
    /// The disk fails, or has failed before.
    pub fn finish(mut self) -> io::Result<Sorted> {
        if self.failed {
            return Err(io::Error::other("the sort has failed before"));
        }
        while self.runs.len() > FAN_IN {
            self.runs.sort_by_key(|r| std::cmp::Reverse(r.bytes()));
            let keep = self.runs.len() - FAN_IN;
            let small = self.runs.split_off(keep);
            let merged = self.join(small)?;
            self.runs.push(merged);
        }
        let mut cursors = Vec::new();
        for mut memory in self.absorbed.drain(..).chain([std::mem::take(&mut self.memory)]) {
            memory.sort();
            cursors.push(Cursor::memory(memory));
        }
        for run in self.runs.drain(..) {
            cursors.push(run.read()?);
        }
        Ok(Sorted { merge: Merge::new(cursors)?, _disk: self.disk })
    }

    /// Memory to disk.
    fn spill(&mut self) -> io::Result<()> {
        self.memory.sort();
        let mut memory = std::mem::take(&mut self.memory);
        let written =
            self.write(0, |writer| memory.entries.iter().try_for_each(|entry| writer.push(entry.slice(&memory.bytes))));
        memory.clear();
        self.memory = memory;
        self.take(written?)
    }

    fn write(&mut self, level: u32, fill: impl FnOnce(&mut runs::Writer) -> io::Result<()>) -> io::Result<Run> {
        let write = |disk: &mut dyn Disk| {
            let place = disk.place();
            let file = disk.create().map_err(|e| disk::tell(&place, "write", &e))?;
            let mut writer = runs::Writer::new(file, level, place);
            fill(&mut writer)?;
            writer.finish()
        };
        let written = write(&mut *self.disk);
        match &written {
            Ok(run) => self.spilled += run.bytes(),
            Err(_) => self.failed = true,
        }
        written
    }

    /// A run more; as soon as there are many of a size, they become one of the next.
    fn take(&mut self, run: Run) -> io::Result<()> {
        let mut level = run.level();
        self.runs.push(run);
        while self.runs.iter().filter(|r| r.level() == level).count() >= FAN_IN {
            let (same, others) = std::mem::take(&mut self.runs).into_iter().partition(|r| r.level() == level);
            self.runs = others;
            let merged = self.join(same)?;
            level = merged.level();
            self.runs.push(merged);
        }
        Ok(())
    }

    fn join(&mut self, runs: Vec<Run>) -> io::Result<Run> {
        let level = runs.iter().map(Run::level).max().unwrap_or_default() + 1;
        let cursors: io::Result<Vec<Cursor>> = runs.into_iter().map(Run::read).collect();
        let merge = cursors.and_then(Merge::new);
        self.failed |= merge.is_err();
        let mut merge = merge?;
        self.write(level, |writer| {
            while let Some(item) = merge.next()? {
                writer.push(item)?;
            }
            Ok(())
        })
    }
}

/// Gives the strings back, in order, each once.
pub struct Sorted {
    merge: Merge,
    /// Keeps the folder until the last file is read.
    _disk: Box<dyn Disk>,
}

impl Sorted {
    /// The next one; none at the end.
    ///
    /// # Errors
    /// A run cannot be read, or is not what was written.
    #[expect(clippy::should_implement_trait, reason = "it lends what it returns")]
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.merge.next()
    }
}
