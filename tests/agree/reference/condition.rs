//! Conditions and values, walked as trees. Truth has three values: `Some(true)`, `Some(false)`, and `None`: unknown.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use outguard::check::Model;
use outguard::check::model::{AddressSpace, BinderId, Expr, ExprKind, ListId, Quantifier};
use outguard::ops::{Eval, Operator, member, nets};
use outguard::value::json::Step;
use outguard::value::{Arena, Truth, Type, Val, Value};

use super::attribute::{attribute, part};
use crate::world::Record;

/// How much of a text a regex sees, in bytes (`docs/language.md` §1).
const REGEX_SEES: usize = 8 * 1024;

/// Reads expressions.
pub struct Reader<'r, 'a> {
    /// Parameters and lists.
    pub model: &'a Model,
    /// Where made values live.
    pub arena: &'a Arena,
    /// The event of an input.
    pub event: &'r dyn Fn(usize) -> Option<&'a Record>,
    /// The value of an aggregate, the answer of a profile.
    pub ask: &'r dyn Fn(&Expr) -> Val<'a>,
    /// Bound elements.
    pub bound: Vec<(BinderId, Val<'a>)>,
}

impl<'r, 'a> Reader<'r, 'a> {
    /// A reader with nothing bound.
    pub fn new(
        model: &'a Model,
        arena: &'a Arena,
        event: &'r dyn Fn(usize) -> Option<&'a Record>,
        ask: &'r dyn Fn(&Expr) -> Val<'a>,
    ) -> Self {
        Reader { model, arena, event, ask, bound: Vec::new() }
    }

    /// Whether a condition is true.
    pub fn holds(&mut self, e: &Expr) -> bool {
        self.truth(e) == Some(true)
    }

    /// What a condition comes to.
    pub fn truth(&mut self, e: &Expr) -> Option<bool> {
        match &e.kind {
            ExprKind::Not(x) => self.truth(x).map(|b| !b),
            ExprKind::And(parts) => {
                let all: Vec<_> = parts.iter().map(|p| self.truth(p)).collect();
                and(&all)
            }
            ExprKind::Or(parts) => {
                let all: Vec<_> = parts.iter().map(|p| self.truth(p)).collect();
                or(&all)
            }
            ExprKind::AtLeast(n, parts) => {
                let all: Vec<_> = parts.iter().map(|p| self.truth(p)).collect();
                let (yes, no) = (count(&all, Some(true)), count(&all, Some(false)));
                if yes >= *n as usize {
                    Some(true)
                } else if all.len() - no < *n as usize {
                    Some(false)
                } else {
                    None
                }
            }
            ExprKind::Has(x) => Some(is_there(self.value(x))),
            ExprKind::Op(op, l, r) => self.operator(op, l, r),
            ExprKind::Coalesce(a, b) if is_condition(a) => self.truth(a).or_else(|| self.truth(b)),
            ExprKind::Quantified { quantifier, binder, sources, body, .. } => {
                self.quantified(*quantifier, *binder, sources, body)
            }
            _ => match self.value(e) {
                Val::Bool(b) => Some(b),
                Val::Str("true") => Some(true),
                Val::Str("false") => Some(false),
                _ => None,
            },
        }
    }

    /// What an expression gives.
    pub fn value(&mut self, e: &Expr) -> Val<'a> {
        let (model, arena) = (self.model, self.arena);
        match &e.kind {
            ExprKind::Const(v) => owned(v, arena),
            ExprKind::Caseless(s) => Val::Str(arena.alloc_str(s)),
            ExprKind::Param(id) => owned(&model.params[id.index()].value, arena),
            ExprKind::Attr(attr) => match (self.event)(attr.input) {
                Some(record) => attribute(record, attr, arena),
                None => Val::Absent,
            },
            ExprKind::Element(binder, steps) => {
                let element = self.bound.iter().rev().find(|(b, _)| b == binder).map_or(Val::Absent, |(_, v)| *v);
                within(element, steps, arena)
            }
            ExprKind::Part(base, steps) => {
                let base = self.value(base);
                within(base, steps, arena)
            }
            ExprKind::Call(function, args) => {
                let args: Vec<Val<'a>> = args.iter().map(|a| self.value(a)).collect();
                (function.eval)(&args, arena)
            }
            ExprKind::Coalesce(a, b) if !is_condition(a) => match self.value(a) {
                Val::Absent => self.value(b),
                there => there,
            },
            ExprKind::ListOf(items) => {
                let items: Vec<Val<'a>> = items.iter().map(|i| self.value(i)).filter(|v| !v.is_absent()).collect();
                Val::List(arena.alloc_slice_copy(&items))
            }
            ExprKind::Aggregate(..) | ExprKind::Profile(..) => (self.ask)(e),
            ExprKind::Regex(..)
            | ExprKind::Space(_)
            | ExprKind::List(_)
            | ExprKind::Object(_)
            | ExprKind::Range(..) => Val::Absent,
            _ => self.truth(e).map_or(Val::Absent, Val::Bool),
        }
    }

    fn quantified(&mut self, quantifier: Quantifier, binder: BinderId, sources: &[Expr], body: &Expr) -> Option<bool> {
        let lists: Vec<Val<'a>> = sources.iter().map(|s| self.value(s)).filter(|v| !v.is_absent()).collect();
        if lists.is_empty() {
            return None;
        }
        let mut truths = Vec::new();
        for element in lists.into_iter().flat_map(Val::elements).filter(|v| !v.is_absent()) {
            self.bound.push((binder, element));
            truths.push(self.truth(body));
            self.bound.pop();
        }
        match quantifier {
            Quantifier::Any => or(&truths),
            Quantifier::All => and(&truths),
            Quantifier::None => or(&truths).map(|b| !b),
        }
    }

    fn operator(&mut self, op: &'static Operator, l: &Expr, r: &Expr) -> Option<bool> {
        let left = self.value(l);
        if left.is_absent() {
            return None;
        }
        match op.eval {
            Eval::Pair(decide) => {
                let right = self.value(r);
                if right.is_absent() {
                    return None;
                }
                // `i"…"` may stand on either side.
                let caseless = |e: &Expr| matches!(e.kind, ExprKind::Caseless(_));
                let (left, right) = match (caseless(l), caseless(r)) {
                    (false, true) => (lower(left, self.arena), right),
                    (true, false) => (left, lower(right, self.arena)),
                    _ => (left, right),
                };
                known(decide(left, right))
            }
            Eval::Member => self.member(left, r),
            Eval::Under => self.under(left, r),
            Eval::Regex => {
                let ExprKind::Regex(pattern, caseless) = &r.kind else { return None };
                let regex = compiled(pattern, *caseless);
                any_text(left, &|s| regex.is_match(head(s)))
            }
        }
    }

    fn member(&mut self, left: Val<'a>, right: &Expr) -> Option<bool> {
        match &right.kind {
            ExprKind::ListOf(items) => {
                let all: Vec<_> = items.iter().map(|i| self.member(left, i)).collect();
                or(&all)
            }
            ExprKind::Space(AddressSpace::Private) => known(nets::in_private(left)),
            ExprKind::Space(AddressSpace::Public) => known(nets::in_public(left)),
            ExprKind::Range(a, b) => {
                let (a, b) = (self.value(a), self.value(b));
                known(member::in_range(left, a, b))
            }
            ExprKind::List(list) => self.listed(left, *list),
            ExprKind::Caseless(s) => {
                let s = self.arena.alloc_str(s);
                known(member::member(lower(left, self.arena), &[Val::Str(s)]))
            }
            _ => match self.value(right) {
                Val::Absent => None,
                Val::List(items) => known(member::member(left, items)),
                one => known(member::member(left, &[one])),
            },
        }
    }

    fn under(&mut self, left: Val<'a>, right: &Expr) -> Option<bool> {
        match &right.kind {
            ExprKind::List(list) => return self.listed(left, *list),
            ExprKind::ListOf(items) => {
                let all: Vec<_> = items.iter().map(|i| self.under(left, i)).collect();
                return or(&all);
            }
            _ => {}
        }
        let right = self.value(right);
        let all: Vec<_> = right.elements().map(|d| known(member::under(left, d.as_str()?))).collect();
        or(&all)
    }

    /// Whether a value is in a list of the rule set: by address, by whole labels, or as it stands.
    fn listed(&mut self, left: Val<'a>, list: ListId) -> Option<bool> {
        let list = &self.model.lists[list.index()];
        let one = |v: Val<'a>| -> bool {
            list.constants.iter().any(|entry| match (&list.ty, v, entry) {
                (Type::Domain, Val::Str(_), Value::Str(entry)) => member::under(v, entry) == Truth::True,
                (Type::Domain, _, _) => false,
                (Type::Ip, Val::Ip(_) | Val::Str(_), _) => {
                    let ip = match v {
                        Val::Str(s) => s.parse().ok().map_or(Val::Absent, Val::Ip),
                        ip => ip,
                    };
                    known(member::member(ip, &[owned(entry, self.arena)])) == Some(true)
                }
                (Type::Ip, _, _) => false,
                (Type::Hash, Val::Str(s), Value::Str(entry)) => s.eq_ignore_ascii_case(entry),
                (Type::String, Val::Str(s), Value::Str(entry)) => s == &**entry,
                (Type::Int, Val::Int(n), Value::Int(entry)) => n == *entry,
                (Type::Int, Val::Str(s), Value::Int(entry)) => s == entry.to_string(),
                _ => false,
            })
        };
        match left {
            Val::List(items) => Some(items.iter().any(|v| one(*v))),
            Val::Json(_) => None,
            v => Some(one(v)),
        }
    }
}

fn count(all: &[Option<bool>], what: Option<bool>) -> usize {
    all.iter().filter(|t| **t == what).count()
}

/// False if one is false; else unknown if one is; else true.
pub fn and(all: &[Option<bool>]) -> Option<bool> {
    if count(all, Some(false)) > 0 {
        Some(false)
    } else if count(all, None) > 0 {
        None
    } else {
        Some(true)
    }
}

/// True if one is true; else unknown if one is; else false.
pub fn or(all: &[Option<bool>]) -> Option<bool> {
    if count(all, Some(true)) > 0 {
        Some(true)
    } else if count(all, None) > 0 {
        None
    } else {
        Some(false)
    }
}

fn known(truth: Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

/// Whether there is one: of a list, at least one element.
fn is_there(v: Val<'_>) -> bool {
    v.elements().any(|e| !e.is_absent())
}

fn is_condition(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::AtLeast(..)
            | ExprKind::Op(..)
            | ExprKind::Quantified { .. }
            | ExprKind::Has(_)
    )
}

/// A constant, copied into the arena.
fn owned<'a>(value: &Value, arena: &'a Arena) -> Val<'a> {
    match value {
        Value::Null | Value::Object(_) => Val::Absent,
        Value::Bool(b) => Val::Bool(*b),
        Value::Int(n) => Val::Int(*n),
        Value::Float(x) => Val::Float(*x),
        Value::Str(s) => Val::Str(arena.alloc_str(s)),
        Value::Ip(ip) => Val::Ip(*ip),
        Value::Net(net) => Val::Net(*net),
        Value::Time(t) => Val::Time(*t),
        Value::Duration(ms) => Val::Duration(*ms),
        Value::List(items) => {
            let items: Vec<Val<'a>> = items.iter().map(|v| owned(v, arena)).collect();
            Val::List(arena.alloc_slice_copy(&items))
        }
    }
}

/// A part of a bound element or of a parsed document.
fn within<'a>(value: Val<'a>, steps: &[Step], arena: &'a Arena) -> Val<'a> {
    if steps.is_empty() {
        return value;
    }
    let Val::Json(json) = value else {
        let itself = steps.iter().all(|s| matches!(s, Step::Each | Step::Index(0)));
        return if itself { value } else { Val::Absent };
    };
    let ty = if steps.contains(&Step::Each) { Type::list(Type::Json) } else { Type::Json };
    part(json, steps, &ty, arena)
}

/// Text in lower case; numbers and truth values in their text form.
fn lower<'a>(v: Val<'a>, arena: &'a Arena) -> Val<'a> {
    match v {
        Val::List(items) => {
            let items: Vec<Val<'a>> = items.iter().map(|v| lower(*v, arena)).collect();
            Val::List(arena.alloc_slice_copy(&items))
        }
        Val::Str(s) => Val::Str(arena.alloc_str(&s.to_lowercase())),
        Val::Int(_) | Val::Float(_) | Val::Bool(_) => {
            Val::Str(arena.alloc_str(&v.to_value().map(|v| v.to_string()).unwrap_or_default()))
        }
        other => other,
    }
}

/// A test of the text of a value; of a list: any of its elements.
fn any_text(v: Val<'_>, test: &dyn Fn(&str) -> bool) -> Option<bool> {
    match v {
        Val::List(items) => or(&items.iter().map(|v| any_text(*v, test)).collect::<Vec<_>>()),
        Val::Str(s) => Some(test(s)),
        Val::Int(_) | Val::Float(_) | Val::Bool(_) => Some(test(&v.to_value()?.to_string())),
        _ => None,
    }
}

fn head(s: &str) -> &str {
    let mut end = s.len().min(REGEX_SEES);
    while !s.is_char_boundary(end) {
        end -= 1;
    }
    &s[..end]
}

/// A regex. Compiled once a thread: it takes a thousand times as long as using it.
fn compiled(pattern: &str, caseless: bool) -> Rc<Regex> {
    thread_local!(static KEPT: RefCell<HashMap<(String, bool), Rc<Regex>>> = RefCell::default());
    KEPT.with_borrow_mut(|kept| {
        let make = || Rc::new(RegexBuilder::new(pattern).case_insensitive(caseless).build().expect("checked"));
        kept.entry((pattern.to_owned(), caseless)).or_insert_with(make).clone()
    })
}
