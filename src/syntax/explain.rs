//! What to say where the grammar failed: pest knows the place and the rules that it tried, the tokens around the place
//! tell the likely cause.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::build::Ctx;
use super::grammar::{Rule, expected};
use super::scan::{Kind, Token, brackets};
use super::words::{BODIES, Body, OPERATORS, RESERVED};
use crate::diag::{Diagnostic, codes};
use crate::suggest::nearest;
use crate::text::Span;

/// `(`, `[`, `{` or blocks nested too deep.
pub fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(codes::E0112, span, format!("nested more than {} deep", super::MAX_DEPTH))
        .help("name a part with `let`, or break the condition up")
}

/// A string without its second quote.
pub fn open_string(span: Span) -> Diagnostic {
    Diagnostic::error(codes::E0101, span, "the string is not closed")
        .here("begins here")
        .help("a string ends on its line with `\"`; a line end inside is `\\n`")
}

/// An opening bracket without its partner.
pub fn unclosed(span: Span, bracket: &str, line: usize) -> Diagnostic {
    let partner = match bracket {
        "(" => ")",
        "[" => "]",
        _ => "}",
    };
    Diagnostic::error(codes::E0101, span, format!("`{bracket}` of line {line} is not closed"))
        .here("opens here")
        .help(format!("add `{partner}`"))
}

/// Reports why `slice`, which begins at `ctx.base`, could not be parsed. `tokens` are those of the slice.
pub fn explain(ctx: &mut Ctx<'_>, slice: &str, tokens: &[Token], error: &Error<Rule>, body: Option<&Body>) {
    let diagnostic = Failure::new(ctx, slice, tokens, error, body).diagnose();
    ctx.report(diagnostic);
}

struct Failure<'a, 't> {
    ctx: &'a Ctx<'t>,
    slice: &'a str,
    tokens: Vec<Token>,
    /// Where pest could read no further.
    place: usize,
    rules: Vec<Rule>,
    body: Option<&'a Body>,
}

impl<'a, 't> Failure<'a, 't> {
    fn new(ctx: &'a Ctx<'t>, slice: &'a str, tokens: &[Token], error: &Error<Rule>, body: Option<&'a Body>) -> Self {
        let place = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let rules = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.clone(),
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        let tokens = tokens.iter().copied().filter(|t| t.kind != Kind::Comment).collect();
        Failure { ctx, slice, tokens, place, rules, body }
    }

    fn span(&self, token: &Token) -> Span {
        self.ctx.at(token.start, token.end)
    }

    fn diagnose(&self) -> Diagnostic {
        let pairs = brackets(self.slice, &self.tokens);
        if let Some(token) = pairs.too_deep {
            return too_deep(self.span(&token));
        }
        if let Some(token) = self.tokens.iter().find(|t| t.kind == Kind::OpenStr) {
            return open_string(self.span(token));
        }
        if let Some(token) = self.tokens.iter().find(|t| t.kind == Kind::OpenRegex && t.start <= self.place) {
            return Diagnostic::error(codes::E0101, self.span(token), "the regex is not closed")
                .here("begins here")
                .help("a regex ends on its line with `/`; a slash inside is written `\\/`");
        }
        let next = self.tokens.iter().position(|t| t.end > self.place);
        if let Some((close, open)) = pairs.misfit
            && next.is_none_or(|n| self.tokens[n].start >= close.start)
        {
            return self.misfit(&close, open.as_ref());
        }
        match next {
            Some(n) => self.at_token(n),
            None => match pairs.open.last() {
                Some(open) => {
                    let span = self.span(open);
                    unclosed(span, open.text(self.slice), self.ctx.line(span))
                }
                None => self.behind(self.tokens.len()),
            },
        }
    }

    fn misfit(&self, close: &Token, open: Option<&Token>) -> Diagnostic {
        let text = close.text(self.slice);
        match open {
            None => {
                Diagnostic::error(codes::E0101, self.span(close), format!("`{text}` closes nothing")).help("remove it")
            }
            Some(open) => {
                let opener = open.text(self.slice);
                Diagnostic::error(codes::E0101, self.span(close), format!("`{text}` does not close `{opener}`"))
                    .label(self.span(open), "opens here")
            }
        }
    }

    /// The failure is at a token.
    fn at_token(&self, n: usize) -> Diagnostic {
        let token = &self.tokens[n];
        let text = token.text(self.slice);
        let before = n.checked_sub(1).map(|i| &self.tokens[i]);
        if let Some(diagnostic) = self.foreign(token, text) {
            return diagnostic;
        }
        if text.starts_with(|c: char| c.is_alphabetic() && !c.is_ascii()) {
            let message = format!("`{text}` is not a letter of names");
            return Diagnostic::error(codes::E0122, self.span(token), message)
                .help("names are ASCII letters, digits and `_`; other text stands between double quotes");
        }
        if token.kind == Kind::Word
            && let Some(diagnostic) = self.word(token, text, before)
        {
            return diagnostic;
        }
        if let Some(diagnostic) = self.statement(n) {
            return diagnostic;
        }
        if token.first && before.is_some() && !self.clause_may_stand() && !self.expected().is_empty() {
            return self.behind(n);
        }
        let found = match token.kind {
            Kind::Str => "a string".to_owned(),
            _ => format!("`{text}`"),
        };
        let message = match self.expected() {
            list if list.is_empty() => format!("{found} does not stand here"),
            list => format!("expected {list}, found {found}"),
        };
        let diagnostic = Diagnostic::error(codes::E0102, self.span(token), message);
        match before {
            Some(b) if token.kind == Kind::Str && b.kind == Kind::Word && self.rules.contains(&Rule::infix) => {
                diagnostic.help(format!("write an operator between them: `{} == …`", b.text(self.slice)))
            }
            _ => diagnostic,
        }
    }

    /// Something is missing behind the token before `n`.
    fn behind(&self, n: usize) -> Diagnostic {
        let list = match self.expected() {
            list if list.is_empty() => "more".to_owned(),
            list => list,
        };
        let Some(last) = n.checked_sub(1).map(|i| &self.tokens[i]) else {
            return Diagnostic::error(codes::E0102, self.ctx.at(0, 0), format!("expected {list}"));
        };
        let text = last.text(self.slice);
        let word = last.kind == Kind::Word && n > 1 && !RESERVED.contains(&text);
        if word && self.value_may_stand() && !last.first {
            let diagnostic = Diagnostic::error(codes::E0102, self.span(last), format!("`{text}` is not an operator"));
            return match nearest(text, OPERATORS.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`")),
                None => diagnostic.help("an operator and a value follow, or the clause ends here"),
            };
        }
        let message = format!("expected {list} behind `{text}`");
        Diagnostic::error(codes::E0102, self.span(last), message)
    }

    /// Signs of other languages.
    fn foreign(&self, token: &Token, text: &str) -> Option<Diagnostic> {
        let help = match text {
            "'" => "strings stand between double quotes: `\"…\"`",
            "#" | ";" => "comments begin with `//`; nothing ends a line",
            "$" => "parameters and attributes are written without `$`",
            "===" => "write `==`",
            "/*" => "comments begin with `//` and end with their line",
            "->" | "=>" => "steps of a sequence are joined by `then`",
            "`" => "strings stand between double quotes: `\"…\"`",
            _ => return None,
        };
        let message = format!("`{text}` has no meaning here");
        Some(Diagnostic::error(codes::E0111, self.span(token), message).help(help))
    }

    /// A word that does not stand where it may.
    fn word(&self, token: &Token, text: &str, before: Option<&Token>) -> Option<Diagnostic> {
        let span = self.span(token);
        if self.rules.contains(&Rule::name) && RESERVED.contains(&text) && !token.first && !self.value_may_stand() {
            let message = format!("`{text}` is a word of the language and names nothing");
            return Some(Diagnostic::error(codes::E0122, span, message).help("choose another name"));
        }
        let body = self.body.filter(|_| self.clause_may_stand())?;
        let alone = token.first || before.is_none_or(|b| b.kind == Kind::Open);
        if let Some(other) = BODIES.iter().find(|b| b.clauses.contains(&text) && b.what != body.what) {
            let message = format!("`{text}` is a {} of {}, not of {}", other.clause, other.what, body.what);
            return Some(Diagnostic::error(codes::E0104, span, message).help(clause_list(body)));
        }
        let near = nearest(text, body.clauses.iter().copied());
        if near.is_none() && !alone {
            return None;
        }
        let message = format!("unknown {} `{text}` of {}", body.clause, body.what);
        let diagnostic = Diagnostic::error(codes::E0104, span, message);
        Some(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`")).fix(span, near),
            None => diagnostic.help(clause_list(body)),
        })
    }

    /// In a test, a word without braces is no event, perhaps a misspelt statement.
    fn statement(&self, n: usize) -> Option<Diagnostic> {
        let body = self.body.filter(|b| b.clause == "statement")?;
        let only_brace = self.rules.iter().all(|r| matches!(r, Rule::object | Rule::lbrace | Rule::COMMENT));
        let word =
            n.checked_sub(1).map(|i| &self.tokens[i]).filter(|t| t.kind == Kind::Word && t.first && only_brace)?;
        let text = word.text(self.slice);
        if body.clauses.contains(&text) {
            return None;
        }
        let span = self.span(word);
        let diagnostic = Diagnostic::error(codes::E0104, span, format!("unknown statement `{text}` of a test"));
        Some(match nearest(text, body.clauses.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`")).fix(span, near),
            None => diagnostic.help("an event is written `KIND { attribute: value }`"),
        })
    }

    fn clause_may_stand(&self) -> bool {
        self.body.is_some_and(|body| self.rules.iter().any(|r| begins_clause(*r, body)))
    }

    fn value_may_stand(&self) -> bool {
        self.rules.iter().any(|r| expected(*r).as_deref() == Some("a value"))
    }

    /// What was expected, as a list of at most four; empty where it is more or nothing.
    fn expected(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        let clause = self.body.filter(|_| self.clause_may_stand());
        for rule in &self.rules {
            match clause {
                Some(body) if begins_clause(*rule, body) => {}
                _ => names.extend(expected(*rule)),
            }
        }
        if let Some(body) = clause {
            names.push(format!("a {}", body.clause));
        }
        names.sort();
        names.dedup();
        if self.value_may_stand() {
            // Names, lists, strings and numbers are values.
            names.retain(|n| n == "a value" || n.starts_with('`') || n == "an operator");
        }
        match names.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [init @ .., last] if names.len() <= 4 => format!("{} or {last}", init.join(", ")),
            _ => String::new(),
        }
    }
}

/// Whether a rule begins a clause or statement of the body, or is the body.
fn begins_clause(rule: Rule, body: &Body) -> bool {
    if rule == body.rule {
        return true;
    }
    let name = format!("{rule:?}");
    body.clauses.contains(&name.trim_start_matches("k_"))
}

fn clause_list(body: &Body) -> String {
    let words: Vec<String> = body.clauses.iter().map(|c| format!("`{c}`")).collect();
    format!("{} takes {}", body.what, words.join(", "))
}
