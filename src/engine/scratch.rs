//! What an engine remembers: while one event is matched, and of the texts that it has seen lately.

use smallvec::SmallVec;

use crate::intel::Hits;
use crate::plan::{Automaton, LookupId, View};

/// What is remembered while one event is matched; made once, used for every event.
#[derive(Default)]
pub struct Scratch<'p> {
    /// Truth of shared conditions: 0 not decided, else truth + 1.
    pub(super) memo: Vec<u8>,
    /// Lists that looked-up values are in, found so far.
    pub(super) hits: Vec<Option<Single<'p>>>,
    /// Patterns that each automaton found: a bit each.
    pub(super) found: Vec<Option<Bits>>,
    /// How many values were cut for a regex.
    pub cut: u64,
    /// Texts that automata have seen lately, with what was found, by the place of the automaton in the plan: logs repeat
    /// themselves (user agents).
    pub(super) seen: Vec<Seen>,
    /// While an occurrence is made: the lists that bound elements were in.
    pub(super) named: Option<Vec<(LookupId, u32, Hits<'p>)>>,
}

/// What one automaton found in texts lately; a place by a few bytes of the text, told by all of them.
#[derive(Default)]
pub(super) struct Seen {
    places: Vec<Option<(Box<str>, Bits)>>,
}

pub(super) type Bits = SmallVec<[u64; 2]>;

impl Seen {
    /// How many texts are kept.
    const PLACES: usize = 64;
    /// The longest text that is kept, in bytes.
    const LONGEST: usize = 1024;

    /// The patterns that a text holds.
    pub(super) fn bits(&mut self, automaton: &Automaton, text: &str) -> Bits {
        if text.len() > Self::LONGEST {
            return search(automaton, text);
        }
        if self.places.is_empty() {
            self.places.resize(Self::PLACES, None);
        }
        let bytes = text.as_bytes();
        let byte = |at: usize| bytes.get(at).map_or(0, |b| usize::from(*b));
        let mixed = text.len() ^ byte(text.len() / 2) << 1 ^ byte(text.len() / 3) << 2 ^ byte(text.len() / 4 * 3) << 3;
        let place = &mut self.places[mixed % Self::PLACES];
        match place {
            Some((kept, bits)) if **kept == *text => bits.clone(),
            _ => {
                let bits = search(automaton, text);
                *place = Some((Box::from(text), bits.clone()));
                bits
            }
        }
    }
}

/// The patterns of an automaton that a text holds, a bit each.
fn search(automaton: &Automaton, text: &str) -> Bits {
    let mut bits: Bits = SmallVec::from_elem(0, automaton.patterns.div_ceil(64));
    // Most texts hold none: the plain search stops at the first.
    if automaton.search.is_match(text) {
        for m in automaton.search.find_overlapping_iter(text) {
            let p = m.pattern().as_usize();
            bits[p / 64] |= 1 << (p % 64);
        }
    }
    bits
}

/// The lists of one value: most values are no lists themselves.
pub(super) type Single<'p> = SmallVec<[Hits<'p>; 1]>;

impl Scratch<'_> {
    /// Forgets the event before.
    pub(super) fn reset(&mut self, view: &View) {
        self.memo.clear();
        self.memo.resize(view.memo_len, 0);
        self.hits.clear();
        self.hits.resize(view.graph.lookups.len(), None);
        self.found.clear();
        self.found.resize(view.automata.len(), None);
    }
}
