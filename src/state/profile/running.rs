//! Aggregates of one bucket of a volume, event by event in order of (time, identity).

use crate::state::{Aggregate, AggregateOp};
use crate::value::{Raw, Value};

/// So many different values are exact; above, the least so many hashes tell the number (k minimum values), with a
/// relative standard error of 1/√1022, about 3 %.
const EXACT: usize = 1024;

/// An aggregate so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Running {
    Count(u64),
    Total { int: i64, float: f64, floats: bool, durations: bool, n: u64, mean: bool },
    Extreme { value: Option<Value>, greatest: bool },
    Distinct { hashes: Vec<u64>, all: bool },
    Gaps { n: u64, last: i64, sum: i128, squares: i128 },
    Speed { beyond: f64, last: Option<(f64, f64, i64)>, most: Option<f64> },
}

impl Running {
    pub fn new(aggregate: &Aggregate) -> Self {
        let total = |mean| Running::Total { int: 0, float: 0.0, floats: false, durations: false, n: 0, mean };
        match aggregate.op {
            AggregateOp::Count | AggregateOp::Seen => Running::Count(0),
            AggregateOp::Sum => total(false),
            AggregateOp::Avg => total(true),
            AggregateOp::Min => Running::Extreme { value: None, greatest: false },
            AggregateOp::Max => Running::Extreme { value: None, greatest: true },
            AggregateOp::Distinct => Running::Distinct { hashes: Vec::new(), all: true },
            AggregateOp::Jitter => Running::Gaps { n: 0, last: 0, sum: 0, squares: 0 },
            AggregateOp::Speed { beyond } => Running::Speed { beyond, last: None, most: None },
        }
    }

    /// One more event; `hash` is of its argument.
    pub fn add(&mut self, t: i64, arg: Raw<'_>, hash: impl FnOnce() -> u64) {
        match self {
            Running::Count(n) => *n += 1,
            Running::Total { int, float, floats, durations, n, .. } => {
                match arg.value() {
                    Value::Int(x) => *int = int.saturating_add(x),
                    Value::Duration(x) => {
                        *int = int.saturating_add(x);
                        *durations = true;
                    }
                    Value::Float(x) if x.is_finite() => {
                        *float += x;
                        *floats = true;
                    }
                    _ => return,
                }
                *n += 1;
            }
            Running::Extreme { value, greatest } => {
                let wanted = if *greatest { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
                let arg = arg.value();
                if number(&arg).is_some()
                    && value.as_ref().is_none_or(|v| number(&arg).partial_cmp(&number(v)) == Some(wanted))
                {
                    *value = Some(arg);
                }
            }
            Running::Distinct { hashes, all } if !arg.is_null() => {
                let hash = hash();
                if let Err(at) = hashes.binary_search(&hash) {
                    if hashes.len() == EXACT {
                        *all = false;
                        if at == EXACT {
                            return;
                        }
                        hashes.pop();
                    }
                    hashes.insert(at, hash);
                }
            }
            Running::Gaps { n, last, sum, squares } => {
                if *n > 0 {
                    let gap = i128::from(t.saturating_sub(*last));
                    *sum += gap;
                    *squares = squares.saturating_add(gap * gap);
                }
                (*n, *last) = (*n + 1, t);
            }
            Running::Speed { beyond, last, most } => {
                let Some((lon, lat)) = location(&arg.value()) else { return };
                if let Some((lon0, lat0, t0)) = *last {
                    let km = great_circle((lon0, lat0), (lon, lat));
                    let hours = t.saturating_sub(t0).max(1000) as f64 / 3_600_000.0;
                    if km >= *beyond {
                        *most = Some(most.unwrap_or(0.0).max(km / hours));
                    }
                }
                *last = Some((lon, lat, t));
            }
            Running::Distinct { .. } => {}
        }
    }

    /// The aggregate; null where there is none.
    pub fn value(&self) -> Value {
        match self {
            Running::Count(n) => Value::Int(i64::try_from(*n).unwrap_or(i64::MAX)),
            Running::Total { n: 0, mean: true, .. } => Value::Null,
            Running::Total { int, float, floats, durations, n, mean } => match (mean, floats, durations) {
                (false, true, _) => Value::Float(*int as f64 + float),
                (false, false, false) => Value::Int(*int),
                (false, false, true) => Value::Duration(*int),
                (true, false, true) => Value::Duration(*int / i64::try_from(*n).unwrap_or(i64::MAX)),
                (true, ..) => Value::Float((*int as f64 + float) / *n as f64),
            },
            Running::Extreme { value, .. } => value.clone().unwrap_or(Value::Null),
            Running::Distinct { hashes, all: true } => Value::Int(hashes.len() as i64),
            Running::Distinct { hashes, .. } => {
                let share = *hashes.last().unwrap_or(&u64::MAX) as f64 / u64::MAX as f64;
                Value::Int(((EXACT - 1) as f64 / share).round() as i64)
            }
            Running::Gaps { n, sum, squares, .. } => {
                let gaps = n.saturating_sub(1) as f64;
                if *n < 3 || *sum == 0 {
                    return Value::Null;
                }
                let mean = *sum as f64 / gaps;
                Value::Float((*squares as f64 / gaps - mean * mean).max(0.0).sqrt() / mean)
            }
            Running::Speed { most, .. } => most.map_or(Value::Null, Value::Float),
        }
    }
}

/// A number, or milliseconds.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) | Value::Duration(n) => Some(*n as f64),
        Value::Time(t) => Some(t.0 as f64),
        Value::Float(x) if x.is_finite() => Some(*x),
        _ => None,
    }
}

/// `[longitude, latitude]`, or an object with `lat`/`latitude` and `lon`/`long`/`longitude`.
fn location(value: &Value) -> Option<(f64, f64)> {
    let (lon, lat) = match value {
        Value::List(items) => match items.as_slice() {
            [lon, lat] => (number(lon)?, number(lat)?),
            _ => return None,
        },
        Value::Object(fields) => {
            let field = |names: &[&str]| fields.iter().find(|(n, _)| names.contains(&n.as_ref())).map(|(_, v)| v);
            (number(field(&["lon", "long", "longitude"])?)?, number(field(&["lat", "latitude"])?)?)
        }
        _ => return None,
    };
    (lon.abs() <= 180.0 && lat.abs() <= 90.0).then_some((lon, lat))
}

/// Kilometres between two points (longitude, latitude in degrees) on a sphere of 6371 km.
fn great_circle(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lon, lat) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let h = (lat / 2.0).sin().powi(2) + a.1.to_radians().cos() * b.1.to_radians().cos() * (lon / 2.0).sin().powi(2);
    2.0 * 6371.0 * h.sqrt().min(1.0).asin()
}
