//! What a list is for: said by the deployment, heeded when lists are read and matched, told by findings.

use std::fmt;

use serde::Serialize;

/// What a match with a list means. The default is [`ListRole::Plain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ListRole {
    /// Known bad. All guards apply, and a trusted list wins over it.
    Threat,
    /// Known good: what it matches is in no threat list.
    Trusted,
    /// Neither: the rule says what a match means (constants in rules, bastions, own networks).
    #[default]
    Plain,
}

impl ListRole {
    /// The word of the deployment file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ListRole::Threat => "threat",
            ListRole::Trusted => "trusted",
            ListRole::Plain => "plain",
        }
    }

    /// The role that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<ListRole> {
        [ListRole::Threat, ListRole::Trusted, ListRole::Plain].into_iter().find(|r| r.word() == word)
    }
}

impl fmt::Display for ListRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
