//! The tutorial and the README are true: their rule files are written, their commands run as in a clone, and the answers
//! are those on the page.
//! `UPDATE_TUTORIAL=1 cargo test --test tutorial` writes the answers anew.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use outguard::program::{Program, RuleFile, vocabulary};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("makes folders");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copies");
        }
    }
}

/// What a command prints, standard output first; time and speed are not the same twice.
fn run(dir: &Path, line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for (i, piece) in line.split('"').enumerate() {
        if i % 2 == 0 {
            words.extend(piece.split_whitespace().map(str::to_owned));
        } else {
            words.push(piece.to_owned());
        }
    }
    assert_eq!(words.remove(0), "outguard", "{line}");
    if words[0] == "run" && !words.iter().any(|w| w == "--format") {
        // The reader sits before a terminal, the test does not.
        words.extend(["--format".to_owned(), "table".to_owned()]);
    }
    let mut command = Command::cargo_bin("outguard").expect("built");
    command.current_dir(dir).args(&words).env_remove("COLUMNS").env_remove("NO_COLOR");
    let ran = command.output().expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let mut told = text(ran.stdout);
    let failed = text(ran.stderr);
    if !told.is_empty() && !told.ends_with('\n') {
        told.push('\n');
    }
    told += &failed;
    let told: Vec<&str> = told.lines().map(str::trim_end).collect();
    format!("{}\n", told.join("\n").trim_matches('\n'))
}

/// A line without what is measured: `in 46 ms, 26.4 MB/s`.
fn steady(line: &str) -> &str {
    if line.starts_with("read ") { line.rfind(" in ").map_or(line, |at| &line[..at]) } else { line }
}

/// Whether an answer is the one on the page; a line `…` stands for any lines.
fn same(page: &[&str], answer: &[&str]) -> bool {
    match (page.first(), answer.first()) {
        (None, None) => true,
        (Some(&"…"), _) => same(&page[1..], answer) || !answer.is_empty() && same(page, &answer[1..]),
        (Some(a), Some(b)) => steady(a.trim_end()) == steady(b) && same(&page[1..], &answer[1..]),
        _ => false,
    }
}

/// The commands of a block with their answers.
fn commands(body: &str) -> Vec<(String, Vec<&str>)> {
    let mut out: Vec<(String, Vec<&str>)> = Vec::new();
    for line in body.lines() {
        match (line.strip_prefix("$ "), out.last_mut()) {
            (Some(command), _) => out.push((command.to_owned(), Vec::new())),
            (None, Some((_, answer))) => answer.push(line),
            (None, None) => panic!("no command before `{line}`"),
        }
    }
    out
}

fn loads(dir: &Path) -> Vec<String> {
    let mut rules = Vec::new();
    for entry in fs::read_dir(dir).expect("the pack") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "og") {
            let text = fs::read_to_string(&path).expect("readable");
            rules.push(RuleFile { name: path.display().to_string().into(), text: text.into(), pack: None });
        }
    }
    let program = Program::load(rules, Vec::new(), vocabulary());
    program.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.message.clone()).collect()
}

#[test]
fn the_tutorial_is_true() {
    assert!(follow("docs/tutorial.md") > 10);
}

#[test]
fn the_readme_is_true() {
    assert!(follow("README.md") > 0);
}

/// Does what a page says; how many commands that were.
fn follow(page: &str) -> usize {
    let path = root().join(page);
    let page = fs::read_to_string(&path).expect("the page");
    let dir = tempfile::tempdir().expect("temporary folder");
    for folder in ["tests/events", "tests/lists"] {
        copy(&root().join(folder), &dir.path().join(folder));
    }
    fs::copy(root().join("outguard.yaml"), dir.path().join("outguard.yaml")).expect("copies");
    let (mut wrong, mut ran) = (Vec::new(), 0);
    let mut out = String::new();
    let mut rest = page.as_str();
    while let Some(at) = rest.find("```") {
        let info = rest[at + 3..].lines().next().unwrap_or_default();
        let start = at + 3 + info.len() + 1;
        let end = start + rest[start..].find("```").expect("a closed block");
        let body = &rest[start..end];
        out += &rest[..start];
        let mut words = info.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("outguard"), Some(mark), Some(file)) => {
                fs::write(dir.path().join(file), body).expect("writes");
                let errors = loads(&dir.path().join("my-pack"));
                if errors.is_empty() != (mark == "good") {
                    wrong.push(format!("a block marked {mark}: {errors:?}"));
                }
                out += body;
            }
            (Some("console"), ..) => {
                for (command, answer) in commands(body) {
                    let told = run(dir.path(), &command);
                    let lines: Vec<&str> = told.lines().filter(|_| told != "\n").collect();
                    ran += 1;
                    out += &format!("$ {command}\n");
                    if same(&answer, &lines) {
                        out.extend(answer.iter().map(|l| format!("{l}\n")));
                    } else {
                        out.extend(lines.iter().map(|l| format!("{l}\n")));
                        wrong.push(format!("$ {command}\n{told}"));
                    }
                }
            }
            _ => out += body,
        }
        out += "```";
        rest = &rest[end + 3..];
    }
    out += rest;
    if std::env::var_os("UPDATE_TUTORIAL").is_some() {
        fs::write(&path, out).expect("writes");
        return ran;
    }
    assert!(wrong.is_empty(), "the page says something else than:\n{}", wrong.join("\n"));
    ran
}
