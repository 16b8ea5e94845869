//! Items: clauses sorted into their places, those that stand twice reported.

use std::sync::Arc;

use super::{Clause, Ctx, P, all, parts};
use crate::diag::{Diagnostic, codes};
use crate::syntax::ast::{
    Docs, FindingItem, FindingType, Item, LetItem, ListItem, Name, ParamItem, ProfileItem, StringLit, SuppressItem,
    TestItem, TuneItem, TypeRef,
};
use crate::syntax::grammar::Rule;
use crate::syntax::words::{Body, body_of};
use crate::text::Span;

/// What stands before the brace of a block.
#[derive(Debug)]
pub enum Head {
    Profile(Name),
    Finding(FindingType),
    Tune(FindingType),
    Suppress(StringLit),
    Test(StringLit),
}

impl Ctx<'_> {
    /// An item from its rule.
    pub fn item(&mut self, pair: P<'_>) -> Option<Item> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::list => Item::List(self.list(pair)?),
            Rule::let_ => Item::Let(self.let_item(pair)?),
            Rule::param => Item::Param(self.param(pair)?),
            Rule::test => Item::Test(self.test(pair)?),
            _ => {
                let mut inner = parts(pair);
                let head_pair = inner.next()?;
                let word = head_pair.as_str().split_whitespace().next().unwrap_or("");
                let body = body_of(word)?;
                let head = self.head(head_pair);
                let (clauses, broken) = self.clauses(body, inner);
                return self.block(span, head?, clauses, broken);
            }
        })
    }

    /// The clauses of a block, and whether one could not be built.
    pub fn clauses<'i>(&mut self, body: &'static Body, pairs: impl Iterator<Item = P<'i>>) -> (Vec<Clause>, bool) {
        let outer = self.body.replace(body);
        let mut broken = false;
        let mut clauses = Vec::new();
        for pair in pairs {
            match self.clause(pair) {
                Some(clause) => clauses.push(clause),
                None => broken = true,
            }
        }
        self.body = outer;
        (clauses, broken)
    }

    /// The head of a block from one of the rules `…_head`.
    pub fn head(&mut self, pair: P<'_>) -> Option<Head> {
        let rule = pair.as_rule();
        let inner = parts(pair).next()?;
        Some(match rule {
            Rule::profile_head => Head::Profile(self.name(&inner)),
            Rule::finding_head => Head::Finding(self.finding_type(&inner)?),
            Rule::tune_head => Head::Tune(self.finding_type(&inner)?),
            Rule::suppress_head => Head::Suppress(self.string(inner)?),
            _ => Head::Test(self.string(inner)?),
        })
    }

    pub(super) fn finding_type(&mut self, pair: &P<'_>) -> Option<FindingType> {
        let span = self.span(pair);
        let text = pair.as_str();
        if pair.as_rule() != Rule::ftype {
            let help = "write `ThreatPurpose:ResourceType/ThreatFamily`, and perhaps `.Mechanism` and `!Artifact`: \
                        `Backdoor:EC2/C&CActivity.B!DNS`";
            return self.fail(codes::E0120, span, format!("`{text}` is not a finding type"), help);
        }
        let (rest, artifact) = text.split_once('!').map_or((text, None), |(r, a)| (r, Some(a)));
        let (purpose, rest) = rest.split_once(':')?;
        let (resource, rest) = rest.split_once('/')?;
        let (family, mechanism) = rest.split_once('.').map_or((rest, None), |(f, m)| (f, Some(m)));
        Some(FindingType {
            span,
            text: Arc::from(text),
            purpose: Arc::from(purpose),
            resource: Arc::from(resource),
            family: Arc::from(family),
            mechanism: mechanism.map(Arc::from),
            artifact: artifact.map(Arc::from),
        })
    }

    fn list(&mut self, pair: P<'_>) -> Option<ListItem> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        let ty = self.type_ref(inner.next()?)?;
        let entries = match inner.next() {
            Some(array) => Some(all(parts(array), |p| self.expr(p))?),
            None => None,
        };
        Some(ListItem { span, docs: Docs::default(), name, ty, entries })
    }

    fn let_item(&mut self, pair: P<'_>) -> Option<LetItem> {
        let span = self.span(&pair);
        let (mut name, mut kind, mut value) = (None, None, None);
        for part in parts(pair) {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::kind => kind = Some(self.name(&part)),
                _ => value = Some(self.expr(part)?),
            }
        }
        Some(LetItem { span, docs: Docs::default(), name: name?, kind, value: value? })
    }

    pub(super) fn param(&mut self, pair: P<'_>) -> Option<ParamItem> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        let ty = self.type_ref(inner.next()?)?;
        let value = self.expr(inner.next()?)?;
        Some(ParamItem { span, docs: Docs::default(), name, ty, value })
    }

    fn type_ref(&mut self, pair: P<'_>) -> Option<TypeRef> {
        let span = self.span(&pair);
        self.deeper(1, span, |ctx| {
            let mut inner = parts(pair);
            let name = ctx.name(&inner.next()?);
            let argument = match inner.next() {
                Some(p) => Some(Box::new(ctx.type_ref(p)?)),
                None => None,
            };
            Some(TypeRef { span, name, argument })
        })
    }

    /// A block from its head and clauses.
    pub fn block(&mut self, span: Span, head: Head, clauses: Vec<Clause>, broken: bool) -> Option<Item> {
        Some(match head {
            Head::Profile(name) => Item::Profile(Box::new(self.profile(span, name, clauses, broken))),
            Head::Finding(ty) => Item::Finding(Box::new(self.finding(span, ty, clauses, broken))),
            Head::Tune(ty) => Item::Tune(Box::new(self.tune(span, ty, clauses, broken))),
            Head::Suppress(name) => Item::Suppress(Box::new(self.suppress(span, name, clauses, broken))),
            Head::Test(name) => Item::Test(TestItem { span, docs: Docs::default(), name, body: Vec::new(), broken }),
        })
    }

    /// Keeps the first of a clause; reports a second.
    fn once<T>(&mut self, slot: &mut Option<T>, clause: T, at: impl Fn(&T) -> Span) {
        let Some(first) = slot else {
            *slot = Some(clause);
            return;
        };
        let (first, second) = (at(first), at(&clause));
        let word = self.slice(second).split_whitespace().next().unwrap_or("").to_owned();
        self.report(
            Diagnostic::error(codes::E0105, second, format!("`{word}` stands twice"))
                .label(first, "the first one")
                .help("keep one of them; only `param`, `except` and `test` repeat in a finding"),
        );
    }

    fn finding(&mut self, span: Span, ty: FindingType, clauses: Vec<Clause>, broken: bool) -> FindingItem {
        let mut out = FindingItem {
            span,
            docs: Docs::default(),
            ty,
            revision: None,
            stage: None,
            publish: None,
            params: Vec::new(),
            severity: None,
            attack: None,
            title: None,
            remediation: None,
            references: None,
            on: None,
            per: None,
            when: None,
            within: None,
            dedup: None,
            excepts: Vec::new(),
            tests: Vec::new(),
            broken,
        };
        for clause in clauses {
            match clause {
                Clause::Revision(c) => self.once(&mut out.revision, c, |c| c.span),
                Clause::Stage(c) => self.once(&mut out.stage, c, |c| c.span),
                Clause::Publish(c) => self.once(&mut out.publish, c, |c| c.span),
                Clause::Param(c) => out.params.push(c),
                Clause::Severity(c) => self.once(&mut out.severity, c, |c| c.span),
                Clause::Attack(c) => self.once(&mut out.attack, c, |c| c.span),
                Clause::Title(c) => self.once(&mut out.title, c, |c| c.span),
                Clause::Remediation(c) => self.once(&mut out.remediation, c, |c| c.span),
                Clause::References(c) => self.once(&mut out.references, c, |c| c.span),
                Clause::On(c) => self.once(&mut out.on, c, |c| c.span),
                Clause::Per(c) => self.once(&mut out.per, c, |c| c.span),
                Clause::When(c) => self.once(&mut out.when, c, |c| c.span),
                Clause::Within(c) => self.once(&mut out.within, c, |c| c.span),
                Clause::Dedup(c) => self.once(&mut out.dedup, c, |c| c.span),
                Clause::Except(c) => out.excepts.push(c),
                Clause::Test(c) => out.tests.push(c),
                _ => {}
            }
        }
        out
    }

    fn profile(&mut self, span: Span, name: Name, clauses: Vec<Clause>, broken: bool) -> ProfileItem {
        let mut out = ProfileItem {
            span,
            docs: Docs::default(),
            name,
            on: None,
            per: None,
            learn: None,
            remember: None,
            settle: None,
            values: Vec::new(),
            volumes: Vec::new(),
            broken,
        };
        for clause in clauses {
            match clause {
                Clause::On(c) => self.once(&mut out.on, c, |c| c.span),
                Clause::Per(c) => self.once(&mut out.per, c, |c| c.span),
                Clause::Learn(c) => self.once(&mut out.learn, c, |c| c.span),
                Clause::Remember(c) => self.once(&mut out.remember, c, |c| c.span),
                Clause::Settle(c) => self.once(&mut out.settle, c, |c| c.span),
                Clause::Value(c) => out.values.push(c),
                Clause::Volume(c) => out.volumes.push(c),
                _ => {}
            }
        }
        out
    }

    fn tune(&mut self, span: Span, target: FindingType, clauses: Vec<Clause>, broken: bool) -> TuneItem {
        let mut out = TuneItem {
            span,
            docs: Docs::default(),
            target,
            excepts: Vec::new(),
            severity: None,
            sets: Vec::new(),
            shadow: None,
            disable: None,
            broken,
        };
        for clause in clauses {
            match clause {
                Clause::Except(c) => out.excepts.push(c),
                Clause::Severity(c) => self.once(&mut out.severity, c, |c| c.span),
                Clause::Set(c) => out.sets.push(c),
                Clause::Shadow(c) => self.once(&mut out.shadow, c, |c| c.span),
                Clause::Disable(c) => self.once(&mut out.disable, c, |c| *c),
                _ => {}
            }
        }
        out
    }

    fn suppress(&mut self, span: Span, name: StringLit, clauses: Vec<Clause>, broken: bool) -> SuppressItem {
        let (mut on, mut owner, mut until) = (None, None, None);
        for clause in clauses {
            match clause {
                Clause::On(c) => self.once(&mut on, c, |c| c.span),
                Clause::Owner(s, c) => self.once(&mut owner, (s, c), |c| c.0),
                Clause::Until(s, c) => self.once(&mut until, (s, c), |c| c.0),
                _ => {}
            }
        }
        let (owner, until) = (owner.map(|c| c.1), until.map(|c| c.1));
        SuppressItem { span, docs: Docs::default(), name, on, owner, until, broken }
    }
}
