//! Recorded data beside the checkout: where it lies, and the records in its files.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file or folder of the recordings, or nothing, told aloud.
pub fn place(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")).join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no recorded data `{name}` beside the checkout");
    None
}

/// The files of a folder whose names are liked, in order.
pub fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|e| e.expect("readable"));
    let named = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()).is_some_and(&wanted);
    entries.filter(|e| e.file_type().is_file()).map(walkdir::DirEntry::into_path).filter(named).collect()
}

/// Whether a file is one of records, and neither licence nor labels.
pub fn is_json(name: &str) -> bool {
    name.ends_with(".json") && !name.contains("labels")
}

/// A file's bytes, unpacked.
pub fn bytes(path: &Path) -> Vec<u8> {
    let stored = fs::read(path).expect("readable");
    if path.extension().is_none_or(|e| e != "gz") {
        return stored;
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&stored[..]).read_to_end(&mut plain).expect("gzip");
    plain
}

/// The JSON documents of a file, one after the other.
pub fn documents(path: &Path) -> Vec<Value> {
    let bytes = bytes(path);
    serde_json::Deserializer::from_slice(&bytes).into_iter().map(|d| d.expect("JSON")).collect()
}

/// The records of CloudTrail files, whether they are in `Records`, a list, or alone.
pub fn records(paths: &[PathBuf]) -> Vec<Value> {
    let inner = |doc: Value| match doc {
        Value::Array(all) => all,
        Value::Object(mut o) if o.contains_key("Records") => match o.remove("Records") {
            Some(Value::Array(all)) => all,
            _ => Vec::new(),
        },
        other => vec![other],
    };
    paths.iter().flat_map(|p| documents(p)).flat_map(inner).collect()
}

/// The text at a path of a record.
pub fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}
