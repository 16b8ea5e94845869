//! The same windows, computed anew of all events for each, as `docs/state.md` says: no ring, no bound but the one that
//! the law names.

use std::collections::BTreeSet;

use super::*;
use crate::state::Cx;
use crate::state::formula::no_answers;
use crate::value::Arena;
use crate::value::{Raw, Raws};

/// Numbers that look random, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize].clone()
    }
}

fn present(e: &Event, a: &Aggregate) -> Option<Value> {
    if a.input.is_some_and(|i| e.inputs >> i & 1 == 0) {
        return None;
    }
    let value = a.arg.map_or(Some(Value::Bool(true)), |arg| e.args.get(arg).cloned())?;
    (value != Value::Null).then_some(value)
}

fn measure(a: &Aggregate, window: &[&Event]) -> Value {
    let values: Vec<(i64, Value)> = window.iter().filter_map(|e| Some((e.time, present(e, a)?))).collect();
    let ints: Vec<i64> =
        values.iter().filter_map(|(_, v)| if let Value::Int(n) = v { Some(*n) } else { None }).collect();
    let cut = |n: usize| Value::Int(a.enough.map_or(n, |most| n.min(most as usize)) as i64);
    match a.op {
        AggregateOp::Count => cut(values.len()),
        AggregateOp::Seen => Value::Bool(!values.is_empty()),
        AggregateOp::Distinct => cut(ints.iter().collect::<BTreeSet<_>>().len()),
        AggregateOp::Sum => Value::Int(ints.iter().sum()),
        AggregateOp::Min => ints.iter().min().map_or(Value::Null, |n| Value::Int(*n)),
        AggregateOp::Max => ints.iter().max().map_or(Value::Null, |n| Value::Int(*n)),
        AggregateOp::Avg if ints.is_empty() => Value::Null,
        AggregateOp::Avg => Value::Float(ints.iter().sum::<i64>() as f64 / ints.len() as f64),
        AggregateOp::Jitter => {
            let gaps: Vec<f64> = values.windows(2).map(|w| (w[1].0 - w[0].0) as f64).collect();
            let mean = gaps.iter().sum::<f64>() / gaps.len().max(1) as f64;
            if gaps.len() < 2 || mean == 0.0 {
                return Value::Null;
            }
            let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
            Value::Float(variance.sqrt() / mean)
        }
        AggregateOp::Speed { .. } => unreachable!("tested with the folds"),
    }
}

/// What is kept of a window for its aggregates, of the events before an instant.
fn kept<'e>(aggregates: &[Aggregate], before: &[&'e Event]) -> Vec<&'e Event> {
    let mut ids = BTreeSet::new();
    for a in aggregates {
        let mut values: Vec<Value> = Vec::new();
        let mut events = 0;
        for e in before.iter().rev() {
            let Some(value) = present(e, a) else { continue };
            let n = match (a.op, a.enough) {
                (AggregateOp::Seen, _) => 1,
                (_, Some(n)) => n as usize,
                (_, None) => usize::MAX,
            };
            if a.op == AggregateOp::Distinct {
                if values.len() < n && !values.contains(&value) {
                    values.push(value);
                    ids.insert(e.id);
                }
            } else if events < n {
                events += 1;
                ids.insert(e.id);
            }
        }
    }
    before.iter().filter(|e| ids.contains(&e.id)).copied().collect()
}

fn naive(spec: &Spec, events: &[Event]) -> Vec<Seen> {
    let (Some(Window { length, tumbling }), When::Window { aggregates, formula }) = (spec.window, &spec.when) else {
        unreachable!("only windows are tested")
    };
    let mut named: BTreeSet<u128> = BTreeSet::new();
    let mut out = Vec::new();
    let start = |t: i64| if tumbling { t.div_euclid(length) * length } else { t - length + 1 };
    for tie in events.chunk_by(|a, b| a.time == b.time) {
        let t = tie[0].time;
        let in_window = |e: &&Event| e.time >= start(t) && e.time <= t;
        let window: Vec<&Event> = events.iter().filter(in_window).collect();
        let at_close = spec.decides == Decides::AtClose;
        if at_close && events.iter().any(|e| e.time > t && start(e.time) == start(t)) {
            continue;
        }
        let before: Vec<&Event> = window.iter().filter(|e| e.time < t).copied().collect();
        let keep = kept(aggregates, if at_close { &window } else { &before });
        let measures: Vec<Value> = aggregates.iter().map(|a| measure(a, &window)).collect();
        let last_of = |i: &u8| window.iter().rev().find(|e| e.inputs >> i & 1 > 0);
        let read = (0..8u8).filter(|i| spec.read >> i & 1 > 0);
        let last: Vec<(u8, Vec<u8>)> = read.filter_map(|i| Some((i, last_of(&i)?.id.to_le_bytes().to_vec()))).collect();
        let completes = |e: &&Event| {
            let raws: Raws = e.args.iter().collect();
            let args: Vec<Raw<'_>> = raws.all().collect();
            formula.decide(&mut Cx::new(&measures, &args, &mut no_answers, &Arena::new())).holds()
        };
        let candidates = if at_close { &tie[tie.len() - 1..] } else { tie };
        let complete: Vec<&Event> = candidates.iter().filter(completes).collect();
        for (i, e) in complete.iter().enumerate() {
            let mut behind = vec![(e.time, e.id)];
            if i == 0 {
                let rest = tie.iter().filter(|o| !at_close && complete.iter().all(|c| c.id != o.id));
                let old = keep.iter().copied().chain(rest).filter(|o| !named.contains(&o.id) && o.id != e.id);
                behind.extend(old.map(|o| (o.time, o.id)));
                behind.sort_unstable();
            }
            let first = keep.iter().map(|e| e.time).min().unwrap_or(t).min(t);
            let (measures, named) = (measures.clone(), last.clone());
            out.push(Seen { time: t, id: e.id, behind, first, measures, named });
        }
        for seen in &out {
            named.extend(seen.behind.iter().map(|(_, id)| *id));
        }
    }
    out
}

fn formula(random: &mut Random, aggregates: &[Aggregate], greatest: u64, depth: u32) -> Formula {
    let at = random.below(aggregates.len() as u64) as usize;
    match (random.below(if depth > 1 { 3 } else { 8 }), aggregates[at].op) {
        (_, AggregateOp::Seen) => Formula::Is(Term::Aggregate(at)),
        (0..=2, AggregateOp::Jitter) => compare(at, random.pick(&["<", ">="]), 1),
        (0..=2, _) => compare(at, random.pick(&[">=", ">=", ">", "<", "==", "<="]), random.below(greatest) as i64),
        (3, _) => Formula::Not(Box::new(formula(random, aggregates, greatest, depth + 1))),
        (4, _) => Formula::Or(vec![
            formula(random, aggregates, greatest, depth + 1),
            formula(random, aggregates, greatest, depth + 1),
        ]),
        (5, _) => Formula::Compare(
            operator(">").expect("an operator"),
            Term::Aggregate(at),
            random.pick(&[Term::Aggregate(0), Term::Arg(0)]),
        ),
        (_, _) => Formula::And(vec![
            formula(random, aggregates, greatest, depth + 1),
            formula(random, aggregates, greatest, depth + 1),
        ]),
    }
}

fn near(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => (a - b).abs() < 1e-9,
        (a, b) => a == b,
    }
}

/// Traces of up to `longest` events with windows up to `widest` long and constants below `greatest`; how many traces have
/// a match, and how many matches there are.
fn agree(seeds: std::ops::RangeInclusive<u64>, longest: u64, widest: u64, greatest: u64) -> (usize, usize) {
    let ops = [
        AggregateOp::Count,
        AggregateOp::Count,
        AggregateOp::Distinct,
        AggregateOp::Distinct,
        AggregateOp::Seen,
        AggregateOp::Sum,
        AggregateOp::Min,
        AggregateOp::Max,
        AggregateOp::Avg,
        AggregateOp::Jitter,
    ];
    let (mut matches, mut told) = (0, 0);
    for seed in seeds {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        (0..8).for_each(|_| {
            random.below(2);
        });
        let aggregates: Vec<Aggregate> = (0..1 + random.below(3))
            .map(|_| {
                let op = random.pick(&ops);
                let arg = (!matches!(op, AggregateOp::Count | AggregateOp::Seen | AggregateOp::Jitter)).then_some(0);
                Aggregate { arg, input: random.pick(&[None, None, Some(0), Some(1)]), ..aggregate(op) }
            })
            .collect();
        let formula = formula(&mut random, &aggregates, greatest, 0);
        let mut spec = spec(1 + random.below(widest) as i64, random.below(3) == 0, aggregates, formula);
        spec.read = random.below(4) as u32;
        let mut time = -20;
        let sparse = 1 + random.below(8);
        let mut events: Vec<Event> = (0..random.below(longest))
            .map(|_| {
                time += if random.below(3) == 0 { 0 } else { random.below(sparse) as i64 };
                let value = (random.below(6) > 0).then(|| random.below(greatest) as i64);
                let mut e = event(time, u128::from(random.below(1 << 40))).with(value);
                e.inputs = 1 + random.below(3) as u32;
                e
            })
            .collect();
        events.sort_by_key(|e| (e.time, e.id));
        let expected = naive(&spec, &events);
        for stored in [false, true] {
            let seen = run(&spec, &events, stored);
            let same = |(a, b): (&Seen, &Seen)| {
                let measures = a.measures.iter().zip(&b.measures).all(|(a, b)| near(a, b));
                measures && Seen { measures: vec![], ..a.clone() } == Seen { measures: vec![], ..b.clone() }
            };
            let equal = seen.len() == expected.len() && seen.iter().zip(&expected).all(same);
            assert!(equal, "seed {seed}, stored {stored}\n{spec:#?}\n{events:?}\n{seen:#?}\nexpected {expected:#?}");
        }
        matches += expected.len();
        told += usize::from(!expected.is_empty());
    }
    (told, matches)
}

#[test]
fn rings_tell_what_a_naive_recomputation_tells() {
    let (told, matches) = agree(1..=1500, 60, 40, 6);
    assert!(matches > 5000 && told > 500, "traces that say something: {told}, {matches}");
}

#[test]
fn so_do_groups_that_grow_large_and_small_again() {
    let (told, matches) = agree(5001..=5040, 400, 600, 120);
    assert!(matches > 500 && told > 10, "traces that say something: {told}, {matches}");
}
