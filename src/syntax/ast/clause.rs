//! The clauses of findings, profiles, tunes and suppressions. A clause's span begins at its first word.

use std::sync::Arc;

use super::{Expr, Name};
use crate::text::Span;
use crate::value::Time;

/// A string between quotes, escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringLit {
    /// With the quotes.
    pub span: Span,
    /// The text that is meant.
    pub text: Arc<str>,
}

/// A date or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLit {
    /// Where.
    pub span: Span,
    /// The instant; of a date, its midnight UTC.
    pub time: Time,
}

/// A duration, or the name of a parameter that is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationValue {
    /// `10m`
    Literal {
        /// Where.
        span: Span,
        /// Milliseconds.
        millis: i64,
    },
    /// A parameter.
    Param(Name),
}

impl DurationValue {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            DurationValue::Literal { span, .. } => *span,
            DurationValue::Param(name) => name.span,
        }
    }
}

/// `revision 3`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionClause {
    /// The clause.
    pub span: Span,
    /// The number.
    pub number: i64,
    /// Where the number stands.
    pub number_span: Span,
}

/// `stage stable`, `publish never`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordClause {
    /// The clause.
    pub span: Span,
    /// The word behind the keyword.
    pub word: Name,
}

/// `learn 14d`, `remember 30d`, `settle 24h`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurationClause {
    /// The clause.
    pub span: Span,
    /// How long.
    pub duration: DurationValue,
}

/// `remediation "…"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextClause {
    /// The clause.
    pub span: Span,
    /// The text.
    pub text: StringLit,
}

/// `severity …`
#[derive(Debug, Clone, PartialEq)]
pub struct SeverityClause {
    /// The clause.
    pub span: Span,
    /// `LEVEL if CONDITION`, in order; empty where one severity stands alone.
    pub branches: Vec<SeverityBranch>,
    /// What stands behind `else`, or alone.
    pub otherwise: SeverityValue,
}

/// `high if CONDITION`
#[derive(Debug, Clone, PartialEq)]
pub struct SeverityBranch {
    /// The branch.
    pub span: Span,
    /// The severity.
    pub value: SeverityValue,
    /// When it holds.
    pub condition: Expr,
}

/// A severity as written.
#[derive(Debug, Clone, PartialEq)]
pub enum SeverityValue {
    /// `high`: a level, or an attribute or parameter of one part; the checker tells.
    Word(Name),
    /// `7.5`; the checker knows the bounds.
    Number {
        /// Where.
        span: Span,
        /// The number.
        value: f64,
    },
    /// `malware.severity`
    Attribute(Expr),
}

impl SeverityValue {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            SeverityValue::Word(name) => name.span,
            SeverityValue::Number { span, .. } => *span,
            SeverityValue::Attribute(expr) => expr.span,
        }
    }
}

/// `attack T1110.001, T1078`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttackClause {
    /// The clause.
    pub span: Span,
    /// The technique ids as written; their form is `T1234` or `T1234.001`, whether they exist the checker knows.
    pub techniques: Vec<Name>,
}

/// `title "…{attribute}…"`
#[derive(Debug, Clone, PartialEq)]
pub struct TitleClause {
    /// The clause.
    pub span: Span,
    /// The string as written, with quotes.
    pub text_span: Span,
    /// Text and holes, in order; neighbours are never both text.
    pub parts: Vec<TitlePart>,
}

/// A piece of a title.
#[derive(Debug, Clone, PartialEq)]
pub enum TitlePart {
    /// Literal text, escapes and doubled braces resolved.
    Text(Arc<str>),
    /// What stood between `{` and `}`; the checker allows attributes only.
    Hole(Expr),
}

/// `references "…", "…"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencesClause {
    /// The clause.
    pub span: Span,
    /// The addresses.
    pub links: Vec<StringLit>,
}

/// `on KIND [where …]`, `on NAME = KIND [where …], …`
#[derive(Debug, Clone, PartialEq)]
pub struct OnClause {
    /// The clause.
    pub span: Span,
    /// At least one; where there are several, each has a name.
    pub bindings: Vec<Binding>,
}

/// One kind of events that a rule reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// The binding.
    pub span: Span,
    /// What the rule calls it.
    pub name: Option<Name>,
    /// Class or source.
    pub kind: Name,
    /// Which events of the kind.
    pub filter: Option<Expr>,
}

/// `per KEY, …`, `per a.x = b.y`, `per each r in resources: r.uid`, `per … across accounts`
#[derive(Debug, Clone, PartialEq)]
pub struct PerClause {
    /// The clause.
    pub span: Span,
    /// `each NAME in LIST:`; the keys may use the name.
    pub each: Option<PerEach>,
    /// At least one.
    pub keys: Vec<PerKey>,
    /// Where `across accounts` stands, if it does.
    pub across_accounts: Option<Span>,
}

/// `each r in resources:`
#[derive(Debug, Clone, PartialEq)]
pub struct PerEach {
    /// From `each` to the colon.
    pub span: Span,
    /// What an element is called.
    pub name: Name,
    /// The lists, joined; at least one.
    pub sources: Vec<Expr>,
}

/// One part of a group key.
#[derive(Debug, Clone, PartialEq)]
pub struct PerKey {
    /// The key.
    pub span: Span,
    /// One expression, or several that name the same thing for different bindings (`q.src_endpoint.ip = f.local.ip`).
    pub aligned: Vec<Expr>,
}

/// `when …`
#[derive(Debug, Clone, PartialEq)]
pub struct WhenClause {
    /// The clause.
    pub span: Span,
    /// What must hold.
    pub kind: WhenKind,
}

/// What stands behind `when`.
#[derive(Debug, Clone, PartialEq)]
pub enum WhenKind {
    /// A condition over aggregates, profiles, names.
    Condition(Expr),
    /// `step then step …`: at least two steps. The first is no `no` and has no `within`; a last `no` has one; no other
    /// `no` has.
    Sequence(Vec<Step>),
}

/// `[within D] NAME [xN]` or `[within D] no NAME`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The step.
    pub span: Span,
    /// How long after the step before that is not a `no`.
    pub within: Option<DurationValue>,
    /// Whether the event must not come.
    pub negated: bool,
    /// The binding.
    pub name: Name,
    /// How many of them, one without `xN`.
    pub times: i64,
}

/// `within 10m [tumbling]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithinClause {
    /// The clause.
    pub span: Span,
    /// How long.
    pub duration: DurationValue,
    /// Where `tumbling` stands, if it does.
    pub tumbling: Option<Span>,
}

/// `dedup [by ATTRIBUTE, …] [for D]`: at least one of both.
#[derive(Debug, Clone, PartialEq)]
pub struct DedupClause {
    /// The clause.
    pub span: Span,
    /// What makes two matches one finding; empty: the default identity.
    pub by: Vec<Expr>,
    /// After how much quiet the next match is a new finding.
    pub quiet: Option<DurationValue>,
}

/// `except "name" where … [owner "…"] [until DATE]`
#[derive(Debug, Clone, PartialEq)]
pub struct ExceptClause {
    /// The clause.
    pub span: Span,
    /// What it is called.
    pub name: StringLit,
    /// What is excepted.
    pub condition: Expr,
    /// Who answers for it.
    pub owner: Option<StringLit>,
    /// Until when.
    pub until: Option<TimeLit>,
}

/// `set PARAM = VALUE`
#[derive(Debug, Clone, PartialEq)]
pub struct SetClause {
    /// The clause.
    pub span: Span,
    /// The parameter.
    pub param: Name,
    /// Its new value.
    pub value: Expr,
}

/// `shadow until DATE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowClause {
    /// The clause.
    pub span: Span,
    /// Until when it publishes nothing.
    pub until: TimeLit,
}

/// `value NAME = EXPR`, of a profile
#[derive(Debug, Clone, PartialEq)]
pub struct ValueClause {
    /// The clause.
    pub span: Span,
    /// The name.
    pub name: Name,
    /// What is learned; may be a tuple.
    pub value: Expr,
}

/// `volume NAME = AGG [where …] every D`, of a profile
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeClause {
    /// The clause.
    pub span: Span,
    /// The name.
    pub name: Name,
    /// What is counted.
    pub aggregate: Expr,
    /// Over which events.
    pub filter: Option<Expr>,
    /// The length of a bucket.
    pub every: DurationValue,
}
