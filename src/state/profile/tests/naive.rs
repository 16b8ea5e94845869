//! The law's §5 over the whole list of events, recomputed for every question.

use std::collections::BTreeSet;

use crate::state::{AggregateOp, Ask, ProfileSpec};
use crate::value::bytes::put_value;
use crate::value::{Truth, Value};

/// All events so far.
#[derive(Default)]
pub struct Naive {
    pub events: Vec<Event>,
}

pub struct Event {
    pub t: i64,
    pub account: Vec<u8>,
    pub key: Vec<u8>,
    pub args: Vec<Value>,
}

/// The last run of sightings in order of time, as of `t`: its first instant and length; nothing if it is past.
fn run(times: &[i64], t: i64, remember: i64) -> Option<(i64, usize)> {
    if t - times.last()? > remember {
        return None;
    }
    let from = (1..times.len()).rev().find(|&i| times[i] - times[i - 1] > remember).unwrap_or(0);
    Some((times[from], times.len() - from))
}

/// Whether known, how many hours of the clock have a sighting, how many runs of groups there were within the run.
type Remembered = (Vec<u8>, bool, usize, usize);

fn values(args: &[Value], parts: &[usize]) -> Vec<Vec<u8>> {
    let bytes = |parts: &[&Value]| {
        let mut out = Vec::new();
        parts.iter().for_each(|v| put_value(&mut out, v));
        out
    };
    match parts.iter().map(|&p| &args[p]).collect::<Vec<_>>().as_slice() {
        [Value::List(items)] => items.iter().filter(|v| **v != Value::Null).map(|v| bytes(&[v])).collect(),
        parts if parts.contains(&&Value::Null) => vec![],
        parts => vec![bytes(parts)],
    }
}

impl Naive {
    fn of<'a>(&'a self, account: &'a [u8], key: Option<&'a [u8]>) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |e| e.account == account && key.is_none_or(|k| e.key == k))
    }

    /// First instant of the run of a group or account that is there at `t`, `t` itself included.
    fn first(&self, s: &ProfileSpec, t: i64, account: &[u8], key: Option<&[u8]>) -> Option<i64> {
        let times: Vec<i64> = self.of(account, key).filter(|e| e.t <= t).map(|e| e.t).collect();
        run(&times, t, s.remember).map(|r| r.0)
    }

    /// Every value remembered before `t`.
    fn remembered(&self, s: &ProfileSpec, t: i64, account: &[u8], key: Option<&[u8]>, value: usize) -> Vec<Remembered> {
        let parts = &s.values[value].1;
        let mut sightings: Vec<(Vec<u8>, i64, &[u8])> = Vec::new();
        for e in self.of(account, key).filter(|e| e.t < t) {
            sightings.extend(values(&e.args, parts).into_iter().map(|v| (v, e.t, &*e.key)));
        }
        let all: BTreeSet<Vec<u8>> = sightings.iter().map(|s| s.0.clone()).collect();
        all.into_iter()
            .filter_map(|v| {
                let times: Vec<i64> = sightings.iter().filter(|s| s.0 == v).map(|s| s.1).collect();
                let (start, count) = run(&times, t, s.remember)?;
                let hours: BTreeSet<i64> =
                    times[times.len() - count..].iter().map(|t| t.div_euclid(3_600_000)).collect();
                let keys: BTreeSet<&[u8]> = sightings.iter().map(|s| s.2).collect();
                let runs = keys.iter().map(|key| {
                    let own = |s: &&(Vec<u8>, i64, &[u8])| s.0 == v && s.1 >= start && s.2 == *key;
                    let times: Vec<i64> = sightings.iter().filter(own).map(|s| s.1).collect();
                    times.windows(2).filter(|w| w[1] - w[0] > s.remember).count() + usize::from(!times.is_empty())
                });
                let runs = runs.sum();
                Some((v, start <= t - s.settle, hours.len(), runs))
            })
            .collect()
    }

    fn amount(&self, s: &ProfileSpec, volume: usize, bucket: i64, t: i64, account: &[u8], key: &[u8]) -> Option<f64> {
        let v = &s.volumes[volume];
        let of: Vec<&Event> = self
            .of(account, Some(key))
            .filter(|e| e.t <= t && e.t.div_euclid(v.every) == bucket)
            .filter(|e| v.counts.is_none_or(|c| e.args[c] == Value::Bool(true)))
            .collect();
        let args: Vec<f64> = of
            .iter()
            .filter_map(|e| match v.aggregates[0].arg.map(|a| &e.args[a]) {
                Some(Value::Int(n)) => Some(*n as f64),
                _ => None,
            })
            .collect();
        match v.aggregates[0].op {
            AggregateOp::Count => Some(of.len() as f64),
            AggregateOp::Sum => Some(args.iter().sum()),
            AggregateOp::Max if of.is_empty() => Some(0.0),
            AggregateOp::Max => args.iter().copied().reduce(f64::max),
            AggregateOp::Distinct => Some(args.iter().map(|x| *x as i64).collect::<BTreeSet<_>>().len() as f64),
            _ => panic!("not in these tests"),
        }
    }

    fn usual(&self, s: &ProfileSpec, volume: usize, t: i64, account: &[u8], keys: &[Vec<u8>]) -> Option<(f64, f64)> {
        let v = &s.volumes[volume];
        let now = t.div_euclid(v.every);
        let mut amounts = Vec::new();
        for key in keys {
            if let Some(first) = self.first(s, t, account, Some(key)) {
                for bucket in (now - s.remember / v.every).max(first.div_euclid(v.every))..now {
                    amounts.push(self.amount(s, volume, bucket, t, account, key).unwrap_or(0.0));
                }
            }
        }
        let n = amounts.len() as f64;
        let mean = amounts.iter().sum::<f64>() / n;
        let variance = amounts.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / n;
        (amounts.len() >= 3).then_some((mean, variance.sqrt()))
    }

    /// The answer, and how far a surge's amount is from its bound.
    pub fn ask(
        &self,
        s: &ProfileSpec,
        t: i64,
        account: &[u8],
        key: &[u8],
        ask: &Ask,
        parts: &[Value],
    ) -> (Truth, Option<f64>, f64) {
        let unknown = (Truth::Unknown, None, 1.0);
        let Some(first) = self.first(s, t, account, None) else { return unknown };
        if t - first < s.learn {
            return unknown;
        }
        let own = self.first(s, t, account, Some(key)).is_some_and(|first| t - first >= s.learn);
        let judge = own.then_some(key);
        match ask {
            Ask::New(value, _) => {
                let remembered = self.remembered(s, t, account, judge, *value);
                let known = |v: &Vec<u8>| remembered.iter().any(|r| r.0 == *v && r.1);
                let asked = values(parts, &(0..parts.len()).collect::<Vec<_>>());
                let truth = if asked.is_empty() { Truth::Unknown } else { (!asked.iter().all(known)).into() };
                (truth, None, 1.0)
            }
            Ask::Surge { volume, sigma, floor } => {
                let keys: BTreeSet<Vec<u8>> = self.of(account, judge).map(|e| e.key.clone()).collect();
                let keys: Vec<Vec<u8>> = keys.into_iter().collect();
                let now = t.div_euclid(s.volumes[*volume].every);
                let Some((mean, sd)) = self.usual(s, *volume, t, account, &keys) else { return unknown };
                let Some(amount) = self.amount(s, *volume, now, t, account, key) else { return unknown };
                let bound = mean + sigma * sd.max(1.0);
                ((amount > bound && amount > *floor).into(), None, (amount - bound).abs())
            }
            Ask::Surprise(asked) => {
                let mut at = 0;
                let mut bits = 0.0;
                for (value, terms) in asked {
                    let parts = &parts[at..at + terms.len()];
                    at += terms.len();
                    let each = values(parts, &(0..parts.len()).collect::<Vec<_>>());
                    let most = each.iter().map(|v| self.bits(s, t, account, judge, *value, v));
                    bits += most.fold(0.0, f64::max);
                }
                (Truth::Unknown, Some(bits), 1.0)
            }
        }
    }

    fn bits(&self, s: &ProfileSpec, t: i64, account_key: &[u8], judge: Option<&[u8]>, value: usize, v: &[u8]) -> f64 {
        let share = |remembered: &[Remembered], n: fn(&Remembered) -> usize| {
            let own = remembered.iter().find(|r| r.0 == v && r.1).map(n);
            let all: usize = remembered.iter().map(n).sum();
            let digits = |n: usize| if n < 16 { n } else { n >> (n.ilog2() - 3) << (n.ilog2() - 3) };
            let rare: usize =
                remembered.iter().map(n).filter(|n| own.is_some_and(|own| digits(*n) <= digits(own))).sum();
            let first = remembered.iter().filter(|r| r.1).count().max(1);
            (own.is_some(), (rare + first) as f64 / (all + first) as f64)
        };
        let account = self.remembered(s, t, account_key, None, value);
        let account = (share(&account, |r| r.2).1 * share(&account, |r| r.3).1).sqrt();
        match judge.map(|key| share(&self.remembered(s, t, account_key, Some(key), value), |r| r.2)) {
            None => -account.log2(),
            Some((true, group)) => -group.log2(),
            Some((false, group)) => -(group * account).log2(),
        }
    }
}
