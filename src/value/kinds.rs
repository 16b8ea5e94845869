//! The types of the language.

use std::fmt;
use std::sync::Arc;

/// The type of an expression, an attribute, a list or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A 64-bit signed integer; sizes (`100MB`) are integers, in bytes.
    Int,
    /// A 64-bit float; percentages (`1%`) are floats, as fractions.
    Float,
    /// Text.
    String,
    /// An IPv4 or IPv6 address; `::ffff:a.b.c.d` is `a.b.c.d`.
    Ip,
    /// A network.
    Cidr,
    /// A domain name: lower case, A-labels, no final dot.
    Domain,
    /// An Amazon Resource Name, compared as text; has `.service .region .account .resource`.
    Arn,
    /// A file hash in lower-case hex (MD5, SHA-1 or SHA-256).
    Hash,
    /// An instant, in milliseconds since 1970 UTC.
    Time,
    /// A span of time, in milliseconds.
    Duration,
    /// A JSON document: any sub-path may be read.
    Json,
    /// One of a closed set of words (OCSF captions in lower_snake).
    Enum(Arc<[String]>),
    /// An object with named attributes, such as one of `resources`; the vocabulary knows them.
    Object,
    /// A list.
    List(Box<Type>),
}

impl Type {
    /// A list of `element`.
    #[must_use]
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// Whether values of this type are text at run time: string, enum, domain, arn, hash.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Type::String | Type::Enum(_) | Type::Domain | Type::Arn | Type::Hash)
    }

    /// Whether values of this type have an order and can be added: int, float, duration.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Type::Int | Type::Float)
    }

    /// The type that a rule author writes by this name (`list @x: ip`, `param n: int`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Type> {
        Some(match name {
            "bool" => Type::Bool,
            "int" => Type::Int,
            "float" => Type::Float,
            "string" => Type::String,
            "ip" => Type::Ip,
            "cidr" => Type::Cidr,
            "domain" => Type::Domain,
            "arn" => Type::Arn,
            "hash" => Type::Hash,
            "time" => Type::Time,
            "duration" => Type::Duration,
            "json" => Type::Json,
            _ => return None,
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Float => f.write_str("float"),
            Type::String => f.write_str("string"),
            Type::Ip => f.write_str("ip"),
            Type::Cidr => f.write_str("cidr"),
            Type::Domain => f.write_str("domain"),
            Type::Arn => f.write_str("arn"),
            Type::Hash => f.write_str("hash"),
            Type::Time => f.write_str("time"),
            Type::Duration => f.write_str("duration"),
            Type::Json => f.write_str("json"),
            Type::Enum(_) => f.write_str("enum"),
            Type::Object => f.write_str("object"),
            Type::List(t) => write!(f, "list<{t}>"),
        }
    }
}
