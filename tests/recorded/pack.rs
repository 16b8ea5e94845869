//! The shipped pack, and runs of it over bytes: what was read, what fired.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, OnceLock};

use outguard::engine::{Bound, Engine, Lists, Settings, Stepper};
use outguard::finding::{Aggregator, Finding};
use outguard::intel::{Entries, ListRole, ListType};
use outguard::plan::Plan;
use outguard::program::{self, Program};
use outguard::schema::{Context, Event, Vocabulary};
use outguard::source::{Handler, Reader, Setup, Skip, Unreadable};
use outguard::value::{Time, Value};

/// The plan of the shipped pack.
pub fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let (pack, rules) = program::embedded();
        let loaded = Program::load(rules, vec![pack], vocabulary());
        assert!(loaded.is_ok(), "the shipped pack loads");
        loaded.plan(vocabulary())
    })
}

fn vocabulary() -> &'static Vocabulary {
    program::vocabulary()
}

/// Every type that the pack ships.
pub fn types() -> BTreeSet<&'static str> {
    plan().rules.iter().map(|r| r.info.finding_type.as_str()).collect()
}

/// A list of values, as a deployment would bind it.
pub fn bound(name: &str, kind: ListType, role: ListRole, values: &[Value]) -> Bound {
    let entries = Arc::new(Entries::from_values(kind, values).expect("sound entries"));
    Bound { name: name.into(), role, entries, hash: None }
}

/// The lists of a deployment, with the private networks as its own.
pub fn lists(mut lists: Vec<Bound>) -> Lists {
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
    let nets: Vec<Value> = private.iter().map(|n| Value::Net(n.parse().expect("a network"))).collect();
    lists.push(bound("own_networks", ListType::Ip, ListRole::Plain, &nets));
    Lists::bind(plan(), &lists).expect("lists that the pack declares")
}

/// A reader and an engine, and all that they told.
pub struct Run<'p> {
    reader: Reader<'p>,
    /// What was told.
    pub seen: Seen<'p>,
}

/// What a run told.
pub struct Seen<'p> {
    engine: Engine<'p>,
    lists: &'p Lists,
    /// What rules with state are to be told, and when the latest event was.
    hits: Vec<Box<[u8]>>,
    latest: Time,
    aggregator: Aggregator,
    /// Types that fired since it was last emptied.
    fired: BTreeSet<String>,
    /// Events by source.
    pub events: BTreeMap<String, usize>,
    /// Unreadable records: their input, and why.
    pub unreadable: Vec<String>,
    /// Records that are none of their log's events.
    pub skipped: usize,
    input: String,
}

impl<'p> Run<'p> {
    /// A run with some lists.
    pub fn new(lists: &'p Lists) -> Self {
        let setup = Setup { vocabulary: vocabulary(), projections: &plan().projections, forced: None };
        let seen = Seen {
            engine: Engine::new(plan(), vocabulary(), lists),
            lists,
            hits: Vec::new(),
            latest: Time(i64::MIN),
            aggregator: Aggregator::default(),
            fired: BTreeSet::new(),
            events: BTreeMap::new(),
            unreadable: Vec::new(),
            skipped: 0,
            input: String::new(),
        };
        Run { reader: Reader::new(setup), seen }
    }

    /// Reads one input to its end.
    pub fn read(&mut self, input: impl Read, name: &str) {
        name.clone_into(&mut self.seen.input);
        self.reader.read(input, name, &Context::default(), &mut self.seen).expect("memory and files can be read");
    }

    /// The types that fire on one record alone, or nothing if it cannot be read. Rules with state tell at the end.
    pub fn types(&mut self, record: &serde_json::Value) -> Option<BTreeSet<String>> {
        self.seen.fired.clear();
        let before = self.events();
        self.read(record.to_string().as_bytes(), "record.json");
        (self.events() > before).then(|| std::mem::take(&mut self.seen.fired))
    }

    /// How many events there were.
    pub fn events(&self) -> usize {
        self.seen.events.values().sum()
    }

    /// The findings, those of rules with state among them: all that was read is one batch.
    pub fn finish(mut self) -> Vec<Finding> {
        let Seen { hits, aggregator, latest, lists, .. } = &mut self.seen;
        hits.sort_unstable();
        hits.dedup();
        let mut stepper = Stepper::new(plan(), vocabulary(), lists, Settings::default());
        for hit in hits {
            stepper.hit(hit, &mut |occurrence| aggregator.add(occurrence));
        }
        stepper.finish(*latest, &mut |occurrence| aggregator.add(occurrence));
        self.seen.aggregator.finish()
    }
}

impl Handler for Seen<'_> {
    fn event(&mut self, event: &Event<'_>) {
        let source = vocabulary().source(event.source).name.to_string();
        *self.events.entry(source).or_default() += 1;
        let (aggregator, fired) = (&mut self.aggregator, &mut self.fired);
        self.engine.event(event, &mut |occurrence| {
            fired.insert(occurrence.rule.finding_type.as_str().to_owned());
            aggregator.add(occurrence);
        });
        self.latest = self.latest.max(event.time);
        let hits = &mut self.hits;
        self.engine.hits.drain(|hit| hits.push(Box::from(hit)));
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
        self.unreadable.push(format!("{} {}", self.input, bad.reason));
    }

    fn skipped(&mut self, _: Skip) {
        self.skipped += 1;
    }
}
