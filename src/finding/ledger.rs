//! Findings over time: what changed since it was stored last, as records, and back.
//!
//! A record is a key and bytes. Three kinds, in the order of their keys: what is said of rules, each once (`a`); the
//! episodes of one identity (`b`); the identities of their events, a thousand a piece, which are written once (`c`).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::aggregate::{Aggregator, Episodes, Group};
use super::episode::Episode;
use super::order::Framed;
use super::publish::{Ahead, Published};
use super::stored::{Name, Rules, Stored, name};
use crate::value::Time;
use crate::value::bytes::{Bytes, put_number};

/// Takes a record: its key, and its bytes or none where it goes.
pub type Tell<'a> = &'a mut dyn FnMut(&[u8], Option<&[u8]>);

/// Version of the records.
const VERSION: u8 = 1;

/// What is known besides the episodes, once findings are kept over time.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub rules: Rules,
    /// Changed since [`Aggregator::changes`] was asked.
    unsaved: HashSet<Group>,
    /// Changed since something was published.
    pub fresh: HashSet<Group>,
    /// What was published is not the last word.
    pub waiting: HashSet<Group>,
    /// What was published, by identity.
    pub published: HashMap<Group, Vec<Published>>,
    /// Certain ahead of its instant.
    pub ahead: Ahead,
    logs: HashMap<Group, Logs>,
}

/// The logs of one identity that are stored.
#[derive(Debug, Default)]
struct Logs {
    next: u32,
    /// Serial and number of chunks.
    stored: BTreeMap<u32, u32>,
}

/// What [`Aggregator::restore`] found in the records.
#[derive(Debug, Default)]
pub struct Kept {
    /// Events that chunks must bring, by identity, log and first time.
    missing: HashMap<(Name, u32), (Group, Time, u64, u32)>,
}

impl Ledger {
    /// Notes that an identity changes.
    pub fn touch(&mut self, group: &Group) {
        if !self.fresh.contains(group) {
            self.fresh.insert(group.clone());
        }
        self.unsaved(group);
    }

    /// Notes that what is stored of an identity is not what is known.
    pub fn unsaved(&mut self, group: &Group) {
        if !self.unsaved.contains(group) {
            self.unsaved.insert(group.clone());
        }
    }
}

impl Group {
    fn name(&self) -> Name {
        let mut bytes = self.identity.0.clone();
        bytes.extend_from_slice(&self.quiet.to_be_bytes());
        name(&bytes)
    }
}

fn key(kind: u8, name: Name, log: Option<(u32, u32)>) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(&name);
    if let Some((serial, chunk)) = log {
        key.extend_from_slice(&serial.to_be_bytes());
        key.extend_from_slice(&chunk.to_be_bytes());
    }
    key
}

impl Aggregator {
    /// Nothing yet; what changes will be asked.
    #[must_use]
    pub fn kept() -> Self {
        Self { ledger: Some(Ledger::default()), ..Self::default() }
    }

    /// Tells all records that changed since this was asked last: key, and bytes or none where it goes. Nothing unless
    /// it was made by [`kept`](Self::kept).
    pub fn changes(&mut self, tell: Tell<'_>) {
        let Some(ledger) = &mut self.ledger else { return };
        for group in std::mem::take(&mut ledger.unsaved) {
            let name = group.name();
            let logs = ledger.logs.entry(group.clone()).or_default();
            let mut kept = BTreeMap::new();
            let episodes = self.groups.get_mut(&group);
            for episode in episodes.into_iter().flat_map(|e| e.0.values_mut()) {
                if episode.log(logs.next) {
                    logs.next += 1;
                }
                while let Some((serial, chunk, bytes)) = episode.chunk() {
                    tell(&key(b'c', name, Some((serial, chunk))), Some(&bytes));
                }
                kept.extend(episode.stored_log());
            }
            for (serial, chunks) in std::mem::replace(&mut logs.stored, kept) {
                if !logs.stored.contains_key(&serial) {
                    (0..chunks).for_each(|chunk| tell(&key(b'c', name, Some((serial, chunk))), None));
                }
            }
            let published = ledger.published.get(&group).map(Vec::as_slice).unwrap_or_default();
            let none = Episodes::default();
            let episodes = self.groups.get(&group).unwrap_or(&none);
            if episodes.0.is_empty() && published.is_empty() {
                ledger.logs.remove(&group);
                tell(&key(b'b', name, None), None);
                continue;
            }
            let mut bytes = vec![VERSION];
            group.identity.put(&mut bytes);
            group.quiet.put(&mut bytes);
            logs.next.put(&mut bytes);
            put_number(&mut bytes, published.len() as u64);
            published.iter().for_each(|p| p.put(&mut bytes));
            put_number(&mut bytes, episodes.0.len() as u64);
            episodes.0.values().for_each(|e| e.put(&mut ledger.rules, &mut bytes));
            tell(&key(b'b', name, None), Some(&bytes));
        }
        for (name, bytes) in ledger.rules.fresh() {
            tell(&key(b'a', name, None), Some(&bytes));
        }
    }

    /// Takes back a record that [`changes`](Self::changes) told; records come in the order of their keys.
    ///
    /// # Errors
    /// None if it is no such record.
    #[must_use]
    pub fn restore(&mut self, kept: &mut Kept, record: &[u8], value: &[u8]) -> Option<()> {
        let ledger = self.ledger.as_mut()?;
        let mut key = Bytes::new(record);
        let (kind, name) = (key.byte()?, Name::get(&mut key)?);
        match kind {
            b'a' => ledger.rules.restore(name, value),
            b'b' => self.restore_group(kept, name, value),
            b'c' => {
                let serial = u32::from_be_bytes(key.take(4)?.try_into().ok()?);
                let (group, first, missing, chunks) = kept.missing.get_mut(&(name, serial))?;
                let episode = self.groups.get_mut(group)?.0.get_mut(first)?;
                let before = episode.count();
                episode.restore_chunk(value)?;
                *missing = missing.checked_sub(episode.count() - before)?;
                *chunks = chunks.checked_sub(1)?;
                Some(())
            }
            _ => None,
        }
    }

    fn restore_group(&mut self, kept: &mut Kept, stored: Name, value: &[u8]) -> Option<()> {
        let ledger = self.ledger.as_mut()?;
        let mut bytes = Bytes::new(value);
        if bytes.byte()? != VERSION {
            return None;
        }
        let group = Group { identity: Framed::get(&mut bytes)?, quiet: Stored::get(&mut bytes)? };
        let mut logs = Logs { next: Stored::get(&mut bytes)?, stored: BTreeMap::new() };
        let published: Vec<Published> = Stored::get(&mut bytes)?;
        let mut episodes = Episodes::default();
        for _ in 0..bytes.number()? {
            let (episode, missing) = Episode::get(&ledger.rules, &mut bytes)?;
            let (serial, chunks) = episode.stored_log()?;
            logs.stored.insert(serial, chunks);
            kept.missing.insert((stored, serial), (group.clone(), episode.first, missing, chunks));
            episodes.0.insert(episode.first, episode);
        }
        if !bytes.rest.is_empty() || group.name() != stored || (episodes.0.is_empty() && published.is_empty()) {
            return None;
        }
        if !published.is_empty() {
            ledger.published.insert(group.clone(), published);
        }
        // Whether all was said is found out when something is next told.
        ledger.waiting.insert(group.clone());
        ledger.logs.insert(group.clone(), logs);
        if !episodes.0.is_empty() {
            self.groups.insert(group, episodes);
        }
        Some(())
    }

    /// Whether every event that findings count was among the records.
    #[must_use]
    pub fn is_whole(kept: &Kept) -> bool {
        kept.missing.values().all(|(_, _, missing, chunks)| (*missing, *chunks) == (0, 0))
    }

    /// Forgets episodes that ended `keep` milliseconds and their quiet period before `watermark`, if all was said of
    /// them. What comes so late is a finding of its own.
    pub fn expire(&mut self, watermark: Time, keep: i64) {
        let Some(ledger) = &mut self.ledger else { return };
        let open =
            |ledger: &Ledger, g: &Group| ledger.fresh.contains(g) || ledger.waiting.contains(g) || ledger.ahead.has(g);
        let over = |g: &Group, last: Time| last.0.saturating_add(g.quiet).saturating_add(keep) < watermark.0;
        let mut empty = Vec::new();
        for (group, episodes) in &mut self.groups {
            if open(ledger, group) || !episodes.0.values().any(|e| over(group, e.last)) {
                continue;
            }
            episodes.0.retain(|_, e| !over(group, e.last));
            if let Some(published) = ledger.published.get_mut(group) {
                published.retain(|p| episodes.0.values().any(|e| p.touches(e)));
            }
            ledger.unsaved(group);
            if episodes.0.is_empty() {
                empty.push(group.clone());
            }
        }
        // What was told ahead of its time and did not come to pass.
        for (group, published) in &ledger.published {
            if !self.groups.contains_key(group) && !open(ledger, group) && published.iter().all(|p| over(group, p.last))
            {
                empty.push(group.clone());
            }
        }
        for group in empty {
            self.groups.remove(&group);
            ledger.published.remove(&group);
            ledger.unsaved(&group);
        }
    }
}
