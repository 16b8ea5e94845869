//! The merged index: entries of all lists in, one look-up per attribute value out.
//!
//! ```text
//! (list, role, Entries)* --> ranges | domains | words --> sets of hits, trusted wins --> Hits
//! ```
//!
//! Of each list the most specific entry that matches is the hit. Where any trusted list matches, the threat lists do
//! not: decided while building, so that a look-up costs nothing for it.

mod domains;
mod ranges;
mod sets;
mod table;
mod words;

use std::fmt;
use std::net::IpAddr;

use super::entry::{Entries, IpRange};
use super::{ListRole, ListType};
use crate::value::Val;
use domains::DomainIndex;
use ranges::IpIndex;
use sets::Packed;
use words::WordIndex;

/// Collects the entries of many lists; see [`ListIndex`].
#[derive(Debug, Default)]
pub struct ListIndexBuilder {
    ip: ranges::Builder,
    domains: table::Gathered,
    hashes: table::Gathered,
    strings: table::Gathered,
    ints: table::Gathered,
}

impl ListIndexBuilder {
    /// Adds entries to a list. A list may be added to several times (constants and a file), in several roles.
    ///
    /// # Panics
    /// With a `list` beyond 2^31 − 1, the most that the index can name.
    pub fn add(&mut self, list: u32, role: ListRole, kind: ListType, entries: &Entries) -> &mut Self {
        assert!(list <= sets::MAX_LIST, "list numbers end at 2^31 - 1");
        match kind {
            ListType::Ip => self.ip.add(list, role, entries),
            ListType::Domain => self.domains.add(list, role, &entries.text),
            ListType::Hash => self.hashes.add(list, role, &entries.text),
            ListType::String => self.strings.add(list, role, &entries.text),
            ListType::Int => self.ints.add(list, role, &entries.text),
        }
        self
    }

    /// The index over everything that was added.
    #[must_use]
    pub fn build(self) -> ListIndex {
        ListIndex {
            ip: self.ip.build(),
            domains: DomainIndex::build(self.domains),
            hashes: WordIndex::build(self.hashes),
            strings: WordIndex::build(self.strings),
            ints: WordIndex::build(self.ints),
        }
    }
}

/// All lists of a deployment in one: which lists does this value match, and by which entry? Immutable; a new version
/// of a list means a new index, so that a batch sees exactly one.
#[derive(Debug, Default)]
pub struct ListIndex {
    ip: IpIndex,
    domains: DomainIndex,
    hashes: WordIndex,
    strings: WordIndex,
    ints: WordIndex,
}

impl ListIndex {
    /// Begins an index.
    #[must_use]
    pub fn builder() -> ListIndexBuilder {
        ListIndexBuilder::default()
    }

    /// The lists with an entry that holds this address. IPv4-mapped IPv6 addresses are IPv4.
    #[must_use]
    pub fn lookup_ip(&self, ip: IpAddr) -> Hits<'_> {
        self.ip.lookup(ip)
    }

    /// The lists with an entry that holds this name: itself, or a name above it by whole labels. Case and a final dot
    /// do not matter; other than that the name must be in A-labels.
    #[must_use]
    pub fn lookup_domain(&self, name: &str) -> Hits<'_> {
        self.domains.lookup(name)
    }

    /// The lists of a textual type (`hash`: without regard to case; `string`: exact; `int`: in decimal) with this
    /// text; of `domain` and `ip` lists, what [`Self::lookup_domain`] and [`Self::lookup_ip`] say.
    #[must_use]
    pub fn lookup_text(&self, kind: ListType, text: &str) -> Hits<'_> {
        match kind {
            ListType::Hash => self.hashes.lookup_folded(text),
            ListType::String => self.strings.lookup(text),
            ListType::Int => self.ints.lookup(text),
            ListType::Domain => self.lookup_domain(text),
            ListType::Ip => text.parse().map_or(Hits::NONE, |ip| self.lookup_ip(ip)),
        }
    }

    /// The lists of integers with this one.
    #[must_use]
    pub fn lookup_int(&self, n: i64) -> Hits<'_> {
        if self.ints.is_empty() { Hits::NONE } else { self.ints.lookup(&n.to_string()) }
    }

    /// The lists of a type that an attribute's value matches; nothing where the value cannot be of that type.
    #[must_use]
    pub fn lookup(&self, kind: ListType, value: Val<'_>) -> Hits<'_> {
        match (kind, value) {
            (ListType::Ip, Val::Ip(ip)) => self.lookup_ip(ip),
            (ListType::Int, Val::Int(n)) => self.lookup_int(n),
            (kind, Val::Str(text)) => self.lookup_text(kind, text),
            _ => Hits::NONE,
        }
    }

    /// How many entries it holds, over all lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ip.len() + self.domains.len() + self.hashes.len() + self.strings.len() + self.ints.len()
    }

    /// Whether no list has an entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let words = [&self.hashes, &self.strings, &self.ints];
        self.ip.bytes() + self.domains.bytes() + words.iter().map(|w| w.bytes()).sum::<usize>()
    }
}

/// The lists that a value matches, in the order of their numbers, each with its most specific entry.
#[derive(Clone, Copy)]
pub struct Hits<'a> {
    set: &'a [Packed],
    from: Store<'a>,
}

/// Where the texts of entries are.
#[derive(Clone, Copy)]
enum Store<'a> {
    None,
    Ip(&'a IpIndex),
    Table(&'a table::NameTable),
}

impl<'a> Hits<'a> {
    /// No list matches.
    pub const NONE: Hits<'static> = Hits { set: &[], from: Store::None };

    /// Whether no list matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// How many lists match.
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether this list matches.
    #[must_use]
    pub fn contains(&self, list: u32) -> bool {
        self.set.iter().any(|p| p.list() == list)
    }

    /// The entry of this list that matches.
    #[must_use]
    pub fn entry(&self, list: u32) -> Option<EntryRef<'a>> {
        self.iter().find(|hit| hit.list == list).map(|hit| hit.entry)
    }

    /// Every list that matches, with its entry.
    pub fn iter(&self) -> HitIter<'a> {
        HitIter { set: self.set.iter(), from: self.from }
    }
}

/// Walks [`Hits`].
#[derive(Clone)]
pub struct HitIter<'a> {
    set: std::slice::Iter<'a, Packed>,
    from: Store<'a>,
}

impl<'a> Iterator for HitIter<'a> {
    type Item = Hit<'a>;

    fn next(&mut self) -> Option<Hit<'a>> {
        let from = self.from;
        self.set.next().map(|p| Hit { list: p.list(), entry: from.entry(p.entry()) })
    }
}

impl<'a> IntoIterator for Hits<'a> {
    type Item = Hit<'a>;
    type IntoIter = HitIter<'a>;

    fn into_iter(self) -> HitIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Hits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Store<'a> {
    fn entry(self, entry: u32) -> EntryRef<'a> {
        match self {
            Store::None => EntryRef::Word(""),
            Store::Ip(index) => EntryRef::Range(index.entry(entry)),
            Store::Table(table) => {
                let name = table.text(entry >> 1);
                if entry & 1 == 1 { EntryRef::Under(name) } else { EntryRef::Word(name) }
            }
        }
    }
}

/// One list that a value matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The list's number, as it was added.
    pub list: u32,
    /// Its most specific entry that matches.
    pub entry: EntryRef<'a>,
}

/// An entry; prints in canonical form (`203.0.113.0/24`, `*.bad.example`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryRef<'a> {
    /// An address, a network or a range.
    Range(IpRange),
    /// A name, a hash, a string or an integer.
    Word(&'a str),
    /// `*.name`.
    Under(&'a str),
}

impl fmt::Display for EntryRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryRef::Range(range) => write!(f, "{range}"),
            EntryRef::Word(text) => f.write_str(text),
            EntryRef::Under(name) => write!(f, "*.{name}"),
        }
    }
}
