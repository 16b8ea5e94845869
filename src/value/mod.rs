//! Values: the types of the language ([`Type`]), owned constants ([`Value`]), what an event's attribute holds while it
//! is matched ([`Val`], borrowed from the record), and truth in three values ([`Truth`]).

pub mod bytes;
pub mod json;
mod kinds;
mod list_role;
mod owned;
mod raw;
pub mod time;
mod truth;
mod val;

pub use json::Json;
pub use kinds::Type;
pub use list_role::ListRole;
pub use owned::Value;
pub use raw::{Raw, Raws};
pub use time::Time;
pub use truth::Truth;
pub use val::Val;

/// The per-event arena: what a value needs beyond the record itself (unescaped strings, lists) lives here and is
/// dropped at once after the event.
pub type Arena = bumpalo::Bump;
