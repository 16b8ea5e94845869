//! The reference pages that are committed are what `outguard docs` would write.

use assert_cmd::Command;

#[test]
fn committed_pages_are_fresh() {
    let ran = Command::cargo_bin("outguard")
        .expect("built")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["docs", "--check"])
        .output()
        .expect("runs");
    let told = String::from_utf8_lossy(&ran.stdout);
    let failed = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "run `cargo run -- docs` and commit the pages\n{told}{failed}");
}

#[test]
fn stale_and_left_over_pages_are_named_and_mended() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("outguard").expect("built");
        let ran = command.current_dir(dir.path()).args(arguments).output().expect("runs");
        (ran.status.code().expect("not killed"), String::from_utf8(ran.stdout).expect("UTF-8"))
    };
    let page = |name: &str| dir.path().join("pages").join(name);
    let (code, told) = run(&["docs", "--check", "pages"]);
    assert_eq!(code, 1);
    assert!(told.contains("stale: pages/reference/operators.md") && told.contains("`outguard docs pages`"), "{told}");
    assert_eq!(run(&["docs", "pages"]).0, 0);
    assert_eq!(run(&["docs", "--check", "pages"]).0, 0);

    let operators = std::fs::read_to_string(page("reference/operators.md")).expect("written");
    std::fs::write(page("reference/operators.md"), operators.replace("`==`", "`=`")).expect("writes");
    std::fs::copy(page("reference/lints.md"), page("findings/gone.md")).expect("copies");
    std::fs::write(page("findings/own.md"), "# A page of somebody's own\n").expect("writes");
    let (code, told) = run(&["docs", "--check", "pages"]);
    assert_eq!(code, 1);
    let stale: Vec<&str> = told.lines().filter_map(|l| l.strip_prefix("stale: ")).collect();
    assert_eq!(stale, ["pages/reference/operators.md", "pages/findings/gone.md"]);
    assert_eq!(run(&["docs", "pages"]).0, 0);
    assert_eq!(std::fs::read_to_string(page("reference/operators.md")).expect("written"), operators);
    assert!(!page("findings/gone.md").exists() && page("findings/own.md").exists());
}
