//! A text search in a document: on a whole JSON document it is unknown, in its text it depends on blanks and order.

use super::{Cx, Lint, clauses, page};
use crate::check::model::{Expr, ExprKind};
use crate::diag::{Diagnostic, Level};
use crate::value::{Type, Value};

/// A text search in a document.
pub static LINT: Lint = Lint {
    name: "serialised-json",
    title: "a text search in a JSON document",
    page: page!("serialised-json"),
    level: Level::Warning,
    run,
};

const SEARCHES: &[&str] = &["contains", "startswith", "endswith", "like", "matches"];

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    clauses::visit(cx.model, &mut |expr, _| {
        let ExprKind::Op(op, left, right) = &expr.kind else { return };
        if !SEARCHES.contains(&op.name) {
            return;
        }
        let text = cx.sources.slice(left.span);
        let told = if is_whole_document(left) {
            let message = format!("`{text}` is a document, not text: `{}` on it never holds", op.name);
            LINT.at(expr.span, message)
                .help(format!("name the part: `{text}.part {} …`, or `any e in {text}.list: …`", op.name))
        } else if is_serialised(right) {
            let message = "this searches a document as text: blanks and the order of its parts decide";
            LINT.at(expr.span, message)
                .help(format!("read the part: `{text}.part == …`, or `parse_json({text}).part == …` if it is a text"))
        } else {
            return;
        };
        out.push(told);
    });
    out
}

/// A JSON attribute as a whole, or what `parse_json` gives.
fn is_whole_document(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Attr(attr) => expr.ty == Type::Json && attr.steps.is_empty(),
        ExprKind::Call(function, _) => function.name == "parse_json",
        _ => false,
    }
}

/// Whether what is searched for is a piece of JSON: `"Effect":"Allow"`, `{"a`.
fn is_serialised(expr: &Expr) -> bool {
    let text = match &expr.kind {
        ExprKind::Const(Value::Str(text)) | ExprKind::Caseless(text) | ExprKind::Regex(text, _) => text,
        _ => return false,
    };
    let squeezed: String = text.replace("\\s*", "").replace("\\s+", "").replace('\\', "").split_whitespace().collect();
    ["\":\"", "\":{", "\":[", "{\"", "[{"].iter().any(|piece| squeezed.contains(piece))
        || squeezed.ends_with("\":")
        || squeezed.contains("\":true")
        || squeezed.contains("\":false")
}
