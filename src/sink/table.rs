//! `table`: findings for people. Worst first; each has a line of severity and type, its whole title, and below
//! what it is about, how many events and when. Wraps to the width; text of strangers cannot steer the terminal.

use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::visible;
use super::facts::{Facts, last_part};
use super::{SinkOptions, story};
use crate::finding::{Finding, Level, Stage};
use crate::value::Time;

/// Narrower terminals are written for as if they had so many columns.
const MIN_WIDTH: usize = 40;
/// Wider than this no line is pleasant to read.
const MAX_WIDTH: usize = 140;
/// Columns of the severity, and where the rest begins.
const INDENT: usize = 10;
/// So many signals, and so many unusual things, are shown of a finding.
const BEHIND: usize = 6;
/// Between two facts of the last lines.
const DOT: &str = " · ";

/// Writes the table and a line that counts.
pub fn write(findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let paint = Paint(options.color);
    let width = options.width.clamp(MIN_WIDTH, MAX_WIDTH);
    let mut order: Vec<&Finding> = findings.iter().collect();
    order.sort_by_key(|f| (f.archived(), std::cmp::Reverse(f.severity)));
    if !order.is_empty() {
        writeln!(out, "{}", paint.dim(&format!("{:<INDENT$}FINDING", "SEVERITY")))?;
    }
    for f in order {
        one(&Facts::new(f, options), width, paint, out)?;
        writeln!(out)?;
    }
    wrap(&summary(findings), width).iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn one(facts: &Facts<'_>, width: usize, paint: Paint, out: &mut dyn io::Write) -> io::Result<()> {
    let f = facts.finding;
    let level = f.severity.level();
    let room = width - INDENT;
    let severity = paint.level(level, &format!("{:<INDENT$}", level.to_string()));
    for (i, line) in wrap(f.rule.finding_type.as_str(), room).iter().enumerate() {
        let margin = if i == 0 { severity.clone() } else { " ".repeat(INDENT) };
        writeln!(out, "{margin}{}", paint.bold(line))?;
    }
    for line in wrap(&visible(&f.title), room) {
        writeln!(out, "{:INDENT$}{line}", "")?;
    }
    for line in join(&behind(f), room).iter().chain(&join(&details(facts), room)) {
        writeln!(out, "{:INDENT$}{}", "", paint.dim(line))?;
    }
    Ok(())
}

/// What took more than one event, in short: measures, steps, signals, what was unusual.
fn behind(f: &Finding) -> Vec<String> {
    let mut all = story::measures(f);
    all.extend(story::steps(f));
    all.extend(f.signals.iter().take(BEHIND).map(story::signal));
    all.extend(f.unusual.iter().take(BEHIND).map(story::unusual));
    let more = f.signals.len().saturating_sub(BEHIND) + f.unusual.len().saturating_sub(BEHIND);
    if more > 0 {
        all.push(format!("{more} more"));
    }
    all.iter().map(|text| visible(text)).collect()
}

/// What it is about and when: facts that may each stand on a line of its own.
fn details(facts: &Facts<'_>) -> Vec<String> {
    let f = facts.finding;
    let mut all = vec![match (f.resource.uid.as_deref(), f.resource.name.as_deref()) {
        (Some(uid), Some(name)) if last_part(uid) != name => format!("{} {name} ({uid})", f.resource.kind),
        (Some(id), _) | (None, Some(id)) => format!("{} {id}", f.resource.kind),
        (None, None) => f.resource.kind.to_string(),
    }];
    if f.resources.len() > 1 {
        let more = if f.resources_truncated { "or more " } else { "" };
        all.push(format!("{} {more}resources", f.resources.len()));
    }
    let place: Vec<&str> = [f.account.as_deref(), f.region.as_deref()].into_iter().flatten().collect();
    if !place.is_empty() {
        all.push(place.join(" "));
    }
    let period = period(f.first_seen, f.last_seen);
    all.push(if f.count > 1 { format!("{} events, {period}", thousands(f.count)) } else { period });
    if f.rule.stage == Stage::Experimental {
        all.push("experimental rule".to_owned());
    }
    if f.archived() {
        all.push(format!("archived by {}", f.archived_by.join(", ")));
    }
    all.iter().map(|text| visible(text)).collect()
}

/// `2026-01-31 10:00:00 – 10:05:12 UTC`; the date is said twice only where it changes.
fn period(first: Time, last: Time) -> String {
    let (first, last) = (first.to_chrono(), last.to_chrono());
    let begin = first.format("%Y-%m-%d %H:%M:%S");
    if first.timestamp() == last.timestamp() {
        format!("{begin} UTC")
    } else if first.date_naive() == last.date_naive() {
        format!("{begin} – {} UTC", last.format("%H:%M:%S"))
    } else {
        format!("{begin} – {} UTC", last.format("%Y-%m-%d %H:%M:%S"))
    }
}

/// `4 findings: 1 critical, 2 high, 1 low; 1 archived`.
fn summary(findings: &[Finding]) -> String {
    let archived = findings.iter().filter(|f| f.archived()).count();
    let open = findings.len() - archived;
    let levels: Vec<String> = Level::ALL
        .into_iter()
        .rev()
        .filter_map(|level| {
            let n = findings.iter().filter(|f| !f.archived() && f.severity.level() == level).count();
            (n > 0).then(|| format!("{n} {}", level.word()))
        })
        .collect();
    let mut out = match open {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        n => format!("{} findings", thousands(n as u64)),
    };
    if !levels.is_empty() {
        out.push_str(&format!(": {}", levels.join(", ")));
    }
    if archived > 0 {
        out.push_str(&format!("; {archived} archived"));
    }
    out
}

/// `12 345`: digits in threes.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let head = digits.len() % 3;
    let mut out = digits[..head].to_owned();
    for (i, d) in digits[head..].chars().enumerate() {
        if i.is_multiple_of(3) && !out.is_empty() {
            out.push('\u{a0}');
        }
        out.push(d);
    }
    out
}

/// Lines of at most `width` columns, broken between words; a word that is longer is broken inside.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let columns = word.width();
        if used > 0 && used + 1 + columns <= width {
            used += 1;
            if let Some(line) = lines.last_mut() {
                line.push(' ');
            }
        } else if used > 0 {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let columns = c.width().unwrap_or(0);
            if used + columns > width && used > 0 {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += columns;
        }
    }
    lines
}

/// Facts on as few lines as hold them, each kept whole where it fits a line.
fn join(facts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for fact in facts {
        match lines.last_mut() {
            Some(line) if line.width() + DOT.width() + fact.width() <= width => {
                line.push_str(DOT);
                line.push_str(fact);
            }
            _ => lines.extend(wrap(fact, width)),
        }
    }
    lines
}

/// ANSI colours, or none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn level(self, level: Level, text: &str) -> String {
        self.with(
            match level {
                Level::Critical => "1;35",
                Level::High => "1;31",
                Level::Medium => "33",
                Level::Low => "36",
            },
            text,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{join, period, thousands, wrap};
    use crate::value::Time;

    #[test]
    fn wraps_by_words_and_inside_long_ones() {
        assert_eq!(wrap("a list of words", 6), ["a list", "of", "words"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("日本語 x", 4), ["日本", "語 x"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn facts_stay_whole() {
        let facts = ["aaaa".to_owned(), "bb".to_owned(), "cccc".to_owned()];
        assert_eq!(join(&facts, 10), ["aaaa · bb", "cccc"]);
        assert_eq!(join(&facts, 3), ["aaa", "a", "bb", "ccc", "c"]);
    }

    #[test]
    fn periods_and_counts() {
        let at = |text| Time::parse(text).expect("time");
        let t = at("2026-01-31T10:00:00Z");
        assert_eq!(period(t, t), "2026-01-31 10:00:00 UTC");
        assert_eq!(period(t, at("2026-01-31T10:05:12.5Z")), "2026-01-31 10:00:00 – 10:05:12 UTC");
        assert_eq!(period(t, at("2026-02-01T00:00:00Z")), "2026-01-31 10:00:00 – 2026-02-01 00:00:00 UTC");
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(thousands(123), "123");
    }
}
