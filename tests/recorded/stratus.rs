//! Attack techniques, a CloudTrail file each: every one that leaves a trace for a shipped type is found by a fitting
//! one, and by nothing else, with the tool's own marks taken out of the input.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::OnceLock;

use super::data::{self, is_json};
use super::pack::{Run, lists, types};

/// What a technique's log shows.
enum Trace {
    /// These types fire, all of them and no other.
    Found(&'static [&'static str]),
    /// What the technique is about is not told, but these types fire on the way there; and why.
    Beside(&'static [&'static str], &'static str),
}
use Trace::{Beside, Found};

const TECHNIQUES: [(&str, Trace); 22] = [
    ("aws.credential-access.ec2-get-password-data", Found(&["CredentialAccess:EC2/UnsecuredCredentials"])),
    (
        "aws.credential-access.ec2-steal-instance-credentials",
        Beside(
            &["Execution:EC2/RemoteCommand"],
            "`UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS` needs an address outside of AWS; the recording has one of AWS",
        ),
    ),
    (
        "aws.credential-access.secretsmanager-batch-retrieve-secrets",
        Found(&["CredentialAccess:IAMUser/SecretsRetrievedInBulk"]),
    ),
    (
        "aws.credential-access.secretsmanager-retrieve-secrets",
        Found(&["CredentialAccess:IAMUser/SecretsRetrievedInBulk"]),
    ),
    ("aws.defense-evasion.cloudtrail-delete", Found(&["Stealth:IAMUser/CloudTrailLoggingDisabled"])),
    ("aws.defense-evasion.cloudtrail-event-selectors", Found(&["Stealth:IAMUser/CloudTrailLoggingDisabled"])),
    ("aws.defense-evasion.cloudtrail-stop", Found(&["Stealth:IAMUser/CloudTrailLoggingDisabled"])),
    (
        "aws.defense-evasion.organizations-leave",
        Found(&["DefenseImpairment:Organizations/ModifyCloudResourceHierarchy"]),
    ),
    ("aws.discovery.ec2-download-user-data", Found(&["Discovery:EC2/UserDataHarvested"])),
    ("aws.execution.ec2-user-data", Found(&["Persistence:EC2/BootOrLogonInitializationScripts"])),
    ("aws.execution.ssm-send-command", Found(&["Execution:EC2/RemoteCommand"])),
    ("aws.exfiltration.ec2-security-group-open-port-22-ingress", Found(&["Persistence:EC2/ExternalRemoteServices"])),
    ("aws.exfiltration.ec2-share-ebs-snapshot", Found(&["Exfiltration:EC2/TransferDataToCloudAccount"])),
    ("aws.exfiltration.rds-share-snapshot", Found(&["Exfiltration:RDS/TransferDataToCloudAccount"])),
    ("aws.lateral-movement.ec2-instance-connect", Found(&["LateralMovement:EC2/RemoteServices"])),
    (
        "aws.persistence.iam-backdoor-role",
        Found(&["Persistence:IAM/AccountManipulation", "Persistence:IAM/TrustOfUnknownAccount"]),
    ),
    (
        "aws.persistence.iam-create-admin-user",
        Found(&["Persistence:IAM/AccountManipulation", "PrivilegeEscalation:IAM/AccountManipulation"]),
    ),
    ("aws.persistence.iam-create-user-login-profile", Found(&["Persistence:IAM/AccountManipulation"])),
    ("aws.persistence.lambda-backdoor-function", Found(&["Persistence:Lambda/AccountManipulation"])),
    (
        "aws.persistence.lambda-overwrite-code",
        Beside(&[], "`Persistence:IAMUser/AnomalousBehavior` needs two weeks before: a deployment as every other"),
    ),
    ("aws.persistence.rolesanywhere-create-trust-anchor", Found(&["Persistence:RolesAnywhere/AccountManipulation"])),
    ("aws.privilege-escalation.iam-update-user-login-profile", Found(&["Persistence:IAM/AccountManipulation"])),
];

/// Takes the tool's own marks out of a log: user agents, names of what it makes, its organisation's.
pub fn without_marks(log: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(log.to_vec()).expect("UTF-8");
    let marks = regex::Regex::new("(?i)stratus[-_ ]?red[-_ ]?team|stratus|red[-_ ]?team|malicious").expect("a regex");
    let clean = marks.replace_all(&text, "example").into_owned();
    assert!(!marks.is_match(&clean));
    clean.into_bytes()
}

#[test]
fn techniques_are_found_without_the_tools_marks() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn measure() -> Option<String> {
    let folder = data::place("stratus_detonation_2024")?;
    let known: BTreeMap<&str, &Trace> = TECHNIQUES.iter().map(|(name, trace)| (*name, trace)).collect();
    let mut rows = String::new();
    let (mut found, mut events, mut findings) = (0, 0, 0);
    for path in data::files(&folder, is_json) {
        let name = path.file_stem().and_then(|n| n.to_str()).expect("a name");
        let lists = lists(Vec::new());
        let mut run = Run::new(&lists);
        run.read(&without_marks(&data::bytes(&path))[..], "log.json");
        let read = run.events();
        events += read;
        let told = run.finish();
        findings += told.len();
        let fired: BTreeSet<&str> = told.iter().map(|f| f.rule.finding_type.as_str()).collect();
        match known.get(name).unwrap_or_else(|| panic!("{name} is not in the table")) {
            Found(want) => {
                assert!(want.iter().all(|t| types().contains(t)), "{name}: {want:?}");
                assert_eq!(fired, want.iter().copied().collect(), "{name}");
                found += 1;
                let want: Vec<String> = want.iter().map(|t| format!("`{t}`")).collect();
                let _ = writeln!(rows, "| {name} | {read} | {} |", want.join(", "));
            }
            Beside(want, why) => {
                assert_eq!(fired, want.iter().copied().collect(), "{name}");
                let want: Vec<String> = want.iter().map(|t| format!("`{t}` on the way; ")).collect();
                let _ = writeln!(rows, "| {name} | {read} | {}not found: {why} |", want.concat());
            }
        }
    }
    let covered = TECHNIQUES.iter().filter(|(_, t)| matches!(t, Found(_))).count();
    assert_eq!(found, covered);
    Some(format!(
        "## Techniques one by one: CloudTrail of 2024\n\n{} techniques, {events} events, {findings} findings. Found: \
         **{found} of {covered}** that these logs alone can show. False positives: 0: no type fires that does not fit.\n\n\
         | technique | events | found by |\n| --- | --: | --- |\n{rows}",
        TECHNIQUES.len()
    ))
}
