//! Lines: header rows, rows, lines of text, and any of these or records behind a time stamp (exported CloudWatch logs).

use super::columns::Layout;
use super::limits::MAX_RECORD;
use super::reader::{At, Reader, deliver, skip, too_large};
use super::{Handler, Reason, Setup, Skip, Stats};
use crate::schema::{Context, Event, Raw};
use crate::value::Arena;

/// What became of a row.
pub(super) enum Row {
    Done,
    NoTime,
    /// It has that many columns.
    Wrong(usize),
}

impl Reader<'_> {
    /// Reads a line, without its newline; whether it was a line of some source, good or bad.
    #[inline]
    pub(super) fn line(&mut self, line: &[u8], at: At<'_>, handler: &mut dyn Handler) -> bool {
        let line = line.trim_ascii();
        if line.is_empty() {
            return true;
        }
        if line.len() > MAX_RECORD {
            self.bad(handler, Reason::TooLarge, at, too_large(), line);
            return true;
        }
        let Ok(text) = simdutf8::basic::from_utf8(line) else {
            if self.broken_text(line, at, handler) {
                return true;
            }
            if self.layout.is_none() {
                return false;
            }
            self.bad(handler, Reason::BadUtf8, at, "the row is no UTF-8".to_owned(), line);
            return true;
        };
        if self.texts.is_open()
            && let Some(done) = self.text_record(text, at, handler)
        {
            return matches!(done, Row::Done) || self.no_time(text, at, handler);
        }
        if at.depth == 0 && self.heads(text) {
            self.texts.close();
            return true;
        }
        let mut wrong = None;
        if at.depth == 0
            && let Some(layout) = &self.layout
        {
            match row(&self.setup, layout, text, at.context, &mut self.arena, &mut self.stats, handler) {
                Row::Done => return true,
                Row::NoTime => return self.no_time(text, at, handler),
                Row::Wrong(n) => wrong = Some((n, layout.width())),
            }
        }
        if let Some(layout) = self.columns.default_row(text) {
            let done = row(&self.setup, layout, text, at.context, &mut self.arena, &mut self.stats, handler);
            if at.depth == 0 && self.layout.is_none() {
                self.layout = Some(layout.clone());
                self.texts.close();
            }
            match done {
                Row::Done => return true,
                Row::NoTime => return self.no_time(text, at, handler),
                Row::Wrong(n) => wrong = Some((n, n)),
            }
        }
        if let Some(done) = self.text_record(text, at, handler) {
            return matches!(done, Row::Done) || self.no_time(text, at, handler);
        }
        if let Some(rest) = behind_time(text) {
            if rest.starts_with('{') {
                self.content(rest.as_bytes(), At { depth: at.depth + 1, ..at }, handler);
                return true;
            }
            if let Some(layout) = self.columns.default_row(rest) {
                match row(&self.setup, layout, rest, at.context, &mut self.arena, &mut self.stats, handler) {
                    Row::Done => return true,
                    Row::NoTime => return self.no_time(rest, at, handler),
                    Row::Wrong(_) => {}
                }
            }
        }
        let detail = match wrong {
            Some((has, wants)) => format!("{has} columns, where the header has {wants}"),
            None if self.columns.is_row(text) => {
                let n = text.split_ascii_whitespace().count();
                format!("{n} columns without a header, which fits no default order")
            }
            None => return false,
        };
        self.bad(handler, Reason::WrongColumns, at, detail, line);
        true
    }

    /// Takes a line that names columns: a header row, or one of Zeek's `#` lines. Whether it was one.
    pub(super) fn heads(&mut self, line: &str) -> bool {
        if line.starts_with('#')
            && let Some(source) = self.columns.zeek
            && self.preamble.take(line)
        {
            if let Some(layout) = self.preamble.layout(&self.setup, source) {
                self.layout = Some(layout);
            }
            self.header = Some(self.preamble.lines.clone());
            return true;
        }
        let layout = self.columns.header(line);
        let is_one = layout.is_some();
        if is_one {
            (self.layout, self.header) = (layout, Some(line.to_owned()));
        }
        is_one
    }

    fn no_time(&mut self, text: &str, at: At<'_>, handler: &mut dyn Handler) -> bool {
        self.bad(handler, Reason::NoTime, at, "the line has no event time".to_owned(), text.as_bytes());
        true
    }
}

/// Reads a row by its layout.
#[inline]
fn row(
    setup: &Setup<'_>,
    layout: &Layout,
    text: &str,
    context: &Context,
    arena: &mut Arena,
    stats: &mut Stats,
    handler: &mut dyn Handler,
) -> Row {
    arena.reset();
    let arena = &*arena;
    let projection = &setup.projections[usize::from(layout.source.0)];
    let raw = arena.alloc_slice_fill_copy(projection.paths.len(), Raw::Absent);
    let width = layout.split(text, raw, arena);
    if width != layout.width() {
        return Row::Wrong(width);
    }
    if projection.skips(raw, arena) {
        skip(stats, handler, Skip::NotAnEvent(layout.source));
        return Row::Done;
    }
    match Event::new(projection, context, text, raw, arena) {
        Some(event) => {
            deliver(stats, handler, &event);
            Row::Done
        }
        None => Row::NoTime,
    }
}

/// What follows a leading `2024-01-02T03:04:05.678Z `.
pub(super) fn behind_time(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let (stamp, rest) = text.split_once(' ')?;
    crate::value::Time::parse(stamp).map(|_| rest.trim_start())
}
