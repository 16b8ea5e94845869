//! `sources/*.yaml` -> log sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::class::attr_named;
use super::cursor::{Cursor, Result};
use super::lines::lines;
use super::recipe::{alternatives, recipe};
use crate::schema::path::parse_path;
use crate::schema::{
    AttrId, Attribute, Class, ClassId, Feed, Mapping, Outside, Presence, Recipe, Source, SourceId, Wire,
};
use crate::value::Type;

/// Attributes that every class has and every source feeds by itself.
const BY_ITSELF: [(&str, Outside, Option<&str>); 3] = [
    ("time", Outside::Time, None),
    ("cloud.account.uid", Outside::Account, Some("where the record, its envelope, its path or the deployment says")),
    ("cloud.region", Outside::Region, Some("where the record, its envelope, its path or the deployment says")),
];

const SOMETIMES: &str = "where the record carries it";

pub(super) fn source(file: &Cursor<'_>, classes: &[Class]) -> Result<Source> {
    file.only(&[
        "source",
        "form_of",
        "title",
        "doc",
        "wire",
        "recognise",
        "columns",
        "begins",
        "messages",
        "continues",
        "time",
        "identity",
        "lateness",
        "interval",
        "account",
        "region",
        "let",
        "skip",
        "classes",
    ])?;
    let wire = file.need("wire")?;
    let wire = match wire.text()? {
        "json" => Wire::Json,
        "columns" => Wire::Columns,
        "text" => Wire::Text,
        "zeek" => Wire::Zeek,
        other => return Err(wire.unknown("wire format", other, ["json", "columns", "text", "zeek"])),
    };
    let mut lets: Vec<(Arc<str>, Recipe)> = Vec::new();
    if let Some(at) = file.get("let") {
        for (name, c) in at.fields()? {
            let made = recipe(&c, &lets, &[])?;
            lets.push((name.into(), made));
        }
    }
    let optional = |key: &str| file.get(key).map_or(Ok(Recipe::Absent), |c| recipe(&c, &lets, &[]));
    let mut identity = Vec::new();
    for c in file.get("identity").iter().flat_map(Cursor::items) {
        identity.push(recipe(&c, &lets, &[])?);
    }
    let mut mappings: Vec<Mapping> = Vec::new();
    for (name, at) in file.need("classes")?.fields()? {
        let place = classes
            .iter()
            .position(|c| c.name.as_ref() == name)
            .ok_or_else(|| at.unknown("class", name, classes.iter().map(|c| c.name.as_ref())))?;
        let id = ClassId(u16::try_from(place).map_err(|_| at.fail("too many classes"))?);
        let earlier = match at.get("as") {
            Some(like) => {
                let like_name = like.text()?;
                let found = mappings.iter().find(|m| classes[usize::from(m.class.0)].name.as_ref() == like_name);
                Some(found.ok_or_else(|| like.fail(format!("`{like_name}` is no class of this source above")))?)
            }
            None => None,
        };
        let mapping = mapping(&at, id, classes, earlier, &lets)?;
        mappings.push(mapping);
    }
    if mappings.is_empty() {
        return Err(file.fail("a source yields at least one class"));
    }
    let recognise = alternatives(file.get("recognise"))?;
    let lines = lines(file, wire == Wire::Text)?;
    if recognise.is_empty() && lines.is_none() {
        return Err(file.fail("`recognise` is missing"));
    }
    Ok(Source {
        form_of: None,
        name: file.text_at("source")?.into(),
        title: file.text_at("title")?.to_owned(),
        doc: file.text_at("doc")?.trim().to_owned(),
        wire,
        recognise,
        default_columns: file.get("columns").map_or(Ok(Vec::new()), |c| c.texts())?,
        lines,
        time: optional("time")?,
        identity,
        lateness: span(file, "lateness")?,
        interval: span(file, "interval")?,
        account: optional("account")?,
        region: optional("region")?,
        skip: alternatives(file.get("skip"))?,
        classes: mappings,
        lets,
    })
}

/// The source whose records a file's are in another form, if it says so.
pub(super) fn form_of(file: &Cursor<'_>, sources: &[Source]) -> Result<Option<SourceId>> {
    let Some(at) = file.get("form_of") else { return Ok(None) };
    let name = at.text()?;
    let place = sources.iter().position(|s| s.name.as_ref() == name).and_then(|n| u16::try_from(n).ok());
    let place = place.ok_or_else(|| at.unknown("source", name, sources.iter().map(|s| s.name.as_ref())))?;
    Ok(Some(SourceId(place)))
}

/// A duration: `15m`, `2h`, `0s`.
fn span(file: &Cursor<'_>, key: &str) -> Result<i64> {
    let Some(at) = file.get(key) else { return Ok(0) };
    let text = at.text()?;
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[unit_at..] {
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(at.fail(format!("`{text}` is no duration such as `15m`"))),
    };
    text[..unit_at]
        .parse::<i64>()
        .ok()
        .and_then(|n| n.checked_mul(unit))
        .ok_or_else(|| at.fail(format!("`{text}` is no duration such as `15m`")))
}

fn mapping(
    at: &Cursor<'_>,
    id: ClassId,
    classes: &[Class],
    like: Option<&Mapping>,
    lets: &[(Arc<str>, Recipe)],
) -> Result<Mapping> {
    at.only(&["when", "as", "attributes"])?;
    let class = &classes[usize::from(id.0)];
    let mut attributes: BTreeMap<AttrId, Feed> = BTreeMap::new();
    for (name, outside, when) in BY_ITSELF {
        let presence = when.map_or(Presence::Always, |w| Presence::When(w.to_owned()));
        let feed = Feed { recipe: Recipe::Outside(outside), presence, fields: BTreeMap::new() };
        attributes.insert(attr_named(at, class, name)?, feed);
    }
    if let Some(like) = like {
        let other = &classes[usize::from(like.class.0)];
        for (attr, feed) in &like.attributes {
            if let Some(here) = class.attr(&other.attributes[usize::from(attr.0)].name) {
                attributes.insert(here, feed.clone());
            }
        }
    }
    for (name, c) in at.need("attributes")?.fields()? {
        let attr = attr_named(&c, class, name)?;
        let attribute = &class.attributes[usize::from(attr.0)];
        if attribute.enriched.is_some() {
            return Err(c.fail(format!("`{name}` is looked up, no source feeds it")));
        }
        attributes.insert(attr, feed(&c, attribute, lets)?);
    }
    for (place, attribute) in class.attributes.iter().enumerate() {
        let (Some((from, transform)), Ok(place)) = (&attribute.derived, u16::try_from(place)) else { continue };
        if let Some(fed) = class.attr(from).and_then(|from| attributes.get(&from)).cloned() {
            let recipe = Recipe::Apply(*transform, vec![fed.recipe]);
            attributes.entry(AttrId(place)).or_insert(Feed { recipe, presence: fed.presence, fields: BTreeMap::new() });
        }
    }
    attributes.retain(|_, feed| feed.recipe != Recipe::Absent);
    Ok(Mapping { class: id, when: alternatives(at.get("when"))?, attributes })
}

fn feed(at: &Cursor<'_>, attribute: &Attribute, lets: &[(Arc<str>, Recipe)]) -> Result<Feed> {
    let made = recipe(at, lets, &["presence", "fields"])?;
    let presence = match at.get("presence") {
        None => Presence::When(SOMETIMES.to_owned()),
        Some(p) if p.text()? == "always" => Presence::Always,
        Some(p) => Presence::When(p.text()?.to_owned()),
    };
    let mut fields = BTreeMap::new();
    if let Some(at) = at.get("fields") {
        for (name, c) in at.fields()? {
            let known = attribute
                .fields
                .iter()
                .find(|f| f.name.as_ref() == name)
                .ok_or_else(|| c.unknown("field", name, attribute.fields.iter().map(|f| f.name.as_ref())))?;
            fields.insert(known.name.clone(), parse_path(c.text()?).map_err(|e| c.fail(e))?);
        }
    }
    let objects = attribute.ty == Type::list(Type::Object);
    if let Recipe::Objects(made) = &made {
        for name in made.iter().flat_map(BTreeMap::keys) {
            if !attribute.fields.iter().any(|f| f.name == *name) {
                return Err(at.unknown("field", name, attribute.fields.iter().map(|f| f.name.as_ref())));
            }
        }
        if !objects || !fields.is_empty() {
            return Err(at.fail("`objects` make a `list<object>`, without `fields`"));
        }
    } else if objects == fields.is_empty() {
        return Err(at.fail("`fields` and the type `list<object>` go together"));
    }
    check_words(at, &made, &attribute.ty)?;
    Ok(Feed { recipe: made, presence, fields })
}

/// Words that a recipe writes down itself must be the enum's.
fn check_words(at: &Cursor<'_>, recipe: &Recipe, ty: &Type) -> Result<()> {
    let Type::Enum(words) = ty else { return Ok(()) };
    let check = |word: &str| {
        if words.iter().any(|w| w == word) {
            Ok(())
        } else {
            Err(at.unknown("enum word", word, words.iter().map(String::as_str)))
        }
    };
    match recipe {
        Recipe::Const(v) => check(&v.to_string()),
        Recipe::Words(_, map, other) => map.values().chain(other).try_for_each(|w| check(w)),
        Recipe::If(_, a, b) => check_words(at, a, ty).and_then(|()| check_words(at, b, ty)),
        Recipe::First(all) => all.iter().try_for_each(|r| check_words(at, r, ty)),
        _ => Ok(()),
    }
}
