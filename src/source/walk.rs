//! The JSON walker: bytes -> spans of the wanted fields. It goes over one record once, along a trie of wire paths, and
//! validates all of it: it accepts exactly what serde_json accepts as a `Value`, except that
//! - nesting is bounded by [`MAX_DEPTH`] (serde_json: 128),
//! - an object that is descended into, or kept whole, must not have a key twice (serde_json: the last wins),
//! - numbers that no float can hold (`1e400`) pass: they are JSON, and absent to a rule.
//!
//! UTF-8 is not looked at here: the caller checks the record's bytes once, with SIMD.

use super::dups::{Dups, fingerprint_unescaped, unescaped};
use super::limits::MAX_DEPTH;
use super::pass::skip;
use super::token::{At, Fault, Why, blanks, colon, fault, key, scalar, string};
use super::trie::{NodeId, Trie, fingerprint};

/// What kind of value a span holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Not in the record.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number.
    Number,
    /// The inside of a string without escapes.
    Plain,
    /// The inside of a string with escapes.
    Escaped,
    /// A whole object or array.
    Json,
}

/// A wanted value: where it is in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
}

impl Span {
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a record is shorter than 4 GiB")]
    fn new(kind: Kind, start: usize, end: usize) -> Span {
        Span { kind, start: start as u32, end: end as u32 }
    }

    /// Its bytes.
    #[inline]
    pub fn of<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.start as usize..self.end as usize]
    }
}

/// How a walk ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walked {
    /// The value ends here.
    Done(usize),
    /// A list of records opens here: at its `[`.
    List(usize),
}

/// Where in a record an object is.
#[derive(Clone, Copy)]
struct Level {
    /// How many containers are open, it included.
    depth: usize,
    /// It is a document's top: lists of records are read element by element.
    stream: bool,
    /// It is part of something that is kept whole.
    distinct: bool,
}

/// The walker, with what it keeps between records.
#[derive(Debug, Default)]
pub struct Walk {
    /// The wanted values, by slot.
    pub spans: Vec<Span>,
    dups: Dups,
    list: Option<usize>,
}

impl Walk {
    /// Walks the value at the start of `bytes`, which may go on after it. With `stream`, it stops at a list of records.
    ///
    /// # Errors
    /// Where and why it is not readable; [`Why::Incomplete`] if `bytes` end inside of it.
    #[inline]
    pub fn value(&mut self, trie: &Trie, bytes: &[u8], stream: bool) -> Result<Walked, Fault> {
        self.spans.clear();
        self.spans.resize(trie.slots(), Span::default());
        self.dups.clear();
        self.list = None;
        let at = blanks(bytes, 0);
        let end = match bytes.get(at) {
            Some(b'{') => self.object(trie, Trie::ROOT, bytes, at, Level { depth: 1, stream, distinct: false }),
            _ => skip::<false>(bytes, at, 0, &mut self.dups),
        };
        match (end, self.list) {
            (_, Some(list)) => Ok(Walked::List(list)),
            (Ok(end), None) => Ok(Walked::Done(end)),
            (Err(fault), None) => Err(fault),
        }
    }

    /// Walks an object along the trie; `at` is its `{`.
    fn object(&mut self, trie: &Trie, node: NodeId, b: &[u8], at: usize, level: Level) -> At {
        if level.depth > MAX_DEPTH {
            return fault(at, Why::Depth);
        }
        self.dups.open();
        let mut at = blanks(b, at + 1);
        if b.get(at) == Some(&b'}') {
            self.dups.close();
            return Ok(at + 1);
        }
        loop {
            let (start, end, escaped) = key(b, at)?;
            let (child, print) = if escaped {
                let plain = unescaped(&b[start..end], true);
                let print = fingerprint_unescaped(&plain);
                (trie.child(node, print, &plain), print)
            } else {
                let print = fingerprint(b, start, end);
                (trie.child(node, print, &b[start..end]), print)
            };
            if self.dups.seen(b, start, end, escaped, print) {
                return fault(at, Why::Duplicate);
            }
            at = colon(b, end + 1)?;
            at = match child {
                None => self.unwanted(b, at, level.depth, level.distinct)?,
                Some(child) => self.wanted(trie, child, b, at, level)?,
            };
            at = blanks(b, at);
            match b.get(at) {
                Some(b',') => at = blanks(b, at + 1),
                Some(b'}') => break,
                Some(_) => return fault(at, Why::Syntax),
                None => return fault(at, Why::Incomplete),
            }
        }
        self.dups.close();
        Ok(at + 1)
    }

    /// A value that nobody reads.
    #[inline(always)]
    fn unwanted(&mut self, b: &[u8], at: usize, depth: usize, distinct: bool) -> At {
        if distinct { skip::<true>(b, at, depth, &mut self.dups) } else { skip::<false>(b, at, depth, &mut self.dups) }
    }

    /// A value that the trie knows; `at` is its first byte.
    #[inline]
    fn wanted(&mut self, trie: &Trie, node: NodeId, b: &[u8], at: usize, level: Level) -> At {
        let want = trie.want(node);
        let distinct = level.distinct || want.distinct;
        let (span, end) = match b.get(at) {
            Some(b'"') => {
                let (end, escaped) = string(b, at + 1)?;
                (Span::new(if escaped { Kind::Escaped } else { Kind::Plain }, at + 1, end), end + 1)
            }
            Some(b'{') if trie.descends(node) => {
                let end = self.object(trie, node, b, at, Level { depth: level.depth + 1, stream: false, distinct })?;
                (Span::new(Kind::Json, at, end), end)
            }
            Some(b'{' | b'[') => {
                if level.stream && want.stream && b[at] == b'[' && opens_list(b, at)? {
                    self.list = Some(at);
                    return fault(at, Why::Incomplete);
                }
                let end = self.unwanted(b, at, level.depth, distinct)?;
                (Span::new(Kind::Json, at, end), end)
            }
            Some(&first) => {
                let end = scalar(b, at)?;
                let kind = match first {
                    b'n' => Kind::Null,
                    b't' => Kind::True,
                    b'f' => Kind::False,
                    _ => Kind::Number,
                };
                (Span::new(kind, at, end), end)
            }
            None => return fault(at, Why::Incomplete),
        };
        if let Some(slot) = want.slot {
            self.spans[slot as usize] = span;
        }
        Ok(end)
    }
}

/// Whether a list holds objects, or nothing: then it is a list of records.
fn opens_list(b: &[u8], at: usize) -> Result<bool, Fault> {
    match b.get(blanks(b, at + 1)) {
        Some(b'{' | b']') => Ok(true),
        Some(_) => Ok(false),
        None => fault(at, Why::Incomplete),
    }
}
