//! Usage, help, completions, the vocabulary, a new pack.

use super::tool::Tool;

#[test]
fn wrong_use_exits_3_and_help_exits_0() {
    let tool = Tool::new();
    for wrong in [&["nonsense"][..], &[], &["fields", "--nonsense"], &["completions", "klingon"]] {
        let ran = tool.run(wrong);
        assert_eq!(ran.code, 3, "{wrong:?}: {}", ran.told());
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{wrong:?}");
    }
    for fine in [&["--help"][..], &["--version"], &["fields", "--help"]] {
        let ran = tool.run(fine);
        assert_eq!(ran.code, 0, "{fine:?}: {}", ran.told());
        assert!(ran.err.is_empty(), "{fine:?}");
    }
}

#[test]
fn completions_know_the_commands() {
    let tool = Tool::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = tool.run(&["completions", shell]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("fields"), "{shell}");
    }
}

#[test]
fn the_vocabulary_is_shown() {
    let tool = Tool::new();
    let kinds = tool.run(&["fields"]);
    assert_eq!(kinds.code, 0);
    assert!(kinds.out.contains("cloudtrail") && kinds.out.contains("network"), "{}", kinds.out);
    insta::assert_snapshot!("fields_filter", tool.run(&["fields", "cloudtrail", "--filter", "api.op"]).told());
    insta::assert_snapshot!("fields_unknown", tool.run(&["fields", "cloudtrial"]).told());
    let json = tool.run(&["fields", "api", "--format", "json"]);
    for line in json.out.lines() {
        let attribute: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(attribute["doc"].as_str().is_some_and(|d| !d.is_empty()), "{line}");
    }
}

#[test]
fn a_new_pack_is_made_once() {
    let tool = Tool::new();
    insta::assert_snapshot!("new", tool.run(&["new", "my-pack"]).told());
    assert!(tool.read("my-pack/pack.yaml").starts_with("name: my-pack\n"));
    insta::assert_snapshot!("new_again", tool.run(&["new", "my-pack"]).told());
    assert_eq!(tool.run(&["new", "My Pack"]).code, 3);
}

#[test]
fn lists_are_checked_as_the_engine_would_read_them() {
    let tool = Tool::new();
    tool.write("good.txt", "# pools\n198.51.99.7\n198.51.98.0/24\n")
        .write("page.txt", "<!DOCTYPE html><html><body>404</body></html>");
    tool.write("wide.txt", "0.0.0.0/0\n10.0.0.0/8\n203.0.112.9\n");
    insta::assert_snapshot!("lists_check", tool.run(&["lists", "check", "good.txt", "page.txt", "wide.txt"]).told());
    assert_eq!(tool.run(&["lists", "check", "good.txt"]).code, 0);
    assert_eq!(tool.run(&["lists", "check", "page.txt"]).code, 1);
    let missing = tool.run(&["lists", "check", "good.txt", "none.txt", "--json"]);
    assert_eq!(missing.code, 3);
    assert!(missing.err.contains("cannot read `none.txt`: no such file or directory"), "{}", missing.err);
    let report: serde_json::Value = serde_json::from_str(&missing.out).expect("JSON");
    assert_eq!((report["accepted"].as_u64(), report["type"].as_str()), (Some(2), Some("ip")));
}

#[test]
fn the_manual_tells_every_command_and_option() {
    use clap::CommandFactory;
    let manual = include_str!("../../docs/cli.md");
    for command in outguard::cli::Cli::command().get_subcommands() {
        let name = command.get_name();
        let heading = format!("\n## outguard {name}\n");
        let section = manual.split(heading.as_str()).nth(1).unwrap_or_else(|| panic!("no section for `{name}`"));
        let section = section.split("\n## ").next().unwrap_or_default();
        let nested = command.get_subcommands().flat_map(clap::Command::get_arguments);
        for option in command.get_arguments().chain(nested).filter_map(clap::Arg::get_long) {
            assert!(
                section.contains(&format!("--{option}")),
                "`{name}` has an option --{option} that the manual does not tell"
            );
        }
    }
    for (_, sentence) in outguard::cli::exit::Exit::ALL {
        let start = sentence.split([':', ';']).next().unwrap_or_default();
        assert!(manual.contains(start), "{start}");
        assert!(Tool::new().run(&["--help"]).out.contains(start), "{start}");
    }
}
