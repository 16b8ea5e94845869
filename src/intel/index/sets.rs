//! Sets of hits: what a look-up answers with. Trusted wins over threat here, once per set.

use rustc_hash::FxHashMap;

use super::super::ListRole;

/// Names a set of hits.
pub(super) type SetId = u32;
/// No hit.
pub(super) const NO_SET: SetId = u32::MAX;
/// Greatest list number: one bit marks the end of a set.
pub(super) const MAX_LIST: u32 = u32::MAX >> 1;

const LAST: u32 = 1 << 31;

/// A hit as it is stored: the list, and where its entry's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Packed {
    list: u32,
    entry: u32,
}

impl Packed {
    pub(super) fn list(self) -> u32 {
        self.list & !LAST
    }

    pub(super) fn entry(self) -> u32 {
        self.entry
    }
}

/// A hit while the index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Raw {
    pub(super) list: u32,
    pub(super) role: ListRole,
    pub(super) entry: u32,
}

/// All sets, end to end; a set is named by where it begins, and its last hit is marked.
#[derive(Debug, Default)]
pub(super) struct Sets {
    hits: Vec<Packed>,
}

impl Sets {
    #[inline]
    pub(super) fn get(&self, set: SetId) -> &[Packed] {
        let Some(from) = self.hits.get(set as usize..) else { return &[] };
        let len = from.iter().position(|p| p.list & LAST != 0).map_or(0, |last| last + 1);
        &from[..len]
    }

    pub(super) fn bytes(&self) -> usize {
        self.hits.capacity() * size_of::<Packed>()
    }
}

/// Builds [`Sets`]; equal sets of several hits are stored once.
#[derive(Debug, Default)]
pub(super) struct SetsBuilder {
    sets: Sets,
    known: FxHashMap<Box<[Packed]>, SetId>,
    scratch: Vec<Packed>,
}

impl SetsBuilder {
    /// The set of the given hits, which come most specific first; of each list one is kept, and none of a threat list
    /// where a trusted list is among them.
    pub(super) fn add(&mut self, raw: &[Raw]) -> SetId {
        let trusted = raw.iter().any(|hit| hit.role == ListRole::Trusted);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        for hit in raw.iter().filter(|hit| !(trusted && hit.role == ListRole::Threat)) {
            if !scratch.iter().any(|p| p.list == hit.list) {
                scratch.push(Packed { list: hit.list, entry: hit.entry });
            }
        }
        scratch.sort_unstable_by_key(|p| p.list);
        let set = self.intern(&mut scratch);
        self.scratch = scratch;
        set
    }

    fn intern(&mut self, set: &mut [Packed]) -> SetId {
        let Some(last) = set.last_mut() else { return NO_SET };
        last.list |= LAST;
        if set.len() > 1
            && let Some(&id) = self.known.get(&*set)
        {
            return id;
        }
        let id = SetId::try_from(self.sets.hits.len()).expect("list files are capped far below 2^32 entries");
        self.sets.hits.extend_from_slice(set);
        if set.len() > 1 {
            self.known.insert((*set).into(), id);
        }
        id
    }

    pub(super) fn finish(mut self) -> Sets {
        self.sets.hits.shrink_to_fit();
        self.sets
    }
}
