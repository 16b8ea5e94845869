//! A group key that some events lack: they are counted for nobody.

use std::collections::BTreeSet;

use super::required::{Needed, absent, if_true};
use super::{Cx, Lint, page};
use crate::check::model::{AttrRef, Expr, ExprKind, Input};
use crate::diag::{Diagnostic, Level};
use crate::schema::{Kind, Presence, Vocabulary};

/// A group key that some events lack.
pub static LINT: Lint = Lint {
    name: "absent-key",
    title: "a group key that some events lack",
    page: page!("absent-key"),
    level: Level::Note,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for finding in &cx.model.findings {
        if let Some(group) = &finding.group {
            let lists = group.each.iter().map(|(_, list)| list);
            look(cx, &finding.inputs, group.keys.iter().flatten().chain(lists), &mut out);
        }
    }
    for profile in &cx.model.profiles {
        look(cx, std::slice::from_ref(&profile.input), profile.group.iter(), &mut out);
    }
    out
}

fn look<'a>(cx: &Cx<'_>, inputs: &[Input], keys: impl Iterator<Item = &'a Expr>, out: &mut Vec<Diagnostic>) {
    let known: BTreeSet<Needed> = inputs.iter().filter_map(|i| i.condition.as_ref()).flat_map(if_true).collect();
    for key in keys {
        let mut attrs = Vec::new();
        read(key, &mut attrs);
        for attr in attrs {
            if let Some((input, when)) = inputs.get(attr.input).zip(absent(cx.vocabulary, inputs, attr, &known)) {
                out.push(say(cx, key, attr, input, &when));
            }
        }
    }
}

fn say(cx: &Cx<'_>, key: &Expr, attr: &AttrRef, input: &Input, when: &str) -> Diagnostic {
    let text = cx.sources.slice(key.span);
    let never = lacking(cx.vocabulary, input.kind, attr);
    let (message, level) = match never.as_slice() {
        [] => (format!("`{text}` may be absent, and such events are counted for nobody"), Level::Note),
        [one] => (format!("events of {one} have no `{text}` and are counted for nobody"), Level::Warning),
        all => (format!("events of {} have no `{text}` and are counted for nobody", all.join(", ")), Level::Warning),
    };
    let help = match never.as_slice() {
        [] => format!("where that is meant, say so: `has {text}` behind `where`; else group by what is always there"),
        _ => "group by what all of them have, or name the source behind `on`".to_owned(),
    };
    let mut diagnostic = LINT.at(key.span, message).help(help);
    diagnostic.level = level;
    if when.is_empty() { diagnostic } else { diagnostic.here(format!("there {when}")) }
}

/// The sources of a kind that never carry an attribute which others carry.
fn lacking<'a>(vocabulary: &'a Vocabulary, kind: Kind, attr: &AttrRef) -> Vec<&'a str> {
    let never = |source: &_| {
        vocabulary.presence(Kind { source: Some(*source), class: attr.class }, attr.attr) == Presence::Never
    };
    vocabulary.sources_of(kind).filter(never).map(|s| vocabulary.source(s).name.as_ref()).collect()
}

/// The attributes without which the key is absent.
fn read<'a>(key: &'a Expr, out: &mut Vec<&'a AttrRef>) {
    match &key.kind {
        ExprKind::Attr(attr) => out.push(attr),
        ExprKind::Part(inner, _) => read(inner, out),
        ExprKind::Call(_, args) => args.iter().for_each(|a| read(a, out)),
        // The left of `??` may well be absent.
        _ => {}
    }
}
