//! Golden cases of the checker: `tests/cases/check/*.og`. A snapshot shows the input, the model and the diagnostics.
//! And the pages of its error codes: a `bad` block gives the code, a `good` block loads.

use outguard::check::{Checked, check, print};
use outguard::diag::{Diagnostic, codes};
use outguard::schema::Vocabulary;
use outguard::syntax::parse;
use outguard::text::SourceMap;

fn vocabulary() -> Vocabulary {
    Vocabulary::builtin().unwrap_or_else(|e| panic!("the built-in vocabulary: {e}"))
}

/// Parses and checks one file; diagnostics of both, the parser's first.
fn load(text: &str, vocabulary: &Vocabulary) -> (SourceMap, Checked) {
    let mut map = SourceMap::default();
    let id = map.add("case.og", text);
    let parsed = parse(id, text);
    let mut checked = check(std::slice::from_ref(&parsed.file), &map, vocabulary);
    let mut diagnostics = parsed.diagnostics;
    diagnostics.append(&mut checked.diagnostics);
    (map, Checked { diagnostics, ..checked })
}

fn show(map: &SourceMap, diagnostic: &Diagnostic) -> String {
    let mut out = String::new();
    for (i, label) in diagnostic.labels.iter().enumerate() {
        let at = map.position(label.span);
        let text = map.slice(label.span).lines().next().unwrap_or("");
        if i == 0 {
            let (code, level) = (diagnostic.code.0, diagnostic.level.word());
            out += &format!("{}:{} {level} {code} {} | at `{text}`", at.line, at.column, diagnostic.message);
            out += &diagnostic.help.as_ref().map_or(String::new(), |h| format!(" | {h}"));
        } else {
            out += &format!("\n    {}:{} {} | at `{text}`", at.line, at.column, label.text);
        }
    }
    out + "\n"
}

#[test]
fn golden_cases() {
    let vocabulary = vocabulary();
    insta::with_settings!({ snapshot_path => "cases/check/snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::glob!("cases/check/*.og", |path| {
            let text = std::fs::read_to_string(path).expect("a readable case");
            let (map, checked) = load(&text, &vocabulary);
            let problems: String = checked.diagnostics.iter().map(|d| show(&map, d)).collect();
            let problems = if problems.is_empty() { "none\n".to_owned() } else { problems };
            let model = if checked.is_ok() { print::model(&checked.model, &vocabulary) } else { "errors\n".to_owned() };
            insta::assert_snapshot!(format!("{text}\n==== model\n{model}\n==== diagnostics\n{problems}"));
        });
    });
}

#[test]
fn the_tour_checks() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/parse/tour.og")).expect("tour");
    let (map, checked) = load(&text, &vocabulary());
    let problems: String = checked.diagnostics.iter().filter(|d| d.is_error()).map(|d| show(&map, d)).collect();
    assert!(problems.is_empty(), "{problems}");
    assert_eq!(checked.model.findings.len(), 5);
}

/// The texts of a page's blocks with that mark.
fn blocks<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    let fence = format!("```outguard {mark}\n");
    page.split(&*fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn pages_keep_their_promise() {
    let vocabulary = vocabulary();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for info in codes::REGISTRY {
        let code = info.code.0;
        // E01 is the parser's, E08 is of logs.
        if code.starts_with("E01") || code.starts_with("E08") {
            continue;
        }
        let (bad, good) = (blocks(info.page, "bad"), blocks(info.page, "good"));
        if bad.is_empty() || good.is_empty() {
            wrong.push(format!("{code}: a block is missing"));
        }
        seen += 1;
        for bad in bad {
            let (map, checked) = load(bad, &vocabulary);
            let found = &checked.diagnostics;
            if !found.iter().any(|d| d.code.0 == code) {
                let all: String = found.iter().map(|d| show(&map, d)).collect();
                wrong.push(format!("{code}: a bad block gives instead:\n{all}"));
            }
        }
        for good in good {
            let (map, checked) = load(good, &vocabulary);
            let all: String = checked.diagnostics.iter().map(|d| show(&map, d)).collect();
            if !all.is_empty() {
                wrong.push(format!("{code}: a good block gives:\n{all}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_manual_loads() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/language.md")).expect("the manual");
    let vocabulary = vocabulary();
    let blocks: Vec<&str> =
        text.split("```outguard\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(blocks.len() >= 6, "{}", blocks.len());
    for block in blocks {
        let (map, checked) = load(block, &vocabulary);
        let problems: String = checked.diagnostics.iter().map(|d| show(&map, d)).collect();
        assert!(problems.is_empty(), "{problems}\nin\n{block}");
    }
}

/// Whatever is cut off a rule file, checking ends and does not panic.
#[test]
fn broken_files_are_checked() {
    let vocabulary = vocabulary();
    let mut seen = 0;
    for folder in ["parse", "check"] {
        let folder = format!("{}/tests/cases/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).expect("cases") {
            let path = entry.expect("entry").path();
            if path.extension().is_none_or(|e| e != "og") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a readable case");
            let lines: Vec<&str> = text.lines().collect();
            for cut in (0..lines.len()).step_by(8) {
                let without: Vec<&str> = lines.iter().enumerate().filter(|(i, _)| *i != cut).map(|(_, l)| *l).collect();
                load(&lines[..cut].join("\n"), &vocabulary);
                load(&without.join("\n"), &vocabulary);
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn depth_is_bounded() {
    let deep = |inner: &str| format!("{}{inner}{}", "not (".repeat(25), ")".repeat(25));
    let mut text = format!("let a0 on cloudtrail = {}\n", deep("api.operation == \"x\""));
    for i in 1..15 {
        text += &format!("let a{i} on cloudtrail = {}\n", deep(&format!("a{}", i - 1)));
    }
    let (_, checked) = load(&text, &vocabulary());
    assert!(checked.diagnostics.iter().all(|d| d.code.0 == "E0212"), "{:?}", checked.diagnostics);
    assert!(checked.diagnostics.iter().any(|d| d.code.0 == "E0212"));
}
