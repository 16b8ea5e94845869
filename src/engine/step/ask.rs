//! Rules that ask profiles, and profiles that learn.

use super::Stepper;
use super::gather::{Gathered, Group};
use crate::state::formula::{Answer, Cx, no_answers};
use crate::state::{Ask, By, Fired, Happening, Profile, Question, Term, Unusual, When};
use crate::value::bytes::{Bytes, put_value};
use crate::value::{Arena, Time, Truth, Value};

impl Stepper<'_> {
    pub(super) fn profiles_begin(&mut self, at: Time, gathered: &Gathered<'_>) {
        for group in gathered.profiles() {
            if let Some(profile) = &mut self.profiles[group.number] {
                profile.begin(at, account(group), group.key, &group.happenings());
            }
        }
    }

    pub(super) fn profiles_end(&mut self, at: Time, gathered: &Gathered<'_>) {
        for group in gathered.profiles() {
            if let Some(profile) = &mut self.profiles[group.number] {
                profile.end(at, account(group), group.key, &group.happenings());
            }
        }
    }

    /// Decides a rule that asks profiles, for each event by itself.
    pub(super) fn ask(&mut self, at: Time, rule: usize, events: &[Happening<'_>], out: &mut Vec<Fired>) {
        let Some(spec) = &self.plan.rules[rule].state else { return };
        let When::Profiles { questions, formula } = &spec.when else { return };
        for (i, event) in events.iter().enumerate() {
            let arena = Arena::new();
            let mut unusual: Vec<Unusual> = Vec::new();
            let profiles = &self.profiles;
            let mut answer = |question: usize, element: Option<&Value>| {
                let Some(question) = questions.get(question) else { return Answer::Truth(Truth::Unknown) };
                answer(profiles, question, at, event.args, element, &mut unusual)
            };
            let holds = formula.decide(&mut Cx::new(&[], event.args, &mut answer, &arena)).holds();
            if holds {
                out.push(Fired {
                    by: By::Now(i),
                    behind: vec![(at, event.id)],
                    first: at,
                    measures: Vec::new(),
                    named: Vec::new(),
                    slots: Vec::new(),
                    error: None,
                    unusual,
                });
            }
        }
    }
}

/// The account's part of a group's key.
fn account<'a>(group: &Group<'a>) -> &'a [u8] {
    first(group.key)
}

fn first(key: &[u8]) -> &[u8] {
    let mut bytes = Bytes::new(key);
    match bytes.value() {
        Some(_) => &key[..key.len() - bytes.rest.len()],
        None => &[],
    }
}

fn answer(
    profiles: &[Option<Profile>],
    question: &Question,
    at: Time,
    args: &[Value],
    element: Option<&Value>,
    unusual: &mut Vec<Unusual>,
) -> Answer {
    let bits = matches!(question.ask, Ask::Surprise(_));
    let unknown = if bits { Answer::Bits(None) } else { Answer::Truth(Truth::Unknown) };
    let (Some(Some(profile)), Some(Value::List(parts))) = (profiles.get(question.profile), args.get(question.group))
    else {
        return unknown;
    };
    let mut key = Vec::new();
    parts.iter().for_each(|p| put_value(&mut key, p));
    let value = |terms: &[Term]| -> Value {
        let arena = Arena::new();
        let mut none = no_answers;
        let mut parts = Vec::with_capacity(terms.len());
        for term in terms {
            // Each term over a context of its own: terms ask nothing.
            let mut cx = Cx::new(&[], args, &mut none, &arena).inside(element);
            match term.value(&mut cx) {
                Value::Null => return Value::Null,
                value => parts.push(value),
            }
        }
        if parts.len() == 1 { parts.remove(0) } else { Value::List(parts) }
    };
    let values: Vec<Value> = match &question.ask {
        Ask::New(_, terms) => vec![value(terms)],
        Ask::Surprise(values) => values.iter().map(|(_, terms)| value(terms)).collect(),
        Ask::Surge { .. } => Vec::new(),
    };
    let answer = profile.ask(at, first(&key), &key, &question.ask, &values);
    unusual.extend(answer.unusual);
    if bits { Answer::Bits(answer.bits) } else { Answer::Truth(answer.truth) }
}
