//! Rule tests run by the plan and the engine: every `tests/cases/run/*.og` must pass all of its tests, and every
//! `tests/cases/run/failing/*.og` must fail as its snapshot says.

use std::fmt::Write as _;
use std::sync::Arc;

use outguard::plan::{self, Pack};
use outguard::schema::{Kind, Vocabulary};
use outguard::suite::{Suite, Verdict};
use outguard::text::{FileId, SourceMap};
use outguard::{check, syntax};

fn run(name: &str, text: &str) -> String {
    let vocabulary = Vocabulary::builtin().expect("the vocabulary loads");
    let mut sources = SourceMap::default();
    let file = sources.add(name, text);
    let parsed = syntax::parse(file, text);
    let checked = check::check(std::slice::from_ref(&parsed.file), &sources, &vocabulary);
    let mut out = String::new();
    for d in parsed.diagnostics.iter().chain(&checked.diagnostics).filter(|d| d.is_error()) {
        let at = d.span().map(|s| sources.position(s));
        let _ = writeln!(out, "{} {} {}", at.map_or(0, |p| p.line), d.code.0, d.message);
    }
    if !out.is_empty() {
        return out;
    }
    let pack = |_: FileId| Pack { name: Arc::from("test"), version: Arc::from("0") };
    let replay = |_: FileId, _: &str, _: Kind, _: &plan::Plan, _: &mut dyn FnMut(&outguard::schema::Event<'_>)| {
        Err("no files in this test".to_owned())
    };
    let suite = Suite { model: &checked.model, vocabulary: &vocabulary, pack: &pack, replay: &replay };
    for outcome in suite.run(&|_, _| true) {
        let line = sources.position(outcome.span).line;
        match outcome.verdict {
            Verdict::Passed => {
                let _ = writeln!(out, "{line} ok {}", outcome.name);
            }
            Verdict::Failed(f) => {
                let at = sources.position(f.span).line;
                let _ = writeln!(out, "{line} FAILED {} at line {at}: {}", outcome.name, f.message);
            }
        }
    }
    let built = plan::build(&checked.model, &vocabulary, &pack, None);
    let _ = writeln!(out, "\n{}", built.to_text(&vocabulary).trim_end());
    out
}

#[test]
fn cases_pass() {
    insta::glob!("cases/run/*.og", |path| {
        let text = std::fs::read_to_string(path).expect("readable");
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
        let out = run(name, &text);
        assert!(!out.contains("FAILED") && out.contains(" ok "), "{name}:\n{out}");
        insta::assert_snapshot!(format!("{text}\n----\n{out}"));
    });
}

#[test]
fn failing_cases_say_why() {
    insta::glob!("cases/run/failing/*.og", |path| {
        let text = std::fs::read_to_string(path).expect("readable");
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
        let out = run(name, &text);
        assert!(out.contains("FAILED"), "{name}:\n{out}");
        insta::assert_snapshot!(format!("{text}\n----\n{out}"));
    });
}
