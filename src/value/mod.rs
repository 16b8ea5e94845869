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

/// The beginning of a text, of at most so many bytes, between two characters.
#[must_use]
pub fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

/// The per-event arena: what a value needs beyond the record itself (unescaped strings, lists) lives here and is
/// dropped at once after the event.
pub type Arena = bumpalo::Bump;
