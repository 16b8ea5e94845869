//! Events made of values: what a rule test says, and findings that re-enter. What is unsaid is absent, but for account
//! and region, which the context may say: a default never satisfies a condition.

use std::sync::Arc;

use super::projection::element_path;
use super::{AttrId, ClassId, Context, Event, Need, Projection, Vocabulary, coerce, transforms};
use crate::value::json::Step;
use crate::value::{Arena, Json, Time, Type, Val, Value};

/// The account of tests' events that say none.
pub const ACCOUNT: &str = "111122223333";

/// The region of tests' events that say none.
pub const REGION: &str = "us-east-1";

/// One attribute that is given, or a part of it.
#[derive(Debug, Clone)]
pub struct Given {
    /// The attribute.
    pub attr: AttrId,
    /// Steps into it: `api.request.data.userName` is `api.request.data`, then `userName`.
    pub steps: Vec<Step>,
    /// Its value; `list<object>` elements have the vocabulary's field names.
    pub value: Value,
}

impl Context {
    /// What rule tests take for granted: [`ACCOUNT`] and [`REGION`].
    #[must_use]
    pub fn of_tests() -> Context {
        Context { account: Some(ACCOUNT.into()), region: Some(REGION.into()), ..Context::default() }
    }
}

impl<'a> Event<'a> {
    /// An event of `class` made of values, seen through a projection: of a source (then as that source's record would
    /// be seen), or of the class. Account and region, where unsaid, are the context's.
    #[must_use]
    pub fn given(
        vocabulary: &Vocabulary,
        projection: &'a Projection,
        class: ClassId,
        given: &[Given],
        (time, identity): (Time, u128),
        context: &'a Context,
        arena: &'a Arena,
    ) -> Event<'a> {
        let mut whole: Vec<(AttrId, Value)> = Vec::new();
        for field in given {
            let place = whole.iter().position(|(attr, _)| *attr == field.attr).unwrap_or_else(|| {
                whole.push((field.attr, Value::Null));
                whole.len() - 1
            });
            insert(&mut whole[place].1, &field.steps, field.value.clone());
        }
        let attributes = &vocabulary.class(class).attributes;
        for (attr, value) in &mut whole {
            let fields: Vec<&str> = attributes[usize::from(attr.0)].fields.iter().map(|f| f.name.as_ref()).collect();
            if !fields.is_empty() {
                flatten(value, &fields);
            }
        }
        derive(vocabulary, class, &mut whole);
        let named = |name: &str| {
            let attr = vocabulary.attribute(class, name)?;
            whole.iter().find(|(a, v)| *a == attr && *v != Value::Null).map(|(_, v)| v)
        };
        let text = |name: &str, outside: Option<&'a Arc<str>>| -> Option<&'a str> {
            named(name).map(|v| &*arena.alloc_str(&v.to_string())).or(outside.map(|t| t.as_ref()))
        };
        let account = text("cloud.account.uid", context.account.as_ref());
        let region = text("cloud.region", context.region.as_ref());
        let time = match named("time") {
            Some(Value::Time(t)) => *t,
            _ => time,
        };
        let event = Event::of_values(projection, context, class, time, identity, (account, region), arena);
        for (place, slot) in projection.slots.iter().enumerate() {
            let made = if slot.need.class != class {
                Val::Absent
            } else {
                match attributes[usize::from(slot.need.attr.0)].name.as_ref() {
                    "time" => Val::Time(time),
                    "cloud.account.uid" => account.map_or(Val::Absent, Val::Str),
                    "cloud.region" => region.map_or(Val::Absent, Val::Str),
                    _ => match whole.iter().find(|(attr, _)| *attr == slot.need.attr) {
                        Some((_, value)) => part(vocabulary, value, &slot.need, &slot.ty, arena),
                        None => Val::Absent,
                    },
                }
            };
            event.set(place, made);
        }
        event
    }
}

/// The part of a given value that a need reads, brought to its type.
fn part<'a>(vocabulary: &Vocabulary, value: &Value, need: &Need, ty: &Type, arena: &'a Arena) -> Val<'a> {
    if need.steps.is_empty() {
        // A document is one whatever it holds; a list of plain values would stand for its elements.
        return match (value, ty) {
            (Value::List(_), ty) if *ty == Type::Json || *ty == Type::list(Type::Object) => {
                Val::Json(arena.alloc(json(value, arena)))
            }
            _ => coerce::val(val(value, arena), ty, arena),
        };
    }
    let objects = *ty_of(vocabulary, need) == Type::list(Type::Object);
    let steps = if objects { element_path(vocabulary, need) } else { need.steps.clone() };
    let json = arena.alloc(json(value, arena));
    if let (Some(each), Type::List(inner)) = (steps.iter().position(|s| *s == Step::Each), ty) {
        if !json.walk(&steps[..each], &mut |_| true) {
            return Val::Absent;
        }
        let mut out = bumpalo::collections::Vec::new_in(arena);
        json.walk(&steps, &mut |j| {
            let v = coerce::json(j, inner, arena);
            if !v.is_absent() {
                out.push(v);
            }
            false
        });
        return Val::List(out.into_bump_slice());
    }
    let mut found = Val::Absent;
    json.walk(&steps, &mut |j| {
        found = coerce::json(j, ty, arena);
        true
    });
    found
}

fn ty_of<'v>(vocabulary: &'v Vocabulary, need: &Need) -> &'v Type {
    &vocabulary.attr(need.class, need.attr).ty
}

/// A value copied into the arena.
#[must_use]
pub fn val<'a>(value: &Value, arena: &'a Arena) -> Val<'a> {
    match value {
        Value::Null => Val::Absent,
        Value::Bool(b) => Val::Bool(*b),
        Value::Int(n) => Val::Int(*n),
        Value::Float(x) => Val::Float(*x),
        Value::Str(s) => Val::Str(arena.alloc_str(s)),
        Value::Ip(ip) => Val::Ip(Val::canonical_ip(*ip)),
        Value::Net(net) => Val::Net(*net),
        Value::Time(t) => Val::Time(*t),
        Value::Duration(ms) => Val::Duration(*ms),
        Value::List(items) if items.iter().any(|v| matches!(v, Value::Object(_) | Value::List(_))) => {
            Val::Json(arena.alloc(json(value, arena)))
        }
        Value::List(items) => {
            let mut out = bumpalo::collections::Vec::with_capacity_in(items.len(), arena);
            out.extend(items.iter().map(|v| val(v, arena)).filter(|v| !v.is_absent()));
            Val::List(out.into_bump_slice())
        }
        Value::Object(_) => Val::Json(arena.alloc(json(value, arena))),
    }
}

/// A value as JSON, copied into the arena.
fn json<'a>(value: &Value, arena: &'a Arena) -> Json<'a> {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(_) | Value::Float(_) => Json::Number(arena.alloc_str(&value.to_string())),
        Value::Str(s) => Json::Str(arena.alloc_str(s)),
        Value::List(items) => {
            let mut out = bumpalo::collections::Vec::with_capacity_in(items.len(), arena);
            out.extend(items.iter().map(|v| json(v, arena)));
            Json::Array(out.into_bump_slice())
        }
        Value::Object(fields) => {
            let mut out = bumpalo::collections::Vec::with_capacity_in(fields.len(), arena);
            for (k, v) in fields {
                out.push((&*arena.alloc_str(k), json(v, arena)));
            }
            Json::Object(out.into_bump_slice())
        }
        other => Json::Str(arena.alloc_str(&other.to_string())),
    }
}

/// Puts a value at a place, making objects and lists on the way.
fn insert(into: &mut Value, steps: &[Step], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *into = value;
        return;
    };
    match step {
        Step::Key(key) => {
            if !matches!(into, Value::Object(_)) {
                *into = Value::Object(Vec::new());
            }
            let Value::Object(fields) = into else { return };
            let place = fields.iter().position(|(k, _)| k == key).unwrap_or_else(|| {
                fields.push((key.clone(), Value::Null));
                fields.len() - 1
            });
            insert(&mut fields[place].1, rest, value);
        }
        Step::Index(_) | Step::Each => {
            if !matches!(into, Value::List(_)) {
                *into = Value::List(Vec::new());
            }
            let Value::List(items) = into else { return };
            let place = match step {
                Step::Index(i) => (*i as usize).min(items.len()),
                _ => 0,
            };
            if place == items.len() {
                items.push(Value::Null);
            }
            insert(&mut items[place], rest, value);
        }
    }
}

/// Elements of a `list<object>`: nested objects (`owner: {uid: …}`) become the fields that the vocabulary names.
fn flatten(value: &mut Value, fields: &[&str]) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|v| flatten(v, fields)),
        Value::Object(members) => {
            let mut flat = Vec::new();
            for (key, member) in std::mem::take(members) {
                lift(key, member, fields, &mut flat);
            }
            *members = flat;
        }
        _ => {}
    }
}

fn lift(name: Arc<str>, value: Value, fields: &[&str], out: &mut Vec<(Arc<str>, Value)>) {
    match value {
        Value::Object(members) if !fields.contains(&name.as_ref()) => {
            for (key, member) in members {
                lift(format!("{name}.{key}").into(), member, fields, out);
            }
        }
        value => out.push((name, value)),
    }
}

/// Attributes that follow from others (`type.purpose` from `type`), where they are unsaid.
fn derive(vocabulary: &Vocabulary, class: ClassId, whole: &mut Vec<(AttrId, Value)>) {
    for (place, attribute) in vocabulary.class(class).attributes.iter().enumerate() {
        let Some((from, transform)) = &attribute.derived else { continue };
        let attr = AttrId(u16::try_from(place).unwrap_or(u16::MAX));
        if whole.iter().any(|(a, _)| *a == attr) {
            continue;
        }
        let Some(from) = vocabulary.attribute(class, from) else { continue };
        let arena = Arena::new();
        let Some(value) = whole.iter().find(|(a, _)| *a == from).map(|(_, v)| arena.alloc_str(&v.to_string())) else {
            continue;
        };
        let made = (transforms::get(*transform).eval)(&[Val::Str(value)], &arena);
        if let Some(made) = made.to_value() {
            whole.push((attr, made));
        }
    }
}
