//! The nodes of a plan: values and conditions, interned, so that equal ones are one and are decided once an event.
//! Plain data: they print, compare and hash; nothing here is a closure.

use rustc_hash::FxHashMap;

use crate::check::model::{ListId, Quantifier};
use crate::ids::ids;
use crate::ops::{Function, Operator};
use crate::value::json::Step;
use crate::value::{Truth, Type, Value};

ids! {
    /// A value node of a graph.
    ValId,
    /// A condition node of a graph.
    CondId,
    /// A constant of a graph.
    ConstId,
    /// A set of constants of a graph.
    SetId,
    /// A regex of a graph.
    RegexId,
    /// A value that lists are asked about.
    LookupId,
    /// An attribute slot of the view's projection.
    SlotId,
}

/// How a value is made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ValNode {
    /// Nothing, in this view.
    Absent,
    /// A constant.
    Const(ConstId),
    /// An attribute of the event.
    Slot(SlotId),
    /// The element bound by the quantifier at this depth (0 the outermost), or a part of it.
    Element(u8, Box<[Step]>),
    /// A part of a computed document.
    Part(ValId, Box<[Step]>),
    /// A function.
    Call(&'static Function, Box<[ValId]>),
    /// The first, or the second where the first is absent.
    Coalesce(ValId, ValId),
    /// A list of values.
    List(Box<[ValId]>),
    /// A condition as a value: absent where unknown.
    Cond(CondId),
    /// An attribute of another input, by its place among those that the rule reads; known once a match is complete.
    Outer(u8),
}

/// How text is compared with constant text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextOp {
    /// `==`
    Equals,
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `like`
    Like,
}

impl TextOp {
    /// The operator of that name, if it compares text.
    #[must_use]
    pub fn of(name: &str) -> Option<TextOp> {
        Some(match name {
            "==" => TextOp::Equals,
            "contains" => TextOp::Contains,
            "startswith" => TextOp::StartsWith,
            "endswith" => TextOp::EndsWith,
            "like" => TextOp::Like,
            _ => return None,
        })
    }

    /// As the language writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TextOp::Equals => "==",
            TextOp::Contains => "contains",
            TextOp::StartsWith => "startswith",
            TextOp::EndsWith => "endswith",
            TextOp::Like => "like",
        }
    }
}

/// A space of addresses that has a name in the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// `in private`
    Private,
    /// `in public`
    Public,
}

/// A thing that a value can be a member of, other than constants compared for equality.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A network, or one value (compared by the laws of `==`).
    Const(ConstId),
    /// From the first to the second, both in.
    Range(ConstId, ConstId),
    /// A named space of addresses.
    Space(Space),
    /// Text without case.
    Caseless(ConstId),
    /// A list that the event brings.
    Value(ValId),
}

/// How a condition is decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CondNode {
    /// Known beforehand.
    Const(Truth),
    /// `not`
    Not(CondId),
    /// All of them; cheapest first.
    And(Box<[CondId]>),
    /// One of them; cheapest first.
    Or(Box<[CondId]>),
    /// At least so many of them.
    AtLeast(u32, Box<[CondId]>),
    /// Whether there is a value; never unknown.
    Has(ValId),
    /// A boolean value.
    Is(ValId),
    /// The first, or the second where the first is unknown.
    Default(CondId, CondId),
    /// An operator on two values.
    Compare(&'static Operator, ValId, ValId),
    /// Text against constant text; `true`: without case (the constant is lower case then).
    Text(TextOp, ValId, ConstId, bool),
    /// One of constant texts or integers.
    OneOf(ValId, SetId),
    /// Member of one of these.
    Member(ValId, Box<[Holder]>),
    /// In a list of the rule set, by the list's type.
    InList(LookupId, ListId),
    /// Under a constant domain.
    Under(ValId, ConstId),
    /// A regex.
    Regex(ValId, RegexId),
    /// A quantifier over joined lists: each with the body for its elements, bound at this depth.
    Quantified(Quantifier, Box<[(ValId, CondId)]>, u8),
}

/// What a list holds; a value is looked up once for all lists of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListKind {
    /// Addresses and networks.
    Ip,
    /// Domains, by whole labels.
    Domain,
    /// File hashes, without case.
    Hash,
    /// Texts.
    String,
    /// Integers.
    Int,
}

impl ListKind {
    /// The kind of a list whose entries have this type.
    #[must_use]
    pub fn of(ty: &Type) -> Option<ListKind> {
        Some(match ty {
            Type::Ip | Type::Cidr => ListKind::Ip,
            Type::Domain => ListKind::Domain,
            Type::Hash => ListKind::Hash,
            Type::String | Type::Arn | Type::Enum(_) => ListKind::String,
            Type::Int => ListKind::Int,
            _ => return None,
        })
    }
}

/// A set of constants: texts by hash, the rest by comparison.
#[derive(Debug, Clone, Default)]
pub struct ConstSet {
    /// Texts.
    pub texts: FxHashMap<Box<str>, ()>,
    /// In the order of the rule, for printing and for values that are no text.
    pub values: Vec<Value>,
}

/// A compiled regex.
#[derive(Debug, Clone)]
pub struct CompiledRegex {
    /// As written.
    pub pattern: String,
    /// Without case.
    pub caseless: bool,
    /// Compiled, within the limits that the checker has tested.
    pub regex: regex::Regex,
}
