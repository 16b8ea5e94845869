//! Literals: the grammar reads them loosely, here they get their value.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDate;
use ipnet::IpNet;

use super::{Ctx, P, parts};
use crate::diag::codes;
use crate::syntax::ast::{DurationValue, Literal, StringLit, TimeLit};
use crate::syntax::grammar::Rule;
use crate::text::Span;
use crate::value::Time;

const DURATIONS: &[(&str, i64)] =
    &[("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
const SIZES: &[(&str, i64)] = &[
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("B", 1),
];
const CLOCK_DAY: i64 = 86_400_000;

impl Ctx<'_> {
    pub(super) fn literal(&mut self, pair: P<'_>) -> Option<Literal> {
        let inner = parts(pair).next()?;
        let (span, text) = (self.span(&inner), inner.as_str());
        Some(match inner.as_rule() {
            Rule::string | Rule::istring => {
                let ignore_case = inner.as_rule() == Rule::istring;
                Literal::String { text: self.unescape(span, usize::from(ignore_case))?, ignore_case }
            }
            Rule::raw => Literal::String { text: Arc::from(&text[2..text.len() - 1]), ignore_case: false },
            Rule::open_string => return self.open_string(span),
            Rule::regex => self.regex(span)?,
            Rule::instant | Rule::date => {
                let time = self.day(&inner)?.time;
                if inner.as_rule() == Rule::date { Literal::Date(time) } else { Literal::Instant(time) }
            }
            Rule::clock => Literal::Clock(self.clock(span)?),
            Rule::ip => match text.parse::<IpAddr>() {
                Ok(ip) => Literal::Ip(ip.to_canonical()),
                Err(_) => return self.bad_address(span, "address"),
            },
            Rule::cidr => match text.parse::<IpNet>() {
                Ok(net) => Literal::Cidr(net),
                Err(_) => return self.bad_address(span, "network"),
            },
            Rule::duration => Literal::Duration(self.millis(span)?),
            Rule::size => {
                let (number, unit) = split_unit(text);
                let factor = SIZES.iter().find(|(name, _)| *name == unit).map_or(1, |(_, f)| *f);
                Literal::Size(self.scaled(span, number, factor)?)
            }
            Rule::distance => Literal::Distance(self.scaled(span, text.trim_end_matches("km"), 1000)?),
            Rule::percent => Literal::Percent(self.float(span, text.trim_end_matches('%'))? / 100.0),
            Rule::float => Literal::Float(self.float(span, text)?),
            Rule::int => Literal::Int(self.int(span)?),
            Rule::boolean => Literal::Bool(text == "true"),
            _ => return self.bad_number(span),
        })
    }

    /// A whole number under the span.
    pub(super) fn int(&mut self, span: Span) -> Option<i64> {
        match self.slice(span).replace('_', "").parse() {
            Ok(n) => Some(n),
            Err(_) => self.bad_number(span),
        }
    }

    fn float(&mut self, span: Span, text: &str) -> Option<f64> {
        match text.replace('_', "").parse::<f64>() {
            Ok(n) if n.is_finite() => Some(n),
            _ => self.too_large(span),
        }
    }

    /// A decimal number times a factor, exact where it is a whole number.
    fn scaled(&mut self, span: Span, number: &str, factor: i64) -> Option<i64> {
        let number = number.replace('_', "");
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
        let value = whole.parse::<i128>().ok().and_then(|n| n.checked_mul(i128::from(factor)));
        let digits = fraction.get(..fraction.len().min(18)).unwrap_or("");
        let part = digits.parse::<i128>().unwrap_or(0) * i128::from(factor) / 10i128.pow(digits.len() as u32);
        match value.and_then(|v| v.checked_add(part)).and_then(|v| i64::try_from(v).ok()) {
            Some(n) => Some(n),
            None => self.too_large(span),
        }
    }

    /// A duration under the span: units descending, each once.
    fn millis(&mut self, span: Span) -> Option<i64> {
        let mut rest = self.slice(span);
        let (mut total, mut least) = (0i64, usize::MAX);
        while !rest.is_empty() {
            let (number, behind) = split_unit(rest);
            let unit_len = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
            let (unit, next) = behind.split_at(unit_len);
            let rank = DURATIONS.iter().rev().position(|(name, _)| *name == unit)?;
            if rank >= least {
                let message = format!("the units of `{}` are out of order", self.slice(span));
                return self.fail(codes::E0106, span, message, "write the larger unit first, each once: `1h30m`");
            }
            least = rank;
            let factor = DURATIONS[DURATIONS.len() - 1 - rank].1;
            let part = number.replace('_', "").parse::<i64>().ok().and_then(|n| n.checked_mul(factor));
            match part.and_then(|p| total.checked_add(p)) {
                Some(sum) => total = sum,
                None => return self.too_large(span),
            }
            rest = next;
        }
        Some(total)
    }

    /// A duration or the name of a parameter, from rule `span`.
    pub(super) fn duration(&mut self, pair: P<'_>) -> Option<DurationValue> {
        let inner = parts(pair).next()?;
        let span = self.span(&inner);
        match inner.as_rule() {
            Rule::duration => Some(DurationValue::Literal { span, millis: self.millis(span)? }),
            Rule::name => Some(DurationValue::Param(self.name(&inner))),
            Rule::int => {
                let text = self.slice(span);
                self.fail(
                    codes::E0106,
                    span,
                    format!("`{text}` has no unit"),
                    format!("write a duration: `{text}s`, `{text}m`, `{text}h`, `{text}d`"),
                )
            }
            _ => self.bad_number(span),
        }
    }

    /// A date or instant, from one of their rules or the one that takes what is neither.
    pub(super) fn day(&mut self, pair: &P<'_>) -> Option<TimeLit> {
        let (span, text) = (self.span(pair), pair.as_str());
        let time = match pair.as_rule() {
            Rule::instant => Time::parse(text),
            Rule::date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .and_then(|d| d.and_hms_opt(0, 0, 0))
                .map(|t| Time(t.and_utc().timestamp_millis())),
            _ => None,
        };
        match time {
            Some(time) => Some(TimeLit { span, time }),
            None => self.fail(
                codes::E0107,
                span,
                format!("`{text}` is not a date or an instant"),
                "write a day of the calendar, `2027-03-01`, or an instant, `2027-03-01T10:00:00Z`",
            ),
        }
    }

    /// A clock under the span, in milliseconds since midnight.
    pub(super) fn clock(&mut self, span: Span) -> Option<i64> {
        let text = self.slice(span);
        let (time, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut numbers = time.split(':').map(|n| n.parse::<i64>().unwrap_or(99));
        let (hour, minute, second) = (numbers.next()?, numbers.next()?, numbers.next().unwrap_or(0));
        let millis = format!("{fraction:0<3}").get(..3).and_then(|f| f.parse::<i64>().ok()).unwrap_or(0);
        let clock = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
        if minute > 59 || second > 59 || clock >= CLOCK_DAY {
            return self.fail(
                codes::E0107,
                span,
                format!("`{text}` is no time of day"),
                "clocks go from `00:00` to `23:59:59`",
            );
        }
        Some(clock)
    }

    /// A string from rule `string`, `raw` or `open_string`, or one that holds one of them (`text`).
    pub(super) fn string(&mut self, pair: P<'_>) -> Option<StringLit> {
        let pair = if pair.as_rule() == Rule::text { parts(pair).next()? } else { pair };
        let span = self.span(&pair);
        let text = match pair.as_rule() {
            Rule::open_string => return self.open_string(span),
            Rule::raw => Arc::from(&pair.as_str()[2..pair.as_str().len() - 1]),
            _ => self.unescape(span, 0)?,
        };
        Some(StringLit { span, text })
    }

    fn open_string<T>(&mut self, span: Span) -> Option<T> {
        self.report(crate::syntax::explain::open_string(span));
        None
    }

    /// The text of a string literal whose quote stands `skip` bytes into the span.
    fn unescape(&mut self, span: Span, skip: usize) -> Option<Arc<str>> {
        let raw = self.slice(span);
        let raw = &raw[skip + 1..raw.len() - 1];
        if !raw.contains('\\') {
            return Some(Arc::from(raw));
        }
        let offset = span.start as usize + skip + 1;
        self.unescape_at(raw, offset).map(Arc::from)
    }

    /// Resolves escapes in text that begins at byte `offset` of the file.
    pub(super) fn unescape_at(&mut self, raw: &str, offset: usize) -> Option<String> {
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            let escape = &rest[at..];
            let (c, len) = match escape.as_bytes().get(1) {
                Some(b'n') => (Some('\n'), 2),
                Some(b't') => (Some('\t'), 2),
                Some(b'"') => (Some('"'), 2),
                Some(b'\\') => (Some('\\'), 2),
                Some(b'u') => unicode(escape),
                _ => (None, 1 + escape[1..].chars().next().map_or(0, char::len_utf8)),
            };
            let Some(c) = c else {
                let start = offset + raw.len() - rest.len() + at;
                let span = Span::new(self.file, start, start + len);
                let help = r#"escapes are `\n`, `\t`, `\"`, `\\` and `\u{…}`; in `r"…"` a backslash is a backslash"#;
                return self.fail(codes::E0115, span, format!("unknown escape `{}`", &escape[..len]), help);
            };
            out.push(c);
            rest = &escape[len..];
        }
        out.push_str(rest);
        Some(out)
    }

    fn regex(&mut self, span: Span) -> Option<Literal> {
        let text = self.slice(span);
        let end = text.rfind('/').unwrap_or(0).max(1);
        let flags = &text[end + 1..];
        if !matches!(flags, "" | "i") {
            let place = Span { start: span.end - flags.len() as u32, ..span };
            return self.fail(
                codes::E0111,
                place,
                format!("unknown regex flag `{flags}`"),
                "the only flag is `i`: `/…/i`",
            );
        }
        Some(Literal::Regex { pattern: unslash(&text[1..end]).into(), ignore_case: flags == "i" })
    }

    fn too_large<T>(&mut self, span: Span) -> Option<T> {
        let message = format!("`{}` is too large", self.slice(span));
        self.fail(codes::E0106, span, message, "numbers have 64 bits: at most `9223372036854775807`")
    }

    fn bad_address<T>(&mut self, span: Span, what: &str) -> Option<T> {
        let message = format!("`{}` is not an {what}", self.slice(span)).replace("an network", "a network");
        let help = "each number of an IPv4 address is at most 255, prefixes at most 32 (IPv6: 128); names and MAC addresses are strings";
        self.fail(codes::E0108, span, message, help)
    }

    pub(super) fn bad_number<T>(&mut self, span: Span) -> Option<T> {
        let text = self.slice(span);
        let (number, unit) = split_unit(text);
        if unit.is_empty() && number.matches('.').count() < 2 {
            return self.too_large(span);
        }
        let known = || DURATIONS.iter().chain(SIZES).map(|(name, _)| *name).chain(["km"]);
        let plain =
            number.bytes().all(|b| b.is_ascii_digit() || b == b'_') && !unit.starts_with('.') && !unit.is_empty();
        let help = match known().find(|u| u.eq_ignore_ascii_case(unit)).or_else(|| spelled_out(unit)) {
            Some(near) if plain => format!("did you mean `{number}{near}`"),
            _ => {
                "sizes are `KB`, `MB`, `GB`, `MiB` …, durations `ms`, `s`, `m`, `h`, `d`, `w`; other values are strings"
                    .to_owned()
            }
        };
        let message = if plain { format!("unknown unit in `{text}`") } else { format!("`{text}` is not a number") };
        self.fail(codes::E0106, span, message, help)
    }
}

/// The unit of a word that people write instead.
fn spelled_out(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "week" | "weeks" => "w",
        "K" | "k" => "KB",
        "G" | "g" => "GB",
        _ => return None,
    })
}

/// A number's digits and what is glued to them.
fn split_unit(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|&(i, c)| {
            !(c.is_ascii_digit() || c == '_' || (c == '.' && text[i + 1..].starts_with(|d: char| d.is_ascii_digit())))
        })
        .map_or(text.len(), |(i, _)| i);
    text.split_at(end)
}

/// `\u{…}` at the begin of the text: the character and the length.
fn unicode(escape: &str) -> (Option<char>, usize) {
    let Some(end) = escape.find('}').filter(|_| escape.starts_with("\\u{")) else { return (None, 2) };
    let c = u32::from_str_radix(&escape[3..end], 16).ok().and_then(char::from_u32);
    (c, end + 1)
}

/// A pattern with `\/` as `/`, other escapes as they are.
fn unslash(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('/')) => {}
            ('\\', Some(next)) => {
                out.push(c);
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}
