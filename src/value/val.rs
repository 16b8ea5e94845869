//! What an attribute holds while its event is matched: borrowed, `Copy`, no allocation.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::{Arena, Json, Time, Value};

/// A value of one event, borrowed from the record or from the event's arena.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Val<'a> {
    /// Not there, or `null`, or of a form that its type cannot have.
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text of any textual type; enum words are their lower_snake captions.
    Str(&'a str),
    /// An address, canonical: an IPv4-mapped IPv6 address is its IPv4 address.
    Ip(IpAddr),
    /// A network.
    Net(IpNet),
    /// An instant.
    Time(Time),
    /// A span of time in milliseconds.
    Duration(i64),
    /// A list of values.
    List(&'a [Val<'a>]),
    /// An object or array of JSON; scalars of JSON are the variants above.
    Json(&'a Json<'a>),
}

impl<'a> Val<'a> {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Val::Absent)
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Val::Str(s) => Some(s),
            _ => None,
        }
    }

    /// An owned copy; nothing for `Absent`.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        Some(match *self {
            Val::Absent => return None,
            Val::Bool(b) => Value::Bool(b),
            Val::Int(n) => Value::Int(n),
            Val::Float(x) => Value::Float(x),
            Val::Str(s) => Value::str(s),
            Val::Ip(ip) => Value::Ip(ip),
            Val::Net(net) => Value::Net(net),
            Val::Time(t) => Value::Time(t),
            Val::Duration(ms) => Value::Duration(ms),
            Val::List(items) => Value::List(items.iter().filter_map(Val::to_value).collect()),
            Val::Json(json) => json.to_value()?,
        })
    }

    /// The same value borrowed from an owned one (constants, events of rule tests).
    #[must_use]
    pub fn from_value(value: &'a Value, arena: &'a Arena) -> Val<'a> {
        match value {
            Value::Null => Val::Absent,
            Value::Bool(b) => Val::Bool(*b),
            Value::Int(n) => Val::Int(*n),
            Value::Float(x) => Val::Float(*x),
            Value::Str(s) => Val::Str(s),
            Value::Ip(ip) => Val::Ip(*ip),
            Value::Net(net) => Val::Net(*net),
            Value::Time(t) => Val::Time(*t),
            Value::Duration(ms) => Val::Duration(*ms),
            Value::List(items) if items.iter().any(|v| matches!(v, Value::Object(_) | Value::List(_))) => {
                Val::Json(arena.alloc(Json::from_value(value, arena)))
            }
            Value::List(items) => {
                Val::List(arena.alloc_slice_fill_iter(items.iter().map(|v| Val::from_value(v, arena))))
            }
            Value::Object(_) => Val::Json(arena.alloc(Json::from_value(value, arena))),
        }
    }

    /// Its elements by the law of lists: a list's or JSON array's elements that are not null, nothing for `Absent`, else
    /// itself alone.
    pub fn elements(self) -> impl Iterator<Item = Val<'a>> {
        let (list, json, one): (&[Val<'a>], &[Json<'a>], Option<Val<'a>>) = match self {
            Val::Absent => (&[], &[], None),
            Val::List(items) => (items, &[], None),
            Val::Json(Json::Array(items)) => (&[], items, None),
            other => (&[], &[], Some(other)),
        };
        list.iter().copied().chain(json.iter().map(Json::to_val)).chain(one).filter(|v| !v.is_absent())
    }

    /// The canonical form of an address: IPv4-mapped IPv6 becomes IPv4.
    #[must_use]
    pub fn canonical_ip(ip: IpAddr) -> IpAddr {
        match ip {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
            v4 => v4,
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::Str(Arc::from(s))
    }
}
