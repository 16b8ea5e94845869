//! Named transformations that recipes apply: pure, total, one value each in one table.

pub(super) mod aws;
mod conn;
mod flow;
mod host;
mod sql;
mod text;
mod time;

use super::Transform;
use crate::value::{Arena, Val};

/// A transformation.
#[derive(Debug)]
pub struct Definition {
    /// As vocabulary files write it.
    pub name: &'static str,
    /// What it gives, units included.
    pub doc: &'static str,
    /// Its parameters, for docs and messages.
    pub params: &'static [&'static str],
    /// Arguments (as texts) with the result, printed; run as tests. `""` is absent.
    pub examples: &'static [(&'static [&'static str], &'static str)],
    /// Total: whatever cannot be told is absent. Arguments are texts, lists of texts or absent.
    pub eval: for<'a> fn(&[Val<'a>], &'a Arena) -> Val<'a>,
}

/// All transformations, by family.
pub const TABLE: &[&Definition] = &[
    &text::IP_ONLY,
    &text::DOMAIN_ONLY,
    &text::AFTER_LAST_SLASH,
    &text::BEFORE_COLON,
    &text::LOWER,
    &text::NOT_EMPTY,
    &text::PUBLIC_FIRST,
    &text::STARTS_SYSTEM,
    &text::JSON_DOCUMENT,
    &text::JSON_TEXT,
    &text::NOT_DASH,
    &time::EPOCH_SECONDS,
    &time::EPOCH_MILLIS,
    &time::EPOCH_NANOS,
    &time::SPAN_SECONDS,
    &time::INSTANT,
    &time::SECONDS_AFTER,
    &time::SECONDS,
    &time::BETWEEN,
    &time::LOG_TIME,
    &sql::ACTIVITY,
    &sql::COMMAND,
    &aws::ROLE_OF_SESSION,
    &aws::SESSION_NAME,
    &aws::ACCOUNT_ID,
    &aws::ARN_ACCOUNT,
    &aws::ARN_NAME,
    &aws::IS_AWS_CALLER,
    &aws::FINDING_PURPOSE,
    &aws::FINDING_RESOURCE,
    &aws::FINDING_FAMILY,
    &aws::SEVERITY_WORD,
    &host::JOIN_WORDS,
    &host::PATH_JOIN,
    &host::OPEN_MODE,
    &host::PTRACE_REQUEST,
    &host::CONTAINER_UID,
    &host::INSTANCE_UID,
    &host::SOCKET_PATH,
    &host::KERNEL_FUNCTION,
    &host::PROC_OF_OTHER,
    &host::AFTER_COLON,
    &host::TERMINAL,
    &host::MALWARE_CLASS,
    &flow::OWN_END,
    &flow::OPENED_BY,
    &flow::PICK,
    &flow::PICK_OTHER,
    &flow::INITIATOR,
    &conn::OWN_END,
    &conn::OPENED_BY,
    &conn::HISTORY_FLAGS,
    &conn::HEX_FLAGS,
];

/// The transformation of that name.
#[must_use]
pub fn named(name: &str) -> Option<Transform> {
    TABLE.iter().position(|t| t.name == name).and_then(|n| u16::try_from(n).ok()).map(Transform)
}

/// A transformation by its place in the table.
#[must_use]
pub fn get(transform: Transform) -> &'static Definition {
    TABLE[usize::from(transform.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_examples_hold() {
        let arena = Arena::new();
        for (i, t) in TABLE.iter().enumerate() {
            assert_eq!(named(t.name), Some(Transform(u16::try_from(i).expect("small"))), "{} is there twice", t.name);
            assert!(!t.doc.is_empty() && !t.examples.is_empty(), "{} is not documented", t.name);
            for (args, expected) in t.examples {
                assert_eq!(args.len(), t.params.len(), "{}", t.name);
                let args: Vec<Val<'_>> =
                    args.iter().map(|a| if a.is_empty() { Val::Absent } else { Val::Str(a) }).collect();
                let got = (t.eval)(&args, &arena).to_value().map(|v| v.to_string()).unwrap_or_default();
                assert_eq!(got, *expected, "{}{args:?}", t.name);
            }
        }
    }

    #[test]
    fn the_first_public_address_is_the_caller() {
        let arena = Arena::new();
        let list = [Val::Str("10.0.0.1"), Val::Str("203.0.113.5"), Val::Str("198.51.100.1")];
        let got = (get(named("public_first").expect("there")).eval)(&[Val::List(&list)], &arena);
        assert_eq!(got.to_value().map(|v| v.to_string()).as_deref(), Some("203.0.113.5"));
    }
}
