//! Keys, the limit, expiry and the store: `docs/state.md` §2 and §8.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ops::operator;
use crate::state::{
    Aggregate, AggregateOp, Decides, Fired, Formula, Happening, Limit, Overflow, Spec, Table, Term, When, Window,
    finish,
};
use crate::value::{Time, Value};

fn spec(op: &str, n: i64, tumbling: bool) -> Arc<Spec> {
    let aggregate = Aggregate { name: Arc::from("n"), op: AggregateOp::Count, input: None, arg: None, enough: None };
    let op = operator(op).expect("an operator");
    let mut spec = Spec {
        window: Some(Window { length: 1000, tumbling }),
        when: When::Window {
            aggregates: vec![aggregate],
            formula: Formula::Compare(op, Term::Aggregate(0), Term::Const(Value::Int(n))),
        },
        decides: Decides::AtOnce,
        inputs: 1,
        read: 0,
    };
    finish(&mut spec);
    Arc::new(spec)
}

fn table(groups: usize) -> Table {
    Table::new(&spec(">=", 3, false), Limit { groups }, 1)
}

fn one(table: &mut Table, key: &str, at: i64) -> Vec<Fired> {
    let mut out = Vec::new();
    let happening = Happening { id: (at as u128) << 8, inputs: 1, args: &[], kept: &[] };
    table.step(key.as_bytes(), Time(at), &[happening], &mut out);
    out
}

fn groups(table: &mut Table, all: bool) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let mut out = BTreeMap::new();
    table.export(all, &mut |key, state| {
        out.insert(key.to_vec(), state.map(<[u8]>::to_vec));
    });
    out
}

#[test]
fn groups_do_not_mix() {
    let mut table = table(100);
    for at in 0..2 {
        for key in ["", "a", "b", "aa", "a much longer key than the others, of some other size class"] {
            assert!(one(&mut table, key, at).is_empty());
        }
    }
    assert_eq!(table.len(), 5);
    assert_eq!(one(&mut table, "a", 2).len(), 1);
    assert_eq!(one(&mut table, "b", 2).len(), 1);
}

#[test]
fn groups_that_are_over_are_closed_and_not_missed() {
    let mut table = table(1_000_000);
    for at in 0..50_000 {
        one(&mut table, &format!("key {at}"), at);
    }
    assert!(table.len() < 4000, "{} groups, though only 1000 events are in any window", table.len());
    for _ in 0..100 {
        table.expire(Time(60_000));
    }
    assert_eq!(table.len(), 0);
    assert_eq!(table.overflow(Time(i64::MAX)), []);
}

#[test]
fn the_limit_holds_and_says_so() {
    let mut table = table(100);
    for at in 0..500 {
        one(&mut table, &format!("key {at}"), at);
        assert!(table.len() <= 100);
    }
    // It is not over before a pause.
    assert_eq!(table.overflow(Time(499)), []);
    assert_eq!(table.overflow(Time(i64::MAX)), [Overflow { from: Time(100), to: Time(499), groups: 400 }]);
}

#[test]
fn what_is_over_makes_room_without_a_word() {
    let mut table = table(100);
    for round in 0..5 {
        for i in 0..100 {
            one(&mut table, &format!("key {round} {i}"), round * 1000);
        }
    }
    assert_eq!(table.overflow(Time(i64::MAX)), []);
}

#[test]
fn junk_displaces_junk_not_an_attacker_in_progress() {
    let mut table = table(1000);
    let mut caught = 0;
    for at in 0..900 {
        for i in 0..100 {
            one(&mut table, &format!("junk {at} {i}"), at);
        }
        // Each of a hundred attackers comes three times, four instants apart.
        if at % 4 == 0 {
            caught += (at % 9 * 12..at % 9 * 12 + 12)
                .map(|i| one(&mut table, &format!("attacker {}", i + at / 36 * 200), at).len())
                .sum::<usize>();
        }
    }
    assert_eq!(caught, 0, "each came once");
    for at in 900..912 {
        for i in 0..100 {
            one(&mut table, &format!("junk {at} {i}"), at);
        }
        if at % 4 == 0 {
            caught += (0..100).map(|i| one(&mut table, &format!("late attacker {i}"), at).len()).sum::<usize>();
        }
    }
    // 400 junk keys between two tries, at a limit of 1000.
    assert!(caught >= 98, "{caught} of 100");
    assert!(table.len() <= 1000);
}

#[test]
fn an_event_that_leaves_nothing_takes_nobodys_room() {
    let spec = spec("<", 3, false);
    let mut none = Spec::clone(&spec);
    if let When::Window { aggregates, .. } = &mut none.when {
        aggregates[0].input = Some(5);
    }
    let mut table = Table::new(&Arc::new(none), Limit { groups: 2 }, 1);
    for i in 0..10 {
        assert_eq!(one(&mut table, &format!("{i}"), i).len(), 1);
    }
    assert_eq!(table.len(), 0);
}

#[test]
fn only_what_changed_is_exported() {
    let mut table = table(10);
    one(&mut table, "a", 1);
    one(&mut table, "b", 2);
    assert_eq!(table.dirty(), 2);
    let first = groups(&mut table, false);
    assert_eq!(first.len(), 2);
    assert_eq!(table.dirty(), 0);
    assert!(groups(&mut table, false).is_empty());
    one(&mut table, "b", 3);
    one(&mut table, "c", 3);
    let second = groups(&mut table, false);
    assert_eq!(second.keys().collect::<Vec<_>>(), [b"b", b"c"]);
    // Those that are over are told, but not one that nobody was told of.
    one(&mut table, "d", 4);
    (0..10).for_each(|_| table.expire(Time(2000)));
    let third = groups(&mut table, false);
    assert_eq!(third.keys().collect::<Vec<_>>(), [b"a", b"b", b"c"]);
    assert!(third.values().all(Option::is_none));
}

#[test]
fn what_is_read_back_goes_on_as_before() {
    let mut table = table(10);
    one(&mut table, "a", 1);
    one(&mut table, "a", 2);
    let stored = groups(&mut table, true);
    let state = stored[b"a".as_slice()].clone().expect("alive");
    // With another seed, and so another order.
    let mut again = Table::new(&spec(">=", 3, false), Limit::default(), 99);
    assert!(again.import(b"a", &state));
    assert!(!again.import(b"a", &state), "it is there already");
    assert_eq!(one(&mut again, "a", 3), one(&mut table, "a", 3));
    // Damage is not read, and does not panic.
    for cut in 0..state.len() {
        assert!(!again.import(b"cut", &state[..cut]), "{cut}");
    }
    for at in 0..state.len() {
        for bit in 0..8 {
            let mut damaged = state.clone();
            damaged[at] ^= 1 << bit;
            let mut other = Table::new(&spec(">=", 3, false), Limit::default(), 99);
            if other.import(b"a", &damaged) {
                one(&mut other, "a", 5000);
            }
        }
    }
    assert_eq!(again.len(), 1);
}

#[test]
fn periods_of_displacement_outlive_a_restart() {
    let mut table = table(1);
    one(&mut table, "a", 1);
    one(&mut table, "b", 2);
    let mut again = self::table(1);
    assert!(again.import_head(&table.head()));
    assert!(!again.import_head(&[0]));
    assert_eq!(again.overflow(Time(i64::MAX)), [Overflow { from: Time(2), to: Time(2), groups: 1 }]);
}

#[test]
fn deadlines_are_told_once_whatever_came_between() {
    let mut table = Table::new(&spec("<", 3, true), Limit::default(), 1);
    for i in 0..5000i64 {
        one(&mut table, &format!("key {}", i % 7), i);
    }
    let mut due = Vec::new();
    table.due(Time(i64::MAX), &mut due);
    // The others were decided on the way, for nobody asked.
    let keys: Vec<(&[u8], i64)> = due.iter().map(|(key, at, _)| (key.as_ref(), at.0)).collect();
    assert_eq!(keys, []);
    for key in ["b", "c", "a"] {
        one(&mut table, key, 10_001);
    }
    assert_eq!(table.next_due(), Some(Time(11_000)));
    table.due(Time(20_000), &mut due);
    let keys: Vec<&[u8]> = due.iter().map(|(key, _, _)| key.as_ref()).collect();
    assert_eq!(keys, [b"a", b"b", b"c"]);
    assert_eq!(table.next_due(), None);
}
