//! What the readers bear, with the reason.

/// How deep a record may nest: more is no log of ours, and bounded depth needs no recursion on hostile input.
pub const MAX_DEPTH: usize = crate::value::json::MAX_DEPTH;

/// The longest record in bytes. CloudTrail caps a record near 256 KiB, Kubernetes an object at 1.5 MiB (twice in one
/// audit event); what is longer is an attack on memory or no log.
pub const MAX_RECORD: usize = 16 << 20;

/// How many bytes are read at a time, and what the buffer holds until a record needs more.
pub const BLOCK: usize = 1 << 20;

/// How much of an unreadable record is handed on for the dead-letter file.
pub const MAX_KEPT: usize = 64 << 10;

/// Most plain bytes per compressed byte, past [`RATIO_FROM`]: logs compress 10 to 40 times, bombs 1000 times.
pub const MAX_RATIO: u64 = 200;

/// Below this many plain bytes no ratio is asked: small files of blanks are no attack.
pub const RATIO_FROM: u64 = 1 << 20;

/// Most bytes of lines per byte of a Parquet file, past [`RATIO_FROM`]: what is alike in all rows of a column takes next to
/// nothing there, so that logs reach a hundred, and bombs a million.
#[cfg(feature = "parquet")]
pub const MAX_PARQUET_RATIO: u64 = 2000;

/// The longest Parquet file that is taken from where it cannot be read in any order: a pipe, or inside of an archive.
#[cfg(feature = "parquet")]
pub const MAX_PIPED_PARQUET: usize = 256 << 20;

/// How many envelopes may lie inside each other: a Kinesis record that holds a CloudWatch message that holds a record
/// is three, and each may be gzip.
pub const MAX_ENVELOPES: usize = 6;
