//! Proofpoint (Emerging Threats) reputation: `ip|domain, category, score, first_seen, last_seen, ports (|)`.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::csv::Table;
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "proofpoint",
    title: "Proofpoint CSV: `ip, category, score, first_seen, last_seen, ports (|)`, or `domain, …`",
    sample: "domain, category, score, first_seen, last_seen, ports (|)\nc2.bad.example,CnC,100,2026-01-02,2026-01-09,80|443\n",
    holds: (ListType::Domain, 1),
    is: |sniff: &Sniff<'_>| {
        matches!(sniff.header().as_slice(), [a, b, c, ..]
            if matches!(a.as_str(), "ip" | "domain") && b == "category" && c == "score")
    },
    read,
};

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let mut table = Table::new(rows.text, b',');
    table.column("category")?;
    table.each(|line, cells| rows.offer(At::Line(line), cells.get(0).unwrap_or("")))
}
