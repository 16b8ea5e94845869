//! The deployment's lists: files, and what the program knows by itself -> entries for the engine, and lines for the
//! summary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::check::Model;
use crate::cli::config::{Config, ListBinding};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::safe;
use crate::cli::time;
use crate::engine::Bound;
use crate::intel::{Entries, ListRole, ListSpec, ListType, read_list};
use crate::suggest;
use crate::value::Value;

/// What is ours where the deployment does not say: private ranges (RFC 1918) and unique local addresses (RFC 4193).
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// `--list NAME=[ROLE:]FILE`.
#[derive(Debug, Clone)]
pub struct ListOption {
    name: String,
    role: Option<ListRole>,
    file: PathBuf,
}

/// Reads the option's text.
///
/// # Errors
/// What it must look like.
pub fn list_option(text: &str) -> Result<ListOption, String> {
    let wrong = || format!("`{text}` binds no list: write NAME=FILE, or NAME=trusted:FILE");
    let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
    let name = name.strip_prefix('@').unwrap_or(name).to_owned();
    let told = rest.split_once(':').and_then(|(word, file)| Some((ListRole::from_word(word)?, file)));
    let (role, file) = match told {
        Some((role, file)) => (Some(role), file),
        None => (None, rest),
    };
    if name.is_empty() || file.is_empty() {
        return Err(wrong());
    }
    Ok(ListOption { name, role, file: file.into() })
}

/// A bound list, as the summary shows it.
#[derive(Debug, Clone)]
pub struct About {
    /// Without `@`.
    pub name: String,
    /// How many entries.
    pub entries: usize,
    /// What a match means.
    pub role: ListRole,
    /// How old its file is, in milliseconds; none for what is no file.
    pub age: Option<i64>,
    /// How old it may be.
    pub max_age: Option<i64>,
    /// How many entries were not taken, and the first reason.
    pub quarantined: Option<(u64, String)>,
}

/// What the engine gets, and what the summary shows.
#[derive(Debug, Default)]
pub struct Binding {
    /// For the engine.
    pub bound: Vec<Bound>,
    /// For the summary, lists of files only.
    pub about: Vec<About>,
}

/// Binds every list of the deployment file and the options; an option wins.
///
/// # Errors
/// Everything that cannot be bound: an unknown name, a file that cannot be read, a list that is refused.
pub fn bind(model: &Model, config: &Config, options: &[ListOption]) -> Result<Binding, Failure> {
    let mut wanted: BTreeMap<String, ListBinding> = config.lists.clone();
    wanted.retain(|name, _| !config.for_others || model.lists.iter().any(|l| *l.name == **name));
    for option in options {
        let entry = wanted.entry(option.name.clone()).or_insert_with(|| ListBinding {
            file: PathBuf::new(),
            format: None,
            // A feed that is taken for a threat is guarded the most, and says loudly what it refuses.
            role: ListRole::Threat,
            column: None,
            max_age: None,
        });
        entry.file.clone_from(&option.file);
        entry.role = option.role.unwrap_or(entry.role);
    }
    let mut binding = Binding::default();
    let mut failures = Vec::new();
    for (name, list) in &wanted {
        if let Err(message) = binding.file(model, name, list) {
            failures.push(message);
        }
    }
    binding.built_in("own_accounts", ListType::String, accounts(config), &wanted);
    binding.built_in("own_networks", ListType::Ip, networks(config), &wanted);
    if failures.is_empty() { Ok(binding) } else { Err(Failure::Many(failures, Exit::Misuse)) }
}

fn accounts(config: &Config) -> Vec<Value> {
    config.accounts.iter().map(|a| Value::Str(Arc::from(a.0.as_str()))).collect()
}

fn networks(config: &Config) -> Vec<Value> {
    match &config.networks.internal {
        Some(nets) => nets.iter().copied().map(Value::Net).collect(),
        None => PRIVATE.iter().filter_map(|n| n.parse().ok()).map(Value::Net).collect(),
    }
}

impl Binding {
    /// Something that the program knows without a file, unless the deployment binds a file to it.
    fn built_in(&mut self, name: &str, kind: ListType, values: Vec<Value>, wanted: &BTreeMap<String, ListBinding>) {
        if values.is_empty() || wanted.contains_key(name) {
            return;
        }
        if let Ok(entries) = Entries::from_values(kind, &values) {
            let entries = Arc::new(entries);
            self.bound.push(Bound { name: name.into(), role: ListRole::Plain, entries, hash: None });
        }
    }

    fn file(&mut self, model: &Model, name: &str, list: &ListBinding) -> Result<(), String> {
        let declared = model.lists.iter().find(|l| &*l.name == name).ok_or_else(|| unknown(model, name))?;
        let kind = ListType::of(&declared.ty)
            .ok_or_else(|| format!("the list `@{name}` of type `{}` cannot be bound to a file", declared.ty))?;
        let read = |e: std::io::Error| Failure::io("read", &list.file, &e).messages().concat();
        let bytes = fs::read(&list.file).map_err(read)?;
        let mut spec = ListSpec::new(name, kind).role(list.role);
        spec.format.clone_from(&list.format);
        spec.column.clone_from(&list.column);
        let loaded = read_list(&spec, &bytes).map_err(|e| {
            let (file, message, help) = (list.file.display(), safe(&e.message), safe(&e.help));
            format!("the list `@{name}` is refused: {file}: {message}\n  help: {help}")
        })?;
        let quarantined = loaded.report.quarantined.iter().next().map(|(reason, _)| {
            let why = reason.explain().to_owned();
            (loaded.report.quarantined_total(), why)
        });
        self.about.push(About {
            name: name.to_owned(),
            entries: loaded.entries.len(),
            role: list.role,
            age: age(&list.file),
            max_age: list.max_age,
            quarantined,
        });
        let hash = Some(Arc::from(loaded.report.sha256.as_str()));
        self.bound.push(Bound { name: name.into(), role: list.role, entries: Arc::new(loaded.entries), hash });
        Ok(())
    }
}

impl About {
    /// The line of the summary: `@mining_pools  678 entries, threat, 3 days old`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("{}, {}", crate::cli::render::plural(self.entries, "entry"), self.role);
        if let Some(age) = self.age {
            line.push_str(&format!(", {} old", time::age(age)));
            if self.max_age.is_some_and(|max| age > max) {
                let max = self.max_age.map(time::age).unwrap_or_default();
                line.push_str(&format!(" (older than the {max} that it may be: fetch it anew)"));
            }
        }
        if let Some((n, why)) = &self.quarantined {
            line.push_str(&format!("; {n} not taken, such as {why}"));
        }
        line
    }
}

fn unknown(model: &Model, name: &str) -> String {
    let names = model.lists.iter().map(|l| l.name.as_ref());
    let help = match suggest::nearest(name, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a list is declared in a rule file: `list @name: ip`".to_owned(),
    };
    format!("no rule declares a list `@{name}`\n  help: {help}")
}

/// How long ago a file was changed, by the wall clock.
fn age(path: &Path) -> Option<i64> {
    let changed = fs::metadata(path).ok()?.modified().ok()?;
    let age = SystemTime::now().duration_since(changed).unwrap_or_default();
    i64::try_from(age.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_bind_lists() {
        let plain = list_option("@pools=feeds/a:b.txt").expect("good");
        assert_eq!((plain.name.as_str(), plain.role), ("pools", None));
        assert_eq!(plain.file, Path::new("feeds/a:b.txt"));
        let trusted = list_option("bastions=trusted:x.txt").expect("good");
        assert_eq!((trusted.role, trusted.file.as_path()), (Some(ListRole::Trusted), Path::new("x.txt")));
        for bad in ["pools", "=x", "pools=", "pools=threat:"] {
            assert!(list_option(bad).is_err(), "{bad}");
        }
    }
}
