//! Tests on paper.

use super::layout::{Doc, text};
use super::{Node, Printer};
use crate::syntax::ast::{Expect, Field, RepeatTimes, Stmt, StmtKind, TestItem, TestValue, TestValueKind};
use crate::text::Span;

impl Printer<'_> {
    pub(super) fn test(&mut self, test: &TestItem) -> Doc {
        let nodes = self.stmts(&test.body);
        self.block(vec![text("test "), self.at(test.name.span)], nodes, test.span)
    }

    fn stmts(&mut self, body: &[Stmt]) -> Vec<Node> {
        body.iter().map(|s| Node { span: s.span, rank: 0, apart: false, doc: self.stmt(s) }).collect()
    }

    fn stmt(&mut self, stmt: &Stmt) -> Doc {
        let keyword_and = |word: &str, doc: Doc| Doc::Concat(vec![text(format!("{word} ")), doc]);
        match &stmt.kind {
            StmtKind::GivenList { list, value } => keyword_and(&format!("given @{} =", list.text), self.value(value)),
            StmtKind::GivenParam { param, value } => keyword_and(&format!("given {} =", param.text), self.value(value)),
            StmtKind::Event { kind, fields } => {
                let object = self.object(fields, Span { start: kind.span.end, ..stmt.span });
                keyword_and(&kind.text, object)
            }
            StmtKind::At(_) => text(self.words(stmt.span)),
            StmtKind::After(by) => keyword_and("after", self.duration(by)),
            StmtKind::Advance(by) => keyword_and("advance", self.duration(by)),
            StmtKind::Repeat { times, every, body } => {
                let mut head = match times {
                    RepeatTimes::Count { span, .. } => vec![text("repeat "), self.at(*span)],
                    RepeatTimes::Each { name, values } => {
                        vec![text(format!("repeat {} in ", name.text)), self.expr(values)]
                    }
                };
                if let Some(every) = every {
                    head.extend([text(" every "), self.duration(every)]);
                }
                self.inner_block(head, body, stmt.span)
            }
            StmtKind::Shuffle(body) => self.inner_block(vec![text("shuffle")], body, stmt.span),
            StmtKind::Late { by, body } => {
                let head = vec![text("late by "), self.duration(by)];
                self.inner_block(head, body, stmt.span)
            }
            StmtKind::Replay { file, kind } => {
                Doc::Concat(vec![text("replay "), self.at(file.span), text(format!(" as {}", kind.text))])
            }
            StmtKind::Expect(expect) => self.expect(expect, stmt.span),
        }
    }

    /// The words under a span, one blank between them; for statements whose words hold no comment of their own.
    fn words(&self, span: Span) -> String {
        let whole = self.slice(span.start, span.end);
        let tokens = super::scan(whole);
        let first = tokens.first().map_or(0, |t| t.end);
        let rest = tokens.iter().skip(1).find(|t| t.kind != super::Kind::Comment).map_or(first, |t| t.start);
        format!("{} {}", &whole[..first], &whole[rest..])
    }

    /// A block with one event stays on one line where it fits.
    fn inner_block(&mut self, mut head: Vec<Doc>, body: &[Stmt], span: Span) -> Doc {
        let from = self.comments.partition_point(|c| c.span.start < span.start);
        let commented = self.comments.get(from).is_some_and(|c| c.span.start < span.end);
        match body {
            [Stmt { kind: StmtKind::Event { .. }, .. }] if !commented => {
                let stmt = self.stmt(&body[0]);
                let inner = Doc::Nest(2, Box::new(Doc::Concat(vec![Doc::Line, stmt])));
                head.extend([text(" {"), inner, Doc::Line, text("}")]);
                Doc::Group(head)
            }
            _ => {
                let nodes = self.stmts(body);
                self.block(head, nodes, span)
            }
        }
    }

    fn expect(&mut self, expect: &Expect, span: Span) -> Doc {
        let (mut head, ty, fields) = match expect {
            Expect::None => return text("expect none"),
            Expect::Archived => return text("expect archived"),
            Expect::Count { count_span, count, ty } => {
                let word = if *count == 1 { "finding" } else { "findings" };
                (vec![text("expect "), self.at(*count_span), text(format!(" {word}"))], ty, &[][..])
            }
            Expect::Finding { ty, fields } => (vec![text("expect finding")], ty, &fields[..]),
        };
        if let Some(ty) = ty {
            head.push(text(format!(" {}", ty.text)));
        }
        if !fields.is_empty() {
            let start = ty.as_ref().map_or(span.start, |t| t.span.end);
            head.extend([text(" "), self.object(fields, Span { start, ..span })]);
        }
        Doc::Concat(head)
    }

    fn object(&mut self, fields: &[Field], span: Span) -> Doc {
        let docs = fields.iter().map(|f| {
            let value = self.value(&f.value);
            (f.span, Doc::Concat(vec![text(format!("{}: ", f.path.text())), value]))
        });
        let docs = docs.collect();
        self.fill("{", "}", docs, span.start, span.end)
    }

    fn value(&mut self, value: &TestValue) -> Doc {
        match &value.kind {
            TestValueKind::Expr(expr) => self.expr(expr),
            TestValueKind::Object(fields) => self.object(fields, value.span),
            TestValueKind::List(values) => {
                let docs = values.iter().map(|v| (v.span, self.value(v))).collect();
                self.fill("[", "]", docs, value.span.start, value.span.end)
            }
            TestValueKind::Null => text("null"),
        }
    }
}
