//! FireEye iSIGHT CSV: a wide table, of which `cidr`, `ip`, `domain` and the hashes are read.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::csv::Table;
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "fireeye",
    title: "FireEye iSIGHT CSV: columns `cidr`, `ip`, `domain`, `sha256`, `sha1`, `md5` of a wide table",
    sample: "reportId,title,ThreatScape,domain,ip,cidr,url,sha256,md5\n26-1,A group,Cyber Crime,c2.bad.example,198.51.100.7,,,,\n26-2,Another,Cyber Crime,,,203.0.113.0/24,,,0123456789abcdef0123456789abcdef\n",
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| {
        let header = sniff.header();
        header.len() > 6 && ["cidr", "ip", "domain", "sha256"].iter().all(|c| header.iter().any(|cell| cell == c))
    },
    read,
};

const COLUMNS: &[&str] = &["cidr", "ip", "domain", "sha256", "sha1", "md5"];

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let mut table = Table::new(rows.text, b',');
    let mut columns = Vec::new();
    for name in COLUMNS {
        columns.extend(table.find(name)?);
    }
    if columns.is_empty() {
        table.column(COLUMNS[0])?;
    }
    table.each(|line, cells| {
        let mut any = false;
        for cell in columns.iter().filter_map(|&c| cells.get(c)).filter(|cell| !cell.is_empty()) {
            any = true;
            rows.offer(At::Line(line), cell);
        }
        if !any {
            rows.other();
        }
    })
}
