//! The pages of a column, unpacked by our own decoders and never beyond a bound: what a page's head says of its size is
//! not believed.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::chunks::Chunks;

/// The most that a page unpacks to. Writers aim at 1 MiB; some keep a whole column of a row group in one page.
pub const MAX_PAGE: usize = 256 << 20;

/// Values of a column whose pages are opened for one batch of rows at most: a page of nulls may announce as many as it
/// likes in a few bytes.
pub const MAX_VALUES: u64 = 64 << 20;

/// How the pages of a column are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Plain,
    Snappy,
    Gzip,
    Zstd,
}

/// What the columns of a file unpack with.
#[derive(Default)]
pub struct Unpacker {
    zstd: FrameDecoder,
}

/// The pages of one column of one row group.
pub struct Pages {
    inner: SerializedPageReader<Chunks>,
    codec: Codec,
    unpacker: Arc<Mutex<Unpacker>>,
    /// Values of the pages opened since [`Budget::renew`].
    budget: Budget,
}

/// Counts the values of opened pages.
#[derive(Clone, Default)]
pub struct Budget(Arc<std::sync::atomic::AtomicU64>);

impl Budget {
    /// A new batch begins.
    pub fn renew(&self) {
        self.0.store(0, std::sync::atomic::Ordering::Relaxed);
    }

    fn take(&self, values: u32) -> Result<()> {
        let before = self.0.fetch_add(u64::from(values), std::sync::atomic::Ordering::Relaxed);
        if before + u64::from(values) > MAX_VALUES {
            return Err(ParquetError::General(format!("a batch of rows holds more than {MAX_VALUES} values a column")));
        }
        Ok(())
    }
}

impl Pages {
    /// Of a column.
    ///
    /// # Errors
    /// The column lies outside of the file, or is packed in a way that is not read.
    pub fn new(
        chunks: &Arc<Chunks>,
        column: &ColumnChunkMetaData,
        unpacker: &Arc<Mutex<Unpacker>>,
        budget: Budget,
    ) -> Result<Pages> {
        let codec = match column.compression() {
            Compression::UNCOMPRESSED => Codec::Plain,
            Compression::SNAPPY => Codec::Snappy,
            Compression::GZIP(_) => Codec::Gzip,
            Compression::ZSTD(_) => Codec::Zstd,
            other => {
                let name = other.to_string();
                let name = name.split('(').next().unwrap_or_default();
                return Err(ParquetError::NYI(format!("compression {name} is not read; zstd, gzip and snappy are")));
            }
        };
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        if start < 0 || column.compressed_size() < 0 {
            return Err(ParquetError::General("a column begins before the file".to_owned()));
        }
        // Plain for the crate: what it hands on is still packed.
        let plain = column.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
        let inner = SerializedPageReader::new(Arc::clone(chunks), &plain, 0, None)?;
        Ok(Pages { inner, codec, unpacker: Arc::clone(unpacker), budget })
    }

    fn unpack(&self, packed: &Bytes) -> Result<Bytes> {
        if self.codec == Codec::Plain || packed.is_empty() {
            return Ok(packed.clone());
        }
        let most = MAX_PAGE as u64 + 1;
        let mut out = Vec::new();
        match self.codec {
            Codec::Plain => {}
            Codec::Snappy => {
                let failed = |e: snap::Error| ParquetError::General(format!("snappy: {e}"));
                let n = snap::raw::decompress_len(packed).map_err(failed)?;
                // Snappy's elements make at most 64 bytes of 3.
                if n > MAX_PAGE || n / 64 > packed.len() {
                    return Err(too_large());
                }
                out.resize(n, 0);
                snap::raw::Decoder::new().decompress(packed, &mut out).map_err(failed)?;
            }
            Codec::Gzip => {
                let decoder = flate2::read::MultiGzDecoder::new(&packed[..]);
                decoder.take(most).read_to_end(&mut out).map_err(|e| ParquetError::General(format!("gzip: {e}")))?;
            }
            Codec::Zstd => {
                let mut unpacker = self.unpacker.lock().unwrap_or_else(PoisonError::into_inner);
                let failed = |e: String| ParquetError::General(format!("zstd: {e}"));
                let decoder = StreamingDecoder::new_with_decoder(&packed[..], &mut unpacker.zstd);
                let decoder = decoder.map_err(|e| failed(e.to_string()))?;
                decoder.take(most).read_to_end(&mut out).map_err(|e| failed(e.to_string()))?;
            }
        }
        if out.len() > MAX_PAGE {
            return Err(too_large());
        }
        Ok(out.into())
    }
}

fn too_large() -> ParquetError {
    ParquetError::General(format!("a page unpacks to more than {} MiB", MAX_PAGE >> 20))
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(mut page) = self.inner.get_next_page()? else { return Ok(None) };
        self.budget.take(page.num_values())?;
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = self.unpack(buf)?,
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed, .. } => {
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                let levels = usize::try_from(levels).ok().filter(|n| *n <= buf.len());
                let levels =
                    levels.ok_or_else(|| ParquetError::General("the levels of a page exceed it".to_owned()))?;
                if *is_compressed && self.codec != Codec::Plain {
                    let values = self.unpack(&buf.slice(levels..))?;
                    *buf = [&buf[..levels], &values].concat().into();
                }
            }
        }
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.inner.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.inner.at_record_boundary()
    }
}
