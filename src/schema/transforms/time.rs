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
