//! Values of columns as text: in JSON as the JSON form of the same log has them, in rows of columns bare.

use std::io::Write;

use chrono::{DateTime, SecondsFormat};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::schema::types::Type;

use crate::source::base64;

/// What the values of a column mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// What their physical type says: booleans, signed integers, floating-point numbers.
    Number,
    /// Integers without sign.
    Unsigned,
    /// IEEE numbers of 16 bits.
    Half,
    /// Since 1970, in so many parts of a second.
    Instant(i64),
    /// Days since 1970.
    Date,
    /// Since midnight, in so many parts of a second.
    Clock(i64),
    /// Integers, divided by ten so many times.
    Decimal(u32),
    /// UTF-8.
    Text,
    /// Sixteen bytes.
    Uuid,
    /// Bytes of which nothing is said: UTF-8 as old writers leave it, or base64.
    Bytes,
}

/// Values of a column.
pub enum Values {
    /// Of BOOLEAN.
    Bool(Vec<bool>),
    /// Of INT32.
    I32(Vec<i32>),
    /// Of INT64.
    I64(Vec<i64>),
    /// Of INT96: instants.
    I96(Vec<Int96>),
    /// Of FLOAT.
    F32(Vec<f32>),
    /// Of DOUBLE.
    F64(Vec<f64>),
    /// Of BYTE_ARRAY.
    Bytes(Vec<ByteArray>),
    /// Of FIXED_LEN_BYTE_ARRAY.
    Fixed(Vec<FixedLenByteArray>),
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As JSON.
    Json,
    /// As a cell between tabs, instants in seconds, as flow logs have them.
    Cell,
}

fn parts(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        _ => 1_000_000_000,
    }
}

impl Scalar {
    /// Of a primitive type.
    pub fn of(ty: &Type) -> Scalar {
        let scale = |n: i32| Scalar::Decimal(u32::try_from(n).unwrap_or(0));
        let info = ty.get_basic_info();
        match info.logical_type_ref() {
            Some(LogicalType::Timestamp(t)) => return Scalar::Instant(parts(&t.unit)),
            Some(LogicalType::Time(t)) => return Scalar::Clock(parts(&t.unit)),
            Some(LogicalType::Decimal(d)) => return scale(d.scale),
            Some(LogicalType::Integer(i)) if !i.is_signed => return Scalar::Unsigned,
            Some(LogicalType::Uuid) => return Scalar::Uuid,
            Some(LogicalType::Float16) => return Scalar::Half,
            Some(LogicalType::String | LogicalType::Json | LogicalType::Enum) => return Scalar::Text,
            _ => {}
        }
        match info.converted_type() {
            ConvertedType::TIMESTAMP_MILLIS => Scalar::Instant(1_000),
            ConvertedType::TIMESTAMP_MICROS => Scalar::Instant(1_000_000),
            ConvertedType::TIME_MILLIS => Scalar::Clock(1_000),
            ConvertedType::TIME_MICROS => Scalar::Clock(1_000_000),
            ConvertedType::DATE => Scalar::Date,
            ConvertedType::DECIMAL => scale(ty.get_scale()),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Scalar::Unsigned
            }
            ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Scalar::Text,
            _ => match ty.get_physical_type() {
                Physical::INT96 => Scalar::Instant(1_000_000_000),
                Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => Scalar::Bytes,
                _ => Scalar::Number,
            },
        }
    }

    /// Writes the value at a place; none where there is no such place.
    pub fn write(self, values: &Values, at: usize, style: Style, out: &mut Vec<u8>) -> Option<()> {
        match values {
            Values::Bool(v) => out.extend_from_slice(if *v.get(at)? { b"true" } else { b"false" }),
            Values::I32(v) => {
                self.integer(i64::from(*v.get(at)?), u64::from((*v.get(at)?).cast_unsigned()), style, out)
            }
            Values::I64(v) => self.integer(*v.get(at)?, (*v.get(at)?).cast_unsigned(), style, out),
            Values::I96(v) => Scalar::Instant(1_000_000_000).integer(v.get(at)?.to_nanos(), 0, style, out),
            Values::F32(v) => float(f64::from(*v.get(at)?), Some(*v.get(at)?), out),
            Values::F64(v) => float(*v.get(at)?, None, out),
            Values::Bytes(v) => self.bytes(v.get(at)?.data(), style, out),
            Values::Fixed(v) => self.bytes(v.get(at)?.data(), style, out),
        }
        Some(())
    }

    fn integer(self, n: i64, unsigned: u64, style: Style, out: &mut Vec<u8>) {
        match self {
            Scalar::Unsigned => number(unsigned, out),
            Scalar::Decimal(scale) => decimal(i128::from(n), scale, out),
            Scalar::Instant(parts) if style == Style::Cell => number(n.div_euclid(parts), out),
            Scalar::Instant(parts) => instant(n, parts, out),
            Scalar::Date => {
                let day = DateTime::from_timestamp(n.saturating_mul(86_400), 0);
                text_or(day.map(|d| d.format("%Y-%m-%d").to_string()), n, style, out);
            }
            Scalar::Clock(parts) => {
                let clock = nanos(n, parts).filter(|(s, _)| (0..86_400).contains(s));
                let clock = clock.and_then(|(s, n)| DateTime::from_timestamp(s, n));
                text_or(clock.map(|c| c.format("%H:%M:%S%.f").to_string()), n, style, out);
            }
            _ => number(n, out),
        }
    }

    fn bytes(self, bytes: &[u8], style: Style, out: &mut Vec<u8>) {
        let string =
            |bytes: &[u8], out: &mut Vec<u8>| if style == Style::Json { quoted(bytes, out) } else { cell(bytes, out) };
        match self {
            Scalar::Text => string(bytes, out),
            Scalar::Decimal(scale) if (1..=16).contains(&bytes.len()) => {
                let sign = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
                let mut all = [sign; 16];
                all[16 - bytes.len()..].copy_from_slice(bytes);
                decimal(i128::from_be_bytes(all), scale, out);
            }
            Scalar::Uuid if bytes.len() == 16 => {
                let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
                let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
                string(parts.join("-").as_bytes(), out);
            }
            Scalar::Half if bytes.len() == 2 => float(half(u16::from_le_bytes([bytes[0], bytes[1]])), None, out),
            Scalar::Bytes if is_text(bytes) => string(bytes, out),
            _ => string(base64::encode(bytes).as_bytes(), out),
        }
    }
}

/// Whether bytes of which nothing is said are text.
fn is_text(bytes: &[u8]) -> bool {
    simdutf8::basic::from_utf8(bytes).is_ok() && !bytes.iter().any(|b| *b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'))
}

fn number(n: impl std::fmt::Display, out: &mut Vec<u8>) {
    let written = write!(out, "{n}");
    debug_assert!(written.is_ok(), "memory");
}

fn float(n: f64, short: Option<f32>, out: &mut Vec<u8>) {
    if n.is_finite() {
        match short {
            Some(n) => number(n, out),
            None => number(n, out),
        }
    } else {
        out.extend_from_slice(b"null");
    }
}

/// An IEEE number of 16 bits.
fn half(bits: u16) -> f64 {
    let (sign, exponent, fraction) = (bits >> 15, i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    };
    if sign == 0 { size } else { -size }
}

/// Seconds and nanoseconds.
fn nanos(n: i64, parts: i64) -> Option<(i64, u32)> {
    Some((n.div_euclid(parts), u32::try_from(n.rem_euclid(parts) * (1_000_000_000 / parts)).ok()?))
}

fn instant(n: i64, parts: i64, out: &mut Vec<u8>) {
    let time = nanos(n, parts).and_then(|(s, n)| DateTime::from_timestamp(s, n));
    text_or(time.map(|t| t.to_rfc3339_opts(SecondsFormat::AutoSi, true)), n, Style::Json, out);
}

/// A text, or the number itself where it has none.
fn text_or(text: Option<String>, n: i64, style: Style, out: &mut Vec<u8>) {
    match text {
        Some(text) if style == Style::Json => quoted(text.as_bytes(), out),
        Some(text) => cell(text.as_bytes(), out),
        None => number(n, out),
    }
}

/// A number with so many digits behind the point.
fn decimal(n: i128, scale: u32, out: &mut Vec<u8>) {
    let digits = n.unsigned_abs().to_string();
    let scale = scale as usize;
    if n < 0 {
        out.push(b'-');
    }
    if scale == 0 {
        out.extend_from_slice(digits.as_bytes());
        return;
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, rest) = padded.split_at(padded.len() - scale);
    number(format_args!("{whole}.{rest}"), out);
}

/// A string of JSON.
pub fn quoted(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => number(format_args!("\\u{control:04x}"), out),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// A cell: nothing in it ends it.
fn cell(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(bytes.iter().map(|b| if *b < b' ' { b' ' } else { *b }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(scalar: Scalar, values: &Values) -> String {
        let mut out = Vec::new();
        scalar.write(values, 0, Style::Json, &mut out).expect("a value");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn values_read_as_json_has_them() {
        let i64s = |n| Values::I64(vec![n]);
        let bytes = |b: &[u8]| Values::Bytes(vec![ByteArray::from(b.to_vec())]);
        for (scalar, value, text) in [
            (Scalar::Number, i64s(-5), "-5"),
            (Scalar::Unsigned, i64s(-1), "18446744073709551615"),
            (Scalar::Unsigned, Values::I32(vec![-1]), "4294967295"),
            (Scalar::Instant(1_000), i64s(1_773_496_800_000), "\"2026-03-14T14:00:00Z\""),
            (Scalar::Instant(1_000_000), i64s(1_773_496_800_000_250), "\"2026-03-14T14:00:00.000250Z\""),
            (Scalar::Instant(1_000_000_000), i64s(-1), "\"1969-12-31T23:59:59.999999999Z\""),
            (Scalar::Instant(1), i64s(i64::MAX), "9223372036854775807"),
            (Scalar::Date, Values::I32(vec![20_000]), "\"2024-10-04\""),
            (Scalar::Clock(1_000), Values::I32(vec![36_061_500]), "\"10:01:01.500\""),
            (Scalar::Decimal(2), i64s(-5), "-0.05"),
            (Scalar::Decimal(0), i64s(12), "12"),
            (Scalar::Decimal(3), bytes(&[0xff, 0x00]), "-0.256"),
            (Scalar::Text, bytes(b"a \"b\" \\ \n \x01 \xc3\xa9"), "\"a \\\"b\\\" \\\\ \\n \\u0001 é\""),
            (Scalar::Bytes, bytes(b"plain"), "\"plain\""),
            (Scalar::Bytes, bytes(&[0, 1, 255]), "\"AAH/\""),
            (Scalar::Uuid, bytes(&[0x11; 16]), "\"11111111-1111-1111-1111-111111111111\""),
            (Scalar::Half, bytes(&0x3e00u16.to_le_bytes()), "1.5"),
            (Scalar::Number, Values::F64(vec![f64::NAN]), "null"),
            (Scalar::Number, Values::F32(vec![0.1]), "0.1"),
            (Scalar::Number, Values::Bool(vec![true]), "true"),
        ] {
            assert_eq!(json(scalar, &value), text, "{scalar:?}");
            serde_json::from_str::<serde_json::Value>(&json(scalar, &value)).expect("JSON");
        }
    }

    #[test]
    fn cells_have_no_tabs_and_whole_seconds() {
        let mut out = Vec::new();
        let text = Values::Bytes(vec![ByteArray::from("a\tb\nc")]);
        Scalar::Text.write(&text, 0, Style::Cell, &mut out).expect("a value");
        Scalar::Instant(1_000).write(&Values::I64(vec![1_999]), 0, Style::Cell, &mut out).expect("a value");
        assert_eq!(out, b"a b c1");
        assert_eq!(Scalar::Text.write(&text, 1, Style::Cell, &mut out), None);
    }
}
