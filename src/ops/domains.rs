//! Functions on domain names, by the Public Suffix List (its private section too: `x.github.io` is registered).

use super::Sample::{Absent, Int, Text};
use super::arithmetic::arg;
use super::types::text;
use super::{Example, Function};
use crate::value::{Arena, Type, Val};

/// `labels(domain)`
pub static LABELS: Function = Function {
    name: "labels",
    doc: "how many labels a domain name has: `www.example.com` has 3",
    params: &["domain"],
    check: |types| one_domain("labels", types).map(|()| Type::Int),
    examples: &[
        Example { code: "labels(\"www.example.com\")", args: &[Text("www.example.com")], result: Int(3) },
        Example { code: "labels(\"example.com.\")", args: &[Text("example.com.")], result: Int(2) },
    ],
    eval: |args, _| match arg(args, 0) {
        Val::Str(s) => {
            let n = s.split('.').filter(|label| !label.is_empty()).count();
            i64::try_from(n).map_or(Val::Absent, Val::Int)
        }
        _ => Val::Absent,
    },
};

/// `registered_domain(domain)`
pub static REGISTERED_DOMAIN: Function = Function {
    name: "registered_domain",
    doc: "the part that somebody registered: the public suffix and one label more; absent of a bare public suffix",
    params: &["domain"],
    check: |types| one_domain("registered_domain", types).map(|()| Type::Domain),
    examples: &[
        Example {
            code: "registered_domain(\"a.b.example.co.uk\")",
            args: &[Text("a.b.example.co.uk")],
            result: Text("example.co.uk"),
        },
        Example { code: "registered_domain(\"co.uk\")", args: &[Text("co.uk")], result: Absent },
    ],
    eval: |args, arena| split(arg(args, 0), arena).map_or(Val::Absent, |(_, domain)| Val::Str(domain)),
};

/// `subdomain(domain)`
pub static SUBDOMAIN: Function = Function {
    name: "subdomain",
    doc: "what stands before the registered domain; absent where nothing does",
    params: &["domain"],
    check: |types| one_domain("subdomain", types).map(|()| Type::String),
    examples: &[
        Example { code: "subdomain(\"a.b.example.co.uk\")", args: &[Text("a.b.example.co.uk")], result: Text("a.b") },
        Example { code: "subdomain(\"example.co.uk\")", args: &[Text("example.co.uk")], result: Absent },
    ],
    eval: |args, arena| match split(arg(args, 0), arena) {
        Some((before, _)) if !before.is_empty() => Val::Str(before),
        _ => Val::Absent,
    },
};

/// Subdomain (without the dot behind it) and registered domain, in lower case.
pub(super) fn split<'a>(value: Val<'a>, arena: &'a Arena) -> Option<(&'a str, &'a str)> {
    let name = value.as_str()?;
    let name = name.strip_suffix('.').unwrap_or(name);
    let name: &'a str = if name.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
        arena.alloc_str(&name.to_lowercase())
    } else {
        name
    };
    let domain = psl::domain_str(name)?;
    let before = name.strip_suffix(domain)?;
    Some((before.strip_suffix('.').unwrap_or(before), domain))
}

fn one_domain(name: &str, types: &[Type]) -> Result<(), String> {
    match types {
        [t] if text(t) => Ok(()),
        _ => Err(format!("`{name}` takes a domain")),
    }
}
