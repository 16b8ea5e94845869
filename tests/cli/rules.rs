//! lint, fmt, test, plan, explain: over rules that are right, broken, doubtful.

use super::tool::Tool;

const BROKEN: &str =
    "finding Recon:IAMUser/Broken {\n  severity high\n  on cloudtrail where api.operaton == \"ListUsers\"\n}\n";

const DOUBTFUL: &str = "/// An account's users are listed.\nfinding Recon:IAMUser/Doubtful {\n  severity low\n  attack   T1087.004\n  on cloudtrail where api.operation == \"ListUsers\"\n\n  test \"listed\" {\n    cloudtrail { api.operation: \"ListUsers\" }\n    expect finding\n  }\n}\n";

const FAILING: &str = "/// An account's users are listed.\nfinding Recon:IAMUser/Failing {\n  severity low\n  on cloudtrail where api.operation == \"ListUsers\"\n\n  test \"another call\" {\n    cloudtrail { api.operation: \"GetUser\" }\n    expect finding\n  }\n\n  test \"listed\" {\n    cloudtrail { api.operation: \"ListUsers\" }\n    expect finding { severity: low }\n  }\n}\n";

#[test]
fn a_new_pack_lints_clean_passes_its_tests_and_is_formatted() {
    let tool = Tool::new();
    assert_eq!(tool.run(&["new", "pack"]).code, 0);
    for (command, out) in [
        (&["lint", "pack"][..], ""),
        (&["fmt", "--check", "pack"], ""),
        (&["fmt", "--diff", "pack"], ""),
        (&["test", "pack"], "2 passed, 0 failed\n"),
    ] {
        let ran = tool.run(command);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, out, ""), "{command:?}");
    }
    insta::assert_snapshot!(
        "explain_finding",
        tool.run(&["explain", "Stealth:IAMUser/TrailStopped", "--rules", "pack"]).told()
    );
}

#[test]
fn lint_tells_every_error_and_exits_2() {
    let tool = Tool::new();
    tool.write("a.og", BROKEN).write("deep/b.og", "list @x: ipp\n");
    insta::assert_snapshot!("lint_broken", tool.run(&["lint"]).told());
    let json = tool.run(&["lint", "--format", "json", "."]);
    assert_eq!(json.code, 2);
    assert!(json.out.lines().count() >= 2, "{}", json.out);
    for line in json.out.lines() {
        let d: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(d["level"], "error");
        assert!(d["line"].is_u64() && d["code"].as_str().is_some_and(|c| c.starts_with('E')), "{line}");
    }
    let ran = tool.run(&["run", "--rules", ".", "nothing.json"]);
    assert_eq!(ran.code, 2, "{}", ran.told());
    assert!(ran.out.is_empty() && ran.err.contains("nothing was run"), "{}", ran.err);
}

#[test]
fn lint_levels_decide_the_exit_code() {
    let tool = Tool::new();
    tool.write("doubtful.og", DOUBTFUL);
    let found = tool.run(&["lint", "doubtful.og"]);
    assert_eq!(found.code, 1, "{}", found.told());
    assert!(found.out.contains("no-quiet-test"), "{}", found.out);
    assert_eq!(tool.run(&["lint", "--fail-on", "error", "doubtful.og"]).code, 0);
    assert_eq!(tool.run(&["lint", "--allow", "all", "doubtful.og"]).code, 0);
    assert_eq!(tool.run(&["lint", "--deny", "no-quiet-test", "--fail-on", "error", "doubtful.og"]).code, 1);
    let unknown = tool.run(&["lint", "--allow", "no-quite-test", "doubtful.og"]);
    assert_eq!(unknown.code, 3);
    assert!(unknown.err.contains("did you mean `no-quiet-test`?"), "{}", unknown.err);
}

#[test]
fn what_cannot_be_read_exits_3() {
    let tool = Tool::new();
    tool.write("empty/readme.txt", "no rules");
    let none = tool.run(&["lint", "none.og", "empty"]);
    insta::assert_snapshot!("lint_unreadable", none.told());
    tool.write("latin.og", b"// caf\xe9\n");
    let latin = tool.run(&["lint", "latin.og"]);
    assert_eq!((latin.code, latin.err.as_str()), (2, "error: `latin.og` is no rule file: line 1 is not UTF-8\n"));
    tool.write("pack/pack.yaml", "name: p\nversion: 1.0.0\nlanguage: 1\nauthor: me\n").write("pack/a.og", "");
    insta::assert_snapshot!("pack_unknown_key", tool.run(&["lint", "pack"]).told());
}

#[test]
fn fmt_writes_only_what_changes() {
    let tool = Tool::new();
    let untidy = DOUBTFUL.replace("  severity low", "  severity    low").replace("attack   T", "attack T");
    tool.write("untidy.og", &untidy).write("broken.og", BROKEN.replace('{', "("));
    let check = tool.run(&["fmt", "--check", "untidy.og"]);
    assert_eq!((check.code, check.out.as_str(), check.err.as_str()), (1, "untidy.og\n", "1 file not formatted\n"));
    let diff = tool.run(&["fmt", "--diff", "untidy.og"]);
    assert_eq!(diff.code, 1);
    assert!(diff.out.contains("-  severity    low\n") && diff.out.contains("+  severity low\n"), "{}", diff.out);
    assert_eq!(tool.read("untidy.og"), untidy);
    let stdin = tool.run_with(&["fmt", "-"], untidy.as_str());
    assert_eq!(stdin.code, 0, "{}", stdin.err);
    assert_eq!(tool.run(&["fmt", "untidy.og"]).code, 0);
    assert_eq!(tool.read("untidy.og"), stdin.out);
    assert_eq!(tool.run(&["fmt", "--check", "untidy.og"]).code, 0);
    let broken = tool.run(&["fmt", "broken.og"]);
    assert_eq!(broken.code, 2, "{}", broken.told());
    assert!(broken.err.contains("the file is left as it is"), "{}", broken.err);
}

#[test]
fn failing_tests_are_shown_at_their_expect() {
    let tool = Tool::new();
    tool.write("failing.og", FAILING);
    let ran = tool.run(&["test", "failing.og", "--junit", "out.xml"]);
    insta::assert_snapshot!("test_failing", ran.told());
    let junit = tool.read("out.xml");
    assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert_eq!(tool.run(&["test", "failing.og", "--filter", "listed"]).out, "1 passed, 0 failed\n");
    let none = tool.run(&["test", "failing.og", "--filter", "nothing like it"]);
    assert!(none.out.ends_with("0 passed, 0 failed\n") && none.out.contains("no test has"), "{}", none.out);
}

#[test]
fn plans_come_in_three_forms() {
    let tool = Tool::new();
    tool.write("doubtful.og", DOUBTFUL);
    let text = tool.run(&["plan", "doubtful.og"]);
    assert!(text.out.contains("\"ListUsers\" -> Recon:IAMUser/Doubtful"), "{}", text.told());
    let json = tool.run(&["plan", "doubtful.og", "--format", "json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&json.out).is_ok(), "{}", json.told());
    assert!(tool.run(&["plan", "doubtful.og", "--format", "dot"]).out.starts_with("digraph"));
}

#[test]
fn explain_has_a_page_for_every_code_and_lint() {
    let tool = Tool::new();
    for code in
        outguard::diag::codes::REGISTRY.iter().map(|c| c.code.0).chain(outguard::lint::LINTS.iter().map(|l| l.name))
    {
        let ran = tool.run(&["explain", code]);
        assert_eq!(ran.code, 0, "{code}: {}", ran.err);
        assert!(ran.out.contains(code) && !ran.out.contains("```"), "{code}: {}", ran.out);
    }
    let index = tool.run(&["explain"]);
    assert!(index.out.contains("E0101") && index.out.contains("no-firing-test"), "{}", index.out);
    for (what, help) in [
        ("E9999", "lists the codes"),
        ("no-firing-tests", "did you mean `no-firing-test`?"),
        ("Recon:IAMUser/Nowhere", "--rules PATH"),
    ] {
        let ran = tool.run(&["explain", what]);
        assert_eq!(ran.code, 3, "{what}: {}", ran.told());
        assert!(ran.err.contains(help), "{what}: {}", ran.err);
    }
}

const OVER_TIME: &str = r#"
/// Many calls are refused to one principal.
finding Recon:IAMUser/Refused {
  severity low
  on cloudtrail where status == failure and has actor.principal
  per actor.principal
  when count() >= 2
  within 10m
}

/// A key is made, used, and never deleted.
finding Persistence:IAMUser/KeyLeft {
  severity medium if use.read_only == true, else low
  on make = cloudtrail where api.operation == "CreateAccessKey" and has actor.principal,
     use  = cloudtrail where api.operation startswith "List" and has actor.principal,
     drop = cloudtrail where api.operation == "DeleteAccessKey" and has actor.principal,
     out  = cloudtrail where api.operation == "ConsoleLogin" and has actor.principal
  per actor.principal across accounts
  when make then no out then within 5m use x3 then within 1h no drop
  within 30m
}

profile caller {
  on cloudtrail where status == success and has actor.principal
  per actor.principal
  learn 14d
  remember 30d
  settle 24h
  value operation = api.operation
}

/// A principal does what it never did.
finding Discovery:IAMUser/Unheard {
  severity low
  on cloudtrail where status == success and has actor.principal
  when caller.new(operation)
}
"#;

#[test]
fn rules_over_time_are_explained() {
    let tool = Tool::new();
    tool.write("time.og", OVER_TIME);
    let lint = tool.run(&["lint", "--allow", "no-firing-test,no-quiet-test", "time.og"]);
    assert_eq!((lint.code, lint.out.as_str()), (0, ""), "{}", lint.told());
    for (name, ty) in [
        ("explain_window", "Recon:IAMUser/Refused"),
        ("explain_sequence", "Persistence:IAMUser/KeyLeft"),
        ("explain_profile", "Discovery:IAMUser/Unheard"),
    ] {
        insta::assert_snapshot!(name, tool.run(&["explain", ty, "--rules", "time.og"]).told());
    }
}

#[test]
fn rules_over_time_are_explained_on_events() {
    let tool = Tool::new();
    tool.write("time.og", OVER_TIME);
    let record = |second: u32, error: &str| {
        format!(
            "{{\"eventVersion\":\"1.08\",\"eventID\":\"e{second}\",\"eventTime\":\"2026-01-31T10:00:0{second}Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"ListUsers\",\"awsRegion\":\"us-east-1\",{error}\"recipientAccountId\":\"111122223333\",\"userIdentity\":{{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/ann\",\"userName\":\"ann\"}}}}\n"
        )
    };
    let refused = "\"errorCode\":\"AccessDenied\",";
    tool.write("log.json", format!("{}{}{}", record(3, refused), record(2, ""), record(1, refused)));
    let ran = tool.run(&["explain", "Recon:IAMUser/Refused", "--rules", "time.og", "--event", "log.json"]);
    insta::assert_snapshot!("explain_events_over_time", ran.told());
}

/// A type of GuardDuty that fires, one that no test makes fire, and one of its own.
const COVERED: &str = r#"
/// Root calls are told. Benign: none.
finding Policy:IAMUser/RootCredentialUsage {
  severity low
  attack T1078.004
  on cloudtrail where actor.user.type == root
  test "root" {
    cloudtrail { actor.user.type: root }
    expect finding
  }
}
finding UnauthorizedAccess:EC2/SSHBruteForce {
  severity low if local.port == 22, else high
  attack T1110.001
  on vpc_flow where has local.port and remote.ip in public
}
/// Ours: nobody tells it.
finding Impact:S3/Gone {
  severity medium
  attack T1485
  on cloudtrail where api.operation == "DeleteBucket"
  test "gone" {
    cloudtrail { api.operation: "DeleteBucket" }
    expect finding
  }
}
"#;

#[test]
fn coverage_says_what_fires_and_what_it_needs() {
    let tool = Tool::new();
    tool.write("covered.og", COVERED);
    let text = tool.run(&["coverage", "covered.og"]);
    assert_eq!(text.code, 0, "{}", text.told());
    insta::assert_snapshot!("coverage", text.out);
    let json: serde_json::Value =
        serde_json::from_str(&tool.run(&["coverage", "covered.og", "--format", "json"]).out).expect("a document");
    assert_eq!(json["catalogue"]["fire_in_a_test"], 1);
    assert_eq!((&json["catalogue"]["defined"], &json["own"]["defined"]), (&2.into(), &1.into()));
    let types = json["types"].as_array().expect("a list");
    let gone = types.iter().find(|t| t["type"] == "Impact:S3/Gone").expect("it is there");
    assert_eq!((&gone["rule"]["ours"], &gone["catalogue"]), (&"nobody tells it.".into(), &serde_json::Value::Null));
    let only = tool.run(&["coverage", "covered.og", "--source", "vpc_flow", "--format", "json"]);
    let only: serde_json::Value = serde_json::from_str(&only.out).expect("a document");
    let can: Vec<&str> = only["types"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|t| t["rule"]["can_fire"] == true)
        .map(|t| t["type"].as_str().expect("text"))
        .collect();
    assert_eq!(can, ["UnauthorizedAccess:EC2/SSHBruteForce"]);
    let page = tool.run(&["coverage", "covered.og", "--format", "md"]).out;
    assert!(page.starts_with("# Coverage\n") && page.contains("nobody tells it."), "{page}");
}

#[test]
fn a_layer_has_what_navigator_asks_for() {
    let tool = Tool::new();
    tool.write("covered.og", COVERED);
    let ran = tool.run(&["coverage", "covered.og", "--format", "navigator"]);
    let layer: serde_json::Value = serde_json::from_str(&ran.out).expect("a layer");
    assert_eq!((&layer["versions"]["layer"], &layer["domain"]), (&"4.5".into(), &"enterprise-attack".into()));
    assert!(layer["versions"]["attack"].as_str().is_some_and(|v| v.parse::<u32>().is_ok()), "{}", ran.out);
    // What no test makes fire is not coloured.
    let techniques = layer["techniques"].as_array().expect("a list");
    let told: Vec<(&str, i64, &str)> = techniques
        .iter()
        .map(|t| {
            let text = |key: &str| t[key].as_str().expect("text");
            (text("techniqueID"), t["score"].as_i64().expect("a number"), text("comment"))
        })
        .collect();
    assert_eq!(told, [("T1078.004", 1, "Policy:IAMUser/RootCredentialUsage"), ("T1485", 1, "Impact:S3/Gone")]);
}

#[test]
fn coverage_against_logs_says_what_they_lack() {
    let tool = Tool::new();
    tool.write("covered.og", COVERED);
    let record = |user: &str| {
        format!(
            "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-01-01T00:00:00Z\",\"eventID\":\"1{user}\",\"eventSource\":\"s3.amazonaws.com\",\
             \"eventName\":\"GetObject\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"198.51.100.1\",\"userIdentity\":{{{user}}}}}\n"
        )
    };
    tool.write("log.json", &(record("\"type\":\"IAMUser\"") + &record("")));
    let ran = tool.run(&["coverage", "covered.og", "--against", "log.json"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert!(ran.out.contains("2 of 3 could fire with cloudtrail"), "{}", ran.out);
    let none = tool.run(&["coverage", "covered.og", "--against", "nowhere"]);
    assert_eq!(none.code, 3, "{}", none.told());
    let wrong = tool.run(&["coverage", "covered.og", "--source", "cloudtrial"]);
    assert!(wrong.code == 3 && wrong.err.contains("did you mean `cloudtrail`?"), "{}", wrong.told());
    tool.write("failing.og", COVERED.replace("actor.user.type: root }", "actor.user.type: iam_user }"));
    let failing = tool.run(&["coverage", "failing.og"]);
    assert!(failing.code == 1 && failing.out.contains("1 failed"), "{}", failing.told());
    tool.write("broken.og", "finding X {\n");
    assert_eq!(tool.run(&["coverage", "broken.og"]).code, 2);
}
