//! Findings over time: storing them at any point and going on from what was stored gives what was never interrupted;
//! what is told last of each finding is the finding.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::aggregate::tests::{any_occurrence, findings, occurrence};
use super::episode::CHUNK;
use super::{
    Aggregator, EventRef, Finding, How, Kept, Occurrence, Publication, Signal, StepRef, Story, Terms, Unusual,
};
use crate::value::{Time, Value};

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

fn save(aggregator: &mut Aggregator, records: &mut Records) -> usize {
    let mut bytes = 0;
    aggregator.changes(&mut |key, value| match value {
        Some(value) => {
            bytes += value.len();
            records.insert(key.to_vec(), value.to_vec());
        }
        None => assert!(records.remove(key).is_some() || key[0] == b'b', "a record that was never there goes"),
    });
    bytes
}

fn load(records: &Records) -> Aggregator {
    let mut aggregator = Aggregator::kept();
    let mut kept = Kept::default();
    for (key, value) in records {
        aggregator.restore(&mut kept, key, value).expect("a record of ours");
    }
    assert!(Aggregator::is_whole(&kept));
    aggregator
}

fn all_of(aggregator: Aggregator) -> String {
    format!("{:?}", aggregator.finish())
}

fn terms(watermark: i64, every: i64, last: bool) -> Terms<'static> {
    Terms { watermark: Time(watermark), every, last, wanted: &|_: &Finding| true }
}

fn said(occurrences: Vec<Occurrence>) -> Vec<(Vec<u8>, Vec<Occurrence>)> {
    vec![(b"who".to_vec(), occurrences)]
}

#[test]
fn what_is_ahead_is_not_forgotten_when_something_else_comes() {
    let mut a = Aggregator::kept();
    assert_eq!(a.publish(said(vec![occurrence(50, 1), occurrence(51, 2)]), &terms(0, 100, false)).len(), 1);
    a.add(occurrence(45, 3));
    let told = a.publish(Vec::new(), &terms(0, 100, false));
    assert_eq!(told.iter().map(|p| p.finding.count).collect::<Vec<_>>(), [3], "all that is certain");
    assert!(a.publish(Vec::new(), &terms(900, 100, true)).is_empty());
}

fn with_story(mut o: Occurrence) -> Occurrence {
    let event = EventRef { time: o.time.plus(-2), id: o.event + 1000 };
    let unusual = |how| Unusual {
        profile: "p".into(),
        name: "v".into(),
        how,
        usual: vec![(Value::str("x"), 2.5), (Value::Null, f64::NAN)],
        by_account: o.event.is_multiple_of(2),
    };
    o.story = Some(Box::new(Story {
        first: event.time,
        events: vec![event],
        measures: vec![("count()".into(), Value::Int(5))],
        steps: vec![StepRef { name: "fail".into(), event }],
        signals: vec![Signal { principal: Some("ana".into()), ..Signal::of(&o) }],
        unusual: vec![
            unusual(How::New(Value::str("y"))),
            unusual(How::Surge(7.0)),
            unusual(How::Surprise(Value::Int(3), 8.5)),
        ],
        error: Some(0.01),
    }));
    o
}

/// The last word of every finding that nothing supersedes.
fn last_words(told: &[Publication]) -> String {
    let gone: BTreeSet<&str> = told.iter().flat_map(|p| &p.supersedes).map(String::as_str).collect();
    let mut words: BTreeMap<&str, &Finding> = BTreeMap::new();
    for p in told {
        words.insert(&p.finding.id, &p.finding);
    }
    let mut words: Vec<&Finding> = words.into_values().filter(|f| !gone.contains(f.id.as_str())).collect();
    words.sort_by(|a, b| super::aggregate::order(a, b));
    format!("{words:?}")
}

#[test]
fn events_are_stored_once() {
    let mut records = Records::new();
    let mut a = Aggregator::kept();
    let n = CHUNK as u128 * 5 + 7;
    (0..n).for_each(|e| a.add(occurrence(0, e)));
    let first = save(&mut a, &mut records);
    assert!(first > CHUNK * 16 * 5, "{first}");
    a.add(occurrence(1, n));
    let second = save(&mut a, &mut records);
    assert!(second < 8 * 1024, "{second}");
    let mut part = Aggregator::new();
    part.add(occurrence(2, 5));
    part.add(occurrence(2, n + 1));
    a.merge(part);
    let third = save(&mut a, &mut records);
    assert!(third < 8 * 1024, "{third}");
    assert_eq!(save(&mut a, &mut records), 0, "nothing changed");
    assert_eq!(all_of(load(&records)), all_of(a));
}

#[test]
fn damage_is_noticed() {
    let mut records = Records::new();
    let mut a = Aggregator::kept();
    (0..CHUNK as u128 + 1).for_each(|e| a.add(with_story(occurrence(0, e))));
    save(&mut a, &mut records);
    for (key, value) in &records {
        for cut in [0, value.len() / 2, value.len() - 1] {
            let mut kept = Kept::default();
            let mut b = Aggregator::kept();
            let whole = records.iter().all(|(k, v)| {
                let v = if k == key { &v[..cut] } else { &v[..] };
                b.restore(&mut kept, k, v).is_some()
            });
            assert!(!(whole && Aggregator::is_whole(&kept)), "{:?} cut at {cut}", key[0] as char);
        }
        let mut without = records.clone();
        without.remove(key);
        let mut kept = Kept::default();
        let mut b = Aggregator::kept();
        let whole = without.iter().all(|(k, v)| b.restore(&mut kept, k, v).is_some());
        assert!(!(whole && Aggregator::is_whole(&kept)), "{:?} gone", key[0] as char);
    }
}

#[test]
fn first_at_once_updates_by_the_watermark() {
    let mut a = Aggregator::kept();
    a.add(occurrence(0, 1));
    let told = a.publish(Vec::new(), &terms(0, 100, false));
    assert_eq!(told.iter().map(|p| (p.updated, p.finding.count)).collect::<Vec<_>>(), [(0, 1)]);
    let id = told[0].finding.id.clone();
    a.add(occurrence(5, 2));
    assert!(a.publish(Vec::new(), &terms(99, 100, false)).is_empty());
    let told = a.publish(Vec::new(), &terms(100, 100, false));
    assert_eq!(told.iter().map(|p| (p.updated, p.finding.count)).collect::<Vec<_>>(), [(1, 2)]);
    assert_eq!(told[0].finding.id, id);
    a.add(occurrence(5, 2));
    assert!(a.publish(Vec::new(), &terms(500, 100, true)).is_empty(), "nothing new was said");
    a.add(occurrence(6, 3));
    assert_eq!(a.publish(Vec::new(), &terms(101, 100, true)).len(), 1, "the end");
    assert!(a.publish(Vec::new(), &terms(900, 100, true)).is_empty());
}

#[test]
fn an_earlier_event_supersedes() {
    let mut a = Aggregator::kept();
    [occurrence(100, 1), occurrence(120, 2)].into_iter().for_each(|o| a.add(o));
    let told = a.publish(Vec::new(), &terms(0, 100, false));
    let ids: Vec<String> = told.iter().map(|p| p.finding.id.clone()).collect();
    assert_eq!(ids.len(), 2);
    a.add(occurrence(95, 3));
    let told = a.publish(Vec::new(), &terms(1, 100, false));
    assert_eq!(told.iter().map(|p| p.supersedes.clone()).collect::<Vec<_>>(), [vec![ids[0].clone()]]);
    let moved = told[0].finding.id.clone();
    a.add(occurrence(110, 4));
    let told = a.publish(Vec::new(), &terms(2, 100, false));
    let [joined] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&joined.finding.id, &joined.supersedes, joined.finding.count), (&moved, &vec![ids[1].clone()], 4));
}

#[test]
fn what_is_certain_ahead_of_its_instant_is_told_and_kept_apart() {
    let mut a = Aggregator::kept();
    let mut records = Records::new();
    let told = a.publish(said(vec![occurrence(50, 1)]), &terms(0, 100, false));
    assert_eq!(told.len(), 1);
    assert!(a.is_empty());
    save(&mut a, &mut records);
    let mut b = load(&records);
    assert!(b.publish(said(vec![occurrence(50, 1)]), &terms(1, 100, false)).is_empty(), "told before");
    b.add(occurrence(50, 1));
    assert!(b.publish(said(Vec::new()), &terms(60, 100, true)).is_empty(), "nothing new");
    b.expire(Time(1_000_000), 0);
    assert!(b.is_empty());
    save(&mut b, &mut records);
    assert!(records.keys().all(|k| k[0] == b'a'), "{records:?}");
}

#[test]
fn what_is_not_wanted_is_told_once_it_is() {
    let mut a = Aggregator::kept();
    a.add(occurrence(0, 1));
    let wanted: &dyn Fn(&Finding) -> bool = &|f| f.count > 1;
    let terms = Terms { watermark: Time(0), every: 100, last: false, wanted };
    assert!(a.publish(Vec::new(), &terms).is_empty());
    a.add(occurrence(1, 2));
    let told = a.publish(Vec::new(), &terms);
    assert_eq!(told.iter().map(|p| p.updated).collect::<Vec<_>>(), [0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn stopping_anywhere_changes_nothing(
        all in prop::collection::vec((any_occurrence(), any::<bool>()), 0..60),
        stops in prop::collection::vec((0..5u8, any::<bool>()), 60),
    ) {
        let all: Vec<Occurrence> = all.into_iter().map(|(o, s)| if s { with_story(o) } else { o }).collect();
        let once = format!("{:?}", findings(all.clone()));
        let (mut records, mut told) = (Records::new(), Vec::new());
        let mut a = Aggregator::kept();
        for (i, (o, (what, ahead))) in all.iter().zip(&stops).enumerate() {
            let early = said(if *ahead { vec![o.clone()] } else { Vec::new() });
            match what {
                0 => told.extend(a.publish(early, &terms(i64::try_from(i).expect("small"), 5, false))),
                1 => {
                    save(&mut a, &mut records);
                }
                2 => {
                    save(&mut a, &mut records);
                    a = load(&records);
                }
                _ => {}
            }
            a.add(o.clone());
        }
        told.extend(a.publish(said(Vec::new()), &terms(100, 5, true)));
        save(&mut a, &mut records);
        prop_assert_eq!(&all_of(load(&records)), &once);
        prop_assert_eq!(&all_of(a), &once);
        prop_assert_eq!(&last_words(&told), &once);
        let mut seen = BTreeMap::new();
        for p in &told {
            let n = seen.entry(p.finding.id.clone()).or_insert(0);
            prop_assert!(p.updated == *n || p.updated == 0, "{} {n}", p.updated);
            *n = p.updated + 1;
        }
    }
}
