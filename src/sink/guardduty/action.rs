//! `service.action`: what was done, by the class of the event.

use serde_json::{Value as Json, json};

use super::remote_ip;
use crate::sink::facts::{Act, Direction, Facts};
use crate::sink::obj::Obj;
use crate::sink::remote::{Remote, port_name};

/// The action of the newest occurrence; none where GuardDuty knows none (process and file events).
pub fn action(facts: &Facts<'_>) -> Option<Json> {
    let (word, member, detail) = match facts.act() {
        Act::ApiCall => ("AWS_API_CALL", "awsApiCallAction", api_call(facts)),
        Act::KubernetesCall => ("KUBERNETES_API_CALL", "kubernetesApiCallAction", kubernetes_call(facts)),
        Act::Connection => ("NETWORK_CONNECTION", "networkConnectionAction", connection(facts)),
        Act::PortProbe => ("PORT_PROBE", "portProbeAction", port_probe(facts)),
        Act::DnsRequest => ("DNS_REQUEST", "dnsRequestAction", dns_request(facts)),
        Act::DatabaseLogin => ("RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction", database_login(facts)),
        Act::Other => return None,
    };
    Obj::new().set("actionType", word).set(member, detail).some()
}

fn api_call(facts: &Facts<'_>) -> Json {
    let remote = facts.remote();
    let caller = match (remote.ip, &remote.domain) {
        (Some(_), _) => Some("Remote IP"),
        (None, Some(_)) => Some("Domain"),
        (None, None) => None,
    };
    let account = facts.text("actor.user.account.uid").filter(|a| a != facts.account());
    let affected = match (facts.kind(), facts.uid()) {
        ("S3Bucket", Some(_)) => facts.name().map(|name| json!({ "AWS::S3::Bucket": name })),
        _ => None,
    };
    let domain = remote.domain.clone().filter(|_| remote.ip.is_none());
    Obj::new()
        .put("api", facts.text("api.operation"))
        .put("serviceName", facts.text("api.service.name"))
        .put("callerType", caller)
        .put("errorCode", facts.text("api.response.error"))
        .put("userAgent", facts.text("http_request.user_agent"))
        .put("domainDetails", domain.map(|d| json!({ "domain": d })))
        .put("remoteIpDetails", remote_ip(&remote))
        .put("remoteAccountDetails", account.map(|a| json!({ "accountId": a })))
        .put("affectedResources", affected)
        .json()
}

fn kubernetes_call(facts: &Facts<'_>) -> Json {
    let remote = facts.remote();
    let sources = ["src_endpoint.ips", "src_endpoint.ip"].map(|name| facts.list(name));
    let sources = sources.into_iter().find(|ips| !ips.is_empty()).unwrap_or_default();
    Obj::new()
        .put("requestUri", facts.text("http_request.url.path"))
        .put("verb", facts.text("api.operation"))
        .put("resource", facts.text("target.type"))
        .put("subresource", facts.text("target.subresource"))
        .put("namespace", facts.text("target.namespace"))
        .put("resourceName", facts.text("target.name"))
        .list("sourceIPs", sources)
        .put("userAgent", facts.text("http_request.user_agent"))
        .put("remoteIpDetails", remote_ip(&remote))
        .put("statusCode", facts.int("api.response.code").and_then(|n| i32::try_from(n).ok()))
        .json()
}

fn connection(facts: &Facts<'_>) -> Json {
    let remote = facts.remote();
    let direction = match facts.direction() {
        Some(Direction::Inbound) => "INBOUND",
        Some(Direction::Outbound) => "OUTBOUND",
        None => "UNKNOWN",
    };
    Obj::new()
        .set("connectionDirection", direction)
        .put("protocol", facts.protocol())
        .put("blocked", facts.blocked())
        .put("localPortDetails", port(facts.int("local.port")))
        .put("localIpDetails", local_ip(facts))
        .put("localNetworkInterface", facts.text("local.interface_uid"))
        .put("remoteIpDetails", remote_ip(&remote))
        .put("remotePortDetails", port(remote.port))
        .json()
}

fn port_probe(facts: &Facts<'_>) -> Json {
    let detail = Obj::new()
        .put("localPortDetails", port(facts.int("local.port")))
        .put("localIpDetails", local_ip(facts))
        .put("remoteIpDetails", remote_ip(&facts.remote()))
        .some();
    Obj::new().put("blocked", facts.blocked()).list("portProbeDetails", detail.into_iter().collect()).json()
}

fn dns_request(facts: &Facts<'_>) -> Json {
    let domain = facts.text("query.hostname");
    let registered = domain.as_deref().and_then(psl::domain_str).map(str::to_owned);
    Obj::new()
        .put("domain", domain)
        .put("domainWithSuffix", registered)
        .put("protocol", facts.protocol())
        .put("blocked", facts.blocked())
        .put("vpcOwnerAccountId", facts.finding.account.as_deref())
        .json()
}

fn database_login(facts: &Facts<'_>) -> Json {
    // The count is of the whole finding: it is a user's only if the evidence knows no other.
    let evidence = facts.finding.evidence.get("actor.user.name");
    let users: Vec<String> = match evidence {
        Some(e) if e.values.len() > 1 || e.truncated => e.values.iter().map(ToString::to_string).collect(),
        _ => facts.text("actor.user.name").into_iter().collect(),
    };
    let one = |name: &str| facts.finding.evidence.get(name).is_some_and(|e| e.values.len() == 1 && !e.truncated);
    // Nor does it say how many failed and how many worked.
    let count =
        (one("actor.user.name") && one("status")).then(|| i32::try_from(facts.finding.count).unwrap_or(i32::MAX));
    let status = facts.text("status");
    let login = |user: Option<String>| {
        Obj::new()
            .put("user", user)
            .put("application", facts.text("application").filter(|_| users.len() < 2))
            .put("failedLoginAttempts", count.filter(|_| status.as_deref() == Some("failure")))
            .put("successfulLoginAttempts", count.filter(|_| status.as_deref() == Some("success")))
            .some()
    };
    let logins = if users.is_empty() {
        login(None).into_iter().collect()
    } else {
        users.iter().filter_map(|user| login(Some(user.clone()))).collect()
    };
    Obj::new().put("remoteIpDetails", remote_ip(&facts.remote())).list("LoginAttributes", logins).json()
}

fn port(number: Option<i64>) -> Option<Json> {
    let number = number.filter(|n| (0..=65_535).contains(n))?;
    Some(json!({ "port": number, "portName": port_name(number) }))
}

fn local_ip(facts: &Facts<'_>) -> Option<Json> {
    let ip = Remote::read(facts, "local").ip?;
    Some(json!({ if ip.is_ipv4() { "ipAddressV4" } else { "ipAddressV6" }: ip.to_string() }))
}
