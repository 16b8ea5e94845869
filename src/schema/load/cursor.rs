//! A place in a vocabulary file: reads what is there, and tells exactly where and what is wrong.

use std::fmt;

use crate::schema::yaml::Node;
use crate::suggest;

/// What is wrong with a vocabulary file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocabularyError {
    /// File, relative to the vocabulary.
    pub file: String,
    /// Place within it: `attributes.api.operation.type`.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl fmt::Display for VocabularyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.what)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}

impl std::error::Error for VocabularyError {}

pub(super) type Result<T> = std::result::Result<T, VocabularyError>;

/// A node of a file with the way to it.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub file: &'a str,
    pub path: String,
    pub node: &'a Node,
}

impl<'a> Cursor<'a> {
    pub fn fail(&self, what: impl Into<String>) -> VocabularyError {
        VocabularyError { file: self.file.to_owned(), path: self.path.clone(), what: what.into(), help: None }
    }

    /// `word` is none of `known`.
    pub fn unknown<'k>(&self, what: &str, word: &str, known: impl IntoIterator<Item = &'k str>) -> VocabularyError {
        let help = suggest::nearest(word, known).map(|near| format!("did you mean `{near}`?"));
        VocabularyError { help, ..self.fail(format!("unknown {what} `{word}`")) }
    }

    fn at(&self, key: &str, node: &'a Node) -> Cursor<'a> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Cursor { file: self.file, path, node }
    }

    pub fn fields(&self) -> Result<impl Iterator<Item = (&'a str, Cursor<'a>)>> {
        match self.node {
            Node::Map(fields) => {
                Ok(fields.iter().map(|(k, v)| (k.as_str(), self.at(k, v))).collect::<Vec<_>>().into_iter())
            }
            _ => Err(self.fail("expected a map")),
        }
    }

    /// Its items; what is no list is a list of itself.
    pub fn items(&self) -> Vec<Cursor<'a>> {
        match self.node {
            Node::List(items) => items.iter().enumerate().map(|(i, n)| self.at(&i.to_string(), n)).collect(),
            Node::Null => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    pub fn get(&self, key: &str) -> Option<Cursor<'a>> {
        match self.node {
            Node::Map(fields) => fields.iter().find(|(k, _)| k == key).map(|(k, v)| self.at(k, v)),
            _ => None,
        }
    }

    pub fn need(&self, key: &str) -> Result<Cursor<'a>> {
        self.get(key).ok_or_else(|| self.fail(format!("`{key}` is missing")))
    }

    pub fn only(&self, known: &[&str]) -> Result<()> {
        for (key, at) in self.fields()? {
            if !known.contains(&key) {
                return Err(at.unknown("key", key, known.iter().copied()));
            }
        }
        Ok(())
    }

    pub fn text(&self) -> Result<&'a str> {
        match self.node {
            Node::Text(s) | Node::Number(s) => Ok(s),
            Node::Bool(true) => Ok("true"),
            Node::Bool(false) => Ok("false"),
            _ => Err(self.fail("expected text")),
        }
    }

    pub fn text_at(&self, key: &str) -> Result<&'a str> {
        self.need(key)?.text()
    }

    pub fn number<T: std::str::FromStr>(&self) -> Result<T> {
        match self.node {
            Node::Number(s) => s.parse().map_err(|_| self.fail(format!("`{s}` is out of range"))),
            _ => Err(self.fail("expected a whole number")),
        }
    }

    pub fn flag_at(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            None => Ok(false),
            Some(c) => match c.node {
                Node::Bool(b) => Ok(*b),
                _ => Err(c.fail("expected `true` or `false`")),
            },
        }
    }

    pub fn texts(&self) -> Result<Vec<String>> {
        self.items().iter().map(|c| c.text().map(str::to_owned)).collect()
    }
}
