//! Coverage for people: types by what they are derived from, then sources, tactics, what is not covered, a line of counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Report;
use crate::catalogue::attack;
use crate::catalogue::guardduty::catalogue;
use crate::cli::render::plural;
use crate::cli::terminal::{Paint, Stream, wrap};
use crate::coverage::{Defined, Row, Tested};
use crate::finding::Level;

/// How many alternatives of sources are named before they are counted.
const SOURCES: usize = 4;
/// How many rules that lacked something are shown, and how many attributes of each.
const LACKING: usize = 12;
const CAUSES: usize = 3;
/// Where the type begins.
const INDENT: usize = 18;

/// The whole text.
pub fn text(report: &Report<'_>, stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let mut out = types(report, stream, paint);
    out += &sources(report, paint);
    out += &tactics(report, paint);
    out += &open(report, stream, paint);
    out += &lacking(report, paint);
    out += &counts(report, stream, paint);
    out
}

fn types(report: &Report<'_>, stream: &Stream, paint: Paint) -> String {
    let mut out = String::new();
    for (group, all) in report.coverage.by_evidence() {
        let fire = all.iter().filter(|r| r.fires()).count();
        let shown: Vec<(&Row, &Defined)> = all.iter().filter_map(|r| Some((*r, r.rule.as_ref()?))).collect();
        let shown: Vec<_> = shown.into_iter().filter(|(_, d)| report.only.is_none() || d.can_fire).collect();
        let could = match report.only {
            Some(_) => format!(", {} could fire here", shown.len()),
            None => String::new(),
        };
        if report.only.is_some() && shown.is_empty() {
            continue;
        }
        let title = group.unwrap_or("not in the catalogue");
        let usual = usual(report, &shown);
        let by = if usual.is_empty() { String::new() } else { format!(", by {usual} unless said") };
        let head = format!("{fire} of {} fire in a test{could}{by}", all.len());
        let head = wrap(&format!("{title}  {head}"), stream.width, 0);
        let _ = write!(out, "{}{}", paint.bold(title), head.strip_prefix(title).unwrap_or(&head));
        shown.iter().for_each(|(row, rule)| line(report, row, rule, &usual, (stream, paint), &mut out));
        out.push('\n');
    }
    out
}

/// What most types of a group need.
fn usual(report: &Report<'_>, group: &[(&Row, &Defined)]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    group.iter().for_each(|(_, rule)| *counts.entry(needs(report, rule)).or_default() += 1);
    counts.into_iter().max_by_key(|(_, n)| *n).map(|(needs, _)| needs).unwrap_or_default()
}

fn line(
    report: &Report<'_>,
    row: &Row,
    rule: &Defined,
    usual: &str,
    (stream, paint): (&Stream, Paint),
    out: &mut String,
) {
    let mark = match rule.tested {
        Tested::Fires => paint.green("✔"),
        Tested::Untested => paint.yellow("?"),
        Tested::Fails => paint.red("✘"),
    };
    let mut details = vec![rule.attack.join(" ")];
    let needs = needs(report, rule);
    if needs != usual {
        details.push(needs);
    }
    match rule.tested {
        Tested::Fires => {}
        Tested::Untested => details.push("no test makes it fire".to_owned()),
        Tested::Fails => details.push("a test fails".to_owned()),
    }
    details.retain(|d| !d.is_empty());
    let details = details.join(" · ");
    let _ = write!(out, "  {mark} {:<width$}{}", levels(&rule.levels), row.ty, width = INDENT - 4);
    if INDENT + row.ty.chars().count() + 3 + details.chars().count() <= stream.width {
        let _ = writeln!(out, "   {}", paint.dim(&details));
    } else {
        out.push('\n');
        for line in wrap(&details, stream.width, INDENT + 2).lines() {
            let _ = writeln!(out, "{}", paint.dim(line));
        }
    }
}

/// `low to high`
fn levels(levels: &[Level]) -> String {
    match levels {
        [] => "as the event".to_owned(),
        [one] => one.word().to_owned(),
        [first, .., last] => format!("{}–{}", first.word(), last.word()),
    }
}

/// The sources that it needs, in short.
fn needs(report: &Report<'_>, rule: &Defined) -> String {
    let sets = report.sets(&rule.needs);
    match sets.len() {
        0 => "no source".to_owned(),
        n if n > SOURCES => format!("any of {n} sources, {}, …", sets[..SOURCES].join(", ")),
        _ => sets.join(" or "),
    }
}

fn sources(report: &Report<'_>, paint: Paint) -> String {
    let all = report.coverage.sources(report.vocabulary);
    let name = |s| report.vocabulary.source(s).name.as_ref();
    let width = all.iter().map(|s| name(s.source).len()).max().unwrap_or(0).max("SOURCE".len());
    let together = all.iter().any(|s| s.together > 0);
    let mut head = format!("{:<width$}  TYPES BY ITSELF", "SOURCE");
    if together {
        head += "  MORE WITH OTHERS";
    }
    if report.against.is_some() {
        head += &format!("  {:>10}", "EVENTS");
    }
    let mut out = format!("{}\n", paint.bold(&head));
    for source in &all {
        let mut row = format!("{:<width$}  {:>15}", name(source.source), source.alone);
        if together {
            row += &format!("  {:>16}", source.together);
        }
        if let Some(against) = &report.against {
            row += &format!("  {:>10}", against.events.get(&source.source).copied().unwrap_or(0));
        }
        let here = report.only.as_ref().is_none_or(|only| only.contains(&source.source));
        let _ = writeln!(out, "{}", if here { row } else { paint.dim(&row) });
    }
    out + "\n"
}

fn tactics(report: &Report<'_>, paint: Paint) -> String {
    let title = format!("ATT&CK v{}", attack::VERSION);
    let mut out = format!("{}\n", paint.bold(&format!("{title:<22}  TYPES  TECHNIQUES")));
    for of in report.coverage.tactics() {
        let _ = writeln!(out, "{:<22}  {:>5}  {:>10}", of.tactic.name, of.types, of.techniques);
    }
    out + "\n"
}

/// What the catalogue has and the rules do not.
fn open(report: &Report<'_>, stream: &Stream, paint: Paint) -> String {
    let rows = &report.coverage.rows;
    let mut out = String::new();
    let lacks: Vec<_> = rows.iter().filter(|r| r.rule.is_none()).filter_map(|r| Some((r, r.entry?))).collect();
    let missing = lacks.iter().filter(|(_, e)| e.why_not.is_none());
    let named: Vec<&str> = missing.map(|(r, _)| &*r.ty).collect();
    if !named.is_empty() {
        let _ = writeln!(out, "{}", paint.bold("not defined by these rules"));
        // A small pack lacks nearly all; their names would bury what it has.
        const SHOWN: usize = 20;
        named.iter().take(SHOWN).for_each(|ty| {
            let _ = writeln!(out, "  {ty}");
        });
        if named.len() > SHOWN {
            let _ = writeln!(out, "  and {} more (--format json names them)", named.len() - SHOWN);
        }
        out.push('\n');
    }
    let reasons: Vec<_> = lacks.iter().filter_map(|(r, e)| Some((&r.ty, e.why_not.as_deref()?))).collect();
    if !reasons.is_empty() {
        let _ = writeln!(out, "{}", paint.bold("no log can show it"));
        for (ty, why) in reasons {
            let _ = write!(out, "  {ty}\n{}", wrap(why, stream.width, 6));
        }
        out.push('\n');
    }
    out
}

/// What rules could not decide on the logs.
fn lacking(report: &Report<'_>, paint: Paint) -> String {
    let Some(against) = &report.against else { return String::new() };
    let worst = against.worst();
    if worst.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", paint.bold("     UNDECIDED      OF  TYPE, AND WHAT ITS EVENTS LACKED"));
    for (ty, gaps) in worst.iter().take(LACKING) {
        let _ = writeln!(out, "{:>14}  {:>6}  {ty}", gaps.unknown, gaps.considered);
        let causes: Vec<String> = gaps.causes().iter().take(CAUSES).map(|(name, n)| format!("{name} {n}")).collect();
        let _ = writeln!(out, "{:24}{}", "", paint.dim(&causes.join(" · ")));
    }
    if worst.len() > LACKING {
        let _ = writeln!(out, "{:24}and {} more", "", worst.len() - LACKING);
    }
    out + "\n"
}

fn counts(report: &Report<'_>, stream: &Stream, paint: Paint) -> String {
    let counts = report.coverage.counts();
    let all = catalogue();
    let mut said = vec![format!(
        "{} of {}'s {} active types fire in a test ({} defined)",
        counts.fire, all.service, counts.active, counts.defined
    )];
    if counts.underivable > 0 {
        said.push(format!("no log can show {}", counts.underivable));
    }
    if counts.missing > 0 {
        said.push(format!("{} not defined", counts.missing));
    }
    said.push(format!("{} of the rules' own", plural(counts.ours, "type")));
    if let Some(only) = &report.only {
        let names: Vec<&str> = only.iter().map(|s| &*report.vocabulary.source(*s).name).collect();
        let could = report.coverage.rows.iter().filter(|r| r.rule.as_ref().is_some_and(|d| d.can_fire)).count();
        said.push(format!("{could} of {} could fire with {}", counts.defined + counts.ours, names.join(", ")));
    }
    if !report.coverage.retired.is_empty() {
        said.push(format!("{} retired", plural(report.coverage.retired.len(), "type")));
    }
    let (passed, failed) = report.coverage.tests;
    let mut out = wrap(&said.join("; "), stream.width, 0);
    let tests = format!("{passed} tests passed, {failed} failed; `outguard test` shows them");
    if failed > 0 {
        let _ = writeln!(out, "{}", paint.red(&tests));
    }
    out
}
