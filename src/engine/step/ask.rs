//! Rules that ask profiles, and profiles that learn.

use super::Stepper;
use super::gather::{Gathered, Group};
use crate::state::formula::{Answer, Cx, no_answers};
use crate::state::profile::Profile;
use crate::state::{Ask, By, Fired, Happening, Question, Term, When};
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
            let profiles = &mut self.profiles;
            let mut asked: Vec<Asked<'_>> = Vec::new();
            let mut answer = |question: usize, element: Option<&Value>| {
                let Some(question) = questions.get(question) else { return Answer::Truth(Truth::Unknown) };
                answer(profiles, question, at, event.args, element, &mut asked)
            };
            if !formula.decide(&mut Cx::new(&[], event.args, &mut answer, &arena)).holds() {
                continue;
            }
            let mut unusual = Vec::new();
            for Asked { question, key, parts } in asked {
                if let Some(Some(profile)) = self.profiles.get_mut(question.profile) {
                    unusual.extend(profile.unusual(at, first(&key), &key, &question.ask, &parts));
                }
            }
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

/// A question that was answered by yes, or in bits.
struct Asked<'q> {
    question: &'q Question,
    key: Vec<u8>,
    parts: Vec<Value>,
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

fn answer<'q>(
    profiles: &mut [Option<Profile>],
    question: &'q Question,
    at: Time,
    args: &[Value],
    element: Option<&Value>,
    asked: &mut Vec<Asked<'q>>,
) -> Answer {
    let bits = matches!(question.ask, Ask::Surprise(_));
    let unknown = if bits { Answer::Bits(None) } else { Answer::Truth(Truth::Unknown) };
    let (Some(Some(profile)), Some(Value::List(group))) =
        (profiles.get_mut(question.profile), args.get(question.group))
    else {
        return unknown;
    };
    let mut key = Vec::new();
    group.iter().for_each(|p| put_value(&mut key, p));
    let terms: Vec<&Term> = match &question.ask {
        Ask::New(_, terms) => terms.iter().collect(),
        Ask::Surprise(values) => values.iter().flat_map(|(_, terms)| terms).collect(),
        Ask::Surge { .. } => Vec::new(),
    };
    let parts: Vec<Value> = terms.into_iter().map(|term| value(term, args, element)).collect();
    let answer = profile.ask(at, first(&key), &key, &question.ask, &parts);
    if matches!(answer, Answer::Truth(Truth::True) | Answer::Bits(Some(_))) {
        asked.push(Asked { question, key, parts });
    }
    answer
}

/// A part of a value that is asked; null where absent.
fn value(term: &Term, args: &[Value], element: Option<&Value>) -> Value {
    match term {
        Term::Arg(at) => args.get(*at).cloned().unwrap_or(Value::Null),
        _ => {
            let (arena, mut none) = (Arena::new(), no_answers);
            term.value(&mut Cx::new(&[], args, &mut none, &arena).inside(element))
        }
    }
}
