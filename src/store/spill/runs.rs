//! A sorted run on disk: blocks of whole records, each behind its length and checksum.

use std::io::{self, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::Memory;
use super::disk::{Scratch, tell};
use crate::value::bytes::{Bytes, put_bytes};

/// A block is written once it holds so many bytes.
const BLOCK: usize = 128 << 10;

/// Length and checksum.
const HEADER: usize = 8;

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Writes a run.
pub struct Writer {
    file: Box<dyn Scratch>,
    block: Vec<u8>,
    written: u64,
    level: u32,
    place: Arc<Path>,
}

/// A run that is written.
pub struct Run {
    file: Box<dyn Scratch>,
    bytes: u64,
    level: u32,
    place: Arc<Path>,
}

impl Writer {
    /// An empty run. The level is how often what it holds was merged.
    pub fn new(file: Box<dyn Scratch>, level: u32, place: Arc<Path>) -> Self {
        Self { file, block: vec![0; HEADER], written: 0, level, place }
    }

    /// Adds a record, which must not be less than the one before.
    pub fn push(&mut self, item: &[u8]) -> io::Result<()> {
        put_bytes(&mut self.block, item);
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.block.len() - HEADER).map_err(io::Error::other)?;
        let sum = checksum(&self.block[HEADER..]);
        self.block[..4].copy_from_slice(&length.to_le_bytes());
        self.block[4..HEADER].copy_from_slice(&sum.to_le_bytes());
        self.file.write_all(&self.block).map_err(|e| tell(&self.place, "write", &e))?;
        self.written += self.block.len() as u64;
        self.block.truncate(HEADER);
        Ok(())
    }

    /// The run, whole.
    pub fn finish(mut self) -> io::Result<Run> {
        if self.block.len() > HEADER {
            self.flush()?;
        }
        self.file.flush().map_err(|e| tell(&self.place, "write", &e))?;
        Ok(Run { file: self.file, bytes: self.written, level: self.level, place: self.place })
    }
}

impl Run {
    /// How often what it holds was merged.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Its size on disk.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// From the first record on.
    pub fn read(mut self) -> io::Result<Cursor> {
        self.file.seek(SeekFrom::Start(0)).map_err(|e| tell(&self.place, "read", &e))?;
        let (bytes, place) = (self.bytes, self.place);
        Ok(Cursor::Run { file: self.file, left: bytes, block: Vec::new(), at: 0, item: (0, 0), place })
    }
}

/// Goes through sorted records.
pub enum Cursor {
    /// In memory.
    Memory { memory: Memory, next: usize },
    /// On disk.
    Run {
        file: Box<dyn Scratch>,
        /// Bytes not yet read.
        left: u64,
        block: Vec<u8>,
        /// Where in the block the next record begins.
        at: usize,
        /// The current record.
        item: (usize, usize),
        place: Arc<Path>,
    },
}

impl Cursor {
    /// Of a sorted memory.
    pub fn memory(memory: Memory) -> Self {
        Cursor::Memory { memory, next: 0 }
    }

    /// Goes to the next record; whether there is one.
    pub fn advance(&mut self) -> io::Result<bool> {
        match self {
            Cursor::Memory { memory, next } => {
                *next += 1;
                Ok(*next <= memory.entries.len())
            }
            Cursor::Run { file, left, block, at, item, place } => {
                if *at == block.len() {
                    if *left == 0 {
                        return Ok(false);
                    }
                    load(&mut **file, left, block).map_err(|e| tell(place, "read", &e))?;
                    *at = 0;
                }
                let mut bytes = Bytes::new(&block[*at..]);
                let Some(record) = bytes.bytes() else {
                    return Err(tell(place, "read", &damaged()));
                };
                let (end, length) = (block.len() - bytes.rest.len(), record.len());
                (*item, *at) = ((end - length, end), end);
                Ok(true)
            }
        }
    }

    /// The record that [`advance`](Self::advance) went to.
    pub fn item(&self) -> &[u8] {
        match self {
            Cursor::Memory { memory, next } => memory.entries[*next - 1].slice(&memory.bytes),
            Cursor::Run { block, item, .. } => &block[item.0..item.1],
        }
    }
}

/// The next block, which must be what was written.
fn load(file: &mut dyn Scratch, left: &mut u64, block: &mut Vec<u8>) -> io::Result<()> {
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    let (length, sum) = header.split_at(4);
    let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
    let sum = u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]]);
    let whole = u64::from(length) + HEADER as u64;
    *left = left.checked_sub(whole).ok_or_else(damaged)?;
    block.resize(length as usize, 0);
    file.read_exact(block)?;
    if length > 0 && checksum(block) == sum { Ok(()) } else { Err(damaged()) }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "they are not what was written; is the disk broken?")
}
