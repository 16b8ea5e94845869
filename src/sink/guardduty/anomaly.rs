//! `service.detection.anomaly`: what profiles found unusual, and what is usual, by profile and feature.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::finding::{Finding, How, Unusual};
use crate::sink::obj::Obj;
use crate::sink::story;

/// A usual value with at least this share of all sightings told is frequent.
const FREQUENT: f64 = 0.1;

/// The anomaly; none where nothing was unusual.
pub fn anomaly(f: &Finding) -> Option<Json> {
    if f.unusual.is_empty() {
        return None;
    }
    let mut features: BTreeMap<(&str, &str), Vec<&Unusual>> = BTreeMap::new();
    for unusual in &f.unusual {
        features.entry((profile(unusual), &unusual.name)).or_default().push(unusual);
    }
    let (mut profiles, mut behavior) = (Map::new(), Map::new());
    for ((profile, name), all) in features {
        put(&mut behavior, profile, name, found(&all));
        let usual = all.iter().map(|u| usual(u)).find(|usual| !usual.is_empty());
        if let Some(usual) = usual {
            put(&mut profiles, profile, name, json!(usual));
        }
    }
    let profiles = Some(profiles).filter(|p| !p.is_empty());
    Some(Obj::new().put("profiles", profiles).set("unusual", json!({ "behavior": behavior })).json())
}

/// Whose behaviour it is: what is judged by the account is the account's.
fn profile(u: &Unusual) -> &str {
    if u.by_account { "account" } else { &u.profile }
}

fn put(map: &mut Map<String, Json>, profile: &str, name: &str, value: Json) {
    let of = map.entry(profile).or_insert_with(|| json!({}));
    if let Some(of) = of.as_object_mut() {
        of.insert(name.to_owned(), value);
    }
}

/// What was found of one feature. It has one kind: what was never seen says more than what is rare.
fn found(all: &[&Unusual]) -> Json {
    let texts = |pick: fn(&How) -> Option<String>| all.iter().filter_map(|u| pick(&u.how)).collect::<Vec<_>>();
    let new = texts(|how| match how {
        How::New(v) => Some(v.to_string()),
        _ => None,
    });
    if !new.is_empty() {
        return object("FREQUENCY", "UNSEEN", json!({ "text": new }));
    }
    let amounts: Vec<i64> = all
        .iter()
        .filter_map(|u| match u.how {
            How::Surge(x) => Some(whole(x)),
            _ => None,
        })
        .collect();
    if !amounts.is_empty() {
        return object("VOLUME", "COUNT", json!({ "number": amounts }));
    }
    let rare = texts(|how| match how {
        How::Surprise(v, _) => Some(v.to_string()),
        _ => None,
    });
    object("FREQUENCY", "RARE", json!({ "text": rare }))
}

/// What is usual of one feature.
fn usual(u: &Unusual) -> Vec<Json> {
    if let Some((mean, _)) = story::mean(u) {
        return vec![object("VOLUME", "AVERAGE", json!({ "number": [whole(mean)] }))];
    }
    let known = story::usual(u);
    let all: f64 = known.iter().map(|(_, n)| n).sum();
    let (frequent, others): (Vec<_>, Vec<_>) = known.iter().partition(|(_, n)| *n >= all * FREQUENT);
    let texts =
        |values: Vec<&(crate::value::Value, f64)>| values.iter().map(|(v, _)| v.to_string()).collect::<Vec<_>>();
    [("FREQUENT", texts(frequent)), ("INFREQUENT", texts(others))]
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(word, texts)| object("FREQUENCY", word, json!({ "text": texts })))
        .collect()
}

fn object(kind: &str, subtype: &str, observations: Json) -> Json {
    json!({ "profileType": kind, "profileSubtype": subtype, "observations": observations })
}

/// GuardDuty's numbers are whole.
#[expect(clippy::cast_possible_truncation, reason = "the nearest integer is meant, and the cast saturates")]
fn whole(x: f64) -> i64 {
    x.round() as i64
}
