//! The checked rule set: every name resolved, every expression typed, every law kept. What `lint`, `plan` and `suite`
//! read; nothing here is text any more, but everything still knows its place in the text.

use std::sync::Arc;

pub use crate::finding::Stage;

use crate::finding::FindingType;
use crate::ids::ids;
use crate::ops::{Aggregate, Function, Operator};
use crate::schema::{AttrId, ClassId, Kind};
use crate::text::Span;
use crate::value::json::Step;
use crate::value::{Time, Type, Value};

ids! {
    /// A list of the rule set.
    ListId,
    /// A finding of the rule set.
    FindingId,
    /// A profile of the rule set.
    ProfileId,
    /// A parameter of the rule set (of a finding or of a file).
    ParamId,
    /// A name bound by `any x in …` or `repeat x in …`, unique in its finding or test.
    BinderId,
}

/// A whole rule set that is free of errors.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Declared lists, the built-in ones first.
    pub lists: Vec<List>,
    /// Parameters, after `tune … set`.
    pub params: Vec<Param>,
    /// Findings in the order of files and text, tunes applied.
    pub findings: Vec<Finding>,
    /// Profiles.
    pub profiles: Vec<Profile>,
    /// Suppressions.
    pub suppressions: Vec<Suppression>,
    /// Tests: inside findings and alone.
    pub tests: Vec<Test>,
}

/// `list @name: TYPE [= …]`.
#[derive(Debug, Clone)]
pub struct List {
    /// Without the `@`.
    pub name: Arc<str>,
    /// Type of the entries: ip, domain, hash, string or int.
    pub ty: Type,
    /// Entries in the rule text (`Value::Ip`/`Net` for ip, `Str`, `Int`).
    pub constants: Vec<Value>,
    /// Its doc comment.
    pub docs: String,
    /// Where it is declared; `None` for the built-in ones.
    pub span: Option<Span>,
}

/// `param name: TYPE = VALUE`.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Its value, after tuning.
    pub value: Value,
    /// The finding it belongs to; `None` for one of a file.
    pub finding: Option<FindingId>,
    /// Its doc comment.
    pub docs: String,
    /// Where.
    pub span: Span,
}

/// A finding definition.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The finding type.
    pub ty: FindingType,
    /// The whole item.
    pub span: Span,
    /// The type in the item's head.
    pub name_span: Span,
    /// Its description.
    pub docs: String,
    /// `revision N`; 1 where unsaid.
    pub revision: u32,
    /// `stage`.
    pub stage: Stage,
    /// False for `publish never`: it only feeds other findings.
    pub publish: bool,
    /// `severity`: branches from the top, then `otherwise`.
    pub severity: Severity,
    /// `attack`: technique ids.
    pub attack: Vec<Technique>,
    /// `title`.
    pub title: Template,
    /// `remediation`.
    pub remediation: Option<String>,
    /// `references`.
    pub references: Vec<String>,
    /// `on`: one input, or several with names.
    pub inputs: Vec<Input>,
    /// `per`.
    pub group: Option<Group>,
    /// `when`.
    pub when: Option<When>,
    /// `within`.
    pub window: Option<Window>,
    /// `dedup`.
    pub dedup: Option<Dedup>,
    /// `except`, those of tunes last.
    pub exceptions: Vec<Exception>,
    /// `tune … shadow until`: evaluated and counted, not published.
    pub shadow_until: Option<Time>,
    /// `tune … disable`.
    pub disabled: bool,
    /// SHA-256 (hex) over the meaning: equal for equal meaning, whatever the text looks like.
    pub hash: Arc<str>,
    /// Likewise over what it counts: inputs, groups, `when`, window. State survives a change of the rest (severity,
    /// title, exceptions, `dedup`).
    pub state_hash: Arc<str>,
}

impl Finding {
    /// Whether each matching event is decided alone, without `per`, `when`, `within`.
    #[must_use]
    pub fn is_stateless(&self) -> bool {
        self.when.is_none() && self.window.is_none() && self.group.is_none()
    }
}

/// `severity A if …, B if …, else C`, a number, or an attribute's value.
#[derive(Debug, Clone)]
pub struct Severity {
    /// Conditions with their levels (0–10), first true wins.
    pub branches: Vec<(Expr, f64)>,
    /// When none holds: a number expression (usually a constant 0–10).
    pub otherwise: Expr,
}

/// An ATT&CK technique id, `T1110.001`.
#[derive(Debug, Clone)]
pub struct Technique {
    /// The id.
    pub id: Arc<str>,
    /// Where.
    pub span: Span,
}

/// A text with holes.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// Text and holes in turn.
    pub parts: Vec<Part>,
    /// Where; `None` if the title was made from the type.
    pub span: Option<Span>,
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub enum Part {
    /// As it stands.
    Text(Arc<str>),
    /// The value of an attribute expression; prints `unknown` if absent.
    Hole(Expr),
}

/// One `on` selector.
#[derive(Debug, Clone)]
pub struct Input {
    /// `fail` in `on fail = authentication`; `None` for the only one.
    pub name: Option<Arc<str>>,
    /// Which events.
    pub kind: Kind,
    /// `where`.
    pub condition: Option<Expr>,
    /// Where.
    pub span: Span,
}

/// `per …`.
#[derive(Debug, Clone)]
pub struct Group {
    /// `per each x in …: …`: the list and the binder; the keys read the binder.
    pub each: Option<(BinderId, Expr)>,
    /// Key parts; each holds one expression per input (aligned by `=`; all the same where not).
    pub keys: Vec<Vec<Expr>>,
    /// `across accounts`: account is no implicit first part.
    pub across_accounts: bool,
    /// Where.
    pub span: Span,
}

/// `when …`.
#[derive(Debug, Clone)]
pub enum When {
    /// A condition over aggregates and profiles.
    Condition(Expr),
    /// A sequence.
    Sequence(Vec<SequenceStep>, Span),
}

/// A step of a sequence.
#[derive(Debug, Clone)]
pub struct SequenceStep {
    /// Index into the finding's inputs.
    pub input: usize,
    /// `xN`; 1 where unsaid.
    pub times: u32,
    /// `no NAME`.
    pub absent: bool,
    /// `within D`, milliseconds.
    pub within: Option<i64>,
    /// Where.
    pub span: Span,
}

/// `within D [tumbling]`.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Milliseconds.
    pub length: i64,
    /// Cut at multiples of the length instead of sliding.
    pub tumbling: bool,
    /// Where.
    pub span: Span,
}

/// `dedup [by …] [for D]`.
#[derive(Debug, Clone)]
pub struct Dedup {
    /// Identity besides type, account and region; empty: the resource, as by default.
    pub by: Vec<Expr>,
    /// Quiet period in milliseconds after which the next match is a new finding; 24 h where unsaid.
    pub quiet: Option<i64>,
    /// Where.
    pub span: Span,
}

/// `except "name" where …`.
#[derive(Debug, Clone)]
pub struct Exception {
    /// Its name.
    pub name: Arc<str>,
    /// When true, the match does not count.
    pub condition: Expr,
    /// `owner`.
    pub owner: Option<Arc<str>>,
    /// `until`.
    pub until: Option<Time>,
    /// From a `tune`, not from the finding.
    pub tuned: bool,
    /// Where.
    pub span: Span,
}

/// `profile name { … }`.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: Arc<str>,
    /// Which events teach it.
    pub input: Input,
    /// Of whom.
    pub group: Vec<Expr>,
    /// `learn`, milliseconds.
    pub learn: i64,
    /// `remember`, milliseconds.
    pub remember: i64,
    /// `settle`, milliseconds.
    pub settle: i64,
    /// `value NAME = EXPR` (several expressions: a tuple).
    pub values: Vec<(Arc<str>, Vec<Expr>)>,
    /// `volume NAME = AGG [where …] every D`.
    pub volumes: Vec<Volume>,
    /// Its doc comment.
    pub docs: String,
    /// Where.
    pub span: Span,
    /// SHA-256 (hex) over what it learns.
    pub hash: Arc<str>,
}

/// A profiled amount.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Its name.
    pub name: Arc<str>,
    /// What is measured.
    pub aggregate: Expr,
    /// Which of the profile's events count.
    pub condition: Option<Expr>,
    /// Bucket length in milliseconds.
    pub every: i64,
    /// Where.
    pub span: Span,
}

/// `suppress "name" { on finding where … }`.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// Its name.
    pub name: Arc<str>,
    /// Which findings (kind `finding`).
    pub input: Input,
    /// `owner`.
    pub owner: Option<Arc<str>>,
    /// `until`.
    pub until: Option<Time>,
    /// Where.
    pub span: Span,
}

/// A typed expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type; conditions are `Bool`.
    pub ty: Type,
    /// Where it was written.
    pub span: Span,
}

/// An attribute of one of the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrRef {
    /// Index into the finding's (profile's, suppression's) inputs.
    pub input: usize,
    /// The class it is an attribute of.
    pub class: ClassId,
    /// The attribute.
    pub attr: AttrId,
    /// Steps into it (`json` sub-paths, `[]`, fields of `list<object>` by their dotted names as one `Key` each).
    pub steps: Vec<Step>,
}

/// What an expression is. `let`s are expanded; `!=` is `not ==`, `not in` is `not (… in …)`; `has x` stays.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A constant.
    Const(Value),
    /// `i"…"`: text compared without case; the text is lower case.
    Caseless(Arc<str>),
    /// A regex, checked and within the size limits; `true`: without case.
    Regex(Arc<str>, bool),
    /// An attribute.
    Attr(AttrRef),
    /// A quantifier's or `repeat`'s bound element, or a part of it (fields as one `Key` each).
    Element(BinderId, Vec<Step>),
    /// A part of a computed document: `parse_json(x).a.b`.
    Part(Box<Expr>, Vec<Step>),
    /// `private` or `public`, on the right of `in`.
    Space(AddressSpace),
    /// A list.
    List(ListId),
    /// A parameter.
    Param(ParamId),
    /// `[a, b]` with constants, ranges and networks inside.
    ListOf(Vec<Expr>),
    /// `{ key: value }`, in the event of a test only.
    Object(Vec<(Arc<str>, Expr)>),
    /// `a..=b`.
    Range(Box<Expr>, Box<Expr>),
    /// A comparison or word operator.
    Op(&'static Operator, Box<Expr>, Box<Expr>),
    /// A function, arithmetic included.
    Call(&'static Function, Vec<Expr>),
    /// An aggregate over the group's window: what it aggregates, and over which input (`None`: all).
    Aggregate(&'static Aggregate, Vec<Expr>, Option<usize>),
    /// A question to a profile.
    Profile(ProfileId, ProfileQuestion),
    /// `not`.
    Not(Box<Expr>),
    /// `and`.
    And(Vec<Expr>),
    /// `or`.
    Or(Vec<Expr>),
    /// `N of (…)`.
    AtLeast(u32, Vec<Expr>),
    /// `has x`: never unknown.
    Has(Box<Expr>),
    /// `a ?? b`.
    Coalesce(Box<Expr>, Box<Expr>),
    /// `any x in (…): …`.
    Quantified {
        /// Any, all or none.
        quantifier: Quantifier,
        /// What is bound.
        binder: BinderId,
        /// Its name, for messages.
        name: Arc<str>,
        /// Lists, joined.
        sources: Vec<Expr>,
        /// What must hold of the element.
        body: Box<Expr>,
    },
}

/// Which addresses, as [`crate::ops::nets`] knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressSpace {
    /// `private`
    Private,
    /// `public`
    Public,
}

/// Any, all or none; over no element at all: false, true, true. Over an absent list: unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// At least one.
    Any,
    /// Every one.
    All,
    /// Not one.
    None,
}

/// What may be asked of a profile.
#[derive(Debug, Clone)]
pub enum ProfileQuestion {
    /// `p.new(value)`: index into its values, and a replacement for its expression (`p.new(c.image)`).
    New(usize, Option<Vec<Expr>>),
    /// `p.surge(volume, sigma: S, floor: F)`.
    Surge {
        /// Index into its volumes.
        volume: usize,
        /// Standard deviations above the group's own mean.
        sigma: f64,
        /// What the bucket must exceed in any case.
        floor: f64,
    },
    /// `p.surprise(value, …)`: bits.
    Surprise(Vec<usize>),
}

/// A test.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name.
    pub name: Arc<str>,
    /// The finding it stands in.
    pub finding: Option<FindingId>,
    /// What happens, in order.
    pub body: Vec<Statement>,
    /// Where.
    pub span: Span,
}

/// A statement of a test.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What.
    pub kind: StatementKind,
    /// Where.
    pub span: Span,
}

/// What a test says.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// `given @list = […]`.
    GivenList(ListId, Vec<Value>),
    /// `given PARAM = …`.
    GivenParam(ParamId, Value),
    /// `at 10:00` or `at 2026-01-31T10:00:00Z`: a clock time is of the current virtual day (it begins on 2026-01-01).
    At(Moment),
    /// `after 5m` and `advance 1h`: virtual time goes on; `advance` also moves the watermark.
    After {
        /// Milliseconds.
        by: i64,
        /// `advance`.
        watermark: bool,
    },
    /// `repeat 20 every 10s { … }`, `repeat i in 1..=20 every 10s { … }`.
    Repeat {
        /// The bound name.
        binder: Option<BinderId>,
        /// One value a round.
        values: Vec<Value>,
        /// Milliseconds between rounds.
        every: i64,
        /// A round.
        body: Vec<Statement>,
    },
    /// `shuffle { … }`: any order must do.
    Shuffle(Vec<Statement>),
    /// `late by 5m { … }`: arrives that much after its time.
    Late(i64, Vec<Statement>),
    /// `replay "file.json" as cloudtrail`.
    Replay(Arc<str>, Kind),
    /// `network { … }`.
    Event(Kind, Vec<Field>),
    /// `expect …`.
    Expect(Expect),
}

/// A moment of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// An instant.
    Instant(Time),
    /// Milliseconds since midnight of the current virtual day.
    Clock(i64),
}

/// One attribute of a test's event.
#[derive(Debug, Clone)]
pub struct Field {
    /// The attribute.
    pub attr: AttrId,
    /// Steps into it.
    pub steps: Vec<Step>,
    /// Its value: constants and the binders of `repeat`.
    pub value: Expr,
    /// Where.
    pub span: Span,
}

/// What must have come since the previous `expect`.
#[derive(Debug, Clone)]
pub enum Expect {
    /// `expect none`: of the finding that the test stands in (any finding, if it stands alone).
    None,
    /// `expect archived`.
    Archived,
    /// `expect 2 findings [TYPE]`.
    Count(u32, Option<FindingType>),
    /// `expect finding [TYPE] [{ … }]`: finding attributes (`severity`, `count`, `title`, dotted) with their values;
    /// a severity word stands for its band.
    Finding(Option<FindingType>, Vec<(Arc<str>, Value)>),
}
