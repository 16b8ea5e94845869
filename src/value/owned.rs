//! Owned values: constants of rules, entries of lists, what a finding keeps of an event.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Serialize, Serializer};

use super::{Time, time::duration_text};

/// A value that outlives its event.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Value {
    /// Said to be nothing: JSON's `null`, only in tests' events; elsewhere what is absent has no value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer, or a size in bytes.
    Int(i64),
    /// A float, or a percentage as a fraction.
    Float(f64),
    /// Text of any textual type.
    Str(Arc<str>),
    /// An address.
    Ip(IpAddr),
    /// A network; a single address in an ip list is its full-length network.
    Net(IpNet),
    /// An instant.
    Time(Time),
    /// A span of time in milliseconds.
    Duration(i64),
    /// A list.
    List(Vec<Value>),
    /// An object: names and values in the order they were written.
    Object(Vec<(Arc<str>, Value)>),
}

impl Value {
    /// Text as a value.
    #[must_use]
    pub fn str(text: impl Into<Arc<str>>) -> Value {
        Value::Str(text.into())
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }
}

/// As it prints in a title or a table: text without quotes, times as RFC 3339, durations as `1h30m`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Float(x) => write!(f, "{x}"),
            Value::Str(s) => f.write_str(s),
            Value::Ip(ip) => write!(f, "{ip}"),
            Value::Net(net) if net.prefix_len() == net.max_prefix_len() => {
                write!(f, "{}", net.addr())
            }
            Value::Net(net) => write!(f, "{net}"),
            Value::Time(t) => f.write_str(&t.to_rfc3339()),
            Value::Duration(ms) => f.write_str(&duration_text(*ms)),
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
            Value::Object(_) => f.write_str(&serde_json::to_string(self).unwrap_or_default()),
        }
    }
}

/// As JSON: numbers and booleans as such, everything else as text.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => s.serialize_none(),
            Value::Bool(b) => s.serialize_bool(*b),
            Value::Int(n) => s.serialize_i64(*n),
            Value::Float(x) => s.serialize_f64(*x),
            Value::List(items) => s.collect_seq(items),
            Value::Object(fields) => s.collect_map(fields.iter().map(|(k, v)| (k.as_ref(), v))),
            other => s.collect_str(other),
        }
    }
}
