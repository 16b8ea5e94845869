//! The readers: bytes -> events. Only this room knows wire formats.
//!
//! ```text
//! bytes -> unpack (or parquet) -> window -> stream (values, lists, lines) -> envelope -> walk / columns / text -> recognise -> Event
//!                                    \-> recover: one bad record costs itself
//! ```
//!
//! Every record that is read becomes an event, is skipped, or is unreadable: `records = events + skipped + unreadable`.

mod base64;
mod columns;
mod dups;
mod envelope;
#[cfg(test)]
mod hostile_tests;
mod limits;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(test)]
mod part_tests;
mod pass;
mod place;
mod random;
mod reader;
#[cfg(test)]
mod recorded_tests;
mod recover;
mod scan;
mod stream;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod testing;
mod text;
#[cfg(test)]
mod text_tests;
mod token;
mod trie;
mod unpack;
mod view;
mod walk;
#[cfg(test)]
mod walk_tests;
mod window;
mod zeek;
#[cfg(test)]
mod zeek_tests;

use std::fmt;
use std::io::{self, Read, Seek};

use crate::schema::{Context, Event, Projection, SourceId, Vocabulary};

pub use limits::{MAX_DEPTH, MAX_KEPT, MAX_RATIO, MAX_RECORD, RATIO_FROM};
pub use place::context_from_path;
pub use random::{NotBuilt, READS_PARQUET};
pub use reader::{Part, PartRead, Reader};
pub use unpack::{is_packed, is_parquet};

/// What becomes of records.
pub trait Handler {
    /// A record that a source knows.
    fn event(&mut self, event: &Event<'_>);
    /// A record that cannot be used, for the dead-letter file.
    fn unreadable(&mut self, bad: Unreadable<'_>);
    /// A record that is none of its log's events.
    fn skipped(&mut self, why: Skip);
}

/// Why a record cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Not what JSON's grammar asks for; NUL and other control characters inside strings too.
    BadJson,
    /// Bytes that are no UTF-8.
    BadUtf8,
    /// A key twice in one object.
    DuplicateKey,
    /// Nested deeper than [`MAX_DEPTH`], or envelopes inside envelopes.
    TooDeep,
    /// Longer than [`MAX_RECORD`].
    TooLarge,
    /// A row that has not as many columns as its header, or as the default order.
    WrongColumns,
    /// The input ends inside of it.
    Truncated,
    /// No source knows it.
    UnknownSource,
    /// It has no event time.
    NoTime,
    /// The compressed file ends early.
    TruncatedArchive,
    /// The compressed file is damaged, or something else follows it.
    BadArchive,
    /// The compressed file holds more than [`MAX_RATIO`] times its size.
    Ratio,
}

impl Reason {
    /// All of them, in order.
    pub const ALL: [Reason; 12] = [
        Reason::BadJson,
        Reason::BadUtf8,
        Reason::DuplicateKey,
        Reason::TooDeep,
        Reason::TooLarge,
        Reason::WrongColumns,
        Reason::Truncated,
        Reason::UnknownSource,
        Reason::NoTime,
        Reason::TruncatedArchive,
        Reason::BadArchive,
        Reason::Ratio,
    ];

    /// The stable word for it in summaries and dead letters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Reason::BadJson => "bad_json",
            Reason::BadUtf8 => "bad_utf8",
            Reason::DuplicateKey => "duplicate_key",
            Reason::TooDeep => "too_deep",
            Reason::TooLarge => "too_large",
            Reason::WrongColumns => "wrong_columns",
            Reason::Truncated => "truncated",
            Reason::UnknownSource => "unknown_source",
            Reason::NoTime => "no_time",
            Reason::TruncatedArchive => "truncated_archive",
            Reason::BadArchive => "bad_archive",
            Reason::Ratio => "ratio",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A record that cannot be used.
#[derive(Debug, Clone)]
pub struct Unreadable<'a> {
    /// Why, in one word.
    pub reason: Reason,
    /// Where the record begins, in bytes of the plain stream.
    pub offset: u64,
    /// The line that it begins on, or the envelope that it is in; from 1. None where lines are not told.
    pub line: Option<u64>,
    /// What is wrong, for people.
    pub detail: String,
    /// Its bytes, at most [`MAX_KEPT`].
    pub bytes: &'a [u8],
}

/// Why a record is not an event, and nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The source says that such records are none of the log's events: `NODATA` rows, digests.
    NotAnEvent(SourceId),
    /// The source maps such records to no class.
    NoClass(SourceId),
    /// A delivery service's own: a test message, a digest file.
    Control,
}

/// What a reader needs to know.
#[derive(Clone, Copy)]
pub struct Setup<'p> {
    /// The sources, and how their records are known.
    pub vocabulary: &'p Vocabulary,
    /// What is read of each, by [`SourceId`].
    pub projections: &'p [Projection],
    /// All records are of this source, whatever they look like.
    pub forced: Option<SourceId>,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of the input as it is stored.
    pub stored: u64,
    /// Bytes without compression.
    pub plain: u64,
    /// Records: events, skipped and unreadable ones.
    pub records: u64,
    /// Records that became events.
    pub events: u64,
    /// Records that are no events.
    pub skipped: u64,
    /// Records that cannot be used.
    pub unreadable: u64,
    /// Events by source, by [`SourceId`].
    pub by_source: Vec<u64>,
}

impl Stats {
    /// Adds another input's figures.
    pub fn add(&mut self, other: &Stats) {
        self.stored += other.stored;
        self.plain += other.plain;
        self.records += other.records;
        self.events += other.events;
        self.skipped += other.skipped;
        self.unreadable += other.unreadable;
        self.by_source.resize(self.by_source.len().max(other.by_source.len()), 0);
        for (sum, n) in self.by_source.iter_mut().zip(&other.by_source) {
            *sum += n;
        }
    }
}

/// Reads one input. `name` is its path: what it tells of account and region fills what `context` leaves open. To read
/// many, keep a [`Reader`].
///
/// # Errors
/// Those of the input itself; damaged archives and records go to the handler.
pub fn read(
    input: impl Read,
    name: &str,
    context: &Context,
    setup: Setup<'_>,
    handler: &mut dyn Handler,
) -> io::Result<Stats> {
    Reader::new(setup).read(input, name, context, handler)
}

/// As [`read`], of a file, which Parquet needs to be read in any order.
///
/// # Errors
/// Those of the file itself, and [`NotBuilt`]; damaged archives and records go to the handler.
pub fn read_file(
    file: impl Read + Seek + Send + 'static,
    name: &str,
    context: &Context,
    setup: Setup<'_>,
    handler: &mut dyn Handler,
) -> io::Result<Stats> {
    Ok(Reader::new(setup).read_file(file, name, context, handler)?.stats)
}
