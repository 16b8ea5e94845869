//! The law of absent. Comparing what is absent gives *unknown*, and `not` of unknown is unknown: a condition under
//! `not` over something that may be absent would silently never hold. So everything under `not` (`!=`, `not in`,
//! `none`) must be *decided*: never unknown. What is present is known from
//!
//! - the vocabulary (`always` for the kind),
//! - a condition that holds already: to the left within the same `and`, or around it,
//! - `has x`, and `x ?? y`.
//!
//! The analysis is over *keys*: texts that name what an expression reads, the same for the same attribute. It is sound:
//! [`facts`] gives only keys that are present whenever the condition is true.

use std::collections::BTreeSet;

use super::Checker;
use super::model::{Expr, ExprKind, Quantifier};
use super::scope::{Bare, Scope};
use crate::diag::{Diagnostic, codes};
use crate::schema::Kind;
use crate::value::Value;
use crate::value::json::Step;

/// What is surely present, by key.
pub(super) type Facts = BTreeSet<String>;

/// Functions that give a value whenever their arguments have one; of others the result may be absent.
const TOTAL: &[&str] = &["lower", "len", "entropy", "day", "hour", "weekday"];

/// Names what an expression reads, if it reads something that may be there or not.
pub(super) fn key(expr: &Expr) -> Option<String> {
    Some(match &expr.kind {
        ExprKind::Attr(a) => format!("a{}.{}.{}{}", a.input, a.class.0, a.attr.0, steps(&a.steps)),
        ExprKind::Element(id, path) => format!("e{}{}", id.0, steps(path)),
        ExprKind::Part(inner, path) => format!("{}{}", key(inner)?, steps(path)),
        ExprKind::Call(f, args) => {
            format!("{}({})", f.name, args.iter().map(key).collect::<Option<Vec<_>>>()?.join(","))
        }
        ExprKind::Const(value) => format!("{value:?}"),
        ExprKind::Param(id) => format!("p{}", id.0),
        ExprKind::Regex(text, i) => format!("/{text}/{i}"),
        ExprKind::Caseless(text) => format!("i{text:?}"),
        _ => return None,
    })
}

fn steps(path: &[Step]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => format!(".{key:?}"),
            Step::Index(i) => format!("[{i}]"),
            Step::Each => "[]".to_owned(),
        })
        .collect()
}

/// What is present if this value is: itself, what it is a part of, what it was computed from.
pub(super) fn terms(expr: &Expr, out: &mut Facts) {
    let path: &[Step] = match &expr.kind {
        ExprKind::Attr(a) => &a.steps,
        ExprKind::Element(_, path) | ExprKind::Part(_, path) => path,
        _ => &[],
    };
    if let Some(whole) = key(expr) {
        for n in 0..path.len() {
            let tail = steps(&path[n..]);
            out.insert(whole[..whole.len() - tail.len()].to_owned());
        }
        out.insert(whole);
    }
    match &expr.kind {
        ExprKind::Part(inner, _) => terms(inner, out),
        ExprKind::Call(_, args) => args.iter().for_each(|a| terms(a, out)),
        _ => {}
    }
}

fn union(parts: impl IntoIterator<Item = Facts>) -> Facts {
    parts.into_iter().flatten().collect()
}

fn common(parts: impl IntoIterator<Item = Facts>) -> Facts {
    parts.into_iter().reduce(|a, b| a.intersection(&b).cloned().collect()).unwrap_or_default()
}

/// What is present whenever the condition is true.
pub(super) fn facts(expr: &Expr) -> Facts {
    let mut out = Facts::new();
    match &expr.kind {
        ExprKind::And(parts) => return union(parts.iter().map(facts)),
        ExprKind::Or(parts) => return common(parts.iter().map(facts)),
        ExprKind::Not(inner) => return facts_if_false(inner),
        ExprKind::AtLeast(n, parts) => {
            // True of at least n of them: what more than the others say is sure.
            let all: Vec<Facts> = parts.iter().map(facts).collect();
            let enough = parts.len() - (*n as usize).min(parts.len()) + 1;
            for fact in all.iter().flatten() {
                if all.iter().filter(|f| f.contains(fact)).count() >= enough {
                    out.insert(fact.clone());
                }
            }
        }
        ExprKind::Op(_, a, b) => {
            terms(a, &mut out);
            terms(b, &mut out);
        }
        ExprKind::Has(inner) => terms(inner, &mut out),
        ExprKind::Coalesce(a, b) if matches!(b.kind, ExprKind::Const(Value::Bool(false))) => return facts(a),
        ExprKind::Quantified { quantifier, sources, body, .. } => {
            if let [only] = sources.as_slice() {
                terms(only, &mut out);
            }
            if *quantifier == Quantifier::Any {
                out.extend(facts(body));
            }
        }
        ExprKind::Attr(_) | ExprKind::Element(..) | ExprKind::Call(..) | ExprKind::Part(..) => terms(expr, &mut out),
        _ => {}
    }
    out
}

/// What is present whenever the condition is false (not merely unknown).
fn facts_if_false(expr: &Expr) -> Facts {
    let mut out = Facts::new();
    match &expr.kind {
        ExprKind::And(parts) => return common(parts.iter().map(facts_if_false)),
        ExprKind::Or(parts) => return union(parts.iter().map(facts_if_false)),
        ExprKind::Not(inner) => return facts(inner),
        ExprKind::Op(_, a, b) => {
            terms(a, &mut out);
            terms(b, &mut out);
        }
        ExprKind::Quantified { sources, .. } => {
            if let [only] = sources.as_slice() {
                terms(only, &mut out);
            }
        }
        ExprKind::Attr(_) | ExprKind::Element(..) | ExprKind::Call(..) | ExprKind::Part(..) => terms(expr, &mut out),
        _ => {}
    }
    out
}

/// What is present whenever the condition is not true, be it false or unknown.
pub(super) fn facts_unless(expr: &Expr) -> Facts {
    match &expr.kind {
        ExprKind::Not(inner) => match &inner.kind {
            ExprKind::Has(_) => facts(inner),
            _ => Facts::new(),
        },
        ExprKind::Or(parts) => union(parts.iter().map(facts_unless)),
        ExprKind::And(parts) => common(parts.iter().map(facts_unless)),
        _ => Facts::new(),
    }
}

impl<'a> Checker<'a> {
    /// Checks the law in a condition (or value), given what is present already; says where it is broken.
    pub(super) fn law(&mut self, expr: &Expr, sc: &Scope<'a>, known: &Facts) {
        match &expr.kind {
            ExprKind::And(parts) => {
                let mut known = known.clone();
                for part in parts {
                    self.law(part, sc, &known);
                    known.extend(facts(part));
                }
            }
            ExprKind::Or(parts) => {
                let mut known = known.clone();
                for part in parts {
                    self.law(part, sc, &known);
                    known.extend(facts_unless(part));
                }
            }
            ExprKind::Not(inner) => {
                if let Err(undecided) = self.decided(inner, sc, known) {
                    self.undecided(expr, &undecided);
                }
            }
            ExprKind::Quantified { quantifier, sources, body, binder, .. } => {
                let inner = element_known(known, *binder);
                if *quantifier == Quantifier::None
                    && let Err(undecided) =
                        self.all_sure(sources, sc, known).and_then(|()| self.decided(body, sc, &inner))
                {
                    self.undecided(expr, &undecided);
                } else {
                    self.law(body, sc, &inner);
                }
            }
            _ => expr.children(&mut |child| self.law(child, sc, known)),
        }
    }

    fn undecided(&mut self, whole: &Expr, absent: &Expr) {
        let text = self.text(absent.span);
        let message = match &whole.kind {
            ExprKind::Quantified { .. } => format!("`{text}` may be absent, and then `none` does not hold"),
            _ => format!("`{text}` may be absent, and then this does not hold"),
        };
        let default = match &absent.ty {
            crate::value::Type::Int | crate::value::Type::Float => "0",
            crate::value::Type::Bool => "false",
            crate::value::Type::Ip | crate::value::Type::Enum(_) => "…",
            _ => "\"\"",
        };
        let help = match &absent.ty {
            crate::value::Type::List(_) | crate::value::Type::Json
                if matches!(whole.kind, ExprKind::Quantified { .. }) && default == "\"\"" =>
            {
                format!("only where it is there: `has {text} and …` before it; or say what absent means: `{text} ?? …`")
            }
            _ => format!(
                "only where it is there: `has {text} and …` before it; where absent counts too: `{text} ?? {default}`"
            ),
        };
        self.report(
            Diagnostic::error(codes::E0401, whole.span, message).label(absent.span, "may be absent").help(help),
        );
    }

    fn all_sure(&self, exprs: &[Expr], sc: &Scope<'a>, known: &Facts) -> Result<(), Box<Expr>> {
        exprs.iter().try_for_each(|e| self.sure(e, sc, known))
    }

    /// Whether a condition is never unknown; else what may be absent.
    fn decided(&self, expr: &Expr, sc: &Scope<'a>, known: &Facts) -> Result<(), Box<Expr>> {
        match &expr.kind {
            ExprKind::Has(_) | ExprKind::Const(_) | ExprKind::Profile(..) => Ok(()),
            ExprKind::Not(inner) => self.decided(inner, sc, known),
            ExprKind::Op(_, a, b) => {
                self.sure(a, sc, known)?;
                self.sure(b, sc, known)
            }
            ExprKind::And(parts) => {
                // A part before that is decided and not true makes the whole false: what follows may rely on it.
                let mut known = known.clone();
                for part in parts {
                    self.decided(part, sc, &known)?;
                    known.extend(facts(part));
                }
                Ok(())
            }
            ExprKind::Or(parts) => {
                let mut known = known.clone();
                for part in parts {
                    self.decided(part, sc, &known)?;
                    known.extend(facts_if_false(part));
                }
                Ok(())
            }
            ExprKind::AtLeast(_, parts) => parts.iter().try_for_each(|p| self.decided(p, sc, known)),
            ExprKind::Quantified { sources, body, binder, .. } => {
                self.all_sure(sources, sc, known)?;
                self.decided(body, sc, &element_known(known, *binder))
            }
            _ => self.sure(expr, sc, known),
        }
    }

    /// Whether a value is never absent; else what may be.
    fn sure(&self, expr: &Expr, sc: &Scope<'a>, known: &Facts) -> Result<(), Box<Expr>> {
        if key(expr).is_some_and(|k| known.contains(&k)) {
            return Ok(());
        }
        let absent = || Err(Box::new(expr.clone()));
        match &expr.kind {
            ExprKind::Attr(a) => {
                let kind = sc.inputs.get(a.input).map(|i| Kind { class: a.class, source: i.kind.source });
                // Of several inputs that are counted, one may have no event at all.
                let always = sc.bare != Bare::Named && kind.is_some_and(|kind| self.always(kind, a.attr));
                // The list is there; whether an element has the attribute is another question.
                let whole = a.steps.is_empty() || a.steps == [Step::Each];
                if always && whole { Ok(()) } else { absent() }
            }
            ExprKind::Element(..) | ExprKind::Part(..) => absent(),
            ExprKind::Call(f, args) => {
                self.all_sure(args, sc, known)?;
                let exact = matches!(f.name, "+" | "-" | "*") && args.iter().all(|a| a.ty.is_number());
                // A part of a document may be of a kind that the function cannot read.
                let typed = args.iter().all(|a| a.ty != crate::value::Type::Json);
                if exact || (typed && TOTAL.contains(&f.name)) { Ok(()) } else { absent() }
            }
            ExprKind::Aggregate(agg, ..) => {
                if matches!(agg.name, "count" | "distinct" | "seen") {
                    Ok(())
                } else {
                    absent()
                }
            }
            ExprKind::Coalesce(_, b) => self.sure(b, sc, known),
            ExprKind::Range(a, b) => {
                self.sure(a, sc, known)?;
                self.sure(b, sc, known)
            }
            ExprKind::ListOf(items) => self.all_sure(items, sc, known),
            ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::AtLeast(..)
            | ExprKind::Op(..)
            | ExprKind::Quantified { .. } => self.decided(expr, sc, known),
            _ => Ok(()),
        }
    }
}

/// Inside of a quantifier the element itself is there.
fn element_known(known: &Facts, binder: super::model::BinderId) -> Facts {
    let mut inner = known.clone();
    inner.insert(format!("e{}", binder.0));
    inner
}

/// The inputs whose attributes an expression reads, each once.
pub(super) fn inputs(expr: &Expr) -> Vec<usize> {
    let mut out = Vec::new();
    expr.visit(&mut |e| {
        if let ExprKind::Attr(a) = &e.kind
            && !out.contains(&a.input)
        {
            out.push(a.input);
        }
    });
    out
}
