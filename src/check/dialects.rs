//! Operators that are none: the neighbours' words, answered in ours, and slips of the hand.

use crate::ops;
use crate::suggest::nearest;

/// What other languages write, and what to write here. Looked up without case and without a `|` before it.
const OPERATORS: &[(&str, &str)] = &[
    ("=", "`==` compares; `=` only gives names"),
    ("===", "write `==`"),
    ("<>", "write `!=`"),
    ("&&", "write `and`"),
    ("&", "write `and`; bits of a number are `bit(x, n)`"),
    ("||", "write `or`"),
    ("|", "write `or`, or `in [a, b]`"),
    ("!", "write `not`"),
    ("!~", "write `not x matches /…/`"),
    ("=~", "write `== i\"…\"` to compare without case, or `matches /…/` for a regex"),
    ("~", "write `matches /…/`, or `like \"…*\"`"),
    ("~=", "write `matches /…/`"),
    (":", "write `== i\"…\"` to compare without case, or `like \"…*\"` where there are wildcards"),
    ("%", "write `mod`"),
    ("..", "write `..=`: both ends are in"),
    ("is", "write `==`; presence is `has x`"),
    ("is not", "write `!=`; absence is `not has x`"),
    ("eq", "write `==`"),
    ("equals", "write `==`"),
    ("ne", "write `!=`"),
    ("neq", "write `!=`"),
    ("gt", "write `>`"),
    ("gte", "write `>=`"),
    ("lt", "write `<`"),
    ("lte", "write `<=`"),
    ("exists", "write `has x`"),
    ("isnull", "write `not has x`"),
    ("isnotnull", "write `has x`"),
    ("between", "write `in a..=b`"),
    ("has", "write `contains i\"…\"`; `has x` asks whether x is there"),
    ("has_any", "write `in [i\"…\", …]`, or `contains` joined by `or`"),
    ("has_all", "write `contains` joined by `and`"),
    ("has_cs", "write `contains \"…\"`"),
    ("hasprefix", "write `startswith i\"…\"`"),
    ("hassuffix", "write `endswith i\"…\"`"),
    ("contains_cs", "write `contains \"…\"`, which minds the case"),
    ("startswith_cs", "write `startswith \"…\"`, which minds the case"),
    ("endswith_cs", "write `endswith \"…\"`, which minds the case"),
    ("in~", "write `in [i\"…\", …]`"),
    ("like~", "write `like i\"…\"`"),
    ("wildcard", "write `like \"…*\"`"),
    ("regex", "write `matches /…/`"),
    ("regex~", "write `matches /…/i`"),
    ("re", "write `matches /…/`"),
    ("rlike", "write `matches /…/`"),
    ("ilike", "write `like i\"…\"`, with `*` for any text"),
    ("cidr", "write `in 10.0.0.0/8`"),
    ("windash", "write `matches /[-\\/]…/`"),
    ("base64offset", "there is no such operator; look for each encoded form with `contains`"),
    ("contains_all", "write `contains` joined by `and`"),
    ("all", "write `contains` joined by `and`"),
    ("starts_with", "write `startswith`"),
    ("ends_with", "write `endswith`"),
    ("startwith", "write `startswith`"),
    ("endwith", "write `endswith`"),
    ("includes", "write `contains`"),
    ("match", "write `matches /…/`"),
    ("glob", "write `like \"…*\"`"),
    ("subdomain_of", "write `under \"example.com\"`"),
    ("xor", "write `(a and not b) or (b and not a)`"),
];

/// Functions of other languages, and what to write here.
const FUNCTIONS: &[(&str, &str)] = &[
    ("regex_match", "write `x matches /…/`"),
    ("regexmatch", "write `x matches /…/`"),
    ("match", "write `x matches /…/`"),
    ("contains", "write `x contains \"…\"`"),
    ("startswith", "write `x startswith \"…\"`"),
    ("endswith", "write `x endswith \"…\"`"),
    ("starts_with", "write `x startswith \"…\"`"),
    ("ends_with", "write `x endswith \"…\"`"),
    ("like", "write `x like \"…*\"`"),
    ("cidrmatch", "write `x in 10.0.0.0/8`"),
    ("cidr_match", "write `x in 10.0.0.0/8`"),
    ("ipv4_is_private", "write `x in private`"),
    ("ipv4_is_in_range", "write `x in 10.0.0.0/8`"),
    ("isnull", "write `not has x`"),
    ("isempty", "write `(x ?? \"\") == \"\"`"),
    ("isnotempty", "write `(x ?? \"\") != \"\"`"),
    ("isnotnull", "write `has x`"),
    ("exists", "write `has x`"),
    ("coalesce", "write `a ?? b`"),
    ("tolower", "write `lower(x)`, or compare with `i\"…\"`"),
    ("lcase", "write `lower(x)`, or compare with `i\"…\"`"),
    ("toupper", "compare with `i\"…\"`"),
    ("upper", "compare with `i\"…\"`, or use `lower(x)`"),
    ("length", "write `len(x)`"),
    ("strlen", "write `len(x)`"),
    ("size", "write `len(x)`"),
    ("dcount", "write `distinct(x)`"),
    ("cardinality", "write `distinct(x)`"),
    ("count_distinct", "write `distinct(x)`"),
    ("countif", "put the condition behind `where`, and count with `count()`"),
    ("now", "rules read no clock; every time comes from events"),
];

/// Words that begin a clause; a slip in one of them after a condition reads as an operator.
const CLAUSES: &[&str] = &[
    "and",
    "or",
    "where",
    "per",
    "when",
    "within",
    "dedup",
    "except",
    "then",
    "owner",
    "until",
    "severity",
    "attack",
    "title",
    "remediation",
    "references",
    "test",
    "else",
    "across",
    "every",
    "for",
    "by",
];

/// What to say about a word in operator place that is no operator.
pub(super) fn operator(word: &str) -> String {
    let plain = word.trim_start_matches('|').to_lowercase();
    if word.starts_with('|') && ops::operator(&plain).is_some() {
        return format!("Sigma's `{word}` is `{plain}` here");
    }
    if let Some((_, answer)) = OPERATORS.iter().find(|(w, _)| *w == plain || *w == word) {
        return (*answer).to_owned();
    }
    if plain != word && ops::operator(&plain).is_some() {
        return format!("operators are lower case: `{plain}`");
    }
    let ours = ops::OPERATORS.iter().map(|o| o.name).chain(["!=", "not", "??", "mod"]);
    if let Some(near) = nearest(word, ours) {
        return format!("did you mean `{near}`?");
    }
    if let Some(near) = nearest(&plain, OPERATORS.iter().map(|(w, _)| *w).filter(|w| w.len() > 3))
        && let Some((_, answer)) = OPERATORS.iter().find(|(w, _)| *w == near)
    {
        return (*answer).to_owned();
    }
    if let Some(near) = nearest(word, CLAUSES.iter().copied()) {
        return format!("did you mean `{near}`? a clause stands on a line of its own");
    }
    format!("operators are {}", all_operators())
}

/// What to say about a function that is none.
pub(super) fn function(word: &str) -> Option<String> {
    let plain = word.to_lowercase();
    if let Some((_, answer)) = FUNCTIONS.iter().find(|(w, _)| *w == plain) {
        return Some((*answer).to_owned());
    }
    let ours = ops::FUNCTIONS.iter().map(|f| f.name).chain(ops::AGGREGATES.iter().map(|a| a.name));
    if let Some(near) = nearest(&plain, ours) {
        return Some(format!("did you mean `{near}`?"));
    }
    let theirs = nearest(&plain, FUNCTIONS.iter().map(|(w, _)| *w))?;
    FUNCTIONS.iter().find(|(w, _)| *w == theirs).map(|(_, answer)| (*answer).to_owned())
}

fn all_operators() -> String {
    let words: Vec<String> = ops::OPERATORS.iter().map(|o| format!("`{}`", o.name)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, OPERATORS, function, operator};
    use crate::ops;

    #[test]
    fn tables_name_nothing_that_exists() {
        for (word, _) in OPERATORS {
            assert!(ops::operator(word).is_none(), "{word}");
        }
        for (word, _) in FUNCTIONS {
            assert!(ops::function(word).is_none() && ops::aggregate(word).is_none(), "{word}");
        }
    }

    #[test]
    fn answers() {
        assert_eq!(operator("|contains"), "Sigma's `|contains` is `contains` here");
        assert_eq!(operator("LIKE"), "operators are lower case: `like`");
        assert_eq!(operator("contians"), "did you mean `contains`?");
        assert!(operator("witin").starts_with("did you mean `within`?"), "{}", operator("witin"));
        assert!(operator("|re").contains("matches"));
        assert_eq!(function("lenn").as_deref(), Some("did you mean `len`?"));
        assert_eq!(function("quux"), None);
    }
}
