//! STIX 2.x JSON: the patterns of a bundle's indicators.
//!
//! Only a pattern that says "any of these values" is a set of list entries. One that says more (`AND`, `LIKE`, …) is
//! quarantined: a part of it would match what its author did not mean.

use std::borrow::Cow;

use serde::Deserialize;

use super::super::read::{At, Rows};
use super::super::{ListType, Reason};
use super::{Format, Sniff, json_error};

pub(super) const FORMAT: Format = Format {
    name: "stix2",
    title: "STIX 2.x bundle: indicators whose pattern is a value, `IN`, `ISSUBSET`, or an `OR` of such",
    sample: r#"{"type": "bundle", "id": "bundle--1", "objects": [
  {"type": "indicator", "pattern_type": "stix", "pattern": "[ipv4-addr:value = '198.51.100.7' OR ipv4-addr:value ISSUBSET '203.0.113.0/24']"},
  {"type": "indicator", "pattern_type": "stix", "pattern": "[domain-name:value = 'c2.bad.example']"}]}"#,
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| sniff.has_key("objects") || (sniff.has_key("type") && sniff.head.contains("\"bundle\"")),
    read,
};

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow, default)]
    objects: Vec<Object<'a>>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    pattern: Option<&'a serde_json::value::RawValue>,
    #[serde(borrow)]
    pattern_type: Option<Cow<'a, str>>,
    #[serde(default)]
    revoked: bool,
}

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let bundle: Bundle<'_> = serde_json::from_str(rows.text).map_err(|e| json_error(&e))?;
    for object in bundle.objects.iter().filter(|o| o.kind == "indicator") {
        let Some(raw) = object.pattern else {
            rows.other();
            continue;
        };
        let at = At::Text(raw.get());
        let pattern: String = serde_json::from_str(raw.get()).unwrap_or_default();
        if object.revoked {
            rows.refuse(at, &pattern, Reason::Revoked);
        } else if object.pattern_type.as_ref().is_some_and(|t| t != "stix") {
            rows.other();
        } else {
            match values(&pattern) {
                Ok(found) => found.iter().for_each(|value| match value {
                    Some(value) => rows.offer(at, value),
                    None => rows.other(),
                }),
                Err(reason) => rows.refuse(at, &pattern, reason),
            }
        }
    }
    Ok(())
}

/// The values of a pattern; nothing in place of one of an object type that no list holds.
fn values(pattern: &str) -> Result<Vec<Option<String>>, Reason> {
    let words = words(pattern).ok_or(Reason::Malformed)?;
    let mut found = Vec::new();
    let mut rest = words.as_slice();
    loop {
        while let [Word::Sign('[' | '('), tail @ ..] = rest {
            rest = tail;
        }
        let [Word::Bare(path), Word::Bare(operator), tail @ ..] = rest else {
            return Err(Reason::Malformed);
        };
        rest = tail;
        match (operator.to_ascii_uppercase().as_str(), rest) {
            ("=" | "ISSUBSET", [Word::Text(value), tail @ ..]) => {
                found.push(listable(path).then(|| value.clone()));
                rest = tail;
            }
            ("IN", [Word::Sign('('), tail @ ..]) => {
                rest = tail;
                while let [Word::Text(value), tail @ ..] = rest {
                    found.push(listable(path).then(|| value.clone()));
                    rest = if let [Word::Sign(','), after @ ..] = tail { after } else { tail };
                }
                let [Word::Sign(')'), tail @ ..] = rest else { return Err(Reason::Malformed) };
                rest = tail;
            }
            _ => return Err(Reason::Pattern),
        }
        while let [Word::Sign(']' | ')'), tail @ ..] = rest {
            rest = tail;
        }
        match rest {
            [] => return Ok(found),
            [Word::Bare(or), tail @ ..] if or.eq_ignore_ascii_case("OR") => rest = tail,
            // AND, FOLLOWEDBY, WITHIN, REPEATS …
            _ => return Err(Reason::Pattern),
        }
    }
}

/// Whether the values of an object path are of a type that a list can have.
fn listable(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    matches!(path.as_str(), "ipv4-addr:value" | "ipv6-addr:value" | "domain-name:value" | "url:value")
        || path.starts_with("file:hashes")
        || path.starts_with("network-traffic:dst_ref")
        || path.starts_with("network-traffic:src_ref")
}

#[derive(Debug)]
enum Word {
    Sign(char),
    Bare(String),
    Text(String),
}

/// Splits a pattern. A quoted key of a path (`file:hashes.'SHA-256'`) belongs to the path.
fn words(pattern: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            c if c.is_whitespace() => {
                chars.next();
            }
            '\'' => {
                chars.next();
                words.push(Word::Text(quoted(&mut chars)?));
            }
            '[' | ']' | '(' | ')' | ',' => {
                chars.next();
                words.push(Word::Sign(c));
            }
            '=' | '!' | '<' | '>' => {
                let mut operator = String::new();
                while let Some(c) = chars.next_if(|c| matches!(c, '=' | '!' | '<' | '>')) {
                    operator.push(c);
                }
                words.push(Word::Bare(operator));
            }
            _ => {
                let mut bare = String::new();
                while let Some(&c) = chars.peek() {
                    if matches!(c, '\'' | '"') && bare.ends_with('.') {
                        chars.next();
                        while let Some(c) = chars.next_if(|&k| k != c) {
                            bare.push(c);
                        }
                        chars.next()?;
                    } else if c.is_whitespace() || "[](),=!<>'\"".contains(c) {
                        break;
                    } else {
                        bare.push(c);
                        chars.next();
                    }
                }
                if bare.is_empty() {
                    return None;
                }
                words.push(Word::Bare(bare));
            }
        }
    }
    Some(words)
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '\'' => return Some(text),
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
}
