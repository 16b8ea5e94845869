//! A finding as a whole: its inputs first, then what is said about them.

use std::sync::Arc;

use super::model::{Finding, FindingId, Input, Model, ParamId, Stage, Template, When};
use super::presence::{Facts, facts};
use super::scope::{Bare, InputScope, Place, Scope};
use super::{Checker, Reported, Res};
use crate::diag::{Diagnostic, codes};
use crate::finding::FindingType;
use crate::schema::Kind;
use crate::suggest::nearest;
use crate::syntax::ast::{self, Binding, FindingItem};

/// The most inputs of a finding: the state of a group knows an event's inputs by the bits of a word.
const MAX_INPUTS: usize = 32;

/// What the clauses behind `on` know of the matched events.
pub(super) struct Matched<'a> {
    pub scope: Scope<'a>,
    pub known: Facts,
    /// Inputs of `no` steps: there is no event of theirs.
    pub never: Vec<usize>,
}

/// The input of a sequence's last step that is no `no`, as far as its name is right.
fn last_step(item: &FindingItem, scope: &Scope<'_>) -> Option<usize> {
    let ast::WhenKind::Sequence(steps) = &item.when.as_ref()?.kind else { return None };
    steps.iter().rev().find(|s| !s.negated).and_then(|s| scope.input_named(&s.name.text))
}

impl<'a> Checker<'a> {
    /// Every item of the rule set, once all names are known.
    pub(super) fn build(&mut self) -> Model {
        let profiles: Vec<_> = (0..self.names.profiles.len()).map(|i| self.profile(i).ok()).collect();
        let findings: Vec<_> = (0..self.names.findings.len())
            .map(|i| self.finding(FindingId(u32::try_from(i).unwrap_or(u32::MAX))).ok())
            .collect();
        let mut findings = findings;
        self.tunes(&mut findings);
        let mut suppressions = Vec::new();
        for item in self.names.suppressions.clone() {
            suppressions.extend(self.suppression(item));
        }
        let tests = self.all_tests();
        self.strata(&findings);
        let mut model = std::mem::take(&mut self.model);
        model.suppressions = suppressions;
        model.tests = tests;
        let whole = profiles.iter().all(Option::is_some) && findings.iter().all(Option::is_some);
        if !whole || self.out.iter().any(Diagnostic::is_error) {
            // Ids point into whole tables: half a model is none.
            return Model::default();
        }
        model.profiles = profiles.into_iter().flatten().collect();
        model.findings = findings.into_iter().flatten().collect();
        super::hash::finish(&mut model, self.vocabulary);
        super::strata::layer(&mut model, self.vocabulary);
        model
    }

    fn finding(&mut self, id: FindingId) -> Res<Finding> {
        let item: &'a FindingItem = self.names.findings[id.index()];
        self.nodes = 0;
        let errors = self.out.iter().filter(|d| d.is_error()).count();
        let ty = self.finding_type(&item.ty);
        let params = self.names.params[id.index()].clone();
        let inputs = self.inputs(item, &params);
        if !item.broken && item.severity.is_none() {
            let help = "write `severity high`, a number from 0 to 10, or `severity high if …, else low`";
            self.report(
                Diagnostic::error(codes::E0502, item.ty.span, format!("`{}` has no `severity`", item.ty.text))
                    .help(help),
            );
        }
        if !item.broken && item.on.is_none() {
            let help = "write `on cloudtrail where …`: which events it is about";
            self.report(
                Diagnostic::error(codes::E0501, item.ty.span, format!("`{}` has no `on`", item.ty.text)).help(help),
            );
        }
        let revision = self.revision(item);
        let stage = self.stage(item);
        let publish = self.publish(item);
        let attack = Self::attack(item);
        let (scope, inputs, known) = inputs?;
        let group = item.per.as_ref().map(|per| self.group(per, &scope)).transpose();
        let when = item.when.as_ref().map(|when| self.when(when, &scope)).transpose();
        let mut matched = self.matched(scope, &known, when.as_ref().ok().and_then(Option::as_ref));
        if let (Err(_), Some(last)) = (&when, last_step(item, &matched.scope)) {
            // The sequence is broken and said to be; what stands behind it is judged all the same.
            matched.scope.bare = Bare::Of(last);
        }
        let window = item.within.as_ref().map(|within| self.window(within, &matched.scope)).transpose();
        self.time_clauses(item, when.as_ref().ok().and_then(Option::as_ref));
        let severity = item.severity.as_ref().map(|s| self.severity(s, &matched)).transpose();
        let title = self.title(item, &matched);
        let dedup = item.dedup.as_ref().map(|d| self.dedup(d, &matched)).transpose();
        let exceptions: Vec<Res<_>> = item.excepts.iter().map(|e| self.exception(e, &matched, false)).collect();
        self.resource(item, &inputs);
        if self.out.iter().filter(|d| d.is_error()).count() > errors || item.broken {
            return Err(Reported);
        }
        Ok(Finding {
            ty: ty?,
            span: item.span,
            name_span: item.ty.span,
            docs: item.docs.text(),
            revision: revision?,
            stage: stage?,
            publish: publish?,
            severity: severity?.ok_or(Reported)?,
            attack,
            title: title.unwrap_or_default(),
            remediation: item.remediation.as_ref().map(|r| r.text.text.to_string()),
            references: item.references.iter().flat_map(|r| &r.links).map(|l| l.text.to_string()).collect(),
            inputs,
            group: group?,
            when: when?,
            window: window?,
            dedup: dedup?,
            exceptions: exceptions.into_iter().collect::<Res<_>>()?,
            shadow_until: None,
            disabled: false,
            hash: Arc::from(""),
            state_hash: Arc::from(""),
        })
    }

    /// A finding type that may be wrong in form.
    pub(super) fn finding_type(&mut self, ty: &ast::FindingType) -> Res<FindingType> {
        match FindingType::parse(&ty.text) {
            Ok(found) => Ok(found),
            Err(why) => self.fail(
                codes::E0215,
                ty.span,
                why.to_string(),
                "its form is `ThreatPurpose:ResourceType/ThreatFamily[.Mechanism][!Artifact]`",
            ),
        }
    }

    /// A finding of the rule set by its type.
    pub(super) fn known_finding(&mut self, ty: &ast::FindingType) -> Res<FindingId> {
        if let Some(id) = self.names.by_type.get(&ty.text) {
            return Ok(*id);
        }
        let help = match nearest(&ty.text, self.names.by_type.keys().map(|k| k.as_ref())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "it must be defined in one of the files that are loaded together".to_owned(),
        };
        self.fail(codes::E0215, ty.span, format!("no finding `{}` is defined", ty.text), help)
    }

    fn inputs(
        &mut self,
        item: &FindingItem,
        params: &[(Arc<str>, ParamId)],
    ) -> Res<(Scope<'a>, Vec<Input>, Vec<Facts>)> {
        let Some(on) = &item.on else { return Err(Reported) };
        if on.bindings.len() > MAX_INPUTS {
            let message = format!("a finding has at most {MAX_INPUTS} inputs, and this has {}", on.bindings.len());
            return self.fail(codes::E0514, on.span, message, "join inputs of one kind by `or`");
        }
        let kinds: Vec<Res<Kind>> = on.bindings.iter().map(|b| self.kind(&b.kind)).collect();
        let known: Vec<Kind> = kinds.iter().filter_map(|k| k.as_ref().ok().copied()).collect();
        for param in &item.params {
            self.check_hiding("the parameter", &param.name, &known);
        }
        for (i, binding) in on.bindings.iter().enumerate() {
            let Some(name) = &binding.name else { continue };
            self.check_hiding("the input", name, &known);
            let before = on.bindings[..i].iter().filter_map(|b| b.name.as_ref()).find(|n| n.text == name.text);
            let clash = before.map(|n| n.span).or_else(|| self.names.words.get(&name.text).map(|d| d.span));
            if let Some(first) = clash {
                let message = format!("`{}` is declared twice", name.text);
                self.report(
                    Diagnostic::error(codes::E0206, name.span, message)
                        .label(first, "the first")
                        .help("choose another name"),
                );
            }
        }
        if known.len() < kinds.len() {
            return Err(Reported);
        }
        let all: Vec<InputScope> = on
            .bindings
            .iter()
            .zip(&known)
            .map(|(b, kind)| InputScope { name: b.name.as_ref().map(|n| n.text.clone()), kind: *kind })
            .collect();
        let scope = Scope { inputs: all, place: Place::Condition, ..Scope::constant() }.with_params(params);
        let checked: Vec<Res<(Input, Facts)>> =
            on.bindings.iter().enumerate().map(|(i, b)| self.input(b, i, &scope)).collect();
        let (inputs, facts): (Vec<Input>, Vec<Facts>) =
            checked.into_iter().collect::<Res<Vec<_>>>()?.into_iter().unzip();
        let bare = if inputs.len() == 1 { Bare::Of(0) } else { Bare::Named };
        Ok((scope.bare(bare), inputs, facts))
    }

    /// One selector; its condition sees its own events only.
    pub(super) fn input(&mut self, binding: &Binding, index: usize, scope: &Scope<'a>) -> Res<(Input, Facts)> {
        let mut own = scope.bare(Bare::Of(index));
        for (i, input) in own.inputs.iter_mut().enumerate() {
            if i != index {
                input.name = None;
            }
        }
        let condition = match &binding.filter {
            Some(filter) => {
                let condition = self.condition(&mut own, filter)?;
                self.law(&condition, &own, &Facts::new());
                Some(condition)
            }
            None => None,
        };
        let known = condition.as_ref().map(facts).unwrap_or_default();
        let input = Input {
            name: binding.name.as_ref().map(|n| n.text.clone()),
            kind: scope.inputs[index].kind,
            condition,
            span: binding.span,
        };
        Ok((input, known))
    }

    /// What severity, title and exceptions may say: of the event that completes the match, or of a named one.
    pub(super) fn matched(&self, scope: Scope<'a>, known: &[Facts], when: Option<&When>) -> Matched<'a> {
        let several = scope.inputs.len() > 1;
        match when {
            Some(When::Sequence(steps, _)) => {
                let last = steps.iter().rev().find(|s| !s.absent).map_or(0, |s| s.input);
                let present: Vec<usize> = steps.iter().filter(|s| !s.absent).map(|s| s.input).collect();
                let never = (0..scope.inputs.len()).filter(|i| !present.contains(i)).collect();
                let known = present.iter().flat_map(|i| known[*i].clone()).collect();
                Matched { scope: scope.bare(Bare::Of(last)), known, never }
            }
            _ if several => Matched { scope, known: Facts::new(), never: Vec::new() },
            _ => Matched { scope, known: known.first().cloned().unwrap_or_default(), never: Vec::new() },
        }
    }

    /// The title where none is written: the first sentence of the description, else the type.
    pub(super) fn default_title(item: &FindingItem) -> Template {
        let docs = item.docs.text().replace('\n', " ");
        let docs = docs.trim();
        let sentence = docs.split_once(". ").map_or(docs, |(first, _)| first);
        let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
        let text = if sentence.is_empty() { item.ty.text.as_ref() } else { sentence };
        Template { parts: vec![super::model::Part::Text(Arc::from(text))], span: None }
    }

    fn stage(&mut self, item: &FindingItem) -> Res<Stage> {
        let Some(clause) = &item.stage else { return Ok(Stage::default()) };
        let all = [Stage::Experimental, Stage::Stable, Stage::Deprecated];
        if let Some(stage) = all.into_iter().find(|s| s.word() == clause.word.text.as_ref()) {
            return Ok(stage);
        }
        let help = match nearest(&clause.word.text, all.map(Stage::word)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "stages are `experimental`, `stable` and `deprecated`".to_owned(),
        };
        self.fail(codes::E0521, clause.word.span, format!("`{}` is no stage", clause.word.text), help)
    }

    fn publish(&mut self, item: &FindingItem) -> Res<bool> {
        match &item.publish {
            None => Ok(true),
            Some(clause) if clause.word.text.as_ref() == "never" => Ok(false),
            Some(clause) => self.fail(
                codes::E0521,
                clause.word.span,
                format!("`publish {}` means nothing", clause.word.text),
                "write `publish never`, or leave the clause out",
            ),
        }
    }

    fn revision(&mut self, item: &FindingItem) -> Res<u32> {
        let Some(clause) = &item.revision else { return Ok(1) };
        match u32::try_from(clause.number) {
            Ok(number) if number >= 1 => Ok(number),
            _ => self.fail(codes::E0521, clause.number_span, "a revision is a number from 1", "write `revision 1`"),
        }
    }
}
