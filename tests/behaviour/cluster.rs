//! A Kubernetes cluster over some weeks: operators and controllers that do the same all day, pipelines that deploy, people
//! with teams, tools, homes and journeys; and what is done with their tokens by somebody who has taken them.

use outguard::value::Time;
use serde_json::{Value, json};

use super::chance::{chance, times};
use super::rng::Rng;
use super::world::{BEGIN, DAY, DAYS, HOUR, LEARN};

/// Who asks the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    Person,
    Pipeline,
    Operator,
}

/// One user of the cluster.
#[derive(Debug, Clone)]
pub struct User {
    pub sort: Sort,
    pub name: String,
    /// The namespaces it works in.
    team: Vec<usize>,
    agents: Vec<&'static str>,
    home: usize,
    journey: Option<(i64, usize)>,
    begins: i64,
    /// Of an operator: what it asks for all day.
    habit: Vec<Ask>,
    images: Vec<String>,
}

/// A request: verb, resource, subresource and namespace.
type Ask = (&'static str, &'static str, &'static str, usize);

/// A request that was made.
#[derive(Debug, Clone)]
pub struct Deed {
    pub t: i64,
    pub who: usize,
    ask: Ask,
    agent: &'static str,
    place: usize,
    object: Value,
}

/// A way to attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A service account's token, used by another program inside of its pod.
    TokenInPod,
    /// A service account's token, used from elsewhere.
    TokenElsewhere,
    /// A person's credentials, used from elsewhere.
    PersonElsewhere,
    /// A person's credentials, used by a program of its own from where it works.
    PersonAtHome,
}

/// All of them, as they are told.
pub const WAYS: [(Way, &str); 4] = [
    (Way::TokenInPod, "a service account's token, in its pod"),
    (Way::TokenElsewhere, "a service account's token, from elsewhere"),
    (Way::PersonElsewhere, "a person's credentials, from elsewhere"),
    (Way::PersonAtHome, "a person's credentials, by another program from its own place"),
];

/// Programs of people; the first three are what most use.
const TOOLS: [&str; 7] = [
    "kubectl/v1.29.3 (linux/amd64)",
    "k9s/v0.32 (darwin/arm64)",
    "Helm/3.14",
    "node-fetch/Lens 2024.3",
    "stern/v1.28",
    "terraform-provider-kubernetes/2.27",
    "python-requests/2.31",
];
const NAMESPACES: [&str; 14] = [
    "web",
    "shop",
    "billing",
    "search",
    "data",
    "ml",
    "auth",
    "mail",
    "monitoring",
    "ingress",
    "argocd",
    "kube-system",
    "ci",
    "default",
];
/// Pods' network, and so the place of everything in the cluster.
const INSIDE: usize = 0;

/// A cluster: its users, and all that they asked for, in order of time.
pub struct Cluster {
    pub users: Vec<User>,
    pub deeds: Vec<Deed>,
}

fn image(rng: &mut Rng, ns: usize) -> String {
    format!("registry.example.com/{}-{}:{}", NAMESPACES[ns], rng.below(6), rng.below(1000))
}

fn workload(image: &str, privileged: bool) -> Value {
    let mut container = json!({"name": "main", "image": image});
    if privileged {
        container["securityContext"] = json!({"privileged": true});
    }
    json!({"spec": {"template": {"spec": {"containers": [container]}}}})
}

impl Cluster {
    /// A cluster of so many people.
    pub fn new(people: usize, seed: u64) -> Cluster {
        let mut rng = Rng::new(seed, 0xC1);
        let mut users = Vec::new();
        for (n, name) in [
            "argocd:application-controller",
            "monitoring:prometheus",
            "ingress:controller",
            "auth:cert-manager",
            "data:external-secrets",
            "kube-system:cluster-autoscaler",
        ]
        .iter()
        .enumerate()
        {
            users.push(operator(&mut rng, n, name));
        }
        for n in 0..people.div_ceil(3) {
            let ns = rng.below(8);
            let mut user = blank(Sort::Pipeline, format!("system:serviceaccount:ci:deploy-{n}"));
            user.team = vec![ns];
            user.agents = vec![if chance(&mut rng, 0.5) { TOOLS[2] } else { TOOLS[0] }];
            user.images = (0..4).map(|_| image(&mut rng, ns)).collect();
            users.push(user);
        }
        for n in 0..people {
            let mut user = blank(Sort::Person, format!("person-{n}@example.com"));
            user.team = (0..1 + rng.below(3)).map(|_| rng.below(8)).collect();
            user.agents = vec![TOOLS[0]];
            for tool in &TOOLS[1..5] {
                if chance(&mut rng, 0.3) {
                    user.agents.push(tool);
                }
            }
            user.home = 10 + rng.below(30);
            user.begins = if chance(&mut rng, 0.15) { rng.between(3, DAYS - 10) } else { 0 };
            users.push(user);
        }
        let mut deeds = Vec::new();
        for day in 0..DAYS {
            for (who, user) in users.iter_mut().enumerate().filter(|(_, u)| u.begins <= day) {
                let mut today = Day { rng: &mut rng, who, start: BEGIN + day * DAY, deeds: &mut deeds };
                match user.sort {
                    Sort::Operator => today.operator(user),
                    Sort::Pipeline => today.pipeline(user, day),
                    Sort::Person => today.person(user, day),
                }
            }
        }
        deeds.sort_by_key(|d| d.t);
        Cluster { users, deeds }
    }

    /// Days of users on which they did something, after learning.
    pub fn days(&self) -> usize {
        let all: std::collections::BTreeSet<(usize, i64)> =
            self.deeds.iter().map(|d| (d.who, (d.t - BEGIN) / DAY)).filter(|d| d.1 >= LEARN).collect();
        all.len()
    }

    /// An attack on each user that fits, each in one of the ways, on a day of its second month.
    pub fn attacks(&self, seed: u64) -> Vec<(Way, Vec<Deed>)> {
        let mut rng = Rng::new(seed, 0xA7);
        let mut all = Vec::new();
        for (who, user) in self.users.iter().enumerate().filter(|(_, u)| u.begins < 10) {
            let way = match user.sort {
                Sort::Person => *rng.pick(&[Way::PersonElsewhere, Way::PersonAtHome]),
                _ => *rng.pick(&[Way::TokenInPod, Way::TokenElsewhere]),
            };
            let own = if user.sort == Sort::Person { user.home } else { INSIDE };
            let (place, agent) = match way {
                Way::TokenInPod => (own, "curl/8.5"),
                Way::TokenElsewhere => (60 + rng.below(20), TOOLS[0]),
                Way::PersonElsewhere => (60 + rng.below(20), *rng.pick(&[TOOLS[0], "curl/8.5"])),
                Way::PersonAtHome => (own, *rng.pick(&["curl/8.5", TOOLS[6]])),
            };
            let binding = json!({"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "User", "name": user.name}]});
            let steps: [(Ask, Value); 6] = [
                (("create", "selfsubjectrulesreviews", "", 99), json!({"spec": {"namespace": "default"}})),
                (("list", "pods", "", 99), Value::Null),
                (("list", "secrets", "", 99), Value::Null),
                (("get", "secrets", "", 11), Value::Null),
                (("create", "daemonsets", "", 11), workload("docker.io/library/alpine:3", true)),
                (("create", "clusterrolebindings", "", 99), binding),
            ];
            let start = BEGIN + rng.between(30, 55) * DAY + rng.between(0, 20) * HOUR;
            let deed = |(i, (ask, object)): (usize, (Ask, Value))| {
                let t = start + i as i64 * 30_000;
                Deed { t, who, ask, agent, place, object }
            };
            all.push((way, steps.into_iter().enumerate().map(deed).collect()));
        }
        all
    }

    /// One record of the API server's log.
    pub fn record(&self, deed: &Deed, number: usize) -> Value {
        let user = &self.users[deed.who];
        let (verb, resource, sub, ns) = deed.ask;
        let mut object = json!({"resource": resource, "apiVersion": "v1"});
        if let Some(ns) = NAMESPACES.get(ns) {
            object["namespace"] = (*ns).into();
        }
        if !sub.is_empty() {
            object["subresource"] = sub.into();
        }
        if !["list", "watch"].contains(&verb) {
            object["name"] = format!("{resource}-{}", deed.t / HOUR % 7).into();
        }
        let time = Time(deed.t).to_rfc3339();
        let address = match deed.place {
            INSIDE => format!("10.0.{}.{}", deed.t / HOUR % 20, 1 + deed.who % 200),
            place => format!("{}.{}.{}.{}", 100 + place, place, deed.who % 200, 7),
        };
        let groups = if user.sort == Sort::Person { ["oidc:staff"] } else { ["system:serviceaccounts"] };
        let mut record = json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request", "stage": "ResponseComplete",
            "auditID": format!("{number:08}-{}", deed.t), "requestURI": format!("/api/v1/{resource}"), "verb": verb,
            "user": {"username": user.name, "groups": groups}, "sourceIPs": [address], "userAgent": deed.agent,
            "objectRef": object, "responseStatus": {"code": if verb == "create" { 201 } else { 200 }},
            "requestReceivedTimestamp": time, "stageTimestamp": time,
        });
        if !deed.object.is_null() {
            record["requestObject"] = deed.object.clone();
        }
        record
    }
}

fn blank(sort: Sort, name: String) -> User {
    let (team, agents, habit, images) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    User { sort, name, team, agents, home: INSIDE, journey: None, begins: 0, habit, images }
}

fn operator(rng: &mut Rng, n: usize, name: &str) -> User {
    const KINDS: [&str; 8] =
        ["deployments", "services", "configmaps", "pods", "secrets", "ingresses", "nodes", "endpoints"];
    let mut user = blank(Sort::Operator, format!("system:serviceaccount:{name}"));
    user.agents = vec![
        ["argocd/2.10", "Prometheus/2.50", "nginx-ingress/1.9", "cert-manager/1.14", "eso/0.9", "autoscaler/1.29"][n],
    ];
    for _ in 0..4 {
        user.habit.push((
            *rng.pick(&["get", "list", "watch", "update"]),
            KINDS[rng.below(KINDS.len())],
            "",
            rng.below(8),
        ));
    }
    user.habit.push(("update", "leases", "", 11));
    user
}

/// One user's day.
struct Day<'r> {
    rng: &'r mut Rng,
    who: usize,
    start: i64,
    deeds: &'r mut Vec<Deed>,
}

impl Day<'_> {
    fn deed(&mut self, at: i64, ask: Ask, agent: &'static str, place: usize, object: Value) {
        self.deeds.push(Deed { t: self.start + at, who: self.who, ask, agent, place, object });
    }

    /// The same every few hours; a release once a month brings another kind of object, another program version now and
    /// then, which is the same program.
    fn operator(&mut self, user: &mut User) {
        if chance(self.rng, 1.0 / 30.0) {
            let verb = *self.rng.pick(&["get", "list", "watch", "patch"]);
            let kind =
                *self.rng.pick(&["networkpolicies", "jobs", "statefulsets", "secrets", "roles", "serviceaccounts"]);
            user.habit.push((verb, kind, "", self.rng.below(8)));
        }
        for hour in (0..24).step_by(4) {
            for ask in user.habit.clone() {
                if chance(self.rng, 0.8) {
                    // Namespaces come and go, and an operator works in all of them.
                    let ns = if chance(self.rng, 0.1) { self.rng.below(8) } else { ask.3 };
                    let at = hour * HOUR + self.rng.between(0, HOUR);
                    self.deed(at, (ask.0, ask.1, ask.2, ns), user.agents[0], INSIDE, Value::Null);
                }
            }
        }
    }

    fn pipeline(&mut self, user: &mut User, day: i64) {
        let runs = if day % 7 < 5 { 3.0 } else { 0.2 };
        let (ns, agent) = (user.team[0], user.agents[0]);
        if chance(self.rng, 1.0 / 20.0) {
            let fresh = image(self.rng, ns);
            user.images.push(fresh);
        }
        for _ in 0..times(self.rng, runs) {
            let at = self.rng.between(6 * HOUR, 20 * HOUR);
            let image = self.rng.pick(&user.images).clone();
            self.deed(at, ("get", "deployments", "", ns), agent, INSIDE, Value::Null);
            self.deed(at + 4_000, ("patch", "deployments", "", ns), agent, INSIDE, workload(&image, false));
            self.deed(at + 9_000, ("list", "pods", "", ns), agent, INSIDE, Value::Null);
            if agent == TOOLS[2] {
                self.deed(at + 1_000, ("list", "secrets", "", ns), agent, INSIDE, Value::Null);
                self.deed(at + 12_000, ("create", "secrets", "", ns), agent, INSIDE, Value::Null);
            }
            // A migration, a job of another kind, a role for a new service: once in a while.
            if chance(self.rng, 0.1) {
                self.deed(at + 15_000, ("create", "jobs", "", ns), agent, INSIDE, workload(&image, false));
            }
            if chance(self.rng, 0.01) {
                let object = json!({"roleRef": {"kind": "Role", "name": "edit"}, "subjects": []});
                self.deed(at + 20_000, ("create", "rolebindings", "", ns), agent, INSIDE, object);
            }
        }
    }

    fn person(&mut self, user: &mut User, day: i64) {
        user.journey = user.journey.filter(|j| j.0 > day);
        if user.journey.is_none() && chance(self.rng, 1.0 / 50.0) {
            user.journey = Some((day + self.rng.between(2, 6), 40 + self.rng.below(20)));
        }
        if chance(self.rng, 1.0 / 120.0) {
            user.home = 10 + self.rng.below(30);
        }
        if chance(self.rng, 1.0 / 90.0) {
            user.agents.push(TOOLS[self.rng.below(TOOLS.len())]);
        }
        if !chance(self.rng, if day % 7 < 5 { 0.7 } else { 0.05 }) {
            return;
        }
        for _ in 0..1 + times(self.rng, 1.0) {
            let at = self.rng.between(7 * HOUR, 18 * HOUR);
            let office = 5;
            let place = match user.journey {
                Some((_, place)) if chance(self.rng, 0.7) => place,
                _ if chance(self.rng, 0.5) => office,
                _ => user.home,
            };
            let agent = if chance(self.rng, 0.7) { user.agents[0] } else { *self.rng.pick(&user.agents) };
            for i in 0..3 + self.rng.below(15) as i64 {
                let ns = if chance(self.rng, 0.93) { *self.rng.pick(&user.team) } else { self.rng.below(14) };
                let at = at + i * 40_000;
                let (ask, object) = self.wish(ns);
                self.deed(at, ask, agent, place, object);
            }
        }
    }

    /// What a person asks for next.
    fn wish(&mut self, ns: usize) -> (Ask, Value) {
        let common: [Ask; 9] = [
            ("list", "pods", "", ns),
            ("get", "pods", "", ns),
            ("get", "pods", "log", ns),
            ("list", "deployments", "", ns),
            ("get", "deployments", "", ns),
            ("list", "events", "", ns),
            ("list", "services", "", ns),
            ("list", "namespaces", "", 99),
            ("get", "configmaps", "", ns),
        ];
        let seldom: [Ask; 10] = [
            ("create", "pods", "exec", ns),
            ("create", "pods", "portforward", ns),
            ("delete", "pods", "", ns),
            ("patch", "deployments", "scale", ns),
            ("list", "nodes", "", 99),
            ("list", "secrets", "", ns),
            ("get", "secrets", "", ns),
            ("list", "ingresses", "", ns),
            ("list", "jobs", "", ns),
            ("patch", "configmaps", "", ns),
        ];
        if chance(self.rng, 0.85) {
            return (*self.rng.pick(&common), Value::Null);
        }
        if chance(self.rng, 0.85) {
            return (*self.rng.pick(&seldom), Value::Null);
        }
        match self.rng.below(5) {
            0 => {
                let spec = json!({"spec": {"resourceAttributes": {"resource": "pods", "verb": "list"}}});
                (("create", "selfsubjectaccessreviews", "", 99), spec)
            }
            1 => (("create", "deployments", "", ns), workload(&image(self.rng, ns), false)),
            2 => {
                let object = json!({"roleRef": {"kind": "ClusterRole", "name": "edit"}, "subjects": []});
                (("create", "rolebindings", "", ns), object)
            }
            3 => (("create", "jobs", "", ns), workload(&image(self.rng, ns), false)),
            _ => {
                // Somebody installs an agent on every node.
                let privileged = chance(self.rng, 0.2);
                (("create", "daemonsets", "", 8), workload(&image(self.rng, 8), privileged))
            }
        }
    }
}
