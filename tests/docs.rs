//! What the hand-written pages say is so: links lead somewhere, rules load, commands and their options exist, files and
//! codes that are named are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use outguard::diag::codes;
use outguard::ops;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every page, by its path from the root.
fn pages() -> BTreeMap<String, String> {
    fn visit(dir: &Path, out: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(&path, out);
            } else if path.extension().is_some_and(|e| e == "md") {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                out.insert(name.replace('\\', "/"), fs::read_to_string(&path).expect("readable"));
            }
        }
    }
    let mut out = BTreeMap::new();
    visit(&root().join("docs"), &mut out);
    for name in ["README.md", "CHANGELOG.md"] {
        out.insert(name.to_owned(), fs::read_to_string(root().join(name)).expect("readable"));
    }
    assert!(out.len() > 80, "{}", out.len());
    out
}

/// Pages that people wrote and whose code is not tested with the codes and lints.
fn by_hand() -> BTreeMap<String, String> {
    let generated = |text: &str| text.starts_with("<!-- Written by");
    let elsewhere = |name: &str| name.starts_with("docs/errors/") || name.starts_with("docs/lints/");
    pages().into_iter().filter(|(name, text)| !generated(text) && !elsewhere(name)).collect()
}

/// A page cut into what is said (fenced blocks left out) and the blocks: info and body.
fn cut(page: &str) -> (String, Vec<(String, String)>) {
    let (mut said, mut blocks) = (String::new(), Vec::new());
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        let fence = line.trim_start().strip_prefix("```");
        match (fence, open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(info), None) => open = Some((info.trim().to_owned(), String::new())),
            (None, Some((info, body))) => open = Some((info, body + line + "\n")),
            (None, None) => said += &format!("{line}\n"),
        }
    }
    assert!(open.is_none(), "a block is not closed");
    (said, blocks)
}

/// The inline code of a text, and the text without it.
fn spans(said: &str) -> (Vec<String>, String) {
    let (mut code, mut rest) = (Vec::new(), String::new());
    for line in said.lines() {
        for (i, piece) in line.split('`').enumerate() {
            if i % 2 == 1 { code.push(piece.to_owned()) } else { rest.push_str(piece) }
        }
        rest.push('\n');
    }
    (code, rest)
}

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

fn anchors(page: &str) -> BTreeSet<String> {
    cut(page).0.lines().filter(|l| l.starts_with('#')).map(|l| anchor(l.trim_start_matches('#').trim())).collect()
}

#[test]
fn links_lead_somewhere() {
    let all = pages();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (name, page) in &all {
        let folder = root().join(name).parent().expect("a folder").to_owned();
        let (_, text) = spans(&cut(page).0);
        for piece in text.split("](").skip(1) {
            let link = piece.split(')').next().unwrap_or_default();
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (path, part) = link.split_once('#').map_or((link, None), |(path, part)| (path, Some(part)));
            let target = if path.is_empty() { root().join(name) } else { folder.join(path) };
            if !target.exists() {
                wrong.push(format!("{name}: `{link}` leads nowhere"));
            } else if let Some(part) = part {
                let text = fs::read_to_string(&target).unwrap_or_default();
                if !anchors(&text).contains(part) {
                    wrong.push(format!("{name}: `{link}`: there is no such heading"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "{seen}");
}

fn outguard(dir: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::cargo_bin("outguard").expect("built");
    let ran = command.current_dir(dir).args(arguments).output().expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ran.status.code().expect("not killed"), text(&ran.stdout) + &text(&ran.stderr))
}

#[test]
fn rules_on_pages_load_and_their_tests_pass() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (name, page) in by_hand() {
        for (info, body) in cut(&page).1 {
            let words: Vec<&str> = info.split_whitespace().collect();
            // With a path: a file of a pack that grows along the page, tested with that page.
            let (["outguard"] | ["outguard", "good" | "bad"]) = words.as_slice() else { continue };
            seen += 1;
            fs::write(dir.path().join("block.og"), &body).expect("writes");
            let (code, told) = outguard(dir.path(), &["lint", "block.og"]);
            let bad = words.get(1) == Some(&"bad");
            if (code == 2) != bad {
                wrong.push(format!("{name}: a block {info} gives {code}\n{told}"));
            }
            // What a stranger sees first is without a blemish.
            if name == "README.md" && code != 0 {
                wrong.push(format!("{name}: a block is not clean\n{told}"));
            }
            if !bad && body.contains("test \"") {
                let (code, told) = outguard(dir.path(), &["test", "block.og"]);
                if code != 0 {
                    wrong.push(format!("{name}: the tests of a block\n{told}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 7, "{seen}");
}

/// The commands with their help; `lists check` is one of them.
fn commands() -> BTreeMap<String, String> {
    let dir = root();
    let (_, help) = outguard(&dir, &["--help"]);
    let names = |help: &str| -> Vec<String> {
        let list = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| l.starts_with("  "));
        list.filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect()
    };
    let mut out = BTreeMap::new();
    for name in names(&help).into_iter().chain(["docs".to_owned()]) {
        let (_, help) = outguard(&dir, &[&name, "--help"]);
        for inner in names(&help) {
            out.insert(format!("{name} {inner}"), outguard(&dir, &[&name, &inner, "--help"]).1);
        }
        out.insert(name, help);
    }
    assert!(out.len() > 5, "{out:?}");
    out
}

/// Whether a help text has an option.
fn has(help: &str, option: &str) -> bool {
    let whole = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    help.match_indices(option).any(|(at, _)| help[at + option.len()..].chars().next().is_none_or(whole))
}

/// What is wrong with a command line that a page shows.
fn misuse(line: &str, commands: &BTreeMap<String, String>) -> Option<String> {
    let line = line.split(" | ").next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let name = words.first()?;
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None; // `outguard COMMAND`, `outguard --help`
    }
    let both = words.get(1).map(|second| format!("{name} {second}"));
    let Some(help) = both.and_then(|b| commands.get(&b)).or_else(|| commands.get(*name)) else {
        return Some(format!("there is no command `{name}`"));
    };
    let option = |w: &&&str| w.starts_with('-') && w.len() > 1 && w.chars().any(char::is_alphabetic);
    let unknown = words.iter().filter(option).find(|w| !has(help, w.trim_end_matches(',')));
    unknown.map(|w| format!("`{name}` has no `{w}`"))
}

#[test]
fn commands_and_options_exist() {
    let commands = commands();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (name, page) in by_hand() {
        let (said, blocks) = cut(&page);
        let lines = blocks.iter().filter(|(info, _)| matches!(info.as_str(), "sh" | "console"));
        let lines = lines.flat_map(|(_, body)| body.lines()).flat_map(|l| l.split(" && "));
        let lines = lines.map(|l| l.split(" #").next().unwrap_or_default().trim_start_matches("$ ").to_owned());
        for line in lines.chain(spans(&said).0) {
            let line = line
                .split_once("cargo run ")
                .and_then(|(_, l)| l.split_once("-- "))
                .map_or(line.clone(), |(_, l)| format!("outguard {l}"));
            if line.starts_with("outguard ") {
                seen += 1;
                wrong.extend(misuse(&line, &commands).map(|why| format!("{name}: `{line}`: {why}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 40, "{seen}");
}

#[test]
fn what_the_readme_asks_for_is_known() {
    let page = fs::read_to_string(root().join("README.md")).expect("the page");
    let blocks = cut(&page).1;
    let lines = blocks.iter().filter(|(info, _)| info == "sh").flat_map(|(_, body)| body.lines());
    let asks = |line: &&str| ["outguard explain ", "outguard fields "].iter().any(|start| line.starts_with(start));
    let asked: Vec<&str> = lines.filter(asks).map(|l| l.split('#').next().unwrap_or_default()).collect();
    assert!(asked.len() > 2, "{asked:?}");
    for line in asked {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let (code, told) = outguard(&root(), &words);
        assert_eq!(code, 0, "{line}\n{told}");
    }
}

/// That every option is in the manual is tested with the command line; here, that the manual has no other.
#[test]
fn options_in_the_manual_exist() {
    let commands = commands();
    let page = fs::read_to_string(root().join("docs/cli.md")).expect("the page");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for section in page.split("\n## outguard ").skip(1) {
        let (name, body) = section.split_once('\n').expect("a heading");
        let body = body.split("\n## ").next().unwrap_or_default();
        let own = commands.iter().filter(|(command, _)| command.split(' ').next() == Some(name.trim()));
        let help: String = own.map(|(_, help)| help.as_str()).collect();
        for code in spans(&cut(body).0).0 {
            for option in code.split([' ', '=']).filter(|w| w.starts_with("--") && w.len() > 2) {
                seen += 1;
                if !has(&help, option) {
                    wrong.push(format!("`{name}` has no `{option}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 30, "{seen}");
}

#[test]
fn files_and_codes_that_are_named_are_there() {
    const ROOMS: [&str; 6] = ["src/", "docs/", "tests/", "grammar/", "rules/", "benches/"];
    let mut wrong = Vec::new();
    for (name, page) in by_hand() {
        let (code, _) = spans(&cut(&page).0);
        for text in &code {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
            // `rules/` in a deployment file, and shapes (`docs/errors/EXXXX.md`), are not ours.
            let shape = text.contains("XXXX") || text.contains("//");
            if ROOMS.iter().any(|r| text.starts_with(r))
                && text.chars().all(plain)
                && !shape
                && !root().join(text).exists()
            {
                wrong.push(format!("{name}: `{text}` is not there"));
            }
            let number = text.strip_prefix('E').filter(|n| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit()));
            if number.is_some() && codes::find(text).is_none() {
                wrong.push(format!("{name}: there is no code `{text}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_manual_names_every_operator_function_and_aggregate() {
    let page = fs::read_to_string(root().join("docs/language.md")).expect("the manual");
    // `.service` and its kin are written as parts.
    let functions = ops::FUNCTIONS.iter().map(|f| f.name).filter(|n| !n.starts_with("arn_"));
    let calls = functions.chain(ops::AGGREGATES.iter().map(|a| a.name)).filter(|n| n.starts_with(char::is_alphabetic));
    let calls = calls.filter(|n| *n != "mod").map(|n| format!("{n}("));
    let missing: Vec<String> =
        calls.chain(ops::OPERATORS.iter().map(|o| o.name.to_owned())).filter(|n| !page.contains(n.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
