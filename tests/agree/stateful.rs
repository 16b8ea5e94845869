//! Stateful agreement: generated rules x generated traces.

use std::collections::BTreeSet;

use crate::generate::stateful;
use crate::reference;
use crate::rng::Rng;
use crate::stateless::from_env;

#[test]
fn generators() {
    let (seed, sets) = (from_env("OUTGUARD_AGREE_SEED", 1), from_env("OUTGUARD_AGREE_SETS", 200));
    let (mut rules, mut refused, mut fired, mut firing) = (0, 0, 0, 0);
    for set in 0..sets {
        let mut rng = Rng::new(seed, set);
        let made = stateful::rules(&mut rng);
        rules += made.model.findings.len();
        refused += made.refused.len();
        if std::env::var("OUTGUARD_AGREE_WHY").is_ok() {
            made.refused.iter().for_each(|(item, why)| println!("{why}\n{item}"));
        }
        for _ in 0..5 {
            let trace = stateful::trace(&mut rng);
            let until = trace.iter().map(|r| r.time).max().unwrap_or(0);
            let told = reference::told(&made.model, &trace, until, &BTreeSet::new());
            fired += told.len();
            firing += usize::from(!told.is_empty());
        }
    }
    println!("traces: {rules} rules, {refused} refused, {fired} told, {firing} traces fire");
}
