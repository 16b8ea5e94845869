//! One record, seen through a projection: attributes are made of wire fields when a rule first asks, and kept.

use std::cell::Cell;
use std::sync::Arc;

use super::{Projection, SourceId};
use crate::value::{Arena, Time, Val};

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
    /// Whose record it is.
    pub source: SourceId,
    /// The classes that it is an event of: bit `n` for `ClassId(n)`.
    pub classes: u32,
    /// Event time.
    pub time: Time,
    /// Which record it is: the same for a second delivery.
    pub identity: u128,
    /// What the outside says.
    pub context: &'a Context,
    /// The record's own text.
    pub text: &'a str,
    /// Wire fields, one per path of the projection.
    pub raw: &'a [Raw<'a>],
    /// Attributes already made, one per slot of the projection.
    pub memo: &'a [Cell<Option<Val<'a>>>],
    /// Where made values live.
    pub arena: &'a Arena,
}

impl<'a> Event<'a> {
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
}
