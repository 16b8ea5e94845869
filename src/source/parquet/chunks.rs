//! The file under the reader of Parquet: any stream that can seek, read where columns lie; its own errors are kept apart
//! from those of the format.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// A stream that can seek.
pub trait Stream: Read + Seek + Send {}

impl<R: Read + Seek + Send> Stream for R {}

/// How much is read ahead of the head of a page.
const AHEAD: usize = 4 << 10;

struct State {
    stream: Box<dyn Stream>,
    error: Option<io::Error>,
}

/// A file, read in pieces.
#[derive(Clone)]
pub struct Chunks {
    state: Arc<Mutex<State>>,
    len: u64,
}

impl Chunks {
    /// Over a stream of that many bytes.
    pub fn new(stream: Box<dyn Stream>, len: u64) -> Chunks {
        Chunks { state: Arc::new(Mutex::new(State { stream, error: None })), len }
    }

    /// What the stream itself failed with.
    pub fn error(&self) -> Option<io::Error> {
        self.lock().error.take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads at a place; less than asked for only at the end of the file.
    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut state = self.lock();
        let mut read = || -> io::Result<usize> {
            state.stream.seek(SeekFrom::Start(at))?;
            let mut n = 0;
            while n < buf.len() {
                match state.stream.read(&mut buf[n..]) {
                    Ok(0) => break,
                    Ok(more) => n += more,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            Ok(n)
        };
        read().map_err(|e| {
            let again = io::Error::new(e.kind(), e.to_string());
            state.error = Some(e);
            again
        })
    }

    /// The last bytes.
    pub fn tail<const N: usize>(&self) -> io::Result<[u8; N]> {
        let mut tail = [0; N];
        self.read_at(self.len.saturating_sub(N as u64), &mut tail)?;
        Ok(tail)
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Piece>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::with_capacity(AHEAD, Piece { chunks: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.len) {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are not in the file")));
        }
        let mut bytes = vec![0; length];
        let n = self.read_at(start, &mut bytes)?;
        if n < length {
            return Err(ParquetError::EOF("the file became shorter while it was read".to_owned()));
        }
        Ok(bytes.into())
    }
}

/// What lies behind a place of a file.
pub struct Piece {
    chunks: Chunks,
    at: u64,
}

impl Read for Piece {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.chunks.read_at(self.at, buf)?;
        self.at += n as u64;
        Ok(n)
    }
}
