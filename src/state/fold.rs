//! Aggregates folded over events in order: what one pane of a window remembers, and what a whole window comes to. Folds
//! of neighbouring spans merge into that of both.

use super::column::{ABSENT, Cell, Kind, as_number, as_point, put_signed, signed};
use super::spec::AggregateOp;
use crate::ops::compare::order;
use crate::value::bytes::{Bytes, put_number};
use crate::value::{Val, Value};

/// Mean radius of the earth in km.
const RADIUS: f64 = 6371.0;

/// An aggregate so far.
#[derive(Debug, Clone, PartialEq)]
pub enum Fold {
    /// `count`, `seen`, and `distinct` where it is exact.
    Count(u64),
    /// `sum`, `min`, `max`, `avg`.
    Numbers(Numbers),
    /// `jitter`.
    Gaps(Gaps),
    /// `speed`.
    Track(Track),
}

/// What is known of some numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    count: u64,
    /// Sum of integers and durations, exact.
    whole: i128,
    /// Sum of floats, in order.
    part: f64,
    float: bool,
    duration: bool,
    least: Cell,
    greatest: Cell,
}

/// What is known of gaps between events, in milliseconds, exact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gaps {
    events: u64,
    first: i64,
    last: i64,
    sum: u128,
    squares: u128,
}

/// What is known of a way.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    beyond: f64,
    first: (i64, Cell),
    last: (i64, Cell),
    /// km/h; negative where there is none.
    best: f64,
}

impl Fold {
    /// Of no events.
    #[must_use]
    pub fn new(op: AggregateOp) -> Fold {
        match op {
            AggregateOp::Count | AggregateOp::Seen | AggregateOp::Distinct => Fold::Count(0),
            AggregateOp::Sum | AggregateOp::Min | AggregateOp::Max | AggregateOp::Avg => Fold::Numbers(Numbers {
                count: 0,
                whole: 0,
                part: 0.0,
                float: false,
                duration: false,
                least: ABSENT,
                greatest: ABSENT,
            }),
            AggregateOp::Jitter => Fold::Gaps(Gaps::default()),
            AggregateOp::Speed { beyond } => {
                Fold::Track(Track { beyond, first: (0, ABSENT), last: (0, ABSENT), best: -1.0 })
            }
        }
    }

    /// Takes the next event in.
    pub fn add(&mut self, time: i64, cell: Cell) {
        match self {
            Fold::Count(n) => *n += 1,
            Fold::Numbers(numbers) => numbers.add(cell),
            Fold::Gaps(gaps) => gaps.merge(&Gaps { events: 1, first: time, last: time, ..Gaps::default() }),
            Fold::Track(track) => {
                let one = Track { beyond: track.beyond, first: (time, cell), last: (time, cell), best: -1.0 };
                track.merge(&one);
            }
        }
    }

    /// Takes in what a later span came to.
    pub fn merge(&mut self, later: &Fold) {
        match (self, later) {
            (Fold::Count(a), Fold::Count(b)) => *a += b,
            (Fold::Numbers(a), Fold::Numbers(b)) => a.merge(b),
            (Fold::Gaps(a), Fold::Gaps(b)) => a.merge(b),
            (Fold::Track(a), Fold::Track(b)) => a.merge(b),
            // Folds of one aggregate are of one kind.
            _ => {}
        }
    }

    /// What would be left if only a part of the events, evenly spread, were in. Extremes, gaps and ways stay.
    #[must_use]
    pub fn part(&self, share: f64) -> Fold {
        match self {
            Fold::Count(n) => Fold::Count((*n as f64 * share).round() as u64),
            Fold::Numbers(n) => Fold::Numbers(Numbers {
                count: (n.count as f64 * share).round() as u64,
                whole: (n.whole as f64 * share).round() as i128,
                part: n.part * share,
                ..n.clone()
            }),
            other => other.clone(),
        }
    }

    /// Whether it comes to the same however its events are cut into spans.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !matches!(self, Fold::Numbers(numbers) if numbers.float)
    }

    /// How many events are in.
    #[must_use]
    pub fn events(&self) -> u64 {
        match self {
            Fold::Count(n) => *n,
            Fold::Numbers(numbers) => numbers.count,
            Fold::Gaps(gaps) => gaps.events,
            Fold::Track(track) => u64::from(track.last.1 != ABSENT),
        }
    }

    /// The aggregate; null where absent.
    #[must_use]
    pub fn value(&self, op: AggregateOp) -> Value {
        match (self, op) {
            (Fold::Count(n), AggregateOp::Seen) => Value::Bool(*n > 0),
            (Fold::Count(n), _) => Value::Int(i64::try_from(*n).unwrap_or(i64::MAX)),
            (Fold::Numbers(n), AggregateOp::Sum) => n.sum(),
            (Fold::Numbers(n), AggregateOp::Avg) => n.mean(),
            (Fold::Numbers(n), AggregateOp::Min) => extreme(n.least),
            (Fold::Numbers(n), _) => extreme(n.greatest),
            (Fold::Gaps(gaps), _) => gaps.jitter().map_or(Value::Null, Value::Float),
            (Fold::Track(track), _) if track.best < 0.0 => Value::Null,
            (Fold::Track(track), _) => Value::Float(track.best),
        }
    }

    /// Appends it.
    pub fn save(&self, out: &mut Vec<u8>) {
        match self {
            Fold::Count(n) => put_number(out, *n),
            Fold::Numbers(n) => {
                put_number(out, n.count);
                out.extend_from_slice(&n.whole.to_le_bytes());
                out.extend_from_slice(&n.part.to_bits().to_le_bytes());
                out.push(u8::from(n.float) | u8::from(n.duration) << 1);
                Kind::Number.save(n.least, out);
                Kind::Number.save(n.greatest, out);
            }
            Fold::Gaps(gaps) => {
                put_number(out, gaps.events);
                put_signed(out, gaps.first);
                put_signed(out, gaps.last);
                out.extend_from_slice(&gaps.sum.to_le_bytes());
                out.extend_from_slice(&gaps.squares.to_le_bytes());
            }
            Fold::Track(track) => {
                for (time, cell) in [track.first, track.last] {
                    put_signed(out, time);
                    Kind::Point.save(cell, out);
                }
                out.extend_from_slice(&track.best.to_bits().to_le_bytes());
            }
        }
    }

    /// Reads what [`save`](Self::save) wrote of the same aggregate.
    #[must_use]
    pub fn load(op: AggregateOp, bytes: &mut Bytes<'_>) -> Option<Fold> {
        let float = |bytes: &mut Bytes<'_>| Some(f64::from_bits(u64::from_le_bytes(bytes.take(8)?.try_into().ok()?)));
        let wide = |bytes: &mut Bytes<'_>| Some(u128::from_le_bytes(bytes.take(16)?.try_into().ok()?));
        Some(match Fold::new(op) {
            Fold::Count(_) => Fold::Count(bytes.number()?),
            Fold::Numbers(_) => {
                let (count, whole, part) = (bytes.number()?, wide(bytes)? as i128, float(bytes)?);
                let kinds = bytes.byte()?;
                let (least, greatest) = (Kind::Number.load(bytes)?, Kind::Number.load(bytes)?);
                Fold::Numbers(Numbers {
                    count,
                    whole,
                    part,
                    float: kinds & 1 > 0,
                    duration: kinds & 2 > 0,
                    least,
                    greatest,
                })
            }
            Fold::Gaps(_) => Fold::Gaps(Gaps {
                events: bytes.number()?,
                first: signed(bytes)?,
                last: signed(bytes)?,
                sum: wide(bytes)?,
                squares: wide(bytes)?,
            }),
            Fold::Track(track) => {
                let first = (signed(bytes)?, Kind::Point.load(bytes)?);
                let last = (signed(bytes)?, Kind::Point.load(bytes)?);
                Fold::Track(Track { first, last, best: float(bytes)?, ..track })
            }
        })
    }
}

impl Numbers {
    fn add(&mut self, cell: Cell) {
        let Some(value) = as_number(cell) else { return };
        self.count += 1;
        match value {
            Val::Int(n) => self.whole = self.whole.saturating_add(i128::from(n)),
            Val::Duration(ms) => {
                self.whole = self.whole.saturating_add(i128::from(ms));
                self.duration = true;
            }
            Val::Float(x) => {
                self.part += x;
                self.float = true;
            }
            _ => {}
        }
        self.bound(cell, cell);
    }

    fn bound(&mut self, least: Cell, greatest: Cell) {
        if self.least == ABSENT || before(least, self.least) {
            self.least = least;
        }
        if self.greatest == ABSENT || before(self.greatest, greatest) {
            self.greatest = greatest;
        }
    }

    fn merge(&mut self, later: &Numbers) {
        if later.count == 0 {
            return;
        }
        self.count += later.count;
        self.whole = self.whole.saturating_add(later.whole);
        self.part += later.part;
        self.float |= later.float;
        self.duration |= later.duration;
        self.bound(later.least, later.greatest);
    }

    fn sum(&self) -> Value {
        let whole = self.whole.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
        match (self.float, self.duration) {
            (true, _) => Value::Float(self.whole as f64 + self.part),
            (false, true) => Value::Duration(whole),
            (false, false) => Value::Int(whole),
        }
    }

    fn mean(&self) -> Value {
        match (self.count, self.float, self.duration) {
            (0, ..) => Value::Null,
            (n, false, true) => Value::Duration((self.whole / i128::from(n)) as i64),
            (n, ..) => Value::Float((self.whole as f64 + self.part) / n as f64),
        }
    }
}

fn before(a: Cell, b: Cell) -> bool {
    match (as_number(a), as_number(b)) {
        (Some(a), Some(b)) => order(a, b).is_some_and(std::cmp::Ordering::is_lt),
        _ => false,
    }
}

fn extreme(cell: Cell) -> Value {
    as_number(cell).and_then(|v| v.to_value()).unwrap_or(Value::Null)
}

impl Gaps {
    fn merge(&mut self, later: &Gaps) {
        if self.events == 0 || later.events == 0 {
            if self.events == 0 {
                *self = later.clone();
            }
            return;
        }
        let gap = later.first.abs_diff(self.last);
        let square = u128::from(gap) * u128::from(gap);
        self.events += later.events;
        self.last = later.last;
        self.sum = self.sum.saturating_add(later.sum).saturating_add(u128::from(gap));
        self.squares = self.squares.saturating_add(later.squares).saturating_add(square);
    }

    /// Standard deviation by mean: √(n Σg² − (Σg)²) / Σg, the root of an exact number.
    fn jitter(&self) -> Option<f64> {
        if self.events < 3 || self.sum == 0 {
            return None;
        }
        let n = u128::from(self.events - 1);
        let spread = n.saturating_mul(self.squares).saturating_sub(self.sum.saturating_mul(self.sum));
        Some((spread as f64).sqrt() / self.sum as f64)
    }
}

impl Track {
    fn merge(&mut self, later: &Track) {
        if later.last.1 == ABSENT {
            return;
        }
        if self.last.1 == ABSENT {
            *self = later.clone();
            return;
        }
        if let Some(speed) = speed(self.last, later.first, self.beyond) {
            self.best = self.best.max(speed);
        }
        self.best = self.best.max(later.best);
        self.last = later.last;
    }
}

/// km/h between two points, if they are far enough apart and at least a second lies between.
fn speed(from: (i64, Cell), to: (i64, Cell), beyond: f64) -> Option<f64> {
    let millis = to.0.saturating_sub(from.0);
    let km = distance(as_point(from.1)?, as_point(to.1)?);
    (millis >= 1000 && km >= beyond).then(|| km / (millis as f64 / 3_600_000.0))
}

/// Great-circle distance in km (haversine) of two points, longitude and latitude in degrees.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let ((lon_a, lat_a), (lon_b, lat_b)) = (a, b);
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let h = half(lat_b - lat_a) + lat_a.to_radians().cos() * lat_b.to_radians().cos() * half(lon_b - lon_a);
    2.0 * RADIUS * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests;
