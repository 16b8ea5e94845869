//! Operators, functions and aggregates of the language: one value each, one file a family, one table to look up in.

use crate::value::{Arena, Truth, Type, Val};

/// A comparison or word operator: `==`, `in`, `contains`, `under`.
pub struct Operator {
    /// As it is written.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub doc: &'static str,
    /// Expressions with their results, run as tests: `("\"abc\" contains \"b\"", "true")`.
    pub examples: &'static [(&'static str, &'static str)],
    /// Whether it stands between these types; else what would do (for the message).
    pub check: fn(&Type, &Type) -> Result<(), String>,
    /// How it is decided.
    pub eval: Eval,
}

/// How an operator is decided.
#[derive(Clone, Copy)]
pub enum Eval {
    /// By both values; total, unknown if either is absent.
    Pair(for<'a> fn(Val<'a>, Val<'a>) -> Truth),
    /// By membership of the left in the right: a list of the rule set, a literal list, range or network.
    Member,
    /// By membership of the left domain, by whole labels.
    Under,
    /// By a regex, compiled when the plan is built.
    Regex,
}

/// A function: `lower(x)`, and arithmetic (`+` is a function of two).
pub struct Function {
    /// As it is written.
    pub name: &'static str,
    /// What it gives, units included.
    pub doc: &'static str,
    /// Names of its parameters, for messages; those with a final `?` may be left out.
    pub params: &'static [&'static str],
    /// The result's type for argument types, or what would do.
    pub check: fn(&[Type]) -> Result<Type, String>,
    /// Expressions with their results, run as tests.
    pub examples: &'static [(&'static str, &'static str)],
    /// Total: whatever cannot be computed is absent.
    pub eval: for<'a> fn(&[Val<'a>], &'a Arena) -> Val<'a>,
}

/// An aggregate over the events of a group in its window.
pub struct Aggregate {
    /// As it is written.
    pub name: &'static str,
    /// What it gives, units included.
    pub doc: &'static str,
    /// The result's type for argument types (none for `count()`), or what would do.
    pub check: fn(&[Type]) -> Result<Type, String>,
}

macro_rules! by_name {
    ($($t:ty),*) => {$(
        impl std::fmt::Debug for $t {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name)
            }
        }
        impl PartialEq for $t {
            fn eq(&self, other: &Self) -> bool {
                self.name == other.name
            }
        }
        impl Eq for $t {}
    )*};
}
by_name!(Operator, Function, Aggregate);
