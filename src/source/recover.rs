//! Behind a bad record: where the next one begins. Everything here goes forward only, so that hostile input cannot make
//! it look twice at the same bytes.
//!
//! - A document ends where a line begins with `{`.
//! - An element of a list ends where its braces close, or where `,` is followed by what the elements before began with,
//!   or where a line begins with `{`; whichever comes first. The second saves the rest of a list whose one element lost
//!   a quote.

use std::io;

use super::limits::MAX_KEPT;
use super::reader::{At, Reader};
use super::token::blanks;
use super::window::Window;
use super::{Handler, Reason};

/// What follows what was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another element, or the end of the list.
    Element,
    /// Another document.
    Document,
    /// The end of the bytes.
    Nothing,
}

/// How many open containers of a bad element are told apart; far more than any record may have.
const TRACKED: usize = 1 << 20;

/// What is known of where a scan stands.
#[derive(Debug, Default)]
struct Scan {
    started: bool,
    /// What is open, innermost last; beyond [`TRACKED`] nothing is noted.
    open: Vec<u8>,
    /// How many of those are lists.
    lists: usize,
    string: bool,
    escaped: bool,
    newline: bool,
    /// The last byte that was no blank.
    last: u8,
}

/// How far a scan got in the bytes that it was given.
enum Found {
    At(usize, Next),
    /// Not in these; so many of them need not be looked at again.
    Behind(usize),
}

impl Scan {
    /// Looks for the end of a list's element. `whole`: no bytes follow.
    fn element(&mut self, bytes: &[u8], signature: &[u8], whole: bool) -> Found {
        for (i, &b) in bytes.iter().enumerate() {
            if b == b'{' && self.started {
                if self.newline {
                    return Found::At(i, if self.last == b',' { Next::Element } else { Next::Document });
                }
                if self.last == b',' && !signature.is_empty() {
                    if bytes[i..].starts_with(signature) {
                        return Found::At(i, Next::Element);
                    }
                    if !whole && signature.starts_with(&bytes[i..]) {
                        return Found::Behind(i);
                    }
                }
            }
            if self.string {
                match b {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.string = false,
                    _ => {}
                }
            } else {
                match b {
                    b'"' => self.string = true,
                    b'{' | b'[' if self.open.len() < TRACKED => {
                        self.open.push(b);
                        self.lists += usize::from(b == b'[');
                    }
                    b',' if self.open.is_empty() && self.started => return Found::At(i, Next::Element),
                    b']' if self.lists == 0 && self.started => return Found::At(i, Next::Element),
                    b'}' | b']' => {
                        self.close(b - 2);
                        if self.open.is_empty() {
                            return Found::At(i + 1, Next::Element);
                        }
                    }
                    _ => {}
                }
            }
            self.started = true;
            self.newline = b == b'\n';
            if !b.is_ascii_whitespace() {
                self.last = b;
            }
        }
        Found::Behind(bytes.len())
    }

    /// Closes the innermost container that began with `opening`, and whatever was left open in it.
    fn close(&mut self, opening: u8) {
        while let Some(open) = self.open.pop() {
            self.lists -= usize::from(open == b'[');
            if open == opening {
                break;
            }
        }
    }

    /// Looks for the end of a document.
    fn document(&mut self, bytes: &[u8]) -> Found {
        if self.newline && bytes.first() == Some(&b'{') {
            return Found::At(0, Next::Document);
        }
        if let Some(at) = memchr::memmem::find(bytes, b"\n{") {
            return Found::At(at + 1, Next::Document);
        }
        self.newline = bytes.last().map_or(self.newline, |b| *b == b'\n');
        Found::Behind(bytes.len())
    }
}

impl Reader<'_> {
    /// Reports the bad record at the start of the window and passes over it. With a `signature` it is an element of a
    /// list, whose elements begin like that (which may be empty where none is known).
    pub(super) fn lost(
        &mut self,
        window: &mut Window<'_>,
        reason: Reason,
        detail: String,
        signature: Option<&[u8]>,
        handler: &mut dyn Handler,
    ) -> io::Result<Next> {
        let (bytes, origin) = window.view();
        let (offset, line) = (origin.offset, origin.line());
        let mut kept = bytes[..bytes.len().min(MAX_KEPT)].to_vec();
        let mut scan = Scan::default();
        let next = loop {
            let bytes = window.bytes();
            let found = match signature {
                Some(signature) => scan.element(bytes, signature, window.ended()),
                None => scan.document(bytes),
            };
            match found {
                Found::At(n, next) => {
                    window.consume(n);
                    break next;
                }
                Found::Behind(n) => {
                    window.consume(n);
                    if !window.more()? && window.ended() {
                        let rest = window.bytes().len();
                        window.consume(rest);
                        break Next::Nothing;
                    }
                }
            }
        };
        let length = usize::try_from(window.offset() - offset).unwrap_or(usize::MAX);
        kept.truncate(length);
        window.count_lines();
        self.report(handler, reason, offset, line, detail, kept.trim_ascii_end());
        Ok(next)
    }

    /// Reports the bad element at the start of `list`, inside of an envelope; how long it is.
    pub(super) fn pass_over(
        &mut self,
        list: &[u8],
        reason: Reason,
        detail: String,
        at: At<'_>,
        handler: &mut dyn Handler,
    ) -> usize {
        let used = match Scan::default().element(list, b"", true) {
            Found::At(n, Next::Element) => n.max(1),
            _ => list.len(),
        };
        self.bad(handler, reason, at, detail, &list[..used]);
        used
    }
}

/// How an element begins, up to the end of its first key: its neighbours most likely begin the same.
pub fn signature(element: &[u8]) -> &[u8] {
    const LONGEST: usize = 128;
    let key = blanks(element, 1);
    let end = element.get(key + 1..).and_then(|rest| memchr::memchr(b'"', rest)).map_or(0, |n| key + n + 2);
    if end > LONGEST || element.get(key) != Some(&b'"') { b"" } else { &element[..end] }
}
