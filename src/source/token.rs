//! The tokens of JSON: blanks, strings, numbers, words. Each function begins at a place and gives the place behind.

use super::scan::{LANES, lowest, repeat, string_mask, word as eight};

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
    /// Nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
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

pub(super) type At = Result<usize, Fault>;

#[cold]
#[inline(never)]
pub(super) fn fault<T>(at: usize, why: Why) -> Result<T, Fault> {
    Err(Fault::new(at, why))
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
pub(super) fn key(b: &[u8], at: usize) -> Result<(usize, usize, bool), Fault> {
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
pub(super) fn colon(b: &[u8], at: usize) -> At {
    let at = blanks(b, at);
    match b.get(at) {
        Some(b':') => Ok(blanks(b, at + 1)),
        Some(_) => fault(at, Why::Syntax),
        None => fault(at, Why::Incomplete),
    }
}

/// The inside of a string: `at` is behind its opening quote; gives its closing quote and whether there are escapes.
#[inline(always)]
pub(super) fn string(b: &[u8], at: usize) -> Result<(usize, bool), Fault> {
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
pub(super) fn scalar(b: &[u8], at: usize) -> At {
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
