//! What a run that keeps state reads of an input: whole or not at all if it is compressed, else from the record where
//! it was left to the last one that is complete. What comes of it counts only if all of it does.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::gathered::Gathered;
use super::inputs::Place;
use super::work::{Done, HITS_IN_MEMORY, Shared, stopped};
use crate::cli::exit::io_words;
use crate::engine::Engine;
use crate::source::{NotBuilt, Part, Reader};
use crate::store::Look;
use crate::value::Time;

/// What is read of each input.
pub struct Keep<'a> {
    /// By input.
    pub todo: &'a [Todo],
    /// Everything up to here is decided; what comes of it is late.
    pub decided: Option<Time>,
    /// What has come on standard input.
    pub piece: &'a [u8],
    /// Whether more can come there.
    pub open: bool,
    /// The header row read there.
    pub header: Option<&'a str>,
    /// Bytes used there.
    pub used: u64,
}

/// What is to be read of one input.
#[derive(Debug, Clone, Default)]
pub struct Todo {
    /// From where to where.
    pub look: Look,
    /// What is not complete at its end waits for the next time.
    pub waits: bool,
    /// How late its events come at most, where the deployment says so.
    pub lateness: Option<i64>,
}

/// How far an input was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// To a place, in bytes of the input, looked at up to another.
    Read {
        /// Behind the last complete record.
        resume: u64,
        /// What lies between was read as it was, or waits.
        size: u64,
        /// The header row that rows follow.
        header: Option<String>,
        /// Events read.
        events: u64,
        /// What lies between waits.
        waits: bool,
    },
    /// There is nothing complete in it yet.
    Waits,
    /// Reading it fails in a way of ours; it is not tried again before it changes.
    Broken,
}

/// So much of a plain file is read before it counts.
const PART: u64 = 256 << 20;

/// One input of a run that keeps state.
pub struct Kept<'a, 'p> {
    pub shared: &'a Shared<'p>,
    pub keep: &'a Keep<'a>,
    /// Its place among the inputs.
    pub index: usize,
    pub name: &'a str,
}

impl<'p> Kept<'_, 'p> {
    /// Reads what is to be read of it.
    pub fn read(&self, engine: &mut Engine<'p>, reader: &mut Reader<'_>, done: &mut Done) {
        let (shared, index, name) = (self.shared, self.index, self.name);
        match self.tried(engine, reader) {
            Ok((unit, gathered)) => {
                if let Some(part) = gathered
                    && let Err(e) = part.count(shared, done)
                {
                    done.stats.failures.push((index, e.to_string()));
                    return;
                }
                done.units.push((index, unit));
            }
            Err(_) if stopped() => {}
            Err(e) if NotBuilt::is(&e) => done.stats.not_built.push((index, name.to_owned())),
            Err(e) => done.stats.failures.push((index, format!("cannot read `{name}`: {}", io_words(&e)))),
        }
    }

    fn tried(&self, engine: &mut Engine<'p>, reader: &mut Reader<'_>) -> io::Result<(Unit, Option<Gathered>)> {
        let Self { shared, keep, index, name } = *self;
        let (input, todo) = (&shared.job.inputs[index], &keep.todo[index]);
        let piped = input.place == Place::Stdin;
        let (from, to) = if piped { (0, keep.piece.len() as u64) } else { (todo.look.from, todo.look.to) };
        let packed = todo.look.packed;
        let wants_more = if piped { keep.open } else { todo.waits };
        let header = if piped { keep.header } else { todo.look.header.as_deref() };
        // The end of what is read now; records that go beyond it move it.
        let mut end = if packed { to } else { to.min(from + PART) };
        loop {
            let threads = shared.job.threads.max(1);
            let mut part = Gathered::new(HITS_IN_MEMORY / threads);
            let before = engine.counts.clone();
            let (base, known) = (if piped { keep.used } else { from }, from > 0 || keep.used > 0);
            let mut one = part.one(shared, engine, (index, name), base, known);
            let waits = !packed && (wants_more || end < to);
            let part_of = Part { header, waits };
            let read = match &input.place {
                Place::Stdin => {
                    let mut piece = Cursor::new(&keep.piece[..usize::try_from(end).unwrap_or(usize::MAX)]);
                    one.read_part(&mut piece, part_of, reader)
                }
                Place::File(path) if packed => File::open(path).and_then(|file| one.read_file(file, reader)),
                Place::File(path) => File::open(path).and_then(|mut file| {
                    file.seek(SeekFrom::Start(from))?;
                    one.read_part(&mut file.take(end - from), part_of, reader)
                }),
            };
            let cut = one.cut;
            let read = read.inspect_err(|_| engine.counts.clone_from(&before))?;
            part.stats.lateness(todo.lateness);
            if packed {
                if cut && wants_more {
                    engine.counts = before;
                    return Ok((Unit::Waits, None));
                }
                let (size, events) = (to, read.stats.events);
                return Ok((Unit::Read { resume: to, size, header: None, events, waits: false }, Some(part)));
            }
            let resume = from + read.resume;
            if waits && (read.open || resume == from) && end > from {
                engine.counts = before;
                if read.open && resume > from {
                    // Up to where the document begins that is not complete.
                    end = resume;
                } else if end < to {
                    end = to;
                } else {
                    return Ok((Unit::Waits, None));
                }
                continue;
            }
            let size = if end < to { resume } else { to };
            let (header, events) = (reader.header().map(str::to_owned), read.stats.events);
            return Ok((Unit::Read { resume, size, header, events, waits: waits && resume < size }, Some(part)));
        }
    }
}
