//! Geo files: bound by option and deployment file, looked up by rules, told of by the summary, refused with words.

use serde_json::{Value, json};

use super::mmdb::Writer;
use super::tool::{Ran, Tool};

const RULE: &str = r#"/// A call from a country where nobody works.
finding UnauthorizedAccess:IAMUser/ConsoleLogin {
  severity low if src_endpoint.autonomous_system.number == 64500, else high
  attack   T1078
  title    "{actor.principal} called from {src_endpoint.location.city}, {src_endpoint.location.country}"

  on cloudtrail where src_endpoint.location.country ?? "" not in ["", "DE"]

  test "by value, whatever is bound" {
    cloudtrail { src_endpoint.ip: 198.51.100.7, src_endpoint.location.country: "SE" }
    expect finding { severity: high }
    cloudtrail { src_endpoint.ip: 198.51.100.7, src_endpoint.location.country: "DE" }
    expect none
    cloudtrail { src_endpoint.ip: 198.51.100.7 }
    expect none
  }
}
"#;

fn record(n: u32, address: &str) -> Value {
    json!({
        "eventVersion": "1.08", "eventID": format!("{n:08}-0000-4000-8000-000000000000"),
        "eventTime": format!("2026-01-31T10:00:{n:02}Z"), "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers", "awsRegion": "eu-central-1", "sourceIPAddress": address,
        "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE", "userName": "eve",
            "arn": "arn:aws:iam::111122223333:user/eve",
        },
    })
}

fn city() -> Vec<u8> {
    let place = |country: &str, city: &str, lat: f64| {
        json!({
            "country": {"iso_code": country}, "city": {"names": {"en": city}},
            "location": {"latitude": lat, "longitude": 18.5},
        })
    };
    Writer::new("GeoLite2-City", 6, 1_767_225_600)
        .with("198.51.100.0/24", &place("SE", "Stockholm", 59.5))
        .with("203.0.113.0/24", &place("DE", "Munich", 48.5))
        .with("2001:db8::/32", &place("NO", "Oslo", 59.75))
        .bytes()
}

/// A rule, a log with four callers, and geo files.
fn scene() -> Tool {
    let tool = Tool::new();
    tool.write("rules/geo.og", RULE);
    let callers = ["198.51.100.7", "203.0.113.9", "2001:db8::1", "192.0.2.1", "iam.amazonaws.com"];
    let lines: Vec<String> = callers.iter().zip(1..).map(|(a, n)| format!("{}\n", record(n, a))).collect();
    tool.write("log.json", lines.concat());
    tool.write("geo/city.mmdb", city());
    tool.write("geo/asn.csv", "198.51.100.0,198.51.100.255,64500,Example AB\n");
    tool
}

/// The lines of the summary from `geo` on, without ages.
fn told(ran: &Ran) -> String {
    let from = ran.err.lines().skip_while(|l| !l.starts_with("geo "));
    let steady = |l: &str| match l.rsplit_once(' ') {
        Some((rest, "old")) => {
            let cut = rest.rfind([';', ',']).unwrap_or(rest.len());
            format!("{}, … old", &rest[..cut])
        }
        _ => l.to_owned(),
    };
    from.map(|l| steady(l) + "\n").collect()
}

fn titles(ran: &Ran) -> Vec<String> {
    let title = |l: &str| serde_json::from_str::<Value>(l).expect("JSON")["title"].as_str().expect("text").to_owned();
    ran.out.lines().map(title).collect()
}

#[test]
fn without_geo_files_the_summary_says_what_is_lacking() {
    let ran = scene().run(&["run", "--rules", "rules", "log.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    insta::assert_snapshot!(told(&ran), @r"
    geo none bound
                 1  finding type asks for country of addresses, which nothing bound tells (--geo FILE)
    ");
}

#[test]
fn rules_read_what_geo_files_know() {
    let tool = scene();
    let ran = tool.run(&["run", "--rules", "rules", "--geo", "geo/city.mmdb", "--format", "guardduty", "log.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(told(&ran), @"
    geo 1 file
      geo/city.mmdb  GeoLite2-City: country, city, position; built 2026-01-01, … old
    ");
    let findings: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(findings.len(), 1, "one attack: {}", ran.out);
    assert_eq!(findings[0]["title"], "arn:aws:iam::111122223333:user/eve called from Oslo, NO");
    assert_eq!(findings[0]["service"]["count"], 2);
    let remote = &findings[0]["service"]["action"]["awsApiCallAction"]["remoteIpDetails"];
    assert_eq!(remote["country"], json!({"countryCode": "NO"}));
    assert_eq!(remote["city"], json!({"cityName": "Oslo"}));
    assert_eq!(remote["geoLocation"], json!({"lat": 59.75, "lon": 18.5}));
}

#[test]
fn a_deployment_names_its_files_and_options_come_first() {
    let tool = scene();
    tool.write("outguard.yaml", "rules: [rules]\ngeo: [geo/city.mmdb, geo/asn.csv]\n");
    let ran = tool.run(&["run", "log.json"]);
    insta::assert_snapshot!(told(&ran), @"
    geo 2 files
      geo/city.mmdb  GeoLite2-City: country, city, position; built 2026-01-01, … old
      geo/asn.csv    CSV: network number, network name; of IPv4 only, … old
    ");
    assert_eq!(titles(&ran), ["arn:aws:iam::111122223333:user/eve called from Oslo, NO"]);
    tool.write("ours.csv", "network,country,city\n2001:db8::/64,DE,Munich\n");
    let ran = tool.run(&["run", "--geo", "ours.csv", "log.json"]);
    assert_eq!(titles(&ran), ["arn:aws:iam::111122223333:user/eve called from Stockholm, SE"], "{}", ran.err);
    assert!(ran.out.contains("Example AB"), "what the finding captures: {}", ran.out);
    let ran = tool.run(&["explain", "UnauthorizedAccess:IAMUser/ConsoleLogin", "--event", "log.json"]);
    assert!(ran.out.contains("src_endpoint.location.country ?? \"\") is SE"), "{}", ran.told());
    assert_eq!(tool.run(&["test", "rules"]).code, 0);
    for threads in ["2", "8"] {
        let many = tool.run(&["run", "--threads", threads, "--geo", "ours.csv", "log.json"]);
        assert_eq!(many.out, tool.run(&["run", "--geo", "ours.csv", "log.json"]).out);
    }
}

/// Two rules with state: one over positions, one over the findings of the others.
const TRAVEL: &str = r#"/// One principal in two places at once.
finding UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B {
  severity medium
  attack   T1078
  title    "{actor.principal} travels faster than a plane"

  on cloudtrail where has src_endpoint.ip
  per actor.principal
  when speed(src_endpoint.location, beyond: 500km) > 1000
  within 1h
}

/// Several findings about one principal.
finding AttackSequence:IAM/CompromisedCredentials {
  severity critical
  title    "several findings about {actor.principal}"

  on finding where type.resource == "IAMUser"
  per actor.principal
  when distinct(type) >= 2
  within 24h
}
"#;

#[test]
fn positions_tell_impossible_travel_and_findings_an_attack_sequence() {
    let tool = scene();
    tool.write("rules/travel.og", TRAVEL);
    let run = |more: &[&str]| {
        tool.run(&[&["run", "--rules", "rules", "--format", "guardduty", "log.json"][..], more].concat())
    };
    let ran = run(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "nobody is anywhere: {}", ran.err);
    assert!(ran.err.contains("2  finding types ask for country, position of addresses"), "{}", ran.err);
    let ran = run(&["--geo", "geo/city.mmdb", "--geo", "geo/asn.csv"]);
    let findings: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let of = |ty: &str| {
        let one = findings.iter().find(|f| f["type"] == ty);
        one.unwrap_or_else(|| panic!("{ty}: {}", ran.told())).clone()
    };
    let travel = of("UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B");
    let additional: Value =
        serde_json::from_str(travel["service"]["additionalInfo"]["value"].as_str().expect("text")).expect("JSON");
    let measures = additional["measures"].as_object().expect("measures");
    let speed = measures.values().next().and_then(Value::as_f64).expect("a speed");
    assert!(speed > 1_000_000.0, "1200 km in a second: {additional}");
    let sequence = of("AttackSequence:IAM/CompromisedCredentials");
    let sequence = &sequence["service"]["detection"]["sequence"];
    let names: Vec<&str> =
        sequence["signals"].as_array().expect("signals").iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names, ["UnauthorizedAccess:IAMUser/ConsoleLogin", "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B"]);
    assert_eq!(sequence["actors"][0]["id"], "arn:aws:iam::111122223333:user/eve");
}

#[test]
fn what_is_no_geo_file_is_refused_with_words() {
    let tool = scene();
    tool.write("geo/domain.mmdb", Writer::new("Domain", 6, 1).with("192.0.2.0/24", &json!({"domain": "a"})).bytes());
    tool.write("geo/city.mmdb.gz", b"\x1f\x8b\x08");
    tool.write("geo/cut.mmdb", &city()[..100]);
    let mut arguments = vec!["run", "--rules", "rules", "log.json"];
    for file in ["geo/none.mmdb", "geo/domain.mmdb", "geo/city.mmdb.gz", "geo/cut.mmdb", "log.json", "geo"] {
        arguments.extend(["--geo", file]);
    }
    insta::assert_snapshot!(tool.run(&arguments).told());
    tool.write("outguard.yaml", "rules: [rules]\ngeo: geo/city.mmdb\n");
    assert_eq!(tool.run(&["run", "log.json"]).code, 3);
}
