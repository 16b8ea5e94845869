//! Values that stay bytes until somebody asks: what hits carry from matching to state is mostly compared, hashed or
//! looked at for being there, seldom read.

use super::bytes::{Bytes, put_value, tag};
use super::{Arena, Json, Val, Value};

/// A value as [`put_value`] wrote it. Equal values have equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(&'a [u8]);

impl<'a> Raw<'a> {
    /// No value.
    pub const NULL: Raw<'static> = Raw(&[tag::NULL]);
    /// `true`
    pub const TRUE: Raw<'static> = Raw(&[tag::TRUE]);

    /// The next value of some bytes; `None` if they are none.
    pub fn read(bytes: &mut Bytes<'a>) -> Option<Raw<'a>> {
        let all = bytes.rest;
        bytes.skip_value()?;
        Some(Raw(&all[..all.len() - bytes.rest.len()]))
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == [tag::NULL]
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// An owned copy, null where absent.
    #[must_use]
    pub fn value(self) -> Value {
        Bytes::new(self.0).value().unwrap_or(Value::Null)
    }

    /// The bytes of the elements one behind the other, if it is a list.
    #[must_use]
    pub fn inside(self) -> Option<&'a [u8]> {
        let mut bytes = Bytes::new(self.0);
        (bytes.byte()? == tag::LIST).then_some(())?;
        bytes.number()?;
        Some(bytes.rest)
    }

    /// The elements of a list; `None` of what is no list.
    #[must_use]
    pub fn elements(self) -> Option<impl Iterator<Item = Raw<'a>>> {
        let mut bytes = Bytes::new(self.inside()?);
        Some(std::iter::from_fn(move || if bytes.rest.is_empty() { None } else { Raw::read(&mut bytes) }))
    }

    /// As conditions see it: text is borrowed, lists live in the arena.
    #[must_use]
    pub fn val(self, arena: &'a Arena) -> Val<'a> {
        match self.0.first() {
            Some(&tag::TEXT) => Bytes::new(&self.0[1..]).text().map_or(Val::Absent, Val::Str),
            Some(&tag::LIST) => {
                let nested = |raw: Raw<'_>| matches!(raw.0.first(), Some(&(tag::LIST | tag::OBJECT)));
                if self.elements().is_some_and(|mut all| all.any(nested)) {
                    return Val::Json(arena.alloc(json(self, arena)));
                }
                let vals = self.elements().into_iter().flatten().map(|raw| raw.val(arena));
                Val::List(arena.alloc_slice_copy(&vals.collect::<smallvec::SmallVec<[Val<'a>; 8]>>()))
            }
            Some(&tag::OBJECT) => Val::Json(arena.alloc(json(self, arena))),
            // Scalars own nothing.
            _ => match self.value() {
                Value::Bool(b) => Val::Bool(b),
                Value::Int(n) => Val::Int(n),
                Value::Float(x) => Val::Float(x),
                Value::Ip(ip) => Val::Ip(ip),
                Value::Net(net) => Val::Net(net),
                Value::Time(t) => Val::Time(t),
                Value::Duration(ms) => Val::Duration(ms),
                _ => Val::Absent,
            },
        }
    }
}

/// A value as a document.
fn json<'a>(raw: Raw<'a>, arena: &'a Arena) -> Json<'a> {
    match raw.0.first() {
        Some(&tag::TEXT) => Bytes::new(&raw.0[1..]).text().map_or(Json::Null, Json::Str),
        Some(&tag::LIST) => {
            let items: Vec<Json<'a>> = raw.elements().into_iter().flatten().map(|item| json(item, arena)).collect();
            Json::Array(arena.alloc_slice_copy(&items))
        }
        Some(&tag::OBJECT) => {
            let mut bytes = Bytes::new(&raw.0[1..]);
            let mut fields = Vec::new();
            for _ in 0..bytes.number().unwrap_or(0) {
                let (Some(name), Some(value)) = (bytes.text(), Raw::read(&mut bytes)) else { break };
                fields.push((name, json(value, arena)));
            }
            Json::Object(arena.alloc_slice_copy(&fields))
        }
        _ => match raw.value() {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(b),
            number @ (Value::Int(_) | Value::Float(_)) => Json::Number(arena.alloc_str(&number.to_string())),
            other => Json::Str(arena.alloc_str(&other.to_string())),
        },
    }
}

/// Values written one behind the other, to be read as [`Raw`].
#[derive(Debug, Clone, Default)]
pub struct Raws {
    bytes: Vec<u8>,
    count: usize,
}

impl Raws {
    /// Appends one.
    pub fn push(&mut self, value: &Value) {
        put_value(&mut self.bytes, value);
        self.count += 1;
    }

    /// Appends one that is written already.
    pub fn push_raw(&mut self, raw: Raw<'_>) {
        self.bytes.extend_from_slice(raw.bytes());
        self.count += 1;
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = Raw<'_>> {
        let mut bytes = Bytes::new(&self.bytes);
        (0..self.count).map(move |_| Raw::read(&mut bytes).unwrap_or(Raw::NULL))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<'v> FromIterator<&'v Value> for Raws {
    fn from_iter<I: IntoIterator<Item = &'v Value>>(values: I) -> Self {
        let mut raws = Raws::default();
        values.into_iter().for_each(|value| raws.push(value));
        raws
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_raw_value_is_seen_as_its_value_is() {
        let arena = Arena::new();
        let list = |items: &[Value]| Value::List(items.to_vec());
        let object =
            Value::Object(vec![(Arc::from("a"), list(&[Value::Int(1), Value::Null])), (Arc::from("b"), "x".into())]);
        let all = [
            Value::Null,
            Value::Bool(true),
            Value::Int(-7),
            Value::Float(0.5),
            Value::str("é"),
            Value::Ip("2001:db8::1".parse().expect("ip")),
            Value::Net("10.0.0.0/8".parse().expect("net")),
            list(&[Value::Int(1), Value::str("two"), Value::Null]),
            list(&[]),
            list(&[list(&[Value::Int(1)]), Value::str("two"), Value::Null]),
            object.clone(),
            list(&[object]),
        ];
        let raws: Raws = all.iter().collect();
        assert_eq!(raws.all().count(), all.len());
        for (raw, value) in raws.all().zip(&all) {
            assert_eq!(raw.value(), *value);
            assert_eq!(raw.val(&arena), Val::from_value(value, &arena), "{value:?}");
            assert_eq!(raw.is_null(), *value == Value::Null);
            let elements = raw.elements().map(|all| all.map(Raw::value).collect());
            assert_eq!(elements, if let Value::List(items) = value { Some(items.clone()) } else { None });
            for cut in 0..raw.bytes().len() {
                assert_eq!(Raw::read(&mut Bytes::new(&raw.bytes()[..cut])), None, "{value:?} at {cut}");
            }
        }
    }
}
