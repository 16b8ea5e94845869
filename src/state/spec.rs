//! What the plan tells this room of a rule or profile: windows, aggregates, steps, questions. Plain data; it prints.

use std::sync::Arc;

use super::formula::{Formula, Term};
use crate::value::{Raw, Time, Value};

/// A stateful rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// `within`; none where `when` only asks profiles.
    pub window: Option<Window>,
    /// `when`.
    pub when: When,
    /// When it speaks.
    pub decides: Decides,
    /// How many inputs it has; bit `i` of [`Happening::inputs`] is input `i`.
    pub inputs: usize,
    /// Inputs whose attributes are read by name: of each, the last event behind a match is handed out with it.
    pub read: u32,
}

/// `within D [tumbling]`, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// D.
    pub length: i64,
    /// Cut at multiples of D.
    pub tumbling: bool,
}

/// When a rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decides {
    /// As soon as it is true: no further event can undo it.
    AtOnce,
    /// When the watermark has passed the event that completes it.
    AtWatermark,
    /// When the watermark has passed the end of the (tumbling) window.
    AtClose,
    /// When the watermark has passed the deadline of a trailing absence.
    AtDeadline,
}

/// `when`.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// A condition over aggregates of a window.
    Window {
        /// What is aggregated; the formula refers to them by index.
        aggregates: Vec<Aggregate>,
        /// What must hold.
        formula: Formula,
    },
    /// A sequence.
    Sequence(Vec<Step>),
    /// A condition that asks profiles, of each event by itself.
    Profiles {
        /// What is asked; the formula refers to them by index.
        questions: Vec<Question>,
        /// What must hold.
        formula: Formula,
    },
}

impl When {
    /// The input of a sequence's last step that is no `no`: the event that completes a match is one of it.
    #[must_use]
    pub fn last_input(&self) -> Option<u8> {
        match self {
            When::Sequence(steps) => steps.iter().rev().find(|s| !s.absent).map(|s| s.input),
            _ => None,
        }
    }
}

impl Spec {
    /// The instant that a match is decided about whose last event has this time: that, or a deadline, or the end of a
    /// window.
    #[must_use]
    pub fn decided_at(&self, last: Time) -> Time {
        match (self.decides, &self.when, self.window) {
            (Decides::AtDeadline, When::Sequence(steps), _) => {
                Time(last.0.saturating_add(steps.last().and_then(|s| s.within).unwrap_or(0)))
            }
            (Decides::AtClose, _, Some(window)) => {
                Time(last.0.div_euclid(window.length).saturating_add(1).saturating_mul(window.length))
            }
            _ => last,
        }
    }
}

/// One aggregate.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// As the rule writes it: `distinct(local.port)`.
    pub name: Arc<str>,
    /// Which.
    pub op: AggregateOp,
    /// Over the events of this input only.
    pub input: Option<u8>,
    /// What is aggregated: index into [`Happening::args`].
    pub arg: Option<usize>,
    /// The compiler's bound: more than so many (events, or different values) change nothing.
    pub enough: Option<u32>,
}

/// Which aggregate, with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AggregateOp {
    /// `count`
    Count,
    /// `seen`
    Seen,
    /// `distinct`
    Distinct,
    /// `sum`
    Sum,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `avg`
    Avg,
    /// `jitter`
    Jitter,
    /// `speed`, between points at least so many km apart. Its argument is a location: `[longitude, latitude]`, or an
    /// object with `lat`/`latitude` and `lon`/`long`/`longitude`.
    Speed {
        /// Least distance in km.
        beyond: f64,
    },
}

/// A step of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Which input.
    pub input: u8,
    /// `xN`.
    pub times: u32,
    /// `no`.
    pub absent: bool,
    /// `within D`, milliseconds.
    pub within: Option<i64>,
}

/// A question to a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Which profile: index into the plan's profiles.
    pub profile: usize,
    /// Index of the argument that holds the profile's group of this event: a list of its key parts, null if one is
    /// absent.
    pub group: usize,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked of a profile.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// `new(value)`: which value, and its parts.
    New(usize, Vec<Term>),
    /// `surge(volume)`.
    Surge {
        /// Which volume.
        volume: usize,
        /// Standard deviations.
        sigma: f64,
        /// What the bucket must exceed.
        floor: f64,
    },
    /// `surprise(value, …)`: which values, and their parts.
    Surprise(Vec<(usize, Vec<Term>)>),
}

/// A profile.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileSpec {
    /// Its name.
    pub name: Arc<str>,
    /// `learn`, milliseconds.
    pub learn: i64,
    /// `remember`, milliseconds.
    pub remember: i64,
    /// `settle`, milliseconds.
    pub settle: i64,
    /// Its values: name and the arguments that are its parts (several: a tuple).
    pub values: Vec<(Arc<str>, Vec<usize>)>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
}

/// `volume NAME = … where … every D`.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Its name.
    pub name: Arc<str>,
    /// What is aggregated in a bucket.
    pub aggregates: Vec<Aggregate>,
    /// The amount, of the aggregates.
    pub amount: Term,
    /// The argument that tells whether the event counts (`where`); none: every event does.
    pub counts: Option<usize>,
    /// Milliseconds.
    pub every: i64,
}

/// One event of a group at the instant that is stepped.
#[derive(Debug, Clone)]
pub struct Happening<'a> {
    /// Its identity. Happenings of an instant come in its order, each identity once.
    pub id: u128,
    /// The inputs that it is an event of, a bit each.
    pub inputs: u32,
    /// Values for aggregates and questions; null is absent.
    pub args: &'a [Raw<'a>],
    /// For each of its inputs, in their order, what must be kept to speak of it later; opaque here.
    pub kept: &'a [(u8, &'a [u8])],
}

/// A match.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// The event that completes it.
    pub by: By,
    /// The events behind it that no match of this group has named yet, itself included; in no order.
    pub behind: Vec<(Time, u128)>,
    /// The earliest time of any event behind it.
    pub first: Time,
    /// The aggregates, in their order.
    pub measures: Vec<Value>,
    /// The last event of each input that is [`read`](Spec::read) by name, as it was kept.
    pub named: Vec<(u8, Vec<u8>)>,
    /// For a sequence: of each slot its step, time and event.
    pub slots: Vec<(u8, Time, u128)>,
    /// Relative standard error of an aggregate that is no longer exact.
    pub error: Option<f64>,
    /// What profiles found.
    pub unusual: Vec<Unusual>,
}

/// The event that completes a match.
#[derive(Debug, Clone, PartialEq)]
pub enum By {
    /// One of the happenings of this instant, by index.
    Now(usize),
    /// One before, as it was kept.
    Kept {
        /// Its time.
        time: Time,
        /// Its identity.
        id: u128,
        /// The input that it was kept of.
        input: u8,
        /// What was kept.
        kept: Vec<u8>,
    },
}

/// Something that a profile found unusual.
#[derive(Debug, Clone, PartialEq)]
pub struct Unusual {
    /// The profile's name.
    pub profile: Arc<str>,
    /// The value's or volume's name.
    pub name: Arc<str>,
    /// How.
    pub how: How,
    /// What is usual: values with how often they were seen (most frequent first, at most ten) for a value; mean and
    /// standard deviation for a volume.
    pub usual: Vec<(Value, f64)>,
    /// Judged by the account, because the group is too young.
    pub by_account: bool,
}

/// How something is unusual.
#[derive(Debug, Clone, PartialEq)]
pub enum How {
    /// A value that is not known.
    New(Value),
    /// An amount beyond the usual.
    Surge(f64),
    /// A value's share of the surprise, in bits.
    Surprise(Value, f64),
}
