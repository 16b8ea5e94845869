//! What the shipped sources make of typical records, the odd ones above all. The records are our own.

use super::projection_tests::read;
use super::*;
use crate::value::{Arena, Value};

pub(super) fn vocabulary() -> &'static Vocabulary {
    static ONE: std::sync::OnceLock<Vocabulary> = std::sync::OnceLock::new();
    ONE.get_or_init(|| Vocabulary::builtin().unwrap_or_else(|e| panic!("{e}")))
}

/// The classes and attributes of one record; `-` is absent.
pub(super) fn check(source: &str, record: &str, class: &str, expected: &[(&str, &str)]) {
    let v = vocabulary();
    let id = v.source_named(source).expect("source");
    let class = v.class_named(class).expect("class");
    let needs: Vec<Need> = expected
        .iter()
        .map(|(path, _)| {
            let (attr, steps) = v.resolve(class, &path::parse_path(path).expect("path")).expect(path);
            Need { class, attr, steps }
        })
        .collect();
    let projection = Projection::build(v, id, &needs);
    let arena = Arena::new();
    let context = Context { cluster: Some("production".into()), database: Some("orders".into()), ..Context::default() };
    let columns: Vec<&str> = record.split(' ').collect();
    let raw = match v.source(id).wire {
        Wire::Json | Wire::Zeek => read(&projection, record, &arena),
        Wire::Columns => arena.alloc_slice_fill_iter(projection.paths.iter().map(|p| {
            let pair = columns.iter().find_map(|c| c.split_once('=').filter(|(name, _)| *name == p[0].as_ref()));
            pair.map_or(Raw::Absent, |(_, value)| Raw::Text(value))
        })),
        Wire::Text => {
            let lines = v.source(id).lines.as_ref().expect("lines");
            let fits = |m: &&Message| record.contains(&m.has) && m.whole.iter().any(|w| w.is_match(record));
            let message = lines.messages.iter().find(fits).unwrap_or_else(|| panic!("no message: {record}"));
            let groups = message.whole.iter().find_map(|w| w.captures(record)).expect("fits");
            arena.alloc_slice_fill_iter(projection.paths.iter().map(|p| match p[0].as_ref() {
                lines::MESSAGE => Raw::Text(&message.name),
                name => groups.name(name).map_or(Raw::Absent, |m| Raw::Text(m.as_str())),
            }))
        }
    };
    let known = v.source(id).wire == Wire::Text || projection.recognises(raw, &arena);
    assert!(known && !projection.skips(raw, &arena), "{record}");
    let event = Event::new(&projection, &context, record, raw, &arena).expect("has a time");
    assert!(event.is(class), "{record}");
    for (slot, (path, expected)) in expected.iter().enumerate() {
        let got = event.get(slot).to_value().map_or("-".to_owned(), |v| match v {
            Value::List(_) | Value::Object(_) => serde_json::to_string(&v).expect("json"),
            v => v.to_string(),
        });
        assert_eq!(got, *expected, "{path} of {record}");
    }
}

fn trail(fields: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"2026-01-31T10:00:00Z","eventID":"e-1","awsRegion":"eu-west-1","recipientAccountId":"111122223333",{fields}}}"#
    )
}

#[test]
fn an_instance_role_calls_s3() {
    let record = trail(
        r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","eventType":"AwsApiCall","eventCategory":"Data","managementEvent":false,"sourceIPAddress":"203.0.113.5","userAgent":"[aws-cli/2]","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"444455556666","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:i-0123456789abcdef0","arn":"arn:aws:sts::111122223333:assumed-role/Web/i-0123456789abcdef0","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/app/Web","userName":"Web"},"attributes":{"mfaAuthenticated":"false","creationDate":"2026-01-31T09:00:00Z"},"ec2RoleDelivery":"2.0"}},"requestParameters":{"bucketName":"b","key":"k/1"},"responseElements":null,"additionalEventData":{"bytesTransferredOut":1024,"bytesTransferredIn":0},"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k/1"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}]"#,
    );
    check(
        "cloudtrail",
        &record,
        "api",
        &[
            ("actor.principal", "arn:aws:iam::111122223333:role/app/Web"),
            ("actor.user.type", "assumed_role"),
            ("actor.user.name", "Web"),
            ("actor.session.name", "i-0123456789abcdef0"),
            ("actor.session.issuer_type", "role"),
            ("actor.session.is_mfa", "false"),
            ("actor.session.created_time", "2026-01-31T09:00:00Z"),
            ("actor.session.ec2_role_delivery", "2.0"),
            ("src_endpoint.ip", "203.0.113.5"),
            ("src_endpoint.domain", "-"),
            ("src_endpoint.is_aws_service", "false"),
            ("src_endpoint.vpc_endpoint_account_uid", "444455556666"),
            ("status", "success"),
            ("event_type", "aws_api_call"),
            ("event_category", "data"),
            ("read_only", "true"),
            ("bucket.name", "b"),
            ("object.key", "k/1"),
            ("http_response.body_length", "1024"),
            ("unmapped.bytesTransferredIn", "0"),
            ("resources[].type", r#"["AWS::S3::Object","AWS::S3::Bucket"]"#),
            ("resources[].owner.uid", r#"["111122223333"]"#),
            ("api.response.data", "-"),
            ("cloud.region", "eu-west-1"),
        ],
    );
}

#[test]
fn a_failed_sign_in_has_the_principal_of_the_one_that_works() {
    let sign_in = |user: &str, more: &str| {
        trail(&format!(
            r#""eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventType":"AwsConsoleSignIn","sourceIPAddress":"203.0.113.5","userIdentity":{user},{more}"#
        ))
    };
    let failed = sign_in(
        r#"{"type":"IAMUser","principalId":"AIDAEXAMPLE","accountId":"111122223333","accessKeyId":"","userName":"jane"}"#,
        r#""errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"MFAUsed":"No","LoginTo":"https://console.aws.amazon.com/"}"#,
    );
    let worked = sign_in(
        r#"{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/jane","accountId":"111122223333","userName":"jane"}"#,
        r#""responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"Yes","MFAIdentifier":"arn:aws:iam::111122223333:mfa/jane"}"#,
    );
    let principal = ("actor.principal", "arn:aws:iam::111122223333:user/jane");
    check(
        "cloudtrail",
        &failed,
        "authentication",
        &[
            principal,
            ("status", "failure"),
            ("status_detail", "Failed authentication"),
            ("activity", "logon"),
            ("auth_protocol", "password"),
            ("is_mfa", "false"),
            ("actor.user.credential_uid", "-"),
            ("api.operation", "ConsoleLogin"),
        ],
    );
    check("cloudtrail", &worked, "authentication", &[principal, ("status", "success"), ("is_mfa", "true")]);
    check("cloudtrail", &worked, "api", &[principal, ("event_type", "aws_console_sign_in"), ("read_only", "false")]);
    let quiet =
        sign_in(r#"{"type":"Root","accountId":"111122223333"}"#, r#""responseElements":{"ConsoleLogin":"Failure"}"#);
    check(
        "cloudtrail",
        &quiet,
        "authentication",
        &[("actor.principal", "arn:aws:iam::111122223333:root"), ("actor.user.type", "root"), ("status", "failure")],
    );
}

#[test]
fn callers_that_are_services_nobody_or_strange() {
    let call = |fields: &str| trail(&format!(r#""eventSource":"kms.amazonaws.com","eventName":"Decrypt",{fields}"#));
    check(
        "cloudtrail",
        &call(
            r#""sourceIPAddress":"secretsmanager.amazonaws.com","userIdentity":{"invokedBy":"secretsmanager.amazonaws.com"}"#,
        ),
        "api",
        &[
            ("actor.principal", "secretsmanager.amazonaws.com"),
            ("actor.user.type", "aws_service"),
            ("src_endpoint.ip", "-"),
            ("src_endpoint.domain", "secretsmanager.amazonaws.com"),
            ("src_endpoint.is_aws_service", "true"),
        ],
    );
    check(
        "cloudtrail",
        &call(
            r#""sourceIPAddress":"AWS Internal","userIdentity":{"type":"AWSAccount","principalId":"AROAEXAMPLE:session","accountId":"444455556666"}"#,
        ),
        "api",
        &[
            ("actor.principal", "AROAEXAMPLE"),
            ("actor.user.type", "aws_account"),
            ("src_endpoint.domain", "-"),
            ("src_endpoint.is_aws_service", "true"),
        ],
    );
    check(
        "cloudtrail",
        &call(
            r#""errorCode":"AccessDenied","sourceIPAddress":"203.000.113.005","userIdentity":{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}"#,
        ),
        "api",
        &[
            ("actor.user.type", "anonymous"),
            ("actor.principal", "ANONYMOUS_PRINCIPAL"),
            ("src_endpoint.ip", "-"),
            ("src_endpoint.domain", "-"),
            ("status", "failure"),
        ],
    );
    check(
        "cloudtrail",
        &call(
            r#""sourceIPAddress":"203.0.113.5","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Admin/jane"}"#,
        ),
        "api",
        &[("actor.principal", "arn:aws:iam::111122223333:role/Admin"), ("actor.session.name", "jane")],
    );
}

#[test]
fn kubernetes_requests() {
    let record = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"a-1","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/kube-system/pods/x/exec?command=sh","verb":"create","user":{"username":"system:anonymous","groups":["system:unauthenticated"],"extra":{"arn":["arn:aws:sts::444455556666:assumed-role/Ops/jane"],"sessionName":["jane"]}},"sourceIPs":["10.0.0.9","203.0.113.5"],"userAgent":"kubectl","objectRef":{"resource":"pods","namespace":"kube-system","name":"x","subresource":"exec","apiVersion":"v1"},"responseStatus":{"code":101},"requestObject":{"spec":{"containers":[{"securityContext":{"privileged":true}}]}},"requestReceivedTimestamp":"2026-01-31T10:00:00.100000Z","stageTimestamp":"2026-01-31T10:00:00.200000Z","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC"}}"#;
    check(
        "k8s_audit",
        record,
        "api",
        &[
            ("time", "2026-01-31T10:00:00.200Z"),
            ("api.operation", "create"),
            ("target.type", "pods"),
            ("target.subresource", "exec"),
            ("target.namespace", "kube-system"),
            ("actor.principal", "system:anonymous"),
            ("actor.user.type", "anonymous"),
            ("actor.user.groups", r#"["system:unauthenticated"]"#),
            ("actor.user.account.uid", "444455556666"),
            ("actor.session.name", "jane"),
            ("cloud.account.uid", "444455556666"),
            ("src_endpoint.ip", "203.0.113.5"),
            ("src_endpoint.ips[0]", "10.0.0.9"),
            ("status", "success"),
            ("api.response.code", "101"),
            ("stage", "response_complete"),
            ("level", "request_response"),
            ("authorization.decision", "allow"),
            ("cluster.name", "production"),
            ("api.request.data.spec.containers[].securityContext.privileged", "[true]"),
            ("read_only", "false"),
        ],
    );
    let refused = r#"{"auditID":"a-2","verb":"list","stage":"ResponseComplete","level":"Metadata","requestURI":"/api/v1/secrets","timestamp":"2026-01-31T10:00:00Z","user":{"username":"system:serviceaccount:default:web"},"impersonatedUser":{"username":"bob","groups":["admins"]},"responseStatus":{"status":"Failure","reason":"Forbidden","code":403}}"#;
    check(
        "k8s_audit",
        refused,
        "api",
        &[
            ("status", "failure"),
            ("api.response.error", "Forbidden"),
            ("actor.user.type", "service_account"),
            ("impersonated.groups[]", r#"["admins"]"#),
            ("read_only", "true"),
            ("src_endpoint.ip", "-"),
        ],
    );
}

#[test]
fn look_ups() {
    let record = r#"{"version":"1.100000","account_id":"111122223333","region":"us-east-1","vpc_id":"vpc-1","query_timestamp":"2026-01-31T10:00:00Z","query_name":"WWW.Example.com.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"www.example.net.","Type":"CNAME","Class":"IN"},{"Rdata":"198.51.100.7","Type":"A","Class":"IN"}],"srcaddr":"10.0.0.1","srcport":"4000","transport":"UDP","srcids":{"instance":"i-1"},"firewall_rule_action":"ALERT"}"#;
    check(
        "route53_resolver",
        record,
        "dns",
        &[
            ("query.hostname", "www.example.com"),
            ("rcode", "noerror"),
            ("answers.ip", r#"["198.51.100.7"]"#),
            ("answers[].rdata", r#"["www.example.net.","198.51.100.7"]"#),
            ("src_endpoint.port", "4000"),
            ("src_endpoint.instance_uid", "i-1"),
            ("connection_info.protocol_name", "udp"),
            ("firewall.action", "alert"),
        ],
    );
    let single = r#"{"query_timestamp":"2026-01-31T10:00:00Z","query_name":"a.example.","query_type":"TXT","query_class":"IN","rcode":"BADVERS","answers":{"Rdata":"203.0.113.9","Type":"A","Class":"IN"},"srcaddr":"10.0.0.1"}"#;
    check("route53_resolver", single, "dns", &[("answers.ip", r#"["203.0.113.9"]"#), ("rcode", "other")]);
}

#[test]
fn flows() {
    let row = |own: &str| {
        format!(
            "version=5 account-id=111122223333 interface-id=eni-1 instance-id=i-1 protocol=6 packets=20 bytes=4249 start=1700000000 end=1700000060 log-status=OK {own}"
        )
    };
    // An instance opens a connection to somebody.
    check(
        "vpc_flow",
        &row(
            "srcaddr=10.0.0.1 dstaddr=198.51.100.7 srcport=44321 dstport=443 tcp-flags=3 action=ACCEPT flow-direction=egress",
        ),
        "network",
        &[
            ("time", "2023-11-14T22:14:20Z"),
            ("initiator", "local"),
            ("local.ip", "10.0.0.1"),
            ("local.port", "44321"),
            ("remote.ip", "198.51.100.7"),
            ("remote.port", "443"),
            ("src_endpoint.instance_uid", "i-1"),
            ("dst_endpoint.instance_uid", "-"),
            ("local.instance_uid", "i-1"),
            ("connection_info.direction", "outbound"),
            ("disposition", "allowed"),
            ("duration", "1m"),
            ("traffic.bytes", "4249"),
        ],
    );
    // The reply to a probe is an outbound row, and not the instance's doing.
    check(
        "vpc_flow",
        &row(
            "srcaddr=10.0.0.1 dstaddr=198.51.100.7 srcport=22 dstport=50001 tcp-flags=18 action=ACCEPT flow-direction=egress",
        ),
        "network",
        &[
            ("initiator", "remote"),
            ("remote.ip", "198.51.100.7"),
            ("local.port", "22"),
            ("connection_info.direction", "outbound"),
        ],
    );
    // Version 2: no direction, no flags; a private end tells which is ours, ports tell who opened.
    check(
        "vpc_flow",
        &row("srcaddr=198.51.100.7 dstaddr=10.0.0.1 srcport=50001 dstport=3389 action=REJECT"),
        "network",
        &[
            ("initiator", "remote"),
            ("local.port", "3389"),
            ("connection_info.direction", "inbound"),
            ("connection_info.tcp_flags", "-"),
            ("disposition", "blocked"),
        ],
    );
    // Two ends inside and no direction: nothing tells.
    check(
        "vpc_flow",
        &row("srcaddr=10.0.0.2 dstaddr=10.0.0.1 srcport=50001 dstport=3389 action=ACCEPT"),
        "network",
        &[
            ("initiator", "-"),
            ("local.ip", "-"),
            ("remote.ip", "-"),
            ("local.instance_uid", "i-1"),
            ("src_endpoint.ip", "10.0.0.2"),
            ("src_endpoint.instance_uid", "-"),
        ],
    );
}

#[test]
fn findings_of_guardduty() {
    let record = r#"{"schemaVersion":"2.0","accountId":"111122223333","region":"us-east-1","id":"f-1","type":"UnauthorizedAccess:EC2/SSHBruteForce","severity":2,"createdAt":"2026-01-31T10:05:00.000Z","updatedAt":"2026-01-31T10:05:00.000Z","title":"t","resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-1"},"accessKeyDetails":{}},"service":{"resourceRole":"TARGET","count":3,"archived":false,"eventFirstSeen":"2026-01-31T09:59:00Z","eventLastSeen":"2026-01-31T10:00:00Z","action":{"networkConnectionAction":{"localPortDetails":{"port":22},"remoteIpDetails":{"ipAddressV4":"203.0.113.5"}}},"evidence":{"threatIntelligenceDetails":[{"threatListName":"L"}]}}}"#;
    check(
        "guardduty",
        record,
        "finding",
        &[
            ("time", "2026-01-31T10:00:00Z"),
            ("type.purpose", "UnauthorizedAccess"),
            ("type.resource", "EC2"),
            ("type.family", "SSHBruteForce"),
            ("severity", "2"),
            ("severity_level", "low"),
            ("resource_role", "target"),
            ("resources[].uid", r#"["i-1"]"#),
            ("resources[].type", r#"["Instance"]"#),
            ("remote.ip", "203.0.113.5"),
            ("local.port", "22"),
            ("lists", r#"["L"]"#),
            ("count", "3"),
        ],
    );
}

#[test]
fn every_resource_type_is_about_something() {
    let v = vocabulary();
    for (resource, class) in [
        ("IAMUser", "api"),
        ("IAMUser", "authentication"),
        ("IAM", "api"),
        ("IAM", "finding"),
        ("S3", "api"),
        ("S3", "finding"),
        ("EC2", "network"),
        ("EC2", "dns"),
        ("EC2", "api"),
        ("EC2", "finding"),
        ("RDS", "datastore"),
        ("RDS", "api"),
        ("Lambda", "network"),
        ("Lambda", "api"),
        ("Kubernetes", "api"),
        ("SES", "api"),
        ("Organizations", "api"),
        ("SageMaker", "api"),
        ("Route53Resolver", "api"),
        ("RolesAnywhere", "api"),
        ("Runtime", "process"),
        ("Runtime", "file"),
        ("Runtime", "module"),
        ("Container", "file"),
        ("ECS", "finding"),
        ("EKS", "finding"),
    ] {
        let class = v.class_named(class).expect("class");
        let rule = v.resource(resource, class).unwrap_or_else(|| panic!("{resource} in {}", v.class(class).name));
        // Somebody must carry it, or the type could never be written.
        let kind = Kind { class, source: None };
        assert!(rule.uid.iter().any(|a| v.presence(kind, *a) != Presence::Never), "{resource}");
    }
    let ec2 = v.resource("EC2", v.class_named("network").expect("class")).expect("rule");
    assert!(matches!(&ec2.role, RoleRule::ActorIf(_, word) if word == "local"));
    assert!(v.resource("Toaster", ClassId(0)).is_none());
}

/// Making values is total: any wire field may hold anything.
#[test]
fn nothing_that_a_record_holds_stops_the_maker() {
    let nasty = [
        Raw::Absent,
        Raw::Null,
        Raw::Bool(true),
        Raw::Bool(false),
        Raw::Number("0"),
        Raw::Number("-1"),
        Raw::Number("1e400"),
        Raw::Number("99999999999999999999"),
        Raw::Number("1.5"),
        Raw::Str("", false),
        Raw::Str("-", false),
        Raw::Str("arn:", false),
        Raw::Str("arn:aws:sts::1:assumed-role/", false),
        Raw::Str("\\ud800\\u0000", true),
        Raw::Str("\\q", true),
        Raw::Str("é.Ünïcode..", false),
        Raw::Str("::::", false),
        Raw::Str("2026-13-45T99:99:99Z", false),
        Raw::Str("2026-01-31T10:00:00Z", false),
        Raw::Json("[]"),
        Raw::Json("{}"),
        Raw::Json("[[[null]],{\"a\":[1,\"x\"]}]"),
        Raw::Json("{\"a\":"),
        Raw::Json(""),
        Raw::Json("[\"10.0.0.1\",7,{}]"),
        Raw::Text(""),
        Raw::Text("-"),
        Raw::Text("65536"),
        Raw::Text("6"),
        Raw::Text("9223372036854775807"),
        Raw::Text("10.0.0.1"),
        Raw::Text("203.0.113.5"),
        Raw::Text("REJECT"),
    ];
    let v = vocabulary();
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    let mut made = 0;
    for source in v.source_ids() {
        let needs: Vec<Need> = v
            .source(source)
            .classes
            .iter()
            .flat_map(|m| m.attributes.keys().map(|a| Need { class: m.class, attr: *a, steps: Vec::new() }))
            .flat_map(|n| {
                let each = Need { steps: vec![crate::value::json::Step::Each], ..n.clone() };
                let key = Need { steps: vec![crate::value::json::Step::Key("a".into())], ..n.clone() };
                [n, each, key]
            })
            .collect();
        let projection = Projection::build(v, source, &needs);
        let context = Context::default();
        for _ in 0..300 {
            let arena = Arena::new();
            let raw: Vec<Raw<'_>> = projection
                .paths
                .iter()
                .map(|_| {
                    seed ^= seed << 13;
                    seed ^= seed >> 7;
                    seed ^= seed << 17;
                    nasty[usize::try_from(seed % nasty.len() as u64).expect("small")]
                })
                .collect();
            let _ = (projection.recognises(&raw, &arena), projection.skips(&raw, &arena));
            let Some(event) = Event::new(&projection, &context, "{", &raw, &arena) else { continue };
            let _ = (event.identity(), event.account(), event.region());
            for slot in 0..needs.len() {
                made += usize::from(!event.get(slot).is_absent());
            }
        }
    }
    assert!(made > 1000, "only {made} values: the test looks at nothing");
}
