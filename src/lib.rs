//! Outguard: findings as data.
//!
//! ```text
//!  grammar/*.pest           ops, schema (vocabulary)           lists
//!       |                      |          \                      |
//!  text --> syntax --> Ast --> check --> Model --> plan --> Plan |
//!               \         lint --^                       |       v
//!                +---- Diagnostics --> cli/render      engine <- intel
//!  bytes --> source --> Event --> match --> Hit --> findings --> sink --> bytes
//! ```
//!
//! `docs/architecture.md` holds the table of which room may import which; a test keeps it.

pub mod catalogue;
pub mod check;
pub mod cli;
pub mod coverage;
pub mod diag;
pub mod engine;
pub mod finding;
mod ids;
pub mod intel;
pub mod lint;
pub mod ops;
pub mod plan;
pub mod program;
pub mod schema;
pub mod sink;
pub mod source;
pub mod state;
pub mod store;
pub mod suggest;
pub mod suite;
pub mod syntax;
pub mod text;
pub mod value;
