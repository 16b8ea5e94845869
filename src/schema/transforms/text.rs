//! Texts and addresses.

use std::net::IpAddr;

use super::Definition;
use crate::schema::coerce::{domain, ip};
use crate::value::{Arena, Json, Val};

/// See its `doc`.
pub static IP_ONLY: Definition = Definition {
    name: "ip_only",
    doc: "the text if it is an address, else absent",
    params: &["text"],
    examples: &[(&["203.0.113.5"], "203.0.113.5"), (&["ec2.amazonaws.com"], ""), (&["010.0.0.1"], "")],
    eval: |args, _| args[0].as_str().and_then(ip).map_or(Val::Absent, Val::Ip),
};

/// See its `doc`.
pub static DOMAIN_ONLY: Definition = Definition {
    name: "domain_only",
    doc: "the text if it is a domain name of two labels or more, else absent",
    params: &["text"],
    examples: &[
        (&["EC2.amazonaws.com"], "ec2.amazonaws.com"),
        (&["203.0.113.5"], ""),
        (&["AWS Internal"], ""),
        (&["localhost"], ""),
    ],
    eval: |args, arena| {
        let Some(text) = args[0].as_str().filter(|t| ip(t).is_none() && t.parse::<IpAddr>().is_err()) else {
            return Val::Absent;
        };
        // A last label of digits is a broken address, not a name.
        let name = |t: &str| {
            t.rsplit_once('.').is_some_and(|(_, last)| last.bytes().any(|b| !b.is_ascii_digit()))
                && !t.contains([' ', '/', ':'])
        };
        domain(text, arena).filter(|t| name(t)).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static AFTER_LAST_SLASH: Definition = Definition {
    name: "after_last_slash",
    doc: "what stands behind the last `/`; the text itself if there is none",
    params: &["text"],
    examples: &[(&["a/b/c"], "c"), (&["abc"], "abc"), (&["a/"], "")],
    eval: |args, _| args[0].as_str().map_or(Val::Absent, |t| some(t.rsplit('/').next().unwrap_or(t))),
};

/// See its `doc`.
pub static BEFORE_COLON: Definition = Definition {
    name: "before_colon",
    doc: "what stands before the first `:`; the text itself if there is none (`AROAEXAMPLE:session` is the role's id)",
    params: &["text"],
    examples: &[(&["AROAEXAMPLE:session"], "AROAEXAMPLE"), (&["AIDAEXAMPLE"], "AIDAEXAMPLE"), (&[""], "")],
    eval: |args, _| args[0].as_str().map_or(Val::Absent, |t| some(t.split(':').next().unwrap_or(t))),
};

/// See its `doc`.
pub static LOWER: Definition = Definition {
    name: "lower",
    doc: "the text in lower case",
    params: &["text"],
    examples: &[(&["NOERROR"], "noerror"), (&["ok"], "ok")],
    eval: |args, arena| match args[0].as_str() {
        Some(t) if t.chars().any(char::is_uppercase) => Val::Str(arena.alloc_str(&t.to_lowercase())),
        Some(t) => Val::Str(t),
        None => Val::Absent,
    },
};

/// See its `doc`.
pub static NOT_EMPTY: Definition = Definition {
    name: "not_empty",
    doc: "the text unless it is empty or `-`",
    params: &["text"],
    examples: &[(&["a"], "a"), (&[""], ""), (&["-"], "")],
    eval: |args, _| args[0].as_str().map_or(Val::Absent, some),
};

/// See its `doc`.
pub static PUBLIC_FIRST: Definition = Definition {
    name: "public_first",
    doc: "of a list of addresses the first public one, else the first",
    params: &["addresses"],
    examples: &[(&["10.0.0.1"], "10.0.0.1"), (&["x"], "")],
    eval: |args, _| {
        let all = || args[0].elements().filter_map(|v| v.as_str().and_then(ip));
        all().find(|ip| !private(*ip)).or_else(|| all().next()).map_or(Val::Absent, Val::Ip)
    },
};

/// Whether an address can stand only inside: private, shared, loopback, link-local, unique local.
pub(crate) fn private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || (v6.segments()[0] & 0xfe00) == 0xfc00 || (v6.segments()[0] & 0xffc0) == 0xfe80
        }
    }
}

fn some(text: &str) -> Val<'_> {
    if text.is_empty() || text == "-" { Val::Absent } else { Val::Str(text) }
}

/// See its `doc`.
pub static STARTS_SYSTEM: Definition = Definition {
    name: "kubernetes_user_type",
    doc: "what kind of user a Kubernetes user name is: anonymous, service_account, node, system or user",
    params: &["name"],
    examples: &[
        (&["system:anonymous"], "anonymous"),
        (&["system:serviceaccount:default:default"], "service_account"),
        (&["system:node:ip-10-0-0-1"], "node"),
        (&["system:kube-scheduler"], "system"),
        (&["eks:node-manager"], "system"),
        (&["jane"], "user"),
    ],
    eval: |args, _: &Arena| {
        let Some(name) = args[0].as_str() else { return Val::Absent };
        Val::Str(match name {
            "system:anonymous" => "anonymous",
            n if n.starts_with("system:serviceaccount:") => "service_account",
            n if n.starts_with("system:node:") => "node",
            n if n.starts_with("system:") || n.starts_with("eks:") || n.starts_with("aks:") => "system",
            _ => "user",
        })
    },
};

/// The object or list that a text holds.
fn document<'a>(v: Val<'a>, arena: &'a Arena) -> Option<&'a Json<'a>> {
    let json = Json::parse(v.as_str().filter(|t| t.starts_with(['{', '[']))?, arena)?;
    Some(arena.alloc(json))
}

/// See its `doc`.
pub static JSON_DOCUMENT: Definition = Definition {
    name: "json_document",
    doc: "the object or list that a text holds as JSON",
    params: &["text"],
    examples: &[(&[r#"{"a":1}"#], r#"{"a":1}"#), (&["null"], ""), (&["{"], "")],
    eval: |args, arena| document(args[0], arena).map_or(Val::Absent, Val::Json),
};

/// See its `doc`.
pub static JSON_TEXT: Definition = Definition {
    name: "json_text",
    doc: "the text under a key of the object that a text holds as JSON",
    params: &["text", "key"],
    examples: &[(&[r#"{"a":"b"}"#, "a"], "b"), (&[r#"{"a":{}}"#, "a"], ""), (&["x", "a"], "")],
    eval: |args, arena| {
        let under = document(args[0], arena).zip(args[1].as_str()).and_then(|(json, key)| json.get(key));
        match under {
            Some(Json::Str(text)) => Val::Str(text),
            _ => Val::Absent,
        }
    },
};

/// See its `doc`.
pub static NOT_DASH: Definition = Definition {
    name: "not_dash",
    doc: "the text, unless it is `-`, which stands for nothing",
    params: &["text"],
    examples: &[(&["S3"], "S3"), (&["-"], ""), (&[""], "")],
    eval: |args, _| args[0].as_str().filter(|t| !matches!(*t, "-" | "")).map_or(Val::Absent, Val::Str),
};
