//! Cuts text by its lines, so that a broken part costs only itself: a file at the items in column 0, a body at its
//! clauses. Linear, and never inside of a token, for no token crosses a line end.

use super::scan::{Kind, Token};
use super::words::{ITEMS, RESERVED};

/// The pieces of a file, by bytes: each begins at an item (or its docs) in column 0, the first at `start`.
pub fn pieces(text: &str, start: usize, tokens: &[Token]) -> Vec<(usize, usize)> {
    let mut cuts = vec![start];
    let mut depth = 0i64;
    let mut docs: Option<usize> = None;
    let mut seen = false;
    for token in tokens {
        let word = token.text(text);
        let column_0 = token.start == start || text.as_bytes().get(token.start.wrapping_sub(1)) == Some(&b'\n');
        if token.kind == Kind::Comment {
            if column_0 && word.starts_with("///") && !word.starts_with("////") && docs.is_none() {
                docs = Some(token.start);
            }
            continue;
        }
        let junk = depth <= 0 && !RESERVED.contains(&word);
        if column_0 && token.kind == Kind::Word && (ITEMS.contains(&word) || junk) {
            let cut = docs.unwrap_or(token.start);
            if seen {
                cuts.push(cut);
            }
            depth = 0;
        }
        docs = None;
        seen = true;
        match word {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
    }
    let ends = cuts.iter().skip(1).copied().chain([text.len()]);
    cuts.iter().copied().zip(ends.collect::<Vec<_>>()).collect()
}

/// Words that go on with a clause, though they may begin a line.
const CONTINUE: &[&str] = &["and", "or", "then", "owner", "until", "else", "not", "mod", "in"];

/// The clauses of a body whose first line sets the indentation, by bytes. `text` is the body without its braces, its
/// tokens given.
pub fn clauses(text: &str, tokens: &[Token], words: &[&str]) -> Vec<(usize, usize)> {
    let mut cuts: Vec<usize> = Vec::new();
    let mut base = None;
    for token in tokens.iter().filter(|t| t.kind != Kind::Comment) {
        let indent = indentation(text, token.start);
        if cuts.is_empty() {
            base = token.first.then_some(indent);
            cuts.push(token.start);
            continue;
        }
        let word = token.text(text);
        let begins = token.first
            && token.kind == Kind::Word
            && (words.contains(&word) || !CONTINUE.contains(&word))
            && indent <= *base.get_or_insert(indent);
        if begins {
            cuts.push(token.start);
        }
    }
    let ends = cuts.iter().skip(1).copied().chain([text.len()]);
    cuts.iter().copied().zip(ends.collect::<Vec<_>>()).collect()
}

fn indentation(text: &str, at: usize) -> usize {
    at - memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |n| n + 1)
}
