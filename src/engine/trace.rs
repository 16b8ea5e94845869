//! Why a rule fires or does not: the same evaluator, asked about every part.

use super::eval::Eval;
use crate::plan::{CondId, CondNode, ValId, ViewRule, condition_text, value_text};
use crate::schema::Vocabulary;
use crate::value::{Truth, Value};

/// What became of one rule for one event.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The condition, part by part.
    pub condition: Traced,
    /// Exceptions by name.
    pub exceptions: Vec<(String, Traced)>,
}

/// One condition with its truth and what it read.
#[derive(Debug, Clone)]
pub struct Traced {
    /// As the language writes it.
    pub text: String,
    /// What it came to.
    pub truth: Truth,
    /// The attributes that it reads itself, with their values; `None` is absent.
    pub values: Vec<(String, Option<Value>)>,
    /// Its parts.
    pub parts: Vec<Traced>,
}

/// Traces a rule of the evaluated view.
pub fn trace(eval: &mut Eval<'_, '_, '_>, vocabulary: &Vocabulary, rule: &ViewRule) -> Trace {
    Trace {
        condition: traced(eval, vocabulary, rule.condition),
        exceptions: rule
            .exceptions
            .iter()
            .map(|x| (x.name.to_string(), traced(eval, vocabulary, x.condition)))
            .collect(),
    }
}

fn traced(eval: &mut Eval<'_, '_, '_>, vocabulary: &Vocabulary, cond: CondId) -> Traced {
    let (plan, view) = (eval.plan(), eval.view());
    let node = &view.graph.conds[cond.index()];
    let reads: Vec<ValId> = match node {
        CondNode::Has(v)
        | CondNode::Is(v)
        | CondNode::Text(_, v, _, _)
        | CondNode::OneOf(v, _)
        | CondNode::Member(v, _)
        | CondNode::Under(v, _)
        | CondNode::Regex(v, _) => vec![*v],
        CondNode::Compare(_, a, b) => vec![*a, *b],
        CondNode::InList(l, _) => vec![view.graph.lookups[l.index()].0],
        CondNode::Quantified(_, sources, _) => sources.iter().map(|(v, _)| *v).collect(),
        _ => Vec::new(),
    };
    // What has parts says how they are joined; its whole text would repeat them.
    let (text, parts) = match node {
        CondNode::And(parts) => ("all of".to_owned(), parts.to_vec()),
        CondNode::Or(parts) => ("any of".to_owned(), parts.to_vec()),
        CondNode::AtLeast(n, parts) => (format!("{n} of"), parts.to_vec()),
        CondNode::Default(a, b) => ("the first of these that is known".to_owned(), vec![*a, *b]),
        CondNode::Not(c) => ("not".to_owned(), vec![*c]),
        // A quantifier's body means nothing without its element.
        _ => (condition_text(plan, view, vocabulary, cond), Vec::new()),
    };
    Traced {
        text,
        truth: eval.cond(cond),
        values: reads
            .into_iter()
            .filter(|v| !matches!(view.graph.vals[v.index()], crate::plan::ValNode::Const(_)))
            .map(|v| (value_text(plan, view, vocabulary, v), eval.val(v).to_value()))
            .collect(),
        parts: parts.into_iter().map(|p| traced(eval, vocabulary, p)).collect(),
    }
}
