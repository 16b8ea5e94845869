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
}

/// The registered entry of a code, if it is an error code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Info> {
    REGISTRY.iter().find(|info| info.code.0.eq_ignore_ascii_case(code))
}
