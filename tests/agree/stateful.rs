//! Stateful agreement: generated rules x generated traces, and what must change nothing: order of arrival, records that
//! are read twice, watermarks on the way.

use std::collections::BTreeSet;

use crate::engine::{Way, difference, early_agrees, occurrences, shown};
use crate::generate::stateful;
use crate::reference;
use crate::rng::Rng;
use crate::stateless::from_env;
use crate::world;

/// How many sets of rules, unless the environment says so.
const SETS: u64 = 1000;

/// Traces of a set.
const TRACES: usize = 11;

#[test]
fn stateful_rules_agree() {
    let (seed, sets) = (from_env("OUTGUARD_AGREE_SEED", 1), from_env("OUTGUARD_AGREE_SETS", SETS));
    let keep_on = std::env::var("OUTGUARD_AGREE_ALL").is_ok();
    let (mut rules, mut refused, mut told_all, mut firing, mut traces, mut wrong) = (0, 0, 0, 0, 0, 0);
    for set in 0..sets {
        let mut rng = Rng::new(seed ^ 0x5354_4154, set);
        let made = stateful::rules(&mut rng);
        rules += made.model.findings.len();
        refused += made.refused.len();
        let (plan, lists) = world::plan(&made.model);
        for n in 0..TRACES {
            let mut trace = stateful::trace(&mut rng);
            let last = trace.iter().map(|r| r.time).max().unwrap_or(0);
            let until = last + if rng.percent(50) { 0 } else { rng.between(-6, 12) * 1000 };
            let told = reference::told(&made.model, &trace, until, &BTreeSet::new());
            // Another order, a record twice, watermarks on the way, a restart behind any event: the same findings.
            rng.shuffle(&mut trace);
            let way = match n % 4 {
                0 => Way::Batch,
                1 => Way::Watermarks,
                2 => Way::Restarts(1),
                _ => Way::Restarts(1 + rng.below(7)),
            };
            let said = occurrences((&plan, &lists), &trace, until, &BTreeSet::new(), way);
            if n % 4 == 0
                && let Err(why) = early_agrees((&plan, &lists), &trace, &said)
            {
                let message = format!("seed {seed}, set {set}, trace {n}: {why}\n{}", shown(&made.text, &trace, until));
                assert!(keep_on, "{message}");
                println!("EARLY {message}");
                wrong += 1;
            }
            traces += 1;
            told_all += told.len();
            firing += usize::from(!told.is_empty());
            if let Some(difference) = difference(&made.model, &told, &said) {
                let message = format!(
                    "seed {seed}, set {set}, trace {n}, {way:?}\n{difference}\n{}",
                    shown(&made.text, &trace, until)
                );
                assert!(keep_on, "{message}");
                println!("WRONG {message}");
                wrong += 1;
                break;
            }
        }
    }
    println!(
        "{traces} traces agree, {firing} of them fire, {told_all} occurrences; {rules} rules, {refused} refused (seed {seed}, {wrong} wrong)"
    );
    assert_eq!(wrong, 0);
    assert!(refused * 3 < rules, "{refused} of {} rules do not load", rules + refused);
    assert!(firing * 4 > traces, "{firing} of {traces} traces fire: the generators miss each other");
}

/// Whether there is a match does not hang on how many beginnings are kept: only how early it is said to begin.
#[test]
fn crowded_sequences_fire_alike() {
    let (seed, sets) = (from_env("OUTGUARD_AGREE_SEED", 1), from_env("OUTGUARD_AGREE_SETS", SETS));
    let (mut traces, mut firing) = (0, 0);
    for set in 0..sets / 4 {
        let mut rng = Rng::new(seed ^ 0x4352_4F57, set);
        let made = stateful::one_sequence(&mut rng);
        let (plan, lists) = world::plan(&made.model);
        for _ in 0..2 {
            let trace = stateful::crowd(&mut rng);
            let until = trace.iter().map(|r| r.time).max().unwrap_or(0) + 5000;
            let told = reference::told(&made.model, &trace, until, &BTreeSet::new());
            let said = occurrences((&plan, &lists), &trace, until, &BTreeSet::new(), Way::Batch);
            let mut want: Vec<(i64, u128)> = told.iter().map(|t| (t.time, t.id)).collect();
            let mut got: Vec<(i64, u128)> = said.iter().map(|o| (o.time.0, o.event)).collect();
            want.sort_unstable();
            got.sort_unstable();
            assert_eq!(want, got, "seed {seed}, set {set}\n{}", shown(&made.text, &trace, until));
            traces += 1;
            firing += usize::from(!told.is_empty());
        }
    }
    println!("{traces} crowded traces agree, {firing} of them fire (seed {seed})");
    assert!(firing * 4 > traces);
}
