//! AlienVault reputation: `ip#reliability#risk#type#country#city#lat,lon#id`.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "alienvault",
    title: "AlienVault reputation: `ip#reliability#risk#type#country#city#lat,lon#id`",
    sample: "198.51.100.7#4#2#Malicious Host#US##37.7,-122.4#3\n203.0.113.9#4#3#Scanning Host#DE#Berlin#52.5,13.4#11\n",
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| sniff.rows.first().is_some_and(|row| is_row(row)),
    read,
};

fn is_row(row: &str) -> bool {
    let mut cells = row.split('#');
    let number = |cell: Option<&str>| cell.is_some_and(|c| !c.is_empty() && c.bytes().all(|b| b.is_ascii_digit()));
    cells.next().is_some_and(|c| !c.contains(char::is_whitespace)) && number(cells.next()) && number(cells.next())
}

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    for line in rows.data_lines() {
        rows.offer(At::Text(line), line.split('#').next().unwrap_or(""));
    }
    Ok(())
}
