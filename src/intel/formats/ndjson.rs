//! NDJSON: an object a line, of which one field is read; or a string a line.

use super::super::ListType;
use super::super::read::Rows;
use super::json::offer_item;
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "ndjson",
    title: "JSON, one string or object a line; `column:` says which field of the object",
    sample: "{\"indicator\": \"c2.bad.example\", \"seen\": 3}\n{\"indicator\": \"pool.bad.example\"}\n",
    holds: (ListType::Domain, 2),
    is: |sniff: &Sniff<'_>| {
        let json = |row: &&str| {
            (row.starts_with('{') && row.ends_with('}'))
                || (row.starts_with('"') && row.ends_with('"') && row.len() > 1)
        };
        let column = sniff.spec.column.is_none() || sniff.head.starts_with('{');
        column && !sniff.rows.is_empty() && sniff.rows.iter().all(json)
    },
    read,
};

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    rows.data_lines().try_for_each(|line| offer_item(rows, line))
}
