//! The shipped pack over generated weeks: what it says of unusual behaviour on calm days, and which attacks it finds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use outguard::engine::{Bound, Engine, Lists, Settings, Stepper};
use outguard::finding::{Aggregator, Finding};
use outguard::intel::geo::{Geo, GeoFile};
use outguard::intel::{Entries, ListRole, ListType};
use outguard::plan::Plan;
use outguard::program::{self, Program};
use outguard::schema::{Context, Enrich, Event};
use outguard::source::{Handler, Reader, Setup, Skip, Unreadable};
use outguard::value::{Time, Value};

use super::attacks::{Attack, Way, attacks};
use super::cluster::{Cluster, Deed};
use super::trail::{Addresses, name, record};
use super::world::{Account, Act, BEGIN, DAY, LEARN};

/// What the pack said of one account.
pub struct Told {
    /// Days of principals on which they did something, after learning.
    pub days: usize,
    /// Findings of unusual behaviour on calm days, by type.
    pub calm: BTreeMap<String, usize>,
    /// Of each way of attack: how many there were, how many were told of, and by which types.
    pub attacks: BTreeMap<Way, (usize, usize, BTreeMap<String, usize>)>,
}

struct Seen<'p> {
    engine: Engine<'p>,
    aggregator: Aggregator,
    hits: Vec<Box<[u8]>>,
    events: usize,
}

impl Handler for Seen<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        let aggregator = &mut self.aggregator;
        self.engine.event(event, &mut |occurrence| aggregator.add(occurrence));
        let hits = &mut self.hits;
        self.engine.hits.drain(|hit| hits.push(Box::from(hit)));
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
        panic!("{}", bad.reason);
    }

    fn skipped(&mut self, _: Skip) {
        panic!("a record is none of CloudTrail's");
    }
}

/// All findings of some records; what tells where addresses are is bound.
fn findings(records: &[u8], latest: Time, geo: Vec<u8>) -> Vec<Finding> {
    let vocabulary = program::vocabulary();
    let (pack, rules) = program::embedded();
    let mut plan: Plan = Program::load(rules, vec![pack], vocabulary).plan(vocabulary);
    let geo: Arc<dyn Enrich> = Arc::new(Geo::new(vec![GeoFile::read("places.csv", geo).expect("a geo file")]));
    plan.enrich(&geo);
    let private: Vec<Value> = vec![Value::Net("10.0.0.0/8".parse().expect("a network"))];
    let entries = Arc::new(Entries::from_values(ListType::Ip, &private).expect("entries"));
    let own = Bound { name: "own_networks".into(), role: ListRole::Plain, entries, hash: None };
    let lists = Lists::bind(&plan, &[own]).expect("lists");
    let engine = Engine::new(&plan, vocabulary, &lists);
    let mut seen = Seen { engine, aggregator: Aggregator::default(), hits: Vec::new(), events: 0 };
    let mut reader = Reader::new(Setup { vocabulary, projections: &plan.projections, forced: None });
    reader.read(records, "generated.json", &Context::default(), &mut seen).expect("memory can be read");
    let Seen { mut hits, mut aggregator, .. } = seen;
    hits.sort_unstable();
    hits.dedup();
    let mut stepper = Stepper::new(&plan, vocabulary, &lists, Settings::default());
    for hit in &hits {
        stepper.hit(hit, &mut |occurrence| aggregator.add(occurrence));
    }
    stepper.finish(latest, &mut |occurrence| aggregator.add(occurrence));
    aggregator.finish()
}

fn bytes(account: &Account, addresses: &mut Addresses, acts: &[Act]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        out.extend_from_slice(record(account, addresses, act, number).to_string().as_bytes());
        out.push(b'\n');
    }
    out
}

/// Whether a type tells of behaviour that was learned.
fn unusual(ty: &str) -> bool {
    ty.contains("Anomalous")
}

/// What the pack said of one cluster: days of users, findings on calm days by type, and of each way of attack how many
/// there were, how many were told of, and by which types.
pub type ToldOfCluster =
    (usize, BTreeMap<String, usize>, BTreeMap<super::cluster::Way, (usize, usize, BTreeMap<String, usize>)>);

/// Runs the pack over a cluster: once calm, once with an attack on each user.
pub fn told_of_cluster(people: usize, seed: u64) -> ToldOfCluster {
    let cluster = Cluster::new(people, seed);
    let latest = Time(cluster.deeds.last().expect("something happens").t);
    let text = |deeds: &[Deed]| {
        let lines = deeds.iter().enumerate().map(|(n, d)| cluster.record(d, n).to_string() + "\n");
        lines.collect::<String>().into_bytes()
    };
    // No data tells where the addresses are: a network is the first half of an address.
    let nowhere = b"network,country_code\n192.0.2.0/24,DE\n".to_vec();
    let behaviour = |ty: &str| ty.contains(":Kubernetes/AnomalousBehavior");
    let mut calm: BTreeMap<String, usize> = BTreeMap::new();
    for f in findings(&text(&cluster.deeds), latest, nowhere.clone()) {
        let ty = f.rule.finding_type.as_str();
        if behaviour(ty) {
            *calm.entry(ty.to_owned()).or_default() += 1;
        }
    }
    let attacks = cluster.attacks(seed);
    let mut deeds = cluster.deeds.clone();
    deeds.extend(attacks.iter().flat_map(|a| a.1.iter().cloned()));
    deeds.sort_by_key(|d| d.t);
    let all = findings(&text(&deeds), latest, nowhere);
    let mut told: BTreeMap<_, (usize, usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for (way, steps) in &attacks {
        let (from, to) = (steps[0].t, steps[0].t + super::world::HOUR);
        let who = cluster.users[steps[0].who].name.as_str();
        let its = |f: &&Finding| f.principal.as_deref() == Some(who) && f.last_seen.0 >= from && f.first_seen.0 <= to;
        let types: BTreeSet<&str> =
            all.iter().filter(its).map(|f| f.rule.finding_type.as_str()).filter(|t| behaviour(t)).collect();
        let row = told.entry(*way).or_default();
        row.0 += 1;
        row.1 += usize::from(!types.is_empty());
        types.into_iter().for_each(|t| *row.2.entry(t.to_owned()).or_default() += 1);
    }
    (cluster.days(), calm, told)
}

/// Runs the pack over an account: once calm, once with an attack on each principal.
pub fn told(size: usize, seed: u64) -> Told {
    let account = Account::new(size, seed);
    // Each principal is attacked once, in one of the ways.
    let mut chosen: BTreeMap<u16, Attack> = BTreeMap::new();
    for (n, attack) in attacks(&account, seed).into_iter().enumerate() {
        let who = attack.acts[0].who;
        if !chosen.contains_key(&who) || (n + who as usize).is_multiple_of(4) {
            chosen.insert(who, attack);
        }
    }
    let latest = Time(account.acts.last().expect("something happens").t);
    let mut addresses = Addresses::default();
    let calm = bytes(&account, &mut addresses, &account.acts);
    let geo = addresses.file();
    let active: BTreeSet<(u16, i64)> = account.acts.iter().map(|a| (a.who, (a.t - BEGIN) / DAY)).collect();
    let mut told =
        Told { days: active.iter().filter(|d| d.1 >= LEARN).count(), calm: BTreeMap::new(), attacks: BTreeMap::new() };
    for f in findings(&calm, latest, geo) {
        let ty = f.rule.finding_type.as_str();
        if unusual(ty) {
            *told.calm.entry(ty.to_owned()).or_default() += 1;
        }
    }
    let mut acts = account.acts.clone();
    acts.extend(chosen.values().flat_map(|a| a.acts.iter().copied()));
    acts.sort_unstable();
    let mixed = bytes(&account, &mut addresses, &acts);
    let all = findings(&mixed, latest, addresses.file());
    for (who, attack) in &chosen {
        let (from, to) = (attack.acts[0].t, attack.acts[0].t + super::world::HOUR);
        let who = name(&account, *who);
        let hers = |f: &&Finding| f.principal.as_deref() == Some(&who) && f.last_seen.0 >= from && f.first_seen.0 <= to;
        let types: BTreeSet<&str> =
            all.iter().filter(hers).map(|f| f.rule.finding_type.as_str()).filter(|t| unusual(t)).collect();
        let row = told.attacks.entry(attack.way).or_default();
        row.0 += 1;
        row.1 += usize::from(!types.is_empty());
        types.into_iter().for_each(|t| *row.2.entry(t.to_owned()).or_default() += 1);
    }
    told
}
