//! The one door for YAML: bounded in size and nodes, no anchors and aliases, then a plain tree or a typed value.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_yaml::Value;

/// No file of ours comes near; a larger one is a mistake or an attack.
pub const MAX_BYTES: usize = 1 << 20;

/// As many values, keys included, as one file may hold.
pub const MAX_NODES: usize = 100_000;

/// A YAML value. Numbers keep their text.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Nothing, `null`, `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as text.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written.
    Map(Vec<(String, Node)>),
}

/// Why a text is no YAML for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for YamlError {}

/// Reads one document as a tree.
///
/// # Errors
/// Too large, too many nodes, anchors or aliases, tags, or not YAML.
pub fn parse(text: &str) -> Result<Node, YamlError> {
    let value = value(text)?;
    let mut budget = MAX_NODES;
    node(value, &mut budget)
}

/// Reads one document as a typed value.
///
/// # Errors
/// As [`parse`], or the document does not have the type's form.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    parse(text)?;
    serde_yaml::from_str(text).map_err(error)
}

fn value(text: &str) -> Result<Value, YamlError> {
    if text.len() > MAX_BYTES {
        return Err(YamlError { line: None, what: format!("larger than {MAX_BYTES} bytes") });
    }
    if let Some(line) = anchor(text) {
        return Err(YamlError {
            line: Some(line),
            what: "anchors (`&name`) and aliases (`*name`) are not allowed; quote the text if it is text".to_owned(),
        });
    }
    serde_yaml::from_str(text).map_err(error)
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn error(e: serde_yaml::Error) -> YamlError {
    YamlError { line: e.location().map(|l| l.line()), what: e.to_string().to_lowercase() }
}

/// The line of the first anchor or alias: `&` or `*` where a value begins.
fn anchor(text: &str) -> Option<usize> {
    for (i, line) in text.lines().enumerate() {
        let mut quote = None;
        let mut begins = true;
        let (mut escaped, mut closed) = (false, false);
        for c in line.chars() {
            match quote {
                Some('"') if escaped => escaped = false,
                Some('"') if c == '\\' => escaped = true,
                Some(q) if c == q => {
                    quote = None;
                    closed = true;
                    continue;
                }
                Some(_) => {}
                None => match c {
                    '#' if begins => break,
                    // `''` within a single-quoted text is a quote.
                    '"' | '\'' if begins || (closed && c == '\'') => {
                        quote = Some(c);
                        begins = false;
                    }
                    '&' | '*' if begins => return Some(i + 1),
                    ' ' | '[' | '{' | ',' => begins = begins || c != ' ',
                    ':' | '-' => begins = true,
                    _ => begins = false,
                },
            }
            closed = false;
        }
    }
    None
}

fn node(value: Value, budget: &mut usize) -> Result<Node, YamlError> {
    *budget =
        budget.checked_sub(1).ok_or_else(|| YamlError { line: None, what: format!("more than {MAX_NODES} values") })?;
    Ok(match value {
        Value::Null => Node::Null,
        Value::Bool(b) => Node::Bool(b),
        Value::Number(n) => Node::Number(n.to_string()),
        Value::String(s) => Node::Text(s),
        Value::Sequence(items) => Node::List(items.into_iter().map(|v| node(v, budget)).collect::<Result<_, _>>()?),
        Value::Mapping(fields) => {
            let mut out = Vec::with_capacity(fields.len());
            for (k, v) in fields {
                let key = match node(k, budget)? {
                    Node::Text(s) | Node::Number(s) => s,
                    Node::Bool(b) => b.to_string(),
                    _ => return Err(YamlError { line: None, what: "a key is no text".to_owned() }),
                };
                out.push((key, node(v, budget)?));
            }
            Node::Map(out)
        }
        Value::Tagged(tag) => {
            return Err(YamlError { line: None, what: format!("tags are not allowed: `{}`", tag.tag) });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_tree_in_order() {
        let tree = parse("b: [1, x, true, null]\na: { c: 'd' }\n").expect("yaml");
        let Node::Map(fields) = tree else { panic!("no map") };
        assert_eq!(fields[0].0, "b");
        let Node::List(items) = &fields[0].1 else { panic!("no list") };
        assert_eq!(items[..], [Node::Number("1".into()), Node::Text("x".into()), Node::Bool(true), Node::Null]);
    }

    #[test]
    fn refuses_what_could_grow_or_surprise() {
        for (bad, why) in [
            ("a: &x 1\nb: *x\n", "anchors"),
            ("[*x]", "anchors"),
            ("- &x [1]\n", "anchors"),
            ("a: !thing xx\n", "tag"),
            ("a: 1\na: 2\n", "duplicate"),
            ("a: [1\n", ""),
        ] {
            let e = parse(bad).expect_err(bad);
            assert!(e.to_string().contains(why), "{bad}: {e}");
        }
        for good in
            ["doc: a * b & c\n", "doc: \"*x &y\"\n", "x: 'don''t: *'\n", "# * &\na: b#c\n", "a: it's, 5 o'clock\n"]
        {
            assert!(parse(good).is_ok(), "{good}");
        }
        assert!(parse(&format!("a: {}", "x".repeat(MAX_BYTES))).is_err());
        assert!(parse(&"- 1\n".repeat(MAX_NODES + 1)).is_err());
    }
}
