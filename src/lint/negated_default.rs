//! A default under a negation that only says `has` in a roundabout way: `not (x ?? true)`, `x ?? "a" != "a"`.

use super::same::same;
use super::{Cx, Lint, clauses, page};
use crate::check::model::ExprKind;
use crate::diag::{Diagnostic, Level};
use crate::value::Value;

/// `not (x ?? true)`.
pub static LINT: Lint = Lint {
    name: "negated-default",
    title: "`not (x ?? true)`: a roundabout `has`",
    page: page!("negated-default"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    clauses::visit(cx.model, &mut |expr, _| {
        let ExprKind::Not(inner) = &expr.kind else { return };
        match &inner.kind {
            ExprKind::Coalesce(x, default) if matches!(default.kind, ExprKind::Const(Value::Bool(true))) => {
                let text = cx.sources.slice(x.span);
                let told = LINT
                    .at(expr.span, "this holds only where it is there and false, by way of a default that is negated");
                out.push(told.help(match &x.kind {
                    ExprKind::Attr(_) | ExprKind::Element(..) | ExprKind::Part(..) => {
                        format!("write `{text} == false`")
                    }
                    ExprKind::Op(_, left, _) => {
                        let left = cx.sources.slice(left.span);
                        format!("say what must be there: `has {left} and not {text}`")
                    }
                    _ => format!("say what must be there, then `not {text}`"),
                }));
            }
            ExprKind::Op(op, left, right) if op.name == "==" => {
                if let ExprKind::Coalesce(x, default) = &left.kind
                    && matches!(default.kind, ExprKind::Const(_))
                    && same(default, right)
                {
                    let (text, value) = (cx.sources.slice(x.span), cx.sources.slice(right.span));
                    let told = LINT.at(
                        expr.span,
                        "the default is the very value that is excluded, so what is absent never matches",
                    );
                    out.push(told.help(format!(
                        "write `has {text} and {text} != {value}`; if absent counts too, choose another default"
                    )));
                }
            }
            _ => {}
        }
    });
    out
}
