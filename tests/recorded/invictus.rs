//! An hour of attack techniques amid the noise of an account: recall by run of a technique, and what else fires.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::Value;

use super::data::{self, text};
use super::own::by_itself;
use super::pack::{Run, lists, types};
use super::stratus::without_marks;

/// The call that a technique is about: its operation, what its request must hold to be the attack and not its being
/// undone, whether a refused one counts, and the types that find it.
struct Attack {
    technique: &'static str,
    operation: &'static str,
    holds: &'static [(&'static str, Option<&'static str>)],
    refused: bool,
    types: &'static [&'static str],
}

const fn attack(
    technique: &'static str,
    operation: &'static str,
    holds: &'static [(&'static str, Option<&'static str>)],
    types: &'static [&'static str],
) -> Attack {
    Attack { technique, operation, holds, refused: false, types }
}

const IAM: &[&str] = &["Persistence:IAM/AccountManipulation"];
const TRAIL: &[&str] = &["Stealth:IAMUser/CloudTrailLoggingDisabled"];
const EC2_SHARE: &[&str] = &["Exfiltration:EC2/TransferDataToCloudAccount"];

/// Techniques that a stateless type covers.
const ATTACKS: [Attack; 19] = [
    Attack {
        refused: true,
        ..attack(
            "aws.credential-access.ec2-get-password-data",
            "GetPasswordData",
            &[],
            &["CredentialAccess:EC2/UnsecuredCredentials"],
        )
    },
    attack("aws.defense-evasion.cloudtrail-delete", "DeleteTrail", &[], TRAIL),
    attack("aws.defense-evasion.cloudtrail-stop", "StopLogging", &[], TRAIL),
    attack(
        "aws.defense-evasion.cloudtrail-event-selectors",
        "PutEventSelectors",
        &[("/requestParameters/eventSelectors/0/includeManagementEvents", Some("false"))],
        TRAIL,
    ),
    attack("aws.defense-evasion.cloudtrail-lifecycle-rule", "PutBucketLifecycle", &[], &["Impact:S3/DataDestruction"]),
    Attack {
        refused: true,
        ..attack(
            "aws.defense-evasion.organizations-leave",
            "LeaveOrganization",
            &[],
            &["DefenseImpairment:Organizations/ModifyCloudResourceHierarchy"],
        )
    },
    attack(
        "aws.defense-evasion.vpc-remove-flow-logs",
        "DeleteFlowLogs",
        &[],
        &["DefenseImpairment:EC2/DisableOrModifyTools"],
    ),
    attack(
        "aws.execution.ec2-user-data",
        "ModifyInstanceAttribute",
        &[],
        &["Persistence:EC2/BootOrLogonInitializationScripts"],
    ),
    attack(
        "aws.exfiltration.ec2-security-group-open-port-22-ingress",
        "AuthorizeSecurityGroupIngress",
        &[],
        &["Persistence:EC2/ExternalRemoteServices"],
    ),
    attack(
        "aws.exfiltration.ec2-share-ami",
        "ModifyImageAttribute",
        &[("/requestParameters/launchPermission/add", None)],
        EC2_SHARE,
    ),
    attack(
        "aws.exfiltration.ec2-share-ebs-snapshot",
        "ModifySnapshotAttribute",
        &[("/requestParameters/createVolumePermission/add", None)],
        EC2_SHARE,
    ),
    attack(
        "aws.exfiltration.rds-share-snapshot",
        "ModifyDBSnapshotAttribute",
        &[("/requestParameters/valuesToAdd", None)],
        &["Exfiltration:RDS/TransferDataToCloudAccount"],
    ),
    attack(
        "aws.exfiltration.s3-backdoor-bucket-policy",
        "PutBucketPolicy",
        &[],
        &["Exfiltration:S3/TransferDataToCloudAccount"],
    ),
    attack(
        "aws.initial-access.console-login-without-mfa",
        "ConsoleLogin",
        &[("/additionalEventData/MFAUsed", Some("No"))],
        &["InitialAccess:IAM/ValidAccounts"],
    ),
    attack("aws.persistence.iam-backdoor-role", "UpdateAssumeRolePolicy", &[], IAM),
    attack("aws.persistence.iam-backdoor-user|iam-create-admin-user", "CreateAccessKey", &[], IAM),
    attack("aws.persistence.iam-create-user-login-profile", "CreateLoginProfile", &[], IAM),
    attack(
        "aws.persistence.lambda-backdoor-function",
        "AddPermission20150331v2",
        &[],
        &["Persistence:Lambda/AccountManipulation"],
    ),
    attack(
        "aws.persistence.rolesanywhere-create-trust-anchor",
        "CreateTrustAnchor",
        &[],
        &["Persistence:RolesAnywhere/AccountManipulation"],
    ),
];

/// What fires beside the attacks' own calls, by operation and type, and why that is right.
const BESIDE: &[(&str, &str, &str)] = &[
    (
        "DeleteLogGroup",
        "DefenseEvasion:IAMUser/LogDeliveryDisabled",
        "the group that a technique had flow logs written to is deleted after it: the logs are gone all the same",
    ),
    (
        "SendCommand",
        "Execution:EC2/RemoteCommand",
        "a command on an instance reads its credentials: how a technique prepares its theft",
    ),
    (
        "UpdateAssumeRolePolicy",
        "Persistence:IAM/TrustOfUnknownAccount",
        "the back door of the technique leads to a foreign account",
    ),
    (
        "AttachRolePolicy",
        "PrivilegeEscalation:IAM/AccountManipulation",
        "a role is given AdministratorAccess: how a technique prepares what it attacks",
    ),
    (
        "AttachUserPolicy",
        "PrivilegeEscalation:IAM/AccountManipulation",
        "a user is given AdministratorAccess: part of the technique",
    ),
    (
        "CreateLoginProfile",
        "Persistence:IAM/AccountManipulation",
        "a user gets a console password: how a technique prepares what it attacks",
    ),
    (
        "DeleteTrail",
        "Stealth:IAMUser/CloudTrailLoggingDisabled",
        "trails that the techniques made are deleted after them: they are gone all the same",
    ),
];

impl Attack {
    fn is(&self, record: &Value) -> bool {
        let held = |(pointer, want): &(&str, Option<&str>)| match (record.pointer(pointer), want) {
            (Some(Value::String(s)), Some(want)) => s == want,
            (Some(Value::Bool(b)), Some(want)) => want.parse() == Ok(*b),
            (there, None) => there.is_some(),
            (_, Some(_)) => false,
        };
        text(record, "/eventName") == Some(self.operation)
            && (self.refused || record.get("errorCode").is_none_or(Value::is_null))
            && self.holds.iter().all(held)
    }
}

#[test]
fn runs_of_techniques_are_found() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

/// Labelled runs: the id in the user agent of their calls, and the technique. A label with a remark behind it is cut.
fn labels(folder: &std::path::Path) -> BTreeMap<String, String> {
    let labels = data::documents(&folder.join("labels_inferred.json")).remove(0);
    let row = |l: &Value| {
        let technique = text(l, "/technique_inferred")?.split([' ', '?']).next()?;
        Some((text(l, "/stratus_uuid")?.to_owned(), technique.to_owned()))
    };
    labels.as_array().expect("a list").iter().filter_map(row).collect()
}

#[derive(Default)]
struct Tally {
    runs: usize,
    traces: usize,
    found: usize,
}

fn measure() -> Option<String> {
    let folder = data::place("invictus_stratus_2023")?;
    let labels = labels(&folder);
    let paths = data::files(&folder, |n| n.contains("CloudTrail") && n.ends_with(".json"));
    let records = data::records(&paths);
    let lists = lists(Vec::new());
    let mut run = Run::new(&lists);
    let known: BTreeMap<&str, &Attack> = ATTACKS.iter().map(|a| (a.technique, a)).collect();
    assert!(ATTACKS.iter().all(|a| a.types.iter().all(|t| types().contains(t))));

    let mut traced: BTreeMap<&str, bool> = BTreeMap::new();
    let mut beside: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut firing = 0;
    for record in &records {
        let id = labels.keys().find(|id| {
            text(record, "/userAgent").is_some_and(|a| a.contains(id.as_str())) || is_console_run(record, &labels[*id])
        });
        let attack = id.and_then(|id| known.get(labels[id].as_str())).filter(|a| a.is(record));
        let clean = serde_json::from_slice(&without_marks(record.to_string().as_bytes())).expect("JSON");
        let fired = run.types(&clean).unwrap_or_else(|| panic!("unreadable: {record}"));
        firing += usize::from(!fired.is_empty());
        if let (Some(id), Some(attack)) = (id, attack) {
            // The group that is opened in a run is opened at another port first.
            *traced.entry(id).or_default() |= attack.types.iter().any(|t| fired.contains(*t));
        }
        assert!(fired.is_empty() || !by_itself(record), "a service's own event: {record}");
        let expected = attack.map_or(&[][..], |a| a.types);
        for other in fired.into_iter().filter(|t| !expected.contains(&t.as_str())) {
            *beside.entry((text(record, "/eventName").unwrap_or_default().to_owned(), other)).or_default() += 1;
        }
    }
    let explained: BTreeSet<(&str, &str)> = BESIDE.iter().map(|(op, t, _)| (*op, *t)).collect();
    let unexplained: Vec<_> =
        beside.iter().filter(|((op, t), _)| !explained.contains(&(op.as_str(), t.as_str()))).collect();
    assert!(unexplained.is_empty(), "fires and nobody says why: {unexplained:#?}");

    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for (id, technique) in &labels {
        let Some(attack) = known.get(technique.as_str()) else { continue };
        let tally = tallies.entry(attack.technique).or_default();
        tally.runs += 1;
        tally.traces += usize::from(traced.contains_key(id.as_str()));
        tally.found += usize::from(traced.get(id.as_str()) == Some(&true));
    }
    let sum = |f: fn(&Tally) -> usize| tallies.values().map(f).sum::<usize>();
    let (runs, traces, found) = (sum(|t| t.runs), sum(|t| t.traces), sum(|t| t.found));
    assert_eq!(found, traces, "a run with a trace is not found: {traced:#?}");
    assert!(traces >= 16, "{traces} runs with a trace");
    let mut rows = String::new();
    for (technique, t) in &tallies {
        let technique = technique.replace('|', " or ");
        let _ = writeln!(rows, "| {technique} | {} | {} | {} |", t.runs, t.traces, t.found);
    }
    let uncovered: BTreeSet<&str> =
        labels.values().map(String::as_str).filter(|t| t.starts_with("aws.") && !known.contains_key(t)).collect();
    let uncovered: Vec<&str> = uncovered.into_iter().collect();
    let mut other = String::new();
    for (op, t, why) in BESIDE {
        let n = beside.get(&((*op).to_owned(), (*t).to_owned())).copied().unwrap_or_default();
        assert!(n > 0, "no {op} fires {t} any more: {why}");
        let _ = writeln!(other, "| {op} | `{t}` | {n} | {why} |");
    }
    let findings = run.finish().len();
    Some(format!(
        "## An hour of attacks amid noise: CloudTrail of 2023\n\n{} events, {firing} of which fire, {findings} findings. \
         Runs of techniques that a stateless type covers: {runs}; {traces} of them leave a trace (in the others the \
         attack's call failed, was never made, or is the undoing of an earlier run; the undoing of a \
         trust policy changes it too and counts). Found: **{found} of {traces}**. \
         False positives: 0: every event that fires belongs to an attack, its preparation or its undoing.\n\n\
         | technique | runs | with a trace | found |\n| --- | --: | --: | --: |\n{rows}\n\
         Fires beside the attacks' own calls:\n\n| call | type | events | why |\n| --- | --- | --: | --- |\n{other}\n\
         Not covered without state: {}.\n",
        records.len(),
        uncovered.join(", ")
    ))
}

/// The sign-in of the technique goes through the console: its user agent is a browser's, its user is the run's.
fn is_console_run(record: &Value, technique: &str) -> bool {
    technique == "aws.initial-access.console-login-without-mfa"
        && text(record, "/eventName") == Some("ConsoleLogin")
        && text(record, "/userIdentity/userName").is_some_and(|n| n.starts_with("stratus-red-team"))
}
