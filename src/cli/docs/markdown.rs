//! Markdown that says what was meant: cells, code and prose with what would otherwise be markup escaped.

use std::fmt::Write as _;

/// Text as code, whatever is in it.
pub fn code(text: &str) -> String {
    let ticks = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    match ticks {
        0 => format!("`{text}`"),
        n => format!("{0} {text} {0}", "`".repeat(n + 1)),
    }
}

/// A link to a page whose text is code.
pub fn link(text: &str, to: &str) -> String {
    format!("[{}]({to})", code(text))
}

/// The anchor that a heading of a finding type gets: lower case, only letters, digits and dashes.
pub fn anchor(heading: &str) -> String {
    heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// Names as code, separated by commas; `otherwise` if there is none.
pub fn codes<T: AsRef<str>>(names: impl IntoIterator<Item = T>, otherwise: &str) -> String {
    let all: Vec<String> = names.into_iter().map(|n| code(n.as_ref())).collect();
    if all.is_empty() { otherwise.to_owned() } else { all.join(", ") }
}

/// Words of a table of the program as prose: line ends are blanks, and outside of code nothing is markup.
pub fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for c in joined.chars() {
        inside ^= c == '`';
        match c {
            '<' if !inside => out.push_str("&lt;"),
            '*' | '[' if !inside => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Prose as a sentence: a capital before it, a full stop behind.
pub fn sentence(text: &str) -> String {
    let text = prose(text);
    let mut chars = text.chars();
    let mut out: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
    if !out.is_empty() && !out.ends_with(['.', '!', '?', '…', ':']) {
        out.push('.');
    }
    out
}

/// A table; a `|` in a cell stays in it.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = String::new();
    let line = |cells: &[String]| -> String {
        let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|").replace('\n', " ")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let head: Vec<String> = head.iter().map(|&h| h.to_owned()).collect();
    let _ = writeln!(out, "{}", line(&head));
    let _ = writeln!(out, "|{}", " --- |".repeat(head.len()));
    for row in rows {
        let _ = writeln!(out, "{}", line(&row));
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_code_stays_code() {
        assert_eq!(code("a|b"), "`a|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(prose("list<x> of `list<x>`,\n  `*` and *"), "list&lt;x> of `list<x>`, `*` and \\*");
        assert_eq!(sentence("how many"), "How many.");
        assert_eq!(table(&["a"], [vec!["x|y\nz".to_owned()]]), "| a |\n| --- |\n| x\\|y z |\n\n");
    }
}
