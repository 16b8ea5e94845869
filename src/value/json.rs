//! A small JSON tree in an event's arena, made on demand from the part of a record that a rule reads as a document.
//! The laws of JSON in the language live here: `null` is absent, a value that is no list counts as a list of one.

use std::sync::Arc;

use super::{Arena, Val, Value};

/// A parsed JSON value. Numbers keep their text, so that account ids and big integers stay exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Json<'a> {
    /// `null`: absent to every rule.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// Text, unescaped.
    Str(&'a str),
    /// An array.
    Array(&'a [Json<'a>]),
    /// An object; of duplicate keys the last counts, as in every JSON reader of note.
    Object(&'a [(&'a str, Json<'a>)]),
}

/// One step of a path into JSON.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// `.name` or `."quoted name"`.
    Key(Arc<str>),
    /// `[0]`: one element; a value that is no list has itself at 0.
    Index(u32),
    /// `[]`: each element.
    Each,
}

/// How deep a document may nest; deeper ones are unreadable (`reliability`: depth is counted, never recursed freely).
pub const MAX_DEPTH: usize = 64;

impl<'a> Json<'a> {
    /// Reads a whole document into the arena. `None` if it is no JSON or nests deeper than [`MAX_DEPTH`].
    #[must_use]
    pub fn parse(text: &'a str, arena: &'a Arena) -> Option<Json<'a>> {
        let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, arena };
        let value = reader.value(0)?;
        reader.blanks();
        (reader.at == reader.bytes.len()).then_some(value)
    }

    /// The value as a rule sees it: scalars as such, arrays and objects as `Json`, `null` as absent. Integers that do
    /// not fit 64 bits stay text.
    #[must_use]
    pub fn to_val(&'a self) -> Val<'a> {
        match *self {
            Json::Null => Val::Absent,
            Json::Bool(b) => Val::Bool(b),
            Json::Number(n) => number(n),
            Json::Str(s) => Val::Str(s),
            Json::Array(_) | Json::Object(_) => Val::Json(self),
        }
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a Json<'a>> {
        match *self {
            Json::Object(fields) => fields.iter().rev().find(|(k, _)| *k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Follows `path` and calls `found` with each value that is there and not null; `found` returns true to stop.
    /// Returns whether it was stopped.
    pub fn walk(&'a self, path: &[Step], found: &mut dyn FnMut(&'a Json<'a>) -> bool) -> bool {
        let Some((step, rest)) = path.split_first() else {
            return !matches!(self, Json::Null) && found(self);
        };
        match (step, self) {
            (Step::Key(key), _) => self.get(key).is_some_and(|v| v.walk(rest, found)),
            (Step::Index(i), Json::Array(items)) => items.get(*i as usize).is_some_and(|v| v.walk(rest, found)),
            (Step::Each, Json::Array(items)) => items.iter().any(|v| v.walk(rest, found)),
            (Step::Index(0) | Step::Each, _) => self.walk(rest, found),
            (Step::Index(_), _) => false,
        }
    }

    /// An owned copy; `None` for null.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        Some(match *self {
            Json::Null => return None,
            Json::Bool(b) => Value::Bool(b),
            Json::Number(n) => number(n).to_value()?,
            Json::Str(s) => Value::str(s),
            Json::Array(items) => Value::List(items.iter().filter_map(Json::to_value).collect()),
            Json::Object(fields) => {
                Value::Object(fields.iter().filter_map(|(k, v)| Some((Arc::from(*k), v.to_value()?))).collect())
            }
        })
    }

    /// The same document borrowed from an owned value (events of rule tests).
    #[must_use]
    pub fn from_value(value: &'a Value, arena: &'a Arena) -> Json<'a> {
        match value {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(_) | Value::Float(_) => Json::Number(arena.alloc_str(&value.to_string())),
            Value::Str(s) => Json::Str(s),
            Value::List(items) => {
                Json::Array(arena.alloc_slice_fill_iter(items.iter().map(|v| Json::from_value(v, arena))))
            }
            Value::Object(fields) => Json::Object(
                arena.alloc_slice_fill_iter(fields.iter().map(|(k, v)| (k.as_ref(), Json::from_value(v, arena)))),
            ),
            other => Json::Str(arena.alloc_str(&other.to_string())),
        }
    }
}

/// A JSON number as a value: an integer if it is one and fits, text if it is an integer that does not fit, else a
/// float if that is finite (`1e400` is absent).
#[must_use]
pub fn number(text: &str) -> Val<'_> {
    if !text.bytes().any(|b| matches!(b, b'.' | b'e' | b'E')) {
        return text.parse().map_or(Val::Str(text), Val::Int);
    }
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Val::Float(x),
        _ => Val::Absent,
    }
}

/// Undoes JSON's escapes in the inside of a string literal. `None` if an escape is wrong; a lone surrogate becomes
/// U+FFFD.
#[must_use]
pub fn unescape<'a>(raw: &'a str, arena: &'a Arena) -> Option<&'a str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else {
        return Some(raw);
    };
    let mut out = bumpalo::collections::String::with_capacity_in(raw.len(), arena);
    out.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escape = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        out.push(match escape {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
                rest = &rest[4..];
                let low = rest.strip_prefix("\\u").and_then(|r| u32::from_str_radix(r.get(..4)?, 16).ok());
                match (high, low) {
                    (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => {
                        rest = &rest[6..];
                        char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).unwrap_or('\u{FFFD}')
                    }
                    _ => char::from_u32(high).unwrap_or('\u{FFFD}'),
                }
            }
            _ => return None,
        });
    }
    out.push_str(rest);
    Some(out.into_bump_str())
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    arena: &'a Arena,
}

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.blanks();
        let there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Option<Json<'a>> {
        self.bytes[self.at..].starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blanks();
        match self.bytes.get(self.at)? {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Str),
            b'-' | b'0'..=b'9' => self.number(),
            b'[' => self.array(depth),
            b'{' => self.object(depth),
            _ => None,
        }
    }

    fn array(&mut self, depth: usize) -> Option<Json<'a>> {
        self.at += 1;
        let mut items = bumpalo::collections::Vec::new_in(self.arena);
        if !self.eat(b']') {
            loop {
                items.push(self.value(depth + 1)?);
                if self.eat(b']') {
                    break;
                }
                self.eat(b',').then_some(())?;
            }
        }
        Some(Json::Array(items.into_bump_slice()))
    }

    fn object(&mut self, depth: usize) -> Option<Json<'a>> {
        self.at += 1;
        let mut fields = bumpalo::collections::Vec::new_in(self.arena);
        if !self.eat(b'}') {
            loop {
                self.blanks();
                let key = self.string()?;
                self.eat(b':').then_some(())?;
                fields.push((key, self.value(depth + 1)?));
                if self.eat(b'}') {
                    break;
                }
                self.eat(b',').then_some(())?;
            }
        }
        Some(Json::Object(fields.into_bump_slice()))
    }

    fn string(&mut self) -> Option<&'a str> {
        (self.bytes.get(self.at) == Some(&b'"')).then_some(())?;
        let start = self.at + 1;
        let mut at = start;
        loop {
            at += memchr::memchr2(b'"', b'\\', self.bytes.get(at..)?)?;
            if self.bytes[at] == b'"' {
                break;
            }
            at += 2;
        }
        self.at = at + 1;
        let raw = self.text.get(start..at)?;
        if raw.bytes().any(|b| b < 0x20) {
            return None;
        }
        unescape(raw, self.arena)
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let start = self.at;
        let digits = |r: &mut Self| {
            let from = r.at;
            while r.bytes.get(r.at).is_some_and(u8::is_ascii_digit) {
                r.at += 1;
            }
            r.at > from
        };
        self.at += usize::from(self.bytes[self.at] == b'-');
        let zero = self.bytes.get(self.at) == Some(&b'0');
        let int = self.at;
        if !digits(self) || (zero && self.at > int + 1) {
            return None;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            digits(self).then_some(())?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            digits(self).then_some(())?;
        }
        Some(Json::Number(&self.text[start..self.at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_serde_json_reads() {
        let arena = Arena::new();
        for good in [r#"{"a":[1,2.5e3,-7,"x\u00e9\n",null,true,{}],"b":{"c":[]}}"#, "[]", "\"\\ud83d\\ude00\"", " 1 "] {
            let ours =
                Json::parse(good, &arena).and_then(|j| j.to_value()).map(|v| serde_json::to_string(&v).expect("json"));
            let theirs: serde_json::Value = serde_json::from_str(good).expect("json");
            let theirs = Json::parse(&serde_json::to_string(&theirs).expect("json"), &Arena::new())
                .map(|j| serde_json::to_string(&j.to_value()).expect("json"));
            assert_eq!(ours, theirs, "{good}");
        }
        for bad in ["", "{", "[1,]", "{\"a\"}", "01", "1.", "\"\\x\"", "nul", "[1] 2", "\"a\nb\""] {
            assert!(Json::parse(bad, &arena).is_none(), "{bad}");
            assert!(serde_json::from_str::<serde_json::Value>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let arena = Arena::new();
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(Json::parse(&deep, &arena).is_none());
    }

    #[test]
    fn laws_of_lists() {
        let arena = Arena::new();
        let doc =
            Json::parse(r#"{"s":{"e":"Allow"},"t":[{"e":"Deny"},{"e":null},{"e":"Allow"}]}"#, &arena).expect("json");
        let key = |k: &str| Step::Key(Arc::from(k));
        let all = |path: &[Step]| {
            let mut out = Vec::new();
            arena.alloc(doc).walk(path, &mut |j| {
                out.push(j.to_value());
                false
            });
            out.len()
        };
        assert_eq!(all(&[key("s"), Step::Each, key("e")]), 1);
        assert_eq!(all(&[key("t"), Step::Each, key("e")]), 2);
        assert_eq!(all(&[key("t"), Step::Index(2), key("e")]), 1);
    }
}
