//! Times and durations as people write them in options and in the deployment file.

use crate::value::Time;

/// A duration as the language writes it: `90s`, `1h30m`, `7d`, `2w`; in milliseconds.
///
/// # Errors
/// What it looks like instead.
pub fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no duration: write `90s`, `1h30m`, `7d`");
    let mut total: i64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        total = number.checked_mul(unit).and_then(|n| total.checked_add(n)).ok_or_else(wrong)?;
    }
    Ok(total)
}

/// A moment: an instant (`2026-01-31T10:00:00Z`) or a date (`2026-01-31`: its midnight, UTC).
///
/// # Errors
/// What it looks like instead.
pub fn moment(text: &str) -> Result<Time, String> {
    let midnight = || Time::parse(&format!("{text}T00:00:00Z"));
    let is_date = text.len() == 10;
    let time = if is_date { midnight() } else { Time::parse(text) };
    time.ok_or_else(|| format!("`{text}` is no time: write `2026-01-31` or `2026-01-31T10:00:00Z`"))
}

/// How long something took, for people: `420 ms`, `1.50 s`, `2 min 05 s`.
#[must_use]
pub fn took(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs();
    let millis = duration.as_secs_f64() * 1000.0;
    match seconds {
        0 if millis < 10.0 => format!("{millis:.1} ms"),
        0 => format!("{millis:.0} ms"),
        1..60 => format!("{:.2} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// How old something is, for people: the greatest unit that fits, `3 days`.
#[must_use]
pub fn age(millis: i64) -> String {
    let minutes = millis.max(0) / 60_000;
    let (n, unit) = match minutes {
        0..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    super::render::plural(usize::try_from(n).unwrap_or(usize::MAX), unit)
}

/// Bytes for people, by powers of 1000: `1.3 GB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 999.5 || unit == "TB" {
            let digits = if unit == "B" || value >= 99.5 { 0 } else { 1 };
            return format!("{value:.digits$} {unit}");
        }
        value /= 1000.0;
    }
    format!("{n} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_the_language_writes_them() {
        assert_eq!(duration("1h30m"), Ok(5_400_000));
        assert_eq!(duration("2w"), Ok(14 * 86_400_000));
        for bad in ["", "7", "7 days", "d", "-1s", "99999999999999999w", "1é"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn moments() {
        assert_eq!(moment("2026-01-31"), moment("2026-01-31T00:00:00Z"));
        assert!(moment("2026-02-30").is_err());
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn figures_read_well() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(152_400_000), "152 MB");
        assert_eq!(took(std::time::Duration::from_micros(420)), "0.4 ms");
        assert_eq!(took(std::time::Duration::from_millis(420)), "420 ms");
        assert_eq!(took(std::time::Duration::from_millis(1500)), "1.50 s");
        assert_eq!(took(std::time::Duration::from_secs(125)), "2 min 05 s");
        assert_eq!(age(90_000), "1 minute");
        assert_eq!(age(3 * 86_400_000), "3 days");
    }
}
