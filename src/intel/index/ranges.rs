//! Addresses: the ranges of all lists cut into disjoint segments, each with its set of hits; two tables in front for
//! IPv4, so that most look-ups touch one bit.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::ListRole;
use super::super::entry::{Entries, IpRange};
use super::sets::{Raw, SetId, Sets, SetsBuilder};
use super::{Hits, Store};
use crate::value::Val;

/// From this many segments on, IPv4 gets its two tables (2.25 MiB).
const TABLES_FROM: usize = 4096;

/// Ranges as they come.
#[derive(Debug, Default)]
pub(super) struct Builder {
    v4: Vec<Item<u32>>,
    v6: Vec<Item<u128>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Item<K> {
    first: K,
    last: K,
    list: u32,
    role: ListRole,
}

impl Builder {
    pub(super) fn add(&mut self, list: u32, role: ListRole, entries: &Entries) {
        self.v4.extend(entries.v4.iter().map(|&(first, last)| Item { first, last, list, role }));
        self.v6.extend(entries.v6.iter().map(|&(first, last)| Item { first, last, list, role }));
    }

    pub(super) fn build(self) -> IpIndex {
        let mut sets = SetsBuilder::default();
        let v4 = Segments::build(self.v4, 0, &mut sets);
        let base = u32::try_from(v4.entries.len()).expect("list files are capped far below 2^32 entries");
        let v6 = Segments::build(self.v6, base, &mut sets);
        let tables = (v4.starts.len() >= TABLES_FROM).then(|| Tables::build(&v4));
        IpIndex { v4, v6, tables, sets: sets.finish() }
    }
}

/// Ranges of many lists.
#[derive(Debug, Default)]
pub(super) struct IpIndex {
    v4: Segments<u32>,
    v6: Segments<u128>,
    tables: Option<Tables>,
    sets: Sets,
}

impl IpIndex {
    #[inline]
    pub(super) fn lookup(&self, ip: IpAddr) -> Hits<'_> {
        let set = match Val::canonical_ip(ip) {
            IpAddr::V4(a) => {
                let a = u32::from(a);
                match &self.tables {
                    Some(tables) => tables.window(a).and_then(|(from, to)| self.v4.find(a, from, to)),
                    None => self.v4.find(a, 0, self.v4.starts.len()),
                }
            }
            IpAddr::V6(a) => self.v6.find(a.into(), 0, self.v6.starts.len()),
        };
        set.map_or(Hits::NONE, |set| Hits { set: self.sets.get(set), from: Store::Ip(self) })
    }

    /// The range behind an entry number.
    pub(super) fn entry(&self, entry: u32) -> IpRange {
        let i = entry as usize;
        match self.v4.entries.get(i) {
            Some(&(a, b)) => IpRange::V4(a, b),
            None => {
                let (a, b) = self.v6.entries[i - self.v4.entries.len()];
                IpRange::V6(a, b)
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.v4.entries.len() + self.v6.entries.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.v4.bytes() + self.v6.bytes() + self.sets.bytes() + self.tables.as_ref().map_or(0, Tables::bytes)
    }
}

/// Disjoint segments in order, and the distinct ranges that they were cut from.
#[derive(Debug, Default)]
struct Segments<K> {
    starts: Vec<K>,
    ends: Vec<K>,
    sets: Vec<SetId>,
    entries: Vec<(K, K)>,
}

/// The two integer types that addresses are.
trait Key: Copy + Ord {
    fn next(self) -> Option<Self>;
    fn before(self) -> Self;
    fn minus(self, other: Self) -> u128;
}

impl Key for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn before(self) -> Self {
        self - 1
    }
    fn minus(self, other: Self) -> u128 {
        (self - other).into()
    }
}

impl Key for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn before(self) -> Self {
        self - 1
    }
    fn minus(self, other: Self) -> u128 {
        self - other
    }
}

impl<K: Key> Segments<K> {
    /// Cuts the ranges at each other's ends, sweeping from left to right. `base` is the number of the first entry.
    fn build(mut items: Vec<Item<K>>, base: u32, sets: &mut SetsBuilder) -> Self {
        items.sort_unstable();
        items.dedup();
        let mut out = Segments { starts: Vec::new(), ends: Vec::new(), sets: Vec::new(), entries: Vec::new() };
        let mut open = Open::default();
        let mut items = items.into_iter().peekable();
        let mut at: Option<K> = None;
        loop {
            if open.ends.is_empty() {
                let Some(item) = items.next() else { break };
                let entry = out.entry(&item, base);
                if items.peek().is_none_or(|next| next.first > item.last) {
                    // Most ranges stand alone.
                    let hit = Raw { list: item.list, role: item.role, entry };
                    out.push(item.first, item.last, sets.add(&[hit]));
                    continue;
                }
                at = Some(item.first);
                open.insert(&item, entry);
            }
            let Some(here) = at else { break };
            while let Some(item) = items.next_if(|item| item.first == here) {
                let entry = out.entry(&item, base);
                open.insert(&item, entry);
            }
            // How far nothing changes.
            let Some(first_end) = open.first_end() else { break };
            let end = match items.peek() {
                Some(next) if next.first <= first_end => next.first.before(),
                _ => first_end,
            };
            out.push(here, end, sets.add(open.hits()));
            open.close(end);
            at = end.next();
        }
        out.shrink();
        out
    }

    /// The number of an item's range, which is new unless the item before had it too.
    fn entry(&mut self, item: &Item<K>, base: u32) -> u32 {
        if self.entries.last() != Some(&(item.first, item.last)) {
            self.entries.push((item.first, item.last));
        }
        base + u32::try_from(self.entries.len() - 1).expect("list files are capped far below 2^32 entries")
    }

    fn push(&mut self, start: K, end: K, set: SetId) {
        if let (Some(last), Some(&before)) = (self.ends.last_mut(), self.sets.last())
            && before == set
            && last.next() == Some(start)
        {
            *last = end;
            return;
        }
        self.starts.push(start);
        self.ends.push(end);
        self.sets.push(set);
    }

    fn shrink(&mut self) {
        self.starts.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.sets.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// The set of the segment that holds `x`, which begins at or before one of `from..to`.
    #[inline]
    fn find(&self, x: K, from: usize, to: usize) -> Option<SetId> {
        let after = from + self.starts[from..to].partition_point(|&start| start <= x);
        let i = after.checked_sub(1)?;
        (x <= self.ends[i]).then(|| self.sets[i])
    }

    fn bytes(&self) -> usize {
        let key = size_of::<K>();
        (self.starts.capacity() + self.ends.capacity()) * key
            + self.sets.capacity() * 4
            + self.entries.capacity() * 2 * key
    }
}

/// The ranges that hold the present place of the sweep, by list: a feed may nest as deep as it likes, and a segment
/// still costs no more than there are lists.
#[derive(Debug)]
struct Open<K> {
    by_list: BTreeMap<(u32, ListRole), BTreeSet<(u128, u32)>>,
    ends: BTreeSet<(K, u128, u32, u32, ListRole)>,
    hits: Vec<(u128, Raw)>,
    sorted: Vec<Raw>,
}

impl<K> Default for Open<K> {
    fn default() -> Self {
        Self { by_list: BTreeMap::new(), ends: BTreeSet::new(), hits: Vec::new(), sorted: Vec::new() }
    }
}

impl<K: Key> Open<K> {
    fn insert(&mut self, item: &Item<K>, entry: u32) {
        let size = item.last.minus(item.first);
        self.by_list.entry((item.list, item.role)).or_default().insert((size, entry));
        self.ends.insert((item.last, size, entry, item.list, item.role));
    }

    fn first_end(&self) -> Option<K> {
        self.ends.first().map(|end| end.0)
    }

    /// Of each list and role the smallest range, the smallest of all first.
    fn hits(&mut self) -> &[Raw] {
        self.hits.clear();
        self.hits.extend(
            self.by_list.iter().filter_map(|(&(list, role), open)| {
                open.first().map(|&(size, entry)| (size, Raw { list, role, entry }))
            }),
        );
        self.hits.sort_unstable_by_key(|(size, hit)| (*size, hit.list, hit.role));
        self.sorted.clear();
        self.sorted.extend(self.hits.iter().map(|(_, hit)| *hit));
        &self.sorted
    }

    fn close(&mut self, at: K) {
        while self.first_end() == Some(at)
            && let Some((_, size, entry, list, role)) = self.ends.pop_first()
        {
            if let Some(open) = self.by_list.get_mut(&(list, role)) {
                open.remove(&(size, entry));
                if open.is_empty() {
                    self.by_list.remove(&(list, role));
                }
            }
        }
    }
}

/// In front of the IPv4 segments: does anything touch this /24, and where do the segments of this /16 begin.
#[derive(Debug)]
struct Tables {
    touched: Vec<u64>,
    offsets: Vec<u32>,
}

impl Tables {
    fn build(v4: &Segments<u32>) -> Self {
        let mut touched = vec![0_u64; 1 << 18];
        for (&start, &end) in v4.starts.iter().zip(&v4.ends) {
            let (from, to) = (start >> 8, end >> 8);
            let (a, b) = ((from >> 6) as usize, (to >> 6) as usize);
            let (low, high) = (u64::MAX << (from & 63), u64::MAX >> (63 - (to & 63)));
            if a == b {
                touched[a] |= low & high;
            } else {
                touched[a] |= low;
                touched[a + 1..b].fill(u64::MAX);
                touched[b] |= high;
            }
        }
        let mut offsets = Vec::with_capacity((1 << 16) + 1);
        let mut i = 0;
        for block in 0..=0x1_0000_u64 {
            while v4.starts.get(i).is_some_and(|&start| u64::from(start) >> 16 < block) {
                i += 1;
            }
            offsets.push(u32::try_from(i).expect("segments are capped far below 2^32"));
        }
        Self { touched, offsets }
    }

    /// Where to search for an address, if anything touches its /24.
    #[inline]
    fn window(&self, a: u32) -> Option<(usize, usize)> {
        let (net, block) = (a >> 8, (a >> 16) as usize);
        (self.touched[(net >> 6) as usize] >> (net & 63) & 1 == 1)
            .then(|| (self.offsets[block] as usize, self.offsets[block + 1] as usize))
    }

    fn bytes(&self) -> usize {
        self.touched.capacity() * 8 + self.offsets.capacity() * 4
    }
}
