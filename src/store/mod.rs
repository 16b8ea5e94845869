//! What is kept on disk: sorted runs of a batch too large for memory, and the state that a run leaves for the next one.
//!
//! ```text
//! DIR/lock         who runs          DIR/state.redb   one transaction a checkpoint:
//!                                       meta, inputs, groups, pending hits, findings, outbox
//! ```

mod error;
pub mod file;
pub mod folder;
pub mod inputs;
pub mod meta;
pub mod outlet;
pub mod spill;
#[cfg(test)]
mod tests;

pub use error::{Cause, StoreError};
pub use file::{Reading, Store, Table, Writing};
pub use inputs::{InputMark, Look, Marks, Next, Progress};
pub use meta::{FORMAT, Meta, Outlet, RuleMark};
