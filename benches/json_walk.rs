//! Bytes per second of the readers on one core, beside serde_json over the same bytes. The records are our own, in the
//! shape and size of what CloudTrail and VPC flow logs write.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use outguard::schema::{Context, Event, Need, Projection, Vocabulary};
use outguard::source::{Handler, Reader, Setup, Skip, Unreadable};

/// What a pack of common rules reads of an API call.
const READ: &[&str] = &[
    "api.operation",
    "api.service.name",
    "api.request.data",
    "api.response.data",
    "api.response.error",
    "status",
    "src_endpoint.ip",
    "src_endpoint.domain",
    "http_request.user_agent",
    "actor.principal",
    "actor.user.type",
    "actor.user.name",
    "actor.user.uid",
    "actor.session.name",
    "actor.session.is_mfa",
    "actor.invoked_by",
    "resources",
    "metadata.uid",
    "cloud.region",
    "unmapped",
];

const RECORDS: usize = 20_000;

fn cloudtrail(n: usize) -> String {
    let user = ["deploy", "ana.lopez", "backup-runner", "ci"][n % 4];
    let session = format!(
        r#""userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLEID{n:06}:{user}","arn":"arn:aws:sts::111122223333:assumed-role/{user}-role/i-0{n:015x}","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE{n:08}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLEID{n:06}","arn":"arn:aws:iam::111122223333:role/{user}-role","accountId":"111122223333","userName":"{user}-role"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"2024-03-0{d}T04:05:06Z","mfaAuthenticated":"false"}},"ec2RoleDelivery":"2.0"}}}}"#,
        d = n % 9 + 1
    );
    let (name, source, request, response) = match n % 5 {
        0 => (
            "GetObject",
            "s3.amazonaws.com",
            format!(r#"{{"bucketName":"data-lake-{n}","Host":"data-lake.s3.eu-west-1.amazonaws.com","key":"year=2024/month=03/part-{n:05}.parquet"}}"#),
            "null".to_owned(),
        ),
        1 => (
            "DescribeInstances",
            "ec2.amazonaws.com",
            r#"{"maxResults":100,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"}]}}]}}"#.to_owned(),
            "null".to_owned(),
        ),
        2 => (
            "PutRolePolicy",
            "iam.amazonaws.com",
            r#"{"roleName":"app","policyName":"inline","policyDocument":"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\"s3:GetObject\", \"s3:PutObject\"],\n      \"Resource\": \"arn:aws:s3:::data-lake/*\"\n    }\n  ]\n}"}"#.to_owned(),
            "null".to_owned(),
        ),
        3 => (
            "AssumeRole",
            "sts.amazonaws.com",
            format!(r#"{{"roleArn":"arn:aws:iam::111122223333:role/{user}-role","roleSessionName":"{user}","durationSeconds":3600}}"#),
            format!(r#"{{"credentials":{{"accessKeyId":"ASIAEXAMPLE{n:08}","sessionToken":"{}","expiration":"Mar 3, 2024, 5:05:06 AM"}},"assumedRoleUser":{{"assumedRoleId":"AROAEXAMPLE:{user}","arn":"arn:aws:sts::111122223333:assumed-role/{user}-role/{user}"}}}}"#, "IQoJb3JpZ2luX2VjE".repeat(20)),
        ),
        _ => ("Decrypt", "kms.amazonaws.com", r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::data-lake"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#.to_owned(), "null".to_owned()),
    };
    format!(
        r#"{{"eventVersion":"1.09",{session},"eventTime":"2024-03-03T04:{m:02}:{s:02}Z","eventSource":"{source}","eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.{ip}","userAgent":"[aws-sdk-java/2.20.1 Linux/5.10.0-amd64 OpenJDK_64-Bit_Server_VM/17.0.2+8 Java/17.0.2 vendor/Eclipse_Adoptium cfg/retry-mode/standard]","requestParameters":{request},"responseElements":{response},"additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"kQ1Zl8rN0yYyQ9vXl3Y2eQw0Z8mY4a5g6h7j8k9l0","bytesTransferredOut":{n}}},"requestID":"5a1f8c1e-{n:04x}-4c0d-9f43-1f2e3d4c5b6a","eventID":"0c2d7d5e-{n:04x}-4f6a-8b9c-a1b2c3d4e5f6","readOnly":true,"resources":[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::data-lake/part-{n:05}"}},{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::data-lake"}}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","clientProvidedHostHeader":"data-lake.s3.eu-west-1.amazonaws.com"}}}}"#,
        m = n / 60 % 60,
        s = n % 60,
        ip = n % 250 + 1,
    )
}

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path";

fn flow(n: usize) -> String {
    format!(
        "5 111122223333 eni-0{n:016x} 10.0.{a}.{b} 198.51.100.{b} {port} 443 6 {n} {bytes} 1709438{t} 1709439{t} ACCEPT OK vpc-0123456789abcdef0 subnet-0123456789abcdef0 i-0123456789abcdef0 19 IPv4 10.0.{a}.{b} 198.51.100.{b} eu-west-1 euw1-az1 - - - S3 egress 8",
        a = n % 200,
        b = n / 200 % 200 + 1,
        port = 32768 + n % 20000,
        bytes = n * 40,
        t = 100 + n % 900,
    )
}

/// Reads what the projection asks for of each event, or nothing of it.
#[derive(Default)]
struct Sink {
    events: u64,
    present: u64,
    asks: bool,
}

impl Handler for Sink {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        if self.asks {
            for slot in 0..event.projection.slots.len() {
                self.present += u64::from(!event.get(slot).is_absent());
            }
        }
    }
    fn unreadable(&mut self, bad: Unreadable<'_>) {
        panic!("{} {}", bad.reason, bad.detail);
    }
    fn skipped(&mut self, _: Skip) {}
}

fn projections(vocabulary: &Vocabulary) -> Vec<Projection> {
    let need = |m: &outguard::schema::Mapping| {
        let class = m.class;
        let read =
            |attr: &outguard::schema::AttrId| READ.contains(&&*vocabulary.attr(class, *attr).name) || class != m.class;
        let attrs: Vec<_> = m.attributes.keys().copied().filter(read).collect();
        attrs.into_iter().map(move |attr| Need { class, attr, steps: Vec::new() })
    };
    let needs = |s| vocabulary.source(s).classes.iter().flat_map(need).collect::<Vec<_>>();
    vocabulary.source_ids().map(|s| Projection::build(vocabulary, s, &needs(s))).collect()
}

fn json_walk(c: &mut Criterion) {
    let vocabulary = Vocabulary::builtin().expect("the vocabulary loads");
    let projections = projections(&vocabulary);
    let mut reader = Reader::new(Setup { vocabulary: &vocabulary, projections: &projections, forced: None });
    let records: Vec<String> = (0..RECORDS).map(cloudtrail).collect();
    let lines = records.join("\n");
    let list = format!("{{\"Records\":[{}]}}", records.join(","));
    let rows: Vec<String> = (0..RECORDS * 5).map(flow).collect();
    let flows = format!("{HEADER}\n{}\n", rows.join("\n"));

    for (name, bytes, events) in [
        ("cloudtrail lines", &lines, RECORDS),
        ("cloudtrail records", &list, RECORDS),
        ("vpc flow", &flows, RECORDS * 5),
    ] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(20);
        for (what, asks) in [("events", false), ("events and their attributes", true)] {
            group.bench_function(what, |b| {
                b.iter(|| {
                    let mut sink = Sink { asks, ..Sink::default() };
                    reader.read(bytes.as_bytes(), "-", &Context::default(), &mut sink).expect("memory");
                    assert_eq!(sink.events, events as u64);
                    black_box(sink.present)
                });
            });
        }
        if name == "cloudtrail lines" {
            group.bench_function("serde_json::Value", |b| {
                b.iter(|| {
                    bytes
                        .lines()
                        .map(|l| usize::from(serde_json::from_str::<serde_json::Value>(l).is_ok()))
                        .sum::<usize>()
                });
            });
            group.bench_function("serde_json IgnoredAny", |b| {
                b.iter(|| {
                    bytes
                        .lines()
                        .map(|l| usize::from(serde_json::from_str::<serde::de::IgnoredAny>(l).is_ok()))
                        .sum::<usize>()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, json_walk);
criterion_main!(benches);
