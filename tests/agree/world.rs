//! From rule text to a checked model and a plan, and from plain records to the engine's events: what reference and
//! engine are both given.

use std::sync::Arc;

use outguard::check::Model;
use outguard::engine::Lists;
use outguard::plan::{self, Pack, Plan};
use outguard::schema::given::Given;
use outguard::schema::{Context, Event, Kind, Projection, Vocabulary};
use outguard::text::{FileId, SourceMap};
use outguard::value::{Arena, Time, Value};
use outguard::{check, syntax};

/// A plain event, before any of our code has looked at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// A class, or a source seen as its first class.
    pub kind: Kind,
    /// Milliseconds since 1970.
    pub time: i64,
    /// Which record it is.
    pub id: u128,
    /// Account that it belongs to.
    pub account: Option<Arc<str>>,
    /// Attributes by name; json values are as they are in the record.
    pub attrs: Vec<(Arc<str>, Value)>,
}

impl Record {
    /// The attribute's value as it was given; nothing for `null`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attrs.iter().find(|(n, _)| &**n == name).map(|(_, v)| v).filter(|v| **v != Value::Null)
    }
}

/// The vocabulary, read once.
pub fn vocabulary() -> &'static Vocabulary {
    static ONE: std::sync::OnceLock<Vocabulary> = std::sync::OnceLock::new();
    ONE.get_or_init(|| Vocabulary::builtin().expect("the vocabulary loads"))
}

/// What is wrong with a rule set: where in its text, and what.
pub type Errors = Vec<(usize, String)>;

/// Parses and checks a rule set; the errors where there are some.
pub fn compile(text: &str) -> Result<Model, Errors> {
    let mut sources = SourceMap::default();
    let file = sources.add("generated.og", text);
    let parsed = syntax::parse(file, text);
    let checked = check::check(std::slice::from_ref(&parsed.file), &sources, vocabulary());
    let errors: Errors = parsed
        .diagnostics
        .iter()
        .chain(&checked.diagnostics)
        .filter(|d| d.is_error())
        .map(|d| (d.span().map_or(0, |s| s.start as usize), format!("{} {}", d.code.0, d.message)))
        .collect();
    if errors.is_empty() { Ok(checked.model) } else { Err(errors) }
}

/// Puts items behind a head, without those that do not load; which were left out, and why.
pub fn keep(head: &str, items: Vec<String>) -> (String, Model, Vec<(String, String)>) {
    let (mut items, mut refused) = (items, Vec::new());
    loop {
        let (mut text, mut ends) = (head.to_owned(), Vec::new());
        for item in &items {
            text.push('\n');
            text.push_str(item);
            ends.push(text.len());
        }
        match compile(&text) {
            Ok(model) => return (text, model, refused),
            Err(errors) => {
                let before = items.len();
                for (at, why) in errors.iter().rev() {
                    let item = ends.iter().position(|end| at < end).expect("in an item");
                    assert!(*at >= head.len(), "the head does not load: {why}\n{head}");
                    if !refused.iter().any(|(text, _)| *text == items[item]) {
                        refused.push((items[item].clone(), why.clone()));
                    }
                }
                items.retain(|item| !refused.iter().any(|(text, _)| text == item));
                assert!(items.len() < before, "{errors:?}\n{text}");
            }
        }
    }
}

/// A rule set of a test: it must load.
pub fn model(text: &str) -> Model {
    compile(text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"))
}

/// The plan of a model, and its lists (constants only).
pub fn plan(model: &Model) -> (Plan, Lists) {
    let pack = |_: FileId| Pack { name: Arc::from("agree"), version: Arc::from("0") };
    let plan = plan::build(model, vocabulary(), &pack, None);
    let lists = Lists::bind(&plan, &[]).expect("constants fit their lists");
    (plan, lists)
}

/// The projection that a record of this kind is seen through.
pub fn projection(plan: &Plan, kind: Kind) -> &Projection {
    match kind.source {
        Some(source) => &plan.projections[usize::from(source.0)],
        None => &plan.class_projections[usize::from(kind.class.0)],
    }
}

/// Makes the engine's event of a record, and hands it on with the context and arena that it lives in.
pub fn with_event<T>(plan: &Plan, record: &Record, use_it: impl FnOnce(&Event<'_>) -> T) -> T {
    let arena = Arena::new();
    let context = Context { account: record.account.clone(), ..Context::default() };
    let class = record.kind.class;
    let given: Vec<Given> = record
        .attrs
        .iter()
        .map(|(name, value)| Given {
            attr: vocabulary().attribute(class, name).unwrap_or_else(|| panic!("no attribute {name}")),
            steps: Vec::new(),
            value: value.clone(),
        })
        .collect();
    let moment = (Time(record.time), record.id);
    let event = Event::given(vocabulary(), projection(plan, record.kind), class, &given, moment, &context, &arena);
    use_it(&event)
}
