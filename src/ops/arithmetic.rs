//! Arithmetic. Total: what overflows 64 bits, is no finite number, or is divided by zero is absent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Sample::{Absent, Bool, Duration, Float, Int, Ip, Text, Time as At};
use super::types::number;
use super::{Example, Function};
use crate::value::{Time, Type, Val};

/// `+`
pub static ADD: Function = Function {
    name: "+",
    doc: "sum of numbers or durations, a time moved by a duration, the address so many behind an address, or a text \
          and another text or whole number behind it; absent on overflow",
    params: &["a", "b"],
    check: |types| match types {
        [Type::Time, Type::Duration] | [Type::Duration, Type::Time] => Ok(Type::Time),
        [Type::Ip, Type::Int] => Ok(Type::Ip),
        [Type::String, Type::String | Type::Int] => Ok(Type::String),
        _ => numbers("+", types, true),
    },
    examples: &[
        Example { code: "1 + 2", args: &[Int(1), Int(2)], result: Int(3) },
        Example { code: "1 + 0.5", args: &[Int(1), Float(0.5)], result: Float(1.5) },
        Example { code: "9223372036854775807 + 1", args: &[Int(i64::MAX), Int(1)], result: Absent },
        Example { code: "1m + 1s", args: &[Duration(60_000), Duration(1000)], result: Duration(61_000) },
        Example { code: "198.51.100.255 + 2", args: &[Ip("198.51.100.255"), Int(2)], result: Ip("198.51.101.1") },
        Example { code: "255.255.255.255 + 1", args: &[Ip("255.255.255.255"), Int(1)], result: Absent },
        Example { code: "\"a\" + \"b\"", args: &[Text("a"), Text("b")], result: Text("ab") },
        Example { code: "\"host-\" + 7", args: &[Text("host-"), Int(7)], result: Text("host-7") },
    ],
    eval: |args, arena| match (arg(args, 0), arg(args, 1)) {
        (Val::Ip(ip), Val::Int(n)) => further(ip, n).map_or(Val::Absent, Val::Ip),
        (Val::Str(a), Val::Str(b)) => Val::Str(arena.alloc_str(&format!("{a}{b}"))),
        (Val::Str(a), Val::Int(b)) => Val::Str(arena.alloc_str(&format!("{a}{b}"))),
        (Val::Int(a), Val::Int(b)) => a.checked_add(b).map_or(Val::Absent, Val::Int),
        (Val::Duration(a), Val::Duration(b)) => a.checked_add(b).map_or(Val::Absent, Val::Duration),
        (Val::Time(t), Val::Duration(d)) | (Val::Duration(d), Val::Time(t)) => moved(t, Some(d)),
        (a, b) => floats(a, b, |a, b| a + b),
    },
};

/// The address that many behind this one.
fn further(ip: IpAddr, by: i64) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().checked_add_signed(by.try_into().ok()?).map(Ipv4Addr::from_bits).map(IpAddr::V4),
        IpAddr::V6(ip) => ip.to_bits().checked_add_signed(by.into()).map(Ipv6Addr::from_bits).map(IpAddr::V6),
    }
}

/// `-`, of one argument its negation
pub static SUBTRACT: Function = Function {
    name: "-",
    doc: "difference of numbers, durations or times (a duration), a time moved back by a duration, or of one argument \
          its negative; absent on overflow",
    params: &["a", "b?"],
    check: |types| match types {
        [Type::Time, Type::Time] => Ok(Type::Duration),
        [Type::Time, Type::Duration] => Ok(Type::Time),
        [Type::Json] => Ok(Type::Float),
        [one @ (Type::Int | Type::Float | Type::Duration)] => Ok(one.clone()),
        _ => numbers("-", types, true),
    },
    examples: &[
        Example { code: "1 - 2", args: &[Int(1), Int(2)], result: Int(-1) },
        Example { code: "-3", args: &[Int(3)], result: Int(-3) },
        Example {
            code: "2026-01-02 - 2026-01-01",
            args: &[At("2026-01-02T00:00:00Z"), At("2026-01-01T00:00:00Z")],
            result: Duration(86_400_000),
        },
    ],
    eval: |args, _| match (arg(args, 0), args.get(1).copied()) {
        (Val::Int(a), None) => a.checked_neg().map_or(Val::Absent, Val::Int),
        (Val::Float(a), None) => Val::Float(-a),
        (Val::Duration(a), None) => a.checked_neg().map_or(Val::Absent, Val::Duration),
        (Val::Int(a), Some(Val::Int(b))) => a.checked_sub(b).map_or(Val::Absent, Val::Int),
        (Val::Duration(a), Some(Val::Duration(b))) => a.checked_sub(b).map_or(Val::Absent, Val::Duration),
        (Val::Time(a), Some(Val::Time(b))) => a.0.checked_sub(b.0).map_or(Val::Absent, Val::Duration),
        (Val::Time(t), Some(Val::Duration(d))) => moved(t, d.checked_neg()),
        (a, Some(b)) => floats(a, b, |a, b| a - b),
        _ => Val::Absent,
    },
};

/// `*`
pub static MULTIPLY: Function = Function {
    name: "*",
    doc: "product of numbers, or a duration so many times; absent on overflow",
    params: &["a", "b"],
    check: |types| match types {
        [Type::Duration, n] | [n, Type::Duration] if number(n) => Ok(Type::Duration),
        _ => numbers("*", types, false),
    },
    examples: &[
        Example { code: "2 * 3", args: &[Int(2), Int(3)], result: Int(6) },
        Example { code: "10m * 3", args: &[Duration(600_000), Int(3)], result: Duration(1_800_000) },
        Example { code: "9223372036854775807 * 2", args: &[Int(i64::MAX), Int(2)], result: Absent },
    ],
    eval: |args, _| match (arg(args, 0), arg(args, 1)) {
        (Val::Int(a), Val::Int(b)) => a.checked_mul(b).map_or(Val::Absent, Val::Int),
        (Val::Duration(d), Val::Int(n)) | (Val::Int(n), Val::Duration(d)) => {
            d.checked_mul(n).map_or(Val::Absent, Val::Duration)
        }
        (Val::Duration(d), Val::Float(x)) | (Val::Float(x), Val::Duration(d)) => {
            let millis = (d as f64 * x).round();
            if millis.abs() < 9.0e18 { Val::Duration(millis as i64) } else { Val::Absent }
        }
        (a, b) => floats(a, b, |a, b| a * b),
    },
};

/// `/`
pub static DIVIDE: Function = Function {
    name: "/",
    doc: "quotient of numbers, a float; of durations, how often; of a number by a duration, its rate a second; absent \
          where the divisor is zero",
    params: &["a", "b"],
    check: |types| match types {
        [Type::Duration, Type::Duration] => Ok(Type::Float),
        [n, Type::Duration] if number(n) => Ok(Type::Float),
        _ => numbers("/", types, false).map(|_| Type::Float),
    },
    examples: &[
        Example { code: "1 / 2", args: &[Int(1), Int(2)], result: Float(0.5) },
        Example { code: "1 / 0", args: &[Int(1), Int(0)], result: Absent },
        Example { code: "traffic.packets / duration", args: &[Int(600), Duration(60_000)], result: Float(10.0) },
    ],
    eval: |args, _| match (arg(args, 0), arg(args, 1)) {
        (Val::Duration(a), Val::Duration(b)) => finite(a as f64 / b as f64),
        (Val::Int(a), Val::Duration(b)) => finite(a as f64 * 1000.0 / b as f64),
        (Val::Float(a), Val::Duration(b)) => finite(a * 1000.0 / b as f64),
        (a, b) => floats(a, b, |a, b| a / b),
    },
};

/// `mod`
pub static MODULO: Function = Function {
    name: "mod",
    doc: "remainder of two integers, never negative; absent where the divisor is zero",
    params: &["a", "b"],
    check: |types| integers("mod", types).map(|()| Type::Int),
    examples: &[
        Example { code: "7 mod 3", args: &[Int(7), Int(3)], result: Int(1) },
        Example { code: "-7 mod 3", args: &[Int(-7), Int(3)], result: Int(2) },
        Example { code: "7 mod 0", args: &[Int(7), Int(0)], result: Absent },
    ],
    eval: |args, _| match (arg(args, 0), arg(args, 1)) {
        (Val::Int(a), Val::Int(b)) => a.checked_rem_euclid(b).map_or(Val::Absent, Val::Int),
        _ => Val::Absent,
    },
};

/// `bit(flags, n)`
pub static BIT: Function = Function {
    name: "bit",
    doc: "whether bit `n` of an integer is set, from 0, the least; absent if `n` is not 0 to 63",
    params: &["flags", "n"],
    check: |types| integers("bit", types).map(|()| Type::Bool),
    examples: &[
        Example { code: "bit(18, 1)", args: &[Int(18), Int(1)], result: Bool(true) },
        Example { code: "bit(18, 0)", args: &[Int(18), Int(0)], result: Bool(false) },
        Example { code: "bit(18, 64)", args: &[Int(18), Int(64)], result: Absent },
    ],
    eval: |args, _| match (arg(args, 0), arg(args, 1)) {
        (Val::Int(flags), Val::Int(n @ 0..=63)) => Val::Bool(flags >> n & 1 == 1),
        _ => Val::Absent,
    },
};

/// `bits(flags, mask)`
pub static BITS: Function = Function {
    name: "bits",
    doc: "those bits of an integer that are set in `mask` too: `bits(connection_info.tcp_flags, 18) == 2` is SYN \
          without ACK",
    params: &["flags", "mask"],
    check: |types| integers("bits", types).map(|()| Type::Int),
    examples: &[Example { code: "bits(3, 18)", args: &[Int(3), Int(18)], result: Int(2) }],
    eval: |args, _| match (arg(args, 0), arg(args, 1)) {
        (Val::Int(flags), Val::Int(mask)) => Val::Int(flags & mask),
        _ => Val::Absent,
    },
};

/// An argument; absent where there is none.
pub(super) fn arg<'a>(args: &[Val<'a>], n: usize) -> Val<'a> {
    args.get(n).copied().unwrap_or(Val::Absent)
}

fn numbers(name: &str, types: &[Type], durations: bool) -> Result<Type, String> {
    match types {
        [Type::Int, Type::Int] => Ok(Type::Int),
        [Type::Duration, Type::Duration] if durations => Ok(Type::Duration),
        [a, b] if number(a) && number(b) => Ok(Type::Float),
        [a, b] => Err(format!(
            "`{name}` stands between numbers{}, not between {a} and {b}",
            if durations { " or durations" } else { "" }
        )),
        _ => Err(format!("`{name}` takes two numbers")),
    }
}

fn integers(name: &str, types: &[Type]) -> Result<(), String> {
    let whole = |t: &Type| matches!(t, Type::Int | Type::Json);
    match types {
        [a, b] if whole(a) && whole(b) => Ok(()),
        _ => Err(format!("`{name}` takes two integers")),
    }
}

fn moved(time: Time, by: Option<i64>) -> Val<'static> {
    by.and_then(|d| time.0.checked_add(d)).map_or(Val::Absent, |t| Val::Time(Time(t)))
}

fn floats(a: Val<'_>, b: Val<'_>, op: fn(f64, f64) -> f64) -> Val<'static> {
    let float = |v| match v {
        Val::Int(n) => Some(n as f64),
        Val::Float(x) => Some(x),
        _ => None,
    };
    match (float(a), float(b)) {
        (Some(a), Some(b)) => finite(op(a, b)),
        _ => Val::Absent,
    }
}

fn finite(x: f64) -> Val<'static> {
    if x.is_finite() { Val::Float(x) } else { Val::Absent }
}
