//! Generated behaviour: weeks of accounts whose principals have habits, and attacks on them. How surprising both are by
//! every formula that was tried, and what the shipped pack says of them. `docs/surprise.md` holds the figures:
//! `cargo test --release --test behaviour -- --ignored --nocapture` measures them anew.

mod attacks;
mod catalogue;
mod chance;
mod cluster;
mod counts;
mod engine;
mod formulas;
mod measure;
mod pack;
#[expect(dead_code, reason = "the agreement tests use the rest")]
#[path = "../agree/rng.rs"]
mod rng;
mod tables;
mod trail;
mod world;

use attacks::{WAYS, Way};
use tables::{ACCOUNTS, SEED};

/// Sizes and seeds: other ones in the environment, as `60:41 60:42`, hold out what a change of the rules was chosen by.
fn asked(variable: &str, unsaid: &str) -> Vec<(usize, u64)> {
    let asked = std::env::var(variable).unwrap_or_else(|_| unsaid.to_owned());
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let pair = |text: &str| text.split_once(':').map(|(size, seed)| (number(size) as usize, number(seed)));
    asked.split_whitespace().map(|text| pair(text).expect("size:seed")).collect()
}

#[test]
fn the_engine_answers_by_the_chosen_formula() {
    assert!(engine::agrees(&world::Account::new(3, 5)) > 1000);
}

#[test]
fn the_chosen_formula_finds_more_than_the_one_before_at_as_many_false_findings() {
    let all = tables::all(11, &[(3, 2), (12, 1)]);
    let (days, attacks) = tables::size(&all);
    assert!(days > 500 && attacks > 40, "{days} {attacks}");
    let found = |name: &str| tables::share_found(&all, tables::formula(name), 1, 0.01);
    let (before, now) = (found("back-off, A = 8 (before)"), found(formulas::CHOSEN));
    assert!(now > before, "{now} %, before {before} %");
}

#[test]
fn the_pack_finds_a_stolen_key_and_is_silent_on_calm_days() {
    let told = pack::told(3, 4);
    assert!(told.days > 80, "{}", told.days);
    assert!(told.calm.values().sum::<usize>() <= 1, "{:?}", told.calm);
    for (way, (attacks, found, _)) in &told.attacks {
        assert!(*way != Way::LookElsewhere || found == attacks, "{found} of {attacks}");
    }
}

#[test]
#[ignore = "minutes, with optimisation; it prints the tables of docs/surprise.md"]
fn the_tables() {
    let all = tables::all(SEED, &ACCOUNTS);
    println!("{:?}\n\n{}", tables::size(&all), tables::formulas(&all));
    for (q, (name, _)) in measure::QUESTIONS.iter().enumerate() {
        let bits = [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0];
        println!("`{name}`\n\n{}", tables::thresholds(&all, tables::chosen(), q, &bits));
    }
}

#[test]
#[ignore = "minutes, with optimisation; it prints the figures of the pack in docs/surprise.md"]
fn the_pack() {
    for (size, seed) in asked("OUTGUARD_ACCOUNTS", "3:1 12:2 60:3") {
        let told = pack::told(size, seed);
        println!("{size}: {} days; calm: {:#?}", told.days, told.calm);
        for (way, name) in WAYS {
            println!("{name}: {:?}", told.attacks.get(&way));
        }
    }
}

/// Prints the figures of clusters in docs/surprise.md; larger ones than the unsaid take minutes.
#[test]
fn the_clusters() {
    for (people, seed) in asked("OUTGUARD_CLUSTERS", "3:1") {
        let (days, calm, attacks) = pack::told_of_cluster(people, seed);
        println!("{people}: {days} days; calm: {calm:#?}");
        for (way, name) in cluster::WAYS {
            println!("{name}: {:?}", attacks.get(&way));
        }
        let (all, found): (usize, usize) = (attacks.values().map(|a| a.0).sum(), attacks.values().map(|a| a.1).sum());
        assert!(all > 0 && found * 10 >= all * 9, "{found} of {all} stolen credentials are found");
        let calm: usize = calm.values().sum();
        assert!(days > 100 && calm * 1000 <= 30 * days, "{calm} findings on {days} calm days");
    }
}

#[test]
#[ignore = "with optimisation; it prints what surprise costs, for docs/surprise.md"]
fn the_cost() {
    for size in [3, 12, 60] {
        let (bytes, nanoseconds) = engine::cost(&world::Account::new(size, 1));
        println!("{size}: {bytes} bytes a principal, {nanoseconds:.0} ns a question");
    }
}
