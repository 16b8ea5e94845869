//! Domain names by whole labels. Every name knows the sets for itself and for what is under it, both with what the
//! names above it say merged in: the longest suffix that is there has the whole answer.

use super::sets::{NO_SET, Raw, SetId, Sets, SetsBuilder};
use super::table::{Gathered, NameTable, finish, hash, step};
use super::{Hits, Store};

/// Longest name that is looked up, in bytes: no name of the Internet is longer, even with every byte of it escaped as
/// `\ddd`, and log fields are not trusted.
const MAX_NAME: usize = 1024;

/// Names of many lists.
#[derive(Debug, Default)]
pub(super) struct DomainIndex {
    table: NameTable,
    nodes: Vec<Node>,
    sets: Sets,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    itself: SetId,
    under: SetId,
}

impl DomainIndex {
    pub(super) fn build(gathered: Gathered) -> Self {
        let mut table = NameTable::with_capacity(gathered.items.len());
        let mut own: Vec<(u32, Raw)> = Vec::with_capacity(gathered.items.len());
        for (list, role, text) in gathered.items {
            let (name, wild) = text.strip_prefix("*.").map_or((&*text, 0), |name| (name, 1));
            let id = table.insert(name);
            own.push((id, Raw { list, role, entry: id << 1 | wild }));
        }
        table.shrink();
        // `name` before `*.name` of the same list.
        own.sort_unstable_by_key(|(id, hit)| (*id, hit.list, hit.role, hit.entry));
        let starts: Vec<u32> = own
            .chunk_by(|a, b| a.0 == b.0)
            .scan(0, |at, group| {
                let start = *at;
                *at += group.len() as u32;
                Some(start)
            })
            .chain([own.len() as u32])
            .collect();
        let own_of =
            |id: u32| own[starts[id as usize] as usize..starts[id as usize + 1] as usize].iter().map(|(_, hit)| *hit);
        let mut sets = SetsBuilder::default();
        let mut nodes = Vec::with_capacity(table.len());
        let (mut above, mut hits) = (Vec::new(), Vec::new());
        for id in 0..table.len() as u32 {
            above.clear();
            let mut name = table.text(id);
            while let Some((_, parent)) = name.split_once('.') {
                if let Some(parent) = table.find(hash(parent.as_bytes()), parent.as_bytes()) {
                    above.extend(own_of(parent));
                }
                name = parent;
            }
            hits.clear();
            hits.extend(own_of(id).chain(above.iter().copied()));
            let under = sets.add(&hits);
            let itself = if own_of(id).any(|hit| hit.entry & 1 == 1) {
                hits.clear();
                hits.extend(own_of(id).filter(|hit| hit.entry & 1 == 0).chain(above.iter().copied()));
                sets.add(&hits)
            } else {
                under
            };
            nodes.push(Node { itself, under });
        }
        Self { table, nodes, sets: sets.finish() }
    }

    #[inline]
    pub(super) fn lookup(&self, name: &str) -> Hits<'_> {
        let name = name.strip_suffix('.').unwrap_or(name).as_bytes();
        if self.nodes.is_empty() || name.is_empty() || name.len() > MAX_NAME {
            return Hits::NONE;
        }
        let mut set = NO_SET;
        let mut state = 0;
        for (i, &byte) in name.iter().enumerate().rev() {
            if byte == b'.'
                && let Some(id) = self.table.find_folded(finish(state), &name[i + 1..])
            {
                set = self.nodes[id as usize].under;
            }
            state = step(state, byte);
        }
        if let Some(id) = self.table.find_folded(finish(state), name) {
            set = self.nodes[id as usize].itself;
        }
        Hits { set: self.sets.get(set), from: Store::Table(&self.table) }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.bytes() + self.nodes.capacity() * size_of::<Node>() + self.sets.bytes()
    }
}
