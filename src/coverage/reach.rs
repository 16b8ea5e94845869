//! Which findings could fire if only some sources were read: what each input can be fed by, and what the condition
//! needs of its inputs. Nothing is evaluated, so "could" is generous, and "could not" is certain.

use std::collections::BTreeSet;

use crate::catalogue::guardduty::catalogue;
use crate::check::model::{Expr, ExprKind, Model, When};
use crate::finding::FindingType;
use crate::plan::Plan;
use crate::schema::{AttrId, ClassId, SourceId, Vocabulary};
use crate::value::Value;

/// So many sources together are tried at most where fewer do not do.
const MOST_TOGETHER: usize = 3;

/// What feeds every rule of a plan.
pub struct Reach<'a> {
    model: &'a Model,
    plan: &'a Plan,
    /// By rule, by input.
    inputs: Vec<Vec<Fed>>,
    /// The rules, those that read logs first.
    order: Vec<usize>,
}

/// What can feed one input.
#[derive(Debug, Default, Clone)]
struct Fed {
    sources: BTreeSet<SourceId>,
    /// Rules whose findings it may read.
    findings: Vec<usize>,
}

impl<'a> Reach<'a> {
    /// Looks at the views of the plan.
    #[must_use]
    pub fn of(model: &'a Model, plan: &'a Plan, vocabulary: &Vocabulary) -> Self {
        let mut inputs: Vec<Vec<Fed>> =
            plan.rules.iter().map(|r| vec![Fed::default(); model.findings[r.finding.index()].inputs.len()]).collect();
        let condition = |rule: usize, input: usize| {
            model.findings[plan.rules[rule].finding.index()].inputs[input].condition.as_ref()
        };
        let findings = vocabulary.class_named("finding").map(|class| (class, Names::of(vocabulary, class)));
        // What another service finds is of its types.
        let all = catalogue();
        let theirs = all.active.iter().map(|e| &e.ty).chain(&all.retired).filter_map(|ty| FindingType::parse(ty).ok());
        let theirs: Vec<FindingType> = theirs.collect();
        for (source, view) in vocabulary.source_ids().zip(&plan.views) {
            for rule in &view.rules {
                if let Some((class, names)) = &findings
                    && rule.class == *class
                    && let Some(condition) = condition(rule.rule, usize::from(rule.input))
                    && !theirs.iter().any(|ty| names.may(condition, ty).0)
                {
                    continue;
                }
                inputs[rule.rule][usize::from(rule.input)].sources.insert(source);
            }
        }
        if let Some((class, names)) = &findings {
            for rule in &plan.class_view(*class).rules {
                let (reader, nth) = (rule.rule, usize::from(rule.input));
                let read = |ty: &FindingType| condition(reader, nth).is_none_or(|c| names.may(c, ty).0);
                let below = plan.rules.iter().enumerate().filter(|(i, r)| {
                    *i != reader && r.stratum < plan.rules[reader].stratum && read(&r.info.finding_type)
                });
                inputs[reader][nth].findings = below.map(|(i, _)| i).collect();
            }
        }
        let mut order: Vec<usize> = (0..plan.rules.len()).collect();
        order.sort_by_key(|&i| plan.rules[i].stratum);
        Self { model, plan, inputs, order }
    }

    /// By rule: whether it could fire with these sources.
    #[must_use]
    pub fn with(&self, available: &dyn Fn(SourceId) -> bool) -> Vec<bool> {
        let mut fires = vec![false; self.plan.rules.len()];
        for &rule in &self.order {
            let fed =
                |input: &Fed| input.sources.iter().any(|&s| available(s)) || input.findings.iter().any(|&f| fires[f]);
            let inputs: Vec<bool> = self.inputs[rule].iter().map(fed).collect();
            let enough = match &self.model.findings[self.plan.rules[rule].finding.index()].when {
                Some(When::Sequence(steps, _)) => steps.iter().all(|s| s.absent || inputs[s.input]),
                Some(When::Condition(condition)) => possible(condition, &inputs),
                None => true,
            };
            fires[rule] = enough && inputs.contains(&true) && !self.plan.rules[rule].disabled;
        }
        fires
    }

    /// By rule: the smallest sets of sources with which it could fire.
    #[must_use]
    pub fn needs(&self, vocabulary: &Vocabulary) -> Vec<Vec<Vec<SourceId>>> {
        let mut needs: Vec<Vec<Vec<SourceId>>> = vec![Vec::new(); self.plan.rules.len()];
        let mut sets: Vec<Vec<SourceId>> = vec![Vec::new()];
        for _ in 0..MOST_TOGETHER {
            let grown = sets.iter().flat_map(|set| {
                let more = vocabulary.source_ids().filter(|s| set.last().is_none_or(|last| s > last));
                more.map(|s| set.iter().copied().chain([s]).collect::<Vec<_>>())
            });
            sets = grown.collect();
            let open: Vec<bool> = needs.iter().map(Vec::is_empty).collect();
            if !open.contains(&true) {
                break;
            }
            for set in &sets {
                for (rule, fires) in self.with(&|s| set.contains(&s)).into_iter().enumerate() {
                    if fires && open[rule] {
                        needs[rule].push(set.clone());
                    }
                }
            }
        }
        needs
    }
}

/// Whether a condition over a window could be true while some inputs never come: of these, nothing is counted.
fn possible(e: &Expr, inputs: &[bool]) -> bool {
    match &e.kind {
        ExprKind::And(parts) => parts.iter().all(|p| possible(p, inputs)),
        ExprKind::Or(parts) => parts.iter().any(|p| possible(p, inputs)),
        ExprKind::AtLeast(n, parts) => parts.iter().filter(|p| possible(p, inputs)).count() >= *n as usize,
        ExprKind::Aggregate(_, _, Some(input)) => inputs.get(*input).copied().unwrap_or(true),
        ExprKind::Op(op, a, b) if matches!(op.name, ">" | ">=") => possible(a, inputs) && possible(b, inputs),
        _ => true,
    }
}

/// The attributes that tell a finding's type.
struct Names {
    ty: Option<AttrId>,
    purpose: Option<AttrId>,
    resource: Option<AttrId>,
    family: Option<AttrId>,
}

impl Names {
    fn of(vocabulary: &Vocabulary, class: ClassId) -> Self {
        let [ty, purpose, resource, family] =
            ["type", "type.purpose", "type.resource", "type.family"].map(|name| vocabulary.attribute(class, name));
        Self { ty, purpose, resource, family }
    }

    /// Whether a condition may be true, and whether it may be false, of findings of a type.
    fn may(&self, e: &Expr, ty: &FindingType) -> (bool, bool) {
        let each = |parts: &[Expr]| -> Vec<(bool, bool)> { parts.iter().map(|p| self.may(p, ty)).collect() };
        match &e.kind {
            ExprKind::Not(inner) => {
                let (yes, no) = self.may(inner, ty);
                (no, yes)
            }
            ExprKind::And(parts) => {
                let parts = each(parts);
                (parts.iter().all(|p| p.0), parts.iter().any(|p| p.1))
            }
            ExprKind::Or(parts) => {
                let parts = each(parts);
                (parts.iter().any(|p| p.0), parts.iter().all(|p| p.1))
            }
            ExprKind::AtLeast(n, all) => {
                let parts = each(all);
                let (n, yes) = (*n as usize, parts.iter().filter(|p| p.0).count());
                (yes >= n, parts.len() - parts.iter().filter(|p| p.1).count() < n)
            }
            ExprKind::Op(op, a, b) => match (self.part(a, ty), constants(b), op.name) {
                (Some(part), Some(constants), "==" | "in") => {
                    let holds = constants.contains(&part);
                    (holds, !holds)
                }
                _ => (true, true),
            },
            _ => (true, true),
        }
    }

    /// The part of the type that an expression is.
    fn part<'t>(&self, e: &Expr, ty: &'t FindingType) -> Option<&'t str> {
        let ExprKind::Attr(attr) = &e.kind else { return None };
        match Some(attr.attr) {
            _ if !attr.steps.is_empty() => None,
            at if at == self.ty => Some(ty.as_str()),
            at if at == self.purpose => Some(ty.purpose()),
            at if at == self.resource => Some(ty.resource()),
            at if at == self.family => Some(ty.family()),
            _ => None,
        }
    }
}

/// A text, or a list of texts.
fn constants(e: &Expr) -> Option<Vec<&str>> {
    match &e.kind {
        ExprKind::Const(Value::Str(text)) => Some(vec![text]),
        ExprKind::ListOf(items) => items
            .iter()
            .map(|i| match &i.kind {
                ExprKind::Const(Value::Str(text)) => Some(&**text),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}
