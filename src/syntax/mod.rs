//! The front of the language: `text -> items (cut at column 0) -> pest pairs -> Ast`, with every error of a file at
//! its token and in our words; and back, `Ast -> canonical text`. Nothing outside of this room knows pest.

pub mod ast;

/// How deep expressions, blocks and objects may nest: far more than a person reads, little enough for any stack.
pub const MAX_DEPTH: usize = 64;

/// Whether a character changes the direction of text, so that a rule reads otherwise than it runs.
#[must_use]
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
