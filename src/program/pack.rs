//! Packs: a folder of rules with a `pack.yaml`, and the one that is inside the binary.

use std::fmt;
use std::sync::Arc;

use include_dir::{Dir, DirEntry, include_dir};
use serde::Deserialize;

use super::RuleFile;
use crate::schema::yaml;
use crate::suggest;

/// The version of the language that this build reads.
pub const LANGUAGE_VERSION: u32 = 1;

/// `pack.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name: `lower-case-with-dashes`.
    pub name: Arc<str>,
    /// Its semantic version: `1.4.0`.
    pub version: Arc<str>,
    /// The version of the language that its rules are written in.
    pub language: u32,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

/// The keys of `pack.yaml`.
const KEYS: [&str; 4] = ["name", "version", "language", "description"];

/// A pack: its manifest and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// What `pack.yaml` says.
    pub manifest: Manifest,
    /// The folder, or `built-in`.
    pub place: String,
}

/// Why a `pack.yaml` is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub help: String,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PackError {}

impl Manifest {
    /// Reads the text of a `pack.yaml`.
    ///
    /// # Errors
    /// No YAML, an unknown or missing key, a version that is none, or a language that this build does not read.
    pub fn parse(text: &str) -> Result<Self, PackError> {
        let manifest: Manifest = yaml::from_str(text).map_err(|e| PackError {
            line: e.line,
            help: yaml_help(&e.what, &KEYS),
            message: yaml_message(&e.what).to_owned(),
        })?;
        let wrong = |key: &str, message: String, help: &str| PackError {
            line: line_of(text, key),
            message,
            help: help.to_owned(),
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if manifest.name.is_empty() || manifest.name.len() > 64 || !manifest.name.chars().all(plain) {
            let message = format!("`{}` is no name of a pack", manifest.name);
            return Err(wrong("name", message, "lower-case letters, digits and dashes, at most 64 of them"));
        }
        if !is_semantic(&manifest.version) {
            let message = format!("`{}` is no semantic version", manifest.version);
            return Err(wrong("version", message, "three numbers, such as `1.0.0`"));
        }
        if manifest.language != LANGUAGE_VERSION {
            let message = format!("the pack is written in version {} of the language", manifest.language);
            return Err(wrong("language", message, &format!("this build reads version {LANGUAGE_VERSION}")));
        }
        Ok(manifest)
    }
}

/// Advice on what a YAML reader said about an unknown key.
#[must_use]
pub fn yaml_help(what: &str, keys: &[&str]) -> String {
    let unknown = what.split("unknown field `").nth(1).and_then(|rest| rest.split('`').next());
    match unknown.and_then(|word| suggest::nearest(word, keys.iter().copied())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the keys are {}", keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// What a YAML reader said, without what is told beside it: the place, and all the keys that there are.
#[must_use]
pub fn yaml_message(what: &str) -> &str {
    let end = what.find(", expected one of").or_else(|| what.rfind(" at line "));
    &what[..end.unwrap_or(what.len())]
}

fn line_of(text: &str, key: &str) -> Option<usize> {
    text.lines().position(|l| l.split(':').next() == Some(key)).map(|n| n + 1)
}

/// `1.2.3`, with a pre-release or build part behind it.
fn is_semantic(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let number = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) && (p == "0" || !p.starts_with('0'));
    let rest = &version[core.len()..];
    let tail = rest.is_empty()
        || rest.len() > 1 && rest[1..].bytes().all(|b| b.is_ascii_alphanumeric() || b".-+".contains(&b));
    core.split('.').count() == 3 && core.split('.').all(number) && tail
}

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// The pack inside the binary, its files sorted by name.
#[must_use]
pub fn embedded() -> (Pack, Vec<RuleFile>) {
    let text = SHIPPED.get_file("pack.yaml").and_then(|f| f.contents_utf8()).unwrap_or_default();
    let manifest = Manifest::parse(text).expect("a test reads the shipped manifest");
    let mut files = Vec::new();
    collect(&SHIPPED, &mut files);
    files.sort_by(|a: &RuleFile, b| a.name.cmp(&b.name));
    (Pack { manifest, place: "built-in".to_owned() }, files)
}

fn collect(dir: &Dir<'_>, files: &mut Vec<RuleFile>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, files),
            DirEntry::File(file) if file.path().extension().is_some_and(|e| e == "og") => {
                let text = file.contents_utf8().expect("a test reads every shipped rule");
                let name = format!("rules/{}", file.path().display());
                files.push(RuleFile { name: name.into(), text: text.into(), pack: Some(0) });
            }
            DirEntry::File(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_pack_can_be_read() {
        let (pack, files) = embedded();
        assert!(!pack.manifest.name.is_empty() && pack.place == "built-in");
        assert!(files.windows(2).all(|w| w[0].name < w[1].name));
    }

    #[test]
    fn a_manifest_is_read_strictly() {
        let good = "name: my-pack\nversion: 1.0.0-rc.1\nlanguage: 1\n";
        assert_eq!(&*Manifest::parse(good).expect("good").name, "my-pack");
        for (bad, line, message, help) in [
            (
                "name: a\nversion: 1.0.0\nlanguage: 1\ndescripton: x\n",
                Some(4),
                "unknown field",
                "did you mean `description`?",
            ),
            ("name: a\nversion: 1.0.0\n", None, "missing field `language`", "the keys are"),
            ("name: A b\nversion: 1.0.0\nlanguage: 1\n", Some(1), "no name", "lower-case"),
            ("name: a\nversion: '1.0'\nlanguage: 1\n", Some(2), "no semantic version", "three numbers"),
            ("name: a\nversion: 1.0.0\nlanguage: 2\n", Some(3), "version 2", "reads version 1"),
            ("name: [\n", None, "", "the keys are"),
        ] {
            let e = Manifest::parse(bad).expect_err(bad);
            assert!(e.message.contains(message) && e.help.contains(help), "{bad}: {e:?}");
            assert!(line.is_none() || e.line == line, "{bad}: {e:?}");
        }
    }
}
