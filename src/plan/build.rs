//! Builds the plan: every rule lowered into every view that serves its kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::graph::Graph;
use super::lower::Lowering;
use super::node::{CondId, CondNode, SlotId, TextOp, ValId, ValNode};
use super::route::Routes;
use super::state::{self, Brought, Stateful};
use super::view::{Automaton, Learner, Piece, Scope, View, ViewException, ViewResource, ViewRole, ViewRule};
use super::{Plan, PlanList, PlanProfile, Rule, SuppressionRule, capture};
use crate::check::model::{Finding, FindingId, Input, Model, Part, Profile};
use crate::check::strata;
use crate::finding::{DEFAULT_QUIET_MS, RuleInfo};
use crate::schema::{AttrId, ClassId, Need, Projection, ResourceRule, RoleRule, SourceId, Vocabulary};
use crate::state::{ProfileSpec, Spec, When as StateWhen};
use crate::text::FileId;
use crate::value::Value;

/// Which pack a rule file belongs to.
#[derive(Debug, Clone)]
pub struct Pack {
    /// The pack's name.
    pub name: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
}

/// The attributes of a finding that tell it where it stands behind another.
pub const SIGNAL: [&str; 7] =
    ["type", "title", "resources", "actor.principal", "severity", "remote.ip", "list_matches"];

/// From how many substring tests on one value an automaton pays.
const AUTOMATON_FROM: usize = 3;

/// Builds the plan of a checked rule set. `only` limits it to some findings (rule tests); `pack` names a file's pack.
#[must_use]
pub fn build(
    model: &Model,
    vocabulary: &Vocabulary,
    pack: &dyn Fn(FileId) -> Pack,
    only: Option<&dyn Fn(FindingId) -> bool>,
) -> Plan {
    let strata = strata::strata(model, vocabulary);
    let id = |i: usize| FindingId(u32::try_from(i).unwrap_or(u32::MAX));
    let chosen = |i: usize| only.is_none_or(|only| only(id(i)));
    let of_rule = |(i, f)| if chosen(i) { state::of_rule(f, model, vocabulary) } else { None };
    let stateful: Vec<Option<Stateful<'_>>> = model.findings.iter().enumerate().map(of_rule).collect();
    let mut rules: Vec<Rule> = model
        .findings
        .iter()
        .enumerate()
        .map(|(i, f)| {
            let spec = stateful[i].as_ref().map(|s| Arc::new(s.spec.clone()));
            rule(i, f, pack, spec, strata[i])
        })
        .collect();
    let mut suppressions = Vec::new();
    let mut views = Vec::new();
    let mut projections = Vec::new();
    let mut class_projections = Vec::new();
    let mut used = vec![false; model.lists.len()];
    let taught: Vec<(ProfileSpec, Vec<Brought<'_>>)> =
        model.profiles.iter().map(|p| state::of_profile(p, model, vocabulary)).collect();

    let mut asked = vec![false; model.profiles.len()];
    for (rule, stateful) in rules.iter().zip(&stateful) {
        let chosen = !rule.disabled && chosen(rule.finding.index());
        if let (true, Some(StateWhen::Profiles { questions, .. })) = (chosen, stateful.as_ref().map(|s| &s.spec.when)) {
            questions.iter().for_each(|q| asked[q.profile] = true);
        }
    }

    let sources = (0..vocabulary.sources.len()).map(|i| Scope::Source(SourceId(u16::try_from(i).unwrap_or(u16::MAX))));
    let classes = (0..vocabulary.classes.len()).map(|i| Scope::Class(ClassId(u16::try_from(i).unwrap_or(u16::MAX))));
    for scope in sources.chain(classes) {
        let mut builder = ViewBuilder::new(model, vocabulary, scope);
        for (i, finding) in model.findings.iter().enumerate() {
            if rules[i].disabled || !chosen(i) {
                continue;
            }
            for (n, input) in finding.inputs.iter().enumerate() {
                builder.add(i, finding, (n, input), stateful[i].as_ref());
            }
        }
        for (i, profile) in model.profiles.iter().enumerate().filter(|(i, _)| asked[*i]) {
            builder.learn(i, profile, &taught[i].1);
        }
        if let Scope::Class(class) = scope
            && &*vocabulary.classes[usize::from(class.0)].name == "finding"
        {
            suppressions = builder.suppressions();
        }
        let view = builder.finish();
        for node in &view.graph.conds {
            if let CondNode::InList(_, list) = node {
                used[list.index()] = true;
            }
        }
        match scope {
            Scope::Source(source) => projections.push(Projection::build(vocabulary, source, &view.graph.needs)),
            Scope::Class(class) => {
                class_projections.push(Projection::virtual_class(vocabulary, class, &view.graph.needs));
            }
        }
        views.push(View { place: u16::try_from(views.len()).unwrap_or(u16::MAX), ..view });
    }
    views.iter_mut().flat_map(|v: &mut View| &mut v.automata).enumerate().for_each(|(n, a)| a.place = n);
    let lists = model
        .lists
        .iter()
        .zip(used)
        .map(|(l, used)| PlanList { name: l.name.clone(), ty: l.ty.clone(), constants: l.constants.clone(), used })
        .collect();
    let layouts = capture::layouts(&mut views, &mut rules, vocabulary);
    let profiles = model
        .profiles
        .iter()
        .zip(taught)
        .zip(asked)
        .map(|((p, (spec, _)), used)| {
            let hash = p.hash.clone();
            PlanProfile { spec: Arc::new(spec), id: capture::id(&hash), hash, used }
        })
        .collect();
    Plan { rules, suppressions, views, projections, class_projections, lists, profiles, layouts }
}

fn rule(i: usize, f: &Finding, pack: &dyn Fn(FileId) -> Pack, state: Option<Arc<Spec>>, stratum: u8) -> Rule {
    let pack = pack(f.span.file);
    let info = RuleInfo {
        finding_type: f.ty.clone(),
        description: Arc::from(f.docs.as_str()),
        remediation: f.remediation.as_deref().map(Arc::from),
        references: f.references.iter().map(|r| Arc::from(r.as_str())).collect(),
        attack: f.attack.iter().map(|t| t.id.clone()).collect(),
        revision: f.revision,
        stage: f.stage,
        hash: f.hash.clone(),
        pack: pack.name,
        pack_version: pack.version,
    };
    Rule {
        finding: FindingId(u32::try_from(i).unwrap_or(u32::MAX)),
        info: Arc::new(info),
        kinds: f.inputs.iter().map(|input| input.kind).collect(),
        publish: f.publish,
        shadow_until: f.shadow_until,
        disabled: f.disabled,
        state,
        inputs: f.inputs.iter().map(|input| input.name.clone()).collect(),
        stratum,
        id: capture::id(&f.state_hash),
        stateful_hash: f.state_hash.clone(),
        quiet: f.dedup.as_ref().and_then(|d| d.quiet).unwrap_or(DEFAULT_QUIET_MS),
    }
}

struct ViewBuilder<'m> {
    model: &'m Model,
    vocabulary: &'m Vocabulary,
    scope: Scope,
    graph: Graph,
    rules: Vec<ViewRule>,
    learners: Vec<Learner>,
    mute: Vec<usize>,
    roots: Vec<CondId>,
}

impl<'m> ViewBuilder<'m> {
    fn new(model: &'m Model, vocabulary: &'m Vocabulary, scope: Scope) -> Self {
        Self {
            model,
            vocabulary,
            scope,
            graph: Graph::default(),
            rules: Vec::new(),
            learners: Vec::new(),
            mute: Vec::new(),
            roots: Vec::new(),
        }
    }

    fn add(&mut self, index: usize, finding: &Finding, (nth, input): (usize, &Input), stateful: Option<&Stateful<'_>>) {
        if !self.scope.serves(self.vocabulary, input.kind) {
            return;
        }
        let class = input.kind.class;
        let model = self.model;
        let resource = self.vocabulary.resources.get(finding.ty.resource()).and_then(|by_class| by_class.get(&class));
        let Some(resource) = resource else {
            self.mute.push(index);
            return;
        };
        let mut low = Lowering::new(model, self.vocabulary, self.scope, &mut self.graph);
        let condition = match &input.condition {
            Some(e) => low.cond(e),
            None => low.graph.truth(crate::value::Truth::True),
        };
        if !low.graph.can_hold(condition) {
            self.mute.push(index);
            return;
        }
        let lists = std::mem::take(&mut low.asked);
        let mut capture = stateful.map(|s| capture::of_rule(&mut low, finding, nth, s));
        let reads = low.reads.clone();
        low.own = (finding.inputs.len() > 1).then_some(nth);
        let severity = {
            let branches: Vec<(CondId, f64)> =
                finding.severity.branches.iter().map(|(e, level)| (low.cond(e), *level)).collect();
            (branches, low.val(&finding.severity.otherwise))
        };
        let exceptions: Vec<ViewException> = finding
            .exceptions
            .iter()
            .map(|x| ViewException { name: x.name.clone(), condition: low.cond(&x.condition), until: x.until })
            .collect();
        let title: Vec<Piece> = finding
            .title
            .parts
            .iter()
            .map(|p| match p {
                Part::Text(t) => Piece::Text(t.clone()),
                Part::Hole(e) => Piece::Value(low.val(e)),
            })
            .collect();
        let dedup: Option<Vec<ValId>> =
            finding.dedup.as_ref().filter(|d| !d.by.is_empty()).map(|d| d.by.iter().map(|e| low.val(e)).collect());
        let (outer, exports) = if low.own.is_some() {
            let outer = std::mem::take(&mut low.outer);
            (outer, capture::exports(&mut low, finding, nth))
        } else {
            (Vec::new(), Vec::new())
        };
        let evidence: Vec<_> = reads.into_iter().filter(|(_, v)| !self.graph.is_absent(*v)).collect();
        let dedup = dedup.unwrap_or_else(|| self.default_key(class, resource));
        let captured = self.capture(class);
        let resource = self.resource(class, resource);
        self.roots.push(condition);
        self.roots.extend(exceptions.iter().map(|x| x.condition));
        self.roots.extend(severity.0.iter().map(|(c, _)| *c));
        let signal = if stateful.is_some() { self.signal(class) } else { Vec::new() };
        let mut rule = ViewRule {
            rule: index,
            class,
            condition,
            exceptions,
            severity,
            title,
            resource,
            dedup,
            capture: captured,
            evidence,
            lists,
            input: u8::try_from(nth).unwrap_or(u8::MAX),
            layout: 0,
            capture_state: None,
            outer,
            exports,
        };
        if let Some(capture) = &mut capture {
            capture.kept = capture::kept(&self.graph, &rule);
            capture.kept.extend(signal);
            capture.kept.sort_unstable();
            capture.kept.dedup();
        }
        rule.capture_state = capture;
        self.rules.push(rule);
    }

    /// The view's events teach a profile.
    fn learn(&mut self, index: usize, profile: &Profile, brought: &[Brought<'_>]) {
        let input = &profile.input;
        if !self.scope.serves(self.vocabulary, input.kind) {
            return;
        }
        let mut low = Lowering::new(self.model, self.vocabulary, self.scope, &mut self.graph);
        let condition = match &input.condition {
            Some(e) => low.cond(e),
            None => low.graph.truth(crate::value::Truth::True),
        };
        if !low.graph.can_hold(condition) {
            return;
        }
        let capture = capture::of_profile(&mut low, profile, brought);
        self.roots.push(condition);
        self.learners.push(Learner { profile: index, class: input.kind.class, condition, capture });
    }

    /// What identifies a finding besides type, account and region, where the rule does not say: the resource, and what
    /// the vocabulary adds to it.
    fn default_key(&mut self, class: ClassId, rule: &ResourceRule) -> Vec<ValId> {
        let mut parts = Vec::new();
        let identity = self.slots(class, &rule.identity);
        if let Some(first) = self.first_of(&identity) {
            parts.push(first);
        }
        for &attr in &rule.key {
            if let Some(slot) = self.slot(class, attr) {
                parts.push(self.graph.val(ValNode::Slot(slot)));
            }
        }
        parts
    }

    fn first_of(&mut self, slots: &[SlotId]) -> Option<ValId> {
        slots.iter().rev().fold(None, |rest, &slot| {
            let val = self.graph.val(ValNode::Slot(slot));
            Some(rest.map_or(val, |rest| self.graph.val(ValNode::Coalesce(val, rest))))
        })
    }

    /// What tells a finding behind a finding.
    fn signal(&mut self, class: ClassId) -> Vec<SlotId> {
        if self.vocabulary.class_named("finding") != Some(class) {
            return Vec::new();
        }
        let vocabulary = self.vocabulary;
        let attrs = SIGNAL.iter().filter_map(|name| vocabulary.attribute(class, name));
        attrs.collect::<Vec<_>>().into_iter().filter_map(|attr| self.slot(class, attr)).collect()
    }

    fn capture(&mut self, class: ClassId) -> Vec<(Arc<str>, SlotId)> {
        let vocabulary = self.vocabulary;
        let class_data = &vocabulary.classes[usize::from(class.0)];
        class_data
            .capture
            .iter()
            .filter_map(|&attr| {
                let slot = self.slot(class, attr)?;
                Some((class_data.attributes[usize::from(attr.0)].name.clone(), slot))
            })
            .collect()
    }

    fn resource(&mut self, class: ClassId, rule: &ResourceRule) -> ViewResource {
        ViewResource {
            kind: Arc::from(rule.kind.as_str()),
            kind_by: rule.kind_by.as_ref().and_then(|(attr, kinds)| {
                let kinds = kinds.iter().map(|(word, kind)| (Arc::from(word.as_str()), Arc::from(kind.as_str())));
                Some((self.slot(class, *attr)?, kinds.collect()))
            }),
            uid: self.slots(class, &rule.uid),
            name: self.slots(class, &rule.name),
            actor: self.slots(class, &rule.actor),
            role: match &rule.role {
                RoleRule::Actor => ViewRole::Actor,
                RoleRule::Target => ViewRole::Target,
                RoleRule::ActorIf(attr, word) => self
                    .slot(class, *attr)
                    .map_or(ViewRole::Target, |slot| ViewRole::ActorIf(slot, Arc::from(word.as_str()))),
            },
        }
    }

    fn slots(&mut self, class: ClassId, attrs: &[AttrId]) -> Vec<SlotId> {
        attrs.iter().filter_map(|&a| self.slot(class, a)).collect()
    }

    fn slot(&mut self, class: ClassId, attr: AttrId) -> Option<SlotId> {
        self.scope
            .carries(self.vocabulary, class, attr)
            .then(|| self.graph.slot(&Need { class, attr, steps: Vec::new() }))
    }

    fn suppressions(&mut self) -> Vec<SuppressionRule> {
        let model = self.model;
        model
            .suppressions
            .iter()
            .map(|s| {
                let mut low = Lowering::new(model, self.vocabulary, self.scope, &mut self.graph);
                let condition = match &s.input.condition {
                    Some(e) => low.cond(e),
                    None => low.graph.truth(crate::value::Truth::True),
                };
                self.roots.push(condition);
                SuppressionRule { name: s.name.clone(), until: s.until, condition }
            })
            .collect()
    }

    fn finish(self) -> View {
        let (automata, by_automaton) = automata(&self.graph);
        // Learners are filed behind the rules.
        let learners = self.learners.iter().map(|l| (l.class, l.condition));
        let rules = self.rules.iter().map(|r| (r.class, r.condition)).chain(learners);
        let routes = Routes::build(&self.graph, self.vocabulary, &by_automaton, rules);
        let constant = constant(&self.graph);
        let (remembered, memo_len) = remembered(&self.graph, &self.roots, &constant);
        let (made, made_len) = made(&self.graph, &constant);
        View {
            place: 0,
            name: self.scope.name(self.vocabulary),
            scope: self.scope,
            graph: self.graph,
            rules: self.rules,
            learners: self.learners,
            mute: self.mute,
            routes,
            remembered,
            memo_len,
            made,
            made_len,
            automata,
            by_automaton,
        }
    }
}

/// Which values are the same wherever they are asked of one event: they read no bound element and no other event.
fn constant(graph: &Graph) -> Vec<bool> {
    // Children come before parents in the table, so one pass tells.
    let mut vals = vec![true; graph.vals.len()];
    for (i, node) in graph.vals.iter().enumerate() {
        vals[i] = match node {
            ValNode::Element(..) | ValNode::Outer(_) => false,
            ValNode::Call(_, args) | ValNode::List(args) => args.iter().all(|v| vals[v.index()]),
            ValNode::Coalesce(a, b) => vals[a.index()] && vals[b.index()],
            ValNode::Part(v, _) => vals[v.index()],
            // A condition as a value may be interned after: say no, which costs speed only.
            ValNode::Cond(_) => false,
            ValNode::Absent | ValNode::Const(_) | ValNode::Slot(_) => true,
        };
    }
    vals
}

/// Values of functions are made once an event: conditions and every hit ask for the same few.
fn made(graph: &Graph, constant: &[bool]) -> (Vec<Option<u32>>, usize) {
    let mut memo = 0;
    let place = |(node, constant): (&ValNode, &bool)| {
        let worth = *constant && matches!(node, ValNode::Call(..));
        worth.then(|| {
            memo += 1;
            memo - 1
        })
    };
    let places = graph.vals.iter().zip(constant).map(place).collect();
    (places, memo as usize)
}

/// Conditions that several parents share and that read no bound element are remembered while an event is matched.
fn remembered(graph: &Graph, roots: &[CondId], vals: &[bool]) -> (Vec<Option<u32>>, usize) {
    let mut uses = graph.uses.clone();
    for root in roots {
        uses[root.index()] += 1;
    }
    let mut free = vec![true; graph.conds.len()];
    let mut memo = 0;
    let mut out = vec![None; graph.conds.len()];
    for (i, node) in graph.conds.iter().enumerate() {
        let own = match node {
            CondNode::Has(v)
            | CondNode::Is(v)
            | CondNode::Text(_, v, _, _)
            | CondNode::OneOf(v, _)
            | CondNode::Under(v, _)
            | CondNode::Regex(v, _) => vals[v.index()],
            CondNode::Member(v, holders) => {
                vals[v.index()]
                    && holders.iter().all(|h| !matches!(h, super::node::Holder::Value(v) if !vals[v.index()]))
            }
            CondNode::Compare(_, a, b) => vals[a.index()] && vals[b.index()],
            CondNode::InList(l, _) => vals[graph.lookups[l.index()].0.index()],
            CondNode::Quantified(_, sources, depth) => *depth == 0 && sources.iter().all(|(v, _)| vals[v.index()]),
            _ => true,
        };
        let children = match node {
            CondNode::Quantified(..) => true,
            _ => node.children().iter().all(|c| free[c.index()]),
        };
        free[i] = own && children;
        if free[i] && uses[i] > 1 && !matches!(node, CondNode::Const(_)) {
            out[i] = Some(memo);
            memo += 1;
        }
    }
    (out, memo as usize)
}

/// Puts the substring tests on one value into one automaton, where there are enough of them.
fn automata(graph: &Graph) -> (Vec<Automaton>, Vec<Option<(u32, u32)>>) {
    let mut by_val: BTreeMap<(ValId, bool), Vec<(CondId, &str)>> = BTreeMap::new();
    for (i, node) in graph.conds.iter().enumerate() {
        if let CondNode::Text(TextOp::Contains, v, c, caseless) = node
            && let ValNode::Slot(_) = graph.vals[v.index()]
            && let Value::Str(pattern) = &graph.consts[c.index()]
            && !pattern.is_empty()
            && (!caseless || pattern.is_ascii())
        {
            let cond = CondId(u32::try_from(i).unwrap_or(u32::MAX));
            by_val.entry((*v, *caseless)).or_default().push((cond, pattern));
        }
    }
    let mut automata = Vec::new();
    let mut by_cond = vec![None; graph.conds.len()];
    for ((val, caseless), tests) in by_val {
        if tests.len() < AUTOMATON_FROM {
            continue;
        }
        let search = aho_corasick::AhoCorasick::builder()
            .ascii_case_insensitive(caseless)
            .kind(Some(aho_corasick::AhoCorasickKind::DFA))
            .build(tests.iter().map(|(_, pattern)| pattern));
        // Too large an automaton is no error: each test is then decided by itself.
        let Ok(search) = search else { continue };
        for (bit, (cond, _)) in tests.iter().enumerate() {
            let place = (u32::try_from(automata.len()).unwrap_or(u32::MAX), u32::try_from(bit).unwrap_or(u32::MAX));
            by_cond[cond.index()] = Some(place);
        }
        automata.push(Automaton { place: 0, val, search, patterns: tests.len() });
    }
    (automata, by_cond)
}
