//! `outguard fields [KIND]`: the vocabulary. Without a kind, the kinds; with one, its attributes: type, how surely they
//! are there, which field of each source feeds them, what they mean.

pub(super) mod recipe;

use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

use super::exit::{Exit, Failure, Outcome};
use super::render::plural;
use super::terminal::{Paint, Stream, Terminal, stdout, wrap};
use crate::program;
use crate::schema::{AttrId, Attribute, Kind, Presence, Source, Vocabulary};
use crate::suggest;
use crate::value::Type;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A class (`api`) or a log source (`cloudtrail`); none: list them
    kind: Option<String>,
    /// Only attributes whose name holds this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// How to write it
    #[arg(long, value_name = "FORM", default_value = "table", value_parser = ["table", "json"])]
    format: String,
}

/// Prints the vocabulary.
pub fn main(args: &Args, terminal: &Terminal) -> Outcome {
    let vocabulary = program::vocabulary();
    let json = args.format == "json";
    let text = match &args.kind {
        None if json => lines(kinds_json(vocabulary)),
        None => kinds_table(vocabulary, &terminal.out),
        Some(name) => {
            let kind = vocabulary.kind(name).ok_or_else(|| unknown(vocabulary, name))?;
            let wanted = wanted(vocabulary, kind, args.filter.as_deref());
            if json {
                lines(wanted.iter().map(|&a| attribute_json(vocabulary, kind, a)).collect())
            } else {
                kind_table(vocabulary, kind, &wanted, &terminal.out)
            }
        }
    };
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Clean)
}

fn unknown(vocabulary: &Vocabulary, name: &str) -> Failure {
    let failure = Failure::new(format!("no kind is called `{name}`"));
    match suggest::nearest(name, vocabulary.kind_names()) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`outguard fields` lists the kinds"),
    }
}

fn lines(values: Vec<Value>) -> String {
    values.into_iter().map(|v| format!("{v}\n")).collect()
}

/// The attributes of a kind that the user wants to see; those that its source never carries are left out.
fn wanted(vocabulary: &Vocabulary, kind: Kind, filter: Option<&str>) -> Vec<AttrId> {
    let ids = (0..vocabulary.class(kind.class).attributes.len()).filter_map(|n| u16::try_from(n).ok()).map(AttrId);
    let carried = |a: &AttrId| kind.source.is_none() || vocabulary.presence(kind, *a) != Presence::Never;
    let named = |a: &AttrId| filter.is_none_or(|f| vocabulary.attr(kind.class, *a).name.contains(f));
    ids.filter(|a| carried(a) && named(a)).collect()
}

fn kinds_table(vocabulary: &Vocabulary, stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let mut classes = table(stream, &["class", "what", "sources"]);
    for class in &vocabulary.classes {
        let kind = vocabulary.kind(&class.name);
        let sources = kind.map(|k| source_names(vocabulary, k)).unwrap_or_default();
        let what = format!("{} (OCSF {}). {}", class.title, class.uid, class.doc.trim());
        classes.add_row([paint.cyan(&class.name), what, sources]);
    }
    let mut sources = table(stream, &["source", "what", "classes"]);
    for source in &vocabulary.sources {
        let names: Vec<&str> = source.classes.iter().map(|m| vocabulary.class(m.class).name.as_ref()).collect();
        sources.add_row([
            paint.cyan(&source.name),
            format!("{}. {}", source.title, source.doc.trim()),
            names.join(", "),
        ]);
    }
    format!(
        "{}\n\n{}\n\n{}, {}; `outguard fields KIND` shows the attributes of one\n",
        trimmed(&classes),
        trimmed(&sources),
        classes_count(vocabulary.classes.len()),
        plural(vocabulary.sources.len(), "source"),
    )
}

fn classes_count(n: usize) -> String {
    if n == 1 { "1 class".to_owned() } else { format!("{n} classes") }
}

fn source_names(vocabulary: &Vocabulary, kind: Kind) -> String {
    let names: Vec<&str> = vocabulary.sources_of(kind).map(|s| vocabulary.source(s).name.as_ref()).collect();
    if names.is_empty() { "none yet".to_owned() } else { names.join(", ") }
}

fn kind_table(vocabulary: &Vocabulary, kind: Kind, wanted: &[AttrId], stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let class = vocabulary.class(kind.class);
    let title = match kind.source {
        Some(source) => {
            let Source { name, title, doc, .. } = vocabulary.source(source);
            format!(
                "{}: {title}, as {} ({}, OCSF {})\n{}",
                paint.bold(name),
                class.name,
                class.title,
                class.uid,
                wrap(doc.trim(), stream.width, 0)
            )
        }
        None => {
            let doc = wrap(class.doc.trim(), stream.width, 0);
            format!("{}: {} (OCSF {})\n{doc}", paint.bold(&class.name), class.title, class.uid)
        }
    };
    let mut text = title;
    let mut own = false;
    let names = wanted.iter().map(|&a| vocabulary.attr(kind.class, a).name.chars().count());
    let column = names.max().unwrap_or(0) + 1;
    for &attr in wanted {
        let attribute = vocabulary.attr(kind.class, attr);
        own |= attribute.own;
        let mark = if attribute.own { "*" } else { " " };
        let pad = " ".repeat(column - attribute.name.chars().count());
        let present = presence_text(&vocabulary.presence(kind, attr), kind);
        text.push_str(&format!("\n{}{mark}{pad}{:<14} {present}\n", paint.cyan(&attribute.name), type_text(attribute)));
        let mut lines = vec![attribute.doc.trim().to_owned()];
        if let Type::Enum(words) = &attribute.ty {
            lines.push(format!("one of: {}", words.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")));
        }
        for line in lines {
            text.push_str(&wrap(&line, stream.width, 4));
        }
        for field in &attribute.fields {
            let line = format!(".{} ({}): {}", field.name, type_text(field), field.doc.trim());
            text.push_str(&wrap(&line, stream.width, 4));
        }
        for (source, from) in origins(vocabulary, kind, attr) {
            text.push_str(&paint.dim(&wrap(&format!("{source}: {from}"), stream.width, 4)));
        }
    }
    if own {
        text.push_str("\n* not in OCSF: an attribute of this language\n");
    }
    format!("{text}\n{}\n", plural(wanted.len(), "attribute"))
}

/// Which field of which source feeds an attribute.
fn origins(vocabulary: &Vocabulary, kind: Kind, attr: AttrId) -> Vec<(String, String)> {
    if let Some(enriched) = &vocabulary.attr(kind.class, attr).enriched {
        return vec![("deployment".to_owned(), format!("the {} of `{}`", enriched.what, enriched.from))];
    }
    let feeds = vocabulary.sources_of(kind).filter_map(|s| Some((s, vocabulary.feed(s, kind.class, attr)?)));
    feeds
        .filter(|(_, feed)| feed.presence != Presence::Never)
        .map(|(s, feed)| (vocabulary.source(s).name.to_string(), recipe::words(&feed.recipe, vocabulary.source(s))))
        .collect()
}

/// The type; the words of an enum are its type's most useful part.
fn type_text(attribute: &Attribute) -> String {
    attribute.ty.to_string()
}

fn presence_text(presence: &Presence, kind: Kind) -> String {
    match presence {
        Presence::Always => "always".to_owned(),
        Presence::Never => "never".to_owned(),
        // For a class the text names every source; the column would drown in it.
        Presence::When(_) if kind.source.is_none() => "sometimes".to_owned(),
        Presence::When(text) if text.is_empty() => "sometimes".to_owned(),
        Presence::When(text) => text.clone(),
    }
}

fn kinds_json(vocabulary: &Vocabulary) -> Vec<Value> {
    let classes = vocabulary.classes.iter().map(|c| {
        let sources = vocabulary.kind(&c.name).map(|k| {
            vocabulary.sources_of(k).map(|s| vocabulary.source(s).name.to_string()).collect::<Vec<_>>()
        });
        json!({ "kind": c.name, "is": "class", "title": c.title, "ocsf": c.uid, "doc": c.doc.trim(), "sources": sources })
    });
    let sources = vocabulary.sources.iter().map(|s| {
        let classes: Vec<&str> = s.classes.iter().map(|m| vocabulary.class(m.class).name.as_ref()).collect();
        json!({ "kind": s.name, "is": "source", "title": s.title, "doc": s.doc.trim(), "classes": classes })
    });
    classes.chain(sources).collect()
}

fn attribute_json(vocabulary: &Vocabulary, kind: Kind, attr: AttrId) -> Value {
    let attribute = vocabulary.attr(kind.class, attr);
    let (present, when) = match vocabulary.presence(kind, attr) {
        Presence::Always => ("always", None),
        Presence::Never => ("never", None),
        Presence::When(text) => ("when", Some(text)),
    };
    let from: serde_json::Map<String, Value> =
        origins(vocabulary, kind, attr).into_iter().map(|(s, from)| (s, from.into())).collect();
    let fields: Vec<Value> = attribute
        .fields
        .iter()
        .map(|f| json!({ "name": f.name, "type": f.ty.to_string(), "doc": f.doc.trim() }))
        .collect();
    json!({
        "attribute": attribute.name, "type": attribute.ty.to_string(), "present": present, "when": when,
        "own": attribute.own, "doc": attribute.doc.trim(), "example": attribute.example, "from": from, "fields": fields,
    })
}

fn table(stream: &Stream, head: &[&str]) -> Table {
    let paint = Paint(stream.color);
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(stream.width).unwrap_or(u16::MAX));
    table.set_header(head.iter().map(|h| paint.bold(&h.to_uppercase())));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// The table's text without the blanks at line ends.
fn trimmed(table: &Table) -> String {
    table.lines().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
