//! The lists of a plan with the entries that a deployment (or a test) gives them, merged into one index.

use std::sync::Arc;

use crate::intel::{Entries, Hits, ListIndex, ListRole, ListType};
use crate::plan::{ListKind, Plan};
use crate::value::Val;

/// A list that the deployment binds.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The list's name, without `@`.
    pub name: Arc<str>,
    /// What it is used for.
    pub role: ListRole,
    /// Its entries.
    pub entries: Arc<Entries>,
    /// SHA-256 of what it was read from.
    pub hash: Option<Arc<str>>,
}

/// What a bound list is, beside its entries.
#[derive(Debug, Clone)]
struct About {
    name: Arc<str>,
    role: ListRole,
    hash: Option<Arc<str>>,
    entries: usize,
    bound: bool,
}

/// All lists of a plan. A run sees exactly one version of them.
#[derive(Debug)]
pub struct Lists {
    index: ListIndex,
    about: Vec<About>,
}

impl Lists {
    /// Constants of the rules and bound entries, indexed.
    ///
    /// # Errors
    /// A bound name that the plan does not know; a constant that its list's type cannot hold.
    pub fn bind(plan: &Plan, bound: &[Bound]) -> Result<Lists, String> {
        if let Some(b) = bound.iter().find(|b| !plan.lists.iter().any(|l| l.name == b.name)) {
            return Err(format!("no rule file declares a list `@{}`", b.name));
        }
        let mut builder = ListIndex::builder();
        let mut about = Vec::new();
        for (i, list) in plan.lists.iter().enumerate() {
            let Some(kind) = ListType::of(&list.ty) else {
                return Err(format!("list `@{}` of type `{}` cannot be matched", list.name, list.ty));
            };
            let id = u32::try_from(i).unwrap_or(u32::MAX);
            let mine = bound.iter().filter(|b| b.name == list.name);
            let role = mine.clone().map(|b| b.role).next().unwrap_or(ListRole::Plain);
            let mut entries = 0;
            if !list.constants.is_empty() {
                let constants = Entries::from_values(kind, &list.constants)
                    .map_err(|(at, why)| format!("list `@{}`, entry {}: {why}", list.name, at + 1))?;
                entries += constants.len();
                builder.add(id, role, kind, &constants);
            }
            for b in mine.clone() {
                entries += b.entries.len();
                builder.add(id, b.role, kind, &b.entries);
            }
            about.push(About {
                name: list.name.clone(),
                role,
                hash: mine.clone().find_map(|b| b.hash.clone()),
                entries,
                bound: mine.count() > 0,
            });
        }
        Ok(Lists { index: builder.build(), about })
    }

    /// The lists of a kind that a value is in.
    #[must_use]
    pub fn lookup(&self, kind: ListKind, value: Val<'_>) -> Hits<'_> {
        let kind = match kind {
            ListKind::Ip => ListType::Ip,
            ListKind::Domain => ListType::Domain,
            ListKind::Hash => ListType::Hash,
            ListKind::String => ListType::String,
            ListKind::Int => ListType::Int,
        };
        self.index.lookup(kind, value)
    }

    /// A list's role as findings say it.
    #[must_use]
    pub fn role(&self, list: u32) -> ListRole {
        self.about[list as usize].role
    }

    /// A list's name.
    #[must_use]
    pub fn name(&self, list: u32) -> &Arc<str> {
        &self.about[list as usize].name
    }

    /// SHA-256 of what a list was read from.
    #[must_use]
    pub fn hash(&self, list: u32) -> Option<&Arc<str>> {
        self.about[list as usize].hash.as_ref()
    }

    /// Whether the list has no entry at all.
    #[must_use]
    pub fn is_empty(&self, list: usize) -> bool {
        self.about[list].entries == 0
    }

    /// Whether the deployment binds the list, and how many entries it has.
    #[must_use]
    pub fn state(&self, list: usize) -> (bool, usize) {
        (self.about[list].bound, self.about[list].entries)
    }
}
