//! Surprise: how improbable a value is of a group, in bits.

/// What is counted of one value before the instant of a question.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Judged by the account alone, because the group is too young.
    pub by_account: bool,
    /// Sightings of the value by the group; 0 if it is not known.
    pub own: u64,
    /// Sightings of all values by the group.
    pub all: u64,
    /// How many different values of the group have settled.
    pub different: u64,
    /// Sightings of the value in the account; 0 if it is not known there.
    pub account_own: u64,
    /// Sightings of all values in the account.
    pub account_all: u64,
    /// How many different values the account has.
    pub account_different: u64,
    /// How many runs of groups the value has in the account; 0 if it is not known there.
    pub account_own_runs: u64,
    /// How many runs of groups all values have in the account.
    pub account_all_runs: u64,
}

/// How much the account says against the group's own sightings.
const WEIGHT: f64 = 8.0;

impl Counts {
    /// −log2 of the value's smoothed probability.
    #[must_use]
    pub fn bits(&self) -> f64 {
        let prior =
            (self.account_own as f64 + 0.5) / (self.account_all as f64 + (self.account_different as f64 + 1.0) / 2.0);
        let p = if self.by_account { prior } else { (self.own as f64 + WEIGHT * prior) / (self.all as f64 + WEIGHT) };
        -p.log2()
    }
}
