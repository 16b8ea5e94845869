//! `service.detection.sequence` of attack sequences: signals, actors, resources, endpoints, indicators.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::finding::{FindingType, How, ListMatch, ListRole, Resource, Signal};
use crate::sink::facts::{Direction, Facts, cut, hex, last_part, principal_type};
use crate::sink::obj::Obj;
use crate::sink::remote::Remote;
use crate::sink::{purpose, story};
use crate::value::Time;

/// At most so many characters in the description of a sequence, …
const DESCRIPTION: usize = 4096;
/// … in that of a signal, …
const SIGNAL: usize = 2000;
/// … and in the value of an indicator.
const VALUE: usize = 256;

/// The sequence; none for a finding that is no attack sequence.
pub fn sequence(facts: &Facts<'_>) -> Option<Json> {
    let f = facts.finding;
    if f.rule.finding_type.purpose() != "AttackSequence" {
        return None;
    }
    let parts = Parts::new(facts);
    let signals = parts.signals();
    let mut indicators = Indicators::default();
    indicators.techniques(&f.rule.attack);
    f.signals.iter().for_each(|s| indicators.signal(&s.newest));
    f.list_matches.iter().for_each(|m| indicators.listed(m));
    parts.unusual(&mut indicators);
    let sequence = Obj::new()
        .set("uid", f.id.as_str())
        .set("description", cut(facts.description(), DESCRIPTION))
        .list("actors", parts.actors())
        .list("resources", parts.resources.values().cloned().collect())
        .list("endpoints", parts.endpoints.values().cloned().collect())
        .set("signals", signals)
        .list("sequenceIndicators", indicators.list());
    Some(sequence.json())
}

/// What signals refer to, by id.
struct Parts<'a, 'f> {
    facts: &'a Facts<'f>,
    principals: BTreeSet<&'f str>,
    resources: BTreeMap<String, Json>,
    endpoints: BTreeMap<String, Json>,
}

impl<'a, 'f> Parts<'a, 'f> {
    fn new(facts: &'a Facts<'f>) -> Self {
        let f = facts.finding;
        let behind = || f.signals.iter().map(|s| &s.newest);
        let principals = f.principal.iter().chain(behind().filter_map(|s| s.principal.as_ref()));
        let all = f.resources.iter().chain(behind().map(|s| &s.resource));
        let resources = all.filter_map(|r| Some((id(facts, r)?, resource(facts, r)?))).collect();
        let near = facts.remote();
        let mut endpoints: BTreeMap<String, Json> = behind()
            .filter_map(|s| s.remote.as_deref())
            .map(|ip| (ip.to_owned(), json!({ "id": ip, "ip": ip })))
            .collect();
        if let Some(ip) = near.ip {
            endpoints.insert(ip.to_string(), endpoint(facts, &ip.to_string(), &near));
        }
        Self { facts, principals: principals.map(AsRef::as_ref).collect(), resources, endpoints }
    }

    fn actors(&self) -> Vec<Json> {
        let facts = self.facts;
        let own = facts.finding.principal.as_deref();
        let one = |&principal: &&str| {
            let own = own == Some(principal);
            let kind = facts.user_type().filter(|_| own).unwrap_or_else(|| principal_type(principal).to_owned());
            let account = principal.split(':').nth(4).filter(|a| !a.is_empty()).unwrap_or_else(|| facts.account());
            let user = Obj::new()
                .set("name", last_part(principal))
                .set("uid", principal)
                .set("type", kind)
                .put("credentialUid", facts.access_key().filter(|_| own))
                .set("account", json!({ "uid": account }));
            json!({ "id": principal, "user": user.json() })
        };
        self.principals.iter().map(one).collect()
    }

    /// The findings behind it; else the steps; else the events as one. A sequence has one at least.
    fn signals(&self) -> Vec<Json> {
        let f = self.facts.finding;
        if !f.signals.is_empty() {
            return f
                .signals
                .iter()
                .map(|s| {
                    let n = &s.newest;
                    let mut indicators = Indicators::default();
                    indicators.signal(n);
                    let about = |text: &'f Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default();
                    let key = [&*n.resource.kind, about(&n.resource.uid), about(&n.principal)];
                    let resource = id(self.facts, &n.resource).filter(|id| self.resources.contains_key(id));
                    self.signal("FINDING", n.finding_type.as_str(), &key)
                        .set("description", cut(&n.title, SIGNAL))
                        .set("severity", s.severity.value())
                        .set("count", number(s.count))
                        .times(s.first, n.event.time)
                        .list("resourceUids", resource.into_iter().collect())
                        .list("actorIds", n.principal.as_deref().into_iter().collect())
                        .list("endpointIds", n.remote.as_deref().into_iter().collect())
                        .list("signalIndicators", indicators.list())
                        .json()
                })
                .collect();
        }
        let kind = source(&f.source, &f.class);
        let runs = story::runs(f);
        if runs.is_empty() {
            let name = self.facts.text("api.operation").unwrap_or_else(|| f.rule.finding_type.family().to_owned());
            let all = self.signal(kind, &name, &[]).set("severity", f.severity.value()).set("count", number(f.count));
            return vec![self.own(all.times(f.first_seen, f.last_seen)).json()];
        }
        let mut at = 0;
        runs.iter()
            .map(|run| {
                let steps = &f.steps[at..at + run.times];
                at += run.times;
                let (first, last) = (steps[0].event, steps[run.times - 1].event);
                let one = self.signal(kind, run.name, &[&hex(&first.id.to_be_bytes())]);
                self.own(one.set("count", number(run.times as u64)).times(first.time, last.time)).json()
            })
            .collect()
    }

    fn signal(&self, kind: &str, name: &str, key: &[&str]) -> Obj {
        let mut hash = Sha256::new();
        for part in [self.facts.finding.id.as_str(), kind, name].iter().chain(key) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Obj::new().set("uid", hex(&hash.finalize()[..16])).set("type", kind).set("name", name)
    }

    /// Who and what the finding itself is about.
    fn own(&self, signal: Obj) -> Obj {
        let f = self.facts.finding;
        let resource = id(self.facts, &f.resource).filter(|id| self.resources.contains_key(id));
        signal
            .list("resourceUids", resource.into_iter().collect())
            .list("actorIds", f.principal.as_deref().into_iter().collect())
            .list("endpointIds", self.facts.remote().ip.map(|ip| ip.to_string()).into_iter().collect())
    }

    /// What GuardDuty has a word for, of what was new: calls and networks.
    fn unusual(&self, indicators: &mut Indicators) {
        for u in &self.facts.finding.unusual {
            let How::New(value) = &u.how else { continue };
            let key = match (u.name.as_ref(), u.by_account) {
                ("operation" | "api" | "call", _) => "UNUSUAL_API_FOR_ACCOUNT",
                ("network" | "asn", true) => "UNUSUAL_ASN_FOR_ACCOUNT",
                ("network" | "asn", false) => "UNUSUAL_ASN_FOR_USER",
                _ => continue,
            };
            indicators.add(key, &value.to_string());
        }
    }
}

impl Obj {
    fn times(self, first: Time, last: Time) -> Obj {
        self.set("createdAt", seconds(first))
            .set("updatedAt", seconds(last))
            .set("firstSeenAt", seconds(first))
            .set("lastSeenAt", seconds(last))
    }
}

/// A timestamp as the service's protocol has it inside of findings: seconds since 1970.
fn seconds(time: Time) -> f64 {
    time.0 as f64 / 1000.0
}

fn number(n: u64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Which log the events are of, in GuardDuty's words.
fn source(source: &str, class: &str) -> &'static str {
    match (source, class) {
        ("cloudtrail", _) => "CLOUD_TRAIL",
        ("k8s_audit", _) => "EKS_AUDIT_LOGS",
        (_, "dns") => "DNS_LOGS",
        (_, "network") => "FLOW_LOGS",
        (_, "process" | "file" | "module") => "RUNTIME_MONITORING",
        (_, "finding") => "FINDING",
        _ => "CLOUD_TRAIL",
    }
}

fn id(facts: &Facts<'_>, r: &Resource) -> Option<String> {
    facts.arn_of(r).or_else(|| r.uid.as_deref().map(str::to_owned))
}

/// A resource of a kind that sequences know.
fn resource(facts: &Facts<'_>, r: &Resource) -> Option<Json> {
    let kind = match r.kind.as_ref() {
        "AccessKey" => "ACCESS_KEY",
        "Instance" => "EC2_INSTANCE",
        "S3Bucket" => "S3_BUCKET",
        "S3Object" => "S3_OBJECT",
        "EKSCluster" => "EKS_CLUSTER",
        "ECSCluster" => "ECS_CLUSTER",
        _ => return None,
    };
    let name = r.name.as_deref().or_else(|| r.uid.as_deref().map(last_part));
    let out = Obj::new()
        .set("uid", id(facts, r)?)
        .put("name", name)
        .set("accountId", facts.account())
        .set("resourceType", kind)
        .set("region", facts.region())
        .set("cloudPartition", facts.partition());
    Some(out.json())
}

fn endpoint(facts: &Facts<'_>, ip: &str, end: &Remote) -> Json {
    // The model wants places and networks whole, or not at all.
    let place = match (&end.city, &end.country, end.lat, end.lon) {
        (Some(city), Some(country), Some(lat), Some(lon)) => {
            Some(json!({ "city": city, "country": country, "lat": lat, "lon": lon }))
        }
        _ => None,
    };
    let number = end.asn.and_then(|n| i32::try_from(n).ok());
    let system = end.as_name.as_ref().zip(number).map(|(name, n)| json!({ "name": name, "number": n }));
    let direction = facts.direction().map(|d| match d {
        Direction::Inbound => "INBOUND",
        Direction::Outbound => "OUTBOUND",
    });
    Obj::new()
        .set("id", ip)
        .set("ip", ip)
        .put("port", end.port)
        .put("location", place)
        .put("autonomousSystem", system)
        .put("connection", direction.map(|d| json!({ "direction": d })))
        .json()
}

/// Indicators by key, in GuardDuty's words.
#[derive(Default)]
struct Indicators(BTreeMap<&'static str, BTreeSet<String>>);

impl Indicators {
    fn add(&mut self, key: &'static str, value: &str) {
        if !value.is_empty() {
            self.0.entry(key).or_default().insert(cut(value, VALUE));
        }
    }

    fn techniques(&mut self, ids: &[std::sync::Arc<str>]) {
        ids.iter().for_each(|id| self.add("ATTACK_TECHNIQUE", id));
    }

    fn tactic(&mut self, ty: &FindingType) {
        if let Some((_, name)) = purpose::tactic(ty.purpose()) {
            self.add("ATTACK_TACTIC", name);
        }
    }

    fn signal(&mut self, s: &Signal) {
        self.tactic(&s.finding_type);
        self.techniques(&s.attack);
        s.lists.iter().for_each(|m| self.listed(m));
    }

    /// An address or name that a threat list knows.
    fn listed(&mut self, m: &ListMatch) {
        if m.role != ListRole::Threat {
            return;
        }
        let is_ip = m.value.parse::<std::net::IpAddr>().is_ok();
        let about = |word: &str| m.list.split('_').any(|part| part == word);
        let key = match (is_ip, about("tor"), about("mining") || about("cryptomining")) {
            (true, true, _) => "TOR_IP",
            (true, _, true) => "CRYPTOMINING_IP",
            (true, ..) => "MALICIOUS_IP",
            (false, _, true) => "CRYPTOMINING_DOMAIN",
            (false, ..) if m.value.contains('.') => "MALICIOUS_DOMAIN",
            _ => return,
        };
        self.add(key, &m.value);
    }

    fn list(&self) -> Vec<Json> {
        self.0.iter().map(|(key, values)| json!({ "key": key, "values": values })).collect()
    }
}
