//! What each form looks like, over one set of diagnostics.

use super::*;
use crate::cli::terminal::Stream;
use crate::diag::Code;
use crate::text::Span;

const STREAM: Stream = Stream { interactive: false, color: false, width: 80 };

fn sample() -> (SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let a =
        sources.add("iam/a.og", "finding Recon:IAMUser/A {\n  severity high\n  on cloudtrial where x == \"ü\"\n}\n");
    let b = sources.add("b.og", "list @x: ip\n\u{1b}[2J\n");
    let mut all = vec![
        Diagnostic::warning(Code("unused-list"), Span::new(b, 5, 7), "nothing reads `@x`").fix(Span::new(b, 0, 12), ""),
        Diagnostic::error(Code("E0000"), Span::new(a, 47, 57), "no kind is called `cloudtrial`")
            .here("not a kind")
            .label(Span::new(b, 0, 4), "declared here")
            .help("did you mean `cloudtrail`?"),
    ];
    sort(&mut all);
    (sources, all)
}

fn rendered(form: &str) -> String {
    let (sources, all) = sample();
    let mut out = Vec::new();
    Form::find(form).expect("registered").write(&all, &sources, &STREAM, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn forms_look_like_this() {
    for form in FORMS {
        insta::assert_snapshot!(format!("form_{}", form.name), rendered(form.name));
    }
}

#[test]
fn machine_forms_are_well_formed() {
    let lines = rendered("json");
    assert_eq!(lines.lines().count(), 2);
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    }
    serde_json::from_str::<serde_json::Value>(&rendered("sarif")).expect("JSON");
    roxmltree::Document::parse(&rendered("junit")).expect("XML");
    assert!(rendered("text").chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn names_are_unique_and_told() {
    let names: BTreeSet<&str> = FORMS.iter().map(|f| f.name).collect();
    assert_eq!(names.len(), FORMS.len());
    assert!(FORMS.iter().all(|f| !f.doc.is_empty()));
}

#[test]
fn every_list_ends_in_one_count_line() {
    let (_, all) = sample();
    assert_eq!(count_line(&all).as_deref(), Some("1 error, 1 warning in 2 files"));
    assert_eq!(count_line(&[]), None);
    assert_eq!(plural(0, "file"), "0 files");
    assert_eq!(plural(12_345, "entry"), "12 345 entries");
    assert_eq!(plural(2, "day"), "2 days");
}
