//! Going over what nobody wants, and validating it all the same: no recursion, one bit per open container.

use super::dups::{Dups, fingerprint_unescaped, unescaped};
use super::limits::MAX_DEPTH;
use super::token::{At, Fault, Why, blanks, colon, fault, key, scalar, string};
use super::trie::fingerprint;

/// Goes over a value that nobody wants, at `depth`; with `DISTINCT`, its objects must not have a key twice.
pub(super) fn skip<const DISTINCT: bool>(b: &[u8], at: usize, depth: usize, dups: &mut Dups) -> At {
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
