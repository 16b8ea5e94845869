//! How far time has come: the watermark over all sources, which never goes back.

use super::super::stats::Stats;
use crate::schema::Vocabulary;
use crate::store::Meta;
use crate::value::Time;

/// A source that fell silent so long (and its lateness) before the others is not waited for.
const ACTIVE: i64 = 24 * 60 * 60 * 1000;

/// The latest event of a source, and how late its events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    latest: Option<Time>,
    lateness: i64,
    late: u64,
}

/// Sources, in the vocabulary's order.
#[derive(Debug)]
pub struct Times {
    sources: Vec<Source>,
    /// Everything up to here is decided.
    pub watermark: Option<Time>,
}

impl Times {
    /// As they were stored.
    pub fn restore(meta: &Meta, vocabulary: &Vocabulary) -> Self {
        let find = |list: &[(String, i64)], name: &str| list.iter().find(|(n, _)| n == name).map(|(_, t)| *t);
        let sources = vocabulary
            .sources
            .iter()
            .map(|s| Source {
                latest: find(&meta.latest, &s.name).map(Time),
                lateness: find(&meta.lateness, &s.name).unwrap_or(s.lateness),
                late: meta.late.iter().find(|(n, _)| **n == *s.name).map_or(0, |(_, n)| *n),
            })
            .collect();
        Self { sources, watermark: meta.watermark.map(Time) }
    }

    /// Stores them.
    pub fn save(&self, meta: &mut Meta, vocabulary: &Vocabulary) {
        let all = || self.sources.iter().zip(&vocabulary.sources);
        meta.latest = all().filter_map(|(s, of)| Some((of.name.to_string(), s.latest?.0))).collect();
        meta.lateness = all()
            .filter(|(s, of)| s.lateness != of.lateness)
            .map(|(s, of)| (of.name.to_string(), s.lateness))
            .collect();
        meta.late = all().filter(|(s, _)| s.late > 0).map(|(s, of)| (of.name.to_string(), s.late)).collect();
        meta.watermark = self.watermark.map(|t| t.0);
    }

    /// Which sources were read of.
    pub fn known(&self) -> Vec<bool> {
        self.sources.iter().map(|s| s.latest.is_some()).collect()
    }

    /// Takes in what was read.
    pub fn note(&mut self, stats: &Stats) {
        for (mine, read) in self.sources.iter_mut().zip(&stats.sources).filter(|(_, read)| read.events > 0) {
            mine.latest = mine.latest.max(Some(read.latest));
            mine.lateness = read.lateness.unwrap_or(mine.lateness);
            mine.late += read.late;
        }
    }

    /// Moves the watermark as far as the sources allow: the least of latest time minus lateness over active ones.
    pub fn advance(&mut self) -> Option<Time> {
        let seen = || self.sources.iter().filter_map(|s| Some((s.latest?, s.lateness)));
        let newest = seen().map(|(latest, _)| latest).max()?;
        let active =
            seen().filter(|(latest, lateness)| newest.0.saturating_sub(latest.0) <= ACTIVE.saturating_add(*lateness));
        let known = active.map(|(latest, lateness)| latest.plus(-lateness)).min();
        self.watermark = self.watermark.max(known);
        self.watermark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn times(sources: &[(Option<i64>, i64)]) -> Times {
        let source =
            |(latest, lateness): &(Option<i64>, i64)| Source { latest: latest.map(Time), lateness: *lateness, late: 0 };
        Times { sources: sources.iter().map(source).collect(), watermark: None }
    }

    #[test]
    fn the_slowest_active_source_counts() {
        assert_eq!(times(&[(None, 5), (None, 7)]).advance(), None);
        assert_eq!(times(&[(Some(100), 5), (None, 7)]).advance(), Some(Time(95)));
        assert_eq!(times(&[(Some(100), 5), (Some(90), 7)]).advance(), Some(Time(83)));
        assert_eq!(times(&[(Some(25 * HOUR), 0), (Some(HOUR), 0)]).advance(), Some(Time(HOUR)));
        assert_eq!(times(&[(Some(25 * HOUR + 1), 0), (Some(HOUR), 0)]).advance(), Some(Time(25 * HOUR + 1)));
        assert_eq!(times(&[(Some(26 * HOUR), 0), (Some(HOUR), HOUR)]).advance(), Some(Time(0)));
    }

    #[test]
    fn it_never_goes_back() {
        let mut t = times(&[(Some(100), 0), (None, 50)]);
        assert_eq!(t.advance(), Some(Time(100)));
        t.sources[1].latest = Some(Time(120));
        assert_eq!(t.advance(), Some(Time(100)));
        t.sources[1].latest = Some(Time(160));
        assert_eq!(t.advance(), Some(Time(100)));
        t.sources[0].latest = Some(Time(160));
        assert_eq!(t.advance(), Some(Time(110)));
    }
}
