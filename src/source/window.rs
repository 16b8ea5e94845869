//! A sliding view of a stream: memory stays flat whatever the input's size, and a record that is longer than the buffer
//! doubles it, up to the longest record that we bear.

use std::io::{self, Read};

use super::limits::{BLOCK, MAX_RECORD};

/// The most that the buffer grows to: the longest record, and room to see that one is longer.
const MOST: usize = MAX_RECORD + BLOCK;

/// The bytes of a stream that are not used up yet, as far as they have been read.
pub struct Window<'r> {
    input: &'r mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where in the stream the buffer begins.
    base: u64,
    /// Newlines before `counted`, a place in the buffer.
    lines: u64,
    counted: usize,
    ended: bool,
}

impl<'r> Window<'r> {
    /// Over a stream; `buffer` is memory to use again.
    pub fn new(input: &'r mut dyn Read, mut buffer: Vec<u8>) -> Window<'r> {
        if buffer.len() < BLOCK {
            buffer.resize(BLOCK, 0);
        }
        Window { input, buffer, start: 0, end: 0, base: 0, lines: 0, counted: 0, ended: false }
    }

    /// What is there.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Where [`bytes`](Window::bytes) begin in the stream.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// What is there, and what it takes to tell its line.
    #[inline]
    pub fn view(&self) -> (&[u8], Origin<'_>) {
        let (before, bytes) = self.buffer[self.counted..self.end].split_at(self.start - self.counted);
        (bytes, Origin { offset: self.offset(), lines: Some(self.lines), before })
    }

    /// Notes the current line, so that the next one is told at small cost.
    pub fn count_lines(&mut self) {
        self.lines += newlines(&self.buffer[self.counted..self.start]);
        self.counted = self.start;
    }

    /// Uses up bytes.
    #[inline]
    pub fn consume(&mut self, n: usize) {
        self.start += n;
        debug_assert!(self.start <= self.end, "no more than there is");
    }

    /// Whether the stream has no more bytes than those that are there.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Reads more behind what is there. `false`: the stream has ended, or the buffer is as large as may be.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.count_lines();
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            (self.start, self.counted) = (0, 0);
        }
        if self.end == self.buffer.len() {
            if self.end >= MOST {
                return Ok(false);
            }
            self.buffer.resize((self.end * 2).min(MOST), 0);
        }
        let before = self.end;
        while self.end < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.end > before)
    }

    /// The memory, to be used again; a buffer that grew is given back.
    pub fn into_buffer(mut self) -> Vec<u8> {
        self.buffer.truncate(BLOCK);
        self.buffer.shrink_to(BLOCK);
        self.buffer
    }
}

/// Where bytes come from.
#[derive(Clone, Copy)]
pub struct Origin<'b> {
    /// Offset in the plain stream.
    pub offset: u64,
    lines: Option<u64>,
    before: &'b [u8],
}

impl Origin<'_> {
    /// The line that they begin on, from 1.
    pub fn line(&self) -> Option<u64> {
        self.lines.map(|n| n + newlines(self.before) + 1)
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slides_counts_and_grows() {
        let text: Vec<u8> = (0..700_000).flat_map(|i| format!("{i}\n").into_bytes()).collect();
        let mut input = &text[..];
        let mut window = Window::new(&mut input, Vec::new());
        let mut n = 0u64;
        loop {
            let Some(end) = memchr::memchr(b'\n', window.bytes()) else {
                if window.more().expect("memory") {
                    continue;
                }
                break;
            };
            if n.is_multiple_of(1000) {
                let (bytes, origin) = window.view();
                assert_eq!(&bytes[..end], n.to_string().as_bytes());
                assert_eq!(origin.line(), Some(n + 1));
                assert_eq!(&text[usize::try_from(origin.offset).expect("small")..][..end], &bytes[..end]);
                window.count_lines();
            }
            window.consume(end + 1);
            n += 1;
        }
        assert_eq!(n, 700_000);
        assert_eq!(window.into_buffer().len(), BLOCK, "no line was long");

        let long = vec![b'x'; 2 * MOST];
        let mut input = &long[..];
        let mut window = Window::new(&mut input, Vec::new());
        while window.more().expect("memory") {}
        assert_eq!((window.bytes().len(), window.ended()), (MOST, false));
    }
}
