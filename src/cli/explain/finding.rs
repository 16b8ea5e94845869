//! A finding definition in words: what it says, what it means, how each source's events reach it, what it cannot see.

use std::fmt::Write as _;

use super::state;
use crate::check::model::{Finding, When};
use crate::cli::terminal::{Paint, Stream, paragraphs, safe, wrap};
use crate::plan::{Plan, ViewRule, condition_text, value_text};
use crate::program::Program;
use crate::schema::Vocabulary;

/// The clauses that make up the rule.
const SHOWN: [&str; 8] = ["param", "severity", "on", "per", "when", "within", "dedup", "except"];

/// How wide labels are.
const LABEL: usize = 14;

/// The text about the finding at that place of the model.
pub fn text(program: &Program, at: usize, vocabulary: &Vocabulary, stream: &Stream) -> String {
    let finding = &program.model.findings[at];
    let paint = Paint(stream.color);
    let mut out = head(program, finding, stream);
    let _ = writeln!(out, "\n{}", paint.bold("rule"));
    for line in written(program, finding, &SHOWN) {
        let _ = writeln!(out, "  {}", safe(line));
    }
    let plan = program.plan(vocabulary);
    if let Some(rule) = plan.rules.iter().position(|r| r.info.finding_type == finding.ty) {
        out.push_str(&over_time(program, &plan, vocabulary, rule, stream));
        out.push_str(&views(program, &plan, rule, vocabulary, stream));
    }
    if let Some(remediation) = &finding.remediation {
        let _ = write!(out, "\n{}\n{}", paint.bold("what to do"), wrap(remediation, stream.width, 2));
    }
    if !finding.references.is_empty() {
        let _ = writeln!(out, "\n{}", paint.bold("read more"));
        finding.references.iter().for_each(|r| {
            let _ = writeln!(out, "  {r}");
        });
    }
    out
}

fn head(program: &Program, finding: &Finding, stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let mut out = format!("{}\n", paint.bold(finding.ty.as_str()));
    out.push_str(&wrap(&paragraphs(&finding.docs), stream.width, 0));
    let place = program.sources.position(finding.name_span);
    let file = &program.sources.file(finding.name_span.file).name;
    let attack: Vec<&str> = finding.attack.iter().map(|t| t.id.as_ref()).collect();
    let _ = writeln!(out);
    for (name, value) in [
        ("defined in", format!("{file}:{}", place.line)),
        ("pack", pack(program, finding)),
        ("revision", format!("{}, {}", finding.revision, finding.stage.word())),
        ("ATT&CK", attack.join(", ")),
        ("state", state(finding)),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<12} {value}");
        }
    }
    out
}

fn pack(program: &Program, finding: &Finding) -> String {
    program
        .pack(finding.name_span.file)
        .map(|p| format!("{} {}", p.manifest.name, p.manifest.version))
        .unwrap_or_default()
}

fn state(finding: &Finding) -> String {
    match () {
        () if finding.disabled => "disabled by a tune".to_owned(),
        () if finding.shadow_until.is_some() => "in shadow: counted, not published".to_owned(),
        () if !finding.publish => "feeds other findings, is not published".to_owned(),
        () => String::new(),
    }
}

/// The clauses of a rule that begin with these words, as they are written.
pub fn written<'a>(program: &'a Program, finding: &Finding, words: &[&str]) -> Vec<&'a str> {
    let text = program.sources.slice(finding.span);
    let clause = |line: &str| line.strip_prefix("  ").is_some_and(|l| !l.starts_with([' ', '}', '/']));
    let mut lines = Vec::new();
    let mut shown = false;
    for line in text.lines().skip(1) {
        if clause(line) {
            let word = line.trim_start().split([' ', '{']).next().unwrap_or_default();
            shown = words.contains(&word);
        }
        if shown && !line.trim().is_empty() && line != "}" {
            lines.push(line.strip_prefix("  ").unwrap_or(line));
        }
    }
    lines
}

/// Whether an event of this input can complete a match: of a sequence, those of the last step do.
fn completes(finding: &Finding, entry: &ViewRule) -> bool {
    match &finding.when {
        Some(When::Sequence(steps, _)) => {
            steps.iter().rev().find(|s| !s.absent).is_some_and(|s| s.input == usize::from(entry.input))
        }
        _ => true,
    }
}

/// What the rule does over time.
fn over_time(program: &Program, plan: &Plan, vocabulary: &Vocabulary, rule: usize, stream: &Stream) -> String {
    let words = state::words(program, plan, vocabulary, rule);
    if words.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{}\n", Paint(stream.color).bold("over time"));
    for (label, text) in words {
        let width = stream.width.saturating_sub(LABEL).max(20);
        let blanks = " ".repeat(LABEL);
        for (i, line) in wrap(&text, width, 0).lines().enumerate() {
            let label = if i == 0 { label } else { "" };
            let _ = writeln!(out, "{}{}", &format!("  {label}{blanks}")[..LABEL], safe(line));
        }
    }
    out
}

/// How events of each source come to the rule; sources with the same words together.
fn views(program: &Program, plan: &Plan, rule: usize, vocabulary: &Vocabulary, stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let of = &plan.rules[rule];
    let finding = &program.model.findings[of.finding.index()];
    let mut all: Vec<(Vec<&str>, String, String)> = Vec::new();
    for (view, entry) in state::views(plan, rule) {
        let class = &vocabulary.class(entry.class).name;
        let input = of.inputs.get(usize::from(entry.input)).and_then(Option::as_deref);
        let seen = format!("as {class}{}", input.map_or_else(String::new, |name| format!(", for `{name}`")));
        // Where groups are stepped this is what counts an event, not yet what fires.
        let label = if of.state.is_some() { "where" } else { "when" };
        let condition = condition_text(plan, view, vocabulary, entry.condition);
        let mut body = wrap(&format!("{label:<7} {condition}"), stream.width, 2);
        for exception in entry.exceptions.iter().filter(|_| completes(finding, entry)) {
            let condition = condition_text(plan, view, vocabulary, exception.condition);
            body.push_str(&wrap(&format!("except  {condition} ({})", exception.name), stream.width, 2));
        }
        if completes(finding, entry) {
            let key: Vec<String> = match finding.dedup.as_ref().filter(|d| of.state.is_some() && !d.by.is_empty()) {
                Some(dedup) => dedup.by.iter().map(|e| program.sources.slice(e.span).to_owned()).collect(),
                None => entry.dedup.iter().map(|&v| value_text(plan, view, vocabulary, v)).collect(),
            };
            let key = if key.is_empty() { String::new() } else { format!(", {}", key.join(", ")) };
            let kind = &entry.resource.kind;
            body.push_str(&wrap(&format!("one finding per account, region, {kind}{key}"), stream.width, 2));
        }
        let source = if usize::from(view.place) < plan.projections.len() { &*view.name } else { "our own findings" };
        match all.iter_mut().find(|(_, as_what, text)| *as_what == seen && *text == body) {
            Some((names, ..)) => names.push(source),
            None => all.push((vec![source], seen, body)),
        }
    }
    let mut out = String::new();
    for (names, seen, body) in all {
        let _ = write!(out, "\n{}\n{body}", paint.bold(&format!("on events of {} {seen}", names.join(" and "))));
    }
    for view in plan.views.iter().take(plan.projections.len()) {
        if view.mute.contains(&rule) {
            let _ = writeln!(out, "\n{}", paint.bold(&format!("never on events of {}", view.name)));
            out.push_str("  its records do not carry what the rule asks for\n");
        }
    }
    out
}
