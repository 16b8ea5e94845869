//! Paths as the vocabulary and rule tests write them: `a."b.c".d[0].e[]`.

use std::sync::Arc;

use super::WirePath;
use crate::value::json::Step;

/// Reads a path: dotted keys, quoted where they hold dots, brackets or blanks; `[]` and `[0]` after a key. Keys may
/// hold any other character (`x-amz-acl`, `@timestamp`). An empty text is the empty path.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_path(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    if rest.is_empty() {
        return Ok(steps);
    }
    loop {
        let key;
        if let Some(after) = rest.strip_prefix('"') {
            let end = after.find('"').ok_or_else(|| format!("no closing quote in `{text}`"))?;
            key = &after[..end];
            rest = &after[end + 1..];
        } else {
            let end = rest.find(['.', '[', '"']).unwrap_or(rest.len());
            key = &rest[..end];
            rest = &rest[end..];
        }
        if key.is_empty() {
            return Err(format!("an empty part in `{text}`"));
        }
        steps.push(Step::Key(Arc::from(key)));
        while let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']').ok_or_else(|| format!("no closing `]` in `{text}`"))?;
            steps.push(match &after[..end] {
                "" => Step::Each,
                n => Step::Index(n.parse().map_err(|_| format!("`[{n}]` in `{text}` is no index"))?),
            });
            rest = &after[end + 1..];
        }
        if rest.is_empty() {
            return Ok(steps);
        }
        rest = rest.strip_prefix('.').ok_or_else(|| format!("a `.` is missing in `{text}`"))?;
    }
}

/// The leading keys of steps, which a reader can follow by itself, and the rest.
#[must_use]
pub fn split(steps: Vec<Step>) -> (WirePath, Vec<Step>) {
    let mut keys = WirePath::new();
    let mut rest = steps.into_iter().peekable();
    while let Some(Step::Key(key)) = rest.peek() {
        keys.push(key.clone());
        rest.next();
    }
    (keys, rest.collect())
}

/// A path as text, quoted where needed: the inverse of [`parse_path`].
#[must_use]
pub fn path_text(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                if key.is_empty() || key.contains(['.', '[', ']', ' ']) {
                    out.push_str(&format!("\"{key}\""));
                } else {
                    out.push_str(key);
                }
            }
            Step::Index(i) => out.push_str(&format!("[{i}]")),
            Step::Each => out.push_str("[]"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_paths() {
        for text in ["a", "a.b", "a.\"b.c/d\".e", "items[].x-amz-acl", "a[0].b[]", "@timestamp", "pkt-srcaddr", ""] {
            assert_eq!(path_text(&parse_path(text).expect(text)), text);
        }
        let (keys, rest) = split(parse_path("a.b[].c").expect("path"));
        assert_eq!(keys.len(), 2);
        assert_eq!(rest, [Step::Each, Step::Key("c".into())]);
        for bad in ["a.", ".a", "a..b", "a[", "a[x]", "a\"b\"", "\"a", "a[]b"] {
            assert!(parse_path(bad).is_err(), "{bad}");
        }
    }
}
