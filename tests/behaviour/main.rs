//! Generated behaviour: weeks of accounts whose principals have habits, and attacks on them. How surprising both are by
//! every formula that was tried, and what the shipped pack says of them. `docs/surprise.md` holds the figures.

mod attacks;
mod catalogue;
mod chance;
mod counts;
mod formulas;
mod measure;
mod pack;
#[path = "../agree/rng.rs"]
mod rng;
mod tables;
mod trail;
mod world;

#[test]
fn calm_days() {
    let start = std::time::Instant::now();
    for (size, seed) in [(3, 1), (12, 2), (60, 3)] {
        let told = pack::told(size, seed);
        println!("{size}: {} days, calm {:#?}", told.days, told.calm);
        for (way, row) in &told.attacks {
            println!("   {way:?} {row:?}");
        }
        println!("{:?}", start.elapsed());
    }
}
