//! What is told of findings while they grow: each at once, updates at most every so often, and which earlier one a
//! finding stands for when an event that comes later moves its beginning.

use super::aggregate::{Aggregator, Episodes, Group, order};
use super::episode::{Episode, id};
use super::ledger::Ledger;
use super::stored::{Name, Stored, stored};
use super::{Finding, Occurrence};
use crate::value::Time;
use crate::value::bytes::Bytes;

/// Something to be told.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The finding as it is now.
    pub finding: Finding,
    /// How often it was told before.
    pub updated: u32,
    /// Ids of findings told before that this one stands for from now on.
    pub supersedes: Vec<String>,
}

/// When something is told.
pub struct Terms<'a> {
    /// Where the watermark is.
    pub watermark: Time,
    /// An update is told when the watermark is so many milliseconds further than at the last time.
    pub every: i64,
    /// It is the end: whatever is not said yet is said now.
    pub last: bool,
    /// Which findings are told at all.
    pub wanted: &'a dyn Fn(&Finding) -> bool,
}

/// What was told of one episode last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Published {
    first: Time,
    pub(super) last: Time,
    /// Where the watermark was.
    at: Time,
    updates: u32,
    said: Name,
}

stored! { Published { first, last, at, updates, said } }

impl Published {
    /// Whether it was told of this episode, or of a part of it.
    pub fn touches(&self, episode: &Episode) -> bool {
        self.first <= episode.last && self.last >= episode.first
    }
}

impl Aggregator {
    /// What is to be told now. `early` are occurrences that are certain already though their instant has not come; they
    /// count for this time only. Nothing unless it was made by [`kept`](Self::kept).
    pub fn publish(&mut self, early: Vec<Occurrence>, terms: &Terms<'_>) -> Vec<Publication> {
        let Some(ledger) = &mut self.ledger else { return Vec::new() };
        let mut ahead: std::collections::HashMap<Group, Vec<Occurrence>> = std::collections::HashMap::new();
        for occurrence in early {
            ahead.entry(Group::of(&occurrence)).or_default().push(occurrence);
        }
        let mut groups = std::mem::take(&mut ledger.fresh);
        groups.extend(ahead.keys().cloned());
        let due = |g: &Group| {
            let due = |p: &Published| p.at.0.saturating_add(terms.every) <= terms.watermark.0;
            terms.last || ledger.published.get(g).is_none_or(|p| p.iter().any(due))
        };
        groups.extend(ledger.waiting.iter().filter(|g| due(g)).cloned());
        let mut out = Vec::new();
        for group in groups {
            let mut looked_ahead;
            let episodes = match ahead.remove(&group) {
                Some(early) => {
                    looked_ahead = self.groups.get(&group).cloned().unwrap_or_default();
                    early.into_iter().for_each(|o| looked_ahead.add(o, group.quiet));
                    &looked_ahead
                }
                None => match self.groups.get(&group) {
                    Some(episodes) => episodes,
                    None => continue,
                },
            };
            ledger.tell(&group, episodes, terms, &mut out);
        }
        out.sort_by(|a: &Publication, b| order(&a.finding, &b.finding));
        out
    }
}

impl Ledger {
    fn tell(&mut self, group: &Group, episodes: &Episodes, terms: &Terms<'_>, out: &mut Vec<Publication>) {
        let mut published = self.published.remove(group).unwrap_or_default();
        let (before, mut waits) = (published.clone(), false);
        for episode in episodes.0.values() {
            let said = episode.said(&mut self.rules);
            let told = published.iter().find(|p| p.first == episode.first);
            let others = published.iter().any(|p| p.first != episode.first && p.touches(episode));
            let due = |p: &Published| terms.last || p.at.0.saturating_add(terms.every) <= terms.watermark.0;
            match told {
                Some(p) if p.said == said && !others => continue,
                Some(p) if !others && !due(p) => {
                    waits = true;
                    continue;
                }
                _ => {}
            }
            let finding = episode.clone().finish(&group.identity);
            if !(terms.wanted)(&finding) {
                continue;
            }
            let updated = told.map_or(0, |p| p.updates + 1);
            let mut supersedes = Vec::new();
            published.retain(|p| {
                let same = p.first == episode.first;
                if !same && p.touches(episode) {
                    supersedes.push(id(&group.identity, p.first));
                }
                !same && !p.touches(episode)
            });
            let (first, last, at) = (episode.first, episode.last, terms.watermark);
            published.push(Published { first, last, at, updates: updated, said });
            out.push(Publication { finding, updated, supersedes });
        }
        if waits {
            self.waiting.insert(group.clone());
        } else {
            self.waiting.remove(group);
        }
        if published != before {
            self.unsaved(group);
        }
        if !published.is_empty() {
            self.published.insert(group.clone(), published);
        }
    }
}
