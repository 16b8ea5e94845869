//! Tables: bound by option and deployment file, looked up by rules, told of by the summary, refused with words.

use serde_json::{Value, json};

use super::tool::{Ran, Tool};

const RULE: &str = r#"/// Somebody came to a machine of the payment group.
finding Recon:EC2/PortProbeUnprotectedPort {
  severity high if local.instance.profile == "admin", else low
  attack   T1595.001
  title    "{remote.ip} came to {local.instance.tags.Name} of {local.instance.group}"

  on network where local.instance.group == "payment" and has local.instance.tags."x:owner"

  test "by value, whatever is bound" {
    network {
      local.ip: 10.0.0.5, remote.ip: 203.0.113.9, local.instance.group: "payment",
      local.instance.tags: { "x:owner": "eve" },
    }
    expect finding { severity: low }
    network { local.ip: 10.0.0.5, remote.ip: 203.0.113.9, local.instance_uid: "i-0a" }
    expect none
  }
}
"#;

const ROWS: &str = "\
version srcaddr dstaddr srcport dstport protocol start end action log-status instance-id flow-direction
5 203.0.113.9 10.0.0.5 50123 22 6 1769853600 1769853660 ACCEPT OK i-0a ingress
5 203.0.113.9 10.0.0.6 50123 22 6 1769853600 1769853660 ACCEPT OK i-0b ingress
5 203.0.113.9 10.0.0.7 50123 22 6 1769853600 1769853660 ACCEPT OK - ingress
";

fn scene() -> Tool {
    let tool = Tool::new();
    tool.write("rules/table.og", RULE);
    tool.write("flow.log", ROWS);
    let tags = json!([{"Key": "Name", "Value": "till"}, {"Key": "x:owner", "Value": "eve"}]);
    let rows = json!([
        {"uid": "i-0a", "tags": tags, "group": "payment", "profile": "admin"},
        {"uid": "i-0b", "tags": tags, "group": "web"},
    ]);
    tool.write("instances.json", rows.to_string());
    tool
}

/// The lines of the summary below `tables`.
fn told(ran: &Ran) -> String {
    let lines = ran.err.lines().skip_while(|l| !l.starts_with("tables ")).skip(1).take_while(|l| l.starts_with(' '));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn rules_read_the_row_of_an_instance() {
    let tool = scene();
    let args = ["run", "--rules", "rules", "--format", "json", "flow.log"];
    let unbound = tool.run(&args);
    assert_eq!(unbound.out, "");
    assert_eq!(told(&unbound), "1  finding type asks @instances, which nothing binds (--table instances=FILE)");
    let bound = tool.run(&[&args[..], &["--table", "instances=instances.json"]].concat());
    let found: Value = serde_json::from_str(&bound.out).expect("one finding");
    assert_eq!(found["title"], "203.0.113.9 came to till of payment");
    assert_eq!((&found["resource"]["uid"], &found["level"]), (&json!("i-0a"), &json!("high")), "{found}");
    assert_eq!(told(&bound), "@instances  2 rows of instances.json: tags, group, profile");
    // The deployment file, with another form and another name of the key.
    tool.write("inventory.csv", "host,group,tags\ni-0a,payment,\"{\"\"x:owner\"\": \"\"eve\"\"}\"\n");
    tool.write("outguard.yaml", "rules: [rules]\ntables: { instances: { file: inventory.csv, key: host } }\n");
    let bound = tool.run(&["run", "--format", "json", "flow.log"]);
    let found: Value = serde_json::from_str(&bound.out).expect("one finding");
    assert_eq!(found["title"], "203.0.113.9 came to unknown of payment");
}

#[test]
fn what_cannot_be_bound_is_said() {
    let tool = scene();
    tool.write("empty.csv", "a,b\n1,2\n");
    for (table, words) in [
        ("instance=instances.json", "nothing asks a table `instance`"),
        ("instances=nowhere.json", "nowhere.json"),
        ("instances=empty.csv", "no row has a key"),
        ("instances", "write NAME=FILE"),
    ] {
        let ran = tool.run(&["run", "--rules", "rules", "flow.log", "--table", table]);
        assert!(ran.err.contains(words) && ran.out.is_empty(), "{table}: {}", ran.err);
    }
}
