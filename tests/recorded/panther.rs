//! Panther's rule tests: the shipped types that are about the same judge their cases alike, or it is said why not.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use outguard::intel::{ListRole, ListType};
use outguard::value::Value;

use super::cases::{self, Case, Disagreement, Mapping};
use super::data::text;
use super::pack::{Run, bound, lists};

const FILES: [&str; 3] = [
    "panther_rule_tests/aws_cloudtrail_rules.jsonl",
    "panther_rule_tests/aws_eks_rules.jsonl",
    "panther_rule_tests/kubernetes_rules.jsonl",
];

const TRAIL: &[&str] = &["Stealth:IAMUser/CloudTrailLoggingDisabled"];
const IAM: &[&str] = &["Persistence:IAM/AccountManipulation"];
const ADMIN: &[&str] = &["PrivilegeEscalation:IAM/AccountManipulation"];
const RDS_PUBLIC: &[&str] = &["InitialAccess:RDS/ExploitPublicFacingApplication"];
const ANYBODY: &[&str] = &[
    "CredentialAccess:Kubernetes/SuccessfulAnonymousAccess",
    "DefenseEvasion:Kubernetes/SuccessfulAnonymousAccess",
    "Discovery:Kubernetes/SuccessfulAnonymousAccess",
    "Impact:Kubernetes/SuccessfulAnonymousAccess",
    "Persistence:Kubernetes/SuccessfulAnonymousAccess",
];
const TOR: &[&str] = &[
    "CredentialAccess:Kubernetes/TorIPCaller",
    "DefenseEvasion:Kubernetes/TorIPCaller",
    "Discovery:Kubernetes/TorIPCaller",
    "Impact:Kubernetes/TorIPCaller",
    "Persistence:Kubernetes/TorIPCaller",
];

const MAPPINGS: &[Mapping] = &[
    ("AWS.Bedrock.DeleteModelInvocationLoggingConfiguration", &["DefenseEvasion:IAMUser/BedrockLoggingDisabled"]),
    ("AWS.CloudTrail.AttemptToLeaveOrg", &["DefenseImpairment:Organizations/ModifyCloudResourceHierarchy"]),
    ("AWS.CloudTrail.LoginProfileCreatedOrModified", IAM),
    ("AWS.User.Login.Profile.Modified", IAM),
    ("AWS.IAM.Backdoor.User.Keys", IAM),
    ("AWS.IAM.CredentialsUpdated", IAM),
    ("AWS.CloudTrail.RootAccessKeyCreated", &["Policy:IAMUser/RootCredentialUsage"]),
    ("AWS.IAM.AttachAdminRolePolicy", ADMIN),
    ("AWS.IAM.AttachAdminUserPolicy", ADMIN),
    ("AWS.CloudTrail.Stopped", TRAIL),
    ("AWS.CloudTrail.SecurityConfigurationChange", TRAIL),
    ("AWS.CloudTrail.VPCE.SensitiveAPICalls", TRAIL),
    ("AWS.Console.LoginWithoutMFA", &["InitialAccess:IAM/ValidAccounts"]),
    ("AWS.EC2.ManyPasswordReadAttempts", &["CredentialAccess:EC2/UnsecuredCredentials"]),
    ("AWS.EC2.SecurityGroupModified", &["Persistence:EC2/ExternalRemoteServices"]),
    ("AWS.VPCFlow.LogsDeleted", &["DefenseImpairment:EC2/DisableOrModifyTools"]),
    ("AWS.RDS.InstanceMadePublic", RDS_PUBLIC),
    ("AWS.RDS.PublicRestore", RDS_PUBLIC),
    ("AWS.RDS.SnapshotShared", &["Exfiltration:RDS/TransferDataToCloudAccount"]),
    (
        "AWS.CloudTrail.SnapshotMadePublic",
        &["Exfiltration:EC2/TransferDataToCloudAccount", "Exfiltration:RDS/TransferDataToCloudAccount"],
    ),
    ("AWS.CloudTrail.ResourceMadePublic", &["Policy:S3/BucketAnonymousAccessGranted"]),
    ("AWS.S3.DisableBucketLogging", &["Stealth:S3/ServerAccessLoggingDisabled"]),
    ("Amazon.EKS.AnonymousAPIAccess", ANYBODY),
    ("Kubernetes.API.AnonymousAccess", ANYBODY),
    ("Kubernetes.API.IOC.Activity", TOR),
    ("Kubernetes.ClusterRoleBinding.Privileged", &["Policy:Kubernetes/AdminAccessToDefaultServiceAccount"]),
    ("Kubernetes.Pod.Exec", &["Execution:Kubernetes/ExecInKubeSystemPod"]),
];

const DISAGREEMENTS: &[Disagreement] = &[];

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
    let cases: Vec<Case> =
        FILES.iter().map(|f| cases::of(f)).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    let compared = cases::compare(&cases, MAPPINGS, DISAGREEMENTS, &mut fired);
    assert!(compared.mapped >= 100, "{} cases", compared.mapped);
    let rules: BTreeSet<&str> = cases.iter().map(|c| c.rule.as_str()).collect();
    Some(format!(
        "## Other people's rules: Panther\n\n{} cases of {} rules over CloudTrail and Kubernetes audit logs; {} rules are \
         about the same as a shipped type. The others ask for state, or are about what no shipped type is about (every \
         change of a route table, a database's restart). {}",
        cases.len(),
        rules.len(),
        MAPPINGS.len(),
        compared.markdown("those")
    ))
}

/// What fires on a case. Addresses that it says are exits of Tor are on the list of them.
fn fired(case: &Case) -> BTreeSet<String> {
    let exits = case.event.pointer("/p_enrichment/tor_exit_nodes").and_then(serde_json::Value::as_array);
    let exits = exits.into_iter().flatten().filter_map(|ip| ip.as_str()?.parse().ok()).map(Value::Ip);
    let exits: Vec<Value> = exits.collect();
    let tor = (!exits.is_empty()).then(|| bound("tor_exits", ListType::Ip, ListRole::Threat, &exits));
    let lists = lists(tor.into_iter().collect());
    // Their enrichment stands beside the envelope of other clouds; the record is inside of it.
    let inner = text(&case.event, "/properties/log").and_then(|log| serde_json::from_str(log).ok());
    Run::new(&lists).types(inner.as_ref().unwrap_or(&case.event)).unwrap_or_default()
}
