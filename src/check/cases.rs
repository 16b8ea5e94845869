//! Tests of rules: what is given, what happens when, what is expected.

use super::model::{FindingId, Moment, Statement, StatementKind, Test};
use super::names::Word;
use super::scope::{Bound, Place, Scope};
use super::{Checker, Reported, Res};
use crate::diag::codes;
use crate::suggest::nearest;
use crate::syntax::ast::{self, AtTime, RepeatTimes, Stmt, StmtKind, TestItem, TestValue, TestValueKind};
use crate::text::Span;
use crate::value::{Type, Value};

/// How many rounds a `repeat` may have: enough for any window, little enough for any machine.
const MAX_ROUNDS: i64 = 100_000;

impl<'a> Checker<'a> {
    /// Every test: those of findings in their order, then those that stand alone.
    pub(super) fn all_tests(&mut self) -> Vec<Test> {
        let mut out = Vec::new();
        for (i, item) in self.names.findings.clone().into_iter().enumerate() {
            let id = FindingId(u32::try_from(i).unwrap_or(u32::MAX));
            for test in &item.tests {
                out.extend(self.test(test, Some(id)));
            }
        }
        for test in self.names.tests.clone() {
            out.extend(self.test(test, None));
        }
        out
    }

    fn test(&mut self, item: &TestItem, finding: Option<FindingId>) -> Option<Test> {
        let params = finding.map(|id| self.names.params[id.index()].clone()).unwrap_or_default();
        let mut scope = Scope { place: Place::Test, params, ..Scope::constant() };
        self.nodes = 0;
        let body = self.statements(&item.body, &mut scope).ok()?;
        Some(Test { name: item.name.text.clone(), finding, body, span: item.span })
    }

    fn statements(&mut self, body: &[Stmt], sc: &mut Scope<'a>) -> Res<Vec<Statement>> {
        let checked: Vec<Res<Statement>> =
            body.iter().map(|stmt| self.statement(stmt, sc).map(|kind| Statement { kind, span: stmt.span })).collect();
        checked.into_iter().collect()
    }

    fn statement(&mut self, stmt: &Stmt, sc: &mut Scope<'a>) -> Res<StatementKind> {
        Ok(match &stmt.kind {
            StmtKind::GivenList { list, value } => {
                let id = self.list_id(list)?;
                let ty = self.model.lists[id.index()].ty.clone();
                StatementKind::GivenList(id, self.entries(value, &ty)?)
            }
            StmtKind::GivenParam { param, value } => {
                let own = sc.params.iter().find(|(n, _)| *n == param.text).map(|(_, id)| *id);
                let id = match (own, self.names.words.get(&param.text).map(|d| d.word)) {
                    (Some(id), _) | (None, Some(Word::Param(id))) => id,
                    _ => {
                        let help = match nearest(&param.text, sc.params.iter().map(|(n, _)| n.as_ref())) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => "lists are given as `given @name = […]`".to_owned(),
                        };
                        return self.fail(codes::E0208, param.span, format!("no parameter `{}`", param.text), help);
                    }
                };
                let ty = self.model.params[id.index()].ty.clone();
                StatementKind::GivenParam(id, self.test_constant(value, &ty)?)
            }
            StmtKind::Event { kind, fields } => {
                let kind = self.kind(kind)?;
                StatementKind::Event(kind, self.event(kind, fields, sc)?)
            }
            StmtKind::At(AtTime::Instant(t)) => StatementKind::At(Moment::Instant(*t)),
            StmtKind::At(AtTime::Clock(ms)) => StatementKind::At(Moment::Clock(*ms)),
            StmtKind::After(by) => StatementKind::After { by: self.duration(by, sc)?, watermark: false },
            StmtKind::Advance(by) => StatementKind::After { by: self.duration(by, sc)?, watermark: true },
            StmtKind::Repeat { times, every, body } => {
                let every = every.as_ref().map(|d| self.duration(d, sc)).transpose();
                let (binder, values) = self.rounds(times, sc)?;
                let id = binder.as_ref().map(|b| b.id);
                let bound = binder.is_some();
                sc.binders.extend(binder);
                let body = self.statements(body, sc);
                if bound {
                    sc.binders.pop();
                }
                StatementKind::Repeat { binder: id, values, every: every?.unwrap_or(0), body: body? }
            }
            StmtKind::Shuffle(body) => StatementKind::Shuffle(self.statements(body, sc)?),
            StmtKind::Late { by, body } => {
                let by = self.duration(by, sc);
                let body = self.statements(body, sc)?;
                StatementKind::Late(by?, body)
            }
            StmtKind::Replay { file, kind: name } => {
                let kind = self.kind(name)?;
                if kind.source.is_none() {
                    let message = format!("`{}` is a class; a file is of a source", name.text);
                    return self.fail(codes::E0703, name.span, message, "write `as cloudtrail`, or another source");
                }
                StatementKind::Replay(file.text.clone(), kind)
            }
            StmtKind::Expect(expect) => StatementKind::Expect(self.expect(expect)?),
        })
    }

    fn rounds(&mut self, times: &RepeatTimes, sc: &mut Scope<'a>) -> Res<(Option<Bound<'a>>, Vec<Value>)> {
        let too_many = "a `repeat` has 1 to 100000 rounds";
        match times {
            RepeatTimes::Count { span, count } => {
                if !(1..=MAX_ROUNDS).contains(count) {
                    return self.fail(codes::E0703, *span, too_many, "a rule that needs more is not tested so");
                }
                Ok((None, (1..=*count).map(Value::Int).collect()))
            }
            RepeatTimes::Each { name, values } => {
                let (ty, list) = match &values.kind {
                    ast::ExprKind::Range { start, end } => {
                        let range = self.range(sc, start, end, values.span, Some(&Type::Int))?;
                        let super::model::ExprKind::Range(a, b) = range.kind else { return Err(Reported) };
                        let (a, b) = (self.constant_of(&a, &Type::Int)?, self.constant_of(&b, &Type::Int)?);
                        let (Value::Int(a), Value::Int(b)) = (a, b) else { return Err(Reported) };
                        if b.saturating_sub(a) >= MAX_ROUNDS {
                            return self.fail(codes::E0703, values.span, too_many, "make the range smaller");
                        }
                        (Type::Int, (a..=b).map(Value::Int).collect())
                    }
                    ast::ExprKind::Array(items) if !items.is_empty() => {
                        let mut ty = None;
                        let mut list = Vec::new();
                        for item in items {
                            let expr = self.expr(sc, item, ty.as_ref())?;
                            list.push(self.constant_of(&expr, &expr.ty)?);
                            ty.get_or_insert(expr.ty);
                        }
                        (ty.unwrap_or(Type::Json), list)
                    }
                    _ => {
                        let help = "write `repeat i in 1..=20 { … }` or `repeat name in [\"a\", \"b\"] { … }`";
                        return self.fail(codes::E0703, values.span, "`repeat` goes through a range or a list", help);
                    }
                };
                let id = self.binder_id();
                Ok((Some(Bound { name: name.text.clone(), id, ty, fields: &[] }), list))
            }
        }
    }

    /// The entries that a test gives a list.
    fn entries(&mut self, value: &TestValue, ty: &Type) -> Res<Vec<Value>> {
        let items: Vec<&TestValue> = match &value.kind {
            TestValueKind::List(items) => items.iter().collect(),
            _ => {
                let help = format!("write `[{}]`", self.text(value.span));
                return self.fail(codes::E0702, value.span, "a list is given as a list", help);
            }
        };
        let mut out = Vec::new();
        for item in items {
            match &item.kind {
                TestValueKind::Expr(expr) => out.push(self.entry(expr, ty)?),
                _ => {
                    return self.fail(
                        codes::E0601,
                        item.span,
                        "this is no entry of a list",
                        format!("write {ty} constants"),
                    );
                }
            }
        }
        Ok(out)
    }

    /// A constant in a test.
    pub(super) fn test_constant(&mut self, value: &TestValue, ty: &Type) -> Res<Value> {
        match (&value.kind, ty) {
            (TestValueKind::Expr(expr), _) => self.constant(expr, ty),
            (TestValueKind::List(items), Type::List(inner)) => {
                let items: Vec<Res<Value>> = items.iter().map(|i| self.test_constant(i, inner)).collect();
                Ok(Value::List(items.into_iter().collect::<Res<_>>()?))
            }
            _ => self.wrong_value(value.span, ty),
        }
    }

    pub(super) fn wrong_value<T>(&mut self, span: Span, ty: &Type) -> Res<T> {
        let text = self.text(span).chars().take(40).collect::<String>();
        let help = match ty {
            Type::List(inner) => format!("write a list of {inner}: `[{text}]`"),
            Type::Object => "write an object: `{ name: value }`".to_owned(),
            other => format!("write a value of type {other}"),
        };
        self.fail(codes::E0702, span, format!("`{text}` is not {ty}"), help)
    }
}
