//! What a plan reads of one source, laid out: wire paths for the reader, a slot for each attribute.

use std::collections::HashMap;
use std::sync::Arc;

use super::op::{Check, Op, any_holds};
use super::{
    AttrId, ClassId, Condition, Enrich, Event, Outside, Raw, Recipe, Source, SourceId, Vocabulary, WirePath, path,
    transforms,
};
use crate::value::json::Step;
use crate::value::{Arena, Type, Val};

/// An attribute that something reads: of a class, possibly only a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Need {
    /// The class that the rule sees the event as.
    pub class: ClassId,
    /// The attribute.
    pub attr: AttrId,
    /// Steps into it: a `json` attribute's sub-path, or a part of `list<object>` (`[]`, then a field's name).
    pub steps: Vec<Step>,
}

/// The wire paths and attribute slots of one source under one plan.
#[derive(Debug)]
pub struct Projection {
    /// The source; [`SourceId::NONE`] for events made of values.
    pub source: SourceId,
    /// What the reader must deliver, in the order of `Event::raw`. A path may lead into another one's object.
    pub paths: Vec<WirePath>,
    /// What rules read, in the order of the needs that the projection was built from; then addresses that only look-ups
    /// read.
    pub slots: Vec<Slot>,
    /// The deployment's data about addresses, if it has any.
    pub enrich: Option<Arc<dyn Enrich>>,
    pub(super) name: Arc<str>,
    pub(super) shared: Vec<Op>,
    pub(super) docs: usize,
    pub(super) time: Op,
    pub(super) identity: Vec<Op>,
    pub(super) account: Op,
    pub(super) region: Op,
    classes: Vec<(ClassId, Vec<Vec<Check>>)>,
    recognise: Vec<Vec<Check>>,
    skip: Vec<Vec<Check>>,
}

/// One attribute of one source, ready to be made.
#[derive(Debug)]
pub struct Slot {
    /// What it is.
    pub need: Need,
    /// The type that its value is brought to; what does not fit is absent.
    pub ty: Type,
    op: Op,
}

impl Slot {
    /// Makes the value of this attribute for one event.
    #[must_use]
    pub fn make<'a>(&'a self, event: &Event<'a>) -> Val<'a> {
        self.op.eval(event, &self.ty)
    }
}

impl Projection {
    /// Lays out what `needs` read of a source's records; slot *n* is need *n*.
    #[must_use]
    pub fn build(vocabulary: &Vocabulary, source: SourceId, needs: &[Need]) -> Projection {
        let from = vocabulary.source(source);
        let mut b = Builder::new(Some(from));
        let recognise = b.alternatives(&from.recognise);
        let skip = b.alternatives(&from.skip);
        let classes = from.classes.iter().map(|m| (m.class, b.alternatives(&m.when))).collect();
        let time = b.compile(&from.time, &[]);
        let identity = from.identity.iter().map(|r| b.compile(r, &[])).collect();
        let account = b.outside(Outside::Account);
        let region = b.outside(Outside::Region);
        let mut all = needs.to_vec();
        all.extend(looked_up(vocabulary, needs));
        let slots = all.iter().map(|need| b.slot(vocabulary, source, need, &all)).collect();
        Projection {
            source,
            paths: b.paths,
            slots,
            enrich: None,
            name: from.name.clone(),
            shared: b.shared,
            docs: b.docs.len(),
            time,
            identity,
            account,
            region,
            classes,
            recognise,
            skip,
        }
    }

    /// The view of a class without a source, for events made of values: every attribute can be there.
    #[must_use]
    pub fn virtual_class(vocabulary: &Vocabulary, class: ClassId, needs: &[Need]) -> Projection {
        let slot = |need: &Need| Slot {
            need: need.clone(),
            ty: vocabulary.type_of(need.class, need.attr, &need.steps),
            op: Op::Absent,
        };
        Projection {
            source: SourceId::NONE,
            paths: Vec::new(),
            slots: needs.iter().map(slot).collect(),
            enrich: None,
            name: vocabulary.class(class).name.clone(),
            shared: Vec::new(),
            docs: 0,
            time: Op::Absent,
            identity: Vec::new(),
            account: Op::Outside(Outside::Account),
            region: Op::Outside(Outside::Region),
            classes: vec![(class, Vec::new())],
            recognise: Vec::new(),
            skip: Vec::new(),
        }
    }

    /// Whether the fields are of a record of this source.
    #[must_use]
    pub fn recognises<'a>(&self, raw: &[Raw<'a>], arena: &'a Arena) -> bool {
        any_holds(&self.recognise, raw, arena)
    }

    /// Whether the record is none of the log's events (`NODATA`): to be counted, not read.
    #[must_use]
    pub fn skips<'a>(&self, raw: &[Raw<'a>], arena: &'a Arena) -> bool {
        any_holds(&self.skip, raw, arena)
    }

    /// The classes that the record yields: bit `n` for `ClassId(n)`.
    #[must_use]
    pub fn classes<'a>(&self, raw: &[Raw<'a>], arena: &'a Arena) -> u32 {
        self.classes
            .iter()
            .filter(|(_, when)| when.is_empty() || any_holds(when, raw, arena))
            .fold(0, |mask, (class, _)| mask | 1 << class.0)
    }

    /// The slot of an attribute, read whole, of a class.
    #[must_use]
    pub fn slot_of(&self, class: ClassId, attr: AttrId) -> Option<usize> {
        self.slots.iter().position(|s| s.need.class == class && s.need.attr == attr && s.need.steps.is_empty())
    }
}

/// Collects wire paths, parsed documents and shared recipes while recipes are compiled.
struct Builder<'v> {
    source: Option<&'v Source>,
    paths: Vec<WirePath>,
    index: HashMap<WirePath, usize>,
    docs: HashMap<usize, usize>,
    shared: Vec<Op>,
    lets: HashMap<u16, usize>,
    /// The attribute at hand is a document or list, so that its wire field is worth parsing once for all.
    document: bool,
}

impl<'v> Builder<'v> {
    fn new(source: Option<&'v Source>) -> Builder<'v> {
        Builder {
            source,
            paths: Vec::new(),
            index: HashMap::new(),
            docs: HashMap::new(),
            shared: Vec::new(),
            lets: HashMap::new(),
            document: false,
        }
    }

    fn raw(&mut self, path: WirePath) -> usize {
        let paths = &mut self.paths;
        *self.index.entry(path).or_insert_with_key(|path| {
            paths.push(path.clone());
            paths.len() - 1
        })
    }

    fn alternatives(&mut self, alternatives: &[Vec<Condition>]) -> Vec<Vec<Check>> {
        alternatives.iter().map(|all| self.checks(all)).collect()
    }

    fn checks(&mut self, all: &[Condition]) -> Vec<Check> {
        all.iter().map(|c| Check { raw: self.raw(c.path.clone()), test: c.test.clone() }).collect()
    }

    fn slot(&mut self, vocabulary: &Vocabulary, source: SourceId, need: &Need, all: &[Need]) -> Slot {
        let ty = vocabulary.type_of(need.class, need.attr, &need.steps);
        self.document = matches!(vocabulary.attr(need.class, need.attr).ty, Type::Json | Type::List(_));
        let op = match vocabulary.feed(source, need.class, need.attr) {
            None => match &vocabulary.attr(need.class, need.attr).enriched {
                Some(enriched) => all
                    .iter()
                    .position(|n| is_address(vocabulary, n, need.class, &enriched.from))
                    .map_or(Op::Absent, |from| into(Op::Enriched(from, enriched.what.clone()), need.steps.clone())),
                None => Op::Absent,
            },
            Some(feed) if feed.fields.is_empty() => self.compile(&feed.recipe, &need.steps),
            Some(feed) => {
                let list = self.compile(&feed.recipe, &[]);
                let fields = feed.fields.iter().map(|(n, s)| (n.clone(), s.clone())).collect();
                into(Op::Elements(Box::new(list), fields), element_path(vocabulary, need))
            }
        };
        self.document = false;
        Slot { need: need.clone(), ty, op }
    }

    /// Compiles a recipe, with further steps into what it gives.
    fn compile(&mut self, recipe: &Recipe, steps: &[Step]) -> Op {
        match recipe {
            Recipe::Absent => Op::Absent,
            Recipe::Path(keys, rest) => {
                let all = keys.iter().cloned().map(Step::Key).chain(rest.iter().cloned()).chain(steps.iter().cloned());
                let (keys, rest) = path::split(all.collect());
                if keys.is_empty() {
                    return into(Op::Record, rest);
                }
                let at = self.raw(keys);
                if rest.is_empty() && !self.document {
                    return Op::Raw(at);
                }
                let next = self.docs.len();
                let doc = *self.docs.entry(at).or_insert(next);
                if rest.is_empty() { Op::Doc(at, doc) } else { Op::Walk(at, doc, rest) }
            }
            Recipe::First(all) => Op::First(all.iter().map(|r| self.compile(r, steps)).collect()),
            Recipe::If(all, then, orelse) => {
                Op::If(self.checks(all), Box::new(self.compile(then, steps)), Box::new(self.compile(orelse, steps)))
            }
            Recipe::Const(value) => into(Op::Const(value.clone()), steps.to_vec()),
            Recipe::Words(from, words, other) => {
                into(Op::Words(Box::new(self.compile(from, &[])), words.clone(), other.clone()), steps.to_vec())
            }
            Recipe::Template(text, of) => {
                let pieces = text.split("{}").map(str::to_owned).collect();
                into(Op::Template(pieces, of.iter().map(|r| self.compile(r, &[])).collect()), steps.to_vec())
            }
            Recipe::Apply(transform, of) => {
                let args = of.iter().map(|r| self.compile(r, &[])).collect();
                into(Op::Apply(transforms::get(*transform), args), steps.to_vec())
            }
            Recipe::Let(at) => into(self.shared(*at), steps.to_vec()),
            Recipe::Outside(what) => into(self.outside(*what), steps.to_vec()),
            Recipe::Objects(objects) => {
                let made = objects
                    .iter()
                    .map(|fields| fields.iter().map(|(name, r)| (name.clone(), self.compile(r, &[]))).collect())
                    .collect();
                into(Op::Objects(made), steps.to_vec())
            }
        }
    }

    fn shared(&mut self, at: u16) -> Op {
        if let Some(&place) = self.lets.get(&at) {
            return Op::Shared(place);
        }
        let Some((_, recipe)) = self.source.and_then(|s| s.lets.get(usize::from(at))) else { return Op::Absent };
        let op = self.compile(recipe, &[]);
        self.shared.push(op);
        self.lets.insert(at, self.shared.len() - 1);
        Op::Shared(self.shared.len() - 1)
    }

    /// Account and region: the record's own first.
    fn outside(&mut self, what: Outside) -> Op {
        let own = match (what, self.source) {
            (Outside::Account, Some(s)) => Op::Apply(&transforms::aws::ACCOUNT_ID, vec![self.compile(&s.account, &[])]),
            (Outside::Region, Some(s)) => self.compile(&s.region, &[]),
            _ => return Op::Outside(what),
        };
        Op::First(vec![own, Op::Outside(what)])
    }
}

/// The addresses and keys that needs for enriched attributes look up, where nothing else reads them.
fn looked_up(vocabulary: &Vocabulary, needs: &[Need]) -> Vec<Need> {
    let mut more: Vec<Need> = Vec::new();
    for need in needs {
        let Some(enriched) = &vocabulary.attr(need.class, need.attr).enriched else { continue };
        let Some(attr) = vocabulary.attribute(need.class, &enriched.from) else { continue };
        let from = Need { class: need.class, attr, steps: Vec::new() };
        if !needs.contains(&from) && !more.contains(&from) {
            more.push(from);
        }
    }
    more
}

fn is_address(vocabulary: &Vocabulary, need: &Need, class: ClassId, name: &Arc<str>) -> bool {
    need.class == class && need.steps.is_empty() && vocabulary.attr(class, need.attr).name == *name
}

fn into(op: Op, steps: Vec<Step>) -> Op {
    if steps.is_empty() { op } else { Op::Into(Box::new(op), steps) }
}

/// A need's steps into a `list<object>`, fields being one key each.
pub(super) fn element_path(vocabulary: &Vocabulary, need: &Need) -> Vec<Step> {
    let list = need.steps.iter().take_while(|s| !matches!(s, Step::Key(_))).count();
    let (list, field) = need.steps.split_at(list);
    list.iter().cloned().chain(vocabulary.element_steps(need.class, need.attr, field)).collect()
}
