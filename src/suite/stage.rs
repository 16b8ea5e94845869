//! The stage on which a test plays: virtual time, lists and parameters as given, the findings that came.

use std::collections::HashSet;
use std::sync::Arc;

use super::values::{Names, value};
use super::world::{self, Arrival, Name};
use super::{Failure, Suite, expect};
use crate::check::model::{Field, FindingId, ListId, Model, Moment, ParamId, Statement, StatementKind, Test};
use crate::engine::{Bound, Engine, Lists};
use crate::finding::{Aggregator, FindingType, Occurrence};
use crate::intel::{Entries, ListRole, ListType};
use crate::plan::{self, Plan};
use crate::schema::given::Given;
use crate::schema::{Event, Kind};
use crate::text::{FileId, Span};
use crate::value::{Time, Value};

/// Reads the events of a log for `replay` and hands each to the engine: the rule file, the name as written, the source,
/// the plan, and what to do with each event.
pub type Replay<'a> = dyn Fn(FileId, &str, Kind, &Plan, &mut dyn FnMut(&Event<'_>)) -> Result<(), String> + Sync + 'a;

/// Midnight of 2026-01-01 UTC, where virtual time begins, in milliseconds.
const EPOCH: i64 = 1_767_225_600_000;
const DAY: i64 = 86_400_000;

/// How often a test with a `shuffle` is played, each time in another order.
const ORDERS: u64 = 4;

/// Plays one test.
pub fn play(suite: &Suite<'_>, test: &Test) -> Result<(), Failure> {
    let orders = if shuffles(&test.body) { ORDERS } else { 1 };
    (0..orders).try_for_each(|order| {
        play_in(suite, test, order).map_err(|mut failure| {
            if order > 0 {
                failure.message.push_str("\n  (in a shuffled order; in the order of the text it passes)");
            }
            failure
        })
    })
}

/// Whether the order of some events must not matter.
fn shuffles(body: &[Statement]) -> bool {
    body.iter().any(|s| match &s.kind {
        StatementKind::Shuffle(_) => true,
        StatementKind::Repeat { body, .. } | StatementKind::Late(_, body) => shuffles(body),
        _ => false,
    })
}

fn play_in(suite: &Suite<'_>, test: &Test, order: u64) -> Result<(), Failure> {
    let mut stage = Stage {
        suite,
        own: test.finding,
        now: Time(EPOCH),
        lists: Vec::new(),
        params: Vec::new(),
        next: 0,
        order,
        late: 0,
        arrivals: Vec::new(),
        replayed: Vec::new(),
        came: Vec::new(),
        known: HashSet::new(),
        scene: None,
    };
    stage.body(&test.body, &mut Names::new())
}

struct Stage<'s> {
    suite: &'s Suite<'s>,
    own: Option<FindingId>,
    now: Time,
    lists: Vec<(ListId, Vec<Value>)>,
    params: Vec<(ParamId, Value)>,
    /// Identity of the next event.
    next: u128,
    /// Which order shuffled events come in; 0: that of the text.
    order: u64,
    /// How much after their time the next events arrive.
    late: i64,
    /// Every event so far, arrived or on its way.
    arrivals: Vec<Arrival>,
    /// Hits of replayed logs.
    replayed: Vec<Box<[u8]>>,
    /// What stateless rules found in replayed logs.
    came: Vec<Occurrence>,
    /// What earlier `expect`s have seen.
    known: HashSet<Name>,
    /// The plan and lists as given so far; made anew where a `given` changes them.
    scene: Option<(Arc<Plan>, Arc<Lists>)>,
}

impl Stage<'_> {
    fn body(&mut self, body: &[Statement], names: &mut Names) -> Result<(), Failure> {
        body.iter().try_for_each(|s| self.statement(s, names))
    }

    fn statement(&mut self, s: &Statement, names: &mut Names) -> Result<(), Failure> {
        if matches!(s.kind, StatementKind::GivenParam(..) | StatementKind::GivenList(..)) {
            self.scene = None;
        }
        match &s.kind {
            StatementKind::GivenList(list, entries) => {
                self.lists.retain(|(l, _)| l != list);
                self.lists.push((*list, entries.clone()));
            }
            StatementKind::GivenParam(param, value) => self.params.push((*param, value.clone())),
            StatementKind::At(Moment::Instant(t)) => self.now = *t,
            StatementKind::At(Moment::Clock(ms)) => self.now = Time(self.now.0.div_euclid(DAY) * DAY + ms),
            StatementKind::After { by, .. } => self.now = self.now.plus(*by),
            StatementKind::Repeat { binder, values, every, body } => {
                for (i, v) in values.iter().enumerate() {
                    if i > 0 {
                        self.now = self.now.plus(*every);
                    }
                    if let Some(binder) = binder {
                        names.insert(*binder, v.clone());
                    }
                    self.body(body, names)?;
                }
                if let Some(binder) = binder {
                    names.remove(binder);
                }
            }
            StatementKind::Shuffle(body) => {
                let first = self.arrivals.len();
                self.body(body, names)?;
                self.shuffle(first);
            }
            StatementKind::Late(by, body) => {
                let before = std::mem::replace(&mut self.late, *by);
                let done = self.body(body, names);
                self.late = before;
                done?;
            }
            StatementKind::Replay(file, kind) => self.replay(s.span, file, *kind)?,
            StatementKind::Event(kind, fields) => self.event(*kind, fields, names),
            StatementKind::Expect(expectation) => {
                let (plan, lists) = self.scene(s.span)?;
                let world = world::evaluate(self.suite, &plan, &lists, &self.arrivals, &self.replayed, self.now);
                let mut aggregator = Aggregator::new();
                for occurrence in self.came.iter().cloned().chain(world.found) {
                    if self.known.insert(world::name(&occurrence)) {
                        aggregator.add(occurrence);
                    }
                }
                expect::check(expectation, &aggregator.finish(), self.own_type().as_ref()).map_err(|mut message| {
                    if world.late > 0 {
                        message.push_str(&format!(
                            "\n  ({} events came later than their source allows: only stateless rules saw them)",
                            world.late
                        ));
                    }
                    Failure { span: s.span, message }
                })?;
            }
        }
        Ok(())
    }

    fn own_type(&self) -> Option<FindingType> {
        self.own.map(|id| self.suite.model.findings[id.index()].ty.clone())
    }

    fn event(&mut self, kind: Kind, fields: &[Field], names: &Names) {
        let given: Vec<Given> = fields
            .iter()
            .map(|f| Given { attr: f.attr, steps: f.steps.clone(), value: value(&f.value, names) })
            .collect();
        self.next += 1;
        let at = self.now.plus(self.late);
        self.arrivals.push(Arrival { at, kind, time: self.now, id: self.next, given });
    }

    /// Exchanges identity and arrival of the events from `first` on, by a fixed sequence of numbers.
    fn shuffle(&mut self, first: usize) {
        if self.order == 0 {
            return;
        }
        let events = &mut self.arrivals[first..];
        let mut state = self.order.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for i in (1..events.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let j = usize::try_from((state >> 33) % (i as u64 + 1)).unwrap_or(0);
            if i != j {
                let (a, b) = events.split_at_mut(i);
                std::mem::swap(&mut a[j].id, &mut b[0].id);
            }
        }
    }

    fn replay(&mut self, span: Span, file: &str, kind: Kind) -> Result<(), Failure> {
        let (plan, lists) = self.scene(span)?;
        let mut engine = Engine::new(&plan, self.suite.vocabulary, &lists);
        let (came, replayed) = (&mut self.came, &mut self.replayed);
        let mut latest = Time(i64::MIN);
        (self.suite.replay)(span.file, file, kind, &plan, &mut |event| {
            latest = latest.max(event.time);
            engine.event(event, &mut |o| came.push(o));
            engine.hits.drain(|hit| replayed.push(Box::from(hit)));
        })
        .map_err(|message| Failure { span, message })?;
        // A log brings its own time.
        self.now = self.now.max(latest);
        Ok(())
    }

    fn scene(&mut self, span: Span) -> Result<(Arc<Plan>, Arc<Lists>), Failure> {
        if let Some(scene) = &self.scene {
            return Ok(scene.clone());
        }
        let model = self.model();
        let own = self.own;
        let only = |id: FindingId| own.is_none_or(|own| own == id);
        let plan = plan::build(&model, self.suite.vocabulary, self.suite.pack, Some(&only));
        let fail = |message: String| Failure { span, message };
        let mut bound = Vec::new();
        for (list, entries) in &self.lists {
            let declared = &model.lists[list.index()];
            let kind = ListType::of(&declared.ty)
                .ok_or_else(|| fail(format!("list `@{}` holds no type that can be matched", declared.name)))?;
            let entries = Entries::from_values(kind, entries)
                .map_err(|(at, why)| fail(format!("entry {} of `@{}`: {why}", at + 1, declared.name)))?;
            bound.push(Bound {
                name: declared.name.clone(),
                role: ListRole::Plain,
                entries: Arc::new(entries),
                hash: None,
            });
        }
        let lists = Lists::bind(&plan, &bound).map_err(fail)?;
        let scene = (Arc::new(plan), Arc::new(lists));
        self.scene = Some(scene.clone());
        Ok(scene)
    }

    /// The rule set with the parameters that the test gives.
    fn model(&self) -> std::borrow::Cow<'_, Model> {
        if self.params.is_empty() {
            return std::borrow::Cow::Borrowed(self.suite.model);
        }
        let mut model = self.suite.model.clone();
        for (param, value) in &self.params {
            model.params[param.index()].value = value.clone();
        }
        std::borrow::Cow::Owned(model)
    }
}
