//! The shipped pack against the catalogue, and every finding of it against what a finding must say.

use std::sync::OnceLock;

use outguard::catalogue::attack;
use outguard::catalogue::guardduty::catalogue;
use outguard::check::model::Finding;
use outguard::coverage::{Coverage, Tested, labelled};
use outguard::program::{self, Program};
use outguard::suite::{Replay, Suite};

/// Of 236 active types so many fire in a test at least.
const LEAST: usize = 215;
/// So many types are the pack's own at least.
const LEAST_OWN: usize = 15;

/// The pack and what it covers; its tests are run once.
fn pack() -> &'static (Program, Coverage) {
    static PACK: OnceLock<(Program, Coverage)> = OnceLock::new();
    PACK.get_or_init(|| {
        let vocabulary = program::vocabulary();
        let (pack, rules) = program::embedded();
        let program = Program::load(rules, vec![pack], vocabulary);
        assert!(program.is_ok(), "the shipped pack loads");
        let plan = program.plan(vocabulary);
        let replay: &Replay<'_> = &|_, _, _, _, _| Err("a rule inside the binary cannot replay a file".to_owned());
        let of = |file| program.plan_pack(file);
        let outcomes = Suite { model: &program.model, vocabulary, pack: &of, replay }.run(&|_, _| true);
        let coverage = Coverage::of(&program.model, &plan, vocabulary, &outcomes, &|_| true);
        (program, coverage)
    })
}

#[test]
fn the_pack_covers_the_catalogue() {
    let counts = pack().1.counts();
    println!("{counts:?}");
    assert_eq!(counts.active, 236);
    assert!(counts.fire >= LEAST, "{counts:?}");
    assert_eq!(counts.fire, counts.defined, "a type that is defined fires in a test");
    assert!(counts.ours >= LEAST_OWN && counts.ours_fire == counts.ours, "{counts:?}");
    assert_eq!(counts.defined + counts.underivable + counts.missing, counts.active);
}

#[test]
fn catalogue_and_pack_agree_both_ways() {
    let coverage = &pack().1;
    assert!(coverage.retired.is_empty(), "retired types are not shipped: {:?}", coverage.retired);
    let mut wrong = Vec::new();
    for row in &coverage.rows {
        match (row.entry, &row.rule) {
            (Some(entry), None) if entry.why_not.is_none() => wrong.push(format!("{}: no rule and no reason", row.ty)),
            (Some(entry), Some(_)) if entry.why_not.is_some() => {
                wrong.push(format!("{}: a rule, and a reason why there is none", row.ty));
            }
            (Some(_), Some(rule)) if rule.ours.is_some() => {
                wrong.push(format!("{}: says `Ours:`, but the catalogue has it", row.ty));
            }
            (None, Some(rule)) if rule.ours.as_ref().is_none_or(|why| why.len() < 20) => {
                wrong.push(format!("{}: neither in the catalogue nor said why it is ours (`Ours: …`)", row.ty));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is wrong with a finding.
fn lacks(finding: &Finding, entry_severity: Option<outguard::finding::Level>) -> Vec<String> {
    let row = pack().1.rows.iter().find(|r| *r.ty == *finding.ty.as_str()).and_then(|r| r.rule.as_ref());
    let Some(rule) = row else { return vec!["is in no row".to_owned()] };
    let mut wrong = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{}: {what}", finding.ty.as_str()));
        }
    };
    let what = finding.docs.split("Benign").next().unwrap_or_default();
    demand(what.len() >= 60, "the doc comment says what it means and why it matters");
    demand(labelled_or_inside(&finding.docs), "the doc comment names benign causes (`Benign: …`)");
    demand(!finding.attack.is_empty(), "it names a technique");
    let known = finding.attack.iter().all(|t| attack::technique(&t.id).is_some());
    demand(known, "its techniques are ATT&CK's");
    demand(finding.title.span.is_some(), "it has a title");
    demand(finding.remediation.as_ref().is_some_and(|r| r.len() >= 30), "it says what to do");
    demand(rule.tested == Tested::Fires, "a test makes it fire");
    demand(rule.quiet, "a test expects it not to fire");
    demand(!rule.needs.is_empty(), "some sources make it fire");
    let levels: Vec<&str> = rule.levels.iter().map(|l| l.word()).collect();
    let as_said = entry_severity.is_none_or(|level| rule.levels.is_empty() || rule.levels.contains(&level));
    demand(as_said, &format!("its severity {levels:?} has the catalogue's {entry_severity:?}"));
    wrong
}

/// `Benign: …`, at the beginning of a line or inside of one.
fn labelled_or_inside(docs: &str) -> bool {
    labelled(docs, "Benign").is_some() || docs.contains(" Benign: ") || docs.contains(". Benign")
}

#[test]
fn every_finding_says_what_a_finding_must() {
    let (program, _) = pack();
    let published = || program.model.findings.iter().filter(|f| f.publish);
    let severity = |f: &Finding| catalogue().find(f.ty.as_str()).and_then(|e| e.severity);
    let wrong: Vec<String> = published().flat_map(|f| lacks(f, severity(f))).collect();
    assert!(published().count() > 250);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What users of GuardDuty miss most, by what it is about.
#[test]
fn what_is_missed_most_is_there() {
    let rows = &pack().1.rows;
    for (about, ty) in [
        ("beaconing", "Backdoor:EC2/Beaconing"),
        ("DNS over unusual resolvers", "Exfiltration:EC2/DirectDNSTunnel"),
        ("slow brute force", "UnauthorizedAccess:EC2/SlowBruteForce"),
        ("GuardDuty turned off", "DefenseEvasion:IAMUser/GuardDutyTampering"),
        ("lists changed", "DefenseEvasion:IAMUser/GuardDutyListTampering"),
        ("leaked access keys in use", "Discovery:IAMUser/AccountWorthProbed"),
        ("leaked access keys in use", "CredentialAccess:IAMUser/LeakedKeyQuarantined"),
        ("role chaining", "LateralMovement:IAMUser/RoleChaining"),
        ("mass snapshot sharing", "Exfiltration:EC2/MassSnapshotSharing"),
        ("unusual use of Bedrock", "Discovery:IAMUser/ModelsProbed"),
        ("deletion of KMS keys", "Impact:IAMUser/KMSKeyDeletion"),
        ("changes of single sign-on", "Persistence:IAMUser/IdentityCenterChanged"),
        ("trust of unknown accounts", "Persistence:IAM/TrustOfUnknownAccount"),
        ("resources opened to everybody", "Policy:IAM/ResourcePublicAccessGranted"),
        ("commands in pods", "Execution:Kubernetes/ExecInPod"),
        ("administrators of a cluster", "PrivilegeEscalation:Kubernetes/ClusterAdminBound"),
        ("databases deleted for good", "Impact:RDS/DeletedWithoutSnapshot"),
    ] {
        let row = rows.iter().find(|r| *r.ty == *ty).unwrap_or_else(|| panic!("{about}: {ty}"));
        assert!(row.entry.is_none() && row.rule.is_some(), "{about}: {ty}");
    }
}
