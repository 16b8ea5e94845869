//! Tables: what the deployment knows by key, such as the tags of an instance. CSV with a header, a list of JSON objects,
//! or an object a line.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Parsed};

use crate::value::{Arena, Json, Val};

/// The longest table that is read, in bytes.
pub const MAX_TABLE: usize = 256 << 20;

/// Names of the key's column where the deployment says none.
const KEYS: [&str; 6] = ["uid", "instance_uid", "instance_id", "instanceid", "id", "key"];

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Text(Box<str>),
    /// An object, list, number or truth value, as JSON.
    Json(Box<str>),
}

/// Rows by key.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Arc<str>>,
    rows: FxHashMap<Box<str>, Vec<Option<Cell>>>,
    /// Rows without a key.
    skipped: usize,
}

impl Table {
    /// Reads a table. `key` names the column of the keys; unsaid: `uid` and the like. Of rows with one key the last counts.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: &[u8], key: Option<&str>) -> Result<Table, String> {
        if bytes.len() > MAX_TABLE {
            return Err(format!("it has more than {} MiB", MAX_TABLE >> 20));
        }
        let text = std::str::from_utf8(bytes).map_err(|e| format!("byte {} is no UTF-8", e.valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut table = Table::default();
        match text.trim_start().as_bytes().first() {
            None => return Err("there is nothing in it".to_owned()),
            Some(b'[') => {
                let rows: Vec<Map<String, Parsed>> =
                    serde_json::from_str(text).map_err(|e| format!("it is no list of objects: {e}"))?;
                for row in rows {
                    table.take(row, key);
                }
            }
            Some(b'{') => {
                for row in serde_json::Deserializer::from_str(text).into_iter::<Map<String, Parsed>>() {
                    table.take(row.map_err(|e| format!("it is no object a line: {e}"))?, key);
                }
            }
            Some(_) => {
                let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
                let head = reader.headers().map_err(|e| e.to_string())?.clone();
                for row in reader.records() {
                    let row = row.map_err(|e| e.to_string())?;
                    let cells = head.iter().zip(&row).filter(|(_, cell)| !cell.is_empty());
                    table.take(cells.map(|(name, cell)| (name.to_owned(), of_text(cell))).collect(), key);
                }
            }
        }
        if table.rows.is_empty() {
            let wanted = key.map_or_else(|| format!("one of {}", KEYS.join(", ")), str::to_owned);
            return Err(format!("no row has a key (the column {wanted})"));
        }
        Ok(table)
    }

    fn take(&mut self, row: Map<String, Parsed>, key: Option<&str>) {
        let is_key = |name: &str| match key {
            Some(key) => name == key,
            None => KEYS.iter().any(|k| name.eq_ignore_ascii_case(k)),
        };
        let found = row.iter().find(|(name, value)| is_key(name) && (value.is_string() || value.is_number()));
        let Some(key) = found.map(|(name, _)| name.clone()) else {
            self.skipped += 1;
            return;
        };
        let mut cells = vec![None; self.columns.len()];
        let mut own = None;
        for (name, value) in row {
            if name == key {
                own = Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                continue;
            }
            let at = self.columns.iter().position(|c| c.as_ref() == name).unwrap_or_else(|| {
                self.columns.push(name.into());
                self.columns.len() - 1
            });
            cells.resize(self.columns.len(), None);
            cells[at] = cell(value);
        }
        if let Some(own) = own {
            self.rows.insert(own.into(), cells);
        }
    }

    /// What the row of a key says in a column; absent without such a row or value.
    #[must_use]
    pub fn look_up<'a>(&self, key: &str, column: &str, arena: &'a Arena) -> Val<'a> {
        let Some(at) = self.columns.iter().position(|c| c.as_ref() == column) else { return Val::Absent };
        match self.rows.get(key).and_then(|row| row.get(at)).and_then(Option::as_ref) {
            Some(Cell::Text(text)) => Val::Str(arena.alloc_str(text)),
            Some(Cell::Json(text)) => {
                Json::parse(arena.alloc_str(text), arena).map_or(Val::Absent, |json| Val::Json(arena.alloc(json)))
            }
            None => Val::Absent,
        }
    }

    /// How many keys it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many rows had no key.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The columns beside the key.
    #[must_use]
    pub fn columns(&self) -> &[Arc<str>] {
        &self.columns
    }
}

/// A cell of CSV: a document where it is one.
fn of_text(text: &str) -> Parsed {
    let document = || serde_json::from_str(text).ok();
    text.starts_with(['{', '[']).then(document).flatten().unwrap_or_else(|| Parsed::String(text.to_owned()))
}

fn cell(value: Parsed) -> Option<Cell> {
    match value {
        Parsed::Null => None,
        Parsed::String(text) => Some(Cell::Text(text.into())),
        Parsed::Array(items) => Some(Cell::Json(pairs(items).to_string().into())),
        other => Some(Cell::Json(other.to_string().into())),
    }
}

/// AWS writes tags as a list of `{"Key": …, "Value": …}`; as an object they are read by name.
fn pairs(items: Vec<Parsed>) -> Parsed {
    let pair = |item: &Parsed| {
        let field = |names: [&str; 2]| names.iter().find_map(|n| item.get(*n)).cloned();
        Some((field(["Key", "key"])?.as_str()?.to_owned(), field(["Value", "value"])?))
    };
    let all: Option<Map<String, Parsed>> = items.iter().map(pair).collect();
    match all {
        Some(object) if !items.is_empty() => Parsed::Object(object),
        _ => Parsed::Array(items),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(table: &Table, key: &str, column: &str) -> String {
        let arena = Arena::new();
        table.look_up(key, column, &arena).to_value().map_or("-".to_owned(), |v| match v {
            crate::value::Value::Str(s) => s.to_string(),
            v => serde_json::to_string(&v).expect("JSON"),
        })
    }

    #[test]
    fn three_forms_tell_the_same() {
        let json = r#"[{"uid":"i-1","tags":[{"Key":"a:b","Value":"x"}],"group":"web"},{"InstanceId":"i-2","group":null},{"group":"none"}]"#;
        let lines = "{\"uid\":\"i-1\",\"tags\":{\"a:b\":\"x\"},\"group\":\"web\"}\n{\"instance_id\":\"i-2\"}\n{\"group\":\"none\"}\n";
        let csv = "uid,tags,group\ni-1,\"{\"\"a:b\"\":\"\"x\"\"}\",web\ni-2,,\n,,none\n";
        for text in [json, lines, csv] {
            let table = Table::read(text.as_bytes(), None).expect(text);
            assert_eq!((table.len(), table.skipped()), (2, 1), "{text}");
            let told = [ask(&table, "i-1", "tags"), ask(&table, "i-1", "group"), ask(&table, "i-2", "group")];
            assert_eq!(told, [r#"{"a:b":"x"}"#, "web", "-"], "{text}");
            assert_eq!([ask(&table, "i-3", "tags"), ask(&table, "i-1", "profile")], ["-", "-"]);
        }
        let named = Table::read(b"host,group\nweb-1,a\nweb-1,b\n", Some("host")).expect("sound");
        assert_eq!(ask(&named, "web-1", "group"), "b");
    }

    #[test]
    fn what_is_none_is_refused() {
        for (bad, why) in [
            (&b""[..], "nothing"),
            (b"[1]", "no list of objects"),
            (b"{\"uid\":\"i-1\"}\nx", "no object a line"),
            (b"a,b\n1,2\n", "no row has a key"),
            (b"uid,b\n1,2,3\n", "fields"),
            (b"uid\n\xff\n", "UTF-8"),
        ] {
            let error = Table::read(bad, None).expect_err("refused");
            assert!(error.contains(why), "{error}");
        }
    }
}
