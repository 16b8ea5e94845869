//! Asking the lists: once an event for each value, every time for an element that a quantifier binds.

use super::eval::Eval;
use super::scratch::Single;
use crate::intel::Hits;
use crate::plan::{CondId, LookupId};
use crate::value::Val;

impl<'v, 'p: 'v> Eval<'v, '_, 'p> {
    /// Whether a looked-up value (or any of its elements) is in the list.
    pub fn listed(&mut self, lookup: LookupId, list: u32) -> bool {
        if self.env.is_empty() {
            self.look_up(lookup);
            return self.scratch.hits[lookup.index()].iter().flatten().any(|h| h.contains(list));
        }
        // A bound element differs from call to call: nothing is remembered.
        let hits = self.look(lookup);
        let found = hits.iter().find(|h| h.contains(list)).copied();
        if let (Some(hits), Some(named)) = (found, &mut self.scratch.named) {
            named.push((lookup, list, hits));
        }
        found.is_some()
    }

    /// The lists that a looked-up value (or any of its elements) is in.
    pub fn hits(&mut self, lookup: LookupId) -> &[Hits<'p>] {
        self.look_up(lookup);
        self.scratch.hits[lookup.index()].as_deref().unwrap_or(&[])
    }

    fn look_up(&mut self, lookup: LookupId) {
        if self.scratch.hits[lookup.index()].is_none() {
            self.scratch.hits[lookup.index()] = Some(self.look(lookup));
        }
    }

    fn look(&mut self, lookup: LookupId) -> Single<'p> {
        let (val, kind) = self.view.graph.lookups[lookup.index()];
        let lists = self.lists;
        match self.val(val) {
            many @ Val::List(_) => {
                many.elements().map(|v| lists.lookup(kind, v)).filter(|hits| !hits.is_empty()).collect()
            }
            one => Some(lists.lookup(kind, one)).filter(|hits| !hits.is_empty()).into_iter().collect(),
        }
    }

    /// The lists that bound elements of a condition that holds are in, with their entries: decided once more, with
    /// nothing remembered.
    pub fn named(&mut self, condition: CondId) -> Vec<(LookupId, u32, Hits<'p>)> {
        self.scratch.named = Some(Vec::new());
        self.cond(condition);
        self.scratch.named.take().unwrap_or_default()
    }
}
