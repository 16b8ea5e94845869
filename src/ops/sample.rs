//! Examples as data: what a reference page prints and a test runs.

use std::fmt;

use crate::value::{Arena, Json, Time, Val};

/// An expression, its operands or arguments, and what it gives.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// As a rule writes it.
    pub code: &'static str,
    /// The operands or arguments in order.
    pub args: &'static [Sample],
    /// The result; of an operator `Bool`, or `Absent` for unknown.
    pub result: Sample,
}

/// A constant in an example.
#[derive(Debug, Clone, Copy)]
pub enum Sample {
    /// Absent; of an operator's result: unknown.
    Absent,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(&'static str),
    /// An address.
    Ip(&'static str),
    /// A network.
    Net(&'static str),
    /// An instant, RFC 3339.
    Time(&'static str),
    /// Milliseconds.
    Duration(i64),
    /// A list.
    List(&'static [Sample]),
    /// A JSON document.
    Json(&'static str),
}

impl Sample {
    /// The value; absent if the text of an address, network, time or document is none.
    #[must_use]
    pub fn val(self, arena: &Arena) -> Val<'_> {
        match self {
            Sample::Absent => Val::Absent,
            Sample::Bool(b) => Val::Bool(b),
            Sample::Int(n) => Val::Int(n),
            Sample::Float(x) => Val::Float(x),
            Sample::Text(s) => Val::Str(s),
            Sample::Ip(s) => s.parse().map_or(Val::Absent, |ip| Val::Ip(Val::canonical_ip(ip))),
            Sample::Net(s) => s.parse().map_or(Val::Absent, Val::Net),
            Sample::Time(s) => Time::parse(s).map_or(Val::Absent, Val::Time),
            Sample::Duration(ms) => Val::Duration(ms),
            Sample::List(items) => Val::List(arena.alloc_slice_fill_iter(items.iter().map(|s| s.val(arena)))),
            Sample::Json(text) => Json::parse(text, arena).map_or(Val::Absent, |j| arena.alloc(j).to_val()),
        }
    }
}

/// As a rule or a reference page writes it.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sample::Absent => f.write_str("absent"),
            Sample::Text(s) => write!(f, "{s:?}"),
            Sample::Json(text) => f.write_str(text),
            Sample::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            other => match other.val(&Arena::new()).to_value() {
                Some(value) => write!(f, "{value}"),
                None => f.write_str("absent"),
            },
        }
    }
}
