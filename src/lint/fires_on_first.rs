//! An upper bound alone over a sliding window: the first event of every group is within it.

use super::{Cx, Lint, page};
use crate::check::model::{Expr, ExprKind, Finding, When};
use crate::diag::{Diagnostic, Level};
use crate::ops::{Eval, member};
use crate::value::{Arena, Truth, Val};

/// A condition that the first event of every group fulfils.
pub static LINT: Lint = Lint {
    name: "fires-on-first",
    title: "a condition that the first event of every group fulfils",
    page: page!("fires-on-first"),
    level: Level::Warning,
    run,
};

/// More events, or values, than any rule asks for.
const MANY: i64 = 1 << 40;

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for finding in &cx.model.findings {
        let (Some(When::Condition(condition)), Some(window)) = (&finding.when, &finding.window) else { continue };
        if !window.tumbling && of_one(cx, finding, condition) {
            out.push(
                LINT.at(condition.span, "this is true of one event alone, so the first of every group fires")
                    .help("ask for a least number as well, or for the whole window at its end: `within … tumbling`"),
            );
        }
    }
    out
}

/// Whether the condition holds of a window of one event, whichever input it is of, and not of many.
fn of_one(cx: &Cx<'_>, finding: &Finding, condition: &Expr) -> bool {
    let arena = Arena::new();
    let holds = |input, n| Window { cx, input, n, arena: &arena }.truth(condition);
    (0..finding.inputs.len()).all(|input| holds(Some(input), 1) == Some(Truth::True))
        && holds(None, MANY) == Some(Truth::False)
}

/// A window of so many events, all different, of one input or of all.
struct Window<'a> {
    cx: &'a Cx<'a>,
    input: Option<usize>,
    n: i64,
    arena: &'a Arena,
}

impl<'a> Window<'a> {
    /// What a condition comes to; none if it depends on what the events say.
    fn truth(&self, expr: &'a Expr) -> Option<Truth> {
        let all = |parts: &'a [Expr]| parts.iter().map(|p| self.truth(p)).collect::<Option<Vec<_>>>();
        match &expr.kind {
            ExprKind::Not(inner) => self.truth(inner).map(Truth::not),
            ExprKind::And(parts) => all(parts)?.into_iter().reduce(Truth::and),
            ExprKind::Or(parts) => all(parts)?.into_iter().reduce(Truth::or),
            ExprKind::AtLeast(n, parts) => {
                let holding = all(parts)?.into_iter().filter(|t| *t == Truth::True).count();
                Some(Truth::from(holding >= *n as usize))
            }
            ExprKind::Op(op, a, b) => match (&op.eval, &b.kind) {
                (Eval::Pair(eval), _) => Some(eval(self.value(a)?, self.value(b)?)),
                (Eval::Member, ExprKind::Range(from, to)) => {
                    Some(member::in_range(self.value(a)?, self.value(from)?, self.value(to)?))
                }
                _ => None,
            },
            _ => match self.value(expr)? {
                Val::Bool(b) => Some(Truth::from(b)),
                Val::Absent => Some(Truth::Unknown),
                _ => None,
            },
        }
    }

    fn value(&self, expr: &'a Expr) -> Option<Val<'a>> {
        match &expr.kind {
            ExprKind::Const(value) => Some(Val::from_value(value, self.arena)),
            ExprKind::Param(id) => Some(Val::from_value(&self.cx.model.params[id.index()].value, self.arena)),
            ExprKind::Call(function, args) => {
                let args: Vec<Val<'a>> = args.iter().map(|a| self.value(a)).collect::<Option<_>>()?;
                Some((function.eval)(&args, self.arena))
            }
            ExprKind::Aggregate(which, _, of) => {
                let n = if of.is_none() || self.input.is_none() || *of == self.input { self.n } else { 0 };
                match which.name {
                    "count" | "distinct" => Some(Val::Int(n)),
                    "seen" => Some(Val::Bool(n > 0)),
                    "jitter" | "speed" if n < 2 => Some(Val::Absent),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
