//! Findings of every class, built the way the engine builds them: occurrences through the aggregator.

use std::sync::Arc;

use outguard::finding::{
    Aggregator, DEFAULT_QUIET_MS, EventRef, Finding, FindingType, How, ListMatch, ListRole, Occurrence, Resource, Role,
    RuleInfo, Severity, Signal, Stage, StepRef, Story, Unusual,
};
use outguard::value::{Time, Value};

/// The beginning of all samples: 2026-01-31T10:00:00Z.
const START: i64 = 1_769_853_600_000;

fn rule(finding_type: &str, description: &str, attack: &[&str]) -> RuleInfo {
    RuleInfo {
        finding_type: FindingType::parse(finding_type).expect("a finding type"),
        description: description.into(),
        remediation: None,
        references: Vec::new(),
        attack: attack.iter().map(|t| Arc::from(*t)).collect(),
        revision: 1,
        stage: Stage::Stable,
        hash: "9f86d081884c7d65".into(),
        pack: "outguard-aws".into(),
        pack_version: "0.1.0".into(),
    }
}

fn named(pairs: &[(&str, Value)]) -> Vec<(Arc<str>, Value)> {
    pairs.iter().map(|(n, v)| (Arc::from(*n), v.clone())).collect()
}

fn text(value: &str) -> Value {
    Value::str(value)
}

fn ip(value: &str) -> Value {
    Value::Ip(value.parse().expect("an address"))
}

fn occurrence(rule: RuleInfo, class: &str, source: &str, kind: &str, uid: &str) -> Occurrence {
    Occurrence {
        rule: Arc::new(rule),
        time: Time(START),
        event: 0x0102_0304_0506_0708,
        source: source.into(),
        class: class.into(),
        account: Some("111122223333".into()),
        region: Some("eu-central-1".into()),
        severity: Severity::new(8.0),
        title: "".into(),
        resource: Resource { kind: kind.into(), uid: Some(uid.into()), name: None },
        role: Role::Target,
        principal: None,
        attributes: Vec::new(),
        evidence: Vec::new(),
        list_matches: Vec::new(),
        archived_by: None,
        dedup: Vec::new(),
        quiet: DEFAULT_QUIET_MS,
        story: None,
    }
}

/// Calls an occurrence's finding.
pub fn finding(occurrences: impl IntoIterator<Item = Occurrence>) -> Finding {
    let mut all = Aggregator::new();
    occurrences.into_iter().for_each(|o| all.add(o));
    let mut found = all.finish();
    assert_eq!(found.len(), 1, "samples are one finding each");
    found.remove(0)
}

/// An API call from outside with a user's key, refused, twice; with a remedy.
pub fn api() -> Finding {
    let mut rule = rule(
        "Persistence:IAMUser/AnomalousBehavior",
        "A principal makes a change that keeps a way in, unlike anything it or its account does.",
        &["T1098", "T1136.003"],
    );
    rule.remediation = Some("Disable the access key and look at what it did.".into());
    rule.references = vec!["https://attack.mitre.org/techniques/T1098/".into()];
    rule.stage = Stage::Experimental;
    let mut o = occurrence(rule, "api", "cloudtrail", "AccessKey", "AKIAIOSFODNN7EXAMPLE");
    o.severity = Severity::new(5.0);
    o.title = "alice called CreateAccessKey from 203.0.113.5, which nobody in the account has used in 30 days".into();
    o.principal = Some("arn:aws:iam::111122223333:user/alice".into());
    o.attributes = named(&[
        ("api.operation", text("CreateAccessKey")),
        ("api.service.name", text("iam.amazonaws.com")),
        ("api.response.error", text("AccessDenied")),
        ("src_endpoint.ip", ip("203.0.113.5")),
        ("src_endpoint.location.country", text("NL")),
        ("src_endpoint.location.city", text("Amsterdam")),
        ("src_endpoint.location.lat", Value::Float(52.37)),
        ("src_endpoint.location.long", Value::Float(4.9)),
        ("src_endpoint.autonomous_system.number", Value::Int(64_500)),
        ("src_endpoint.autonomous_system.name", text("EXAMPLE-NET")),
        ("http_request.user_agent", text("aws-cli/2.15.0 Python/3.11")),
        ("actor.user.name", text("alice")),
        ("actor.user.uid", text("arn:aws:iam::111122223333:user/alice")),
        ("actor.user.uid_alt", text("AIDAEXAMPLEEXAMPLE123")),
        ("actor.user.type", text("iam_user")),
        ("actor.user.credential_uid", text("AKIAIOSFODNN7EXAMPLE")),
        ("actor.user.account.uid", text("444455556666")),
    ]);
    let mut first = o.clone();
    first.evidence = named(&[("api.operation", text("CreateUser")), ("src_endpoint.ip", ip("203.0.113.5"))]);
    o.time = Time(START + 312_000);
    o.event += 1;
    o.evidence = named(&[("api.operation", text("CreateAccessKey")), ("src_endpoint.ip", ip("203.0.113.5"))]);
    finding([o, first])
}

/// A connection to a mining pool, by a list.
pub fn network() -> Finding {
    let rule = rule(
        "CryptoCurrency:EC2/BitcoinTool.B",
        "An EC2 instance opened a connection to an address of a mining pool.",
        &["T1496.001"],
    );
    let mut o = occurrence(rule, "network", "vpc_flow", "Instance", "i-0a1b2c3d4e5f67890");
    o.title = "i-0a1b2c3d4e5f67890 is talking to 198.51.100.7, an address of a mining pool".into();
    o.role = Role::Actor;
    o.attributes = named(&[
        ("initiator", text("local")),
        ("local.ip", ip("10.0.1.15")),
        ("local.port", Value::Int(49_152)),
        ("local.instance_uid", text("i-0a1b2c3d4e5f67890")),
        ("local.interface_uid", text("eni-0123456789abcdef0")),
        ("remote.ip", ip("198.51.100.7")),
        ("remote.port", Value::Int(3333)),
        ("connection_info.protocol_num", Value::Int(6)),
        ("traffic.bytes", Value::Int(48_211)),
        ("disposition", text("allowed")),
    ]);
    o.evidence = named(&[("remote.ip", ip("198.51.100.7")), ("initiator", text("local"))]);
    o.list_matches = vec![ListMatch {
        list: "mining_pools".into(),
        entry: "198.51.100.0/24".into(),
        attribute: "remote.ip".into(),
        value: "198.51.100.7".into(),
        role: ListRole::Threat,
        list_hash: Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into()),
    }];
    let many = (0..1204u32).map(|n| Occurrence {
        time: Time(START + i64::from(n) * 120_000),
        event: o.event + u128::from(n),
        ..o.clone()
    });
    finding(many)
}

/// A DNS query for a listed domain, blocked by the resolver's firewall.
pub fn dns() -> Finding {
    let rule =
        rule("Backdoor:EC2/C&CActivity.B!DNS", "An instance asks for a domain of a command server.", &["T1071.004"]);
    let mut o = occurrence(rule, "dns", "route53_resolver", "Instance", "i-0fedcba9876543210");
    o.title = "i-0fedcba9876543210 asked for cdn.c2.example.co.uk, a domain of a command server".into();
    o.role = Role::Actor;
    o.attributes = named(&[
        ("query.hostname", text("cdn.c2.example.co.uk")),
        ("query.type", text("A")),
        ("rcode", text("noerror")),
        ("src_endpoint.ip", ip("10.0.1.22")),
        ("src_endpoint.vpc_uid", text("vpc-0a0b0c0d")),
        ("src_endpoint.instance_uid", text("i-0fedcba9876543210")),
        ("connection_info.protocol_name", text("udp")),
        ("firewall.action", text("block")),
    ]);
    o.evidence = named(&[("query.hostname", text("cdn.c2.example.co.uk"))]);
    o.list_matches = vec![ListMatch {
        list: "command_servers".into(),
        entry: "c2.example.co.uk".into(),
        attribute: "query.hostname".into(),
        value: "cdn.c2.example.co.uk".into(),
        role: ListRole::Threat,
        list_hash: None,
    }];
    finding([o])
}

/// A command run in a pod of kube-system.
pub fn kubernetes() -> Finding {
    let rule = rule("Execution:Kubernetes/ExecInKubeSystemPod", "A command runs in a pod of kube-system.", &["T1609"]);
    let mut o = occurrence(rule, "api", "k8s_audit", "EKSCluster", "prod");
    o.title = "kubernetes-admin ran a command in kube-system/coredns-5d78c9869d-abcde".into();
    o.severity = Severity::new(9.0);
    o.principal = Some("kubernetes-admin".into());
    o.attributes = named(&[
        ("api.operation", text("create")),
        ("api.response.code", Value::Int(101)),
        ("target.type", text("pods")),
        ("target.name", text("coredns-5d78c9869d-abcde")),
        ("target.namespace", text("kube-system")),
        ("target.subresource", text("exec")),
        ("http_request.url.path", text("/api/v1/namespaces/kube-system/pods/coredns-5d78c9869d-abcde/exec")),
        ("http_request.user_agent", text("kubectl/v1.29.0")),
        ("src_endpoint.ip", ip("2001:db8::17")),
        ("src_endpoint.ips", Value::List(vec![ip("2001:db8::17"), ip("10.0.0.7")])),
        ("actor.user.name", text("kubernetes-admin")),
        ("actor.user.uid", text("aws-iam-authenticator:111122223333:AIDAEXAMPLE")),
        ("actor.user.groups", Value::List(vec![text("system:masters"), text("system:authenticated")])),
        ("cluster.name", text("prod")),
    ]);
    o.evidence = named(&[("target.namespace", text("kube-system")), ("target.subresource", text("exec"))]);
    finding([o])
}

/// A bucket opened to everybody: suppressed, hostile text in every place that a stranger can write.
pub fn s3() -> Finding {
    let rule = rule("Policy:S3/BucketAnonymousAccessGranted", "A bucket is opened to everybody.", &[]);
    let mut o = occurrence(rule, "api", "cloudtrail", "S3Bucket", "acme-public-site");
    o.title = "=HYPERLINK(\"https://evil.example\") \u{1b}[2J opened acme-public-site\u{202e} to everybody".into();
    o.severity = Severity::new(2.0);
    o.account = None;
    o.region = None;
    o.principal = Some("arn:aws:iam::111122223333:role/Deploy".into());
    o.attributes = named(&[
        ("api.operation", text("PutBucketPolicy")),
        ("api.service.name", text("s3.amazonaws.com")),
        ("src_endpoint.domain", text("cloudformation.amazonaws.com")),
        ("actor.user.type", text("assumed_role")),
        ("actor.user.name", text("Deploy")),
        ("actor.session.name", text("ci")),
    ]);
    o.evidence = named(&[("api.operation", text("PutBucketPolicy"))]);
    o.archived_by = Some("public web sites".into());
    finding([o])
}

/// A password that worked after failures, at a database.
pub fn database() -> Finding {
    let rule =
        rule("CredentialAccess:RDS/MaliciousIPCaller.FailedLogin", "A listed address fails to log in.", &["T1110"]);
    let mut o = occurrence(rule, "authentication", "rds_postgresql", "RDSDBInstance", "orders");
    o.title = "198.51.100.9 failed to log in to orders as postgres".into();
    o.attributes = named(&[
        ("status", text("failure")),
        ("actor.user.name", text("postgres")),
        ("src_endpoint.ip", ip("198.51.100.9")),
        ("database.name", text("shop")),
        ("database.engine", text("postgresql")),
    ]);
    o.evidence = named(&[("actor.user.name", text("postgres"))]);
    finding([o])
}

/// A probe of an open port, over IPv6.
pub fn port_probe() -> Finding {
    let rule = rule("Recon:EC2/PortProbeUnprotectedPort", "A listed address probes an open port.", &["T1046"]);
    let mut o = occurrence(rule, "network", "vpc_flow", "Instance", "i-0123");
    o.title = "2001:db8::bad probes port 22 of i-0123".into();
    o.attributes = named(&[
        ("initiator", text("remote")),
        ("local.ip", ip("2001:db8:1::5")),
        ("local.port", Value::Int(22)),
        ("remote.ip", ip("2001:db8::bad")),
        ("remote.port", Value::Int(51_000)),
        ("connection_info.protocol_num", Value::Int(6)),
        ("disposition", text("allowed")),
    ]);
    finding([o])
}

/// Nothing is known but what must be; several resources of a kind that no format knows; more events than an i32 holds.
pub fn bare() -> Finding {
    let rule = rule("Behavior:Thing/Odd", "", &[]);
    let one = |n: u128| {
        let mut o = occurrence(rule.clone(), "process", "falco", "Thing", "");
        o.resource.uid = (n > 0).then(|| Arc::from(format!("thing-{n}")));
        o.event = n;
        o.time = Time(START + 86_400_000 * i64::try_from(n).expect("small"));
        o.account = None;
        o.dedup = vec![None];
        o.title = "something odd".into();
        o
    };
    let mut found = finding((0..3).map(one));
    found.count = u64::MAX;
    found
}

/// No bucket in the call: the principal holds the finding together and must not pass for a bucket.
pub fn no_bucket() -> Finding {
    let rule = rule("Discovery:S3/TorIPCaller", "Somebody lists buckets through Tor.", &["T1619"]);
    let mut o = occurrence(rule, "api", "cloudtrail", "S3Bucket", "arn:aws:iam::111122223333:user/bob");
    o.title = "bob called ListBuckets through Tor".into();
    o.principal = o.resource.uid.clone();
    o.evidence = named(&[("api.operation", text("ListBuckets")), ("src_endpoint.ip", ip("192.0.2.44"))]);
    finding([o])
}

fn event(seconds: i64, id: u128) -> EventRef {
    EventRef { time: Time(START + seconds * 1000), id }
}

/// Failed logins, then one that works: a sequence, with a count that is no longer exact.
pub fn sequence() -> Finding {
    let rule =
        rule("UnauthorizedAccess:IAMUser/BruteThenSuccess", "Ten failed logins, then one that works.", &["T1110.001"]);
    let mut o = occurrence(rule, "authentication", "cloudtrail", "AccessKey", "arn:aws:iam::111122223333:user/bob");
    o.time = Time(START + 120_000);
    o.event = 0x30;
    o.title = "bob signed in from 203.0.113.9 after 3 failures".into();
    o.principal = o.resource.uid.clone();
    o.attributes = named(&[("api.operation", text("ConsoleLogin")), ("src_endpoint.ip", ip("203.0.113.9"))]);
    let fails = [(0, 0x10), (10, 0x11), (20, 0x12)].map(|(s, id)| ("fail", event(s, id)));
    let steps = fails.into_iter().chain([("ok", event(120, 0x30))]);
    let steps: Vec<StepRef> = steps.map(|(name, event)| StepRef { name: name.into(), event }).collect();
    o.story = Some(Box::new(Story {
        first: Time(START),
        events: steps.iter().map(|s| s.event).chain([event(60, 0x20)]).collect(),
        measures: named(&[("count()", Value::Int(5)), ("distinct(src_endpoint.ip)", Value::Int(5210))]),
        steps,
        error: Some(0.0163),
        ..Story::default()
    }));
    finding([o])
}

/// What a principal does for the first time, more than ever, or rarely.
pub fn unusual() -> Finding {
    let rule = rule("Exfiltration:S3/AnomalousBehavior", "A principal reads objects unlike before.", &["T1530"]);
    let mut o = occurrence(rule, "api", "cloudtrail", "S3Bucket", "acme-payroll");
    o.title = "carol read 5400 objects of acme-payroll from NL".into();
    o.principal = Some("arn:aws:sts::111122223333:assumed-role/Payroll/carol".into());
    o.attributes = named(&[
        ("api.operation", text("GetObject")),
        ("api.service.name", text("s3.amazonaws.com")),
        ("src_endpoint.ip", ip("203.0.113.77")),
        ("src_endpoint.location.country", text("NL")),
        ("src_endpoint.autonomous_system.number", Value::Int(64_501)),
        ("src_endpoint.autonomous_system.name", text("EXAMPLE-HOSTING")),
    ]);
    let unusual = |name: &str, how, usual: &[(Value, f64)], by_account| Unusual {
        profile: "principal".into(),
        name: name.into(),
        how,
        usual: usual.to_vec(),
        by_account,
    };
    let countries = [(text("DE"), 412.0), (text("AT"), 57.0), (text("\u{1b}[2JX"), 3.0)];
    let volume = [(text("mean"), 41.53), (text("standard deviation"), 12.0)];
    o.story = Some(Box::new(Story {
        first: o.time,
        measures: Vec::new(),
        unusual: vec![
            unusual("country", How::New(text("NL")), &countries, false),
            unusual("reads", How::Surge(5400.0), &volume, false),
            unusual("network", How::New(Value::Int(64_501)), &[], true),
            unusual("operation", How::Surprise(text("GetObject"), 7.34), &[(text("PutObject"), 80.0)], false),
        ],
        ..Story::default()
    }));
    finding([o])
}

/// Findings of several tactics around one principal.
pub fn attack_sequence() -> Finding {
    let rule = rule(
        "AttackSequence:IAM/CompromisedCredentials",
        "Signals of several tactics around one principal within a day.",
        &["T1078.004"],
    );
    let alice = api();
    let behind = |finding_type: &str, attack: &[&str], seconds: i64, id: u128, severity: f64| {
        let mut rule = self::rule(finding_type, "A signal.", attack);
        rule.revision = 3;
        let mut o = occurrence(rule, "api", "cloudtrail", "AccessKey", "AKIAIOSFODNN7EXAMPLE");
        (o.time, o.event, o.severity) = (Time(START + seconds * 1000), id, Severity::new(severity));
        o.title = format!("alice did something of {finding_type}").into();
        o.principal = alice.principal.clone();
        o.attributes = named(&[("src_endpoint.ip", ip("203.0.113.5"))]);
        o
    };
    let mut tor = behind("UnauthorizedAccess:IAMUser/TorIPCaller", &["T1090.003"], 0, 0x41, 5.0);
    tor.list_matches = vec![ListMatch {
        list: "tor_exits".into(),
        entry: "203.0.113.5".into(),
        attribute: "src_endpoint.ip".into(),
        value: "203.0.113.5".into(),
        role: ListRole::Threat,
        list_hash: None,
    }];
    let mut bucket = behind("Exfiltration:S3/AnomalousBehavior", &["T1530"], 7200, 0x45, 8.0);
    bucket.resource = Resource { kind: "S3Bucket".into(), uid: Some("acme-payroll".into()), name: None };
    let all = [
        tor,
        behind("Persistence:IAMUser/AnomalousBehavior", &["T1098"], 600, 0x42, 5.0),
        behind("Persistence:IAMUser/AnomalousBehavior", &["T1098"], 900, 0x43, 2.0),
        bucket,
    ];
    let mut o = occurrence(rule, "finding", "finding", "AccessKey", "AKIAIOSFODNN7EXAMPLE");
    (o.time, o.event, o.severity) = (Time(START + 7_200_000), 0x45, Severity::new(9.0));
    o.title = "three tactics around alice in a day".into();
    o.role = Role::Actor;
    o.principal = alice.principal.clone();
    o.attributes = named(&[("remote.ip", ip("203.0.113.5"))]);
    o.story = Some(Box::new(Story {
        first: Time(START),
        events: all.iter().map(|s| EventRef { time: s.time, id: s.event }).collect(),
        measures: named(&[("count()", Value::Int(4)), ("distinct(type.purpose)", Value::Int(3))]),
        signals: all.iter().map(Signal::of).collect(),
        ..Story::default()
    }));
    finding([o])
}

/// All of them.
pub fn all() -> Vec<Finding> {
    vec![
        api(),
        network(),
        dns(),
        kubernetes(),
        s3(),
        database(),
        port_probe(),
        bare(),
        no_bucket(),
        sequence(),
        unusual(),
        attack_sequence(),
    ]
}
