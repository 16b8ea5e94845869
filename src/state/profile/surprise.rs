//! Surprise: how rare a value is for a group, in bits. `docs/surprise.md` says why so.

/// What is counted of one value before the instant of a question, by the hour: several sightings within an hour of the
/// clock count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Hours of the value; 0 if it is not known.
    pub own: u64,
    /// Hours of all values that are as rare (not above it, rounded down to four binary digits); 0 if it is not known.
    pub rare: u64,
    /// Hours of all values.
    pub all: u64,
    /// How many different values have settled.
    pub different: u64,
}

/// What a group and its account say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surprise {
    /// The group, unless it is too young.
    pub group: Option<Counts>,
    /// The account.
    pub account: Counts,
}

impl Counts {
    /// How many hours stand for what comes for the first time: one for each different value (Witten and Bell).
    fn first(&self) -> f64 {
        self.different.max(1) as f64
    }

    /// The share of what is as rare.
    fn share(&self) -> f64 {
        (self.rare as f64 + self.first()) / (self.all as f64 + self.first())
    }
}

impl Surprise {
    /// −log2 of how often the group comes with something as rare.
    #[must_use]
    pub fn bits(&self) -> f64 {
        let share = match &self.group {
            Some(group) if group.own > 0 => group.share(),
            Some(group) => group.share() * self.account.share(),
            None => self.account.share(),
        };
        // Not −0.
        (1.0 / share).log2()
    }
}
