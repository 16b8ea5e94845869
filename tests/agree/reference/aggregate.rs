//! Aggregates over the events of one window (the law, section 3).

use outguard::check::Model;
use outguard::check::model::{Expr, ExprKind};
use outguard::ops::compare::order;
use outguard::value::{Arena, Type, Val, Value};

use super::select::Member;
use super::{Reader, nothing};

/// Mean radius of the Earth, in km.
const RADIUS: f64 = 6371.0;

/// The value of an aggregate expression over a window in order of time and identity.
pub fn aggregate<'a>(model: &'a Model, e: &Expr, window: &[&Member<'a>], arena: &'a Arena) -> Val<'a> {
    let ExprKind::Aggregate(aggregate, args, input) = &e.kind else { return Val::Absent };
    let events: Vec<&Member<'a>> =
        window.iter().copied().filter(|m| input.is_none_or(|input| m.names.contains(&input))).collect();
    let values = |arg: &Expr| -> Vec<Val<'a>> {
        let ask = nothing;
        let of = |m: &&Member<'a>| {
            let record = m.record;
            let event = |i: usize| (input.is_none_or(|input| input == i)).then_some(record);
            Reader::new(model, arena, &event, &ask).value(arg)
        };
        events.iter().map(of).collect()
    };
    let present = |arg: &Expr| -> Vec<Val<'a>> { values(arg).into_iter().filter(|v| !v.is_absent()).collect() };
    match aggregate.name {
        "count" => Val::Int(events.len() as i64),
        "seen" => Val::Bool(!events.is_empty()),
        "distinct" => {
            let mut different: Vec<Value> = Vec::new();
            for v in present(&args[0]).into_iter().filter_map(|v| v.to_value()) {
                if !different.contains(&v) {
                    different.push(v);
                }
            }
            Val::Int(different.len() as i64)
        }
        "sum" => sum(&present(&args[0]), &e.ty),
        "min" => amounts(present(&args[0])).reduce(|a, b| if less(b, a) { b } else { a }).unwrap_or(Val::Absent),
        "max" => amounts(present(&args[0])).reduce(|a, b| if less(a, b) { b } else { a }).unwrap_or(Val::Absent),
        "avg" => average(&amounts(present(&args[0])).collect::<Vec<_>>()),
        "jitter" => jitter(&events),
        "speed" => {
            let (lats, longs) = (values(&args[0]), values(&args[1]));
            let beyond = match args.get(2).map(|e| &e.kind) {
                Some(ExprKind::Const(Value::Int(metres))) => *metres as f64 / 1000.0,
                _ => 500.0,
            };
            let mut located = Vec::new();
            for (m, (lat, long)) in events.iter().zip(lats.iter().zip(&longs)) {
                if let (Some(lat), Some(long)) = (number(*lat), number(*long)) {
                    located.push((m.record.time, lat, long));
                }
            }
            speed(&located, beyond)
        }
        other => panic!("no aggregate {other}"),
    }
}

/// Of documents, what holds a number.
fn amounts<'a>(values: Vec<Val<'a>>) -> impl Iterator<Item = Val<'a>> {
    values.into_iter().filter(|v| matches!(v, Val::Int(_) | Val::Float(_) | Val::Duration(_) | Val::Time(_)))
}

fn less(a: Val<'_>, b: Val<'_>) -> bool {
    order(a, b) == Some(std::cmp::Ordering::Less)
}

fn number(v: Val<'_>) -> Option<f64> {
    match v {
        Val::Int(n) | Val::Duration(n) => Some(n as f64),
        Val::Float(x) => Some(x),
        _ => None,
    }
}

/// As if summed exactly, then brought into 64 bits.
fn sum<'a>(values: &[Val<'a>], ty: &Type) -> Val<'a> {
    let exact: i128 = values
        .iter()
        .map(|v| match v {
            Val::Int(n) | Val::Duration(n) => i128::from(*n),
            _ => 0,
        })
        .sum();
    let exact = exact.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
    match ty {
        Type::Int => Val::Int(exact),
        Type::Duration => Val::Duration(exact),
        _ => Val::Float(values.iter().filter_map(|v| number(*v)).sum()),
    }
}

fn average<'a>(values: &[Val<'a>]) -> Val<'a> {
    let exact: i128 = values
        .iter()
        .map(|v| match v {
            Val::Int(n) | Val::Duration(n) => i128::from(*n),
            _ => 0,
        })
        .sum();
    let n = values.len();
    match values.first() {
        None => Val::Absent,
        Some(Val::Duration(_)) => Val::Duration((exact / n as i128) as i64),
        Some(Val::Int(_)) => Val::Float(exact as f64 / n as f64),
        Some(_) => Val::Float(values.iter().filter_map(|v| number(*v)).sum::<f64>() / n as f64),
    }
}

/// The standard deviation of the gaps between consecutive events, divided by their mean.
fn jitter<'a>(events: &[&Member<'a>]) -> Val<'a> {
    if events.len() < 3 {
        return Val::Absent;
    }
    let gaps: Vec<f64> = events.windows(2).map(|w| (w[1].record.time - w[0].record.time) as f64).collect();
    let (mean, sd) = mean_and_sd(&gaps);
    if mean == 0.0 { Val::Absent } else { Val::Float(sd / mean) }
}

/// Of a population.
pub fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

fn speed<'a>(located: &[(i64, f64, f64)], beyond: f64) -> Val<'a> {
    let mut greatest: Option<f64> = None;
    for pair in located.windows(2) {
        let ((t0, lat0, long0), (t1, lat1, long1)) = (pair[0], pair[1]);
        let km = distance(lat0, long0, lat1, long1);
        if km >= beyond && t1 - t0 >= 1000 {
            let hours = (t1 - t0) as f64 / 3_600_000.0;
            greatest = Some(greatest.map_or(km / hours, |g| g.max(km / hours)));
        }
    }
    greatest.map_or(Val::Absent, Val::Float)
}

/// Great circle, by the haversine.
fn distance(lat0: f64, long0: f64, lat1: f64, long1: f64) -> f64 {
    let (p0, p1) = (lat0.to_radians(), lat1.to_radians());
    let (dp, dl) = (p1 - p0, (long1 - long0).to_radians());
    let a = (dp / 2.0).sin().powi(2) + p0.cos() * p1.cos() * (dl / 2.0).sin().powi(2);
    2.0 * RADIUS * a.sqrt().min(1.0).asin()
}
