//! Hosts files: an address that nothing listens at, then the names.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "hosts",
    title: "a hosts file: `0.0.0.0 name`; the address is where the name is sent, not an entry",
    sample: "127.0.0.1 localhost\n0.0.0.0 bad.example\n0.0.0.0 pool.bad.example www.worse.example # two\n",
    holds: (ListType::Domain, 3),
    is: |sniff: &Sniff<'_>| {
        let hosts = sniff.rows.iter().filter(|row| split(row).is_some_and(|(_, mut names)| names.next().is_some()));
        !sniff.rows.is_empty() && hosts.count() * 2 > sniff.rows.len()
    },
    read,
};

/// Names that every hosts file has.
const USUAL: &[&str] = &["localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"];

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    for line in rows.data_lines() {
        let Some((_, names)) = split(line) else {
            rows.offer(At::Text(line), line.split('#').next().unwrap_or(""));
            continue;
        };
        for name in names {
            if !USUAL.contains(&name) && !name.starts_with("ip6-") {
                rows.offer(At::Text(line), name);
            }
        }
    }
    Ok(())
}

fn split(line: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
    let mut words = line.split('#').next().unwrap_or("").split_whitespace();
    let sink = words
        .next()
        .filter(|w| matches!(*w, "0.0.0.0" | "127.0.0.1" | "::" | "::1" | "255.255.255.255" | "fe80::1%lo0"))?;
    Some((sink, words))
}
