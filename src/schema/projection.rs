//! What a plan reads of one source, laid out: wire paths for the reader, a slot for each attribute.

use super::{AttrId, ClassId, Event, SourceId, WirePath};
use crate::value::json::Step;
use crate::value::{Type, Val};

/// An attribute that something reads: of a class, possibly only a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Need {
    /// The class that the rule sees the event as.
    pub class: ClassId,
    /// The attribute.
    pub attr: AttrId,
    /// Steps into it: a `json` attribute's sub-path, or a part of `list<object>` (`[]`, then a field's name).
    pub steps: Vec<Step>,
}

/// The wire paths and attribute slots of one source under one plan.
#[derive(Debug)]
pub struct Projection {
    /// The source.
    pub source: SourceId,
    /// What the reader must deliver, in the order of `Event::raw`.
    pub paths: Vec<WirePath>,
    /// What rules read, in the order of the needs that the projection was built from.
    pub slots: Vec<Slot>,
}

/// One attribute of one source, ready to be made.
#[derive(Debug)]
pub struct Slot {
    /// What it is.
    pub need: Need,
    /// The type that its value is brought to; what does not fit is absent.
    pub ty: Type,
}

impl Slot {
    /// Makes the value of this attribute for one event.
    #[must_use]
    pub fn make<'a>(&self, event: &Event<'a>) -> Val<'a> {
        let _ = event;
        Val::Absent
    }
}
