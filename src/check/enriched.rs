//! What a rule asks of the deployment's own data (about addresses and keys), directly or through a profile.

use std::collections::BTreeSet;

use super::model::{AttrRef, Expr, ExprKind, Finding, Model, ProfileId, ProfileQuestion, When};
use crate::schema::{Ask, Fact, Vocabulary};

impl Model {
    /// The facts about addresses among [`asks`](Model::asks).
    #[must_use]
    pub fn facts(&self, vocabulary: &Vocabulary, finding: &Finding) -> BTreeSet<Fact> {
        let fact = |ask| if let Ask::Fact(fact) = ask { Some(fact) } else { None };
        self.asks(vocabulary, finding).into_iter().filter_map(fact).collect()
    }

    /// What decides whether a finding fires; what only makes its title or severity is not among it.
    #[must_use]
    pub fn asks(&self, vocabulary: &Vocabulary, finding: &Finding) -> BTreeSet<Ask> {
        let mut found = BTreeSet::new();
        let group = finding.group.iter().flat_map(|g| g.each.iter().map(|(_, e)| e).chain(g.keys.iter().flatten()));
        let inputs = finding.inputs.iter().filter_map(|i| i.condition.as_ref());
        let when = finding.when.iter().filter_map(|when| match when {
            When::Condition(condition) => Some(condition),
            When::Sequence(..) => None,
        });
        for expr in inputs.chain(group).chain(when) {
            self.asks_of(vocabulary, expr, &mut found);
        }
        found
    }

    fn asks_of(&self, vocabulary: &Vocabulary, expr: &Expr, found: &mut BTreeSet<Ask>) {
        expr.visit(&mut |e| match &e.kind {
            ExprKind::Attr(AttrRef { class, attr, .. }) => {
                found.extend(vocabulary.attr(*class, *attr).enriched.as_ref().map(|e| e.what.clone()));
            }
            ExprKind::Profile(profile, question) => self.asked(*profile, question, &mut |expr| {
                self.asks_of(vocabulary, expr, found);
            }),
            _ => {}
        });
    }

    /// The expressions of a profile that a question is about. Profiles ask no profiles.
    fn asked(&self, profile: ProfileId, question: &ProfileQuestion, f: &mut dyn FnMut(&Expr)) {
        let profile = &self.profiles[profile.index()];
        profile.input.condition.iter().chain(&profile.group).for_each(&mut *f);
        match question {
            ProfileQuestion::New(_, Some(_)) => {}
            ProfileQuestion::New(value, None) => profile.values[*value].1.iter().for_each(f),
            ProfileQuestion::Surge { volume, .. } => {
                let volume = &profile.volumes[*volume];
                volume.condition.iter().chain([&volume.aggregate]).for_each(f);
            }
            ProfileQuestion::Surprise(values) => {
                values.iter().flat_map(|value| &profile.values[*value].1).for_each(f);
            }
        }
    }
}
