//! A large plain file of lines in blocks, which threads share. A block begins behind a line end and is read as if a
//! record ended there. Whether one did is known once the block before was read: so blocks count in their order, and
//! from where one ends inside of a record, or its lines become others, the rest of the file is read in one piece.
//!
//! Blocks are the same for any number of threads, and so is what comes of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::gathered::Gathered;
use super::hands::{Hands, fault};
use super::inputs::{Input, Place};
use super::work::{Done, HITS_IN_MEMORY, Job, Shared, stopped};
use crate::cli::exit::io_words;
use crate::engine::{Engine, RuleCount};
use crate::schema::{Context, Event};
use crate::source::{Handler, Part, Reader, Setup, Skip, Unreadable, is_packed};

/// About how long a block is, in bytes. Files below twice of it are read in one piece.
pub const BLOCK: u64 = 32 << 20;

/// How much of a file is looked at, to see whether its records are lines.
const HEAD: u64 = 64 << 10;

/// A file in blocks.
pub struct Blocks {
    /// The input.
    pub input: usize,
    name: String,
    path: PathBuf,
    /// Where blocks begin; the last one goes to the end of the file.
    starts: Vec<u64>,
    /// The header row, if rows have one.
    header: Option<String>,
    chain: Mutex<Chain>,
}

/// What counts already, and what waits for the blocks before it.
#[derive(Default)]
struct Chain {
    next: usize,
    came: BTreeMap<usize, Came>,
    /// From this block on blocks mean nothing.
    broken: Option<usize>,
    failed: bool,
}

/// What came of a block.
enum Came {
    /// It ends with a record.
    Whole(Box<Gathered>, Vec<RuleCount>),
    /// It does not, or changes what its lines are.
    Else,
    /// It cannot be read.
    Failed(String),
}

/// What looks at the first lines only.
struct Nothing;

impl Handler for Nothing {
    fn event(&mut self, _: &Event<'_>) {}
    fn unreadable(&mut self, _: Unreadable<'_>) {}
    fn skipped(&mut self, _: Skip) {}
}

impl Blocks {
    /// An input in blocks of about `size` bytes, if it is a large plain file, the first lines of which are records.
    pub fn of(job: &Job<'_>, input: usize, size: u64) -> Option<Self> {
        let Input { place: Place::File(path), size: all, .. } = &job.inputs[input] else { return None };
        if *all < size.saturating_mul(2) {
            return None;
        }
        let name = job.inputs[input].name();
        let setup =
            Setup { vocabulary: job.vocabulary, projections: &job.plan.projections, forced: job.forced.of(&name) };
        // What cannot be read now is told when it is read.
        let header = first_lines(path, &name, setup).ok()??;
        let starts = starts(path, *all, size).ok()?;
        Some(Self { input, name, path: path.clone(), starts, header, chain: Mutex::default() })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    fn chain(&self) -> std::sync::MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a block, and counts all that may count by then.
    pub fn turn<'p>(&self, shared: &Shared<'p>, block: usize, hands: &mut Hands<'p>, done: &mut Done) {
        if self.chain().broken.is_some_and(|broken| broken <= block) {
            return;
        }
        let forced = shared.job.forced.of(&self.name);
        let (from, to) = (self.starts[block], self.starts.get(block + 1).copied());
        let (read, counts) = hands.apart(forced, |engine, reader| self.part(shared, from, to, engine, reader));
        let came = match read {
            Some(Ok((gathered, true))) => Came::Whole(Box::new(gathered), counts),
            Some(Ok((_, false))) => Came::Else,
            Some(Err(_)) if stopped() => return,
            Some(Err(e)) => Came::Failed(self.unread(&e)),
            None => Came::Failed(fault(&self.name)),
        };
        self.came(block, came);
        while let Some(ready) = self.ready() {
            let counted = match ready {
                Came::Whole(gathered, counts) => {
                    hands.count(counts);
                    gathered.count(shared, done).map_err(|e| self.unread(&e))
                }
                Came::Else => {
                    // From here on in one piece.
                    let rest = |engine: &mut Engine<'p>, reader: &mut Reader<'p>| {
                        let (gathered, _) = self.part(shared, self.rest(), None, engine, reader)?;
                        gathered.count(shared, done)
                    };
                    hands
                        .guarded(forced, rest)
                        .map_or_else(|| Err(fault(&self.name)), |r| r.map_err(|e| self.unread(&e)))
                }
                Came::Failed(message) => Err(message),
            };
            if let Err(message) = counted
                && !stopped()
            {
                done.stats.failures.push((self.input, message));
            }
        }
    }

    fn unread(&self, error: &io::Error) -> String {
        format!("cannot read `{}`: {}", self.name, io_words(error))
    }

    /// Reads from a place to another or the end of the file. Whether a block may begin there.
    fn part<'p>(
        &self,
        shared: &Shared<'p>,
        from: u64,
        to: Option<u64>,
        engine: &mut Engine<'p>,
        reader: &mut Reader<'_>,
    ) -> io::Result<(Gathered, bool)> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(from))?;
        let length = to.map_or(u64::MAX, |to| to - from);
        // Small enough to be copied to what the thread has, else limits would add up block by block.
        let mut gathered = Gathered::new(HITS_IN_MEMORY / shared.job.threads.max(1) / 4);
        let mut one = gathered.one(shared, engine, (self.input, &self.name), from, true);
        let header = self.header.as_deref().filter(|_| from > 0);
        let read = one.read_part(&mut file.take(length), Part { header, waits: to.is_some() }, reader)?;
        let same = reader.header() == self.header.as_deref() && !reader.lines_go_on();
        Ok((gathered, to.is_none() || (!read.open && read.resume == length && same)))
    }

    /// Notes what came of a block.
    fn came(&self, block: usize, came: Came) {
        let mut chain = self.chain();
        if matches!(came, Came::Else) {
            chain.broken = Some(chain.broken.map_or(block, |b| b.min(block)));
        }
        chain.came.insert(block, came);
    }

    /// What came of the next block, if it came. Of failures the first: the others say the same.
    fn ready(&self) -> Option<Came> {
        let mut chain = self.chain();
        loop {
            let next = chain.next;
            let came = chain.came.remove(&next)?;
            // Behind a block that goes on, no block means anything.
            chain.next = if matches!(came, Came::Else) { self.len() } else { next + 1 };
            if !matches!(came, Came::Failed(_)) || !std::mem::replace(&mut chain.failed, true) {
                return Some(came);
            }
        }
    }

    /// From where on the file is read in one piece.
    fn rest(&self) -> u64 {
        self.chain().broken.map_or(0, |block| self.starts[block])
    }
}

/// Reads the first lines. `None`: a line end does not surely end a record; else the header row, if there is one.
fn first_lines(path: &Path, name: &str, setup: Setup<'_>) -> io::Result<Option<Option<String>>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    let end = memchr::memrchr(b'\n', &head).map_or(0, |at| at + 1);
    head.truncate(end);
    if is_packed(&head) {
        return Ok(None);
    }
    let mut reader = Reader::new(setup);
    let part = Part { header: None, waits: true };
    let read = reader.read_part(&head[..], name, &Context::default(), part, &mut Nothing)?;
    let known = read.stats.events + read.stats.skipped > 0;
    let lines = known && !read.open && read.resume == end as u64 && !reader.lines_go_on();
    Ok(lines.then(|| reader.header().map(str::to_owned)))
}

/// Where blocks begin: behind the first line end from every so many bytes on.
fn starts(path: &Path, all: u64, size: u64) -> io::Result<Vec<u64>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut starts = vec![0];
    let mut place = size;
    while place < all {
        file.seek(SeekFrom::Start(place - 1))?;
        let start = place - 1 + file.skip_until(b'\n')? as u64;
        if start >= all {
            break;
        }
        starts.push(start);
        place = (start / size + 1) * size;
    }
    Ok(starts)
}
