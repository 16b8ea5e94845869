//! `resources.yaml` -> what each resource type of a finding type is about.

use std::collections::BTreeMap;

use super::class::{attr, attr_named};
use super::cursor::{Cursor, Result};
use crate::schema::yaml::Node;
use crate::schema::{AttrId, Class, ClassId, ResourceRule, RoleRule};

pub(super) fn resources(
    file: &Cursor<'_>,
    classes: &[Class],
    out: &mut BTreeMap<String, BTreeMap<ClassId, ResourceRule>>,
) -> Result<()> {
    for (types, at) in file.fields()? {
        let mut rules = BTreeMap::new();
        for (names, c) in at.fields()? {
            for name in names.split(',').map(str::trim) {
                let place = classes
                    .iter()
                    .position(|class| class.name.as_ref() == name)
                    .ok_or_else(|| c.unknown("class", name, classes.iter().map(|class| class.name.as_ref())))?;
                let id = ClassId(u16::try_from(place).map_err(|_| c.fail("too many classes"))?);
                rules.insert(id, rule(&c, &classes[place])?);
            }
        }
        for name in types.split(',').map(str::trim) {
            if out.insert(name.to_owned(), rules.clone()).is_some() {
                return Err(at.fail(format!("`{name}` is there twice")));
            }
        }
    }
    Ok(())
}

fn rule(at: &Cursor<'_>, class: &Class) -> Result<ResourceRule> {
    at.only(&["kind", "kind_by", "uid", "identity", "name", "key", "role", "actor"])?;
    let attrs = |key: &str| -> Result<Vec<AttrId>> {
        at.get(key).iter().flat_map(Cursor::items).map(|c| attr(&c, class)).collect()
    };
    let role = at.need("role")?;
    let role = match role.node {
        Node::Map(_) => {
            role.only(&["actor_if"])?;
            let test = role.need("actor_if")?;
            let (name, word) = test.fields()?.next().ok_or_else(|| test.fail("expected `attribute: word`"))?;
            RoleRule::ActorIf(attr_named(&word, class, name)?, word.text()?.to_owned())
        }
        _ => match role.text()? {
            "actor" => RoleRule::Actor,
            "target" => RoleRule::Target,
            other => return Err(role.unknown("role", other, ["actor", "target"])),
        },
    };
    let kind_by = match at.get("kind_by") {
        None => None,
        Some(by) => {
            let (name, words) = by.fields()?.next().ok_or_else(|| by.fail("expected `attribute: {word: kind}`"))?;
            let kinds = words.fields()?.map(|(word, kind)| Ok((word.to_owned(), kind.text()?.to_owned())));
            Some((attr_named(&by, class, name)?, kinds.collect::<Result<Vec<_>>>()?))
        }
    };
    let uid = attrs("uid")?;
    if uid.is_empty() {
        return Err(at.fail("`uid` is missing"));
    }
    let identity = attrs("identity")?;
    Ok(ResourceRule {
        kind: at.text_at("kind")?.to_owned(),
        kind_by,
        identity: if identity.is_empty() { uid.clone() } else { identity },
        uid,
        name: attrs("name")?,
        key: attrs("key")?,
        role,
        actor: attrs("actor")?,
    })
}
