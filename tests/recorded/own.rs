//! What AWS's services do by themselves or carry out for others: no finding on any of it in recordings, and in other
//! people's test cases none that is not a person's doing through a service.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::Value;

use super::cases;
use super::data::{self, is_json, text};
use super::pack::{Run, lists};

/// Whether an event names a service as the one that made the call, in any of the ways that CloudTrail has.
pub fn by_itself(record: &Value) -> bool {
    let service = |t: &str| t.ends_with(".amazonaws.com") || t == "AWS Internal";
    // The console, which names itself where a person clicks.
    let invoker = |t: &str| service(t) && t != "signin.amazonaws.com";
    text(record, "/userIdentity/type") == Some("AWSService")
        || text(record, "/eventType") == Some("AwsServiceEvent")
        || text(record, "/sourceIPAddress").is_some_and(service)
        || text(record, "/userIdentity/invokedBy").is_some_and(invoker)
        || record.get("userIdentity").is_some_and(|u| u.to_string().contains(":role/aws-service-role/"))
}

/// Cases in which a person acts through a service (the console, CloudFormation), by rule and name.
const THROUGH_A_SERVICE: [&str; 14] = [
    "AWS.CloudTrail.ResourceMadePublic: ECR Made Public",
    "AWS.CloudTrail.LoginProfileCreatedOrModified: ChangeOwnPassword",
    "AWS.CloudTrail.LoginProfileCreatedOrModified: User changed password for other",
    "AWS.User.Login.Profile.Modified: ChangeOwnPassword",
    "AWS.User.Login.Profile.Modified: User changed password for other",
    "AWS.User.Login.Profile.Modified: User changed password for other reset required",
    "AWS.CloudTrail.SecurityConfigurationChange: Security Configuration Changed",
    "AWS.Suspicious.SAML.Activity: CreateSAMLProvider",
    "AWS.Suspicious.SAML.Activity: UpdateSAMLProvider",
    "AWS.Suspicious.SAML.Activity: DeleteSAMLProvider",
    "AWS.IAM.Backdoor.User.Keys: user1 create keys for user1",
    "AWS.IAM.Backdoor.User.Keys: user1 create keys for user2",
    "AWS.IAM.Backdoor.User.Keys: jackson create keys for jack",
    "AWS.IAM.Backdoor.User.Keys: jack create keys for jackson",
];

#[test]
fn services_own_events_fire_nothing() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn measure() -> Option<String> {
    let mut rows = String::new();
    let lists = lists(Vec::new());
    let mut run = Run::new(&lists);
    let sets = [
        ("CloudTrail of 2024", "stratus_detonation_2024", 0),
        ("CloudTrail of 2023", "invictus_stratus_2023", 300),
        ("one sample a call", "traildiscover/events.jsonl", 3),
    ];
    for (name, place, least) in sets {
        let path = data::place(place)?;
        let records: Vec<Value> = if path.is_dir() {
            data::records(&data::files(&path, is_json))
        } else {
            data::documents(&path).into_iter().map(|mut d| d["event"].take()).collect()
        };
        let own: Vec<&Value> = records.iter().filter(|r| by_itself(r)).collect();
        assert!(own.len() >= least, "{name}: {}", own.len());
        for record in &own {
            let fired = run.types(record).unwrap_or_else(|| panic!("unreadable: {record}"));
            assert!(fired.is_empty(), "{fired:?}: {record}");
        }
        let _ = writeln!(rows, "| {name} | {} | {} | 0 |", records.len(), own.len());
    }
    let cases = cases::of("panther_rule_tests/aws_cloudtrail_rules.jsonl")?;
    let own: Vec<_> = cases.iter().filter(|c| by_itself(&c.event)).collect();
    let mut through = Vec::new();
    for case in &own {
        if run.types(&case.event).is_some_and(|fired| !fired.is_empty()) {
            through.push(case.id());
        }
    }
    let surprising: Vec<_> = through.iter().filter(|id| !THROUGH_A_SERVICE.contains(&id.as_str())).collect();
    assert!(surprising.is_empty(), "{surprising:#?}");
    assert_eq!(through.len(), THROUGH_A_SERVICE.len(), "{through:#?}");
    let _ = writeln!(rows, "| other people's cases | {} | {} | {} |", cases.len(), own.len(), through.len());
    Some(format!(
        "## Events that AWS's services make\n\nThe caller, the source or `invokedBy` is a service, or the event is no call \
         at all.\n\n| recording | events | of services | that fire |\n| --- | --: | --: | --: |\n{rows}\n\
         Those that fire are a person's calls through the console or CloudFormation, which name `AWS Internal` or the \
         service as their source: {}.\n",
        through.join("; ")
    ))
}
