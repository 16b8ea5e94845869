//! The deployment file `outguard.yaml`: where rules and lists are, what is ours. Read strictly: an unknown key is an
//! error with its line, because a typo in a security tool's configuration must not pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::exit::{Exit, Failure};
use crate::intel::{Column, ListRole};
use crate::program::{yaml_help, yaml_message};
use crate::schema::yaml;

/// `outguard.yaml`. Paths in it are relative to the file itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folders and files of rules; empty: the shipped pack.
    pub rules: Vec<PathBuf>,
    /// What is bound to the lists that rules declare, by name without `@`.
    pub lists: BTreeMap<String, ListBinding>,
    /// Geo files: MaxMind DBs, and CSV files of ranges; the first that knows something tells it.
    pub geo: Vec<PathBuf>,
    /// Tables: what is known by key, by the name that the vocabulary asks for (`instances`).
    pub tables: BTreeMap<String, TableBinding>,
    /// Our own networks.
    pub networks: Networks,
    /// Our own accounts, 12 digits each, for `@own_accounts`.
    pub accounts: Vec<Account>,
    /// What cannot be told from the content of logs.
    pub sources: Vec<SourceBinding>,
    /// How findings are written where no option says it.
    pub output: Output,
    /// What is remembered between events.
    pub state: State,
    /// The file that this was read from, if any.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// It was written for other rules than those of this run: it lies in the folder, and an option names the rules.
    /// Lists that these do not declare are none of its mistakes.
    #[serde(skip)]
    pub for_others: bool,
}

/// `state:`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    /// How many groups a rule or profile may have; one million where unsaid.
    pub groups: Option<usize>,
}

/// `output:`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// As `--format`.
    pub format: Option<String>,
}

/// The deployment file that is read where no option names one, if it is in the current folder.
const UNSAID: &str = "outguard.yaml";

/// A list bound to a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListBinding {
    /// The file.
    pub file: PathBuf,
    /// Its format; recognised by content where unsaid.
    pub format: Option<String>,
    /// What a match means: threat, trusted or plain.
    #[serde(default, deserialize_with = "role")]
    pub role: ListRole,
    /// The column of a CSV that holds the entries: its name, or its place from 1.
    #[serde(default, deserialize_with = "column")]
    pub column: Option<Column>,
    /// How old the file may be before the summary warns, in milliseconds: `7d`.
    #[serde(default, deserialize_with = "duration")]
    pub max_age: Option<i64>,
}

/// A table bound to a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableBinding {
    /// The file: CSV with a header, a list of JSON objects, or an object a line.
    pub file: PathBuf,
    /// The column of the keys; `uid` and the like where unsaid.
    pub key: Option<String>,
}

/// `networks:`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Networks {
    /// What is ours, for `@own_networks`; unsaid: the private ranges.
    pub internal: Option<Vec<IpNet>>,
}

/// An account of 12 digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account(pub String);

/// `sources:`, an entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceBinding {
    /// Which files: a glob over their paths, such as `**/vpcflow/**`.
    pub path: String,
    /// The source that they are, whatever their content looks like.
    pub source: Option<String>,
    /// How late their events come at most, in milliseconds: `15m`.
    #[serde(default, deserialize_with = "duration")]
    pub lateness: Option<i64>,
}

/// Every key of the file, for "did you mean".
const KEYS: &[&str] = &[
    "rules", "lists", "networks", "accounts", "sources", "file", "format", "role", "column", "max_age", "internal",
    "path", "source", "lateness", "output", "geo", "tables", "key",
];

impl Config {
    /// The deployment file that an option names, else `outguard.yaml` of the current folder, else nothing.
    /// `rules` are those that an option names.
    ///
    /// # Errors
    /// The file cannot be read, or says what no deployment file can say.
    pub fn find(named: Option<&Path>, rules: &[PathBuf]) -> Result<Self, Failure> {
        let unsaid = Path::new(UNSAID);
        match named {
            Some(path) => Self::read(path),
            None if unsaid.is_file() => Ok(Self { for_others: !rules.is_empty(), ..Self::read(unsaid)? }),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|e| Failure::io("read", path, &e))?;
        let base = path.parent().unwrap_or(Path::new(""));
        let parsed = Self::parse(&text, base).map(|config| Self { file: Some(path.to_owned()), ..config });
        parsed.map_err(|(line, message)| {
            let place = line.map(|l| format!(":{l}")).unwrap_or_default();
            let help = yaml_help(&message, KEYS);
            let message = yaml_message(&message);
            let text = if message.contains("unknown field") {
                format!("{}{place}: {message}\n  help: {help}", path.display())
            } else {
                format!("{}{place}: {message}", path.display())
            };
            Failure::Many(vec![text], Exit::Misuse)
        })
    }

    fn parse(text: &str, base: &Path) -> Result<Self, (Option<usize>, String)> {
        // A file of comments alone says nothing, and that is allowed.
        let said = text.lines().any(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#'));
        let mut config: Config =
            if said { yaml::from_str(text).map_err(|e| (e.line, e.what))? } else { Config::default() };
        let lists = config.lists.values_mut().map(|l| &mut l.file);
        let tables = config.tables.values_mut().map(|t| &mut t.file);
        for path in config.rules.iter_mut().chain(&mut config.geo).chain(lists).chain(tables) {
            *path = base.join(&*path);
        }
        for source in &config.sources {
            if let Err(e) = glob::Pattern::new(&source.path) {
                return Err((None, format!("`{}` is no glob: {}", source.path, e.msg.to_lowercase())));
            }
            if source.source.is_none() && source.lateness.is_none() {
                return Err((None, format!("the source at `{}` says neither `source` nor `lateness`", source.path)));
            }
        }
        Ok(config)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Account(text));
        }
        Err(D::Error::custom(format!("`{text}` is no account: it has 12 digits")))
    }
}

fn role<'de, D: Deserializer<'de>>(d: D) -> Result<ListRole, D::Error> {
    let word = String::deserialize(d)?;
    ListRole::from_word(&word).ok_or_else(|| D::Error::custom(format!("`{word}` is no role: threat, trusted or plain")))
}

fn column<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Column>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Index(usize),
        Name(String),
    }
    Ok(Some(match Said::deserialize(d)? {
        Said::Index(0) => return Err(D::Error::custom("columns are counted from 1")),
        Said::Index(n) => Column::Index(n),
        Said::Name(name) => Column::Name(name),
    }))
}

fn duration<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(d)?;
    super::time::duration(&text).map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_read() {
        let text = r#"
rules: [pack, tunes.og]
geo: [city.mmdb, /var/asn.csv]
tables: { instances: { file: inventory.csv, key: host } }
lists:
  mining_pools: { file: feeds/pools.csv, format: csv, role: threat, column: ip, max_age: 7d }
  bastions: { file: /etc/bastions.txt }
networks: { internal: [10.0.0.0/8, "fd00::/8"] }
accounts: ["012345678901", 012345678902]
sources:
  - { path: "**/flow/**", source: vpc_flow, lateness: 15m }
"#;
        let config = Config::parse(text, Path::new("/etc/outguard")).expect("good");
        assert_eq!(config.rules, [Path::new("/etc/outguard/pack"), Path::new("/etc/outguard/tunes.og")]);
        assert_eq!(config.geo, [Path::new("/etc/outguard/city.mmdb"), Path::new("/var/asn.csv")]);
        let pools = &config.lists["mining_pools"];
        assert_eq!(pools.file, Path::new("/etc/outguard/feeds/pools.csv"));
        assert_eq!((pools.role, pools.max_age), (ListRole::Threat, Some(7 * 86_400_000)));
        assert_eq!(config.lists["bastions"].file, Path::new("/etc/bastions.txt"));
        assert_eq!(config.tables["instances"].file, Path::new("/etc/outguard/inventory.csv"));
        assert_eq!(config.tables["instances"].key.as_deref(), Some("host"));
        assert_eq!(config.accounts[1].0, "012345678902");
        assert_eq!(config.sources[0].lateness, Some(900_000));
        assert!(Config::parse("# nothing yet\n", Path::new("")).expect("empty").rules.is_empty());
    }

    #[test]
    fn typos_do_not_pass() {
        for (bad, line, why) in [
            ("rule: [x]\n", Some(1), "unknown field `rule`"),
            ("accounts: [\"12345\"]\n", Some(1), "12 digits"),
            ("lists:\n  x: { file: a, role: evil }\n", Some(2), "threat, trusted or plain"),
            ("lists:\n  x: { file: a, max_age: 7 days }\n", Some(2), "7d"),
            ("networks: { internal: [10.0.0.0/33] }\n", Some(1), ""),
            ("sources:\n  - { path: \"a/***\", source: dns }\n", None, "no glob"),
            ("sources:\n  - { path: \"a/**\" }\n", None, "neither"),
        ] {
            let (at, message) = Config::parse(bad, Path::new("")).expect_err(bad);
            assert!(message.contains(why), "{bad}: {message}");
            assert!(line.is_none() || at == line, "{bad}: line {at:?}: {message}");
        }
    }
}
