//! Text of strangers on a terminal: what steers the terminal or reorders the line is shown, not obeyed.

use std::fmt::Write;

/// The text with control characters, ANSI sequences, bidi controls, line and paragraph separators and invisible tags
/// written out (`\u{1b}`, `\n`).
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || steers(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{}", c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

fn steers(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn shows_what_steers() {
        assert_eq!(visible("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(visible("a\u{202e}b\u{2066}c\u{200f}"), "a\\u{202e}b\\u{2066}c\\u{200f}");
        assert_eq!(visible("a\nb\tc\r\u{9b}\u{7f}\0"), "a\\nb\\tc\\r\\u{9b}\\u{7f}\\u{0}");
        assert_eq!(visible("DOMAIN\\user äöü 日本 – …"), "DOMAIN\\user äöü 日本 – …");
    }
}
