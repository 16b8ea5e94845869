//! Rows of columns: flow logs, Zeek's logs. Columns are named by a header row, wherever it stands, or by the source's default order.

use super::Setup;
use super::scan::{LANES, equal_mask, lowest, repeat, word};
use super::zeek::Form;
use crate::schema::{Raw, Source, SourceId, Wire};
use crate::value::Arena;

/// Not wanted.
pub(super) const NOT: u32 = u32::MAX;

/// Fewer columns than these are no header: three words of a sentence may be column names.
const FEWEST: usize = 3;

/// The order of the columns, and which of them are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Whose rows they are.
    pub source: SourceId,
    separator: u8,
    /// By column: the place among the projection's paths.
    take: Vec<u32>,
    /// How cells are read, if Zeek wrote them.
    zeek: Option<Box<Form>>,
}

/// A column's name as every spelling of it: `${account-id}`, `"account_id"`, `account-id`.
fn plain_name(token: &str) -> String {
    let token = token.trim().trim_matches('"');
    let token = token.strip_prefix("${").and_then(|t| t.strip_suffix('}')).unwrap_or(token);
    token.to_ascii_lowercase().replace('-', "_")
}

fn is_name(token: &str) -> bool {
    let token = token.trim().trim_matches('"');
    let token = token.strip_prefix("${").and_then(|t| t.strip_suffix('}')).unwrap_or(token);
    token.starts_with(|c: char| c.is_ascii_alphabetic())
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl Layout {
    /// The order of `columns` for one source.
    fn new<'c>(setup: &Setup<'_>, source: SourceId, separator: u8, columns: impl Iterator<Item = &'c str>) -> Layout {
        let paths = &setup.projections[usize::from(source.0)].paths;
        let wanted: Vec<String> = paths.iter().map(|p| plain_name(&p.join("."))).collect();
        let place = |name: String| wanted.iter().position(|w| *w == name).and_then(|n| u32::try_from(n).ok());
        let take = columns.map(|c| place(plain_name(c)).unwrap_or(NOT)).collect();
        Layout { source, separator, take, zeek: None }
    }

    /// The order that the `#` lines of a file of Zeek's give.
    pub(super) fn of_zeek(source: SourceId, separator: u8, take: Vec<u32>, form: Form) -> Layout {
        Layout { source, separator, take, zeek: Some(Box::new(form)) }
    }

    /// How many columns a row has.
    pub fn width(&self) -> usize {
        self.take.len()
    }

    /// Puts the wanted columns of a row into `raw`; the number of columns that the row has.
    #[inline]
    pub fn split<'a>(&self, row: &'a str, raw: &mut [Raw<'a>], arena: &'a Arena) -> usize {
        let found = self.split_at(row, raw, arena);
        if let Some(zeek) = &self.zeek {
            zeek.common(raw, arena);
        }
        if found == self.width() || self.separator != b' ' {
            return found;
        }
        // Columns lined up with more than one blank.
        if row.split_ascii_whitespace().count() != self.width() {
            return found;
        }
        raw.fill(Raw::Absent);
        for (i, text) in row.split_ascii_whitespace().enumerate() {
            self.put(i, text, raw, arena);
        }
        self.width()
    }

    fn split_at<'a>(&self, row: &'a str, raw: &mut [Raw<'a>], arena: &'a Arena) -> usize {
        let bytes = row.as_bytes();
        let pattern = repeat(self.separator);
        let (mut column, mut start, mut at) = (0, 0, 0);
        while let Some(eight) = word(bytes, at) {
            let mut mask = equal_mask(eight, pattern);
            while mask != 0 {
                let place = at + lowest(mask);
                if bytes[place] == self.separator {
                    self.put(column, &row[start..place], raw, arena);
                    column += 1;
                    start = place + 1;
                }
                mask &= mask - 1;
            }
            at += LANES;
        }
        for (place, _) in bytes.iter().enumerate().skip(at).filter(|(_, b)| **b == self.separator) {
            self.put(column, &row[start..place], raw, arena);
            column += 1;
            start = place + 1;
        }
        self.put(column, &row[start..], raw, arena);
        column + 1
    }

    #[inline(always)]
    fn put<'a>(&self, column: usize, text: &'a str, raw: &mut [Raw<'a>], arena: &'a Arena) {
        let Some(&place) = self.take.get(column) else { return };
        if place == NOT {
            return;
        }
        if let Some(zeek) = &self.zeek {
            raw[place as usize] = zeek.cell(column, text, arena);
            return;
        }
        let text = if self.separator == b' ' { text } else { text.trim().trim_matches('"') };
        raw[place as usize] = if text.is_empty() || text == "-" { Raw::Absent } else { Raw::Text(text) };
    }
}

/// What columns rows may have.
pub struct Columns<'p> {
    setup: Setup<'p>,
    sources: Vec<(SourceId, &'p Source)>,
    /// Default layouts, by place in `sources`.
    defaults: Vec<Layout>,
    forced: bool,
    /// The source of Zeek's logs.
    pub zeek: Option<SourceId>,
}

impl<'p> Columns<'p> {
    /// Of all sources that have columns, or of the forced one.
    pub fn new(setup: Setup<'p>) -> Columns<'p> {
        let all = setup.vocabulary.source_ids().map(|id| (id, setup.vocabulary.source(id)));
        let meant = |id: SourceId| setup.forced.is_none_or(|f| f == id);
        let sources: Vec<_> = all.filter(|(id, s)| s.wire == Wire::Columns && meant(*id)).collect();
        let defaults = sources
            .iter()
            .map(|(id, s)| Layout::new(&setup, *id, b' ', s.default_columns.iter().map(String::as_str)))
            .collect();
        let forced = setup.forced.is_some() && !sources.is_empty();
        let mut ids = setup.vocabulary.source_ids();
        let zeek = ids.find(|id| setup.vocabulary.source(*id).wire == Wire::Zeek && meant(*id));
        Columns { setup, sources, defaults, forced, zeek }
    }

    /// The layout that a line announces, if it is a header row.
    pub fn header(&self, line: &str) -> Option<Layout> {
        if !line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$' || c == '"') {
            return None;
        }
        let separator = [b'\t', b','].into_iter().find(|s| line.as_bytes().contains(s)).unwrap_or(b' ');
        let tokens = || line.split(char::from(separator)).filter(|t| separator != b' ' || !t.is_empty());
        if !tokens().all(is_name) || tokens().count() < FEWEST {
            return None;
        }
        let names: Vec<String> = tokens().map(plain_name).collect();
        let named = |name: &str| names.contains(&plain_name(name));
        let source = self.sources.iter().find(|(_, s)| {
            s.recognise.iter().any(|all| all.iter().all(|c| named(&c.path.join("."))))
                || s.default_columns.iter().filter(|c| named(c)).count() > FEWEST
        })?;
        Some(Layout::new(&self.setup, source.0, separator, tokens()))
    }

    /// The default layout of the source whose default row a line is.
    pub fn default_row(&self, line: &str) -> Option<&Layout> {
        if !self.forced && !line.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let width = line.split_ascii_whitespace().count();
        let fits = |place: &usize| {
            let (_, source) = self.sources[*place];
            width == source.default_columns.len() && (self.forced || looks_like(source, line))
        };
        (0..self.sources.len()).find(fits).map(|place| &self.defaults[place])
    }

    /// Whether a line that fits nothing is a row of some source all the same: numbers where flow logs have version and
    /// account.
    pub fn is_row(&self, line: &str) -> bool {
        if self.forced {
            return true;
        }
        let mut tokens = line.split_ascii_whitespace();
        let digits = |t: Option<&str>, least: usize, most: usize| {
            t.is_some_and(|t| (least..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()))
        };
        !self.sources.is_empty()
            && digits(tokens.next(), 1, 2)
            && digits(tokens.next(), 10, 13)
            && tokens.next().is_some_and(|t| t.starts_with("eni-") || t == "-")
    }
}

/// Whether a row in a source's default order has what such rows always have.
fn looks_like(source: &Source, line: &str) -> bool {
    let token = |name: &str| {
        let place = source.default_columns.iter().position(|c| plain_name(c) == name)?;
        line.split_ascii_whitespace().nth(place)
    };
    let number = |t: &str| t == "-" || t.bytes().all(|b| b.is_ascii_digit());
    let checks = [
        token("version").map(|t| t.len() <= 2 && number(t)),
        token("start").map(number),
        token("end").map(number),
        token("log_status").map(|t| matches!(t, "OK" | "NODATA" | "SKIPDATA" | "-")),
    ];
    checks.iter().all(|c| c.unwrap_or(true)) && checks.iter().any(Option::is_some)
}
