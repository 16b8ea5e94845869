//! What a test may expect of a finding: a closed set of its attributes.

use std::sync::Arc;

use super::model::Expect;
use super::{Checker, Res};
use crate::diag::codes;
use crate::finding::{FindingType, Level};
use crate::suggest::nearest;
use crate::syntax::ast::{self, ExprKind, TestValueKind};
use crate::value::{Type, Value};

/// What `expect finding { … }` may say: name, type, meaning. `severity` takes a word (its band) or a number.
pub const EXPECT_FIELDS: &[(&str, Type, &str)] = &[
    ("severity", Type::Float, "how bad: a word for its band, or the number"),
    ("count", Type::Int, "how many events are behind it"),
    ("title", Type::String, "the text, holes filled"),
    ("type", Type::String, "the finding type"),
    ("archived", Type::Bool, "whether a suppression archived it"),
    ("account", Type::String, "the account"),
    ("region", Type::String, "the region"),
    ("source", Type::String, "the source of the newest event"),
    ("first_seen", Type::Time, "time of the first event"),
    ("last_seen", Type::Time, "time of the last event"),
    ("resource.type", Type::String, "GuardDuty's resource type"),
    ("resource.uid", Type::String, "the resource's identity"),
    ("resource.name", Type::String, "the resource's name"),
    ("resource.role", Type::String, "`actor` or `target`"),
    ("actor.principal", Type::String, "who acted"),
    ("remote.ip", Type::Ip, "the remote address"),
    ("remote.port", Type::Int, "the remote port"),
    ("list", Type::String, "a list that matched, without `@`"),
    ("entry", Type::String, "an entry of a list that matched"),
];

impl<'a> Checker<'a> {
    pub(super) fn expect(&mut self, expect: &ast::Expect) -> Res<Expect> {
        Ok(match expect {
            ast::Expect::None => Expect::None,
            ast::Expect::Archived => Expect::Archived,
            ast::Expect::Count { count_span, count, ty } => {
                let ty = self.expected_type(ty.as_ref());
                let Ok(count) = u32::try_from(*count) else {
                    return self.fail(
                        codes::E0703,
                        *count_span,
                        "a number of findings is 0 or more",
                        "write `expect 2 findings`",
                    );
                };
                Expect::Count(count, ty?)
            }
            ast::Expect::Finding { ty, fields } => {
                let ty = self.expected_type(ty.as_ref());
                let fields: Vec<Res<(Arc<str>, Value)>> = fields.iter().map(|f| self.expected(f)).collect();
                let fields = fields.into_iter().collect::<Res<_>>()?;
                Expect::Finding(ty?, fields)
            }
        })
    }

    fn expected_type(&mut self, ty: Option<&ast::FindingType>) -> Res<Option<FindingType>> {
        let Some(ty) = ty else { return Ok(None) };
        self.known_finding(ty)?;
        self.finding_type(ty).map(Some)
    }

    fn expected(&mut self, field: &ast::Field) -> Res<(Arc<str>, Value)> {
        let name = field.path.text();
        let Some((name, ty, _)) = EXPECT_FIELDS.iter().find(|(n, ..)| *n == name) else {
            let names = || EXPECT_FIELDS.iter().map(|(n, ..)| *n);
            let help = match nearest(&name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("a finding has {}", names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" ")),
            };
            return self.fail(codes::E0701, field.path.span, format!("a finding has no `{name}`"), help);
        };
        let word = match &field.value.kind {
            TestValueKind::Expr(ast::Expr { kind: ExprKind::Path(path), .. }) => path.as_word().map(|w| w.text.clone()),
            _ => None,
        };
        let value = match (*name, word) {
            ("severity", Some(word)) => match Level::ALL.iter().find(|l| l.word() == word.as_ref()) {
                Some(level) => Value::str(level.word()),
                None => {
                    let help = "write `low`, `medium`, `high`, `critical`, or a number from 0 to 10";
                    return self.fail(codes::E0503, field.value.span, format!("`{word}` is no severity"), help);
                }
            },
            ("resource.role", Some(word)) if matches!(word.as_ref(), "actor" | "target") => Value::Str(word),
            _ => self.test_constant(&field.value, ty)?,
        };
        Ok((Arc::from(*name), value))
    }
}
