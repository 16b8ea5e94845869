//! What a finding is about: its resource must be had from its events.

use super::Checker;
use super::model::Input;
use crate::diag::{Diagnostic, codes};
use crate::schema::{Kind, Presence};
use crate::suggest::nearest;
use crate::syntax::ast::FindingItem;

impl<'a> Checker<'a> {
    /// A type whose resource no input can name does not compile. A finding that reads findings has their resources.
    pub(super) fn resource(&mut self, item: &FindingItem, inputs: &[Input]) {
        let vocabulary = self.vocabulary;
        let resource = item.ty.resource.as_ref();
        if vocabulary.resources.is_empty() {
            return;
        }
        let reads_findings = |i: &Input| vocabulary.class(i.kind.class).name.as_ref() == "finding";
        let Some(rules) = vocabulary.resources.get(resource) else {
            if inputs.iter().any(reads_findings) {
                return;
            }
            let names = || vocabulary.resources.keys().map(String::as_str);
            let help = match nearest(resource, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("resource types are {}", names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" "))
                }
            };
            let message = format!("`{resource}` is no resource type");
            self.report(Diagnostic::error(codes::E0509, item.ty.span, message).help(help));
            return;
        };
        let had = |kind: Kind| {
            rules.get(&kind.class).is_some_and(|rule| {
                rule.uid.is_empty() || rule.uid.iter().any(|uid| vocabulary.presence(kind, *uid) != Presence::Never)
            })
        };
        if inputs.iter().any(|i| reads_findings(i) || had(i.kind)) {
            return;
        }
        let kinds: Vec<String> = vocabulary
            .kind_names()
            .filter(|name| vocabulary.kind(name).is_some_and(had))
            .map(|name| format!("`{name}`"))
            .collect();
        let from = inputs.first().map_or("", |i| vocabulary.kind_name(i.kind));
        let message = format!("events of `{from}` do not tell which resource of type `{resource}` it is about");
        let help =
            if kinds.is_empty() { "no kind does".to_owned() } else { format!("these kinds do: {}", kinds.join(" ")) };
        self.report(Diagnostic::error(codes::E0509, item.ty.span, message).help(help));
    }
}
