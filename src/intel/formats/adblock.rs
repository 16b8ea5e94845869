//! Adblock filters: `||name^` stands for a name and everything under it; rules about paths say more than a name can.

use super::super::ListType;
use super::super::read::{At, Rows};
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "adblock",
    title: "Adblock filters: `||name^`; rules about paths, pages and exceptions are of another type",
    sample: "[Adblock Plus 2.0]\n! a comment\n||miner.bad.example^$third-party\n||bad.example^\n||shop.example/js/miner.js\n",
    holds: (ListType::Domain, 2),
    is: |sniff: &Sniff<'_>| {
        sniff.head.starts_with("[Adblock") || sniff.rows.iter().any(|row| row.starts_with("||") && row.contains('^'))
    },
    read,
};

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    for line in rows.data_lines().filter(|line| !line.starts_with(['!', '['])) {
        let host = line.strip_prefix("||").and_then(|rest| rest.split_once('^')).filter(|(host, options)| {
            let narrowed = options.contains("domain=");
            (options.is_empty() || options.starts_with('$')) && !narrowed && !host.contains(['/', '*'])
        });
        match host {
            Some((host, _)) => rows.offer(At::Text(line), host),
            None => rows.other(),
        }
    }
    Ok(())
}
