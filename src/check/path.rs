//! Paths: bound elements, inputs, parameters, `let`s, attributes; and the parts within them.

use super::model::{AttrRef, Expr, ExprKind};
use super::names::Word;
use super::scope::{Bare, Place, Scope};
use super::{Checker, MAX_LETS, MAX_NODES, Res};
use crate::diag::{Diagnostic, codes};
use crate::ops;
use crate::schema::{Attribute, Kind, Presence};
use crate::suggest::nearest;
use crate::syntax::ast::{self, PathPart, quote};
use crate::text::Span;
use crate::value::Type;
use crate::value::json::Step;

/// What may stand behind an ARN, and the function that reads it.
const ARN_PARTS: &[(&str, &str)] =
    &[("service", "arn_service"), ("region", "arn_region"), ("account", "arn_account"), ("resource", "arn_resource")];

pub(super) fn steps(parts: &[PathPart]) -> Vec<Step> {
    parts
        .iter()
        .map(|part| match part {
            PathPart::Name(name) => Step::Key(name.text.clone()),
            PathPart::Each(_) => Step::Each,
            PathPart::Index { index, .. } => Step::Index(*index),
        })
        .collect()
}

/// Dotted names at the front of steps, and how many steps each takes; the longest last.
fn dotted(steps: &[Step]) -> Vec<(String, usize)> {
    let mut out: Vec<(String, usize)> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let Step::Key(key) = step else { break };
        let name = out.last().map_or_else(|| key.to_string(), |(before, _)| format!("{before}.{key}"));
        out.push((name, i + 1));
    }
    out
}

impl<'a> Checker<'a> {
    /// A path, where a value of type `want` stands opposite.
    pub(super) fn path(&mut self, sc: &mut Scope<'a>, path: &ast::Path, want: Option<&Type>) -> Res<Expr> {
        if let (Some(Type::Enum(words)), Some(word)) = (want, path.as_word()) {
            let (value, ty) = self.enum_word(&word.text, word.span, words)?;
            return Ok(self.node(ExprKind::Const(value), ty, path.span));
        }
        let head = path.head.text.as_ref();
        if let Some(bound) = sc.binder(head).cloned() {
            let rest = steps(&path.tail);
            return self.part(ExprKind::Element(bound.id, Vec::new()), &bound.ty, bound.fields, &rest, path.span);
        }
        if let Some(input) = sc.input_named(head) {
            if path.tail.is_empty() {
                let message = format!("`{head}` names events, not a value");
                return self.fail(codes::E0208, path.span, message, format!("say which attribute: `{head}.time`"));
            }
            return self.attribute(sc, input, &steps(&path.tail), path.span);
        }
        if path.tail.is_empty()
            && let Some(expr) = self.word(sc, &path.head)?
        {
            return Ok(expr);
        }
        let all: Vec<Step> = std::iter::once(Step::Key(path.head.text.clone())).chain(steps(&path.tail)).collect();
        match sc.bare {
            Bare::Of(input) => self.attribute(sc, input, &all, path.span),
            Bare::Named => {
                let has = |i: &&super::scope::InputScope| self.vocabulary.resolve(i.kind.class, &all).is_some();
                let Some(name) = sc.inputs.iter().find(has).and_then(|i| i.name.as_deref()) else {
                    return self.unknown_word(sc, &path.text(), path.span);
                };
                let message = format!("`{}` of which events?", path.text());
                self.fail(codes::E0518, path.span, message, format!("write `{name}.{}`", path.text()))
            }
            Bare::Nowhere => self.unknown_word(sc, &path.text(), path.span),
        }
    }

    /// A parameter or `let` of one word.
    fn word(&mut self, sc: &mut Scope<'a>, name: &ast::Name) -> Res<Option<Expr>> {
        let own = sc.params.iter().find(|(n, _)| *n == name.text).map(|(_, id)| *id);
        let word = match (own, self.names.words.get(&name.text).map(|d| d.word)) {
            (Some(id), _) => Word::Param(id),
            (None, Some(word)) => word,
            (None, None) => return Ok(None),
        };
        if let Some(kind) = sc.kind()
            && self.is_head(kind.class, &name.text)
        {
            self.check_hiding(word.what(), name, &[kind]);
            return Err(super::Reported);
        }
        match word {
            Word::Param(id) => {
                let ty = self.model.params[id.index()].ty.clone();
                Ok(Some(self.node(ExprKind::Param(id), ty, name.span)))
            }
            Word::Let(index) => self.expand(sc, index, name.span).map(Some),
            Word::Profile(_) => {
                let help = format!("ask it: `{0}.new(…)`, `{0}.surge(…)`, `{0}.surprise(…)`", name.text);
                self.fail(codes::E0208, name.span, format!("`{}` is a profile, not a value", name.text), help)
            }
        }
    }

    /// A `let`, written out where it is used.
    fn expand(&mut self, sc: &mut Scope<'a>, index: usize, span: Span) -> Res<Expr> {
        let entry = &self.names.lets[index];
        let (item, kind, broken) = (entry.item, entry.kind, entry.broken);
        let name = item.name.text.clone();
        if sc.lets.contains(&index) {
            return self.fail(
                codes::E0211,
                span,
                format!("`{name}` is defined by itself"),
                "a `let` is written out where it is used, so it cannot go round in a circle",
            );
        }
        if broken {
            return Err(super::Reported);
        }
        if sc.lets.len() >= MAX_LETS || self.nodes > MAX_NODES {
            let help =
                format!("at most {MAX_LETS} `let`s build on each other, and an item has at most {MAX_NODES} parts");
            return self.fail(codes::E0212, span, format!("`{name}` makes this too large"), help);
        }
        if let Some(kind) = kind {
            self.fits_let(sc, &name, kind, span)?;
        }
        let mut inner = Scope { binders: Vec::new(), params: Vec::new(), ..sc.clone() };
        inner.lets.push(index);
        let expr = self.expr(&mut inner, &item.value, None);
        if self.nodes > MAX_NODES {
            let help = format!("an item has at most {MAX_NODES} parts once its `let`s are written out");
            return self.fail(codes::E0212, span, format!("`{name}` makes this too large"), help);
        }
        expr
    }

    fn fits_let(&mut self, sc: &Scope<'a>, name: &str, kind: Kind, span: Span) -> Res<()> {
        let wanted = self.vocabulary.kind_name(kind).to_owned();
        let Some(here) = sc.kind() else {
            let message = format!("`{name}` reads events of `{wanted}`, and it is not said of which here");
            return self.fail(codes::E0518, span, message, "use it in the `where` of the events it is about");
        };
        if here.class == kind.class && (kind.source.is_none() || kind.source == here.source) {
            return Ok(());
        }
        let message =
            format!("`{name}` is of kind `{wanted}`, and these events are `{}`", self.vocabulary.kind_name(here));
        self.fail(codes::E0210, span, message, format!("define it `on {}`", self.vocabulary.kind_name(here)))
    }

    /// An attribute of an input, and what is read of it.
    pub(super) fn attribute(&mut self, sc: &Scope<'a>, input: usize, path: &[Step], span: Span) -> Res<Expr> {
        let vocabulary = self.vocabulary;
        let kind = sc.inputs[input].kind;
        let class = vocabulary.class(kind.class);
        let found = dotted(path).into_iter().rev().find_map(|(name, used)| class.attr(&name).map(|attr| (attr, used)));
        let Some((attr, used)) = found else {
            return self.unknown_attribute(sc, kind, path, span);
        };
        let attribute = vocabulary.attr(kind.class, attr);
        if let (Some(source), Presence::Never) = (kind.source, vocabulary.presence(kind, attr))
            && sc.place != Place::Test
        {
            let message = format!("`{}` never carries `{}`", vocabulary.source(source).name, attribute.name);
            let others: Vec<String> = vocabulary
                .sources_of(Kind { class: kind.class, source: None })
                .filter(|s| vocabulary.presence(Kind { source: Some(*s), ..kind }, attr) != Presence::Never)
                .map(|s| format!("`{}`", vocabulary.source(s).name))
                .collect();
            let help = if others.is_empty() {
                "no source carries it yet; `outguard fields` says what each one has".to_owned()
            } else {
                format!("{} {}", others.join(", "), if others.len() == 1 { "does" } else { "do" })
            };
            return self.fail(codes::E0402, span, message, help);
        }
        let reference = AttrRef { input, class: kind.class, attr, steps: Vec::new() };
        self.part(ExprKind::Attr(reference), &attribute.ty, &attribute.fields, &path[used..], span)
    }

    /// A part of an attribute or element of type `ty`.
    pub(super) fn part(
        &mut self,
        base: ExprKind,
        ty: &Type,
        fields: &'a [Attribute],
        path: &[Step],
        span: Span,
    ) -> Res<Expr> {
        let (mut ty, mut fields, mut each) = (ty.clone(), fields, false);
        let mut out: Vec<Step> = Vec::new();
        let mut rest = path;
        let mut arn = None;
        while let Some((step, more)) = rest.split_first() {
            match (&ty, step) {
                (Type::Json, _) => {
                    each |= rest.contains(&Step::Each);
                    out.extend(rest.iter().cloned());
                    rest = &[];
                    continue;
                }
                (Type::List(inner), Step::Each | Step::Index(_)) => {
                    each |= *step == Step::Each;
                    out.push(step.clone());
                    ty = (**inner).clone();
                    rest = more;
                    continue;
                }
                (Type::List(_), Step::Key(key)) => {
                    let help = format!(
                        "a list's elements are read with `[]`: `….[].{key}` is any element's `{key}`, `[0]` the first"
                    );
                    let help = help.replace("….[]", "…[]");
                    return self.fail(
                        codes::E0303,
                        span,
                        format!("`{}` reads a list as an object", self.text(span)),
                        help,
                    );
                }
                (Type::Object, Step::Key(_)) => {
                    let longest = dotted(rest)
                        .into_iter()
                        .rev()
                        .find_map(|(name, used)| fields.iter().find(|f| f.name.as_ref() == name).map(|f| (f, used)));
                    let Some((field, used)) = longest else {
                        return self.unknown_field(fields, rest, span);
                    };
                    out.push(Step::Key(field.name.clone()));
                    (ty, fields) = (field.ty.clone(), &field.fields);
                    rest = &rest[used..];
                    continue;
                }
                (Type::Arn, Step::Key(key)) if more.is_empty() => {
                    arn = ARN_PARTS.iter().find(|(part, _)| *part == key.as_ref());
                    if arn.is_some() {
                        rest = more;
                        continue;
                    }
                    let message = format!("an ARN has no part `{key}`");
                    return self.fail(
                        codes::E0201,
                        span,
                        message,
                        "its parts are `service` `region` `account` `resource`",
                    );
                }
                (Type::Object, _) => {
                    return self.fail(codes::E0303, span, "this is one object, not a list", "leave out the `[]`");
                }
                _ => {
                    let message = format!("`{}` reads a part of what is {ty}", self.text(span));
                    let arn = match step {
                        Step::Key(key) => ARN_PARTS.iter().find(|(part, _)| *part == key.as_ref()),
                        _ => None,
                    };
                    let help = if let (Type::String, Some((_, function))) = (&ty, arn) {
                        format!("the part of an ARN in a text is `{function}(…)`")
                    } else if ty == Type::String {
                        "text that holds a document is read with `parse_json(x).path`".to_owned()
                    } else {
                        format!("{ty} has no parts")
                    };
                    return self.fail(codes::E0303, span, message, help);
                }
            }
        }
        let kind = match base {
            ExprKind::Attr(reference) => ExprKind::Attr(AttrRef { steps: out, ..reference }),
            ExprKind::Element(id, _) => ExprKind::Element(id, out),
            other if out.is_empty() => other,
            other => {
                let inner = self.node(other, Type::Json, span);
                ExprKind::Part(Box::new(inner), out)
            }
        };
        if let Some(function) = arn.and_then(|(_, name)| ops::function(name)) {
            let arg = self.node(kind, Type::Arn, span);
            return Ok(self.node(ExprKind::Call(function, vec![arg]), Type::String, span));
        }
        let ty = if each { Type::list(ty) } else { ty };
        Ok(self.node(kind, ty, span))
    }

    fn unknown_field(&mut self, fields: &[Attribute], path: &[Step], span: Span) -> Res<Expr> {
        let word = dotted(path).pop().map_or_else(String::new, |(name, _)| name);
        let names = || fields.iter().map(|f| f.name.as_ref());
        let help = match nearest(&word, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" ")),
        };
        self.fail(codes::E0201, span, format!("the element has no attribute `{word}`"), help)
    }

    fn unknown_attribute(&mut self, sc: &Scope<'a>, kind: Kind, path: &[Step], span: Span) -> Res<Expr> {
        let vocabulary = self.vocabulary;
        let class = vocabulary.class(kind.class);
        let kind_name = vocabulary.kind_name(kind);
        let word = dotted(path).pop().map_or_else(String::new, |(name, _)| name);
        let group: Vec<&str> = class
            .attribute_names()
            .filter(|n| n.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with('.')))
            .collect();
        if let [first, ..] = group.as_slice() {
            let all = group.iter().take(8).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" ");
            let message = format!("`{word}` is a group of attributes, not one");
            let more = if group.len() > 8 { " …" } else { "" };
            let _ = first;
            return self.fail(codes::E0201, span, message, format!("its attributes are {all}{more}"));
        }
        let mut diagnostic = Diagnostic::error(codes::E0201, span, format!("`{kind_name}` has no attribute `{word}`"));
        let tail = || class.attribute_names().find(|n| n.rsplit('.').next() == Some(word.as_str()));
        let elsewhere = || vocabulary.classes.iter().find(|c| c.attr(&word).is_some());
        let words = self.words_in_scope(sc);
        diagnostic = if let Some(near) = nearest(&word, class.attribute_names()) {
            diagnostic.help(format!("did you mean `{near}`?"))
        } else if let Some(near) = nearest(&word, words.iter().map(String::as_str)) {
            diagnostic.help(format!("did you mean `{near}`?"))
        } else if let Some(name) = tail() {
            diagnostic.help(format!("did you mean `{name}`?"))
        } else if let Some(other) = elsewhere() {
            diagnostic.help(format!("`{}` has it; these events are `{kind_name}`", other.name))
        } else if path.len() == 1 {
            diagnostic.help(format!(
                "text stands in quotes: `{}`; `outguard fields {kind_name}` lists the attributes",
                quote(&word)
            ))
        } else {
            diagnostic.help(format!("`outguard fields {kind_name}` lists the attributes"))
        };
        Err(self.report(diagnostic))
    }

    /// A word that names nothing where there are no events.
    fn unknown_word(&mut self, sc: &Scope<'a>, word: &str, span: Span) -> Res<Expr> {
        let words = self.words_in_scope(sc);
        let help = match nearest(word, words.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if sc.place == Place::Constant => {
                format!("a constant stands here; text stands in quotes: `{}`", quote(word))
            }
            None => format!("text stands in quotes: `{}`", quote(word)),
        };
        self.fail(codes::E0208, span, format!("`{word}` names nothing here"), help)
    }

    fn words_in_scope(&self, sc: &Scope<'a>) -> Vec<String> {
        let binders = sc.binders.iter().map(|b| b.name.to_string());
        let params = sc.params.iter().map(|(n, _)| n.to_string());
        let inputs = sc.inputs.iter().filter_map(|i| i.name.as_ref().map(ToString::to_string));
        binders.chain(params).chain(inputs).chain(self.names.words.keys().map(ToString::to_string)).collect()
    }
}
