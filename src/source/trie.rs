//! The wire paths that a walk must find, as a trie whose nodes are asked by a key's fingerprint.

use std::collections::HashMap;

use crate::schema::WirePath;

/// What a trie's node is asked by: a key's length, first and last eight bytes. Up to 16 bytes that is the whole key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fingerprint {
    first: u64,
    last: u64,
    len: usize,
}

impl Fingerprint {
    /// A number for tables: equal keys have equal ones; the reverse is not so.
    #[inline(always)]
    pub fn hash(self) -> u64 {
        let mixed = (self.first ^ self.last.rotate_left(29) ^ self.len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 32
    }
}

/// The fingerprint of the key `bytes[start..end]`; looking at the bytes around it, where there are any, is faster.
#[inline(always)]
pub fn fingerprint(bytes: &[u8], start: usize, end: usize) -> Fingerprint {
    let len = end - start;
    let (first, last) = if len >= 8 {
        (word(bytes, start), word(bytes, end - 8))
    } else if start + 8 <= bytes.len() {
        (word(bytes, start) & ((1u64 << (8 * len)) - 1), 0)
    } else {
        (bytes[start..end].iter().rev().fold(0, |acc, &b| acc << 8 | u64::from(b)), 0)
    };
    Fingerprint { first, last, len }
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk::<8>().map_or(0, |w| u64::from_le_bytes(*w))
}

/// What to do with the value under a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Want {
    /// Where to put it, if it is wanted.
    pub slot: Option<u32>,
    /// Whether all objects inside it must have distinct keys.
    pub distinct: bool,
    /// At the top of a document: if it is an array of records, stop there, it is read element by element.
    pub stream: bool,
}

#[derive(Debug, Default)]
struct Node {
    want: Want,
    /// `(fingerprint, place in keys)`, open addressing, a power of two of entries; empty where there are no children.
    table: Vec<(Fingerprint, u32)>,
    /// Children: key and node.
    children: Vec<(Box<[u8]>, u32)>,
}

/// Keys up to this length are told by their fingerprint alone.
const WHOLE: usize = 16;

const EMPTY: u32 = u32::MAX;

/// A node of a [`Trie`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeId(u32);

/// Wire paths by their keys.
#[derive(Debug)]
pub struct Trie {
    nodes: Vec<Node>,
    paths: HashMap<WirePath, u32>,
}

impl Trie {
    /// Where every walk begins: the record itself.
    pub const ROOT: NodeId = NodeId(0);

    /// A trie of paths; the path at place `n` is slot `n`.
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p WirePath>) -> Trie {
        let mut trie = Trie { nodes: vec![Node::default()], paths: HashMap::new() };
        for (slot, path) in paths.into_iter().enumerate() {
            let slot = u32::try_from(slot).unwrap_or(EMPTY);
            debug_assert!(!trie.paths.contains_key(path), "a projection has each path once");
            trie.paths.insert(path.clone(), slot);
            let node = trie.node(path);
            trie.nodes[node].want.slot = Some(slot);
            trie.nodes[node].want.distinct = true;
        }
        trie
    }

    /// Adds a path that the reader itself asks for; its slot is the same if it is wanted already.
    pub fn add(&mut self, path: &WirePath) -> u32 {
        let next = u32::try_from(self.paths.len()).unwrap_or(EMPTY);
        let slot = *self.paths.entry(path.clone()).or_insert(next);
        let node = self.node(path);
        self.nodes[node].want.slot = Some(slot);
        slot
    }

    /// Marks a path as a list of records.
    pub fn stream(&mut self, path: &WirePath) {
        let node = self.node(path);
        self.nodes[node].want.stream = true;
    }

    /// How many slots a walk fills.
    pub fn slots(&self) -> usize {
        self.paths.len()
    }

    /// Finishes: lays out the tables of children.
    pub fn seal(mut self) -> Trie {
        for node in &mut self.nodes {
            if node.children.is_empty() {
                continue;
            }
            let size = (node.children.len() * 2).next_power_of_two().max(4);
            node.table = vec![(Fingerprint::default(), EMPTY); size];
            for (place, (key, _)) in node.children.iter().enumerate() {
                let print = fingerprint(key, 0, key.len());
                let mut at = slot_of(print, size);
                while node.table[at].1 != EMPTY {
                    at = (at + 1) & (size - 1);
                }
                node.table[at] = (print, u32::try_from(place).unwrap_or(EMPTY));
            }
        }
        self
    }

    /// The child under a key, if one is wanted.
    #[inline(always)]
    pub fn child(&self, of: NodeId, print: Fingerprint, key: &[u8]) -> Option<NodeId> {
        let node = &self.nodes[of.0 as usize];
        let size = node.table.len();
        if size == 0 {
            return None;
        }
        let mut at = slot_of(print, size);
        loop {
            let (have, place) = node.table[at];
            if place == EMPTY {
                return None;
            }
            if have == print {
                let (name, child) = &node.children[place as usize];
                if key.len() <= WHOLE || **name == *key {
                    return Some(NodeId(*child));
                }
            }
            at = (at + 1) & (size - 1);
        }
    }

    /// What is wanted at a node.
    #[inline(always)]
    pub fn want(&self, id: NodeId) -> Want {
        self.nodes[id.0 as usize].want
    }

    /// Whether something below a node is wanted.
    #[inline(always)]
    pub fn descends(&self, id: NodeId) -> bool {
        !self.nodes[id.0 as usize].children.is_empty()
    }

    fn node(&mut self, path: &WirePath) -> usize {
        let mut at = 0;
        for key in path {
            let found = self.nodes[at].children.iter().find(|(k, _)| **k == *key.as_bytes()).map(|c| c.1 as usize);
            at = found.unwrap_or_else(|| {
                let id = self.nodes.len();
                self.nodes.push(Node::default());
                self.nodes[at].children.push((key.as_bytes().into(), u32::try_from(id).unwrap_or(EMPTY)));
                id
            });
        }
        at
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "only the low bits count")]
fn slot_of(print: Fingerprint, size: usize) -> usize {
    print.hash() as usize & (size - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_key_and_no_other() {
        let keys: Vec<String> = (0..200).map(|i| "k".repeat(i % 23) + &i.to_string()).collect();
        let paths: Vec<WirePath> = keys.iter().map(|k| vec![k.as_str().into()]).collect();
        let trie = Trie::new(&paths).seal();
        for (i, key) in keys.iter().enumerate() {
            let print = fingerprint(key.as_bytes(), 0, key.len());
            let child = trie.child(Trie::ROOT, print, key.as_bytes()).expect("there");
            assert_eq!(trie.want(child).slot, Some(i as u32));
            let other = format!("{key}x");
            let print = fingerprint(other.as_bytes(), 0, other.len());
            assert!(trie.child(Trie::ROOT, print, other.as_bytes()).is_none());
            let around = format!("\"{key}\":\"a long enough rest\"");
            assert_eq!(
                fingerprint(around.as_bytes(), 1, 1 + key.len()),
                fingerprint(key.as_bytes(), 0, key.len()),
                "the bytes around a key do not matter"
            );
        }
    }
}
