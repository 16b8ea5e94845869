//! Plain text: an entry a line, comments, further columns ignored. GuardDuty's TXT.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::{Format, Sniff};

pub(in super::super) const FORMAT: Format = Format {
    name: "plain",
    title: "text, an entry a line; `#`, `;` and `//` begin comments; of several columns the first counts",
    sample: "# ours\n198.51.100.7\n203.0.113.0/24 ; a scanner\n192.0.2.1-192.0.2.9\t12\n2001:db8::/32 // v6\n",
    holds: (ListType::Ip, 4),
    is: |_: &Sniff<'_>| true,
    read,
};

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let whole = matches!(rows.spec.kind, ListType::String);
    for line in rows.data_lines() {
        rows.offer(At::Text(line), if whole { line } else { first(line) });
    }
    Ok(())
}

/// The first column; a range may be written with spaces around its dash.
fn first(line: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    let end = line.find(ends).unwrap_or(line.len());
    let rest = line[end..].trim_start();
    if let Some(last) = rest.strip_prefix('-')
        && last.starts_with(' ')
    {
        let last = last.trim_start();
        let tail = last.find(ends).map_or("", |i| &last[i..]);
        return line[..line.len() - tail.len()].trim();
    }
    // A comment sign may stand right behind the entry.
    line[..end].split('#').next().unwrap_or("")
}
