//! What one kind of record means to the rules: a view has its own graph, projection, rules and routes, because each
//! source carries other attributes.

use std::sync::Arc;

use super::graph::Graph;
use super::node::{CondId, LookupId, SlotId, ValId};
use super::route::Routes;
use crate::check::model::{AttrRef, ListId};
use crate::schema::{AttrId, ClassId, Kind, Presence, SourceId, Vocabulary};
use crate::value::Time;

/// Which events a view sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Records of one source, as every class that it yields.
    Source(SourceId),
    /// Events of a class without a source: those of rule tests that name only the class, and findings.
    Class(ClassId),
}

impl Scope {
    /// Whether the view's events can carry the attribute when seen as the class.
    #[must_use]
    pub fn carries(self, vocabulary: &Vocabulary, class: ClassId, attr: AttrId) -> bool {
        match self {
            Scope::Class(own) => own == class,
            Scope::Source(source) => {
                // What is looked up can be there where the address that it is looked up by can.
                let attr = match &vocabulary.attr(class, attr).enriched {
                    Some(enriched) => vocabulary.attribute(class, &enriched.from),
                    None => Some(attr),
                };
                attr.and_then(|attr| vocabulary.feed(source, class, attr))
                    .is_some_and(|feed| feed.presence != Presence::Never)
            }
        }
    }

    /// Whether the view's events can be of the kind.
    #[must_use]
    pub fn serves(self, vocabulary: &Vocabulary, kind: Kind) -> bool {
        match self {
            Scope::Class(class) => kind.class == class && kind.source.is_none(),
            Scope::Source(source) => vocabulary.is_of(source, kind),
        }
    }

    /// Its name: the source's or the class's.
    #[must_use]
    pub fn name(self, vocabulary: &Vocabulary) -> Arc<str> {
        match self {
            Scope::Source(s) => vocabulary.sources[usize::from(s.0)].name.clone(),
            Scope::Class(c) => vocabulary.classes[usize::from(c.0)].name.clone(),
        }
    }
}

/// The plan of one view.
#[derive(Debug)]
pub struct View {
    /// Its place in the plan.
    pub place: u16,
    /// Which events.
    pub scope: Scope,
    /// Its name, for output.
    pub name: Arc<str>,
    /// Interned nodes.
    pub graph: Graph,
    /// Rules that can fire on the view's events.
    pub rules: Vec<ViewRule>,
    /// Profiles that learn from the view's events.
    pub learners: Vec<Learner>,
    /// Rules that name the view's kind but can never fire on it, by index into the plan's rules: something that they
    /// need is never carried.
    pub mute: Vec<usize>,
    /// From an event to the rules worth deciding.
    pub routes: Routes,
    /// Which conditions are remembered while an event is matched: position in the memo, by condition.
    pub remembered: Vec<Option<u32>>,
    /// How many are.
    pub memo_len: usize,
    /// Which values are made once an event: position among them, by value.
    pub made: Vec<Option<u32>>,
    /// How many are.
    pub made_len: usize,
    /// Substring tests that share an automaton.
    pub automata: Vec<Automaton>,
    /// For a condition that an automaton decides: which, and its bit; by condition.
    pub by_automaton: Vec<Option<(u32, u32)>>,
}

/// All substring tests on one value, in one automaton.
#[derive(Debug)]
pub struct Automaton {
    /// Its place among all automata of the plan: what is remembered of one view's must not reach into another's.
    pub place: usize,
    /// The value.
    pub val: ValId,
    /// Finds all patterns, overlapping.
    pub search: aho_corasick::AhoCorasick,
    /// How many patterns.
    pub patterns: usize,
}

/// One rule in one view.
#[derive(Debug)]
pub struct ViewRule {
    /// Index into the plan's rules.
    pub rule: usize,
    /// The class that it sees the event as.
    pub class: ClassId,
    /// What must hold.
    pub condition: CondId,
    /// What must not.
    pub exceptions: Vec<ViewException>,
    /// Levels by condition, then otherwise.
    pub severity: (Vec<(CondId, f64)>, ValId),
    /// Text and values of the title.
    pub title: Vec<Piece>,
    /// What the finding is about.
    pub resource: ViewResource,
    /// `dedup by`, or what the vocabulary adds to the resource.
    pub dedup: Vec<ValId>,
    /// Attributes that the finding always carries.
    pub capture: Vec<(Arc<str>, SlotId)>,
    /// Attributes that the rule reads.
    pub evidence: Vec<(Arc<str>, ValId)>,
    /// Lists that the rule asks about values outside of quantifiers.
    pub lists: Vec<(LookupId, ListId, Arc<str>)>,
    /// The input of the rule that it is, 0 where there is only one.
    pub input: u8,
    /// Name of what is kept of its events: rule, input, view and attributes, as a hash. State that was kept by another
    /// version of the rules is read only where this is the same.
    pub layout: u64,
    /// What a match brings to state; `None` for a rule that each event decides alone.
    pub capture_state: Option<Capture>,
    /// Attributes of other inputs that it says something of; [`super::ValNode::Outer`] is their place here.
    pub outer: Vec<AttrRef>,
    /// Values that other inputs say something of.
    pub exports: Vec<(AttrRef, ValId)>,
}

/// What a match of a stateful rule, or an event of a profile, brings to state.
#[derive(Debug)]
pub struct Capture {
    /// `per each`: the list whose elements are counted, at depth 0.
    pub each: Option<ValId>,
    /// The account is part of the key.
    pub account: bool,
    /// Key parts; none may be absent.
    pub key: Vec<ValId>,
    /// Values for aggregates and questions.
    pub args: Vec<CaptureArg>,
    /// Attributes that are kept to speak of the event later.
    pub kept: Vec<SlotId>,
}

/// One value that a match brings to state.
#[derive(Debug)]
pub enum CaptureArg {
    /// A value.
    Value(ValId),
    /// For each element of lists (bound at depth 0): a list of values.
    Elements(Vec<(ValId, Vec<ValId>)>),
    /// A list of key parts with the account before them; absent if a part is.
    Group(Vec<ValId>),
}

/// Events that teach a profile, in one view.
#[derive(Debug)]
pub struct Learner {
    /// Index into the plan's profiles.
    pub profile: usize,
    /// The class that it sees the event as.
    pub class: ClassId,
    /// Which events.
    pub condition: CondId,
    /// What they bring.
    pub capture: Capture,
}

/// An exception in one view.
#[derive(Debug)]
pub struct ViewException {
    /// Its name.
    pub name: Arc<str>,
    /// When it holds.
    pub condition: CondId,
    /// From when it no longer counts.
    pub until: Option<Time>,
}

/// A piece of a title.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// As it stands.
    Text(Arc<str>),
    /// A value.
    Value(ValId),
}

/// An attribute, and GuardDuty's words by its values.
pub type KindBy = (SlotId, Vec<(Arc<str>, Arc<str>)>);

/// What a finding is about, in one view.
#[derive(Debug, Clone)]
pub struct ViewResource {
    /// GuardDuty's word.
    pub kind: Arc<str>,
    /// Other kinds, by the word of a slot.
    pub kind_by: Option<KindBy>,
    /// Its identity, first present.
    pub uid: Vec<SlotId>,
    /// Its name, first present.
    pub name: Vec<SlotId>,
    /// Who acted, first present.
    pub actor: Vec<SlotId>,
    /// The role.
    pub role: ViewRole,
}

/// The resource's role, in one view.
#[derive(Debug, Clone)]
pub enum ViewRole {
    /// It acted.
    Actor,
    /// It was acted on.
    Target,
    /// It acted if the slot has the word.
    ActorIf(SlotId, Arc<str>),
}
