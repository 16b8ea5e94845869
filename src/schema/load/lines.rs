//! `begins`, `messages` and `continues` of a source whose records are lines of text.

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::cursor::{Cursor, Result};
use crate::schema::lines::{Lines, MESSAGE, Message};

/// A reader notes in 64 bits which words a line holds.
const MOST: usize = 64;

/// Reads them; nothing where the source has another wire format.
pub(super) fn lines(file: &Cursor<'_>, text: bool) -> Result<Option<Lines>> {
    if !text {
        return match ["begins", "messages", "continues"].iter().find_map(|key| file.get(key)) {
            Some(at) => Err(at.fail("only `wire: text` has it")),
            None => Ok(None),
        };
    }
    if let Some(at) = file.get("recognise").or_else(|| file.get("columns")) {
        return Err(at.fail("lines of text are known by how they begin (`begins`)"));
    }
    let at = file.need("begins")?;
    let beginnings = at.texts()?;
    if beginnings.is_empty() {
        return Err(at.fail("a beginning is missing"));
    }
    let begins = beginnings.iter().map(|b| compile(&at, &format!(r"\A(?:{b})"))).collect::<Result<Vec<_>>>()?;
    let mut messages = Vec::new();
    for (name, c) in file.need("messages")?.fields()? {
        c.only(&["has", "is", "lines"])?;
        let is = c.need("is")?;
        is.text()?;
        let whole = |b: &String| compile(&is, &format!(r"\A(?:{b})(?s:{})\z", is.text().unwrap_or_default()));
        let has = c.need("has")?;
        if has.text()?.is_empty() {
            return Err(has.fail("words that every such record holds"));
        }
        let many = match c.get("lines") {
            None => false,
            Some(lines) => match lines.text()? {
                "many" => true,
                other => return Err(lines.unknown("word", other, ["many"])),
            },
        };
        let whole = beginnings.iter().map(whole).collect::<Result<Vec<_>>>()?;
        messages.push(Message { name: name.to_owned(), has: has.text()?.to_owned(), many, whole });
    }
    if messages.len() > MOST {
        return Err(file.fail(format!("more than {MOST} messages")));
    }
    let any_goes_on = match file.get("continues") {
        None => false,
        Some(c) => match c.text()? {
            "blank" => false,
            "any" => true,
            other => return Err(c.unknown("word", other, ["blank", "any"])),
        },
    };
    let words = AhoCorasick::new(messages.iter().map(|m| m.has.as_bytes()));
    let words = words.map_err(|e| file.fail(format!("the words of `messages`: {e}")))?;
    Ok(Some(Lines { begins, messages, words, any_goes_on }))
}

fn compile(at: &Cursor<'_>, pattern: &str) -> Result<Regex> {
    let regex = Regex::new(pattern).map_err(|e| at.fail(format!("no regular expression: {}", reason(&e))))?;
    match regex.capture_names().flatten().find(|n| *n == MESSAGE) {
        Some(name) => Err(at.fail(format!("`{name}` is the field that holds the name of the message"))),
        None => Ok(regex),
    }
}

/// The last line of what the `regex` crate says; those before repeat the pattern.
fn reason(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
