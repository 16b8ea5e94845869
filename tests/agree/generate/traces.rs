//! Traces for rules that count over time: events of few groups at few instants, many of them at one.

use std::sync::Arc;

use outguard::value::Value;

use super::events::EPOCH;
use super::stateful::principal;
use crate::rng::Rng;
use crate::world::{Record, vocabulary};

/// A long trace of one group: far more beginnings than are kept.
pub fn crowd(rng: &mut Rng) -> Vec<Record> {
    let length = 40 + rng.below(60);
    let span = *rng.pick(&[30, 60, 120]);
    (1..=length as u128)
        .map(|i| {
            let at = EPOCH + rng.between(0, span) * 1000;
            let mut record = record(rng, "api", at, i * 7919 % 65537 + (i << 64), true);
            record.account = None;
            record
        })
        .collect()
}

/// A trace: events of few groups at few instants.
pub fn trace(rng: &mut Rng) -> Vec<Record> {
    let length = 4 + rng.below(28);
    let (span, step) = *rng.pick(&[(20, 1000), (40, 500), (12, 1000), (30, 1000), (60, 1000)]);
    let one_group = rng.percent(40);
    let only_api = rng.percent(50);
    // Identities in no order of time.
    let mut ids: Vec<u128> = (1..=length as u128).map(|i| i * 7 % 1009 + (i << 64)).collect();
    rng.shuffle(&mut ids);
    let mut out = Vec::new();
    // Time itself may be odd: before 1970, at its beginning, in a year of five digits.
    let begin = if rng.percent(94) { EPOCH } else { *rng.pick(&[-60_000, -7_000, 0, 253_402_300_799_000]) };
    for id in ids {
        let kind = if only_api { "api" } else { *rng.pick(&["api", "api", "network", "authentication"]) };
        let at = begin + rng.between(0, span) * step + if rng.percent(4) { rng.between(-1, 1) } else { 0 };
        out.push(record(rng, kind, at, id, one_group));
    }
    for _ in 0..rng.below(3) {
        let twice = out[rng.below(out.len())].clone();
        out.push(twice);
    }
    out
}

fn record(rng: &mut Rng, kind: &str, time: i64, id: u128, one_group: bool) -> Record {
    let mut attrs: Vec<(Arc<str>, Value)> = Vec::new();
    let mut put = |name: &str, value: Option<Value>| attrs.extend(value.map(|v| (Arc::from(name), v)));
    let who = match rng.below(if one_group { 14 } else { 10 }) {
        0 => None,
        1 => Some(Value::Null),
        2 => Some(Value::str("")),
        3 | 4 => Some(Value::str("q")),
        _ => Some(Value::str("p")),
    };
    put(principal(kind), who);
    let small = |rng: &mut Rng| match rng.below(20) {
        0 => None,
        1 => Some(Value::Null),
        2 => Some(Value::str("x")),
        3 => Some(Value::str("3")),
        4 => Some(Value::Int(-2)),
        _ => Some(Value::Int(rng.between(0, 6))),
    };
    let word = |rng: &mut Rng, words: &[&str]| match rng.below(12) {
        0 => None,
        1 => Some(Value::str("nonsense")),
        _ => Some(Value::str(words[rng.below(words.len())])),
    };
    let texts = |rng: &mut Rng| {
        let n = rng.below(4);
        let all = (0..n).map(|_| if rng.percent(10) { Value::Null } else { Value::str(["g", "h", ""][rng.below(3)]) });
        (n > 0).then(|| Value::List(all.collect()))
    };
    match kind {
        "api" => {
            put("api.operation", word(rng, &["A", "A", "B", "B", "C"]));
            put("status", word(rng, &["success", "failure"]));
            put("http_request.body_length", small(rng));
            put("src_endpoint.ip", word(rng, &["10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1"]));
            put("actor.user.groups", texts(rng));
            let n = match rng.below(4) {
                0 => Value::Int(1),
                1 => Value::str("1"),
                2 => Value::Null,
                _ => Value::str(""),
            };
            put("api.request.data", Some(Value::Object(vec![("n".into(), n)])));
            let uid = |rng: &mut Rng| Value::Object(vec![("uid".into(), Value::str(["r", "s"][rng.below(2)]))]);
            let all: Vec<Value> = (0..rng.below(3)).map(|_| uid(rng)).collect();
            put("resources", Some(Value::List(all)));
        }
        "network" => {
            put("initiator", word(rng, &["remote", "local"]));
            put("local.port", small(rng));
            put("traffic.bytes", small(rng));
            put("remote.ip", word(rng, &["10.0.0.1", "198.51.100.7"]));
        }
        _ => {
            put("status", word(rng, &["success", "failure"]));
            put("activity", word(rng, &["logon", "logoff"]));
            put("src_endpoint.ip", word(rng, &["10.0.0.1", "10.0.0.2"]));
            put("actor.user.groups", texts(rng));
        }
    }
    if kind != "network" && rng.percent(85) {
        // Berlin, Paris, New York, Potsdam.
        let (lat, long) = *rng.pick(&[(52.5, 13.4), (48.9, 2.35), (40.7, -74.0), (52.4, 13.0)]);
        put("src_endpoint.location.lat", Some(Value::Float(lat)));
        put("src_endpoint.location.long", (!rng.percent(10)).then_some(Value::Float(long)));
    }
    let account = match rng.below(10) {
        0 => None,
        1 | 2 => Some(Arc::from("444455556666")),
        _ => Some(Arc::from("111122223333")),
    };
    // A class is what all of its sources yield.
    let kind = if kind == "api" && rng.percent(25) { "cloudtrail" } else { kind };
    Record { kind: vocabulary().kind(kind).expect("a kind"), time, id, account, attrs }
}
