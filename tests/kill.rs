//! kill -9 at random moments: a run with state is killed again and again while logs come, and in the end it has told what
//! one that was never interrupted tells: nothing lost, nothing doubled, nothing unreadable.
//!
//! `OUTGUARD_KILLS` says how often (unsaid: 100), `OUTGUARD_SEED` with which chance. `tests/kill.sh` does it 2 000 times.

#[path = "going/world.rs"]
#[expect(dead_code, reason = "each test uses a part of what they share")]
mod world;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use world::{Line, Place, Rng, lines, same};

fn number(name: &str, unsaid: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(unsaid)
}

/// Adds lines as time goes on; now and then half a line only, and the rest later.
fn feed(place: &Place, all: &[Line], seed: u64, written: &AtomicU64, go: &AtomicBool) {
    let mut rng = Rng(seed);
    for line in all {
        if go.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_micros(rng.below(9000)));
        }
        if rng.below(10) == 0 {
            let (head, tail) = line.text.split_at(line.text.len() / 2);
            place.add(line.file, head.as_bytes());
            if go.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(rng.below(20)));
            }
            place.add(line.file, format!("{tail}\n").as_bytes());
        } else {
            place.add_line(line);
        }
        written.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn killed_again_and_again_nothing_is_lost_or_doubled() {
    let (kills, seed) = (number("OUTGUARD_KILLS", 100), number("OUTGUARD_SEED", 7));
    let place = Place::new();
    // Every kill should meet a run that has something to do.
    let all = lines(seed, 60 * kills);
    let (written, go) = (AtomicU64::new(0), AtomicBool::new(true));
    let began = Instant::now();
    let mut by_mode = [0u64; 3];
    thread::scope(|scope| {
        scope.spawn(|| feed(&place, &all, seed, &written, &go));
        let mut rng = Rng(seed ^ 0xdead);
        let mut killed = 0;
        while killed < kills {
            let mode = rng.below(3) as usize;
            let options: &[&str] = match mode {
                0 => &["--follow"],
                1 => &["--checkpoint-every", "0s", "--threads", "1"],
                _ => &["--follow", "--publish-every", "1m", "--threads", "3"],
            };
            let state = ["--state", "state", "-o", "told.json", "-q", "logs"];
            let mut child = place.spawned(&[options, &state].concat());
            thread::sleep(Duration::from_micros(rng.below(400_000)));
            // A batch may be done by then, and that is no kill.
            if child.try_wait().expect("a child").is_none() {
                killed += 1;
                by_mode[mode] += 1;
            }
            child.kill().expect("kills");
            child.wait().expect("ends");
            if killed % 10 == 0 {
                let checked = place.state(&["check", "--rules", "rules.og", "--config", "none.yaml", "state"]);
                let text =
                    String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
                // Killed before there was any.
                assert!(checked.status.success() || text.contains("there is no state"), "after {killed} kills: {text}");
            }
        }
        go.store(false, Ordering::Relaxed);
    });
    assert_eq!(written.load(Ordering::Relaxed), all.len() as u64);
    place.ran(&["--state", "state", "-o", "told.json", "logs"]);
    place.ran(&["--state", "never-killed", "-o", "whole.json", "logs"]);
    let batch = place.ran(&["--format", "json", "logs"]);

    let (told, whole) = (place.told("told.json"), place.told("whole.json"));
    told.nothing_twice();
    whole.nothing_twice();
    let words = told.last_words();
    println!(
        "{kills} kills ({by_mode:?} while following, in batch, while following closely) in {:?}, seed {seed}: {} events, {} findings in {} lines, \
         0 lost, 0 doubled, 0 unreadable",
        began.elapsed(),
        all.len(),
        words.len(),
        told.lines.len()
    );
    assert!(words.len() > 20, "{}", words.len());
    same(&words, &whole.last_words(), "killed, and never killed");
    same(&words, &world::Told::of(&batch.stdout).last_words(), "with state, and in one batch without");
}
