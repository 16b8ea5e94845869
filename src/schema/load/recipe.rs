//! Recipes and conditions as the source files write them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cursor::{Cursor, Result};
use crate::schema::path::{parse_path, split};
use crate::schema::yaml::Node;
use crate::schema::{Condition, Outside, Recipe, Test, Transform, WirePath, transforms};
use crate::value::Value;

/// Keys that make a recipe of a map.
const KEYS: [&str; 14] = [
    "from", "words", "other", "if", "then", "else", "first", "template", "of", "apply", "const", "let", "outside",
    "objects",
];

/// Reads a recipe; `lets` are the names of the source's shared ones. Keys in `beside` belong to somebody else.
pub(super) fn recipe(at: &Cursor<'_>, lets: &[(Arc<str>, Recipe)], beside: &[&str]) -> Result<Recipe> {
    match at.node {
        Node::Null => Ok(Recipe::Absent),
        Node::Text(path) => {
            let (keys, steps) = split(parse_path(path).map_err(|e| at.fail(e))?);
            Ok(Recipe::Path(keys, steps))
        }
        Node::List(_) => Ok(Recipe::First(many(at, lets)?)),
        Node::Map(_) => {
            let known: Vec<&str> = KEYS.iter().chain(beside).copied().collect();
            at.only(&known)?;
            map(at, lets)
        }
        _ => Err(at.fail("expected a path, a list of recipes or a map")),
    }
}

fn many(at: &Cursor<'_>, lets: &[(Arc<str>, Recipe)]) -> Result<Vec<Recipe>> {
    at.items().iter().map(|c| recipe(c, lets, &[])).collect()
}

fn map(at: &Cursor<'_>, lets: &[(Arc<str>, Recipe)]) -> Result<Recipe> {
    let inner = |key: &str| at.need(key).and_then(|c| recipe(&c, lets, &[]));
    let args = || at.get("of").map_or(Ok(Vec::new()), |of| many(&of, lets));
    if let Some(words) = at.get("words") {
        let map = words
            .fields()?
            .map(|(k, v)| Ok((k.to_owned(), v.text()?.to_owned())))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let other = at.get("other").map(|o| o.text().map(str::to_owned)).transpose()?;
        return Ok(Recipe::Words(Box::new(inner("from")?), map, other));
    }
    if at.get("from").is_some() {
        return inner("from");
    }
    if let Some(condition) = at.get("if") {
        let orelse = at.get("else").map_or(Ok(Recipe::Absent), |e| constant_or(&e, lets))?;
        let then = constant_or(&at.need("then")?, lets)?;
        return Ok(Recipe::If(conditions(&condition)?, Box::new(then), Box::new(orelse)));
    }
    if let Some(first) = at.get("first") {
        return Ok(Recipe::First(many(&first, lets)?));
    }
    if let Some(template) = at.get("template") {
        let text = template.text()?.to_owned();
        let args = args()?;
        if text.matches("{}").count() != args.len() {
            return Err(template.fail(format!("has {} holes for {} values", text.matches("{}").count(), args.len())));
        }
        return Ok(Recipe::Template(text, args));
    }
    if let Some(apply) = at.get("apply") {
        let args = args()?;
        let transform = transform(&apply, args.len())?;
        return Ok(Recipe::Apply(transform, args));
    }
    if let Some(c) = at.get("const") {
        return constant(&c).map(Recipe::Const);
    }
    if let Some(c) = at.get("let") {
        let name = c.text()?;
        let place = lets
            .iter()
            .position(|(n, _)| n.as_ref() == name)
            .ok_or_else(|| c.unknown("let", name, lets.iter().map(|(n, _)| n.as_ref())))?;
        return Ok(Recipe::Let(u16::try_from(place).map_err(|_| c.fail("too many lets"))?));
    }
    if let Some(c) = at.get("objects") {
        let object = |c: &Cursor<'_>| c.fields()?.map(|(name, r)| Ok((name.into(), recipe(&r, lets, &[])?))).collect();
        return Ok(Recipe::Objects(c.items().iter().map(object).collect::<Result<_>>()?));
    }
    if let Some(c) = at.get("outside") {
        return Ok(Recipe::Outside(match c.text()? {
            "time" => Outside::Time,
            "account" => Outside::Account,
            "region" => Outside::Region,
            "cluster" => Outside::Cluster,
            "database" => Outside::Database,
            other => {
                return Err(c.unknown("outside", other, ["time", "account", "region", "cluster", "database"]));
            }
        }));
    }
    Err(at.fail(format!("a recipe has one of {}", KEYS.map(|k| format!("`{k}`")).join(", "))))
}

/// The transformation of that name, for so many values.
pub(super) fn transform(apply: &Cursor<'_>, values: usize) -> Result<Transform> {
    let name = apply.text()?;
    let transform = transforms::named(name)
        .ok_or_else(|| apply.unknown("transform", name, transforms::TABLE.iter().map(|t| t.name)))?;
    let params = transforms::get(transform).params.len();
    if values == params {
        Ok(transform)
    } else {
        Err(apply.fail(format!("`{name}` takes {params} values, not {values}")))
    }
}

/// Behind `then` and `else` a bare word is a word, not a path; a recipe is a map or a list.
fn constant_or(at: &Cursor<'_>, lets: &[(Arc<str>, Recipe)]) -> Result<Recipe> {
    match at.node {
        Node::Map(_) | Node::List(_) | Node::Null => recipe(at, lets, &[]),
        _ => constant(at).map(Recipe::Const),
    }
}

fn constant(at: &Cursor<'_>) -> Result<Value> {
    Ok(match at.node {
        Node::Bool(b) => Value::Bool(*b),
        Node::Text(s) => Value::str(s.as_str()),
        Node::Number(n) => match n.parse::<i64>() {
            Ok(n) => Value::Int(n),
            Err(_) => Value::Float(n.parse().map_err(|_| at.fail(format!("`{n}` is out of range")))?),
        },
        _ => return Err(at.fail("expected a word, number, `true` or `false`")),
    })
}

/// Alternatives: a list of conditions in full, or one.
pub(super) fn alternatives(at: Option<Cursor<'_>>) -> Result<Vec<Vec<Condition>>> {
    at.iter().flat_map(Cursor::items).map(|c| conditions(&c)).collect()
}

/// `{ path: present | absent | [words] | {starts: text}, … }`, all of which must hold; a path alone must be present.
fn conditions(at: &Cursor<'_>) -> Result<Vec<Condition>> {
    match at.node {
        Node::Text(path) => Ok(vec![Condition { path: wire_path(at, path)?, test: Test::Present }]),
        Node::List(_) => Ok(at.items().iter().map(conditions).collect::<Result<Vec<_>>>()?.concat()),
        _ => at.fields()?.map(|(path, c)| Ok(Condition { path: wire_path(&c, path)?, test: test(&c)? })).collect(),
    }
}

fn test(at: &Cursor<'_>) -> Result<Test> {
    if let Node::Map(_) = at.node {
        at.only(&["starts"])?;
        return Ok(Test::StartsWith(at.need("starts")?.texts()?));
    }
    Ok(match at.node {
        Node::Text(s) if s == "present" => Test::Present,
        Node::Text(s) if s == "absent" => Test::Absent,
        _ => Test::In(at.texts()?),
    })
}

fn wire_path(at: &Cursor<'_>, text: &str) -> Result<WirePath> {
    let (keys, rest) = split(parse_path(text).map_err(|e| at.fail(e))?);
    if rest.is_empty() { Ok(keys) } else { Err(at.fail(format!("`{text}`: a condition reads no list"))) }
}
