//! A source's recipe for an attribute, in words: `userIdentity.arn, else userIdentity.userName`.

use crate::schema::{Condition, Outside, Recipe, Source, Test, Wire, WirePath};
use crate::value::json::Step;

/// The recipe in words.
pub fn words(recipe: &Recipe, source: &Source) -> String {
    match recipe {
        Recipe::Const(value) => format!("always `{value}`"),
        other => text(other, source),
    }
}

fn text(recipe: &Recipe, source: &Source) -> String {
    match recipe {
        Recipe::Absent => "nothing".to_owned(),
        Recipe::Path(at, steps) => format!("{}{}", path(at, source), self::steps(steps)),
        Recipe::First(all) => all.iter().map(|r| text(r, source)).collect::<Vec<_>>().join(", else "),
        Recipe::Const(value) => format!("`{value}`"),
        Recipe::Words(inner, _, _) => format!("{}, in our words", text(inner, source)),
        Recipe::If(conditions, then, otherwise) => {
            let when: Vec<String> = conditions.iter().map(|c| condition(c, source)).collect();
            let other = match &**otherwise {
                Recipe::Absent => String::new(),
                other => format!(", else {}", text(other, source)),
            };
            format!("{} if {}{other}", text(then, source), when.join(" and "))
        }
        Recipe::Template(shape, holes) => {
            let mut holes = holes.iter();
            let mut pieces = shape.split("{}");
            let mut out = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                let hole = holes.next().map(|r| text(r, source)).unwrap_or_default();
                out.push_str(&format!("⟨{hole}⟩{piece}"));
            }
            out
        }
        Recipe::Objects(objects) => {
            let fields = objects.iter().flat_map(|o| o.iter().map(|(name, r)| format!("{name}: {}", text(r, source))));
            fields.collect::<Vec<_>>().join("; ")
        }
        Recipe::Let(n) => match source.lets.get(usize::from(*n)) {
            Some((_, inner)) => text(inner, source),
            None => "nothing".to_owned(),
        },
        Recipe::Outside(Outside::Time) => text(&source.time, source),
        Recipe::Outside(outside) => match outside {
            Outside::Time => "the event's time",
            Outside::Account => "the record, its envelope, its path",
            Outside::Region => "the record, its envelope, its path",
            Outside::Cluster => "the envelope",
            Outside::Database => "the envelope or the file's name",
        }
        .to_owned(),
        Recipe::Apply(_, arguments) => {
            let all: Vec<String> = arguments.iter().map(|r| text(r, source)).collect();
            all.join(", ")
        }
    }
}

fn path(at: &WirePath, source: &Source) -> String {
    if at.is_empty() {
        return "the whole record".to_owned();
    }
    let parts: Vec<&str> = at.iter().map(AsRef::as_ref).collect();
    match source.wire {
        Wire::Json | Wire::Zeek => parts.join("."),
        Wire::Columns | Wire::Text => parts.join(" "),
    }
}

fn steps(steps: &[Step]) -> String {
    let text = |s: &Step| match s {
        Step::Key(key) => format!(".{key}"),
        Step::Index(n) => format!("[{n}]"),
        Step::Each => "[]".to_owned(),
    };
    steps.iter().map(text).collect()
}

/// A condition on a wire field, in words.
pub fn condition(c: &Condition, source: &Source) -> String {
    let at = path(&c.path, source);
    match &c.test {
        Test::Present => format!("{at} is there"),
        Test::Absent => format!("{at} is not there"),
        Test::In(words) => format!("{at} is {}", words.join(" or ")),
        Test::StartsWith(words) => format!("{at} begins with {}", words.join(" or ")),
    }
}
