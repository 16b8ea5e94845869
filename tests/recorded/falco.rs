//! Falco's verdicts on Kubernetes audit traces, mapped to the shipped types that are about the same.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::cases::{self, Case, Disagreement, Mapping};
use super::data::{self, is_json, text};
use super::pack::{Run, lists};

const ANYBODY: &[&str] = &[
    "CredentialAccess:Kubernetes/SuccessfulAnonymousAccess",
    "DefenseEvasion:Kubernetes/SuccessfulAnonymousAccess",
    "Discovery:Kubernetes/SuccessfulAnonymousAccess",
    "Impact:Kubernetes/SuccessfulAnonymousAccess",
    "Persistence:Kubernetes/SuccessfulAnonymousAccess",
];

const MAPPINGS: &[Mapping] = &[
    ("Anonymous Request Allowed", ANYBODY),
    ("Attach/Exec Pod", &["Execution:Kubernetes/ExecInKubeSystemPod", "Execution:Kubernetes/ExecInPod"]),
    ("Attach to cluster-admin Role", &["PrivilegeEscalation:Kubernetes/ClusterAdminBound"]),
];

const DISAGREEMENTS: &[Disagreement] = &[];

#[test]
fn verdicts_are_alike() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn measure() -> Option<String> {
    let folder = data::place("falco_k8s_audit_traces")?;
    let labels = data::documents(&folder.join("labels.json")).remove(0);
    let labels = labels.as_array().expect("a list");
    let lists = lists(Vec::new());
    let fired = |trace: &str| {
        let mut run = Run::new(&lists);
        run.read(&data::bytes(&folder.join(trace))[..], trace);
        run.finish().into_iter().map(|f| f.rule.finding_type.as_str().to_owned()).collect()
    };
    let mut cases = Vec::new();
    let mut quiet = 0;
    for label in labels {
        let (test, trace) = (text(label, "/test").expect("test"), text(label, "/trace").expect("trace"));
        if label["detect"] == false {
            let told: std::collections::BTreeSet<String> = fired(trace);
            assert!(told.is_empty(), "{test}: Falco is quiet, here {told:?}");
            quiet += 1;
            continue;
        }
        for rule in label["rules"].as_array().expect("rules") {
            let (rule, name) = (rule.as_str().expect("a name").to_owned(), test.to_owned());
            cases.push(Case { rule, name, expected: true, event: trace.into() });
        }
    }
    let compared =
        cases::compare(&cases, MAPPINGS, DISAGREEMENTS, &[], &mut |case| fired(case.event.as_str().expect("a trace")));
    // Whatever else fires on the traces is known.
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in data::files(&folder, is_json) {
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        for told in fired(&name) {
            all.entry(told).or_default().push(name.clone());
        }
    }
    let known: BTreeMap<String, Vec<String>> = [
        ("Execution:Kubernetes/ExecInPod", vec!["attach_pod.json", "exec_pod.json"]),
        ("Persistence:Kubernetes/SuccessfulAnonymousAccess", vec!["anonymous_creates_namespace_foo.json"]),
        ("PrivilegeEscalation:Kubernetes/ClusterAdminBound", vec!["attach_cluster_admin_role.json"]),
    ]
    .into_iter()
    .map(|(ty, traces)| (ty.to_owned(), traces.into_iter().map(str::to_owned).collect()))
    .collect();
    assert_eq!(all, known);
    Some(format!(
        "## Other people's rules: Falco\n\n{} verdicts on Kubernetes audit traces. On the {quiet} on which Falco is quiet no \
         shipped type fires. Its other rules are about what is told by learned behaviour here (new workloads, mounts, \
         privileged containers, roles). {}",
        labels.len(),
        compared.markdown("its")
    ))
}
