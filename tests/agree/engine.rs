//! The engine's side: records through match and step, and how what it says is compared with the reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use outguard::check::Model;
use outguard::check::model::{ExprKind, Finding, When};
use outguard::engine::{Engine, Lists, Settings, Stepper};
use outguard::finding::Occurrence;
use outguard::plan::Plan;
use outguard::state::Decides;
use outguard::value::Time;

use crate::case;
use crate::reference::{self, Told};
use crate::world::{self, Record, with_event};

/// How hits are brought to the stepper; nothing of it may change what is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// All hits, then the end: a batch of files.
    Batch,
    /// The stepper is told of watermarks on the way.
    Watermarks,
    /// Its state is handed out behind every so many hits, and another stepper goes on with it.
    Restarts(usize),
}

/// What the engine says of records that arrive in this order. `late`: identities that come too late for state.
pub fn occurrences(
    (plan, lists): (&Plan, &Lists),
    records: &[Record],
    until: i64,
    late: &BTreeSet<u128>,
    way: Way,
) -> Vec<Occurrence> {
    let (mut found, hits) = matched((plan, lists), records, late);
    let known = Time(until);
    let fresh = || {
        let mut stepper = Stepper::new(plan, world::vocabulary(), lists, Settings::default());
        stepper.keep_changes();
        stepper.known_until(known);
        stepper
    };
    let mut stepper = fresh();
    let mut kept: BTreeMap<(String, Vec<u8>), Vec<u8>> = BTreeMap::new();
    for (n, hit) in hits.iter().enumerate() {
        stepper.hit(hit, &mut |o| found.push(o));
        match way {
            Way::Batch => {}
            Way::Watermarks => {
                if let Some(at) = time_of(hit) {
                    stepper.advance(Time(at - 1), &mut |o| found.push(o));
                }
            }
            Way::Restarts(every) => {
                if n % every == 0 {
                    stepper.changes(&mut |owner, key, bytes| {
                        let name = (owner.to_owned(), key.to_vec());
                        match bytes {
                            Some(bytes) => kept.insert(name, bytes.to_vec()),
                            None => kept.remove(&name),
                        };
                    });
                    assert_eq!(stepper.stale, 0, "hits that were too late or not hits");
                    stepper = fresh();
                    for ((owner, key), bytes) in &kept {
                        assert_eq!(stepper.load(owner, key, bytes), Ok(true), "{owner}");
                    }
                }
            }
        }
    }
    stepper.finish(known, &mut |o| found.push(o));
    assert_eq!(stepper.stale, 0, "hits that were too late or not hits");
    found
}

/// What the engine says of single events, and the hits for state, in their order.
fn matched(
    (plan, lists): (&Plan, &Lists),
    records: &[Record],
    late: &BTreeSet<u128>,
) -> (Vec<Occurrence>, Vec<Box<[u8]>>) {
    let mut engine = Engine::new(plan, world::vocabulary(), lists);
    let (mut found, mut hits) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for record in records {
        let view = match record.kind.source {
            Some(source) => plan.source_view(source),
            None => plan.class_view(record.kind.class),
        };
        let mut alone = Vec::new();
        with_event(plan, record, |event| engine.event_in(view, event, &mut |o| alone.push(o)));
        // A record that is read twice says nothing new; findings put it away by its identity.
        if seen.insert((record.time, record.id)) {
            found.append(&mut alone);
        }
        engine.hits.drain(|hit| {
            if !late.contains(&record.id) {
                hits.push(Box::from(hit));
            }
        });
    }
    hits.sort_unstable();
    hits.dedup();
    (found, hits)
}

/// Panics where what rules say early is not what they say in the end.
pub fn early_agrees((plan, lists): (&Plan, &Lists), records: &[Record], said: &[Occurrence]) -> Result<(), String> {
    let (_, hits) = matched((plan, lists), records, &BTreeSet::new());
    let mut stepper = Stepper::new(plan, world::vocabulary(), lists, Settings::default());
    let mut early: Vec<Occurrence> = Vec::new();
    stepper.early(hits.iter().map(AsRef::as_ref), &mut |o| early.push(o));
    let at_once = |o: &&Occurrence| {
        let rule = plan.rules.iter().find(|r| r.info.finding_type == o.rule.finding_type);
        rule.is_some_and(|r| r.stratum == 0 && r.state.as_ref().is_some_and(|s| s.decides == Decides::AtOnce))
    };
    let lines = |all: Vec<&Occurrence>| {
        let mut lines: Vec<Line> = all.into_iter().map(|o| of_engine(o, true, true)).collect();
        lines.sort();
        lines
    };
    let (early, late) = (lines(early.iter().filter(at_once).collect()), lines(said.iter().filter(at_once).collect()));
    if early == late { Ok(()) } else { Err(format!("said early: {early:?}\nsaid in the end: {late:?}")) }
}

/// The time of a hit: its first eight bytes.
fn time_of(hit: &[u8]) -> Option<i64> {
    Some((u64::from_be_bytes(hit.get(..8)?.try_into().ok()?) ^ (1 << 63)) as i64)
}

/// What both sides must say alike: finding, account, time, event, severity, title, archived by, first seen.
type Line = (String, String, i64, u128, String, String, Option<String>, i64);

/// Whether a rule may keep less than what is behind its matches: where more of it would decide nothing, or where a value
/// is asked for and an event has none (the law, section 8).
fn keeps_less(finding: &Finding) -> bool {
    matches!(&finding.when, Some(When::Condition(_)) if finding.window.is_some())
}

fn of_reference(t: &Told, names_events: bool, first: bool) -> Line {
    (
        t.finding.clone(),
        format!("{:?}", t.account),
        t.time,
        if names_events { t.id } else { 0 },
        format!("{}", t.severity),
        t.title.clone(),
        t.archived_by.clone(),
        if first { t.first } else { 0 },
    )
}

fn of_engine(o: &Occurrence, names_events: bool, first: bool) -> Line {
    (
        o.rule.finding_type.to_string(),
        format!("{:?}", o.account),
        o.time.0,
        if names_events { o.event } else { 0 },
        format!("{}", o.severity.value()),
        o.title.to_string(),
        o.archived_by.as_ref().map(ToString::to_string),
        if first { o.first().0 } else { 0 },
    )
}

/// The events that an occurrence names.
fn named(o: &Occurrence) -> BTreeSet<u128> {
    match &o.story {
        Some(story) => story.events.iter().map(|e| e.id).collect(),
        None => BTreeSet::from([o.event]),
    }
}

/// Where engine and reference differ; nothing where they agree.
pub fn difference(model: &Model, told: &[Told], said: &[Occurrence]) -> Option<String> {
    let mut out = String::new();
    for finding in &model.findings {
        // An event of kind `finding` has an identity of its own making on either side.
        let names_events = !reference::reads_findings(finding);
        of_finding(finding, names_events, told, said, &mut out);
    }
    (!out.is_empty()).then_some(out)
}

fn of_finding(finding: &Finding, names_events: bool, told: &[Told], said: &[Occurrence], out: &mut String) {
    let ty = finding.ty.as_str();
    let told: Vec<&Told> = told.iter().filter(|t| t.published && t.finding == ty).collect();
    let said: Vec<&Occurrence> = said.iter().filter(|o| o.rule.finding_type.as_str() == ty).collect();
    let whole = !keeps_less(finding);
    let mut count: BTreeMap<Line, i64> = BTreeMap::new();
    for t in &told {
        *count.entry(of_reference(t, names_events, whole)).or_default() += 1;
    }
    for o in &said {
        *count.entry(of_engine(o, names_events, whole)).or_default() -= 1;
    }
    count.retain(|_, n| *n != 0);
    for (line, n) in &count {
        let who = if *n > 0 { "only the reference" } else { "only the engine" };
        let (finding, account, time, id, severity, title, archived, first) = line;
        let _ = writeln!(
            out,
            "{who}: {finding} at {} by {id}, severity {severity}, title {title:?}, account {account}, archived {archived:?}, first {}",
            case::seconds(*time),
            if *first == 0 { "-".to_owned() } else { case::seconds(*first) }
        );
    }
    if !count.is_empty() {
        return;
    }
    // The events behind, by account: an occurrence names those that none before it has named.
    let mut all: BTreeMap<String, (BTreeSet<u128>, BTreeSet<u128>)> = BTreeMap::new();
    for t in &told {
        all.entry(format!("{:?}", t.account)).or_default().0.extend(&t.behind);
    }
    for o in &said {
        let names = named(o);
        let behind = told.iter().any(|t| {
            of_reference(t, names_events, whole) == of_engine(o, names_events, whole)
                && (t.first..=t.time).contains(&o.first().0)
                && (!names_events || names.is_subset(&t.behind))
        });
        if !behind {
            let _ = writeln!(out, "{ty} at {} names {names:?}, not all of them behind it", case::seconds(o.time.0));
        }
        let all = all.entry(format!("{:?}", o.account)).or_default();
        all.1.extend(names);
        if names_events && !all.1.contains(&o.event) {
            let _ = writeln!(out, "{ty} at {} does not name its own event", case::seconds(o.time.0));
        }
    }
    for (account, (reference, engine)) in all {
        let alike = match (whole || counts_all(finding), names_events) {
            (true, true) => reference == engine,
            (true, false) => reference.len() == engine.len(),
            (false, true) => engine.is_subset(&reference),
            (false, false) => engine.len() <= reference.len(),
        };
        if !alike {
            let _ = writeln!(out, "{ty} of {account}: behind all of it {reference:?} (reference), {engine:?} (engine)");
        }
    }
}

/// Whether every event of the window is named by an occurrence sooner or later: a lower bound of `count()` alone, and
/// no exception that takes one out.
fn counts_all(finding: &Finding) -> bool {
    let Some(When::Condition(when)) = &finding.when else { return false };
    let mut only = reference::is_monotone(when) && finding.exceptions.is_empty();
    when.visit(&mut |e| {
        if let ExprKind::Aggregate(aggregate, _, input) = &e.kind {
            only &= aggregate.name == "count" && input.is_none();
        }
    });
    only
}

/// Panics where the engine tells otherwise than the reference.
pub fn must_agree(model: &Model, rules: &str, records: &[Record], until: i64, told: &[Told], place: &str) {
    let (plan, lists) = world::plan(model);
    let said = occurrences((&plan, &lists), records, until, &BTreeSet::new(), Way::Batch);
    if let Some(difference) = difference(model, told, &said) {
        panic!("{place}: {difference}\n{}", shown(rules, records, until));
    }
}

/// A set of rules and a trace for a message.
pub fn shown(rules: &str, records: &[Record], until: i64) -> String {
    let mut out = format!("{rules}\nuntil {}\n", case::seconds(until));
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by_key(|r| (r.time, r.id));
    for r in sorted {
        let kind = world::vocabulary().kind_name(r.kind);
        let _ = write!(out, "{} {} {kind}", case::seconds(r.time), r.id);
        for (name, value) in &r.attrs {
            let _ = write!(out, " {name}={value:?}");
        }
        let _ = writeln!(out, " account={:?}", r.account);
    }
    out
}
