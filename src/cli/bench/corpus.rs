//! What is measured: files in memory, or a stated synthetic corpus.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::cli::exit::Failure;
use crate::cli::run::inputs::{Inputs, Place};

/// One file of the corpus.
pub struct Member {
    /// What it is called.
    pub name: String,
    /// Its bytes as they are delivered.
    pub raw: Vec<u8>,
}

/// Everything that is measured.
pub struct Corpus {
    /// Whence it comes, in a line.
    pub title: String,
    /// The files.
    pub members: Vec<Member>,
}

/// Events in one synthetic file, as CloudTrail delivers them.
const EVENTS_PER_FILE: u64 = 500;

impl Corpus {
    /// Reads files into memory.
    pub fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let inputs = Inputs::find(paths);
        if !inputs.failures.is_empty() {
            return Err(Failure::Many(inputs.failures, crate::cli::exit::Exit::Misuse));
        }
        let mut members = Vec::new();
        for input in &inputs.list {
            let Place::File(path) = &input.place else {
                return Err(Failure::new("standard input cannot be measured: it can be read only once"));
            };
            let raw = std::fs::read(path).map_err(|e| Failure::io("read", path, &e))?;
            members.push(Member { name: input.name(), raw });
        }
        let title = format!("{} as given", crate::cli::render::plural(members.len(), "file"));
        Ok(Self { title, members })
    }

    /// CloudTrail as S3 delivers it: gzip of `{"Records":[…]}`. The same bytes for the same number of events.
    pub fn synthetic(events: u64) -> Self {
        let mut members = Vec::new();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut made = 0;
        while made < events {
            let n = EVENTS_PER_FILE.min(events - made);
            let records: Vec<_> = (0..n).map(|i| event(made + i, &mut random)).collect();
            let text = json!({ "Records": records }).to_string();
            let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
            gzip.write_all(text.as_bytes()).expect("memory takes all");
            let raw = gzip.finish().expect("memory takes all");
            let name = format!("111122223333_CloudTrail_eu-central-1_20260131T0000Z_{:04}.json.gz", members.len());
            members.push(Member { name, raw });
            made += n;
        }
        let title = format!(
            "synthetic CloudTrail, seed 1: {events} events in {} gzip files of {EVENTS_PER_FILE}, as S3 delivers them",
            members.len()
        );
        Self { title, members }
    }
}

/// xorshift64*: the corpus is the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 33) % n
    }

    /// An item; those in front are the more frequent.
    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        let n = items.len() as u64;
        let at = self.below(n).min(self.below(n));
        items[usize::try_from(at).unwrap_or(0)]
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[usize::try_from(self.below(16)).unwrap_or(0)])).collect()
    }
}

/// An everyday event: services assume roles and read, people look around, some calls are denied.
fn event(n: u64, random: &mut Random) -> serde_json::Value {
    let (service, name) = *random.pick(OPERATIONS);
    let role = random.pick(&["app-server", "ci-deploy", "lambda-exec", "eks-node", "data-pipeline", "admin"]);
    let account = "111122223333";
    let session = format!("i-{}", random.hex(17));
    let address = format!("10.{}.{}.{}", random.below(4), random.below(250), 1 + random.below(250));
    let bucket = format!("{role}-{}", random.below(40));
    let denied = random.below(20) == 0;
    let second = n / 20;
    let mut event = json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROA{}:{session}", random.hex(16).to_uppercase()),
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            "accountId": account,
            "accessKeyId": format!("ASIA{}", random.hex(16).to_uppercase()),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "principalId": format!("AROA{}", random.hex(16).to_uppercase()),
                    "arn": format!("arn:aws:iam::{account}:role/{role}"), "accountId": account, "userName": role,
                },
                "attributes": { "creationDate": "2026-01-31T00:00:00Z", "mfaAuthenticated": "false" },
            },
        },
        "eventTime": format!("2026-01-31T{:02}:{:02}:{:02}Z", second / 3600 % 24, second / 60 % 60, second % 60),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": random.pick(&["eu-central-1", "us-east-1", "eu-west-1"]),
        "sourceIPAddress": address,
        "userAgent": random.pick(&[
            "aws-sdk-java/2.20.18 Linux/5.10.0 OpenJDK_64-Bit_Server_VM/17.0.6 Java/17.0.6 kotlin/1.8",
            "Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.6",
            "[aws-cli/2.15.17 Python/3.11.6 Linux/6.2.0-1018-aws exe/x86_64.ubuntu.22 prompt/off command/s3.ls]",
        ]),
        "requestParameters": {
            "bucketName": bucket, "Host": format!("{bucket}.s3.eu-central-1.amazonaws.com"),
            "key": format!("year=2026/month=01/day=31/part-{:05}.parquet", random.below(100_000)),
            "maxItems": random.below(1000), "filterSet": { "items": [{ "name": "vpc-id", "valueSet": { "items": [] } }] },
        },
        "responseElements": null,
        "additionalEventData": {
            "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader", "x-amz-id-2": random.hex(76), "bytesTransferredOut": random.below(1 << 20),
        },
        "requestID": random.hex(32),
        "eventID": format!("{}-{}-{}-{}-{}", random.hex(8), random.hex(4), random.hex(4), random.hex(4), random.hex(12)),
        "readOnly": true,
        "resources": [
            { "type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::{bucket}/x") },
            { "accountId": account, "type": "AWS::S3::Bucket", "ARN": format!("arn:aws:s3:::{bucket}") },
        ],
        "eventType": "AwsApiCall",
        "managementEvent": service != "s3",
        "recipientAccountId": account,
        "eventCategory": if service == "s3" { "Data" } else { "Management" },
        "tlsDetails": {
            "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{service}.eu-central-1.amazonaws.com"),
        },
    });
    if denied {
        event["errorCode"] = json!("AccessDenied");
        event["errorMessage"] =
            json!(format!("User: arn:aws:sts::{account}:assumed-role/{role}/{session} is not authorized"));
    }
    event
}

/// Service and operation, the frequent ones first.
const OPERATIONS: &[&(&str, &str)] = &[
    &("s3", "GetObject"),
    &("sts", "AssumeRole"),
    &("kms", "Decrypt"),
    &("s3", "PutObject"),
    &("s3", "ListObjects"),
    &("ec2", "DescribeInstances"),
    &("logs", "CreateLogStream"),
    &("s3", "HeadObject"),
    &("dynamodb", "DescribeTable"),
    &("secretsmanager", "GetSecretValue"),
    &("ssm", "GetParameters"),
    &("ec2", "DescribeSecurityGroups"),
    &("iam", "GetRole"),
    &("s3", "DeleteObject"),
    &("ecr", "BatchGetImage"),
    &("lambda", "GetFunction20150331v2"),
    &("iam", "ListUsers"),
    &("cloudtrail", "DescribeTrails"),
    &("iam", "CreateAccessKey"),
    &("ec2", "AuthorizeSecurityGroupIngress"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_synthetic_corpus_is_the_same_each_time() {
        let (a, b) = (Corpus::synthetic(1200), Corpus::synthetic(1200));
        assert_eq!(a.members.len(), 3);
        assert!(a.members.iter().zip(&b.members).all(|(x, y)| x.raw == y.raw));
    }
}
