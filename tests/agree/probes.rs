//! The probes: eight places where a known engine errs about time, as golden cases.

use outguard::plan::{Pack, Plan};
use outguard::schema::{Event, Kind};
use outguard::suite::{Suite, Verdict};
use outguard::text::FileId;

use crate::case::{case, case_until, rule, told};
use crate::world;

const LOGINS: &str = "on fail = authentication where status == failure, ok = authentication where status == success\n\
                      per actor.principal\n";

/// Absence waits for its window: nothing is said before the deadline has passed.
#[test]
fn absence_waits_for_its_window() {
    let rule = rule(&format!("{LOGINS}when fail then within 60s no ok\nwithin 5m"));
    let failed = "10 1 authentication who=jane status=failure";
    case_until(&rule, failed, "69.999", "");
    case_until(&rule, failed, "70", "10 1 at 70: 1");
    case_until(&rule, &format!("{failed}\n 69 2 authentication who=jane status=success"), "100", "");
    // Somebody else's success is none of it.
    case_until(&rule, &format!("{failed}\n 69 2 authentication who=joe status=success"), "100", "10 1 at 70: 1");
}

/// Late events inside the bound of their source (30 minutes for CloudTrail) count; outside of it they do not, are judged
/// by stateless rules only, and are told of.
#[test]
fn late_inside_the_bound_counts_and_outside_does_not() {
    let rules = |expect: &str| {
        format!(
            r#"
finding Recon:EC2/Two {{
  severity low
  on cloudtrail where api.operation == "A"
  when count() >= 2
  within 1h
  test "inside" {{
    at 10:00
    late by 29m {{ cloudtrail {{ api.operation: "A" }} }}
    cloudtrail {{ api.operation: "A" }}
    after 20m
    cloudtrail {{ api.operation: "other" }}
    after 10m
    expect finding {{ count: 2, first_seen: 2026-01-01T10:00:00Z }}
  }}
  test "outside" {{
    at 10:00
    late by 59m {{ cloudtrail {{ api.operation: "A" }} }}
    cloudtrail {{ api.operation: "A" }}
    after 45m
    cloudtrail {{ api.operation: "other" }}
    after 20m
    expect {expect}
  }}
}}
finding Recon:EC2/One {{
  severity low
  on cloudtrail where api.operation == "A"
  test "alone" {{
    at 10:00
    late by 59m {{ cloudtrail {{ api.operation: "A" }} }}
    after 45m
    cloudtrail {{ api.operation: "other" }}
    after 20m
    expect finding {{ count: 1 }}
  }}
}}
"#
        )
    };
    for (name, verdict) in play(&rules("none")) {
        assert_eq!(verdict, Verdict::Passed, "{name}");
    }
    let outcomes = play(&rules("finding"));
    let Some((_, Verdict::Failed(failure))) = outcomes.iter().find(|(name, _)| name == "outside") else {
        panic!("{outcomes:?}");
    };
    assert!(failure.message.contains("1 events came later than their source allows"), "{}", failure.message);
}

/// Plays the tests of a rule set.
fn play(rules: &str) -> Vec<(String, Verdict)> {
    let model = world::model(rules);
    let pack = |_: FileId| Pack { name: "agree".into(), version: "0".into() };
    let replay = |_: FileId, _: &str, _: Kind, _: &Plan, _: &mut dyn FnMut(&Event<'_>)| Err("no files".to_owned());
    let suite = Suite { model: &model, vocabulary: world::vocabulary(), pack: &pack, replay: &replay };
    suite.run(&|_, _| true).into_iter().map(|o| (o.name.to_string(), o.verdict)).collect()
}

/// A straggler does not fire a threshold: what was in the window when it was due decides, not what was counted last.
#[test]
fn a_straggler_does_not_fire_a_threshold() {
    let rule = rule("on authentication where status == failure\nper actor.principal\nwhen count() >= 5\nwithin 60s");
    let mut failures = String::new();
    for i in 0..4 {
        failures.push_str(&format!("{i} {} authentication who=jane status=failure\n", i + 1));
    }
    // The fifth comes an hour later.
    case(&rule, &format!("{failures} 3600 5 authentication who=jane status=failure"), "");
    // The fifth belongs to another time than it arrives at: it counts where it happened.
    case(
        &rule,
        &format!(
            "3600 9 authentication who=joe status=failure\n {failures} 4 5 authentication who=jane status=failure"
        ),
        "4 5: 1 2 3 4 5",
    );
}

/// One event does not fill two steps.
#[test]
fn one_event_does_not_fill_two_steps() {
    let on =
        "on big = network where traffic.bytes > 10, any = network where traffic.bytes > 0\nper local.instance_uid\n";
    let rule = rule(&format!("{on}when big then any\nwithin 60s"));
    case(&rule, "0 1 network who=i-1 n=20", "");
    case(&rule, "0 1 network who=i-1 n=20\n 1 2 network who=i-1 n=5", "1 2: 1 2");
}

/// Events of equal time count in whichever order completes.
#[test]
fn ties_count_in_whichever_order_completes() {
    let rule = rule(&format!("{LOGINS}when fail x2 then ok\nwithin 60s"));
    for ids in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
        let [a, b, c] = ids;
        let events = format!(
            "7 {a} authentication who=jane status=failure\n 7 {b} authentication who=jane status=failure\n \
             7 {c} authentication who=jane status=success"
        );
        case(&rule, &events, &format!("7 {c}: 1 2 3"));
    }
}

/// Threshold 5 with 8 events is one finding with count 8.
#[test]
fn threshold_five_with_eight_events_is_one_finding_of_eight() {
    let rule = rule("on authentication where status == failure\nper actor.principal\nwhen count() >= 5\nwithin 60s");
    let mut failures = String::new();
    for i in 1..=8 {
        failures.push_str(&format!("{i} {i} authentication who=jane status=failure\n"));
    }
    case(&rule, &failures, "5 5: 1 2 3 4 5\n 6 6: 1 2 3 4 5 6\n 7 7: 1 2 3 4 5 6 7\n 8 8: 1 2 3 4 5 6 7 8");
    let behind: std::collections::BTreeSet<u128> = told(&rule, &failures).into_iter().flat_map(|t| t.behind).collect();
    assert_eq!(behind.len(), 8);
}

/// Events without the group key are not pooled.
#[test]
fn events_without_the_group_key_are_not_pooled() {
    let rule = rule("on authentication where status == failure\nper actor.principal\nwhen count() >= 3\nwithin 60s");
    let nobody =
        "1 1 authentication status=failure\n 2 2 authentication status=failure\n 3 3 authentication status=failure\n";
    case(&rule, nobody, "");
    case(
        &rule,
        &format!("{nobody} 4 4 authentication who=jane status=failure\n 5 5 authentication who=null status=failure"),
        "",
    );
}

/// What is absent or null, and "", stay apart.
#[test]
fn absent_and_empty_stay_apart() {
    let rule = rule("on authentication where status == failure\nper actor.principal\nwhen count() >= 2\nwithin 60s");
    let events = "1 1 authentication who=\"\" status=failure\n 2 2 authentication status=failure\n \
                  3 3 authentication who=null status=failure\n 4 4 authentication who=\"\" status=failure";
    case(&rule, events, "4 4: 1 4");
}
