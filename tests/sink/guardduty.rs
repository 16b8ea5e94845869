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
