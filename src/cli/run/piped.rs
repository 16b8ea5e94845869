//! Bytes that can be stopped: files, and standard input read by a thread of its own.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::work::stopped;
use crate::cli::exit::Failure;
use crate::source::{is_packed, is_parquet};

/// Counts what is read, and ends with an error once Ctrl-C was pressed.
pub struct Watched<R> {
    pub inner: R,
    pub bytes: Arc<AtomicU64>,
}

impl<R: Seek> Seek for Watched<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if stopped() {
            return Err(io::Error::other("stopped"));
        }
        let n = self.inner.read(buf)?;
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Standard input, read by a thread of its own, so that Ctrl-C is heard while nothing comes.
pub struct Piped {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
}

impl Piped {
    /// Begins to read.
    pub fn new() -> Self {
        let (send, blocks) = sync_channel(4);
        thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut block = vec![0; 1 << 18];
                let read = stdin.read(&mut block).map(|n| {
                    block.truncate(n);
                    block
                });
                let end = read.as_ref().map_or(true, Vec::is_empty);
                if send.send(read).is_err() || end {
                    return;
                }
            }
        });
        Self { blocks, block: Vec::new(), at: 0 }
    }
}

impl Read for Piped {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            match self.blocks.recv_timeout(Duration::from_millis(50)) {
                Ok(block) => (self.block, self.at) = (block?, 0),
                Err(RecvTimeoutError::Timeout) if !stopped() => continue,
                Err(RecvTimeoutError::Timeout) => return Err(io::Error::other("stopped")),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
            if self.block.is_empty() {
                return Ok(0);
            }
        }
        let n = buf.len().min(self.block.len() - self.at);
        buf[..n].copy_from_slice(&self.block[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// Standard input that is followed: what has come and is not used yet.
pub struct Pipe {
    blocks: Receiver<io::Result<Vec<u8>>>,
    /// What has come.
    pub buffer: Vec<u8>,
    /// Nothing more comes.
    pub ended: bool,
    /// The header row that rows follow.
    pub header: Option<String>,
    /// Bytes used so far.
    pub used: u64,
}

/// So much is taken in at a time, before it is looked at.
const MOST: usize = 64 << 20;

impl Pipe {
    /// Begins to read.
    pub fn new() -> Self {
        let blocks = Piped::new().blocks;
        Self { blocks, buffer: Vec::new(), ended: false, header: None, used: 0 }
    }

    /// Takes in what has come; waits for something at most so long. Whether something came.
    pub fn wait(&mut self, timeout: Duration) -> io::Result<bool> {
        let mut came = false;
        let mut timeout = timeout;
        while !self.ended && self.buffer.len() < MOST {
            match self.blocks.recv_timeout(timeout) {
                Ok(block) => {
                    let block = block?;
                    self.ended = block.is_empty();
                    self.buffer.extend_from_slice(&block);
                    (came, timeout) = (true, Duration::ZERO);
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => self.ended = true,
            }
        }
        Ok(came)
    }

    /// Whether what has come may be the beginning of more.
    pub fn open(&self) -> bool {
        !self.ended && self.buffer.len() < MOST
    }

    /// Compressed input cannot be followed.
    ///
    /// # Errors
    /// What to do instead.
    pub fn is_plain(&self) -> Result<(), Failure> {
        if self.used == 0 && is_packed(&self.buffer) {
            let failure = Failure::new("standard input is compressed, and a run that keeps state reads it as it comes");
            if is_parquet(&self.buffer) {
                return Err(failure.help("name the Parquet file itself: `outguard run --state DIR FILE`"));
            }
            return Err(failure.help("unpack it first: `zcat FILE | outguard run --state DIR -`"));
        }
        Ok(())
    }

    /// What is used up goes.
    pub fn consume(&mut self, n: u64) {
        let n = usize::try_from(n).unwrap_or(usize::MAX).min(self.buffer.len());
        self.buffer.drain(..n);
        self.used += n as u64;
    }
}
