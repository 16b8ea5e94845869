//! Calls: functions, aggregates over a group's window, questions to profiles.

use super::model::{Expr, ExprKind, ProfileId, ProfileQuestion};
use super::names::Word;
use super::scope::{Bare, Place, Scope};
use super::{Checker, Res, dialects};
use crate::diag::{Diagnostic, codes};
use crate::ops::{self, Aggregate, Function};
use crate::schema::Presence;
use crate::suggest::nearest;
use crate::syntax::ast::{self, Arg, Literal};
use crate::text::Span;
use crate::value::json::Step;
use crate::value::{Type, Value};

/// Standard deviations where `surge` does not say.
const SIGMA: f64 = 4.0;

impl<'a> Checker<'a> {
    pub(super) fn call(&mut self, sc: &mut Scope<'a>, callee: &ast::Path, args: &[Arg], span: Span) -> Res<Expr> {
        if let Some(word) = callee.as_word() {
            let name = word.text.as_ref();
            if let Some(aggregate) = ops::aggregate(name) {
                return self.aggregate(sc, aggregate, args, span);
            }
            if let Some(function) = ops::function(name) {
                return self.plain_call(sc, function, args, span);
            }
            let help = dialects::function(name).unwrap_or_else(|| {
                let all: Vec<String> = ops::FUNCTIONS
                    .iter()
                    .filter(|f| f.name.starts_with(|c: char| c.is_ascii_lowercase()) && f.name != "mod")
                    .map(|f| format!("`{}`", f.name))
                    .collect();
                format!("functions are {}", all.join(" "))
            });
            return self.fail(codes::E0205, word.span, format!("`{name}` is no function"), help);
        }
        let head = &callee.head;
        match (self.names.words.get(&head.text).map(|d| d.word), callee.tail.as_slice()) {
            (Some(Word::Profile(id)), [ast::PathPart::Name(question)]) => {
                self.question(sc, id, head, question, args, span)
            }
            _ => {
                let profiles: Vec<&str> = self.names.profiles.iter().map(|p| p.name.text.as_ref()).collect();
                let help = match nearest(&head.text, profiles.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "functions have no dot: `lower(x)`; profiles are asked so: `principal.new(operation)`"
                        .to_owned(),
                };
                self.fail(codes::E0213, head.span, format!("no profile `{}` is declared", head.text), help)
            }
        }
    }

    fn plain_call(&mut self, sc: &mut Scope<'a>, function: &'static Function, args: &[Arg], span: Span) -> Res<Expr> {
        let mut checked = Vec::new();
        for arg in args {
            if let Some(name) = &arg.name {
                let help = format!("write `{}({})`", function.name, function.params.join(", "));
                return self.fail(codes::E0205, name.span, format!("`{}` has no named arguments", function.name), help);
            }
            checked.push(match &arg.value.kind {
                ast::ExprKind::Literal(Literal::Regex { pattern, ignore_case }) => {
                    self.regex(pattern, *ignore_case, arg.span)
                }
                _ => self.expr(sc, &arg.value, None),
            });
        }
        let checked: Vec<Expr> = checked.into_iter().collect::<Res<_>>()?;
        self.function(Some(function), function.name, checked, span)
    }

    /// A function of checked arguments.
    pub(super) fn function(
        &mut self,
        function: Option<&'static Function>,
        name: &str,
        args: Vec<Expr>,
        span: Span,
    ) -> Res<Expr> {
        let Some(function) = function else {
            return self.fail(codes::E0205, span, format!("`{name}` is no function"), "see `outguard explain E0205`");
        };
        if let Some(each) = args.iter().find(|a| super::compare::is_each(a)) {
            let text = self.text(each.span);
            let help = format!("bind an element: `any e in {}: …`", text.split("[]").next().unwrap_or(text));
            return self.fail(codes::E0303, each.span, format!("`{text}` stands for several values"), help);
        }
        let types: Vec<Type> = args.iter().map(|a| a.ty.clone()).collect();
        match (function.check)(&types) {
            Ok(ty) => Ok(self.node(ExprKind::Call(function, args), ty, span)),
            Err(why) => {
                let shown: Vec<String> = types.iter().map(ToString::to_string).collect();
                let message = if function.name.starts_with(|c: char| c.is_ascii_lowercase()) {
                    format!("`{}` does not take ({})", function.name, shown.join(", "))
                } else {
                    format!("`{}` does not stand between {}", function.name, shown.join(" and "))
                };
                self.fail(codes::E0310, span, message, why)
            }
        }
    }

    fn aggregate(&mut self, sc: &mut Scope<'a>, agg: &'static Aggregate, args: &[Arg], span: Span) -> Res<Expr> {
        if !matches!(sc.place, Place::When | Place::Volume) {
            let help = "write `when count() >= 10` and `within 10m` as clauses of the finding";
            return self.fail(
                codes::E0512,
                span,
                format!("`{}` counts events, and stands only in `when`", agg.name),
                help,
            );
        }
        // `count(fail)`, `seen(fail)`: over which events.
        let named = match args {
            [Arg { name: None, value, .. }] => match &value.kind {
                ast::ExprKind::Path(path) => path.as_word(),
                _ => None,
            },
            _ => None,
        };
        if let Some(word) = named
            && let Some(input) = sc.input_named(&word.text)
            && matches!(agg.name, "count" | "seen" | "jitter")
        {
            let ty = (agg.check)(&[]).unwrap_or(Type::Bool);
            return Ok(self.node(ExprKind::Aggregate(agg, Vec::new(), Some(input)), ty, span));
        }
        if agg.name == "seen" {
            let names: Vec<&str> = sc.inputs.iter().filter_map(|i| i.name.as_deref()).collect();
            let help = match (named.and_then(|w| nearest(&w.text, names.iter().copied())), names.first()) {
                (Some(near), _) => format!("did you mean `seen({near})`?"),
                (None, Some(first)) => format!("write `seen({first})`"),
                (None, None) => "give the inputs names: `on fail = …, ok = …`".to_owned(),
            };
            return self.fail(codes::E0514, span, "`seen` takes the name of an input", help);
        }
        let (mut checked, mut inner) = (Vec::new(), sc.clone());
        inner.place = Place::Condition;
        for arg in args {
            let distance = match (&arg.name, &arg.value.kind) {
                (Some(n), ast::ExprKind::Literal(Literal::Distance(m)))
                    if agg.name == "speed" && n.text.as_ref() == "beyond" =>
                {
                    Some(*m)
                }
                _ => None,
            };
            if let Some(metres) = distance {
                checked.push(self.node(ExprKind::Const(Value::Int(metres)), Type::Int, arg.span));
            } else if let Some(name) = &arg.name {
                let help =
                    if agg.name == "speed" { "write `speed(location, beyond: 500km)`" } else { "leave the name out" };
                let message = format!("`{}` has no argument `{}` of this form", agg.name, name.text);
                return self.fail(codes::E0310, arg.span, message, help);
            } else {
                match self.location(&mut inner, agg, &arg.value) {
                    Some(located) => checked.extend(located),
                    None => checked.push(self.expr(&mut inner, &arg.value, None)?),
                }
            }
        }
        let located = agg.name == "speed" && checked.len() >= 2 && checked.iter().take(2).all(|e| e.ty.is_number());
        let types: Vec<Type> = if located {
            std::iter::once(Type::Object).chain(checked.iter().skip(2).map(|e| e.ty.clone())).collect()
        } else {
            checked.iter().map(|e| e.ty.clone()).collect()
        };
        let ty = match (agg.check)(&types) {
            Ok(ty) => ty,
            Err(why) => {
                let message = format!("`{}` does not aggregate this", agg.name);
                return self.fail(codes::E0310, span, message, why);
            }
        };
        let input = self.one_input(&checked, span)?;
        let input = if sc.inputs.len() > 1 { input } else { None };
        Ok(self.node(ExprKind::Aggregate(agg, checked, input), ty, span))
    }

    /// `src_endpoint.location`, where it is a group of attributes: its latitude and longitude.
    fn location(&mut self, sc: &mut Scope<'a>, agg: &Aggregate, value: &ast::Expr) -> Option<Vec<Expr>> {
        let ast::ExprKind::Path(path) = &value.kind else { return None };
        if agg.name != "speed" {
            return None;
        }
        let (input, parts) = match sc.input_named(&path.head.text) {
            Some(input) => (input, Vec::new()),
            None => match sc.bare {
                Bare::Of(input) => (input, vec![Step::Key(path.head.text.clone())]),
                _ => return None,
            },
        };
        let parts: Vec<Step> = parts.into_iter().chain(super::path::steps(&path.tail)).collect();
        let class = sc.inputs[input].kind.class;
        let group = |words: [&str; 2]| {
            words.iter().find_map(|word| {
                let mut path = parts.clone();
                path.push(Step::Key((*word).into()));
                self.vocabulary.resolve(class, &path).map(|_| path)
            })
        };
        let (lat, long) = (group(["lat", "latitude"])?, group(["long", "longitude"])?);
        let lat = self.attribute(sc, input, &lat, value.span).ok()?;
        let long = self.attribute(sc, input, &long, value.span).ok()?;
        Some(vec![lat, long])
    }

    /// The one input whose attributes are read.
    fn one_input(&mut self, exprs: &[Expr], span: Span) -> Res<Option<usize>> {
        let mut inputs = Vec::new();
        for expr in exprs {
            expr.visit(&mut |e| {
                if let ExprKind::Attr(a) = &e.kind
                    && !inputs.contains(&a.input)
                {
                    inputs.push(a.input);
                }
            });
        }
        if inputs.len() > 1 {
            let message = "an aggregate reads the events of one input";
            return self.fail(codes::E0518, span, message, "write one aggregate for each input, joined by `and`");
        }
        Ok(inputs.first().copied())
    }

    fn question(
        &mut self,
        sc: &mut Scope<'a>,
        id: ProfileId,
        profile: &ast::Name,
        question: &ast::Name,
        args: &[Arg],
        span: Span,
    ) -> Res<Expr> {
        let name = &profile.text;
        if !matches!(sc.place, Place::When | Place::Let) {
            let help = format!("write `when {}`", self.text(span));
            return self.fail(codes::E0512, span, format!("the profile `{name}` is asked only in `when`"), help);
        }
        let item = self.names.profiles[id.index()];
        let kind = item.on.as_ref().and_then(|on| on.bindings.first()).and_then(|b| self.vocabulary.kind(&b.kind.text));
        if let Some(kind) = kind
            && !sc.inputs.iter().any(|i| i.kind.class == kind.class)
        {
            let message =
                format!("the profile `{name}` is learned from events of `{}`", self.vocabulary.kind_name(kind));
            let help = "ask it about events of the same class, or write a profile of these events";
            return self.fail(codes::E0517, span, message, help);
        }
        let (question, ty) = match question.text.as_ref() {
            "new" => (self.new_question(sc, item, args, span)?, Type::Bool),
            "surge" => (self.surge(item, args, span)?, Type::Bool),
            "surprise" => (self.surprise(item, args, span)?, Type::Float),
            other => {
                let known = ["new", "surge", "surprise"];
                let help = match nearest(other, known) {
                    Some(near) => format!("did you mean `{name}.{near}`?"),
                    None => format!("ask `{name}.new(value)`, `{name}.surge(volume)` or `{name}.surprise(value, …)`"),
                };
                return self.fail(codes::E0213, question.span, format!("a profile does not answer `{other}`"), help);
            }
        };
        Ok(self.node(ExprKind::Profile(id, question), ty, span))
    }

    fn value_index(&mut self, item: &ast::ProfileItem, word: &str, span: Span, volumes: bool) -> Res<usize> {
        let names: Vec<&str> = if volumes {
            item.volumes.iter().map(|v| v.name.text.as_ref()).collect()
        } else {
            item.values.iter().map(|v| v.name.text.as_ref()).collect()
        };
        if let Some(index) = names.iter().position(|n| *n == word) {
            return Ok(index);
        }
        let what = if volumes { "volume" } else { "value" };
        let help = match nearest(word, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => format!("add `{what} {word} = …` to the profile"),
            None => format!("its {what}s are {}", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" ")),
        };
        self.fail(codes::E0213, span, format!("the profile `{}` has no {what} `{word}`", item.name.text), help)
    }

    fn new_question(
        &mut self,
        sc: &mut Scope<'a>,
        item: &ast::ProfileItem,
        args: &[Arg],
        span: Span,
    ) -> Res<ProfileQuestion> {
        let [Arg { name: None, value, .. }] = args else {
            let help = format!("write `{}.new(value)`", item.name.text);
            return self.fail(codes::E0517, span, "`new` takes one value of the profile", help);
        };
        let path = match &value.kind {
            ast::ExprKind::Path(path) => path,
            _ => {
                return self.fail(codes::E0517, value.span, "`new` takes a value of the profile", "name it");
            }
        };
        if let Some(word) = path.as_word()
            && sc.binder(&word.text).is_none()
        {
            return Ok(ProfileQuestion::New(self.value_index(item, &word.text, word.span, false)?, None));
        }
        // An expression in place of the value's own: the value of the same name, or the only one.
        let last = path.tail.iter().rev().find_map(|p| match p {
            ast::PathPart::Name(n) => Some(n.text.clone()),
            _ => None,
        });
        let named = last.and_then(|last| item.values.iter().position(|v| v.name.text == last));
        let index = match (named, item.values.len()) {
            (Some(index), _) => index,
            (None, 1) => 0,
            (None, _) => {
                let message = format!("which value of `{}` is `{}`?", item.name.text, path.text());
                let help = "name a value of the profile like the last word of this path";
                return self.fail(codes::E0213, value.span, message, help);
            }
        };
        let mut inner = sc.at(Place::Condition);
        let expr = self.expr(&mut inner, value, None)?;
        Ok(ProfileQuestion::New(index, Some(vec![expr])))
    }

    fn surge(&mut self, item: &ast::ProfileItem, args: &[Arg], span: Span) -> Res<ProfileQuestion> {
        let (mut volume, mut sigma, mut floor) = (None, SIGMA, 0.0);
        for arg in args {
            let number = match &arg.value.kind {
                ast::ExprKind::Literal(Literal::Int(n) | Literal::Size(n)) => Some(*n as f64),
                ast::ExprKind::Literal(Literal::Float(x) | Literal::Percent(x)) => Some(*x),
                _ => None,
            };
            match (arg.name.as_ref().map(|n| n.text.as_ref()), number, &arg.value.kind) {
                (Some("sigma"), Some(x), _) if x > 0.0 => sigma = x,
                (Some("floor"), Some(x), _) if x >= 0.0 => floor = x,
                (None, None, ast::ExprKind::Path(path)) if volume.is_none() && path.tail.is_empty() => {
                    volume = Some(self.value_index(item, &path.head.text, path.span, true)?);
                }
                _ => {
                    let help = format!("write `{}.surge(volume, sigma: 4, floor: 50)`", item.name.text);
                    return self.fail(codes::E0517, arg.span, "`surge` does not take this", help);
                }
            }
        }
        match volume {
            Some(volume) => Ok(ProfileQuestion::Surge { volume, sigma, floor }),
            None => {
                let help = format!("write `{}.surge(volume, sigma: 4, floor: 50)`", item.name.text);
                self.fail(codes::E0517, span, "`surge` takes a volume of the profile", help)
            }
        }
    }

    fn surprise(&mut self, item: &ast::ProfileItem, args: &[Arg], span: Span) -> Res<ProfileQuestion> {
        let mut values = Vec::new();
        for arg in args {
            match (&arg.name, &arg.value.kind) {
                (None, ast::ExprKind::Path(path)) if path.tail.is_empty() => {
                    values.push(self.value_index(item, &path.head.text, path.span, false)?);
                }
                _ => return self.fail(codes::E0517, arg.span, "`surprise` takes values of the profile", "name them"),
            }
        }
        if values.is_empty() {
            let help = format!("write `{}.surprise(operation, country) >= 24`: bits", item.name.text);
            return self.fail(codes::E0517, span, "`surprise` takes values of the profile", help);
        }
        Ok(ProfileQuestion::Surprise(values))
    }

    /// Whether a kind always carries an attribute.
    pub(super) fn always(&self, sc_kind: crate::schema::Kind, attr: crate::schema::AttrId) -> bool {
        self.vocabulary.presence(sc_kind, attr) == Presence::Always
    }

    /// A warning about something that loads.
    pub(super) fn warn(&mut self, diagnostic: Diagnostic) {
        let _ = self.report(diagnostic);
    }
}
