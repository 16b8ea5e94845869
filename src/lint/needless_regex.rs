//! A regex that is only a text: `contains`, `startswith`, `endswith` or `==` say it and are faster.

use super::{Cx, Lint, clauses, page};
use crate::check::model::{Expr, ExprKind};
use crate::diag::{Diagnostic, Level};
use crate::syntax::ast::quote;
use crate::text::Span;
use crate::value::Type;

/// A regex where a prefix, suffix or part serves.
pub static LINT: Lint = Lint {
    name: "needless-regex",
    title: "a regex where a prefix, suffix or part serves",
    page: page!("needless-regex"),
    level: Level::Warning,
    run,
};

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    clauses::visit(cx.model, &mut |expr, _| {
        let ExprKind::Op(op, left, right) = &expr.kind else { return };
        let ExprKind::Regex(pattern, caseless) = &right.kind else { return };
        if op.name == "matches"
            && let Some((op, text)) = plain(pattern)
        {
            out.push(told(cx, expr, left, right, op, &text, *caseless));
        }
    });
    out
}

fn told(cx: &Cx<'_>, whole: &Expr, left: &Expr, right: &Expr, op: &str, text: &str, caseless: bool) -> Diagnostic {
    // Domains and hashes are lower case already.
    let lower = matches!(left.ty, Type::Domain | Type::Hash);
    let literal = match (caseless, lower) {
        (true, false) => format!("i{}", quote(text)),
        (true, true) => quote(&text.to_lowercase()),
        (false, _) => quote(text),
    };
    let between = Span { start: left.span.end, end: right.span.start, ..left.span };
    let words = cx.sources.slice(between);
    let negated = words.split_whitespace().any(|w| w == "not");
    let written = match (op, negated) {
        ("==", true) => "!=".to_owned(),
        (op, true) => format!("not {op}"),
        (op, false) => op.to_owned(),
    };
    let diagnostic = LINT
        .at(whole.span, "this regex is only a text")
        .help(format!("write `{written} {literal}`, which reads better and is faster"));
    match words.find(if negated { "not" } else { "matches" }) {
        Some(at) => {
            let start = between.start + u32::try_from(at).unwrap_or(0);
            diagnostic.fix(Span { start, end: right.span.end, ..between }, format!("{written} {literal}"))
        }
        None => diagnostic,
    }
}

/// The operator and text that say the same as a pattern, if they do.
fn plain(pattern: &str) -> Option<(&'static str, String)> {
    let (start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    // A `$` behind an odd number of backslashes is a character.
    let escapes = rest.strip_suffix('$').map(|r| r.len() - r.trim_end_matches('\\').len());
    let (end, mut rest) = match (rest.strip_suffix('$'), escapes) {
        (Some(body), Some(n)) if n % 2 == 0 => (true, body),
        _ => (false, rest),
    };
    if !start {
        // `.` is no line end, but it need not match one where the pattern may begin anywhere.
        rest = rest.strip_prefix(".*").unwrap_or(rest);
    }
    if !end {
        let cut = rest.strip_suffix(".*").filter(|r| !r.ends_with('\\'));
        rest = cut.unwrap_or(rest);
    }
    let text = unescaped(rest).filter(|t| !t.is_empty())?;
    let op = match (start, end) {
        (true, true) => "==",
        (true, false) => "startswith",
        (false, true) => "endswith",
        (false, false) => "contains",
    };
    Some((op, text))
}

/// The text that a pattern without any special part stands for.
fn unescaped(pattern: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(char::is_ascii_punctuation)?),
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn says_the_same_as_the_regex() {
        let samples = ["abc", "xabc", "abcx", "a.c", "xa.cx", "a$", "", "ABC", "a\\"];
        for pattern in ["abc", "^abc", "abc$", "^abc$", r"a\.c", r"^a\.c$", ".*abc", "abc.*", r"a\$", r"a\\", r"a\\$"] {
            let (op, text) = plain(pattern).unwrap_or_else(|| panic!("{pattern} is plain"));
            let regex = regex::Regex::new(pattern).expect("a regex");
            for sample in samples {
                let said = match op {
                    "==" => sample == text,
                    "startswith" => sample.starts_with(&text),
                    "endswith" => sample.ends_with(&text),
                    _ => sample.contains(&text),
                };
                assert_eq!(said, regex.is_match(sample), "{pattern} over {sample:?}");
            }
        }
        for pattern in ["a.c", "a|b", "(abc)", "[ab]", r"\d", "^.*abc$", "a+", "", "^$", r"abc\.*"] {
            assert_eq!(plain(pattern), None, "{pattern}");
        }
    }
}
