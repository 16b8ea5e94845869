//! StreamAlert's rule tests, mostly CloudTrail events in envelopes: judged alike, or it is said why not.

use std::sync::OnceLock;

use super::cases::{self, Case, Disagreement, Mapping, Off};
use super::data::{self, text};
use super::pack::{Run, lists};

const SHARED: &[&str] = &["Exfiltration:EC2/TransferDataToCloudAccount", "Exfiltration:RDS/TransferDataToCloudAccount"];

/// By the file of the rule.
const MAPPINGS: &[Mapping] = &[
    ("cloudtrail_ec2_image_creation", &["Exfiltration:EC2/TransferDataToCloudAccount"]),
    ("cloudtrail_security_group_ingress_anywhere", &["Persistence:EC2/ExternalRemoteServices"]),
    ("cloudtrail_root_account_usage", &["Policy:IAMUser/RootCredentialUsage"]),
    ("cloudtrail_snapshot_or_ami_made_public", SHARED),
    ("cloudtrail_put_bucket_acl", &["Policy:S3/BucketAnonymousAccessGranted", "Policy:S3/BucketPublicAccessGranted"]),
    (
        "cloudtrail_critical_api_calls",
        &[
            "Stealth:IAMUser/CloudTrailLoggingDisabled",
            "DefenseImpairment:EC2/DisableOrModifyTools",
            "Policy:S3/AccountBlockPublicAccessDisabled",
            "Policy:S3/BucketBlockPublicAccessDisabled",
            "DefenseEvasion:IAMUser/GuardDutyTampering",
            "DefenseEvasion:IAMUser/SecurityServiceDisabled",
            "Impact:RDS/DeletedWithoutSnapshot",
        ],
    ),
    (
        "cloudtrail_public_resources",
        &["Policy:S3/BucketAnonymousAccessGranted", "Policy:IAM/ResourcePublicAccessGranted"],
    ),
];

const NETWORKS: &str =
    "their rule is a list of calls, some about what no type tells: that an empty part of a network is deleted";

/// Not about the same after all.
const OFF: &[Off] = &[
    ("cloudtrail_critical_api_calls: Deleting an AWS subnet (DeleteSubnet) will create an alert.", NETWORKS),
    ("cloudtrail_critical_api_calls: Deleting an AWS VPC (DeleteVpc) will create an alert.", NETWORKS),
    (
        "cloudtrail_ec2_image_creation: Creating an AMI with unencrypted Volume should trigger an alert",
        "their second rule of the file, about encryption; nothing is shared",
    ),
];

const DISAGREEMENTS: &[Disagreement] = &[(
    "cloudtrail_snapshot_or_ami_made_public: Adding permission to RDS Snapshot to only a single other account - Do not alert",
    "the type is about every account that is not one's own, not only about all",
)];

#[test]
fn cases_are_judged_alike() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn measure() -> Option<String> {
    let path = data::place("streamalert_rule_tests/cases.jsonl")?;
    let case = |doc: serde_json::Value| Case {
        rule: text(&doc, "/file")
            .and_then(|f| f.rsplit('/').next())
            .and_then(|f| f.strip_suffix(".json"))
            .expect("a file")
            .to_owned(),
        name: text(&doc, "/desc").expect("desc").to_owned(),
        expected: doc["trigger_rules"].as_array().is_some_and(|rules| !rules.is_empty()),
        event: cases::whole(doc["event"].clone()),
    };
    let cases: Vec<Case> = data::documents(&path).into_iter().map(case).collect();
    let lists = lists(Vec::new());
    let mut run = Run::new(&lists);
    let compared =
        cases::compare(&cases, MAPPINGS, DISAGREEMENTS, OFF, &mut |case| run.types(&case.event).unwrap_or_default());
    assert!(compared.mapped >= 30, "{} cases", compared.mapped);
    Some(format!("## Other people's rules: StreamAlert\n\n{} cases. {}", cases.len(), compared.markdown("its")))
}
