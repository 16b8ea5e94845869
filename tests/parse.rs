//! Golden cases of the parser: `tests/cases/parse/*.og`. A snapshot shows the input, the tree and the diagnostics.

use outguard::diag::Diagnostic;
use outguard::schema::Vocabulary;
use outguard::syntax::ast::is_word;
use outguard::syntax::words::RESERVED;
use outguard::syntax::{dump, parse};
use outguard::text::SourceMap;
use outguard::value::Type;

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

/// Words are reserved so that none is an attribute or an enum word, in any class: rules can read them all.
#[test]
fn no_reserved_word_is_in_the_vocabulary() {
    let vocabulary = Vocabulary::builtin().expect("the vocabulary loads");
    let mut words = 0;
    for class in &vocabulary.classes {
        let fields = class.attributes.iter().flat_map(|a| &a.fields);
        for attribute in class.attributes.iter().chain(fields) {
            let enums = match &attribute.ty {
                Type::Enum(words) => words.to_vec(),
                _ => Vec::new(),
            };
            let first = attribute.name.split('.').next().unwrap_or_default();
            for word in enums.iter().map(String::as_str).chain([first]) {
                words += 1;
                let mine = is_word(word) && RESERVED.contains(&word);
                assert!(!mine, "`{word}` of {} in {} is a word of the language", attribute.name, class.name);
            }
        }
    }
    assert!(words > 100, "only {words} words were looked at");
}
