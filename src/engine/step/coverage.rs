//! Groups that were displaced because a rule had too many: never silent, a finding of its own.

use std::sync::Arc;

use super::Stepper;
use crate::finding::{FindingType, Occurrence, Resource, Role, RuleInfo, Severity, Stage};
use crate::state::profile::Profile;
use crate::value::{Time, Value};

/// The type of the finding.
pub const GROUP_LIMIT: &str = "Coverage:Outguard/GroupLimit";

/// How long one period may be quiet: one finding a rule and day.
const QUIET: i64 = 24 * 60 * 60 * 1000;

impl Stepper<'_> {
    /// One occurrence for each period in which a rule or profile had more groups than it may: what it says, and
    /// forgets.
    pub fn coverage(&mut self, at: Time) -> Vec<Occurrence> {
        let mut out = Vec::new();
        let Ok(finding_type) = FindingType::parse(GROUP_LIMIT) else { return out };
        let info = Arc::new(RuleInfo {
            finding_type,
            description: Arc::from(
                "A rule or profile had more groups at once than the deployment allows. Those with the least progress \
                 were forgotten: attacks that had only just begun may be missed in this period.",
            ),
            remediation: Some(Arc::from(
                "Raise `groups` under `state` in outguard.yaml, or make the rule's `where` narrower. A flood of new keys \
                 may be an attempt to hide.",
            )),
            references: Vec::new(),
            attack: Vec::new(),
            revision: 1,
            stage: Stage::Stable,
            hash: Arc::from(""),
            pack: Arc::from("outguard"),
            pack_version: Arc::from(env!("CARGO_PKG_VERSION")),
        });
        let rules = self.tables.iter_mut().zip(&self.plan.rules).filter_map(|(table, rule)| {
            Some((Arc::<str>::from(rule.info.finding_type.as_str()), table.as_mut()?.overflow(at)))
        });
        let all: Vec<_> = rules.collect();
        for (profile, of) in self.profiles.iter_mut().zip(&self.plan.profiles) {
            let displaced = profile.as_mut().map_or(0, Profile::take_evicted);
            if displaced > 0 {
                let name = Arc::from(format!("profile {}", of.spec.name));
                out.push(occurrence(&info, &name, self.now, self.now, displaced));
            }
        }
        for (name, periods) in all {
            for period in periods {
                out.push(occurrence(&info, &name, period.from, period.to, period.groups));
            }
        }
        out
    }
}

fn occurrence(info: &Arc<RuleInfo>, name: &Arc<str>, from: Time, until: Time, displaced: u64) -> Occurrence {
    let title = format!(
        "{name} forgot {displaced} groups between {} and {}: more than it may keep",
        from.to_rfc3339(),
        until.to_rfc3339()
    );
    Occurrence {
        rule: info.clone(),
        time: until,
        event: u128::from(until.0.unsigned_abs()) << 64 | u128::from(from.0.unsigned_abs()),
        source: Arc::from("outguard"),
        class: Arc::from("finding"),
        account: None,
        region: None,
        severity: Severity::new(5.0),
        title: Arc::from(title),
        resource: Resource { kind: Arc::from("Rule"), uid: Some(name.clone()), name: None },
        role: Role::Target,
        principal: None,
        attributes: vec![(Arc::from("displaced"), Value::Int(i64::try_from(displaced).unwrap_or(i64::MAX)))],
        evidence: Vec::new(),
        list_matches: Vec::new(),
        archived_by: None,
        dedup: Vec::new(),
        quiet: QUIET,
        story: None,
    }
}
