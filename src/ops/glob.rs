//! `like`: `*` is any text, `?` one character, everything else itself. No escapes: what must hold a literal `*` uses
//! `contains` or `matches`. Each piece between stars is sought once from the left, so the cost is at most the text's
//! length times the pattern's, never more.

use memchr::memmem;

/// Stars in a pattern: more than anyone needs, few enough to read.
pub const MAX_STARS: usize = 16;

/// What is wrong with a pattern, if anything.
#[must_use]
pub fn pattern_error(pattern: &str) -> Option<String> {
    let stars = pattern.matches('*').count();
    (stars > MAX_STARS).then(|| format!("a `like` pattern has at most {MAX_STARS} `*`, this one has {stars}"))
}

/// Whether the whole text is like the pattern. `caseless`: whatever its case; the pattern is lower case then. A
/// pattern with too many stars is like nothing (the checker refuses it).
#[must_use]
pub fn like(text: &str, pattern: &str, caseless: bool) -> bool {
    if pattern_error(pattern).is_some() {
        return false;
    }
    let Some((first, rest)) = pattern.split_once('*') else {
        return prefix(text, pattern, caseless) == Some(text.len());
    };
    let Some(skip) = prefix(text, first, caseless) else {
        return false;
    };
    let mut text = &text[skip..];
    let (middle, last) = rest.rsplit_once('*').map_or(("", rest), |(middle, last)| (middle, last));
    for piece in middle.split('*').filter(|p| !p.is_empty()) {
        match find(text, piece, caseless) {
            Some(end) => text = &text[end..],
            None => return false,
        }
    }
    suffix(text, last, caseless)
}

/// The length of the text's beginning that is like a piece without stars.
fn prefix(text: &str, piece: &str, caseless: bool) -> Option<usize> {
    let mut chars = text.chars();
    for p in piece.chars() {
        let c = chars.next()?;
        if p != '?' && c != p && !(caseless && same_letter(c, p)) {
            return None;
        }
    }
    Some(text.len() - chars.as_str().len())
}

/// Where the leftmost occurrence of a piece without stars ends.
fn find(text: &str, piece: &str, caseless: bool) -> Option<usize> {
    if !caseless && !piece.contains('?') {
        return memmem::find(text.as_bytes(), piece.as_bytes()).map(|at| at + piece.len());
    }
    text.char_indices().find_map(|(at, _)| prefix(&text[at..], piece, caseless).map(|len| at + len))
}

/// Whether the text ends like a piece without stars.
fn suffix(text: &str, piece: &str, caseless: bool) -> bool {
    let Some(back) = piece.chars().count().checked_sub(1) else {
        return true;
    };
    text.char_indices().rev().nth(back).is_some_and(|(at, _)| prefix(&text[at..], piece, caseless).is_some())
}

/// Whether a character is the lower-case letter `p` in some case.
fn same_letter(c: char, p: char) -> bool {
    if c.is_ascii() { c.to_ascii_lowercase() == p } else { c.to_lowercase().eq(std::iter::once(p)) }
}
