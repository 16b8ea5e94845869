//! Coverage as Markdown: the page `docs/coverage.md` of the shipped pack.

use std::fmt::Write as _;

use super::{Report, file_of, findings_page};
use crate::catalogue::attack;
use crate::catalogue::guardduty::catalogue;
use crate::cli::docs::markdown::{anchor, code, codes, prose, sentence, table};
use crate::coverage::{Defined, Row, Tested};

/// The whole page.
pub fn text(report: &Report<'_>) -> String {
    let mut out = head(report);
    out += &by_evidence(report);
    out += &not_covered(report);
    out += &beyond(report);
    out += &by_source(report);
    out += &by_tactic(report);
    out += &by_type(report);
    out
}

fn head(report: &Report<'_>) -> String {
    let counts = report.coverage.counts();
    let all = catalogue();
    format!(
        "# Coverage\n\nWhat the rules cover of the finding types that {} gives (as of {}), and what they tell beyond. Written by \
         `outguard coverage --format md`: a type counts as covered if a test in the rules makes it fire, and the tests \
         are run for it.\n\n**{} of {} active types fire in a test.** No log can show {}, {} are not defined; {} retired \
         types are not counted. **{} types beyond it**, {} of which fire in a test.\n\n",
        all.service,
        all.as_of,
        counts.fire,
        counts.active,
        counts.underivable,
        counts.missing,
        all.retired.len(),
        counts.ours,
        counts.ours_fire,
    )
}

fn by_evidence(report: &Report<'_>) -> String {
    let groups = report.coverage.by_evidence();
    let rows = groups.into_iter().filter_map(|(evidence, all)| {
        let defined = all.iter().filter(|r| r.rule.is_some()).count();
        let fire = all.iter().filter(|r| r.fires()).count();
        Some(vec![evidence?.to_owned(), all.len().to_string(), defined.to_string(), fire.to_string()])
    });
    format!("## By evidence\n\n{}", table(&["derived from", "active types", "defined", "fire in a test"], rows))
}

fn not_covered(report: &Report<'_>) -> String {
    let rows: Vec<Vec<String>> = report
        .coverage
        .rows
        .iter()
        .filter(|r| r.rule.is_none())
        .filter_map(|r| Some((r, r.entry?)))
        .map(|(r, e)| {
            let why = e.why_not.as_deref().map_or_else(|| "Not defined by these rules.".to_owned(), sentence);
            vec![code(&r.ty), e.evidence.clone(), why]
        })
        .collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!("## Not covered\n\n{}", table(&["finding type", "derived from", "why"], rows)),
    }
}

fn beyond(report: &Report<'_>) -> String {
    let own = report.coverage.rows.iter().filter(|r| r.entry.is_none());
    let rows: Vec<Vec<String>> = own
        .filter_map(|r| Some((r, r.rule.as_ref()?)))
        .map(|(row, rule)| vec![link(report, row, rule), rule.ours.as_deref().map(prose).unwrap_or_default()])
        .collect();
    let about = "Types that the catalogue does not have, and why they are worth having.";
    match rows.is_empty() {
        true => String::new(),
        false => format!("## Beyond {}\n\n{about}\n\n{}", catalogue().service, table(&["finding type", "why"], rows)),
    }
}

fn by_source(report: &Report<'_>) -> String {
    let sources = report.coverage.sources(report.vocabulary);
    let together = sources.iter().any(|s| s.together > 0);
    let rows = sources.into_iter().map(|s| {
        let mut row = vec![code(&report.vocabulary.source(s.source).name), s.alone.to_string()];
        row.extend(together.then(|| s.together.to_string()));
        row
    });
    let mut head = vec!["source", "types by itself"];
    head.extend(together.then_some("more with others"));
    let about = "How many types could fire if there were this source only.";
    format!("## By source\n\n{about}\n\n{}", table(&head, rows))
}

fn by_tactic(report: &Report<'_>) -> String {
    let rows = report
        .coverage
        .tactics()
        .into_iter()
        .map(|t| vec![t.tactic.name.to_owned(), t.types.to_string(), t.techniques.to_string()]);
    let mut out = format!(
        "## By tactic\n\nMITRE ATT&CK for Enterprise, v{}. `outguard coverage --format navigator` writes a layer of it. A \
         type tells of the tactic that its threat purpose names, else of those that its techniques serve.\n\n{}",
        attack::VERSION,
        table(&["tactic", "types", "techniques"], rows)
    );
    let rows = report
        .coverage
        .techniques()
        .into_values()
        .map(|(technique, types)| vec![format!("{} {}", technique.id, technique.name), types.len().to_string()]);
    out += &table(&["technique", "types"], rows);
    out
}

fn by_type(report: &Report<'_>) -> String {
    let mut out = "## By type\n\n".to_owned();
    let rows = report.coverage.rows.iter().filter_map(|r| Some((r, r.rule.as_ref()?))).map(|(row, rule)| {
        let levels: Vec<&str> = rule.levels.iter().map(|l| l.word()).collect();
        let tested = match rule.tested {
            Tested::Fires => "fires",
            Tested::Untested => "none",
            Tested::Fails => "fails",
        };
        let from = row.entry.map_or("ours", |e| e.evidence.as_str()).to_owned();
        let needs = codes(report.sets(&rule.needs), "none");
        vec![link(report, row, rule), from, levels.join(", "), rule.attack.join(", "), needs, tested.to_owned()]
    });
    let _ = write!(
        out,
        "{}",
        table(&["finding type", "derived from", "severity", "ATT&CK", "sources, any of", "test"], rows)
    );
    out
}

/// A type with a link to what its page says.
fn link(report: &Report<'_>, row: &Row, rule: &Defined) -> String {
    match findings_page(file_of(report.program, rule.finding)) {
        Some(page) => format!("[{}]({page}#{})", code(&row.ty), anchor(&row.ty)),
        None => code(&row.ty),
    }
}
