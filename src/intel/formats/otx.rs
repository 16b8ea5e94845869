//! AlienVault OTX CSV: `Indicator type,Indicator,Description`.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::csv::Table;
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "otx",
    title: "OTX CSV: `Indicator type,Indicator,Description`",
    sample: "Indicator type,Indicator,Description\nIPv4,198.51.100.7,a server\nCIDR,203.0.113.0/24,\nhostname,c2.bad.example,\nURL,http://bad.example/x,\nCVE,CVE-2026-0001,\n",
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| matches!(sniff.header().as_slice(), [a, b, ..] if a == "indicator type" && b == "indicator"),
    read,
};

/// Indicator types that stand for a value that a list can hold.
const KNOWN: &[&str] = &["ipv4", "ipv6", "cidr", "domain", "hostname"];

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let mut table = Table::new(rows.text, b',');
    let kind = table.column("indicator type")?;
    let value = table.column("indicator")?;
    table.each(|line, cells| {
        let (kind, value) = (cells.get(kind).unwrap_or("").to_ascii_lowercase(), cells.get(value).unwrap_or(""));
        if KNOWN.contains(&kind.as_str()) || kind.starts_with("filehash") || rows.spec.kind == ListType::String {
            rows.offer(At::Line(line), value);
        } else {
            rows.other();
        }
    })
}
