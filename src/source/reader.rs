//! One record at a time: whose it is, and what becomes of it.

use std::io::{self, Read};

use super::columns::{Columns, Layout};
use super::limits::{MAX_DEPTH, MAX_KEPT, MAX_RECORD};
use super::text::Texts;
use super::token::{Fault, Why};
use super::unpack::{Unpack, is_parquet};
use super::view::{View, raws};
use super::walk::{Walk, Walked};
use super::window::{Origin, Window};
use super::zeek::Preamble;
use super::{Handler, Reason, Setup, Skip, Stats, Unreadable, context_from_path, random};
use crate::schema::{Context, Event, SourceId, Wire};
use crate::value::Arena;

/// Reads inputs; keeps its memory and tables from one to the next.
pub struct Reader<'p> {
    pub(super) setup: Setup<'p>,
    pub(super) columns: Columns<'p>,
    pub(super) texts: Texts<'p>,
    /// The columns of the rows that come, once known.
    pub(super) layout: Option<Layout>,
    /// By source, and last the one that knows no source yet.
    pub(super) views: Vec<View>,
    /// The view of the record before: logs seldom change from record to record.
    pub(super) current: usize,
    pub(super) walk: Walk,
    pub(super) arena: Arena,
    pub(super) stats: Stats,
    /// The header row of the layout, or Zeek's `#` lines, if they were read; where lines are text, a note of whose.
    pub(super) header: Option<String>,
    /// Zeek's `#` lines, as far as they were read.
    pub(super) preamble: Preamble,
    /// What is not complete at the end is left for later.
    pub(super) waits: bool,
    /// Where a record began that the end of the input cut off.
    pub(super) unfinished: Option<u64>,
    /// Where to read on once the input has grown.
    pub(super) resume: u64,
    buffer: Vec<u8>,
}

/// A part of an input that grows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part<'a> {
    /// What was read in a part before and tells what the lines are ([`Reader::header`]).
    pub header: Option<&'a str>,
    /// Leave what is not complete at the end for later; else it is read as it is.
    pub waits: bool,
}

/// What was read of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartRead {
    /// As of a whole input.
    pub stats: Stats,
    /// From where on to read once there is more, in bytes of the part: behind the last complete record.
    pub resume: u64,
    /// The part ends inside of a list of records, some of which were told already; they come again if the document,
    /// which begins at `resume`, is read again.
    pub open: bool,
}

/// Where a record stands.
#[derive(Clone, Copy)]
pub(super) struct At<'x> {
    /// Where its bytes come from; inside of an envelope, where that begins.
    pub origin: Origin<'x>,
    /// What is known of it from outside.
    pub context: &'x Context,
    /// How many envelopes it is in.
    pub depth: usize,
    /// It is a message of a log service, which may be a line of text.
    pub message: bool,
}

/// What came of looking at the value at the start of some bytes.
pub(super) enum Outcome {
    /// It was dealt with; it is that long.
    Done(usize),
    /// It lists records: at this `[`.
    List(usize),
    /// The bytes end inside of it.
    More,
    /// It is unreadable, and where it ends is not known.
    Bad(Fault),
}

impl<'p> Reader<'p> {
    /// A reader for a plan's projections.
    #[must_use]
    pub fn new(setup: Setup<'p>) -> Reader<'p> {
        let sources = setup.vocabulary.source_ids().map(Some).chain([None]);
        let views: Vec<View> = sources.map(|source| View::new(&setup, source)).collect();
        let current = setup.forced.map_or(views.len() - 1, |s| usize::from(s.0));
        Reader {
            columns: Columns::new(setup),
            texts: Texts::new(setup),
            setup,
            layout: None,
            views,
            current,
            walk: Walk::default(),
            arena: Arena::new(),
            stats: Stats::default(),
            header: None,
            preamble: Preamble::default(),
            waits: false,
            unfinished: None,
            resume: 0,
            buffer: Vec::new(),
        }
    }

    /// The header row that the input before had, or a note of whose lines of text it holds, for the parts that follow.
    #[must_use]
    pub fn header(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// Whether the lines of the input before may go on over their end, so that no line end surely ends a record.
    #[must_use]
    pub fn lines_go_on(&self) -> bool {
        self.texts.is_open()
    }

    /// Reads one input to its end. `name` is its path: what it tells of account and region fills what `context` leaves
    /// open.
    ///
    /// # Errors
    /// Those of the input itself; damaged archives and records go to the handler.
    pub fn read(
        &mut self,
        input: impl Read,
        name: &str,
        context: &Context,
        handler: &mut dyn Handler,
    ) -> io::Result<Stats> {
        Ok(self.read_part(input, name, context, Part::default(), handler)?.stats)
    }

    /// Reads a part of an input, from the start of a record on.
    ///
    /// # Errors
    /// Those of the input itself; damaged archives and records go to the handler.
    pub fn read_part(
        &mut self,
        input: impl Read,
        name: &str,
        context: &Context,
        part: Part<'_>,
        handler: &mut dyn Handler,
    ) -> io::Result<PartRead> {
        let context = self.begin(name, context, part);
        let mut unpack = Unpack::new(input)?;
        let (head, n) = random::head(&mut unpack)?;
        if is_parquet(&head[..n]) {
            return self.piped_parquet(&head[..n], unpack, &context, handler);
        }
        let mut bytes = head[..n].chain(&mut unpack);
        let (open, offset, line) = self.lines_of(&mut bytes, &context, handler)?;
        if let Some(broken) = unpack.broken() {
            self.report(handler, broken.reason, offset, line, broken.detail.clone(), &[]);
        } else if open && !part.waits {
            self.report(handler, Reason::Truncated, offset, line, "the list of records is not closed".to_owned(), &[]);
        }
        (self.stats.stored, self.stats.plain) = unpack.counts();
        Ok(PartRead { stats: std::mem::take(&mut self.stats), resume: self.resume, open })
    }

    /// Forgets the input before; what is known of the records of the next from outside.
    pub(super) fn begin(&mut self, name: &str, context: &Context, part: Part<'_>) -> Context {
        self.stats = Stats { by_source: vec![0; self.setup.vocabulary.sources.len()], ..Stats::default() };
        self.preamble = Preamble::default();
        (self.layout, self.header) = (None, None);
        for row in part.header.iter().flat_map(|rows| rows.lines()) {
            self.heads(row);
        }
        self.texts.begin(part.header);
        if self.texts.is_open() {
            self.header = part.header.map(str::to_owned);
        }
        (self.waits, self.unfinished, self.resume) = (part.waits, None, 0);
        let told = context_from_path(name);
        Context {
            account: context.account.clone().or(told.account),
            region: context.region.clone().or(told.region),
            cluster: context.cluster.clone().or(told.cluster),
            database: context.database.clone().or(told.database),
        }
    }

    /// Reads plain bytes to their end: whether a list is open there, the offset and the line.
    pub(super) fn lines_of(
        &mut self,
        bytes: &mut dyn Read,
        context: &Context,
        handler: &mut dyn Handler,
    ) -> io::Result<(bool, u64, Option<u64>)> {
        let mut window = Window::new(bytes, std::mem::take(&mut self.buffer));
        let read = self.stream(&mut window, context, handler);
        let (offset, line) = (window.offset(), window.view().1.line());
        self.buffer = window.into_buffer();
        Ok((read?, offset, line))
    }

    /// Looks at the JSON value at the start of `bytes`.
    #[inline]
    pub(super) fn json(&mut self, bytes: &[u8], stream: bool, at: At<'_>, handler: &mut dyn Handler) -> Outcome {
        match self.walk.value(&self.views[self.current].trie, bytes, stream) {
            Ok(Walked::Done(end)) => {
                self.record(&bytes[..end], at, handler);
                Outcome::Done(end)
            }
            Ok(Walked::List(list)) => Outcome::List(list),
            Err(fault) if fault.why() == Why::Incomplete => Outcome::More,
            Err(fault) => Outcome::Bad(fault),
        }
    }

    /// A whole value that has just been walked.
    #[inline]
    fn record(&mut self, record: &[u8], at: At<'_>, handler: &mut dyn Handler) {
        if record.len() > MAX_RECORD {
            return self.bad(handler, Reason::TooLarge, at, too_large(), record);
        }
        let Ok(text) = simdutf8::basic::from_utf8(record) else {
            return self.bad(handler, Reason::BadUtf8, at, utf8_words(record), record);
        };
        let Some(source) = self.setup.forced else {
            match self.views[self.current].recognise(&self.walk.spans, record) {
                Some(source) => self.known(source, text, at, handler),
                None if self.envelope(record, at, handler) => {}
                None => {
                    self.bad(handler, Reason::UnknownSource, at, "no source knows such a record".to_owned(), record);
                }
            }
            return;
        };
        if self.envelope(record, at, handler) {
            return;
        }
        let forced = self.setup.vocabulary.source(source);
        if forced.wire.is_json() {
            self.known(source, text, at, handler);
        } else {
            let has = if forced.wire == Wire::Text { "lines of text" } else { "columns" };
            let detail = format!("a JSON value, where `{}` has {has}", forced.name);
            self.bad(handler, Reason::UnknownSource, at, detail, record);
        }
    }

    /// A record of a source, walked with the current view.
    #[inline]
    fn known(&mut self, source: SourceId, text: &str, at: At<'_>, handler: &mut dyn Handler) {
        let place = usize::from(source.0);
        if place != self.current {
            self.current = place;
            if let Err(fault) = self.walk.value(&self.views[place].trie, text.as_bytes(), false) {
                let (reason, detail) = words(fault);
                return self.bad(handler, reason, at, detail, text.as_bytes());
            }
        }
        self.arena.reset();
        let wanted = self.views[place].wanted;
        let raw = raws(&self.walk.spans[..wanted], text, &self.arena);
        let projection = &self.setup.projections[place];
        if projection.skips(raw, &self.arena) {
            return skip(&mut self.stats, handler, Skip::NotAnEvent(source));
        }
        match Event::new(projection, at.context, text, raw, &self.arena) {
            Some(event) => deliver(&mut self.stats, handler, &event),
            None => self.bad(handler, Reason::NoTime, at, "the record has no event time".to_owned(), text.as_bytes()),
        }
    }

    /// A record that is unreadable.
    #[cold]
    pub(super) fn bad(&mut self, handler: &mut dyn Handler, reason: Reason, at: At<'_>, detail: String, bytes: &[u8]) {
        self.report(handler, reason, at.origin.offset, at.origin.line(), detail, bytes);
    }

    /// As [`bad`](Reader::bad), by place.
    #[cold]
    pub(super) fn report(
        &mut self,
        handler: &mut dyn Handler,
        reason: Reason,
        offset: u64,
        line: Option<u64>,
        detail: String,
        bytes: &[u8],
    ) {
        self.stats.records += 1;
        self.stats.unreadable += 1;
        let bytes = &bytes[..bytes.len().min(MAX_KEPT)];
        handler.unreadable(Unreadable { reason, offset, line, detail, bytes });
    }
}

/// Counts an event and hands it on.
#[inline]
pub(super) fn deliver(stats: &mut Stats, handler: &mut dyn Handler, event: &Event<'_>) {
    if event.classes == 0 {
        return skip(stats, handler, Skip::NoClass(event.source));
    }
    stats.records += 1;
    stats.events += 1;
    if let Some(n) = stats.by_source.get_mut(usize::from(event.source.0)) {
        *n += 1;
    }
    handler.event(event);
}

/// Counts a record that is no event.
pub(super) fn skip(stats: &mut Stats, handler: &mut dyn Handler, why: Skip) {
    stats.records += 1;
    stats.skipped += 1;
    handler.skipped(why);
}

pub(super) fn too_large() -> String {
    format!("longer than {} MiB", MAX_RECORD >> 20)
}

fn utf8_words(bytes: &[u8]) -> String {
    let at = std::str::from_utf8(bytes).err().map_or(0, |e| e.valid_up_to());
    format!("byte {at} of the record is no UTF-8")
}

/// A fault of JSON, in words.
pub(super) fn words(fault: Fault) -> (Reason, String) {
    let at = fault.at();
    match fault.why() {
        Why::Incomplete => (Reason::Truncated, "the record ends early".to_owned()),
        Why::Syntax => (Reason::BadJson, format!("no JSON: unexpected byte at {at} of the record")),
        Why::Control => {
            (Reason::BadJson, format!("a control character inside of a string, at byte {at} of the record"))
        }
        Why::Escape => (Reason::BadJson, format!("a wrong escape in a string, at byte {at} of the record")),
        Why::Number => (Reason::BadJson, format!("a malformed number at byte {at} of the record")),
        Why::Depth => (Reason::TooDeep, format!("nested deeper than {MAX_DEPTH}, at byte {at} of the record")),
        Why::Duplicate => (Reason::DuplicateKey, format!("a key for the second time at byte {at} of the record")),
    }
}
