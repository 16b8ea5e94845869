//! Literals, brought to the type they stand opposite to.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::model::{Expr, ExprKind};
use super::{Checker, Res};
use crate::diag::{Diagnostic, codes};
use crate::suggest::nearest;
use crate::syntax::ast::{Literal, quote};
use crate::text::Span;
use crate::value::{Time, Type, Value};

/// Longest name that DNS knows.
const MAX_DOMAIN: usize = 253;

impl Checker<'_> {
    /// A literal, where a value of type `want` stands opposite.
    pub(super) fn literal(&mut self, literal: &Literal, span: Span, want: Option<&Type>) -> Res<Expr> {
        let want = want.map(|t| if let Type::List(inner) = t { inner } else { t });
        let (value, ty) = match literal {
            Literal::Bool(b) => (Value::Bool(*b), Type::Bool),
            Literal::Int(n) | Literal::Size(n) => {
                self.wants_text(span, want)?;
                (Value::Int(*n), Type::Int)
            }
            Literal::Float(x) | Literal::Percent(x) => (Value::Float(*x), Type::Float),
            Literal::Duration(ms) => (Value::Duration(*ms), Type::Duration),
            Literal::Instant(t) | Literal::Date(t) => (Value::Time(*t), Type::Time),
            Literal::Ip(ip) => (Value::Ip(*ip), Type::Ip),
            Literal::Cidr(net) => (Value::Net(self.network(*net, span)?), Type::Cidr),
            Literal::Distance(_) => {
                return self.fail(
                    codes::E0312,
                    span,
                    "a distance stands only behind `beyond:`",
                    "write `speed(location, beyond: 500km)`",
                );
            }
            Literal::Clock(_) => {
                return self.fail(
                    codes::E0312,
                    span,
                    "a clock time stands only behind `at`, in a test",
                    "the hour of a time is `hour(time)`: `hour(time) in [22..=23, 0..=6]`",
                );
            }
            Literal::Regex { .. } => {
                return self.fail(codes::E0312, span, "a regex stands only behind `matches`", "write `x matches /…/`");
            }
            Literal::String { text, ignore_case: true } => return self.caseless(text, span, want),
            Literal::String { text, ignore_case: false } => self.string(text, span, want)?,
        };
        Ok(self.node(ExprKind::Const(value), ty, span))
    }

    /// A network without host bits.
    pub(super) fn network(&mut self, net: IpNet, span: Span) -> Res<IpNet> {
        if net.addr() == net.network() {
            return Ok(net);
        }
        let masked = net.trunc();
        let message = format!("`{net}` is an address within a network, not a network");
        let help = format!("the network is `{masked}`, the address alone `{}`", net.addr());
        Err(self.report(Diagnostic::error(codes::E0307, span, message).help(help).fix(span, masked.to_string())))
    }

    fn caseless(&mut self, text: &Arc<str>, span: Span, want: Option<&Type>) -> Res<Expr> {
        match want {
            Some(Type::Enum(_)) => {
                let help = format!("write `{}`", text.to_lowercase());
                self.fail(codes::E0312, span, "words of an enum are lower case already", help)
            }
            Some(Type::Domain | Type::Hash) => {
                let help = format!("write `{}`", quote(&text.to_lowercase()));
                self.fail(codes::E0312, span, "domains and hashes are lower case already", help)
            }
            Some(Type::Ip | Type::Cidr | Type::Int | Type::Float | Type::Bool | Type::Time | Type::Duration) => {
                self.string(text, span, want).map(|(v, ty)| self.node(ExprKind::Const(v), ty, span))
            }
            _ => Ok(self.node(ExprKind::Caseless(text.to_lowercase().into()), Type::String, span)),
        }
    }

    /// Text where `want` stands opposite.
    pub(super) fn string(&mut self, text: &Arc<str>, span: Span, want: Option<&Type>) -> Res<(Value, Type)> {
        let no = |what: &str, help: String| (format!("{} is text, and {what} stands opposite", quote(text)), help);
        let (message, help) = match want {
            Some(Type::Enum(words)) => return self.enum_word(text, span, words),
            Some(Type::Domain) => {
                let name = self.domain(text, span)?;
                return Ok((Value::Str(name), Type::Domain));
            }
            Some(Type::Hash) => {
                let hash = text.to_lowercase();
                if matches!(hash.len(), 32 | 40 | 64) && hash.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Ok((Value::str(hash), Type::Hash));
                }
                no("a hash", "a hash is 32 (MD5), 40 (SHA-1) or 64 (SHA-256) hex digits".to_owned())
            }
            Some(Type::Ip | Type::Cidr) => {
                let help = if text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok() {
                    format!("addresses and networks have no quotes: `{text}`")
                } else {
                    "addresses and networks are written so: `10.0.0.1`, `in 10.0.0.0/8`".to_owned()
                };
                no("an address", help)
            }
            Some(Type::Int | Type::Float) => {
                let bare = text.parse::<f64>().is_ok();
                no("a number", if bare { format!("write `{text}`") } else { "write a number".to_owned() })
            }
            Some(Type::Bool) => no("`true` or `false`", "write `true` or `false`, without quotes".to_owned()),
            Some(Type::Time) => match Time::parse(text) {
                Some(t) => no("a time", format!("write `{}`", t.to_rfc3339())),
                None => no("a time", "times are written so: `2026-01-31T10:00:00Z`".to_owned()),
            },
            Some(Type::Duration) => no("a duration", "durations are written so: `90s`, `1h30m`".to_owned()),
            _ => return Ok((Value::Str(text.clone()), Type::String)),
        };
        self.fail(codes::E0301, span, message, help)
    }

    /// One of the words of an enum.
    pub(super) fn enum_word(&mut self, word: &str, span: Span, words: &[String]) -> Res<(Value, Type)> {
        if words.iter().any(|w| w == word) {
            return Ok((Value::str(word), Type::Enum(words.to_vec().into())));
        }
        let lower = word.to_lowercase();
        let near = words
            .iter()
            .find(|w| **w == lower)
            .map(String::as_str)
            .or_else(|| nearest(word, words.iter().map(String::as_str)));
        let all = words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" ");
        let mut diagnostic =
            Diagnostic::error(codes::E0202, span, format!("`{word}` is none of the words of this attribute"));
        diagnostic = match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`? its words are {all}")).fix(span, near),
            None => diagnostic.help(format!("its words are {all}")),
        };
        Err(self.report(diagnostic))
    }

    /// A domain name in its canonical form: lower case, A-labels, no final dot; perhaps with `*.` before it.
    pub(super) fn domain(&mut self, text: &str, span: Span) -> Res<Arc<str>> {
        let (star, name) = text.strip_prefix("*.").map_or(("", text), |n| ("*.", n));
        let name = name.strip_suffix('.').unwrap_or(name);
        let bad = name.is_empty()
            || name.len() > MAX_DOMAIN
            || name.split('.').any(str::is_empty)
            || name.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':' | '*' | '@' | '?'));
        let ascii = if bad { None } else { idna::domain_to_ascii(name).ok() };
        // Names in logs may hold what host names may not (`_dmarc`); those stay as they are.
        let canonical = match ascii {
            Some(ascii) => ascii,
            None if !bad && name.is_ascii() => name.to_ascii_lowercase(),
            None => {
                let help = match name.split_once("://") {
                    Some((_, rest)) => format!("the name alone: {}", quote(rest.split('/').next().unwrap_or(rest))),
                    None => "labels with dots between them: `\"example.com\"`".to_owned(),
                };
                return self.fail(codes::E0313, span, format!("{} is no domain name", quote(text)), help);
            }
        };
        Ok(format!("{star}{canonical}").into())
    }

    /// A number opposite to text: account ids and the like are text.
    fn wants_text(&mut self, span: Span, want: Option<&Type>) -> Res<()> {
        let Some(Type::String | Type::Arn | Type::Domain | Type::Hash) = want else { return Ok(()) };
        let text = self.text(span);
        let help = format!("write `{}`", quote(text));
        let message = format!("`{text}` is a number, and text stands opposite");
        Err(self.report(Diagnostic::error(codes::E0301, span, message).help(help).fix(span, quote(text))))
    }
}
