//! `ocsf`: Detection Finding (class 2004) of OCSF 1.8, with the profiles `cloud` and, where lists matched, `osint`.

mod anomalies;

use std::io;
use std::net::IpAddr;

use serde_json::{Value as Json, json};

use crate::finding::{EventRef, Finding, Level, ListMatch, Role, Stage};
use crate::sink::facts::{Act, Direction, Facts, hex};
use crate::sink::guardduty::threats;
use crate::sink::obj::Obj;
use crate::sink::remote::Remote;
use crate::sink::{SinkOptions, lines, purpose};

const SCHEMA: &str = "1.8.0";
const CLASS: i64 = 2004;

/// Writes NDJSON.
pub fn write(findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    lines(findings, out, |f| finding(&Facts::new(f, options)))
}

fn finding(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    let (activity, activity_name) = if facts.options.update { (2, "Update") } else { (1, "Create") };
    let (severity, severity_name) = severity(f.severity.level());
    let (status, status_name) = if f.archived() { (3, "Suppressed") } else { (1, "New") };
    let osint: Vec<Json> = threats(f).map(indicator).collect();
    let profiles = if osint.is_empty() { vec!["cloud"] } else { vec!["cloud", "osint"] };
    Obj::new()
        .set("activity_id", activity)
        .set("activity_name", activity_name)
        .set("category_uid", 2)
        .set("category_name", "Findings")
        .set("class_uid", CLASS)
        .set("class_name", "Detection Finding")
        .set("type_uid", CLASS * 100 + activity)
        .set("type_name", format!("Detection Finding: {activity_name}"))
        .set("severity_id", severity)
        .set("severity", severity_name)
        .set("status_id", status)
        .set("status", status_name)
        .set("is_alert", !f.archived())
        .set("time", f.first_seen.0)
        .set("start_time", f.first_seen.0)
        .set("end_time", f.last_seen.0)
        .set("count", i32::try_from(f.count).unwrap_or(i32::MAX))
        .set("message", f.title.as_ref())
        .set(
            "metadata",
            json!({
                "version": SCHEMA,
                "profiles": profiles,
                "uid": f.id,
                "event_code": f.rule.finding_type,
                "log_name": f.source,
                "product": {
                    "name": "Outguard",
                    "vendor_name": "Outguard",
                    "version": facts.options.engine_version,
                    "feature": { "name": f.rule.pack, "version": f.rule.pack_version },
                },
            }),
        )
        .set("finding_info", info(facts))
        .set("cloud", cloud(facts))
        .set("resources", resources(facts))
        .list("anomaly_analyses", anomalies::analyses(f))
        .list("evidences", evidence(facts).into_iter().chain(measured(f)).collect())
        .list("observables", observables(facts))
        .list("osint", osint)
        .put("remediation", remediation(f))
        .set("unmapped", unmapped(facts))
        .json()
}

fn severity(level: Level) -> (i64, &'static str) {
    match level {
        Level::Low => (2, "Low"),
        Level::Medium => (3, "Medium"),
        Level::High => (4, "High"),
        Level::Critical => (5, "Critical"),
    }
}

fn info(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    let events = related(f);
    let mut attacks: Vec<Json> = f.rule.attack.iter().map(|t| technique(t)).collect();
    attacks.extend(
        purpose::tactic(f.rule.finding_type.purpose())
            .map(|(uid, name)| json!({ "tactic": { "uid": uid, "name": name } })),
    );
    let analytic = Obj::new()
        .set("type_id", 1)
        .set("type", "Rule")
        .set("name", f.rule.finding_type.as_str())
        .set("uid", f.rule.hash.as_ref())
        .set("version", f.rule.revision.to_string())
        .set("desc", facts.description());
    let analytic = match (f.archived(), f.rule.stage) {
        (true, _) => analytic.set("state_id", 2).set("state", "Suppressed"),
        (_, Stage::Experimental) => analytic.set("state_id", 3).set("state", "Experimental"),
        _ => analytic.set("state_id", 1).set("state", "Active"),
    };
    Obj::new()
        .set("uid", f.id.as_str())
        .set("title", f.title.as_ref())
        .set("desc", facts.description())
        .set("types", vec![f.rule.finding_type.as_str()])
        .set("created_time", f.first_seen.0)
        .set("modified_time", f.last_seen.0)
        .set("first_seen_time", f.first_seen.0)
        .set("last_seen_time", f.last_seen.0)
        .set("data_sources", vec![f.source.as_ref()])
        .set("analytic", analytic.json())
        .list("attacks", attacks)
        .list("related_events", events)
        .set("related_events_count", i32::try_from(f.count).unwrap_or(i32::MAX))
        .json()
}

/// The findings behind it, then events: those of a sequence with the names of their steps.
fn related(f: &Finding) -> Vec<Json> {
    let signals = f.signals.iter().map(|s| {
        let n = &s.newest;
        Obj::new()
            .set("uid", hex(&n.event.id.to_be_bytes()))
            .set("type", n.finding_type.as_str())
            .set("title", n.title.as_ref())
            .set("severity_id", severity(s.severity.level()).0)
            .set("severity", severity(s.severity.level()).1)
            .set("count", i32::try_from(s.count).unwrap_or(i32::MAX))
            .set("first_seen_time", s.first.0)
            .set("last_seen_time", n.event.time.0)
            .list("attacks", n.attack.iter().map(|t| technique(t)).collect())
            .json()
    });
    let event = |e: &EventRef| Obj::new().set("uid", hex(&e.id.to_be_bytes())).set("type", f.source.as_ref());
    let steps =
        f.steps.iter().map(|s| event(&s.event).set("title", s.name.as_ref()).set("created_time", s.event.time.0));
    let others = f.events.iter().filter(|e| f.steps.iter().all(|s| s.event != **e));
    let others = others.map(|e| event(e).set("created_time", e.time.0));
    signals.chain(steps.chain(others).map(Obj::json)).collect()
}

/// The measures as an evidence artifact of their own.
fn measured(f: &Finding) -> Option<Json> {
    let data = f.measures.iter().fold(Obj::new(), |out, (name, value)| out.set(name, json!(value)));
    data.some().map(|data| json!({ "name": "measures", "data": data }))
}

/// `T1496.001` is sub-technique T1496.001 of technique T1496.
fn technique(id: &str) -> Json {
    match id.split_once('.') {
        Some((parent, _)) => json!({ "technique": { "uid": parent }, "sub_technique": { "uid": id } }),
        None => json!({ "technique": { "uid": id } }),
    }
}

fn cloud(facts: &Facts<'_>) -> Json {
    let account = facts.finding.account.as_deref().or(facts.options.account.as_deref());
    Obj::new()
        .set("provider", "AWS")
        .set("region", facts.region())
        .put("account", account.map(|uid| json!({ "uid": uid, "type_id": 10, "type": "AWS Account" })))
        .json()
}

fn resources(facts: &Facts<'_>) -> Vec<Json> {
    let f = facts.finding;
    let (role, role_name) = match f.role {
        Role::Target => (1, "Target"),
        Role::Actor => (2, "Actor"),
    };
    let owner = f.account.as_ref().map(|a| json!({ "account": { "uid": a, "type_id": 10, "type": "AWS Account" } }));
    let one = |r: &crate::finding::Resource| {
        // OCSF wants a name or an identity; of a resource that has neither, its kind is all that is known.
        let name = r.name.as_deref().or(r.uid.is_none().then_some(r.kind.as_ref()));
        Obj::new()
            .put("uid", r.uid.as_deref())
            .put("name", name)
            .set("type", r.kind.as_ref())
            .set("role_id", role)
            .set("role", role_name)
            .set("cloud_partition", facts.partition())
            .set("region", facts.region())
            .put("owner", owner.clone())
            .json()
    };
    f.resources.iter().map(one).collect()
}

/// The newest occurrence as one evidence artifact.
fn evidence(facts: &Facts<'_>) -> Option<Json> {
    let (local, remote) =
        (endpoint(&Remote::read(facts, "local"), facts, true), endpoint(&facts.remote(), facts, false));
    let network = matches!(facts.act(), Act::Connection | Act::PortProbe);
    let (src, dst) = match (network, facts.direction()) {
        (true, Some(Direction::Outbound)) => (local, remote),
        (true, _) => (remote, local),
        (false, _) => (asker(facts), None),
    };
    let database = facts.first(&["database.name", "database.uid"]).and_then(|_| {
        Obj::new()
            .put("name", facts.text("database.name"))
            .put("uid", facts.text("database.uid"))
            .set("type_id", 1)
            .set("type", "Relational")
            .some()
    });
    let query = facts
        .text("query.hostname")
        .map(|hostname| Obj::new().set("hostname", hostname).put("type", facts.text("query.type")).json());
    let url = facts.text("http_request.url.path").map(|path| json!({ "path": path }));
    let http = Obj::new().put("user_agent", facts.text("http_request.user_agent")).put("url", url);
    Obj::new()
        .put("actor", actor(facts))
        .put("api", api(facts))
        .put("src_endpoint", src)
        .put("dst_endpoint", dst)
        .put("connection_info", connection(facts))
        .put("query", query)
        .put("database", database)
        .put("http_request", http.some())
        .some()
}

fn actor(facts: &Facts<'_>) -> Option<Json> {
    let (type_id, kind) = match facts.text("actor.user.type").as_deref() {
        None => (None, None),
        Some("user") => (Some(1), Some("User".to_owned())),
        Some("admin") => (Some(2), Some("Admin".to_owned())),
        Some("system") => (Some(3), Some("System".to_owned())),
        Some("service") => (Some(4), Some("Service".to_owned())),
        Some(_) => (Some(99), facts.user_type()),
    };
    let groups: Vec<Json> = facts.list("actor.user.groups").into_iter().map(|name| json!({ "name": name })).collect();
    let name = facts.text("actor.user.name").or_else(|| facts.finding.principal.as_deref().map(str::to_owned));
    let user = name.is_some() || facts.text("actor.user.uid").is_some();
    let user = user.then(|| {
        Obj::new()
            .put("name", name)
            .put("uid", facts.text("actor.user.uid"))
            .put("uid_alt", facts.text("actor.user.uid_alt"))
            .put("type_id", type_id)
            .put("type", kind)
            .put("account", facts.text("actor.user.account.uid").map(|uid| json!({ "uid": uid })))
            .list("groups", groups)
            .json()
    });
    let session = Obj::new()
        .put("uid_alt", facts.text("actor.session.name"))
        .put("credential_uid", facts.text("actor.user.credential_uid"));
    Obj::new()
        .put("user", user)
        .put("session", session.some())
        .put("invoked_by", facts.text("actor.invoked_by"))
        .put("app_name", facts.text("application"))
        .some()
}

fn api(facts: &Facts<'_>) -> Option<Json> {
    let operation = facts.text("api.operation")?;
    let response = Obj::new()
        .put("error", facts.text("api.response.error"))
        .put("code", facts.int("api.response.code").and_then(|n| i32::try_from(n).ok()));
    Obj::new()
        .set("operation", operation)
        .put("service", facts.text("api.service.name").map(|name| json!({ "name": name })))
        .put("response", response.some())
        .some()
}

fn connection(facts: &Facts<'_>) -> Option<Json> {
    let network = matches!(facts.act(), Act::Connection | Act::PortProbe);
    let (id, name) = match facts.direction() {
        Some(Direction::Inbound) => (1, "Inbound"),
        Some(Direction::Outbound) => (2, "Outbound"),
        None => (0, "Unknown"),
    };
    network.then(|| {
        Obj::new()
            .set("direction_id", id)
            .set("direction", name)
            .put("protocol_num", facts.int("connection_info.protocol_num"))
            .put("protocol_name", facts.protocol().map(|p| p.to_lowercase()))
            .json()
    })
}

fn endpoint(end: &Remote, facts: &Facts<'_>, local: bool) -> Option<Json> {
    let ours = |name: &str| facts.text(name).filter(|_| local);
    let place = Obj::new()
        .put("country", end.country_code().map(str::to_ascii_uppercase))
        .put("city", end.city.clone())
        .put("lat", end.lat)
        .put("long", end.lon);
    let system = Obj::new().put("number", end.asn).put("name", end.as_name.clone());
    let out = Obj::new()
        .put("ip", end.ip.map(|ip| ip.to_string()))
        .put("domain", end.domain.clone())
        .put("instance_uid", ours("local.instance_uid"))
        .put("interface_uid", ours("local.interface_uid"));
    // OCSF wants to know which endpoint it is before it hears of ports and places.
    if out.is_empty() {
        return None;
    }
    out.put("port", end.port).put("location", place.some()).put("autonomous_system", system.some()).some()
}

/// Where an API call or a query came from; for a query that is our own instance.
fn asker(facts: &Facts<'_>) -> Option<Json> {
    let mut end = endpoint(&Remote::read(facts, "src_endpoint"), facts, false)?;
    if let (Some(end), Some(uid)) = (end.as_object_mut(), facts.text("src_endpoint.instance_uid")) {
        end.insert("instance_uid".to_owned(), json!(uid));
    }
    Some(end)
}

/// Addresses, names and the resource, as handles for a search.
fn observables(facts: &Facts<'_>) -> Vec<Json> {
    let far = if facts.direction() == Some(Direction::Outbound) { "dst_endpoint" } else { "src_endpoint" };
    let ip = facts.remote().ip.map(|ip| (format!("evidences[].{far}.ip"), 2, "IP Address", ip.to_string()));
    let host = facts.text("query.hostname").map(|h| ("evidences[].query.hostname".to_owned(), 1, "Hostname", h));
    let user = facts.text("actor.user.name").map(|u| ("evidences[].actor.user.name".to_owned(), 4, "User Name", u));
    let uid = facts.finding.resource.uid.as_deref();
    let uid = uid.map(|u| ("resources[].uid".to_owned(), 10, "Resource UID", u.to_owned()));
    let json = |(name, id, kind, value)| json!({ "name": name, "type_id": id, "type": kind, "value": value });
    [ip, host, user, uid].into_iter().flatten().map(json).collect()
}

/// A matched entry of a threat list, as intelligence.
fn indicator(m: &ListMatch) -> Json {
    let is_net = || m.entry.rsplit_once('/').is_some_and(|(ip, _)| ip.parse::<IpAddr>().is_ok());
    let is_hash = || [32, 40, 64].contains(&m.entry.len()) && m.entry.bytes().all(|b| b.is_ascii_hexdigit());
    let (type_id, kind) = match m.entry.as_ref() {
        e if e.parse::<IpAddr>().is_ok() || is_net() => (1, "IP Address"),
        _ if is_hash() => (4, "Hash"),
        e if e.contains('.') => (2, "Domain"),
        _ => (0, "Unknown"),
    };
    Obj::new()
        .set("type_id", type_id)
        .set("type", kind)
        .set("value", m.entry.as_ref())
        .set("name", m.list.as_ref())
        .put("uid", m.list_hash.as_deref())
        .set("comment", format!("{} = {}", m.attribute, m.value))
        .json()
}

fn remediation(f: &Finding) -> Option<Json> {
    let desc = f.rule.remediation.as_deref();
    if desc.is_none() && f.rule.references.is_empty() {
        return None;
    }
    let references: Vec<&str> = f.rule.references.iter().map(AsRef::as_ref).collect();
    Obj::new().set("desc", desc.unwrap_or("See the references.")).list("references", references).some()
}

/// What OCSF has no attribute for.
fn unmapped(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    let evidence = f.evidence.iter().fold(Obj::new(), |out, (name, e)| out.set(name, json!(e.values)));
    Obj::new()
        .set("severity", f.severity.value())
        .put("evidence", evidence.some())
        .put("principal", f.principal.as_deref())
        .put("relative_standard_error", f.error.filter(|e| e.is_finite()))
        .list("archived_by", f.archived_by.iter().map(|n| json!(n)).collect())
        .list("dedup", f.dedup.iter().map(|part| json!(part)).collect())
        .json()
}
