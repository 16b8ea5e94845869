//! `per`, `when`, `within` and profiles -> what the `state` room needs: a [`Spec`] per rule, the same for every view, and
//! the expressions that a view evaluates for it when an event matches.

use std::sync::Arc;

use crate::check::model::{
    BinderId, Expr, ExprKind, Finding, Input, Model, Profile, ProfileId, ProfileQuestion, Quantifier, When,
};
use crate::ops::Eval;
use crate::schema::Vocabulary;
use crate::state::{
    Aggregate, AggregateOp, Ask, Decides, Formula, ProfileSpec, Question, Spec, Step, Term, Volume, When as StateWhen,
    Window, finish,
};
use crate::value::{Truth, Value};

use super::lower::name_of;

/// What a hit brings along for state, as expressions of the model; each view lowers them.
#[derive(Debug, Clone)]
pub enum Brought<'m> {
    /// A value, or a condition as a value; of this input only.
    Value(&'m Expr),
    /// For each element of lists: a list of what the formula reads of it.
    Elements(BinderId, &'m [Expr], Vec<&'m Expr>),
    /// The group of a profile.
    Group(ProfileId),
    /// Latitude and longitude, as a list of longitude and latitude.
    Location(&'m Expr, &'m Expr),
    /// Parts of a profile's value where the question brings none of its own.
    Usual(&'m Expr),
}

/// A rule's state and what its hits bring.
#[derive(Debug)]
pub struct Stateful<'m> {
    /// For the `state` room.
    pub spec: Spec,
    /// One per argument of a happening.
    pub brought: Vec<Brought<'m>>,
}

/// The state of a rule; `None` if it has none.
#[must_use]
pub fn of_rule<'m>(finding: &'m Finding, model: &'m Model, vocabulary: &Vocabulary) -> Option<Stateful<'m>> {
    let when = finding.when.as_ref()?;
    let mut make = Make::new(model, vocabulary, &finding.inputs);
    let window = finding.window.map(|w| Window { length: w.length, tumbling: w.tumbling });
    let when = match when {
        When::Sequence(steps, _) => StateWhen::Sequence(
            steps
                .iter()
                .map(|s| Step {
                    input: u8::try_from(s.input).unwrap_or(u8::MAX),
                    times: s.times,
                    absent: s.absent,
                    within: s.within,
                })
                .collect(),
        ),
        When::Condition(condition) => {
            let formula = make.formula(condition);
            if make.questions.is_empty() {
                StateWhen::Window { aggregates: std::mem::take(&mut make.aggregates), formula }
            } else {
                StateWhen::Profiles { questions: std::mem::take(&mut make.questions), formula }
            }
        }
    };
    let mut spec =
        Spec { window, when, decides: Decides::AtWatermark, inputs: finding.inputs.len(), read: read(finding) };
    finish(&mut spec);
    Some(Stateful { spec, brought: make.brought })
}

/// The state of a profile.
#[must_use]
pub fn of_profile<'m>(
    profile: &'m Profile,
    model: &'m Model,
    vocabulary: &Vocabulary,
) -> (ProfileSpec, Vec<Brought<'m>>) {
    let mut make = Make::new(model, vocabulary, std::slice::from_ref(&profile.input));
    let values = profile
        .values
        .iter()
        .map(|(name, parts)| (name.clone(), parts.iter().map(|p| make.bring(Brought::Value(p))).collect()))
        .collect();
    let volumes = profile
        .volumes
        .iter()
        .map(|v| {
            let amount = make.term(&v.aggregate);
            Volume {
                name: v.name.clone(),
                aggregates: std::mem::take(&mut make.aggregates),
                amount,
                counts: v.condition.as_ref().map(|c| make.bring(Brought::Value(c))),
                every: v.every,
            }
        })
        .collect();
    let spec = ProfileSpec {
        name: profile.name.clone(),
        learn: profile.learn,
        remember: profile.remember,
        settle: profile.settle,
        values,
        volumes,
    };
    (spec, make.brought)
}

/// Inputs whose attributes are read by name where another input's event may complete the match.
fn read(finding: &Finding) -> u32 {
    if finding.inputs.len() < 2 {
        return 0;
    }
    let mut mask = 0u32;
    each_said(finding, &mut |e| {
        e.visit(&mut |e| {
            if let ExprKind::Attr(attr) = &e.kind {
                mask |= 1u32.checked_shl(u32::try_from(attr.input).unwrap_or(u32::MAX)).unwrap_or(0);
            }
        });
    });
    if let Some(When::Sequence(steps, _)) = &finding.when
        && let Some(last) = steps.iter().rev().find(|s| !s.absent)
    {
        mask &= !(1 << last.input);
    }
    mask
}

/// Every expression that says something of a match: severity, title, exceptions, `dedup`.
pub fn each_said<'m>(finding: &'m Finding, f: &mut dyn FnMut(&'m Expr)) {
    finding.severity.branches.iter().for_each(|(c, _)| f(c));
    f(&finding.severity.otherwise);
    for part in &finding.title.parts {
        if let crate::check::model::Part::Hole(e) = part {
            f(e);
        }
    }
    finding.exceptions.iter().for_each(|x| f(&x.condition));
    finding.dedup.iter().flat_map(|d| &d.by).for_each(f);
}

struct Make<'m, 'v> {
    model: &'m Model,
    vocabulary: &'v Vocabulary,
    inputs: &'m [Input],
    brought: Vec<Brought<'m>>,
    aggregates: Vec<Aggregate>,
    questions: Vec<Question>,
    /// Inside a quantifier that asks profiles: its binder and what the body reads of an element.
    element: Option<(BinderId, Vec<&'m Expr>)>,
}

/// Whether an expression asks state.
fn asks(e: &Expr) -> bool {
    let mut found = false;
    e.visit(&mut |e| found |= matches!(e.kind, ExprKind::Aggregate(..) | ExprKind::Profile(..)));
    found
}

fn reads(e: &Expr, binder: BinderId) -> bool {
    let mut found = false;
    e.visit(&mut |e| found |= matches!(&e.kind, ExprKind::Element(b, _) if *b == binder));
    found
}

impl<'m, 'v> Make<'m, 'v> {
    fn new(model: &'m Model, vocabulary: &'v Vocabulary, inputs: &'m [Input]) -> Self {
        let (brought, aggregates, questions) = (Vec::new(), Vec::new(), Vec::new());
        Self { model, vocabulary, inputs, brought, aggregates, questions, element: None }
    }

    fn bring(&mut self, brought: Brought<'m>) -> usize {
        let same = |known: &Brought<'m>| match (known, &brought) {
            (Brought::Value(a), Brought::Value(b)) | (Brought::Usual(a), Brought::Usual(b)) => std::ptr::eq(*a, *b),
            (Brought::Group(a), Brought::Group(b)) => a == b,
            (Brought::Location(a, _), Brought::Location(b, _)) => std::ptr::eq(*a, *b),
            _ => false,
        };
        self.brought.iter().position(same).unwrap_or_else(|| {
            self.brought.push(brought);
            self.brought.len() - 1
        })
    }

    /// What only the event tells: decided when it matches.
    fn event_term(&mut self, e: &'m Expr) -> Term {
        if let Some((binder, parts)) = &mut self.element
            && reads(e, *binder)
        {
            parts.push(e);
            return Term::Element(parts.len() - 1);
        }
        Term::Arg(self.bring(Brought::Value(e)))
    }

    fn formulas(&mut self, parts: &'m [Expr]) -> Vec<Formula> {
        parts.iter().map(|p| self.formula(p)).collect()
    }

    fn formula(&mut self, e: &'m Expr) -> Formula {
        match &e.kind {
            ExprKind::Const(Value::Bool(b)) => return Formula::Const(Truth::from(*b)),
            ExprKind::Param(_) => return Formula::Is(self.term(e)),
            _ if !asks(e) => return Formula::Is(self.event_term(e)),
            _ => {}
        }
        match &e.kind {
            ExprKind::Not(x) => Formula::Not(Box::new(self.formula(x))),
            ExprKind::And(parts) => Formula::And(self.formulas(parts)),
            ExprKind::Or(parts) => Formula::Or(self.formulas(parts)),
            ExprKind::AtLeast(n, parts) => Formula::AtLeast(*n, self.formulas(parts)),
            ExprKind::Has(x) => Formula::Has(self.term(x)),
            ExprKind::Coalesce(a, b) if a.ty == crate::value::Type::Bool => {
                Formula::Default(Box::new(self.formula(a)), Box::new(self.formula(b)))
            }
            ExprKind::Op(op, a, b) => match op.eval {
                Eval::Pair(_) => Formula::Compare(op, self.term(a), self.term(b)),
                Eval::Member => self.member(a, b),
                Eval::Under | Eval::Regex => Formula::Const(Truth::Unknown),
            },
            ExprKind::Profile(profile, question @ (ProfileQuestion::New(..) | ProfileQuestion::Surge { .. })) => {
                Formula::Asked(self.question(*profile, question))
            }
            ExprKind::Quantified { quantifier, binder, sources, body, .. } => {
                self.each(*quantifier, *binder, sources, body)
            }
            _ => Formula::Is(self.term(e)),
        }
    }

    fn each(&mut self, quantifier: Quantifier, binder: BinderId, sources: &'m [Expr], body: &'m Expr) -> Formula {
        let outer = self.element.replace((binder, Vec::new()));
        let body = self.formula(body);
        let parts = self.element.take().map(|(_, parts)| parts).unwrap_or_default();
        self.element = outer;
        self.brought.push(Brought::Elements(binder, sources, parts));
        Formula::Each(quantifier, self.brought.len() - 1, Box::new(body))
    }

    fn member(&mut self, left: &'m Expr, right: &'m Expr) -> Formula {
        let items = match &right.kind {
            ExprKind::ListOf(items) => items.as_slice(),
            _ => std::slice::from_ref(right),
        };
        let mut values = Vec::new();
        let mut parts = Vec::new();
        for item in items {
            match &item.kind {
                ExprKind::Range(a, b) => parts.push(Formula::Between(self.term(left), self.term(a), self.term(b))),
                _ => match self.term(item) {
                    Term::Const(value) => values.push(value),
                    _ => parts.push(Formula::Const(Truth::Unknown)),
                },
            }
        }
        if !values.is_empty() {
            parts.push(Formula::OneOf(self.term(left), values));
        }
        if parts.len() == 1 { parts.remove(0) } else { Formula::Or(parts) }
    }

    fn term(&mut self, e: &'m Expr) -> Term {
        match &e.kind {
            ExprKind::Const(value) => Term::Const(value.clone()),
            ExprKind::Param(id) => Term::Const(self.model.params[id.index()].value.clone()),
            _ if !asks(e) => self.event_term(e),
            ExprKind::Aggregate(op, args, input) => Term::Aggregate(self.aggregate(op.name, args, *input)),
            ExprKind::Profile(profile, question @ ProfileQuestion::Surprise(_)) => {
                Term::Asked(self.question(*profile, question))
            }
            ExprKind::Call(function, args) => Term::Call(function, args.iter().map(|a| self.term(a)).collect()),
            ExprKind::Coalesce(a, b) => Term::Coalesce(Box::new(self.term(a)), Box::new(self.term(b))),
            _ => Term::Truth(Box::new(self.formula(e))),
        }
    }

    fn aggregate(&mut self, op: &'static str, args: &'m [Expr], input: Option<usize>) -> usize {
        // The checker gives latitude and longitude one by one, and a distance in metres.
        let location = match args {
            [lat, long, ..] if op == "speed" && !matches!(long.kind, ExprKind::Const(_)) => Some((lat, long)),
            _ => None,
        };
        let arg = match location {
            Some((lat, long)) => Some(self.bring(Brought::Location(lat, long))),
            None => args.first().map(|a| self.bring(Brought::Value(a))),
        };
        let beyond = match args.get(if location.is_some() { 2 } else { 1 }).map(|e| &e.kind) {
            Some(ExprKind::Const(Value::Int(metres))) => *metres as f64 / 1000.0,
            _ => 500.0,
        };
        let kind = match op {
            "seen" => AggregateOp::Seen,
            "distinct" => AggregateOp::Distinct,
            "sum" => AggregateOp::Sum,
            "min" => AggregateOp::Min,
            "max" => AggregateOp::Max,
            "avg" => AggregateOp::Avg,
            "jitter" => AggregateOp::Jitter,
            "speed" => AggregateOp::Speed { beyond },
            _ => AggregateOp::Count,
        };
        let input = input.and_then(|i| u8::try_from(i).ok());
        let name = self.name(op, args, input);
        let new = Aggregate { name, op: kind, input, arg, enough: None };
        self.aggregates.iter().position(|a| *a == new).unwrap_or_else(|| {
            self.aggregates.push(new);
            self.aggregates.len() - 1
        })
    }

    /// An aggregate as the rule writes it: `distinct(local.port)`.
    fn name(&self, op: &str, args: &[Expr], input: Option<u8>) -> Arc<str> {
        let inside = match (args.first(), input) {
            (Some(arg), _) => self.text(arg),
            (None, Some(input)) => {
                self.inputs.get(usize::from(input)).and_then(|i| i.name.as_deref()).unwrap_or("").to_owned()
            }
            (None, None) => String::new(),
        };
        Arc::from(format!("{op}({inside})"))
    }

    fn text(&self, e: &Expr) -> String {
        match &e.kind {
            ExprKind::Attr(attr) => name_of(self.vocabulary, attr).to_string(),
            ExprKind::Call(f, args) => {
                let args: Vec<String> = args.iter().map(|a| self.text(a)).collect();
                format!("{}({})", f.name, args.join(", "))
            }
            ExprKind::Coalesce(a, _) => self.text(a),
            ExprKind::Const(v) => v.to_string(),
            _ => "…".to_owned(),
        }
    }

    fn question(&mut self, profile: ProfileId, question: &'m ProfileQuestion) -> usize {
        let model = self.model;
        let of = &model.profiles[profile.index()];
        let group = self.bring(Brought::Group(profile));
        let usual = |this: &mut Self, value: usize| -> Vec<Term> {
            of.values[value].1.iter().map(|e| Term::Arg(this.bring(Brought::Usual(e)))).collect()
        };
        let ask = match question {
            ProfileQuestion::New(value, None) => Ask::New(*value, usual(self, *value)),
            ProfileQuestion::New(value, Some(own)) => Ask::New(*value, own.iter().map(|e| self.term(e)).collect()),
            ProfileQuestion::Surge { volume, sigma, floor } => {
                Ask::Surge { volume: *volume, sigma: *sigma, floor: *floor }
            }
            ProfileQuestion::Surprise(values) => Ask::Surprise(values.iter().map(|&v| (v, usual(self, v))).collect()),
        };
        self.questions.push(Question { profile: profile.index(), group, ask });
        self.questions.len() - 1
    }
}
