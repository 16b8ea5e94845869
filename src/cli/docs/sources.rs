//! The page of log sources: how each is recognised, and which field feeds which attribute.

use super::markdown::{code, codes, prose, table};
use crate::cli::fields::recipe;
use crate::schema::{AttrId, Condition, Kind, Lines, Mapping, Presence, Recipe, Source, SourceId, Vocabulary, Wire};

const HEAD: &str = "# Log sources

Records are recognised by what is in them, not by the name of their file; `outguard run --as SOURCE` overrides. *Late*
says how long after its time an event may still come. Two records of one identity are one event.

";

pub fn page(vocabulary: &Vocabulary) -> String {
    let mut out = HEAD.to_owned();
    for id in vocabulary.source_ids() {
        let source = vocabulary.source(id);
        out += &format!("## {}\n\n{}. {}\n\n", code(&source.name), source.title, prose(&source.doc));
        out += &table(&["", ""], facts(vocabulary, source));
        for mapping in &source.classes {
            out += &class(vocabulary, id, mapping);
        }
    }
    out
}

fn facts(vocabulary: &Vocabulary, source: &Source) -> Vec<Vec<String>> {
    let wire = match source.wire {
        Wire::Json => "one JSON object a record".to_owned(),
        Wire::Zeek => "rows under `#fields`, or one JSON object a record".to_owned(),
        Wire::Text => "a line of text, with those that go on from it".to_owned(),
        Wire::Columns if source.default_columns.is_empty() => "columns, named by a header".to_owned(),
        Wire::Columns => format!("columns, named by a header; without one {}", codes(&source.default_columns, "none")),
    };
    let classes = source.classes.iter().map(|m| &vocabulary.class(m.class).name);
    let mut rows = vec![
        ("record", wire),
        ("recognised if", source.lines.as_ref().map_or_else(|| alternatives(&source.recognise, source), begins)),
        ("time", from(&source.time, source)),
        ("identity", identity(source)),
        ("account", place(&source.account, source)),
        ("region", place(&source.region, source)),
        ("late", format!("at most {}", duration(source.lateness))),
        ("classes", codes(classes, "none")),
    ];
    if let Some(lines) = &source.lines {
        let events = lines.messages.iter().map(|m| format!("{} (has {})", code(&m.name), code(&m.has)));
        rows.insert(2, ("events", events.collect::<Vec<_>>().join(", ")));
    }
    if !source.skip.is_empty() {
        rows.insert(2, ("skipped if", alternatives(&source.skip, source)));
    }
    if source.interval > 0 {
        rows.push(("covers", format!("at most {} a record", duration(source.interval))));
    }
    rows.into_iter().map(|(what, text)| vec![what.to_owned(), text]).collect()
}

/// How lines of text begin, in the source's own patterns.
fn begins(lines: &Lines) -> String {
    let patterns = lines.begins.iter().map(|b| {
        let pattern = b.as_str().trim_start_matches(r"\A(?:");
        code(pattern.strip_suffix(')').unwrap_or(pattern))
    });
    format!("it begins with {}", patterns.collect::<Vec<_>>().join(" or "))
}

fn class(vocabulary: &Vocabulary, id: SourceId, mapping: &Mapping) -> String {
    let source = vocabulary.source(id);
    let kind = Kind { class: mapping.class, source: Some(id) };
    let class = vocabulary.class(mapping.class);
    let mut out = format!("### {} as {}\n\n", code(&source.name), code(&class.name));
    if !mapping.when.is_empty() {
        out += &format!("Records where {}.\n\n", alternatives(&mapping.when, source));
    }
    let rows = (0..).map(AttrId).zip(&class.attributes).filter_map(|(attr, attribute)| {
        let feed = mapping.attributes.get(&attr)?;
        let present = match vocabulary.presence(kind, attr) {
            Presence::Never => return None,
            Presence::Always => "always".to_owned(),
            Presence::When(when) if when.is_empty() => "sometimes".to_owned(),
            Presence::When(when) => prose(&when),
        };
        Some(vec![code(&attribute.name), from(&feed.recipe, source), present])
    });
    out += &table(&["attribute", "from", "present"], rows);
    out
}

fn from(recipe: &Recipe, source: &Source) -> String {
    prose(&recipe::words(recipe, source))
}

fn place(recipe: &Recipe, source: &Source) -> String {
    let otherwise = "the envelope, the path or the deployment";
    match recipe {
        Recipe::Absent => otherwise.to_owned(),
        recipe => format!("{}, else {otherwise}", from(recipe, source)),
    }
}

fn identity(source: &Source) -> String {
    if source.identity.is_empty() {
        return "a hash of the record".to_owned();
    }
    source.identity.iter().map(|r| from(r, source)).collect::<Vec<_>>().join(" and ")
}

/// Conditions in words: all of one alternative, or all of another.
fn alternatives(alternatives: &[Vec<Condition>], source: &Source) -> String {
    let all: Vec<String> = alternatives
        .iter()
        .map(|all| {
            let all: Vec<String> = all.iter().map(|c| prose(&recipe::condition(c, source))).collect();
            all.join(" and ")
        })
        .collect();
    if all.is_empty() { "never by itself".to_owned() } else { all.join("; or ") }
}

fn duration(ms: i64) -> String {
    crate::value::Value::Duration(ms).to_string()
}
