//! The deployment's own data: threat lists, bound to the lists that rules name, and geo databases ([`geo`]).
//!
//! ```text
//! bytes --> format --> tokens --> guards --> Entries + ListReport
//! Entries of many lists --> ListIndexBuilder --> ListIndex --> Hits (list, entry) per attribute value
//! ```
//!
//! A feed is input that somebody else controls: what cannot be a sound entry is quarantined with line and reason, a
//! file that cannot be a sound list is refused whole. `docs/lists.md` is the manual.

mod entry;
pub mod formats;
pub mod geo;
mod guard;
mod index;
mod read;
mod report;
mod spec;
mod table;

pub use crate::value::ListRole;
pub use entry::{Entries, IpRange, canonical_domain, canonical_hash};
pub use index::{EntryRef, Hit, HitIter, Hits, ListIndex, ListIndexBuilder};
pub use read::{LoadedList, MAX_LIST_BYTES, read_list};
pub use report::{ListError, ListReport, Quarantined, Reason, Refusal, Sample};
pub use spec::{Column, ListSpec, ListType};
pub use table::{MAX_TABLE, Table};

#[cfg(test)]
mod tests;
