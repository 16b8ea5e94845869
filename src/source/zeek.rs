//! Zeek's own log files: `#` lines that name the columns and their types, then rows. Rows are handed on as the JSON form
//! of the same log would be: lists as JSON, booleans as such, the log's name as `_path`.

use super::Setup;
use super::columns::{Layout, NOT};
use crate::schema::{Raw, SourceId};
use crate::value::Arena;

/// The field that names the log in JSON; in the rows' own form `#path` says it.
const PATH: &str = "_path";

/// How a column's texts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// `T` or `F`.
    Bool,
    /// `set[…]` and `vector[…]`.
    List,
}

/// What a file's `#` lines say of its rows, over the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// By column.
    kinds: Vec<Kind>,
    set: char,
    empty: String,
    unset: String,
    /// Where among the projection's paths the log's name goes, and the name.
    path: Option<(u32, String)>,
}

/// The `#` lines at the head of a file, as far as they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preamble {
    separator: u8,
    set: char,
    empty: String,
    unset: String,
    path: Option<String>,
    fields: Vec<String>,
    types: Vec<String>,
    /// The lines themselves, for readers that go on from the middle.
    pub lines: String,
}

impl Default for Preamble {
    fn default() -> Preamble {
        Preamble {
            separator: b'\t',
            set: ',',
            empty: "(empty)".to_owned(),
            unset: "-".to_owned(),
            path: None,
            fields: Vec::new(),
            types: Vec::new(),
            lines: String::new(),
        }
    }
}

impl Preamble {
    /// Takes a line that begins with `#`; whether Zeek writes such lines.
    pub fn take(&mut self, line: &str) -> bool {
        if let Some(text) = line.strip_prefix("#separator ") {
            *self = Preamble::default();
            let byte = text.trim().strip_prefix("\\x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
            self.separator = byte.or(text.bytes().next()).unwrap_or(b'\t');
        } else {
            let mut cells = line.split(char::from(self.separator));
            let word = cells.next().unwrap_or_default();
            let rest = || line.split(char::from(self.separator)).nth(1).unwrap_or_default().to_owned();
            match word {
                "#set_separator" => self.set = rest().chars().next().unwrap_or(','),
                "#empty_field" => self.empty = rest(),
                "#unset_field" => self.unset = rest(),
                "#path" => self.path = Some(rest()),
                "#fields" => {
                    self.fields = cells.map(str::to_owned).collect();
                    self.types.clear();
                }
                "#types" => self.types = cells.map(str::to_owned).collect(),
                "#open" | "#close" => return true,
                _ => return false,
            }
        }
        if !self.lines.is_empty() {
            self.lines.push('\n');
        }
        self.lines.push_str(line);
        true
    }

    /// The order of the columns, once they are named.
    pub fn layout(&self, setup: &Setup<'_>, source: SourceId) -> Option<Layout> {
        if self.fields.is_empty() {
            return None;
        }
        let kinds = (0..self.fields.len()).map(|at| match self.types.get(at).map_or("", String::as_str) {
            "bool" => Kind::Bool,
            t if t.starts_with("set[") || t.starts_with("vector[") => Kind::List,
            _ => Kind::Plain,
        });
        let paths = &setup.projections[usize::from(source.0)].paths;
        let place = |name: &str| {
            let at = paths.iter().position(|p| matches!(&p[..], [only] if only.as_ref() == name));
            at.and_then(|n| u32::try_from(n).ok())
        };
        let form = Form {
            kinds: kinds.collect(),
            set: self.set,
            empty: self.empty.clone(),
            unset: self.unset.clone(),
            path: place(PATH).zip(self.path.clone()),
        };
        let take = self.fields.iter().map(|f| place(f).unwrap_or(NOT)).collect();
        Some(Layout::of_zeek(source, self.separator, take, form))
    }
}

impl Form {
    /// What the `#` lines say of every row.
    pub fn common<'a>(&self, raw: &mut [Raw<'a>], arena: &'a Arena) {
        if let Some((place, name)) = &self.path {
            raw[*place as usize] = Raw::Text(arena.alloc_str(name));
        }
    }

    /// A cell, as JSON would have it.
    #[inline]
    pub fn cell<'a>(&self, column: usize, text: &'a str, arena: &'a Arena) -> Raw<'a> {
        if text == self.unset || text.is_empty() {
            return Raw::Absent;
        }
        match self.kinds.get(column) {
            Some(Kind::Bool) => match text {
                "T" => Raw::Bool(true),
                "F" => Raw::Bool(false),
                _ => Raw::Text(text),
            },
            Some(Kind::List) => Raw::Json(self.list(text, arena)),
            _ if text == self.empty => Raw::Str("", false),
            _ => Raw::Text(plain(text, arena)),
        }
    }

    /// `a,b` as a list of JSON.
    fn list<'a>(&self, text: &str, arena: &'a Arena) -> &'a str {
        let mut out = bumpalo::collections::String::with_capacity_in(text.len() + 8, arena);
        out.push('[');
        if text != self.empty {
            for (n, item) in text.split(self.set).enumerate() {
                out.push_str(if n == 0 { "\"" } else { ",\"" });
                let item = plain(item, arena);
                for c in item.chars() {
                    match c {
                        '"' | '\\' => out.extend(['\\', c]),
                        c if c < ' ' => out.push(char::REPLACEMENT_CHARACTER),
                        c => out.push(c),
                    }
                }
                out.push('"');
            }
        }
        out.push(']');
        out.into_bump_str()
    }
}

/// Zeek writes separators and bytes that are no text as `\x09`; as it was before, if it is text then.
fn plain<'a>(text: &'a str, arena: &'a Arena) -> &'a str {
    if !text.contains("\\x") {
        return text;
    }
    let mut bytes = bumpalo::collections::Vec::with_capacity_in(text.len(), arena);
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let hex = rest.get(at + 2..at + 4).and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(b"\\x"),
        }
        rest = &rest[at + if hex.is_some() { 4 } else { 2 }..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    std::str::from_utf8(bytes.into_bump_slice()).unwrap_or(text)
}
