//! Overlays: `tune` changes a finding without touching its text; `suppress` archives what it publishes.

use super::finding::Matched;
use super::model::{Finding, Suppression};
use super::presence::{Facts, facts};
use super::scope::{Bare, InputScope, Place, Scope};
use super::{Checker, model::When};
use crate::diag::{Diagnostic, codes};
use crate::syntax::ast::SuppressItem;

impl<'a> Checker<'a> {
    /// Applies every tune to its finding.
    pub(super) fn tunes(&mut self, findings: &mut [Option<Finding>]) {
        for tune in self.names.tunes.clone() {
            let Ok(id) = self.known_finding(&tune.target) else { continue };
            let params = self.names.params[id.index()].clone();
            // A finding that is broken cannot be tuned; what is wrong with it is said already.
            let Some(mut finding) = findings[id.index()].take() else { continue };
            self.nodes = 0;
            let matched = self.matched_of(&finding, &params);
            for except in &tune.excepts {
                finding.exceptions.extend(self.exception(except, &matched, true));
            }
            if let Some(clause) = &tune.severity
                && let Ok(severity) = self.severity(clause, &matched)
            {
                finding.severity = severity;
            }
            if let Some(shadow) = &tune.shadow {
                finding.shadow_until = Some(shadow.until.time);
            }
            finding.disabled |= tune.disable.is_some();
            findings[id.index()] = Some(finding);
        }
    }

    fn matched_of(&self, finding: &Finding, params: &[(std::sync::Arc<str>, super::model::ParamId)]) -> Matched<'a> {
        let inputs: Vec<InputScope> =
            finding.inputs.iter().map(|i| InputScope { name: i.name.clone(), kind: i.kind }).collect();
        let scope = Scope { inputs, place: Place::Condition, ..Scope::constant() }.with_params(params);
        let known: Vec<Facts> =
            finding.inputs.iter().map(|i| i.condition.as_ref().map(facts).unwrap_or_default()).collect();
        let bare = if finding.inputs.len() == 1 { Bare::Of(0) } else { Bare::Named };
        let when: Option<&When> = finding.when.as_ref();
        self.matched(scope.bare(bare), &known, when)
    }

    pub(super) fn suppression(&mut self, item: &SuppressItem) -> Option<Suppression> {
        let Some(on) = &item.on else {
            if !item.broken {
                let message = "this suppression does not say of which findings";
                let help = "write `on finding where type == \"…\" and …`";
                self.report(Diagnostic::error(codes::E0501, item.name.span, message).help(help));
            }
            return None;
        };
        let [binding] = on.bindings.as_slice() else {
            let diagnostic = Diagnostic::error(codes::E0519, on.span, "a suppression has one input");
            self.report(diagnostic.help("write `on finding where …`"));
            return None;
        };
        let kind = self.kind(&binding.kind).ok()?;
        if self.vocabulary.class(kind.class).name.as_ref() != "finding" || kind.source.is_some() {
            let message = format!("a suppression is of findings, not of `{}`", binding.kind.text);
            let diagnostic = Diagnostic::error(codes::E0519, binding.kind.span, message);
            self.report(diagnostic.help("write `on finding where …`; what a finding should not see is its `except`"));
            return None;
        }
        self.nodes = 0;
        let scope = Scope::event(kind);
        let (input, _) = self.input(binding, 0, &scope).ok()?;
        Some(Suppression {
            name: item.name.text.clone(),
            input,
            owner: item.owner.as_ref().map(|o| o.text.clone()),
            until: item.until.map(|u| u.time),
            span: item.span,
        })
    }
}
