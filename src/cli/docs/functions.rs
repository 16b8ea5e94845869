//! The page of functions.

use super::markdown::{code, sentence};
use super::operators::examples;
use super::signature::signature;
use crate::ops::{FUNCTIONS, Function};
use crate::value::Type;

const HEAD: &str = "# Functions

Every function is total: what cannot be computed, or is given something absent, is *absent*, and nothing errors at run
time. Arithmetic is functions too. `.service`, `.region`, `.account` and `.resource` of an ARN are the functions
`arn_…` here. In the tables, *text* is `string`, `enum`, `domain`, `arn` and `hash`, *number* is `int` and `float`;
`json` goes wherever what it holds at run time could go.

";

pub fn page() -> String {
    let mut out = HEAD.to_owned();
    for function in FUNCTIONS {
        out += &format!("## {}\n\n{}\n\n", code(&usage(function)), sentence(function.doc));
        out += &examples(function.examples, "absent");
        let optional = function.params.iter().filter(|p| p.ends_with('?')).count();
        for count in function.params.len() - optional..=function.params.len() {
            let check = |t: &[Type]| (function.check)(t).ok().map(|t| t.to_string());
            out += &signature(&function.params[..count], true, check);
        }
    }
    out
}

/// How it is written: `lower(text)`, `a + b`.
fn usage(function: &Function) -> String {
    match function.params {
        [a, b] if !function.name.starts_with(|c: char| c.is_ascii_alphabetic()) || function.name == "mod" => {
            format!("{a} {} {}", function.name, b.trim_end_matches('?'))
        }
        params => format!("{}({})", function.name, params.join(", ")),
    }
}
