//! The interned nodes of one view, with the simplifications that need no event: what is absent in the view, what is
//! true or false whatever comes.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::node::{
    CompiledRegex, CondId, CondNode, ConstId, ConstSet, ListKind, LookupId, RegexId, SetId, SlotId, ValId, ValNode,
};
use crate::schema::Need;
use crate::value::{Truth, Value};

/// Interned nodes and the constants that they use.
#[derive(Debug, Default)]
pub struct Graph {
    /// Value nodes.
    pub vals: Vec<ValNode>,
    /// Condition nodes.
    pub conds: Vec<CondNode>,
    /// Constants.
    pub consts: Vec<Value>,
    /// Sets of constants.
    pub sets: Vec<ConstSet>,
    /// Regexes.
    pub regexes: Vec<CompiledRegex>,
    /// Values that lists are asked about.
    pub lookups: Vec<(ValId, ListKind)>,
    /// What the slots hold.
    pub needs: Vec<Need>,
    /// How many parents each condition has; shared ones are remembered while an event is matched.
    pub uses: Vec<u32>,
    index: Index,
}

#[derive(Debug, Default)]
struct Index {
    vals: FxHashMap<ValNode, ValId>,
    conds: FxHashMap<CondNode, CondId>,
    consts: HashMap<String, ConstId>,
    sets: HashMap<String, SetId>,
    regexes: HashMap<(String, bool), RegexId>,
    lookups: FxHashMap<(ValId, ListKind), LookupId>,
    needs: FxHashMap<Need, SlotId>,
}

fn id(n: usize) -> u32 {
    u32::try_from(n).expect("a plan has fewer than 4 billion nodes: rule files are capped")
}

impl Graph {
    /// The value node, interned.
    pub fn val(&mut self, node: ValNode) -> ValId {
        let node = match node {
            ValNode::Part(a, _) if self.vals[a.index()] == ValNode::Absent => ValNode::Absent,
            ValNode::Coalesce(a, b) if self.vals[a.index()] == ValNode::Absent => return b,
            ValNode::Coalesce(a, _) if matches!(self.vals[a.index()], ValNode::Const(_)) => return a,
            node => node,
        };
        let vals = &mut self.vals;
        *self.index.vals.entry(node.clone()).or_insert_with(|| {
            vals.push(node);
            ValId(id(vals.len() - 1))
        })
    }

    /// The condition node, simplified and interned.
    pub fn cond(&mut self, node: CondNode) -> CondId {
        let node = self.simplify(node);
        if let Some(&known) = self.index.conds.get(&node) {
            return known;
        }
        for child in node.children() {
            self.uses[child.index()] += 1;
        }
        let new = CondId(id(self.conds.len()));
        self.index.conds.insert(node.clone(), new);
        self.conds.push(node);
        self.uses.push(0);
        new
    }

    /// A truth that is known beforehand.
    pub fn truth(&mut self, truth: Truth) -> CondId {
        self.cond(CondNode::Const(truth))
    }

    /// The constant, interned.
    pub fn constant(&mut self, value: &Value) -> ConstId {
        let consts = &mut self.consts;
        *self.index.consts.entry(format!("{value:?}")).or_insert_with(|| {
            consts.push(value.clone());
            ConstId(id(consts.len() - 1))
        })
    }

    /// The set of constants, interned.
    pub fn set(&mut self, values: Vec<Value>) -> SetId {
        let sets = &mut self.sets;
        *self.index.sets.entry(format!("{values:?}")).or_insert_with(|| {
            let texts = values.iter().filter_map(Value::as_str).map(|s| (Box::from(s), ())).collect();
            sets.push(ConstSet { texts, values });
            SetId(id(sets.len() - 1))
        })
    }

    /// The regex, compiled and interned. `None` if it does not compile (the checker has seen to it that it does).
    pub fn regex(&mut self, pattern: &str, caseless: bool) -> Option<RegexId> {
        let key = (pattern.to_owned(), caseless);
        if let Some(&known) = self.index.regexes.get(&key) {
            return Some(known);
        }
        let regex = regex::RegexBuilder::new(pattern).case_insensitive(caseless).build().ok()?;
        self.regexes.push(CompiledRegex { pattern: pattern.to_owned(), caseless, regex });
        let new = RegexId(id(self.regexes.len() - 1));
        self.index.regexes.insert(key, new);
        Some(new)
    }

    /// The look-up of a value in lists of one kind, interned.
    pub fn lookup(&mut self, val: ValId, kind: ListKind) -> LookupId {
        let lookups = &mut self.lookups;
        *self.index.lookups.entry((val, kind)).or_insert_with(|| {
            lookups.push((val, kind));
            LookupId(id(lookups.len() - 1))
        })
    }

    /// The slot of a need, interned.
    pub fn slot(&mut self, need: &Need) -> SlotId {
        let needs = &mut self.needs;
        *self.index.needs.entry(need.clone()).or_insert_with(|| {
            needs.push(need.clone());
            SlotId(id(needs.len() - 1))
        })
    }

    /// Whether a value is surely absent in this view.
    #[must_use]
    pub fn is_absent(&self, val: ValId) -> bool {
        self.vals[val.index()] == ValNode::Absent
    }

    /// What a condition surely is, if that is known.
    #[must_use]
    pub fn known(&self, cond: CondId) -> Option<Truth> {
        match self.conds[cond.index()] {
            CondNode::Const(t) => Some(t),
            _ => None,
        }
    }

    /// Whether the condition could be true for some event: a sound over-approximation.
    #[must_use]
    pub fn can_hold(&self, cond: CondId) -> bool {
        match &self.conds[cond.index()] {
            CondNode::Const(t) => t.holds(),
            CondNode::And(parts) => parts.iter().all(|&p| self.can_hold(p)),
            CondNode::Or(parts) => parts.iter().any(|&p| self.can_hold(p)),
            CondNode::AtLeast(n, parts) => parts.iter().filter(|&&p| self.can_hold(p)).count() >= *n as usize,
            CondNode::Default(a, b) => self.can_hold(*a) || self.can_hold(*b),
            _ => true,
        }
    }

    fn simplify(&mut self, node: CondNode) -> CondNode {
        match node {
            CondNode::Not(c) => match &self.conds[c.index()] {
                CondNode::Const(t) => CondNode::Const(t.not()),
                CondNode::Not(inner) => self.conds[inner.index()].clone(),
                _ => CondNode::Not(c),
            },
            CondNode::And(parts) => self.junction(&parts, true),
            CondNode::Or(parts) => self.junction(&parts, false),
            CondNode::AtLeast(n, parts) if n as usize > parts.len() => CondNode::Const(Truth::False),
            CondNode::Has(v) => match &self.vals[v.index()] {
                ValNode::Absent => CondNode::Const(Truth::False),
                ValNode::Const(_) => CondNode::Const(Truth::True),
                _ => CondNode::Has(v),
            },
            CondNode::Default(a, b) => match self.conds[a.index()] {
                CondNode::Const(Truth::Unknown) => self.conds[b.index()].clone(),
                CondNode::Const(t) => CondNode::Const(t),
                _ => CondNode::Default(a, b),
            },
            CondNode::Is(v)
            | CondNode::Text(_, v, _, _)
            | CondNode::OneOf(v, _)
            | CondNode::Member(v, _)
            | CondNode::Under(v, _)
            | CondNode::Regex(v, _)
                if self.is_absent(v) =>
            {
                CondNode::Const(Truth::Unknown)
            }
            CondNode::Compare(_, a, b) if self.is_absent(a) || self.is_absent(b) => CondNode::Const(Truth::Unknown),
            CondNode::InList(l, _) if self.is_absent(self.lookups[l.index()].0) => CondNode::Const(Truth::Unknown),
            CondNode::Quantified(_, sources, _) if sources.iter().all(|(v, _)| self.is_absent(*v)) => {
                CondNode::Const(Truth::Unknown)
            }
            node => node,
        }
    }

    /// `and` (or `or`) of parts: flattened, without repetition and neutral parts, decided where one part decides.
    fn junction(&mut self, parts: &[CondId], and: bool) -> CondNode {
        let (neutral, deciding) = if and { (Truth::True, Truth::False) } else { (Truth::False, Truth::True) };
        let mut flat: Vec<CondId> = Vec::new();
        for &part in parts {
            let inner: Vec<CondId> = match &self.conds[part.index()] {
                CondNode::And(inner) if and => inner.to_vec(),
                CondNode::Or(inner) if !and => inner.to_vec(),
                _ => vec![part],
            };
            for p in inner {
                match self.known(p) {
                    Some(t) if t == deciding => return CondNode::Const(deciding),
                    Some(t) if t == neutral => {}
                    _ if flat.contains(&p) => {}
                    _ => flat.push(p),
                }
            }
        }
        flat.sort_by_key(|&p| self.cost(p));
        match flat.as_slice() {
            [] => CondNode::Const(neutral),
            [one] => self.conds[one.index()].clone(),
            _ if and => CondNode::And(flat.into()),
            _ => CondNode::Or(flat.into()),
        }
    }

    /// A rough cost of deciding a condition; the order of parts changes nothing but speed.
    fn cost(&self, cond: CondId) -> u32 {
        let of = |parts: &[CondId]| parts.iter().map(|&p| self.cost(p)).fold(1u32, u32::saturating_add);
        match &self.conds[cond.index()] {
            CondNode::Const(_) => 0,
            // Whether there is one costs as much as making it; equalities before it decide more.
            CondNode::Has(v) => 4 + self.val_cost(*v),
            CondNode::Is(v) => 1 + self.val_cost(*v),
            CondNode::OneOf(v, _) => 2 + self.val_cost(*v),
            CondNode::Text(_, v, _, _) => 3 + self.val_cost(*v),
            CondNode::Compare(_, a, b) => 3 + self.val_cost(*a) + self.val_cost(*b),
            CondNode::Member(v, holders) => 3 + self.val_cost(*v) + id(holders.len()),
            CondNode::Under(v, _) => 5 + self.val_cost(*v),
            CondNode::InList(l, _) => 8 + self.val_cost(self.lookups[l.index()].0),
            CondNode::Regex(v, _) => 200 + self.val_cost(*v),
            CondNode::Not(c) => self.cost(*c),
            CondNode::And(parts) | CondNode::Or(parts) | CondNode::AtLeast(_, parts) => of(parts),
            CondNode::Default(a, b) => self.cost(*a).saturating_add(self.cost(*b)),
            CondNode::Quantified(_, sources, _) => {
                sources.iter().map(|(v, c)| 100 + self.val_cost(*v) + self.cost(*c)).sum()
            }
        }
    }

    fn val_cost(&self, val: ValId) -> u32 {
        match &self.vals[val.index()] {
            ValNode::Absent | ValNode::Const(_) | ValNode::Slot(_) | ValNode::Outer(_) => 0,
            ValNode::Element(..) => 1,
            ValNode::Part(v, _) => 10 + self.val_cost(*v),
            ValNode::Coalesce(a, b) => self.val_cost(*a) + self.val_cost(*b),
            ValNode::List(items) => items.iter().map(|&v| self.val_cost(v)).sum(),
            ValNode::Call(_, args) => 50 + args.iter().map(|&v| self.val_cost(v)).sum::<u32>(),
            ValNode::Cond(c) => self.cost(*c),
        }
    }
}

impl CondNode {
    /// The conditions right below this one.
    #[must_use]
    pub fn children(&self) -> Vec<CondId> {
        match self {
            CondNode::Not(c) => vec![*c],
            CondNode::And(parts) | CondNode::Or(parts) | CondNode::AtLeast(_, parts) => parts.to_vec(),
            CondNode::Default(a, b) => vec![*a, *b],
            CondNode::Quantified(_, sources, _) => sources.iter().map(|(_, c)| *c).collect(),
            _ => Vec::new(),
        }
    }
}
