//! Finding things in the vocabulary by name, and how surely a kind carries an attribute.

use super::{
    AttrId, Attribute, Class, ClassId, Feed, Kind, Mapping, Presence, ResourceRule, Source, SourceId, Vocabulary,
};
use crate::value::Type;
use crate::value::json::Step;

impl Vocabulary {
    /// The kind of that name: a class, or a source seen as its first class.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<Kind> {
        if let Some(class) = self.class_named(name) {
            return Some(Kind { class, source: None });
        }
        let source = self.source_named(name)?;
        Some(Kind { class: self.source(source).classes.first()?.class, source: Some(source) })
    }

    /// What rules call a kind.
    #[must_use]
    pub fn kind_name(&self, kind: Kind) -> &str {
        kind.source.map_or_else(|| self.class(kind.class).name.as_ref(), |s| self.source(s).name.as_ref())
    }

    /// All names of kinds, classes first.
    pub fn kind_names(&self) -> impl Iterator<Item = &str> {
        self.classes.iter().map(|c| c.name.as_ref()).chain(self.sources.iter().map(|s| s.name.as_ref()))
    }

    /// A class by its id.
    #[must_use]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[usize::from(id.0)]
    }

    /// A class by its name.
    #[must_use]
    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        place(self.classes.iter().position(|c| c.name.as_ref() == name)).map(ClassId)
    }

    /// The tables that attributes ask, each once.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        let asks = self.classes.iter().flat_map(|c| &c.attributes).filter_map(|a| a.enriched.as_ref());
        let names = asks.filter_map(|e| match &e.what {
            super::Ask::Row(table, _) => Some(table.as_ref()),
            super::Ask::Fact(_) => None,
        });
        names.collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    /// A source by its id.
    ///
    /// # Panics
    /// For [`SourceId::NONE`].
    #[must_use]
    pub fn source(&self, id: SourceId) -> &Source {
        &self.sources[usize::from(id.0)]
    }

    /// A source by its name.
    #[must_use]
    pub fn source_named(&self, name: &str) -> Option<SourceId> {
        place(self.sources.iter().position(|s| s.name.as_ref() == name)).map(SourceId)
    }

    /// All source ids.
    pub fn source_ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..u16::try_from(self.sources.len()).unwrap_or(u16::MAX)).map(SourceId)
    }

    /// The sources that yield events of a kind.
    pub fn sources_of(&self, kind: Kind) -> impl Iterator<Item = SourceId> + '_ {
        self.source_ids().filter(move |&s| self.is_of(s, kind))
    }

    /// Whether a source yields events of a kind; a form of a source yields those of that source.
    #[must_use]
    pub fn is_of(&self, source: SourceId, kind: Kind) -> bool {
        kind.source.is_none_or(|only| only == source || self.source(source).form_of == Some(only))
            && self.mapping(source, kind.class).is_some()
    }

    /// How a source's record becomes an event of a class, if it does.
    #[must_use]
    pub fn mapping(&self, source: SourceId, class: ClassId) -> Option<&Mapping> {
        self.sources.get(usize::from(source.0))?.classes.iter().find(|m| m.class == class)
    }

    /// What feeds an attribute of a class in a source's record.
    #[must_use]
    pub fn feed(&self, source: SourceId, class: ClassId, attr: AttrId) -> Option<&Feed> {
        self.mapping(source, class)?.attributes.get(&attr)
    }

    /// An attribute of a class by its dotted name.
    #[must_use]
    pub fn attribute(&self, class: ClassId, name: &str) -> Option<AttrId> {
        self.class(class).attr(name)
    }

    /// An attribute by its id.
    #[must_use]
    pub fn attr(&self, class: ClassId, attr: AttrId) -> &Attribute {
        &self.class(class).attributes[usize::from(attr.0)]
    }

    /// The attribute that a path of a class begins with, the longest that fits, and the steps that go on within it:
    /// `api.request.data.policyDocument` is `api.request.data`, then `policyDocument`. Only a `json` attribute or a
    /// list can be gone into.
    #[must_use]
    pub fn resolve(&self, class: ClassId, path: &[Step]) -> Option<(AttrId, Vec<Step>)> {
        let mut name = String::new();
        let mut best = None;
        for (i, step) in path.iter().enumerate() {
            let Step::Key(key) = step else { break };
            if i > 0 {
                name.push('.');
            }
            name.push_str(key);
            if let Some(attr) = self.attribute(class, &name) {
                best = Some((attr, &path[i + 1..]));
            }
        }
        let (attr, rest) = best?;
        let attribute = self.attr(class, attr);
        let goes_in = rest.is_empty() || matches!(attribute.ty, Type::Json | Type::List(_));
        goes_in.then(|| (attr, rest.to_vec()))
    }

    /// How surely events of a kind carry an attribute. For a class: `Always` only if all of its sources say so,
    /// `Never` only if there are sources and none carries it.
    #[must_use]
    pub fn presence(&self, kind: Kind, attr: AttrId) -> Presence {
        if let Some(enriched) = &self.attr(kind.class, attr).enriched {
            let Some(from) = self.attribute(kind.class, &enriched.from) else { return Presence::Never };
            return match self.presence(kind, from) {
                Presence::Never => Presence::Never,
                _ => Presence::When(format!("where the deployment's data knows `{}`", enriched.from)),
            };
        }
        let (mut always, mut never, mut any, mut when) = (true, true, false, Vec::new());
        for source in self.sources_of(kind) {
            any = true;
            let name = &self.source(source).name;
            match self.feed(source, kind.class, attr).map(|f| &f.presence) {
                None | Some(Presence::Never) => {
                    always = false;
                    when.push(format!("{name}: never"));
                }
                Some(Presence::Always) => {
                    never = false;
                    when.push(format!("{name}: always"));
                }
                Some(Presence::When(text)) => {
                    (always, never) = (false, false);
                    when.push(if kind.source.is_some() { text.clone() } else { format!("{name}: {text}") });
                }
            }
        }
        match (any, always, never) {
            (false, _, _) => Presence::When("no log source of this class yet".to_owned()),
            (_, true, _) => Presence::Always,
            (_, _, true) => Presence::Never,
            _ => Presence::When(when.join("; ")),
        }
    }

    /// What a finding of this resource type (`IAMUser`, `EC2`, …) is about, for events of a class.
    #[must_use]
    pub fn resource(&self, resource_type: &str, class: ClassId) -> Option<&ResourceRule> {
        self.resources.get(resource_type)?.get(&class)
    }

    /// The steps that reach a field of an element of a `list<object>` attribute, in the value that a slot gives. Slots
    /// give elements in the vocabulary's names, a field being one key (`owner.uid`); this joins what was split.
    #[must_use]
    pub fn element_steps(&self, class: ClassId, attr: AttrId, field: &[Step]) -> Vec<Step> {
        let fields = &self.attr(class, attr).fields;
        let (mut name, mut best) = (String::new(), None);
        for (i, step) in field.iter().enumerate() {
            let Step::Key(key) = step else { break };
            if i > 0 {
                name.push('.');
            }
            name.push_str(key);
            if let Some(found) = fields.iter().find(|f| f.name.as_ref() == name) {
                best = Some((found.name.clone(), i + 1));
            }
        }
        match best {
            Some((name, used)) => std::iter::once(Step::Key(name)).chain(field[used..].iter().cloned()).collect(),
            None => field.to_vec(),
        }
    }

    /// The type of an attribute, or of a part of it.
    #[must_use]
    pub fn type_of(&self, class: ClassId, attr: AttrId, steps: &[Step]) -> Type {
        let attribute = self.attr(class, attr);
        let each = steps.contains(&Step::Each);
        let list = steps.iter().take_while(|s| !matches!(s, Step::Key(_))).count();
        let (_, field) = steps.split_at(list);
        let leaf = match &attribute.ty {
            _ if steps.is_empty() => return attribute.ty.clone(),
            Type::List(inner) if **inner == Type::Object && !field.is_empty() => {
                match self.element_steps(class, attr, field).first() {
                    Some(Step::Key(key)) => {
                        attribute.fields.iter().find(|f| f.name == *key).map_or(Type::Json, |f| f.ty.clone())
                    }
                    _ => Type::Json,
                }
            }
            Type::List(inner) => (**inner).clone(),
            _ => Type::Json,
        };
        if each { Type::list(leaf) } else { leaf }
    }
}

impl Class {
    /// An attribute by its dotted name.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<AttrId> {
        place(self.attributes.iter().position(|a| a.name.as_ref() == name)).map(AttrId)
    }

    /// The names of its attributes, in reading order.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|a| a.name.as_ref())
    }
}

fn place(at: Option<usize>) -> Option<u16> {
    at.and_then(|n| u16::try_from(n).ok())
}
