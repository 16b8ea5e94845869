//! The page of aggregates.

use super::markdown::{code, sentence};
use super::signature::signature;
use crate::ops::AGGREGATES;
use crate::value::Type;

const HEAD: &str = "# Aggregates

They stand in `when`, over the events of one group (`per`) in its window (`within`), and in the `volume` of a profile.
The name of an input in brackets (`count(fail)`) says over which events. *Text* is `string`, `enum`, `domain`, `arn`
and `hash`, *number* is `int` and `float`.

";

pub fn page() -> String {
    let mut out = HEAD.to_owned();
    for aggregate in AGGREGATES {
        let check = |t: &[Type]| (aggregate.check)(t).ok().map(|t| t.to_string());
        let bare = check(&[]);
        out += &format!("## {}\n\n{}", code(aggregate.name), sentence(aggregate.doc));
        match bare {
            Some(gives) => out += &format!(" Takes no value and gives {}.\n\n", code(&gives)),
            None => out += &format!("\n\n{}", signature(&["of"], true, check)),
        }
    }
    out
}
