//! Geo files of the deployment: read, put behind the plan, and told of in the summary.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::config::Config;
use super::exit::{Exit, Failure};
use super::terminal::safe;
use super::time;
use crate::check::Model;
use crate::intel::geo::{Geo, GeoAbout, GeoFile};
use crate::schema::{Enrich, Fact, Vocabulary};
use crate::value::Time;

/// The geo files of a run.
#[derive(Debug, Default)]
pub struct Binding {
    geo: Option<Arc<Geo>>,
    /// When each file was changed, for those that do not say when they were built.
    changed: Vec<Option<Time>>,
}

/// Finding types that ask about addresses what no file tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// How many.
    pub findings: usize,
    /// What they ask.
    pub facts: BTreeSet<Fact>,
}

/// Reads the files that the options name, then those of the deployment file: the first that knows something tells it.
///
/// # Errors
/// Every file that cannot be read or is none.
pub fn bind(config: &Config, options: &[PathBuf]) -> Result<Binding, Failure> {
    let (mut files, mut changed, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen: Vec<&Path> = Vec::new();
    for path in options.iter().chain(&config.geo) {
        if seen.contains(&path.as_path()) {
            continue;
        }
        seen.push(path);
        match read(path) {
            Ok((file, at)) => {
                files.push(file);
                changed.push(at);
            }
            Err(message) => failures.push(message),
        }
    }
    match (failures.is_empty(), files.is_empty()) {
        (false, _) => Err(Failure::Many(failures, Exit::Misuse)),
        (_, true) => Ok(Binding::default()),
        _ => Ok(Binding { geo: Some(Arc::new(Geo::new(files))), changed }),
    }
}

fn read(path: &Path) -> Result<(GeoFile, Option<Time>), String> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|e| {
        let why = Failure::io("read", path, &e).messages().concat();
        format!("{why}\n  help: a geo file is a MaxMind DB (.mmdb), or a CSV of ranges")
    })?;
    let changed = fs::metadata(path).and_then(|m| m.modified()).ok().and_then(since_epoch);
    let file = GeoFile::read(&name, bytes)
        .map_err(|e| format!("the geo file `{name}` cannot be used: {}\n  help: {}", safe(&e.message), e.help))?;
    Ok((file, changed))
}

fn since_epoch(at: SystemTime) -> Option<Time> {
    i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok().map(Time)
}

impl Binding {
    /// What the events of a plan ask.
    #[must_use]
    pub fn data(&self) -> Option<Arc<dyn Enrich>> {
        self.geo.clone().map(|geo| geo as Arc<dyn Enrich>)
    }

    /// What the finding types of a rule set lack.
    #[must_use]
    pub fn lacking(&self, model: &Model, vocabulary: &Vocabulary) -> Lacking {
        let told = self.geo.as_ref().map(|g| g.facts()).unwrap_or_default();
        let mut lacking = Lacking::default();
        for finding in model.findings.iter().filter(|f| !f.disabled) {
            let missing: BTreeSet<Fact> = model.facts(vocabulary, finding).difference(&told).copied().collect();
            lacking.findings += usize::from(!missing.is_empty());
            lacking.facts.extend(missing);
        }
        lacking
    }

    /// How many look-ups met a damaged record.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.geo.as_ref().map_or(0, |g| g.failed())
    }

    /// A line a file, for the summary: `city.mmdb  GeoLite2-City: country, city, position; built 2026-01-01, 3 days old`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let now = since_epoch(SystemTime::now());
        let Some(geo) = &self.geo else { return Vec::new() };
        let width = geo.about().map(|a| safe(&a.name).chars().count()).max().unwrap_or(0);
        let line = |(about, changed): (&GeoAbout, &Option<Time>)| {
            let mut line = format!("{:<width$}  {}: {}", safe(&about.name), safe(&about.format), words(&about.facts));
            match (about.v4, about.v6) {
                (true, false) => line.push_str("; of IPv4 only"),
                (false, true) => line.push_str("; of IPv6 only"),
                _ => {}
            }
            if about.skipped > 0 {
                line.push_str(&format!("; {} rows not taken", about.skipped));
            }
            let age = |since: Time| now.map(|now| format!("{} old", time::age(now.0.saturating_sub(since.0))));
            match (about.built, changed.and_then(age)) {
                (Some(built), _) => {
                    let day: String = built.to_rfc3339().chars().take(10).collect();
                    line.push_str(&format!("; built {day}"));
                    line.extend(age(built).map(|age| format!(", {age}")));
                }
                (None, Some(age)) => line.push_str(&format!("; {age}")),
                (None, None) => {}
            }
            line
        };
        geo.about().zip(&self.changed).map(line).collect()
    }
}

impl Lacking {
    /// What to say about it.
    #[must_use]
    pub fn words(&self, none_bound: bool) -> String {
        let facts: Vec<Fact> = self.facts.iter().copied().collect();
        let who = if self.findings == 1 { "finding type asks" } else { "finding types ask" };
        let why = if none_bound { "which nothing bound tells" } else { "which no file tells" };
        format!("{who} for {} of addresses, {why} (--geo FILE)", words(&facts))
    }
}

/// Facts for people; latitude and longitude are the position.
fn words(facts: &[Fact]) -> String {
    let word = |fact: &Fact| match fact {
        Fact::Country | Fact::City => Some(fact.word()),
        Fact::Latitude => Some("position"),
        Fact::Longitude => None,
        Fact::Asn => Some("network number"),
        Fact::AsName => Some("network name"),
    };
    facts.iter().filter_map(word).collect::<Vec<_>>().join(", ")
}
