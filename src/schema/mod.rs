//! The vocabulary of events, as data: classes (what rules may say), sources (which wire field feeds which attribute,
//! and how surely), resources (what a finding type is about). Read from `grammar/vocabulary/**.yaml`, embedded.
//!
//! ```text
//! classes/*.yaml  --+
//! sources/*.yaml  --+--> Vocabulary --(what a plan reads)--> Projection --(one record)--> Event --> Val
//! resources.yaml  --+
//! ```

pub mod coerce;
pub mod enrich;
pub mod event;
pub mod given;
pub mod lines;
mod load;
mod lookup;
mod op;
pub mod path;
pub mod projection;
pub mod transforms;
pub mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::json::Step;
use crate::value::{Type, Value};

pub use enrich::{Ask, Enrich, Fact};
pub use event::{Context, Event, Raw};
pub use given::Given;
pub use lines::{Lines, Message};
pub use load::VocabularyError;
pub use projection::{Need, Projection, Slot};

/// A class of events, by its place in the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u16);

/// An attribute of a class, by its place in that class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttrId(pub u16);

/// A log source, by its place in the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u16);

impl SourceId {
    /// No log: events made of values (findings that re-enter, rule tests that name a class).
    pub const NONE: SourceId = SourceId(u16::MAX);
}

/// What `on` names: a class, or a source (then seen as its first class, unless the author asks otherwise).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// The class whose attributes may be read.
    pub class: ClassId,
    /// Only events of this source; `None`: of every source that yields the class.
    pub source: Option<SourceId>,
}

/// The whole vocabulary.
#[derive(Debug)]
pub struct Vocabulary {
    /// Event classes.
    pub classes: Vec<Class>,
    /// Log sources.
    pub sources: Vec<Source>,
    /// What each resource type of a finding type is about, by class.
    pub resources: BTreeMap<String, BTreeMap<ClassId, ResourceRule>>,
}

/// An event class: OCSF's, with a few attributes of our own.
#[derive(Debug)]
pub struct Class {
    /// What rules call it: `api`.
    pub name: Arc<str>,
    /// OCSF's class uid: 6003.
    pub uid: u32,
    /// OCSF's caption.
    pub title: String,
    /// What an event of the class says, in a sentence or two.
    pub doc: String,
    /// Its attributes, in reading order.
    pub attributes: Vec<Attribute>,
    /// Attributes that a finding of this class always carries, where the event has them.
    pub capture: Vec<AttrId>,
}

/// An attribute of a class.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Dotted OCSF path: `src_endpoint.ip`.
    pub name: Arc<str>,
    /// Its type; lists of objects are `list<object>` with [`fields`](Attribute::fields).
    pub ty: Type,
    /// What it means, units included.
    pub doc: String,
    /// One of our own, where OCSF leaves a rule author alone.
    pub own: bool,
    /// How good an entrance to candidate rules it is: 0 never, higher is more selective (`api.operation` 9).
    pub selective: u8,
    /// Attributes of the elements, for `list<object>`; their names may have dots (`owner.uid`).
    pub fields: Vec<Attribute>,
    /// No log carries it: the deployment's data about another attribute of the event gives it.
    pub enriched: Option<Enriched>,
    /// It follows from another attribute, by a transformation, where nothing else feeds it.
    pub derived: Option<(Arc<str>, Transform)>,
    /// A value as it occurs, for docs, `fields` and messages.
    pub example: Option<String>,
}

/// An attribute that comes from the deployment's own data, such as a geo database or a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enriched {
    /// The attribute that is looked up: `src_endpoint.ip`.
    pub from: Arc<str>,
    /// What is looked up.
    pub what: Ask,
}

/// How surely a source carries an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// In every record.
    Always,
    /// In no record.
    Never,
    /// In some; the text says in which.
    When(String),
}

/// How record boundaries and fields are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// One JSON object a record.
    Json,
    /// Blank-separated columns, named by a header row or by the source's default order.
    Columns,
    /// Zeek's: rows under `#fields`, or one JSON object a record.
    Zeek,
    /// Lines of free text, told by how they begin ([`Source::lines`]).
    Text,
}

impl Wire {
    /// Whether a record may be a JSON object.
    #[must_use]
    pub fn is_json(self) -> bool {
        matches!(self, Wire::Json | Wire::Zeek)
    }
}

/// A log source: how to know its records, and which field feeds which attribute.
#[derive(Debug)]
pub struct Source {
    /// What rules call it: `cloudtrail`.
    pub name: Arc<str>,
    /// Its records are another source's in another form: what is said of that one is said of it too.
    pub form_of: Option<SourceId>,
    /// For people: "AWS CloudTrail".
    pub title: String,
    /// Where its files come from and what to know, in a sentence or two.
    pub doc: String,
    /// Wire format.
    pub wire: Wire,
    /// A record is this source's if all paths (or columns) of one alternative are there.
    pub recognise: Vec<Vec<Condition>>,
    /// Column order where a file has no header (`Wire::Columns`).
    pub default_columns: Vec<String>,
    /// How its lines begin and which are events (`Wire::Text`).
    pub lines: Option<Lines>,
    /// Where the event time is, first present wins.
    pub time: Recipe,
    /// Recipes that several attributes share; made once for a record.
    pub lets: Vec<(Arc<str>, Recipe)>,
    /// What makes a record itself (a second delivery has the same); empty: a hash of its bytes.
    pub identity: Vec<Recipe>,
    /// How late its events come, in milliseconds.
    pub lateness: i64,
    /// How long an interval one record covers at most, in milliseconds; 0 for points in time.
    pub interval: i64,
    /// The account (12 digits) that the event belongs to; else path, envelope or deployment say.
    pub account: Recipe,
    /// The region likewise.
    pub region: Recipe,
    /// The classes that it yields; the first is what the source's own name means.
    pub classes: Vec<Mapping>,
    /// Records that are none of the log's events (`NODATA`, digest files): skipped and counted as such.
    pub skip: Vec<Vec<Condition>>,
}

/// How one source's record becomes an event of one class.
#[derive(Debug)]
pub struct Mapping {
    /// The class.
    pub class: ClassId,
    /// The record yields the class only if one alternative holds in full; empty: always.
    pub when: Vec<Vec<Condition>>,
    /// Recipe and presence by attribute; what is not there is never carried.
    pub attributes: BTreeMap<AttrId, Feed>,
}

/// What feeds one attribute.
#[derive(Debug, Clone)]
pub struct Feed {
    /// How it is made.
    pub recipe: Recipe,
    /// How surely it is there.
    pub presence: Presence,
    /// For `list<object>`: element attribute -> path inside an element.
    pub fields: BTreeMap<Arc<str>, Vec<Step>>,
}

/// A path into a record: keys of nested objects, or one column name.
pub type WirePath = Vec<Arc<str>>;

/// A test on a wire field, for recognising, skipping and choosing classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The field.
    pub path: WirePath,
    /// What must hold of it.
    pub test: Test,
}

/// What a [`Condition`] asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is there and not null.
    Present,
    /// It is not there or null.
    Absent,
    /// It is one of these, as text.
    In(Vec<String>),
    /// It begins with one of these texts.
    StartsWith(Vec<String>),
}

/// How an attribute is made of wire fields. Total: whatever fails is absent.
#[derive(Debug, Clone, PartialEq)]
pub enum Recipe {
    /// Nothing.
    Absent,
    /// The field at a path; further steps (indices, `[]`) walk the JSON that is there.
    Path(WirePath, Vec<Step>),
    /// The first that is there.
    First(Vec<Recipe>),
    /// Always this.
    Const(Value),
    /// A field's words translated to the vocabulary's; others become `other`, or absent.
    Words(Box<Recipe>, BTreeMap<String, String>, Option<String>),
    /// One recipe if all conditions hold, else another.
    If(Vec<Condition>, Box<Recipe>, Box<Recipe>),
    /// Text with `{}` holes, in order; absent if a hole is.
    Template(String, Vec<Recipe>),
    /// One of the source's `let` recipes, by its place.
    Let(u16),
    /// A list of objects, made field by field (`list<object>` attributes only).
    Objects(Vec<BTreeMap<Arc<str>, Recipe>>),
    /// Something that is known of the record as a whole.
    Outside(Outside),
    /// A named transformation (`ip_only`, `domain_only`, `after_last_slash`, `epoch_seconds`, …) of other recipes.
    Apply(Transform, Vec<Recipe>),
}

/// What is known of a record besides its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outside {
    /// The event's time.
    Time,
    /// The account that it belongs to: from the record, else from the envelope, path or deployment.
    Account,
    /// The region, likewise.
    Region,
    /// The Kubernetes cluster, from the envelope.
    Cluster,
    /// The database, from the envelope or file name.
    Database,
}

/// A named pure transformation; the table of them is [`transforms::TABLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Transform(pub u16);

/// What a finding type's resource is for events of a class.
#[derive(Debug, Clone)]
pub struct ResourceRule {
    /// GuardDuty's resource type: `AccessKey`, `S3Bucket`, `Instance`, …
    pub kind: String,
    /// Other kinds, by the word of an enum attribute: `Container` where `asset.type` is `container`.
    pub kind_by: Option<(AttrId, Vec<(String, String)>)>,
    /// The resource's identity: the first of these that is there.
    pub uid: Vec<AttrId>,
    /// What makes two findings two as far as the resource goes, the first that is there: its `uid`, unless something
    /// steadier is known (a principal, whose temporary keys come and go).
    pub identity: Vec<AttrId>,
    /// A name beside it: the first that is there.
    pub name: Vec<AttrId>,
    /// What else is part of a finding's default identity, besides account, region, type and resource.
    pub key: Vec<AttrId>,
    /// The role that the resource plays.
    pub role: RoleRule,
    /// Who acted: the first that is there.
    pub actor: Vec<AttrId>,
}

/// Actor or target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleRule {
    /// The resource acted.
    Actor,
    /// The resource was acted on.
    Target,
    /// Actor if this enum attribute has this word, else target.
    ActorIf(AttrId, String),
}

#[cfg(test)]
mod ocsf_source_tests;
#[cfg(test)]
mod projection_tests;
#[cfg(test)]
mod recorded_tests;
#[cfg(test)]
mod sensor_source_tests;
#[cfg(test)]
mod source_tests;
#[cfg(test)]
mod text_source_tests;
#[cfg(test)]
mod vocabulary_tests;
