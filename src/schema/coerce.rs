//! Bringing what a record holds to an attribute's type. Total: what does not fit is absent. The laws of JSON (a literal
//! meets its text form) live here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Raw;
use crate::value::json::{number, unescape};
use crate::value::{Arena, Json, Time, Type, Val};

/// A wire field as a value of a type; objects and arrays are parsed by the caller.
pub(super) fn raw<'a>(field: Raw<'a>, ty: &Type, arena: &'a Arena) -> Val<'a> {
    match field {
        Raw::Absent | Raw::Null | Raw::Json(_) => Val::Absent,
        Raw::Bool(b) => bool(b, ty),
        Raw::Number(n) => digits(n, ty, arena),
        Raw::Str(s, false) => text(s, ty, arena),
        Raw::Str(s, true) => unescape(s, arena).map_or(Val::Absent, |s| text(s, ty, arena)),
        Raw::Text("-" | "") => Val::Absent,
        Raw::Text(s) => text(s, ty, arena),
    }
}

/// A parsed piece of JSON as a value of a type.
#[must_use]
pub fn json<'a>(json: &'a Json<'a>, ty: &Type, arena: &'a Arena) -> Val<'a> {
    match (json, ty) {
        (_, Type::Json | Type::Object) => json.to_val(),
        (Json::Null, _) => Val::Absent,
        (_, Type::List(inner)) if **inner == Type::Object => Val::Json(json),
        (Json::Array(items), Type::List(inner)) => {
            let mut out = bumpalo::collections::Vec::with_capacity_in(items.len(), arena);
            out.extend(items.iter().map(|i| self::json(i, inner, arena)).filter(|v| !v.is_absent()));
            Val::List(out.into_bump_slice())
        }
        (_, Type::List(inner)) => one(self::json(json, inner, arena), arena),
        (Json::Bool(b), _) => bool(*b, ty),
        (Json::Number(n), _) => digits(n, ty, arena),
        (Json::Str(s), _) => text(s, ty, arena),
        (Json::Array(_) | Json::Object(_), _) => Val::Absent,
    }
}

/// A value that a recipe made, as a value of a type.
pub(super) fn val<'a>(v: Val<'a>, ty: &Type, arena: &'a Arena) -> Val<'a> {
    match (v, ty) {
        (Val::Absent, _) => Val::Absent,
        (Val::Str(s), _) => text(s, ty, arena),
        (Val::Bool(b), t) if !matches!(t, Type::List(_)) => bool(b, ty),
        (Val::Json(j), _) => json(j, ty, arena),
        (Val::List(items), Type::List(inner)) => {
            let mut out = bumpalo::collections::Vec::with_capacity_in(items.len(), arena);
            out.extend(items.iter().map(|i| val(*i, inner, arena)).filter(|v| !v.is_absent()));
            Val::List(out.into_bump_slice())
        }
        (_, Type::List(inner)) => one(val(v, inner, arena), arena),
        (Val::List(_), t) if *t != Type::Json => Val::Absent,
        (Val::Int(_), Type::Int)
        | (Val::Float(_), Type::Float)
        | (Val::Ip(_), Type::Ip)
        | (Val::Net(_), Type::Cidr)
        | (Val::Time(_), Type::Time)
        | (Val::Duration(_), Type::Duration)
        | (_, Type::Json) => v,
        (Val::Int(n), Type::Float) => float(n),
        (Val::Int(n), Type::Duration) => Val::Duration(n),
        (Val::Float(x), Type::Int) if x.fract() == 0.0 && x.abs() < 9e15 => Val::Int(whole(x)),
        (Val::Float(x), Type::Duration) if x.fract() == 0.0 && x.abs() < 9e15 => Val::Duration(whole(x)),
        (other, t) if t.is_text() => {
            other.to_value().map_or(Val::Absent, |v| text(arena.alloc_str(&v.to_string()), ty, arena))
        }
        _ => Val::Absent,
    }
}

fn one<'a>(v: Val<'a>, arena: &'a Arena) -> Val<'a> {
    if v.is_absent() { Val::Absent } else { Val::List(arena.alloc_slice_copy(&[v])) }
}

fn bool<'a>(b: bool, ty: &Type) -> Val<'a> {
    match ty {
        Type::Bool | Type::Json => Val::Bool(b),
        Type::String => Val::Str(if b { "true" } else { "false" }),
        Type::Enum(words) => {
            let word = if b { "true" } else { "false" };
            if words.iter().any(|w| w == word) { Val::Str(word) } else { Val::Absent }
        }
        _ => Val::Absent,
    }
}

/// A number as written in JSON.
fn digits<'a>(n: &'a str, ty: &Type, arena: &'a Arena) -> Val<'a> {
    match ty {
        Type::Json => number(n),
        Type::Bool => Val::Absent,
        _ => text(n, ty, arena),
    }
}

fn text<'a>(s: &'a str, ty: &Type, arena: &'a Arena) -> Val<'a> {
    let made = match ty {
        Type::String | Type::Json => Some(Val::Str(s)),
        Type::Arn => (!s.is_empty()).then_some(Val::Str(s)),
        Type::Bool => match s {
            "true" => Some(Val::Bool(true)),
            "false" => Some(Val::Bool(false)),
            _ => None,
        },
        Type::Int => int(s).map(Val::Int),
        Type::Float => s.parse().ok().filter(|x: &f64| x.is_finite()).map(Val::Float),
        Type::Duration => int(s).map(Val::Duration),
        Type::Time => Time::parse(s).map(Val::Time),
        Type::Ip => ip(s).map(Val::Ip),
        Type::Cidr => s.parse().ok().map(Val::Net).or_else(|| ip(s).map(|ip| Val::Net(ip.into()))),
        Type::Domain => domain(s, arena).map(Val::Str),
        Type::Hash => hash(s, arena).map(Val::Str),
        Type::Enum(words) => word(s, words, arena),
        Type::List(inner) if **inner != Type::Object => return one(text(s, inner, arena), arena),
        Type::List(_) | Type::Object => None,
    };
    made.unwrap_or(Val::Absent)
}

/// A whole number, exactly: `22`, `-1`, `22.0`, `1e3`; nothing that does not fit 64 bits.
fn int(s: &str) -> Option<i64> {
    if let Ok(n) = s.parse::<i64>() {
        return (!s.starts_with('+')).then_some(n);
    }
    if !s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) || !s.contains(['.', 'e', 'E']) {
        return None;
    }
    let x: f64 = s.parse().ok()?;
    (x.fract() == 0.0 && x.abs() < 9e15).then(|| whole(x))
}

#[expect(clippy::cast_possible_truncation, reason = "callers have checked that it is whole and below 2^53")]
fn whole(x: f64) -> i64 {
    x as i64
}

#[expect(clippy::cast_precision_loss, reason = "a float attribute holds what a float can")]
fn float<'a>(n: i64) -> Val<'a> {
    Val::Float(n as f64)
}

/// An address, strictly: four decimal parts without leading zeros, or IPv6; IPv4-mapped IPv6 becomes IPv4.
#[must_use]
pub fn ip(s: &str) -> Option<IpAddr> {
    match s.as_bytes().first()? {
        // The usual case first; the standard parser refuses leading zeros.
        b'0'..=b'9' if !s.contains(':') => s.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        _ => s.parse::<Ipv6Addr>().ok().map(|v6| Val::canonical_ip(IpAddr::V6(v6))),
    }
}

/// A domain name in canonical form: lower case, A-labels, no final dot. Labels are taken as they come (underscores,
/// escapes), for logs hold what was asked, not what is allowed.
#[must_use]
pub fn domain<'a>(s: &'a str, arena: &'a Arena) -> Option<&'a str> {
    let s = s.strip_suffix('.').unwrap_or(s);
    if s.is_empty() {
        return None;
    }
    if !s.is_ascii() {
        let ascii = idna::domain_to_ascii(s).ok()?;
        return Some(arena.alloc_str(ascii.strip_suffix('.').unwrap_or(&ascii)));
    }
    if s.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some(arena.alloc_str(&s.to_ascii_lowercase()));
    }
    Some(s)
}

fn hash<'a>(s: &'a str, arena: &'a Arena) -> Option<&'a str> {
    if !matches!(s.len(), 32 | 40 | 64) || !s.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    if s.bytes().any(|b| b.is_ascii_uppercase()) { Some(arena.alloc_str(&s.to_ascii_lowercase())) } else { Some(s) }
}

/// An enum's word: as the vocabulary spells it, or in another case.
fn word<'a>(s: &'a str, words: &[String], arena: &'a Arena) -> Option<Val<'a>> {
    if words.iter().any(|w| w == s) {
        return Some(Val::Str(s));
    }
    words.iter().find(|w| w.eq_ignore_ascii_case(s)).map(|w| Val::Str(arena.alloc_str(w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(field: Raw<'a>, ty: &Type, arena: &'a Arena) -> String {
        raw(field, ty, arena).to_value().map_or("-".to_owned(), |v| v.to_string())
    }

    #[test]
    fn types_take_what_fits_and_nothing_else() {
        let arena = Arena::new();
        let words = Type::Enum(["success".to_owned(), "failure".to_owned()].into());
        for (field, ty, expected) in [
            (Raw::Number("22"), Type::Int, "22"),
            (Raw::Str("22", false), Type::Int, "22"),
            (Raw::Number("22.0"), Type::Int, "22"),
            (Raw::Number("22.5"), Type::Int, "-"),
            (Raw::Number("9223372036854775808"), Type::Int, "-"),
            (Raw::Str("+22", false), Type::Int, "-"),
            (Raw::Str("22 ", false), Type::Int, "-"),
            (Raw::Bool(true), Type::Int, "-"),
            (Raw::Bool(true), Type::Bool, "true"),
            (Raw::Str("true", false), Type::Bool, "true"),
            (Raw::Str("yes", false), Type::Bool, "-"),
            (Raw::Number("1"), Type::Bool, "-"),
            (Raw::Bool(false), Type::String, "false"),
            (Raw::Number("1.10"), Type::String, "1.10"),
            (Raw::Str("a\\nb", true), Type::String, "a\nb"),
            (Raw::Null, Type::String, "-"),
            (Raw::Json("{}"), Type::String, "-"),
            (Raw::Text("-"), Type::String, "-"),
            (Raw::Str("-", false), Type::String, "-"),
            (Raw::Str("203.0.113.5", false), Type::Ip, "203.0.113.5"),
            (Raw::Str("203.0.113.05", false), Type::Ip, "-"),
            (Raw::Str("::ffff:203.0.113.5", false), Type::Ip, "203.0.113.5"),
            (Raw::Str("2001:DB8::1", false), Type::Ip, "2001:db8::1"),
            (Raw::Str("AWS Internal", false), Type::Ip, "-"),
            (Raw::Str("Example.COM.", false), Type::Domain, "example.com"),
            (Raw::Str("bücher.example", false), Type::Domain, "xn--bcher-kva.example"),
            (Raw::Str("_dmarc.example.com", false), Type::Domain, "_dmarc.example.com"),
            (Raw::Str(".", false), Type::Domain, "-"),
            (Raw::Str("2024-01-01T00:00:00Z", false), Type::Time, "2024-01-01T00:00:00Z"),
            (Raw::Str("yesterday", false), Type::Time, "-"),
            (Raw::Number("1e400"), Type::Float, "-"),
            (Raw::Number("2.5"), Type::Float, "2.5"),
            (Raw::Str("success", false), words.clone(), "success"),
            (Raw::Str("Success", false), words.clone(), "success"),
            (Raw::Str("maybe", false), words, "-"),
            (Raw::Str("D41D8CD98F00B204E9800998ECF8427E", false), Type::Hash, "d41d8cd98f00b204e9800998ecf8427e"),
            (Raw::Str("d41d8", false), Type::Hash, "-"),
            (Raw::Str("a", false), Type::list(Type::String), "a"),
            (Raw::Number("22"), Type::Json, "22"),
        ] {
            let expected = if expected == "-" && field == Raw::Str("-", false) { "-" } else { expected };
            assert_eq!(of(field, &ty, &arena), expected, "{field:?} as {ty}");
        }
    }

    #[test]
    fn lists_of_json_keep_what_fits() {
        let arena = Arena::new();
        let doc = Json::parse(r#"["10.0.0.1", null, 7, {"a": 1}, "x", "::1"]"#, &arena).expect("json");
        let doc = arena.alloc(doc);
        let text = |ty: &Type| json(doc, &Type::list(ty.clone()), &arena).to_value().map(|v| v.to_string());
        assert_eq!(text(&Type::Ip).as_deref(), Some("10.0.0.1, ::1"));
        assert_eq!(text(&Type::String).as_deref(), Some("10.0.0.1, 7, x, ::1"));
        let single = arena.alloc(Json::parse(r#""10.0.0.1""#, &arena).expect("json"));
        assert_eq!(json(single, &Type::list(Type::Ip), &arena), Val::List(&[Val::Ip([10, 0, 0, 1].into())]));
    }
}
