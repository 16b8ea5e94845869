//! Routing: from the values that an event has to the rules worth deciding. A rule is filed under its most selective
//! equality (`api.operation == "CreateUser"`), else under the lists that it asks, else it is looked at always.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::graph::Graph;
use super::node::{CondId, CondNode, LookupId, SlotId, TextOp, ValNode};
use crate::check::model::ListId;
use crate::schema::{ClassId, Vocabulary};
use crate::value::Value;

/// The entrances of one view. Indices are into the view's rules.
#[derive(Debug, Default)]
pub struct Routes {
    /// By the value of an attribute.
    pub keyed: Vec<Keyed>,
    /// By membership in lists.
    pub listed: Vec<Listed>,
    /// By substrings.
    pub found: Vec<Found>,
    /// Looked at for every event.
    pub always: Vec<u32>,
}

/// Rules by the patterns that one automaton finds.
#[derive(Debug)]
pub struct Found {
    /// The automaton, by its place in the view.
    pub automaton: usize,
    /// Rules by pattern.
    pub rules: Vec<(u32, Vec<u32>)>,
}

/// Rules by the value of one attribute.
#[derive(Debug)]
pub struct Keyed {
    /// The class whose attribute it is: other events have none.
    pub class: ClassId,
    /// The attribute.
    pub slot: SlotId,
    /// Its name.
    pub name: Arc<str>,
    /// By text.
    pub texts: FxHashMap<Box<str>, Vec<u32>>,
    /// By integer.
    pub ints: FxHashMap<i64, Vec<u32>>,
}

/// Rules by the lists that one value is in.
#[derive(Debug)]
pub struct Listed {
    /// The value.
    pub lookup: LookupId,
    /// Rules by list.
    pub rules: Vec<(ListId, Vec<u32>)>,
}

/// How good an entrance lists are, on the scale of the vocabulary's `selective`.
const LIST_SELECTIVITY: u8 = 8;

/// How good an entrance substrings are: better than an attribute with few values.
const SUBSTRING_SELECTIVITY: u8 = 7;

/// A way into one rule.
enum Entrance {
    Found(u32, Vec<u32>),
    Keys(SlotId, Vec<Value>),
    Lists(LookupId, Vec<ListId>),
}

impl Routes {
    /// Files every rule, given by its condition.
    pub fn build(
        graph: &Graph,
        vocabulary: &Vocabulary,
        automata: &[Option<(u32, u32)>],
        rules: impl Iterator<Item = (ClassId, CondId)>,
    ) -> Routes {
        let mut routes = Routes::default();
        let ways = Ways { graph, vocabulary, automata };
        for (i, (_, condition)) in rules.enumerate() {
            let rule = u32::try_from(i).unwrap_or(u32::MAX);
            match ways.best(condition) {
                None => routes.always.push(rule),
                Some(Entrance::Found(automaton, bits)) => routes.file_found(automaton as usize, &bits, rule),
                Some(Entrance::Lists(lookup, lists)) => routes.file_lists(lookup, &lists, rule),
                Some(Entrance::Keys(slot, values)) => routes.file_keys(graph, vocabulary, slot, &values, rule),
            }
        }
        routes
    }

    fn file_found(&mut self, automaton: usize, bits: &[u32], rule: u32) {
        let at = self.found.iter().position(|f| f.automaton == automaton).unwrap_or_else(|| {
            self.found.push(Found { automaton, rules: Vec::new() });
            self.found.len() - 1
        });
        let entry = &mut self.found[at];
        for &bit in bits {
            match entry.rules.iter_mut().find(|(b, _)| *b == bit) {
                Some((_, rules)) => rules.push(rule),
                None => entry.rules.push((bit, vec![rule])),
            }
        }
    }

    fn file_lists(&mut self, lookup: LookupId, lists: &[ListId], rule: u32) {
        let at = self.listed.iter().position(|l| l.lookup == lookup).unwrap_or_else(|| {
            self.listed.push(Listed { lookup, rules: Vec::new() });
            self.listed.len() - 1
        });
        let entry = &mut self.listed[at];
        for &list in lists {
            match entry.rules.iter_mut().find(|(l, _)| *l == list) {
                Some((_, rules)) => rules.push(rule),
                None => entry.rules.push((list, vec![rule])),
            }
        }
    }

    fn file_keys(&mut self, graph: &Graph, vocabulary: &Vocabulary, slot: SlotId, values: &[Value], rule: u32) {
        let at = self.keyed.iter().position(|k| k.slot == slot).unwrap_or_else(|| {
            let need = &graph.needs[slot.index()];
            let class = &vocabulary.classes[usize::from(need.class.0)];
            let name = class.attributes[usize::from(need.attr.0)].name.clone();
            self.keyed.push(Keyed {
                class: need.class,
                slot,
                name,
                texts: FxHashMap::default(),
                ints: FxHashMap::default(),
            });
            self.keyed.len() - 1
        });
        let keyed = &mut self.keyed[at];
        for value in values {
            let rules = match value {
                Value::Str(s) => keyed.texts.entry(Box::from(&**s)).or_default(),
                Value::Int(n) => keyed.ints.entry(*n).or_default(),
                _ => continue,
            };
            if rules.last() != Some(&rule) {
                rules.push(rule);
            }
        }
    }
}

/// Finds entrances.
struct Ways<'a> {
    graph: &'a Graph,
    vocabulary: &'a Vocabulary,
    automata: &'a [Option<(u32, u32)>],
}

impl Ways<'_> {
    /// The most selective entrance of a condition: it holds only where the entrance does.
    fn best(&self, condition: CondId) -> Option<Entrance> {
        let conjuncts: Vec<CondId> = match &self.graph.conds[condition.index()] {
            CondNode::And(parts) => parts.to_vec(),
            _ => vec![condition],
        };
        conjuncts
            .into_iter()
            .filter_map(|c| self.entrance(c))
            .max_by_key(|(score, _)| *score)
            .map(|(_, entrance)| entrance)
    }

    fn entrance(&self, cond: CondId) -> Option<((u8, i64), Entrance)> {
        let graph = self.graph;
        if let (Some((automaton, bit)), CondNode::Text(_, v, _, _)) =
            (self.automata[cond.index()], &graph.conds[cond.index()])
            && self.is_text(*v)
        {
            return Some(((SUBSTRING_SELECTIVITY, 0), Entrance::Found(automaton, vec![bit])));
        }
        match &graph.conds[cond.index()] {
            CondNode::Or(parts) => {
                let mut merged: Option<Entrance> = None;
                let mut score = (u8::MAX, i64::MAX);
                for &part in parts {
                    let (s, e) = self.entrance(part)?;
                    score = score.min(s);
                    merged = Some(match (merged, e) {
                        (None, e) => e,
                        (Some(Entrance::Keys(a, mut x)), Entrance::Keys(b, y)) if a == b => {
                            x.extend(y);
                            Entrance::Keys(a, x)
                        }
                        (Some(Entrance::Found(a, mut x)), Entrance::Found(b, y)) if a == b => {
                            x.extend(y);
                            Entrance::Found(a, x)
                        }
                        (Some(Entrance::Lists(a, mut x)), Entrance::Lists(b, y)) if a == b => {
                            x.extend(y);
                            Entrance::Lists(a, x)
                        }
                        _ => return None,
                    });
                }
                merged.map(|m| (score, m))
            }
            // Something true is needed on every way, so each part of an inner `and` is an entrance.
            CondNode::And(parts) => parts.iter().filter_map(|&p| self.entrance(p)).max_by_key(|(s, _)| *s),
            CondNode::InList(lookup, list)
                if plain_slot(graph, graph.lookups[lookup.index()].0).is_some_and(|slot| self.is_at_hand(slot)) =>
            {
                Some(((LIST_SELECTIVITY, 0), Entrance::Lists(*lookup, vec![*list])))
            }
            CondNode::Text(TextOp::Equals, v, c, false) => self.keys(*v, vec![graph.consts[c.index()].clone()]),
            CondNode::OneOf(v, set) => self.keys(*v, graph.sets[set.index()].values.clone()),
            CondNode::Compare(op, a, b) if op.name == "==" => match &graph.vals[b.index()] {
                ValNode::Const(c) => self.keys(*a, vec![graph.consts[c.index()].clone()]),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an attribute is of the record: what is looked up about it should be asked last, not of every event.
    fn is_at_hand(&self, slot: SlotId) -> bool {
        let need = &self.graph.needs[slot.index()];
        self.vocabulary.attr(need.class, need.attr).enriched.is_none()
    }

    /// Whether a value is one text, never a list of them.
    fn is_text(&self, val: super::node::ValId) -> bool {
        plain_slot(self.graph, val).is_some_and(|slot| {
            let need = &self.graph.needs[slot.index()];
            self.is_at_hand(slot) && need.steps.is_empty() && self.vocabulary.attr(need.class, need.attr).ty.is_text()
        })
    }

    fn keys(&self, val: super::node::ValId, values: Vec<Value>) -> Option<((u8, i64), Entrance)> {
        let (graph, vocabulary) = (self.graph, self.vocabulary);
        let slot = plain_slot(graph, val)?;
        let need = &graph.needs[slot.index()];
        let attr = &vocabulary.classes[usize::from(need.class.0)].attributes[usize::from(need.attr.0)];
        // Typed attributes only: a `json` value may meet a text in another form (22 and "22").
        let typed = need.steps.is_empty()
            && values.iter().all(|v| match v {
                Value::Str(_) => attr.ty.is_text(),
                Value::Int(_) => attr.ty == crate::value::Type::Int,
                _ => false,
            });
        let fewer_is_better = -i64::try_from(values.len()).unwrap_or(i64::MAX);
        (typed && attr.selective > 0).then_some(((attr.selective, fewer_is_better), Entrance::Keys(slot, values)))
    }
}

fn plain_slot(graph: &Graph, val: super::node::ValId) -> Option<SlotId> {
    match graph.vals[val.index()] {
        ValNode::Slot(slot) => Some(slot),
        _ => None,
    }
}
