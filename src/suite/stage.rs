//! The stage on which a test plays: virtual time, lists and parameters as given, the findings that came.

use std::sync::Arc;

use super::values::{Names, value};
use super::{Failure, Suite, expect};
use crate::check::model::{Field, FindingId, ListId, Model, Moment, ParamId, Statement, StatementKind, Test};
use crate::engine::{Bound, Engine, Lists};
use crate::finding::{Aggregator, FindingType, Occurrence};
use crate::intel::{Entries, ListRole, ListType};
use crate::plan::{self, Plan};
use crate::schema::given::Given;
use crate::schema::{Context, Event, Kind};
use crate::text::{FileId, Span};
use crate::value::{Arena, Time, Value};

/// Reads the events of a log for `replay` and hands each to the engine: the rule file, the name as written, the source,
/// the plan, and what to do with each event.
pub type Replay<'a> = dyn Fn(FileId, &str, Kind, &Plan, &mut dyn FnMut(&Event<'_>)) -> Result<(), String> + 'a;

/// Midnight of 2026-01-01 UTC, where virtual time begins, in milliseconds.
const EPOCH: i64 = 1_767_225_600_000;
const DAY: i64 = 86_400_000;

/// Plays one test.
pub fn play(suite: &Suite<'_>, test: &Test) -> Result<(), Failure> {
    let mut stage = Stage {
        suite,
        own: test.finding,
        now: Time(EPOCH),
        lists: Vec::new(),
        params: Vec::new(),
        next: 0,
        came: Vec::new(),
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
    /// What came since the last `expect`.
    came: Vec<Occurrence>,
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
            // Each event is decided alone: order and lateness change nothing for what needs no state.
            StatementKind::Shuffle(body) | StatementKind::Late(_, body) => self.body(body, names)?,
            StatementKind::Replay(file, kind) => self.replay(s.span, file, *kind)?,
            StatementKind::Event(kind, fields) => self.event(s.span, *kind, fields, names)?,
            StatementKind::Expect(expectation) => {
                let mut aggregator = Aggregator::new();
                self.came.drain(..).for_each(|o| aggregator.add(o));
                expect::check(expectation, &aggregator.finish(), self.own_type().as_ref())
                    .map_err(|message| Failure { span: s.span, message })?;
            }
        }
        Ok(())
    }

    fn own_type(&self) -> Option<FindingType> {
        self.own.map(|id| self.suite.model.findings[id.index()].ty.clone())
    }

    fn event(&mut self, span: Span, kind: Kind, fields: &[Field], names: &Names) -> Result<(), Failure> {
        let (plan, lists) = self.scene(span)?;
        let vocabulary = self.suite.vocabulary;
        let given: Vec<Given> = fields
            .iter()
            .map(|f| Given { attr: f.attr, steps: f.steps.clone(), value: value(&f.value, names) })
            .collect();
        let (projection, view) = match kind.source {
            Some(source) => (&plan.projections[usize::from(source.0)], plan.source_view(source)),
            None => (&plan.class_projections[usize::from(kind.class.0)], plan.class_view(kind.class)),
        };
        self.next += 1;
        let arena = Arena::new();
        let context = Context::of_tests();
        let moment = (self.now, self.next);
        let event = Event::given(vocabulary, projection, kind.class, &given, moment, &context, &arena);
        let mut engine = Engine::new(&plan, vocabulary, &lists);
        engine.event_in(view, &event, &mut |o| self.came.push(o));
        Ok(())
    }

    fn replay(&mut self, span: Span, file: &str, kind: Kind) -> Result<(), Failure> {
        let (plan, lists) = self.scene(span)?;
        let mut engine = Engine::new(&plan, self.suite.vocabulary, &lists);
        let came = &mut self.came;
        (self.suite.replay)(span.file, file, kind, &plan, &mut |event| engine.event(event, &mut |o| came.push(o)))
            .map_err(|message| Failure { span, message })
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
