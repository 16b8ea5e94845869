//! Stage two, *step*: hits in their order in, occurrences out. One instant after another, each stratum by stratum: first
//! profiles count their volumes, then rules step their groups and ask, then profiles learn, then what is due.

mod ask;
mod coverage;
mod early;
mod gather;
mod saved;

use std::collections::{BTreeSet, HashMap};

use super::capture::Instant;
use super::said::{self, Said};
use super::{Engine, Lists, RuleCount};
use crate::finding::{Occurrence, Signal};
use crate::plan::Plan;
use crate::schema::Vocabulary;
use crate::state::profile::{Limits, Profile};
use crate::state::{By, Decides, Fired, Happening, Limit, NEAR, Table, When};
use crate::value::Time;

use gather::{Gathered, Group, Numbers};

pub use early::Whose;
pub use saved::Broken;

/// How much state may grow, and the key of its hashes.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Groups of one rule or profile.
    pub groups: usize,
    /// Key of the hash maps: whoever writes log fields must not know it.
    pub seed: u128,
}

/// A match that is to be said.
struct Match {
    rule: usize,
    key: Box<[u8]>,
    fired: Fired,
    /// What was kept of the event that completes it.
    kept: Vec<u8>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { groups: 1_000_000, seed: 0 }
    }
}

/// Steps state. Hits must come in the order of their bytes.
pub struct Stepper<'p> {
    plan: &'p Plan,
    vocabulary: &'p Vocabulary,
    lists: &'p Lists,
    /// Findings that re-enter.
    engine: Engine<'p>,
    numbers: Numbers,
    tables: Vec<Option<Table>>,
    profiles: Vec<Option<Profile>>,
    /// Rules that decide something by time alone.
    timed: Vec<usize>,
    /// Hits of findings that are not stepped yet.
    waiting: BTreeSet<Box<[u8]>>,
    /// Hits of the instant that is being gathered.
    batch: Vec<u8>,
    ends: Vec<usize>,
    at: Option<Instant>,
    /// Everything before is decided.
    done: Option<Instant>,
    /// The last instant that was gone through.
    now: Time,
    /// What findings that re-entered were.
    signals: HashMap<u128, (Time, Box<[u8]>)>,
    /// How many were left when old ones were forgotten last.
    signals_kept: usize,
    /// What waits for the future is decided up to here, whatever hits come.
    horizon: Time,
    /// Hits that came behind what is decided: the caller's mistake, told, not hidden.
    pub stale: u64,
    /// What each rule did here: exceptions, shadow.
    pub counts: Vec<RuleCount>,
}

impl<'p> Stepper<'p> {
    /// Nothing remembered.
    #[must_use]
    pub fn new(plan: &'p Plan, vocabulary: &'p Vocabulary, lists: &'p Lists, settings: Settings) -> Self {
        let seed = settings.seed as u64;
        let table = |r: &crate::plan::Rule| {
            let spec = r.state.as_ref()?;
            let keeps = !matches!(spec.when, When::Profiles { .. }) && !r.disabled;
            keeps.then(|| Table::new(spec, Limit { groups: settings.groups }, seed))
        };
        let tables: Vec<Option<Table>> = plan.rules.iter().map(table).collect();
        let rules = plan.rules.iter().enumerate().map(|(i, r)| ((true, r.id), i));
        let numbers = rules.chain(plan.profiles.iter().enumerate().map(|(i, p)| ((false, p.id), i))).collect();
        let timed = plan
            .rules
            .iter()
            .enumerate()
            .filter(|(_, r)| {
                r.state.as_ref().is_some_and(|s| matches!(s.decides, Decides::AtClose | Decides::AtDeadline))
            })
            .map(|(i, _)| i)
            .collect();
        let profiles = plan
            .profiles
            .iter()
            .map(|p| {
                p.used.then(|| {
                    Profile::new(p.spec.clone(), Limits { groups: settings.groups, ..Limits::default() }, settings.seed)
                })
            })
            .collect();
        Self {
            plan,
            vocabulary,
            lists,
            engine: Engine::new(plan, vocabulary, lists),
            numbers,
            tables,
            profiles,
            timed,
            waiting: BTreeSet::new(),
            batch: Vec::new(),
            ends: Vec::new(),
            at: None,
            done: None,
            now: Time(0),
            signals: HashMap::new(),
            signals_kept: 0,
            horizon: Time(i64::MAX),
            stale: 0,
            counts: vec![RuleCount::default(); plan.rules.len()],
        }
    }

    /// Says up to which instant everything is known, where hits of other sources go on behind it: deadlines and ends of
    /// windows after it stay open.
    pub fn known_until(&mut self, watermark: Time) {
        self.horizon = watermark;
    }

    /// Takes the next hit; what lies before its instant is decided.
    pub fn hit(&mut self, hit: &[u8], found: &mut dyn FnMut(Occurrence)) {
        let Some(at) = Instant::of(hit) else { return };
        if self.done.is_some_and(|done| at < done) {
            self.stale += 1;
            return;
        }
        if self.at != Some(at) {
            self.run(at, at.time, found);
            self.at = Some(at);
        }
        self.batch.extend_from_slice(hit);
        self.ends.push(self.batch.len());
    }

    /// Decides everything up to and with the watermark.
    pub fn advance(&mut self, watermark: Time, found: &mut dyn FnMut(Occurrence)) {
        self.run(Instant { time: watermark.plus(1), stratum: 0 }, watermark.plus(1), found);
    }

    /// The end of a batch: every hit is decided; what waits for the future only up to the watermark.
    pub fn finish(&mut self, watermark: Time, found: &mut dyn FnMut(Occurrence)) {
        self.run(Instant { time: Time(i64::MAX), stratum: u8::MAX }, watermark.plus(1), found);
    }

    /// How many groups wait for a deadline or the end of their window.
    #[must_use]
    pub fn open(&self) -> usize {
        self.timed.iter().filter_map(|&r| self.tables[r].as_ref()).map(Table::waiting).sum()
    }

    /// Everything before `end` that came; what is due before `due`.
    fn run(&mut self, end: Instant, due: Time, found: &mut dyn FnMut(Occurrence)) {
        let due = due.min(self.horizon.plus(1));
        loop {
            let mut next = self.at;
            let earlier = |next: Option<Instant>, other: Instant| Some(next.map_or(other, |n| n.min(other)));
            if let Some(first) = self.waiting.first().and_then(|hit| Instant::of(hit)) {
                next = earlier(next, first);
            }
            for &rule in &self.timed {
                if let Some(time) = self.tables[rule].as_mut().and_then(Table::next_due)
                    && time < due
                {
                    next = earlier(next, Instant { time, stratum: self.plan.rules[rule].stratum });
                }
            }
            match next {
                Some(next) if next < end => self.instant(next, found),
                _ => break,
            }
        }
        self.done = self.done.max(Some(end));
    }

    fn instant(&mut self, now: Instant, found: &mut dyn FnMut(Occurrence)) {
        self.now = now.time;
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        if self.at == Some(now) {
            self.at = None;
            std::mem::swap(&mut bytes, &mut self.batch);
            std::mem::swap(&mut ends, &mut self.ends);
        }
        while self.waiting.first().and_then(|hit| Instant::of(hit)) == Some(now) {
            if let Some(hit) = self.waiting.pop_first() {
                bytes.extend_from_slice(&hit);
                ends.push(bytes.len());
            }
        }
        let mut fired: Vec<Match> = Vec::new();
        if !ends.is_empty() {
            let gathered = Gathered::of(&bytes, &ends, &self.numbers);
            self.stale += gathered.unreadable;
            self.profiles_begin(now.time, &gathered);
            self.step(now, &gathered, &mut fired);
            self.profiles_end(now.time, &gathered);
        }
        for place in 0..self.timed.len() {
            let rule = self.timed[place];
            if self.plan.rules[rule].stratum == now.stratum
                && now.time <= self.horizon
                && let Some(table) = &mut self.tables[rule]
            {
                let mut due = Vec::new();
                table.due(now.time, &mut due);
                for (key, _, f) in due {
                    if let By::Kept { kept, .. } = &f.by {
                        fired.push(Match { rule, kept: kept.clone(), key, fired: f });
                    }
                }
            }
        }
        // Room for the next instant, without another allocation.
        bytes.clear();
        ends.clear();
        if self.batch.is_empty() {
            (self.batch, self.ends) = (bytes, ends);
        }
        for one in fired {
            self.say(one, now.time, found);
        }
    }

    fn step(&mut self, now: Instant, gathered: &Gathered<'_>, fired: &mut Vec<Match>) {
        for of_rule in gathered.rules().chunk_by(|a, b| a.number == b.number) {
            for few in of_rule.chunks(NEAR) {
                if let (Some(table), [_, _, ..]) = (&self.tables[of_rule[0].number], few) {
                    table.warm(few.iter().map(|group| group.key));
                }
                few.iter().for_each(|group| self.step_group(now, gathered, group, fired));
            }
        }
    }

    fn step_group(&mut self, now: Instant, gathered: &Gathered<'_>, group: &Group<'_>, fired: &mut Vec<Match>) {
        let mut out = Vec::new();
        let happenings = gathered.happenings(group);
        if self.plan.rules[group.number].stratum > 0 {
            self.remember(now.time, &happenings);
        }
        match &mut self.tables[group.number] {
            Some(table) => table.step(group.key, now.time, &happenings, &mut out),
            None => self.ask(now.time, group.number, &happenings, &mut out),
        }
        let last = self.plan.rules[group.number].state.as_ref().and_then(|s| s.when.last_input());
        for mut f in out {
            if self.is_open(group.number, &f) {
                continue;
            }
            let kept = match &f.by {
                By::Now(i) => happenings.get(*i).map(|h| of_completing(h, last, &mut f.named)).unwrap_or_default(),
                By::Kept { kept, .. } => kept.clone(),
            };
            fired.push(Match { rule: group.number, key: Box::from(group.key), fired: f, kept });
        }
    }

    /// Whether a match was decided by a later event of its group though it is not known what came until its instant.
    fn is_open(&self, rule: usize, fired: &Fired) -> bool {
        match (&fired.by, &self.plan.rules[rule].state) {
            (By::Kept { time, .. }, Some(spec)) => spec.decided_at(*time) > self.horizon,
            _ => false,
        }
    }

    /// Keeps what findings were that a finding may stand on, as long as one may.
    fn remember(&mut self, now: Time, happenings: &[Happening<'_>]) {
        for happening in happenings {
            let kept = happening.kept.first().map(|(_, kept)| Box::from(*kept));
            self.signals.extend(kept.map(|kept| (happening.id, (now, kept))));
        }
        if self.signals.len() > 2 * self.signals_kept.max(1024) {
            let windows = self.plan.rules.iter().filter(|r| r.stratum > 0).filter_map(|r| r.state.as_ref()?.window);
            let longest = windows.map(|w| w.length).max().unwrap_or(0);
            self.signals.retain(|_, (time, _)| now.0.saturating_sub(time.0) <= longest);
            self.signals_kept = self.signals.len();
        }
    }

    fn signals(&self, behind: &[(Time, u128)]) -> Vec<Signal> {
        let kept = behind.iter().filter_map(|(_, id)| self.signals.get(id));
        kept.filter_map(|(_, kept)| said::signal(self.plan, self.vocabulary, kept)).collect()
    }

    fn say(&mut self, one: Match, now: Time, found: &mut dyn FnMut(Occurrence)) {
        let plan = self.plan;
        let Match { rule, key, fired, kept } = one;
        let of = &plan.rules[rule];
        let behind = fired.behind.clone();
        match said::say(plan, self.vocabulary, self.lists, of, fired, &kept) {
            Said::Excepted => {
                self.counts[rule].excepted += 1;
                // What the dropped occurrence would have named, a later one names.
                if let Some(table) = &mut self.tables[rule] {
                    table.unname(&key, &behind);
                }
            }
            Said::Shadowed => self.counts[rule].shadowed += 1,
            Said::Unreadable => self.stale += 1,
            Said::Occurrence(mut occurrence) => {
                if of.stratum > 0
                    && let Some(story) = &mut occurrence.story
                {
                    story.signals = self.signals(&behind);
                }
                self.engine.publish(rule, *occurrence, &key, now, found);
                let waiting = &mut self.waiting;
                self.engine.hits.drain(|hit| {
                    waiting.insert(Box::from(hit));
                });
            }
        }
    }
}

/// What was kept of the event that completes a match, as the input that the rule speaks of: a sequence's last step, else
/// its first. Where nothing but an event counts, its own attributes stand for all inputs that it is an event of.
fn of_completing(event: &Happening<'_>, last: Option<u8>, named: &mut [(u8, Vec<u8>)]) -> Vec<u8> {
    let of = |input: u8| event.kept.iter().find(|(i, _)| *i == input).map(|(_, kept)| kept.to_vec());
    if let Some(last) = last {
        return of(last).unwrap_or_default();
    }
    for (input, kept) in named {
        if let Some(own) = of(*input) {
            *kept = own;
        }
    }
    event.kept.first().map(|(_, kept)| kept.to_vec()).unwrap_or_default()
}
