//! `Model -> Plan`: for every kind of record, which wire fields to read, which rules a value leads to, and which
//! interned conditions decide them. The plan is data: it prints, diffs and snapshots.
//!
//! ```text
//! rules x views --lower--> graph (interned) --route--> entrances
//!                              \--> needs --> projection
//! ```

mod build;
mod capture;
mod graph;
mod lower;
mod node;
mod route;
mod show;
mod show_state;
mod slots;
mod state;
mod view;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::check::model::FindingId;
use crate::finding::RuleInfo;
use crate::schema::{Enrich, Kind, Projection};
use crate::state::{ProfileSpec, Spec};
use crate::value::{Time, Type, Value};

pub use build::{Pack, SIGNAL, build};
pub use graph::Graph;
pub use lower::steps_text;
pub use node::{
    CompiledRegex, CondId, CondNode, ConstId, ConstSet, Holder, ListKind, LookupId, RegexId, SetId, SlotId, Space,
    TextOp, ValId, ValNode,
};
pub use route::{Found, Keyed, Listed, Routes};
pub use show::{condition_text, value_text};
pub use show_state::decides;
pub use view::{
    Automaton, Capture, CaptureArg, Learner, Piece, Scope, View, ViewException, ViewResource, ViewRole, ViewRule,
};

/// An evaluation plan.
#[derive(Debug)]
pub struct Plan {
    /// Findings and suppressions in the order of the rule set; views refer to them by index.
    pub rules: Vec<Rule>,
    /// Suppressions, evaluated over findings.
    pub suppressions: Vec<SuppressionRule>,
    /// One view per source of the vocabulary, in its order, then one per class.
    pub views: Vec<View>,
    /// What the readers deliver: one projection per source, in the vocabulary's order.
    pub projections: Vec<Projection>,
    /// Projections of the views by class.
    pub class_projections: Vec<Projection>,
    /// Lists of the rule set, in its order.
    pub lists: Vec<PlanList>,
    /// Profiles of the rule set that some rule asks, in its order.
    pub profiles: Vec<PlanProfile>,
    /// Rules of views by what is kept of their events: view, and rule of the view.
    pub layouts: FxHashMap<u64, (usize, usize)>,
}

/// A profile in the plan.
#[derive(Debug)]
pub struct PlanProfile {
    /// What it learns.
    pub spec: Arc<ProfileSpec>,
    /// Hash of what it means: while it is the same, what was learned stays.
    pub hash: Arc<str>,
    /// The first 64 bits of that hash: what events that it learns from name it by.
    pub id: u64,
    /// Whether any rule asks it.
    pub used: bool,
}

/// One finding definition in the plan.
#[derive(Debug)]
pub struct Rule {
    /// Its place in the model.
    pub finding: FindingId,
    /// What findings say of it.
    pub info: Arc<RuleInfo>,
    /// The kinds that it reads.
    pub kinds: Vec<Kind>,
    /// False for `publish never`.
    pub publish: bool,
    /// Published only from this event time on.
    pub shadow_until: Option<Time>,
    /// Switched off by a tune.
    pub disabled: bool,
    /// Its counters, sequence or questions to profiles; `None` where each event is decided alone.
    pub state: Option<Arc<Spec>>,
    /// Names of its inputs; one unnamed where there is only one.
    pub inputs: Vec<Option<Arc<str>>>,
    /// How many layers of findings lie below it: 0 for one that reads logs.
    pub stratum: u8,
    /// Hash of what its state means: while it is the same, state goes on.
    pub stateful_hash: Arc<str>,
    /// The first 64 bits of that hash: what hits name it by.
    pub id: u64,
    /// Quiet period after which the next match is a new finding, milliseconds.
    pub quiet: i64,
}

/// A suppression in the plan. Its condition is the rule of the same index in the finding view's suppressions.
#[derive(Debug)]
pub struct SuppressionRule {
    /// Its name.
    pub name: Arc<str>,
    /// From when it no longer counts.
    pub until: Option<Time>,
    /// Its condition in the view of class `finding`.
    pub condition: CondId,
}

/// A list of the rule set.
#[derive(Debug, Clone)]
pub struct PlanList {
    /// Without `@`.
    pub name: Arc<str>,
    /// Type of its entries.
    pub ty: Type,
    /// Entries in the rules.
    pub constants: Vec<Value>,
    /// Whether any rule asks it.
    pub used: bool,
}

impl Plan {
    /// Lets events look up what the deployment's data says about addresses. Without it, what is looked up is absent.
    pub fn enrich(&mut self, data: &Arc<dyn Enrich>) {
        self.projections.iter_mut().for_each(|p| p.enrich = Some(data.clone()));
    }

    /// The view of a source.
    #[must_use]
    pub fn source_view(&self, source: crate::schema::SourceId) -> &View {
        &self.views[usize::from(source.0)]
    }

    /// The view of a class without source.
    #[must_use]
    pub fn class_view(&self, class: crate::schema::ClassId) -> &View {
        &self.views[self.projections.len() + usize::from(class.0)]
    }
}
