//! Byte scans that the readers' inner loops stand on: eight bytes at a time in a plain register, on every machine.
//!
//! A mask has the high bit of each byte that may be meant. The lowest is always right; above it there may be false ones
//! (a borrow runs upwards), so that a caller who goes on looks at the byte itself.

/// How many bytes one mask covers.
pub const LANES: usize = 8;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The eight bytes at `at`, if there are as many.
#[inline(always)]
pub fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk::<LANES>()?))
}

/// Bytes that end or interrupt the inside of a JSON string: `"`, `\` and control characters below 0x20.
#[inline(always)]
pub fn string_mask(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let zero = (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
    (zero | (word.wrapping_sub(ONES * 0x20) & !word)) & HIGH
}

/// Bytes equal to the one that `pattern` repeats; see [`repeat`].
#[inline(always)]
pub fn equal_mask(word: u64, pattern: u64) -> u64 {
    let x = word ^ pattern;
    x.wrapping_sub(ONES) & !x & HIGH
}

/// A byte, eight times.
#[inline(always)]
pub const fn repeat(byte: u8) -> u64 {
    ONES * byte as u64
}

/// Which byte the lowest bit of a mask is.
#[inline(always)]
pub fn lowest(mask: u64) -> usize {
    (mask.trailing_zeros() >> 3) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_is_right_and_none_is_missed() {
        let check = |bytes: [u8; 8], mask: u64, meant: &dyn Fn(u8) -> bool| {
            assert_eq!((mask != 0).then(|| lowest(mask)), bytes.iter().position(|&b| meant(b)), "{bytes:?}");
            for (i, &b) in bytes.iter().enumerate() {
                assert!(!meant(b) || mask >> (8 * i + 7) & 1 == 1, "{bytes:?} misses byte {i}");
            }
        };
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                for place in 0..8 {
                    let mut bytes = [b'a'; 8];
                    bytes[place] = first;
                    bytes[(place + 1) % 8] = second;
                    let word = u64::from_le_bytes(bytes);
                    check(bytes, string_mask(word), &|b| b == b'"' || b == b'\\' || b < 0x20);
                    check(bytes, equal_mask(word, repeat(b' ')), &|b| b == b' ');
                }
            }
        }
    }
}
