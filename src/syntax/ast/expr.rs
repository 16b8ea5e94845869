//! Expressions. Precedence is resolved, brackets are gone (a flag remembers them for the printer), operators are the
//! words that were written: the checker looks them up in its one table.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::Name;
use crate::text::Span;
use crate::value::Time;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where; with the brackets around it, if it is bracketed.
    pub span: Span,
    /// What.
    pub kind: ExprKind,
    /// Whether it stood in brackets of its own; of interest to the printer only.
    pub bracketed: bool,
}

/// What an expression is. Nested at most [`MAX_DEPTH`](crate::syntax::MAX_DEPTH) deep.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `22`, `"x"`, `10.0.0.0/8`
    Literal(Literal),
    /// `src_endpoint.ip`, `root`, `resources[].uid`: attribute, binding, parameter, `let` or enum word
    Path(Path),
    /// `@own_accounts`
    List(Name),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `(a, b)`: at least two
    Tuple(Vec<Expr>),
    /// `count()`, `principal.surge(calls, sigma: 4)`
    Call {
        /// `count`, `principal.surge`: only names, no `[]`.
        callee: Path,
        /// What stands in the brackets.
        args: Vec<Arg>,
    },
    /// `parse_json(x).path`: parts read from what is no path
    Member {
        /// A call.
        base: Box<Expr>,
        /// At least one.
        parts: Vec<PathPart>,
    },
    /// `not x`, `has x`, `-x`
    Unary {
        /// Which.
        op: UnaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// On what.
        operand: Box<Expr>,
    },
    /// `a OP b` for every other operator, symbol or word, known or not
    Binary {
        /// The operator.
        op: OpToken,
        /// On its left.
        left: Box<Expr>,
        /// On its right.
        right: Box<Expr>,
    },
    /// `a..=b`, both ends in
    Range {
        /// The least.
        start: Box<Expr>,
        /// The greatest.
        end: Box<Expr>,
    },
    /// `a and b and …`: at least two
    And(Vec<Expr>),
    /// `a or b or …`: at least two
    Or(Vec<Expr>),
    /// `2 of (p, q, r)`
    SomeOf {
        /// How many must hold.
        count: i64,
        /// Where the number stands.
        count_span: Span,
        /// At least one.
        conditions: Vec<Expr>,
    },
    /// `any c in (a, b): …`
    Quantified {
        /// `any`, `all` or `none`.
        quantifier: Quantifier,
        /// What an element is called.
        name: Name,
        /// The lists, joined; at least one.
        sources: Vec<Expr>,
        /// What must hold of the element.
        body: Box<Expr>,
    },
}

/// A prefix operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `has`
    Has,
    /// `-`
    Neg,
}

impl UnaryOp {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            UnaryOp::Not => "not",
            UnaryOp::Has => "has",
            UnaryOp::Neg => "-",
        }
    }
}

/// An infix operator as written: `==`, `contains`, `not in`, `|contains`. May be unknown to the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpToken {
    /// Symbol or word, without `not`.
    pub text: Arc<str>,
    /// Whether `not` stands before it.
    pub negated: bool,
    /// Where, with `not`.
    pub span: Span,
}

/// Which of the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// At least one.
    Any,
    /// Every one.
    All,
    /// Not one.
    None,
}

impl Quantifier {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Quantifier::Any => "any",
            Quantifier::All => "all",
            Quantifier::None => "none",
        }
    }
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The whole argument.
    pub span: Span,
    /// `sigma` of `sigma: 4`.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// `api.request.data."x-amz-acl"[0]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The whole path.
    pub span: Span,
    /// The first word (quoted perhaps in the event of a test).
    pub head: Name,
    /// What follows.
    pub tail: Vec<PathPart>,
}

impl Path {
    /// The word, if the path is one word.
    #[must_use]
    pub fn as_word(&self) -> Option<&Name> {
        self.tail.is_empty().then_some(&self.head)
    }

    /// The path as it is printed: parts that are no plain words in quotes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        push_name(&mut out, &self.head.text);
        for part in &self.tail {
            match part {
                PathPart::Name(name) => {
                    out.push('.');
                    push_name(&mut out, &name.text);
                }
                PathPart::Each(_) => out.push_str("[]"),
                PathPart::Index { index, .. } => out.push_str(&format!("[{index}]")),
            }
        }
        out
    }
}

fn push_name(out: &mut String, name: &str) {
    if is_word(name) {
        out.push_str(name);
    } else {
        out.push_str(&quote(name));
    }
}

/// Whether a text is an ASCII word: a letter or `_`, then letters, digits, `_`.
#[must_use]
pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A text as a string literal of the language.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || super::super::is_bidi_control(c) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A part of a path behind the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPart {
    /// `.name`, `."quoted name"`
    Name(Name),
    /// `[]`: every element
    Each(Span),
    /// `[0]`: one element, from 0
    Index {
        /// With the brackets.
        span: Span,
        /// Which.
        index: u32,
    },
}

impl PathPart {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            PathPart::Name(name) => name.span,
            PathPart::Each(span) | PathPart::Index { span, .. } => *span,
        }
    }
}

/// A literal with its value. How it was spelled is in the text under the span of its expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `true`
    Bool(bool),
    /// `1_000`
    Int(i64),
    /// `3.5`
    Float(f64),
    /// `100MB`: an integer, in bytes
    Size(i64),
    /// `1%`: a float, as a fraction (0.01)
    Percent(f64),
    /// `1h30m`, in milliseconds
    Duration(i64),
    /// `500km`, in metres
    Distance(i64),
    /// `2026-01-31T10:00:00Z`
    Instant(Time),
    /// `2027-03-01`: its midnight UTC
    Date(Time),
    /// `10:00`, in milliseconds since midnight
    Clock(i64),
    /// `10.0.0.1`; `::ffff:a.b.c.d` is `a.b.c.d`
    Ip(IpAddr),
    /// `10.0.0.0/8`, as written (host bits may be set)
    Cidr(IpNet),
    /// `"…"`, `r"…"`, and `i"…"` which compares without case
    String {
        /// Escapes resolved.
        text: Arc<str>,
        /// Whether it was `i"…"`.
        ignore_case: bool,
    },
    /// `/…/`, `/…/i`; not compiled yet
    Regex {
        /// What stands between the slashes, `\/` being `/`.
        pattern: Arc<str>,
        /// Whether flag `i` stands.
        ignore_case: bool,
    },
}
