//! The page of attributes: what rules may ask of an event, class by class.

use super::markdown::{code, codes, prose, sentence, table};
use crate::schema::{Attribute, Kind, Presence, Vocabulary};
use crate::value::Type;

const HEAD: &str = "# Attributes

What a rule may ask of an event. `on` names a class, or a source and means its first class. Names are OCSF 1.8's; those
with a \\* are ours. *Always* is a promise of the source: such an attribute may be negated without saying what absent
means. A source that is not named never carries the attribute, and a clause that needs it does not compile for that
source alone. [sources.md](sources.md) says which field of the log feeds what.

";

pub fn page(vocabulary: &Vocabulary) -> String {
    let mut out = HEAD.to_owned();
    for class in &vocabulary.classes {
        let Some(kind) = vocabulary.kind(&class.name) else { continue };
        out += &format!("## {}\n\n", code(&class.name));
        out += &format!("{} (OCSF {}). {}\n\n", class.title, class.uid, prose(&class.doc));
        let sources = vocabulary.sources_of(kind).map(|s| vocabulary.source(s).name.clone());
        out += &format!("Sources: {}.\n\n", codes(sources, "none yet"));
        let rows = class.attributes.iter().map(|attribute| {
            let mark = if attribute.own { " \\*" } else { "" };
            vec![
                format!("{}{mark}", code(&attribute.name)),
                code(&attribute.ty.to_string()),
                meaning(attribute),
                carriers(vocabulary, kind, attribute),
            ]
        });
        out += &table(&["attribute", "type", "meaning", "carried by"], rows);
    }
    out
}

fn meaning(attribute: &Attribute) -> String {
    let mut text = sentence(&attribute.doc);
    if let Type::Enum(words) = &attribute.ty {
        text += &format!(" One of {}.", codes(words.iter(), "none"));
    }
    if let Some(example) = &attribute.example {
        text += &format!(" Example: {}.", code(example));
    }
    for field in &attribute.fields {
        text +=
            &format!(" {} ({}): {}", code(&format!(".{}", field.name)), code(&field.ty.to_string()), meaning(field));
    }
    text
}

/// Which source carries it, and how surely.
fn carriers(vocabulary: &Vocabulary, kind: Kind, attribute: &Attribute) -> String {
    if let Some(enriched) = &attribute.enriched {
        return format!("the deployment: {} of {}", enriched.what, code(&enriched.from));
    }
    let Some(attr) = vocabulary.attribute(kind.class, &attribute.name) else { return String::new() };
    let mut out = Vec::new();
    for source in vocabulary.sources_of(kind) {
        let name = code(&vocabulary.source(source).name);
        match vocabulary.presence(Kind { source: Some(source), ..kind }, attr) {
            Presence::Never => {}
            Presence::Always => out.push(format!("{name} always")),
            Presence::When(when) if when.is_empty() => out.push(format!("{name} sometimes")),
            Presence::When(when) => out.push(format!("{name} {}", prose(&when))),
        }
    }
    if out.is_empty() { "no source yet".to_owned() } else { out.join("; ") }
}
