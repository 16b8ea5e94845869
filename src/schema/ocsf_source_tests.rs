//! What the OCSF forms of sources make of their records, and what they promise. The records are our own.

use super::source_tests::{check, vocabulary};
use super::*;

#[test]
fn cloudtrail_in_ocsf() {
    let tail = r#""api":{"operation":"PutBucketPolicy","service":{"name":"s3.amazonaws.com"},"request":{"uid":"r","data":"{\"bucketName\":\"b\",\"policy\":{\"a\":[1]}}"},"response":{"error":null,"data":"null"}},"src_endpoint":{"ip":"203.0.113.5","uid":"vpce-1","domain":null},"cloud":{"region":"us-east-1","provider":"AWS"},"http_request":{"user_agent":"aws-cli"},"status":"Success","class_uid":6003"#;
    let second = format!(
        r#"{{"metadata":{{"product":{{"name":"CloudTrail","feature":{{"name":"Management"}}}},"uid":"e-1","event_code":"AwsApiCall","version":"1.1.0"}},"time":1769853600000,"actor":{{"user":{{"type":"AssumedRole","uid":"arn:aws:sts::111122223333:assumed-role/Web/s","uid_alt":"AROAEXAMPLE:s","account":{{"uid":"111122223333"}},"credential_uid":"ASIAEXAMPLE"}},"session":{{"issuer":"arn:aws:iam::111122223333:role/app/Web","is_mfa":false,"created_time":1769850000000}}}},"unmapped":{{"recipientAccountId":"111122223333","readOnly":"false"}},{tail}}}"#
    );
    let first = format!(
        r#"{{"metadata":{{"product":{{"name":"CloudTrail"}},"uid":"e-1","version":"1.0.0-rc.2"}},"time":1769853600000,"actor":{{"user":{{"type":"AssumedRole","uuid":"arn:aws:sts::111122223333:assumed-role/Web/s","uid":"AROAEXAMPLE:s","account_uid":"111122223333","credential_uid":"ASIAEXAMPLE"}},"session":{{"issuer":"arn:aws:iam::111122223333:role/app/Web","mfa":false,"created_time":1769850000000}}}},"unmapped":{{"eventType":"AwsApiCall"}},{tail}}}"#
    );
    for record in [&second, &first] {
        check(
            "ocsf_cloudtrail",
            record,
            "api",
            &[
                ("time", "2026-01-31T10:00:00Z"),
                ("cloud.account.uid", "111122223333"),
                ("cloud.region", "us-east-1"),
                ("api.operation", "PutBucketPolicy"),
                ("api.request.data.policy.a[0]", "1"),
                ("api.response.data", "-"),
                ("actor.principal", "arn:aws:iam::111122223333:role/app/Web"),
                ("actor.user.type", "assumed_role"),
                ("actor.user.name", "Web"),
                ("actor.user.uid_alt", "AROAEXAMPLE:s"),
                ("actor.session.name", "s"),
                ("actor.session.is_mfa", "false"),
                ("actor.session.created_time", "2026-01-31T09:00:00Z"),
                ("src_endpoint.ip", "203.0.113.5"),
                ("src_endpoint.is_aws_service", "false"),
                ("src_endpoint.vpc_endpoint_uid", "vpce-1"),
                ("event_type", "aws_api_call"),
                ("read_only", "false"),
                ("status", "success"),
                ("bucket.name", "b"),
            ],
        );
    }
    let failed = second
        .replace("\"error\":null", "\"error\":\"AccessDenied\"")
        .replace("203.0.113.5", "")
        .replace("\"domain\":null", "\"domain\":\"config.amazonaws.com\"");
    let told = [
        ("status", "failure"),
        ("src_endpoint.domain", "config.amazonaws.com"),
        ("src_endpoint.is_aws_service", "true"),
    ];
    check("ocsf_cloudtrail", &failed, "api", &told);
    let signed_in = second.replace("6003", "3002").replace("PutBucketPolicy", "ConsoleLogin");
    check("ocsf_cloudtrail", &signed_in, "authentication", &[("activity", "logon"), ("auth_protocol", "password")]);
}

#[test]
fn flows_look_ups_and_clusters_in_ocsf() {
    let flow = r#"{"metadata":{"product":{"name":"Amazon VPC","version":"5"},"version":"1.1.0"},"class_uid":4001,"cloud":{"account":{"uid":"111122223333"},"region":"us-east-1"},"src_endpoint":{"ip":"203.0.113.5","port":50123,"svc_name":"-"},"dst_endpoint":{"ip":"10.0.0.5","port":22,"interface_uid":"eni-1","instance_uid":"i-1","vpc_uid":"vpc-1","subnet_uid":"subnet-1","svc_name":"-"},"connection_info":{"protocol_num":6,"tcp_flags":2,"direction_id":1,"direction":"Inbound","protocol_ver":"IPv4"},"traffic":{"packets":3,"bytes":180},"time":1769853600000,"start_time":1769853600000,"end_time":1769853660000,"action_id":2,"status_code":"OK"}"#;
    check(
        "ocsf_vpc_flow",
        flow,
        "network",
        &[
            ("time", "2026-01-31T10:01:00Z"),
            ("cloud.account.uid", "111122223333"),
            ("initiator", "remote"),
            ("local.ip", "10.0.0.5"),
            ("local.instance_uid", "i-1"),
            ("local.interface_uid", "eni-1"),
            ("remote.ip", "203.0.113.5"),
            ("remote.aws_service", "-"),
            ("connection_info.direction", "inbound"),
            ("traffic.packets", "3"),
            ("disposition", "blocked"),
            ("duration", "1m"),
        ],
    );
    let old = flow
        .replace("\"action_id\":2", "\"disposition\":\"Allowed\",\"activity_name\":\"Accept\"")
        .replace("\"account\":{\"uid\":\"111122223333\"}", "\"account_uid\":\"111122223333\"");
    check("ocsf_vpc_flow", &old, "network", &[("disposition", "allowed"), ("cloud.account.uid", "111122223333")]);
    let asked = r#"{"metadata":{"product":{"name":"Route 53"},"version":"1.0.0-rc.2"},"class_uid":4003,"cloud":{"account_uid":"111122223333","region":"us-east-1"},"src_endpoint":{"ip":"10.0.0.5","port":50123,"vpc_uid":"vpc-1","instance_uid":"i-1"},"time":1769853600000,"query":{"hostname":"Example.com.","type":"A","class":"IN"},"answers":[{"type":"A","rdata":"198.51.100.7","class":"IN"}],"rcode":"NoError","rcode_id":0,"connection_info":{"protocol_name":"UDP"}}"#;
    check(
        "ocsf_route53",
        asked,
        "dns",
        &[
            ("query.hostname", "example.com"),
            ("rcode", "noerror"),
            ("answers.ip", r#"["198.51.100.7"]"#),
            ("src_endpoint.instance_uid", "i-1"),
            ("cloud.region", "us-east-1"),
        ],
    );
    let request = r#"{"metadata":{"product":{"name":"Amazon EKS"},"version":"1.1.0","uid":"a-1"},"class_uid":6003,"time":1769853600000,"cloud":{"account":{"uid":"111122223333"},"region":"us-east-1"},"api":{"operation":"list","version":"v1","request":{"uid":"a-1"},"response":{"code":200}},"actor":{"user":{"name":"system:anonymous","groups":[{"name":"system:unauthenticated"}]}},"resources":[{"type":"secrets","namespace":"shop"}],"src_endpoint":{"ip":"203.0.113.5"},"http_request":{"user_agent":"curl","url":{"path":"/api/v1/secrets"}}}"#;
    check(
        "ocsf_eks",
        request,
        "api",
        &[
            ("api.operation", "list"),
            ("actor.user.type", "anonymous"),
            ("actor.user.groups", r#"["system:unauthenticated"]"#),
            ("target.type", "secrets"),
            ("target.namespace", "shop"),
            ("status", "success"),
            ("stage", "response_complete"),
            ("http_request.url.path", "/api/v1/secrets"),
            ("cluster.name", "production"),
        ],
    );
}

/// What is said of a source is said of its forms: they promise as much.
#[test]
fn forms_keep_what_their_source_promises() {
    let v = vocabulary();
    let mut forms = 0;
    for id in v.source_ids() {
        let Some(of) = v.source(id).form_of else { continue };
        forms += 1;
        for mapping in &v.source(of).classes {
            let kind = Kind { class: mapping.class, source: Some(of) };
            assert!(v.is_of(id, kind), "{} yields what {} does", v.source(id).name, v.source(of).name);
            for (attr, feed) in &mapping.attributes {
                let name = &v.attr(mapping.class, *attr).name;
                let surely = feed.presence == Presence::Always;
                assert!(!surely || v.presence(kind, *attr) == Presence::Always, "{} {name}", v.source(id).name);
            }
        }
    }
    assert_eq!(forms, 4);
}
