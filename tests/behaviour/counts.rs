//! What is counted of values, plainly, in every way that a candidate formula asks for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::world::{DAY, DAYS, HOUR};

/// Half of an hour's weight is gone after so many hours, where hours fade.
const HALF_LIFE: f64 = 14.0 * 24.0;

/// One value of a group or account.
#[derive(Debug, Clone, Copy)]
struct Entry {
    since: i64,
    last: i64,
    sightings: f64,
    hours: f64,
    days: f64,
    /// Faded hours, as of the last one.
    faded: f64,
    /// How many groups of the account have it.
    groups: f64,
}

/// All values of a group or account.
#[derive(Debug, Default)]
pub struct Values {
    entries: BTreeMap<u32, Entry>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Sightings,
    Hours,
    Days,
    Faded,
}

/// What is counted of one value, and of all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Of {
    pub own: f64,
    /// Of all values that are as rare; 0 if it is not known.
    pub rare: f64,
    /// The same, by numbers rounded down to four binary digits.
    pub rare_rounded: f64,
    pub all: f64,
    /// Different values, those that have settled, those that came once.
    pub different: f64,
    pub settled: f64,
    pub once: f64,
    /// Groups of the account that have it, and of all its values.
    pub own_groups: f64,
    pub all_groups: f64,
    /// Of the latter, those of values in as few groups.
    pub rare_groups: f64,
}

const SETTLE: i64 = 24 * HOUR;

impl Values {
    /// So many sightings within one hour; whether it is the first.
    pub fn sight(&mut self, value: u32, t: i64, times: u16) -> bool {
        let fresh = Entry { since: t, last: i64::MIN, sightings: 0.0, hours: 0.0, days: 0.0, faded: 0.0, groups: 0.0 };
        let e = self.entries.entry(value).or_insert(fresh);
        e.sightings += f64::from(times);
        if e.last == i64::MIN || e.last / HOUR != t / HOUR {
            e.faded = faded(e, t) + 1.0;
            e.days += f64::from(u8::from(e.last == i64::MIN || e.last / DAY != t / DAY));
            e.hours += 1.0;
            let first = e.last == i64::MIN;
            e.last = t;
            return first;
        }
        false
    }

    /// Another group has it.
    pub fn group(&mut self, value: u32) {
        self.entries.get_mut(&value).expect("it was sighted").groups += 1.0;
    }

    /// What is counted before an instant.
    pub fn of(&self, value: u32, t: i64, by: By) -> Of {
        let weight = |e: &Entry| match by {
            By::Sightings => e.sightings,
            By::Hours => e.hours,
            By::Days => e.days,
            By::Faded => faded(e, t),
        };
        let own = self.entries.get(&value).filter(|e| t - e.since >= SETTLE);
        let mine = own.map(&weight);
        let mut of = Of { own: mine.unwrap_or(0.0), own_groups: own.map_or(0.0, |e| e.groups), ..Of::default() };
        for e in self.entries.values() {
            let w = weight(e);
            of.all += w;
            of.different += 1.0;
            of.all_groups += e.groups;
            let as_few = own.is_some_and(|o| rounded(e.groups) <= rounded(o.groups));
            of.rare_groups += if as_few { e.groups } else { 0.0 };
            of.settled += f64::from(u8::from(t - e.since >= SETTLE));
            of.once += f64::from(u8::from(e.hours < 1.5));
            if let Some(mine) = mine {
                of.rare += if w <= mine * (1.0 + 1e-9) { w } else { 0.0 };
                of.rare_rounded += if rounded(w) <= rounded(mine) { w } else { 0.0 };
            }
        }
        of
    }
}

/// Rounded down to the first four binary digits.
fn rounded(n: f64) -> u64 {
    let n = n as u64;
    let rest = (u64::BITS - n.leading_zeros()).saturating_sub(4);
    n >> rest << rest
}

fn faded(e: &Entry, t: i64) -> f64 {
    static LEFT: LazyLock<Vec<f64>> =
        LazyLock::new(|| (0..24 * DAYS).map(|age| 0.5f64.powf(age as f64 / HALF_LIFE)).collect());
    if e.last == i64::MIN { 0.0 } else { e.faded * LEFT[((t - e.last) / HOUR) as usize] }
}
