//! The evaluator: conditions and values of one view over one event. Three-valued, total, no allocation outside of the
//! event's arena.

use std::cell::Cell;

use smallvec::SmallVec;

use super::lists::Lists;
use super::scratch::{Bits, Scratch, Seen};
use crate::check::model::Quantifier;
use crate::ops::compare::equal;
use crate::ops::member::{in_net, in_range, under};
use crate::ops::nets::{in_private, in_public};
use crate::ops::{Eval as Decide, glob, words};
use crate::plan::{CondId, CondNode, Holder, LookupId, Plan, Space, TextOp, ValId, ValNode, View};
use crate::schema::Event;
use crate::value::json::Step;
use crate::value::{Arena, Truth, Val, Value};

/// How much of a value a regex sees, in bytes; what is cut is counted.
pub const REGEX_LIMIT: usize = 8 * 1024;

/// One event under evaluation. `'v` is the evaluation itself, shorter than the event's record, the plan and the lists.
pub struct Eval<'v, 'a, 'p> {
    pub(super) plan: &'v Plan,
    pub(super) view: &'v View,
    pub(super) lists: &'p Lists,
    pub(super) event: &'v Event<'a>,
    pub(super) scratch: &'v mut Scratch<'p>,
    /// Values of functions, once made.
    made: Option<&'v [Cell<Option<Val<'v>>>]>,
    pub(super) env: SmallVec<[Val<'v>; 4]>,
    /// Attributes of other inputs, once a match is complete.
    pub(super) outer: SmallVec<[Val<'v>; 2]>,
}

impl<'v, 'a, 'p: 'v> Eval<'v, 'a, 'p> {
    /// Begins the evaluation of an event.
    pub fn new(
        plan: &'v Plan,
        view: &'v View,
        lists: &'p Lists,
        event: &'v Event<'a>,
        scratch: &'v mut Scratch<'p>,
    ) -> Self {
        scratch.reset(view);
        Self { plan, view, lists, event, scratch, made: None, env: SmallVec::new(), outer: SmallVec::new() }
    }

    fn arena(&self) -> &'v Arena {
        self.event.arena
    }

    /// Whether a condition is true. Asks less than [`cond`](Self::cond): where only truth counts, `and` ends at its
    /// first part that is not true, be it false or unknown.
    pub fn holds(&mut self, id: CondId) -> bool {
        let view = self.view;
        match &view.graph.conds[id.index()] {
            CondNode::And(parts) => parts.iter().all(|&p| self.holds(p)),
            CondNode::Or(parts) => parts.iter().any(|&p| self.holds(p)),
            // Nothing is in an empty list; the value need not even be made.
            CondNode::InList(_, list) if self.lists.is_empty(list.index()) => false,
            _ => self.cond(id).holds(),
        }
    }

    /// Decides a condition.
    pub fn cond(&mut self, id: CondId) -> Truth {
        let Some(slot) = self.view.remembered[id.index()] else { return self.decide(id) };
        let slot = slot as usize;
        if self.scratch.named.is_some() {
            return self.decide(id);
        }
        match self.scratch.memo[slot] {
            1 => Truth::False,
            2 => Truth::Unknown,
            3 => Truth::True,
            _ => {
                let truth = self.decide(id);
                self.scratch.memo[slot] = truth as u8 + 1;
                truth
            }
        }
    }

    fn decide(&mut self, id: CondId) -> Truth {
        let view = self.view;
        let graph = &view.graph;
        match &graph.conds[id.index()] {
            CondNode::Const(t) => *t,
            CondNode::Not(c) => self.cond(*c).not(),
            CondNode::And(parts) => {
                let mut all = Truth::True;
                for &p in parts {
                    all = all.and(self.cond(p));
                    if all == Truth::False {
                        break;
                    }
                }
                all
            }
            CondNode::Or(parts) => {
                let mut any = Truth::False;
                for &p in parts {
                    any = any.or(self.cond(p));
                    if any == Truth::True {
                        break;
                    }
                }
                any
            }
            CondNode::AtLeast(n, parts) => {
                let (mut yes, mut maybe) = (0u32, 0u32);
                for &p in parts {
                    match self.cond(p) {
                        Truth::True => yes += 1,
                        Truth::Unknown => maybe += 1,
                        Truth::False => {}
                    }
                }
                match *n {
                    n if yes >= n => Truth::True,
                    n if yes + maybe >= n => Truth::Unknown,
                    _ => Truth::False,
                }
            }
            CondNode::Has(v) => Truth::from(self.val(*v).elements().next().is_some()),
            CondNode::Is(v) => match self.val(*v) {
                Val::Bool(b) => Truth::from(b),
                Val::Str("true") => Truth::True,
                Val::Str("false") => Truth::False,
                _ => Truth::Unknown,
            },
            CondNode::Default(a, b) => match self.cond(*a) {
                Truth::Unknown => self.cond(*b),
                known => known,
            },
            CondNode::Compare(op, a, b) => match op.eval {
                Decide::Pair(f) => f(self.val(*a), self.val(*b)),
                // The planner gives each of these its own node.
                Decide::Member | Decide::Under | Decide::Regex => Truth::Unknown,
            },
            CondNode::Text(op, v, c, caseless) => self.text(id, *op, *v, &graph.consts[c.index()], *caseless),
            CondNode::OneOf(v, set) => {
                let set = &graph.sets[set.index()];
                match self.val(*v) {
                    Val::Absent => Truth::Unknown,
                    Val::Str(s) if set.texts.len() == set.values.len() => Truth::from(set.texts.contains_key(s)),
                    other => any_or_unknown(other, |x| {
                        any(set.values.iter(), |c| equal(x, Val::from_value(c, self.event.arena)))
                    }),
                }
            }
            CondNode::Member(v, holders) => {
                let value = self.val(*v);
                if value.is_absent() {
                    return Truth::Unknown;
                }
                let mut out = Truth::False;
                for holder in holders {
                    out = out.or(self.held(value, holder));
                }
                out
            }
            CondNode::InList(lookup, list) => {
                if matches!(self.val(graph.lookups[lookup.index()].0), Val::Absent | Val::Json(_)) {
                    return Truth::Unknown;
                }
                Truth::from(self.listed(*lookup, list.0))
            }
            CondNode::Under(v, c) => match &graph.consts[c.index()] {
                Value::Str(parent) => under(self.val(*v), parent),
                _ => Truth::Unknown,
            },
            CondNode::Regex(v, r) => {
                let regex = &graph.regexes[r.index()].regex;
                let value = self.val(*v);
                let mut cut = 0;
                let truth = any_or_unknown(value, |x| {
                    on_text(x, |s| {
                        let (seen, was_cut) = seen(s);
                        cut += u64::from(was_cut);
                        regex.is_match(seen)
                    })
                });
                self.scratch.cut += cut;
                truth
            }
            CondNode::Quantified(q, sources, _) => self.quantified(*q, sources),
        }
    }

    fn quantified(&mut self, quantifier: Quantifier, sources: &[(ValId, CondId)]) -> Truth {
        let (mut all_absent, mut any, mut all) = (true, Truth::False, Truth::True);
        for &(list, body) in sources {
            let list = self.val(list);
            if list.is_absent() {
                continue;
            }
            all_absent = false;
            for element in list.elements() {
                self.env.push(element);
                let truth = self.cond(body);
                self.env.pop();
                any = any.or(truth);
                all = all.and(truth);
            }
        }
        match quantifier {
            _ if all_absent => Truth::Unknown,
            Quantifier::Any => any,
            Quantifier::All => all,
            Quantifier::None => any.not(),
        }
    }

    fn text(&mut self, id: CondId, op: TextOp, v: ValId, constant: &'v Value, caseless: bool) -> Truth {
        let Value::Str(pattern) = constant else { return Truth::Unknown };
        if let Some((automaton, bit)) = self.view.by_automaton[id.index()]
            && let Val::Str(_) = self.val(v)
        {
            return Truth::from(self.found(automaton as usize, bit));
        }
        let value = self.val(v);
        match (op, caseless) {
            _ if value.is_absent() => Truth::Unknown,
            (TextOp::Equals, true) => words::equal_caseless(value, pattern),
            (TextOp::Contains, true) => words::contains_caseless(value, pattern),
            (TextOp::StartsWith, true) => words::startswith_caseless(value, pattern),
            (TextOp::EndsWith, true) => words::endswith_caseless(value, pattern),
            (TextOp::Like, true) => words::like_caseless(value, pattern),
            (TextOp::Equals, false) => equal(value, Val::Str(pattern)),
            (op, false) => any_or_unknown(value, |x| on_text(x, |s| text_holds(op, s, pattern))),
        }
    }

    /// Whether an automaton finds one of its patterns in its value; false where that is no text.
    pub fn found(&mut self, automaton: usize, bit: u32) -> bool {
        if self.scratch.found[automaton].is_none() {
            let a = &self.view.automata[automaton];
            let bits = match self.val(a.val) {
                Val::Str(text) => {
                    let seen = &mut self.scratch.seen;
                    if seen.len() <= a.place {
                        seen.resize_with(a.place + 1, Seen::default);
                    }
                    seen[a.place].bits(a, text)
                }
                _ => Bits::from_elem(0, a.patterns.div_ceil(64)),
            };
            self.scratch.found[automaton] = Some(bits);
        }
        self.scratch.found[automaton].as_ref().is_some_and(|bits| bits[bit as usize / 64] >> (bit % 64) & 1 == 1)
    }

    fn held(&mut self, value: Val<'v>, holder: &Holder) -> Truth {
        let consts = &self.view.graph.consts;
        let arena = self.arena();
        match holder {
            Holder::Const(c) => match &consts[c.index()] {
                Value::Net(net) => in_net(value, *net),
                other => equal(value, Val::from_value(other, arena)),
            },
            Holder::Range(a, b) => {
                in_range(value, Val::from_value(&consts[a.index()], arena), Val::from_value(&consts[b.index()], arena))
            }
            Holder::Space(Space::Private) => in_private(value),
            Holder::Space(Space::Public) => in_public(value),
            Holder::Caseless(c) => match &consts[c.index()] {
                Value::Str(s) => words::equal_caseless(value, s),
                _ => Truth::Unknown,
            },
            Holder::Value(v) => match self.val(*v) {
                Val::Absent => Truth::Unknown,
                list => any(list.elements(), |item| match item {
                    Val::Net(net) => in_net(value, net),
                    item => equal(value, item),
                }),
            },
        }
    }

    /// Makes a value.
    pub fn val(&mut self, id: ValId) -> Val<'v> {
        let view = self.view;
        let graph = &view.graph;
        match &graph.vals[id.index()] {
            ValNode::Absent => Val::Absent,
            ValNode::Const(c) => Val::from_value(&graph.consts[c.index()], self.arena()),
            ValNode::Slot(slot) => self.event.get(slot.index()),
            ValNode::Element(depth, steps) => {
                let element = self.env.get(usize::from(*depth)).copied().unwrap_or(Val::Absent);
                step(element, steps, self.arena())
            }
            ValNode::Part(v, steps) => {
                let value = self.val(*v);
                step(value, steps, self.arena())
            }
            ValNode::Call(function, args) => {
                let place = view.made[id.index()].map(|place| place as usize);
                if let (Some(place), Some(made)) = (place, self.made)
                    && let Some(val) = made[place].get()
                {
                    return val;
                }
                let args: SmallVec<[Val<'v>; 4]> = args.iter().map(|&a| self.val(a)).collect();
                let val = (function.eval)(&args, self.arena());
                if let Some(place) = place {
                    let arena = self.arena();
                    let fresh = || &*arena.alloc_slice_fill_with(view.made_len, |_| Cell::new(None));
                    self.made.get_or_insert_with(fresh)[place].set(Some(val));
                }
                val
            }
            ValNode::Coalesce(a, b) => match self.val(*a) {
                Val::Absent => self.val(*b),
                there => there,
            },
            ValNode::List(items) => {
                let items: SmallVec<[Val<'v>; 8]> =
                    items.iter().map(|&v| self.val(v)).filter(|v| !v.is_absent()).collect();
                Val::List(self.arena().alloc_slice_copy(&items))
            }
            ValNode::Cond(c) => match self.cond(*c) {
                Truth::Unknown => Val::Absent,
                known => Val::Bool(known.holds()),
            },
            ValNode::Outer(place) => self.outer.get(usize::from(*place)).copied().unwrap_or(Val::Absent),
        }
    }

    /// The plan, for messages.
    pub fn plan(&self) -> &'v Plan {
        self.plan
    }

    /// The view.
    pub fn view(&self) -> &'v View {
        self.view
    }

    /// The view's name: the source's, or the class's for events without a source.
    pub fn view_name(&self) -> &'v std::sync::Arc<str> {
        &self.view.name
    }

    /// The value that a look-up asks about.
    pub fn looked_up(&mut self, lookup: LookupId) -> Val<'v> {
        self.val(self.view.graph.lookups[lookup.index()].0)
    }

    /// The event.
    pub fn event(&self) -> &'v Event<'a> {
        self.event
    }
}

/// A part of a document: the law of lists holds at every step.
pub(super) fn step<'v>(value: Val<'v>, steps: &[Step], arena: &'v Arena) -> Val<'v> {
    if steps.is_empty() {
        return value;
    }
    let Val::Json(json) = value else {
        // A scalar is a list of one; it has no members.
        return if steps.iter().all(|s| matches!(s, Step::Each | Step::Index(0))) { value } else { Val::Absent };
    };
    let each = steps.iter().position(|s| *s == Step::Each);
    let mut found: SmallVec<[Val<'v>; 8]> = SmallVec::new();
    json.walk(steps, &mut |j| {
        found.push(j.to_val());
        each.is_none()
    });
    match (each, found.first()) {
        // A list with nothing in it is there if what `[]` goes over is there.
        (Some(each), None) if json.walk(&steps[..each], &mut |_| true) => Val::List(&[]),
        (_, None) => Val::Absent,
        (None, Some(&one)) => one,
        (Some(_), _) => Val::List(arena.alloc_slice_copy(&found)),
    }
}

fn text_holds(op: TextOp, text: &str, pattern: &str) -> bool {
    match op {
        TextOp::Equals => text == pattern,
        TextOp::Contains => memchr::memmem::find(text.as_bytes(), pattern.as_bytes()).is_some(),
        TextOp::StartsWith => text.starts_with(pattern),
        TextOp::EndsWith => text.ends_with(pattern),
        TextOp::Like => glob::like(text, pattern, false),
    }
}

/// The part of a text that a regex sees, and whether that is not all.
fn seen(text: &str) -> (&str, bool) {
    let seen = crate::value::head(text, REGEX_LIMIT);
    (seen, seen.len() < text.len())
}

fn any<T>(items: impl Iterator<Item = T>, mut test: impl FnMut(T) -> Truth) -> Truth {
    let mut out = Truth::False;
    for item in items {
        out = out.or(test(item));
        if out.holds() {
            break;
        }
    }
    out
}

/// A value by itself, a list by any of its elements; unknown where there is nothing, and of a document: only `[]`,
/// `any`, `all` and `none` go into one.
fn any_or_unknown<'v>(value: Val<'v>, mut test: impl FnMut(Val<'v>) -> Truth) -> Truth {
    match value {
        Val::Absent | Val::Json(_) => Truth::Unknown,
        Val::List(items) => any(items.iter().copied(), test),
        one => test(one),
    }
}

/// A test of a text; numbers and truth values of documents meet it in their text form.
fn on_text(value: Val<'_>, test: impl FnOnce(&str) -> bool) -> Truth {
    match value {
        Val::Str(s) => Truth::from(test(s)),
        Val::Int(_) | Val::Float(_) | Val::Bool(_) => {
            Truth::from(value.to_value().is_some_and(|v| test(&v.to_string())))
        }
        _ => Truth::Unknown,
    }
}
