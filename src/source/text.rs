//! Lines of free text: whose they are by how they begin, and which of them are events by what they say. A line that is
//! no event costs a look at its beginning and one for the words of the source's messages, and no memory.

use regex::{CaptureLocations, Regex};

use super::lines::{Row, behind_time};
use super::reader::{At, Reader, deliver, skip};
use super::{Handler, Reason, Setup, Skip};
use crate::schema::lines::{LOOKED_AT, MESSAGE};
use crate::schema::{Event, Lines, Message, Raw, SourceId, Wire, WirePath};
use crate::value::{Arena, head};

/// What begins the note that stands for a header row where an input's lines are text.
const NOTE: &str = ":text ";

/// One way in which a record that is an event may look.
struct Form {
    whole: Regex,
    groups: CaptureLocations,
    /// Groups that are wanted, and their places among the projection's paths.
    take: Vec<(usize, usize)>,
}

/// One source, ready to be read.
struct Known<'p> {
    source: SourceId,
    lines: &'p Lines,
    /// Clones have caches of their own: readers on other threads do not wait for one another.
    begins: Vec<Regex>,
    /// By message, then by beginning; made for the first record that holds a message's words.
    forms: Vec<Vec<Form>>,
    /// Where the message's name goes.
    message: Option<usize>,
}

/// The sources whose records are lines of text, and which of them is at hand.
pub struct Texts<'p> {
    setup: Setup<'p>,
    known: Vec<Known<'p>>,
    /// Whose line was the last one, wherever it stood.
    last: Option<usize>,
    /// The input's own lines are this source's: lines may go on.
    open: Option<usize>,
}

impl<'p> Texts<'p> {
    /// Of all sources of text, or of the forced one.
    pub fn new(setup: Setup<'p>) -> Texts<'p> {
        let ids = setup.vocabulary.source_ids().filter(|id| setup.forced.is_none_or(|f| f == *id));
        let known = ids.filter_map(|id| Known::new(&setup, id)).collect();
        Texts { setup, known, last: None, open: None }
    }

    /// Begins another input, whose part before left a note.
    pub fn begin(&mut self, note: Option<&str>) {
        let name = note.and_then(|n| n.strip_prefix(NOTE));
        self.open = name.and_then(|name| self.known.iter().position(|k| self.name(k) == name));
        self.last = self.open;
    }

    /// The input's lines are something else from here on.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Whether the lines of the input are text, so that a line that begins with a blank goes on the one before.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether a line of the input that no source knows goes on the one before.
    pub fn any_goes_on(&self) -> bool {
        self.open.is_some_and(|place| self.known[place].lines.any_goes_on)
    }

    /// Whether some line of text was read before, so that a message may go on from it; `blank`: it begins with one.
    pub fn may_go_on(&self, blank: bool) -> bool {
        self.last.is_some_and(|place| blank || self.known[place].lines.any_goes_on)
    }

    /// Whether a line begins like a source's.
    pub fn knows(&self, line: &[u8]) -> bool {
        std::str::from_utf8(line).is_ok_and(|text| self.of(text).is_some())
    }

    /// The one source that lines may be of, by its name.
    pub fn only(&self) -> Option<&str> {
        self.setup.forced.and(self.known.first()).map(|k| self.name(k))
    }

    /// Whether the record that a line begins is read with the lines that go on.
    pub fn takes_more(&self, line: &[u8]) -> bool {
        let known = match std::str::from_utf8(line).ok().and_then(|text| self.of(text)) {
            Some((place, _)) => &self.known[place],
            None => return false,
        };
        known.lines.words.find_overlapping_iter(line).any(|m| known.lines.messages[m.pattern().as_usize()].many)
    }

    /// Whose line it is, and the line without a time stamp that an export wrote in front.
    #[inline]
    fn of<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        let begins = |place: usize, text: &str| self.known[place].begins.iter().any(|b| b.is_match(text));
        if let Some(last) = self.last.filter(|last| begins(*last, text)) {
            return Some((last, text));
        }
        if let Some(place) = (0..self.known.len()).find(|place| begins(*place, text)) {
            return Some((place, text));
        }
        let rest = if self.known.is_empty() { None } else { behind_time(text) }?;
        (0..self.known.len()).find(|place| begins(*place, rest)).map(|place| (place, rest))
    }

    fn name(&self, known: &Known<'_>) -> &'p str {
        &self.setup.vocabulary.source(known.source).name
    }
}

impl<'p> Known<'p> {
    fn new(setup: &Setup<'p>, source: SourceId) -> Option<Known<'p>> {
        let of = setup.vocabulary.source(source);
        let lines = of.lines.as_ref().filter(|_| of.wire == Wire::Text)?;
        let paths = &setup.projections[usize::from(source.0)].paths;
        let begins = lines.begins.clone();
        Some(Known { source, lines, begins, forms: Vec::new(), message: place(paths, MESSAGE) })
    }

    /// The message and beginning that a record fits; the form's groups are then set.
    fn find(&mut self, text: &str, paths: &[WirePath]) -> Option<(usize, usize)> {
        // Most lines end here, by a search with SIMD.
        if !self.lines.words.is_match(text) {
            return None;
        }
        let mut has = 0u64;
        for found in self.lines.words.find_overlapping_iter(text) {
            has |= 1 << found.pattern().as_u32();
        }
        if self.forms.is_empty() {
            let forms = |m: &Message| m.whole.iter().map(|whole| Form::new(whole, paths)).collect();
            self.forms = self.lines.messages.iter().map(forms).collect();
        }
        let mut all = self.forms.iter_mut().enumerate().filter(|(message, _)| has >> message & 1 == 1);
        all.find_map(|(message, forms)| {
            let fits = forms.iter_mut().position(|f| f.whole.captures_read(&mut f.groups, text).is_some())?;
            Some((message, fits))
        })
    }
}

impl Form {
    fn new(whole: &Regex, paths: &[WirePath]) -> Form {
        let groups = whole.capture_names().enumerate();
        Form {
            whole: whole.clone(),
            groups: whole.capture_locations(),
            take: groups.filter_map(|(group, name)| Some((group, place(paths, name?)?))).collect(),
        }
    }
}

fn place(paths: &[WirePath], name: &str) -> Option<usize> {
    paths.iter().position(|p| matches!(&p[..], [one] if **one == *name))
}

impl Reader<'_> {
    /// Reads a line, or the lines of one record, if some source of text knows how it begins.
    #[inline]
    pub(super) fn text_record(&mut self, text: &str, at: At<'_>, handler: &mut dyn Handler) -> Option<Row> {
        let (place, text) = self.texts.of(text)?;
        if at.depth == 0 && self.texts.open != Some(place) {
            self.texts.open = Some(place);
            self.header = Some(format!("{NOTE}{}", self.texts.name(&self.texts.known[place])));
            self.layout = None;
        }
        self.texts.last = Some(place);
        let known = &mut self.texts.known[place];
        let text = head(text, LOOKED_AT);
        let projection = &self.setup.projections[usize::from(known.source.0)];
        let Some((message, begins)) = known.find(text, &projection.paths) else {
            skip(&mut self.stats, handler, Skip::NotAnEvent(known.source));
            return Some(Row::Done);
        };
        self.arena.reset();
        let arena: &Arena = &self.arena;
        let raw = arena.alloc_slice_fill_copy(projection.paths.len(), Raw::Absent);
        let form = &known.forms[message][begins];
        for (group, path) in &form.take {
            if let Some((start, end)) = form.groups.get(*group) {
                raw[*path] = Raw::Text(&text[start..end]);
            }
        }
        if let Some(path) = known.message {
            raw[path] = Raw::Text(&known.lines.messages[message].name);
        }
        if projection.skips(raw, arena) {
            skip(&mut self.stats, handler, Skip::NotAnEvent(known.source));
            return Some(Row::Done);
        }
        Some(match Event::new(projection, at.context, text, raw, arena) {
            Some(event) => {
                deliver(&mut self.stats, handler, &event);
                Row::Done
            }
            None => Row::NoTime,
        })
    }

    /// As [`text_record`](Reader::text_record), of bytes that are no UTF-8: names are whatever the caller sends, and a
    /// log of logins must not lose a line over them.
    #[cold]
    pub(super) fn broken_text(&mut self, line: &[u8], at: At<'_>, handler: &mut dyn Handler) -> bool {
        let text = String::from_utf8_lossy(line);
        match self.text_record(&text, at, handler) {
            Some(Row::NoTime) => {
                self.bad(handler, Reason::NoTime, at, "the line has no event time".to_owned(), line);
                true
            }
            Some(_) => true,
            None => false,
        }
    }
}

/// How many bytes the lines that go on take up: from `from`, the end of a line, to the end of the last that begins with
/// a blank. `None`: it goes on beyond the bytes, or may.
pub fn goes_on(bytes: &[u8], from: usize) -> Option<usize> {
    let mut end = from;
    loop {
        if !matches!(bytes.get(end + 1)?, b' ' | b'\t') {
            return Some(end);
        }
        end += 1 + memchr::memchr(b'\n', &bytes[end + 1..])?;
    }
}
