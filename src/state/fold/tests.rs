//! Each aggregate as the law has it, at once and by parts.

use super::super::column::of_value;
use super::*;

const SPEED: AggregateOp = AggregateOp::Speed { beyond: 500.0 };

fn folded(op: AggregateOp, events: &[(i64, Value)]) -> Value {
    let kind = Kind::of(op);
    let cells: Vec<(i64, Cell)> = events.iter().map(|(t, v)| (*t, kind.map_or(ABSENT, |k| of_value(k, v)))).collect();
    let fold_of = |cells: &[(i64, Cell)]| {
        let mut fold = Fold::new(op);
        let present = cells.iter().filter(|(_, cell)| kind.is_none() || *cell != ABSENT);
        present.for_each(|(time, cell)| fold.add(*time, *cell));
        fold
    };
    let all = fold_of(&cells).value(op);
    for cut in 0..=cells.len() {
        let mut first = fold_of(&cells[..cut]);
        let mut out = Vec::new();
        fold_of(&cells[cut..]).save(&mut out);
        first.merge(&Fold::load(op, &mut Bytes::new(&out)).expect("its own bytes"));
        assert_eq!(first.value(op), all, "{op:?} cut at {cut}");
    }
    all
}

fn ints(numbers: &[i64]) -> Vec<(i64, Value)> {
    numbers.iter().enumerate().map(|(i, n)| (i as i64, Value::Int(*n))).collect()
}

fn at(times: &[i64]) -> Vec<(i64, Value)> {
    times.iter().map(|t| (*t, Value::Null)).collect()
}

fn places(events: &[(i64, f64, f64)]) -> Vec<(i64, Value)> {
    events.iter().map(|(t, lon, lat)| (*t, Value::List(vec![Value::Float(*lon), Value::Float(*lat)]))).collect()
}

#[test]
fn sums_saturate_and_are_zero_of_none() {
    assert_eq!(folded(AggregateOp::Sum, &[]), Value::Int(0));
    assert_eq!(folded(AggregateOp::Sum, &[(0, Value::Null), (1, Value::str("5"))]), Value::Int(0));
    assert_eq!(folded(AggregateOp::Sum, &ints(&[1, 2, -5])), Value::Int(-2));
    assert_eq!(folded(AggregateOp::Sum, &ints(&[i64::MAX, 1, 1])), Value::Int(i64::MAX));
    // Saturation is of the sum, not on the way: order does not matter.
    assert_eq!(folded(AggregateOp::Sum, &ints(&[i64::MAX, 7, -7])), Value::Int(i64::MAX));
    assert_eq!(folded(AggregateOp::Sum, &ints(&[i64::MIN, -7, 8])), Value::Int(i64::MIN + 1));
    assert_eq!(folded(AggregateOp::Sum, &[(0, Value::Duration(5)), (1, Value::Duration(6))]), Value::Duration(11));
    assert_eq!(folded(AggregateOp::Sum, &[(0, Value::Int(5)), (1, Value::Float(0.5))]), Value::Float(5.5));
}

#[test]
fn extremes_and_means_are_absent_of_none() {
    for op in [AggregateOp::Min, AggregateOp::Max, AggregateOp::Avg] {
        assert_eq!(folded(op, &[(0, Value::Null)]), Value::Null);
    }
    assert_eq!(folded(AggregateOp::Min, &ints(&[3, -1, 2])), Value::Int(-1));
    assert_eq!(folded(AggregateOp::Max, &ints(&[3, -1, 2])), Value::Int(3));
    assert_eq!(folded(AggregateOp::Max, &[(0, Value::Int(3)), (1, Value::Float(3.5))]), Value::Float(3.5));
    assert_eq!(folded(AggregateOp::Avg, &ints(&[1, 2])), Value::Float(1.5));
    assert_eq!(folded(AggregateOp::Avg, &[(0, Value::Duration(1)), (1, Value::Duration(4))]), Value::Duration(2));
}

#[test]
fn jitter_is_the_coefficient_of_variation_of_the_gaps() {
    assert_eq!(folded(AggregateOp::Jitter, &at(&[0, 5])), Value::Null);
    assert_eq!(folded(AggregateOp::Jitter, &at(&[7, 7, 7])), Value::Null);
    assert_eq!(folded(AggregateOp::Jitter, &at(&[0, 60, 120, 180])), Value::Float(0.0));
    // Gaps 1, 3: mean 2, deviation 1.
    assert_eq!(folded(AggregateOp::Jitter, &at(&[0, 1, 4])), Value::Float(0.5));
    // A tie is a gap of 0: gaps 0, 4.
    assert_eq!(folded(AggregateOp::Jitter, &at(&[0, 0, 4])), Value::Float(1.0));
}

#[test]
fn speed_is_of_consecutive_located_events_that_are_far_apart() {
    const HOUR: i64 = 3_600_000;
    let (berlin, paris, potsdam) = ((13.405, 52.52), (2.3522, 48.8566), (13.06, 52.4));
    let speed = |value: Value| match value {
        Value::Float(x) => x,
        other => panic!("{other:?}"),
    };
    let way = places(&[(0, berlin.0, berlin.1), (HOUR, paris.0, paris.1)]);
    let km_h = speed(folded(SPEED, &way));
    assert!((km_h - 878.0).abs() < 2.0, "{km_h}");
    assert_eq!(folded(SPEED, &places(&[(0, berlin.0, berlin.1), (HOUR, potsdam.0, potsdam.1)])), Value::Null);
    assert_eq!(folded(SPEED, &places(&[(0, berlin.0, berlin.1), (999, paris.0, paris.1)])), Value::Null);
    assert_eq!(folded(SPEED, &way[..1]), Value::Null);
    // What is not located does not stand between.
    let mut between = way.clone();
    between.insert(1, (1000, Value::Null));
    assert!((speed(folded(SPEED, &between)) - km_h).abs() < 1e-9);
    // The far side of the earth, and a pole.
    let half = std::f64::consts::PI * RADIUS;
    assert!((distance((0.0, 0.0), (180.0, 0.0)) - half).abs() < 1e-6);
    assert!((distance((0.0, 90.0), (77.0, -90.0)) - half).abs() < 1e-6);
}
