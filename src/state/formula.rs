//! Conditions over aggregates and answers of profiles. What reads only the event itself was decided when it matched and
//! comes as an argument.

use crate::check::model::Quantifier;
use crate::ops::{Function, Operator};
use crate::value::{Truth, Value};

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// Known beforehand.
    Const(Truth),
    /// `not`
    Not(Box<Formula>),
    /// All of them.
    And(Vec<Formula>),
    /// One of them.
    Or(Vec<Formula>),
    /// At least so many of them.
    AtLeast(u32, Vec<Formula>),
    /// The first, or the second where the first is unknown.
    Default(Box<Formula>, Box<Formula>),
    /// An operator that compares a pair.
    Compare(&'static Operator, Term, Term),
    /// Between two bounds, both in.
    Between(Term, Term, Term),
    /// One of these.
    OneOf(Term, Vec<Value>),
    /// Whether there is a value.
    Has(Term),
    /// A boolean value: unknown where absent.
    Is(Term),
    /// The answer to a question about a new value or a surge.
    Asked(usize),
    /// A quantifier over the elements of a list argument; each element is itself a list of what the body reads.
    Each(Quantifier, usize, Box<Formula>),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A constant.
    Const(Value),
    /// An aggregate, by index.
    Aggregate(usize),
    /// An argument of the event.
    Arg(usize),
    /// A part of the element of the quantifier around it.
    Element(usize),
    /// The bits of a question about surprise.
    Asked(usize),
    /// A function.
    Call(&'static Function, Vec<Term>),
    /// The first, or the second where the first is absent.
    Coalesce(Box<Term>, Box<Term>),
    /// A condition as a value: absent where unknown.
    Truth(Box<Formula>),
}
