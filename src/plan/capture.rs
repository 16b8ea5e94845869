//! What a match brings to state in one view: key, arguments, and the attributes that are kept to speak of it later.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::Rule;
use super::graph::Graph;
use super::lower::{Lowering, steps_text};
use super::node::{SlotId, ValId, ValNode};
use super::slots::Slots;
use super::state::{Brought, Stateful, each_said};
use super::view::{Capture, CaptureArg, Piece, View, ViewRole, ViewRule};
use crate::check::model::{AttrRef, ExprKind, Finding, Profile};
use crate::schema::Vocabulary;
use crate::state::Decides;

/// The first 64 bits of a hash in hex.
pub fn id(hash: &str) -> u64 {
    hash.get(..16).and_then(|h| u64::from_str_radix(h, 16).ok()).unwrap_or(0)
}

/// Names what is kept of the events of each stateful rule. Where groups themselves keep it (for a deadline, the end of
/// a window, a named input), it is part of what the rule's state means.
pub fn layouts(views: &mut [View], rules: &mut [Rule], vocabulary: &Vocabulary) -> FxHashMap<u64, (usize, usize)> {
    let mut all = FxHashMap::default();
    let mut by_rule: BTreeMap<usize, Sha256> = BTreeMap::new();
    for (v, view) in views.iter_mut().enumerate() {
        for (r, rule) in view.rules.iter_mut().enumerate() {
            let Some(capture) = &rule.capture_state else { continue };
            let mut text = format!("{}\n{}\n{}\n", view.name, rules[rule.rule].info.finding_type, rule.input);
            for slot in &capture.kept {
                let need = &view.graph.needs[slot.index()];
                text.push_str(&vocabulary.attr(need.class, need.attr).name);
                text.push_str(&steps_text(&need.steps));
                text.push('\n');
            }
            let digest = Sha256::digest(text.as_bytes());
            rule.layout = digest.iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte));
            all.insert(rule.layout, (v, r));
            by_rule.entry(rule.rule).or_default().update(digest);
        }
    }
    for (rule, mut digest) in by_rule {
        let rule = &mut rules[rule];
        let Some(spec) = &rule.state else { continue };
        if spec.read != 0 || matches!(spec.decides, Decides::AtClose | Decides::AtDeadline) {
            digest.update(rule.stateful_hash.as_bytes());
            let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            rule.id = id(&hex);
            rule.stateful_hash = hex.into();
        }
    }
    all
}

/// What a match of the rule's input brings.
pub fn of_rule(low: &mut Lowering<'_>, finding: &Finding, input: usize, stateful: &Stateful<'_>) -> Capture {
    let mut capture = Capture { each: None, account: true, key: Vec::new(), args: Vec::new(), kept: Vec::new() };
    if let Some(group) = &finding.group {
        capture.account = !group.across_accounts;
        let parts: Vec<_> = group.keys.iter().filter_map(|k| k.get(input).or(k.first())).collect();
        capture.key = match &group.each {
            Some((binder, list)) => {
                capture.each = Some(low.val(list));
                low.with_element(*binder, list, |low| parts.into_iter().map(|e| low.val(e)).collect())
            }
            None => parts.into_iter().map(|e| low.val(e)).collect(),
        };
    }
    // What belongs to another input is absent here.
    low.own = (finding.inputs.len() > 1).then_some(input);
    capture.args = args(low, &stateful.brought);
    low.own = None;
    low.outer.clear();
    capture
}

/// What an event of a profile brings.
pub fn of_profile(low: &mut Lowering<'_>, profile: &Profile, brought: &[Brought<'_>]) -> Capture {
    let key = profile.group.iter().map(|e| low.val(e)).collect();
    let args = args(low, brought);
    Capture { each: None, account: true, key, args, kept: Vec::new() }
}

fn args(low: &mut Lowering<'_>, brought: &[Brought<'_>]) -> Vec<CaptureArg> {
    brought
        .iter()
        .map(|b| match b {
            Brought::Value(e) => {
                let val = low.val(e);
                CaptureArg::Value(if reads_outer(low.graph, val) { low.graph.val(ValNode::Absent) } else { val })
            }
            Brought::Location(lat, long) => {
                let parts = [low.val(long), low.val(lat)];
                let own = !parts.iter().any(|v| reads_outer(low.graph, *v) || low.graph.is_absent(*v));
                let node = if own { ValNode::List(parts.into()) } else { ValNode::Absent };
                CaptureArg::Value(low.graph.val(node))
            }
            Brought::Usual(e) => {
                let own = low.own.take();
                let val = low.val(e);
                low.own = own;
                CaptureArg::Value(val)
            }
            Brought::Group(profile) => {
                let own = low.own.take();
                let model = low.model;
                let parts = model.profiles[profile.index()].group.iter().map(|e| low.val(e)).collect();
                low.own = own;
                CaptureArg::Group(parts)
            }
            Brought::Elements(binder, sources, parts) => CaptureArg::Elements(
                sources
                    .iter()
                    .map(|list| {
                        let val = low.val(list);
                        (val, low.with_element(*binder, list, |low| parts.iter().map(|e| low.val(e)).collect()))
                    })
                    .collect(),
            ),
        })
        .collect()
}

/// Whether a value needs another input's event.
fn reads_outer(graph: &Graph, val: ValId) -> bool {
    match &graph.vals[val.index()] {
        ValNode::Outer(_) => true,
        ValNode::Part(v, _) => reads_outer(graph, *v),
        ValNode::Call(_, parts) | ValNode::List(parts) => parts.iter().any(|v| reads_outer(graph, *v)),
        ValNode::Coalesce(a, b) => reads_outer(graph, *a) || reads_outer(graph, *b),
        _ => false,
    }
}

/// The attributes of this input that severity, title, exceptions or `dedup` name.
pub fn exports(low: &mut Lowering<'_>, finding: &Finding, input: usize) -> Vec<(AttrRef, ValId)> {
    let mut attrs: Vec<AttrRef> = Vec::new();
    each_said(finding, &mut |e| {
        e.visit(&mut |e| {
            if let ExprKind::Attr(attr) = &e.kind
                && attr.input == input
                && !attrs.contains(attr)
            {
                attrs.push(attr.clone());
            }
        });
    });
    attrs.into_iter().map(|attr| (attr.clone(), low.attr(&attr))).collect()
}

/// The slots that an occurrence of the rule reads.
pub fn kept(graph: &Graph, rule: &ViewRule) -> Vec<SlotId> {
    let mut slots = Slots::new(graph);
    slots.cond(rule.condition);
    rule.exceptions.iter().for_each(|x| slots.cond(x.condition));
    rule.severity.0.iter().for_each(|(c, _)| slots.cond(*c));
    slots.val(rule.severity.1);
    for piece in &rule.title {
        if let Piece::Value(v) = piece {
            slots.val(*v);
        }
    }
    rule.dedup.iter().for_each(|v| slots.val(*v));
    rule.evidence.iter().for_each(|(_, v)| slots.val(*v));
    rule.exports.iter().for_each(|(_, v)| slots.val(*v));
    let resource = &rule.resource;
    slots.found.extend(resource.uid.iter().chain(&resource.name).chain(&resource.actor));
    slots.found.extend(resource.kind_by.iter().map(|(slot, _)| slot));
    if let ViewRole::ActorIf(slot, _) = resource.role {
        slots.found.insert(slot);
    }
    slots.found.extend(rule.capture.iter().map(|(_, slot)| *slot));
    slots.found.into_iter().collect()
}
