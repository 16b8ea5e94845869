//! All conditions and expressions of a rule set, each with what holds already where it stands.

use crate::check::model::{Expr, Input, Model, Part, When};

/// A condition of a rule.
pub(super) struct Clause<'a> {
    /// What it says.
    pub expr: &'a Expr,
    /// What is true already when it is asked.
    pub known: Vec<&'a Expr>,
    /// The inputs that its attributes are of.
    pub inputs: &'a [Input],
}

/// Every condition: `where`, `severity … if`, `when`, `except`, of profiles and suppressions too.
pub(super) fn clauses(model: &Model) -> Vec<Clause<'_>> {
    let mut out = Vec::new();
    for finding in &model.findings {
        let inputs = finding.inputs.as_slice();
        let known: Vec<&Expr> = inputs.iter().filter_map(|i| i.condition.as_ref()).collect();
        out.extend(known.iter().map(|&expr| Clause { expr, known: Vec::new(), inputs }));
        let later = finding.severity.branches.iter().map(|(expr, _)| expr);
        let later = later.chain(finding.exceptions.iter().map(|e| &e.condition));
        out.extend(later.map(|expr| Clause { expr, known: known.clone(), inputs }));
        if let Some(When::Condition(expr)) = &finding.when {
            out.push(Clause { expr, known: Vec::new(), inputs });
        }
    }
    for profile in &model.profiles {
        let inputs = std::slice::from_ref(&profile.input);
        let known: Vec<&Expr> = profile.input.condition.iter().collect();
        out.extend(known.iter().map(|&expr| Clause { expr, known: Vec::new(), inputs }));
        let volumes = profile.volumes.iter().filter_map(|v| v.condition.as_ref());
        out.extend(volumes.map(|expr| Clause { expr, known: known.clone(), inputs }));
    }
    for suppression in &model.suppressions {
        let inputs = std::slice::from_ref(&suppression.input);
        out.extend(suppression.input.condition.iter().map(|expr| Clause { expr, known: Vec::new(), inputs }));
    }
    out
}

/// Calls `f` with every expression of every rule, inner ones too, and the inputs that its attributes are of.
pub(super) fn visit<'a>(model: &'a Model, f: &mut dyn FnMut(&Expr, &'a [Input])) {
    let mut all: Vec<(&'a Expr, &'a [Input])> = clauses(model).into_iter().map(|c| (c.expr, c.inputs)).collect();
    for finding in &model.findings {
        let inputs = finding.inputs.as_slice();
        let holes = finding.title.parts.iter().filter_map(|p| match p {
            Part::Hole(expr) => Some(expr),
            Part::Text(_) => None,
        });
        let group = finding.group.iter().flat_map(|g| g.each.iter().map(|(_, e)| e).chain(g.keys.iter().flatten()));
        let dedup = finding.dedup.iter().flat_map(|d| &d.by);
        all.extend(holes.chain(group).chain(dedup).chain([&finding.severity.otherwise]).map(|e| (e, inputs)));
    }
    for profile in &model.profiles {
        let inputs = std::slice::from_ref(&profile.input);
        let values = profile.values.iter().flat_map(|(_, exprs)| exprs);
        let volumes = profile.volumes.iter().map(|v| &v.aggregate);
        all.extend(profile.group.iter().chain(values).chain(volumes).map(|e| (e, inputs)));
    }
    for (expr, inputs) in all {
        expr.visit(&mut |e| f(e, inputs));
    }
}
