//! Random events, every answer compared with the naive one; saved and loaded at every step.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::naive::{Event, Naive};
use super::{H, M, spec, surprise, told, volume};
use crate::state::profile::{Limits, Profile};
use crate::state::{AggregateOp, Ask, Happening, ProfileSpec};
use crate::value::{Raw, Raws, Time, Value};

type Events = Vec<Vec<Value>>;

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn args(&mut self) -> Vec<Value> {
        let text = |n: u64| if n == 0 { Value::Null } else { Value::str(format!("v{n}")) };
        vec![
            text(self.below(6)),
            text(self.below(3)),
            Value::Int(self.below(3) as i64),
            match self.below(4) {
                0 => Value::Null,
                1 => text(self.below(4)),
                n => Value::List((0..n).map(|_| text(self.below(5))).collect()),
            },
            if self.below(5) == 0 { Value::Null } else { Value::Int(self.below(50) as i64 - 5) },
            [Value::Bool(true), Value::Bool(true), Value::Bool(false), Value::Null][self.below(4) as usize].clone(),
        ]
    }
}

fn some_spec(random: &mut Random) -> ProfileSpec {
    let mut s = spec();
    s.remember = [3 * H, 6 * H, 10 * H][random.below(3) as usize] + random.below(2) as i64 * 7 * M;
    s.learn = [0, H, 4 * H, 12 * H][random.below(4) as usize];
    s.settle = [0, 30 * M, 2 * H][random.below(3) as usize];
    s.volumes.push(volume("most", AggregateOp::Max, Some(4), None, 20 * M));
    s.volumes.push(volume("kinds", AggregateOp::Distinct, Some(4), Some(5), 45 * M));
    s
}

fn asks(random: &mut Random, s: &ProfileSpec) -> Vec<(Ask, Vec<Value>)> {
    let a = random.args();
    let mut asks = vec![
        (Ask::New(0, vec![]), vec![a[0].clone()]),
        (Ask::New(1, vec![]), vec![a[1].clone(), a[2].clone()]),
        (Ask::New(2, vec![]), vec![a[3].clone()]),
        (surprise(&[0]), vec![a[0].clone()]),
        (surprise(&[2, 1, 0]), vec![a[3].clone(), a[1].clone(), a[2].clone(), a[0].clone()]),
    ];
    for volume in 0..s.volumes.len() {
        asks.push((Ask::Surge { volume, sigma: 0.5 * random.below(6) as f64, floor: random.below(9) as f64 }, vec![]));
    }
    asks
}

/// A step in time: often none, mostly minutes, at times beyond what is remembered.
fn step(random: &mut Random) -> i64 {
    match random.below(20) {
        0 => 11 * H,
        1 => 3 * H,
        2..=4 => H,
        5..=7 => 10 * M,
        _ => random.below(20) as i64 * M,
    }
}

fn trace(seed: u64, restarts: bool, steps: usize) -> usize {
    let mut random = Random(seed);
    let s = Arc::new(some_spec(&mut random));
    let mut profile = Profile::new(s.clone(), Limits::default(), 99);
    let mut saved: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut naive = Naive::default();
    let mut t = 1_700_000_000_000;
    let mut asked = 0;
    for _ in 0..steps {
        t += 1 + step(&mut random);
        let mut instant: BTreeMap<(Vec<u8>, Vec<u8>), Events> = BTreeMap::new();
        for _ in 0..1 + random.below(3) {
            let account = vec![b'A' + u8::from(random.below(4) == 0)];
            let key = vec![b'a' + random.below(4) as u8];
            instant.entry((account, key)).or_default().push(random.args());
        }
        if restarts {
            profile = Profile::new(s.clone(), Limits::default(), 99);
            profile.keep_changes();
            for (name, bytes) in &saved {
                profile.load(name, bytes).expect("what was saved is read");
            }
        }
        let events = |of: &Events| -> Vec<(u128, Vec<Value>)> {
            of.iter().enumerate().map(|(id, args)| (id as u128, args.clone())).collect()
        };
        let both = |profile: &mut Profile, begin: bool| {
            for ((account, key), of) in &instant {
                let of = events(of);
                let raws: Vec<Raws> = of.iter().map(|(_, args)| args.iter().collect()).collect();
                let args: Vec<Vec<Raw<'_>>> = raws.iter().map(|raws| raws.all().collect()).collect();
                let of: Vec<Happening<'_>> = of
                    .iter()
                    .zip(&args)
                    .map(|((id, _), args)| Happening { id: *id, inputs: 1, args, kept: &[] })
                    .collect();
                if begin {
                    profile.begin(Time(t), account, key, &of);
                } else {
                    profile.end(Time(t), account, key, &of);
                }
            }
        };
        both(&mut profile, true);
        for ((account, key), of) in &instant {
            for args in of {
                naive.events.push(Event { t, account: account.clone(), key: key.clone(), args: args.clone() });
            }
        }
        for (ask, parts) in asks(&mut random, &s) {
            let (account, key) = (vec![b'A' + random.below(2) as u8], vec![b'a' + random.below(5) as u8]);
            let raws: Raws = parts.iter().collect();
            let raw: Vec<Raw<'_>> = raws.all().collect();
            let answer = told(profile.ask(Time(t), &account, &key, &ask, &raw));
            let (truth, bits, margin) = naive.ask(&s, t, &account, &key, &ask, &parts);
            asked += 1;
            let message = format!("seed {seed}, at {t}, {ask:?} {parts:?} of {account:?} {key:?}: {answer:?}");
            if margin > 1e-6 {
                assert_eq!(answer.truth, truth, "{message}");
            }
            assert_eq!(answer.bits.is_some(), bits.is_some(), "{message}");
            if let (Some(a), Some(b)) = (answer.bits, bits) {
                assert!((a - b).abs() < 1e-9, "{message}: {b}");
            }
            let unusual = profile.unusual(Time(t), &account, &key, &ask, &raw);
            if !matches!(ask, Ask::Surprise(_)) {
                assert_eq!(!unusual.is_empty(), answer.truth.holds(), "{message}");
            }
        }
        both(&mut profile, false);
        profile.take_changes(|name, bytes| match bytes {
            Some(bytes) => drop(saved.insert(name.to_vec(), bytes.to_vec())),
            None => drop(saved.remove(name)),
        });
    }
    asked
}

#[test]
fn every_answer_is_the_naive_one() {
    let asked: usize = (0..60).map(|seed| trace(seed, false, 70)).sum();
    assert!(asked > 30_000, "{asked}");
}

#[test]
fn saving_and_loading_at_every_step_changes_nothing() {
    let asked: usize = (100..130).map(|seed| trace(seed, true, 60)).sum();
    assert!(asked > 10_000, "{asked}");
}
