//! What is remembered between events: windows, sequences, profiles. Pure: hits in order of time in, matches out; no
//! clock, no I/O. The law is `docs/state.md`.

mod bounds;
mod column;
mod fold;
pub mod formula;
mod group;
mod groups;
pub mod machine;
mod overflow;
mod panes;
pub mod profile;
mod ring;
pub mod sequence;
mod sip;
mod slab;
pub mod spec;
mod table;
pub mod window;

pub use bounds::finish;
pub use formula::{Answer, Cx, Formula, Term};
pub use groups::NEAR;
pub use machine::Machine;
pub use overflow::Overflow;
pub use sequence::Sequence;
pub use spec::{
    Aggregate, AggregateOp, Ask, By, Decides, Fired, Happening, How, ProfileSpec, Question, Spec, Step, Unusual,
    Volume, When, Window,
};
pub use table::{Limit, Table};
