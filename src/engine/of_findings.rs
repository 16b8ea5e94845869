//! Findings as events: suppressions choose among them, and definitions `on finding` read them. A finding that reads
//! findings names them, so the depth is bounded by the strata that the checker has found to be free of cycles.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::eval::Eval;
use super::{Engine, Scratch};
use crate::finding::{ListMatch, ListRole, Occurrence, Role, SIGNAL_LISTS};
use crate::plan::View;
use crate::schema::given::Given;
use crate::schema::{ClassId, Context, Event};
use crate::value::{Arena, Time, Value};

impl Engine<'_> {
    /// Archives the occurrence where a suppression says so; else lets the definitions that read findings see it.
    pub(super) fn judge(
        &mut self,
        occurrence: &mut Occurrence,
        group: &[u8],
        at: Time,
        found: &mut dyn FnMut(Occurrence),
    ) {
        let Some(class) = self.vocabulary.class_named("finding") else { return };
        let view = self.plan.class_view(class);
        if view.rules.is_empty() && self.plan.suppressions.is_empty() {
            return;
        }
        let arena = Arena::new();
        let context =
            Context { account: occurrence.account.clone(), region: occurrence.region.clone(), ..Context::default() };
        let given = self.given(view, occurrence);
        let projection = &self.plan.class_projections[usize::from(class.0)];
        let moment = (at, identity(occurrence, group));
        let event = Event::given(self.vocabulary, projection, class, &given, moment, &context, &arena);
        if let Some(by) = self.suppressed(view, &event) {
            occurrence.archived_by = Some(by);
            return;
        }
        self.event_in(view, &event, found);
    }

    fn suppressed(&self, view: &View, event: &Event<'_>) -> Option<Arc<str>> {
        // Findings are few: a scratch of its own keeps the event's own memory untouched.
        let mut scratch = Scratch::default();
        let mut eval = Eval::new(self.plan, view, self.lists, event, &mut scratch);
        self.plan
            .suppressions
            .iter()
            .find(|s| s.until.is_none_or(|until| event.time < until) && eval.holds(s.condition))
            .map(|s| s.name.clone())
    }

    /// What the definitions read of the finding.
    fn given(&self, view: &View, occurrence: &Occurrence) -> Vec<Given> {
        let attributes: BTreeSet<_> = view.graph.needs.iter().map(|need| (need.class, need.attr)).collect();
        attributes
            .into_iter()
            .filter_map(|(class, attr)| {
                let value = attribute(occurrence, self.name(class, attr))?;
                Some(Given { attr, steps: Vec::new(), value })
            })
            .collect()
    }

    fn name(&self, class: ClassId, attr: crate::schema::AttrId) -> &str {
        &self.vocabulary.classes[usize::from(class.0)].attributes[usize::from(attr.0)].name
    }
}

/// The identity of a finding as an event: two rules may fire on one event, and one rule for several groups of it.
fn identity(o: &Occurrence, group: &[u8]) -> u128 {
    let mut digest = Sha256::new();
    let maybe = |text: &Option<Arc<str>>| text.as_ref().map_or_else(|| "-".to_owned(), |t| format!("+{}:{t}", t.len()));
    digest.update(o.event.to_be_bytes());
    digest.update((group.len() as u64).to_be_bytes());
    digest.update(group);
    digest.update(o.rule.finding_type.as_str());
    for text in [&o.account, &o.region, &o.resource.uid, &o.principal] {
        digest.update(maybe(text));
    }
    digest.update(o.title.as_bytes());
    digest.finalize().iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte))
}

/// An attribute of a finding as the class `finding` names it.
pub(super) fn attribute(o: &Occurrence, name: &str) -> Option<Value> {
    let ty = &o.rule.finding_type;
    let captured = |names: &[&str]| {
        names.iter().find_map(|n| o.attributes.iter().find(|(k, _)| &**k == *n)).map(|(_, v)| v.clone())
    };
    Some(match name {
        "type" => Value::str(ty.as_str()),
        "type.purpose" => Value::str(ty.purpose()),
        "type.resource" => Value::str(ty.resource()),
        "type.family" => Value::str(ty.family()),
        "severity" => Value::Float(o.severity.value()),
        "severity_level" => Value::str(o.severity.level().word()),
        "title" => Value::Str(o.title.clone()),
        "desc" => Value::Str(o.rule.description.clone()),
        "count" => Value::Int(o.story.as_ref().map_or(1, |s| i64::try_from(s.events.len().max(1)).unwrap_or(i64::MAX))),
        "archived" => Value::Bool(o.archived_by.is_some()),
        "resource_role" => Value::str(role(o.role)),
        "first_seen_time" => Value::Time(o.first()),
        "last_seen_time" | "time" => Value::Time(o.time),
        "resources" => Value::List(resources(o)),
        "actor.principal" => Value::Str(o.principal.clone()?),
        "remote.ip" => captured(&["remote.ip", "src_endpoint.ip"])?,
        "remote.domain" => captured(&["remote.domain", "query.hostname", "src_endpoint.domain"])?,
        "remote.port" => captured(&["remote.port", "src_endpoint.port"])?,
        "local.instance_uid" => instance(&captured)?,
        "cloud.account.uid" => Value::Str(o.account.clone()?),
        "cloud.region" => Value::Str(o.region.clone()?),
        "lists" => Value::List(o.list_matches.iter().map(|m| Value::Str(m.list.clone())).collect()),
        "list_matches" => Value::List(o.list_matches.iter().take(SIGNAL_LISTS).map(list_match).collect()),
        other => captured(&[other])?,
    })
}

/// Our instance: of the traffic, the look-up, the process; or whose credentials were used, which EC2 names the session by.
fn instance(captured: &dyn Fn(&[&str]) -> Option<Value>) -> Option<Value> {
    captured(&["local.instance_uid", "src_endpoint.instance_uid", "device.instance_uid"]).or_else(|| {
        let session = captured(&["actor.session.name"])?;
        session.as_str()?.starts_with("i-").then_some(session)
    })
}

/// An entry of a list as an event of a finding carries it; [`listed`] reads it back.
fn list_match(m: &ListMatch) -> Value {
    let text = |name: &str, text: &Arc<str>| (Arc::from(name), Value::Str(text.clone()));
    let mut fields = vec![
        text("list", &m.list),
        text("entry", &m.entry),
        text("attribute", &m.attribute),
        text("value", &m.value),
        (Arc::from("role"), Value::str(m.role.word())),
    ];
    fields.extend(m.list_hash.as_ref().map(|hash| text("hash", hash)));
    Value::Object(fields)
}

/// The entry of a list that [`list_match`] wrote.
pub(super) fn listed(value: &Value) -> Option<ListMatch> {
    let Value::Object(fields) = value else { return None };
    let text = |name: &str| {
        let found = fields.iter().find(|(k, _)| **k == *name)?;
        found.1.as_str().map(Arc::<str>::from)
    };
    Some(ListMatch {
        list: text("list")?,
        entry: text("entry")?,
        attribute: text("attribute")?,
        value: text("value")?,
        role: ListRole::from_word(&text("role")?)?,
        list_hash: text("hash"),
    })
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Actor => "actor",
        Role::Target => "target",
    }
}

fn resources(o: &Occurrence) -> Vec<Value> {
    let field = |k: &str, v: Value| (Arc::from(k), v);
    let mut resource =
        vec![field("type", Value::Str(o.resource.kind.clone())), field("role", Value::str(role(o.role)))];
    resource.extend(o.resource.uid.clone().map(|uid| field("uid", Value::Str(uid))));
    resource.extend(o.resource.name.clone().map(|name| field("name", Value::Str(name))));
    let principal = o.principal.clone().map(|p| {
        Value::Object(vec![
            field("type", Value::str("Principal")),
            field("uid", Value::Str(p)),
            field("role", Value::str("actor")),
        ])
    });
    std::iter::once(Value::Object(resource)).chain(principal).collect()
}
