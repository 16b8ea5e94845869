//! Profiles: what is new, surging, surprising (the law, section 5). Every question goes through all sightings again.

use std::sync::Arc;

use outguard::check::Model;
use outguard::check::model::{Expr, ExprKind, Profile, ProfileId, ProfileQuestion};
use outguard::value::{Arena, Val, Value};

use super::aggregate::{aggregate, mean_and_sd};
use super::select::{Group, Member, holds};
use super::{Reader, nothing};
use crate::world::Record;

/// Weight of the account in a group's probabilities.
const A: f64 = 8.0;

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
        let account: Vec<&Sighting<'_>> =
            self.sightings[id.index()].iter().filter(|s| s.account == e.account).collect();
        let group: Vec<&Sighting<'_>> = account.iter().copied().filter(|s| s.keys == keys).collect();
        let learned = |of: &[&Sighting<'_>]| {
            let first = of.iter().map(|s| s.record.time).min();
            first.is_some_and(|first| e.time - first >= profile.learn)
        };
        if !learned(&account) {
            return None;
        }
        let by_account = !learned(&group);
        let scope = if by_account { &account } else { &group };
        match question {
            ProfileQuestion::New(value, other) => {
                let exprs = other.as_ref().unwrap_or(&profile.values[*value].1);
                let asked = tuple(model, exprs, e)?;
                let seen = times(model, &profile.values[*value].1, scope, &asked, e.time);
                Some(Val::Bool(!is_known(&seen, profile, e.time)))
            }
            ProfileQuestion::Surge { volume, sigma, floor } => {
                surge(model, profile, *volume, (*sigma, *floor), scope, &group, e)
            }
            ProfileQuestion::Surprise(values) => {
                let bits = values.iter().filter_map(|v| {
                    let exprs = &profile.values[*v].1;
                    let asked = tuple(model, exprs, e)?;
                    Some(-probability(model, profile, exprs, &asked, &account, scope, e.time).log2())
                });
                Some(Val::Float(bits.sum()))
            }
        }
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
fn times(model: &Model, exprs: &[Expr], scope: &[&Sighting<'_>], value: &[Value], t: i64) -> Vec<i64> {
    let seen = scope.iter().filter(|s| s.record.time < t && tuple(model, exprs, s.record).as_deref() == Some(value));
    let mut times: Vec<i64> = seen.map(|s| s.record.time).collect();
    times.sort_unstable();
    times
}

/// Whether a value is known at `t` by its sightings before.
fn is_known(seen: &[i64], profile: &Profile, t: i64) -> bool {
    let Some(&last) = seen.last() else { return false };
    let mut began = last;
    for &time in seen.iter().rev() {
        if began - time > profile.remember {
            break;
        }
        began = time;
    }
    began <= t - profile.settle && t - last <= profile.remember
}

fn probability(
    model: &Model,
    profile: &Profile,
    exprs: &[Expr],
    value: &[Value],
    account: &[&Sighting<'_>],
    scope: &[&Sighting<'_>],
    t: i64,
) -> f64 {
    let counts = |of: &[&Sighting<'_>]| {
        let before = of.iter().filter(|s| s.record.time < t);
        let values: Vec<Vec<Value>> = before.filter_map(|s| tuple(model, exprs, s.record)).collect();
        let seen = times(model, exprs, of, value, t);
        let of_value = if is_known(&seen, profile, t) { seen.len() } else { 0 };
        let mut different: Vec<&Vec<Value>> = Vec::new();
        for v in &values {
            if !different.contains(&v) {
                different.push(v);
            }
        }
        (of_value as f64, values.len() as f64, different.len() as f64)
    };
    let (n_a_v, n_a, d_a) = counts(account);
    let of_account = (n_a_v + 0.5) / (n_a + (d_a + 1.0) / 2.0);
    let (n_g_v, n_g, _) = counts(scope);
    (n_g_v + A * of_account) / (n_g + A)
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
    let amount = |of: &[&Sighting<'_>], bucket: i64| -> f64 {
        let arena = Arena::new();
        let inside = of.iter().filter(|s| s.record.time.div_euclid(volume.every) == bucket && s.record.time <= e.time);
        let members: Vec<Member<'_>> = inside
            .filter(|s| volume.condition.as_ref().is_none_or(|c| of_one(model, c, s.record)))
            .map(|s| Member { record: s.record, group: Group { account: None, keys: Vec::new() }, names: vec![0] })
            .collect();
        let window: Vec<&Member<'_>> = members.iter().collect();
        let ask = |x: &Expr| match &x.kind {
            ExprKind::Aggregate(..) => aggregate(model, x, &window, &arena),
            _ => Val::Absent,
        };
        let none = |_: usize| None;
        match Reader::new(model, &arena, &none, &ask).value(&volume.aggregate) {
            Val::Int(n) => n as f64,
            Val::Float(x) => x,
            _ => 0.0,
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
        let first = of.iter().map(|s| s.record.time.div_euclid(volume.every)).min().expect("a sighting");
        let oldest = first.max(now - profile.remember / volume.every);
        usual.extend((oldest..now).map(|bucket| amount(&of, bucket)));
    }
    if usual.len() < USUAL {
        return None;
    }
    let (mean, sd) = mean_and_sd(&usual);
    let here = amount(group, now);
    Some(Val::Bool(here > mean + sigma * sd.max(1.0) && here > floor))
}

fn of_one(model: &Model, condition: &Expr, record: &Record) -> bool {
    let arena = Arena::new();
    let event = |_: usize| Some(record);
    let ask = nothing;
    Reader::new(model, &arena, &event, &ask).holds(condition)
}
