//! Parquet: columns by row group -> rows as lines of JSON, as the same log has them; rows of a source of columns, such as
//! flow logs, as rows between tabs under a header row.
//!
//! ```text
//! file -> chunks -> pages (unpacked, bounded) -> batch of rows -> tree of the schema -> lines -> the reader's window
//! ```
//!
//! A file is never held whole: of each column the page at hand, and some rows.

mod batch;
mod chunks;
mod pages;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use parquet::column::reader::get_column_reader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use self::batch::{Batch, Column};
use self::chunks::Chunks;
use self::pages::{Budget, Pages, Unpacker};
use self::scalar::Style;
use self::tree::{Node, Shape};
use super::Reason;
use super::limits::{MAX_PARQUET_RATIO, RATIO_FROM};
use super::unpack::Broken;

pub use self::chunks::Stream;

/// Lines are made up to so many bytes at a time.
const STEP: usize = 256 << 10;
/// Rows of a batch at most, and what they may take by the row group's own word.
const ROWS: usize = 1024;
const BATCH: usize = 8 << 20;

/// The rows of a file, read as lines.
pub struct Rows {
    chunks: Arc<Chunks>,
    metadata: Option<Arc<ParquetMetaData>>,
    members: Vec<Node>,
    style: Style,
    unpacker: Arc<Mutex<Unpacker>>,
    budget: Budget,
    batch: Batch,
    /// The next row group, and rows of the current one that no batch has read.
    group: usize,
    unread: usize,
    /// Rows of a batch of the current row group.
    rows: usize,
    out: Vec<u8>,
    at: usize,
    plain: u64,
    stored: u64,
    broken: Option<Broken>,
}

impl Rows {
    /// Over a file of that many bytes. `is_header`: whether a source of columns knows such a header row.
    pub fn new(stream: Box<dyn Stream>, len: u64, is_header: impl FnOnce(&str) -> bool) -> io::Result<Rows> {
        let chunks = Arc::new(Chunks::new(stream, len));
        let mut rows = Rows {
            chunks,
            metadata: None,
            members: Vec::new(),
            style: Style::Json,
            unpacker: Arc::default(),
            budget: Budget::default(),
            batch: Batch::new(Vec::new()),
            group: 0,
            unread: 0,
            rows: 0,
            out: Vec::new(),
            at: 0,
            plain: 0,
            stored: len,
            broken: None,
        };
        let tail: [u8; 4] = rows.chunks.tail()?;
        if tail != *b"PAR1" || len < 12 {
            let (reason, detail) = match &tail {
                b"PARE" => (Reason::BadArchive, "the Parquet file is encrypted"),
                _ => (Reason::TruncatedArchive, "the Parquet file ends before its footer"),
            };
            rows.broken = Some(Broken { reason, detail: detail.to_owned() });
            return Ok(rows);
        }
        rows.guarded(|rows| rows.open(is_header))?;
        Ok(rows)
    }

    /// Bytes of the file, and of the lines handed on.
    pub fn counts(&self) -> (u64, u64) {
        (self.stored, self.plain)
    }

    /// What broke, if something did.
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// Does something that a damaged file may break.
    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> io::Result<()> {
        // The decoders of the crate assert what the format says; what a file breaks of that costs the file only.
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        if let Some(error) = self.chunks.error() {
            return Err(error);
        }
        let detail = match done {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(ParquetError::General(why) | ParquetError::NYI(why) | ParquetError::EOF(why))) => why,
            Ok(Err(other)) => other.to_string(),
            Err(_) => "what it holds is not as the format has it".to_owned(),
        };
        self.broken = Some(Broken { reason: Reason::BadArchive, detail: format!("Parquet: {detail}") });
        Ok(())
    }

    fn open(&mut self, is_header: impl FnOnce(&str) -> bool) -> Result<()> {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&*self.chunks)?;
        let schema = metadata.file_metadata().schema_descr();
        self.members = tree::members(schema.root_schema())?;
        if self.members.last().map_or(0, |m| m.end) != schema.num_columns() {
            return Err(ParquetError::General("the schema does not name all columns".to_owned()));
        }
        let flat = |m: &Node| matches!(m.shape, Shape::Leaf(_));
        if !self.members.is_empty() && self.members.iter().all(flat) {
            let names = schema.root_schema().get_fields().iter().map(|f| f.name());
            let header = names.collect::<Vec<_>>().join("\t");
            if is_header(&header) {
                self.style = Style::Cell;
                self.out = header.into_bytes();
                self.out.push(b'\n');
            }
        }
        self.metadata = Some(Arc::new(metadata));
        Ok(())
    }

    /// Begins the next row group; whether there is one.
    fn next_group(&mut self) -> Result<bool> {
        let Some(metadata) = self.metadata.clone() else { return Ok(false) };
        let Some(group) = metadata.row_groups().get(self.group) else { return Ok(false) };
        self.group += 1;
        let negative = |_| ParquetError::General("a row group has fewer than no rows".to_owned());
        self.unread = usize::try_from(group.num_rows()).map_err(negative)?;
        if self.members.is_empty() {
            self.unread = 0;
        }
        let size = usize::try_from(group.total_byte_size()).unwrap_or(0) / self.unread.max(1);
        self.rows = (BATCH / size.max(1)).clamp(1, ROWS);
        let schema = metadata.file_metadata().schema_descr();
        let mut columns = Vec::with_capacity(schema.num_columns());
        for (n, chunk) in group.columns().iter().enumerate() {
            let pages = Pages::new(&self.chunks, chunk, &self.unpacker, self.budget.clone())?;
            columns.push(Column::new(get_column_reader(schema.column(n), Box::new(pages)), &schema.column(n)));
        }
        if columns.len() != schema.num_columns() {
            return Err(ParquetError::General("a row group does not have all columns".to_owned()));
        }
        self.batch = Batch::new(columns);
        Ok(true)
    }

    /// Makes lines of some rows.
    fn fill(&mut self) -> Result<()> {
        while self.out.len() < STEP {
            if self.batch.left() > 0 {
                self.batch.write(&self.members, self.style, &mut self.out)?;
            } else if self.unread > 0 {
                let rows = self.unread.min(self.rows);
                self.budget.renew();
                self.batch.read(rows, &mut self.members)?;
                self.unread -= rows;
            } else if !self.next_group()? {
                break;
            }
        }
        Ok(())
    }
}

impl Read for Rows {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.out.len() && !buf.is_empty() {
            self.out.clear();
            self.at = 0;
        }
        if self.out.is_empty() && self.broken.is_none() {
            self.guarded(Rows::fill)?;
            if self.broken.is_some() {
                // Whole lines only.
                self.out.truncate(memchr::memrchr(b'\n', &self.out).map_or(0, |n| n + 1));
            }
            let made = self.plain + self.out.len() as u64;
            if made > RATIO_FROM && made / MAX_PARQUET_RATIO > self.stored {
                let detail = format!("more than {MAX_PARQUET_RATIO} bytes of lines from each byte of the Parquet file");
                self.broken = Some(Broken { reason: Reason::Ratio, detail });
            }
        }
        let n = buf.len().min(self.out.len() - self.at);
        buf[..n].copy_from_slice(&self.out[self.at..self.at + n]);
        self.at += n;
        self.plain += n as u64;
        Ok(n)
    }
}
