//! Events that generated rules may meet: values that rules name, and about a third that no rule hopes for.

use std::sync::Arc;

use outguard::value::{Time, Value};

use super::attributes::{DOMAINS, Form, INTS, IPS, KEYS, ODD_TEXTS, TEXTS, attributes};
use crate::rng::Rng;
use crate::world::{Record, vocabulary};

/// Midnight of 2026-01-01 UTC.
pub const EPOCH: i64 = 1_767_225_600_000;

/// An event of a kind with any of its attributes.
pub fn event(rng: &mut Rng, kind: &str, id: u128) -> Record {
    let mut attrs: Vec<(Arc<str>, Value)> = Vec::new();
    for (name, form) in attributes(kind) {
        if *name == "time" || rng.percent(20) {
            continue;
        }
        attrs.push(((*name).into(), value(rng, *form)));
    }
    Record {
        kind: vocabulary().kind(kind).expect("a kind"),
        time: EPOCH + rng.between(0, 5 * 3_600_000),
        id,
        account: account(rng),
        attrs,
    }
}

/// An account; sometimes nobody knows it.
pub fn account(rng: &mut Rng) -> Option<Arc<str>> {
    (!rng.percent(10)).then(|| Arc::from(*rng.pick(&["111122223333", "444455556666"])))
}

/// A value of an attribute, as a rule hopes for it or not.
pub fn value(rng: &mut Rng, form: Form) -> Value {
    match rng.below(100) {
        0..=5 => Value::Null,
        6..=9 => Value::str(""),
        10..=13 => Value::str(*rng.pick(ODD_TEXTS)),
        14..=21 => wrong(rng),
        22..=24 => huge(rng),
        _ => right(rng, form),
    }
}

fn right(rng: &mut Rng, form: Form) -> Value {
    match form {
        Form::Text => Value::str(*rng.pick(TEXTS)),
        Form::Domain => Value::str(*rng.pick(DOMAINS)),
        Form::Int => Value::Int(*rng.pick(INTS)),
        Form::Ip => Value::Ip(rng.pick(IPS).parse().expect("an address")),
        Form::Word(words) => Value::str(*rng.pick(words)),
        Form::Bool => Value::Bool(rng.percent(50)),
        Form::Time => Value::Time(Time(EPOCH + rng.between(0, 5 * 3_600_000))),
        Form::Duration => Value::Duration(rng.between(0, 150_000)),
        Form::Json => document(rng, 3),
        Form::Texts => list(rng, |rng| Value::str(*rng.pick(TEXTS))),
        Form::Ips => list(rng, |rng| Value::Ip(rng.pick(IPS).parse().expect("an address"))),
        Form::Objects(fields) => list(rng, |rng| {
            let mut object: Vec<(Arc<str>, Value)> = Vec::new();
            for field in fields {
                match rng.below(10) {
                    0 | 1 => {}
                    2 => object.push(((*field).into(), Value::Null)),
                    _ => object.push(((*field).into(), Value::str(*rng.pick(TEXTS)))),
                }
            }
            Value::Object(object)
        }),
    }
}

fn list(rng: &mut Rng, mut element: impl FnMut(&mut Rng) -> Value) -> Value {
    let n = rng.below(4);
    Value::List((0..n).map(|_| if rng.percent(8) { Value::Null } else { element(rng) }).collect())
}

/// A document whose keys rules know.
pub fn document(rng: &mut Rng, depth: usize) -> Value {
    match rng.below(if depth == 0 { 6 } else { 11 }) {
        0 | 1 => Value::str(*rng.pick(TEXTS)),
        2 => Value::Int(*rng.pick(INTS)),
        3 => Value::Bool(rng.percent(50)),
        4 => Value::str(*rng.pick(IPS)),
        5 => Value::Null,
        6 | 7 => list(rng, |rng| document(rng, depth - 1)),
        _ => {
            let mut object: Vec<(Arc<str>, Value)> = Vec::new();
            for key in KEYS {
                if rng.percent(45) {
                    object.push(((*key).into(), document(rng, depth - 1)));
                }
            }
            Value::Object(object)
        }
    }
}

/// A value of some other type.
fn wrong(rng: &mut Rng) -> Value {
    match rng.below(7) {
        0 => Value::Int(*rng.pick(INTS)),
        1 => Value::Bool(rng.percent(50)),
        2 => Value::Float(2.5),
        3 => Value::Float(22.0),
        4 => Value::List(vec![Value::str(*rng.pick(TEXTS))]),
        5 => Value::Object(vec![("a".into(), Value::str(*rng.pick(TEXTS)))]),
        _ => Value::str(*rng.pick(TEXTS)),
    }
}

fn huge(rng: &mut Rng) -> Value {
    match rng.below(5) {
        0 => Value::Int(i64::MAX),
        1 => Value::Int(i64::MIN),
        2 => Value::str("alpha".repeat(2000)),
        3 => Value::str("9223372036854775808"),
        _ => Value::Float(1e300),
    }
}
