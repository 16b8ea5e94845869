//! What is told of findings while they grow: each at once, updates at most every so often, and which earlier one a
//! finding stands for when an event that comes later moves its beginning.

use std::collections::{HashMap, HashSet};

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

/// Occurrences that are certain though their instant has not come, by who says so.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    said: HashMap<Vec<u8>, Vec<Occurrence>>,
    of: HashMap<Group, HashSet<Vec<u8>>>,
}

impl Ahead {
    /// What `who` says now, in place of what it said before; identities for which that may change something.
    fn replace(&mut self, who: Vec<u8>, new: Vec<Occurrence>, changed: &mut HashSet<Group>) {
        for old in self.said.remove(&who).iter().flatten() {
            let group = Group::of(old);
            if let Some(sayers) = self.of.get_mut(&group) {
                sayers.remove(&who);
                if sayers.is_empty() {
                    self.of.remove(&group);
                }
            }
            changed.insert(group);
        }
        for occurrence in &new {
            let group = Group::of(occurrence);
            self.of.entry(group.clone()).or_default().insert(who.clone());
            changed.insert(group);
        }
        if !new.is_empty() {
            self.said.insert(who, new);
        }
    }

    /// Whether something is said of an identity.
    pub fn has(&self, group: &Group) -> bool {
        self.of.contains_key(group)
    }

    /// Episodes with what is said on top.
    fn on_top(&self, group: &Group, episodes: Option<&Episodes>) -> Option<Episodes> {
        let sayers = self.of.get(group)?;
        let mut all = episodes.cloned().unwrap_or_default();
        let said = sayers.iter().filter_map(|who| self.said.get(who)).flatten();
        said.filter(|o| Group::of(o) == *group).for_each(|o| all.add(o.clone(), group.quiet));
        Some(all)
    }
}

impl Aggregator {
    /// What is to be told now. `early` are occurrences that are certain already though their instant has not come, each
    /// time all that the same one says; they count as long as nothing else is said in their place. Nothing unless it
    /// was made by [`kept`](Self::kept).
    pub fn publish(&mut self, early: Vec<(Vec<u8>, Vec<Occurrence>)>, terms: &Terms<'_>) -> Vec<Publication> {
        let Some(ledger) = &mut self.ledger else { return Vec::new() };
        let mut groups = std::mem::take(&mut ledger.fresh);
        early.into_iter().for_each(|(who, said)| ledger.ahead.replace(who, said, &mut groups));
        let due = |g: &Group| {
            let due = |p: &Published| p.at.0.saturating_add(terms.every) <= terms.watermark.0;
            terms.last || ledger.published.get(g).is_none_or(|p| p.iter().any(due))
        };
        groups.extend(ledger.waiting.iter().filter(|g| due(g)).cloned());
        let mut out = Vec::new();
        for group in groups {
            let known = self.groups.get(&group);
            let ahead = ledger.ahead.on_top(&group, known);
            if let Some(episodes) = ahead.as_ref().or(known) {
                ledger.tell(&group, episodes, terms, &mut out);
            }
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
