//! Instants and their text forms. The engine knows no other clock than the times in events.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// Reads RFC 3339 (`2026-01-31T10:00:00.5Z`, with offset) or the same without zone (UTC is meant) or with a blank.
    #[must_use]
    pub fn parse(text: &str) -> Option<Time> {
        if let Some(t) = fast(text.as_bytes()) {
            return Some(t);
        }
        if let Ok(t) = DateTime::parse_from_rfc3339(text) {
            return Some(Time(t.timestamp_millis()));
        }
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f UTC"]
            .iter()
            .find_map(|f| NaiveDateTime::parse_from_str(text, f).ok())
            .map(|t| Time(t.and_utc().timestamp_millis()))
    }

    /// `2026-01-31T10:00:00.000Z`; milliseconds only where there are any.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let format = if self.0 % 1000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        self.to_chrono().to_rfc3339_opts(format, true)
    }

    /// As chrono's type; times outside of its range become its bounds.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        match Utc.timestamp_millis_opt(self.0) {
            chrono::LocalResult::Single(t) => t,
            _ if self.0 < 0 => DateTime::<Utc>::MIN_UTC,
            _ => DateTime::<Utc>::MAX_UTC,
        }
    }

    /// This instant plus milliseconds, saturating.
    #[must_use]
    pub fn plus(self, millis: i64) -> Time {
        Time(self.0.saturating_add(millis))
    }
}

/// The form that nearly all records have: `2023-07-10T11:45:00Z`, optionally with fraction, with `Z` or `+0000`.
fn fast(all: &[u8]) -> Option<Time> {
    let (b, zone) = match all {
        [b @ .., b'Z'] => (b, None),
        [b @ .., b'+' | b'-', _, _, _, _] => (b, all.get(b.len()..)),
        _ => return None,
    };
    let digits = |r: std::ops::Range<usize>| -> Option<i64> {
        let mut n = 0i64;
        for &c in b.get(r)? {
            n = n * 10 + i64::from(c.is_ascii_digit().then_some(c - b'0')?);
        }
        Some(n)
    };
    let at = |i: usize, c: u8| b.get(i) == Some(&c);
    if !(at(4, b'-') && at(7, b'-') && at(10, b'T') && at(13, b':') && at(16, b':')) {
        return None;
    }
    let (y, m, d) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (h, mi, s) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let millis = match b.len() {
        19 => 0,
        n if n > 20 && at(19, b'.') => {
            let fraction = &b[20..n];
            if !fraction.iter().all(u8::is_ascii_digit) {
                return None;
            }
            (0..3).fold(0, |acc, i| acc * 10 + fraction.get(i).map_or(0, |c| i64::from(c - b'0')))
        }
        _ => return None,
    };
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let month_days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days_in_month = *month_days.get(usize::try_from(m).ok()?.checked_sub(1)?)?;
    if d < 1 || d > days_in_month || h > 23 || mi > 59 || s > 59 {
        return None;
    }
    // Days from civil (Howard Hinnant): counts days since 1970-01-01 in the proleptic Gregorian calendar.
    let y2 = if m <= 2 { y - 1 } else { y };
    let era = y2.div_euclid(400);
    let yoe = y2.rem_euclid(400);
    let doy = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let days = era * 146_097 + doe - 719_468;
    let ahead = match zone {
        Some([sign, hour @ .., _, _]) => {
            let (hour, minute) = (two(hour)?, two(&zone?[3..])?);
            if hour > 23 || minute > 59 {
                return None;
            }
            (hour * 60 + minute) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => 0,
    };
    Some(Time(((days * 24 + h) * 60 + mi - ahead) * 60_000 + s * 1000 + millis))
}

/// A number of two digits.
fn two(b: &[u8]) -> Option<i64> {
    match b {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(i64::from(a - b'0') * 10 + i64::from(b - b'0')),
        _ => None,
    }
}

/// A duration as the language writes it: `1h30m`, `500ms`, `14d`. Zero is `0s`.
#[must_use]
pub fn duration_text(millis: i64) -> String {
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut rest = millis.unsigned_abs();
    let mut out = if millis < 0 { "-".to_owned() } else { String::new() };
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if rest >= size {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Time, duration_text};

    #[test]
    fn fast_path_agrees_with_chrono() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2023-07-10T11:45:01Z",
            "2024-02-29T23:59:59.123456Z",
            "2000-03-01T00:00:00.5Z",
            "1969-12-31T23:59:59Z",
        ] {
            let slow = chrono::DateTime::parse_from_rfc3339(text).expect("valid").timestamp_millis();
            assert_eq!(Time::parse(text), Some(Time(slow)), "{text}");
        }
        assert_eq!(Time::parse("2023-02-29T00:00:00Z"), None);
        assert_eq!(Time::parse("2023-07-10T11:45:01+02:00"), Time::parse("2023-07-10T09:45:01Z"));
        assert_eq!(Time::parse("2023-07-10T11:45:01.5+0230"), Time::parse("2023-07-10T09:15:01.5Z"));
        assert_eq!(Time::parse("2023-07-10T11:45:01-2400"), None);
        assert_eq!(
            Time::parse("2023-07-10 11:45:01.250").map(Time::to_rfc3339).as_deref(),
            Some("2023-07-10T11:45:01.250Z")
        );
    }

    #[test]
    fn durations_print_as_written() {
        assert_eq!(duration_text(5_400_000), "1h30m");
        assert_eq!(duration_text(500), "500ms");
    }
}
