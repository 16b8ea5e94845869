//! Hashes, strings and integers: a table, and a set of hits for each text.

use super::sets::{Raw, SetId, Sets, SetsBuilder};
use super::table::{Gathered, NameTable, hash};
use super::{Hits, Store};

/// Exact texts of many lists.
#[derive(Debug, Default)]
pub(super) struct WordIndex {
    table: NameTable,
    set: Vec<SetId>,
    sets: Sets,
}

impl WordIndex {
    pub(super) fn build(gathered: Gathered) -> Self {
        let mut table = NameTable::with_capacity(gathered.items.len());
        let mut raw: Vec<(u32, Raw)> = Vec::with_capacity(gathered.items.len());
        for (list, role, text) in gathered.items {
            let id = table.insert(&text);
            raw.push((id, Raw { list, role, entry: id << 1 }));
        }
        table.shrink();
        raw.sort_unstable_by_key(|(id, hit)| (*id, hit.list, hit.role));
        let mut sets = SetsBuilder::default();
        let mut set = Vec::with_capacity(table.len());
        let mut hits = Vec::new();
        for group in raw.chunk_by(|a, b| a.0 == b.0) {
            hits.clear();
            hits.extend(group.iter().map(|(_, hit)| *hit));
            set.push(sets.add(&hits));
        }
        Self { table, set, sets: sets.finish() }
    }

    #[inline]
    pub(super) fn lookup(&self, text: &str) -> Hits<'_> {
        self.hits(self.table.find(hash(text.as_bytes()), text.as_bytes()))
    }

    /// Without regard to ASCII case; the entries are lower case.
    #[inline]
    pub(super) fn lookup_folded(&self, text: &str) -> Hits<'_> {
        self.hits(self.table.find_folded(hash(text.as_bytes()), text.as_bytes()))
    }

    fn hits(&self, found: Option<u32>) -> Hits<'_> {
        let set = found.map_or(&[][..], |id| self.sets.get(self.set[id as usize]));
        Hits { set, from: Store::Table(&self.table) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.set.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.bytes() + self.set.capacity() * 4 + self.sets.bytes()
    }
}
