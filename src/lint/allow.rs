//! `// lint: allow(name) reason`, on the line above or at the end of the line: what it covers is not reported. Above an
//! item or a clause it covers all of it. One that allows nothing is itself reported.

use super::{Cx, Lint, find, nearest, page};
use crate::diag::{Diagnostic, Level};
use crate::syntax::ast::{Comment, File, FindingItem, Item};
use crate::text::Span;

/// A comment that allows nothing.
pub static LINT: Lint = Lint {
    name: "idle-allow",
    title: "a `lint: allow` that allows nothing, names no lint or gives no reason",
    page: page!("idle-allow"),
    level: Level::Warning,
    // What it finds shows only when the others have run: `apply` tells it.
    run: |_| Vec::new(),
};

struct Allow {
    name: String,
    comment: Span,
    /// What it covers.
    covers: Span,
}

/// Takes out what comments allow, and adds what is wrong with those comments.
pub(super) fn apply(cx: &Cx<'_>, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    for file in cx.files {
        let text = &cx.sources.file(file.file).text;
        for comment in &file.comments {
            let Some(said) = comment.text.trim_start_matches('/').trim().strip_prefix("lint:") else { continue };
            match read(said) {
                Ok(names) => {
                    let covers = covered(file, text, comment);
                    for name in names {
                        let allow = Allow { name, comment: comment.span, covers };
                        told.extend(use_up(&allow, &mut found));
                    }
                }
                Err((message, help)) => told.push(LINT.at(comment.span, message).help(help)),
            }
        }
    }
    found.extend(told);
    found
}

/// The names in `allow(a, b) reason`.
fn read(said: &str) -> Result<Vec<String>, (String, String)> {
    let form = || "write `// lint: allow(name) reason`".to_owned();
    let names = said.trim().strip_prefix("allow(").and_then(|rest| rest.split_once(')'));
    let Some((names, reason)) = names else {
        return Err(("this comment allows nothing".to_owned(), form()));
    };
    if reason.trim().trim_start_matches([':', '-', ' ']).is_empty() {
        return Err(("an allowance wants a reason, so that the next reader can judge it".to_owned(), form()));
    }
    Ok(names.split(',').map(|n| n.trim().to_owned()).collect())
}

/// Takes out what an allowance covers; says so if that is nothing.
fn use_up(allow: &Allow, found: &mut Vec<Diagnostic>) -> Option<Diagnostic> {
    if find(&allow.name).is_none() {
        let told = LINT.at(allow.comment, format!("there is no lint `{}`", allow.name));
        return Some(match nearest(&allow.name) {
            Some(near) => told.help(format!("did you mean `{near}`?")),
            None => told.help("`outguard lint` names each lint beside what it finds"),
        });
    }
    let before = found.len();
    let inside =
        |span: Span| span.file == allow.covers.file && (allow.covers.start..=allow.covers.end).contains(&span.start);
    found.retain(|d| d.code.0 != allow.name || !d.span().is_some_and(inside));
    (found.len() == before).then(|| {
        LINT.at(allow.comment, format!("`{}` finds nothing here, so nothing is allowed", allow.name))
            .help("take the comment out")
    })
}

/// The line of a comment behind code; else the line after it, with the item or clause that begins there.
fn covered(file: &File, text: &str, comment: &Comment) -> Span {
    let at = comment.span.start as usize;
    let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
    if !text[line..at].trim().is_empty() {
        return Span::new(file.file, line, at);
    }
    let mut start = at;
    let next = loop {
        let Some(end) = text[start..].find('\n').map(|n| start + n) else { break None };
        start = end + 1;
        let line = text[start..].lines().next().unwrap_or("");
        if !line.trim().is_empty() && !line.trim_start().starts_with("//") {
            break Some((start, start + line.len()));
        }
    };
    let Some((start, end)) = next else { return comment.span };
    let line = Span::new(file.file, start, end);
    let begins = |s: &Span| (line.start..line.end).contains(&s.start);
    let mut spans: Vec<Span> = file.items.iter().map(Item::span).collect();
    for item in &file.items {
        if let Item::Finding(finding) = item {
            clauses(finding, &mut spans);
        }
    }
    spans.iter().filter(|s| begins(s)).fold(line, |all, s| all.to(*s))
}

fn clauses(f: &FindingItem, out: &mut Vec<Span>) {
    out.extend(f.severity.iter().map(|c| c.span));
    out.extend(f.attack.iter().map(|c| c.span));
    out.extend(f.title.iter().map(|c| c.span));
    out.extend(f.on.iter().flat_map(|c| c.bindings.iter().map(|b| b.span).chain([c.span])));
    out.extend(f.per.iter().map(|c| c.span));
    out.extend(f.when.iter().map(|c| c.span));
    out.extend(f.dedup.iter().map(|c| c.span));
    out.extend(f.excepts.iter().map(|c| c.span));
    out.extend(f.tests.iter().map(|t| t.span));
}
