//! What a finding says: severity, title, ATT&CK, dedup, exceptions.

use super::finding::Matched;
use super::model::{Dedup, Exception, Expr, ExprKind, Part, Severity, Technique, Template};
use super::presence::facts_unless;
use super::{Checker, Res};
use crate::diag::{Diagnostic, codes};
use crate::finding::Level;
use crate::suggest::nearest;
use crate::syntax::ast::{
    self, DedupClause, ExceptClause, FindingItem, Literal, SeverityClause, SeverityValue, TitlePart,
};
use crate::text::Span;
use crate::value::{Type, Value};

impl<'a> Checker<'a> {
    pub(super) fn severity(&mut self, clause: &SeverityClause, matched: &Matched<'a>) -> Res<Severity> {
        let mut known = matched.known.clone();
        let mut branches = Vec::new();
        let mut failed = false;
        for branch in &clause.branches {
            let mut scope = matched.scope.clone();
            let level = self.severity_value(&branch.value, matched);
            let condition = self.condition(&mut scope, &branch.condition);
            if let Ok(condition) = &condition {
                self.law(condition, &matched.scope, &known);
                self.present(condition, matched);
                // Further branches stand only where this one does not hold.
                known.extend(facts_unless(condition));
            }
            match (level, condition) {
                (Ok(level), Ok(condition)) => match level.kind {
                    ExprKind::Const(Value::Float(level)) => branches.push((condition, level)),
                    _ => {
                        failed = true;
                        let help = "before `if` stands a word or a number: `high if …, else low`";
                        let diagnostic =
                            Diagnostic::error(codes::E0503, branch.value.span(), "a branch has a fixed severity");
                        self.report(diagnostic.help(help));
                    }
                },
                _ => failed = true,
            }
        }
        let otherwise = self.severity_value(&clause.otherwise, matched)?;
        if failed { Err(super::Reported) } else { Ok(Severity { branches, otherwise }) }
    }

    fn severity_value(&mut self, value: &SeverityValue, matched: &Matched<'a>) -> Res<Expr> {
        match value {
            SeverityValue::Number { span, value } => {
                if (0.0..=10.0).contains(value) {
                    return Ok(self.severity_const(*value, *span));
                }
                let message = format!("`{value}` is no severity");
                self.fail(codes::E0503, *span, message, "severities are 0 to 10, or `low` `medium` `high` `critical`")
            }
            SeverityValue::Word(name) => {
                if let Some(level) = Level::ALL.into_iter().find(|l| l.word() == name.text.as_ref()) {
                    return Ok(self.severity_const(level.severity().value(), name.span));
                }
                let path = ast::Path { span: name.span, head: name.clone(), tail: Vec::new() };
                let mut scope = matched.scope.clone();
                self.quiet += 1;
                let found = self.path(&mut scope, &path, None);
                self.quiet -= 1;
                match found {
                    Ok(expr) => self.severity_number(expr, matched),
                    Err(_) => {
                        let words = Level::ALL.map(Level::word);
                        let help = match nearest(&name.text.to_lowercase(), words) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None if words.contains(&name.text.to_lowercase().as_str()) => {
                                format!("did you mean `{}`?", name.text.to_lowercase())
                            }
                            None => "write `low`, `medium`, `high`, `critical`, or a number from 0 to 10".to_owned(),
                        };
                        self.fail(codes::E0503, name.span, format!("`{}` is no severity", name.text), help)
                    }
                }
            }
            SeverityValue::Attribute(ast) => {
                let mut scope = matched.scope.clone();
                let expr = self.expr(&mut scope, ast, None)?;
                self.severity_number(expr, matched)
            }
        }
    }

    fn severity_number(&mut self, expr: Expr, matched: &Matched<'a>) -> Res<Expr> {
        self.present(&expr, matched);
        if expr.ty.is_number() || expr.ty == Type::Json {
            return Ok(expr);
        }
        let message = format!("`{}` is {}, not a number", self.text(expr.span), expr.ty);
        self.fail(codes::E0503, expr.span, message, "a severity from an attribute is a number from 0 to 10")
    }

    fn severity_const(&mut self, value: f64, span: Span) -> Expr {
        self.node(ExprKind::Const(Value::Float(value)), Type::Float, span)
    }

    pub(super) fn title(&mut self, item: &FindingItem, matched: &Matched<'a>) -> Res<Template> {
        let Some(clause) = &item.title else { return Ok(Self::default_title(item)) };
        let mut parts = Vec::new();
        let mut ok = Ok(());
        for part in &clause.parts {
            match part {
                TitlePart::Text(text) => parts.push(Part::Text(text.clone())),
                TitlePart::Hole(ast) => match self.hole(ast, matched) {
                    Ok(expr) => parts.push(Part::Hole(expr)),
                    Err(reported) => ok = Err(reported),
                },
            }
        }
        ok.map(|()| Template { parts, span: Some(clause.text_span) })
    }

    /// An attribute or parameter; behind `??` another or a text, of whatever type: it is only printed.
    fn hole(&mut self, ast: &ast::Expr, matched: &Matched<'a>) -> Res<Expr> {
        match &ast.kind {
            ast::ExprKind::Path(_) => {}
            ast::ExprKind::Binary { op, left, right } if &*op.text == "??" && !op.negated => {
                let left = self.hole(left, matched)?;
                let right = match &right.kind {
                    ast::ExprKind::Literal(Literal::String { text, ignore_case: false }) => {
                        self.node(ExprKind::Const(Value::Str(text.clone())), Type::String, right.span)
                    }
                    _ => self.hole(right, matched)?,
                };
                return Ok(self.node(ExprKind::Coalesce(Box::new(left), Box::new(right)), Type::String, ast.span));
            }
            _ => {
                let message = "a title has attributes in its braces, and `??` with what stands in for one";
                let help =
                    "write `{src_endpoint.ip}` or `{actor.user.name ?? \\\"somebody\\\"}`; a brace itself is `{{`";
                return self.fail(codes::E0505, ast.span, message, help);
            }
        }
        let mut scope = matched.scope.clone();
        let expr = self.expr(&mut scope, ast, None)?;
        self.present(&expr, matched);
        let plain = matches!(&expr.kind, ExprKind::Attr(_) | ExprKind::Param(_))
            || matches!(&expr.kind, ExprKind::Call(f, _) if f.name.starts_with("arn_"));
        if plain && expr.ty != Type::Object && expr.ty != Type::list(Type::Object) {
            return Ok(expr);
        }
        let message = format!("`{}` is no single value", self.text(ast.span));
        self.fail(codes::E0505, ast.span, message, "a title has attributes in its braces: `{src_endpoint.ip}`")
    }

    /// Nothing may be read of an event that is not there.
    pub(super) fn present(&mut self, expr: &Expr, matched: &Matched<'a>) {
        let mut bad = None;
        expr.visit(&mut |e| {
            if let ExprKind::Attr(a) = &e.kind
                && matched.never.contains(&a.input)
            {
                bad = Some((e.span, a.input));
            }
        });
        if let Some((span, input)) = bad {
            let name = matched.scope.inputs[input].name.as_deref().unwrap_or("it").to_owned();
            let message = format!("there is no event of `{name}` to read");
            let help = format!("`{name}` is what must not come; read a step that did");
            self.report(Diagnostic::error(codes::E0514, span, message).help(help));
        }
    }

    /// Technique ids; the parser knows their form, a lint whether they exist.
    pub(super) fn attack(item: &FindingItem) -> Vec<Technique> {
        let names = item.attack.iter().flat_map(|a| &a.techniques);
        names.map(|name| Technique { id: name.text.clone(), span: name.span }).collect()
    }

    pub(super) fn dedup(&mut self, clause: &DedupClause, matched: &Matched<'a>) -> Res<Dedup> {
        let mut by = Vec::new();
        let mut ok = Ok(());
        for part in &clause.by {
            let mut scope = matched.scope.clone();
            match self.expr(&mut scope, part, None).and_then(|e| self.single(&e, false).map(|()| e)) {
                Ok(expr) => {
                    self.present(&expr, matched);
                    by.push(expr);
                }
                Err(reported) => ok = Err(reported),
            }
        }
        let quiet = clause.quiet.as_ref().map(|d| self.duration(d, &matched.scope)).transpose()?;
        ok.map(|()| Dedup { by, quiet, span: clause.span })
    }

    pub(super) fn exception(&mut self, clause: &ExceptClause, matched: &Matched<'a>, tuned: bool) -> Res<Exception> {
        let mut scope = matched.scope.clone();
        let condition = self.condition(&mut scope, &clause.condition);
        if tuned {
            let missing = match (&clause.owner, &clause.until) {
                (None, None) => Some("`owner \"…\" until 2027-03-01`"),
                (None, Some(_)) => Some("`owner \"…\"`"),
                (Some(_), None) => Some("`until 2027-03-01`"),
                _ => None,
            };
            if let Some(missing) = missing {
                let message = "an exception of a tune needs somebody who answers for it, and an end";
                self.report(Diagnostic::error(codes::E0507, clause.name.span, message).help(format!("add {missing}")));
            }
        }
        let condition = condition?;
        self.law(&condition, &matched.scope, &matched.known);
        self.present(&condition, matched);
        Ok(Exception {
            name: clause.name.text.clone(),
            condition,
            owner: clause.owner.as_ref().map(|o| o.text.clone()),
            until: clause.until.map(|u| u.time),
            tuned,
            span: clause.span,
        })
    }
}
