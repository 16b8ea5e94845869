//! Aggregation: episodes against a plain reference, and the law that only the set of occurrences counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::Aggregator;
use crate::finding::{
    EventRef, Finding, FindingType, How, ListMatch, ListRole, MAX_EVENTS, MAX_EVIDENCE, MAX_EVIDENCE_BYTES, Occurrence,
    Resource, Role, RuleInfo, Severity, Signal, Stage, Story, Unusual,
};
use crate::value::{Time, Value};

fn rule() -> Arc<RuleInfo> {
    Arc::new(RuleInfo {
        finding_type: FindingType::parse("Recon:EC2/Portscan").expect("valid"),
        description: "An instance scans ports.".into(),
        remediation: None,
        references: Vec::new(),
        attack: vec!["T1046".into()],
        revision: 1,
        stage: Stage::Stable,
        hash: "00".into(),
        pack: "test".into(),
        pack_version: "1.0.0".into(),
    })
}

pub fn occurrence(time: i64, event: u128) -> Occurrence {
    Occurrence {
        rule: rule(),
        time: Time(time),
        event,
        source: "vpc_flow".into(),
        class: "network".into(),
        account: Some("111122223333".into()),
        region: Some("eu-central-1".into()),
        severity: Severity::new(5.0),
        title: "scan".into(),
        resource: Resource { kind: "Instance".into(), uid: Some("i-1".into()), name: None },
        role: Role::Actor,
        principal: None,
        attributes: Vec::new(),
        evidence: Vec::new(),
        list_matches: Vec::new(),
        archived_by: None,
        dedup: Vec::new(),
        quiet: 10,
        story: None,
    }
}

pub fn findings(occurrences: impl IntoIterator<Item = Occurrence>) -> Vec<Finding> {
    let mut all = Aggregator::new();
    occurrences.into_iter().for_each(|o| all.add(o));
    all.finish()
}

fn spans(found: &[Finding]) -> Vec<(i64, i64, u64)> {
    found.iter().map(|f| (f.first_seen.0, f.last_seen.0, f.count)).collect()
}

#[test]
fn quiet_ends_an_episode_and_a_bridge_joins_two() {
    assert_eq!(spans(&findings([occurrence(0, 1), occurrence(10, 2)])), [(0, 10, 2)]);
    assert_eq!(spans(&findings([occurrence(0, 1), occurrence(11, 2)])), [(0, 0, 1), (11, 11, 1)]);
    let apart = [occurrence(0, 1), occurrence(20, 2), occurrence(40, 3)];
    assert_eq!(spans(&findings(apart.clone())), [(0, 0, 1), (20, 20, 1), (40, 40, 1)]);
    let bridged = apart.into_iter().chain([occurrence(10, 4)]);
    assert_eq!(spans(&findings(bridged)), [(0, 20, 3), (40, 40, 1)]);
}

#[test]
fn the_id_tells_identity_and_beginning() {
    let base = &findings([occurrence(0, 1)])[0].id;
    assert_eq!(base.len(), 32);
    assert!(base.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    assert_eq!(&findings([occurrence(0, 2), occurrence(5, 3)])[0].id, base, "other events, same attack");
    let changes: [fn(&mut Occurrence); 6] = [
        |o| o.time = Time(1),
        |o| o.account = None,
        |o| o.region = Some("us-east-1".into()),
        |o| o.resource.uid = Some("i-2".into()),
        |o| o.dedup = vec![Some(Value::str("i-1"))],
        |o| o.archived_by = Some("scanner".into()),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let mut o = occurrence(0, 1);
        change(&mut o);
        assert_ne!(&findings([o])[0].id, base, "change {i}");
    }
}

#[test]
fn dedup_replaces_the_resource_and_collects_resources() {
    let with = |time, uid: &str| {
        let mut o = occurrence(time, time.unsigned_abs().into());
        o.resource.uid = Some(uid.into());
        o.dedup = vec![Some(Value::str("vpc-1")), None];
        o
    };
    let found = findings([with(1, "i-2"), with(2, "i-1"), with(3, "i-2")]);
    assert_eq!(spans(&found), [(1, 3, 3)]);
    let uids: Vec<_> = found[0].resources.iter().filter_map(|r| r.uid.as_deref()).collect();
    assert_eq!(uids, ["i-1", "i-2"]);
    assert_eq!(found[0].resource.uid.as_deref(), Some("i-2"));
}

#[test]
fn keeps_the_worst_severity_and_the_newest_words() {
    let mut old = occurrence(0, 1);
    old.severity = Severity::new(8.0);
    let mut new = occurrence(1, 2);
    new.title = "newer".into();
    new.attributes = vec![("remote.ip".into(), Value::str("b"))];
    for pair in [[old.clone(), new.clone()], [new, old]] {
        let found = findings(pair);
        assert_eq!((found[0].severity.value(), found[0].title.as_ref()), (8.0, "newer"));
        assert_eq!(found[0].attribute("remote.ip").and_then(Value::as_str), Some("b"));
    }
}

#[test]
fn suppressed_occurrences_stay_apart() {
    let mut archived = occurrence(1, 2);
    archived.archived_by = Some("scanner".into());
    let found = findings([occurrence(0, 1), archived]);
    assert_eq!(spans(&found), [(0, 0, 1), (1, 1, 1)]);
    assert_eq!(found.iter().map(Finding::archived).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn an_event_delivered_twice_counts_once() {
    let mut a = Aggregator::new();
    let mut b = Aggregator::new();
    a.add(occurrence(0, 1));
    a.add(occurrence(0, 1));
    b.add(occurrence(0, 1));
    a.merge(b);
    assert_eq!(a.len(), 1);
    assert_eq!(spans(&a.finish()), [(0, 0, 1)]);
}

#[test]
fn what_a_finding_holds_is_bounded() {
    let many = (0..200).map(|n: u16| {
        let mut o = occurrence(n.into(), n.into());
        o.evidence = vec![("port".into(), Value::Int(n.into())), ("agent".into(), Value::str("é".repeat(5000)))];
        o
    });
    let found = findings(many);
    let [finding] = &found[..] else { panic!("one finding: {found:?}") };
    assert_eq!((finding.count, finding.events.len()), (200, MAX_EVENTS));
    let ports = &finding.evidence["port"];
    assert_eq!((ports.values.len(), ports.truncated), (MAX_EVIDENCE, true));
    assert_eq!(ports.values[49], Value::Int(49));
    let agents = &finding.evidence["agent"];
    assert!(!agents.truncated);
    let text = agents.values[0].as_str().expect("text");
    assert!(text.ends_with('…') && text.len() <= MAX_EVIDENCE_BYTES + '…'.len_utf8());
}

/// An occurrence over findings: `n` tells its signals and what was unusual.
fn storied(n: i64) -> Occurrence {
    let behind = Occurrence {
        severity: Severity::new((n % 7) as f64),
        principal: Some(format!("p{}", n % 60).into()),
        title: format!("signal {n}").into(),
        ..occurrence(n, 1000 + n.unsigned_abs() as u128)
    };
    let unusual = Unusual {
        profile: "principal".into(),
        name: "country".into(),
        how: How::New(Value::Int(n % 70)),
        usual: vec![(Value::Int(n), 1.0)],
        by_account: false,
    };
    let story = Story {
        first: Time(n - 5),
        events: vec![EventRef { time: Time(n - 5), id: 5000 + n.unsigned_abs() as u128 }],
        measures: vec![("count()".into(), Value::Int(n))],
        signals: vec![Signal::of(&behind)],
        unusual: vec![unusual],
        ..Story::default()
    };
    Occurrence { story: Some(Box::new(story)), quiet: 1000, ..occurrence(n, n.unsigned_abs() as u128) }
}

#[test]
fn signals_are_summed_up_by_type_resource_and_principal() {
    let found = findings((1..=600).map(storied)).remove(0);
    assert_eq!((found.first_seen, found.last_seen, found.count), (Time(-4), Time(600), 1200));
    assert_eq!((found.signals.len(), found.unusual.len()), (MAX_EVIDENCE, MAX_EVIDENCE));
    let one = found.signals.iter().find(|s| s.newest.principal.as_deref() == Some("p3")).expect("kept");
    // Events 3, 63, …, 543.
    assert_eq!((one.count, one.first, one.newest.event.time), (10, Time(3), Time(543)));
    assert_eq!((one.severity, &*one.newest.title), (Severity::new(6.0), "signal 543"));
    assert_eq!(found.measures, [("count()".into(), Value::Int(600))], "the newest occurrence's");
    assert_eq!(found.unusual[3].usual, [(Value::Int(3), 1.0)], "as it was found first");
    // Any order, any split.
    let mut parts = [Aggregator::new(), Aggregator::new(), Aggregator::new()];
    (1..=600).rev().for_each(|n| parts[(n * 7 % 3) as usize].add(storied(n)));
    let [mut a, b, c] = parts;
    a.merge(c);
    a.merge(b);
    assert_eq!(format!("{:?}", a.finish()), format!("{:?}", [found]));
}

pub fn any_occurrence() -> impl Strategy<Value = Occurrence> {
    let places = (0..60i64, 0..40u128, 0..2u8, prop::option::weighted(0.2, 0..2u8));
    let words = (0..10u8, "[ab]", prop::collection::vec(0..70i64, 0..4), "[xy]");
    (places, words).prop_map(|((time, event, resource, archived), (severity, title, ports, entry))| {
        let mut o = occurrence(time, event);
        o.quiet = 3;
        o.resource.uid = Some(format!("i-{resource}").into());
        o.archived_by = archived.map(|n| Arc::from(format!("suppression {n}")));
        o.severity = Severity::new(severity.into());
        o.attributes = vec![("port".into(), ports.first().map_or(Value::Null, |&p| Value::Int(p)))];
        o.evidence = ports.into_iter().map(|p| (Arc::from("port"), Value::Int(p))).collect();
        o.list_matches = vec![ListMatch {
            list: "bad".into(),
            entry: entry.as_str().into(),
            attribute: "remote.ip".into(),
            value: title.as_str().into(),
            role: ListRole::Threat,
            list_hash: None,
        }];
        o.title = title.into();
        o
    })
}

/// (resource, archived) -> spans, by sorting: what episodes mean, said plainly.
fn reference(all: &[Occurrence]) -> Vec<(i64, i64, u64)> {
    let mut groups: BTreeMap<_, BTreeSet<(i64, u128)>> = BTreeMap::new();
    for o in all {
        groups.entry((o.resource.clone(), o.archived_by.is_some())).or_default().insert((o.time.0, o.event));
    }
    let mut out = Vec::new();
    for events in groups.into_values() {
        let mut open: Option<(i64, i64, BTreeSet<u128>)> = None;
        for (t, e) in events {
            match &mut open {
                Some((_, last, seen)) if t - *last <= 3 => {
                    *last = t;
                    seen.insert(e);
                }
                _ => out.extend(open.replace((t, t, BTreeSet::from([e])))),
            }
        }
        out.extend(open);
    }
    let mut out: Vec<_> = out.into_iter().map(|(a, b, seen)| (a, b, seen.len() as u64)).collect();
    out.sort_unstable();
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn only_the_set_of_occurrences_counts(
        all in prop::collection::vec(any_occurrence(), 0..80),
        order in prop::collection::vec((any::<u32>(), 0..4usize, prop::bool::weighted(0.2)), 80),
    ) {
        let once = findings(all.clone());
        let mut shuffled: Vec<(u32, usize, Occurrence)> = Vec::new();
        for (o, (rank, part, twice)) in all.iter().zip(&order) {
            shuffled.push((*rank, *part, o.clone()));
            if *twice {
                shuffled.push((rank.rotate_left(7), (part + 1) % 4, o.clone()));
            }
        }
        shuffled.sort_by_key(|(rank, _, _)| *rank);
        let mut parts: [Aggregator; 4] = Default::default();
        shuffled.into_iter().for_each(|(_, part, o)| parts[part].add(o));
        let merged = parts.into_iter().rev().reduce(|mut a, b| { a.merge(b); a }).expect("four parts").finish();
        prop_assert_eq!(format!("{once:?}"), format!("{merged:?}"));
        let mut seen = spans(&once);
        seen.sort_unstable();
        prop_assert_eq!(seen, reference(&all));
        let ids: BTreeSet<&str> = once.iter().map(|f| f.id.as_str()).collect();
        prop_assert_eq!(ids.len(), once.len());
    }
}
