//! Tests of rules.

use super::{Docs, DurationValue, Expr, FindingType, Name, Path, StringLit};
use crate::text::Span;
use crate::value::Time;

/// `test "name" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct TestItem {
    /// The whole test.
    pub span: Span,
    /// Its docs, where it stands alone.
    pub docs: Docs,
    /// What it is called.
    pub name: StringLit,
    /// What happens, in order.
    pub body: Vec<Stmt>,
    /// Whether a statement of it could not be read.
    pub broken: bool,
}

/// A statement of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// The statement.
    pub span: Span,
    /// Which.
    pub kind: StmtKind,
}

/// What a statement of a test is.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// `given @list = […]`
    GivenList {
        /// The list.
        list: Name,
        /// Its entries.
        value: TestValue,
    },
    /// `given PARAM = …`
    GivenParam {
        /// The parameter.
        param: Name,
        /// Its value.
        value: TestValue,
    },
    /// `KIND { path: value, … }`
    Event {
        /// Class or source.
        kind: Name,
        /// The attributes that are said.
        fields: Vec<Field>,
    },
    /// `at 10:00`, `at 2026-01-31T10:00:00Z`
    At(AtTime),
    /// `after 5m`: the clock of the test moves on
    After(DurationValue),
    /// `advance 1h`: the watermark moves on
    Advance(DurationValue),
    /// `repeat 19 every 20s { … }`, `repeat i in 1..=20 every 10s { … }`
    Repeat {
        /// How often.
        times: RepeatTimes,
        /// How much later each round is; without it, at the same time.
        every: Option<DurationValue>,
        /// What is repeated.
        body: Vec<Stmt>,
    },
    /// `shuffle { … }`: the events arrive in any order
    Shuffle(Vec<Stmt>),
    /// `late by 5m { … }`: the events arrive that much after their time
    Late {
        /// How late.
        by: DurationValue,
        /// What is late.
        body: Vec<Stmt>,
    },
    /// `replay "file.json" as cloudtrail`
    Replay {
        /// The file, beside the rule file.
        file: StringLit,
        /// The source.
        kind: Name,
    },
    /// `expect …`: what came since the previous `expect`
    Expect(Expect),
}

/// When the next event happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtTime {
    /// `2026-01-31T10:00:00Z`, or a date's midnight UTC
    Instant(Time),
    /// `10:00`, in milliseconds since midnight, on the day that the test is at (2026-01-01 UTC at its begin)
    Clock(i64),
}

/// How often a block is repeated.
#[derive(Debug, Clone, PartialEq)]
pub enum RepeatTimes {
    /// `19`
    Count {
        /// Where.
        span: Span,
        /// How often.
        count: i64,
    },
    /// `i in 1..=20`
    Each {
        /// What the number is called inside.
        name: Name,
        /// A range or a list.
        values: Expr,
    },
}

/// What a test expects.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// `expect none`
    None,
    /// `expect archived`
    Archived,
    /// `expect 2 findings [TYPE]`
    Count {
        /// Where the number stands.
        count_span: Span,
        /// How many.
        count: i64,
        /// Of which type.
        ty: Option<FindingType>,
    },
    /// `expect finding [TYPE] [{ … }]`: exactly one
    Finding {
        /// Of which type.
        ty: Option<FindingType>,
        /// What it must say.
        fields: Vec<Field>,
    },
}

/// `path: value`
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The whole field.
    pub span: Span,
    /// The attribute or JSON key.
    pub path: Path,
    /// Its value.
    pub value: TestValue,
}

/// A value in a test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestValue {
    /// Where.
    pub span: Span,
    /// Which.
    pub kind: TestValueKind,
}

/// What a value in a test is.
#[derive(Debug, Clone, PartialEq)]
pub enum TestValueKind {
    /// A literal, a bare enum word, or arithmetic over the name of a `repeat`
    Expr(Expr),
    /// `{ key: value }`
    Object(Vec<Field>),
    /// `[a, b]`
    List(Vec<TestValue>),
    /// `null`
    Null,
}
