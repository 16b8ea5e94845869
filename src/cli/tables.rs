//! Tables of the deployment: read, put behind the plan together with the geo files, and told of in the summary.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::config::Config;
use super::exit::{Exit, Failure};
use super::geo;
use super::terminal::safe;
use crate::check::Model;
use crate::intel::Table;
use crate::plan::Plan;
use crate::schema::{Ask, Enrich, Fact, Vocabulary};
use crate::value::{Arena, Val};

/// `--table NAME=FILE`.
#[derive(Debug, Clone)]
pub struct TableOption {
    name: String,
    file: PathBuf,
}

/// Reads the option's value.
///
/// # Errors
/// There is no `=` in it, or nothing on one of its sides.
pub fn option(text: &str) -> Result<TableOption, String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok(TableOption { name: name.trim_start_matches('@').to_owned(), file: file.into() })
        }
        _ => Err("write NAME=FILE, such as instances=instances.json".to_owned()),
    }
}

/// The tables of a run, and what else tells something of events.
#[derive(Debug, Default)]
pub struct Tables {
    by_name: BTreeMap<String, (PathBuf, Table)>,
}

/// Everything that the deployment knows.
#[derive(Debug)]
struct Known {
    geo: Option<Arc<dyn Enrich>>,
    tables: Arc<Tables>,
}

impl Enrich for Known {
    fn look_up<'a>(&self, address: IpAddr, fact: Fact, arena: &'a Arena) -> Val<'a> {
        self.geo.as_ref().map_or(Val::Absent, |geo| geo.look_up(address, fact, arena))
    }

    fn row<'a>(&self, table: &str, key: &str, column: &str, arena: &'a Arena) -> Val<'a> {
        self.tables.by_name.get(table).map_or(Val::Absent, |(_, table)| table.look_up(key, column, arena))
    }
}

/// Reads the tables that the options name, and those of the deployment file that no option names.
///
/// # Errors
/// A name that the vocabulary does not ask; every file that cannot be read or is none.
pub fn bind(config: &Config, options: &[TableOption], vocabulary: &Vocabulary) -> Result<Tables, Failure> {
    let mut wanted: BTreeMap<&str, (&PathBuf, Option<&str>)> = BTreeMap::new();
    wanted.extend(config.tables.iter().map(|(name, t)| (name.as_str(), (&t.file, t.key.as_deref()))));
    wanted.extend(options.iter().map(|o| (o.name.as_str(), (&o.file, None))));
    let known: BTreeSet<&str> = vocabulary.tables().collect();
    let (mut by_name, mut failures) = (BTreeMap::new(), Vec::new());
    for (name, (path, key)) in wanted {
        let names: Vec<String> = known.iter().map(|n| format!("`{n}`")).collect();
        if !known.contains(name) {
            failures.push(format!("nothing asks a table `{name}`\n  help: tables are {}", names.join(", ")));
            continue;
        }
        let table = match fs::read(path) {
            Ok(bytes) => Table::read(&bytes, key).map_err(|why| {
                let help = "a table is CSV with a header, a list of JSON objects, or an object a line";
                format!("the table `{}` cannot be used: {}\n  help: {help}", path.display(), safe(&why))
            }),
            Err(e) => Err(Failure::io("read", path, &e).messages().concat()),
        };
        match table {
            Ok(table) => drop(by_name.insert(name.to_owned(), (path.clone(), table))),
            Err(message) => failures.push(message),
        }
    }
    if failures.is_empty() { Ok(Tables { by_name }) } else { Err(Failure::Many(failures, Exit::Misuse)) }
}

/// Binds geo files and tables, as options and deployment file name them, and lets the events of a plan ask them.
///
/// # Errors
/// As [`bind`], and those of the geo files.
pub fn enrich_plan(
    plan: &mut Plan,
    config: &Config,
    files: &[PathBuf],
    vocabulary: &Vocabulary,
) -> Result<(), Failure> {
    let tables = Arc::new(bind(config, &[], vocabulary)?);
    enrich(plan, geo::bind(config, files)?.data(), &tables);
    Ok(())
}

/// Lets the events of a plan ask the geo files and the tables.
pub fn enrich(plan: &mut Plan, geo: Option<Arc<dyn Enrich>>, tables: &Arc<Tables>) {
    if geo.is_some() || !tables.by_name.is_empty() {
        let data: Arc<dyn Enrich> = Arc::new(Known { geo, tables: tables.clone() });
        plan.enrich(&data);
    }
}

impl Tables {
    /// How many are bound.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.by_name.len()
    }

    /// A line a table, and one for each that finding types ask and nothing binds.
    #[must_use]
    pub fn lines(&self, model: &Model, vocabulary: &Vocabulary) -> Vec<String> {
        let line = |(name, (path, table)): (&String, &(PathBuf, Table))| {
            let columns: Vec<&str> = table.columns().iter().map(AsRef::as_ref).collect();
            let mut line = format!(
                "@{name}  {} rows of {}: {}",
                table.len(),
                safe(&path.display().to_string()),
                safe(&columns.join(", "))
            );
            if table.skipped() > 0 {
                line.push_str(&format!("; {} rows without a key", table.skipped()));
            }
            line
        };
        let mut lines: Vec<String> = self.by_name.iter().map(line).collect();
        let mut lacking: BTreeMap<&str, usize> = BTreeMap::new();
        let asked: Vec<BTreeSet<Ask>> =
            model.findings.iter().filter(|f| !f.disabled).map(|f| model.asks(vocabulary, f)).collect();
        for table in vocabulary.tables().filter(|t| !self.by_name.contains_key(*t)) {
            let asks = |asks: &&BTreeSet<Ask>| asks.iter().any(|a| matches!(a, Ask::Row(t, _) if t.as_ref() == table));
            lacking.insert(table, asked.iter().filter(asks).count());
        }
        for (table, n) in lacking.into_iter().filter(|(_, n)| *n > 0) {
            let who = if n == 1 { "finding type asks" } else { "finding types ask" };
            lines.push(format!("{n:>12}  {who} @{table}, which nothing binds (--table {table}=FILE)"));
        }
        lines
    }
}
