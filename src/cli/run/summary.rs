//! The summary at the end of a run, on stderr: what was read, what was found, what could not be looked for. Every line
//! is for an engineer at night: a figure, a name, what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::Found;
use super::bind::About;
use super::stats::Stats;
use super::work::Job;
use crate::cli::geo::{Binding, Lacking};
use crate::cli::render::{grouped, plural};
use crate::cli::terminal::{Paint, Stream, safe};
use crate::cli::time;
use crate::engine::RuleCount;
use crate::finding::{Level, Severity};
use crate::plan::Rule;
use crate::schema::{SourceId, Vocabulary};
use crate::source::Reason;
use crate::value::Time;

/// As many finding types are listed; the rest is one line.
const MAX_TYPES: usize = 30;

/// Everything that there is to sum up.
pub struct Summary<'a> {
    /// What was to be done.
    pub job: &'a Job<'a>,
    /// What was read.
    pub stats: &'a Stats,
    /// What each rule did.
    pub counts: &'a [RuleCount],
    /// What was found.
    pub found: &'a Found,
    /// Lists of files.
    pub lists: &'a [About],
    /// Geo files.
    pub geo: &'a Binding,
    /// What is said of the deployment's tables, a line each.
    pub tables: &'a [String],
    /// How many of them are bound.
    pub bound: usize,
    /// What finding types ask about addresses and no geo file tells.
    pub lacking: &'a Lacking,
    /// The deployment file.
    pub deployment: Option<&'a std::path::Path>,
    /// How long reading and matching took.
    pub took: Duration,
    /// `--dead-letter`.
    pub dead_letter: Option<&'a Path>,
    /// `--output`.
    pub output: Option<&'a Path>,
    /// What goes on with the next run.
    pub state: Option<&'a State>,
}

/// What goes on with the next run.
#[derive(Debug)]
pub struct State {
    /// `--state`.
    pub folder: Option<std::path::PathBuf>,
    /// Everything up to here is decided.
    pub watermark: Option<Time>,
    /// Sources that this run or one before it read of, by the vocabulary's order.
    pub known: Vec<bool>,
    /// Matches whose instant has not come.
    pub pending: u64,
    /// Groups that wait for a deadline or the end of a window.
    pub open: usize,
}

impl Summary<'_> {
    /// The text.
    #[must_use]
    pub fn text(&self, stream: &Stream) -> String {
        let paint = Paint(stream.color);
        let mut out = String::from("\n");
        self.read(&mut out, paint);
        self.findings(&mut out, paint);
        self.state(&mut out, paint);
        self.silent(&mut out, paint);
        self.lists(&mut out, paint);
        self.geo(&mut out, paint);
        if !self.tables.is_empty() {
            let bound = if self.bound == 0 { "none".to_owned() } else { self.bound.to_string() };
            out.push_str(&format!("{} {bound} bound\n", paint.bold("tables")));
            self.tables.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
        out
    }

    fn read(&self, out: &mut String, paint: Paint) {
        let s = self.stats;
        let seconds = self.took.as_secs_f64().max(1e-6);
        let unpacked = if s.plain > s.bytes { format!(" ({} unpacked)", time::bytes(s.plain)) } else { String::new() };
        let rate = time::bytes((s.plain.max(s.bytes) as f64 / seconds) as u64);
        let events = plural(usize::try_from(s.events()).unwrap_or(usize::MAX), "event");
        out.push_str(&format!(
            "{} {events} in {}, {}{unpacked} in {}, {rate}/s\n",
            paint.bold("read"),
            plural(usize::try_from(s.files).unwrap_or(usize::MAX), "file"),
            time::bytes(s.bytes),
            time::took(self.took),
        ));
        for (n, source) in s.sources.iter().enumerate().filter(|(_, s)| s.events > 0) {
            let name = &self.job.vocabulary.sources[n].name;
            let span = span(source.first, source.last);
            out.push_str(&format!("  {:>12}  {name:<18} {span}\n", grouped(source.events)));
        }
        for (n, source) in s.sources.iter().enumerate().filter(|(_, s)| s.late > 0) {
            let name = &self.job.vocabulary.sources[n].name;
            let what = "came too late to be counted: judged by rules without state only";
            out.push_str(&format!("  {:>12}  {name:<18} {}\n", grouped(source.late), paint.yellow(what)));
        }
        if s.outside > 0 {
            out.push_str(&format!("  {:>12}  outside of --since and --until, left out\n", grouped(s.outside)));
        }
        if s.skipped > 0 {
            out.push_str(&format!(
                "  {:>12}  no events by their own word (NODATA, digests, other lines of a log), skipped\n",
                grouped(s.skipped)
            ));
        }
        if s.broken() > 0 {
            self.unreadable(out, paint);
        }
        if let Some((_, first)) = s.not_built.first() {
            let what = if s.not_built.len() == 1 { "file is" } else { "files are" };
            let what = format!("{what} Parquet, which this build does not read, such as {}", safe(first));
            let n = grouped(s.not_built.len() as u64);
            out.push_str(&format!("  {n:>12}  {}\n", paint.yellow(&what)));
        }
        let lying: Vec<&str> = s.unknown.iter().filter(|u| !u.named).map(|u| u.name.as_str()).collect();
        if let Some(first) = lying.first() {
            let what = if lying.len() == 1 { "file holds" } else { "files hold" };
            out.push_str(&format!(
                "  {:>12}  {what} no log that is known, such as {}\n",
                grouped(lying.len() as u64),
                safe(first)
            ));
        }
    }

    fn unreadable(&self, out: &mut String, paint: Paint) {
        let total = plural(usize::try_from(self.stats.broken()).unwrap_or(usize::MAX), "record");
        let kept = match self.dead_letter {
            Some(path) => format!("kept in {}", path.display()),
            None => "--dead-letter FILE keeps them".to_owned(),
        };
        out.push_str(&format!("{} {total} ({kept})\n", paint.yellow("unreadable")));
        for (reason, unreadable) in &self.stats.unreadable {
            out.push_str(&format!("  {:>12}  {}: {}\n", grouped(unreadable.count), reason.word(), advice(*reason)));
            if let Some((_, _, words)) = &unreadable.first {
                out.push_str(&paint.dim(&format!("  {:>12}  first: {}\n", "", cut(&safe(words)))));
            }
        }
    }

    fn findings(&self, out: &mut String, paint: Paint) {
        let shown = &self.found.shown;
        let mut levels: Vec<String> = Vec::new();
        for level in Level::ALL.into_iter().rev() {
            let n = shown.iter().filter(|f| f.severity.level() == level).count();
            if n > 0 {
                levels.push(format!("{n} {}", level.word()));
            }
        }
        let levels = if levels.is_empty() { String::new() } else { format!(": {}", levels.join(", ")) };
        let place = self.output.map(|p| format!(", written to {}", p.display())).unwrap_or_default();
        out.push_str(&format!("{} {}{levels}{place}\n", paint.bold("found"), plural(shown.len(), "finding")));
        let mut types: BTreeMap<&str, (Severity, usize)> = BTreeMap::new();
        for finding in shown {
            let entry = types.entry(&finding.finding_type).or_default();
            entry.0 = entry.0.max(finding.severity);
            entry.1 += 1;
        }
        let mut types: Vec<_> = types.into_iter().collect();
        types.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(b.0)));
        for (ty, (severity, n)) in types.iter().take(MAX_TYPES) {
            out.push_str(&format!("  {:>12}  {:<8}  {ty}\n", grouped(*n as u64), severity.level().word()));
        }
        if types.len() > MAX_TYPES {
            out.push_str(&format!("  {:>12}  more types\n", types.len() - MAX_TYPES));
        }
        if self.found.archived > 0 {
            out.push_str(&format!(
                "  {:>12}  archived by suppressions (--archived writes them)\n",
                self.found.archived
            ));
        }
        if self.found.filtered > 0 {
            out.push_str(&format!("  {:>12}  left out by --min-severity or --only\n", self.found.filtered));
        }
        let sum = |of: fn(&RuleCount) -> u64| self.counts.iter().map(of).sum::<u64>();
        for (n, what) in [
            (self.found.duplicates, "matches of records delivered more than once, each counted once"),
            (sum(|c| c.excepted), "matches taken out by exceptions"),
            (sum(|c| c.shadowed), "matches of rules in shadow, counted only"),
        ] {
            if n > 0 {
                out.push_str(&format!("  {:>12}  {what}\n", grouped(n)));
            }
        }
    }

    /// What goes on with the next run.
    fn state(&self, out: &mut String, paint: Paint) {
        let Some(state) = self.state else { return };
        let folder = state
            .folder
            .as_ref()
            .map_or_else(|| "is gone".to_owned(), |f| format!("in {}", safe(&f.display().to_string())));
        let decided = state
            .watermark
            .map_or_else(|| "nothing is decided yet".to_owned(), |t| format!("decided up to {}", t.to_rfc3339()));
        out.push_str(&format!("{} {folder}, {decided}\n", paint.bold("state")));
        for (n, what) in [
            (state.pending, "matches wait for their time: events before them may still come"),
            (state.open as u64, "groups wait for a deadline or the end of a window"),
        ] {
            if n > 0 {
                out.push_str(&format!("  {:>12}  {what}\n", grouped(n)));
            }
        }
    }

    /// Findings that nothing read could fire: a detection that is silent must say so.
    fn silent(&self, out: &mut String, paint: Paint) {
        let plan = self.job.plan;
        let disabled = plan.rules.iter().filter(|r| r.disabled).count();
        let mut idle: BTreeMap<String, usize> = BTreeMap::new();
        for rule in plan.rules.iter().filter(|r| !r.disabled) {
            if let Some(missing) = self.missing(rule) {
                *idle.entry(missing).or_default() += 1;
            }
        }
        if plan.rules.is_empty() {
            out.push_str(&format!("{} there is no rule to look with\n", paint.yellow("idle")));
        }
        if disabled == 0 && idle.is_empty() {
            return;
        }
        let silent = disabled + idle.values().sum::<usize>();
        let total = plural(plan.rules.len(), "finding type");
        out.push_str(&format!("{} {} of {total}\n", paint.bold("idle"), grouped(silent as u64)));
        for (missing, n) in &idle {
            out.push_str(&format!("  {:>12}  cannot fire: {missing}\n", grouped(*n as u64)));
        }
        if disabled > 0 {
            out.push_str(&format!("  {:>12}  disabled by a tune\n", grouped(disabled as u64)));
        }
    }

    /// What a rule lacks to fire, if none of its kinds was seen: `no dns events seen (route53_resolver)`.
    fn missing(&self, rule: &Rule) -> Option<String> {
        let vocabulary = self.job.vocabulary;
        let known = |s: SourceId| self.state.is_some_and(|k| k.known.get(usize::from(s.0)).is_some_and(|k| *k));
        let read = |s: SourceId| self.stats.sources.get(usize::from(s.0)).is_some_and(|s| s.events > 0);
        let seen = |s: SourceId| read(s) || known(s);
        if rule.kinds.iter().any(|&k| vocabulary.sources_of(k).any(seen)) {
            return None;
        }
        let kinds: BTreeSet<&str> = rule.kinds.iter().map(|&k| vocabulary.kind_name(k)).collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        Some(format!("no {} events seen{}", kinds.join(" or "), origin(vocabulary, rule)))
    }

    fn geo(&self, out: &mut String, paint: Paint) {
        let (lines, lacking) = (self.geo.lines(), self.lacking);
        if lines.is_empty() && lacking.findings == 0 {
            return;
        }
        let bound = if lines.is_empty() { "none bound".to_owned() } else { plural(lines.len(), "file") };
        out.push_str(&format!("{} {bound}\n", paint.bold("geo")));
        lines.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        if lacking.findings > 0 {
            let n = grouped(lacking.findings as u64);
            out.push_str(&format!("  {n:>12}  {}\n", lacking.words(lines.is_empty())));
        }
        if self.geo.failed() > 0 {
            let n = grouped(self.geo.failed());
            out.push_str(&format!("  {n:>12}  look-ups met a damaged record; fetch the file anew\n"));
        }
    }

    fn lists(&self, out: &mut String, paint: Paint) {
        let plan = self.job.plan;
        let mut lines: Vec<(String, String)> =
            self.lists.iter().map(|l| (format!("@{}", safe(&l.name)), l.line())).collect();
        let empty = plan.lists.iter().enumerate().filter(|(n, list)| list.used && self.job.lists.state(*n).1 == 0);
        let empty: Vec<String> = empty.map(|(_, list)| format!("@{}", list.name)).collect();
        if lines.is_empty() && empty.is_empty() {
            return;
        }
        let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        lines.iter_mut().for_each(|(name, _)| *name = format!("{name:<width$}"));
        let by =
            self.deployment.map_or_else(String::new, |file| format!(", as {} says", safe(&file.display().to_string())));
        let bound = if self.lists.is_empty() { "none".to_owned() } else { self.lists.len().to_string() };
        out.push_str(&format!("{} {bound} bound to files{by}\n", paint.bold("lists")));
        for (name, line) in lines {
            out.push_str(&format!("  {name}  {line}\n"));
        }
        if !empty.is_empty() {
            out.push_str(&format!("  empty, so nothing is in them (--list NAME=FILE): {}\n", empty.join(", ")));
        }
    }
}

/// The sources that would give a rule its events, where the kind's name does not say it.
fn origin(vocabulary: &Vocabulary, rule: &Rule) -> String {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for &kind in rule.kinds.iter().filter(|k| k.source.is_none()) {
        names.extend(vocabulary.sources_of(kind).map(|s| vocabulary.source(s).name.as_ref()));
    }
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

/// `2023-07-10T11:00:00Z to 2023-07-10T12:10:00Z`.
fn span(first: Time, last: Time) -> String {
    if first == last { first.to_rfc3339() } else { format!("{} to {}", first.to_rfc3339(), last.to_rfc3339()) }
}

/// A line that fits a screen.
fn cut(text: &str) -> String {
    const MAX: usize = 160;
    if text.chars().count() <= MAX { text.to_owned() } else { text.chars().take(MAX).chain(['…']).collect() }
}

/// What a reason means, and what to do about it.
fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::BadJson => "not JSON; was the log cut or edited?",
        Reason::BadUtf8 => "not UTF-8; is it a binary or another encoding?",
        Reason::DuplicateKey => "a key twice in one object: readers disagree on such records, a way to hide",
        Reason::TooDeep => "nested deeper than any log",
        Reason::TooLarge => "longer than any log's record",
        Reason::WrongColumns => {
            "not as many columns as the header; fields with blanks, or rows of two formats in one file?"
        }
        Reason::Truncated => "a record ends early; was the file cut, or still being written?",
        Reason::UnknownSource => "no source knows them; --as SOURCE if you do",
        Reason::NoTime => "no event time, so they cannot be placed",
        Reason::TruncatedArchive => "the compressed file ends early; what was clean is used; fetch it anew",
        Reason::BadArchive => "the compressed file is damaged; what was clean is used; fetch it anew",
        Reason::Ratio => "unpacks to far more than any log; a decompression bomb?",
    }
}
