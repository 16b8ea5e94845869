//! How bad a finding is: a number from 0 to 10, and the four words for its bands.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

/// A severity from 0 to 10. Low below 4, Medium below 7, High below 9, Critical from 9.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Severity(f64);

/// The band of a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 1.0 to 3.9 (and what is below 1).
    Low,
    /// 4.0 to 6.9.
    Medium,
    /// 7.0 to 8.9.
    High,
    /// 9.0 to 10.0.
    Critical,
}

impl Severity {
    /// A severity; numbers outside of 0–10 become the nearer bound, what is not a number becomes 0.
    #[must_use]
    pub fn new(value: f64) -> Self {
        // `+ 0.0` makes -0.0 be 0.0, so that equal severities have equal bits.
        if value.is_nan() { Self(0.0) } else { Self(value.clamp(0.0, 10.0) + 0.0) }
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// Its band.
    #[must_use]
    pub fn level(self) -> Level {
        match self.0 {
            x if x < 4.0 => Level::Low,
            x if x < 7.0 => Level::Medium,
            x if x < 9.0 => Level::High,
            _ => Level::Critical,
        }
    }
}

impl Level {
    /// All levels, mildest first.
    pub const ALL: [Level; 4] = [Level::Low, Level::Medium, Level::High, Level::Critical];

    /// The word as rules and options write it: `low`, `medium`, `high`, `critical`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    /// The level of that word, in any case of letters.
    #[must_use]
    pub fn parse(word: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|l| l.word().eq_ignore_ascii_case(word))
    }

    /// The severity that the word stands for: 2, 5, 8, 9.
    #[must_use]
    pub fn severity(self) -> Severity {
        Severity(match self {
            Level::Low => 2.0,
            Level::Medium => 5.0,
            Level::High => 8.0,
            Level::Critical => 9.0,
        })
    }

    /// The least severity of the band: 0, 4, 7, 9. For `--min-severity` and `--fail-on`.
    #[must_use]
    pub fn floor(self) -> Severity {
        Severity(match self {
            Level::Low => 0.0,
            Level::Medium => 4.0,
            Level::High => 7.0,
            Level::Critical => 9.0,
        })
    }
}

impl Eq for Severity {}

impl PartialOrd for Severity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Severity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        level.severity()
    }
}

/// As `High`.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Low => "Low",
            Level::Medium => "Medium",
            Level::High => "High",
            Level::Critical => "Critical",
        })
    }
}

/// As the number, without `.0`.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(self.0)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Severity};

    #[test]
    fn bands() {
        for (number, level) in [
            (-1.0, Level::Low),
            (1.0, Level::Low),
            (3.99, Level::Low),
            (4.0, Level::Medium),
            (6.99, Level::Medium),
            (7.0, Level::High),
            (8.99, Level::High),
            (9.0, Level::Critical),
            (11.0, Level::Critical),
            (f64::NAN, Level::Low),
        ] {
            assert_eq!(Severity::new(number).level(), level, "{number}");
        }
        assert_eq!(Severity::new(-0.0).value().to_bits(), 0.0f64.to_bits());
    }

    #[test]
    fn words_stand_for_numbers_of_their_band() {
        for level in Level::ALL {
            assert_eq!(level.severity().level(), level);
            assert_eq!(level.floor().level(), level);
            assert_eq!(Level::parse(&level.to_string()), Some(level));
        }
        assert_eq!(Level::ALL.map(|l| l.severity().value()), [2.0, 5.0, 8.0, 9.0]);
        assert_eq!(Level::parse("urgent"), None);
    }
}
