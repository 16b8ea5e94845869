//! A value that an attribute can never hold: a service without its domain, upper case in a domain name, an account
//! that is not 12 digits, a port above 65535.

use super::{Cx, Lint, clauses, page};
use crate::check::model::{Expr, ExprKind, Input};
use crate::diag::{Diagnostic, Level};
use crate::syntax::ast::quote;
use crate::value::{Type, Value};

/// A value that an attribute can never hold.
pub static LINT: Lint = Lint {
    name: "impossible-value",
    title: "a value that an attribute can never hold",
    page: page!("impossible-value"),
    level: Level::Warning,
    run,
};

/// API groups of Kubernetes without a dot, which a service name may be too.
const BARE_GROUPS: &[&str] = &["", "apps", "batch", "autoscaling", "policy", "extensions"];

fn run(cx: &Cx<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    clauses::visit(cx.model, &mut |expr, inputs| {
        if let ExprKind::Op(op, left, right) = &expr.kind {
            values(cx, op.name, left, right, inputs, &mut out);
        }
    });
    out
}

fn values(cx: &Cx<'_>, op: &str, left: &Expr, right: &Expr, inputs: &[Input], out: &mut Vec<Diagnostic>) {
    match &right.kind {
        ExprKind::ListOf(items) => items.iter().for_each(|item| values(cx, op, left, item, inputs, out)),
        ExprKind::Range(a, b) => [a, b].into_iter().for_each(|e| values(cx, op, left, e, inputs, out)),
        ExprKind::Const(value) => {
            if let Some((message, help)) = impossible(cx, op, left, value, inputs) {
                out.push(LINT.at(right.span, message).help(help));
            }
        }
        _ => {}
    }
}

/// What is compared, by the last words of its name.
fn name(cx: &Cx<'_>, left: &Expr) -> String {
    match &left.kind {
        ExprKind::Attr(a) => {
            let mut name = cx.vocabulary.attr(a.class, a.attr).name.to_string();
            for step in &a.steps {
                if let crate::value::json::Step::Key(key) = step {
                    name.push('.');
                    name.push_str(key);
                }
            }
            name
        }
        ExprKind::Call(f, _) => match f.name {
            "arn_account" | "account_of" => "account.uid".to_owned(),
            _ => String::new(),
        },
        _ => cx.sources.slice(left.span).to_owned(),
    }
}

fn impossible(cx: &Cx<'_>, op: &str, left: &Expr, value: &Value, inputs: &[Input]) -> Option<(String, String)> {
    let name = name(cx, left);
    let whole = matches!(op, "==" | "in" | "differs from");
    let ty = match &left.ty {
        Type::List(inner) => inner,
        other => other,
    };
    match value {
        Value::Int(n) => number(&name, *n, op),
        Value::Str(text) => by_type(ty, text, op, whole).or_else(|| match ty {
            Type::String => by_name(cx, left, &name, text, whole, inputs),
            _ => None,
        }),
        _ => None,
    }
}

fn number(name: &str, n: i64, op: &str) -> Option<(String, String)> {
    let (what, most) = if name == "port" || name.ends_with(".port") {
        ("a port", 65_535)
    } else if name.ends_with("protocol_num") {
        ("a protocol number", 255)
    } else {
        return None;
    };
    let fine = match op {
        "<" | "<=" | ">" | ">=" => (-1..=most + 1).contains(&n),
        _ => (0..=most).contains(&n),
    };
    (!fine).then(|| (format!("{what} is 0 to {most}, never {n}"), format!("write a number from 0 to {most}")))
}

fn by_type(ty: &Type, text: &str, op: &str, whole: bool) -> Option<(String, String)> {
    let odd = |c: char| c.is_whitespace() || matches!(c, '/' | ':' | '@');
    match ty {
        Type::Domain if text.chars().any(odd) => Some((
            format!("a domain name never holds {}", quote(text)),
            "write labels with dots between them: `\"example.com\"`".to_owned(),
        )),
        Type::Domain if whole && text.starts_with("*.") => Some((
            format!("a domain name is never {}: `*` is no wildcard here", quote(text)),
            format!("write `under {}`", quote(text)),
        )),
        Type::Domain | Type::Hash if text.chars().any(char::is_uppercase) => {
            let what = if *ty == Type::Hash { "a hash" } else { "a domain name" };
            let message = format!("{what} is lower case here, so it never holds {}", quote(text));
            Some((message, format!("write {}", quote(&text.to_lowercase()))))
        }
        Type::Hash if !text.bytes().all(|b| b.is_ascii_hexdigit() || (op == "like" && matches!(b, b'*' | b'?'))) => {
            Some((format!("a hash never holds {}", quote(text)), "a hash has the digits 0 to 9 and a to f".to_owned()))
        }
        Type::Arn
            if matches!(op, "==" | "in" | "startswith") && !"arn:".starts_with(text) && !text.starts_with("arn:") =>
        {
            Some((
                format!("an ARN begins with `arn:`, never with {}", quote(text)),
                "write the whole ARN, or `.account`, `.resource` of it".to_owned(),
            ))
        }
        _ => None,
    }
}

fn by_name(
    cx: &Cx<'_>,
    left: &Expr,
    name: &str,
    text: &str,
    whole: bool,
    inputs: &[Input],
) -> Option<(String, String)> {
    let blank = text.chars().any(char::is_whitespace);
    if name.ends_with("account.uid") || name.ends_with("account_uid") || name == "account" {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let account = text.len() == 12 && digits.len() == 12;
        // Kinds of calls that have no account say so in capitals.
        let word = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && !text.is_empty();
        if (whole && !account && !word) || blank {
            let help = if digits.len() == 12 {
                format!("write {}", quote(&digits))
            } else {
                "write its 12 digits, as text".to_owned()
            };
            return Some((format!("an account id is 12 digits, never {}", quote(text)), help));
        }
    }
    if name == "api.operation" && blank {
        let joined: String = text.split_whitespace().collect();
        let message = format!("the name of an operation has no blanks, so it is never {}", quote(text));
        return Some((message, format!("write {}", quote(&joined))));
    }
    if name == "api.service.name" && whole {
        return service(cx, left, text, inputs);
    }
    if name.ends_with("cloud.region") && (blank || text.chars().any(|c| c.is_uppercase() || c == '_')) {
        let message = format!("a region is lower case with hyphens, never {}", quote(text));
        return Some((message, "write it as in `\"eu-west-1\"`".to_owned()));
    }
    None
}

/// `"iam"` for `"iam.amazonaws.com"`.
fn service(cx: &Cx<'_>, left: &Expr, text: &str, inputs: &[Input]) -> Option<(String, String)> {
    let ExprKind::Attr(attr) = &left.kind else { return None };
    let kind = inputs.get(attr.input)?.kind;
    let mut sources = cx.vocabulary.sources_of(kind).map(|s| cx.vocabulary.source(s).name.as_ref());
    let aws = sources.any(|s| s == "cloudtrail");
    let others = cx.vocabulary.sources_of(kind).count() > 1;
    if !aws || text.contains('.') || (others && BARE_GROUPS.contains(&text)) {
        return None;
    }
    let full = format!("{}.amazonaws.com", text.to_lowercase());
    Some((
        format!("CloudTrail names a service by its domain, never {}", quote(text)),
        format!("write {}", quote(&full)),
    ))
}
