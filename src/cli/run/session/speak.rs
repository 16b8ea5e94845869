//! Findings as they are told: lines of the format, to standard output or behind what a file holds.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::Arc;

use super::Env;
use crate::cli::exit::Failure;
use crate::cli::terminal::stdout;
use crate::finding::{Finding, Publication, Severity};
use crate::sink::SinkOptions;
use crate::store::Outlet;
use crate::store::outlet::OutletFile;

/// A finding, as far as the summary tells of it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its type.
    pub finding_type: Arc<str>,
    /// The worst severity of it.
    pub severity: Severity,
}

/// Where findings go.
pub struct Speaker<'a> {
    env: &'a Env<'a>,
    format: String,
    /// None: standard output.
    file: Option<OutletFile>,
    /// By id, what was told.
    shown: HashMap<String, Shown>,
    archived: RefCell<HashSet<String>>,
    filtered: RefCell<HashSet<String>>,
    /// The header of a table of rows was written.
    headed: bool,
}

impl<'a> Speaker<'a> {
    /// Opens the place; what the last checkpoint said and perhaps nobody got is said again. Notices are for the user.
    pub fn open(env: &'a Env<'a>, known: Option<&Outlet>, outbox: &[u8]) -> Result<(Self, Vec<String>), Failure> {
        let (args, terminal) = (env.args, env.terminal);
        let mut notices = Vec::new();
        let path = args.output.as_deref();
        if let Some(other) = known.filter(|k| path.is_none_or(|p| k.path != p.to_string_lossy())) {
            // Findings go elsewhere from now on: what the last run owes is delivered where it was promised.
            let (mut file, notice) = OutletFile::open(other.path.as_ref(), Some(other))?;
            file.append(outbox)?;
            notices.extend(notice);
        }
        let file = match path {
            Some(path) => {
                let (mut file, notice) = OutletFile::open(path, known)?;
                if known.is_some_and(|k| k.path == path.to_string_lossy()) {
                    file.append(outbox)?;
                }
                notices.extend(notice);
                Some(file)
            }
            None => None,
        };
        let unsaid = if file.is_none() && terminal.out.interactive { "table" } else { "json" };
        let deployed = env.config.output.format.as_deref().filter(|_| file.is_none());
        let format = args.format.as_deref().or(deployed).unwrap_or(unsaid).to_owned();
        let headed = file.as_ref().is_some_and(|f| f.length() > 0);
        let (shown, archived, filtered) = Default::default();
        let mut speaker = Self { env, format, file, shown, archived, filtered, headed };
        if known.is_none() && !outbox.is_empty() {
            // The last run wrote to standard output: at least once, and the ids tell.
            speaker.say(outbox)?;
        }
        Ok((speaker, notices))
    }

    /// Whether a finding is told at all.
    pub fn wants(&self, finding: &Finding) -> bool {
        let args = self.env.args;
        if !args.wants(finding) {
            self.filtered.borrow_mut().insert(finding.id.clone());
            return false;
        }
        if finding.archived() && !args.archived {
            self.archived.borrow_mut().insert(finding.id.clone());
            return false;
        }
        true
    }

    /// Findings as lines.
    pub fn lines(&mut self, told: &[Publication]) -> Result<Vec<u8>, Failure> {
        let mut lines = Vec::new();
        if told.is_empty() {
            return Ok(lines);
        }
        let out = &self.env.terminal.out;
        let mut options =
            SinkOptions { width: out.width, color: self.file.is_none() && out.color, ..SinkOptions::default() };
        if self.format == "table" {
            let findings: Vec<Finding> = told.iter().map(|p| p.finding.clone()).collect();
            crate::sink::write(&self.format, &findings, &options, &mut lines)?;
        } else {
            for one in told {
                options.update = one.updated > 0;
                options.updated = Some(one.updated);
                options.supersedes.clone_from(&one.supersedes);
                let begin = lines.len();
                crate::sink::write(&self.format, std::slice::from_ref(&one.finding), &options, &mut lines)?;
                if self.format == "csv" && std::mem::replace(&mut self.headed, true) {
                    let end = lines[begin..].iter().position(|b| *b == b'\n').map_or(lines.len(), |n| begin + n + 1);
                    lines.drain(begin..end);
                }
            }
        }
        for one in told {
            one.supersedes.iter().for_each(|id| drop(self.shown.remove(id)));
            let finding_type = Arc::from(one.finding.rule.finding_type.as_str());
            self.shown.insert(one.finding.id.clone(), Shown { finding_type, severity: one.finding.severity });
        }
        Ok(lines)
    }

    /// Writes lines that a checkpoint holds.
    pub fn say(&mut self, lines: &[u8]) -> Result<(), Failure> {
        match &mut self.file {
            Some(file) => Ok(file.append(lines)?),
            None => {
                let mut out = stdout();
                out.write_all(lines)?;
                out.flush()?;
                Ok(())
            }
        }
    }

    /// How much of the file is surely there, for the checkpoint.
    pub fn mark(&mut self) -> Result<Option<Outlet>, Failure> {
        Ok(self.file.as_mut().map(OutletFile::mark).transpose()?.flatten())
    }

    /// What was told, each finding once.
    pub fn shown(&self) -> Vec<Shown> {
        self.shown.values().cloned().collect()
    }

    /// How many were archived, and left out by options.
    pub fn left_out(&self) -> (usize, usize) {
        (self.archived.borrow().len(), self.filtered.borrow().len())
    }
}
