//! A suffix match on a domain that does not begin at a label: `endswith "nicehash.com"` takes `notnicehash.com` too.

use super::{Cx, Lint, clauses, page};
use crate::check::model::ExprKind;
use crate::diag::{Diagnostic, Level};
use crate::syntax::ast::quote;
use crate::text::Span;
use crate::value::{Type, Value};

/// A suffix match on a domain that does not begin at a label.
pub static LINT: Lint = Lint {
    name: "suffix-without-label",
    title: "a suffix match on a domain that does not begin at a label",
    page: page!("suffix-without-label"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    clauses::visit(cx.model, &mut |expr, _| {
        let ExprKind::Op(op, left, right) = &expr.kind else { return };
        let domain = match &left.ty {
            Type::List(inner) => **inner == Type::Domain,
            ty => *ty == Type::Domain,
        };
        let (ExprKind::Const(Value::Str(text)) | ExprKind::Caseless(text)) = &right.kind else { return };
        let suffix = match op.name {
            "endswith" => Some(&**text),
            "like" => text.strip_prefix('*').filter(|rest| !rest.contains(['*', '?'])),
            _ => None,
        };
        let Some(suffix) = suffix.filter(|s| domain && !s.starts_with('.') && !s.is_empty()) else { return };
        let message = format!("{} ends at any letter: `not{suffix}` matches too", quote(text));
        let name = quote(suffix.trim_end_matches('.').to_lowercase().as_str());
        let mut diagnostic = LINT.at(expr.span, message).help(format!("write `under {name}`, which knows labels"));
        // `not endswith` keeps its `not`.
        let between = Span { start: left.span.end, end: right.span.start, ..left.span };
        let words = cx.sources.slice(between);
        if let (true, Some(at)) = (suffix.contains('.'), words.find(op.name)) {
            let start = between.start + u32::try_from(at).unwrap_or(0);
            diagnostic = diagnostic.fix(Span { start, end: right.span.end, ..between }, format!("under {name}"));
        }
        out.push(diagnostic);
    });
    out
}
