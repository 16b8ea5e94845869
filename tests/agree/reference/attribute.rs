//! What a record holds, as the type of its attribute wants it: what does not fit is absent.

use outguard::check::model::AttrRef;
use outguard::schema::{Presence, coerce};
use outguard::value::json::Step;
use outguard::value::{Arena, Json, Time, Type, Val, Value};

use crate::world::{Record, vocabulary};

/// The value of an attribute of a record.
pub fn attribute<'a>(record: &'a Record, attr: &AttrRef, arena: &'a Arena) -> Val<'a> {
    if attr.class != record.kind.class {
        return Val::Absent;
    }
    let data = vocabulary().attr(attr.class, attr.attr);
    match &*data.name {
        "time" => return Val::Time(Time(record.time)),
        "cloud.account.uid" => return record.account.as_deref().map_or(Val::Absent, Val::Str),
        _ => {}
    }
    if let Some(source) = record.kind.source {
        let feed = vocabulary().feed(source, attr.class, attr.attr);
        if feed.is_none_or(|f| f.presence == Presence::Never) {
            return Val::Absent;
        }
    }
    let Some(value) = record.get(&data.name) else { return Val::Absent };
    if attr.steps.is_empty() {
        return typed(value, &data.ty, arena);
    }
    let json = arena.alloc(Json::from_value(value, arena));
    let ty = vocabulary().type_of(attr.class, attr.attr, &attr.steps);
    part(json, &attr.steps, &ty, arena)
}

/// A value as a type.
fn typed<'a>(value: &'a Value, ty: &Type, arena: &'a Arena) -> Val<'a> {
    match (value, ty) {
        (Value::Ip(ip), Type::Ip) => Val::Ip(Val::canonical_ip(*ip)),
        (Value::Net(net), Type::Cidr) => Val::Net(*net),
        (Value::Time(t), Type::Time) => Val::Time(*t),
        (Value::Duration(ms), Type::Duration) => Val::Duration(*ms),
        // Objects are what such a list holds; what is neither list nor object does not fit.
        (value, Type::List(inner))
            if **inner == Type::Object && !matches!(value, Value::List(_) | Value::Object(_)) =>
        {
            Val::Absent
        }
        _ => coerce::json(arena.alloc(Json::from_value(value, arena)), ty, arena),
    }
}

/// What stands at `steps`. With `[]` in them: a list of what fits, and absent if what `[]` goes over is absent.
pub fn part<'a>(json: &'a Json<'a>, steps: &[Step], ty: &Type, arena: &'a Arena) -> Val<'a> {
    let (Type::List(inner), Some(each)) = (ty, steps.iter().position(|s| *s == Step::Each)) else {
        return places(json, steps).first().map_or(Val::Absent, |j| coerce::json(j, ty, arena));
    };
    if places(json, &steps[..each]).is_empty() {
        return Val::Absent;
    }
    let fits = places(json, steps).into_iter().map(|j| coerce::json(j, inner, arena)).filter(|v| !v.is_absent());
    Val::List(arena.alloc_slice_fill_iter(fits.collect::<Vec<_>>()))
}

/// Every place that steps lead to and that is not null. What is no list is a list of one.
pub fn places<'a>(json: &'a Json<'a>, steps: &[Step]) -> Vec<&'a Json<'a>> {
    let mut here = vec![json];
    for step in steps {
        here = here.into_iter().flat_map(|j| one_step(j, step)).collect();
    }
    here.retain(|j| !matches!(j, Json::Null));
    here
}

fn one_step<'a>(json: &'a Json<'a>, step: &Step) -> Vec<&'a Json<'a>> {
    match (step, json) {
        (Step::Key(key), Json::Object(fields)) => {
            fields.iter().rev().find(|(k, _)| **k == **key).map(|(_, v)| v).into_iter().collect()
        }
        (Step::Key(_), _) => Vec::new(),
        (Step::Index(i), Json::Array(items)) => items.get(*i as usize).into_iter().collect(),
        (Step::Each, Json::Array(items)) => items.iter().collect(),
        (Step::Index(0) | Step::Each, one) => vec![one],
        (Step::Index(_), _) => Vec::new(),
    }
}
