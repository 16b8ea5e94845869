//! `guardduty`: the finding JSON of Amazon GuardDuty, as it stands on the wire (schema version 2.0). What is not known
//! is left out; the members that the service's model requires are always there.

mod action;
mod anomaly;
mod resource;
mod sequence;

use std::io;

use serde_json::{Value as Json, json};

use super::facts::Facts;
use super::obj::Obj;
use super::remote::Remote;
use super::{SinkOptions, lines};
use crate::finding::{Finding, ListMatch, ListRole};

/// Writes NDJSON.
pub fn write(findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    lines(findings, out, |f| finding(&Facts::new(f, options)))
}

/// One finding.
pub fn finding(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    Obj::new()
        .set("schemaVersion", "2.0")
        .set("accountId", facts.account())
        .set("region", facts.region())
        .set("partition", facts.partition())
        .set("id", f.id.as_str())
        .set("arn", facts.arn())
        .set("type", f.rule.finding_type.as_str())
        .set("resource", resource::resource(facts))
        .set("service", service(facts))
        .set("severity", f.severity.value())
        .set("createdAt", f.first_seen.to_rfc3339())
        .set("updatedAt", f.last_seen.to_rfc3339())
        .set("title", f.title.as_ref())
        .set("description", facts.description())
        .json()
}

fn service(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    let intelligence: Vec<Json> = threats(f).map(threat).collect();
    Obj::new()
        .set("serviceName", "guardduty")
        .set("detectorId", facts.detector())
        .put("action", action::action(facts))
        .put("evidence", Obj::new().list("threatIntelligenceDetails", intelligence).some())
        .put("detection", detection(facts))
        .set("resourceRole", f.role.to_string())
        .set("additionalInfo", additional(facts))
        .set("eventFirstSeen", f.first_seen.to_rfc3339())
        .set("eventLastSeen", f.last_seen.to_rfc3339())
        .set("archived", f.archived())
        .set("count", i32::try_from(f.count).unwrap_or(i32::MAX))
        .json()
}

/// What was unusual, and the parts of an attack sequence.
fn detection(facts: &Facts<'_>) -> Option<Json> {
    Obj::new().put("anomaly", anomaly::anomaly(facts.finding)).put("sequence", sequence::sequence(facts)).some()
}

pub use sequence::sequence;

/// Entries of threat lists that matched.
pub fn threats(finding: &Finding) -> impl Iterator<Item = &ListMatch> {
    finding.list_matches.iter().filter(|m| m.role == ListRole::Threat)
}

fn threat(m: &ListMatch) -> Json {
    Obj::new()
        .set("threatListName", m.list.as_ref())
        .set("threatNames", vec![m.entry.as_ref()])
        .put("threatFileSha256", m.list_hash.as_deref())
        .json()
}

/// What GuardDuty has no member for, as it allows: a JSON document inside a string.
fn additional(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    let rule = &f.rule;
    let measures = f.measures.iter().fold(Obj::new(), |out, (name, value)| out.set(name, json!(value)));
    let steps = f.steps.iter().map(|s| json!({ "name": s.name, "time": s.event.time.to_rfc3339() })).collect();
    // An attack sequence has them in its own member.
    let signals = f.signals.iter().filter(|_| rule.finding_type.purpose() != "AttackSequence");
    let signals = signals.map(|s| json!({ "type": s.newest.finding_type, "count": s.count })).collect();
    let value = Obj::new()
        .set(
            "rule",
            json!({ "hash": rule.hash, "revision": rule.revision, "pack": rule.pack, "version": rule.pack_version }),
        )
        .set("engine", format!("outguard {}", facts.options.engine_version))
        .list("attack", rule.attack.iter().map(|t| json!(t)).collect())
        .put("measures", measures.some())
        .put("relativeStandardError", f.error.filter(|e| e.is_finite()))
        .list::<Json>("steps", steps)
        .list::<Json>("signals", signals)
        .list("archivedBy", facts.finding.archived_by.iter().map(|n| json!(n)).collect())
        .json();
    json!({ "value": value.to_string(), "type": "default" })
}

/// GuardDuty's `remoteIpDetails`; none if no address is known.
pub fn remote_ip(remote: &Remote) -> Option<Json> {
    let ip = remote.ip?;
    let organization = Obj::new()
        .put("asn", remote.asn.map(|n| n.to_string()))
        .put("asnOrg", remote.as_name.clone())
        .put("isp", remote.isp.clone())
        .put("org", remote.org.clone().or_else(|| remote.as_name.clone()));
    let place = match (remote.lat, remote.lon) {
        (Some(lat), Some(lon)) => Some(json!({ "lat": lat, "lon": lon })),
        _ => None,
    };
    Obj::new()
        .put("ipAddressV4", ip.is_ipv4().then(|| ip.to_string()))
        .put("ipAddressV6", ip.is_ipv6().then(|| ip.to_string()))
        .put("organization", organization.some())
        .put(
            "country",
            Obj::new().put("countryCode", remote.country_code()).put("countryName", remote.country_name()).some(),
        )
        .put("city", remote.city.as_ref().map(|name| json!({ "cityName": name })))
        .put("geoLocation", place)
        .some()
}
