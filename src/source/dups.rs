//! Duplicate keys: a second `"bucketName"` hides the first from one reader and the second from another, so that a record
//! with one is unreadable. Keys are compared unescaped: `"\u0061"` is `"a"`.

use std::borrow::Cow;
use std::collections::HashSet;

use super::trie::{Fingerprint, fingerprint};

/// Beyond this many keys an object's keys go into a hash set: a scan over them would be quadratic.
const SCANNED: usize = 64;

#[derive(Debug, Clone, Copy)]
struct Key {
    hash: u64,
    start: u32,
    end: u32,
    escaped: bool,
}

#[derive(Debug, Default)]
struct Frame {
    base: usize,
    /// One bit per fingerprint's top six bits: most new keys need no scan.
    bloom: u64,
    many: Option<HashSet<Vec<u8>>>,
}

/// Keys of the objects that are open.
#[derive(Debug, Default)]
pub struct Dups {
    keys: Vec<Key>,
    frames: Vec<Frame>,
}

impl Dups {
    /// Forgets everything.
    #[inline]
    pub fn clear(&mut self) {
        self.keys.clear();
        self.frames.clear();
    }

    /// An object opens.
    #[inline]
    pub fn open(&mut self) {
        self.frames.push(Frame { base: self.keys.len(), bloom: 0, many: None });
    }

    /// The innermost object closes.
    #[inline]
    pub fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.keys.truncate(frame.base);
        }
    }

    /// Notes the key `bytes[start..end]` of the innermost object, as written, with the fingerprint of its unescaped
    /// form. Returns whether it was there before.
    #[inline(always)]
    pub fn seen(&mut self, bytes: &[u8], start: usize, end: usize, escaped: bool, print: Fingerprint) -> bool {
        let Some(frame) = self.frames.last_mut() else { return false };
        let hash = print.hash();
        let bit = 1u64 << (hash >> 58);
        if (frame.bloom & bit != 0 || self.keys.len() - frame.base >= SCANNED)
            && seen_slowly(frame, &self.keys, bytes, &bytes[start..end], escaped, hash)
        {
            return true;
        }
        frame.bloom |= bit;
        if frame.many.is_none() {
            #[expect(clippy::cast_possible_truncation, reason = "a record is shorter than 4 GiB")]
            self.keys.push(Key { hash, start: start as u32, end: end as u32, escaped });
        }
        false
    }
}

#[cold]
#[inline(never)]
fn seen_slowly(frame: &mut Frame, keys: &[Key], bytes: &[u8], key: &[u8], escaped: bool, hash: u64) -> bool {
    let text = |k: &Key| unescaped(&bytes[k.start as usize..k.end as usize], k.escaped);
    let key = unescaped(key, escaped);
    if let Some(many) = &mut frame.many {
        return !many.insert(key.into_owned());
    }
    let own = &keys[frame.base..];
    let twice = own.iter().any(|k| k.hash == hash && text(k) == key);
    if !twice && own.len() >= SCANNED {
        let mut many: HashSet<Vec<u8>> = own.iter().map(|k| text(k).into_owned()).collect();
        many.insert(key.into_owned());
        frame.many = Some(many);
    }
    twice
}

/// The inside of a JSON string without its escapes, as bytes; the escapes are known to be right.
pub fn unescaped(raw: &[u8], escaped: bool) -> Cow<'_, [u8]> {
    if !escaped {
        return Cow::Borrowed(raw);
    }
    let Ok(text) = std::str::from_utf8(raw) else { return Cow::Borrowed(raw) };
    let arena = crate::value::Arena::new();
    match crate::value::json::unescape(text, &arena) {
        Some(plain) => Cow::Owned(plain.as_bytes().to_vec()),
        None => Cow::Borrowed(raw),
    }
}

/// The fingerprint of a key as written, over its unescaped form.
pub fn fingerprint_unescaped(plain: &[u8]) -> Fingerprint {
    fingerprint(plain, 0, plain.len())
}
