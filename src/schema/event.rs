//! One record, seen through a projection: attributes are made of wire fields when a rule first asks, and kept.

use std::cell::Cell;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::op::Op;
use super::{ClassId, Projection, SourceId};
use crate::value::json::unescape;
use crate::value::{Arena, Json, Time, Type, Val};

/// A wire field as the reader found it, borrowed from the record.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Raw<'a> {
    /// Not in the record.
    #[default]
    Absent,
    /// JSON's `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A JSON number, as written.
    Number(&'a str),
    /// The inside of a JSON string; `true` if it holds escapes.
    Str(&'a str, bool),
    /// A whole JSON object or array, validated.
    Json(&'a str),
    /// A column's text.
    Text(&'a str),
}

/// What is known of a record from outside of it: the envelope, the file's path, the deployment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// Account of 12 digits.
    pub account: Option<Arc<str>>,
    /// Region.
    pub region: Option<Arc<str>>,
    /// Kubernetes cluster, from the log group `/aws/eks/NAME/cluster`.
    pub cluster: Option<Arc<str>>,
    /// Database instance or cluster, from the log group or file name.
    pub database: Option<Arc<str>>,
}

/// One normalised event. Cheap to make; lives as long as the record's buffer and the arena.
pub struct Event<'a> {
    /// What may be read.
    pub projection: &'a Projection,
    /// Whose record it is; [`SourceId::NONE`] for an event made of values.
    pub source: SourceId,
    /// The classes that it is an event of: bit `n` for `ClassId(n)`.
    pub classes: u32,
    /// Event time.
    pub time: Time,
    /// What the outside says.
    pub context: &'a Context,
    /// The record's own text.
    pub text: &'a str,
    /// Wire fields, one per path of the projection.
    pub raw: &'a [Raw<'a>],
    /// Attributes already made, one per slot of the projection, then one per shared recipe.
    pub memo: &'a [Cell<Option<Val<'a>>>],
    /// Where made values live.
    pub arena: &'a Arena,
    /// Wire fields already parsed as JSON, one per field that rules walk into.
    docs: &'a [Cell<Option<Option<&'a Json<'a>>>>],
    identity: Cell<Option<u128>>,
    /// Account and region: of an event made of values as given, else as first asked.
    owner: Cell<Option<(Option<&'a str>, Option<&'a str>)>>,
}

impl<'a> Event<'a> {
    /// The event of a record whose wire fields the reader has found (`raw`, one per path of the projection), or
    /// nothing if it has no time: then it is unreadable. Whether the record is to be skipped is asked before.
    #[must_use]
    pub fn new(
        projection: &'a Projection,
        context: &'a Context,
        text: &'a str,
        raw: &'a [Raw<'a>],
        arena: &'a Arena,
    ) -> Option<Event<'a>> {
        let classes = projection.classes(raw, arena);
        let mut event = Event::bare(projection, context, text, raw, arena, classes);
        let Val::Time(time) = projection.time.eval(&event, &Type::Time) else { return None };
        event.time = time;
        Some(event)
    }

    fn bare(
        projection: &'a Projection,
        context: &'a Context,
        text: &'a str,
        raw: &'a [Raw<'a>],
        arena: &'a Arena,
        classes: u32,
    ) -> Event<'a> {
        Event {
            projection,
            source: projection.source,
            classes,
            time: Time(0),
            context,
            text,
            raw,
            memo: arena.alloc_slice_fill_with(projection.slots.len() + projection.shared.len(), |_| Cell::new(None)),
            arena,
            docs: arena.alloc_slice_fill_with(projection.docs, |_| Cell::new(None)),
            identity: Cell::new(None),
            owner: Cell::new(None),
        }
    }

    /// An event put together again from the values that were kept of its slots; what was not kept is absent.
    #[must_use]
    pub fn kept(
        projection: &'a Projection,
        context: &'a Context,
        class: ClassId,
        (time, identity): (Time, u128),
        values: impl Iterator<Item = (usize, Val<'a>)>,
        arena: &'a Arena,
    ) -> Event<'a> {
        let outside = (context.account.as_deref(), context.region.as_deref());
        let event = Event::of_values(projection, context, class, time, identity, outside, arena);
        (0..projection.slots.len()).for_each(|slot| event.set(slot, Val::Absent));
        values.filter(|(slot, _)| *slot < projection.slots.len()).for_each(|(slot, value)| event.set(slot, value));
        event
    }

    /// An event made of values, all of whose slots are filled by the caller (`given.rs`).
    pub(super) fn of_values(
        projection: &'a Projection,
        context: &'a Context,
        class: ClassId,
        time: Time,
        identity: u128,
        (account, region): (Option<&'a str>, Option<&'a str>),
        arena: &'a Arena,
    ) -> Event<'a> {
        let raw = arena.alloc_slice_fill_copy(projection.paths.len(), Raw::Absent);
        let mut event = Event::bare(projection, context, "", raw, arena, 1 << class.0);
        event.time = time;
        event.identity = Cell::new(Some(identity));
        event.owner = Cell::new(Some((account, region)));
        event
    }

    /// The value in an attribute slot of the projection.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: usize) -> Val<'a> {
        if let Some(v) = self.memo[slot].get() {
            return v;
        }
        let v = self.projection.slots[slot].make(self);
        self.memo[slot].set(Some(v));
        v
    }

    /// Puts a value into a slot: what the deployment's data says of another attribute (geo databases).
    pub fn set(&self, slot: usize, value: Val<'a>) {
        self.memo[slot].set(Some(value));
    }

    /// Whether it is an event of that class.
    #[inline]
    #[must_use]
    pub fn is(&self, class: ClassId) -> bool {
        self.classes & (1 << class.0) != 0
    }

    /// The account that it belongs to: the record's own, else what the outside says.
    #[must_use]
    pub fn account(&self) -> Option<&'a str> {
        self.owner().0
    }

    /// Account and region; every hit of an event carries them.
    fn owner(&self) -> (Option<&'a str>, Option<&'a str>) {
        if let Some(owner) = self.owner.get() {
            return owner;
        }
        let text = |op: &'a super::op::Op| op.eval(self, &Type::String).as_str();
        let owner = (text(&self.projection.account), text(&self.projection.region));
        self.owner.set(Some(owner));
        owner
    }

    /// The region that it happened in, likewise.
    #[must_use]
    pub fn region(&self) -> Option<&'a str> {
        self.owner().1
    }

    /// Which record it is: the same for a second delivery, on every machine and in every version. From the source's
    /// own ids, else from the record's bytes. Made when first asked, for only matches need it.
    #[must_use]
    pub fn identity(&self) -> u128 {
        if let Some(identity) = self.identity.get() {
            return identity;
        }
        // A cryptographic hash, so that nobody can craft a record that passes for another's copy.
        let mut hash = Sha256::new();
        hash.update(self.projection.name.as_bytes());
        let parts: smallvec::SmallVec<[Val<'a>; 4]> =
            self.projection.identity.iter().map(|op| op.eval(self, &Type::String)).collect();
        if parts.is_empty() || parts.iter().any(Val::is_absent) {
            hash.update([0]);
            hash.update(self.text.as_bytes());
        } else {
            for part in parts.iter().filter_map(Val::as_str) {
                hash.update([1]);
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        let digest: [u8; 32] = hash.finalize().into();
        let identity = digest[..16].iter().fold(0u128, |acc, b| acc << 8 | u128::from(*b));
        self.identity.set(Some(identity));
        identity
    }

    /// A wire field as parsed JSON, once per event. Scalars are documents too.
    pub(super) fn doc(&self, at: usize, doc: usize) -> Option<&'a Json<'a>> {
        if let Some(parsed) = self.docs[doc].get() {
            return parsed;
        }
        let arena = self.arena;
        let parsed = match self.raw[at] {
            Raw::Absent | Raw::Null | Raw::Text("" | "-") => None,
            Raw::Json(text) => Json::parse(text, arena),
            Raw::Bool(b) => Some(Json::Bool(b)),
            Raw::Number(n) => Some(Json::Number(n)),
            Raw::Str(s, false) | Raw::Text(s) => Some(Json::Str(s)),
            Raw::Str(s, true) => unescape(s, arena).map(Json::Str),
        };
        let parsed = parsed.map(|j| &*arena.alloc(j));
        self.docs[doc].set(Some(parsed));
        parsed
    }

    /// A shared recipe's value, made once per event.
    pub(super) fn shared(&self, at: usize, make: impl FnOnce(&'a Op) -> Val<'a>) -> Val<'a> {
        let memo = &self.memo[self.projection.slots.len() + at];
        if let Some(v) = memo.get() {
            return v;
        }
        let v = make(&self.projection.shared[at]);
        memo.set(Some(v));
        v
    }
}
