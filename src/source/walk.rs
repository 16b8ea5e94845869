//! The JSON walker: bytes -> spans of the wanted fields. It goes over one record once, along a trie of wire paths, and
//! validates all of it: it accepts exactly what serde_json accepts as a `Value`, except that
//! - nesting is bounded by [`MAX_DEPTH`] (serde_json: 128),
//! - an object that is descended into, or kept whole, must not have a key twice (serde_json: the last wins),
//! - numbers that no float can hold (`1e400`) pass: they are JSON, and absent to a rule.
//!
//! UTF-8 is not looked at here: the caller checks the record's bytes once, with SIMD.

use super::dups::{Dups, fingerprint_unescaped, unescaped};
use super::limits::MAX_DEPTH;
use super::scan::{LANES, lowest, repeat, string_mask, word as eight};
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

/// Why a walk ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Why {
    /// The bytes end inside of the value.
    Incomplete,
    /// Not what JSON's grammar asks for here.
    Syntax,
    /// A control character inside a string.
    Control,
    /// An unknown escape, or half a surrogate pair.
    Escape,
    /// A malformed number.
    Number,
    /// Nested deeper than [`MAX_DEPTH`].
    Depth,
    /// A key twice in one object.
    Duplicate,
}

/// Why and where: one word, so that results travel in registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault(usize);

impl Fault {
    #[inline(always)]
    fn new(at: usize, why: Why) -> Fault {
        Fault(at << 8 | why as usize)
    }

    /// Where, in bytes from the start of the record.
    pub fn at(self) -> usize {
        self.0 >> 8
    }

    /// Why.
    pub fn why(self) -> Why {
        const ALL: [Why; 7] =
            [Why::Incomplete, Why::Syntax, Why::Control, Why::Escape, Why::Number, Why::Depth, Why::Duplicate];
        ALL[self.0 & 0xff]
    }
}

type At = Result<usize, Fault>;

#[cold]
#[inline(never)]
fn fault<T>(at: usize, why: Why) -> Result<T, Fault> {
    Err(Fault::new(at, why))
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

/// The first byte at or after `at` that is no JSON white space.
#[inline(always)]
pub fn blanks(b: &[u8], at: usize) -> usize {
    match b.get(at) {
        Some(&c) if c > b' ' => at,
        _ => many_blanks(b, at),
    }
}

#[inline(never)]
fn many_blanks(b: &[u8], mut at: usize) -> usize {
    loop {
        match b.get(at) {
            Some(b' ') => {
                while eight(b, at) == Some(repeat(b' ')) {
                    at += LANES;
                }
                while b.get(at) == Some(&b' ') {
                    at += 1;
                }
            }
            Some(b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}

/// A key: start and end of its inside, and whether it has escapes. `at` is its opening quote.
#[inline(always)]
fn key(b: &[u8], at: usize) -> Result<(usize, usize, bool), Fault> {
    match b.get(at) {
        Some(b'"') => {
            let (end, escaped) = string(b, at + 1)?;
            Ok((at + 1, end, escaped))
        }
        Some(_) => fault(at, Why::Syntax),
        None => fault(at, Why::Incomplete),
    }
}

/// Eats a colon and the blanks around it.
#[inline(always)]
fn colon(b: &[u8], at: usize) -> At {
    let at = blanks(b, at);
    match b.get(at) {
        Some(b':') => Ok(blanks(b, at + 1)),
        Some(_) => fault(at, Why::Syntax),
        None => fault(at, Why::Incomplete),
    }
}

/// The inside of a string: `at` is behind its opening quote; gives its closing quote and whether there are escapes.
#[inline(always)]
fn string(b: &[u8], at: usize) -> Result<(usize, bool), Fault> {
    if let Some(word) = eight(b, at) {
        let mask = string_mask(word);
        if mask != 0 {
            let end = at + lowest(mask);
            if b[end] == b'"' {
                return Ok((end, false));
            }
        } else if let Some(word) = eight(b, at + LANES) {
            let mask = string_mask(word);
            if mask != 0 {
                let end = at + LANES + lowest(mask);
                if b[end] == b'"' {
                    return Ok((end, false));
                }
            }
        }
    }
    long_string(b, at).map(|end| if end & 1 == 0 { (end >> 1, false) } else { (end >> 1, true) })
}

/// As [`string`], for what is longer than a block, has escapes or lies at the end of the bytes. Gives twice the place of
/// the closing quote, plus one if there are escapes.
#[inline(never)]
fn long_string(b: &[u8], mut at: usize) -> At {
    let mut escaped = 0;
    'words: while let Some(word) = eight(b, at) {
        if string_mask(word) == 0 {
            at += LANES;
            while let Some(pair) = b.get(at..).and_then(|r| r.first_chunk::<16>()) {
                let pair = u128::from_le_bytes(*pair);
                #[expect(clippy::cast_possible_truncation, reason = "its two halves")]
                if string_mask(pair as u64) | string_mask((pair >> 64) as u64) != 0 {
                    break;
                }
                at += 2 * LANES;
            }
            continue;
        }
        let mut mask = string_mask(word);
        while mask != 0 {
            let place = at + lowest(mask);
            match b[place] {
                b'"' => return Ok(place << 1 | escaped),
                b'\\' => {
                    escaped = 1;
                    let behind = escape(b, place)?;
                    let used = behind - at;
                    if used >= LANES {
                        at = behind;
                        continue 'words;
                    }
                    mask &= u64::MAX << (8 * used);
                }
                0x20.. => mask &= mask - 1,
                _ => return fault(place, Why::Control),
            }
        }
        at += LANES;
    }
    loop {
        match b.get(at) {
            Some(b'"') => return Ok(at << 1 | escaped),
            Some(b'\\') => {
                escaped = 1;
                at = escape(b, at)?;
            }
            Some(0..0x20) => return fault(at, Why::Control),
            Some(_) => at += 1,
            None => return fault(at, Why::Incomplete),
        }
    }
}

/// An escape: `at` is its backslash; gives the place behind it.
#[inline(always)]
fn escape(b: &[u8], at: usize) -> At {
    match b.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => unicode(b, at),
        Some(_) => fault(at, Why::Escape),
        None => fault(at, Why::Incomplete),
    }
}

#[inline(never)]
fn unicode(b: &[u8], at: usize) -> At {
    match hex(b, at + 2)? {
        0xdc00..=0xdfff => fault(at, Why::Escape),
        0xd800..=0xdbff => {
            for (i, want) in [b'\\', b'u'].into_iter().enumerate() {
                match b.get(at + 6 + i) {
                    Some(&c) if c == want => {}
                    Some(_) => return fault(at, Why::Escape),
                    None => return fault(at, Why::Incomplete),
                }
            }
            match hex(b, at + 8)? {
                0xdc00..=0xdfff => Ok(at + 12),
                _ => fault(at, Why::Escape),
            }
        }
        _ => Ok(at + 6),
    }
}

fn hex(b: &[u8], at: usize) -> Result<u32, Fault> {
    let mut n = 0;
    for i in at..at + 4 {
        let digit = match b.get(i) {
            Some(c) => char::from(*c).to_digit(16),
            None => return fault(i, Why::Incomplete),
        };
        match digit {
            Some(d) => n = n << 4 | d,
            None => return fault(i, Why::Escape),
        }
    }
    Ok(n)
}

/// A number or word; gives the place behind it.
#[inline(always)]
fn scalar(b: &[u8], at: usize) -> At {
    match b.get(at) {
        Some(b't') => word(b, at, b"true"),
        Some(b'f') => word(b, at, b"false"),
        Some(b'n') => word(b, at, b"null"),
        Some(b'-' | b'0'..=b'9') => number(b, at),
        Some(_) => fault(at, Why::Syntax),
        None => fault(at, Why::Incomplete),
    }
}

#[inline(always)]
fn word(b: &[u8], at: usize, word: &[u8]) -> At {
    if b[at..].starts_with(word) {
        return Ok(at + word.len());
    }
    if word.starts_with(&b[at..]) { fault(b.len(), Why::Incomplete) } else { fault(at, Why::Syntax) }
}

#[inline]
fn number(b: &[u8], start: usize) -> At {
    let digits = |mut at: usize| {
        while matches!(b.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        at
    };
    let some_digits = |at: usize| match digits(at) {
        end if end > at => Ok(end),
        end if end == b.len() => fault(end, Why::Incomplete),
        end => fault(end, Why::Number),
    };
    let mut at = start + usize::from(b[start] == b'-');
    at = match b.get(at) {
        Some(b'0') if matches!(b.get(at + 1), Some(b'0'..=b'9')) => return fault(at, Why::Number),
        _ => some_digits(at)?,
    };
    if b.get(at) == Some(&b'.') {
        at = some_digits(at + 1)?;
    }
    if matches!(b.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(b.get(at + 1), Some(b'+' | b'-')));
        at = some_digits(at)?;
    }
    Ok(at)
}

/// Goes over a value that nobody wants, at `depth`; with `DISTINCT`, its objects must not have a key twice.
fn skip<const DISTINCT: bool>(b: &[u8], at: usize, depth: usize, dups: &mut Dups) -> At {
    match b.get(at) {
        Some(b'"') => string(b, at + 1).map(|(end, _)| end + 1),
        Some(b'{' | b'[') => containers::<DISTINCT>(b, at, depth, dups),
        _ => scalar(b, at),
    }
}

/// As [`skip`], for objects and arrays: no recursion, one bit per open container.
#[inline(never)]
fn containers<const DISTINCT: bool>(b: &[u8], mut at: usize, depth: usize, dups: &mut Dups) -> At {
    const OBJECT: u64 = 1;
    let mut kinds = 0u64;
    let mut open = 0usize;
    // Each turn begins at the first byte of a value.
    loop {
        match b.get(at) {
            Some(b'"') => at = string(b, at + 1)?.0 + 1,
            Some(&opening @ (b'{' | b'[')) => {
                if depth + open >= MAX_DEPTH {
                    return fault(at, Why::Depth);
                }
                let object = u64::from(opening == b'{');
                at = blanks(b, at + 1);
                if b.get(at) == Some(&(opening + 2)) {
                    at += 1;
                } else {
                    kinds = kinds << 1 | object;
                    open += 1;
                    if object == OBJECT {
                        if DISTINCT {
                            dups.open();
                        }
                        at = noted_key::<DISTINCT>(b, at, dups)?;
                    }
                    continue;
                }
            }
            _ => at = scalar(b, at)?,
        }
        // Behind a value: close what closes, go on with the next value.
        loop {
            if open == 0 {
                return Ok(at);
            }
            at = blanks(b, at);
            match b.get(at) {
                Some(b',') => {
                    at = blanks(b, at + 1);
                    if kinds & OBJECT != 0 {
                        at = noted_key::<DISTINCT>(b, at, dups)?;
                    }
                    break;
                }
                Some(b'}') if kinds & OBJECT != 0 => {}
                Some(b']') if kinds & OBJECT == 0 => {}
                Some(_) => return fault(at, Why::Syntax),
                None => return fault(at, Why::Incomplete),
            }
            if DISTINCT && kinds & OBJECT != 0 {
                dups.close();
            }
            kinds >>= 1;
            open -= 1;
            at += 1;
        }
    }
}

/// A key with its colon; gives the first byte of the value.
#[inline(always)]
fn noted_key<const DISTINCT: bool>(b: &[u8], at: usize, dups: &mut Dups) -> At {
    let (start, end, escaped) = key(b, at)?;
    if DISTINCT {
        let print =
            if escaped { fingerprint_unescaped(&unescaped(&b[start..end], true)) } else { fingerprint(b, start, end) };
        if dups.seen(b, start, end, escaped, print) {
            return fault(at, Why::Duplicate);
        }
    }
    colon(b, end + 1)
}

/// The key at the start of `b` and where its value begins.
///
/// # Errors
/// As for [`Walk::value`].
pub fn member(b: &[u8]) -> Result<(&[u8], usize), Fault> {
    let (start, end, _) = key(b, 0)?;
    Ok((&b[start..end], colon(b, end + 1)?))
}

/// Behind the value at `at`, which is one deep in an object.
///
/// # Errors
/// As for [`Walk::value`].
pub fn pass(b: &[u8], at: usize) -> Result<usize, Fault> {
    skip::<false>(b, at, 1, &mut Dups::default())
}
