//! What OCSF 1.8 and Security Hub demand of a finding: required members, enums, lengths, and that the parts agree.

use serde_json::Value as Json;

use outguard::sink::SinkOptions;

use crate::{options, samples, written};

fn docs(format: &str, options: &SinkOptions) -> Vec<Json> {
    let text = written(format, &samples::all(), options);
    let docs: Vec<Json> = text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(docs.len(), samples::all().len());
    docs
}

fn has(doc: &Json, paths: &[&str]) {
    for path in paths {
        assert!(doc.pointer(path).is_some_and(|v| !v.is_null()), "{path} is missing: {doc}");
    }
}

fn among(doc: &Json, path: &str, ids: &[i64]) {
    let id = doc.pointer(path).and_then(Json::as_i64);
    assert!(id.is_some_and(|id| ids.contains(&id)), "{path} = {id:?}");
}

#[test]
fn ocsf_detection_finding() {
    for update in [false, true] {
        for doc in docs("ocsf", &SinkOptions { update, ..options() }) {
            has(
                &doc,
                &[
                    "/activity_id",
                    "/category_uid",
                    "/class_uid",
                    "/type_uid",
                    "/severity_id",
                    "/time",
                    "/metadata/version",
                    "/metadata/product/name",
                    "/metadata/product/vendor_name",
                    "/finding_info/uid",
                    "/finding_info/title",
                    "/finding_info/analytic/type_id",
                    "/cloud/provider",
                    "/resources/0",
                ],
            );
            assert_eq!((&doc["class_uid"], &doc["category_uid"]), (&2004.into(), &2.into()));
            among(&doc, "/activity_id", &[if update { 2 } else { 1 }]);
            among(&doc, "/type_uid", &[if update { 200_402 } else { 200_401 }]);
            among(&doc, "/severity_id", &[2, 3, 4, 5]);
            among(&doc, "/status_id", &[1, 3]);
            among(&doc, "/finding_info/analytic/state_id", &[1, 2, 3]);
            let time = |path: &str| doc.pointer(path).and_then(Json::as_i64).expect(path);
            assert!(time("/finding_info/first_seen_time") <= time("/finding_info/last_seen_time"));
            assert_eq!(time("/start_time"), time("/finding_info/first_seen_time"));
            for resource in doc["resources"].as_array().expect("a list") {
                among(resource, "/role_id", &[1, 2]);
                assert!(resource.get("uid").is_some() || resource.get("name").is_some(), "{resource}");
            }
            let profiles = doc["metadata"]["profiles"].as_array().expect("a list");
            assert_eq!(doc.get("osint").is_some(), profiles.contains(&"osint".into()), "{profiles:?}");
            for artifact in doc.get("evidences").and_then(Json::as_array).into_iter().flatten() {
                let one_of =
                    ["actor", "api", "connection_info", "src_endpoint", "dst_endpoint", "query", "database", "data"];
                assert!(one_of.iter().any(|name| artifact.get(name).is_some()), "{artifact}");
                if artifact.get("connection_info").is_some() {
                    among(artifact, "/connection_info/direction_id", &[0, 1, 2]);
                }
                for end in ["src_endpoint", "dst_endpoint"].iter().filter_map(|name| artifact.get(name)) {
                    assert!(["ip", "domain", "instance_uid", "interface_uid"].iter().any(|n| end.get(n).is_some()));
                }
            }
            for analysis in doc.get("anomaly_analyses").and_then(Json::as_array).into_iter().flatten() {
                has(analysis, &["/analysis_targets/0/name", "/anomalies/0"]);
                let told = |name: &str| analysis.get(name).and_then(Json::as_array).into_iter().flatten();
                for told in told("anomalies").chain(told("baselines")) {
                    has(told, &["/observation_parameter", "/observation_type", "/observed_pattern"]);
                    let observations = told["observations"].as_array().expect("a list");
                    assert!(!observations.is_empty() && observations.iter().all(|o| o["value"].is_string()), "{told}");
                }
            }
            for event in doc["finding_info"]["related_events"].as_array().into_iter().flatten() {
                assert!(event["uid"].as_str().is_some_and(|uid| uid.len() == 32), "{event}");
            }
            for attack in doc["finding_info"].get("attacks").and_then(Json::as_array).into_iter().flatten() {
                assert!(["tactic", "technique", "sub_technique"].iter().any(|n| attack.get(n).is_some()), "{attack}");
            }
        }
    }
}

#[test]
fn ocsf_says_who_reached_whom() {
    let docs = docs("ocsf", &options());
    let (mining, probe) = (&docs[1]["evidences"][0], &docs[6]["evidences"][0]);
    assert_eq!(
        (&mining["src_endpoint"]["ip"], &mining["dst_endpoint"]["ip"]),
        (&"10.0.1.15".into(), &"198.51.100.7".into())
    );
    assert_eq!((&probe["src_endpoint"]["ip"], &probe["dst_endpoint"]["port"]), (&"2001:db8::bad".into(), &22.into()));
    assert_eq!(docs[4]["status_id"], 3);
    assert_eq!(docs[0]["finding_info"]["attacks"][1]["sub_technique"]["uid"], "T1136.003");
    assert_eq!(docs[0]["finding_info"]["attacks"][2]["tactic"]["uid"], "TA0003");
}

#[test]
fn asff_as_security_hub_takes_it() {
    for doc in docs("asff", &options()) {
        has(
            &doc,
            &[
                "/SchemaVersion",
                "/Id",
                "/ProductArn",
                "/GeneratorId",
                "/AwsAccountId",
                "/CreatedAt",
                "/UpdatedAt",
                "/Severity/Label",
                "/Title",
                "/Description",
                "/Resources/0/Type",
                "/Resources/0/Id",
            ],
        );
        assert_eq!(doc["SchemaVersion"], "2018-10-08");
        let account = doc["AwsAccountId"].as_str().expect("text");
        assert!(account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()));
        let region = doc["Region"].as_str().expect("text");
        assert_eq!(doc["ProductArn"], format!("arn:aws:securityhub:{region}:{account}:product/{account}/default"));
        let label = doc["Severity"]["Label"].as_str().expect("text");
        assert!(["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"].contains(&label));
        let length = |path: &str| doc.pointer(path).and_then(Json::as_str).map_or(0, |t| t.chars().count());
        assert!((1..=256).contains(&length("/Title")) && (1..=1024).contains(&length("/Description")));
        assert!((1..=512).contains(&length("/Id")) && (1..=512).contains(&length("/GeneratorId")));
        let kind = doc["Types"][0].as_str().expect("text");
        let namespaces = [
            "Software and Configuration Checks",
            "TTPs",
            "Effects",
            "Unusual Behaviors",
            "Sensitive Data Identifications",
        ];
        assert!(namespaces.contains(&kind.split('/').next().expect("a namespace")));
        assert!(kind.split('/').count() <= 3, "{kind}");
        let fields = doc["ProductFields"].as_object().expect("an object");
        assert!(fields.len() <= 50);
        for (key, value) in fields {
            assert!(key.starts_with("outguard/") && key.chars().count() <= 128, "{key}");
            assert!(value.as_str().is_some_and(|v| v.chars().count() <= 2048), "{key}");
        }
        assert!(doc["Resources"].as_array().is_some_and(|r| (1..=32).contains(&r.len())));
        assert!(doc.get("ThreatIntelIndicators").and_then(Json::as_array).is_none_or(|i| i.len() <= 5));
        let state = doc["RecordState"].as_str().expect("text");
        assert!(["ACTIVE", "ARCHIVED"].contains(&state));
    }
}

#[test]
fn what_is_behind_a_finding_is_told() {
    let of = |format: &str, finding| -> Json {
        serde_json::from_str(&written(format, &[finding], &options())).expect("JSON")
    };
    let ocsf = of("ocsf", samples::sequence());
    let related = ocsf["finding_info"]["related_events"].as_array().expect("a list");
    let titles: Vec<&str> = related.iter().filter_map(|e| e["title"].as_str()).collect();
    assert_eq!((titles, related.len()), (vec!["fail", "fail", "fail", "ok"], 5));
    assert_eq!((&ocsf["count"], &ocsf["evidences"][1]["data"]["count()"]), (&5.into(), &5.into()));
    assert!(ocsf["start_time"].as_i64() < ocsf["end_time"].as_i64());
    let ocsf = of("ocsf", samples::unusual());
    let analyses = ocsf["anomaly_analyses"].as_array().expect("a list");
    assert_eq!(analyses.len(), 2, "by the principal, and by its account: {analyses:?}");
    assert_eq!(analyses[1]["analysis_targets"][0]["name"], "111122223333");
    let ocsf = of("ocsf", samples::attack_sequence());
    assert_eq!(ocsf["finding_info"]["related_events"][1]["count"], 2);
    let asff = of("asff", samples::attack_sequence());
    let sequence = &asff["Detection"]["Sequence"];
    has(sequence, &["/Uid", "/Actors/0/User/Uid", "/Endpoints/0/Ip", "/Signals/2/Id", "/SequenceIndicators/0/Key"]);
    assert_eq!(sequence["Signals"][0]["FirstSeenAt"], 1_769_861_400_000i64 - 600_000);
    assert!(of("asff", samples::sequence()).get("Detection").is_none(), "no attack sequence");
    let json = of("json", samples::unusual());
    assert_eq!(json["unusual"].as_array().map(Vec::len), Some(4));
    assert_eq!(of("json", samples::sequence())["approximate"], 0.0163);
}

#[test]
fn asff_cuts_what_is_too_long() {
    let mut finding = samples::api();
    finding.title = "é".repeat(1000).into();
    let mut rule = (*finding.rule).clone();
    rule.description = "d".repeat(3000).into();
    finding.rule = rule.into();
    let evidence = finding.evidence.values().next().expect("some").clone();
    (0..100).for_each(|n| drop(finding.evidence.insert(format!("attribute{n}").into(), evidence.clone())));
    let doc: Json = serde_json::from_str(&written("asff", &[finding], &options())).expect("JSON");
    assert_eq!(doc["Title"].as_str().expect("text").chars().count(), 256);
    assert_eq!(doc["Description"].as_str().expect("text").chars().count(), 1024);
    assert_eq!(doc["ProductFields"].as_object().expect("an object").len(), 50);
}

#[test]
fn json_is_complete_and_in_order() {
    let expected = [
        "schema_version",
        "id",
        "type",
        "severity",
        "level",
        "title",
        "description",
        "count",
        "first_seen",
        "last_seen",
        "account",
        "region",
        "resource",
        "resources",
        "resources_truncated",
        "role",
        "principal",
        "source",
        "class",
        "attributes",
        "evidence",
        "list_matches",
        "list_matches_truncated",
        "events",
        "measures",
        "approximate",
        "steps",
        "signals",
        "unusual",
        "archived",
        "archived_by",
        "dedup",
        "attack",
        "remediation",
        "references",
        "rule",
        "engine_version",
    ];
    let page = include_str!("../../docs/findings-format.md");
    for doc in docs("json", &options()) {
        let members: Vec<&str> = doc.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, expected);
    }
    for member in expected {
        assert!(page.contains(&format!("| `{member}` |")), "the page does not tell of `{member}`");
    }
}
