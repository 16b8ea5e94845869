//! What a statement does to a database, by its command.

use super::Definition;
use crate::value::Val;

/// Commands by their first word. What is not here is `other`.
const ACTIVITIES: &[(&str, &str)] = &[
    ("SELECT", "read"),
    ("TABLE", "read"),
    ("COPY", "read"),
    ("FETCH", "read"),
    ("WITH", "query"),
    ("CALL", "query"),
    ("DO", "query"),
    ("INSERT", "write"),
    ("MERGE", "write"),
    ("REPLACE", "write"),
    ("LOAD", "write"),
    ("UPDATE", "update"),
    ("ALTER", "update"),
    ("GRANT", "update"),
    ("REVOKE", "update"),
    ("RENAME", "update"),
    ("CREATE", "create"),
    ("DELETE", "delete"),
    ("TRUNCATE", "delete"),
    ("DROP", "delete"),
];

/// See its `doc`.
pub static ACTIVITY: Definition = Definition {
    name: "sql_activity",
    doc: "what a statement does, by pgaudit's class, if any, and its command: read, query, write, update, create, delete or other",
    params: &["class", "command"],
    examples: &[
        (&["", "SELECT"], "read"),
        (&["WRITE", "COPY"], "write"),
        (&["READ", "COPY"], "read"),
        (&["DDL", "DROP TABLE"], "delete"),
        (&["WRITE", "DELETE"], "delete"),
        (&["", "truncate"], "delete"),
        (&["", "vacuum"], "other"),
    ],
    eval: |args, _| {
        let first = args[1].as_str().and_then(|c| c.split_ascii_whitespace().next()).unwrap_or_default();
        let known = ACTIVITIES.iter().find(|(word, _)| word.eq_ignore_ascii_case(first)).map(|(_, activity)| *activity);
        Val::Str(match (args[0].as_str(), known) {
            (Some("WRITE"), Some("read") | None) => "write",
            (Some("READ"), None) => "read",
            (_, Some(activity)) => activity,
            (_, None) => "other",
        })
    },
};

/// See its `doc`.
pub static COMMAND: Definition = Definition {
    name: "sql_command",
    doc: "a command in capitals",
    params: &["command"],
    examples: &[(&["drop"], "DROP"), (&["DROP TABLE"], "DROP TABLE")],
    eval: |args, arena| match args[0].as_str() {
        Some(text) if text.bytes().any(|b| b.is_ascii_lowercase()) => {
            Val::Str(arena.alloc_str(&text.to_ascii_uppercase()))
        }
        Some(text) if !text.is_empty() => Val::Str(text),
        _ => Val::Absent,
    },
};
