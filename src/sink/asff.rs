//! `asff`: the AWS Security Finding Format, as Security Hub's BatchImportFindings takes it from a custom integration.
//! The limits on lengths are Security Hub's; it refuses the whole finding where one is passed.

use std::io;
use std::net::IpAddr;

use serde_json::{Map, Value as Json, json};

use super::facts::{Act, Direction, Facts, cut, own_uid};
use super::guardduty::{sequence, threats};
use super::obj::Obj;
use super::remote::{Remote, port_name};
use super::{SinkOptions, lines, purpose, story};
use crate::finding::{Finding, Level, ListMatch, Resource};

/// At most so many characters in a title, …
const TITLE: usize = 256;
/// … in a description, …
const DESCRIPTION: usize = 1024;
/// … in a recommendation, …
const RECOMMENDATION: usize = 512;
/// … in an id, …
const ID: usize = 512;
/// … in the value of a product field, …
const FIELD_VALUE: usize = 2048;
/// … in its key, …
const FIELD_KEY: usize = 128;
/// … at most so many product fields, …
const FIELDS: usize = 50;
/// … and at most so many indicators.
const INDICATORS: usize = 5;

/// Writes NDJSON.
pub fn write(findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    lines(findings, out, |f| finding(&Facts::new(f, options)))
}

fn finding(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    let (region, account) = (facts.region(), account(facts));
    let kind = &f.rule.finding_type;
    let types = vec![purpose::asff_type(kind.purpose(), kind.as_str())];
    let label = match f.severity.level() {
        Level::Low => "LOW",
        Level::Medium => "MEDIUM",
        Level::High => "HIGH",
        Level::Critical => "CRITICAL",
    };
    let severity = json!({ "Label": label, "Original": f.severity.to_string() });
    let product = format!("arn:{}:securityhub:{region}:{account}:product/{account}/default", facts.partition());
    let indicators: Vec<Json> = threats(f).filter_map(|m| indicator(m, f)).take(INDICATORS).collect();
    Obj::new()
        .set("SchemaVersion", "2018-10-08")
        .set("Id", cut(&format!("outguard/{region}/{account}/{}", f.id), ID))
        .set("ProductArn", product)
        .set("ProductName", "Outguard")
        .set("CompanyName", "Outguard")
        .set("Region", region)
        .set("GeneratorId", cut(&format!("outguard/{}/{}", f.rule.pack, kind), ID))
        .set("AwsAccountId", account)
        .set("Types", types.clone())
        .set("FirstObservedAt", f.first_seen.to_rfc3339())
        .set("LastObservedAt", f.last_seen.to_rfc3339())
        .set("CreatedAt", f.first_seen.to_rfc3339())
        .set("UpdatedAt", f.last_seen.to_rfc3339())
        .set("Severity", severity.clone())
        .set("Title", cut(non_empty(&f.title, kind.as_str()), TITLE))
        .set("Description", cut(non_empty(facts.description(), kind.as_str()), DESCRIPTION))
        .put("Remediation", remediation(f))
        .set("ProductFields", fields(facts))
        .list("ThreatIntelIndicators", indicators)
        .set("Resources", f.resources.iter().map(|r| resource(facts, r)).collect::<Vec<_>>())
        .put("Action", action(facts))
        .put("Detection", detection(facts))
        .set("FindingProviderFields", json!({ "Severity": severity, "Types": types }))
        .set("Workflow", json!({ "Status": "NEW" }))
        .set("RecordState", if f.archived() { "ARCHIVED" } else { "ACTIVE" })
        .json()
}

fn non_empty<'t>(text: &'t str, fallback: &'t str) -> &'t str {
    if text.trim().is_empty() { fallback } else { text }
}

/// Twelve digits, whatever the log said.
fn account<'a>(facts: &Facts<'a>) -> &'a str {
    let account = facts.account();
    if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) { account } else { "000000000000" }
}

fn remediation(f: &Finding) -> Option<Json> {
    let text = f.rule.remediation.as_deref().filter(|t| !t.trim().is_empty()).map(|t| cut(t, RECOMMENDATION));
    let url = f.rule.references.iter().find(|r| r.starts_with("http")).map(AsRef::as_ref);
    Obj::new().put("Text", text).put("Url", url).some().map(|r| json!({ "Recommendation": r }))
}

/// Our own fields, then the evidence, as many as there is room for.
fn fields(facts: &Facts<'_>) -> Json {
    let f = facts.finding;
    let own = [
        ("type", Some(f.rule.finding_type.to_string())),
        ("count", Some(f.count.to_string())),
        ("role", Some(f.role.to_string())),
        ("source", Some(f.source.to_string())),
        ("principal", f.principal.as_deref().map(str::to_owned)),
        ("attack", Some(f.rule.attack.join(", "))),
        ("archived_by", Some(f.archived_by.join(", "))),
        ("rule/hash", Some(f.rule.hash.to_string())),
        ("rule/revision", Some(f.rule.revision.to_string())),
        ("pack", Some(format!("{} {}", f.rule.pack, f.rule.pack_version))),
        ("engine", Some(facts.options.engine_version.clone())),
        ("measures", Some(story::measures(f).join("; "))),
        ("steps", story::steps(f)),
        ("signals", Some(f.signals.iter().map(story::signal).collect::<Vec<_>>().join("; "))),
        ("unusual", Some(f.unusual.iter().map(story::unusual).collect::<Vec<_>>().join("; "))),
    ];
    let own = own.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?)));
    let evidence = f.evidence.iter().map(|(name, e)| {
        let values: Vec<String> = e.values.iter().map(ToString::to_string).collect();
        (format!("evidence/{name}"), values.join(", "))
    });
    let pairs = own.chain(evidence).filter(|(_, v)| !v.is_empty()).take(FIELDS);
    Json::Object(pairs.fold(Map::new(), |mut all, (key, value)| {
        all.insert(cut(&format!("outguard/{key}"), FIELD_KEY), json!(cut(&value, FIELD_VALUE)));
        all
    }))
}

fn indicator(m: &ListMatch, f: &Finding) -> Option<Json> {
    let entry = m.entry.as_ref();
    let kind = match m.value.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => "IPV4_ADDRESS",
        Ok(IpAddr::V6(_)) => "IPV6_ADDRESS",
        Err(_) => match entry.len() {
            n if entry.bytes().all(|b| b.is_ascii_hexdigit()) => match n {
                32 => "HASH_MD5",
                40 => "HASH_SHA1",
                64 => "HASH_SHA256",
                _ => return None,
            },
            _ if entry.contains('.') => "DOMAIN",
            _ => return None,
        },
    };
    Some(json!({
        "Type": kind,
        "Value": cut(&m.value, 512),
        "LastObservedAt": f.last_seen.to_rfc3339(),
        "Source": cut(&format!("outguard list {}", m.list), 64),
    }))
}

fn resource(facts: &Facts<'_>, r: &Resource) -> Json {
    let kind = match r.kind.as_ref() {
        "AccessKey" => "AwsIamAccessKey",
        "Instance" => "AwsEc2Instance",
        "S3Bucket" => "AwsS3Bucket",
        "S3Object" => "AwsS3Object",
        "EKSCluster" => "AwsEksCluster",
        "RDSDBInstance" => "AwsRdsDbInstance",
        "Lambda" => "AwsLambdaFunction",
        "ECSCluster" => "AwsEcsCluster",
        "Container" => "Container",
        _ => "Other",
    };
    let kind = if own_uid(r).is_some() || r.uid.is_none() { kind } else { "Other" };
    let newest = *r == facts.finding.resource;
    let arn = facts.resource_arn().filter(|_| newest).or_else(|| r.uid.as_deref().map(str::to_owned));
    let id = match (r.kind.as_ref(), arn) {
        ("AccessKey", Some(uid)) if !uid.starts_with("arn:") => format!("AWS::IAM::AccessKey:{uid}"),
        (_, Some(id)) => id,
        (kind, None) => format!("unknown {kind}"),
    };
    let details = match kind {
        "AwsIamAccessKey" if newest => Obj::new()
            .put("AccessKeyId", facts.access_key())
            .put("PrincipalName", facts.text("actor.user.name"))
            .put("PrincipalId", facts.text("actor.user.uid_alt"))
            .put("PrincipalType", facts.user_type())
            .some(),
        "AwsRdsDbInstance" => Obj::new().put("DBInstanceIdentifier", r.name.as_deref().or(r.uid.as_deref())).some(),
        "AwsLambdaFunction" => Obj::new().put("FunctionName", r.name.as_deref()).some(),
        "AwsEksCluster" => Obj::new().put("Name", r.name.as_deref()).some(),
        _ => None,
    };
    Obj::new()
        .set("Type", kind)
        .set("Id", cut(&id, ID))
        .set("Partition", facts.partition())
        .set("Region", facts.region())
        .put("Details", details.map(|d| json!({ kind: d })))
        .json()
}

/// The parts of an attack sequence: GuardDuty's, in Security Hub's names.
fn detection(facts: &Facts<'_>) -> Option<Json> {
    let mut sequence = sequence(facts)?;
    let members = sequence.as_object_mut()?;
    // What is elsewhere in the finding already.
    members.remove("description");
    members.remove("resources");
    Some(json!({ "Sequence": renamed(sequence, "") }))
}

/// Members as Security Hub names them: capitals first, a few words of its own, times in milliseconds.
fn renamed(value: Json, within: &str) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(|v| renamed(v, within)).collect(),
        Json::Object(members) => Json::Object(
            members
                .into_iter()
                .map(|(name, value)| match (within, name.as_str()) {
                    ("signals", "uid") => ("Id".to_owned(), value),
                    ("signals", "description") => ("Title".to_owned(), json!(cut(value.as_str().unwrap_or(""), TITLE))),
                    ("signals", "resourceUids") => ("ResourceIds".to_owned(), value),
                    (_, "createdAt" | "updatedAt" | "firstSeenAt" | "lastSeenAt") => {
                        (capital(&name), json!(value.as_f64().map(|s| (s * 1000.0).round() as i64)))
                    }
                    _ => (capital(&name), renamed(value, &name)),
                })
                .collect(),
        ),
        other => other,
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn action(facts: &Facts<'_>) -> Option<Json> {
    let remote = facts.remote();
    let (word, member, detail) = match facts.act() {
        Act::ApiCall => ("AWS_API_CALL", "AwsApiCallAction", api_call(facts, &remote)),
        Act::Connection => ("NETWORK_CONNECTION", "NetworkConnectionAction", connection(facts, &remote)),
        Act::PortProbe => ("PORT_PROBE", "PortProbeAction", port_probe(facts, &remote)),
        Act::DnsRequest => (
            "DNS_REQUEST",
            "DnsRequestAction",
            Obj::new()
                .put("Domain", facts.text("query.hostname"))
                .put("Protocol", facts.protocol())
                .put("Blocked", facts.blocked()),
        ),
        Act::KubernetesCall | Act::DatabaseLogin | Act::Other => return None,
    };
    detail.some().map(|detail| json!({ "ActionType": word, member: detail }))
}

fn api_call(facts: &Facts<'_>, remote: &Remote) -> Obj {
    let caller = match (remote.ip, &remote.domain) {
        (Some(_), _) => Some("remoteIp"),
        (None, Some(_)) => Some("domain"),
        (None, None) => None,
    };
    let domain = remote.domain.clone().filter(|_| remote.ip.is_none());
    Obj::new()
        .put("Api", facts.text("api.operation"))
        .put("ServiceName", facts.text("api.service.name"))
        .put("CallerType", caller)
        .put("RemoteIpDetails", remote_ip(remote))
        .put("DomainDetails", domain.map(|d| json!({ "Domain": d })))
        .set("FirstSeen", facts.finding.first_seen.to_rfc3339())
        .set("LastSeen", facts.finding.last_seen.to_rfc3339())
}

fn connection(facts: &Facts<'_>, remote: &Remote) -> Obj {
    let direction = facts.direction().map(|d| match d {
        Direction::Inbound => "INBOUND",
        Direction::Outbound => "OUTBOUND",
    });
    Obj::new()
        .put("ConnectionDirection", direction)
        .put("Protocol", facts.protocol())
        .put("Blocked", facts.blocked())
        .put("RemoteIpDetails", remote_ip(remote))
        .put("RemotePortDetails", port(remote.port))
        .put("LocalPortDetails", port(facts.int("local.port")))
}

fn port_probe(facts: &Facts<'_>, remote: &Remote) -> Obj {
    let detail = Obj::new()
        .put("LocalPortDetails", port(facts.int("local.port")))
        .put(
            "LocalIpDetails",
            facts.text("local.ip").filter(|ip| !ip.contains(':')).map(|ip| json!({ "IpAddressV4": ip })),
        )
        .put("RemoteIpDetails", remote_ip(remote));
    Obj::new().put("Blocked", facts.blocked()).list("PortProbeDetails", detail.some().into_iter().collect())
}

/// ASFF knows IPv4 addresses only here.
fn remote_ip(remote: &Remote) -> Option<Json> {
    let organization = Obj::new()
        .put("Asn", remote.asn.and_then(|n| i32::try_from(n).ok()))
        .put("AsnOrg", remote.as_name.clone())
        .put("Isp", remote.isp.clone())
        .put("Org", remote.org.clone());
    let country = Obj::new().put("CountryCode", remote.country_code()).put("CountryName", remote.country_name());
    Obj::new()
        .put("IpAddressV4", remote.ip.filter(IpAddr::is_ipv4).map(|ip| ip.to_string()))
        .put("Organization", organization.some())
        .put("Country", country.some())
        .put("City", remote.city.as_ref().map(|name| json!({ "CityName": name })))
        .some()
}

fn port(number: Option<i64>) -> Option<Json> {
    let number = number.filter(|n| (0..=65_535).contains(n))?;
    Some(json!({ "Port": number, "PortName": port_name(number) }))
}
