//! The engine's answers over generated behaviour: those of the chosen formula, counted plainly.

use std::sync::Arc;

use outguard::state::profile::{Limits, Profile};
use outguard::state::{Answer, Ask, Happening, ProfileSpec, Term};
use outguard::value::{Raw, Raws, Time, Value};

use super::counts::{By, Values};
use super::formulas::FORMULAS;
use super::tables::chosen;
use super::world::{Account, Act, DAY, LEARN};

fn args(act: &Act) -> Raws {
    [Value::Int(act.call.into()), Value::Int(act.place.1.into())].iter().collect()
}

fn profile() -> Profile {
    let values = vec![(Arc::from("operation"), vec![0]), (Arc::from("network"), vec![1])];
    let spec = ProfileSpec {
        name: Arc::from("principal"),
        learn: LEARN * DAY,
        remember: 365 * DAY,
        settle: DAY,
        values,
        volumes: Vec::new(),
    };
    Profile::new(Arc::new(spec), Limits::default(), 1)
}

fn ask() -> Ask {
    Ask::Surprise(vec![(0, vec![Term::Arg(0)]), (1, vec![Term::Arg(1)])])
}

/// Bytes a principal, and nanoseconds a question about two values.
pub fn cost(account: &Account) -> (usize, f64) {
    let (mut profile, ask) = (profile(), ask());
    for act in &account.acts {
        let (key, raws) = (act.who.to_le_bytes(), args(act));
        let args: Vec<Raw<'_>> = raws.all().collect();
        let event = Happening { id: 1, inputs: 1, args: &args, kept: &[] };
        profile.begin(Time(act.t), b"account", &key, &[event]);
        let event = Happening { id: 1, inputs: 1, args: &args, kept: &[] };
        profile.end(Time(act.t), b"account", &key, &[event]);
    }
    let last = Time(account.acts.last().expect("something happens").t);
    let start = std::time::Instant::now();
    for act in &account.acts {
        let raws = args(act);
        let args: Vec<Raw<'_>> = raws.all().collect();
        std::hint::black_box(profile.ask(last, b"account", &act.who.to_le_bytes(), &ask, &args));
    }
    let each = start.elapsed().as_nanos() as f64 / account.acts.len() as f64;
    (profile.bytes() / profile.groups(), each)
}

/// Compares both on every act of an account; how many were compared.
pub fn agrees(account: &Account) -> usize {
    let (mut profile, ask) = (profile(), ask());
    let mut first: Vec<Option<i64>> = vec![None; account.principals.len()];
    let mut own: Vec<[Values; 2]> = account.principals.iter().map(|_| Default::default()).collect();
    let mut all: [Values; 2] = Default::default();
    let (mut compared, mut begun) = (0, None);
    for instant in account.acts.chunk_by(|a, b| a.t == b.t) {
        let t = instant[0].t;
        let start = *begun.get_or_insert(t);
        for act in instant {
            let key = act.who.to_le_bytes();
            let raws = args(act);
            let args: Vec<Raw<'_>> = raws.all().collect();
            let event = Happening { id: 1, inputs: 1, args: &args, kept: &[] };
            profile.begin(Time(t), b"account", &key, &[event]);
            let bits = profile.ask(Time(t), b"account", &key, &ask, &args);
            let who = act.who as usize;
            if t - start < LEARN * DAY {
                assert_eq!(bits, Answer::Bits(None));
                continue;
            }
            let mature = first[who].is_some_and(|f| t - f >= LEARN * DAY);
            let expected = [u32::from(act.call), u32::from(act.place.1)].into_iter().enumerate().map(|(i, v)| {
                let group = mature.then(|| own[who][i].of(v, t, By::Hours));
                -(FORMULAS[chosen()].p)(group.as_ref(), &all[i].of(v, t, By::Hours)).log2()
            });
            let expected: f64 = expected.sum();
            let Answer::Bits(Some(bits)) = bits else { panic!("it has learned") };
            assert!((bits - expected).abs() < 1e-9, "{act:?}: {bits}, not {expected}");
            compared += 1;
        }
        for act in instant {
            let raws = args(act);
            let args: Vec<Raw<'_>> = raws.all().collect();
            let event = Happening { id: 1, inputs: 1, args: &args, kept: &[] };
            profile.end(Time(t), b"account", &act.who.to_le_bytes(), &[event]);
            let who = act.who as usize;
            first[who].get_or_insert(t);
            for (i, v) in [u32::from(act.call), u32::from(act.place.1)].into_iter().enumerate() {
                all[i].sight(v, t, act.times);
                if own[who][i].sight(v, t, act.times) {
                    all[i].group(v);
                }
            }
        }
    }
    compared
}
