//! What is said of the state as a whole: versions, how far time has come, whose groups there are, where findings went.

use serde::{Deserialize, Serialize};

/// Version of the form of the state. A change that this engine cannot read any more raises it.
pub const FORMAT: u32 = 2;

/// The one record of its table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// [`FORMAT`] of who wrote it. First, so that any version can read it.
    pub format: u32,
    /// Version of the engine that wrote it last.
    pub engine: String,
    /// Key of the hash maps: whoever writes log fields must not know it.
    pub seed: u128,
    /// Checkpoints so far.
    pub checkpoints: u64,
    /// Everything up to this instant is decided, in milliseconds; none: nothing is.
    pub watermark: Option<i64>,
    /// Latest time of each source, by its name.
    pub latest: Vec<(String, i64)>,
    /// How late events come at most, of sources for which the deployment says other than the vocabulary; milliseconds.
    pub lateness: Vec<(String, i64)>,
    /// Events that came too late so far, by source.
    pub late: Vec<(String, u64)>,
    /// Rules and profiles that have groups.
    pub rules: Vec<RuleMark>,
    /// Profiles, and until when the account that came last learns; milliseconds.
    pub learning: Vec<(String, i64)>,
    /// Where findings are written.
    pub outlet: Option<Outlet>,
    /// Wall time of the last checkpoint, milliseconds.
    pub written: i64,
}

/// A rule or profile whose groups are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleMark {
    /// Its finding type, or `profile NAME`.
    pub name: String,
    /// Hash of what its state means.
    pub hash: String,
}

/// A file that findings are appended to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outlet {
    /// Its path as it was given.
    pub path: String,
    /// Bytes that are surely there, before what the outbox holds.
    pub length: u64,
    /// CRC-32 of the last bytes before `length`, to know the file again.
    pub tail: u32,
}
