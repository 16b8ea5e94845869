//! What names mean at a place of the text: inputs, bound elements, parameters.

use std::sync::Arc;

use super::Checker;
use super::model::{BinderId, Expr, ExprKind, ParamId};
use crate::diag::{Diagnostic, codes};
use crate::schema::{Attribute, ClassId, Kind};
use crate::syntax::ast;
use crate::text::Span;
use crate::value::Type;

/// Where an expression stands; some of them may say more than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A condition over one event.
    Condition,
    /// `when`: aggregates and profiles.
    When,
    /// A `let` where it is defined: profiles, since it may be for a `when`. Where it is used, that place counts.
    Let,
    /// A profile's `volume`: aggregates.
    Volume,
    /// A value of a test: no attributes.
    Test,
    /// A constant: no attributes.
    Constant,
}

/// Which events an attribute without a name before it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    /// Of this input.
    Of(usize),
    /// There are several inputs: the author must say.
    Named,
    /// There are no events here.
    Nowhere,
}

/// An input that may be named.
#[derive(Debug, Clone)]
pub(super) struct InputScope {
    pub name: Option<Arc<str>>,
    pub kind: Kind,
}

/// An element bound by `any x in …`, or a `repeat`'s value.
#[derive(Debug, Clone)]
pub(super) struct Bound<'a> {
    pub name: Arc<str>,
    pub id: BinderId,
    pub ty: Type,
    /// Its attributes, if it is an object of the vocabulary.
    pub fields: &'a [Attribute],
}

#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    pub inputs: Vec<InputScope>,
    pub bare: Bare,
    pub binders: Vec<Bound<'a>>,
    pub params: Vec<(Arc<str>, ParamId)>,
    pub place: Place,
    /// Which `let`s are being expanded.
    pub lets: Vec<usize>,
}

impl<'a> Scope<'a> {
    pub fn constant() -> Self {
        Self {
            inputs: Vec::new(),
            bare: Bare::Nowhere,
            binders: Vec::new(),
            params: Vec::new(),
            place: Place::Constant,
            lets: Vec::new(),
        }
    }

    pub fn event(kind: Kind) -> Self {
        Self {
            inputs: vec![InputScope { name: None, kind }],
            bare: Bare::Of(0),
            place: Place::Condition,
            ..Self::constant()
        }
    }

    pub fn with_params(mut self, params: &[(Arc<str>, ParamId)]) -> Self {
        self.params = params.to_vec();
        self
    }

    pub fn at(&self, place: Place) -> Self {
        Self { place, ..self.clone() }
    }

    pub fn bare(&self, bare: Bare) -> Self {
        Self { bare, ..self.clone() }
    }

    pub fn input_named(&self, name: &str) -> Option<usize> {
        self.inputs.iter().position(|i| i.name.as_deref() == Some(name))
    }

    pub fn binder(&self, name: &str) -> Option<&Bound<'a>> {
        self.binders.iter().rev().find(|b| b.name.as_ref() == name)
    }

    /// The kind whose attributes bare words are.
    pub fn kind(&self) -> Option<Kind> {
        match self.bare {
            Bare::Of(i) => self.inputs.get(i).map(|i| i.kind),
            _ => None,
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn binder_id(&mut self) -> BinderId {
        self.binders += 1;
        BinderId(self.binders - 1)
    }

    /// Whether some attribute of the class is `word`, or begins with `word.`.
    pub(super) fn is_head(&self, class: ClassId, word: &str) -> bool {
        self.vocabulary
            .class(class)
            .attribute_names()
            .any(|name| name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// A new name must hide no attribute of the kinds at play.
    pub(super) fn check_hiding(&mut self, what: &str, name: &ast::Name, kinds: &[Kind]) {
        for kind in kinds {
            if self.is_head(kind.class, &name.text) {
                let kind = self.vocabulary.kind_name(*kind);
                let message = format!("{what} `{}` hides an attribute of `{kind}`", name.text);
                self.report(
                    Diagnostic::error(codes::E0209, name.span, message)
                        .help("choose a name that no attribute begins with"),
                );
                return;
            }
        }
    }

    pub(super) fn node(&mut self, kind: ExprKind, ty: Type, span: Span) -> Expr {
        self.nodes += 1;
        Expr { kind, ty, span }
    }
}
