//! Logs of free text, as data: how a record's line begins, and which messages are events.

use aho_corasick::AhoCorasick;
use regex::Regex;

/// The field that holds the name of a record's message.
pub const MESSAGE: &str = "message";

/// What is looked at of a record of text, in bytes: longer ones are statements that hold whole tables, and regular
/// expressions must not see them.
pub const LOOKED_AT: usize = 64 << 10;

/// The lines of one source.
#[derive(Debug)]
pub struct Lines {
    /// How a record's first line begins: one of these, at its start.
    pub begins: Vec<Regex>,
    /// Which records are events; the first that fits.
    pub messages: Vec<Message>,
    /// The words of the messages, by place.
    pub words: AhoCorasick,
    /// Whether any line that no source knows goes on the record before it; else only those that begin with a blank.
    pub any_goes_on: bool,
}

/// A kind of records that are events.
#[derive(Debug)]
pub struct Message {
    /// What conditions call it, in the field [`MESSAGE`].
    pub name: String,
    /// Words that are in every such record.
    pub has: String,
    /// It may go on over lines.
    pub many: bool,
    /// The whole record, by the place of its beginning in [`Lines::begins`]; groups are fields.
    pub whole: Vec<Regex>,
}
