//! Equality and order by the laws of JSON: one kind is compared as such, integers and floats numerically, networks
//! masked; text meets a value of another kind in that kind's text form (`"22"` and `22`, `"true"` and `true`,
//! `"10.0.0.1"` and `10.0.0.1`). Any other mismatch is unknown. A list stands for any of its elements.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;

use super::Sample::{Absent, Bool, Float, Int, Ip, List, Net, Text, Time as At};
use super::types::{comparable, element, ordered};
use super::{Eval, Example, Operator};
use crate::value::json::number;
use crate::value::{Time, Truth, Type, Val};

/// `==`
pub static EQUAL: Operator = Operator {
    name: "==",
    doc: "equal: of one kind, or text beside its value's text form; integers and floats numerically, networks masked; \
          of a list's elements: any",
    examples: &[
        Example { code: "\"a\" == \"a\"", args: &[Text("a"), Text("a")], result: Bool(true) },
        Example { code: "\"a\" == \"A\"", args: &[Text("a"), Text("A")], result: Bool(false) },
        Example { code: "22 == \"22\"", args: &[Int(22), Text("22")], result: Bool(true) },
        Example { code: "22 == \"ssh\"", args: &[Int(22), Text("ssh")], result: Absent },
        Example { code: "2 == 2.0", args: &[Int(2), Float(2.0)], result: Bool(true) },
        Example { code: "true == \"true\"", args: &[Bool(true), Text("true")], result: Bool(true) },
        Example { code: "10.0.0.7/8 == 10.0.0.0/8", args: &[Net("10.0.0.7/8"), Net("10.0.0.0/8")], result: Bool(true) },
        Example {
            code: "\"::ffff:10.0.0.1\" == 10.0.0.1",
            args: &[Text("::ffff:10.0.0.1"), Ip("10.0.0.1")],
            result: Bool(true),
        },
        Example {
            code: "[\"a\", \"b\"][] == \"b\"",
            args: &[List(&[Text("a"), Text("b")]), Text("b")],
            result: Bool(true),
        },
    ],
    check: check_equal,
    eval: Eval::Pair(equal),
};

/// `<`
pub static LESS: Operator = Operator {
    name: "<",
    doc: "less: numbers, times (earlier), durations (shorter)",
    examples: &[
        Example { code: "1 < 1.5", args: &[Int(1), Float(1.5)], result: Bool(true) },
        Example { code: "\"9\" < 10", args: &[Text("9"), Int(10)], result: Bool(true) },
    ],
    check: check_order,
    eval: Eval::Pair(|a, b| compared(a, b, Ordering::is_lt)),
};

/// `<=`
pub static AT_MOST: Operator = Operator {
    name: "<=",
    doc: "less or equal: numbers, times, durations",
    examples: &[Example { code: "10 <= 10", args: &[Int(10), Int(10)], result: Bool(true) }],
    check: check_order,
    eval: Eval::Pair(|a, b| compared(a, b, Ordering::is_le)),
};

/// `>`
pub static GREATER: Operator = Operator {
    name: ">",
    doc: "greater: numbers, times (later), durations (longer)",
    examples: &[Example {
        code: "2026-01-02 > 2026-01-01",
        args: &[At("2026-01-02T00:00:00Z"), At("2026-01-01T00:00:00Z")],
        result: Bool(true),
    }],
    check: check_order,
    eval: Eval::Pair(|a, b| compared(a, b, Ordering::is_gt)),
};

/// `>=`
pub static AT_LEAST: Operator = Operator {
    name: ">=",
    doc: "greater or equal: numbers, times, durations",
    examples: &[Example { code: "9 >= 10", args: &[Int(9), Int(10)], result: Bool(false) }],
    check: check_order,
    eval: Eval::Pair(|a, b| compared(a, b, Ordering::is_ge)),
};

/// `differs from`
pub static DIFFERS: Operator = Operator {
    name: "differs from",
    doc: "unequal: true only if both are present (and can be compared)",
    examples: &[
        Example { code: "\"a\" differs from \"b\"", args: &[Text("a"), Text("b")], result: Bool(true) },
        Example { code: "1 differs from \"1\"", args: &[Int(1), Text("1")], result: Bool(false) },
        Example { code: "user_agent differs from \"b\"", args: &[Absent, Text("b")], result: Absent },
    ],
    check: |a, b| match (a, b) {
        (Type::List(_), _) | (_, Type::List(_)) => {
            Err("`differs from` compares single values; of a list write `any x in …: x differs from …`".to_owned())
        }
        _ => check_equal(a, b),
    },
    eval: Eval::Pair(|a, b| equal(a, b).not()),
};

fn check_equal(a: &Type, b: &Type) -> Result<(), String> {
    if comparable(element(a), b) {
        return Ok(());
    }
    Err(match (element(a), b) {
        (_, Type::List(_)) => "a list stands behind `in`, not behind `==`".to_owned(),
        (Type::Ip, Type::Cidr) => "an address lies `in` a network".to_owned(),
        (Type::Object, _) | (_, Type::Object) => {
            "an object is not compared as a whole; name one of its attributes".to_owned()
        }
        (a, b) => format!("{a} and {b} are never equal; compare values of one type"),
    })
}

fn check_order(a: &Type, b: &Type) -> Result<(), String> {
    if ordered(element(a), b) {
        return Ok(());
    }
    Err(format!(
        "only numbers, times and durations have an order, and only among themselves; not {} and {b}",
        element(a)
    ))
}

/// Any of some truths: false of none.
pub(super) fn any<'a>(items: impl IntoIterator<Item = Val<'a>>, test: impl Fn(Val<'a>) -> Truth) -> Truth {
    let mut out = Truth::False;
    for item in items {
        out = out.or(test(item));
        if out == Truth::True {
            break;
        }
    }
    out
}

/// Whether two values are equal. Symmetric; unknown where either is absent or they cannot be compared (documents
/// and two lists cannot).
#[must_use]
pub fn equal(a: Val<'_>, b: Val<'_>) -> Truth {
    match (a, b) {
        (Val::Absent, _) | (_, Val::Absent) | (Val::List(_), Val::List(_)) => Truth::Unknown,
        (Val::List(items), other) | (other, Val::List(items)) => any(items.iter().copied(), |x| equal(x, other)),
        _ => Truth::from(scalars_equal(a, b)),
    }
}

fn scalars_equal(a: Val<'_>, b: Val<'_>) -> Option<bool> {
    Some(match (a, b) {
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Net(a), Val::Net(b)) => a.trunc() == b.trunc(),
        (Val::Ip(ip), Val::Net(net)) | (Val::Net(net), Val::Ip(ip)) => {
            IpNet::from(Val::canonical_ip(ip)) == net.trunc()
        }
        (Val::Ip(a), Val::Ip(b)) => Val::canonical_ip(a) == Val::canonical_ip(b),
        (Val::Str(s), other) | (other, Val::Str(s)) => scalars_equal(read_as(s, other)?, other)?,
        _ => order(a, b)?.is_eq(),
    })
}

/// The order of two values; nothing where they have none. Text beside text is ordered by its characters (ranges and
/// `min`, `max` ask; `<` does not stand there), addresses of one family by their number.
#[must_use]
pub fn order(a: Val<'_>, b: Val<'_>) -> Option<Ordering> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(&b)),
        (Val::Float(a), Val::Float(b)) => a.partial_cmp(&b),
        (Val::Int(n), Val::Float(x)) => int_float(n, x),
        (Val::Float(x), Val::Int(n)) => int_float(n, x).map(Ordering::reverse),
        (Val::Time(a), Val::Time(b)) => Some(a.cmp(&b)),
        (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(&b)),
        (Val::Str(a), Val::Str(b)) => Some(a.cmp(b)),
        (Val::Ip(a), Val::Ip(b)) => {
            let (a, b) = (Val::canonical_ip(a), Val::canonical_ip(b));
            (a.is_ipv4() == b.is_ipv4()).then(|| a.cmp(&b))
        }
        (Val::Str(s), Val::Int(_) | Val::Float(_) | Val::Time(_) | Val::Ip(_)) => order(read_as(s, b)?, b),
        (Val::Int(_) | Val::Float(_) | Val::Time(_) | Val::Ip(_), Val::Str(s)) => order(a, read_as(s, a)?),
        _ => None,
    }
}

fn compared(a: Val<'_>, b: Val<'_>, holds: fn(Ordering) -> bool) -> Truth {
    match a {
        Val::List(items) => any(items.iter().copied(), |x| Truth::from(order(x, b).map(holds))),
        _ => Truth::from(order(a, b).map(holds)),
    }
}

/// An integer beside a float, exactly: no rounding above 2^53.
fn int_float(n: i64, x: f64) -> Option<Ordering> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if x.is_nan() {
        return None;
    }
    if x >= TWO_63 {
        return Some(Ordering::Less);
    }
    if x < -TWO_63 {
        return Some(Ordering::Greater);
    }
    // Within the bounds of an i64, so the cast of the whole part is exact.
    let whole = x.trunc();
    Some(n.cmp(&(whole as i64)).then(if x > whole {
        Ordering::Less
    } else if x < whole {
        Ordering::Greater
    } else {
        Ordering::Equal
    }))
}

/// Text read as a value of the other's kind, if it has its form.
fn read_as<'a>(text: &'a str, other: Val<'_>) -> Option<Val<'a>> {
    match other {
        Val::Bool(_) => match text {
            "true" => Some(Val::Bool(true)),
            "false" => Some(Val::Bool(false)),
            _ => None,
        },
        Val::Int(_) | Val::Float(_) => read_number(text),
        Val::Ip(_) => read_ip(text).map(Val::Ip),
        Val::Net(_) => read_net(text).map(Val::Net),
        Val::Time(_) => Time::parse(text).map(Val::Time),
        _ => None,
    }
}

/// Text in the form of a JSON number; an integer must fit 64 bits.
fn read_number(text: &str) -> Option<Val<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let led_by_zero = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    if led_by_zero || !digits.first()?.is_ascii_digit() || !digits.last()?.is_ascii_digit() {
        return None;
    }
    match number(text) {
        value @ (Val::Int(_) | Val::Float(_)) => Some(value),
        _ => None,
    }
}

/// Text as an address, canonical.
pub(super) fn read_ip(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(Val::canonical_ip)
}

/// Text as a network, or as an address that stands for its full-length network.
pub(super) fn read_net(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| read_ip(text).map(IpNet::from))
}
