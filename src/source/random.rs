//! Inputs that are read in any order: Parquet has its table of contents at its end. Without the feature `parquet` they are
//! refused, never taken for text.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use super::reader::{PartRead, Reader};
use super::unpack::{Unpack, is_parquet};
use super::{Handler, Part};
use crate::schema::Context;

/// Whether this build reads Parquet.
pub const READS_PARQUET: bool = cfg!(feature = "parquet");

/// The error (inside of an [`io::Error`]) of an input that only a build with another feature reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBuilt;

impl NotBuilt {
    /// Whether an error is this one.
    #[must_use]
    pub fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|e| e.is::<NotBuilt>())
    }
}

impl fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is Parquet, which this build does not read (E0801)")
    }
}

impl std::error::Error for NotBuilt {}

/// The first four bytes of a stream, and how many there are.
pub(super) fn head(input: &mut impl Read) -> io::Result<([u8; 4], usize)> {
    let (mut head, mut n) = ([0; 4], 0);
    while n < head.len() {
        match input.read(&mut head[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok((head, n))
}

impl Reader<'_> {
    /// Reads a whole file, Parquet in the order that it needs and at any size; all else as [`read`](Reader::read) does.
    ///
    /// # Errors
    /// Those of the file itself, and [`NotBuilt`]; damaged archives and records go to the handler.
    pub fn read_file(
        &mut self,
        mut file: impl Read + Seek + Send + 'static,
        name: &str,
        context: &Context,
        handler: &mut dyn Handler,
    ) -> io::Result<PartRead> {
        let (head, n) = head(&mut file)?;
        if is_parquet(&head[..n]) {
            let len = file.seek(SeekFrom::End(0))?;
            let context = self.begin(name, context, Part::default());
            return self.parquet(file, len, &context, handler);
        }
        file.seek(SeekFrom::Start(0))?;
        self.read_part(file, name, context, Part::default(), handler)
    }
}

#[cfg(not(feature = "parquet"))]
impl Reader<'_> {
    fn parquet<R>(&mut self, _: R, _: u64, _: &Context, _: &mut dyn Handler) -> io::Result<PartRead> {
        Err(io::Error::new(io::ErrorKind::Unsupported, NotBuilt))
    }

    /// Parquet in a pipe or an archive.
    pub(super) fn piped_parquet(
        &mut self,
        _: &[u8],
        _: Unpack<impl Read>,
        _: &Context,
        _: &mut dyn Handler,
    ) -> io::Result<PartRead> {
        Err(io::Error::new(io::ErrorKind::Unsupported, NotBuilt))
    }
}

#[cfg(feature = "parquet")]
impl Reader<'_> {
    fn parquet(
        &mut self,
        file: impl Read + Seek + Send + 'static,
        len: u64,
        context: &Context,
        handler: &mut dyn Handler,
    ) -> io::Result<PartRead> {
        use super::parquet::Rows;

        let mut rows = Rows::new(Box::new(file), len, |line| self.columns.header(line).is_some())?;
        let (_, offset, line) = self.lines_of(&mut rows, context, handler)?;
        if let Some(broken) = rows.broken() {
            self.report(handler, broken.reason, offset, line, broken.detail.clone(), &[]);
        }
        (self.stats.stored, self.stats.plain) = rows.counts();
        Ok(PartRead { stats: std::mem::take(&mut self.stats), resume: len, open: false })
    }

    /// Parquet in a pipe or an archive: held in memory, up to a bound.
    pub(super) fn piped_parquet(
        &mut self,
        head: &[u8],
        mut unpack: Unpack<impl Read>,
        context: &Context,
        handler: &mut dyn Handler,
    ) -> io::Result<PartRead> {
        use super::limits::MAX_PIPED_PARQUET;

        let mut bytes = head.to_vec();
        unpack.by_ref().take(MAX_PIPED_PARQUET as u64).read_to_end(&mut bytes)?;
        if bytes.len() > MAX_PIPED_PARQUET {
            let most = MAX_PIPED_PARQUET >> 20;
            let words = format!("Parquet in a pipe or an archive is read up to {most} MiB; name the plain file itself");
            return Err(io::Error::other(words));
        }
        let broken = unpack.broken().cloned();
        let stored = unpack.counts().0;
        if let Some(broken) = broken {
            self.report(handler, broken.reason, 0, None, broken.detail, &[]);
            self.stats.stored = stored;
            return Ok(PartRead { stats: std::mem::take(&mut self.stats), resume: 0, open: false });
        }
        let len = bytes.len() as u64;
        let mut read = self.parquet(io::Cursor::new(bytes), len, context, handler)?;
        read.stats.stored = stored;
        Ok(read)
    }
}
