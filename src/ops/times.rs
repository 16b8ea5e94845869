//! Functions on times, all in UTC.

use chrono::{Datelike, Timelike};

use super::Sample::{Int, Time as At};
use super::arithmetic::arg;
use super::{Example, Function};
use crate::value::{Time, Type, Val};

/// `day(time)`
pub static DAY: Function = Function {
    name: "day",
    doc: "the UTC midnight that began the time's day, so that `distinct(day(time))` counts days",
    params: &["time"],
    check: |types| one_time("day", types).map(|()| Type::Time),
    examples: &[Example {
        code: "day(2026-01-31T10:00:00Z)",
        args: &[At("2026-01-31T10:00:00Z")],
        result: At("2026-01-31T00:00:00Z"),
    }],
    eval: |args, _| read(arg(args, 0)).map_or(Val::Absent, |t| Val::Time(Time(t.0 - t.0.rem_euclid(86_400_000)))),
};

/// `hour(time)`
pub static HOUR: Function = Function {
    name: "hour",
    doc: "the hour of the day in UTC, 0 to 23",
    params: &["time"],
    check: |types| one_time("hour", types).map(|()| Type::Int),
    examples: &[Example { code: "hour(2026-01-31T10:59:59Z)", args: &[At("2026-01-31T10:59:59Z")], result: Int(10) }],
    eval: |args, _| read(arg(args, 0)).map_or(Val::Absent, |t| Val::Int(i64::from(t.to_chrono().hour()))),
};

/// `weekday(time)`
pub static WEEKDAY: Function = Function {
    name: "weekday",
    doc: "the day of the week in UTC, 1 (Monday) to 7 (Sunday)",
    params: &["time"],
    check: |types| one_time("weekday", types).map(|()| Type::Int),
    examples: &[Example { code: "weekday(2026-01-31)", args: &[At("2026-01-31T00:00:00Z")], result: Int(6) }],
    eval: |args, _| {
        read(arg(args, 0)).map_or(Val::Absent, |t| Val::Int(i64::from(t.to_chrono().weekday().number_from_monday())))
    },
};

/// A time, or the text of one inside a document.
fn read(value: Val<'_>) -> Option<Time> {
    let time = match value {
        Val::Time(t) => t,
        Val::Str(s) => Time::parse(s)?,
        _ => return None,
    };
    // A millisecond count beyond chrono's years has no calendar.
    (time.to_chrono().timestamp_millis() == time.0).then_some(time)
}

fn one_time(name: &str, types: &[Type]) -> Result<(), String> {
    match types {
        [Type::Time | Type::Json] => Ok(()),
        _ => Err(format!("`{name}` takes a time")),
    }
}
