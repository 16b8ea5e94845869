//! What a condition over aggregates needs: whether more events can make it false, and how much must be kept to decide it.

use super::formula::{Formula, Term};
use super::spec::{Aggregate, AggregateOp, Decides, Spec, When};
use crate::value::Value;

/// Fills what follows from the rest of a spec: when the rule speaks, and of each aggregate how much is enough.
pub fn finish(spec: &mut Spec) {
    let tumbling = spec.window.is_some_and(|w| w.tumbling);
    spec.decides = match &mut spec.when {
        When::Window { aggregates, formula } => {
            for (at, bound) in formula.enough(aggregates).into_iter().enumerate() {
                aggregates[at].enough = bound;
            }
            match (formula.monotone(aggregates), tumbling) {
                (true, _) => Decides::AtOnce,
                (false, false) => Decides::AtWatermark,
                (false, true) => Decides::AtClose,
            }
        }
        When::Sequence(steps) if steps.last().is_some_and(|s| s.absent) => Decides::AtDeadline,
        When::Sequence(_) | When::Profiles { .. } => Decides::AtWatermark,
    };
}

impl Formula {
    /// Whether no further event of the window can make the condition false once it is true: built of `and`, `or` and
    /// `N of` over lower bounds of `count`, `distinct`, `max`, `speed`, upper bounds of `min`, and `seen`. What reads
    /// the completing event only stands as it is.
    #[must_use]
    pub fn monotone(&self, aggregates: &[Aggregate]) -> bool {
        let op = |at: &usize| aggregates.get(*at).map(|a| a.op);
        match self {
            Formula::And(parts) | Formula::Or(parts) | Formula::AtLeast(_, parts) => {
                parts.iter().all(|p| p.monotone(aggregates))
            }
            Formula::Compare(operator, Term::Aggregate(at), Term::Const(_)) => grows(op(at), operator.name),
            Formula::Compare(operator, Term::Const(_), Term::Aggregate(at)) => grows(op(at), flipped(operator.name)),
            Formula::Is(Term::Aggregate(at)) => op(at) == Some(AggregateOp::Seen),
            other => !other.reads_state(),
        }
    }

    /// Of each aggregate, how many events (`count`, `seen`) or different values (`distinct`) decide the condition as
    /// well as more of them would; nothing where no number does.
    #[must_use]
    pub fn enough(&self, aggregates: &[Aggregate]) -> Vec<Option<u32>> {
        let mut needs = vec![Need::Unused; aggregates.len()];
        self.needs(&mut needs);
        let bound = |(aggregate, need): (&Aggregate, Need)| match (aggregate.op, need) {
            (AggregateOp::Count | AggregateOp::Distinct, Need::Bounded(n)) => Some(n),
            (AggregateOp::Seen, Need::Bounded(_) | Need::Truth) => Some(1),
            _ => None,
        };
        aggregates.iter().zip(needs).map(bound).collect()
    }

    fn needs(&self, needs: &mut [Need]) {
        match self {
            Formula::Const(_) | Formula::Asked(_) => {}
            Formula::Not(part) => part.needs(needs),
            Formula::And(parts) | Formula::Or(parts) | Formula::AtLeast(_, parts) => {
                parts.iter().for_each(|p| p.needs(needs));
            }
            Formula::Default(a, b) => {
                a.needs(needs);
                b.needs(needs);
            }
            Formula::Compare(operator, Term::Aggregate(at), Term::Const(c)) => {
                raise(needs, *at, told_apart(operator.name, c));
            }
            Formula::Compare(operator, Term::Const(c), Term::Aggregate(at)) => {
                raise(needs, *at, told_apart(flipped(operator.name), c));
            }
            Formula::Between(Term::Aggregate(at), Term::Const(least), Term::Const(greatest)) => {
                raise(needs, *at, told_apart(">=", least));
                raise(needs, *at, told_apart("<=", greatest));
            }
            Formula::OneOf(Term::Aggregate(at), set) => {
                set.iter().for_each(|c| raise(needs, *at, told_apart("==", c)));
            }
            // It is always there.
            Formula::Has(Term::Aggregate(at)) => raise(needs, *at, Need::Bounded(1)),
            Formula::Is(Term::Aggregate(at)) => raise(needs, *at, Need::Truth),
            Formula::Compare(_, a, b) => [a, b].into_iter().for_each(|t| t.needs(needs)),
            Formula::Between(a, b, c) => [a, b, c].into_iter().for_each(|t| t.needs(needs)),
            Formula::OneOf(t, _) | Formula::Has(t) | Formula::Is(t) => t.needs(needs),
            Formula::Each(_, _, body) => body.needs(needs),
        }
    }

    /// Whether anything but the event itself is read.
    #[must_use]
    pub fn reads_state(&self) -> bool {
        match self {
            Formula::Const(_) => false,
            Formula::Asked(_) => true,
            Formula::Not(part) | Formula::Each(_, _, part) => part.reads_state(),
            Formula::And(parts) | Formula::Or(parts) | Formula::AtLeast(_, parts) => {
                parts.iter().any(Formula::reads_state)
            }
            Formula::Default(a, b) => a.reads_state() || b.reads_state(),
            Formula::Compare(_, a, b) => a.reads_state() || b.reads_state(),
            Formula::Between(a, b, c) => a.reads_state() || b.reads_state() || c.reads_state(),
            Formula::OneOf(t, _) | Formula::Has(t) | Formula::Is(t) => t.reads_state(),
        }
    }

    /// Marks the arguments that are read.
    pub(super) fn reads_args(&self, read: &mut Vec<bool>) {
        match self {
            Formula::Const(_) | Formula::Asked(_) => {}
            Formula::Not(part) => part.reads_args(read),
            Formula::Each(_, at, part) => {
                mark(read, *at);
                part.reads_args(read);
            }
            Formula::And(parts) | Formula::Or(parts) | Formula::AtLeast(_, parts) => {
                parts.iter().for_each(|p| p.reads_args(read));
            }
            Formula::Default(a, b) => [a, b].into_iter().for_each(|p| p.reads_args(read)),
            Formula::Compare(_, a, b) => [a, b].into_iter().for_each(|t| t.reads_args(read)),
            Formula::Between(a, b, c) => [a, b, c].into_iter().for_each(|t| t.reads_args(read)),
            Formula::OneOf(t, _) | Formula::Has(t) | Formula::Is(t) => t.reads_args(read),
        }
    }
}

impl Term {
    fn needs(&self, needs: &mut [Need]) {
        match self {
            Term::Const(_) | Term::Arg(_) | Term::Element(_) | Term::Asked(_) => {}
            // Any value may matter.
            Term::Aggregate(at) => raise(needs, *at, Need::Exact),
            Term::Call(_, args) => args.iter().for_each(|t| t.needs(needs)),
            Term::Coalesce(a, b) => [a, b].into_iter().for_each(|t| t.needs(needs)),
            Term::Truth(condition) => condition.needs(needs),
        }
    }

    fn reads_state(&self) -> bool {
        match self {
            Term::Const(_) | Term::Arg(_) | Term::Element(_) => false,
            Term::Aggregate(_) | Term::Asked(_) => true,
            Term::Call(_, args) => args.iter().any(Term::reads_state),
            Term::Coalesce(a, b) => a.reads_state() || b.reads_state(),
            Term::Truth(condition) => condition.reads_state(),
        }
    }

    fn reads_args(&self, read: &mut Vec<bool>) {
        match self {
            Term::Const(_) | Term::Aggregate(_) | Term::Element(_) | Term::Asked(_) => {}
            Term::Arg(at) => mark(read, *at),
            Term::Call(_, args) => args.iter().for_each(|t| t.reads_args(read)),
            Term::Coalesce(a, b) => [a, b].into_iter().for_each(|t| t.reads_args(read)),
            Term::Truth(condition) => condition.reads_args(read),
        }
    }
}

fn mark(read: &mut Vec<bool>, at: usize) {
    if read.len() <= at {
        read.resize(at + 1, false);
    }
    read[at] = true;
}

/// What of an aggregate is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Unused,
    /// Whether there is anything.
    Truth,
    /// The least of its value and this.
    Bounded(u32),
    /// Its value.
    Exact,
}

fn raise(needs: &mut [Need], at: usize, need: Need) {
    if let Some(had) = needs.get_mut(at) {
        *had = need.max(*had);
    }
}

/// What tells apart on which side of a constant a count lies: `count >= 5` is decided by min(count, 5).
fn told_apart(operator: &str, constant: &Value) -> Need {
    // Beyond that nothing is saved, and an `f64` may not be exact.
    const MOST: f64 = 4_000_000_000.0;
    let c = match constant {
        Value::Int(n) => *n as f64,
        Value::Float(x) => *x,
        _ => return Need::Exact,
    };
    let n = match operator {
        ">=" | "<" => c.ceil(),
        ">" | "<=" | "==" | "differs from" => c.floor() + 1.0,
        _ => return Need::Exact,
    };
    // Not `n > MOST`: what is not a number is no bound.
    if n <= MOST { Need::Bounded((n as u32).max(1)) } else { Need::Exact }
}

fn grows(op: Option<AggregateOp>, operator: &str) -> bool {
    match op {
        Some(AggregateOp::Count | AggregateOp::Distinct | AggregateOp::Max | AggregateOp::Speed { .. }) => {
            matches!(operator, ">=" | ">")
        }
        Some(AggregateOp::Min) => matches!(operator, "<=" | "<"),
        _ => false,
    }
}

fn flipped(operator: &'static str) -> &'static str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ops::{function, operator};
    use crate::value::{Arena, Truth};

    fn aggregate(op: AggregateOp) -> Aggregate {
        Aggregate { name: Arc::from("a"), op, input: None, arg: None, enough: None }
    }

    fn compare(op: &str, at: usize, c: Value) -> Formula {
        Formula::Compare(operator(op).expect("an operator"), Term::Aggregate(at), Term::Const(c))
    }

    fn flip(op: &str, at: usize, c: Value) -> Formula {
        Formula::Compare(operator(op).expect("an operator"), Term::Const(c), Term::Aggregate(at))
    }

    #[test]
    fn lower_bounds_are_monotone() {
        let speed = AggregateOp::Speed { beyond: 500.0 };
        for (op, operator, monotone) in [
            (AggregateOp::Count, ">=", true),
            (AggregateOp::Count, ">", true),
            (AggregateOp::Count, "<", false),
            (AggregateOp::Count, "==", false),
            (AggregateOp::Distinct, ">=", true),
            (AggregateOp::Distinct, "<=", false),
            (AggregateOp::Max, ">", true),
            (AggregateOp::Max, "<", false),
            (AggregateOp::Min, "<=", true),
            (AggregateOp::Min, ">=", false),
            (speed, ">=", true),
            (AggregateOp::Sum, ">=", false),
            (AggregateOp::Avg, ">=", false),
            (AggregateOp::Jitter, "<", false),
        ] {
            let formula = compare(operator, 0, Value::Int(3));
            assert_eq!(formula.monotone(&[aggregate(op)]), monotone, "{op:?} {operator}");
        }
        assert!(flip("<=", 0, Value::Int(3)).monotone(&[aggregate(AggregateOp::Count)]));
        assert!(!flip(">", 0, Value::Int(3)).monotone(&[aggregate(AggregateOp::Count)]));
    }

    #[test]
    fn connectives_keep_it_and_not_does_not() {
        let aggregates = [aggregate(AggregateOp::Count), aggregate(AggregateOp::Seen)];
        let up = compare(">=", 0, Value::Int(3));
        let seen = Formula::Is(Term::Aggregate(1));
        assert!(Formula::And(vec![up.clone(), seen.clone()]).monotone(&aggregates));
        assert!(Formula::AtLeast(1, vec![up.clone(), seen.clone()]).monotone(&aggregates));
        assert!(!Formula::Not(Box::new(seen.clone())).monotone(&aggregates));
        assert!(!Formula::And(vec![up.clone(), Formula::Not(Box::new(seen))]).monotone(&aggregates));
        // What reads the event only is settled with it.
        let own = Formula::Not(Box::new(Formula::Is(Term::Arg(0))));
        assert!(Formula::And(vec![up.clone(), own]).monotone(&aggregates));
        let ratio = Formula::Compare(
            operator(">").expect("an operator"),
            Term::Aggregate(0),
            Term::Call(function("*").expect("times"), vec![Term::Aggregate(1), Term::Const(Value::Int(2))]),
        );
        assert!(!Formula::Or(vec![up, ratio]).monotone(&aggregates));
    }

    #[test]
    fn enough_decides_as_well_as_all() {
        let count = [aggregate(AggregateOp::Count)];
        let arena = Arena::new();
        let constants = [Value::Int(5), Value::Int(0), Value::Int(-2), Value::Float(4.5), Value::Float(5.0)];
        for op in [">=", ">", "<", "<=", "==", "differs from"] {
            for c in &constants {
                for formula in [compare(op, 0, c.clone()), flip(op, 0, c.clone())] {
                    let n = formula.enough(&count)[0].expect("bounded");
                    for value in 0..12i64 {
                        let with = |n: i64| {
                            let aggregates = [Value::Int(n)];
                            let mut ask = crate::state::formula::no_answers;
                            formula.decide(&mut crate::state::Cx::new(&aggregates, &[], &mut ask, &arena))
                        };
                        assert_eq!(with(value), with(value.min(i64::from(n))), "{formula:?} of {value}, {n} kept");
                    }
                }
            }
        }
        assert_eq!(compare(">=", 0, Value::Int(5)).enough(&count), [Some(5)]);
        assert_eq!(compare(">", 0, Value::Int(5)).enough(&count), [Some(6)]);
        assert_eq!(compare(">=", 0, Value::str("5")).enough(&count), [None]);
        assert_eq!(compare(">=", 0, Value::Float(f64::NAN)).enough(&count), [None]);
    }

    #[test]
    fn every_use_counts() {
        let aggregates = [aggregate(AggregateOp::Count), aggregate(AggregateOp::Seen), aggregate(AggregateOp::Sum)];
        let seen = Formula::Is(Term::Aggregate(1));
        let sum = compare(">=", 2, Value::Int(1));
        let formula = Formula::Or(vec![
            compare(">=", 0, Value::Int(3)),
            Formula::Between(Term::Aggregate(0), Term::Const(Value::Int(4)), Term::Const(Value::Int(9))),
            Formula::Not(Box::new(seen)),
            sum,
        ]);
        assert_eq!(formula.enough(&aggregates), [Some(10), Some(1), None]);
        let exact = Formula::Compare(operator("==").expect("an operator"), Term::Aggregate(0), Term::Arg(0));
        assert_eq!(Formula::And(vec![formula, exact]).enough(&aggregates), [None, Some(1), None]);
    }

    #[test]
    fn a_spec_is_finished() {
        let mut spec = Spec {
            window: Some(crate::state::Window { length: 1000, tumbling: true }),
            when: When::Window {
                aggregates: vec![aggregate(AggregateOp::Count)],
                formula: compare("<", 0, Value::Int(5)),
            },
            decides: Decides::AtOnce,
            inputs: 1,
            read: 0,
        };
        finish(&mut spec);
        assert_eq!(spec.decides, Decides::AtClose);
        let When::Window { aggregates, formula } = &mut spec.when else { unreachable!() };
        assert_eq!(aggregates[0].enough, Some(5));
        *formula = Formula::Const(Truth::True);
        finish(&mut spec);
        assert_eq!(spec.decides, Decides::AtOnce);
    }
}
