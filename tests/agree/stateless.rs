//! Stateless agreement: generated rules x generated events, decided by the engine and by the reference.

use std::collections::BTreeSet;

use outguard::engine::Engine;

use crate::generate::attributes::KINDS;
use crate::generate::{events, stateless};
use crate::reference;
use crate::rng::Rng;
use crate::world::{self, Record, with_event};

/// How many sets of rules, unless the environment says so.
const SETS: u64 = 64;

/// Rules of a set, events of a set.
const RULES: usize = 60;
const EVENTS: usize = 300;

/// A number from the environment.
pub fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// What is compared: type, severity, title, archived by.
type Verdict = (String, String, String, Option<String>);

#[test]
fn stateless_rules_agree() {
    let (seed, sets) = (from_env("OUTGUARD_AGREE_SEED", 1), from_env("OUTGUARD_AGREE_SETS", SETS));
    let (mut pairs, mut fired, mut refused, mut rules) = (0u64, 0u64, 0, 0);
    for set in 0..sets {
        let mut rng = Rng::new(seed, set);
        let made = stateless::rules(&mut rng, RULES, set % 4 == 0);
        refused += made.refused.len();
        rules += made.model.findings.len();
        if std::env::var("OUTGUARD_AGREE_WHY").is_ok() {
            made.refused.iter().for_each(|(item, why)| println!("{why}\n{item}"));
        }
        let model = made.model;
        let (plan, lists) = world::plan(&model);
        let mut engine = Engine::new(&plan, world::vocabulary(), &lists);
        for n in 0..EVENTS {
            let kind = rng.pick(KINDS).0;
            let record = events::event(&mut rng, kind, n as u128);
            let view = match record.kind.source {
                Some(source) => plan.source_view(source),
                None => plan.class_view(record.kind.class),
            };
            let mut got: Vec<Verdict> = Vec::new();
            with_event(&plan, &record, |event| {
                engine.event_in(view, event, &mut |o| {
                    got.push((
                        o.rule.finding_type.to_string(),
                        format!("{}", o.severity.value()),
                        o.title.to_string(),
                        o.archived_by.as_ref().map(ToString::to_string),
                    ));
                });
            });
            let mut want = expected(&model, &record);
            got.sort();
            want.sort();
            pairs += model.findings.len() as u64;
            fired += want.len() as u64;
            if got != want {
                report(seed, set, &model, &made.text, &record, &got, &want);
            }
        }
    }
    println!("{pairs} pairs of rule and event agree, {fired} findings; {rules} rules, {refused} refused (seed {seed})");
    assert!(refused * 3 < rules, "{refused} of {} rules do not load", rules + refused);
    assert!(fired * 200 > pairs, "{fired} findings of {pairs} pairs: the generators miss each other");
}

fn expected(model: &outguard::check::Model, record: &Record) -> Vec<Verdict> {
    reference::told(model, std::slice::from_ref(record), i64::MAX, &BTreeSet::new())
        .into_iter()
        .filter(|t| t.published)
        .map(|t| (t.finding, format!("{}", t.severity), t.title, t.archived_by))
        .collect()
}

fn report(
    seed: u64,
    set: u64,
    model: &outguard::check::Model,
    text: &str,
    record: &Record,
    got: &[Verdict],
    want: &[Verdict],
) {
    let only = |a: &[Verdict], b: &[Verdict]| a.iter().filter(|v| !b.contains(v)).cloned().collect::<Vec<_>>();
    let (more, less) = (only(got, want), only(want, got));
    let mut rules = String::new();
    for finding in &model.findings {
        if more.iter().chain(&less).any(|v| v.0 == finding.ty.as_str()) {
            let at = finding.span;
            rules.push_str(&text[at.start as usize..at.end as usize]);
            rules.push('\n');
        }
    }
    panic!(
        "seed {seed}, set {set}, event {}\n{rules}\n{record:?}\nonly the engine says: {more:?}\nonly the reference says: {less:?}",
        record.id
    );
}
