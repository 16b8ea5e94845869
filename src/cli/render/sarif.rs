//! SARIF 2.1.0: one document, for code scanning.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::place::Place;
use crate::cli::terminal::Stream;
use crate::diag::{Diagnostic, Level, codes};
use crate::text::SourceMap;

/// Writes the form.
pub fn write(diagnostics: &[Diagnostic], sources: &SourceMap, _: &Stream, out: &mut dyn Write) -> io::Result<()> {
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rules: Vec<Value> = Vec::new();
    for d in diagnostics {
        index.entry(d.code.0).or_insert_with(|| {
            let mut rule = json!({ "id": d.code.0 });
            if let Some(info) = codes::find(d.code.0) {
                rule["shortDescription"] = json!({ "text": info.title });
                rule["help"] = json!({ "text": info.page, "markdown": info.page });
            }
            rules.push(rule);
            rules.len() - 1
        });
    }
    let results: Vec<Value> = diagnostics.iter().map(|d| result(d, index.get(d.code.0).copied(), sources)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "outguard", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn result(d: &Diagnostic, rule: Option<usize>, sources: &SourceMap) -> Value {
    let level = match d.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let help = d.help.as_ref().map(|h| format!("\nhelp: {h}")).unwrap_or_default();
    let mut places = d.labels.iter().map(|l| location(&Place::of(sources, l.span), &l.text));
    let mut value = json!({
        "ruleId": d.code.0,
        "ruleIndex": rule,
        "level": level,
        "message": { "text": format!("{}{help}", d.message) },
        "locations": places.next().into_iter().collect::<Vec<_>>(),
    });
    let related: Vec<Value> = places.collect();
    if !related.is_empty() {
        value["relatedLocations"] = json!(related);
    }
    if let Some(fix) = &d.fix {
        let place = Place::of(sources, fix.span);
        value["fixes"] = json!([{
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(&place.file) },
                "replacements": [{ "deletedRegion": region(&place), "insertedContent": { "text": fix.replacement } }],
            }],
        }]);
    }
    value
}

fn location(place: &Place, text: &str) -> Value {
    let mut value = json!({
        "physicalLocation": { "artifactLocation": { "uri": uri(&place.file) }, "region": region(place) },
    });
    if !text.is_empty() {
        value["message"] = json!({ "text": text });
    }
    value
}

fn region(p: &Place) -> Value {
    json!({ "startLine": p.line, "startColumn": p.column, "endLine": p.end_line, "endColumn": p.end_column })
}

/// A file name as a relative URI reference: what a URI may not hold is escaped.
fn uri(file: &str) -> String {
    let mut out = String::with_capacity(file.len());
    for b in file.bytes() {
        match b {
            b'\\' => out.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(b)),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
