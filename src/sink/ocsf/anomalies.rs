//! `anomaly_analyses`: what profiles found unusual, and the baselines that say what is usual.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::finding::{Finding, How, Unusual};
use crate::sink::obj::Obj;
use crate::sink::story;

/// One analysis for each profile, judged by the group or by the account.
pub fn analyses(f: &Finding) -> Vec<Json> {
    let mut profiles: BTreeMap<(&str, bool), Vec<&Unusual>> = BTreeMap::new();
    for unusual in &f.unusual {
        profiles.entry((&unusual.profile, unusual.by_account)).or_default().push(unusual);
    }
    profiles.into_iter().map(|((profile, by_account), all)| analysis(f, profile, by_account, &all)).collect()
}

fn analysis(f: &Finding, profile: &str, by_account: bool, all: &[&Unusual]) -> Json {
    let group = f.principal.as_deref().or(f.resource.uid.as_deref());
    let account = f.account.as_deref();
    let target = if by_account { account.or(group) } else { group.or(account) };
    let kind = if by_account { format!("{profile}, by its account") } else { profile.to_owned() };
    // What is usual of a feature is the same for all of its anomalies.
    let mut baselines: Vec<Json> = Vec::new();
    for baseline in all.iter().filter_map(|u| baseline(u)) {
        if !baselines.contains(&baseline) {
            baselines.push(baseline);
        }
    }
    Obj::new()
        .set("analysis_targets", json!([{ "name": target.unwrap_or(profile), "type": kind }]))
        .set("anomalies", all.iter().map(|u| anomaly(u)).collect::<Vec<_>>())
        .list("baselines", baselines)
        .json()
}

fn anomaly(u: &Unusual) -> Json {
    let pattern = match u.how {
        How::New(_) => "UNSEEN",
        How::Surge(_) => "SURGE",
        How::Surprise(..) => "RARE",
    };
    parameter(u, pattern, json!([{ "value": u.how.value().to_string() }]))
}

fn baseline(u: &Unusual) -> Option<Json> {
    if let Some((mean, sd)) = story::mean(u) {
        return Some(parameter(u, "NORMAL_VOLUME", json!([{ "value": format!("{mean:.2} ± {sd:.2}") }])));
    }
    let known: Vec<Json> =
        story::usual(u).iter().map(|(v, n)| json!({ "value": v.to_string(), "count": count(*n) })).collect();
    (!known.is_empty()).then(|| parameter(u, "FREQUENT", json!(known)))
}

fn parameter(u: &Unusual, pattern: &str, observations: Json) -> Json {
    let volume = matches!(u.how, How::Surge(_));
    json!({
        "observation_parameter": u.name,
        "observation_type": if volume { "Volume Analysis" } else { "Frequency Analysis" },
        "observed_pattern": pattern,
        "observations": observations,
    })
}

/// OCSF's counts are integers.
#[expect(clippy::cast_possible_truncation, reason = "sightings are whole numbers, and the cast saturates")]
fn count(n: f64) -> i32 {
    n.round() as i32
}
