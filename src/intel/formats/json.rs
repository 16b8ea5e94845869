//! A JSON array of strings, of integers, or of objects of which one field is read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::read::{At, Rows};
use super::super::spec::Column;
use super::super::{ListType, Reason};
use super::{Format, Sniff, json_error};

pub(super) const FORMAT: Format = Format {
    name: "json",
    title: "a JSON array of strings or objects; `column:` says which field of the object",
    sample: "[\"198.51.100.7\", \"2001:db8::7\"]\n",
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| {
        let rest = sniff.head.strip_prefix('[').map(str::trim_start);
        rest.is_some_and(|r| r.starts_with(|c: char| matches!(c, '"' | ']' | '{' | '-') || c.is_ascii_digit()))
    },
    read,
};

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let items: Vec<&RawValue> = serde_json::from_str(rows.text).map_err(|e| json_error(&e))?;
    items.into_iter().try_for_each(|item| offer_item(rows, item.get()))
}

/// Fields that are looked for where nobody says which.
const DEFAULT_FIELDS: &[&str] = &["indicator", "ioc", "value", "ip", "cidr", "domain", "hostname", "hash", "sha256"];

/// Offers a scalar, or the asked field of an object; `raw` is borrowed from the file.
pub(super) fn offer_item<'t>(rows: &mut Rows<'t>, raw: &'t str) -> Result<(), String> {
    if !raw.starts_with('{') {
        offer_raw(rows, raw);
        return Ok(());
    }
    let object = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(raw).ok();
    let field = object.as_ref().and_then(|object| match &rows.spec.column {
        Some(Column::Name(name)) => object.get(name.as_str()),
        Some(Column::Index(_)) => None,
        None => DEFAULT_FIELDS.iter().find_map(|name| object.get(*name)),
    });
    match field {
        _ if matches!(rows.spec.column, Some(Column::Index(_))) => {
            return Err("`column:` must name a field, objects have no order".to_owned());
        }
        Some(value) => offer_raw(rows, value.get()),
        None => rows.refuse(At::Text(raw), raw, Reason::Malformed),
    }
    Ok(())
}

/// A string of JSON, perhaps with escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Offers a JSON scalar that is borrowed from the file.
pub(super) fn offer_raw<'t>(rows: &mut Rows<'t>, raw: &'t str) {
    if raw.starts_with('"')
        && let Ok(Text(text)) = serde_json::from_str(raw)
    {
        rows.offer(At::Text(raw), &text);
    } else if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        rows.offer(At::Text(raw), raw);
    } else {
        rows.refuse(At::Text(raw), raw, Reason::Malformed);
    }
}
