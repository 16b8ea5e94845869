//! `json`: our own shape, complete. `docs/findings-format.md` tells it member by member; a change there is a change of
//! the language's contract.

use std::io;

use serde_json::{Map, Value as Json, json};

use super::facts::hex;
use super::{SinkOptions, lines, story};
use crate::finding::{Finding, How, ListMatch, Resource, Signals, Unusual};

/// Version of the shape; a member that goes or changes its meaning raises it, a new member does not.
const SCHEMA_VERSION: &str = "1";

/// Writes NDJSON.
pub fn write(findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    lines(findings, out, |f| one(f, options))
}

fn one(f: &Finding, options: &SinkOptions) -> Json {
    let mut json = whole(f, options);
    if let (Some(updated), Some(members)) = (options.updated, json.as_object_mut()) {
        members.insert("updated".to_owned(), json!(updated));
        if !options.supersedes.is_empty() {
            members.insert("supersedes".to_owned(), json!(options.supersedes));
        }
    }
    json
}

fn whole(f: &Finding, options: &SinkOptions) -> Json {
    let mut attributes = Map::new();
    for (name, value) in &f.attributes {
        attributes.entry(name.as_ref()).or_insert_with(|| json!(value));
    }
    let evidence: Map<String, Json> = f
        .evidence
        .iter()
        .map(|(name, e)| (name.to_string(), json!({ "values": e.values, "truncated": e.truncated })))
        .collect();
    let matches: Vec<Json> = f.list_matches.iter().map(list_match).collect();
    let events: Vec<Json> =
        f.events.iter().map(|e| json!({ "time": e.time.to_rfc3339(), "id": hex(&e.id.to_be_bytes()) })).collect();
    let measures: Map<String, Json> = f.measures.iter().map(|(n, v)| (n.to_string(), json!(v))).collect();
    let steps: Vec<Json> = f
        .steps
        .iter()
        .map(|s| json!({ "name": s.name, "time": s.event.time.to_rfc3339(), "id": hex(&s.event.id.to_be_bytes()) }))
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "id": f.id,
        "type": f.rule.finding_type,
        "severity": f.severity,
        "level": f.severity.level(),
        "title": f.title,
        "description": f.rule.description,
        "count": f.count,
        "first_seen": f.first_seen.to_rfc3339(),
        "last_seen": f.last_seen.to_rfc3339(),
        "account": f.account,
        "region": f.region,
        "resource": resource(&f.resource),
        "resources": f.resources.iter().map(resource).collect::<Vec<_>>(),
        "resources_truncated": f.resources_truncated,
        "role": f.role,
        "principal": f.principal,
        "source": f.source,
        "class": f.class,
        "attributes": attributes,
        "evidence": evidence,
        "list_matches": matches,
        "list_matches_truncated": f.list_matches_truncated,
        "events": events,
        "measures": measures,
        "approximate": f.error.filter(|e| e.is_finite()),
        "steps": steps,
        "signals": f.signals.iter().map(signal).collect::<Vec<_>>(),
        "unusual": f.unusual.iter().map(unusual).collect::<Vec<_>>(),
        "archived": f.archived(),
        "archived_by": f.archived_by,
        "dedup": f.dedup,
        "attack": f.rule.attack,
        "remediation": f.rule.remediation,
        "references": f.rule.references,
        "rule": {
            "revision": f.rule.revision,
            "stage": f.rule.stage,
            "hash": f.rule.hash,
            "pack": f.rule.pack,
            "pack_version": f.rule.pack_version,
        },
        "engine_version": options.engine_version,
    })
}

fn list_match(m: &ListMatch) -> Json {
    json!({
        "list": m.list, "role": m.role, "entry": m.entry,
        "attribute": m.attribute, "value": m.value, "list_hash": m.list_hash,
    })
}

fn signal(s: &Signals) -> Json {
    let n = &s.newest;
    let lists: Vec<Json> = n.lists.iter().map(list_match).collect();
    json!({
        "type": n.finding_type, "count": s.count, "first_seen": s.first.to_rfc3339(),
        "last_seen": n.event.time.to_rfc3339(), "severity": s.severity, "title": n.title,
        "resource": resource(&n.resource), "principal": n.principal, "remote_ip": n.remote, "attack": n.attack,
        "list_matches": lists,
    })
}

fn unusual(u: &Unusual) -> Json {
    let bits = match u.how {
        How::Surprise(_, bits) => Some(bits),
        _ => None,
    };
    let usual: Vec<Json> = story::usual(u).iter().map(|(v, n)| json!({ "value": v, "count": n })).collect();
    let mean = story::mean(u);
    json!({
        "profile": u.profile, "name": u.name, "how": u.how.word(), "value": u.how.value(), "bits": bits,
        "usual": usual, "mean": mean.map(|m| m.0), "standard_deviation": mean.map(|m| m.1),
        "by_account": u.by_account,
    })
}

fn resource(r: &Resource) -> Json {
    json!({ "kind": r.kind, "uid": r.uid, "name": r.name })
}
