//! The name of a finding: `ThreatPurpose:ResourceType/ThreatFamily[.Mechanism][!Artifact]`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A finding type such as `Backdoor:EC2/C&CActivity.B!DNS`. Compared, hashed and printed as its whole text.
#[derive(Debug, Clone)]
pub struct FindingType {
    text: Arc<str>,
    colon: usize,
    slash: usize,
    dot: Option<usize>,
    bang: Option<usize>,
}

/// Why a text is no finding type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingTypeError {
    /// No `:` behind the threat purpose.
    NoColon,
    /// No `/` behind the resource type.
    NoSlash,
    /// A part that is empty.
    Empty(&'static str),
    /// A character that the part may not have: part, character.
    Character(&'static str, char),
    /// Longer than [`FindingType::MAX_LEN`] bytes.
    TooLong,
}

impl fmt::Display for FindingTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColon => f.write_str("a finding type needs a `:` behind its threat purpose"),
            Self::NoSlash => f.write_str("a finding type needs a `/` behind its resource type"),
            Self::Empty(part) => write!(f, "the {part} of the finding type is empty"),
            Self::Character(part, c) => {
                write!(f, "the {part} of a finding type cannot hold `{}`", c.escape_debug())
            }
            Self::TooLong => write!(f, "a finding type has at most {} bytes", FindingType::MAX_LEN),
        }
    }
}

impl std::error::Error for FindingTypeError {}

impl FindingType {
    /// The longest text of a finding type, in bytes: the same as in GuardDuty's model.
    pub const MAX_LEN: usize = 100;

    /// Reads a finding type.
    ///
    /// # Errors
    /// Says which part is missing or holds what it may not.
    pub fn parse(text: &str) -> Result<Self, FindingTypeError> {
        if text.len() > Self::MAX_LEN {
            return Err(FindingTypeError::TooLong);
        }
        let colon = text.find(':').ok_or(FindingTypeError::NoColon)?;
        let slash = colon + text[colon..].find('/').ok_or(FindingTypeError::NoSlash)?;
        let bang = text[slash..].find('!').map(|i| slash + i);
        let end = bang.unwrap_or(text.len());
        let dot = text[slash..end].find('.').map(|i| slash + i);
        let plain = |c: char| c.is_ascii_alphanumeric();
        check("threat purpose", &text[..colon], plain)?;
        check("resource type", &text[colon + 1..slash], plain)?;
        check("threat family", &text[slash + 1..dot.unwrap_or(end)], |c| plain(c) || c == '&')?;
        if let Some(dot) = dot {
            for piece in text[dot + 1..end].split('.') {
                check("mechanism", piece, plain)?;
            }
        }
        if let Some(bang) = bang {
            check("artifact", &text[bang + 1..], plain)?;
        }
        Ok(Self { text: text.into(), colon, slash, dot, bang })
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The threat purpose: `Backdoor`.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The type of the affected resource: `EC2`.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.text[self.colon + 1..self.slash]
    }

    /// The threat family: `C&CActivity`.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.text[self.slash + 1..self.dot.or(self.bang).unwrap_or(self.text.len())]
    }

    /// The detection mechanism behind the first dot, if there is one: `B`.
    #[must_use]
    pub fn mechanism(&self) -> Option<&str> {
        self.dot.map(|dot| &self.text[dot + 1..self.bang.unwrap_or(self.text.len())])
    }

    /// The artifact behind the `!`, if there is one: `DNS`.
    #[must_use]
    pub fn artifact(&self) -> Option<&str> {
        self.bang.map(|bang| &self.text[bang + 1..])
    }
}

fn check(part: &'static str, text: &str, allowed: impl Fn(char) -> bool) -> Result<(), FindingTypeError> {
    match text.chars().find(|&c| !allowed(c)) {
        Some(c) => Err(FindingTypeError::Character(part, c)),
        None if text.is_empty() => Err(FindingTypeError::Empty(part)),
        None => Ok(()),
    }
}

impl FromStr for FindingType {
    type Err = FindingTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for FindingType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl PartialEq for FindingType {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for FindingType {}

impl PartialOrd for FindingType {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FindingType {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for FindingType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Serialize for FindingType {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{FindingType, FindingTypeError};

    #[test]
    fn parts() {
        let t = FindingType::parse("Backdoor:EC2/C&CActivity.B!DNS").expect("valid");
        assert_eq!((t.purpose(), t.resource(), t.family()), ("Backdoor", "EC2", "C&CActivity"));
        assert_eq!((t.mechanism(), t.artifact()), (Some("B"), Some("DNS")));
        let t = FindingType::parse("Trojan:EC2/DropPoint!DNS").expect("valid");
        assert_eq!((t.family(), t.mechanism(), t.artifact()), ("DropPoint", None, Some("DNS")));
        let t = FindingType::parse("Impact:S3/AnomalousBehavior.Write").expect("valid");
        assert_eq!((t.family(), t.mechanism(), t.artifact()), ("AnomalousBehavior", Some("Write"), None));
        assert_eq!(t.to_string(), "Impact:S3/AnomalousBehavior.Write");
    }

    #[test]
    fn what_is_no_type() {
        use FindingTypeError as E;
        for (text, why) in [
            ("", E::NoColon),
            ("Backdoor/EC2", E::NoColon),
            ("Backdoor:EC2", E::NoSlash),
            (":EC2/X", E::Empty("threat purpose")),
            ("A:/X", E::Empty("resource type")),
            ("A:B/", E::Empty("threat family")),
            ("A:B/.C", E::Empty("threat family")),
            ("A:B/X.", E::Empty("mechanism")),
            ("A:B/X..Y", E::Empty("mechanism")),
            ("A:B/X!", E::Empty("artifact")),
            ("A:B/X!Y.Z", E::Character("artifact", '.')),
            ("A:B/X Y", E::Character("threat family", ' ')),
            ("A&:B/X", E::Character("threat purpose", '&')),
            ("A:B/Ü", E::Character("threat family", 'Ü')),
            (&format!("A:B/{}", "x".repeat(200)), E::TooLong),
        ] {
            assert_eq!(FindingType::parse(text).expect_err(text), why, "{text}");
        }
    }

    #[test]
    fn every_type_of_the_catalogue() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/finding-types.tsv");
        let Ok(table) = std::fs::read_to_string(path) else {
            println!("skipped: the catalogue of finding types is absent");
            return;
        };
        let types: Vec<&str> = table.lines().skip(1).filter_map(|l| l.split('\t').next()).collect();
        assert!(types.len() >= 258, "{}", types.len());
        for text in types {
            let t = FindingType::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let mut whole = format!("{}:{}/{}", t.purpose(), t.resource(), t.family());
            whole.extend(t.mechanism().iter().flat_map(|m| [".", m]));
            whole.extend(t.artifact().iter().flat_map(|a| ["!", a]));
            assert_eq!(whole, text);
        }
    }
}
