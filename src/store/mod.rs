//! What is kept on disk: sorted runs of a batch too large for memory, and the state that a run leaves for the next one.

pub mod spill;
