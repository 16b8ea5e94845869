//! One attack while its occurrences come in: every part is a minimum, a maximum, a union or the N smallest.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::bounded::Bounded;
use super::order::{Framed, Ranked};
use super::stored::{Name, Rules, Stored, get_occurrence, name, put_occurrence};
use super::{
    EventRef, Evidence, Finding, FindingType, How, ListMatch, MAX_EVENTS, MAX_EVIDENCE, MAX_EVIDENCE_BYTES,
    MAX_RESOURCES, Occurrence, Resource, Severity, Signal, Signals, Unusual,
};
use crate::value::bytes::{Bytes, put_number};
use crate::value::{Time, Value, head};

/// All occurrences of one identity that lie near one another.
#[derive(Debug, Clone)]
pub struct Episode {
    pub first: Time,
    pub last: Time,
    /// The duplicate guard: the one part that grows with the number of events (16 bytes and a slot each).
    seen: HashSet<u128>,
    /// Which of those are stored where; none: nothing is yet.
    log: Option<Log>,
    severity: Severity,
    newest: Occurrence,
    resources: Bounded<Resource, MAX_RESOURCES>,
    evidence: BTreeMap<Arc<str>, Bounded<Ranked, MAX_EVIDENCE>>,
    list_matches: Bounded<ListMatch, MAX_EVIDENCE>,
    events: Bounded<EventRef, MAX_EVENTS>,
    /// Names of suppressions: as many as the rules have.
    archived_by: BTreeSet<Arc<str>>,
    signals: BTreeMap<SignalKey, Heard>,
    /// What was unusual, each as the earliest occurrence says it.
    unusual: BTreeMap<UnusualKey, (Time, u128, Unusual)>,
}

/// Profile, name, kind and value of something unusual.
type UnusualKey = (Arc<str>, Arc<str>, &'static str, Ranked);

/// Type, resource and principal of a signal.
type SignalKey = (FindingType, Resource, Option<Arc<str>>);

/// Signals of one key, as far as a finding tells of them.
#[derive(Debug, Clone)]
struct Heard {
    newest: Signal,
    first: Time,
    severity: Severity,
    events: Bounded<EventRef, MAX_EVENTS>,
}

super::stored::stored! {
    Heard { newest, first, severity, events }
}

impl Heard {
    fn key(&self) -> SignalKey {
        (self.newest.finding_type.clone(), self.newest.resource.clone(), self.newest.principal.clone())
    }

    fn absorb(&mut self, other: Heard) {
        self.first = self.first.min(other.first);
        self.severity = self.severity.max(other.severity);
        self.events.absorb(other.events);
        if (other.newest.event, &other.newest) > (self.newest.event, &self.newest) {
            self.newest = other.newest;
        }
    }
}

impl From<Signal> for Heard {
    fn from(signal: Signal) -> Self {
        let mut events = Bounded::default();
        events.insert(signal.event);
        Heard { first: signal.event.time, severity: signal.severity, events, newest: signal }
    }
}

impl Episode {
    /// An episode of one occurrence.
    pub fn new(mut occurrence: Occurrence) -> Self {
        let mut episode = Self {
            first: occurrence.first(),
            last: occurrence.time,
            seen: HashSet::new(),
            log: None,
            severity: occurrence.severity,
            resources: Bounded::default(),
            evidence: BTreeMap::new(),
            list_matches: Bounded::default(),
            events: Bounded::default(),
            archived_by: BTreeSet::new(),
            signals: BTreeMap::new(),
            unusual: BTreeMap::new(),
            newest: occurrence.clone(),
        };
        episode.gather(&mut occurrence);
        episode.newest = occurrence;
        episode
    }

    /// Takes in an occurrence.
    pub fn add(&mut self, mut occurrence: Occurrence) {
        self.gather(&mut occurrence);
        if occurrence.newness(&self.newest).is_gt() {
            self.newest = occurrence;
        }
    }

    /// Takes what is summed up over all occurrences; leaves what only the newest tells.
    fn gather(&mut self, o: &mut Occurrence) {
        self.first = self.first.min(o.first());
        self.last = self.last.max(o.time);
        self.severity = self.severity.max(o.severity);
        self.see(EventRef { time: o.time, id: o.event });
        self.resources.insert(o.resource.clone());
        for (name, value) in o.evidence.drain(..) {
            self.evidence.entry(name).or_default().insert(Ranked(cut(value)));
        }
        o.list_matches.drain(..).for_each(|m| self.list_matches.insert(m));
        self.archived_by.extend(o.archived_by.clone());
        if let Some(story) = &mut o.story {
            for event in story.events.drain(..) {
                self.see(event);
            }
            for signal in story.signals.drain(..) {
                self.hear(signal.into());
            }
            for unusual in std::mem::take(&mut story.unusual) {
                self.strange(o.time, o.event, unusual);
            }
        }
    }

    /// Takes in an event behind it.
    fn see(&mut self, event: EventRef) {
        let new = self.seen.insert(event.id);
        if let (true, Some(log)) = (new, &mut self.log) {
            log.tail.push(event.id);
        }
        self.events.insert(event);
    }

    /// Takes in signals of one key; of too many keys, the smallest stay.
    fn hear(&mut self, heard: Heard) {
        let key = heard.key();
        match self.signals.get_mut(&key) {
            Some(known) => known.absorb(heard),
            None => {
                self.signals.insert(key, heard);
                if self.signals.len() > MAX_EVIDENCE {
                    self.signals.pop_last();
                }
            }
        }
    }

    /// Takes in something unusual. What is told first is kept; of too many, the smallest.
    fn strange(&mut self, time: Time, event: u128, unusual: Unusual) {
        let value = match &unusual.how {
            How::New(v) | How::Surprise(v, _) => v.clone(),
            How::Surge(_) => Value::Null,
        };
        let key = (unusual.profile.clone(), unusual.name.clone(), unusual.how.word(), Ranked(value));
        match self.unusual.get_mut(&key) {
            Some(known) if (known.0, known.1) <= (time, event) => {}
            Some(known) => *known = (time, event, unusual),
            None => {
                self.unusual.insert(key, (time, event, unusual));
                if self.unusual.len() > MAX_EVIDENCE {
                    self.unusual.pop_last();
                }
            }
        }
    }

    /// Takes in another episode of the same identity.
    pub fn absorb(&mut self, mut other: Episode) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.severity = self.severity.max(other.severity);
        // The larger set takes the smaller one in; what is stored already stays stored where it can.
        let rank = |e: &Self| (e.log.is_some(), e.seen.len());
        if rank(self) < rank(&other) {
            std::mem::swap(&mut self.seen, &mut other.seen);
            std::mem::swap(&mut self.log, &mut other.log);
        }
        for id in other.seen {
            let new = self.seen.insert(id);
            if let (true, Some(log)) = (new, &mut self.log) {
                log.tail.push(id);
            }
        }
        self.resources.absorb(other.resources);
        for (name, values) in other.evidence {
            self.evidence.entry(name).or_default().absorb(values);
        }
        self.list_matches.absorb(other.list_matches);
        self.events.absorb(other.events);
        self.archived_by.append(&mut other.archived_by);
        other.signals.into_iter().for_each(|(_, heard)| self.hear(heard));
        for (time, event, unusual) in other.unusual.into_values() {
            self.strange(time, event, unusual);
        }
        if other.newest.newness(&self.newest).is_gt() {
            self.newest = other.newest;
        }
    }

    /// The finding.
    pub fn finish(self, identity: &Framed) -> Finding {
        let mut newest = self.newest;
        let story = newest.story.take().map(|s| *s).unwrap_or_default();
        let (resources, resources_truncated) = self.resources.finish();
        let (list_matches, list_matches_truncated) = self.list_matches.finish();
        let evidence = self.evidence.into_iter().map(|(name, values)| {
            let (values, truncated) = values.finish();
            (name, Evidence { values: values.into_iter().map(|v| v.0).collect(), truncated })
        });
        Finding {
            id: id(identity, self.first),
            rule: newest.rule,
            count: self.seen.len() as u64,
            first_seen: self.first,
            last_seen: self.last,
            severity: self.severity,
            title: newest.title,
            source: newest.source,
            class: newest.class,
            account: newest.account,
            region: newest.region,
            resource: newest.resource,
            resources,
            resources_truncated,
            role: newest.role,
            principal: newest.principal,
            attributes: newest.attributes,
            evidence: evidence.collect(),
            list_matches,
            list_matches_truncated,
            events: self.events.finish().0,
            archived_by: self.archived_by.into_iter().collect(),
            dedup: newest.dedup,
            measures: story.measures,
            steps: story.steps,
            signals: self.signals.into_values().map(signals).collect(),
            unusual: self.unusual.into_values().map(|(_, _, u)| u).collect(),
            error: story.error,
        }
    }
}

/// Where the identities of an episode's events are stored: they grow, and are not written anew each time.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Which log of its group.
    pub serial: u32,
    /// How many full chunks there are.
    pub chunks: u32,
    /// What is in none of them yet.
    tail: Vec<u128>,
}

/// How many identities make a chunk.
pub const CHUNK: usize = 1024;

impl Episode {
    /// Gives it a log if it has none; whether it had none.
    pub fn log(&mut self, serial: u32) -> bool {
        let none = self.log.is_none();
        if none {
            let mut tail: Vec<u128> = self.seen.iter().copied().collect();
            tail.sort_unstable();
            self.log = Some(Log { serial, chunks: 0, tail });
        }
        none
    }

    /// The next full chunk: its log, its number, its bytes. What is told here is stored by who asks.
    pub fn chunk(&mut self) -> Option<(u32, u32, Vec<u8>)> {
        let log = self.log.as_mut()?;
        if log.tail.len() < CHUNK {
            return None;
        }
        let rest = log.tail.split_off(CHUNK);
        let full = std::mem::replace(&mut log.tail, rest);
        log.chunks += 1;
        Some((log.serial, log.chunks - 1, full.iter().flat_map(|id| id.to_be_bytes()).collect()))
    }

    /// Its log and how many chunks that has.
    pub fn stored_log(&self) -> Option<(u32, u32)> {
        self.log.as_ref().map(|l| (l.serial, l.chunks))
    }

    /// How many different events are behind it.
    pub fn count(&self) -> u64 {
        self.seen.len() as u64
    }

    /// A name for what its finding would say.
    pub fn said(&self, rules: &mut Rules) -> Name {
        let mut bytes = Vec::with_capacity(1024);
        self.seen.len().to_be_bytes().iter().for_each(|b| bytes.push(*b));
        self.put_summary(rules, &mut bytes);
        name(&bytes)
    }

    fn put_summary(&self, rules: &mut Rules, out: &mut Vec<u8>) {
        self.first.put(out);
        self.last.put(out);
        self.severity.put(out);
        put_occurrence(&self.newest, rules, out);
        self.resources.put(out);
        self.evidence.put(out);
        self.list_matches.put(out);
        self.events.put(out);
        self.archived_by.put(out);
        put_number(out, self.signals.len() as u64);
        self.signals.values().for_each(|heard| heard.put(out));
        put_number(out, self.unusual.len() as u64);
        for (time, event, unusual) in self.unusual.values() {
            time.put(out);
            event.put(out);
            unusual.put(out);
        }
    }

    /// Appends it, without the full chunks of its log, which it must have.
    pub fn put(&self, rules: &mut Rules, out: &mut Vec<u8>) {
        let none = Log::default();
        let log = self.log.as_ref().unwrap_or(&none);
        log.serial.put(out);
        log.chunks.put(out);
        log.tail.put(out);
        put_number(out, self.seen.len() as u64);
        self.put_summary(rules, out);
    }

    /// Reads it; how many events the chunks of its log must add.
    pub fn get(rules: &Rules, bytes: &mut Bytes<'_>) -> Option<(Self, u64)> {
        let log = Log { serial: Stored::get(bytes)?, chunks: Stored::get(bytes)?, tail: Stored::get(bytes)? };
        let events = bytes.number()?;
        let seen: HashSet<u128> = log.tail.iter().copied().collect();
        let missing = events.checked_sub(seen.len() as u64)?;
        let mut episode = Self {
            first: Stored::get(bytes)?,
            last: Stored::get(bytes)?,
            seen,
            log: Some(log),
            severity: Stored::get(bytes)?,
            newest: get_occurrence(rules, bytes)?,
            resources: Stored::get(bytes)?,
            evidence: Stored::get(bytes)?,
            list_matches: Stored::get(bytes)?,
            events: Stored::get(bytes)?,
            archived_by: Stored::get(bytes)?,
            signals: BTreeMap::new(),
            unusual: BTreeMap::new(),
        };
        for _ in 0..bytes.number()? {
            episode.hear(Stored::get(bytes)?);
        }
        for _ in 0..bytes.number()? {
            episode.strange(Stored::get(bytes)?, Stored::get(bytes)?, Stored::get(bytes)?);
        }
        Some((episode, missing))
    }

    /// Takes back a chunk of its log.
    pub fn restore_chunk(&mut self, ids: &[u8]) -> Option<()> {
        let (ids, rest) = ids.as_chunks::<16>();
        self.seen.extend(ids.iter().map(|id| u128::from_be_bytes(*id)));
        rest.is_empty().then_some(())
    }
}

/// The first half of the SHA-256 over identity and first occurrence, in lower-case hex.
pub fn id(identity: &Framed, first: Time) -> String {
    let mut bytes = Framed::new();
    bytes.text("outguard finding 1");
    bytes.0.extend_from_slice(&identity.0);
    bytes.int(first.0);
    Sha256::digest(&bytes.0)[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// A value small enough to be kept many times over: long text is cut at a character and marked, a long document
/// becomes its text and is cut likewise.
fn cut(value: Value) -> Value {
    let long = match &value {
        Value::Str(s) if s.len() > MAX_EVIDENCE_BYTES => s.to_string(),
        Value::List(_) | Value::Object(_) => {
            let text = value.to_string();
            if text.len() <= MAX_EVIDENCE_BYTES {
                return value;
            }
            text
        }
        _ => return value,
    };
    Value::str(format!("{}…", head(&long, MAX_EVIDENCE_BYTES)))
}

fn signals(heard: Heard) -> Signals {
    let count = u64::try_from(heard.events.finish().0.len()).unwrap_or(u64::MAX);
    Signals { newest: heard.newest, count, first: heard.first, severity: heard.severity }
}
