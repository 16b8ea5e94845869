//! The first pass: every name of the rule set, and the items that stand for themselves (lists, parameters, `let`s).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::model::{FindingId, List, ListId, Param, ParamId, ProfileId};
use super::scope::{Place, Scope};
use super::{Checker, Res};
use crate::diag::{Diagnostic, codes};
use crate::schema::Kind;
use crate::suggest::nearest;
use crate::syntax::ast::{self, FindingItem, Item, LetItem, ParamItem, ProfileItem, SuppressItem, TestItem, TuneItem};
use crate::text::Span;
use crate::value::{Type, Value};

/// Lists that every rule set has: name, type, what they hold.
pub(super) const BUILT_IN: &[(&str, Type, &str)] = &[
    ("own_accounts", Type::String, "The accounts of the organisation, from the deployment."),
    ("own_networks", Type::Ip, "The networks of the organisation, from the deployment."),
    ("aws_ranges", Type::Ip, "The addresses that AWS publishes as its own."),
];

/// What a bare word of the rule set means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Word {
    Let(usize),
    Param(ParamId),
    Profile(ProfileId),
}

impl Word {
    pub fn what(self) -> &'static str {
        match self {
            Word::Let(_) => "the `let`",
            Word::Param(_) => "the parameter",
            Word::Profile(_) => "the profile",
        }
    }
}

pub(super) struct Declared {
    pub word: Word,
    pub span: Span,
}

pub(super) struct Let<'a> {
    pub item: &'a LetItem,
    pub kind: Option<Kind>,
    pub broken: bool,
}

#[derive(Default)]
pub(super) struct Names<'a> {
    pub lists: BTreeMap<Arc<str>, (ListId, Option<Span>)>,
    pub words: BTreeMap<Arc<str>, Declared>,
    pub lets: Vec<Let<'a>>,
    pub profiles: Vec<&'a ProfileItem>,
    pub findings: Vec<&'a FindingItem>,
    pub by_type: BTreeMap<Arc<str>, FindingId>,
    pub tunes: Vec<&'a TuneItem>,
    pub suppressions: Vec<&'a SuppressItem>,
    pub tests: Vec<&'a TestItem>,
    /// Parameters of each finding.
    pub params: Vec<Vec<(Arc<str>, ParamId)>>,
}

impl<'a> Checker<'a> {
    /// Gathers every name, so that items may stand in any order and file.
    pub(super) fn collect(&mut self, files: &'a [ast::File]) {
        for (name, ty, docs) in BUILT_IN {
            let id = ListId(u32::try_from(self.model.lists.len()).unwrap_or(u32::MAX));
            self.names.lists.insert(Arc::from(*name), (id, None));
            self.model.lists.push(List {
                name: Arc::from(*name),
                ty: ty.clone(),
                constants: Vec::new(),
                docs: (*docs).to_owned(),
                span: None,
            });
        }
        let items = || files.iter().flat_map(|f| &f.items);
        for item in items() {
            match item {
                Item::List(list) => self.list(list),
                Item::Profile(profile) => {
                    let id = ProfileId(u32::try_from(self.names.profiles.len()).unwrap_or(u32::MAX));
                    self.names.profiles.push(profile);
                    self.declare(&profile.name, Word::Profile(id));
                }
                Item::Param(param) => {
                    if let Some(id) = self.param(param, None) {
                        self.declare(&param.name, Word::Param(id));
                    }
                }
                Item::Let(item) => {
                    let index = self.names.lets.len();
                    self.names.lets.push(Let { item, kind: None, broken: false });
                    self.declare(&item.name, Word::Let(index));
                }
                Item::Finding(finding) => self.declare_finding(finding),
                Item::Tune(tune) => self.names.tunes.push(tune),
                Item::Suppress(suppress) => self.names.suppressions.push(suppress),
                Item::Test(test) => self.names.tests.push(test),
            }
        }
        self.sets();
        self.lets();
    }

    fn declare(&mut self, name: &ast::Name, word: Word) {
        if let Some(before) = self.names.words.get(&name.text) {
            let message = format!("`{}` is declared twice", name.text);
            let diagnostic = Diagnostic::error(codes::E0206, name.span, message)
                .label(before.span, "the first")
                .help("names of `let`, `param` and `profile` are global to the rule set; choose another");
            self.report(diagnostic);
            return;
        }
        self.names.words.insert(name.text.clone(), Declared { word, span: name.span });
    }

    fn declare_finding(&mut self, item: &'a FindingItem) {
        let id = FindingId(u32::try_from(self.names.findings.len()).unwrap_or(u32::MAX));
        if let Some(before) = self.names.by_type.get(&item.ty.text) {
            let first = self.names.findings[before.index()].ty.span;
            let diagnostic =
                Diagnostic::error(codes::E0506, item.ty.span, format!("`{}` is defined twice", item.ty.text))
                    .label(first, "the first")
                    .help("change one with `tune`, or give it a mechanism of its own: `….B`");
            self.report(diagnostic);
        } else {
            self.names.by_type.insert(item.ty.text.clone(), id);
        }
        self.names.findings.push(item);
        let mut params: Vec<(Arc<str>, ParamId)> = Vec::new();
        for param in &item.params {
            if params.iter().any(|(n, _)| *n == param.name.text) {
                let message = format!("`{}` is declared twice", param.name.text);
                self.report(Diagnostic::error(codes::E0206, param.name.span, message).help("choose another name"));
            } else if let Some(param_id) = self.param(param, Some(id)) {
                params.push((param.name.text.clone(), param_id));
            }
        }
        self.names.params.push(params);
    }

    fn list(&mut self, item: &ast::ListItem) {
        if let Some((_, before)) = self.names.lists.get(&item.name.text) {
            let diagnostic =
                Diagnostic::error(codes::E0206, item.name.span, format!("`@{}` is declared twice", item.name.text));
            let diagnostic = match before {
                Some(span) => diagnostic.label(*span, "the first").help("choose another name"),
                None => diagnostic.help("this list is built in; choose another name"),
            };
            self.report(diagnostic);
            return;
        }
        let ty = match self.type_ref(&item.ty) {
            Ok(ty @ (Type::Ip | Type::Domain | Type::Hash | Type::String | Type::Int)) => Some(ty),
            Ok(other) => {
                let help = match other {
                    Type::Cidr => "write `ip`: an ip list takes addresses and networks",
                    Type::Arn => "write `string`",
                    _ => "lists are of `ip`, `domain`, `hash`, `string` or `int`",
                };
                self.report(
                    Diagnostic::error(codes::E0602, item.ty.span, format!("there are no lists of {other}")).help(help),
                );
                None
            }
            Err(_) => None,
        };
        let wanted = ty.clone().unwrap_or(Type::String);
        let mut constants = Vec::new();
        for entry in item.entries.iter().flatten() {
            if ty.is_none() {
                break;
            }
            if let Ok(value) = self.entry(entry, &wanted) {
                constants.push(value);
            }
        }
        let id = ListId(u32::try_from(self.model.lists.len()).unwrap_or(u32::MAX));
        self.names.lists.insert(item.name.text.clone(), (id, Some(item.name.span)));
        let docs = item.docs.text();
        self.model.lists.push(List {
            name: item.name.text.clone(),
            ty: wanted,
            constants,
            docs,
            span: Some(item.span),
        });
    }

    /// An entry of a list: a constant, no range.
    pub(super) fn entry(&mut self, entry: &ast::Expr, ty: &Type) -> Res<Value> {
        if let ast::ExprKind::Range { .. } = entry.kind {
            return self.fail(codes::E0601, entry.span, "a list has no ranges", "name each entry, or write a network");
        }
        self.constant(entry, ty)
    }

    fn param(&mut self, item: &ParamItem, finding: Option<FindingId>) -> Option<ParamId> {
        let ty = self.type_ref(&item.ty).ok();
        let value = match &ty {
            Some(ty) => self.constant(&item.value, ty),
            None => Err(super::Reported),
        };
        let id = ParamId(u32::try_from(self.model.params.len()).unwrap_or(u32::MAX));
        self.model.params.push(Param {
            name: item.name.text.clone(),
            ty: ty.unwrap_or(Type::Json),
            value: value.unwrap_or(Value::Null),
            finding,
            docs: item.docs.text(),
            span: item.span,
        });
        Some(id)
    }

    /// `tune … { set PARAM = VALUE }`, before anything reads a parameter.
    fn sets(&mut self) {
        for tune in self.names.tunes.clone() {
            let Some(finding) = self.names.by_type.get(&tune.target.text).copied() else { continue };
            let params = self.names.params[finding.index()].clone();
            for set in &tune.sets {
                let own = params.iter().find(|(n, _)| *n == set.param.text).map(|(_, id)| *id);
                let Some(id) = own else {
                    let names = || params.iter().map(|(n, _)| n.as_ref());
                    let help = match nearest(&set.param.text, names()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if params.is_empty() => "it has none; add `param` to the finding".to_owned(),
                        None => format!("it has {}", names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" ")),
                    };
                    let message = format!("`{}` has no parameter `{}`", tune.target.text, set.param.text);
                    self.report(Diagnostic::error(codes::E0508, set.param.span, message).help(help));
                    continue;
                };
                let ty = self.model.params[id.index()].ty.clone();
                if let Ok(value) = self.constant(&set.value, &ty) {
                    self.model.params[id.index()].value = value;
                }
            }
        }
    }

    /// Every `let`, checked where it is defined.
    fn lets(&mut self) {
        for index in 0..self.names.lets.len() {
            let item = self.names.lets[index].item;
            if let Some(name) = &item.kind {
                match self.kind(name) {
                    Ok(kind) => self.names.lets[index].kind = Some(kind),
                    Err(_) => self.names.lets[index].broken = true,
                }
            }
        }
        for index in 0..self.names.lets.len() {
            let (item, kind) = (self.names.lets[index].item, self.names.lets[index].kind);
            if self.names.lets[index].broken {
                continue;
            }
            if let Some(kind) = kind {
                self.check_hiding("the `let`", &item.name, &[kind]);
            }
            let mut scope = kind.map_or_else(Scope::constant, |kind| Scope::event(kind).at(Place::Let));
            scope.lets.push(index);
            self.nodes = 0;
            let before = self.out.len();
            let ok = match self.expr(&mut scope, &item.value, None) {
                Ok(expr) => {
                    self.law(&expr, &scope, &Default::default());
                    true
                }
                Err(_) => false,
            };
            if !ok || self.out[before..].iter().any(Diagnostic::is_error) {
                self.names.lets[index].broken = true;
            }
        }
    }

    /// What `on` names.
    pub(super) fn kind(&mut self, name: &ast::Name) -> Res<Kind> {
        if let Some(kind) = self.vocabulary.kind(&name.text) {
            return Ok(kind);
        }
        let names = || self.vocabulary.kind_names();
        let help = match nearest(&name.text, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("kinds are {}", names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" ")),
        };
        self.fail(codes::E0214, name.span, format!("`{}` is no kind of event", name.text), help)
    }
}
