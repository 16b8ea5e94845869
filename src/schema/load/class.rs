//! `classes/*.yaml` and `shared/*.yaml` -> classes and their attributes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cursor::{Cursor, Result};
use crate::schema::yaml::Node;
use crate::schema::{Ask, AttrId, Attribute, Class, Enriched, Fact};
use crate::value::Type;

/// A `shared` file: its name, and attributes that a class takes over with `with: [name]`.
pub(super) fn shared(file: &Cursor<'_>) -> Result<(String, Vec<Attribute>)> {
    file.only(&["shared", "doc", "attributes"])?;
    Ok((file.text_at("shared")?.to_owned(), attributes(&file.need("attributes")?)?))
}

pub(super) fn class(file: &Cursor<'_>, shared: &BTreeMap<String, Vec<Attribute>>) -> Result<Class> {
    file.only(&["class", "uid", "title", "doc", "with", "attributes", "capture"])?;
    let own = attributes(&file.need("attributes")?)?;
    let mut all: Vec<Attribute> = own;
    for with in file.get("with").iter().flat_map(Cursor::items) {
        let name = with.text()?;
        let more = shared
            .get(name)
            .ok_or_else(|| with.unknown("shared attributes", name, shared.keys().map(String::as_str)))?;
        for attribute in more {
            // A class may say more exactly what an attribute means there.
            if !all.iter().any(|a| a.name == attribute.name) {
                all.push(attribute.clone());
            }
        }
    }
    let mut class = Class {
        name: file.text_at("class")?.into(),
        uid: file.need("uid")?.number()?,
        title: file.text_at("title")?.to_owned(),
        doc: file.text_at("doc")?.trim().to_owned(),
        attributes: all,
        capture: Vec::new(),
    };
    for attribute in &class.attributes {
        let from = attribute.enriched.as_ref().map(|e| &e.from).or(attribute.derived.as_ref().map(|d| &d.0));
        if let Some(from) = from
            && !class.attributes.iter().any(|a| a.name == *from)
        {
            return Err(file.fail(format!("`{}` comes from `{from}`, which is no attribute", attribute.name)));
        }
    }
    let mut capture = Vec::new();
    for c in file.get("capture").iter().flat_map(Cursor::items) {
        capture.push(attr(&c, &class)?);
    }
    class.capture = capture;
    Ok(class)
}

/// The attribute that a text node names.
pub(super) fn attr(at: &Cursor<'_>, class: &Class) -> Result<AttrId> {
    let name = at.text()?;
    attr_named(at, class, name)
}

pub(super) fn attr_named(at: &Cursor<'_>, class: &Class, name: &str) -> Result<AttrId> {
    class.attr(name).ok_or_else(|| at.unknown(&format!("attribute of `{}`", class.name), name, class.attribute_names()))
}

fn attributes(at: &Cursor<'_>) -> Result<Vec<Attribute>> {
    at.fields()?.map(|(name, a)| attribute(name, &a)).collect()
}

fn attribute(name: &str, at: &Cursor<'_>) -> Result<Attribute> {
    at.only(&["type", "doc", "own", "selective", "fields", "example", "enriched", "derived"])?;
    let ty = type_of(&at.need("type")?)?;
    let fields = match at.get("fields") {
        Some(fields) => attributes(&fields)?,
        None => Vec::new(),
    };
    let objects = ty == Type::Object || ty == Type::list(Type::Object);
    if objects == fields.is_empty() {
        return Err(at.fail("`fields` and the type `list<object>` go together"));
    }
    let selective = at.get("selective").map_or(Ok(0), |s| s.number())?;
    if selective > 9 {
        return Err(at.fail("`selective` is 0 to 9"));
    }
    let enriched = at
        .get("enriched")
        .map(|e| {
            e.only(&["from", "what", "table", "column"])?;
            let what = if e.get("table").is_some() {
                Ask::Row(e.text_at("table")?.into(), e.text_at("column")?.into())
            } else {
                let what = e.text_at("what")?;
                let fact = Fact::parse(what);
                Ask::Fact(fact.ok_or_else(|| e.unknown("enrichment", what, Fact::ALL.map(Fact::word)))?)
            };
            Ok(Enriched { from: e.text_at("from")?.into(), what })
        })
        .transpose()?;
    let derived = at
        .get("derived")
        .map(|d| {
            d.only(&["from", "apply"])?;
            let apply = d.need("apply")?;
            Ok((d.text_at("from")?.into(), super::recipe::transform(&apply, 1)?))
        })
        .transpose()?;
    Ok(Attribute {
        name: name.into(),
        ty,
        doc: at.text_at("doc")?.trim().to_owned(),
        own: at.flag_at("own")?,
        selective,
        fields,
        enriched,
        derived,
        example: at.get("example").map(|e| e.text().map(str::to_owned)).transpose()?,
    })
}

/// A type name, `list<…>` of one, or a list of words: an enum.
fn type_of(at: &Cursor<'_>) -> Result<Type> {
    if let Node::List(_) = at.node {
        let words = at.texts()?;
        let lower_snake =
            |w: &String| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if let Some(odd) = words.iter().find(|w| !lower_snake(w)) {
            return Err(at.fail(format!("the word `{odd}` is not lower_snake")));
        }
        if words.is_empty() {
            return Err(at.fail("an enum needs words"));
        }
        return Ok(Type::Enum(Arc::from(words)));
    }
    let text = at.text()?;
    named(text).ok_or_else(|| {
        at.unknown(
            "type",
            text,
            [
                "bool",
                "int",
                "float",
                "string",
                "ip",
                "cidr",
                "domain",
                "arn",
                "hash",
                "time",
                "duration",
                "json",
                "object",
                "list<string>",
                "list<ip>",
                "list<object>",
            ],
        )
    })
}

fn named(text: &str) -> Option<Type> {
    if let Some(inner) = text.strip_prefix("list<").and_then(|t| t.strip_suffix('>')) {
        return named(inner).map(Type::list);
    }
    if text == "object" { Some(Type::Object) } else { Type::from_name(text) }
}
