//! A total order of values and an unambiguous byte form of them: what ties are broken by and identities are made of.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::value::Value;

/// A value with a total order: by kind (null, bool, int, float, text, ip, network, time, duration, list, object), then
/// by content; floats by IEEE 754's total order, lists and objects by their elements in turn.
#[derive(Debug, Clone)]
pub struct Ranked(pub Value);

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

/// The total order of [`Ranked`] over borrowed values.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) | (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        (Value::Ip(a), Value::Ip(b)) => a.cmp(b),
        (Value::Net(a), Value::Net(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => each(a, b, compare),
        (Value::Object(a), Value::Object(b)) => pairs(a, b),
        _ => kind(a).cmp(&kind(b)),
    }
}

/// The total order of named values, name first.
pub fn pairs(a: &[(Arc<str>, Value)], b: &[(Arc<str>, Value)]) -> Ordering {
    each(a, b, |(an, av), (bn, bv)| an.cmp(bn).then_with(|| compare(av, bv)))
}

/// The total order of key parts; an absent one is first.
pub fn parts(a: &[Option<Value>], b: &[Option<Value>]) -> Ordering {
    each(a, b, |a, b| match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    })
}

fn each<T>(a: &[T], b: &[T], by: impl Fn(&T, &T) -> Ordering) -> Ordering {
    a.iter().zip(b).map(|(a, b)| by(a, b)).find(|o| o.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Float(_) => 3,
        Value::Str(_) => 4,
        Value::Ip(_) => 5,
        Value::Net(_) => 6,
        Value::Time(_) => 7,
        Value::Duration(_) => 8,
        Value::List(_) => 9,
        Value::Object(_) => 10,
    }
}

/// Bytes that no other sequence of parts has: each part is a tag, its length in eight bytes, and its content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Framed(pub Vec<u8>);

impl Framed {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Vec::with_capacity(128))
    }

    /// Adds text.
    pub fn text(&mut self, text: &str) {
        self.frame(b's', text.as_bytes());
    }

    /// Adds text that may be absent; absent differs from empty.
    pub fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.frame(b'-', &[]),
        }
    }

    /// Adds an integer.
    pub fn int(&mut self, n: i64) {
        self.frame(b'i', &n.to_be_bytes());
    }

    /// Adds a value that may be absent; `1`, `1.0`, `"1"` and absent all differ.
    pub fn value(&mut self, value: Option<&Value>) {
        match value {
            None => self.frame(b'-', &[]),
            Some(Value::Null) => self.frame(b'n', &[]),
            Some(Value::Bool(b)) => self.frame(b'b', &[u8::from(*b)]),
            Some(Value::Int(n)) => self.int(*n),
            Some(Value::Float(x)) => self.frame(b'f', &x.to_bits().to_be_bytes()),
            Some(Value::Str(s)) => self.text(s),
            Some(Value::Ip(ip)) => self.frame(b'a', ip.to_string().as_bytes()),
            Some(Value::Net(net)) => self.frame(b'c', net.to_string().as_bytes()),
            Some(Value::Time(t)) => self.frame(b't', &t.0.to_be_bytes()),
            Some(Value::Duration(ms)) => self.frame(b'd', &ms.to_be_bytes()),
            Some(Value::List(items)) => {
                let mut inner = Framed::new();
                items.iter().for_each(|v| inner.value(Some(v)));
                self.frame(b'l', &inner.0);
            }
            Some(Value::Object(fields)) => {
                let mut inner = Framed::new();
                for (name, value) in fields {
                    inner.text(name);
                    inner.value(Some(value));
                }
                self.frame(b'o', &inner.0);
            }
        }
    }

    fn frame(&mut self, tag: u8, content: &[u8]) {
        self.0.push(tag);
        self.0.extend_from_slice(&(content.len() as u64).to_be_bytes());
        self.0.extend_from_slice(content);
    }
}

#[cfg(test)]
mod tests {
    use super::{Framed, compare};
    use crate::value::Value;
    use std::cmp::Ordering;

    #[test]
    fn framing_is_unambiguous() {
        let bytes = |parts: &[Option<Value>]| {
            let mut f = Framed::new();
            parts.iter().for_each(|p| f.value(p.as_ref()));
            f.0
        };
        let s = |t: &str| Some(Value::str(t));
        let all = [
            bytes(&[]),
            bytes(&[None]),
            bytes(&[Some(Value::Null)]),
            bytes(&[s("")]),
            bytes(&[s(""), s("")]),
            bytes(&[s("ab"), s("c")]),
            bytes(&[s("a"), s("bc")]),
            bytes(&[s("abc")]),
            bytes(&[s("1")]),
            bytes(&[Some(Value::Int(1))]),
            bytes(&[Some(Value::Float(1.0))]),
            bytes(&[Some(Value::Duration(1))]),
            bytes(&[Some(Value::List(vec![Value::str("a"), Value::str("bc")]))]),
            bytes(&[Some(Value::List(vec![Value::str("abc")]))]),
        ];
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                assert_ne!(a, b);
            }
        }
    }

    #[test]
    fn the_order_is_total() {
        let values = [
            Value::Null,
            Value::Bool(false),
            Value::Bool(true),
            Value::Int(-1),
            Value::Int(2),
            Value::Float(f64::NEG_INFINITY),
            Value::Float(0.5),
            Value::Float(f64::NAN),
            Value::str("10"),
            Value::str("9"),
            Value::List(vec![]),
            Value::List(vec![Value::Int(1)]),
            Value::List(vec![Value::Int(1), Value::Null]),
            Value::Object(vec![("a".into(), Value::Int(1))]),
        ];
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
        assert_eq!(compare(&Value::Float(f64::NAN), &Value::Float(f64::NAN)), Ordering::Equal);
    }
}
