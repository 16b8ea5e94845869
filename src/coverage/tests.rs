//! What coverage says of small rule sets.

use super::*;
use crate::program::{self, Program, RuleFile};
use crate::suite::Suite;

/// The coverage of some rules, with all sources or those named.
fn of(text: &str, only: Option<&[&str]>) -> Coverage {
    let vocabulary = program::vocabulary();
    let file = RuleFile { name: "rules/a.og".into(), text: text.into(), pack: None };
    let program = Program::load(vec![file], Vec::new(), vocabulary);
    assert!(program.is_ok(), "{:?}", program.diagnostics);
    let plan = program.plan(vocabulary);
    let replay: &crate::suite::Replay<'_> = &|_, _, _, _, _| Err("no files".to_owned());
    let suite = Suite { model: &program.model, vocabulary, pack: &|f| program.plan_pack(f), replay };
    let outcomes = suite.run(&|_, _| true);
    let there = |s: SourceId| only.is_none_or(|names| names.contains(&&*vocabulary.source(s).name));
    Coverage::of(&program.model, &plan, vocabulary, &outcomes, &there)
}

fn row<'c>(coverage: &'c Coverage, ty: &str) -> &'c Defined {
    let row = coverage.rows.iter().find(|r| &*r.ty == ty).expect("it is there");
    row.rule.as_ref().expect("it is defined")
}

fn needs(rule: &Defined) -> Vec<Vec<&'static str>> {
    let vocabulary = program::vocabulary();
    rule.needs.iter().map(|set| set.iter().map(|s| &*vocabulary.source(*s).name).collect()).collect()
}

const RULES: &str = r#"
/// Ours: nobody
/// else tells it.
/// Benign: a test.
finding Execution:EC2/RootThenFlow {
  severity high if c.status == success, else low
  attack T1110.001
  on c = cloudtrail where actor.user.type == root, n = vpc_flow, q = dns
  per cloud.region
  when c then no q then n
  within 1h
}
finding UnauthorizedAccess:EC2/SSHBruteForce {
  severity low
  attack T1110.001
  on network where local.port == 22
  test "fires" {
    network { local.port: 22, local.instance_uid: "i-1" }
    expect finding
  }
}
finding UnauthorizedAccess:EC2/RDPBruteForce {
  severity low
  on network where local.port == 3389
  test "does not" {
    network { local.port: 22 }
    expect finding
  }
}
finding AttackSequence:EC2/CompromisedInstanceGroup {
  severity critical
  on finding where type.purpose == "UnauthorizedAccess" and type.resource in ["EC2"]
}
finding AttackSequence:IAM/CompromisedCredentials {
  severity critical
  on a = finding where type == "Execution:EC2/RootThenFlow", b = finding where type.purpose == "UnauthorizedAccess"
  per cloud.region
  when count(a) >= 1 or count(b) < 1
  within 1h
}
"#;

#[test]
fn a_type_needs_what_its_inputs_need() {
    let coverage = of(RULES, None);
    let both = row(&coverage, "Execution:EC2/RootThenFlow");
    assert_eq!(
        needs(both),
        [
            ["cloudtrail", "ocsf_vpc_flow"],
            ["cloudtrail", "vpc_flow"],
            ["ocsf_cloudtrail", "ocsf_vpc_flow"],
            ["ocsf_cloudtrail", "vpc_flow"]
        ]
    );
    assert_eq!(both.ours.as_deref(), Some("nobody else tells it."));
    assert_eq!(both.levels, [Level::Low, Level::High]);
    assert_eq!((both.tested, both.quiet), (Tested::Untested, false));
    assert_eq!(both.tactics.iter().map(|t| t.name).collect::<Vec<_>>(), ["Credential Access"]);
    let flows = needs(row(&coverage, "UnauthorizedAccess:EC2/SSHBruteForce"));
    assert!(flows.contains(&vec!["vpc_flow"]), "{flows:?}");
    // Findings of GuardDuty itself are a source, too.
    let of_findings = [&flows[..], &[vec!["guardduty"]]].concat();
    let sorted = |mut sets: Vec<Vec<&'static str>>| {
        sets.sort();
        sets
    };
    let sequence = |ty| sorted(needs(row(&coverage, ty)));
    assert_eq!(sequence("AttackSequence:EC2/CompromisedInstanceGroup"), sorted(of_findings.clone()));
    // What counts fewer can be fed by nothing, but not every input can be empty.
    assert_eq!(sequence("AttackSequence:IAM/CompromisedCredentials"), sorted(of_findings));
}

#[test]
fn only_what_fires_in_a_test_counts() {
    let coverage = of(RULES, Some(&["cloudtrail"]));
    assert_eq!(row(&coverage, "UnauthorizedAccess:EC2/SSHBruteForce").tested, Tested::Fires);
    assert_eq!(row(&coverage, "UnauthorizedAccess:EC2/RDPBruteForce").tested, Tested::Fails);
    let counts = coverage.counts();
    assert_eq!((counts.active, counts.defined, counts.fire), (236, 4, 1));
    assert_eq!((counts.ours, counts.ours_fire, coverage.tests), (1, 0, (1, 1)));
    assert_eq!(counts.defined + counts.underivable + counts.missing, counts.active);
    // With CloudTrail alone a flow fires nothing.
    assert!(coverage.rows.iter().all(|r| r.rule.as_ref().is_none_or(|d| !d.can_fire)));
    assert!(coverage.techniques().is_empty());
    let all = of(RULES, None);
    assert_eq!(all.techniques()["T1110.001"].1, ["UnauthorizedAccess:EC2/SSHBruteForce"]);
}

#[test]
fn a_label_ends_at_the_next() {
    assert_eq!(labelled("What.\nOurs: a\nb: c d\nBenign: e", "Ours").as_deref(), Some("a b: c d"));
    assert_eq!(labelled("Benign: e\nOurs: f", "Ours").as_deref(), Some("f"));
    assert_eq!(labelled("Yours: f", "Ours"), None);
}
