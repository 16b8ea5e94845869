//! Panther's rule tests: the shipped types that are about the same judge their cases alike, or it is said why not.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use outguard::intel::{ListRole, ListType};
use outguard::value::Value;

use super::cases::{self, Case, Disagreement, Mapping, Off};
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
const WATCHERS: &[&str] = &["DefenseEvasion:IAMUser/SecurityServiceDisabled"];
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
    ("AWS.CloudTrail.RootAccessKeyCreated", &["Persistence:IAMUser/RootAccessKeyCreated"]),
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
    (
        "AWS.CloudTrail.ResourceMadePublic",
        &["Policy:S3/BucketAnonymousAccessGranted", "Policy:IAM/ResourcePublicAccessGranted"],
    ),
    ("AWS.ConfigService.DisabledDeleted", WATCHERS),
    ("AWS.RDS.ActivityStreamStopped", WATCHERS),
    ("AWS.IAM.AccessKeyCompromised", &["CredentialAccess:IAMUser/LeakedKeyQuarantined"]),
    ("AWS.KMS.CustomerManagedKeyLoss", &["Impact:IAMUser/KMSKeyDeletion"]),
    ("AWS.Suspicious.SAML.Activity", &["Persistence:IAMUser/IdentityProviderChanged"]),
    ("AWS.S3.DisableBucketLogging", &["Stealth:S3/ServerAccessLoggingDisabled"]),
    ("Amazon.EKS.AnonymousAPIAccess", ANYBODY),
    ("Kubernetes.API.AnonymousAccess", ANYBODY),
    ("Kubernetes.API.IOC.Activity", TOR),
    (
        "Kubernetes.ClusterRoleBinding.Privileged",
        &["Policy:Kubernetes/AdminAccessToDefaultServiceAccount", "PrivilegeEscalation:Kubernetes/ClusterAdminBound"],
    ),
    ("Kubernetes.Pod.Exec", &["Execution:Kubernetes/ExecInKubeSystemPod", "Execution:Kubernetes/ExecInPod"]),
];

const ONES_OWN: &str =
    "the type is about every such call: a stolen session makes lasting credentials for its own user too";
const OTHER_CLOUD: &str = "a log of another cloud, which is no source here";
const EVERY_TRY: &str = "their rule tells every request without credentials, refused ones and health checks too; the types are \
                         about access to an object that succeeded. `Kubernetes.API.AnonymousAccess` is about that and mapped";

/// Not about the same after all.
const OFF: &[Off] = &[
    ("Amazon.EKS.AnonymousAPIAccess", EVERY_TRY),
    ("Kubernetes.API.AnonymousAccess: GCP GKE Anonymous API Access", OTHER_CLOUD),
    ("Kubernetes.API.AnonymousAccess: Google Load Balancer Health Check (excluded)", OTHER_CLOUD),
    ("Kubernetes.API.IOC.Activity: GCP GKE Activity from Tor Exit Node", OTHER_CLOUD),
    ("Kubernetes.API.IOC.Activity: Non-K8s GCP Activity (Excluded)", OTHER_CLOUD),
    ("Kubernetes.API.IOC.Activity: Non-K8s Azure Activity (Excluded)", OTHER_CLOUD),
    ("Kubernetes.ClusterRoleBinding.Privileged: GKE ClusterRoleBinding to admin role", OTHER_CLOUD),
    ("Kubernetes.Pod.Exec: GCP GKE Exec Into Pod", OTHER_CLOUD),
    (
        "AWS.EC2.SecurityGroupModified",
        "their rule tells every change of a security group; the type is about one that lets the internet in",
    ),
    (
        "AWS.IAM.CredentialsUpdated",
        "their rule tells that users change their own passwords; no type is about that, for it needs the old one and gives \
         nobody a way in",
    ),
    (
        "AWS.Console.LoginWithoutMFA: No MFA Login - New User",
        "the verdict hangs on what their rule remembers, which is not in the event",
    ),
];

const DISAGREEMENTS: &[Disagreement] = &[
    ("AWS.CloudTrail.LoginProfileCreatedOrModified: ChangeOwnPassword", ONES_OWN),
    ("AWS.User.Login.Profile.Modified: ChangeOwnPassword", ONES_OWN),
    ("AWS.IAM.Backdoor.User.Keys: user1 create keys for user1", ONES_OWN),
    (
        "AWS.User.Login.Profile.Modified: User changed password for other reset required",
        "whoever sets the password knows it until it is changed",
    ),
    (
        "AWS.RDS.PublicRestore: Not-Restore-RDS-Request",
        "a new instance that is public; their rule is about restored ones, the type about all",
    ),
];

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
    let compared = cases::compare(&cases, MAPPINGS, DISAGREEMENTS, OFF, &mut fired);
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
