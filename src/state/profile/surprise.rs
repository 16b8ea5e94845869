//! Surprise: how rare a value is for a group, in bits. `docs/surprise.md` says why so.

/// What is counted of one value before the instant of a question: hours of the clock with a sighting, or groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Of the value; 0 if it is not known.
    pub own: u64,
    /// Of all values that are as rare (not above it, by the first four binary digits); 0 if it is not known.
    pub rare: u64,
    /// Of all values.
    pub all: u64,
    /// How many different values have settled.
    pub different: u64,
}

/// What a group and its account say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surprise {
    /// The group by hours, unless it is too young.
    pub group: Option<Counts>,
    /// The account by hours.
    pub hours: Counts,
    /// The account by groups that have the value: by their runs of it.
    pub groups: Counts,
}

impl Counts {
    /// The share of what is as rare; one for each different value stands for what comes for the first time (Witten and
    /// Bell).
    fn share(&self) -> f64 {
        let first = self.different.max(1) as f64;
        (self.rare as f64 + first) / (self.all as f64 + first)
    }
}

impl Surprise {
    /// −log2 of how often the group comes with something as rare.
    #[must_use]
    pub fn bits(&self) -> f64 {
        let account = || (self.hours.share() * self.groups.share()).sqrt();
        let share = match &self.group {
            Some(group) if group.own > 0 => group.share(),
            Some(group) => group.share() * account(),
            None => account(),
        };
        // Not −0.
        (1.0 / share).log2()
    }
}
