//! Golden cases of the parser: `tests/cases/parse/*.og`. A snapshot shows the input, the tree and the diagnostics.

use outguard::diag::Diagnostic;
use outguard::syntax::{dump, parse};
use outguard::text::SourceMap;

/// A diagnostic as `line:column code message | help`, further labels below it.
fn show(map: &SourceMap, diagnostic: &Diagnostic) -> String {
    let mut out = String::new();
    for (i, label) in diagnostic.labels.iter().enumerate() {
        let at = map.position(label.span);
        let place = format!("{}:{}", at.line, at.column);
        let text = map.slice(label.span).lines().next().unwrap_or("");
        if i == 0 {
            let level = diagnostic.level.word();
            out += &format!("{place} {level} {} {} | at `{text}`", diagnostic.code.0, diagnostic.message);
            out += &diagnostic.help.as_ref().map_or(String::new(), |h| format!(" | {h}"));
        } else {
            out += &format!("\n    {place} {} | at `{text}`", label.text);
        }
    }
    out + "\n"
}

#[test]
fn golden_cases() {
    insta::with_settings!({ snapshot_path => "cases/parse/snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::glob!("cases/parse/*.og", |path| {
            let text = std::fs::read_to_string(path).expect("a readable case");
            let mut map = SourceMap::default();
            let id = map.add("case.og", text.as_str());
            let parsed = parse(id, &text);
            let problems: String = parsed.diagnostics.iter().map(|d| show(&map, d)).collect();
            let problems = if problems.is_empty() { "none\n".to_owned() } else { problems };
            insta::assert_snapshot!(format!("{text}\n==== tree\n{}\n==== diagnostics\n{problems}", dump(&parsed.file)));
        });
    });
}
