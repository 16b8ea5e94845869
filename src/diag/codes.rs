//! The registry of error codes. E01xx words and syntax, E02xx names, E03xx types, E04xx absent attributes and totality,
//! E05xx findings and their clauses, E06xx lists, E07xx tests, E09xx not evaluated yet. Never reused.
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
}

/// The registered entry of a code, if it is an error code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Info> {
    REGISTRY.iter().find(|info| info.code.0.eq_ignore_ascii_case(code))
}
