//! The way in: bytes -> text -> format -> tokens -> guards -> entries and report, or a refusal of the whole.

use std::borrow::Cow;

use super::entry::{Classified, Entries, Token, classify, domain_entry};
use super::formats::{self, Format, Sniff};
use super::guard;
use super::report::{ListError, ListReport, Reason, Refusal};
use super::{ListRole, ListSpec, ListType};

/// Largest list that is read: 35 MiB, as GuardDuty has it. Whoever calls need not read more than one byte beyond it.
pub const MAX_LIST_BYTES: usize = 35 << 20;
/// More malformed rows than this share refuse a list …
const MAX_MALFORMED_SHARE: f64 = 0.01;
/// … but fewer than this many never do, so that one slip in a short hand-written list costs one entry.
const MIN_MALFORMED: u64 = 5;
/// Growth over the last good version that is no longer believed.
const MAX_GROWTH: u64 = 10;

/// A list that was read and may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedList {
    /// What it holds.
    pub entries: Entries,
    /// What came of reading it.
    pub report: ListReport,
}

/// Reads a list.
///
/// # Errors
/// The list as a whole is unsound: empty, a web page, too large, broken in its format, malformed in more than 1 % of
/// its rows, or grown or shrunk beyond belief. The last good version should be kept.
pub fn read_list(spec: &ListSpec, bytes: &[u8]) -> Result<LoadedList, ListError> {
    if bytes.len() > MAX_LIST_BYTES {
        let message = format!("it is larger than {} MiB", MAX_LIST_BYTES >> 20);
        return Err(refuse(spec, Refusal::TooLarge, message, "split it, or bind several smaller lists"));
    }
    let text = decode(spec, bytes)?;
    if looks_like_html(&text) {
        let first = super::report::quote(text.trim_start().lines().next().unwrap_or(""));
        let message = format!("it is a web page, not a list (it begins with `{first}`)");
        return Err(refuse(
            spec,
            Refusal::Html,
            message,
            "fetch the feed's raw address, and check that it needs no login",
        ));
    }
    let mut rows = Rows { spec, text: &text, entries: Entries::default(), report: report(spec, bytes) };
    if !text.trim().is_empty() {
        let format = choose(spec, &text)?;
        rows.report.format = format.name;
        if let Err(message) = (format.read)(&mut rows) {
            let help = format!("check the file, or say `format:`; known formats are {}", formats::names().join(", "));
            let mut error = refuse(spec, Refusal::Format, format!("read as {}, {message}", format.name), help);
            error.report = Some(Box::new(rows.report));
            return Err(error);
        }
    }
    let Rows { mut entries, mut report, .. } = rows;
    report.duplicates = entries.settle();
    report.accepted = entries.len() as u64;
    match unbelievable(spec, &report) {
        Some((refusal, message, help)) => {
            let mut error = refuse(spec, refusal, message, help);
            error.report = Some(Box::new(report));
            Err(error)
        }
        None => Ok(LoadedList { entries, report }),
    }
}

fn report(spec: &ListSpec, bytes: &[u8]) -> ListReport {
    ListReport::new(&spec.name, spec.kind, spec.role, bytes)
}

fn refuse(spec: &ListSpec, refusal: Refusal, message: String, help: impl Into<String>) -> ListError {
    ListError { list: spec.name.clone(), refusal, message, help: help.into(), report: None }
}

/// UTF-8 without its mark. Bad bytes cost their row, not the list.
fn decode<'a>(spec: &ListSpec, bytes: &'a [u8]) -> Result<Cow<'a, str>, ListError> {
    let kind = match bytes {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        [b'P', b'K', 3, 4, ..] => Some("a zip archive"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ if bytes.iter().take(1024).any(|&b| b == 0) => Some("binary"),
        _ => None,
    };
    if let Some(kind) = kind {
        let help = "unpack it first, and save it as UTF-8 text";
        return Err(refuse(spec, Refusal::Binary, format!("it is {kind}, not text"), help));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Ok(String::from_utf8_lossy(bytes))
}

fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start();
    let head: String = start.chars().take(1024).collect::<String>().to_ascii_lowercase();
    head.starts_with('<') && ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| head.contains(tag))
}

fn choose(spec: &ListSpec, text: &str) -> Result<&'static Format, ListError> {
    match spec.format.as_deref() {
        None | Some("auto") => {
            let sniff = Sniff::new(spec, text);
            let found = formats::FORMATS.iter().find(|f| (f.is)(&sniff)).unwrap_or(&formats::plain::FORMAT);
            if sniff.head.starts_with('{') && matches!(found.name, "plain" | "hosts" | "csv") {
                let help = format!("say `format:`; known formats are {}", formats::names().join(", "));
                return Err(refuse(spec, Refusal::Format, "it is JSON of no form that lists come in".to_owned(), help));
            }
            Ok(found)
        }
        Some(name) => formats::find(name).ok_or_else(|| {
            let help = format!("write one of auto, {}", formats::names().join(", "));
            refuse(spec, Refusal::UnknownFormat, format!("there is no list format `{name}`"), help)
        }),
    }
}

/// The guards that look at the list as a whole, once its rows are counted.
fn unbelievable(spec: &ListSpec, report: &ListReport) -> Option<(Refusal, String, String)> {
    let (accepted, rows, malformed) = (report.accepted, report.rows, report.malformed());
    let first = report.quarantined.iter().find(|(r, _)| r.is_malformed()).and_then(|(_, q)| q.samples.first());
    let place = first.map(|s| format!(" (the first is line {}: `{}`)", s.line, s.text)).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a share of counts far below 2^52")]
    if malformed >= MIN_MALFORMED && malformed as f64 > rows as f64 * MAX_MALFORMED_SHARE {
        let message = format!("{malformed} of its {rows} rows are no entries{place}, more than 1 %");
        let help = "check the format and the column, or mend the rows".to_owned();
        return Some((Refusal::Malformed, message, help));
    }
    // Nothing to allow is a fair thing to say in an allow list; nothing that threatens is a broken feed.
    if accepted == 0 && (rows > 0 || spec.role == ListRole::Threat) {
        let (message, help) = if rows == 0 {
            ("it is empty".to_owned(), "check that the download went through".to_owned())
        } else if report.other_type == rows {
            let message = format!("none of its {rows} rows is of type {}, all are of another", spec.kind);
            (message, "declare the list with the type of its entries, or bind another file".to_owned())
        } else {
            let (other, quarantined) = (report.other_type, report.quarantined_total());
            let why = report.quarantined.keys().map(|r| r.word()).collect::<Vec<_>>().join(", ");
            let why = if why.is_empty() { why } else { format!(": {why}") };
            let message = format!(
                "no entry of type {} is left of its {rows} rows ({other} of another type, {quarantined} quarantined{why})",
                spec.kind
            );
            (message, "check the type and the format of the list".to_owned())
        };
        return Some((Refusal::Empty, message, help));
    }
    let previous = spec.previous.filter(|&n| n > 0)?;
    let keep = "keep the last good version; if the change is right, load the list without a previous count".to_owned();
    if accepted > previous.saturating_mul(MAX_GROWTH) {
        let message = format!("it grew from {previous} to {accepted} entries, more than {MAX_GROWTH} times");
        return Some((Refusal::Grew, message, keep));
    }
    (accepted < previous.div_ceil(2))
        .then(|| (Refusal::Shrank, format!("it shrank from {previous} to {accepted} entries, by more than half"), keep))
}

/// Where formats hand in what they find. `'t` is the text of the file; places are found by where a token borrows.
pub(super) struct Rows<'t> {
    pub(super) spec: &'t ListSpec,
    pub(super) text: &'t str,
    entries: Entries,
    report: ListReport,
}

/// The place of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'t> {
    /// The row's text, borrowed from the file; its line is counted only if it is needed.
    Text(&'t str),
    /// A byte of the file.
    Byte(usize),
    /// A line.
    Line(u64),
}

impl<'t> Rows<'t> {
    /// A token that should be an entry, of whatever type.
    pub(super) fn offer(&mut self, at: At<'t>, token: &str) {
        self.report.rows += 1;
        match self.spec.kind {
            ListType::String => self.offer_string(at, token),
            ListType::Int => match token.trim().parse::<i64>() {
                Ok(n) => self.entries.text.push(n.to_string().into()),
                Err(_) => self.reject(at, token, Reason::Malformed),
            },
            ListType::Ip | ListType::Domain | ListType::Hash => match classify(token) {
                Ok(classified) => self.take(at, token, classified),
                Err(reason) => self.offer_odd(at, token, reason),
            },
        }
    }

    fn offer_string(&mut self, at: At<'t>, token: &str) {
        match token.trim() {
            "" => self.reject(at, token, Reason::Malformed),
            s if s.len() > super::entry::MAX_ENTRY_BYTES => self.reject(at, token, Reason::TooLong),
            s if s.contains('\u{fffd}') => self.reject(at, token, Reason::Malformed),
            s => self.entries.text.push(s.into()),
        }
    }

    /// One label is no entry of a feed, but a fair host name in a list of one's own.
    fn offer_odd(&mut self, at: At<'t>, token: &str, reason: Reason) {
        let own =
            reason == Reason::Malformed && self.spec.kind == ListType::Domain && self.spec.role != ListRole::Threat;
        match domain_entry(token.trim()).filter(|_| own) {
            Some(name) => self.entries.text.push(name.into()),
            None => self.reject(at, token, reason),
        }
    }

    fn take(&mut self, at: At<'t>, raw: &str, (token, port): Classified<'_>) {
        let role = self.spec.role;
        let problem = match (&token, self.spec.kind) {
            (Token::Ip(range), ListType::Ip) => guard::check_range(*range, role),
            (Token::Domain(name), ListType::Domain) => guard::check_domain(name, role),
            (Token::Hash(_), ListType::Hash) => None,
            _ => {
                self.report.other_type += 1;
                return;
            }
        };
        if let Some(reason) = problem {
            return self.reject(at, raw, reason);
        }
        self.report.ports_dropped += u64::from(port);
        match token {
            Token::Ip(range) => self.entries.push_range(range),
            Token::Domain(text) | Token::Hash(text) => self.entries.text.push(text.into()),
            Token::Other => {}
        }
    }

    /// A row that its format knows to be sound and of no type that a list can have.
    pub(super) fn other(&mut self) {
        self.report.rows += 1;
        self.report.other_type += 1;
    }

    /// A row that its format cannot take.
    pub(super) fn refuse(&mut self, at: At<'t>, text: &str, reason: Reason) {
        self.report.rows += 1;
        self.reject(at, text, reason);
    }

    fn reject(&mut self, at: At<'t>, text: &str, reason: Reason) {
        let file = self.text;
        self.report.quarantine(reason, text.trim(), || match at {
            At::Line(line) => line,
            At::Byte(byte) => line_of(file, byte),
            At::Text(part) => line_of(file, (part.as_ptr() as usize).saturating_sub(file.as_ptr() as usize)),
        });
    }

    /// The lines of the file that are not blank and do not begin with a comment sign.
    pub(super) fn data_lines(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line))
    }
}

/// Whether a line is nothing but a comment.
pub(super) fn is_comment(line: &str) -> bool {
    line.starts_with(['#', ';']) || line.starts_with("//")
}

fn line_of(text: &str, byte: usize) -> u64 {
    let before = &text.as_bytes()[..byte.min(text.len())];
    1 + memchr::memchr_iter(b'\n', before).count() as u64
}
