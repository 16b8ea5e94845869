//! The tree of a rule file, with spans. It says what was written, not what it means: names, operators and types are
//! resolved by the checker. Missing clauses are `None` (the checker says which are required); a clause that stands
//! twice was diagnosed and the first is kept.

mod clause;
mod expr;
mod test;

use std::sync::Arc;

use crate::text::{FileId, Span};

pub use clause::*;
pub use expr::*;
pub use test::*;

/// One rule file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Which file.
    pub file: FileId,
    /// The `//!` lines: what the file is about.
    pub docs: Docs,
    /// Items in the order of the text, without those that could not be read.
    pub items: Vec<Item>,
    /// Every comment that is not a doc of the file, an item or a parameter, in the order of the text.
    pub comments: Vec<Comment>,
}

/// A word with its place: a name, a kind, a level, a part of a path. Without its quotes, if it had any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The word; of a list `@name`, without the `@`.
    pub text: Arc<str>,
    /// Where; of a list, with the `@`; of a quoted path part, with the quotes.
    pub span: Span,
}

impl Name {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Documentation lines, `///` or `//!`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Docs {
    /// The lines in order, without the slashes and one blank behind them.
    pub lines: Vec<Comment>,
}

impl Docs {
    /// The lines, joined by line ends.
    #[must_use]
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|l| &*l.text).collect();
        lines.join("\n")
    }

    /// Whether nothing is documented.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// One comment line. In [`Docs`] the text is without slashes; in [`File::comments`] it is as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From the first slash to the last character that is not a blank.
    pub span: Span,
    /// The text.
    pub text: Arc<str>,
}

/// What stands in column 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `list @name: TYPE [= […]]`
    List(ListItem),
    /// `let name [on KIND] = EXPR`
    Let(LetItem),
    /// `param name: TYPE = VALUE`
    Param(ParamItem),
    /// `profile name { … }`
    Profile(Box<ProfileItem>),
    /// `finding TYPE { … }`
    Finding(Box<FindingItem>),
    /// `tune TYPE { … }`
    Tune(Box<TuneItem>),
    /// `suppress "name" { … }`
    Suppress(Box<SuppressItem>),
    /// `test "name" { … }`, alone
    Test(TestItem),
}

impl Item {
    /// From the item's first word to its end, without its docs.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Item::List(i) => i.span,
            Item::Let(i) => i.span,
            Item::Param(i) => i.span,
            Item::Profile(i) => i.span,
            Item::Finding(i) => i.span,
            Item::Tune(i) => i.span,
            Item::Suppress(i) => i.span,
            Item::Test(i) => i.span,
        }
    }

    /// The `///` lines above it.
    #[must_use]
    pub fn docs(&self) -> &Docs {
        match self {
            Item::List(i) => &i.docs,
            Item::Let(i) => &i.docs,
            Item::Param(i) => &i.docs,
            Item::Profile(i) => &i.docs,
            Item::Finding(i) => &i.docs,
            Item::Tune(i) => &i.docs,
            Item::Suppress(i) => &i.docs,
            Item::Test(i) => &i.docs,
        }
    }
}

/// `list @name: TYPE [= […]]`
#[derive(Debug, Clone, PartialEq)]
pub struct ListItem {
    /// The whole item.
    pub span: Span,
    /// Its docs.
    pub docs: Docs,
    /// The name, without `@`.
    pub name: Name,
    /// What its entries are.
    pub ty: TypeRef,
    /// The constants, where the pack gives some.
    pub entries: Option<Vec<Expr>>,
}

/// `let name [on KIND] = EXPR`
#[derive(Debug, Clone, PartialEq)]
pub struct LetItem {
    /// The whole item.
    pub span: Span,
    /// Its docs.
    pub docs: Docs,
    /// The name.
    pub name: Name,
    /// The kind whose attributes it reads.
    pub kind: Option<Name>,
    /// What it stands for.
    pub value: Expr,
}

/// `param name: TYPE = VALUE`, an item or a clause of a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamItem {
    /// The whole item.
    pub span: Span,
    /// Its docs.
    pub docs: Docs,
    /// The name.
    pub name: Name,
    /// The type.
    pub ty: TypeRef,
    /// The value unless a `tune` sets another.
    pub value: Expr,
}

/// `ip`, `list<string>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRef {
    /// The whole.
    pub span: Span,
    /// The outer word.
    pub name: Name,
    /// What stands in `<…>`.
    pub argument: Option<Box<TypeRef>>,
}

/// `profile name { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileItem {
    /// The whole item.
    pub span: Span,
    /// Its docs.
    pub docs: Docs,
    /// The name.
    pub name: Name,
    /// Which events teach.
    pub on: Option<OnClause>,
    /// Per whom.
    pub per: Option<PerClause>,
    /// How long from the account's first event all is unknown.
    pub learn: Option<DurationClause>,
    /// How long a value stays known.
    pub remember: Option<DurationClause>,
    /// How long after it was first seen a value counts as known.
    pub settle: Option<DurationClause>,
    /// `value NAME = EXPR`
    pub values: Vec<ValueClause>,
    /// `volume NAME = AGG [where …] every D`
    pub volumes: Vec<VolumeClause>,
    /// Whether a clause of it could not be read (so that absence of one says nothing).
    pub broken: bool,
}

/// `finding TYPE { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct FindingItem {
    /// The whole item.
    pub span: Span,
    /// Its docs: the description of the finding.
    pub docs: Docs,
    /// The finding type.
    pub ty: FindingType,
    /// `revision N`
    pub revision: Option<RevisionClause>,
    /// `stage experimental|stable|deprecated`; the checker knows the words.
    pub stage: Option<WordClause>,
    /// `publish never`; the checker knows the words.
    pub publish: Option<WordClause>,
    /// `param …`
    pub params: Vec<ParamItem>,
    /// `severity …`; required.
    pub severity: Option<SeverityClause>,
    /// `attack T1110.001, …`
    pub attack: Option<AttackClause>,
    /// `title "…"`
    pub title: Option<TitleClause>,
    /// `remediation "…"`
    pub remediation: Option<TextClause>,
    /// `references "…", …`
    pub references: Option<ReferencesClause>,
    /// `on …`; required.
    pub on: Option<OnClause>,
    /// `per …`
    pub per: Option<PerClause>,
    /// `when …`
    pub when: Option<WhenClause>,
    /// `within …`
    pub within: Option<WithinClause>,
    /// `dedup …`
    pub dedup: Option<DedupClause>,
    /// `except …`
    pub excepts: Vec<ExceptClause>,
    /// `test …`
    pub tests: Vec<TestItem>,
    /// Whether a clause of it could not be read (so that absence of one says nothing).
    pub broken: bool,
}

/// `tune TYPE { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct TuneItem {
    /// The whole item.
    pub span: Span,
    /// Its docs.
    pub docs: Docs,
    /// The finding that is tuned.
    pub target: FindingType,
    /// `except …`
    pub excepts: Vec<ExceptClause>,
    /// `severity …`
    pub severity: Option<SeverityClause>,
    /// `set PARAM = VALUE`
    pub sets: Vec<SetClause>,
    /// `shadow until DATE`
    pub shadow: Option<ShadowClause>,
    /// `disable`: where it stands.
    pub disable: Option<Span>,
    /// Whether a clause of it could not be read.
    pub broken: bool,
}

/// `suppress "name" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct SuppressItem {
    /// The whole item.
    pub span: Span,
    /// Its docs.
    pub docs: Docs,
    /// What it is called.
    pub name: StringLit,
    /// Which findings.
    pub on: Option<OnClause>,
    /// `owner "…"`
    pub owner: Option<StringLit>,
    /// `until DATE`
    pub until: Option<TimeLit>,
    /// Whether a clause of it could not be read.
    pub broken: bool,
}

/// `ThreatPurpose:ResourceType/ThreatFamily[.Mechanism][!Artifact]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingType {
    /// Where.
    pub span: Span,
    /// The whole type as written.
    pub text: Arc<str>,
    /// Before the colon: `CryptoCurrency`.
    pub purpose: Arc<str>,
    /// Between colon and slash: `EC2`.
    pub resource: Arc<str>,
    /// Behind the slash up to the first dot or `!`: `BitcoinTool`.
    pub family: Arc<str>,
    /// Between the first dot and `!`: `B`.
    pub mechanism: Option<Arc<str>>,
    /// Behind `!`: `DNS`.
    pub artifact: Option<Arc<str>>,
}
