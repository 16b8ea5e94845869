//! The stream: bytes -> values, elements of lists, lines. What a value is, is told at its first byte, so that one input
//! may hold several forms behind each other.

use std::io;

use super::limits::MAX_KEPT;
use super::reader::{At, Outcome, Reader, too_large, words};
use super::recover::{Next, signature};
use super::text::goes_on;
use super::token::{Fault, Why, blanks};
use super::view::LISTS;
use super::window::Window;
use super::{Handler, Reason, pass};
use crate::schema::Context;

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A document or a line.
    Top,
    /// An element of a list; `true`: the list is part of an object.
    List(bool),
    /// The rest of an object, behind its list.
    Tail,
}

/// Lines that no source knows, one after the other: together one unreadable piece, such as a licence between logs.
struct Run {
    offset: u64,
    line: Option<u64>,
    lines: u64,
    kept: Vec<u8>,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl Reader<'_> {
    /// Reads to the end; whether a list was still open there.
    pub(super) fn stream(
        &mut self,
        window: &mut Window<'_>,
        context: &Context,
        handler: &mut dyn Handler,
    ) -> io::Result<bool> {
        let mut place = Place::Top;
        let mut begins = Vec::new();
        let mut run = None;
        // Where the document begins that is being read.
        let mut document = 0;
        window.more()?;
        loop {
            // In a log of text a line that begins with a blank goes on the one before; else blanks say nothing.
            let goes_on = place == Place::Top && self.texts.is_open();
            let passed = if goes_on { line_ends(window.bytes()) } else { blanks(window.bytes(), 0) };
            window.consume(passed);
            let Some(&first) = window.bytes().first() else {
                if window.more()? {
                    continue;
                }
                break;
            };
            if place == Place::Top && (first.is_ascii_alphanumeric() || !matches!(first, b'{' | b'[' | b',' | 0xef)) {
                if !self.text(window, context, &mut run, handler)? {
                    break;
                }
                continue;
            }
            if place == Place::Top {
                document = window.offset();
            }
            let before = window.offset();
            place = match (place, first) {
                (_, b',') => {
                    window.consume(1);
                    place
                }
                (Place::Top, 0xef) => {
                    if window.bytes().len() < BOM.len() && window.more()? {
                        continue;
                    }
                    if window.bytes().starts_with(BOM) {
                        window.consume(BOM.len());
                    } else if !self.text(window, context, &mut run, handler)? {
                        break;
                    }
                    Place::Top
                }
                (Place::Top, b'[') => {
                    let inner = blanks(window.bytes(), 1);
                    match window.bytes().get(inner).copied() {
                        None if window.more()? => Place::Top,
                        Some(b'{' | b'[' | b']') => {
                            self.end_run(&mut run, handler);
                            begins.clear();
                            window.consume(1);
                            Place::List(false)
                        }
                        _ => {
                            if !self.text(window, context, &mut run, handler)? {
                                break;
                            }
                            Place::Top
                        }
                    }
                }
                (Place::Top, _) => {
                    self.end_run(&mut run, handler);
                    begins.clear();
                    self.document(window, context, handler)?
                }
                (Place::List(in_object), b']') => {
                    window.consume(1);
                    if in_object { Place::Tail } else { Place::Top }
                }
                (Place::List(_), _) => self.element(window, context, place, &mut begins, handler)?,
                (Place::Tail, b'}') => {
                    window.consume(1);
                    Place::Top
                }
                (Place::Tail, _) => self.member(window, handler)?,
            };
            if self.waits && window.ended() && window.offset() == before {
                // What is there was looked at whole, and nothing was used up: it is not complete yet.
                break;
            }
        }
        self.end_run(&mut run, handler);
        let open = place != Place::Top;
        self.resume = if open { document } else { self.unfinished.take().unwrap_or(window.offset()) };
        Ok(open)
    }

    /// The document at the start of the window.
    #[inline]
    fn document(&mut self, window: &mut Window<'_>, context: &Context, handler: &mut dyn Handler) -> io::Result<Place> {
        let unreadable = self.stats.unreadable;
        let (bytes, origin) = window.view();
        let outcome = self.json(bytes, true, At { origin, context, depth: 0, message: false }, handler);
        if self.stats.unreadable != unreadable {
            window.count_lines();
        }
        match outcome {
            Outcome::Done(used) => window.consume(used),
            Outcome::List(at) => {
                window.consume(at + 1);
                return Ok(Place::List(true));
            }
            Outcome::More if window.more()? || (self.waits && window.ended()) => {}
            Outcome::More => {
                self.unfinished = Some(window.offset());
                let (reason, detail) = cut_off(window);
                self.lost(window, reason, detail, None, handler)?;
            }
            Outcome::Bad(fault) => {
                let (reason, detail) = words(fault);
                self.lost(window, reason, detail, None, handler)?;
            }
        }
        Ok(Place::Top)
    }

    /// The element of a list at the start of the window.
    #[inline]
    fn element(
        &mut self,
        window: &mut Window<'_>,
        context: &Context,
        place: Place,
        begins: &mut Vec<u8>,
        handler: &mut dyn Handler,
    ) -> io::Result<Place> {
        let unreadable = self.stats.unreadable;
        let (bytes, origin) = window.view();
        let outcome = self.json(bytes, false, At { origin, context, depth: 0, message: false }, handler);
        if begins.is_empty() && matches!(outcome, Outcome::Done(_)) {
            begins.extend_from_slice(signature(bytes));
        }
        if self.stats.unreadable != unreadable {
            window.count_lines();
        }
        let (reason, detail) = match outcome {
            Outcome::Done(used) => {
                window.consume(used);
                return Ok(place);
            }
            Outcome::More if window.more()? || (self.waits && window.ended()) => return Ok(place),
            Outcome::More | Outcome::List(_) => cut_off(window),
            Outcome::Bad(fault) => words(fault),
        };
        let next = self.lost(window, reason, detail, Some(begins), handler)?;
        Ok(if next == Next::Element { place } else { Place::Top })
    }

    /// A key and its value behind a list, inside of the same object.
    fn member(&mut self, window: &mut Window<'_>, handler: &mut dyn Handler) -> io::Result<Place> {
        let bytes = window.bytes();
        let listed = |key: &[u8]| LISTS.iter().any(|l| l.as_bytes() == key);
        let fault: Fault = match pass::member(bytes) {
            Ok((key, value)) if listed(key) && bytes.get(value) == Some(&b'[') => {
                window.consume(value + 1);
                return Ok(Place::List(true));
            }
            Ok((_, value)) => match pass::pass(bytes, value) {
                Ok(end) => {
                    window.consume(end);
                    return Ok(Place::Tail);
                }
                Err(fault) => fault,
            },
            Err(fault) => fault,
        };
        let (reason, detail) = match fault.why() {
            Why::Incomplete if window.more()? || (self.waits && window.ended()) => return Ok(Place::Tail),
            Why::Incomplete => cut_off(window),
            _ => words(fault),
        };
        self.lost(window, reason, detail, None, handler)?;
        Ok(Place::Top)
    }

    /// The line at the start of the window. `false`: it is not complete yet, and is to be waited for.
    #[inline]
    fn text(
        &mut self,
        window: &mut Window<'_>,
        context: &Context,
        run: &mut Option<Run>,
        handler: &mut dyn Handler,
    ) -> io::Result<bool> {
        let mut searched = 0;
        let end = loop {
            match memchr::memchr(b'\n', &window.bytes()[searched..]) {
                Some(at) => break searched + at,
                None => {
                    searched = window.bytes().len();
                    if !window.more()? {
                        if window.ended() {
                            if self.waits {
                                return Ok(false);
                            }
                            self.unfinished = Some(window.offset());
                            break searched;
                        }
                        self.long_line(window, handler)?;
                        return Ok(true);
                    }
                }
            }
        };
        if self.texts.is_open() && matches!(window.bytes()[0], b' ' | b'\t') {
            window.consume(end);
            return Ok(true);
        }
        let Some(end) = self.with_more(window, end)? else { return Ok(false) };
        let (unreadable, records) = (self.stats.unreadable, self.stats.records);
        let (bytes, origin) = window.view();
        let line = &bytes[..end];
        if self.line(line, At { origin, context, depth: 0, message: false }, handler) {
            if run.is_some() && self.stats.records != records {
                self.end_run(run, handler);
            }
        } else if !self.texts.any_goes_on() {
            let run = run.get_or_insert_with(|| Run {
                offset: origin.offset,
                line: origin.line(),
                lines: 0,
                kept: Vec::new(),
            });
            run.lines += 1;
            let room = MAX_KEPT.saturating_sub(run.kept.len());
            run.kept.extend_from_slice(&bytes[..bytes.len().min(end + 1).min(room)]);
        }
        if self.stats.unreadable != unreadable {
            window.count_lines();
        }
        window.consume(end);
        Ok(true)
    }

    /// The end of a record of text whose first line ends at `end`, with the lines that it is read with. `None`: they are
    /// not all there yet, and are to be waited for.
    fn with_more(&mut self, window: &mut Window<'_>, end: usize) -> io::Result<Option<usize>> {
        let next = window.bytes().get(end + 1);
        if next.is_some_and(|b| !matches!(b, b' ' | b'\t')) || !self.texts.takes_more(&window.bytes()[..end]) {
            return Ok(Some(end));
        }
        loop {
            if let Some(end) = goes_on(window.bytes(), end) {
                return Ok(Some(end));
            }
            if !window.more()? {
                if self.waits && window.ended() {
                    return Ok(None);
                }
                // Lines that are longer together than any record: the first of them will do.
                return Ok(Some(if window.ended() { window.bytes().len() } else { end }));
            }
        }
    }

    /// A line that is longer than any record may be.
    fn long_line(&mut self, window: &mut Window<'_>, handler: &mut dyn Handler) -> io::Result<()> {
        let (bytes, origin) = window.view();
        let (offset, line) = (origin.offset, origin.line());
        let kept = bytes[..MAX_KEPT].to_vec();
        loop {
            if let Some(end) = memchr::memchr(b'\n', window.bytes()) {
                window.consume(end);
                break;
            }
            window.consume(window.bytes().len());
            if !window.more()? {
                break;
            }
        }
        self.report(handler, Reason::TooLarge, offset, line, too_large(), &kept);
        Ok(())
    }

    fn end_run(&mut self, run: &mut Option<Run>, handler: &mut dyn Handler) {
        let Some(run) = run.take() else { return };
        let detail = match (run.lines, self.texts.only()) {
            (1, Some(source)) => format!("the line does not begin as those of `{source}` do"),
            (n, Some(source)) => format!("{n} lines that do not begin as those of `{source}` do"),
            (1, _) => "no source knows such a line".to_owned(),
            (n, _) => format!("{n} lines that no source knows"),
        };
        self.report(handler, Reason::UnknownSource, run.offset, run.line, detail, run.kept.trim_ascii_end());
    }
}

/// How many line ends the bytes begin with.
fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count()
}

/// Why there is no more of a record.
fn cut_off(window: &Window<'_>) -> (Reason, String) {
    if window.ended() {
        (Reason::Truncated, "the input ends inside of the record".to_owned())
    } else {
        (Reason::TooLarge, too_large())
    }
}
