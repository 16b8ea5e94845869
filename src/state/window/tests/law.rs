//! Each sentence of `docs/state.md` §3 about windows as a case.

use super::*;
use crate::ops::function;

const D: i64 = 100;

fn count_of(n: i64) -> Spec {
    spec(D, false, vec![aggregate(AggregateOp::Count)], compare(0, ">=", n))
}

fn at(times: &[i64]) -> Vec<Event> {
    times.iter().enumerate().map(|(i, t)| event(*t, i as u128)).collect()
}

fn both(spec: &Spec, events: &[Event]) -> Vec<Seen> {
    let seen = run(spec, events, false);
    assert_eq!(run(spec, events, true), seen, "through bytes at every step");
    seen
}

#[test]
fn the_window_is_half_open() {
    // Of the third the window is (0, 100]: the first is out.
    assert_eq!(told(&both(&count_of(3), &at(&[0, 50, 100]))), []);
    assert_eq!(told(&both(&count_of(3), &at(&[1, 50, 100]))), [(2, 3)]);
}

#[test]
fn threshold_five_with_eight_events_counts_eight() {
    let seen = both(&count_of(5), &at(&[1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!(told(&seen), [(4, 5), (5, 1), (6, 1), (7, 1)]);
    assert_eq!(seen[0].first, 1);
    assert_eq!(seen[0].measures, [Value::Int(5)]);
}

#[test]
fn the_whole_tie_is_in_the_window_of_each_of_its_events() {
    // Two before, and a tie larger than what is kept.
    let seen = both(&count_of(5), &at(&[1, 2, 9, 9, 9, 9, 9, 9]));
    assert_eq!(told(&seen), [(2, 3), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)]);
    assert!(seen.iter().all(|s| s.first == 1 && s.measures == [Value::Int(5)]));
    let all: usize = seen.iter().map(|s| s.behind.len()).sum();
    assert_eq!(all, 8);
}

#[test]
fn nothing_fires_twice_for_what_is_named() {
    // A second burst, apart from the first.
    let seen = both(&count_of(2), &at(&[1, 2, 500, 501]));
    assert_eq!(told(&seen), [(1, 2), (3, 2)]);
    assert_eq!(seen[1].first, 500);
}

#[test]
fn of_several_inputs_each_is_counted_by_its_name() {
    let spec = spec(
        D,
        false,
        vec![of(AggregateOp::Count, 0), of(AggregateOp::Seen, 1)],
        Formula::And(vec![compare(0, ">=", 2), Formula::Is(Term::Aggregate(1))]),
    );
    let events = [event(1, 0), event(2, 1).of(1), event(3, 2), event(4, 3).of(1)];
    let seen = both(&spec, &events);
    assert_eq!(told(&seen), [(2, 3), (3, 1)]);
    assert_eq!(seen[0].measures, [Value::Int(2), Value::Bool(true)]);
    // An event of both inputs carries both names.
    let mut two = event(1, 0);
    two.inputs = 3;
    assert_eq!(told(&both(&spec, &[two, event(2, 1)])), [(1, 2)]);
}

#[test]
fn distinct_counts_different_present_values() {
    let spec = spec(D, false, vec![over(AggregateOp::Distinct, 0)], compare(0, ">=", 3));
    let values = [Some(1), Some(2), None, Some(1), Some(2), Some(3)];
    let events: Vec<Event> = values.iter().enumerate().map(|(i, v)| event(i as i64, i as u128).with(*v)).collect();
    let seen = both(&spec, &events);
    // Of each value its latest event is kept, and what completes is told.
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].behind, [(3, 3), (4, 4), (5, 5)]);
    assert_eq!(seen[0].measures, [Value::Int(3)]);
    // A value leaves the window with its last event.
    let events = [event(0, 0).with(1), event(60, 1).with(2), event(99, 2).with(1), event(150, 3).with(3)];
    assert_eq!(both(&spec, &events).len(), 1);
    let events = [event(0, 0).with(1), event(60, 1).with(2), event(150, 3).with(3)];
    assert_eq!(both(&spec, &events).len(), 0);
}

#[test]
fn what_is_not_monotone_is_true_of_the_whole_window() {
    let ratio = Formula::Compare(
        operator(">").expect("an operator"),
        Term::Aggregate(0),
        Term::Call(function("*").expect("times"), vec![Term::Aggregate(1), Term::Const(Value::Int(2))]),
    );
    let spec = spec(D, false, vec![of(AggregateOp::Count, 0), of(AggregateOp::Count, 1)], ratio);
    assert_eq!(spec.decides, Decides::AtWatermark);
    let events = [event(1, 0), event(2, 1).of(1), event(3, 2), event(4, 3), event(5, 4).of(1)];
    // 1 > 0; 1 > 2 no; 2 > 2 no; 3 > 2 yes; 3 > 4 no.
    assert_eq!(told(&both(&spec, &events)), [(0, 1), (3, 3)]);
}

#[test]
fn sums_of_more_than_is_kept_go_on_in_panes() {
    let n = i64::from(crate::state::window::EVENTS) + 2000;
    let spec = spec(n * 2, false, vec![over(AggregateOp::Sum, 0)], compare(0, ">=", n));
    let events: Vec<Event> = (0..n).map(|i| event(i, i as u128).with(1)).collect();
    let mut table = table(&spec);
    let mut out = Vec::new();
    for one in &events {
        step(&mut table, b"k", std::slice::from_ref(one), &mut out);
    }
    // All panes are wholly in the window: nothing is lost.
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].measures, [Value::Int(n)]);
    assert_eq!(out[0].error, Some(0.0));
}

#[test]
fn events_that_read_their_own_arguments_decide_for_themselves() {
    let formula = Formula::And(vec![compare(0, ">=", 2), Formula::Is(Term::Arg(0))]);
    let spec = spec(D, false, vec![aggregate(AggregateOp::Count)], formula);
    let own = |time, id, b| {
        let mut e = event(time, id);
        e.args.push(Value::Bool(b));
        e
    };
    let seen = both(&spec, &[own(1, 0, true), own(2, 1, false), own(2, 2, true), own(2, 3, true), own(3, 4, true)]);
    // The first that completes is told of those of its instant that do not.
    assert_eq!(told(&seen), [(2, 3), (3, 1), (4, 1)]);
}

#[test]
fn tumbling_windows_are_cut_at_multiples() {
    let spec = spec(D, true, vec![aggregate(AggregateOp::Count)], compare(0, ">=", 3));
    assert_eq!(spec.decides, Decides::AtOnce);
    assert_eq!(told(&both(&spec, &at(&[98, 99, 100, 101]))), []);
    // From the first tie on at which it is true, each event; up to the end of the window.
    assert_eq!(told(&both(&spec, &at(&[100, 150, 199, 199, 200]))), [(2, 3), (3, 1)]);
    assert_eq!(told(&both(&spec, &at(&[-100, -50, -1]))), [(2, 3)]);
    assert_eq!(told(&both(&spec, &at(&[-50, -1, 0]))), []);
}

#[test]
fn a_tumbling_window_that_could_become_false_is_decided_at_its_end() {
    let mut spec = spec(D, true, vec![aggregate(AggregateOp::Count)], compare(0, "<", 3));
    spec.read = 2;
    assert_eq!(spec.decides, Decides::AtClose);
    let mut events = at(&[0, 10, 100, 110, 120, 230]);
    events[1].inputs = 3;
    let seen = both(&spec, &events);
    assert_eq!(told(&seen), [(1, 2), (5, 1)]);
    assert_eq!((seen[0].time, seen[0].first), (10, 0));
    assert_eq!(seen[0].named, [(1, 1u128.to_le_bytes().to_vec())]);
    assert_eq!(seen[1].named, []);
    // The last of a tie by identity completes.
    assert_eq!(both(&spec, &at(&[0, 0]))[0].id, 1);
}

#[test]
fn a_closing_window_is_due_at_its_end() {
    let spec = spec(D, true, vec![aggregate(AggregateOp::Count)], compare(0, "<", 3));
    let mut table = table(&spec);
    let (mut out, mut due) = (Vec::new(), Vec::new());
    for key in [b"b", b"a"] {
        step(&mut table, key, &[event(10, 1)], &mut out);
    }
    step(&mut table, b"c", &[event(110, 1)], &mut out);
    assert_eq!(table.next_due(), Some(Time(100)));
    table.due(Time(99), &mut due);
    assert!(due.is_empty());
    table.due(Time(200), &mut due);
    let keys: Vec<(&[u8], i64)> = due.iter().map(|(key, at, _)| (key.as_ref(), at.0)).collect();
    assert_eq!(keys, [(b"a".as_slice(), 100), (b"b".as_slice(), 100), (b"c".as_slice(), 200)]);
    assert_eq!((table.next_due(), table.len()), (None, 0));
    // Who steps on without asking is told all the same.
    step(&mut table, b"a", &[event(310, 1)], &mut out);
    step(&mut table, b"a", &[event(450, 2)], &mut out);
    assert!(matches!(out[0].by, By::Kept { time: Time(310), .. }));
}

#[test]
fn the_last_event_of_a_named_input_is_handed_out() {
    let mut spec = spec(D, false, vec![of(AggregateOp::Count, 0)], compare(0, ">=", 2));
    spec.read = 0b10;
    let events = [event(1, 0).of(1), event(2, 1), event(3, 2), event(120, 3), event(121, 4)];
    let seen = both(&spec, &events);
    assert_eq!(seen[0].named, [(1, 0u128.to_le_bytes().to_vec())]);
    // It has left the window.
    assert_eq!(seen[1].named, []);
}

#[test]
fn a_dropped_occurrence_gives_its_events_back() {
    let spec = count_of(3);
    let mut table = table(&spec);
    let mut out = Vec::new();
    for e in at(&[1, 2, 3]) {
        step(&mut table, b"k", &[e], &mut out);
    }
    let dropped = out.pop().expect("three are enough");
    table.unname(b"k", &dropped.behind);
    step(&mut table, b"k", &[event(4, 9)], &mut out);
    // Of the three that are kept, and itself.
    let mut behind: Vec<i64> = out[0].behind.iter().map(|(t, _)| t.0).collect();
    behind.sort_unstable();
    assert_eq!(behind, [1, 2, 3, 4]);
}

#[test]
fn looking_ahead_changes_nothing() {
    let spec = count_of(3);
    let mut table = table(&spec);
    let mut out = Vec::new();
    for e in at(&[1, 2]) {
        step(&mut table, b"k", &[e], &mut out);
    }
    let mut ahead = Vec::new();
    let happening = |id| Happening { id, inputs: 1, args: &[], kept: &[] };
    for _ in 0..2 {
        ahead.clear();
        table.peek(b"k", &[(Time(3), vec![happening(7)]), (Time(4), vec![happening(8), happening(9)])], &mut ahead);
        let behind: Vec<(usize, usize)> = ahead.iter().map(|(at, fired)| (*at, fired.behind.len())).collect();
        assert_eq!(behind, [(0, 3), (1, 1), (1, 1)]);
        table.peek(b"other", &[(Time(3), vec![happening(7)])], &mut ahead);
        assert_eq!((ahead.len(), table.len()), (3, 1));
    }
    out.clear();
    step(&mut table, b"k", &[event(3, 7)], &mut out);
    assert_eq!(out[0].behind.len(), 3);
}
