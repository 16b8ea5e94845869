//! `csv`: a header, then one row a finding. No cell can be taken for a formula.

use std::borrow::Cow;
use std::io;

use super::facts::Facts;
use super::{SinkOptions, story};
use crate::finding::Finding;

/// The columns.
const HEADER: &[&str] = &[
    "id",
    "type",
    "severity",
    "level",
    "title",
    "count",
    "first_seen",
    "last_seen",
    "account",
    "region",
    "resource_kind",
    "resource_uid",
    "resource_name",
    "role",
    "principal",
    "remote_ip",
    "domain",
    "operation",
    "lists",
    "source",
    "class",
    "attack",
    "archived",
    "archived_by",
    "description",
    "pack",
    "pack_version",
    "revision",
    "rule_hash",
    "measures",
    "steps",
    "signals",
    "unusual",
];

/// Writes CSV (RFC 4180, lines end with a line feed).
pub fn write(findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADER)?;
    for f in findings {
        let facts = Facts::new(f, options);
        let lists: Vec<String> = f.list_matches.iter().map(|m| format!("{}: {}", m.list, m.entry)).collect();
        let some = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        let row: [String; HEADER.len()] = [
            f.id.clone(),
            f.rule.finding_type.to_string(),
            f.severity.to_string(),
            f.severity.level().word().to_owned(),
            f.title.to_string(),
            f.count.to_string(),
            f.first_seen.to_rfc3339(),
            f.last_seen.to_rfc3339(),
            some(&f.account),
            some(&f.region),
            f.resource.kind.to_string(),
            some(&f.resource.uid),
            some(&f.resource.name),
            f.role.to_string(),
            some(&f.principal),
            facts.remote().ip.map(|ip| ip.to_string()).unwrap_or_default(),
            facts.text("query.hostname").unwrap_or_default(),
            facts.text("api.operation").unwrap_or_default(),
            lists.join("; "),
            f.source.to_string(),
            f.class.to_string(),
            f.rule.attack.join(" "),
            f.archived().to_string(),
            f.archived_by.join("; "),
            f.rule.description.trim().to_owned(),
            f.rule.pack.to_string(),
            f.rule.pack_version.to_string(),
            f.rule.revision.to_string(),
            f.rule.hash.to_string(),
            story::measures(f).join("; "),
            story::steps(f).unwrap_or_default(),
            f.signals.iter().map(story::signal).collect::<Vec<_>>().join("; "),
            f.unusual.iter().map(story::unusual).collect::<Vec<_>>().join("; "),
        ];
        csv.write_record(row.iter().map(|cell| plain(cell).into_owned()))?;
    }
    csv.flush()
}

/// A cell that a spreadsheet takes for text: an apostrophe goes before what would begin a formula. Blanks and full-width
/// signs before the sign do not hide it from every spreadsheet, so they count too.
fn plain(cell: &str) -> Cow<'_, str> {
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let first = cell.chars().find(|&c| c != ' ' && c != '\u{a0}');
    if first.is_some_and(formula) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn formulas_become_text() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"] {
            assert_eq!(plain(bad), format!("'{bad}"));
        }
        for good in ["", "a=b", "i-1", "10.0.0.1", "arn:aws:s3:::b"] {
            assert_eq!(plain(good), good);
        }
    }
}
