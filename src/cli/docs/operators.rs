//! The page of operators.

use super::markdown::{code, sentence, table};
use super::signature::signature;
use crate::ops::{Example, OPERATORS, Sample};
use crate::value::Type;

const HEAD: &str = "# Operators

Comparison and word operators. Over an absent value each is *unknown*; a condition holds only when *true*. `!=` and
`not in` are `not` over `==` and `in`; before any word operator `not` may stand too. `i\"…\"` on the right compares
without case. In the tables, *text* is `string`, `enum`, `domain`, `arn` and `hash`, *number* is `int` and `float`;
`json` goes wherever what it holds at run time could go. A list on the left stands for its elements: any of them.

";

pub fn page() -> String {
    let mut out = HEAD.to_owned();
    for op in OPERATORS {
        out += &format!("## {}\n\n{}\n\n", code(op.name), sentence(op.doc));
        out += &examples(op.examples, "unknown");
        out += &signature(&["left", "right"], false, |t| match t {
            // A list on the left is the same as its elements.
            [Type::List(_), _] => None,
            [left, right] => (op.check)(left, right).ok().map(|()| String::new()),
            _ => None,
        });
    }
    out
}

/// A table of examples; what is absent is called `absent`.
pub fn examples(examples: &[Example], absent: &str) -> String {
    let rows = examples.iter().map(|e| {
        let result = match e.result {
            Sample::Absent => format!("*{absent}*"),
            result => code(&result.to_string()),
        };
        vec![code(e.code), result]
    });
    table(&["example", "gives"], rows)
}
