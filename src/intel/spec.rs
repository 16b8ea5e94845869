//! What is known about a list before it is read: its name, the type of its entries, its role, its format.

use std::fmt;

use serde::Serialize;

use crate::value::{ListRole, Type};

/// What the entries of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ListType {
    /// Addresses and networks.
    Ip,
    /// Domain names; a name stands for itself and everything under it, `*.name` only for what is under it.
    Domain,
    /// File hashes: MD5, SHA-1 or SHA-256.
    Hash,
    /// Text, compared as it is.
    String,
    /// Integers.
    Int,
}

impl ListType {
    /// Every type, in the order of the manual.
    pub const ALL: &[ListType] = &[ListType::Ip, ListType::Domain, ListType::Hash, ListType::String, ListType::Int];

    /// The word of the language (`list @x: ip`).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ListType::Ip => "ip",
            ListType::Domain => "domain",
            ListType::Hash => "hash",
            ListType::String => "string",
            ListType::Int => "int",
        }
    }

    /// The type that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<ListType> {
        Self::ALL.iter().copied().find(|t| t.word() == word)
    }

    /// How a list of this element type is held; nothing where the language has no such list.
    #[must_use]
    pub fn of(element: &Type) -> Option<ListType> {
        Some(match element {
            Type::Ip | Type::Cidr => ListType::Ip,
            Type::Domain => ListType::Domain,
            Type::Hash => ListType::Hash,
            Type::String | Type::Arn | Type::Enum(_) => ListType::String,
            Type::Int => ListType::Int,
            _ => return None,
        })
    }
}

impl fmt::Display for ListType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A column of a CSV file, or a field of NDJSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// By its name in the header, without regard to case.
    Name(String),
    /// By its place, from 1.
    Index(usize),
}

/// How to read one list.
#[derive(Debug, Clone)]
pub struct ListSpec {
    /// The name that messages and the report use: `mining_pools`, or a file name.
    pub name: String,
    /// What its entries are.
    pub kind: ListType,
    /// What a match means; decides which guards apply.
    pub role: ListRole,
    /// A name from [`super::formats::names`], or nothing to recognise the format by content.
    pub format: Option<String>,
    /// The column that holds the entries, where the format is CSV or NDJSON. Naming one chooses CSV for text.
    pub column: Option<Column>,
    /// The delimiter of the CSV; nothing to take `,`, `;`, tab or `|`, whichever the first row has most of.
    pub delimiter: Option<u8>,
    /// How many entries the list had when it was last good; a list that grew or shrank beyond reason is refused.
    pub previous: Option<u64>,
}

impl ListSpec {
    /// A list of which nothing is known but its name and the type of its entries: plain, format by content.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ListType) -> Self {
        let (role, format, column, delimiter, previous) = (ListRole::Plain, None, None, None, None);
        Self { name: name.into(), kind, role, format, column, delimiter, previous }
    }

    /// The same with a role.
    #[must_use]
    pub fn role(self, role: ListRole) -> Self {
        Self { role, ..self }
    }

    /// The same with a format.
    #[must_use]
    pub fn format(self, format: impl Into<String>) -> Self {
        Self { format: Some(format.into()), ..self }
    }

    /// The same with a column.
    #[must_use]
    pub fn column(self, column: Column) -> Self {
        Self { column: Some(column), ..self }
    }
}
