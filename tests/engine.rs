//! One engine over events of several sources: what it remembers of one must not reach into another.

use std::sync::Arc;

use outguard::engine::{Engine, Lists};
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
