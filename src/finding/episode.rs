//! One attack while its occurrences come in: every part is a minimum, a maximum, a union or the N smallest.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::bounded::Bounded;
use super::order::{Framed, Ranked};
use super::{
    EventRef, Evidence, Finding, How, ListMatch, MAX_EVENTS, MAX_EVIDENCE, MAX_EVIDENCE_BYTES, MAX_RESOURCES,
    Occurrence, Resource, Severity, Signal, Unusual,
};
use crate::value::{Time, Value};

/// All occurrences of one identity that lie near one another.
#[derive(Debug)]
pub struct Episode {
    pub first: Time,
    pub last: Time,
    /// The duplicate guard: the one part that grows with the number of events (16 bytes and a slot each).
    seen: HashSet<u128>,
    severity: Severity,
    newest: Occurrence,
    resources: Bounded<Resource, MAX_RESOURCES>,
    evidence: BTreeMap<Arc<str>, Bounded<Ranked, MAX_EVIDENCE>>,
    list_matches: Bounded<ListMatch, MAX_EVIDENCE>,
    events: Bounded<EventRef, MAX_EVENTS>,
    /// Names of suppressions: as many as the rules have.
    archived_by: BTreeSet<Arc<str>>,
    signals: Bounded<Signal, MAX_EVIDENCE>,
    /// What was unusual, each as the earliest occurrence says it.
    unusual: BTreeMap<UnusualKey, (Time, u128, Unusual)>,
}

/// Profile, name, kind and value of something unusual.
type UnusualKey = (Arc<str>, Arc<str>, &'static str, Ranked);

impl Episode {
    /// An episode of one occurrence.
    pub fn new(mut occurrence: Occurrence) -> Self {
        let mut episode = Self {
            first: occurrence.first(),
            last: occurrence.time,
            seen: HashSet::new(),
            severity: occurrence.severity,
            resources: Bounded::default(),
            evidence: BTreeMap::new(),
            list_matches: Bounded::default(),
            events: Bounded::default(),
            archived_by: BTreeSet::new(),
            signals: Bounded::default(),
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
        self.seen.insert(o.event);
        self.events.insert(EventRef { time: o.time, id: o.event });
        self.resources.insert(o.resource.clone());
        for (name, value) in o.evidence.drain(..) {
            self.evidence.entry(name).or_default().insert(Ranked(cut(value)));
        }
        o.list_matches.drain(..).for_each(|m| self.list_matches.insert(m));
        self.archived_by.extend(o.archived_by.clone());
        if let Some(story) = &mut o.story {
            for event in story.events.drain(..) {
                self.seen.insert(event.id);
                self.events.insert(event);
            }
            story.signals.drain(..).for_each(|s| self.signals.insert(s));
            for unusual in std::mem::take(&mut story.unusual) {
                self.strange(o.time, o.event, unusual);
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
        if self.seen.len() < other.seen.len() {
            std::mem::swap(&mut self.seen, &mut other.seen);
        }
        self.seen.extend(other.seen);
        self.resources.absorb(other.resources);
        for (name, values) in other.evidence {
            self.evidence.entry(name).or_default().absorb(values);
        }
        self.list_matches.absorb(other.list_matches);
        self.events.absorb(other.events);
        self.archived_by.append(&mut other.archived_by);
        self.signals.absorb(other.signals);
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
            signals: self.signals.finish().0,
            unusual: self.unusual.into_values().map(|(_, _, u)| u).collect(),
            error: story.error,
        }
    }
}

/// The first half of the SHA-256 over identity and first occurrence, in lower-case hex.
fn id(identity: &Framed, first: Time) -> String {
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
    let end = (0..=MAX_EVIDENCE_BYTES).rev().find(|&i| long.is_char_boundary(i)).unwrap_or(0);
    Value::str(format!("{}…", &long[..end]))
}
