//! What a window keeps of an argument: sixteen bytes, whatever the value. A value of `distinct` becomes a mark, a
//! number itself, a location a point.

use sha2::{Digest, Sha256};

use super::spec::AggregateOp;
use crate::value::bytes::{Bytes, put_number, put_val};
use crate::value::{Raw, Time, Val, Value};

/// How an argument is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For `distinct`: equal marks, equal values.
    Mark,
    /// For `sum`, `min`, `max`, `avg`.
    Number,
    /// For `speed`.
    Point,
}

/// An argument as it is kept.
pub type Cell = u128;

/// No value.
pub const ABSENT: Cell = Cell::MAX;

/// A mark this long in its first byte is a digest.
const DIGEST: u8 = 0x80;

impl Kind {
    /// How the argument of an aggregate is kept; nothing for those without.
    #[must_use]
    pub fn of(op: AggregateOp) -> Option<Kind> {
        match op {
            AggregateOp::Count | AggregateOp::Seen | AggregateOp::Jitter => None,
            AggregateOp::Distinct => Some(Kind::Mark),
            AggregateOp::Sum | AggregateOp::Min | AggregateOp::Max | AggregateOp::Avg => Some(Kind::Number),
            AggregateOp::Speed { .. } => Some(Kind::Point),
        }
    }

    /// Keeps a value; what the aggregate cannot use is absent.
    #[must_use]
    pub fn cell(self, value: Raw<'_>) -> Cell {
        match self {
            Kind::Mark => mark(value),
            Kind::Number => number(&value.value()),
            Kind::Point => point(&value.value())
                .map_or(ABSENT, |(lon, lat)| Cell::from(lon.to_bits()) << 64 | Cell::from(lat.to_bits())),
        }
    }

    /// Appends a cell, short.
    pub fn save(self, cell: Cell, out: &mut Vec<u8>) {
        let bytes = cell.to_be_bytes();
        match self {
            Kind::Mark => {
                let length = if bytes[0] == DIGEST { 15 } else { usize::from(bytes[0]) };
                // Of an absent one the first byte alone.
                out.extend_from_slice(if cell == ABSENT { &bytes[..1] } else { &bytes[..=length.min(15)] });
            }
            Kind::Number => match as_number(cell) {
                Some(value) => put_val(out, value),
                None => out.push(0),
            },
            Kind::Point => out.extend_from_slice(&bytes),
        }
    }

    /// Reads what [`save`](Self::save) wrote.
    #[must_use]
    pub fn load(self, bytes: &mut Bytes<'_>) -> Option<Cell> {
        Some(match self {
            Kind::Mark => {
                let first = bytes.byte()?;
                let length = match first {
                    0xff => return Some(ABSENT),
                    DIGEST => 15,
                    n if n <= 15 => usize::from(n),
                    _ => return None,
                };
                let mut cell = [0; 16];
                cell[0] = first;
                cell[1..=length].copy_from_slice(bytes.take(length)?);
                Cell::from_be_bytes(cell)
            }
            Kind::Number => number(&bytes.value()?),
            Kind::Point => Cell::from_be_bytes(bytes.take(16)?.try_into().ok()?),
        })
    }
}

/// The value's own bytes where they are at most fifteen, else 120 bits of their SHA-256: nobody makes two that collide.
fn mark(value: Raw<'_>) -> Cell {
    if value.is_null() {
        return ABSENT;
    }
    let bytes = value.bytes();
    let mut cell = [0; 16];
    if bytes.len() <= 15 {
        cell[0] = bytes.len() as u8;
        cell[1..=bytes.len()].copy_from_slice(bytes);
    } else {
        cell[0] = DIGEST;
        cell[1..].copy_from_slice(&Sha256::digest(bytes)[..15]);
    }
    Cell::from_be_bytes(cell)
}

fn number(value: &Value) -> Cell {
    let tagged = |tag: u8, bits: u64| Cell::from(tag) << 64 | Cell::from(bits);
    match value {
        Value::Int(n) => tagged(1, *n as u64),
        Value::Float(x) if !x.is_nan() => tagged(2, x.to_bits()),
        Value::Duration(ms) => tagged(3, *ms as u64),
        Value::Time(t) => tagged(4, t.0 as u64),
        _ => ABSENT,
    }
}

/// The number of a cell.
#[must_use]
pub fn as_number(cell: Cell) -> Option<Val<'static>> {
    let bits = cell as u64;
    Some(match cell >> 64 {
        1 => Val::Int(bits as i64),
        2 => Val::Float(f64::from_bits(bits)),
        3 => Val::Duration(bits as i64),
        4 => Val::Time(Time(bits as i64)),
        _ => return None,
    })
}

/// Longitude and latitude of a cell, in degrees.
#[must_use]
pub fn as_point(cell: Cell) -> Option<(f64, f64)> {
    (cell != ABSENT).then(|| (f64::from_bits((cell >> 64) as u64), f64::from_bits(cell as u64)))
}

/// A location: `[longitude, latitude]`, or an object that names them.
fn point(value: &Value) -> Option<(f64, f64)> {
    let degrees = |value: &Value| match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        Value::Str(s) => s.trim().parse().ok(),
        _ => None,
    };
    let (lon, lat) = match value {
        Value::List(parts) => match parts.as_slice() {
            [lon, lat] => (degrees(lon)?, degrees(lat)?),
            _ => return None,
        },
        Value::Object(fields) => {
            let named = |names: &[&str]| {
                fields.iter().find(|(name, _)| names.iter().any(|n| name.eq_ignore_ascii_case(n))).map(|(_, v)| v)
            };
            (degrees(named(&["lon", "long", "longitude"])?)?, degrees(named(&["lat", "latitude"])?)?)
        }
        _ => return None,
    };
    ((-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat)).then_some((lon, lat))
}

/// Appends a signed number.
pub fn put_signed(out: &mut Vec<u8>, n: i64) {
    put_number(out, ((n << 1) ^ (n >> 63)) as u64);
}

/// Reads what [`put_signed`] wrote.
pub fn signed(bytes: &mut Bytes<'_>) -> Option<i64> {
    let n = bytes.number()?;
    Some(((n >> 1) as i64) ^ -((n & 1) as i64))
}

#[cfg(test)]
pub(super) fn of_value(kind: Kind, value: &Value) -> Cell {
    let raws: crate::value::Raws = std::iter::once(value).collect();
    raws.all().next().map_or(ABSENT, |raw| kind.cell(raw))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn cells_come_back_and_tell_values_apart() {
        let values = [
            Value::Null,
            Value::Int(0),
            Value::Int(-7),
            Value::Int(i64::MIN),
            Value::Float(2.5),
            Value::Duration(7),
            Value::Time(Time(7)),
            Value::Bool(true),
            Value::str(""),
            Value::str("7"),
            Value::str("a text that is longer than fifteen bytes"),
            Value::str("a text that is longer than fifteen bytes!"),
            Value::Ip("2001:db8::1".parse().expect("ip")),
            Value::List(vec![Value::Int(1), Value::str("x")]),
            Value::List(vec![Value::Float(13.4), Value::Float(52.5)]),
        ];
        for kind in [Kind::Mark, Kind::Number, Kind::Point] {
            for value in &values {
                let cell = of_value(kind, value);
                let mut out = Vec::new();
                kind.save(cell, &mut out);
                let mut bytes = Bytes::new(&out);
                assert_eq!(kind.load(&mut bytes), Some(cell), "{kind:?} {value:?}");
                assert!(bytes.rest.is_empty());
                for cut in 0..out.len() {
                    assert_eq!(kind.load(&mut Bytes::new(&out[..cut])), None, "{kind:?} {value:?}");
                }
            }
        }
        let marks: std::collections::HashSet<Cell> = values.iter().map(|v| of_value(Kind::Mark, v)).collect();
        assert_eq!(marks.len(), values.len());
    }

    #[test]
    fn locations_are_read_in_every_form() {
        let object = |lat: &str, lon: &str| {
            Value::Object(vec![(Arc::from(lat), Value::Float(52.5)), (Arc::from(lon), Value::str("13.4"))])
        };
        for value in [
            Value::List(vec![Value::Float(13.4), Value::Float(52.5)]),
            object("lat", "lon"),
            object("latitude", "longitude"),
            object("lat", "long"),
        ] {
            assert_eq!(point(&value), Some((13.4, 52.5)), "{value:?}");
        }
        for value in [
            Value::List(vec![Value::Float(13.4), Value::Float(152.5)]),
            Value::List(vec![Value::Float(13.4)]),
            Value::List(vec![Value::Float(f64::NAN), Value::Float(1.0)]),
            object("lat", "lot"),
            Value::str("13.4,52.5"),
        ] {
            assert_eq!(point(&value), None, "{value:?}");
        }
    }
}
