//! A finding that was written earlier: what it says, and whether the rule behind it still means the same.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::{Paint, safe};

/// A finding as it lies in a file.
pub struct Published {
    /// Its type.
    pub ty: String,
    value: Value,
}

impl Published {
    /// Reads the first finding of a file: of the formats json, guardduty and eventbridge.
    ///
    /// # Errors
    /// It cannot be read, or holds no finding.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|e| Failure::io("read", path, &e))?;
        let refuse = || {
            let message = format!("`{}` holds no finding of the formats json, guardduty, eventbridge", path.display());
            Failure::Many(vec![message], Exit::Misuse)
        };
        let first = serde_json::Deserializer::from_str(&text).into_iter::<Value>().next();
        let mut value = first.and_then(Result::ok).ok_or_else(refuse)?;
        if let Some(detail) = value.get_mut("detail").map(Value::take) {
            value = detail;
        }
        let ty = text_of(&value, &["type", "Type"]).ok_or_else(refuse)?;
        Ok(Self { ty, value })
    }

    /// What it says, and whether the rule of that hash is the one behind it.
    pub fn text(&self, hash: &str, paint: Paint) -> String {
        let mut out = format!("{}\n", paint.bold("this finding"));
        for (name, keys) in [
            ("title", &["title", "Title"][..]),
            ("id", &["id", "Id"]),
            ("account", &["account", "AccountId", "accountId"]),
            ("region", &["region", "Region"]),
            ("first seen", &["first_seen"]),
            ("last seen", &["last_seen"]),
            ("events", &["count"]),
        ] {
            if let Some(value) = text_of(&self.value, keys) {
                let _ = writeln!(out, "  {name:<12} {}", safe(&value));
            }
        }
        if let Some(evidence) = self.value.get("evidence").and_then(Value::as_object) {
            for (name, held) in evidence {
                let values = held.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let values: Vec<String> = values.iter().take(5).map(plain).collect();
                let _ = writeln!(out, "  {name} was {}", safe(&values.join(", ")));
            }
        }
        for entry in self.value.get("list_matches").and_then(Value::as_array).into_iter().flatten() {
            let of = |key| entry.get(key).map(plain).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {} matched `{}` of @{}",
                safe(&of("attribute")),
                safe(&of("entry")),
                safe(&of("list"))
            );
        }
        let then = self.value.pointer("/rule/hash").and_then(Value::as_str);
        if then.is_some_and(|then| then != hash) {
            let _ = writeln!(
                out,
                "  {}",
                paint.yellow("its rule has changed its meaning since; below is what it means now")
            );
        }
        out.push('\n');
        out
    }
}

fn text_of(value: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| value.get(key)).filter(|v| !v.is_null()).map(plain)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
