//! What came of reading a list: counts, what was quarantined and why, or why the whole was refused.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{ListRole, ListType};

/// How many quarantined entries a report quotes per reason; the rest is only counted.
pub(super) const SAMPLES_PER_REASON: usize = 5;
/// How much of a quarantined entry is quoted, in characters.
const SAMPLE_CHARS: usize = 80;

/// Why an entry was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Neither an address, a network, a name nor a hash (or, in a list of integers, no integer).
    Malformed,
    /// Written like an address and read differently by different tools: `010.8.8.8`, `127.1`.
    OddAddress,
    /// A network that is no network: `/33`, or a range that ends before it starts.
    BadNetwork,
    /// Longer than any entry may be.
    TooLong,
    /// A network so broad that it would match a good part of the Internet.
    TooBroad,
    /// Private, loopback, multicast or otherwise special: it would match traffic that is no threat's.
    SpecialUse,
    /// A bare public suffix: it would match every site under it.
    PublicSuffix,
    /// The suffix under which a hoster gives out names (`github.io`, `duckdns.org`): it would match all its customers.
    HosterSuffix,
    /// A name that resolves nowhere on the Internet: `.local`, `.localhost`.
    SpecialName,
    /// The indicator says more than one value can (`AND`, `LIKE`, …); a part of it would match too much.
    Pattern,
    /// Its author has revoked the indicator.
    Revoked,
}

impl Reason {
    /// Every reason, in the order of the manual.
    pub const ALL: &[Reason] = &[
        Reason::Malformed,
        Reason::OddAddress,
        Reason::BadNetwork,
        Reason::TooLong,
        Reason::TooBroad,
        Reason::PublicSuffix,
        Reason::HosterSuffix,
        Reason::SpecialUse,
        Reason::SpecialName,
        Reason::Pattern,
        Reason::Revoked,
    ];

    /// The stable word of the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Reason::Malformed => "malformed",
            Reason::OddAddress => "odd-address",
            Reason::BadNetwork => "bad-network",
            Reason::TooLong => "too-long",
            Reason::TooBroad => "too-broad",
            Reason::SpecialUse => "special-use",
            Reason::PublicSuffix => "public-suffix",
            Reason::HosterSuffix => "hoster-suffix",
            Reason::SpecialName => "special-name",
            Reason::Pattern => "pattern",
            Reason::Revoked => "revoked",
        }
    }

    /// What it means, in one line.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Reason::Malformed => "not an entry of any type",
            Reason::OddAddress => "an address that tools read differently (leading zero, missing part)",
            Reason::BadNetwork => "not a network (prefix too long, or a range that ends before it starts)",
            Reason::TooLong => "longer than any entry may be",
            Reason::TooBroad => "a network broader than /8 (IPv4) or /19 (IPv6)",
            Reason::SpecialUse => "a private, loopback, multicast or other special-use range",
            Reason::PublicSuffix => "a bare public suffix, which would match every site under it",
            Reason::HosterSuffix => {
                "a suffix under which a hoster gives out names (if that is what the list is for, bind it as plain)"
            }
            Reason::SpecialName => "a name that is not resolved on the Internet (.local, .localhost, …)",
            Reason::Pattern => "a pattern that says more than one value can",
            Reason::Revoked => "an indicator that its author has revoked",
        }
    }

    /// Whether it counts towards the share of malformed rows that refuses a list.
    #[must_use]
    pub fn is_malformed(self) -> bool {
        matches!(self, Reason::Malformed | Reason::OddAddress | Reason::BadNetwork | Reason::TooLong)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One quarantined entry, as quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Line, from 1.
    pub line: u64,
    /// The entry as written, cut, with control and direction characters escaped.
    pub text: String,
}

/// What was quarantined for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub samples: Vec<Sample>,
}

/// What came of reading one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListReport {
    /// The list's name.
    pub list: String,
    /// What its entries are.
    #[serde(rename = "type")]
    pub kind: ListType,
    /// What a match means.
    pub role: ListRole,
    /// The format that was used.
    pub format: &'static str,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Rows that should have held an entry.
    pub rows: u64,
    /// Distinct entries taken.
    pub accepted: u64,
    /// Entries that were there before.
    pub duplicates: u64,
    /// Sound indicators of another type than the list's.
    pub other_type: u64,
    /// Entries taken without the port that was written behind them.
    pub ports_dropped: u64,
    /// What was not taken, by reason.
    pub quarantined: BTreeMap<Reason, Quarantined>,
}

impl ListReport {
    pub(super) fn new(list: &str, kind: ListType, role: ListRole, bytes: &[u8]) -> Self {
        Self {
            list: list.to_owned(),
            kind,
            role,
            format: "",
            sha256: sha256_hex(bytes),
            bytes: bytes.len() as u64,
            rows: 0,
            accepted: 0,
            duplicates: 0,
            other_type: 0,
            ports_dropped: 0,
            quarantined: BTreeMap::new(),
        }
    }

    /// How many entries were quarantined, for whatever reason.
    #[must_use]
    pub fn quarantined_total(&self) -> u64 {
        self.quarantined.values().map(|q| q.count).sum()
    }

    /// How many of them were no entry at all.
    #[must_use]
    pub fn malformed(&self) -> u64 {
        self.quarantined.iter().filter(|(r, _)| r.is_malformed()).map(|(_, q)| q.count).sum()
    }

    /// Counts a quarantined entry; `line` is asked only while samples are still wanted.
    pub(super) fn quarantine(&mut self, reason: Reason, text: &str, line: impl FnOnce() -> u64) {
        let group = self.quarantined.entry(reason).or_default();
        group.count += 1;
        if group.samples.len() < SAMPLES_PER_REASON {
            group.samples.push(Sample { line: line(), text: quote(text) });
        }
    }
}

/// One line a fact, without colour: `mining_pools: 678 entries (plain, ip) …`.
impl fmt::Display for ListReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {} entries (format {}, {})", self.list, self.accepted, self.kind, self.format, self.role)?;
        for (n, what) in [
            (self.duplicates, "duplicates"),
            (self.other_type, "of another type"),
            (self.ports_dropped, "read without their port"),
            (self.quarantined_total(), "quarantined"),
        ] {
            if n > 0 {
                write!(f, ", {n} {what}")?;
            }
        }
        for (reason, group) in &self.quarantined {
            write!(f, "\n  {} {reason}: {}", group.count, reason.explain())?;
            for sample in &group.samples {
                write!(f, "\n    line {}: `{}`", sample.line, sample.text)?;
            }
        }
        Ok(())
    }
}

/// Why a whole list was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// No entry in it.
    Empty,
    /// A web page: an error or a login page that a download kept.
    Html,
    /// More than 35 MiB.
    TooLarge,
    /// Compressed, UTF-16 or otherwise no text.
    Binary,
    /// The format's own syntax is broken, or a column is not there.
    Format,
    /// Unknown format name.
    UnknownFormat,
    /// More than 1 % of the rows are no entries.
    Malformed,
    /// More than ten times the entries of the last good version.
    Grew,
    /// Less than half the entries of the last good version.
    Shrank,
}

impl Refusal {
    /// Every refusal, in the order of the manual.
    pub const ALL: &[Refusal] = &[
        Refusal::Empty,
        Refusal::Html,
        Refusal::TooLarge,
        Refusal::Binary,
        Refusal::Format,
        Refusal::UnknownFormat,
        Refusal::Malformed,
        Refusal::Grew,
        Refusal::Shrank,
    ];

    /// The stable word of the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Empty => "empty",
            Refusal::Html => "html",
            Refusal::TooLarge => "too-large",
            Refusal::Binary => "binary",
            Refusal::Format => "format",
            Refusal::UnknownFormat => "unknown-format",
            Refusal::Malformed => "malformed",
            Refusal::Grew => "grew",
            Refusal::Shrank => "shrank",
        }
    }
}

/// A list that was refused whole: keep the last good one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListError {
    /// The list's name.
    pub list: String,
    /// Which guard refused it.
    pub refusal: Refusal,
    /// Where and why, in one sentence.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The counts up to there, where rows were read.
    pub report: Option<Box<ListReport>>,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "list `{}` is refused: {}; {}", self.list, self.message, self.help)
    }
}

impl std::error::Error for ListError {}

/// As JSON: `list`, `refusal`, `message`, `help`, and the counts where there are any.
impl Serialize for ListError {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct View<'a> {
            list: &'a str,
            refusal: Refusal,
            message: &'a str,
            help: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            report: Option<&'a ListReport>,
        }
        let Self { list, refusal, message, help, report } = self;
        View { list, refusal: *refusal, message, help, report: report.as_deref() }.serialize(s)
    }
}

/// SHA-256 in lower-case hex.
fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
        hex
    })
}

/// Cut, and safe to print on a terminal.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == SAMPLE_CHARS {
            out.push('…');
            break;
        }
        let bidi =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || bidi { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}
