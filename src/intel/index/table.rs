//! Texts in one block with a hash table over them: open addressing, a byte of the hash beside each slot, so that a
//! look-up of what is not there rarely touches more than one cache line.

use super::super::ListRole;

/// Texts of lists as they come, before the table is built.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) items: Vec<(u32, ListRole, Box<str>)>,
}

impl Gathered {
    pub(super) fn add(&mut self, list: u32, role: ListRole, texts: &[Box<str>]) {
        self.items.extend(texts.iter().map(|t| (list, role, t.clone())));
    }
}

/// Distinct texts, numbered in the order they were added, found by hash.
#[derive(Debug, Default)]
pub(super) struct NameTable {
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
    /// 0: free; else seven bits of the hash, and one that is set.
    tags: Vec<u8>,
    slots: Vec<u32>,
}

impl NameTable {
    /// A table for at most `n` texts; never more than two thirds full.
    pub(super) fn with_capacity(n: usize) -> Self {
        let slots = if n == 0 { 0 } else { (n + n / 2).next_power_of_two().max(4) };
        Self { text: String::new(), ends: Vec::with_capacity(n), tags: vec![0; slots], slots: vec![0; slots] }
    }

    /// The number of a text, which is added if it is new. `hash` is [`hash`] of it.
    pub(super) fn insert(&mut self, text: &str) -> u32 {
        let hash = hash(text.as_bytes());
        if let Some(found) = self.find(hash, text.as_bytes()) {
            return found;
        }
        let id = u32::try_from(self.ends.len()).expect("list files are capped far below 2^32 entries");
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).expect("all texts of lists fit in 4 GiB"));
        let mask = self.tags.len() - 1;
        let mut at = slot(hash) & mask;
        while self.tags[at] != 0 {
            at = (at + 1) & mask;
        }
        self.tags[at] = tag(hash);
        self.slots[at] = id;
        id
    }

    /// The number of a text; ASCII case does not count (tables of lower-case texts) …
    #[inline]
    pub(super) fn find_folded(&self, hash: u64, text: &[u8]) -> Option<u32> {
        self.probe(hash, |id| self.text(id).as_bytes().eq_ignore_ascii_case(text))
    }

    /// … or does.
    #[inline]
    pub(super) fn find(&self, hash: u64, text: &[u8]) -> Option<u32> {
        self.probe(hash, |id| self.text(id).as_bytes() == text)
    }

    #[inline]
    fn probe(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.tags.len().checked_sub(1)?;
        let (mut at, tag) = (slot(hash) & mask, tag(hash));
        loop {
            match self.tags[at] {
                0 => return None,
                t if t == tag && is(self.slots[at]) => return Some(self.slots[at]),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// The text of a number that this table gave out.
    #[inline]
    pub(super) fn text(&self, id: u32) -> &str {
        let i = id as usize;
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        &self.text[start..self.ends[i] as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4 + self.tags.capacity() + self.slots.capacity() * 4
    }
}

/// Of a text from its end, as names are looked up: each byte folded in turn, so that the hash of every suffix falls
/// out on the way. ASCII case does not count.
#[inline]
pub(super) fn hash(text: &[u8]) -> u64 {
    finish(text.iter().rev().fold(0, |state, &byte| step(state, byte)))
}

/// One more byte to the left.
#[inline]
pub(super) fn step(state: u64, byte: u8) -> u64 {
    (state.rotate_left(5) ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// The hash of what was stepped over.
#[inline]
pub(super) fn finish(state: u64) -> u64 {
    let mixed = (state ^ (state >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

fn tag(hash: u64) -> u8 {
    (hash >> 57) as u8 | 0x80
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
fn slot(hash: u64) -> usize {
    hash as usize
}
