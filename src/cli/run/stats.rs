//! What was read: counts that add up in any order, so that the summary is the same for any number of threads.

use std::collections::BTreeMap;

use crate::schema::{SourceId, Vocabulary};
use crate::source::Reason;
use crate::value::Time;

/// Counts of one worker, then of the whole run.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Inputs read to the end.
    pub files: u64,
    /// Bytes as they lie on disk.
    pub bytes: u64,
    /// Bytes after unpacking.
    pub plain: u64,
    /// Events by source, in the vocabulary's order.
    pub sources: Vec<SourceStats>,
    /// Records that could not be read, by reason.
    pub unreadable: BTreeMap<Reason, Unreadable>,
    /// Records that are no events by their source's own word (`NODATA`).
    pub skipped: u64,
    /// Events outside of `--since` and `--until`.
    pub outside: u64,
    /// Inputs that hold no log that is known: index, whether the user named the file, what was seen.
    pub unknown: Vec<Unknown>,
    /// Inputs in a format that only a build with another feature reads: index and name.
    pub not_built: Vec<(usize, String)>,
    /// Inputs that failed while being read: index and message.
    pub failures: Vec<(usize, String)>,
}

/// An input in which nothing was recognised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// Its place among the inputs.
    pub input: usize,
    /// Its name.
    pub name: String,
    /// The user named this very file.
    pub named: bool,
    /// What is wrong with its first record.
    pub why: String,
}

/// Events of one source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SourceStats {
    /// How many.
    pub events: u64,
    /// The earliest event time.
    pub first: Time,
    /// The latest event time.
    pub last: Time,
    /// The latest event time, as far as the wall clock lets it count.
    pub latest: Time,
    /// How late its events come at most, where the deployment says so; milliseconds.
    pub lateness: Option<i64>,
    /// Events that came when everything of their time was decided: judged by rules without state only.
    pub late: u64,
}

/// Unreadable records of one reason.
#[derive(Debug, Clone, Default)]
pub struct Unreadable {
    /// How many.
    pub count: u64,
    /// The first, by the order of inputs: index of the input, place and detail in words.
    pub first: Option<(usize, u64, String)>,
}

impl SourceStats {
    #[inline]
    fn add(&mut self, other: SourceStats) {
        if self.events == 0 {
            *self = other;
        } else if other.events > 0 {
            self.events += other.events;
            self.first = self.first.min(other.first);
            self.last = self.last.max(other.last);
            self.latest = self.latest.max(other.latest);
            self.lateness = self.lateness.max(other.lateness);
            self.late += other.late;
        }
    }
}

impl Stats {
    /// Up to which instant the absence of events is known: the latest event of the slowest source. A source that fell
    /// silent more than a day (and its lateness) before the others is not waited for.
    #[must_use]
    pub fn watermark(&self, vocabulary: &Vocabulary) -> Time {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let seen = || self.sources.iter().zip(&vocabulary.sources).filter(|(s, _)| s.events > 0);
        let latest = seen().map(|(s, _)| s.latest).max().unwrap_or(Time(i64::MIN));
        let active = seen().filter(|(s, of)| latest.0.saturating_sub(s.latest.0) <= DAY.saturating_add(of.lateness));
        active.map(|(s, _)| s.latest).min().unwrap_or(latest)
    }

    /// Counts an event. For the watermark its time counts no more than `cap`.
    #[inline]
    pub fn event(&mut self, source: SourceId, time: Time, cap: Time, late: bool) {
        let place = usize::from(source.0);
        if place >= self.sources.len() {
            self.sources.resize(place + 1, SourceStats::default());
        }
        let (latest, late) = (time.min(cap), u64::from(late));
        self.sources[place].add(SourceStats { events: 1, first: time, last: time, latest, lateness: None, late });
    }

    /// Notes how late the events of these inputs come, of every source that was read of.
    pub fn lateness(&mut self, lateness: Option<i64>) {
        for source in self.sources.iter_mut().filter(|s| s.events > 0) {
            source.lateness = source.lateness.max(lateness);
        }
    }

    /// Counts an unreadable record; `words` tells the first one.
    pub fn unreadable(&mut self, reason: Reason, input: usize, place: u64, words: impl FnOnce() -> String) {
        let entry = self.unreadable.entry(reason).or_default();
        entry.count += 1;
        if entry.first.as_ref().is_none_or(|(i, p, _)| (input, place) < (*i, *p)) {
            entry.first = Some((input, place, words()));
        }
    }

    /// How many events were read.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.sources.iter().map(|s| s.events).sum()
    }

    /// How many records were unreadable.
    #[must_use]
    pub fn broken(&self) -> u64 {
        self.unreadable.values().map(|u| u.count).sum()
    }

    /// Takes in another worker's counts.
    pub fn merge(&mut self, other: Stats) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.plain += other.plain;
        self.skipped += other.skipped;
        self.outside += other.outside;
        self.sources.resize(self.sources.len().max(other.sources.len()), SourceStats::default());
        for (mine, theirs) in self.sources.iter_mut().zip(other.sources) {
            mine.add(theirs);
        }
        for (reason, theirs) in other.unreadable {
            let mine = self.unreadable.entry(reason).or_default();
            mine.count += theirs.count;
            let earlier = match (&mine.first, &theirs.first) {
                (Some(a), Some(b)) => (b.0, b.1) < (a.0, a.1),
                (mine, _) => mine.is_none(),
            };
            if earlier {
                mine.first = theirs.first;
            }
        }
        self.unknown.extend(other.unknown);
        self.unknown.sort();
        self.not_built.extend(other.not_built);
        self.not_built.sort();
        self.failures.extend(other.failures);
        self.failures.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_do_not_depend_on_the_split() {
        let of = |numbers: &[i64]| {
            let mut stats = Stats::default();
            for &n in numbers {
                stats.event(SourceId(0), Time(n), Time(i64::MAX), false);
                let input = usize::try_from(n).expect("small");
                stats.unreadable(Reason::BadJson, input, 1, || format!("at {n}"));
            }
            stats
        };
        let whole = of(&[1, 2, 3, 4]);
        let mut halves = of(&[3, 4]);
        halves.merge(of(&[2, 1]));
        assert_eq!(format!("{whole:?}"), format!("{halves:?}"));
        assert_eq!(whole.unreadable[&Reason::BadJson].first.as_ref().map(|f| f.2.as_str()), Some("at 1"));
        assert_eq!((whole.events(), whole.broken()), (4, 4));
    }
}
