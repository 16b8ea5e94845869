//! The law of time and state (`docs/state.md`), sentence by sentence, as tiny cases.

mod findings;
mod groups;
mod occurrences;
mod profiles;
mod sequences;
mod ties;
mod windows;
