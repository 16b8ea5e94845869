//! Conditions in three values.

use super::{Answer, Cx, Formula, Term, no_answers};
use crate::check::model::Quantifier;
use crate::ops::{function, operator};
use crate::value::{Arena, Raw, Raws, Truth, Value};

fn compare(op: &str, a: Term, b: Term) -> Formula {
    Formula::Compare(operator(op).expect("an operator"), a, b)
}

fn int(n: i64) -> Term {
    Term::Const(Value::Int(n))
}

fn decide(formula: &Formula, aggregates: &[Value], args: &[Value]) -> Truth {
    let arena = Arena::new();
    let raws: Raws = args.iter().collect();
    let args: Vec<Raw<'_>> = raws.all().collect();
    formula.decide(&mut Cx::new(aggregates, &args, &mut no_answers, &arena))
}

const UNKNOWN: Formula = Formula::Const(Truth::Unknown);
const TRUE: Formula = Formula::Const(Truth::True);
const FALSE: Formula = Formula::Const(Truth::False);

#[test]
fn connectives_are_kleenes() {
    for (formula, truth) in [
        (Formula::And(vec![TRUE, UNKNOWN]), Truth::Unknown),
        (Formula::And(vec![UNKNOWN, FALSE]), Truth::False),
        (Formula::And(vec![]), Truth::True),
        (Formula::Or(vec![UNKNOWN, TRUE]), Truth::True),
        (Formula::Or(vec![UNKNOWN, FALSE]), Truth::Unknown),
        (Formula::Or(vec![]), Truth::False),
        (Formula::Not(Box::new(UNKNOWN)), Truth::Unknown),
        (Formula::AtLeast(2, vec![TRUE, UNKNOWN, FALSE]), Truth::Unknown),
        (Formula::AtLeast(2, vec![TRUE, TRUE, UNKNOWN]), Truth::True),
        (Formula::AtLeast(2, vec![TRUE, FALSE, FALSE]), Truth::False),
        (Formula::Default(Box::new(UNKNOWN), Box::new(TRUE)), Truth::True),
        (Formula::Default(Box::new(FALSE), Box::new(TRUE)), Truth::False),
    ] {
        assert_eq!(decide(&formula, &[], &[]), truth, "{formula:?}");
    }
}

#[test]
fn aggregates_and_arguments_are_compared() {
    let formula = compare(">=", Term::Aggregate(0), int(3));
    assert_eq!(decide(&formula, &[Value::Int(3)], &[]), Truth::True);
    assert_eq!(decide(&formula, &[Value::Int(2)], &[]), Truth::False);
    assert_eq!(decide(&formula, &[Value::Null], &[]), Truth::Unknown);
    // An index out of range is absent, not a panic.
    assert_eq!(decide(&formula, &[], &[]), Truth::Unknown);
    let plus = Term::Call(function("+").expect("plus"), vec![Term::Aggregate(0), Term::Arg(0)]);
    let formula = Formula::Between(plus, int(5), int(6));
    assert_eq!(decide(&formula, &[Value::Int(2)], &[Value::Int(3)]), Truth::True);
    assert_eq!(decide(&formula, &[Value::Int(2)], &[Value::Null]), Truth::Unknown);
    let one_of = Formula::OneOf(Term::Aggregate(0), vec![Value::Int(1), Value::Int(2)]);
    assert_eq!(decide(&one_of, &[Value::Int(2)], &[]), Truth::True);
    assert_eq!(decide(&one_of, &[Value::Int(3)], &[]), Truth::False);
    assert_eq!(decide(&one_of, &[Value::Null], &[]), Truth::Unknown);
    assert_eq!(decide(&Formula::Has(Term::Aggregate(0)), &[Value::Null], &[]), Truth::False);
    let default = compare("==", Term::Coalesce(Box::new(Term::Aggregate(0)), Box::new(int(0))), int(0));
    assert_eq!(decide(&default, &[Value::Null], &[]), Truth::True);
    let truth = Formula::Is(Term::Truth(Box::new(compare("<", int(1), int(2)))));
    assert_eq!(decide(&truth, &[], &[]), Truth::True);
}

#[test]
fn quantifiers_go_over_the_elements_of_an_argument() {
    let element = |a: i64, b: &str| Value::List(vec![Value::Int(a), Value::str(b)]);
    let body = Formula::And(vec![
        compare(">", Term::Element(0), int(1)),
        compare("==", Term::Element(1), Term::Const(Value::str("x"))),
    ]);
    let each = |q| Formula::Each(q, 0, Box::new(body.clone()));
    let list = |items: Vec<Value>| [Value::List(items)];
    let some = list(vec![element(1, "x"), element(2, "x")]);
    assert_eq!(decide(&each(Quantifier::Any), &[], &some), Truth::True);
    assert_eq!(decide(&each(Quantifier::All), &[], &some), Truth::False);
    assert_eq!(decide(&each(Quantifier::None), &[], &some), Truth::False);
    let none = list(vec![]);
    assert_eq!(decide(&each(Quantifier::Any), &[], &none), Truth::False);
    assert_eq!(decide(&each(Quantifier::All), &[], &none), Truth::True);
    assert_eq!(decide(&each(Quantifier::All), &[], &[Value::Null]), Truth::Unknown);
}

#[test]
fn questions_are_asked_of_the_element_around() {
    let formula = Formula::Each(Quantifier::Any, 0, Box::new(Formula::Asked(7)));
    let raws: Raws = [Value::List(vec![Value::Int(1), Value::Int(2)])].iter().collect();
    let args: Vec<Raw<'_>> = raws.all().collect();
    let arena = Arena::new();
    let mut asked = Vec::new();
    let mut ask = |question: usize, element: Option<Raw<'_>>| {
        asked.push((question, element.map(Raw::value)));
        Answer::Truth(Truth::from(element.map(Raw::value) == Some(Value::Int(2))))
    };
    assert_eq!(formula.decide(&mut Cx::new(&[], &args, &mut ask, &arena)), Truth::True);
    assert_eq!(asked, [(7, Some(Value::Int(1))), (7, Some(Value::Int(2)))]);
    let bits = compare(">=", Term::Asked(0), Term::Const(Value::Float(12.0)));
    for (answer, truth) in [(Some(12.5), Truth::True), (Some(3.0), Truth::False), (None, Truth::Unknown)] {
        let mut ask = |_: usize, _: Option<Raw<'_>>| Answer::Bits(answer);
        assert_eq!(bits.decide(&mut Cx::new(&[], &[], &mut ask, &arena)), truth);
    }
}
