//! The import law: `docs/architecture.md` says which room may import which; the `use` lines and paths must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn table() -> BTreeMap<String, BTreeSet<String>> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page is there");
    page.lines()
        .skip_while(|l| !l.starts_with("| room |"))
        .skip(2)
        .take_while(|l| l.starts_with('|'))
        .map(|l| {
            let mut cells = l.trim_matches('|').split('|').map(str::trim);
            let room = cells.next().expect("a room").to_owned();
            let may = cells.next().expect("what it may import");
            (room, may.split_whitespace().filter(|w| *w != "–").map(str::to_owned).collect())
        })
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The room of a file: its first folder under `src`, or its own name.
fn room(path: &Path) -> Option<String> {
    let inner = path.strip_prefix(root().join("src")).ok()?;
    let first = inner.components().next()?.as_os_str().to_str()?;
    Some(first.trim_end_matches(".rs").to_owned())
}

/// The rooms that a text names by `crate::ROOM`, comments and tests aside, and by `use crate::{a, b}`.
fn imports(text: &str, rooms: &BTreeSet<String>) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .take_while(|l| l.trim() != "#[cfg(test)]")
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for piece in code.split("crate::").skip(1) {
        let names: Vec<&str> = match piece.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or("").split(',').collect(),
            None => vec![piece],
        };
        for name in names {
            let word: String = name.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if rooms.contains(&word) {
                found.insert(word);
            }
        }
    }
    found
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let table = table();
    let rooms: BTreeSet<String> = table.keys().cloned().collect();
    let mut all = Vec::new();
    files(&root().join("src"), &mut all);
    let mut breaches = Vec::new();
    for path in all {
        let Some(own) = room(&path) else { continue };
        if own == "main" || own == "lib" || path.to_string_lossy().contains("tests") {
            continue;
        }
        let Some(may) = table.get(&own) else {
            breaches.push(format!("{}: the room `{own}` is not in the table", path.display()));
            continue;
        };
        let text = fs::read_to_string(&path).expect("readable");
        for used in imports(&text, &rooms) {
            if used != own && !may.contains(&used) {
                breaches.push(format!("{}: `{own}` may not import `{used}`", path.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_table_has_no_circles() {
    let table = table();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < table.len() {
        let ready: Vec<&str> = table
            .iter()
            .filter(|(room, may)| !done.contains(room.as_str()) && may.iter().all(|m| done.contains(m.as_str())))
            .map(|(room, _)| room.as_str())
            .collect();
        assert!(!ready.is_empty(), "rooms in a circle, or a room that is not in the table: {done:?} are not");
        done.extend(ready);
    }
}

#[test]
fn only_the_named_rooms_know_a_library() {
    let law = [
        ("pest", &["syntax"][..]),
        ("miette", &["cli"][..]),
        ("maxminddb", &["intel"]),
        ("flate2", &["source", "cli", "store"][..]), // cli: the raw limits that `bench` measures beside us; store: its checksum
        ("ruzstd", &["source", "cli"][..]),
        ("parquet", &["source"]),
        ("snap", &["source"]),
        ("std::fs", &["cli", "store"][..]),
        ("redb", &["store"][..]),
        ("std::time::Instant", &["cli"][..]),
        ("SystemTime", &["cli"][..]),
    ];
    let mut all = Vec::new();
    files(&root().join("src"), &mut all);
    let mut breaches = Vec::new();
    for path in all {
        let Some(own) = room(&path) else { continue };
        if path.to_string_lossy().contains("tests") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        let code: Vec<&str> = text
            .lines()
            .take_while(|l| l.trim() != "#[cfg(test)]")
            .filter(|l| !l.trim_start().starts_with("//"))
            .collect();
        for (library, rooms) in law {
            let named = code.iter().any(|l| {
                l.contains(&format!("{library}::"))
                    || l.contains(&format!("use {library}"))
                    || l.contains(&format!("{library}_derive"))
            });
            if named && !rooms.contains(&own.as_str()) {
                breaches.push(format!("{}: `{library}` belongs to {rooms:?}", path.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}
