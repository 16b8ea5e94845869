//! Occurrences -> findings: one identity's occurrences fall into episodes, an episode is a finding.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::episode::Episode;
use super::ledger::Ledger;
use super::order::Framed;
use super::{Finding, Occurrence};
use crate::value::Time;

/// Gathers occurrences into findings. Any order of [`add`](Self::add), any split among aggregators and any order of
/// [`merge`](Self::merge) gives the same findings, byte for byte.
///
/// Memory: bounded per episode (see the constants of this module) but for the duplicate guard, which holds the 16-byte
/// identity of each event behind the episode.
#[derive(Debug, Default)]
pub struct Aggregator {
    /// The keyed hash of the standard library, because who writes log fields chooses the keys.
    pub(super) groups: HashMap<Group, Episodes>,
    pub(super) added: u64,
    /// What changed since it was last told, where somebody keeps findings over time.
    pub(super) ledger: Option<Ledger>,
}

/// What occurrences must share to be one finding, and how near they must lie.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub identity: Framed,
    pub quiet: i64,
}

/// The episodes of one identity, by their first time. Any two lie further apart than the group's `quiet`.
#[derive(Debug, Default, Clone)]
pub(super) struct Episodes(pub BTreeMap<Time, Episode>);

impl Aggregator {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one occurrence.
    pub fn add(&mut self, occurrence: Occurrence) {
        self.added += 1;
        let group = Group::of(&occurrence);
        let quiet = group.quiet;
        if let Some(ledger) = &mut self.ledger {
            ledger.touch(&group);
        }
        self.groups.entry(group).or_default().add(occurrence, quiet);
    }

    /// Takes in all that another aggregator has gathered.
    pub fn merge(&mut self, other: Aggregator) {
        self.added += other.added;
        for (group, episodes) in other.groups {
            let quiet = group.quiet;
            if let Some(ledger) = &mut self.ledger {
                ledger.touch(&group);
            }
            let mine = self.groups.entry(group).or_default();
            episodes.0.into_values().for_each(|episode| mine.insert(episode, quiet));
        }
    }

    /// How many occurrences were added; what the findings' counts lack of it were second deliveries of an event.
    #[must_use]
    pub fn added(&self) -> u64 {
        self.added
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How many findings there are so far. More occurrences can join two into one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.values().map(|e| e.0.len()).sum()
    }

    /// The findings, by first time, then type, then id.
    #[must_use]
    pub fn finish(self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .groups
            .into_iter()
            .flat_map(|(group, episodes)| episodes.0.into_values().map(move |e| e.finish(&group.identity)))
            .collect();
        findings.sort_by(order);
        findings
    }
}

/// The order in which findings are told: by first time, then type, then id.
pub(super) fn order(a: &Finding, b: &Finding) -> Ordering {
    let key = |f: &Finding| (f.first_seen, f.rule.finding_type.clone());
    key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
}

impl Group {
    /// Where an occurrence belongs.
    pub fn of(occurrence: &Occurrence) -> Self {
        Self { identity: identity(occurrence), quiet: occurrence.quiet.max(0) }
    }
}

impl Episodes {
    pub fn add(&mut self, occurrence: Occurrence, quiet: i64) {
        // Nearly always the occurrence lies within an episode or prolongs one at its end: no new episode is made.
        let (begin, t) = (occurrence.first(), occurrence.time);
        if let Some((&first, episode)) = self.0.range_mut(..=begin).next_back()
            && (episode.last >= begin || near(episode.last, begin, quiet))
        {
            let prolongs = episode.last < t;
            episode.add(occurrence);
            if prolongs {
                self.join_next(first, quiet);
            }
            return;
        }
        self.insert(Episode::new(occurrence), quiet);
    }

    /// Joins the episode that begins at `first` with the ones behind it that it now reaches.
    fn join_next(&mut self, first: Time, quiet: i64) {
        let reaches = |episodes: &BTreeMap<Time, Episode>| {
            let end = episodes.get(&first)?.last;
            let next = *episodes.range(first.plus(1)..).next()?.0;
            near(end, next, quiet).then_some(next)
        };
        while let Some(next) = reaches(&self.0) {
            if let (Some(later), Some(episode)) = (self.0.remove(&next), self.0.get_mut(&first)) {
                episode.absorb(later);
            }
        }
    }

    /// Puts an episode in and joins it with all that it reaches.
    fn insert(&mut self, mut episode: Episode, quiet: i64) {
        let end = episode.last.plus(quiet);
        while let Some((&first, other)) = self.0.range(..=end).next_back()
            && (other.last >= episode.first || near(other.last, episode.first, quiet))
        {
            if let Some(other) = self.0.remove(&first) {
                episode.absorb(other);
            }
        }
        self.0.insert(episode.first, episode);
    }
}

/// Whether `later` follows `earlier` within `quiet`.
fn near(earlier: Time, later: Time, quiet: i64) -> bool {
    later.0.saturating_sub(earlier.0) <= quiet
}

/// The bytes of an identity: type, account, region, resource or `dedup` key; archived ones apart from published ones.
fn identity(o: &Occurrence) -> Framed {
    let mut bytes = Framed::new();
    bytes.text(o.rule.finding_type.as_str());
    bytes.maybe(o.account.as_deref());
    bytes.maybe(o.region.as_deref());
    if o.dedup.is_empty() {
        bytes.text(&o.resource.kind);
        bytes.maybe(o.resource.uid.as_deref());
    } else {
        bytes.int(i64::try_from(o.dedup.len()).unwrap_or(i64::MAX));
        o.dedup.iter().for_each(|part| bytes.value(part.as_ref()));
    }
    if o.archived_by.is_some() {
        bytes.text("archived");
    }
    bytes
}

#[cfg(test)]
#[path = "aggregate_tests.rs"]
pub(super) mod tests;
