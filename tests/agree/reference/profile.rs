//! Profiles: what is new, surging, surprising (the law, section 5). Every question goes through all sightings again.

use std::sync::Arc;

use outguard::check::Model;
use outguard::check::model::{Expr, ExprKind, Profile, ProfileId, ProfileQuestion};
use outguard::value::{Arena, Val, Value};

use super::aggregate::{aggregate, mean_and_sd};
use super::select::{Group, Member, holds};
use super::{Reader, nothing};
use crate::world::Record;

/// Sightings count by the hour of the clock.
const HOUR: i64 = 3_600_000;

/// The fewest buckets that say what is usual.
const USUAL: usize = 3;

/// An event of a profile, in its group.
struct Sighting<'r> {
    record: &'r Record,
    account: Option<Arc<str>>,
    keys: Vec<Value>,
}

/// All profiles of a rule set over a set of records.
pub struct Profiles<'r> {
    model: &'r Model,
    sightings: Vec<Vec<Sighting<'r>>>,
}

impl<'r> Profiles<'r> {
    /// Every profile's events.
    pub fn new(model: &'r Model, records: &[&'r Record]) -> Self {
        let of = |profile: &Profile| {
            let mine = records.iter().filter(|r| holds(model, &profile.input, 0, r));
            let placed = mine.filter_map(|r| {
                Some(Sighting { record: r, account: r.account.clone(), keys: tuple(model, &profile.group, r)? })
            });
            placed.collect()
        };
        Profiles { model, sightings: model.profiles.iter().map(of).collect() }
    }

    /// The answer to a question about an event: absent where unknown.
    pub fn ask<'a>(&self, id: ProfileId, question: &ProfileQuestion, e: &Record) -> Val<'a> {
        self.answer(id, question, e).unwrap_or(Val::Absent)
    }

    fn answer<'a>(&self, id: ProfileId, question: &ProfileQuestion, e: &Record) -> Option<Val<'a>> {
        let model = self.model;
        let profile = &model.profiles[id.index()];
        if e.kind.class != profile.input.kind.class {
            return None;
        }
        let keys = tuple(model, &profile.group, e)?;
        let so_far = self.sightings[id.index()].iter().filter(|s| s.record.time <= e.time);
        let account: Vec<&Sighting<'_>> = so_far.filter(|s| s.account == e.account).collect();
        let group: Vec<&Sighting<'_>> = account.iter().copied().filter(|s| s.keys == keys).collect();
        let learned = |of: &[&Sighting<'_>]| began(of, profile, e.time).is_some_and(|t| e.time - t >= profile.learn);
        if !learned(&account) {
            return None;
        }
        let by_account = !learned(&group);
        let scope = if by_account { &account } else { &group };
        match question {
            ProfileQuestion::New(value, other) => {
                let exprs = other.as_ref().unwrap_or(&profile.values[*value].1);
                let asked = values(model, exprs, e);
                let known = |v: &Vec<Value>| {
                    let seen = times(model, &profile.values[*value].1, scope, v, e.time);
                    run(&seen, profile, e.time).is_some_and(|run| run[0] <= e.time - profile.settle)
                };
                (!asked.is_empty()).then(|| Val::Bool(!asked.iter().all(known)))
            }
            ProfileQuestion::Surge { volume, sigma, floor } => {
                surge(model, profile, *volume, (*sigma, *floor), scope, &group, e)
            }
            ProfileQuestion::Surprise(asked) => {
                let bits = asked.iter().map(|v| {
                    let exprs = &profile.values[*v].1;
                    let own = (!by_account).then_some(group.as_slice());
                    let of = |v: &Vec<Value>| -as_rare(model, profile, exprs, v, &account, own, e.time).log2();
                    values(model, exprs, e).iter().map(of).fold(0.0, f64::max)
                });
                Some(Val::Float(bits.sum()))
            }
        }
    }
}

/// When the run of a group or account began that is still remembered at `t`, `t` itself included.
fn began(of: &[&Sighting<'_>], profile: &Profile, t: i64) -> Option<i64> {
    let mut times: Vec<i64> = of.iter().map(|s| s.record.time).collect();
    times.sort_unstable();
    run(&times, profile, t).map(|run| run[0])
}

/// The last of the runs that sightings (in order) make, if it is still remembered at `t`.
fn run<'t>(times: &'t [i64], profile: &Profile, t: i64) -> Option<&'t [i64]> {
    if t - times.last()? > profile.remember {
        return None;
    }
    let mut from = times.len() - 1;
    while from > 0 && times[from] - times[from - 1] <= profile.remember {
        from -= 1;
    }
    Some(&times[from..])
}

/// The values of a record: one, a tuple, or each element of a list; none if a part is absent.
fn values(model: &Model, exprs: &[Expr], record: &Record) -> Vec<Vec<Value>> {
    let Some(parts) = tuple(model, exprs, record) else { return Vec::new() };
    match parts.as_slice() {
        [Value::List(items)] => items.iter().map(|v| vec![v.clone()]).collect(),
        _ => vec![parts],
    }
}

/// The values of some expressions of one record; nothing if a part is absent.
fn tuple(model: &Model, exprs: &[Expr], record: &Record) -> Option<Vec<Value>> {
    let arena = Arena::new();
    // The event at hand, whatever the input is called.
    let event = |_: usize| Some(record);
    let ask = nothing;
    let mut reader = Reader::new(model, &arena, &event, &ask);
    exprs.iter().map(|e| reader.value(e).to_value()).collect()
}

/// When a value was seen before `t`, in order.
fn times(model: &Model, exprs: &[Expr], scope: &[&Sighting<'_>], value: &Vec<Value>, t: i64) -> Vec<i64> {
    let before = scope.iter().filter(|s| s.record.time < t);
    let mut times: Vec<i64> = before
        .flat_map(|s| values(model, exprs, s.record).into_iter().filter(|v| v == value).map(|_| s.record.time))
        .collect();
    times.sort_unstable();
    times
}

/// A number rounded down to its first four binary digits.
fn four_digits(n: u32) -> u32 {
    let rest = (u32::BITS - n.leading_zeros()).saturating_sub(4);
    n >> rest << rest
}

/// T(v): by the account alone where there is no group that is old enough.
fn as_rare(
    model: &Model,
    profile: &Profile,
    exprs: &[Expr],
    value: &Vec<Value>,
    account: &[&Sighting<'_>],
    group: Option<&[&Sighting<'_>]>,
    t: i64,
) -> f64 {
    // Whether the value is known; the numbers of each remembered value, and its own if it is known.
    let share = |of: &[&Sighting<'_>], number: &dyn Fn(&Vec<Value>, &[i64]) -> u32| -> (bool, f64) {
        let before = of.iter().filter(|s| s.record.time < t);
        let mut different: Vec<Vec<Value>> = Vec::new();
        for v in before.flat_map(|s| values(model, exprs, s.record)) {
            if !different.contains(&v) {
                different.push(v);
            }
        }
        let mut numbers: Vec<u32> = Vec::new();
        let (mut own, mut settled) = (None, 0);
        for v in &different {
            let seen = times(model, exprs, of, v, t);
            let Some(run) = run(&seen, profile, t) else { continue };
            numbers.push(number(v, run));
            if run[0] <= t - profile.settle {
                settled += 1;
                if v == value {
                    own = Some(number(v, run));
                }
            }
        }
        let all: u32 = numbers.iter().sum();
        let rare = |own: u32| -> u32 { numbers.iter().filter(|n| four_digits(**n) <= four_digits(own)).sum() };
        let d = f64::from(settled.max(1));
        (own.is_some(), (f64::from(own.map_or(0, rare)) + d) / (f64::from(all) + d))
    };
    let hours = |_: &Vec<Value>, run: &[i64]| -> u32 {
        let mut clock: Vec<i64> = run.iter().map(|t| t.div_euclid(HOUR)).collect();
        clock.dedup();
        clock.len() as u32
    };
    // Of each group of the account, its runs of the value that began within the account's.
    let groups = |v: &Vec<Value>, run: &[i64]| -> u32 {
        let mut keys: Vec<&Vec<Value>> = account.iter().map(|s| &s.keys).collect();
        keys.sort_by_key(|k| format!("{k:?}"));
        keys.dedup();
        let of = |keys: &Vec<Value>| {
            let own: Vec<&Sighting<'_>> = account.iter().copied().filter(|s| s.keys == *keys).collect();
            let seen = times(model, exprs, &own, v, t);
            let began = |i: &usize| *i == 0 || seen[*i] - seen[*i - 1] > profile.remember;
            (0..seen.len()).filter(began).filter(|i| seen[*i] >= run[0]).count() as u32
        };
        keys.into_iter().map(of).sum()
    };
    let of_account = || (share(account, &hours).1 * share(account, &groups).1).sqrt();
    match group.map(|g| share(g, &hours)) {
        None => of_account(),
        Some((true, of_group)) => of_group,
        Some((false, of_group)) => of_group * of_account(),
    }
}

/// Whether the amount of the event's bucket, up to and with its own tie, is beyond what is usual.
fn surge<'a>(
    model: &Model,
    profile: &Profile,
    volume: usize,
    (sigma, floor): (f64, f64),
    scope: &[&Sighting<'_>],
    group: &[&Sighting<'_>],
    e: &Record,
) -> Option<Val<'a>> {
    let volume = &profile.volumes[volume];
    let now = e.time.div_euclid(volume.every);
    let amount = |of: &[&Sighting<'_>], bucket: i64| -> Option<f64> {
        let arena = Arena::new();
        let inside = of.iter().filter(|s| s.record.time.div_euclid(volume.every) == bucket && s.record.time <= e.time);
        let members: Vec<Member<'_>> = inside
            .filter(|s| volume.condition.as_ref().is_none_or(|c| of_one(model, c, s.record)))
            .map(|s| Member { record: s.record, group: Group { account: None, keys: Vec::new() }, names: vec![0] })
            .collect();
        if members.is_empty() {
            return Some(0.0);
        }
        let window: Vec<&Member<'_>> = members.iter().collect();
        let ask = |x: &Expr| match &x.kind {
            ExprKind::Aggregate(..) => aggregate(model, x, &window, &arena),
            _ => Val::Absent,
        };
        let none = |_: usize| None;
        match Reader::new(model, &arena, &none, &ask).value(&volume.aggregate) {
            Val::Int(n) => Some(n as f64),
            Val::Float(x) => Some(x),
            _ => None,
        }
    };
    // The buckets of each group in the scope, from that of its first event on.
    let mut groups: Vec<&Vec<Value>> = Vec::new();
    for s in scope {
        if !groups.contains(&&s.keys) {
            groups.push(&s.keys);
        }
    }
    let mut usual = Vec::new();
    for keys in groups {
        let of: Vec<&Sighting<'_>> = scope.iter().copied().filter(|s| s.keys == *keys).collect();
        let Some(first) = began(&of, profile, e.time) else { continue };
        let oldest = first.div_euclid(volume.every).max(now - profile.remember / volume.every);
        usual.extend((oldest..now).map(|bucket| amount(&of, bucket).unwrap_or(0.0)));
    }
    if usual.len() < USUAL {
        return None;
    }
    let (mean, sd) = mean_and_sd(&usual);
    let here = amount(group, now)?;
    Some(Val::Bool(here > mean + sigma * sd.max(1.0) && here > floor))
}

fn of_one(model: &Model, condition: &Expr, record: &Record) -> bool {
    let arena = Arena::new();
    let event = |_: usize| Some(record);
    let ask = nothing;
    Reader::new(model, &arena, &event, &ask).holds(condition)
}
