//! GuardDuty's shape against the service's own model, by a small Python script; and what the model does not say.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::{options, samples, written};

const MODEL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/guardduty_findings_samples/botocore_guardduty_service-2.json");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sink/guardduty_model.py");

/// Runs the script over `ndjson`: None if it cannot run here, else whether the model took it and what it said.
fn judged(ndjson: &str) -> Option<(bool, String)> {
    if !std::path::Path::new(MODEL).exists() {
        println!("skipped: the service model of GuardDuty is absent");
        return None;
    }
    let spawned = Command::new("python3")
        .args([SCRIPT, MODEL])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        println!("skipped: python3 is absent");
        return None;
    };
    child.stdin.take().expect("piped").write_all(ndjson.as_bytes()).expect("the script reads");
    let output = child.wait_with_output().expect("the script ends");
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn the_model_takes_every_sample() {
    let ndjson = written("guardduty", &samples::all(), &options());
    if let Some((good, said)) = judged(&ndjson) {
        assert!(good, "{said}");
        assert!(said.contains(&format!("{} findings", samples::all().len())), "{said}");
    }
}

#[test]
fn the_model_refuses_what_is_wrong() {
    let good = written("guardduty", &[samples::network()], &options());
    let change = |at: &str, value: Json| {
        let mut doc: Json = serde_json::from_str(&good).expect("JSON");
        *doc.pointer_mut(at).expect(at) = value;
        doc.to_string()
    };
    for (bad, why) in [
        (change("/service/count", Json::from("3")), "service.count"),
        (change("/service/action/networkConnectionAction/blocked", Json::from("no")), "blocked"),
        (change("/type", Json::from("x".repeat(101))), "type"),
        (good.replace("\"arn\":", "\"ARN\":"), "ARN"),
        (good.replace("\"resourceRole\":", "\"role\":"), "service.role"),
    ] {
        if let Some((taken, said)) = judged(&bad) {
            assert!(!taken && said.contains(why), "{why}: {said}");
        }
    }
}

fn one(finding: outguard::finding::Finding) -> Json {
    serde_json::from_str(&written("guardduty", &[finding], &options())).expect("JSON")
}

#[test]
fn each_class_has_its_action_and_details() {
    for (finding, action, member, details) in [
        (samples::api(), "AWS_API_CALL", "awsApiCallAction", "accessKeyDetails"),
        (samples::network(), "NETWORK_CONNECTION", "networkConnectionAction", "instanceDetails"),
        (samples::dns(), "DNS_REQUEST", "dnsRequestAction", "instanceDetails"),
        (samples::kubernetes(), "KUBERNETES_API_CALL", "kubernetesApiCallAction", "eksClusterDetails"),
        (samples::s3(), "AWS_API_CALL", "awsApiCallAction", "s3BucketDetails"),
        (samples::database(), "RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction", "rdsDbInstanceDetails"),
        (samples::port_probe(), "PORT_PROBE", "portProbeAction", "instanceDetails"),
    ] {
        let doc = one(finding);
        let found = &doc["service"]["action"];
        assert_eq!(found["actionType"], action);
        assert!(found[member].is_object(), "{found}");
        assert!(!doc["resource"][details].is_null(), "{details}: {}", doc["resource"]);
    }
    assert!(one(samples::bare())["service"].get("action").is_none());
}

#[test]
fn detection_tells_what_was_unusual() {
    let doc = one(samples::unusual());
    let anomaly = &doc["service"]["detection"]["anomaly"];
    let found = &anomaly["unusual"]["behavior"];
    assert_eq!(found["principal"]["country"]["profileSubtype"], "UNSEEN");
    assert_eq!(found["principal"]["country"]["observations"]["text"][0], "NL");
    assert_eq!(found["principal"]["reads"]["observations"]["number"][0], 5400);
    assert_eq!(found["principal"]["operation"]["profileSubtype"], "RARE");
    assert_eq!(found["account"]["network"]["profileType"], "FREQUENCY");
    let usual = &anomaly["profiles"]["principal"];
    assert_eq!(usual["country"][0]["observations"]["text"], serde_json::json!(["DE", "AT"]));
    assert_eq!(usual["country"][1]["profileSubtype"], "INFREQUENT");
    assert_eq!(
        (&usual["reads"][0]["profileSubtype"], &usual["reads"][0]["observations"]["number"][0]),
        (&"AVERAGE".into(), &42.into())
    );
    assert!(anomaly["profiles"].get("account").is_none(), "nothing is known to be usual");
    let remote = &doc["service"]["action"]["awsApiCallAction"]["remoteIpDetails"];
    assert_eq!(remote["country"], serde_json::json!({ "countryCode": "NL" }));
    assert_eq!(remote["organization"]["asn"], "64501");
    assert!(one(samples::api())["service"].get("detection").is_none());
}

#[test]
fn detection_tells_an_attack_sequence() {
    let finding = samples::attack_sequence();
    let doc = one(finding.clone());
    let sequence = &doc["service"]["detection"]["sequence"];
    assert_eq!(sequence["uid"], finding.id);
    let signals = sequence["signals"].as_array().expect("a list");
    let names: Vec<(&str, i64)> =
        signals.iter().map(|s| (s["name"].as_str().expect("text"), s["count"].as_i64().expect("int"))).collect();
    assert_eq!(
        names,
        [
            ("Exfiltration:S3/AnomalousBehavior", 1),
            ("Persistence:IAMUser/AnomalousBehavior", 2),
            ("UnauthorizedAccess:IAMUser/TorIPCaller", 1)
        ]
    );
    assert!(signals.iter().all(|s| s["type"] == "FINDING"));
    // What signals refer to is there.
    for (refer, list, id) in
        [("resourceUids", "resources", "uid"), ("actorIds", "actors", "id"), ("endpointIds", "endpoints", "id")]
    {
        let there: Vec<&Json> = sequence[list].as_array().expect(list).iter().map(|x| &x[id]).collect();
        let mut referred = signals.iter().flat_map(|s| s[refer].as_array().expect(refer)).peekable();
        assert!(referred.peek().is_some() && referred.all(|x| there.contains(&x)), "{refer}: {there:?}");
    }
    let indicators = sequence["sequenceIndicators"].as_array().expect("a list");
    let of = |key: &str| indicators.iter().find(|i| i["key"] == key).map(|i| i["values"].clone());
    assert_eq!(of("TOR_IP"), Some(serde_json::json!(["203.0.113.5"])));
    assert_eq!(of("ATTACK_TACTIC"), Some(serde_json::json!(["Exfiltration", "Persistence"])));
    assert_eq!(of("ATTACK_TECHNIQUE"), Some(serde_json::json!(["T1078.004", "T1090.003", "T1098", "T1530"])));
    // Steps stand for signals where no findings are behind it; else the events themselves.
    let mut steps = samples::sequence();
    let mut rule = (*steps.rule).clone();
    rule.finding_type = outguard::finding::FindingType::parse("AttackSequence:IAM/BruteThenSuccess").expect("a type");
    steps.rule = rule.into();
    let doc = one(steps.clone());
    let signals = &doc["service"]["detection"]["sequence"]["signals"];
    assert_eq!(
        (&signals[0]["name"], &signals[0]["count"], &signals[0]["type"]),
        (&"fail".into(), &3.into(), &"CLOUD_TRAIL".into())
    );
    let plain = outguard::finding::Finding { steps: Vec::new(), ..steps.clone() };
    let whole = one(plain.clone());
    assert_eq!(whole["service"]["detection"]["sequence"]["signals"][0]["name"], "ConsoleLogin");
    for one in [steps, plain] {
        if let Some((good, said)) = judged(&written("guardduty", &[one], &options())) {
            assert!(good, "{said}");
        }
    }
    // What is no attack sequence tells its steps and measures beside.
    let doc = one(samples::sequence());
    assert!(doc["service"].get("detection").is_none());
    let value: Json =
        serde_json::from_str(doc["service"]["additionalInfo"]["value"].as_str().expect("text")).expect("JSON");
    assert_eq!((&value["measures"]["count()"], &value["steps"][3]["name"]), (&5.into(), &"ok".into()));
    assert_eq!(value["relativeStandardError"], 0.0163);
}

#[test]
fn the_arn_names_detector_and_finding() {
    let doc = one(samples::api());
    let (id, detector) = (doc["id"].as_str().expect("id"), doc["service"]["detectorId"].as_str().expect("detector"));
    assert_eq!(detector.len(), 32);
    assert_eq!(doc["arn"], format!("arn:aws:guardduty:eu-central-1:111122223333:detector/{detector}/finding/{id}"));
    assert_eq!(doc["resource"]["accessKeyDetails"]["userType"], "IAMUser");
    assert_eq!(doc["service"]["action"]["awsApiCallAction"]["remoteAccountDetails"]["accountId"], "444455556666");
}

#[test]
fn a_stand_in_is_no_resource() {
    let doc = one(samples::no_bucket());
    assert_eq!(
        doc["resource"],
        serde_json::json!({
            "resourceType": "S3Bucket", "accessKeyDetails": { "userName": "bob" },
        })
    );
    let call = &doc["service"]["action"]["awsApiCallAction"];
    assert_eq!(
        (&call["api"], call.get("affectedResources")),
        (&"ListBuckets".into(), None),
        "the evidence tells the call"
    );
}

#[test]
fn a_connection_is_seen_from_the_resource() {
    let doc = one(samples::network());
    let action = &doc["service"]["action"]["networkConnectionAction"];
    assert_eq!(action["connectionDirection"], "OUTBOUND");
    assert_eq!(action["remoteIpDetails"]["ipAddressV4"], "198.51.100.7");
    assert_eq!(action["localPortDetails"]["port"], 49_152);
    let listed = &doc["service"]["evidence"]["threatIntelligenceDetails"][0];
    assert_eq!(
        (&listed["threatListName"], &listed["threatNames"][0]),
        (&"mining_pools".into(), &"198.51.100.0/24".into())
    );
}

#[test]
fn the_envelope_repeats_only_itself() {
    let update = |extra: bool| {
        let mut finding = samples::dns();
        finding.count += u64::from(extra);
        let doc: Json = serde_json::from_str(&written("eventbridge", &[finding], &options())).expect("JSON");
        assert_eq!((&doc["detail-type"], &doc["source"]), (&"GuardDuty Finding".into(), &"aws.guardduty".into()));
        assert_eq!(doc["account"], doc["detail"]["accountId"]);
        doc["id"].as_str().expect("id").to_owned()
    };
    assert_eq!(update(false), update(false));
    assert_ne!(update(false), update(true));
}
