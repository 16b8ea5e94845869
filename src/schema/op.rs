//! Recipes compiled against a projection: paths are places in the record's wire fields, names are references, and
//! making a value is total. Nothing here allocates but what a value needs, in the event's arena.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::transforms::Definition;
use super::{Ask, Event, Outside, Raw, Test, coerce};
use crate::value::json::{Step, unescape};
use crate::value::{Arena, Json, Type, Val, Value};

/// How a value is made of a record.
#[derive(Debug)]
pub(super) enum Op {
    Absent,
    /// The record's whole text, as JSON.
    Record,
    /// A wire field.
    Raw(usize),
    /// A wire field that is read as a document; the second is the place of its parsed form.
    Doc(usize, usize),
    /// A part of a wire field that holds JSON; the second is the place of its parsed form.
    Walk(usize, usize, Vec<Step>),
    /// A part of what another op makes.
    Into(Box<Op>, Vec<Step>),
    First(Vec<Op>),
    Const(Value),
    Words(Box<Op>, BTreeMap<String, String>, Option<String>),
    If(Vec<Check>, Box<Op>, Box<Op>),
    /// Pieces of text around the values, one more than those.
    Template(Vec<String>, Vec<Op>),
    Apply(&'static Definition, Vec<Op>),
    /// A recipe that several attributes share.
    Shared(usize),
    Outside(Outside),
    /// What the deployment's data says of the address or key in another slot.
    Enriched(usize, Ask),
    /// A list of objects, with the vocabulary's names for their fields.
    Elements(Box<Op>, Vec<(Arc<str>, Vec<Step>)>),
    /// A list of objects made field by field; objects without any are left out.
    Objects(Vec<Vec<(Arc<str>, Op)>>),
}

/// A condition on a wire field.
#[derive(Debug)]
pub(super) struct Check {
    pub raw: usize,
    pub test: Test,
}

impl Check {
    pub fn holds<'a>(&self, raw: &[Raw<'a>], arena: &'a Arena) -> bool {
        let field = raw.get(self.raw).copied().unwrap_or_default();
        let there = !matches!(field, Raw::Absent | Raw::Null | Raw::Text("" | "-"));
        let text = || match field {
            Raw::Bool(true) => "true",
            Raw::Bool(false) => "false",
            Raw::Str(s, true) => unescape(s, arena).unwrap_or(s),
            Raw::Number(s) | Raw::Str(s, false) | Raw::Text(s) => s,
            Raw::Absent | Raw::Null | Raw::Json(_) => "",
        };
        match &self.test {
            Test::Present => there,
            Test::Absent => !there,
            Test::In(words) => there && !matches!(field, Raw::Json(_)) && words.iter().any(|w| w == text()),
            Test::StartsWith(starts) => {
                there && !matches!(field, Raw::Json(_)) && starts.iter().any(|s| text().starts_with(s.as_str()))
            }
        }
    }
}

/// Whether one alternative holds in full.
pub(super) fn any_holds<'a>(alternatives: &[Vec<Check>], raw: &[Raw<'a>], arena: &'a Arena) -> bool {
    alternatives.iter().any(|all| all.iter().all(|c| c.holds(raw, arena)))
}

impl Op {
    /// The value, brought to a type.
    pub fn eval<'a>(&'a self, event: &Event<'a>, ty: &Type) -> Val<'a> {
        let arena = event.arena;
        match self {
            Op::Absent => Val::Absent,
            Op::Record => match Json::parse(event.text, arena) {
                Some(json) => coerce::json(arena.alloc(json), ty, arena),
                // A row of columns: text is all there is to say.
                None => coerce::val(Val::Str(event.text), ty, arena),
            },
            Op::Raw(at) => match event.raw[*at] {
                Raw::Json(text) if matches!(ty, Type::Json | Type::List(_)) => {
                    Json::parse(text, arena).map_or(Val::Absent, |j| coerce::json(arena.alloc(j), ty, arena))
                }
                field => coerce::raw(field, ty, arena),
            },
            Op::Doc(at, doc) => match event.raw[*at] {
                Raw::Json(_) => event.doc(*at, *doc).map_or(Val::Absent, |j| coerce::json(j, ty, arena)),
                field => coerce::raw(field, ty, arena),
            },
            Op::Walk(at, doc, steps) => match event.doc(*at, *doc) {
                Some(json) => walk(json, steps, ty, arena),
                None => Val::Absent,
            },
            Op::Into(op, steps) => match op.eval(event, &Type::Json) {
                Val::Json(json) => walk(json, steps, ty, arena),
                Val::List(items) => pick(items, steps, ty, arena),
                _ => Val::Absent,
            },
            Op::First(ops) => ops.iter().map(|op| op.eval(event, ty)).find(|v| !v.is_absent()).unwrap_or(Val::Absent),
            Op::Const(value) => coerce::val(Val::from_value(value, arena), ty, arena),
            Op::Words(from, words, other) => match from.eval(event, &Type::String).as_str() {
                Some(word) => match words.get(word).or(other.as_ref()) {
                    Some(word) => coerce::val(Val::Str(word), ty, arena),
                    None => Val::Absent,
                },
                None => Val::Absent,
            },
            Op::If(checks, then, orelse) => {
                let all = checks.iter().all(|c| c.holds(event.raw, arena));
                (if all { then } else { orelse }).eval(event, ty)
            }
            Op::Template(pieces, ops) => coerce::val(template(pieces, ops, event), ty, arena),
            Op::Apply(..) | Op::Shared(_) => coerce::val(self.loose(event), ty, arena),
            Op::Outside(what) => {
                let context = event.context;
                let text = match what {
                    Outside::Time => return coerce::val(Val::Time(event.time), ty, arena),
                    Outside::Account => context.account.as_deref(),
                    Outside::Region => context.region.as_deref(),
                    Outside::Cluster => context.cluster.as_deref(),
                    Outside::Database => context.database.as_deref(),
                };
                text.map_or(Val::Absent, |t| coerce::val(Val::Str(t), ty, arena))
            }
            Op::Enriched(from, ask) => {
                let Some(data) = &event.projection.enrich else { return Val::Absent };
                let told = match (ask, event.get(*from)) {
                    (Ask::Fact(fact), Val::Ip(address)) => data.look_up(address, *fact, arena),
                    (Ask::Row(table, column), Val::Str(key)) => data.row(table, key, column, arena),
                    _ => Val::Absent,
                };
                coerce::val(told, ty, arena)
            }
            Op::Elements(op, fields) => match op.eval(event, &Type::Json) {
                Val::Json(json) => elements(json, fields, arena),
                _ => Val::Absent,
            },
            Op::Objects(objects) => {
                let mut out = bumpalo::collections::Vec::new_in(arena);
                for fields in objects {
                    let made = fields.iter().filter_map(|(name, op)| match op.eval(event, &Type::String) {
                        Val::Str(s) => Some((name.as_ref(), Json::Str(s))),
                        _ => None,
                    });
                    let mut object = bumpalo::collections::Vec::new_in(arena);
                    object.extend(made);
                    if !object.is_empty() {
                        out.push(Json::Object(object.into_bump_slice()));
                    }
                }
                if out.is_empty() { Val::Absent } else { Val::Json(arena.alloc(Json::Array(out.into_bump_slice()))) }
            }
        }
    }

    /// The value as a transformation takes it: text, or a list of texts.
    pub fn loose<'a>(&'a self, event: &Event<'a>) -> Val<'a> {
        match self {
            Op::Raw(at) if matches!(event.raw[*at], Raw::Json(_)) => self.eval(event, &Type::list(Type::String)),
            Op::Walk(_, _, steps) if steps.contains(&Step::Each) => self.eval(event, &Type::list(Type::String)),
            Op::First(ops) => ops.iter().map(|op| op.loose(event)).find(|v| !v.is_absent()).unwrap_or(Val::Absent),
            Op::If(checks, then, orelse) => {
                let all = checks.iter().all(|c| c.holds(event.raw, event.arena));
                (if all { then } else { orelse }).loose(event)
            }
            Op::Apply(definition, args) => {
                let args: smallvec::SmallVec<[Val<'a>; 6]> = args.iter().map(|op| op.loose(event)).collect();
                (definition.eval)(&args, event.arena)
            }
            Op::Shared(at) => event.shared(*at, |op| op.loose(event)),
            _ => self.eval(event, &Type::String),
        }
    }
}

/// What stands at `steps`; with `[]` in them a list.
fn walk<'a>(json: &'a Json<'a>, steps: &[Step], ty: &Type, arena: &'a Arena) -> Val<'a> {
    if let (true, Type::List(inner)) = (steps.contains(&Step::Each), ty) {
        let mut out = bumpalo::collections::Vec::new_in(arena);
        json.walk(steps, &mut |j| {
            let v = coerce::json(j, inner, arena);
            if !v.is_absent() {
                out.push(v);
            }
            false
        });
        return if out.is_empty() { empty(json, steps) } else { Val::List(out.into_bump_slice()) };
    }
    let mut found = Val::Absent;
    json.walk(steps, &mut |j| {
        found = coerce::json(j, ty, arena);
        true
    });
    found
}

/// A list with nothing in it is there if what `[]` goes over is there; else it is absent.
fn empty<'a>(json: &'a Json<'a>, steps: &[Step]) -> Val<'a> {
    let before = steps.iter().position(|s| *s == Step::Each).map_or(steps, |at| &steps[..at]);
    if json.walk(before, &mut |_| true) { Val::List(&[]) } else { Val::Absent }
}

/// A part of a list of plain values: one of them, or all.
fn pick<'a>(items: &'a [Val<'a>], steps: &[Step], ty: &Type, arena: &'a Arena) -> Val<'a> {
    match steps {
        [Step::Each] => coerce::val(Val::List(items), ty, arena),
        [Step::Index(i)] => items.get(*i as usize).map_or(Val::Absent, |v| coerce::val(*v, ty, arena)),
        _ => Val::Absent,
    }
}

fn template<'a>(pieces: &'a [String], ops: &'a [Op], event: &Event<'a>) -> Val<'a> {
    let mut out = bumpalo::collections::String::new_in(event.arena);
    for (piece, op) in pieces.iter().zip(ops) {
        out.push_str(piece);
        match op.eval(event, &Type::String) {
            Val::Str(s) if !s.is_empty() => out.push_str(s),
            _ => return Val::Absent,
        }
    }
    out.push_str(pieces.last().map_or("", String::as_str));
    Val::Str(out.into_bump_str())
}

/// The elements with the vocabulary's names. What is no list is a list of one.
fn elements<'a>(json: &'a Json<'a>, fields: &'a [(Arc<str>, Vec<Step>)], arena: &'a Arena) -> Val<'a> {
    let items = match json {
        Json::Array(items) => items,
        one => std::slice::from_ref(one),
    };
    let mut out = bumpalo::collections::Vec::with_capacity_in(items.len(), arena);
    for item in items {
        let mut object = bumpalo::collections::Vec::with_capacity_in(fields.len(), arena);
        for (name, steps) in fields {
            item.walk(steps, &mut |j| {
                object.push((name.as_ref(), *j));
                true
            });
        }
        out.push(Json::Object(object.into_bump_slice()));
    }
    Val::Json(arena.alloc(Json::Array(out.into_bump_slice())))
}
