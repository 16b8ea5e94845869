//! Rules that ask profiles, and profiles that learn.

use smallvec::SmallVec;

use super::Stepper;
use super::gather::{Gathered, Group};
use crate::state::formula::{Answer, Cx, no_answers, part};
use crate::state::profile::Profile;
use crate::state::{Ask, By, Fired, Happening, Question, Term, When};
use crate::value::bytes::{Bytes, put_val};
use crate::value::{Arena, Raw, Time, Truth};

impl Stepper<'_> {
    pub(super) fn profiles_begin(&mut self, at: Time, gathered: &Gathered<'_>) {
        for group in gathered.profiles() {
            if let Some(profile) = &mut self.profiles[group.number] {
                profile.begin(at, account(group), group.key, &gathered.happenings(group));
            }
        }
    }

    pub(super) fn profiles_end(&mut self, at: Time, gathered: &Gathered<'_>) {
        for group in gathered.profiles() {
            if let Some(profile) = &mut self.profiles[group.number] {
                profile.end(at, account(group), group.key, &gathered.happenings(group));
            }
        }
    }

    /// Decides a rule that asks profiles, for each event by itself.
    pub(super) fn ask(&mut self, at: Time, rule: usize, events: &[Happening<'_>], out: &mut Vec<Fired>) {
        let Some(spec) = &self.plan.rules[rule].state else { return };
        let When::Profiles { questions, formula } = &spec.when else { return };
        let mut arena = Arena::new();
        for (i, event) in events.iter().enumerate() {
            arena.reset();
            let profiles = &mut self.profiles;
            let mut asked: Vec<Asked<'_>> = Vec::new();
            let mut answer = |question: usize, element: Option<Raw<'_>>| {
                let Some(question) = questions.get(question) else { return Answer::Truth(Truth::Unknown) };
                answer(profiles, question, (at, event.args, element), &arena, &mut asked)
            };
            if !formula.decide(&mut Cx::new(&[], event.args, &mut answer, &arena)).holds() {
                continue;
            }
            let mut unusual = Vec::new();
            for Asked { question, key, parts } in asked {
                if let Some(Some(profile)) = self.profiles.get_mut(question.profile) {
                    unusual.extend(profile.unusual(at, first(key), key, &question.ask, &parts));
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
    key: &'q [u8],
    parts: Parts<'q>,
}

type Parts<'q> = SmallVec<[Raw<'q>; 2]>;

/// The account's part of a group's key.
fn account<'a>(group: &Group<'a>) -> &'a [u8] {
    first(group.key)
}

fn first(key: &[u8]) -> &[u8] {
    let mut bytes = Bytes::new(key);
    match bytes.skip_value() {
        Some(()) => &key[..key.len() - bytes.rest.len()],
        None => &[],
    }
}

fn answer<'q>(
    profiles: &mut [Option<Profile>],
    question: &'q Question,
    (at, args, element): (Time, &'q [Raw<'q>], Option<Raw<'_>>),
    arena: &'q Arena,
    asked: &mut Vec<Asked<'q>>,
) -> Answer {
    let bits = matches!(question.ask, Ask::Surprise(_));
    let unknown = if bits { Answer::Bits(None) } else { Answer::Truth(Truth::Unknown) };
    // The account and the parts of the key, one behind the other, are the key.
    let (Some(Some(profile)), Some(key)) =
        (profiles.get_mut(question.profile), args.get(question.group).and_then(|group| group.inside()))
    else {
        return unknown;
    };
    let of = |term| value(term, args, element, arena);
    let parts: Parts<'q> = match &question.ask {
        Ask::New(_, terms) => terms.iter().map(of).collect(),
        Ask::Surprise(values) => values.iter().flat_map(|(_, terms)| terms).map(of).collect(),
        Ask::Surge { .. } => Parts::new(),
    };
    let answer = profile.ask(at, first(key), key, &question.ask, &parts);
    if matches!(answer, Answer::Truth(Truth::True) | Answer::Bits(Some(_))) {
        asked.push(Asked { question, key, parts });
    }
    answer
}

/// A part of a value that is asked; null where absent.
fn value<'q>(term: &'q Term, args: &'q [Raw<'q>], element: Option<Raw<'_>>, arena: &'q Arena) -> Raw<'q> {
    let own = |bytes: &[u8]| Raw::read(&mut Bytes::new(arena.alloc_slice_copy(bytes))).unwrap_or(Raw::NULL);
    match (term, element) {
        (Term::Arg(at), _) => args.get(*at).copied().unwrap_or(Raw::NULL),
        (Term::Element(at), Some(element)) => part(element, *at).map_or(Raw::NULL, |part| own(part.bytes())),
        _ => {
            let mut none = no_answers;
            let mut bytes = Vec::new();
            put_val(&mut bytes, term.val(&mut Cx::new(&[], args, &mut none, &Arena::new()).inside(element)));
            own(&bytes)
        }
    }
}
