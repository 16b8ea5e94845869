//! A clause that no source of the kind can satisfy: it needs what none of them carries, or what no one of them
//! carries together, or a word that none of them says.

use std::collections::BTreeSet;

use super::clauses::{Clause, clauses};
use super::literals::{Literal, literals};
use super::required::{Needed, if_true};
use super::{Cx, Lint, page};
use crate::check::model::{AttrRef, Expr, ExprKind};
use crate::diag::{Diagnostic, Level};
use crate::schema::{AttrId, Kind, Presence, Recipe, Source, SourceId, Vocabulary};
use crate::text::Span;
use crate::value::{Type, Value};

/// A clause that no source of the kind can satisfy.
pub static LINT: Lint = Lint {
    name: "unsatisfiable-clause",
    title: "a clause that no source of the kind can satisfy",
    page: page!("unsatisfiable-clause"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for clause in clauses(cx.model) {
        let known = clause.known.iter().flat_map(|e| if_true(e)).collect();
        check(cx, &clause, Literal { expr: clause.expr, negated: false }, &known, &mut out);
        clause.expr.visit(&mut |e| unsaid_words(cx, &clause, e, &mut out));
    }
    out
}

fn check(cx: &Cx<'_>, clause: &Clause<'_>, whole: Literal<'_>, known: &BTreeSet<Needed>, out: &mut Vec<Diagnostic>) {
    let mut own = Vec::new();
    literals(whole.expr, whole.negated, &mut own);
    let mut needed = known.clone();
    for literal in &own {
        if literal.negated {
            // A negation holds only of what is there; the law of absence saw to its operands.
            continue;
        }
        needed.extend(if_true(literal.expr));
        if let Some((message, help)) = lacking(cx, clause, &needed) {
            out.push(LINT.at(literal.expr.span, message).help(help));
            return;
        }
    }
    for branch in own.iter().flat_map(Literal::branches) {
        check(cx, clause, branch, &needed, out);
    }
}

/// Why no source of an input's kind carries all of it, if none does.
fn lacking(cx: &Cx<'_>, clause: &Clause<'_>, needed: &BTreeSet<Needed>) -> Option<(String, String)> {
    let vocabulary = cx.vocabulary;
    for (index, input) in clause.inputs.iter().enumerate() {
        let attrs: BTreeSet<AttrId> = needed
            .iter()
            .filter(|(i, class, ..)| *i == index && *class == input.kind.class)
            .map(|(_, _, attr, _)| *attr)
            .collect();
        let sources: Vec<SourceId> = sources(vocabulary, input.kind)?;
        if sources.iter().any(|s| attrs.iter().all(|a| carries(vocabulary, input.kind, *s, *a))) {
            continue;
        }
        let kind = vocabulary.kind_name(input.kind);
        let name = |a: AttrId| &vocabulary.attr(input.kind.class, a).name;
        let carriers = |a: AttrId| -> Vec<&str> {
            let carrying = sources.iter().filter(|s| carries(vocabulary, input.kind, **s, a));
            carrying.map(|s| vocabulary.source(*s).name.as_ref()).collect()
        };
        if let Some(never) = attrs.iter().find(|a| carriers(**a).is_empty()) {
            let message = format!("no source of `{kind}` carries `{}`, so this never holds", name(*never));
            return Some((message, format!("`outguard fields {kind}` shows what its sources carry")));
        }
        let listed: Vec<String> =
            attrs.iter().map(|a| format!("`{}` comes from {}", name(*a), carriers(*a).join(", "))).collect();
        let message = format!("no source of `{kind}` carries all that this needs");
        return Some((message, format!("{}; ask each in a branch of its own", listed.join("; "))));
    }
    None
}

/// The sources of a kind; nothing where findings of our own come too, which carry everything, or where there are none.
fn sources(vocabulary: &Vocabulary, kind: Kind) -> Option<Vec<SourceId>> {
    let ours = kind.source.is_none() && vocabulary.class(kind.class).name.as_ref() == "finding";
    let sources: Vec<SourceId> = vocabulary.sources_of(kind).collect();
    (!ours && !sources.is_empty()).then_some(sources)
}

fn carries(vocabulary: &Vocabulary, kind: Kind, source: SourceId, attr: AttrId) -> bool {
    vocabulary.presence(Kind { source: Some(source), ..kind }, attr) != Presence::Never
}

/// `activity == word` and `in [word]` where no source says the word.
fn unsaid_words(cx: &Cx<'_>, clause: &Clause<'_>, expr: &Expr, out: &mut Vec<Diagnostic>) {
    let ExprKind::Op(op, left, right) = &expr.kind else { return };
    let (ExprKind::Attr(attr), Type::Enum(_)) = (&left.kind, &left.ty) else { return };
    if !matches!(op.name, "==" | "in") || !attr.steps.is_empty() {
        return;
    }
    let items = match &right.kind {
        ExprKind::ListOf(items) => items.as_slice(),
        _ => std::slice::from_ref(&**right),
    };
    let Some(said) = said(cx.vocabulary, clause, attr) else { return };
    for item in items {
        if let ExprKind::Const(Value::Str(word)) = &item.kind
            && !said.contains(&**word)
        {
            out.push(unsaid(cx, clause, attr, word, item.span, &said));
        }
    }
}

fn unsaid(
    cx: &Cx<'_>,
    clause: &Clause<'_>,
    attr: &AttrRef,
    word: &str,
    span: Span,
    said: &BTreeSet<String>,
) -> Diagnostic {
    let kind = clause.inputs.get(attr.input).map_or("", |i| cx.vocabulary.kind_name(i.kind));
    let name = &cx.vocabulary.attr(attr.class, attr.attr).name;
    let words: Vec<String> = said.iter().map(|w| format!("`{w}`")).collect();
    LINT.at(span, format!("no source of `{kind}` says `{word}` for `{name}`"))
        .help(format!("they say {}", words.join(" ")))
}

/// The words that sources of the input's kind may say; nothing if that is not known of all of them.
fn said(vocabulary: &Vocabulary, clause: &Clause<'_>, attr: &AttrRef) -> Option<BTreeSet<String>> {
    let kind = clause.inputs.get(attr.input)?.kind;
    let mut words = BTreeSet::new();
    for source in sources(vocabulary, kind)? {
        if let Some(feed) = vocabulary.feed(source, attr.class, attr.attr) {
            collect(&feed.recipe, vocabulary.source(source), &mut words)?;
        }
    }
    (!words.is_empty()).then_some(words)
}

fn collect(recipe: &Recipe, source: &Source, words: &mut BTreeSet<String>) -> Option<()> {
    match recipe {
        Recipe::Absent => {}
        Recipe::Const(value) => {
            words.insert(value.to_string());
        }
        Recipe::Words(_, table, other) => words.extend(table.values().chain(other).cloned()),
        Recipe::First(all) => all.iter().try_for_each(|r| collect(r, source, words))?,
        Recipe::If(_, then, otherwise) => {
            collect(then, source, words)?;
            collect(otherwise, source, words)?;
        }
        Recipe::Let(n) => collect(&source.lets.get(usize::from(*n))?.1, source, words)?,
        _ => return None,
    }
    Some(())
}
