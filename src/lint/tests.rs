//! Every lint's page is its test: the bad block fires this lint and no other, the good block fires none.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{Cx, LINTS, Settings, lint};
use crate::check::check;
use crate::diag::{Diagnostic, Level};
use crate::schema::Vocabulary;
use crate::syntax::parse;
use crate::text::SourceMap;

/// What lints say about a text, which must load.
fn linted(text: &str, settings: &Settings) -> Vec<Diagnostic> {
    static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::builtin().expect("the vocabulary loads"));
    let vocabulary = &*VOCABULARY;
    let mut sources = SourceMap::default();
    let id = sources.add("page.og", text);
    let parsed = parse(id, text);
    assert!(!parsed.has_errors(), "{text}\n{:#?}", parsed.diagnostics);
    let files = [parsed.file];
    let checked = check(&files, &sources, vocabulary);
    assert!(checked.is_ok(), "{text}\n{:#?}", checked.diagnostics);
    lint(&Cx { model: &checked.model, files: &files, sources: &sources, vocabulary }, settings)
}

/// Excerpts have no tests: only the pages about tests do.
fn excerpt() -> Settings {
    let allow = ["no-firing-test", "no-quiet-test"].map(str::to_owned);
    Settings { allow: allow.into(), deny: BTreeSet::new() }
}

fn names(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(|d| d.code.0).collect()
}

fn blocks<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    let fence = format!("```outguard {mark}\n");
    page.split(&*fence).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn registered_once_with_a_page() {
    let mut seen = BTreeSet::new();
    for lint in LINTS {
        assert!(seen.insert(lint.name), "`{}` stands twice", lint.name);
        assert!(lint.page.starts_with(&format!("# {}: ", lint.name)), "the page of `{}`", lint.name);
        assert!(lint.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "`{}`", lint.name);
        assert!(!lint.title.ends_with('.'));
    }
}

#[test]
fn pages_are_true() {
    for lint in LINTS {
        let settings = if lint.name.ends_with("-test") { Settings::default() } else { excerpt() };
        let (bad, good) = (blocks(lint.page, "bad"), blocks(lint.page, "good"));
        assert!(!bad.is_empty() && !good.is_empty(), "the page of `{}` has both blocks", lint.name);
        for block in bad {
            let found = linted(block, &settings);
            let fired: BTreeSet<&str> = names(&found).into_iter().collect();
            assert_eq!(fired, BTreeSet::from([lint.name]), "bad block of `{}`: {found:#?}", lint.name);
            for diagnostic in &found {
                assert!(diagnostic.help.is_some() && !diagnostic.message.ends_with('.'), "{diagnostic:#?}");
                assert!(
                    diagnostic.message.starts_with(|c: char| !c.is_uppercase()
                        || diagnostic.message.starts_with("ATT&CK")
                        || diagnostic.message.starts_with("CloudTrail")),
                    "{diagnostic:#?}"
                );
            }
        }
        for block in good {
            let found = linted(block, &settings);
            assert!(found.is_empty(), "good block of `{}`: {found:#?}", lint.name);
        }
    }
}

/// The lints that fire on `on KIND where CONDITION`.
fn on(kind: &str, condition: &str) -> Vec<String> {
    let resource = if matches!(kind, "dns" | "network") { "EC2" } else { "IAMUser" };
    let text = format!("finding Test:{resource}/Condition {{\n  severity low\n  on {kind} where {condition}\n}}\n");
    names(&linted(&text, &excerpt())).into_iter().map(str::to_owned).collect()
}

#[test]
fn contradictions() {
    for condition in [
        r#"api.operation in ["A", "B"] and api.operation == "C""#,
        r#"api.operation == "GetUser" and api.operation startswith "List""#,
        r#"api.operation == "GetUser" and not api.operation like "Get*""#,
        r#"api.operation startswith "Get" and api.operation startswith "List""#,
        "status == success and status == failure",
        "status != success and status != failure",
        r#"src_endpoint.ip in 10.0.0.0/8 and src_endpoint.ip in 192.168.0.0/16"#,
        "src_endpoint.ip in private and src_endpoint.ip in public",
        "src_endpoint.ip in 10.0.0.0/8 and src_endpoint.ip in public",
        r#"read_only == true and (read_only == false or api.operation == "A")"#,
        "has src_endpoint.ip and not has src_endpoint.ip",
        "http_request.body_length > 100 and http_request.body_length < 50",
        "http_request.body_length in 1..=5 and http_request.body_length in 6..=9",
        r#"any r in resources: r.type == "a" and r.type == "b""#,
    ] {
        assert_eq!(on("cloudtrail", condition), ["contradiction"], "{condition}");
    }
    for fine in [
        r#"api.operation in ["A", "B"] and api.operation == "B""#,
        r#"api.operation startswith "Get" and api.operation startswith "GetU""#,
        r#"api.operation startswith "Get" and api.operation endswith "User""#,
        r#"api.operation == "A" or api.operation == "B""#,
        "src_endpoint.ip in 10.0.0.0/8 and src_endpoint.ip in 10.1.0.0/16",
        "src_endpoint.ip in public and src_endpoint.ip not in @aws_ranges",
        "http_request.body_length >= 100 and http_request.body_length <= 100",
        "http_request.body_length > 1 and http_request.body_length < 3",
        r#"resources[].type == "a" and resources[].type == "b""#,
        r#"any r in resources: r.type == "a" or r.type == "b""#,
    ] {
        assert_eq!(on("cloudtrail", fine), [""; 0], "{fine}");
    }
}

#[test]
fn what_holds_already_counts() {
    let finding = |severity: &str, rest: &str| {
        let text = format!(
            "finding Test:IAMUser/Condition {{\n  severity {severity}\n  on cloudtrail where api.operation == \"A\" and status == success\n{rest}}}\n"
        );
        names(&linted(&text, &excerpt())).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(finding("high if read_only == true, else low", ""), [""; 0]);
    assert_eq!(finding("high if status == failure, else low", ""), ["contradiction"]);
    assert_eq!(finding("high if read_only == true, medium if read_only == true, else low", ""), ["contradiction"]);
    let exception = |condition: &str| {
        finding("low", &format!("  except \"x\" where {condition} owner \"team\" until 2027-03-01\n"))
    };
    assert_eq!(exception(r#"api.operation == "B""#), ["contradiction"]);
    assert_eq!(exception(r#"http_request.user_agent == "B""#), [""; 0]);
}

#[test]
fn windows_count_at_least_one() {
    let finding = |when: &str| {
        let text = format!(
            "finding Test:IAMUser/Condition {{\n  severity low\n  on cloudtrail where status == failure and has actor.principal\n  per actor.principal\n  when {when}\n  within 1h\n}}\n"
        );
        names(&linted(&text, &excerpt())).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(finding("count() >= 1"), ["constant-condition"]);
    assert_eq!(finding("count() >= 10"), [""; 0]);
    assert_eq!(finding("count() >= 10 and count() < 5"), ["contradiction"]);
    assert_eq!(finding("count() >= 3 and distinct(src_endpoint.ip) >= 2"), [""; 0]);
}

/// The lints that fire on a rule of two inputs, `f` and `o`, over the clauses behind `on`.
fn of_two(clauses: &str) -> Vec<String> {
    let text = format!(
        "finding Test:IAMUser/Condition {{\n  param n: int = 3\n  severity low\n  on f = cloudtrail where status == failure and has src_endpoint.ip,\n     o = cloudtrail where status == success and has src_endpoint.ip\n  per src_endpoint.ip\n{clauses}}}\n"
    );
    names(&linted(&text, &excerpt())).into_iter().map(str::to_owned).collect()
}

#[test]
fn thresholds_out_of_reach() {
    for when in [
        "distinct(f.src_endpoint.ip) >= 2",
        "distinct(f.src_endpoint.ip) > 1 and count(o) >= 2",
        "count(o) >= 2 or 2 <= distinct(f.src_endpoint.ip)",
        "distinct(f.status) == 2",
        "distinct(f.read_only) > 2",
        "distinct(f.read_only) >= n",
        "distinct(lower(f.status)) >= n",
    ] {
        assert_eq!(of_two(&format!("  when {when}\n  within 1h\n")), ["unreachable-threshold"], "{when}");
    }
    for fine in [
        "distinct(f.src_endpoint.ip) < 2 and count(o) >= 3 and count(f) >= 3",
        "distinct(f.read_only) >= 2",
        "distinct(f.api.operation) >= 200",
        "count(f) >= 2000 and count(o) >= n",
    ] {
        assert_eq!(of_two(&format!("  when {fine}\n  within 1h\n")), [""; 0], "{fine}");
    }
}

#[test]
fn windows_of_one_event() {
    for when in [
        "count() < 5",
        "count() < n",
        "not count() > 5",
        "count() in 1..=3",
        "distinct(f.api.operation) < 3 and distinct(o.api.operation) < 3",
    ] {
        assert_eq!(of_two(&format!("  when {when}\n  within 1h\n")), ["fires-on-first"], "{when}");
        assert_eq!(of_two(&format!("  when {when}\n  within 1h tumbling\n")), [""; 0], "{when}");
    }
    for fine in
        ["count() < 5 and count() >= 2", "seen(f) and not seen(o)", "count(f) < 2 and count(o) > 2", "jitter() < 0.1"]
    {
        assert_eq!(of_two(&format!("  when {fine}\n  within 1h\n")), [""; 0], "{fine}");
    }
}

#[test]
fn windows_that_are_cut() {
    for when in
        ["count() >= 5", "5 < count() and seen(f)", "2 of (count(f) >= n, seen(o), distinct(f.api.operation) > 2)"]
    {
        assert_eq!(of_two(&format!("  when {when}\n  within 1h tumbling\n")), ["cut-window"], "{when}");
        assert_eq!(of_two(&format!("  when {when}\n  within 1h\n")), [""; 0], "{when}");
    }
    for fine in ["count(f) >= 5 and count(o) < 5", "avg(f.http_request.body_length) > 100", "not seen(o)"] {
        assert_eq!(of_two(&format!("  when {fine}\n  within 1h tumbling\n")), [""; 0], "{fine}");
    }
}

#[test]
fn steps_that_say_nothing() {
    for when in ["f then within 1h o", "f then within 2h o", "f then no o then o", "f then no f then no f then o"] {
        assert_eq!(of_two(&format!("  when {when}\n  within 1h\n")), ["idle-step"], "{when}");
    }
    for fine in
        ["f then within 59m o", "f x3 then no f then o", "f then o then within 2h no f", "f then o then no f then o"]
    {
        assert_eq!(of_two(&format!("  when {fine}\n  within 1h\n")), [""; 0], "{fine}");
    }
}

#[test]
fn constants() {
    for condition in [
        "true",
        "1 == 1",
        "status == success or status != success",
        "status == success or status == failure",
        "has api.operation",
        r#"api.operation == api.operation"#,
        r#"api.operation like "*""#,
        r#"http_request.user_agent contains """#,
        r#"len(api.operation) >= 0"#,
        r#"http_request.body_length < 5 or http_request.body_length >= 5"#,
        r#"src_endpoint.ip in private or src_endpoint.ip in 0.0.0.0/0 or src_endpoint.ip in ::/0"#,
    ] {
        assert_eq!(on("cloudtrail", condition), ["constant-condition"], "{condition}");
    }
    for fine in [
        "has src_endpoint.ip",
        "len(api.operation) >= 1",
        "http_request.body_length < 5 or http_request.body_length > 5",
        "read_only == true",
    ] {
        assert_eq!(on("cloudtrail", fine), [""; 0], "{fine}");
    }
}

#[test]
fn impossible_values() {
    for (kind, condition) in [
        ("cloudtrail", r#"api.service.name in ["s3.amazonaws.com", "sts"]"#),
        ("api", r#"api.service.name == "iam""#),
        ("cloudtrail", r#"api.operation == "Create User""#),
        ("cloudtrail", r#"cloud.account.uid == "1234-5678-9012""#),
        ("dns", r#"query.hostname contains "NiceHash""#),
        ("dns", r#"query.hostname startswith "https://""#),
        ("network", "dst_endpoint.port == 70000"),
    ] {
        assert_eq!(on(kind, condition), ["impossible-value"], "{condition}");
    }
    for (kind, fine) in [
        ("api", r#"api.service.name == "apps""#),
        ("cloudtrail", r#"cloud.account.uid == "123456789012""#),
        ("network", "dst_endpoint.port > 1023"),
    ] {
        assert_eq!(on(kind, fine), [""; 0], "{fine}");
    }
}

#[test]
fn fixes_keep_what_stands_around() {
    let fixed = |kind: &str, condition: &str| {
        let resource = if kind == "dns" { "EC2" } else { "IAMUser" };
        let text = format!("finding Test:{resource}/Condition {{\n  severity low\n  on {kind} where {condition}\n}}\n");
        let found = linted(&text, &excerpt());
        let fix = found.iter().find_map(|d| d.fix.clone()).expect("a fix");
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        let out = format!("{}{}{}", &text[..start], fix.replacement, &text[end..]);
        out.split(" where ").nth(1).and_then(|s| s.split('\n').next()).expect("a condition").to_owned()
    };
    assert_eq!(fixed("cloudtrail", r"api.operation not matches /^Get/"), r#"api.operation not startswith "Get""#);
    assert_eq!(fixed("cloudtrail", r"api.operation matches /^GetUser$/i"), r#"api.operation == i"GetUser""#);
    assert_eq!(fixed("cloudtrail", r"api.operation not matches /^GetUser$/"), r#"api.operation != "GetUser""#);
    assert_eq!(
        fixed("dns", r#"has query.hostname and query.hostname not endswith "evil.com""#),
        r#"has query.hostname and query.hostname not under "evil.com""#
    );
}

const LISTED: &str = r#"
finding Discovery:IAMUser/KeysListed {
  severity low
  attack T1999
  on cloudtrail where status == success and status == failure
}
"#;

#[test]
fn allowances() {
    let allowed = |text: String| names(&linted(&text, &excerpt())).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(allowed(LISTED.to_owned()), ["unknown-technique", "contradiction"]);
    let above = |line: &str| format!("{line}{LISTED}");
    assert_eq!(allowed(above("// lint: allow(unknown-technique, contradiction) it is an example")), [""; 0]);
    assert_eq!(allowed(above("// lint: allow(contradiction)")), ["idle-allow", "unknown-technique", "contradiction"]);
    assert_eq!(
        allowed(above("// lint: allow(contradicton) why")),
        ["idle-allow", "unknown-technique", "contradiction"]
    );
    let at_line = LISTED.replace("T1999", "T1999 // lint: allow(unknown-technique) newer");
    assert_eq!(allowed(at_line), ["contradiction"]);
    let at_clause = LISTED.replace("  on cloud", "  // lint: allow(contradiction) an example\n  on cloud");
    assert_eq!(allowed(at_clause), ["unknown-technique"]);
    let elsewhere = LISTED.replace("  severity", "  // lint: allow(contradiction) an example\n  severity");
    assert_eq!(allowed(elsewhere), ["idle-allow", "unknown-technique", "contradiction"]);
}

#[test]
fn settings_allow_and_deny() {
    let settings = Settings { deny: BTreeSet::from(["contradiction".to_owned()]), ..excerpt() };
    let found = linted(LISTED, &settings);
    let levels: Vec<(&str, Level)> = found.iter().map(|d| (d.code.0, d.level)).collect();
    assert_eq!(levels, [("unknown-technique", Level::Warning), ("contradiction", Level::Error)]);
    let mut settings = excerpt();
    settings.allow.insert("contradiction".to_owned());
    assert_eq!(names(&linted(LISTED, &settings)), ["unknown-technique"]);
}

/// The tour of the language's page says what is true of it, and nothing else.
#[test]
fn the_tour_is_judged_fairly() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/parse/tour.og"));
    let found = linted(text, &Settings::default());
    let told: BTreeSet<(&str, &str)> =
        found.iter().map(|d| (d.code.0, d.message.split('`').nth(1).unwrap_or(""))).collect();
    let wanted = [
        ("absent-in-title", "local.instance_uid"),
        ("absent-key", "actor.principal"),
        ("absent-key", "local.instance_uid"),
        ("absent-key", "remote.ip"),
        ("absent-key", "resources"),
        ("no-firing-test", "AttackSequence:IAM/CompromisedCredentials"),
        ("no-firing-test", "Persistence:IAMUser/AnomalousBehavior"),
        ("no-firing-test", "UnauthorizedAccess:IAMUser/BruteThenSuccess"),
        ("open-exception", ""),
        ("unused-list", "@mining_domains"),
    ];
    assert_eq!(told, BTreeSet::from(wanted), "{found:#?}");
}

#[test]
fn a_default_beside_an_operator_decides_nothing() {
    let text = "finding Discovery:EC2/Quiet {\n  severity low\n  on network where remote.ip in public\n    \
                and (remote.port ?? 1) > 5 and not (local.instance_uid ?? \"\" like \"i-0*\")\n}\n";
    assert_eq!(names(&linted(text, &excerpt())), Vec::<&str>::new());
    let never = "finding Discovery:EC2/Never {\n  severity low\n  on network where (disposition ?? allowed) == allowed\n    \
                 and (remote.port ?? 1) > 5 and (remote.port ?? 1) < 5\n}\n";
    assert!(!names(&linted(never, &excerpt())).is_empty());
}
