//! Runs of the pack over whole recordings without any list bound, each made once and shared by those who measure.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Mutex, OnceLock};

use outguard::finding::Finding;

use super::data;
use super::pack::{Run, lists};

/// What the pack told of a recording.
pub struct Told {
    /// Events read.
    pub events: usize,
    /// Findings.
    pub findings: Vec<Finding>,
}

/// What the pack tells of a file or folder of the recordings; nothing where it is absent.
pub fn told(place: &'static str) -> Option<&'static Told> {
    static TOLD: OnceLock<Mutex<BTreeMap<&'static str, &'static Told>>> = OnceLock::new();
    let path = data::place(place)?;
    let mut all = TOLD.get_or_init(Mutex::default).lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Some(all.entry(place).or_insert_with(|| {
        let lists = lists(Vec::new());
        let mut run = Run::new(&lists);
        for file in data::files(&path, |n| !n.contains("labels") && !n.ends_with(".md")) {
            run.read(File::open(&file).expect("readable"), "log");
        }
        Box::leak(Box::new(Told { events: run.events(), findings: run.finish() }))
    }))
}
