//! Geo data: what the deployment's files say about addresses. MaxMind DB files of any schema that is known, and CSV
//! files of ranges; several together.
//!
//! ```text
//! bytes --> mmdb | csv --> GeoFile      files --> Geo --(address)--> Place --(fact)--> Val
//! ```
//!
//! The first file that knows a fact of an address tells it. `docs/geo.md` is the manual.

mod cache;
mod csv;
mod layout;
mod mmdb;
mod place;
mod ranges;
mod record;
#[cfg(test)]
mod recorded_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::schema::{Enrich, Fact};
use crate::value::{Arena, Time, Val};

use place::Place;

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeoError {
    /// What is wrong with it, without its name.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl GeoError {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl fmt::Display for GeoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  help: {}", self.message, self.help)
    }
}

/// What a file is and knows, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeoAbout {
    /// As the caller named it.
    pub name: String,
    /// `GeoLite2-City`, or `CSV`.
    pub format: String,
    /// What it tells, in order.
    pub facts: Vec<Fact>,
    /// When it was built, if it says so.
    pub built: Option<Time>,
    /// It knows IPv4 addresses.
    pub v4: bool,
    /// It knows IPv6 addresses.
    pub v6: bool,
    /// Rows that could not be read (CSV).
    pub skipped: u64,
}

/// One file, read.
#[derive(Debug)]
pub struct GeoFile {
    about: GeoAbout,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Mmdb(mmdb::Mmdb),
    Csv(csv::Table),
}

impl GeoFile {
    /// Reads a file; what it is shows in its content.
    ///
    /// # Errors
    /// It is neither a MaxMind DB nor a CSV of ranges, it is damaged, or nothing that it says is known here.
    pub fn read(name: &str, bytes: Vec<u8>) -> Result<GeoFile, GeoError> {
        if mmdb::is_mmdb(&bytes) {
            let (mmdb, about) = mmdb::Mmdb::read(name, bytes)?;
            return Ok(GeoFile { about, data: Data::Mmdb(mmdb) });
        }
        if let Some(error) = foreign(&bytes) {
            return Err(error);
        }
        let (table, about) = csv::Table::read(name, &bytes)?;
        Ok(GeoFile { about, data: Data::Csv(table) })
    }

    /// What it is.
    #[must_use]
    pub fn about(&self) -> &GeoAbout {
        &self.about
    }
}

/// What can be told of bytes that are neither a MaxMind DB nor text.
fn foreign(bytes: &[u8]) -> Option<GeoError> {
    let start = &bytes[..bytes.len().min(4096)];
    let packed = |what: &str| GeoError::new(format!("it is {what}"), "unpack it, and name the file that was in it");
    let trimmed = start.trim_ascii_start();
    match start {
        _ if bytes.trim_ascii().is_empty() => {
            Some(GeoError::new("it is empty", "fetch it anew; a download may have failed"))
        }
        [0x1f, 0x8b, ..] => Some(packed("packed with gzip")),
        [b'P', b'K', 3, 4, ..] => Some(packed("a ZIP archive")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(packed("packed with zstd")),
        _ if trimmed.get(..9).is_some_and(|s| s.eq_ignore_ascii_case(b"<!doctype"))
            || trimmed.get(..5).is_some_and(|s| s.eq_ignore_ascii_case(b"<html")) =>
        {
            Some(GeoError::new("it is a web page", "fetch it anew; the download needs a login or another address"))
        }
        _ if start.contains(&0) => Some(GeoError::new(
            "it is no MaxMind DB: it has no metadata at its end",
            "name an .mmdb file, or a CSV of ranges; if it is one, it was cut: fetch it anew",
        )),
        _ => None,
    }
}

/// All files of a deployment.
#[derive(Debug)]
pub struct Geo {
    files: Vec<GeoFile>,
    /// Tells this data from any other in caches.
    id: u64,
    failed: AtomicU64,
}

impl Geo {
    /// Several files as one; where two know a fact of an address, the earlier tells it.
    #[must_use]
    pub fn new(files: Vec<GeoFile>) -> Geo {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Geo { files, id: NEXT.fetch_add(1, Ordering::Relaxed), failed: AtomicU64::new(0) }
    }

    /// What the files are.
    pub fn about(&self) -> impl Iterator<Item = &GeoAbout> {
        self.files.iter().map(GeoFile::about)
    }

    /// What some file tells.
    #[must_use]
    pub fn facts(&self) -> BTreeSet<Fact> {
        self.about().flat_map(|a| a.facts.iter().copied()).collect()
    }

    /// How many look-ups met a damaged record; what it would have said is absent.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Everything that is known of an address.
    fn place(&self, address: IpAddr) -> Place<'_> {
        let mut place = Place::default();
        for file in &self.files {
            let found = match &file.data {
                Data::Mmdb(mmdb) => mmdb.place(address).unwrap_or_else(|_| {
                    self.failed.fetch_add(1, Ordering::Relaxed);
                    Place::default()
                }),
                Data::Csv(table) => table.place(address),
            };
            place.complete(found);
        }
        place
    }
}

impl Enrich for Geo {
    fn look_up<'a>(&self, address: IpAddr, fact: Fact, arena: &'a Arena) -> Val<'a> {
        let address = Val::canonical_ip(address);
        cache::with(self.id, address, || self.place(address), |place| place.fact(fact, arena))
    }
}
