//! Seeded, type-directed generators: rule sets as text in the language, and events that such rules may meet, about a
//! third of their values hostile.

pub mod attributes;
pub mod conditions;
pub mod events;
pub mod stateful;
pub mod stateless;
