//! Operators, functions and aggregates of the language: one value each, one file a family, one table to look up in.
//! `!=`, `not in` and `i"…"` are no entries: the first two are `not` over `==` and `in`, the third asks the `…_caseless`
//! functions of [`words`].
//!
//! A new leaf is one `static` in its family's file and one line in a table below.

pub mod aggregates;
pub mod arithmetic;
pub mod arn;
pub mod compare;
mod dga;
pub mod domains;
pub mod glob;
pub mod member;
pub mod nets;
pub mod policy;
mod policy_conditions;
mod sample;
pub mod texts;
pub mod times;
mod types;
pub mod words;

use crate::value::{Arena, Truth, Type, Val};

pub use sample::{Example, Sample};

/// A comparison or word operator: `==`, `in`, `contains`, `under`.
pub struct Operator {
    /// As it is written.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub doc: &'static str,
    /// Expressions with their operands and results, run as tests.
    pub examples: &'static [Example],
    /// Whether it stands between these types; else what would do (for the message). A list on the left stands for its
    /// elements (`x[] == v`). On the right of `in`, `under` a list, a literal list and a range are `list<element>`, a
    /// network is `cidr`; `private` and `public` are `list<ip>`; on the right of `matches` a regex is `string`.
    pub check: fn(&Type, &Type) -> Result<(), String>,
    /// How it is decided.
    pub eval: Eval,
}

/// How an operator is decided.
#[derive(Clone, Copy)]
pub enum Eval {
    /// By both values; total, unknown if either is absent.
    Pair(for<'a> fn(Val<'a>, Val<'a>) -> Truth),
    /// By membership of the left in the right: a list of the rule set, a literal list, range or network
    /// ([`member::member`], [`member::in_net`], [`member::in_range`]).
    Member,
    /// By membership of the left domain, by whole labels ([`member::under`]).
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
    /// Expressions with their arguments and results, run as tests.
    pub examples: &'static [Example],
    /// Total: whatever cannot be computed is absent.
    pub eval: for<'a> fn(&[Val<'a>], &'a Arena) -> Val<'a>,
}

/// An aggregate over the events of a group in its window.
pub struct Aggregate {
    /// As it is written.
    pub name: &'static str,
    /// What it gives, units included.
    pub doc: &'static str,
    /// The result's type for argument types (none for `count()`), or what would do. The name of a binding
    /// (`count(fail)`, `seen(fail)`) is no argument: it says over which events.
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
        impl std::hash::Hash for $t {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.name.hash(state);
            }
        }
    )*};
}
by_name!(Operator, Function, Aggregate);

/// Every operator, in reading order.
pub static OPERATORS: &[&Operator] = &[
    &compare::EQUAL,
    &compare::LESS,
    &compare::AT_MOST,
    &compare::GREATER,
    &compare::AT_LEAST,
    &compare::DIFFERS,
    &member::IN,
    &member::UNDER,
    &words::CONTAINS,
    &words::STARTSWITH,
    &words::ENDSWITH,
    &words::LIKE,
    &words::MATCHES,
];

/// Every function, in reading order.
pub static FUNCTIONS: &[&Function] = &[
    &arithmetic::ADD,
    &arithmetic::SUBTRACT,
    &arithmetic::MULTIPLY,
    &arithmetic::DIVIDE,
    &arithmetic::MODULO,
    &arithmetic::BIT,
    &arithmetic::BITS,
    &texts::LOWER,
    &texts::LEN,
    &texts::ENTROPY,
    &texts::EXTRACT,
    &texts::PARSE_JSON,
    &domains::LABELS,
    &domains::REGISTERED_DOMAIN,
    &domains::SUBDOMAIN,
    &dga::DGA,
    &nets::IP,
    &nets::SUBNET,
    &times::DAY,
    &times::HOUR,
    &times::WEEKDAY,
    &arn::ACCOUNT_OF,
    &arn::ARN_SERVICE,
    &arn::ARN_REGION,
    &arn::ARN_ACCOUNT,
    &arn::ARN_RESOURCE,
    &policy::GRANTS_PUBLIC,
    &policy::GRANTS_AUTHENTICATED,
    &policy::GRANTED_ACCOUNTS,
];

/// Every aggregate, in reading order.
pub static AGGREGATES: &[&Aggregate] = &[
    &aggregates::COUNT,
    &aggregates::DISTINCT,
    &aggregates::SUM,
    &aggregates::MIN,
    &aggregates::MAX,
    &aggregates::AVG,
    &aggregates::JITTER,
    &aggregates::SPEED,
    &aggregates::SEEN,
];

/// The operator of that name (`==`, `differs from`).
#[must_use]
pub fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().copied().find(|o| o.name == name)
}

/// The function of that name (`lower`, `+`). Negation is `-` of one argument.
#[must_use]
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().copied().find(|f| f.name == name)
}

/// The aggregate of that name.
#[must_use]
pub fn aggregate(name: &str) -> Option<&'static Aggregate> {
    AGGREGATES.iter().copied().find(|a| a.name == name)
}

#[cfg(test)]
mod tests;
