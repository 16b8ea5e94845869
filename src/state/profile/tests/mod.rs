//! Every sentence of the law's §5, the naive recomputation beside it, bytes, limits.

mod against_naive;
mod law;
mod limits;
mod naive;

use std::sync::Arc;

use super::{Limits, Profile};
use crate::state::{Aggregate, AggregateOp, Answer, Ask, Happening, ProfileSpec, Term, Unusual, Volume};
use crate::value::{Raw, Raws, Time, Truth, Value};

pub(super) const M: i64 = 60_000;
pub(super) const H: i64 = 60 * M;
pub(super) const D: i64 = 24 * H;

/// Learns 14 d, remembers 30 d, settles in 24 h. Values: `operation` of argument 0, `place` of 1 and 2, `images` of 3.
/// Volumes: `calls` by the hour; `bytes`, the sum of 4 where 5, by ten minutes.
pub(super) fn spec() -> ProfileSpec {
    ProfileSpec {
        name: Arc::from("principal"),
        learn: 14 * D,
        remember: 30 * D,
        settle: D,
        values: vec![
            (Arc::from("operation"), vec![0]),
            (Arc::from("place"), vec![1, 2]),
            (Arc::from("images"), vec![3]),
        ],
        volumes: vec![
            volume("calls", AggregateOp::Count, None, None, H),
            volume("bytes", AggregateOp::Sum, Some(4), Some(5), 10 * M),
        ],
    }
}

pub(super) fn volume(name: &str, op: AggregateOp, arg: Option<usize>, counts: Option<usize>, every: i64) -> Volume {
    let aggregate = Aggregate { name: Arc::from(name), op, input: None, arg, enough: None };
    Volume { name: Arc::from(name), aggregates: vec![aggregate], amount: Term::Aggregate(0), counts, every }
}

/// Arguments of an event with this operation.
pub(super) fn args(operation: &str) -> Vec<Value> {
    let mut args = vec![Value::Null; 6];
    args[0] = Value::str(operation);
    args
}

pub(super) const NEW: Ask = Ask::New(0, vec![]);

pub(super) fn surprise(values: &[usize]) -> Ask {
    Ask::Surprise(values.iter().map(|&v| (v, vec![Term::Arg(0); if v == 1 { 2 } else { 1 }])).collect())
}

/// An answer, whichever it is.
#[derive(Debug)]
pub(super) struct Told {
    pub truth: Truth,
    pub bits: Option<f64>,
}

pub(super) fn told(answer: Answer) -> Told {
    match answer {
        Answer::Truth(truth) => Told { truth, bits: None },
        Answer::Bits(bits) => Told { truth: Truth::Unknown, bits },
    }
}

/// A profile with its instants one by one.
pub(super) struct Lived {
    pub profile: Profile,
}

impl Lived {
    pub fn new(spec: ProfileSpec) -> Self {
        Self { profile: Profile::new(Arc::new(spec), Limits::default(), 7) }
    }

    /// So many equal events of the group `a/key` at an instant.
    pub fn times(&mut self, n: usize, t: i64, key: &str, args: &[Value]) {
        let raws: Raws = args.iter().collect();
        let args: Vec<Raw<'_>> = raws.all().collect();
        let events: Vec<_> = (0..n).map(|id| Happening { id: id as u128, inputs: 1, args: &args, kept: &[] }).collect();
        self.profile.begin(Time(t), b"a", key.as_bytes(), &events);
        self.profile.end(Time(t), b"a", key.as_bytes(), &events);
    }

    pub fn event(&mut self, t: i64, key: &str, operation: &str) {
        self.times(1, t, key, &args(operation));
    }

    pub fn ask(&mut self, t: i64, key: &str, ask: &Ask, parts: &[Value]) -> Told {
        let raws: Raws = parts.iter().collect();
        told(self.profile.ask(Time(t), b"a", key.as_bytes(), ask, &raws.all().collect::<Vec<_>>()))
    }

    pub fn unusual(&mut self, t: i64, key: &str, ask: &Ask, parts: &[Value]) -> Vec<Unusual> {
        let raws: Raws = parts.iter().collect();
        self.profile.unusual(Time(t), b"a", key.as_bytes(), ask, &raws.all().collect::<Vec<_>>())
    }

    /// `new(operation)`
    pub fn new_operation(&mut self, t: i64, key: &str, operation: &str) -> Truth {
        self.ask(t, key, &NEW, &[Value::str(operation)]).truth
    }
}
