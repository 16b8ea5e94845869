//! Profiles: whole, and every value and volume of the right type.

use super::model::{Profile, Volume};
use super::presence::Facts;
use super::scope::{Place, Scope};
use super::{Checker, Reported, Res};
use crate::diag::{Diagnostic, codes};
use crate::syntax::ast::{self, ProfileItem};
use crate::value::Type;

impl<'a> Checker<'a> {
    pub(super) fn profile(&mut self, index: usize) -> Res<Profile> {
        let item: &'a ProfileItem = self.names.profiles[index];
        self.nodes = 0;
        let missing: Vec<&str> = [
            (item.on.is_none(), "`on cloudtrail where …`"),
            (item.per.is_none(), "`per actor.principal`"),
            (item.learn.is_none(), "`learn 14d`"),
            (item.remember.is_none(), "`remember 30d`"),
            (item.settle.is_none(), "`settle 24h`"),
            (item.values.is_empty() && item.volumes.is_empty(), "`value name = …` or `volume name = count() every 1h`"),
        ]
        .into_iter()
        .filter_map(|(missing, what)| missing.then_some(what))
        .collect();
        if !missing.is_empty() && !item.broken {
            let message = format!("the profile `{}` is not complete", item.name.text);
            let help = format!("add {}", missing.join(", "));
            self.report(Diagnostic::error(codes::E0516, item.name.span, message).help(help));
        }
        self.names_of(item);
        let on = item.on.as_ref().ok_or(Reported)?;
        let [binding] = on.bindings.as_slice() else {
            return self.fail(
                codes::E0516,
                on.span,
                "a profile learns from one kind of events",
                "write `on KIND where …`",
            );
        };
        let kind = self.kind(&binding.kind)?;
        self.check_hiding("the profile", &item.name, &[kind]);
        let scope = Scope::event(kind);
        let (input, known) = self.input(binding, 0, &scope)?;
        let group = self.profile_group(item, &scope);
        let durations = [&item.learn, &item.remember, &item.settle]
            .map(|clause| clause.as_ref().map_or(Err(Reported), |c| self.duration(&c.duration, &scope)));
        let mut values = Vec::new();
        let mut failed = false;
        for value in &item.values {
            match self.profile_value(&value.value, &scope, &known) {
                Ok(exprs) => values.push((value.name.text.clone(), exprs)),
                Err(_) => failed = true,
            }
        }
        let mut volumes = Vec::new();
        for volume in &item.volumes {
            match self.volume(volume, &scope, &known) {
                Ok(volume) => volumes.push(volume),
                Err(_) => failed = true,
            }
        }
        let [learn, remember, settle] = durations;
        if failed || item.broken || values.is_empty() && volumes.is_empty() {
            return Err(Reported);
        }
        let (learn, remember, settle) = (learn?, remember?, settle?);
        if settle > remember {
            let message = "what settles later than it is forgotten is never known";
            let span = item.settle.as_ref().map_or(item.span, |c| c.duration.span());
            return self.fail(codes::E0516, span, message, "make `settle` shorter than `remember`");
        }
        Ok(Profile {
            name: item.name.text.clone(),
            input,
            group: group?,
            learn,
            remember,
            settle,
            values,
            volumes,
            docs: item.docs.text(),
            span: item.span,
            hash: "".into(),
        })
    }

    fn names_of(&mut self, item: &ProfileItem) {
        let names: Vec<&ast::Name> =
            item.values.iter().map(|v| &v.name).chain(item.volumes.iter().map(|v| &v.name)).collect();
        for (i, name) in names.iter().enumerate() {
            if let Some(first) = names[..i].iter().find(|n| n.text == name.text) {
                let message = format!("`{}` is declared twice", name.text);
                self.report(
                    Diagnostic::error(codes::E0206, name.span, message)
                        .label(first.span, "the first")
                        .help("choose another name"),
                );
            }
        }
    }

    fn profile_group(&mut self, item: &ProfileItem, scope: &Scope<'a>) -> Res<Vec<super::model::Expr>> {
        let per = item.per.as_ref().ok_or(Reported)?;
        if let Some(each) = &per.each {
            let message = "a profile's group is of the whole event";
            return self.fail(codes::E0516, each.span, message, "write `per actor.principal`");
        }
        if let Some(span) = per.across_accounts {
            let message = "a profile falls back to its account, and so stays within one";
            return self.fail(codes::E0516, span, message, "leave `across accounts` out");
        }
        let group = self.group(per, scope)?;
        Ok(group.keys.into_iter().flatten().collect())
    }

    fn profile_value(&mut self, ast: &ast::Expr, scope: &Scope<'a>, known: &Facts) -> Res<Vec<super::model::Expr>> {
        let parts = match &ast.kind {
            ast::ExprKind::Tuple(parts) => parts.as_slice(),
            _ => std::slice::from_ref(ast),
        };
        let mut out = Vec::new();
        for part in parts {
            let expr = self.expr(&mut scope.clone(), part, None)?;
            self.law(&expr, scope, known);
            if matches!(expr.ty, Type::Object) {
                let message = format!("`{}` is an object, not a value", self.text(part.span));
                return self.fail(codes::E0303, part.span, message, "name one of its attributes");
            }
            out.push(expr);
        }
        Ok(out)
    }

    fn volume(&mut self, clause: &ast::VolumeClause, scope: &Scope<'a>, known: &Facts) -> Res<Volume> {
        let aggregate = self.expr(&mut scope.at(Place::Volume), &clause.aggregate, None)?;
        let mut has = false;
        aggregate.visit(&mut |e| has |= matches!(e.kind, super::model::ExprKind::Aggregate(..)));
        if !has || !aggregate.ty.is_number() {
            let message = "a volume is an amount";
            return self.fail(
                codes::E0516,
                clause.aggregate.span,
                message,
                "write `count()`, `sum(x)` or `distinct(x)`",
            );
        }
        let condition = match &clause.filter {
            Some(filter) => {
                let condition = self.condition(&mut scope.clone(), filter)?;
                self.law(&condition, scope, known);
                Some(condition)
            }
            None => None,
        };
        let every = self.duration(&clause.every, scope)?;
        Ok(Volume { name: clause.name.text.clone(), aggregate, condition, every, span: clause.span })
    }
}
