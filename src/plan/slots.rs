//! Which attributes conditions and values of a graph read: what a hit must keep to be spoken of later.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::node::{CondId, CondNode, Holder, SlotId, ValId, ValNode};

/// Gathers slots.
pub struct Slots<'g> {
    graph: &'g Graph,
    /// The slots so far.
    pub found: BTreeSet<SlotId>,
    conds: BTreeSet<CondId>,
    vals: BTreeSet<ValId>,
}

impl<'g> Slots<'g> {
    /// None yet.
    pub fn new(graph: &'g Graph) -> Self {
        Self { graph, found: BTreeSet::new(), conds: BTreeSet::new(), vals: BTreeSet::new() }
    }

    /// What a value reads.
    pub fn val(&mut self, id: ValId) {
        if !self.vals.insert(id) {
            return;
        }
        let graph = self.graph;
        match &graph.vals[id.index()] {
            ValNode::Absent | ValNode::Const(_) | ValNode::Element(..) | ValNode::Outer(_) => {}
            ValNode::Slot(slot) => {
                self.found.insert(*slot);
            }
            ValNode::Part(v, _) => self.val(*v),
            ValNode::Call(_, parts) | ValNode::List(parts) => parts.iter().for_each(|v| self.val(*v)),
            ValNode::Coalesce(a, b) => {
                self.val(*a);
                self.val(*b);
            }
            ValNode::Cond(c) => self.cond(*c),
        }
    }

    /// What a condition reads.
    pub fn cond(&mut self, id: CondId) {
        if !self.conds.insert(id) {
            return;
        }
        let graph = self.graph;
        let node = &graph.conds[id.index()];
        node.children().into_iter().for_each(|c| self.cond(c));
        match node {
            CondNode::Has(v)
            | CondNode::Is(v)
            | CondNode::Text(_, v, _, _)
            | CondNode::OneOf(v, _)
            | CondNode::Under(v, _)
            | CondNode::Regex(v, _) => self.val(*v),
            CondNode::Compare(_, a, b) => {
                self.val(*a);
                self.val(*b);
            }
            CondNode::Member(v, holders) => {
                self.val(*v);
                for holder in holders {
                    if let Holder::Value(v) = holder {
                        self.val(*v);
                    }
                }
            }
            CondNode::InList(lookup, _) => self.val(graph.lookups[lookup.index()].0),
            CondNode::Quantified(_, sources, _) => sources.iter().for_each(|(v, _)| self.val(*v)),
            CondNode::Const(_) | CondNode::Not(_) | CondNode::And(_) | CondNode::Or(_) => {}
            CondNode::AtLeast(..) | CondNode::Default(..) => {}
        }
    }
}
