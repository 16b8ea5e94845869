//! What a rule with state does over time, in words: of whom, what must come together, when that is decided.

use crate::check::model::{Finding, SequenceStep, When};
use crate::plan::{Plan, View, ViewRule};
use crate::program::Program;
use crate::schema::{Kind, Vocabulary};
use crate::state::Decides;
use crate::value::time::duration_text;

/// What is said about the state of the rule at that place of the plan, a label and a text each; nothing where each
/// event is decided alone.
pub fn words(program: &Program, plan: &Plan, vocabulary: &Vocabulary, rule: usize) -> Vec<(&'static str, String)> {
    let of = &plan.rules[rule];
    let finding = &program.model.findings[of.finding.index()];
    let (Some(spec), Some(when)) = (of.state.as_deref(), finding.when.as_ref()) else { return Vec::new() };
    let mut out = Vec::new();
    let asks_profiles = matches!(spec.when, crate::state::When::Profiles { .. });
    if !asks_profiles {
        out.push(("of whom", whom(program, finding)));
    }
    let seen = views(plan, rule).next();
    let planned = seen.map(|(view, rule)| plan.state_words(view, rule, vocabulary)).unwrap_or_default();
    let told = |label: &str| planned.iter().find(|(l, _)| *l == label).map(|(_, text)| text.clone());
    let lines = match when {
        When::Sequence(steps, _) => sequence(finding, steps),
        When::Condition(_) => told("when").into_iter().chain(window(finding)).collect(),
    };
    out.extend(lines.into_iter().enumerate().map(|(i, line)| (if i == 0 { "fires when" } else { "" }, line)));
    for profile in asked(program, finding) {
        out.push(("it asks", profile));
    }
    let decided = match spec.decides {
        Decides::AtOnce => crate::plan::decides(spec.decides).to_owned(),
        _ => format!("{}{}", crate::plan::decides(spec.decides), lateness(finding, vocabulary)),
    };
    out.push(("decides", decided));
    if let Some(text) = told("keeps") {
        out.push(("keeps", text));
    }
    out
}

/// The rule in the views of sources, then in that of findings of our own.
pub fn views(plan: &Plan, rule: usize) -> impl Iterator<Item = (&View, &ViewRule)> {
    let sources = plan.views.iter().take(plan.projections.len());
    let own = plan.views.iter().skip(plan.projections.len()).filter(|v| &*v.name == "finding");
    sources.chain(own).flat_map(move |v| v.rules.iter().filter(move |r| r.rule == rule).map(move |r| (v, r)))
}

fn whom(program: &Program, finding: &Finding) -> String {
    let Some(group) = &finding.group else { return "each account".to_owned() };
    let text =
        |e: &crate::check::model::Expr| program.sources.slice(e.span).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut keys: Vec<String> = Vec::new();
    for key in &group.keys {
        let mut aligned: Vec<String> = key.iter().map(text).collect();
        aligned.dedup();
        keys.push(aligned.join(" = "));
    }
    let keys = keys.join(", ");
    let each = match &group.each {
        Some((_, list)) => format!(", once for each element of {}", text(list)),
        None => String::new(),
    };
    let account = match (group.across_accounts, keys.is_empty()) {
        (true, _) => format!("each {keys}, across accounts"),
        (false, true) => "each account".to_owned(),
        (false, false) => format!("each {keys} of an account"),
    };
    format!("{account}{each}; events without it are not counted")
}

/// What a condition over a window looks at.
fn window(finding: &Finding) -> Option<String> {
    let window = finding.window?;
    let length = duration_text(window.length);
    Some(match window.tumbling {
        true => format!("asked of each {length} from a multiple of {length} on (UTC)"),
        false => format!("asked at each event, of the {length} up to it"),
    })
}

/// A sequence, a line a step.
fn sequence(finding: &Finding, steps: &[SequenceStep]) -> Vec<String> {
    let name = |s: &SequenceStep| finding.inputs.get(s.input).and_then(|i| i.name.as_deref()).unwrap_or("event");
    let (mut out, mut never): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for (i, step) in steps.iter().enumerate() {
        if step.absent {
            match step.within.filter(|_| i + 1 == steps.len()) {
                Some(d) => out.push(format!("{}. then no {} for {}", out.len() + 1, name(step), duration_text(d))),
                None => never.push(name(step)),
            }
            continue;
        }
        let count =
            if step.times > 1 { format!("{}, {} times", name(step), step.times) } else { name(step).to_owned() };
        let first = if step.times > 1 { ", the first" } else { "," };
        let soon = step.within.map_or_else(String::new, |d| format!("{first} less than {} later", duration_text(d)));
        let none = match never.is_empty() {
            true => String::new(),
            false => format!(", with no {} in between", std::mem::take(&mut never).join(" and no ")),
        };
        out.push(format!("{}. {count}{soon}{none}", out.len() + 1));
    }
    if let Some(window) = finding.window {
        out.push(format!(
            "less than {} from the first to the last; at equal times any order will do",
            duration_text(window.length)
        ));
    }
    out
}

/// The profiles that a condition asks, each with what it remembers.
fn asked(program: &Program, finding: &Finding) -> Vec<String> {
    let mut ids = Vec::new();
    if let Some(When::Condition(condition)) = &finding.when {
        condition.visit(&mut |e| {
            if let crate::check::model::ExprKind::Profile(id, _) = &e.kind
                && !ids.contains(id)
            {
                ids.push(*id);
            }
        });
    }
    let text = |id: &crate::check::model::ProfileId| {
        let profile = &program.model.profiles[id.index()];
        let per: Vec<&str> = profile.group.iter().map(|e| program.sources.slice(e.span)).collect();
        format!(
            "profile `{}` per {}: silent for the first {}, remembers {}, takes a value for known {} after it was first seen",
            profile.name,
            per.join(", "),
            duration_text(profile.learn),
            duration_text(profile.remember),
            duration_text(profile.settle),
        )
    };
    ids.iter().map(text).collect()
}

/// How late the events of its sources may come.
fn lateness(finding: &Finding, vocabulary: &Vocabulary) -> String {
    let mut late: Vec<(i64, &str)> = Vec::new();
    for input in &finding.inputs {
        for source in vocabulary.sources_of(Kind { ..input.kind }) {
            let source = vocabulary.source(source);
            if source.lateness > 0 && !late.iter().any(|(_, name)| *name == &*source.name) {
                late.push((source.lateness, &source.name));
            }
        }
    }
    late.sort_unstable();
    let all: Vec<String> = late.iter().map(|(d, name)| format!("of {name} up to {}", duration_text(*d))).collect();
    if all.is_empty() { String::new() } else { format!("; events may come late, {}", all.join(", ")) }
}
