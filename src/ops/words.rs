//! Word operators on text. Numbers and booleans of JSON documents meet them in their text form. The `…_caseless`
//! functions serve `i"…"`: their pattern is lower case already, and ASCII text is compared without allocation.

use memchr::{memchr2, memmem};

use super::Sample::{Absent, Bool, Int, Text};
use super::compare::any;
use super::types::{element, text};
use super::{Eval, Example, Operator, glob};
use crate::value::{Truth, Type, Val};

/// `contains`
pub static CONTAINS: Operator = Operator {
    name: "contains",
    doc: "the right text stands somewhere in the left",
    examples: &[
        Example { code: "\"abc\" contains \"b\"", args: &[Text("abc"), Text("b")], result: Bool(true) },
        Example { code: "\"abc\" contains \"B\"", args: &[Text("abc"), Text("B")], result: Bool(false) },
        Example { code: "user_agent contains \"x\"", args: &[Absent, Text("x")], result: Absent },
    ],
    check: |a, b| between_texts("contains", a, b),
    eval: Eval::Pair(|a, b| pair(a, b, |a, b| memmem::find(a.as_bytes(), b.as_bytes()).is_some())),
};

/// `startswith`
pub static STARTSWITH: Operator = Operator {
    name: "startswith",
    doc: "the left text begins with the right",
    examples: &[
        Example { code: "\"abc\" startswith \"ab\"", args: &[Text("abc"), Text("ab")], result: Bool(true) },
        Example { code: "443 startswith \"44\"", args: &[Int(443), Text("44")], result: Bool(true) },
    ],
    check: |a, b| between_texts("startswith", a, b),
    eval: Eval::Pair(|a, b| pair(a, b, |a, b| a.starts_with(b))),
};

/// `endswith`
pub static ENDSWITH: Operator = Operator {
    name: "endswith",
    doc: "the left text ends with the right; domains want `under`, which knows labels",
    examples: &[Example { code: "\"abc\" endswith \"bc\"", args: &[Text("abc"), Text("bc")], result: Bool(true) }],
    check: |a, b| between_texts("endswith", a, b),
    eval: Eval::Pair(|a, b| pair(a, b, |a, b| a.ends_with(b))),
};

/// `like`
pub static LIKE: Operator = Operator {
    name: "like",
    doc: "the whole left text has the form of the right, where `*` is any text and `?` one character; at most 16 `*`, \
          no escapes",
    examples: &[
        Example {
            code: "\"DeleteBucket\" like \"Delete*\"",
            args: &[Text("DeleteBucket"), Text("Delete*")],
            result: Bool(true),
        },
        Example { code: "\"a.b\" like \"?.?\"", args: &[Text("a.b"), Text("?.?")], result: Bool(true) },
        Example { code: "\"abc\" like \"b\"", args: &[Text("abc"), Text("b")], result: Bool(false) },
    ],
    check: |a, b| between_texts("like", a, b),
    eval: Eval::Pair(|a, b| pair(a, b, |a, b| glob::like(a, b, false))),
};

/// `matches`
pub static MATCHES: Operator = Operator {
    name: "matches",
    doc: "a regex finds a match somewhere in the left text (`^` and `$` hold it to the ends); it sees at most 8 KiB",
    examples: &[],
    check: |a, b| match b {
        Type::String if text(element(a)) => Ok(()),
        _ => Err("`matches` stands between a text and a regex: `user_agent matches /curl\\/7/`".to_owned()),
    },
    eval: Eval::Regex,
};

fn between_texts(name: &str, a: &Type, b: &Type) -> Result<(), String> {
    if text(element(a)) && text(b) {
        return Ok(());
    }
    Err(match (element(a), b) {
        (Type::Ip | Type::Cidr, _) => format!("`{name}` reads text; an address lies `in` a network or list"),
        (_, Type::List(_)) => format!("`{name}` takes one text; for several write `x {name} \"a\" or x {name} \"b\"`"),
        (a, b) => format!("`{name}` stands between two texts, not between {a} and {b}"),
    })
}

/// A test on the text of a value; of a list: any of its elements; unknown where there is no text.
fn on_text(value: Val<'_>, test: &dyn Fn(&str) -> bool) -> Truth {
    match value {
        Val::Str(s) => Truth::from(test(s)),
        Val::Int(n) => Truth::from(test(&n.to_string())),
        Val::Float(x) => Truth::from(test(&x.to_string())),
        Val::Bool(b) => Truth::from(test(if b { "true" } else { "false" })),
        Val::List(items) => any(items.iter().copied(), |x| on_text(x, test)),
        _ => Truth::Unknown,
    }
}

fn pair(a: Val<'_>, b: Val<'_>, test: fn(&str, &str) -> bool) -> Truth {
    match b {
        Val::Str(b) => on_text(a, &|a| test(a, b)),
        Val::Int(_) | Val::Float(_) | Val::Bool(_) => {
            let b = b.to_value().map(|v| v.to_string()).unwrap_or_default();
            on_text(a, &|a| test(a, &b))
        }
        _ => Truth::Unknown,
    }
}

/// Whether a text equals `lower` in some case.
#[must_use]
pub fn equal_caseless(value: Val<'_>, lower: &str) -> Truth {
    on_text(value, &|s| match caseless_prefix(s, lower) {
        Some(len) => len == s.len(),
        None => false,
    })
}

/// Whether a text begins with `lower` in some case.
#[must_use]
pub fn startswith_caseless(value: Val<'_>, lower: &str) -> Truth {
    on_text(value, &|s| caseless_prefix(s, lower).is_some())
}

/// Whether a text ends with `lower` in some case.
#[must_use]
pub fn endswith_caseless(value: Val<'_>, lower: &str) -> Truth {
    on_text(value, &|s| {
        if s.is_ascii() {
            let tail = s.len().checked_sub(lower.len()).map(|at| &s.as_bytes()[at..]);
            return tail.is_some_and(|tail| tail.eq_ignore_ascii_case(lower.as_bytes()));
        }
        s.to_lowercase().ends_with(lower)
    })
}

/// Whether `lower` in some case stands in a text.
#[must_use]
pub fn contains_caseless(value: Val<'_>, lower: &str) -> Truth {
    on_text(value, &|s| {
        if s.is_ascii() { ascii_contains(s.as_bytes(), lower.as_bytes()) } else { s.to_lowercase().contains(lower) }
    })
}

/// Whether a text is like a lower-case pattern, whatever its case.
#[must_use]
pub fn like_caseless(value: Val<'_>, lower: &str) -> Truth {
    on_text(value, &|s| glob::like(s, lower, true))
}

/// The length of the beginning of `s` that is `lower` in some case.
fn caseless_prefix(s: &str, lower: &str) -> Option<usize> {
    if let Some(head) = s.as_bytes().get(..lower.len())
        && head.is_ascii()
    {
        return head.eq_ignore_ascii_case(lower.as_bytes()).then_some(lower.len());
    }
    let mut wanted = lower.chars();
    let mut chars = s.chars();
    while !wanted.as_str().is_empty() {
        for c in chars.next()?.to_lowercase() {
            if wanted.next()? != c {
                return None;
            }
        }
    }
    Some(s.len() - chars.as_str().len())
}

fn ascii_contains(text: &[u8], lower: &[u8]) -> bool {
    let Some(&first) = lower.first() else {
        return true;
    };
    let mut from = 0;
    while let Some(at) = memchr2(first, first.to_ascii_uppercase(), &text[from..]) {
        let start = from + at;
        match text.get(start..start + lower.len()) {
            Some(piece) if piece.eq_ignore_ascii_case(lower) => return true,
            Some(_) => from = start + 1,
            None => return false,
        }
    }
    false
}
