//! A finding definition in words: what it says, what it means, how each source's events reach it, what it cannot see.

use std::fmt::Write as _;

use crate::check::model::Finding;
use crate::cli::terminal::{Paint, Stream, paragraphs, safe, wrap};
use crate::plan::{condition_text, value_text};
use crate::program::Program;
use crate::schema::Vocabulary;

/// The text about the finding at that place of the model.
pub fn text(program: &Program, at: usize, vocabulary: &Vocabulary, stream: &Stream) -> String {
    let finding = &program.model.findings[at];
    let paint = Paint(stream.color);
    let mut out = head(program, finding, stream);
    let _ = writeln!(out, "\n{}", paint.bold("rule"));
    for line in written(program, finding) {
        let _ = writeln!(out, "  {}", safe(line));
    }
    out.push_str(&plan(program, finding, vocabulary, stream));
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
        () if !finding.is_stateless() || finding.inputs.len() > 1 => {
            "needs state: checked, not evaluated yet".to_owned()
        }
        () if !finding.publish => "feeds other findings, is not published".to_owned(),
        () => String::new(),
    }
}

/// The rule as it is written, from `on` to its tests.
fn written<'a>(program: &'a Program, finding: &Finding) -> Vec<&'a str> {
    let text = program.sources.slice(finding.span);
    let clause = |line: &str| line.strip_prefix("  ").is_some_and(|l| !l.starts_with([' ', '}', '/']));
    let mut lines = Vec::new();
    let mut shown = false;
    for line in text.lines().skip(1) {
        if clause(line) {
            let word = line.trim_start().split([' ', '{']).next().unwrap_or_default();
            shown = matches!(word, "param" | "severity" | "on" | "per" | "when" | "within" | "dedup" | "except");
        }
        if shown && !line.trim().is_empty() && line != "}" {
            lines.push(line.strip_prefix("  ").unwrap_or(line));
        }
    }
    lines
}

/// How events of each source come to the rule.
fn plan(program: &Program, finding: &Finding, vocabulary: &Vocabulary, stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let plan = program.plan(vocabulary);
    let Some(rule) = plan.rules.iter().position(|r| r.info.finding_type == finding.ty) else {
        return String::new();
    };
    let mut out = String::new();
    for view in plan.views.iter().take(plan.projections.len()) {
        for entry in view.rules.iter().filter(|r| r.rule == rule) {
            let class = &vocabulary.class(entry.class).name;
            let _ = writeln!(out, "\n{} as {class}", paint.bold(&format!("on events of {}", view.name)));
            let condition = condition_text(&plan, view, vocabulary, entry.condition);
            out.push_str(&wrap(&format!("when    {condition}"), stream.width, 2));
            for exception in &entry.exceptions {
                let condition = condition_text(&plan, view, vocabulary, exception.condition);
                out.push_str(&wrap(&format!("except  {condition} ({})", exception.name), stream.width, 2));
            }
            let key: Vec<String> = entry.dedup.iter().map(|&v| value_text(&plan, view, vocabulary, v)).collect();
            let key = if key.is_empty() { String::new() } else { format!(", {}", key.join(", ")) };
            let kind = &entry.resource.kind;
            out.push_str(&wrap(&format!("one finding per account, region, {kind}{key}"), stream.width, 2));
        }
        if view.mute.contains(&rule) {
            let _ = writeln!(out, "\n{}", paint.bold(&format!("never on events of {}", view.name)));
            out.push_str("  its records do not carry what the rule asks for\n");
        }
    }
    out
}
