//! Windows of more than is kept: how far off they are, and that they say so.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::state::window::{EVENTS, VALUES};
use crate::state::{Aggregate, AggregateOp, Decides, Fired, Formula, Happening, Limit, Spec, Table, When, Window};
use crate::value::{Raw, Raws, Time, Truth, Value};

fn spec(op: AggregateOp, length: i64, tumbling: bool) -> Arc<Spec> {
    let arg = (!matches!(op, AggregateOp::Count | AggregateOp::Jitter)).then_some(0);
    let aggregate = Aggregate { name: Arc::from("n"), op, input: None, arg, enough: None };
    Arc::new(Spec {
        window: Some(Window { length, tumbling }),
        when: When::Window { aggregates: vec![aggregate], formula: Formula::Const(Truth::True) },
        decides: Decides::AtWatermark,
        inputs: 1,
        read: 0,
    })
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Int(n) => *n as f64,
        Value::Float(x) => *x,
        other => panic!("{other:?}"),
    }
}

/// Steps values a millisecond apart; what each fired.
fn run(spec: &Arc<Spec>, values: impl Iterator<Item = i64>, store_every: usize) -> Vec<Fired> {
    let mut table = Table::new(spec, Limit::default(), 7);
    let mut all = Vec::new();
    for (i, value) in values.enumerate() {
        let raws: Raws = [Value::Int(value)].iter().collect();
        let args: Vec<Raw<'_>> = raws.all().collect();
        let happening = Happening { id: i as u128, inputs: 1, args: &args, kept: &[] };
        table.step(b"k", Time(i as i64), &[happening], &mut all);
        if i % store_every == store_every - 1 {
            let mut stored = Vec::new();
            table.export(true, &mut |_, state| stored = state.map(<[u8]>::to_vec).unwrap_or_default());
            table = Table::new(spec, Limit::default(), 8);
            assert!(table.import(b"k", &stored));
        }
    }
    all
}

/// A multiple of 64, so that panes are whole milliseconds.
const LENGTH: i64 = 6_400;
const STEPS: i64 = 16_000;

#[test]
fn counts_and_sums_are_near_and_say_how_near() {
    for op in [AggregateOp::Count, AggregateOp::Sum] {
        let fired = run(&spec(op, LENGTH, false), (0..STEPS).map(|i| i % 7), usize::MAX);
        let mut window: VecDeque<i64> = VecDeque::new();
        let mut sum = 0;
        for (i, fired) in fired.iter().enumerate() {
            window.push_back(i as i64 % 7);
            sum += i as i64 % 7;
            if window.len() > LENGTH as usize {
                sum -= window.pop_front().expect("not empty");
            }
            let exact = if op == AggregateOp::Count { window.len() as f64 } else { sum as f64 };
            let told = number(&fired.measures[0]);
            match fired.error {
                None => assert_eq!(told, exact, "event {i}"),
                // Of the oldest pane a part is out: evenly spread, so next to nothing is lost.
                Some(error) => {
                    assert!(error < 0.01 && (told - exact).abs() <= exact * 0.002 + 4.0, "{told} for {exact}, {error}")
                }
            }
            assert_eq!(fired.error.is_some(), i > EVENTS as usize, "event {i}");
        }
    }
}

#[test]
fn distinct_values_are_sketched_within_the_error() {
    // 3000 different values come round and round, then 100 only.
    let value = |i: i64| if i < LENGTH { i * 7919 % 3000 } else { i % 100 };
    let fired = run(&spec(AggregateOp::Distinct, LENGTH, false), (0..STEPS + 2).map(value), usize::MAX);
    let (mut worst, mut sketched) = (0f64, 0);
    for (i, fired) in fired.iter().enumerate() {
        let from = (i as i64 - LENGTH + 1).max(0);
        let exact = if i % 97 == 0 || i + 2 > STEPS as usize {
            (from..=i as i64).map(value).collect::<std::collections::HashSet<_>>().len() as f64
        } else {
            continue;
        };
        let told = number(&fired.measures[0]);
        if let Some(error) = fired.error {
            sketched += 1;
            // While old values leave, those of the oldest pane are counted still.
            let left = if (LENGTH..2 * LENGTH).contains(&(i as i64)) { LENGTH as f64 / 64.0 } else { 0.0 };
            worst = worst.max(((told - exact).abs() - left) / exact);
            assert!(error < 0.5, "{error}");
        } else {
            assert_eq!(told, exact, "event {i}");
        }
    }
    assert!(sketched > 100 && worst < 0.05, "{worst} off at worst of {sketched}");
    let last = fired.last().expect("many");
    assert_eq!((last.error, &last.measures[0]), (None, &Value::Int(100)), "exact again");
    const { assert!(VALUES < 3000) };
}

#[test]
fn a_tumbling_window_is_one_pane_and_loses_nothing_but_the_values() {
    let fired = run(&spec(AggregateOp::Sum, STEPS, true), 0..STEPS, usize::MAX);
    assert_eq!(fired.last().expect("many").measures, [Value::Int((0..STEPS).sum())]);
    let fired = run(&spec(AggregateOp::Max, LENGTH, true), (0..STEPS).map(|i| STEPS - i), usize::MAX);
    for (i, fired) in fired.iter().enumerate() {
        let begin = i as i64 / LENGTH * LENGTH;
        assert_eq!(fired.measures, [Value::Int(STEPS - begin)], "event {i}");
    }
    let fired = run(&spec(AggregateOp::Distinct, STEPS, true), 0..STEPS, usize::MAX);
    let last = fired.last().expect("many");
    assert!((number(&last.measures[0]) / STEPS as f64 - 1.0).abs() < 0.05);
    assert!(last.error.is_some_and(|error| (0.01..0.03).contains(&error)));
}

#[test]
fn extremes_gaps_and_means_go_on() {
    let fired = run(&spec(AggregateOp::Min, LENGTH, false), 0..STEPS, usize::MAX);
    let last = number(&fired.last().expect("many").measures[0]);
    // The oldest pane is in as a whole.
    assert!((0.0..=160.0).contains(&((STEPS - LENGTH) as f64 - last)), "{last}");
    let fired = run(&spec(AggregateOp::Jitter, LENGTH, false), 0..STEPS, usize::MAX);
    assert_eq!(number(&fired.last().expect("many").measures[0]), 0.0);
    let fired = run(&spec(AggregateOp::Avg, LENGTH, false), (0..STEPS).map(|i| i % 2), usize::MAX);
    assert!((number(&fired.last().expect("many").measures[0]) - 0.5).abs() < 0.001);
}

#[test]
fn stored_and_read_back_it_tells_the_same() {
    for op in [AggregateOp::Distinct, AggregateOp::Sum, AggregateOp::Jitter, AggregateOp::Max] {
        let values = || (0..8000).map(|i| i * 7919 % 2500);
        let spec = spec(op, 6000, false);
        assert_eq!(run(&spec, values(), 501), run(&spec, values(), usize::MAX), "{op:?}");
    }
}
