//! CSV: one column, by name or place. Shared by the vendors' CSV formats.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::super::spec::Column;
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "csv",
    title: "CSV; `column:` says which, by the header's name or by place from 1; `delimiter:` if it is not plain to see",
    sample: "first_seen,ip,port\n2026-01-02,198.51.100.7,443\n2026-01-03,\"203.0.113.9\",8080\n",
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| {
        sniff.spec.column.is_some() || {
            let header = sniff.header();
            header.len() > 1 && DEFAULT_COLUMNS.iter().any(|(name, _)| header.iter().any(|cell| cell == name))
        }
    },
    read,
};

/// Columns that hold the entries where nobody says which, with the type they are for (nothing: any).
const DEFAULT_COLUMNS: &[(&str, Option<ListType>)] = &[
    ("ip", Some(ListType::Ip)),
    ("dst_ip", Some(ListType::Ip)),
    ("ip_address", Some(ListType::Ip)),
    ("cidr", Some(ListType::Ip)),
    ("domain", Some(ListType::Domain)),
    ("hostname", Some(ListType::Domain)),
    ("sha256", Some(ListType::Hash)),
    ("sha256_hash", Some(ListType::Hash)),
    ("sha1", Some(ListType::Hash)),
    ("md5", Some(ListType::Hash)),
    ("indicator", None),
    ("ioc", None),
    ("value", None),
];

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let delimiter = rows.spec.delimiter.unwrap_or_else(|| guess_delimiter(rows));
    let spec = rows.spec;
    let mut table = Table::new(rows.text, delimiter);
    let column = match &spec.column {
        Some(Column::Index(0)) => return Err("column 0 is asked for, and columns are counted from 1".to_owned()),
        Some(Column::Index(n)) => n - 1,
        Some(Column::Name(name)) => table.column(name)?,
        None => table.default_column(spec.kind)?,
    };
    let by_place = matches!(spec.column, Some(Column::Index(_)));
    let mut first = by_place;
    table.each(|line, cells| {
        let cell = cells.get(column).unwrap_or("");
        // Counted by place, the first row may still be a header.
        if !(std::mem::take(&mut first) && is_heading(spec.kind, cell)) {
            rows.offer(At::Line(line), cell);
        }
    })
}

fn is_heading(kind: ListType, cell: &str) -> bool {
    match kind {
        ListType::String => false,
        ListType::Int => cell.trim().parse::<i64>().is_err(),
        _ => super::super::entry::classify(cell).is_err(),
    }
}

fn guess_delimiter(rows: &Rows<'_>) -> u8 {
    let row = rows.data_lines().next().unwrap_or("");
    let count = |d: u8| row.bytes().filter(|&b| b == d).count();
    let mut best = b',';
    for candidate in [b';', b'\t', b'|'] {
        if count(candidate) > count(best) {
            best = candidate;
        }
    }
    best
}

/// A CSV file; lines that begin with `#` are comments, and the last one before the rows may be the header.
pub(super) struct Table<'t> {
    text: &'t str,
    reader: ::csv::Reader<&'t [u8]>,
    delimiter: u8,
    header: Option<::csv::StringRecord>,
    pending: Option<::csv::StringRecord>,
}

impl<'t> Table<'t> {
    pub(super) fn new(text: &'t str, delimiter: u8) -> Self {
        Self { text, reader: reader(text, delimiter), delimiter, header: None, pending: None }
    }

    /// The place of a column, by its name in the header (without regard to case).
    pub(super) fn column(&mut self, name: &str) -> Result<usize, String> {
        self.find(name)?.ok_or_else(|| {
            let known = self.header.as_ref().map(|h| h.iter().map(str::trim).collect::<Vec<_>>().join("`, `"));
            format!("it has no column `{name}`; its first row has `{}`", known.unwrap_or_default())
        })
    }

    /// The same, or nothing where there is no such column.
    pub(super) fn find(&mut self, name: &str) -> Result<Option<usize>, String> {
        self.read_header()?;
        let place = |header: &::csv::StringRecord| {
            header.iter().position(|cell| cell.trim().trim_matches('"').eq_ignore_ascii_case(name))
        };
        if let Some(i) = self.header.as_ref().and_then(place) {
            return Ok(Some(i));
        }
        // Some feeds write their header as a comment.
        let comments = self.text.lines().take_while(|l| l.starts_with('#') || l.trim().is_empty());
        let Some(last) = comments.filter(|l| l.starts_with('#')).last() else { return Ok(None) };
        let line = last.trim_start_matches('#').trim_start();
        let commented = reader(line, self.delimiter).records().next().and_then(Result::ok);
        let found = commented.as_ref().and_then(place);
        if found.is_some() && self.pending.is_none() {
            // Then the first row is data.
            self.pending = self.header.take();
            self.header = commented;
        }
        Ok(found)
    }

    fn default_column(&mut self, kind: ListType) -> Result<usize, String> {
        for (name, holds) in DEFAULT_COLUMNS {
            if holds.is_none_or(|h| h == kind)
                && let Some(i) = self.find(name)?
            {
                return Ok(i);
            }
        }
        Err(format!("no column of its header is known to hold entries of type {kind}: say `column:`"))
    }

    fn read_header(&mut self) -> Result<(), String> {
        if self.header.is_none() {
            let mut row = ::csv::StringRecord::new();
            self.reader.read_record(&mut row).map_err(|e| csv_error(&e))?;
            self.header = Some(row);
        }
        Ok(())
    }

    /// Every row that is no header: its line and its cells.
    pub(super) fn each(mut self, mut row: impl FnMut(u64, &::csv::StringRecord)) -> Result<(), String> {
        if let Some(record) = self.pending.take() {
            row(record.position().map_or(0, ::csv::Position::line), &record);
        }
        let mut record = ::csv::StringRecord::new();
        while self.reader.read_record(&mut record).map_err(|e| csv_error(&e))? {
            let blank = record.iter().all(|cell| cell.trim().is_empty());
            if !blank {
                row(record.position().map_or(0, ::csv::Position::line), &record);
            }
        }
        Ok(())
    }
}

fn reader(text: &str, delimiter: u8) -> ::csv::Reader<&[u8]> {
    ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .trim(::csv::Trim::All)
        .from_reader(text.as_bytes())
}

fn csv_error(error: &::csv::Error) -> String {
    format!("it is no CSV: {error}")
}
