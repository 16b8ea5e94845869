//! The attributes that generated rules read, by class, and the constants that rules and events share, so that they
//! meet.

/// How an attribute is written about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// string
    Text,
    /// domain
    Domain,
    /// int
    Int,
    /// ip
    Ip,
    /// one of these words
    Word(&'static [&'static str]),
    /// bool
    Bool,
    /// time
    Time,
    /// duration
    Duration,
    /// json
    Json,
    /// `list<string>`
    Texts,
    /// `list<ip>`
    Ips,
    /// `list<object>` with these textual fields
    Objects(&'static [&'static str]),
}

/// An attribute of a class.
pub type Attribute = (&'static str, Form);

const STATUS: &[&str] = &["success", "failure"];
const USERS: &[&str] = &["root", "iam_user", "assumed_role", "aws_service"];

/// The kinds that rules name, with the attributes that they read of them.
pub const KINDS: &[(&str, &[Attribute])] =
    &[("api", API), ("cloudtrail", API), ("network", NETWORK), ("dns", DNS), ("authentication", LOGIN)];

const API: &[Attribute] = &[
    ("api.operation", Form::Text),
    ("api.service.name", Form::Text),
    ("actor.principal", Form::Text),
    ("actor.user.type", Form::Word(USERS)),
    ("actor.user.name", Form::Text),
    ("actor.session.created_time", Form::Time),
    ("actor.session.is_mfa", Form::Bool),
    ("status", Form::Word(STATUS)),
    ("src_endpoint.ip", Form::Ip),
    ("http_request.user_agent", Form::Text),
    ("http_request.body_length", Form::Int),
    ("http_response.body_length", Form::Int),
    ("read_only", Form::Bool),
    ("api.request.data", Form::Json),
    ("api.response.data", Form::Json),
    ("resources", Form::Objects(&["uid", "type", "owner.uid"])),
    ("time", Form::Time),
];

const NETWORK: &[Attribute] = &[
    ("initiator", Form::Word(&["local", "remote"])),
    ("local.ip", Form::Ip),
    ("remote.ip", Form::Ip),
    ("local.port", Form::Int),
    ("remote.port", Form::Int),
    ("local.instance_uid", Form::Text),
    ("connection_info.tcp_flags", Form::Int),
    ("traffic.bytes", Form::Int),
    ("disposition", Form::Word(&["allowed", "blocked"])),
    ("start_time", Form::Time),
    ("duration", Form::Duration),
];

const DNS: &[Attribute] = &[
    ("query.hostname", Form::Domain),
    ("query.type", Form::Text),
    ("rcode", Form::Word(&["noerror", "nxdomain", "servfail"])),
    ("answers", Form::Objects(&["rdata", "type"])),
    ("answers.ip", Form::Ips),
    ("src_endpoint.ip", Form::Ip),
    ("src_endpoint.instance_uid", Form::Text),
];

const LOGIN: &[Attribute] = &[
    ("activity", Form::Word(&["logon", "logoff", "assume_role"])),
    ("status", Form::Word(STATUS)),
    ("is_mfa", Form::Bool),
    ("actor.principal", Form::Text),
    ("actor.user.groups", Form::Texts),
    ("src_endpoint.ip", Form::Ip),
    ("api.request.data", Form::Json),
    ("database.name", Form::Text),
];

/// The class of a kind's events, as the table names it.
pub fn attributes(kind: &str) -> &'static [Attribute] {
    KINDS.iter().find(|(k, _)| *k == kind).map_or(&[], |(_, attributes)| attributes)
}

/// Texts.
pub const TEXTS: &[&str] = &[
    "alpha",
    "Alpha",
    "alphabet",
    "beta",
    "gamma-7",
    "22",
    "-3",
    "true",
    "10.0.0.1",
    "straße",
    "a.b.c",
    "DeleteBucket",
];

/// Texts that only events have.
pub const ODD_TEXTS: &[&str] = &[
    "",
    " ",
    "ALPHA",
    "ÀLPHA",
    "STRASSE",
    "22.0",
    "1e3",
    "null",
    "::ffff:10.0.0.1",
    "010.0.0.1",
    "{\"a\":1}",
    "[1,null]",
    "\u{130}",
    "a\nb",
    "*",
    "alpha\0",
];

/// Names.
pub const DOMAINS: &[&str] = &["example.com", "a.example.com", "notexample.com", "bad.co.uk", "com", "x.y.bad.co.uk"];

/// Numbers.
pub const INTS: &[i64] = &[0, 1, 2, 5, 22, 80, 443, 1000, -3];

/// Addresses.
pub const IPS: &[&str] = &["10.0.0.1", "10.0.0.2", "192.168.1.1", "198.51.100.7", "8.8.8.8", "2001:db8::1", "::1"];

/// Networks.
pub const NETS: &[&str] = &["10.0.0.0/8", "198.51.100.0/24", "2001:db8::/32", "0.0.0.0/0", "8.8.8.8/32"];

/// Keys of documents.
pub const KEYS: &[&str] = &["a", "b", "items", "id", "x-y"];
