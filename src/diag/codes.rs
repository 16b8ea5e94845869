//! The registry of error codes. E01xx words and syntax, E02xx names, E03xx types, E04xx absent attributes and totality,
//! E05xx findings and their clauses, E06xx lists, E07xx tests, E08xx logs. Never reused; gone: E0901.
//!
//! A code is a constant here plus a page `docs/errors/<code>.md`; the page is part of the binary (`outguard explain`),
//! and its first block marked `bad` must give the code while the block marked `good` must load: a test sees to it.

use super::Code;

/// A registered code: its name, what it says in one line, and its page.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// The code.
    pub code: Code,
    /// One line.
    pub title: &'static str,
    /// The page, in Markdown.
    pub page: &'static str,
}

macro_rules! codes {
    ($($name:ident $title:literal),* $(,)?) => {
        $(#[doc = $title] pub const $name: Code = Code(stringify!($name));)*
        /// Every error code, in order.
        pub const REGISTRY: &[Info] = &[$(Info {
            code: $name,
            title: $title,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors/", stringify!($name), ".md")),
        }),*];
    };
}

codes! {
    E0101 "a string, regex or bracket is not closed",
    E0102 "something else was expected here",
    E0103 "there is no such item",
    E0104 "there is no such clause or statement",
    E0105 "a clause stands twice",
    E0106 "a number, size or duration cannot be read",
    E0107 "a date or time does not exist",
    E0108 "an address or network does not exist",
    E0109 "`and` and `or` are mixed without brackets",
    E0110 "comparisons do not chain",
    E0111 "the language spells this otherwise",
    E0112 "nested too deep, or too large",
    E0113 "a quantifier stands beside other conditions without brackets",
    E0114 "a range is empty",
    E0115 "an unknown escape, or a brace without its partner",
    E0116 "a severity with conditions has no `else`",
    E0117 "a step of a sequence stands where it may not",
    E0118 "not an ATT&CK technique id",
    E0119 "several kinds without names",
    E0120 "not a finding type",
    E0121 "a character that does not show",
    E0122 "a word of the language is used as a name",
    E0123 "a doc comment documents nothing (warning)",
    E0201 "a class has no such attribute",
    E0202 "an enum has no such word",
    E0203 "no such list is declared",
    E0204 "no such operator",
    E0205 "no such function",
    E0206 "a name is declared twice",
    E0207 "no such type",
    E0208 "a word names nothing here",
    E0209 "a name hides an attribute",
    E0210 "a `let` is of another kind",
    E0211 "a `let` is defined by itself",
    E0212 "`let`s make an item too large",
    E0213 "a profile has no such value, volume or question",
    E0214 "no such kind of event",
    E0215 "no such finding",
    E0301 "the types do not fit together",
    E0302 "a condition was expected",
    E0303 "a list is no value, and a value has no parts",
    E0304 "a regex is not valid or too large",
    E0305 "a pattern has too many stars",
    E0306 "a range has no order",
    E0307 "a network has host bits",
    E0308 "what stands behind `in`, `under` or `matches` does not fit",
    E0309 "the list holds something else",
    E0310 "a function does not take these arguments",
    E0311 "`!=` or `not in` over `[]`",
    E0312 "a literal stands where it says nothing",
    E0313 "a constant of another type was expected",
    E0314 "a count of conditions that never or always holds",
    E0315 "`%` in a pattern is no wildcard (warning)",
    E0401 "under `not` stands what may be absent",
    E0402 "the source never carries this attribute",
    E0501 "the events are not named",
    E0502 "a finding has no severity",
    E0503 "not a severity",
    E0505 "a title holds something else than attributes",
    E0506 "a finding is defined twice",
    E0507 "an exception of a tune has no owner or no end",
    E0508 "a tune sets a parameter that is not there",
    E0509 "the resource cannot be had from these events",
    E0510 "findings are read by a pattern",
    E0511 "findings read each other in a circle",
    E0512 "an aggregate or profile stands outside of `when`",
    E0513 "`per`, `when` and `within` do not go together",
    E0514 "a step or input that does not fit",
    E0515 "the group key does not fit",
    E0516 "a profile is not complete",
    E0517 "a question to a profile does not fit",
    E0518 "of which events is this attribute",
    E0519 "a suppression is of findings",
    E0521 "a stage, revision or `publish` means nothing",
    E0522 "a window is shorter than a record's interval (warning)",
    E0601 "not an entry of a list",
    E0602 "lists do not hold this type",
    E0701 "a test names something that is not there",
    E0702 "a value in a test is of another type",
    E0703 "a statement of a test does not fit",
    E0801 "a log is in a format that this build does not read",
}

/// The registered entry of a code, if it is an error code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Info> {
    REGISTRY.iter().find(|info| info.code.0.eq_ignore_ascii_case(code))
}
