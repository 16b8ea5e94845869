//! Clauses.

use super::{Ctx, P, all, parts};
use crate::diag::codes;
use crate::syntax::ast::{
    AttackClause, Binding, DedupClause, DurationClause, ExceptClause, Expr, ExprKind, Literal, OnClause, ParamItem,
    PerClause, PerEach, PerKey, ReferencesClause, RevisionClause, SetClause, SeverityBranch, SeverityClause,
    SeverityValue, ShadowClause, Step, StringLit, TestItem, TextClause, TimeLit, TitleClause, ValueClause,
    VolumeClause, WhenClause, WhenKind, WithinClause, WordClause,
};
use crate::syntax::grammar::Rule;
use crate::text::Span;

/// A clause of any item.
#[derive(Debug)]
pub enum Clause {
    Revision(RevisionClause),
    Stage(WordClause),
    Publish(WordClause),
    Param(ParamItem),
    Severity(SeverityClause),
    Attack(AttackClause),
    Title(TitleClause),
    Remediation(TextClause),
    References(ReferencesClause),
    On(OnClause),
    Per(PerClause),
    When(WhenClause),
    Within(WithinClause),
    Dedup(DedupClause),
    Except(ExceptClause),
    Test(TestItem),
    Learn(DurationClause),
    Remember(DurationClause),
    Settle(DurationClause),
    Value(ValueClause),
    Volume(VolumeClause),
    Set(SetClause),
    Shadow(ShadowClause),
    Disable(Span),
    Owner(Span, StringLit),
    Until(Span, TimeLit),
}

impl Ctx<'_> {
    /// A clause from its rule.
    pub fn clause(&mut self, pair: P<'_>) -> Option<Clause> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        Some(match rule {
            Rule::revision => {
                let number_span = parts(pair).next().map(|p| self.span(&p))?;
                Clause::Revision(RevisionClause { span, number: self.int(number_span)?, number_span })
            }
            Rule::stage => Clause::Stage(self.word_clause(pair)?),
            Rule::publish => Clause::Publish(self.word_clause(pair)?),
            Rule::param => Clause::Param(self.param(pair)?),
            Rule::severity => Clause::Severity(self.severity(pair)?),
            Rule::attack => Clause::Attack(self.attack(pair)?),
            Rule::title => Clause::Title(self.title(pair)?),
            Rule::remediation => Clause::Remediation(TextClause { span, text: self.string(parts(pair).next()?)? }),
            Rule::references => {
                Clause::References(ReferencesClause { span, links: all(parts(pair), |p| self.string(p))? })
            }
            Rule::on => Clause::On(self.on(pair)?),
            Rule::per => Clause::Per(self.per(pair)?),
            Rule::when => Clause::When(self.when(pair)?),
            Rule::within => {
                let mut inner = parts(pair);
                let duration = self.duration(inner.next()?)?;
                Clause::Within(WithinClause { span, duration, tumbling: inner.next().map(|p| self.span(&p)) })
            }
            Rule::dedup => Clause::Dedup(self.dedup(pair)?),
            Rule::except => Clause::Except(self.except(pair)?),
            Rule::test => Clause::Test(self.test(pair)?),
            Rule::learn | Rule::remember | Rule::settle => {
                let clause = DurationClause { span, duration: self.duration(parts(pair).next()?)? };
                match rule {
                    Rule::learn => Clause::Learn(clause),
                    Rule::remember => Clause::Remember(clause),
                    _ => Clause::Settle(clause),
                }
            }
            Rule::value => {
                let mut inner = parts(pair);
                let name = self.name(&inner.next()?);
                Clause::Value(ValueClause { span, name, value: self.expr(inner.next()?)? })
            }
            Rule::volume => Clause::Volume(self.volume(pair)?),
            Rule::set => {
                let mut inner = parts(pair);
                let param = self.name(&inner.next()?);
                Clause::Set(SetClause { span, param, value: self.expr(inner.next()?)? })
            }
            Rule::shadow => Clause::Shadow(ShadowClause { span, until: self.day_of(parts(pair).next()?)? }),
            Rule::owner => Clause::Owner(span, self.string(parts(pair).next()?)?),
            Rule::until => Clause::Until(span, self.day_of(parts(pair).next()?)?),
            _ => Clause::Disable(span),
        })
    }

    /// From rule `day`.
    fn day_of(&mut self, pair: P<'_>) -> Option<TimeLit> {
        self.day(&parts(pair).next()?)
    }

    fn word_clause(&mut self, pair: P<'_>) -> Option<WordClause> {
        let span = self.span(&pair);
        Some(WordClause { span, word: self.name(&parts(pair).next()?) })
    }

    fn severity(&mut self, pair: P<'_>) -> Option<SeverityClause> {
        let span = self.span(&pair);
        let mut branches = Vec::new();
        let mut otherwise = None;
        let mut whole = true;
        let mut odd = None;
        for part in parts(pair) {
            let place = self.span(&part);
            if part.as_rule() == Rule::sev_value {
                otherwise = self.severity_value(part);
                whole &= otherwise.is_some();
                continue;
            }
            let mut inner = parts(part);
            let value = self.severity_value(inner.next()?);
            whole &= value.is_some();
            match (inner.next(), value) {
                (Some(condition), value) => match (value, self.expr(condition)) {
                    (Some(value), Some(condition)) => branches.push(SeverityBranch { span: place, value, condition }),
                    _ => whole = false,
                },
                (None, value) if otherwise.is_none() => (otherwise, odd) = (value, Some(place)),
                (None, _) => odd = Some(place),
            }
        }
        if !whole {
            return None;
        }
        let ends_well = if branches.is_empty() { true } else { odd.is_none() && otherwise.is_some() };
        match otherwise {
            Some(otherwise) if ends_well => Some(SeverityClause { span, branches, otherwise }),
            _ => self.fail(
                codes::E0116,
                odd.unwrap_or(span),
                "a severity with conditions ends in `else`",
                "write `severity high if …, medium if …, else low`",
            ),
        }
    }

    fn severity_value(&mut self, pair: P<'_>) -> Option<SeverityValue> {
        let inner = parts(pair).next()?;
        let span = self.span(&inner);
        let expr = match inner.as_rule() {
            Rule::literal => Expr { span, kind: ExprKind::Literal(self.literal(inner)?), bracketed: false },
            Rule::group => self.group(inner, span)?,
            _ => self.path_expr(inner, span)?,
        };
        Some(match &expr.kind {
            ExprKind::Literal(Literal::Int(n)) => SeverityValue::Number { span, value: *n as f64 },
            ExprKind::Literal(Literal::Float(n)) => SeverityValue::Number { span, value: *n },
            ExprKind::Path(path) if !expr.bracketed && path.tail.is_empty() => SeverityValue::Word(path.head.clone()),
            _ => SeverityValue::Attribute(expr),
        })
    }

    fn attack(&mut self, pair: P<'_>) -> Option<AttackClause> {
        let span = self.span(&pair);
        let techniques = all(parts(pair), |p| {
            let name = self.name(&p);
            if is_technique(&name.text) {
                return Some(name);
            }
            let message = format!("`{}` is not a technique id", name.text);
            self.fail(codes::E0118, name.span, message, "write ids of MITRE ATT&CK: `T1496` or `T1496.001`")
        })?;
        Some(AttackClause { span, techniques })
    }

    fn on(&mut self, pair: P<'_>) -> Option<OnClause> {
        let span = self.span(&pair);
        let bindings = all(parts(pair), |p| self.binding(p))?;
        if bindings.len() > 1
            && let Some(odd) = bindings.iter().find(|b| b.name.is_none())
        {
            let message = format!("`{}` has no name beside other kinds", odd.kind.text);
            let help = format!("name each kind: `on a = {}, b = …`", odd.kind.text);
            return self.fail(codes::E0119, odd.span, message, help);
        }
        Some(OnClause { span, bindings })
    }

    fn binding(&mut self, pair: P<'_>) -> Option<Binding> {
        let span = self.span(&pair);
        let (mut name, mut kind, mut filter) = (None, None, None);
        for part in parts(pair) {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::kind => kind = Some(self.name(&part)),
                _ => filter = Some(self.expr(part)?),
            }
        }
        Some(Binding { span, name, kind: kind?, filter })
    }

    fn per(&mut self, pair: P<'_>) -> Option<PerClause> {
        let span = self.span(&pair);
        let (mut each, mut keys, mut across_accounts) = (None, Vec::new(), None);
        for part in parts(pair) {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::per_each => {
                    let mut inner = parts(part);
                    let name = self.name(&inner.next()?);
                    each = Some(PerEach { span: place, name, sources: self.sources(inner.next()?)? });
                }
                Rule::per_key => keys.push(PerKey { span: place, aligned: all(parts(part), |p| self.expr(p))? }),
                _ => across_accounts = Some(place),
            }
        }
        Some(PerClause { span, each, keys, across_accounts })
    }

    fn when(&mut self, pair: P<'_>) -> Option<WhenClause> {
        let span = self.span(&pair);
        let inner = parts(pair).next()?;
        let place = self.span(&inner);
        let kind = match inner.as_rule() {
            Rule::sequence => {
                let steps = all(parts(inner), |p| self.step(p))?;
                self.check_steps(&steps)?;
                WhenKind::Sequence(steps)
            }
            Rule::lone_step => {
                let mut words = parts(inner);
                let (name, times) = (words.next()?, words.next()?);
                let help = format!("write `count({}) >= {}`", name.as_str(), times.as_str().trim_start_matches('x'));
                return self.fail(codes::E0111, place, "a sequence has two steps at least", help);
            }
            _ => WhenKind::Condition(self.expr(inner)?),
        };
        Some(WhenClause { span, kind })
    }

    fn step(&mut self, pair: P<'_>) -> Option<Step> {
        let span = self.span(&pair);
        let negated = pair.clone().into_inner().any(|p| p.as_rule() == Rule::k_no);
        let (mut within, mut name, mut times) = (None, None, 1);
        for part in parts(pair) {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::span => within = Some(self.duration(part)?),
                Rule::name => name = Some(self.name(&part)),
                _ if negated => {
                    let help = "a step that must not come has no number: `no NAME`";
                    return self.fail(codes::E0117, place, format!("`{}` behind `no`", part.as_str()), help);
                }
                _ => times = self.int(Span { start: place.start + 1, ..place })?,
            }
        }
        Some(Step { span, within, negated, name: name?, times })
    }

    fn check_steps(&mut self, steps: &[Step]) -> Option<()> {
        let last = steps.len() - 1;
        for (i, step) in steps.iter().enumerate() {
            let (message, help) = match (i, step.negated, step.within.is_some()) {
                (0, true, _) => {
                    ("a sequence does not begin with `no`", "`no NAME` covers the span between its neighbours")
                }
                (0, _, true) => ("the first step has no `within`", "`within D` counts from the step before"),
                (i, true, false) if i == last => {
                    ("a `no` at the end needs `within`", "write `within 5m no NAME`: it fires when that time is over")
                }
                (i, true, true) if i != last => {
                    ("only a `no` at the end has `within`", "`no NAME` covers the span between its neighbours")
                }
                (i, true, false) if i + 1 == last && steps[last].negated => {
                    ("a `no` before the last `no` has no span", "of both neither may come: name both by one input")
                }
                _ => continue,
            };
            return self.fail(codes::E0117, step.span, message, help);
        }
        Some(())
    }

    fn dedup(&mut self, pair: P<'_>) -> Option<DedupClause> {
        let span = self.span(&pair);
        let (mut by, mut quiet) = (Vec::new(), None);
        for part in parts(pair) {
            match part.as_rule() {
                Rule::span => quiet = Some(self.duration(part)?),
                _ => by.push(self.expr(part)?),
            }
        }
        if by.is_empty() && quiet.is_none() {
            return self.fail(
                codes::E0102,
                span,
                "`dedup` says nothing",
                "write `dedup by ATTRIBUTE`, `dedup for 24h`, or both",
            );
        }
        Some(DedupClause { span, by, quiet })
    }

    fn except(&mut self, pair: P<'_>) -> Option<ExceptClause> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let name = self.string(inner.next()?);
        let condition = self.expr(inner.next()?);
        let (mut owner, mut until) = (None, None);
        for part in inner {
            let place = self.span(&part);
            let word = if part.as_rule() == Rule::owner { "owner" } else { "until" };
            let twice = match self.clause(part)? {
                Clause::Owner(_, text) => owner.replace(text).is_some(),
                Clause::Until(_, day) => until.replace(day).is_some(),
                _ => false,
            };
            if twice {
                return self.fail(codes::E0105, place, format!("`{word}` stands twice"), "keep one of them");
            }
        }
        Some(ExceptClause { span, name: name?, condition: condition?, owner, until })
    }

    fn volume(&mut self, pair: P<'_>) -> Option<VolumeClause> {
        let span = self.span(&pair);
        let (mut name, mut exprs, mut every) = (None, Vec::new(), None);
        for part in parts(pair) {
            match part.as_rule() {
                Rule::word => name = Some(self.name(&part)),
                Rule::span => every = Some(self.duration(part)?),
                _ => exprs.push(self.expr(part)?),
            }
        }
        let mut exprs = exprs.into_iter();
        Some(VolumeClause { span, name: name?, aggregate: exprs.next()?, filter: exprs.next(), every: every? })
    }
}

fn is_technique(id: &str) -> bool {
    let (technique, sub) = id.split_once('.').map_or((id, None), |(t, s)| (t, Some(s)));
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    technique.strip_prefix('T').is_some_and(|d| digits(d, 4)) && sub.is_none_or(|s| digits(s, 3))
}
