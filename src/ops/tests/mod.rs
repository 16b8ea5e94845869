//! The registries' own tests: names unique, everything documented, every example run; then laws over arbitrary values.

mod laws;
mod policies;

use std::collections::BTreeSet;

use super::{AGGREGATES, Eval, FUNCTIONS, OPERATORS, Sample, member};
use crate::value::{Arena, Truth, Val};

#[test]
fn names_are_unique_and_documented() {
    let mut names = BTreeSet::new();
    for (name, doc) in OPERATORS
        .iter()
        .map(|o| (o.name, o.doc))
        .chain(FUNCTIONS.iter().map(|f| (f.name, f.doc)))
        .chain(AGGREGATES.iter().map(|a| (a.name, a.doc)))
    {
        assert!(names.insert(name), "`{name}` stands twice");
        assert!(doc.len() > 3 && !doc.ends_with('.'), "`{name}` wants a doc without a full stop");
    }
}

#[test]
fn examples_of_operators_run() {
    for op in OPERATORS {
        assert!(!op.examples.is_empty() || matches!(op.eval, Eval::Regex), "`{}` has no example", op.name);
        for example in op.examples {
            let arena = Arena::new();
            let [a, b] = example.args else { panic!("{}: two operands", example.code) };
            let (a, b) = (a.val(&arena), b.val(&arena));
            let truth = match op.eval {
                Eval::Pair(eval) => eval(a, b),
                Eval::Member => member::member(a, &b.elements().collect::<Vec<_>>()),
                Eval::Under => member::under(a, b.as_str().expect("a domain")),
                Eval::Regex => panic!("a regex is run by its plan"),
            };
            let wanted = match example.result {
                Sample::Bool(b) => Truth::from(b),
                Sample::Absent => Truth::Unknown,
                other => panic!("{}: {other} is no truth", example.code),
            };
            assert_eq!(truth, wanted, "{}", example.code);
        }
    }
}

#[test]
fn examples_of_functions_run() {
    for function in FUNCTIONS {
        assert!(!function.examples.is_empty(), "`{}` has no example", function.name);
        let least = function.params.iter().filter(|p| !p.ends_with('?')).count();
        for example in function.examples {
            assert!((least..=function.params.len()).contains(&example.args.len()), "{}: arguments", example.code);
            let arena = Arena::new();
            let args: Vec<Val<'_>> = example.args.iter().map(|a| a.val(&arena)).collect();
            let result = (function.eval)(&args, &arena);
            assert_eq!(result, example.result.val(&arena), "{}", example.code);
        }
    }
}
