//! Functions on text and documents.

use super::Sample::{Absent, Float, Int, Json as Doc, List, Text};
use super::arithmetic::arg;
use super::types::text;
use super::{Example, Function};
use crate::value::{Arena, Json, Type, Val};

/// `lower(text)`
pub static LOWER: Function = Function {
    name: "lower",
    doc: "the text in lower case",
    params: &["text"],
    check: |types| one_text("lower", types).map(|()| Type::String),
    examples: &[Example { code: "lower(\"ABC\")", args: &[Text("ABC")], result: Text("abc") }],
    eval: |args, arena| match arg(args, 0) {
        Val::Str(s) if s.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) => {
            Val::Str(arena.alloc_str(&s.to_lowercase()))
        }
        Val::Str(s) => Val::Str(s),
        _ => Val::Absent,
    },
};

/// `len(x)`
pub static LEN: Function = Function {
    name: "len",
    doc: "how many characters a text has, or elements a list",
    params: &["text or list"],
    check: |types| match types {
        [Type::List(_)] => Ok(Type::Int),
        [t] if text(t) => Ok(Type::Int),
        _ => Err("`len` takes a text or a list".to_owned()),
    },
    examples: &[
        Example { code: "len(\"abc\")", args: &[Text("abc")], result: Int(3) },
        Example { code: "len(\"é\")", args: &[Text("é")], result: Int(1) },
        Example { code: "len([1, 2])", args: &[List(&[Int(1), Int(2)])], result: Int(2) },
        Example { code: "len(data.items)", args: &[Doc("[1, 2, 3]")], result: Int(3) },
    ],
    eval: |args, _| {
        let n = match arg(args, 0) {
            Val::Str(s) => s.chars().count(),
            Val::List(items) => items.len(),
            Val::Json(Json::Array(items)) => items.len(),
            _ => return Val::Absent,
        };
        i64::try_from(n).map_or(Val::Absent, Val::Int)
    },
};

/// `entropy(text)`
pub static ENTROPY: Function = Function {
    name: "entropy",
    doc: "Shannon entropy of the text's characters, in bits per character; 0 of an empty text. Host names of people lie \
          below 3.5, encoded data above 4",
    params: &["text"],
    check: |types| one_text("entropy", types).map(|()| Type::Float),
    examples: &[
        Example { code: "entropy(\"aaaa\")", args: &[Text("aaaa")], result: Float(0.0) },
        Example { code: "entropy(\"abcd\")", args: &[Text("abcd")], result: Float(2.0) },
    ],
    eval: |args, _| match arg(args, 0) {
        Val::Str(s) => Val::Float(entropy(s)),
        _ => Val::Absent,
    },
};

/// `extract(text, before, after)`
pub static EXTRACT: Function = Function {
    name: "extract",
    doc: "what stands between the first `before` and the next `after` (to the end where there is none, or `after` is \
          left out); absent without `before`",
    params: &["text", "before", "after?"],
    check: |types| match types {
        [_, _] | [_, _, _] if types.iter().all(text) => Ok(Type::String),
        _ => Err("`extract` takes a text, what stands before the part wanted, and what stands behind it".to_owned()),
    },
    examples: &[
        Example {
            code: "extract(\"aws-cli/2.15 md/x\", \"aws-cli/\", \" \")",
            args: &[Text("aws-cli/2.15 md/x"), Text("aws-cli/"), Text(" ")],
            result: Text("2.15"),
        },
        Example { code: "extract(\"a=b\", \"=\")", args: &[Text("a=b"), Text("=")], result: Text("b") },
        Example { code: "extract(\"ab\", \"=\")", args: &[Text("ab"), Text("=")], result: Absent },
    ],
    eval: |args, _| {
        let (Val::Str(s), Val::Str(before)) = (arg(args, 0), arg(args, 1)) else {
            return Val::Absent;
        };
        let Some((_, rest)) = s.split_once(before) else {
            return Val::Absent;
        };
        match args.get(2).copied() {
            None => Val::Str(rest),
            Some(Val::Str(after)) => Val::Str(rest.split_once(after).map_or(rest, |(part, _)| part)),
            Some(_) => Val::Absent,
        }
    },
};

/// `parse_json(text)`
pub static PARSE_JSON: Function = Function {
    name: "parse_json",
    doc: "the JSON document inside a text (percent-encoded too, as IAM's answers have it); a document that is one \
          already stays; absent if it is no JSON or nests deeper than 64",
    params: &["text"],
    check: |types| one_text("parse_json", types).map(|()| Type::Json),
    examples: &[
        Example { code: "parse_json(\"[1, 2]\")", args: &[Text("[1, 2]")], result: Doc("[1, 2]") },
        Example {
            code: "parse_json(\"%7B%22a%22%3A1%7D\")",
            args: &[Text("%7B%22a%22%3A1%7D")],
            result: Doc("{\"a\":1}"),
        },
        Example { code: "parse_json(\"{\")", args: &[Text("{")], result: Absent },
    ],
    eval: |args, arena| match arg(args, 0) {
        Val::Str(s) => document(s, arena).map_or(Val::Absent, Json::to_val),
        json @ Val::Json(_) => json,
        _ => Val::Absent,
    },
};

/// The document inside a text, plain or percent-encoded.
pub(super) fn document<'a>(text: &'a str, arena: &'a Arena) -> Option<&'a Json<'a>> {
    let text = text.trim();
    let plain: &'a str = if text.starts_with('%') { arena.alloc_str(&percent_decoded(text)?) } else { text };
    Json::parse(plain, arena).map(|json| &*arena.alloc(json))
}

/// `%7B` becomes `{`; `None` if an escape or the outcome's UTF-8 is wrong.
fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let hex = |b: &u8| char::from(*b).to_digit(16);
            let code = hex(tail.first()?)? * 16 + hex(tail.get(1)?)?;
            out.push(u8::try_from(code).ok()?);
            rest = &tail[2..];
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn one_text(name: &str, types: &[Type]) -> Result<(), String> {
    match types {
        [t] if text(t) => Ok(()),
        [t] => Err(format!("`{name}` takes a text, not {t}")),
        _ => Err(format!("`{name}` takes one text")),
    }
}

/// Bits per character.
fn entropy(text: &str) -> f64 {
    let mut ascii = [0u32; 128];
    let mut others: Vec<char> = Vec::new();
    let mut total = 0u32;
    for c in text.chars() {
        total = total.saturating_add(1);
        match ascii.get_mut(c as usize) {
            Some(n) => *n = n.saturating_add(1),
            None => others.push(c),
        }
    }
    others.sort_unstable();
    let runs = others.chunk_by(|a, b| a == b).map(<[char]>::len);
    let counts = ascii.iter().map(|&n| n as usize).filter(|&n| n > 0).chain(runs);
    let bits: f64 = counts
        .map(|n| {
            let share = n as f64 / f64::from(total);
            -share * share.log2()
        })
        .sum();
    bits.max(0.0)
}
