//! What would be found if the input ended at the virtual now: every event that has arrived goes through match and step,
//! anew for each `expect`, so that what is found depends on the set of events and on nothing before.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Suite;
use crate::engine::{Engine, Lists, Settings, Stepper};
use crate::finding::Occurrence;
use crate::plan::Plan;
use crate::schema::given::Given;
use crate::schema::{Context, Event, Kind, SourceId};
use crate::value::{Arena, Time};

/// An event on its way.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When it arrives.
    pub at: Time,
    /// What kind of event.
    pub kind: Kind,
    /// Its time.
    pub time: Time,
    /// Its identity.
    pub id: u128,
    /// What it holds.
    pub given: Vec<Given>,
}

/// What came of the arrivals.
pub struct World {
    /// Occurrences, in no order.
    pub found: Vec<Occurrence>,
    /// Events that came too late for state.
    pub late: u64,
}

/// Matches and steps what has arrived by `now`.
pub fn evaluate(
    suite: &Suite<'_>,
    plan: &Plan,
    lists: &Lists,
    arrivals: &[Arrival],
    replayed: &[Box<[u8]>],
    now: Time,
) -> World {
    let vocabulary = suite.vocabulary;
    let mut engine = Engine::new(plan, vocabulary, lists);
    let mut found = Vec::new();
    let mut hits: Vec<Box<[u8]>> = replayed.to_vec();
    let mut late = 0;
    let mut latest: BTreeMap<Kind, Time> = BTreeMap::new();
    let context = Context::of_tests();
    let mut order: Vec<&Arrival> = arrivals.iter().filter(|a| a.at <= now).collect();
    order.sort_by_key(|a| a.at);
    for arrival in order {
        let passed = latest.iter().map(|(kind, time)| time.plus(-lateness(suite, *kind))).min();
        let is_late = passed.is_some_and(|passed| arrival.time <= passed);
        let last = latest.entry(arrival.kind).or_insert(arrival.time);
        *last = (*last).max(arrival.time);
        let class = arrival.kind.class;
        let (projection, view) = match arrival.kind.source {
            Some(source) => (&plan.projections[usize::from(source.0)], plan.source_view(source)),
            None => (&plan.class_projections[usize::from(class.0)], plan.class_view(class)),
        };
        let arena = Arena::new();
        let moment = (arrival.time, arrival.id);
        let event = Event::given(vocabulary, projection, class, &arrival.given, moment, &context, &arena);
        engine.event_in(view, &event, &mut |o| found.push(o));
        late += u64::from(is_late);
        engine.hits.drain(|hit| {
            if !is_late {
                hits.push(Box::from(hit));
            }
        });
    }
    hits.sort_unstable();
    hits.dedup();
    let mut stepper = Stepper::new(plan, vocabulary, lists, Settings::default());
    // What is still on its way holds back what its absence would decide.
    let ahead = arrivals.iter().filter(|a| a.at > now && a.time <= now).map(|a| a.time.plus(-1)).min();
    let known = ahead.map_or(now, |t| t.min(now));
    stepper.known_until(known);
    for hit in &hits {
        stepper.hit(hit, &mut |o| found.push(o));
    }
    stepper.finish(known, &mut |o| found.push(o));
    World { found, late }
}

/// How late events of a kind may come.
fn lateness(suite: &Suite<'_>, kind: Kind) -> i64 {
    let vocabulary = suite.vocabulary;
    let of = |s: SourceId| vocabulary.source(s).lateness;
    match kind.source {
        Some(source) => of(source),
        None => vocabulary.sources_of(kind).map(of).max().unwrap_or(0),
    }
}

/// What tells one occurrence from another across evaluations: type, event, resource, title, archived.
pub type Name = (Arc<str>, u128, Option<Arc<str>>, Arc<str>, bool);

/// The name of an occurrence.
pub fn name(o: &Occurrence) -> Name {
    let ty = Arc::from(o.rule.finding_type.as_str());
    (ty, o.event, o.resource.uid.clone(), o.title.clone(), o.archived_by.is_some())
}
