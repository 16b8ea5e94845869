//! Conditions over aggregates and answers of profiles. What reads only the event itself was decided when it matched and
//! comes as an argument.

use smallvec::SmallVec;

use crate::check::model::Quantifier;
use crate::ops::compare::equal;
use crate::ops::member::in_range;
use crate::ops::{Eval, Function, Operator};
use crate::value::{Arena, Raw, Truth, Val, Value};

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// Known beforehand.
    Const(Truth),
    /// `not`
    Not(Box<Formula>),
    /// All of them.
    And(Vec<Formula>),
    /// One of them.
    Or(Vec<Formula>),
    /// At least so many of them.
    AtLeast(u32, Vec<Formula>),
    /// The first, or the second where the first is unknown.
    Default(Box<Formula>, Box<Formula>),
    /// An operator that compares a pair.
    Compare(&'static Operator, Term, Term),
    /// Between two bounds, both in.
    Between(Term, Term, Term),
    /// One of these.
    OneOf(Term, Vec<Value>),
    /// Whether there is a value.
    Has(Term),
    /// A boolean value: unknown where absent.
    Is(Term),
    /// The answer to a question about a new value or a surge.
    Asked(usize),
    /// A quantifier over the elements of a list argument; each element is itself a list of what the body reads.
    Each(Quantifier, usize, Box<Formula>),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A constant.
    Const(Value),
    /// An aggregate, by index.
    Aggregate(usize),
    /// An argument of the event.
    Arg(usize),
    /// A part of the element of the quantifier around it.
    Element(usize),
    /// The bits of a question about surprise.
    Asked(usize),
    /// A function.
    Call(&'static Function, Vec<Term>),
    /// The first, or the second where the first is absent.
    Coalesce(Box<Term>, Box<Term>),
    /// A condition as a value: absent where unknown.
    Truth(Box<Formula>),
}

/// What a profile answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer {
    /// To a question about a new value or a surge.
    Truth(Truth),
    /// To a question about surprise; nothing where it cannot be told.
    Bits(Option<f64>),
}

/// What a condition is decided over.
pub struct Cx<'c> {
    /// The aggregates' values, null where absent.
    pub aggregates: &'c [Value],
    /// The event's arguments, null where absent.
    pub args: &'c [Raw<'c>],
    /// Answers the question of an index, asked of an element of a quantifier or of none.
    pub ask: &'c mut dyn FnMut(usize, Option<Raw<'_>>) -> Answer,
    /// For values made on the way.
    pub arena: &'c Arena,
    elements: SmallVec<[Raw<'c>; 2]>,
}

impl<'c> Cx<'c> {
    /// Over these, with no quantifier around.
    pub fn new(
        aggregates: &'c [Value],
        args: &'c [Raw<'c>],
        ask: &'c mut dyn FnMut(usize, Option<Raw<'_>>) -> Answer,
        arena: &'c Arena,
    ) -> Self {
        Self { aggregates, args, ask, arena, elements: SmallVec::new() }
    }

    /// The same inside of a quantifier, for the parts of a question that is asked of an element.
    #[must_use]
    pub fn inside(mut self, element: Option<Raw<'c>>) -> Self {
        self.elements.extend(element);
        self
    }

    fn value(&self, value: Option<&'c Value>) -> Val<'c> {
        value.map_or(Val::Absent, |v| Val::from_value(v, self.arena))
    }

    fn raw(&self, raw: Option<Raw<'c>>) -> Val<'c> {
        raw.map_or(Val::Absent, |raw| raw.val(self.arena))
    }
}

/// What asks nothing needs no answers.
pub fn no_answers(_: usize, _: Option<Raw<'_>>) -> Answer {
    Answer::Truth(Truth::Unknown)
}

impl Formula {
    /// Decides the condition. Total: what cannot be told is unknown.
    pub fn decide<'c>(&'c self, cx: &mut Cx<'c>) -> Truth {
        match self {
            Formula::Const(truth) => *truth,
            Formula::Not(part) => part.decide(cx).not(),
            Formula::And(parts) => {
                let mut all = Truth::True;
                for part in parts {
                    all = all.and(part.decide(cx));
                    if all == Truth::False {
                        break;
                    }
                }
                all
            }
            Formula::Or(parts) => {
                let mut any = Truth::False;
                for part in parts {
                    any = any.or(part.decide(cx));
                    if any == Truth::True {
                        break;
                    }
                }
                any
            }
            Formula::AtLeast(n, parts) => {
                let (mut yes, mut maybe) = (0u32, 0u32);
                for part in parts {
                    match part.decide(cx) {
                        Truth::True => yes += 1,
                        Truth::Unknown => maybe += 1,
                        Truth::False => {}
                    }
                }
                match *n {
                    n if yes >= n => Truth::True,
                    n if yes + maybe >= n => Truth::Unknown,
                    _ => Truth::False,
                }
            }
            Formula::Default(first, second) => match first.decide(cx) {
                Truth::Unknown => second.decide(cx),
                known => known,
            },
            Formula::Compare(op, a, b) => match op.eval {
                Eval::Pair(eval) => eval(a.val(cx), b.val(cx)),
                // Membership and regexes read the event only: they come as an argument.
                Eval::Member | Eval::Under | Eval::Regex => Truth::Unknown,
            },
            Formula::Between(value, least, greatest) => in_range(value.val(cx), least.val(cx), greatest.val(cx)),
            Formula::OneOf(value, set) => match value.val(cx) {
                Val::Absent => Truth::Unknown,
                value => {
                    let mut any = Truth::False;
                    for element in value.elements() {
                        for constant in set {
                            any = any.or(equal(element, Val::from_value(constant, cx.arena)));
                        }
                    }
                    any
                }
            },
            Formula::Has(value) => Truth::from(value.val(cx).elements().next().is_some()),
            Formula::Is(value) => match value.val(cx) {
                Val::Bool(b) => Truth::from(b),
                Val::Str("true") => Truth::True,
                Val::Str("false") => Truth::False,
                _ => Truth::Unknown,
            },
            Formula::Asked(question) => match (cx.ask)(*question, cx.elements.last().copied()) {
                Answer::Truth(truth) => truth,
                Answer::Bits(_) => Truth::Unknown,
            },
            Formula::Each(quantifier, arg, body) => {
                let Some(list) = cx.args.get(*arg).copied().filter(|list| !list.is_null()) else {
                    return Truth::Unknown;
                };
                let (mut any, mut all) = (Truth::False, Truth::True);
                let mut decide = |element: Raw<'c>| {
                    cx.elements.push(element);
                    let truth = body.decide(cx);
                    cx.elements.pop();
                    any = any.or(truth);
                    all = all.and(truth);
                };
                match list.elements() {
                    Some(elements) => elements.for_each(decide),
                    None => decide(list),
                }
                match quantifier {
                    Quantifier::Any => any,
                    Quantifier::All => all,
                    Quantifier::None => any.not(),
                }
            }
        }
    }
}

impl Term {
    /// The value, borrowed.
    pub fn val<'c>(&'c self, cx: &mut Cx<'c>) -> Val<'c> {
        match self {
            Term::Const(value) => cx.value(Some(value)),
            Term::Aggregate(at) => cx.value(cx.aggregates.get(*at)),
            Term::Arg(at) => cx.raw(cx.args.get(*at).copied()),
            Term::Element(part) => match cx.elements.last().copied() {
                Some(element) => cx.raw(self::part(element, *part)),
                None => Val::Absent,
            },
            Term::Asked(question) => match (cx.ask)(*question, cx.elements.last().copied()) {
                Answer::Bits(bits) => bits.map_or(Val::Absent, Val::Float),
                Answer::Truth(truth) => as_value(truth),
            },
            Term::Call(function, args) => {
                let args: SmallVec<[Val<'c>; 4]> = args.iter().map(|arg| arg.val(cx)).collect();
                (function.eval)(&args, cx.arena)
            }
            Term::Coalesce(first, second) => match first.val(cx) {
                Val::Absent => second.val(cx),
                there => there,
            },
            Term::Truth(condition) => as_value(condition.decide(cx)),
        }
    }

    /// The value; null where absent.
    pub fn value<'c>(&'c self, cx: &mut Cx<'c>) -> Value {
        self.val(cx).to_value().unwrap_or(Value::Null)
    }
}

/// A part of an element; what is no list is a list of one.
#[must_use]
pub fn part(element: Raw<'_>, part: usize) -> Option<Raw<'_>> {
    match element.elements() {
        Some(mut parts) => parts.nth(part),
        None => (part == 0).then_some(element),
    }
}

fn as_value<'c>(truth: Truth) -> Val<'c> {
    match truth {
        Truth::Unknown => Val::Absent,
        known => Val::Bool(known.holds()),
    }
}

#[cfg(test)]
mod tests;
