//! Time and state: `per`, `when`, `within`, sequences; which of them need each other.

use super::model::{Expr, ExprKind, Group, SequenceStep, When, Window};
use super::presence::Facts;
use super::scope::{Bare, Bound, Place, Scope};
use super::{Checker, Reported, Res};
use crate::diag::{Diagnostic, codes};
use crate::suggest::nearest;
use crate::syntax::ast::{self, DurationValue, FindingItem, PerClause, Step, WhenClause, WhenKind, WithinClause};
use crate::value::time::duration_text;
use crate::value::{Type, Value};

/// The most events that the steps of a sequence may count together.
const MAX_TIMES: i64 = 10_000;

/// The most steps of a sequence.
const MAX_STEPS: usize = 64;

/// Whether an expression holds an aggregate, a profile question.
fn holds(expr: &Expr) -> (bool, bool) {
    let (mut aggregate, mut profile) = (false, false);
    expr.visit(&mut |e| match e.kind {
        ExprKind::Aggregate(..) => aggregate = true,
        ExprKind::Profile(..) => profile = true,
        _ => {}
    });
    (aggregate, profile)
}

/// Attributes outside of aggregates and profile questions: of which event would they be?
fn loose(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Attr(_) => Some(expr),
        ExprKind::Aggregate(..) | ExprKind::Profile(..) => None,
        _ => {
            let mut found = None;
            expr.children(&mut |child| {
                if found.is_none() && loose(child).is_some() {
                    found = Some(child.span);
                }
            });
            found.map(|_| expr)
        }
    }
}

impl<'a> Checker<'a> {
    /// A duration, from a parameter perhaps: its value after tuning.
    pub(super) fn duration(&mut self, duration: &DurationValue, sc: &Scope<'a>) -> Res<i64> {
        let millis = match duration {
            DurationValue::Literal { millis, .. } => *millis,
            DurationValue::Param(name) => {
                let path = ast::Path { span: name.span, head: name.clone(), tail: Vec::new() };
                let mut inner = Scope { params: sc.params.clone(), ..Scope::constant() };
                let expr = self.path(&mut inner, &path, None)?;
                match &expr.kind {
                    ExprKind::Param(id) => match self.model.params[id.index()].value {
                        Value::Duration(ms) => ms,
                        Value::Null => return Err(Reported),
                        _ => return self.no_duration(name),
                    },
                    _ => return self.no_duration(name),
                }
            }
        };
        if millis > 0 {
            return Ok(millis);
        }
        self.fail(codes::E0513, duration.span(), "a duration of nothing", "write at least `1ms`")
    }

    fn no_duration<T>(&mut self, name: &ast::Name) -> Res<T> {
        let help = format!("declare `param {}: duration = 10m`, or write the duration here", name.text);
        self.fail(codes::E0513, name.span, format!("`{}` is no duration", name.text), help)
    }

    pub(super) fn group(&mut self, clause: &PerClause, scope: &Scope<'a>) -> Res<Group> {
        let mut scope = scope.clone();
        let mut each = None;
        if let Some(per_each) = &clause.each {
            if scope.inputs.len() > 1 {
                let message = "`per each` stands with one input only";
                return self.fail(codes::E0515, per_each.span, message, "give the inputs a key that each of them has");
            }
            let kinds: Vec<_> = scope.kind().into_iter().collect();
            self.check_hiding("the element", &per_each.name, &kinds);
            let (mut lists, ty, fields) = self.lists(&mut scope, &per_each.sources)?;
            if lists.len() != 1 {
                let message = "`per each` goes through one list";
                return self.fail(codes::E0515, per_each.span, message, "name one list");
            }
            let id = self.binder_id();
            scope.binders.push(Bound { name: per_each.name.text.clone(), id, ty, fields });
            each = lists.pop().map(|list| (id, list));
        }
        let keys: Vec<Res<Vec<Expr>>> = clause.keys.iter().map(|key| self.key(key, &scope)).collect();
        Ok(Group {
            each,
            keys: keys.into_iter().collect::<Res<_>>()?,
            across_accounts: clause.across_accounts.is_some(),
            span: clause.span,
        })
    }

    /// One part of the group key: an expression for each input.
    fn key(&mut self, key: &ast::PerKey, scope: &Scope<'a>) -> Res<Vec<Expr>> {
        let count = scope.inputs.len();
        let single = |this: &mut Self, scope: &Scope<'a>, ast: &ast::Expr| -> Res<Expr> {
            let mut own = scope.clone();
            let expr = this.expr(&mut own, ast, None)?;
            if super::compare::is_each(&expr) {
                let message = format!("`{}` stands for several values", this.text(ast.span));
                return this.fail(codes::E0303, ast.span, message, "count an event for each: `per each e in …: e.…`");
            }
            this.single(&expr, false)?;
            if matches!(expr.ty, Type::Bool | Type::Object) || matches!(expr.kind, ExprKind::Const(_)) {
                let message = format!("`{}` tells no groups apart", this.text(ast.span));
                return this.fail(codes::E0515, ast.span, message, "name an attribute: `per src_endpoint.ip`");
            }
            Ok(expr)
        };
        if let [only] = key.aligned.as_slice() {
            if count == 1 {
                return Ok(vec![single(self, scope, only)?]);
            }
            let mut out = Vec::new();
            for input in 0..count {
                let expr = single(self, &scope.bare(Bare::Of(input)), only)?;
                if super::presence::inputs(&expr) != [input] {
                    let message = format!("`{}` is of one input, and there are {count}", self.text(only.span));
                    let names: Vec<&str> = scope.inputs.iter().filter_map(|i| i.name.as_deref()).collect();
                    let example = names.iter().map(|n| format!("{n}.…")).collect::<Vec<_>>().join(" = ");
                    return self.fail(codes::E0515, only.span, message, format!("align one for each: `per {example}`"));
                }
                out.push(expr);
            }
            return Ok(out);
        }
        let mut out: Vec<Option<Expr>> = vec![None; count];
        for part in &key.aligned {
            let expr = single(self, scope, part)?;
            let of = super::presence::inputs(&expr);
            match of.as_slice() {
                [input] if out[*input].is_none() => out[*input] = Some(expr),
                _ => {
                    let message = "each part of an aligned key is of another input";
                    return self.fail(codes::E0515, part.span, message, "write `per a.src_endpoint.ip = b.local.ip`");
                }
            }
        }
        let missing = out.iter().position(Option::is_none);
        if let Some(missing) = missing {
            let name = scope.inputs[missing].name.as_deref().unwrap_or("the input").to_owned();
            let message = format!("nothing here is of `{name}`");
            return self.fail(codes::E0515, key.span, message, format!("add `= {name}.…`: each input needs the key"));
        }
        let out: Vec<Expr> = out.into_iter().flatten().collect();
        let fits = |a: &Type, b: &Type| a == b || (a.is_text() && b.is_text()) || *a == Type::Json || *b == Type::Json;
        if let Some(pair) = out.windows(2).find(|pair| !fits(&pair[0].ty, &pair[1].ty)) {
            let message = format!("these keys are {} and {}, and never the same", pair[0].ty, pair[1].ty);
            return self.fail(codes::E0515, key.span, message, "align attributes of one type");
        }
        Ok(out)
    }

    pub(super) fn when(&mut self, clause: &WhenClause, scope: &Scope<'a>) -> Res<When> {
        match &clause.kind {
            WhenKind::Sequence(steps) => {
                let checked: Vec<Res<SequenceStep>> = steps.iter().map(|step| self.step(step, scope)).collect();
                let checked: Vec<SequenceStep> = checked.into_iter().collect::<Res<_>>()?;
                let slots: i64 = checked.iter().filter(|s| !s.absent).map(|s| i64::from(s.times)).sum();
                if slots > MAX_TIMES || checked.len() > MAX_STEPS {
                    let message = format!("a sequence has at most {MAX_STEPS} steps of {MAX_TIMES} events together");
                    let help = "count instead: `when count(a) >= 20000 and seen(b)`";
                    return self.fail(codes::E0514, clause.span, message, help);
                }
                for (i, input) in scope.inputs.iter().enumerate() {
                    if !checked.iter().any(|s| s.input == i) {
                        let name = input.name.as_deref().unwrap_or("it");
                        let message = format!("no step names `{name}`");
                        let help = format!("write `then {name}`, or leave the input out");
                        self.report(Diagnostic::error(codes::E0514, clause.span, message).help(help));
                    }
                }
                Ok(When::Sequence(checked, clause.span))
            }
            WhenKind::Condition(ast) => {
                let mut inner = scope.at(Place::When);
                let condition = self.condition(&mut inner, ast)?;
                self.law(&condition, &inner, &Facts::new());
                let (aggregate, profile) = holds(&condition);
                if !aggregate && !profile {
                    let message = "`when` is about several events, and this is about one";
                    return self.fail(codes::E0513, ast.span, message, "put it behind `where`, joined by `and`");
                }
                if aggregate && profile {
                    let message = "counts and a profile in one `when`";
                    let help = "a count is of a window, a profile is asked about each event: let one finding count \
                                (`publish never`) and another ask, and join them `on finding`";
                    return self.fail(codes::E0513, ast.span, message, help);
                }
                if aggregate && let Some(attribute) = loose(&condition) {
                    let message = "an attribute beside a count: of which event?";
                    let help =
                        "put conditions on single events behind `where`, or aggregate them: `max(x)`, `distinct(x)`";
                    return self.fail(codes::E0513, attribute.span, message, help);
                }
                Ok(When::Condition(condition))
            }
        }
    }

    fn step(&mut self, step: &Step, scope: &Scope<'a>) -> Res<SequenceStep> {
        let Some(input) = scope.input_named(&step.name.text) else {
            let names: Vec<&str> = scope.inputs.iter().filter_map(|i| i.name.as_deref()).collect();
            let help = match nearest(&step.name.text, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => format!("name the inputs: `on {} = …, other = …`", step.name.text),
                None => format!("inputs are {}", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" ")),
            };
            return self.fail(codes::E0514, step.name.span, format!("no input is called `{}`", step.name.text), help);
        };
        let times = match u32::try_from(step.times) {
            Ok(n) if n >= 1 && step.times <= MAX_TIMES => n,
            _ => {
                let message = format!("a step counts 1 to {MAX_TIMES} events");
                return self.fail(codes::E0514, step.span, message, "write `fail x10`");
            }
        };
        let within = step.within.as_ref().map(|d| self.duration(d, scope)).transpose()?;
        Ok(SequenceStep { input, times, absent: step.negated, within, span: step.span })
    }

    pub(super) fn window(&mut self, clause: &WithinClause, scope: &Scope<'a>) -> Res<Window> {
        let length = self.duration(&clause.duration, scope)?;
        for input in &scope.inputs {
            let slow =
                self.vocabulary.sources_of(input.kind).map(|s| self.vocabulary.source(s)).find(|s| s.interval > length);
            if let Some(source) = slow {
                let interval = duration_text(source.interval);
                let message = format!("one record of `{}` may cover {interval}, longer than this window", source.name);
                let help = format!("write at least `within {interval}`, or events that are together fall apart");
                self.warn(Diagnostic::warning(codes::E0522, clause.duration.span(), message).help(help));
            }
        }
        Ok(Window { length, tumbling: clause.tumbling.is_some(), span: clause.span })
    }

    /// Which clauses need which.
    pub(super) fn time_clauses(&mut self, item: &FindingItem, when: Option<&When>) {
        let mut say = |span, message: &str, help: &str| {
            self.report(Diagnostic::error(codes::E0513, span, message).help(help));
        };
        let several = item.on.as_ref().is_some_and(|on| on.bindings.len() > 1);
        match (&item.when, &item.within) {
            (None, Some(within)) if !item.broken => {
                say(within.span, "`within` without `when`", "say what must come together: `when count() >= 10`");
            }
            (None, None) if several && !item.broken => {
                if let Some(on) = &item.on {
                    say(
                        on.span,
                        "several inputs without `when`",
                        "say how they come together: `when a then b`, `when seen(a) and seen(b)`",
                    );
                }
            }
            _ => {}
        }
        if let (Some(per), None, false) = (&item.per, &item.when, item.broken) {
            let help = "say what must hold of the group: `when count() >= 10`; what makes one finding of several is `dedup by …`";
            say(per.span, "`per` without `when`", help);
        }
        let Some((clause, when)) = item.when.as_ref().zip(when) else { return };
        let stateless = match when {
            When::Sequence(..) => false,
            When::Condition(condition) => !holds(condition).0,
        };
        if let (When::Sequence(..), Some(WithinClause { tumbling: Some(tumbling), .. })) = (when, &item.within) {
            say(*tumbling, "a sequence is not cut at fixed times", "leave `tumbling` out");
        }
        match (stateless, &item.within) {
            (false, None) if !item.broken => {
                say(clause.span, "over how long?", "add a window: `within 10m`");
            }
            (true, Some(within)) => {
                say(
                    within.span,
                    "a profile is asked about each event; there is nothing to put in a window",
                    "leave `within` out",
                );
            }
            _ => {}
        }
        if let (true, Some(per)) = (stateless, &item.per) {
            say(per.span, "a profile has a group of its own; there is nothing to group here", "leave `per` out");
        }
    }
}
