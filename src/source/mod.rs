//! The readers: bytes -> events. Only this room knows wire formats.

mod dups;
mod limits;
mod scan;
mod trie;
mod walk;
#[cfg(test)]
mod walk_tests;
