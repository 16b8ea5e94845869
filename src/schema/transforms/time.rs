//! Instants that are written as numbers, and spans between them.

use super::Definition;
use crate::value::{Time, Val};

/// Later than this (year 9999) nothing is a time.
const MAX_MILLIS: i64 = 253_402_300_799_999;

fn int(v: Val<'_>) -> Option<i64> {
    let text = v.as_str()?;
    // `1713484740.5` is an instant too; what is below the unit is cut.
    text.split_once('.').map_or(text, |(whole, _)| whole).parse().ok()
}

fn instant(millis: Option<i64>) -> Val<'static> {
    millis.filter(|ms| (0..=MAX_MILLIS).contains(ms)).map_or(Val::Absent, |ms| Val::Time(Time(ms)))
}

/// See its `doc`.
pub static EPOCH_SECONDS: Definition = Definition {
    name: "epoch_seconds",
    doc: "the instant that many seconds after 1970",
    params: &["number"],
    examples: &[
        (&["1713484740"], "2024-04-18T23:59:00Z"),
        (&["1713484740.9"], "2024-04-18T23:59:00Z"),
        (&["x"], ""),
        (&["-1"], ""),
        (&["99999999999999999"], ""),
    ],
    eval: |args, _| instant(int(args[0]).and_then(|n| n.checked_mul(1000))),
};

/// See its `doc`.
pub static EPOCH_MILLIS: Definition = Definition {
    name: "epoch_millis",
    doc: "the instant that many milliseconds after 1970",
    params: &["number"],
    examples: &[(&["1713484740123"], "2024-04-18T23:59:00.123Z"), (&[""], "")],
    eval: |args, _| instant(int(args[0])),
};

/// See its `doc`.
pub static EPOCH_NANOS: Definition = Definition {
    name: "epoch_nanos",
    doc: "the instant that many nanoseconds after 1970",
    params: &["number"],
    examples: &[(&["1713484740123456789"], "2024-04-18T23:59:00.123Z")],
    eval: |args, _| instant(int(args[0]).map(|n| n.div_euclid(1_000_000))),
};

/// See its `doc`.
pub static SPAN_SECONDS: Definition = Definition {
    name: "span_seconds",
    doc: "the time between two instants that are seconds after 1970",
    params: &["start", "end"],
    examples: &[(&["100", "160"], "1m"), (&["160", "100"], ""), (&["100", "100"], "0s")],
    eval: |args, _| match (int(args[0]), int(args[1])) {
        (Some(a), Some(b)) => {
            b.checked_sub(a).and_then(|s| s.checked_mul(1000)).filter(|ms| *ms >= 0).map_or(Val::Absent, Val::Duration)
        }
        _ => Val::Absent,
    },
};

/// A number of seconds as milliseconds; what is below is cut.
fn millis(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = part.bytes().chain(std::iter::repeat(b'0')).take(3);
    let below = digits.fold(0i64, |n, b| n * 10 + i64::from(b - b'0'));
    whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(below)
}

/// An instant as sensors write it. Beyond 100 000 000 000 a number is milliseconds: as seconds it is the year 5138.
fn written(v: Val<'_>) -> Option<i64> {
    let text = v.as_str()?;
    match text.parse::<i64>() {
        Ok(n) if n >= 100_000_000_000 => Some(n),
        _ => millis(text).or_else(|| Time::parse(text).map(|t| t.0)),
    }
}

/// See its `doc`.
pub static INSTANT: Definition = Definition {
    name: "instant",
    doc: "an instant that is written out, or as seconds (with what is below, to the millisecond) or milliseconds after 1970",
    params: &["text"],
    examples: &[
        (&["1713484740.123456"], "2024-04-18T23:59:00.123Z"),
        (&["1713484740"], "2024-04-18T23:59:00Z"),
        (&["1713484740123"], "2024-04-18T23:59:00.123Z"),
        (&["2024-04-18T23:59:00.123456Z"], "2024-04-18T23:59:00.123Z"),
        (&["x"], ""),
        (&["-1"], ""),
    ],
    eval: |args, _| instant(written(args[0])),
};

/// See its `doc`.
pub static SECONDS_AFTER: Definition = Definition {
    name: "seconds_after",
    doc: "the instant that many seconds after another (as `instant` takes it); that one itself, if the seconds are absent",
    params: &["instant", "seconds"],
    examples: &[
        (&["1713484740.5", "60.25"], "2024-04-19T00:00:00.750Z"),
        (&["1713484740.5", ""], "2024-04-18T23:59:00.500Z"),
        (&["", "60"], ""),
    ],
    eval: |args, _| {
        let after = args[1].as_str().and_then(millis).unwrap_or(0);
        instant(written(args[0]).and_then(|t| t.checked_add(after)))
    },
};

/// See its `doc`.
pub static SECONDS: Definition = Definition {
    name: "seconds",
    doc: "a length of time in seconds, to the millisecond",
    params: &["number"],
    examples: &[(&["60.25"], "1m250ms"), (&["0.000052"], "0s"), (&["x"], "")],
    eval: |args, _| args[0].as_str().and_then(millis).map_or(Val::Absent, Val::Duration),
};

/// See its `doc`.
pub static BETWEEN: Definition = Definition {
    name: "between",
    doc: "the time between two instants, each as `instant` takes it",
    params: &["start", "end"],
    examples: &[
        (&["2026-01-31T10:00:00.250000+0000", "2026-01-31T10:01:00.000000+0000"], "59s750ms"),
        (&["1713484740.5", "1713484741"], "500ms"),
        (&["2", "1"], ""),
    ],
    eval: |args, _| match (written(args[0]), written(args[1])) {
        (Some(a), Some(b)) if b >= a => Val::Duration(b - a),
        _ => Val::Absent,
    },
};

/// See its `doc`.
pub static LOG_TIME: Definition = Definition {
    name: "log_time",
    doc: "the instant that a line of a database's log begins with; without a zone UTC is meant",
    params: &["text"],
    examples: &[
        (&["2024-01-02 03:04:05 UTC"], "2024-01-02T03:04:05Z"),
        (&["2024-01-02 03:04:05.678 GMT"], "2024-01-02T03:04:05.678Z"),
        (&["2024-01-02  3:04:05"], "2024-01-02T03:04:05Z"),
        (&["20240102 03:04:05"], "2024-01-02T03:04:05Z"),
        (&["2024-01-02T03:04:05.123456Z"], "2024-01-02T03:04:05.123Z"),
        (&["2024-01-02T03:04:05.123456+02:00"], "2024-01-02T01:04:05.123Z"),
        (&["1704164645123456"], "2024-01-02T03:04:05.123Z"),
        (&["2024-02-30 03:04:05 UTC"], ""),
        (&["20241302 03:04:05"], ""),
        (&["yesterday"], ""),
    ],
    eval: |args, _| args[0].as_str().and_then(log_time).map_or(Val::Absent, Val::Time),
};

fn log_time(text: &str) -> Option<Time> {
    if text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(|micros: i64| Time(micros / 1000));
    }
    let text = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT")).unwrap_or(text);
    let Some((date, clock)) = text.split_once(' ') else { return Time::parse(text) };
    let clock = clock.trim_start();
    // Into the one form that is read fast: `2024-01-02T03:04:05.678Z`.
    let mut fixed = [0u8; 40];
    let mut len = 0;
    let mut put = |piece: &str| -> Option<()> {
        fixed.get_mut(len..len + piece.len())?.copy_from_slice(piece.as_bytes());
        len += piece.len();
        Some(())
    };
    match date.len() {
        8 => [date.get(..4)?, "-", date.get(4..6)?, "-", date.get(6..)?].into_iter().try_for_each(&mut put)?,
        _ => put(date)?,
    }
    put("T")?;
    if clock.as_bytes().get(1) == Some(&b':') {
        put("0")?;
    }
    put(clock)?;
    put("Z")?;
    Time::parse(std::str::from_utf8(&fixed[..len]).ok()?)
}
