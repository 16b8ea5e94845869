//! Which conditions of an AWS policy statement narrow "anybody" to somebody known. After Amazon's definition of a
//! public bucket policy: a condition narrows if it holds a key that tells who or whence to fixed values. `…IfExists`
//! and `ForAllValues:` do not narrow (they hold where the key is missing), negated operators neither.

use ipnet::IpNet;

use super::arn::{account_text, arn_part, is_account};
use super::policy::each;
use crate::value::Json;

/// Keys whose fixed value says who calls or whence, in lower case.
const KEYS: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
    "lambda:eventsourcetoken",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Whether a `Condition` block narrows. Its operators and keys must all hold, so one that narrows is enough; the
/// values of one key are alternatives, so all of them must be fixed.
pub(super) fn narrows(condition: &Json<'_>) -> bool {
    pairs(condition).any(|(key, values)| {
        let key = key.to_ascii_lowercase();
        let mut values = each(values).peekable();
        values.peek().is_some()
            && values.all(|v| match v {
                Json::Str(s) | Json::Number(s) => fixed(&key, s),
                _ => false,
            })
    })
}

/// The accounts that narrowing conditions name: of account keys, and of ARNs.
pub(super) fn named_accounts<'a>(condition: &'a Json<'a>) -> impl Iterator<Item = &'a str> {
    pairs(condition)
        .filter(|(key, _)| KEYS.contains(&key.to_ascii_lowercase().as_str()))
        .flat_map(|(_, values)| each(values))
        .filter_map(|v| match v {
            Json::Str(s) => account_text(s),
            _ => None,
        })
}

/// Keys with their values, of operators that hold only where the key is there and has one of the values.
fn pairs<'a>(condition: &'a Json<'a>) -> impl Iterator<Item = (&'a str, &'a Json<'a>)> {
    let operators: &'a [(&'a str, Json<'a>)] = match *condition {
        Json::Object(fields) => fields,
        _ => &[],
    };
    operators.iter().filter(|(operator, _)| is_positive(operator)).flat_map(|(_, keys)| {
        let keys: &'a [(&'a str, Json<'a>)] = match *keys {
            Json::Object(fields) => fields,
            _ => &[],
        };
        keys.iter().map(|(key, values)| (*key, values))
    })
}

fn is_positive(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    let bare = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
    matches!(bare, "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike" | "ipaddress")
}

/// Whether a value of a (lower-case) key names somebody or some place.
fn fixed(key: &str, value: &str) -> bool {
    if !KEYS.contains(&key) {
        return false;
    }
    let wild = |s: &str| s.contains(['*', '?']);
    match key {
        "aws:sourceip" => is_narrow_network(value),
        "aws:sourcearn" | "aws:principalarn" | "s3:dataaccesspointarn" => {
            !wild(value) || arn_part(value, 4).is_some_and(is_account)
        }
        // `o-abc/*` and `AROAEXAMPLE:*`: what stands first is fixed.
        "aws:principalorgpaths" | "aws:sourceorgpaths" => {
            value.split('/').next().is_some_and(|org| !org.is_empty() && !wild(org))
        }
        "aws:userid" => value.split(':').next().is_some_and(|id| !id.is_empty() && !wild(id)),
        _ => !value.is_empty() && !wild(value),
    }
}

/// An address or a network that is not a large part of the internet: at least /8, of IPv6 /32, so that two halves of
/// it (`0.0.0.0/1`) count as public too.
fn is_narrow_network(value: &str) -> bool {
    match super::compare::read_net(value) {
        Some(IpNet::V4(net)) => net.prefix_len() >= 8,
        Some(IpNet::V6(net)) => net.prefix_len() >= 32,
        None => false,
    }
}
