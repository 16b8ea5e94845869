//! What is remembered between events: windows, sequences, profiles. Pure: hits in order of time in, matches out; no
//! clock, no I/O. The law is `docs/state.md`.

mod bounds;
pub mod formula;
pub mod machine;
pub mod profile;
pub mod sequence;
pub mod spec;

pub use bounds::finish;
pub use formula::{Answer, Cx, Formula, Term};
pub use machine::Machine;
pub use sequence::Sequence;
pub use spec::{
    Aggregate, AggregateOp, Ask, By, Decides, Fired, Happening, How, ProfileSpec, Question, Spec, Step, Unusual,
    Volume, When, Window,
};
