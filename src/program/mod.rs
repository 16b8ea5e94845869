//! The one pipeline of rules: `files -> SourceMap -> syntax -> check -> lint -> Program`. Lint, test, plan, run and the
//! rest all begin here, so that a rule means the same to each.

mod pack;

use std::sync::{Arc, OnceLock};

use crate::diag::Diagnostic;
use crate::schema::Vocabulary;

pub use pack::{LANGUAGE_VERSION, Manifest, Pack, PackError, embedded, yaml_help};

/// The largest rule file that is read, in bytes: a hundred times what a person writes by hand.
pub const MAX_RULE_BYTES: usize = 4 << 20;

/// A rule file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// As the user named it; what messages show.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// The pack that it belongs to: an index into the packs it was read with.
    pub pack: Option<usize>,
}

/// How many diagnostics are errors.
#[must_use]
pub fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|d| d.is_error()).count()
}

/// The vocabulary of events that is inside the binary.
#[must_use]
pub fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| Vocabulary::builtin().expect("a test loads the embedded vocabulary"))
}
