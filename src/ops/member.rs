//! Membership: `in` lists, ranges and networks, and `under` domains by whole labels.

use ipnet::IpNet;

use super::Sample::{Absent, Bool, Int, Ip, List, Net, Text};
use super::compare::{any, equal, order, read_ip, read_net};
use super::types::{comparable, element};
use super::{Eval, Example, Operator};
use crate::value::{Truth, Type, Val};

/// `in`
pub static IN: Operator = Operator {
    name: "in",
    doc: "one of a list (`@list`, `[a, b]`), within a range with both ends (`10..=40`), in a network, or `private` or \
          `public` of an address",
    examples: &[
        Example { code: "22 in [22, 3389]", args: &[Int(22), List(&[Int(22), Int(3389)])], result: Bool(true) },
        Example {
            code: "10.1.2.3 in [10.0.0.0/8]",
            args: &[Ip("10.1.2.3"), List(&[Net("10.0.0.0/8")])],
            result: Bool(true),
        },
        Example {
            code: "\"AWS Internal\" in [10.0.0.0/8]",
            args: &[Text("AWS Internal"), List(&[Net("10.0.0.0/8")])],
            result: Absent,
        },
        Example {
            code: "\"c\" in [\"a\", \"b\"]",
            args: &[Text("c"), List(&[Text("a"), Text("b")])],
            result: Bool(false),
        },
    ],
    check: check_in,
    eval: Eval::Member,
};

/// `under`
pub static UNDER: Operator = Operator {
    name: "under",
    doc: "a domain that is another one or lies under it, by whole labels; `*.` before it: only under it",
    examples: &[
        Example {
            code: "\"eu.nicehash.com\" under \"nicehash.com\"",
            args: &[Text("eu.nicehash.com"), Text("nicehash.com")],
            result: Bool(true),
        },
        Example {
            code: "\"notnicehash.com\" under \"nicehash.com\"",
            args: &[Text("notnicehash.com"), Text("nicehash.com")],
            result: Bool(false),
        },
        Example {
            code: "\"nicehash.com\" under \"*.nicehash.com\"",
            args: &[Text("nicehash.com"), Text("*.nicehash.com")],
            result: Bool(false),
        },
    ],
    check: |a, b| match (element(a), element(b)) {
        (Type::Domain | Type::String | Type::Json, Type::Domain | Type::String) => Ok(()),
        _ => Err(
            "`under` stands between a domain and a domain or a list of domains: `query.hostname under \"example.com\"`"
                .to_owned(),
        ),
    },
    eval: Eval::Under,
};

fn check_in(a: &Type, b: &Type) -> Result<(), String> {
    let a = element(a);
    let fits = match b {
        Type::List(of) => comparable(a, of) || matches!((a, &**of), (Type::Ip, Type::Cidr) | (Type::Cidr, Type::Ip)),
        Type::Cidr => matches!(a, Type::Ip | Type::Cidr | Type::String | Type::Json),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(match b {
        Type::List(of) => format!("{a} is never among {of}; a list of {a} would do"),
        Type::Cidr => format!("only an address lies in a network, not {a}"),
        _ => "behind `in` stands a list (`@list`, `[a, b]`), a range (`1..=10`) or a network".to_owned(),
    })
}

/// Whether a value is one of `items`; networks among them contain. A list stands for any of its elements.
#[must_use]
pub fn member(value: Val<'_>, items: &[Val<'_>]) -> Truth {
    match value {
        Val::Absent => Truth::Unknown,
        Val::List(values) => any(values.iter().copied(), |v| member(v, items)),
        _ => any(items.iter().copied(), |item| match item {
            Val::Net(net) => in_net(value, net),
            Val::List(_) => Truth::Unknown,
            item => equal(value, item),
        }),
    }
}

/// Whether an address, a network or the text of one lies in a network; unknown for anything else.
#[must_use]
pub fn in_net(value: Val<'_>, net: IpNet) -> Truth {
    match value {
        Val::Ip(ip) => Truth::from(net.contains(&Val::canonical_ip(ip))),
        Val::Net(inner) => Truth::from(net.contains(&inner)),
        Val::Str(s) => match (read_ip(s), read_net(s)) {
            (Some(ip), _) => Truth::from(net.contains(&ip)),
            (None, Some(inner)) => Truth::from(net.contains(&inner)),
            (None, None) => Truth::Unknown,
        },
        Val::List(values) => any(values.iter().copied(), |v| in_net(v, net)),
        _ => Truth::Unknown,
    }
}

/// Whether a value lies between two others, both ends in; unknown where there is no order.
#[must_use]
pub fn in_range(value: Val<'_>, least: Val<'_>, greatest: Val<'_>) -> Truth {
    if let Val::List(values) = value {
        return any(values.iter().copied(), |v| in_range(v, least, greatest));
    }
    match (order(value, least), order(value, greatest)) {
        (Some(low), Some(high)) => Truth::from(low.is_ge() && high.is_le()),
        _ => Truth::Unknown,
    }
}

/// Whether a domain is `parent` or lies under it, by whole labels, whatever its case and with or without a final dot;
/// `parent` is lower case, without a final dot, perhaps with `*.` before it (then itself is out).
#[must_use]
pub fn under(value: Val<'_>, parent: &str) -> Truth {
    match value {
        Val::Str(domain) => Truth::from(domain_under(domain, parent)),
        Val::List(values) => any(values.iter().copied(), |v| under(v, parent)),
        _ => Truth::Unknown,
    }
}

/// [`under`] of two texts.
#[must_use]
pub fn domain_under(domain: &str, parent: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain).as_bytes();
    let (parent, itself) = parent.strip_prefix("*.").map_or((parent, true), |p| (p, false));
    let parent = parent.strip_suffix('.').unwrap_or(parent).as_bytes();
    let Some(at) = domain.len().checked_sub(parent.len()) else {
        return false;
    };
    !parent.is_empty()
        && domain[at..].eq_ignore_ascii_case(parent)
        && if at == 0 { itself } else { at > 1 && domain[at - 1] == b'.' }
}
