//! The words of the language by the place where they mean something.

use super::grammar::Rule;

/// Words that may never begin an operand, and so can name nothing. None is an attribute or an enum word.
pub const RESERVED: &[&str] = &[
    "and",
    "or",
    "not",
    "has",
    "then",
    "else",
    "if",
    "where",
    "on",
    "per",
    "when",
    "within",
    "until",
    "dedup",
    "except",
    "across",
    "for",
    "by",
    "every",
    "let",
    "in",
    "of",
    "mod",
    "contains",
    "startswith",
    "endswith",
    "like",
    "matches",
    "under",
    "differs",
];

/// Words that stand where an operator stands and do mean one; only for guessing what a line was meant to be.
pub const OPERATORS: &[&str] =
    &["and", "or", "in", "not", "contains", "startswith", "endswith", "like", "matches", "under", "differs", "mod"];

/// First words of items.
pub const ITEMS: &[&str] = &["list", "let", "param", "profile", "finding", "tune", "suppress", "test"];

/// A place between braces: what it is called, which clauses it takes.
#[derive(Debug)]
pub struct Body {
    /// How errors call it.
    pub what: &'static str,
    /// The first words of its clauses.
    pub clauses: &'static [&'static str],
    /// The rule that reads the text between its braces.
    pub rule: Rule,
    /// How errors call one of its clauses.
    pub clause: &'static str,
}

/// `finding`
pub const FINDING: Body = Body {
    what: "a finding",
    clauses: &[
        "revision",
        "stage",
        "publish",
        "param",
        "severity",
        "attack",
        "title",
        "remediation",
        "references",
        "on",
        "per",
        "when",
        "within",
        "dedup",
        "except",
        "test",
    ],
    rule: Rule::finding_body,
    clause: "clause",
};

/// `profile`
pub const PROFILE: Body = Body {
    what: "a profile",
    clauses: &["on", "per", "learn", "remember", "settle", "value", "volume"],
    rule: Rule::profile_body,
    clause: "clause",
};

/// `tune`
pub const TUNE: Body = Body {
    what: "a tune",
    clauses: &["except", "severity", "set", "shadow", "disable"],
    rule: Rule::tune_body,
    clause: "clause",
};

/// `suppress`
pub const SUPPRESS: Body =
    Body { what: "a suppression", clauses: &["on", "owner", "until"], rule: Rule::suppress_body, clause: "clause" };

/// `test`
pub const TEST: Body = Body {
    what: "a test",
    clauses: &["given", "repeat", "at", "after", "late", "advance", "shuffle", "replay", "expect"],
    rule: Rule::test_body,
    clause: "statement",
};

/// Every place between braces.
pub const BODIES: &[&Body] = &[&FINDING, &PROFILE, &TUNE, &SUPPRESS, &TEST];

/// The place that an item's first word opens.
pub fn body_of(item: &str) -> Option<&'static Body> {
    Some(match item {
        "finding" => &FINDING,
        "profile" => &PROFILE,
        "tune" => &TUNE,
        "suppress" => &SUPPRESS,
        "test" => &TEST,
        _ => return None,
    })
}

/// Whether a word begins a clause somewhere.
pub fn is_clause(word: &str) -> bool {
    FINDING.clauses.contains(&word) || BODIES[1..4].iter().any(|b| b.clauses.contains(&word))
}
