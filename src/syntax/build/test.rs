//! Tests and their statements.

use super::{Ctx, P, all, parts};
use crate::syntax::ast::{
    AtTime, Docs, Expect, Field, FindingType, Path, RepeatTimes, Stmt, StmtKind, TestItem, TestValue, TestValueKind,
};
use crate::syntax::grammar::Rule;
use crate::syntax::words::TEST;
use crate::text::Span;

impl Ctx<'_> {
    pub(super) fn test(&mut self, pair: P<'_>) -> Option<TestItem> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let head = inner.next()?;
        let name = self.string(parts(head).next()?);
        let (body, broken) = self.stmts(inner);
        Some(TestItem { span, docs: Docs::default(), name: name?, body, broken })
    }

    /// The statements that could be built, and whether one could not.
    pub fn stmts<'i>(&mut self, pairs: impl Iterator<Item = P<'i>>) -> (Vec<Stmt>, bool) {
        let outer = self.body.replace(&TEST);
        let (mut body, mut broken) = (Vec::new(), false);
        for pair in pairs {
            match self.stmt(pair) {
                Some(stmt) => body.push(stmt),
                None => broken = true,
            }
        }
        self.body = outer;
        (body, broken)
    }

    fn stmt(&mut self, pair: P<'_>) -> Option<Stmt> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut inner = parts(pair);
        let kind = match rule {
            Rule::given => {
                let target = inner.next()?;
                let name = self.name(&target);
                let value = self.test_value(inner.next()?)?;
                if target.as_rule() == Rule::at_name {
                    StmtKind::GivenList { list: name, value }
                } else {
                    StmtKind::GivenParam { param: name, value }
                }
            }
            Rule::repeat => self.repeat(inner, span)?,
            Rule::at => {
                let time = inner.next()?;
                StmtKind::At(match time.as_rule() {
                    Rule::clock => AtTime::Clock(self.clock(self.span(&time))?),
                    _ => AtTime::Instant(self.day(&time)?.time),
                })
            }
            Rule::after => StmtKind::After(self.duration(inner.next()?)?),
            Rule::advance => StmtKind::Advance(self.duration(inner.next()?)?),
            Rule::late => {
                let by = self.duration(inner.next()?);
                let body = self.body_of_block(inner.next()?, span)?;
                StmtKind::Late { by: by?, body }
            }
            Rule::shuffle => StmtKind::Shuffle(self.body_of_block(inner.next()?, span)?),
            Rule::replay => {
                let file = self.string(inner.next()?)?;
                StmtKind::Replay { file, kind: self.name(&inner.next()?) }
            }
            Rule::expect => StmtKind::Expect(self.expect(inner)?),
            _ => {
                let kind = self.name(&inner.next()?);
                StmtKind::Event { kind, fields: self.fields(inner.next()?)? }
            }
        };
        Some(Stmt { span, kind })
    }

    fn body_of_block(&mut self, pair: P<'_>, span: Span) -> Option<Vec<Stmt>> {
        self.deeper(1, span, |ctx| all(parts(pair), |p| ctx.stmt(p)))
    }

    fn repeat<'i>(&mut self, inner: impl Iterator<Item = P<'i>>, span: Span) -> Option<StmtKind> {
        let (mut name, mut times, mut every, mut body) = (None, None, None, None);
        for part in inner {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::int => times = Some(RepeatTimes::Count { span: place, count: self.int(place)? }),
                Rule::bad_number => return self.bad_number(place),
                Rule::name => name = Some(self.name(&part)),
                Rule::value_expr => times = Some(RepeatTimes::Each { name: name.take()?, values: self.expr(part)? }),
                Rule::span => every = Some(self.duration(part)?),
                _ => body = Some(self.body_of_block(part, span)?),
            }
        }
        Some(StmtKind::Repeat { times: times?, every, body: body? })
    }

    fn expect<'i>(&mut self, inner: impl Iterator<Item = P<'i>>) -> Option<Expect> {
        let (mut ty, mut fields, mut count) = (None, Vec::new(), None);
        for part in inner {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::nothing => return Some(Expect::None),
                Rule::archived => return Some(Expect::Archived),
                Rule::int => count = Some((place, self.int(place)?)),
                Rule::any_type => ty = Some(self.any_type(part)?),
                _ => fields = self.fields(part)?,
            }
        }
        Some(match count {
            Some((count_span, count)) => Expect::Count { count_span, count, ty },
            None => Expect::Finding { ty, fields },
        })
    }

    fn any_type(&mut self, pair: P<'_>) -> Option<FindingType> {
        self.finding_type(&parts(pair).next()?)
    }

    fn fields(&mut self, object: P<'_>) -> Option<Vec<Field>> {
        let span = self.span(&object);
        self.deeper(1, span, |ctx| all(parts(object), |p| ctx.field(p)))
    }

    fn field(&mut self, pair: P<'_>) -> Option<Field> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let path_pair = inner.next()?;
        let path_span = self.span(&path_pair);
        let mut path_parts = parts(path_pair);
        let head = self.key(path_parts.next()?)?;
        let tail = all(path_parts, |p| self.path_part(p))?;
        let value = self.test_value(inner.next()?)?;
        Some(Field { span, path: Path { span: path_span, head, tail }, value })
    }

    fn test_value(&mut self, pair: P<'_>) -> Option<TestValue> {
        let span = self.span(&pair);
        let inner = parts(pair).next()?;
        let kind = match inner.as_rule() {
            Rule::object => TestValueKind::Object(self.fields(inner)?),
            Rule::values => TestValueKind::List(self.deeper(1, span, |ctx| all(parts(inner), |p| ctx.test_value(p)))?),
            Rule::null => TestValueKind::Null,
            _ => TestValueKind::Expr(self.expr(inner)?),
        };
        Some(TestValue { span, kind })
    }
}
