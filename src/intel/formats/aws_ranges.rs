//! AWS's own `ip-ranges.json`, and its likes (Google writes `ipv4Prefix`).

use serde::Deserialize;

use super::super::ListType;
use super::super::read::{At, Rows};
use super::{Format, Sniff, json_error};

pub(super) const FORMAT: Format = Format {
    name: "aws-ranges",
    title: "AWS `ip-ranges.json`: `prefixes[].ip_prefix` and `ipv6_prefixes[].ipv6_prefix`",
    sample: r#"{"syncToken": "1", "prefixes": [{"ip_prefix": "203.0.113.0/24", "region": "eu-west-1", "service": "S3"}],
 "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/32", "region": "eu-west-1", "service": "S3"}]}"#,
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| sniff.has_key("prefixes"),
    read,
};

#[derive(Deserialize)]
struct Ranges<'a> {
    #[serde(borrow, default)]
    prefixes: Vec<Prefix<'a>>,
    #[serde(borrow, default)]
    ipv6_prefixes: Vec<Prefix<'a>>,
}

#[derive(Deserialize)]
struct Prefix<'a> {
    #[serde(borrow, alias = "ipv4Prefix")]
    ip_prefix: Option<&'a str>,
    #[serde(borrow, alias = "ipv6Prefix")]
    ipv6_prefix: Option<&'a str>,
}

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let ranges: Ranges<'_> = serde_json::from_str(rows.text).map_err(|e| json_error(&e))?;
    for item in ranges.prefixes.iter().chain(&ranges.ipv6_prefixes) {
        for prefix in [item.ip_prefix, item.ipv6_prefix].into_iter().flatten() {
            rows.offer(At::Text(prefix), prefix);
        }
    }
    Ok(())
}
