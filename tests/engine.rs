//! One engine over events of several sources: what it remembers of one must not reach into another.

use std::sync::Arc;

use outguard::engine::{Bound, Engine, Lists, Settings, Stepper};
use outguard::intel::{Entries, ListRole, ListType};
use outguard::plan::{self, Pack};
use outguard::schema::given::Given;
use outguard::schema::{Context, Event, Vocabulary};
use outguard::text::{FileId, SourceMap};
use outguard::value::{Arena, Time, Value};
use outguard::{check, syntax};

/// Three substring tests a source make an automaton of each; the same text means other patterns to the other.
const RULES: &str = r#"
finding PenTest:IAMUser/A {
  severity low
  on cloudtrail where http_request.user_agent contains "kali"
}

finding PenTest:IAMUser/B {
  severity low
  on cloudtrail where http_request.user_agent contains "parrot"
}

finding PenTest:IAMUser/C {
  severity low
  on cloudtrail where http_request.user_agent contains "pentoo"
}

finding Discovery:Kubernetes/A {
  severity low
  on k8s_audit where http_request.user_agent contains "curl"
}

finding Discovery:Kubernetes/B {
  severity low
  on k8s_audit where http_request.user_agent contains "python"
}

finding Discovery:Kubernetes/C {
  severity low
  on k8s_audit where http_request.user_agent contains "nmap"
}
"#;

#[test]
fn texts_seen_in_one_source_say_nothing_in_another() {
    let vocabulary = Vocabulary::builtin().expect("the vocabulary loads");
    let mut sources = SourceMap::default();
    let file = sources.add("rules.og", RULES);
    let parsed = syntax::parse(file, RULES);
    let checked = check::check(std::slice::from_ref(&parsed.file), &sources, &vocabulary);
    assert!(checked.is_ok(), "{:?}", checked.diagnostics);
    let pack = |_: FileId| Pack { name: Arc::from("test"), version: Arc::from("0") };
    let plan = plan::build(&checked.model, &vocabulary, &pack, None);
    let lists = Lists::bind(&plan, &[]).expect("no lists");
    let mut engine = Engine::new(&plan, &vocabulary, &lists);

    let mut found = |source: &str, agent: &str| -> Vec<String> {
        let kind = vocabulary.kind(source).expect("a source");
        let source = kind.source.expect("a source");
        let attr = vocabulary.attribute(kind.class, "http_request.user_agent").expect("an attribute");
        let given = [Given { attr, steps: Vec::new(), value: Value::str(agent) }];
        let (arena, context) = (Arena::new(), Context::of_tests());
        let projection = &plan.projections[usize::from(source.0)];
        let event = Event::given(&vocabulary, projection, kind.class, &given, (Time(0), 1), &context, &arena);
        let mut types = Vec::new();
        engine.event_in(plan.source_view(source), &event, &mut |o| types.push(o.rule.finding_type.to_string()));
        types
    };

    let agent = "curl on kali";
    assert_eq!(found("cloudtrail", agent), ["PenTest:IAMUser/A"]);
    assert_eq!(found("k8s_audit", agent), ["Discovery:Kubernetes/A"]);
    assert_eq!(found("k8s_audit", "nmap on pentoo"), ["Discovery:Kubernetes/C"]);
    assert_eq!(found("cloudtrail", "nmap on pentoo"), ["PenTest:IAMUser/C"]);
    assert_eq!(found("k8s_audit", "parrot"), [""; 0]);
    assert_eq!(found("cloudtrail", "parrot"), ["PenTest:IAMUser/B"]);
}

/// A finding that reads findings, with a list behind the one that it reads.
const OF_FINDINGS: &str = r#"
list @bad: ip

finding Recon:IAMUser/FromBad {
  severity low
  on cloudtrail where src_endpoint.ip in @bad
}

finding Discovery:IAMUser/Often {
  severity high
  on finding where type == "Recon:IAMUser/FromBad"
  per actor.principal
  when count() >= 2
  within 1h
}
"#;

#[test]
fn a_signal_keeps_the_entries_of_lists_that_it_met() {
    let vocabulary = Vocabulary::builtin().expect("the vocabulary loads");
    let mut sources = SourceMap::default();
    let file = sources.add("rules.og", OF_FINDINGS);
    let parsed = syntax::parse(file, OF_FINDINGS);
    let checked = check::check(std::slice::from_ref(&parsed.file), &sources, &vocabulary);
    assert!(checked.is_ok(), "{:?}", checked.diagnostics);
    let pack = |_: FileId| Pack { name: Arc::from("test"), version: Arc::from("0") };
    let plan = plan::build(&checked.model, &vocabulary, &pack, None);
    let bad = [Value::Net("203.0.113.0/24".parse().expect("a network"))];
    let entries = Arc::new(Entries::from_values(ListType::Ip, &bad).expect("sound"));
    let bound = Bound { name: "bad".into(), role: ListRole::Threat, entries, hash: Some("0a".into()) };
    let lists = Lists::bind(&plan, &[bound]).expect("it is declared");
    let mut engine = Engine::new(&plan, &vocabulary, &lists);
    let kind = vocabulary.kind("cloudtrail").expect("a source");
    let source = kind.source.expect("a source");
    let given = |name: &str, value| Given {
        attr: vocabulary.attribute(kind.class, name).expect("an attribute"),
        steps: Vec::new(),
        value,
    };
    let mut hits = Vec::new();
    for n in 1..=2 {
        let ip = Value::Ip("203.0.113.7".parse().expect("an address"));
        let given = [given("src_endpoint.ip", ip), given("actor.principal", Value::str("jane"))];
        let (arena, context) = (Arena::new(), Context::of_tests());
        let projection = &plan.projections[usize::from(source.0)];
        let moment = (Time(1000 * n), u128::from(n.unsigned_abs()));
        let event = Event::given(&vocabulary, projection, kind.class, &given, moment, &context, &arena);
        engine.event_in(plan.source_view(source), &event, &mut |_| {});
        engine.hits.drain(|hit| hits.push(hit.to_vec()));
    }
    hits.sort_unstable();
    let mut told = Vec::new();
    let mut stepper = Stepper::new(&plan, &vocabulary, &lists, Settings::default());
    hits.iter().for_each(|hit| stepper.hit(hit, &mut |o| told.push(o)));
    stepper.finish(Time(3000), &mut |o| told.push(o));
    let often = told.iter().find(|o| o.rule.finding_type.as_str() == "Discovery:IAMUser/Often").expect("it fires");
    let signals = &often.story.as_ref().expect("what is behind it").signals;
    assert_eq!(signals.len(), 2);
    for signal in signals {
        let [list] = signal.lists.as_slice() else { panic!("{:?}", signal.lists) };
        assert_eq!((&*list.list, &*list.entry, &*list.value), ("bad", "203.0.113.0/24", "203.0.113.7"));
        assert_eq!((list.role, list.list_hash.as_deref()), (ListRole::Threat, Some("0a")));
    }
}
