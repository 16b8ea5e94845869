//! What a rule set covers: every finding type of the catalogue and of the rules, whether it fires in a test, which
//! sources it needs, which techniques it tells. Nothing is claimed: tests are run, sources are read off the plan.
//!
//! ```text
//! catalogue + Model + Plan + outcomes of tests --> Coverage --cli--> text, json, Markdown, Navigator layer
//! ```

mod reach;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalogue::attack::{self, Tactic, Technique};
use crate::catalogue::guardduty::{Entry, catalogue};
use crate::check::model::{ExprKind, Finding, Model};
use crate::finding::{Level, Severity};
use crate::plan::Plan;
use crate::schema::{SourceId, Vocabulary};
use crate::suite::{Outcome, Verdict};
use crate::value::Value;

pub use reach::Reach;

/// What tests say of a finding type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tested {
    /// It fires in a test that passes.
    Fires,
    /// No test of its own expects it.
    Untested,
    /// A test of its own fails.
    Fails,
}

/// A finding type that rules define.
#[derive(Debug)]
pub struct Defined {
    /// Its place in the model.
    pub finding: usize,
    /// Levels that it may have, the lowest first; empty where an event says it.
    pub levels: Vec<Level>,
    /// Technique ids.
    pub attack: Vec<Arc<str>>,
    /// The tactics that it tells of.
    pub tactics: Vec<&'static Tactic>,
    /// The smallest sets of sources with which it could fire.
    pub needs: Vec<Vec<SourceId>>,
    /// Whether it could fire with the sources that are there.
    pub can_fire: bool,
    /// What its tests say.
    pub tested: Tested,
    /// Whether a test that passes expects that it does not fire.
    pub quiet: bool,
    /// Why it is there although the catalogue does not name it: the line `Ours: …` of its doc comment.
    pub ours: Option<String>,
}

/// One finding type.
#[derive(Debug)]
pub struct Row {
    /// The finding type.
    pub ty: Arc<str>,
    /// The catalogue's entry; `None` for one that it does not name.
    pub entry: Option<&'static Entry>,
    /// The rule; `None` where there is none.
    pub rule: Option<Defined>,
}

impl Row {
    /// Whether it fires in a test.
    #[must_use]
    pub fn fires(&self) -> bool {
        self.rule.as_ref().is_some_and(|r| r.tested == Tested::Fires)
    }
}

/// What a rule set covers.
#[derive(Debug)]
pub struct Coverage {
    /// The catalogue's active types by evidence and name, then the others by name; none that is never published.
    pub rows: Vec<Row>,
    /// Retired types that rules define all the same.
    pub retired: Vec<Arc<str>>,
    /// Tests that passed and failed.
    pub tests: (usize, usize),
}

/// How much of the catalogue is covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Active types.
    pub active: usize,
    /// Of those, types that rules define.
    pub defined: usize,
    /// Of those, types that fire in a test.
    pub fire: usize,
    /// Active types that no log can show.
    pub underivable: usize,
    /// Active types without rule and reason.
    pub missing: usize,
    /// Types that only the rules know.
    pub ours: usize,
    /// Of those, types that fire in a test.
    pub ours_fire: usize,
}

/// What a tactic has.
#[derive(Debug)]
pub struct OfTactic {
    /// The tactic.
    pub tactic: &'static Tactic,
    /// Finding types that tell of it.
    pub types: usize,
    /// Techniques of it that some type tells.
    pub techniques: usize,
}

/// What a source gives.
#[derive(Debug)]
pub struct OfSource {
    /// The source.
    pub source: SourceId,
    /// Types that could fire with it alone.
    pub alone: usize,
    /// Types for which it is one of several that are needed.
    pub together: usize,
}

impl Coverage {
    /// Counts a rule set. `available`: the sources that are there.
    #[must_use]
    pub fn of(
        model: &Model,
        plan: &Plan,
        vocabulary: &Vocabulary,
        outcomes: &[Outcome],
        available: &dyn Fn(SourceId) -> bool,
    ) -> Self {
        let reach = Reach::of(model, plan, vocabulary);
        let (mut needs, can_fire) = (reach.needs(vocabulary), reach.with(available));
        let mut rules: BTreeMap<Arc<str>, Defined> = BTreeMap::new();
        for (i, rule) in plan.rules.iter().enumerate() {
            let finding = &model.findings[rule.finding.index()];
            // What only feeds other findings is told to nobody.
            if !finding.publish {
                continue;
            }
            let (tested, quiet) = tests_of(finding, outcomes);
            let defined = Defined {
                finding: rule.finding.index(),
                levels: levels(finding),
                attack: finding.attack.iter().map(|t| t.id.clone()).collect(),
                tactics: tactics(finding),
                needs: std::mem::take(&mut needs[i]),
                can_fire: can_fire[i],
                tested,
                quiet,
                ours: labelled(&finding.docs, "Ours"),
            };
            rules.insert(Arc::from(finding.ty.as_str()), defined);
        }
        let all = catalogue();
        let retired = rules.keys().filter(|ty| all.retired.iter().any(|r| **r == ***ty)).cloned().collect();
        let mut rows: Vec<Row> = all
            .active
            .iter()
            .map(|e| Row { ty: Arc::from(e.ty.as_str()), entry: Some(e), rule: rules.remove(e.ty.as_str()) })
            .collect();
        rows.extend(rules.into_iter().map(|(ty, rule)| Row { ty, entry: None, rule: Some(rule) }));
        let failed = outcomes.iter().filter(|o| matches!(o.verdict, Verdict::Failed(_))).count();
        Self { rows, retired, tests: (outcomes.len() - failed, failed) }
    }

    /// How much of the catalogue is covered.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            let fires = usize::from(row.fires());
            let Some(entry) = row.entry else {
                counts.ours += 1;
                counts.ours_fire += fires;
                continue;
            };
            counts.active += 1;
            match (&row.rule, &entry.why_not) {
                (Some(_), _) => counts.defined += 1,
                (None, Some(_)) => counts.underivable += 1,
                (None, None) => counts.missing += 1,
            }
            counts.fire += fires;
        }
        counts
    }

    /// Rows by what the catalogue says that they are derived from, in its order; none for those that it does not name.
    #[must_use]
    pub fn by_evidence(&self) -> Vec<(Option<&str>, Vec<&Row>)> {
        let mut groups: Vec<(Option<&str>, Vec<&Row>)> = Vec::new();
        for row in &self.rows {
            let of = row.entry.map(|e| e.evidence.as_str());
            match groups.iter_mut().find(|(evidence, _)| *evidence == of) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((of, vec![row])),
            }
        }
        groups
    }

    /// Types that fire in a test and could fire with the sources that are there.
    pub fn firing(&self) -> impl Iterator<Item = (&Row, &Defined)> {
        let fires = |d: &&Defined| d.tested == Tested::Fires && d.can_fire;
        self.rows.iter().filter_map(move |row| Some((row, row.rule.as_ref().filter(fires)?)))
    }

    /// What each source gives.
    #[must_use]
    pub fn sources(&self, vocabulary: &Vocabulary) -> Vec<OfSource> {
        let of = |source| {
            let rules = || self.rows.iter().filter_map(|r| r.rule.as_ref());
            let alone = rules().filter(|r| r.needs.iter().any(|set| *set == [source])).count();
            let together = rules().filter(|r| r.needs.iter().any(|set| set.len() > 1 && set.contains(&source))).count();
            OfSource { source, alone, together }
        };
        vocabulary.source_ids().map(of).collect()
    }

    /// What each tactic has: of the types that fire.
    #[must_use]
    pub fn tactics(&self) -> Vec<OfTactic> {
        let of = |tactic: &'static Tactic| {
            let mut techniques = BTreeSet::new();
            let mut types = 0;
            for (_, rule) in self.firing().filter(|(_, r)| r.tactics.contains(&tactic)) {
                types += 1;
                let served = rule.attack.iter().filter_map(|id| attack::technique(id));
                techniques.extend(served.filter(|t| t.tactics.contains(&tactic)).map(|t| t.id));
            }
            OfTactic { tactic, types, techniques: techniques.len() }
        };
        attack::tactics().iter().map(of).collect()
    }

    /// The types by technique, of those that fire.
    #[must_use]
    pub fn techniques(&self) -> BTreeMap<&'static str, (&'static Technique, Vec<&str>)> {
        let mut out: BTreeMap<&'static str, (&'static Technique, Vec<&str>)> = BTreeMap::new();
        for (row, rule) in self.firing() {
            for technique in rule.attack.iter().filter_map(|id| attack::technique(id)) {
                out.entry(technique.id).or_insert_with(|| (technique, Vec::new())).1.push(&row.ty);
            }
        }
        out
    }
}

/// What tests of its own say of a finding; tests that fail prove nothing.
fn tests_of(finding: &Finding, outcomes: &[Outcome]) -> (Tested, bool) {
    let own = || outcomes.iter().filter(|o| o.finding.as_deref() == Some(finding.ty.as_str()));
    let passed = || own().filter(|o| o.verdict == Verdict::Passed);
    let tested = match () {
        () if own().count() > passed().count() => Tested::Fails,
        () if passed().any(|o| o.expects.0) => Tested::Fires,
        () => Tested::Untested,
    };
    (tested, passed().any(|o| o.expects.1))
}

/// The levels that its severity names.
fn levels(finding: &Finding) -> Vec<Level> {
    let otherwise = match &finding.severity.otherwise.kind {
        ExprKind::Const(Value::Int(n)) => Some(*n as f64),
        ExprKind::Const(Value::Float(x)) => Some(*x),
        _ => None,
    };
    let all = finding.severity.branches.iter().map(|(_, x)| *x).chain(otherwise);
    let levels: BTreeSet<Level> = all.map(|x| Severity::new(x).level()).collect();
    levels.into_iter().collect()
}

/// The tactic that its threat purpose names, if its techniques serve that one; else all that they serve.
fn tactics(finding: &Finding) -> Vec<&'static Tactic> {
    let mut served: Vec<&'static Tactic> = Vec::new();
    for tactic in finding.attack.iter().filter_map(|t| attack::technique(&t.id)).flat_map(|t| &t.tactics) {
        if !served.contains(tactic) {
            served.push(tactic);
        }
    }
    let purpose = finding.ty.purpose();
    match served.iter().find(|t| t.name.replace(' ', "") == purpose) {
        Some(named) => vec![named],
        None => served,
    }
}

/// The paragraph of a doc comment that begins with a label: `Ours: …`, up to the next line that begins with one.
#[must_use]
pub fn labelled(docs: &str, label: &str) -> Option<String> {
    let begins = |line: &str| {
        let before = line.split_once(": ").map_or("", |(before, _)| before);
        !before.is_empty() && before.chars().all(char::is_alphabetic) && before.starts_with(char::is_uppercase)
    };
    let mut lines = docs.lines().map(str::trim).skip_while(|l| !l.starts_with(&format!("{label}: ")));
    let first = lines.next()?.strip_prefix(label)?.strip_prefix(": ")?;
    let rest = lines.take_while(|l| !l.is_empty() && !begins(l));
    Some(std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests;
