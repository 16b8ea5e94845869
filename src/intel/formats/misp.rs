//! MISP warning lists: an object whose `list` holds the entries.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::ListType;
use super::super::read::Rows;
use super::json::offer_raw;
use super::{Format, Sniff, json_error};

pub(super) const FORMAT: Format = Format {
    name: "misp",
    title: "MISP warning list: JSON, the entries in `list`; `.name` is `name`",
    sample: r#"{"name": "Sinkholes", "type": "hostname", "list": [".sink.bad.example", "hole.bad.example"], "version": 2}"#,
    holds: (ListType::Domain, 2),
    is: |sniff: &Sniff<'_>| sniff.has_key("list"),
    read,
};

#[derive(Deserialize)]
struct WarningList<'a> {
    #[serde(borrow)]
    list: Vec<&'a RawValue>,
}

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let list: WarningList<'_> = serde_json::from_str(rows.text).map_err(|e| json_error(&e))?;
    for item in list.list {
        offer_raw(rows, item.get());
    }
    Ok(())
}
