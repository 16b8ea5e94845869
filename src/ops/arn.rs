//! Amazon Resource Names and account ids. `.service .region .account .resource` on an `arn` are these functions.

use super::Sample::{Absent, Int, Text};
use super::arithmetic::arg;
use super::types::text;
use super::{Example, Function};
use crate::value::{Arena, Type, Val};

const ROLE: super::Sample = Text("arn:aws:iam::123456789012:role/ops/Deploy");

/// `account_of(arn or id)`
pub static ACCOUNT_OF: Function = Function {
    name: "account_of",
    doc: "the account of 12 digits that an ARN names, or that a text or number of a document is; else absent",
    params: &["arn or account"],
    check: |types| match types {
        [Type::Int] => Ok(Type::String),
        [t] if text(t) => Ok(Type::String),
        _ => Err("`account_of` takes an ARN or an account id".to_owned()),
    },
    examples: &[
        Example {
            code: "account_of(\"arn:aws:iam::123456789012:role/ops/Deploy\")",
            args: &[ROLE],
            result: Text("123456789012"),
        },
        Example { code: "account_of(\"123456789012\")", args: &[Text("123456789012")], result: Text("123456789012") },
        Example { code: "account_of(12345678901)", args: &[Int(12_345_678_901)], result: Text("012345678901") },
        Example { code: "account_of(\"*\")", args: &[Text("*")], result: Absent },
    ],
    eval: |args, arena| account(arg(args, 0), arena).map_or(Val::Absent, Val::Str),
};

/// `.service`
pub static ARN_SERVICE: Function = Function {
    name: "arn_service",
    doc: "the service of an ARN: `iam`",
    params: &["arn"],
    check: |types| one_arn("service", types),
    examples: &[Example { code: "actor.principal.service", args: &[ROLE], result: Text("iam") }],
    eval: |args, _| part(arg(args, 0), 2),
};

/// `.region`
pub static ARN_REGION: Function = Function {
    name: "arn_region",
    doc: "the region of an ARN; absent of global services",
    params: &["arn"],
    check: |types| one_arn("region", types),
    examples: &[
        Example { code: "actor.principal.region", args: &[ROLE], result: Absent },
        Example {
            code: "x.region",
            args: &[Text("arn:aws:lambda:eu-west-1:123456789012:function:f")],
            result: Text("eu-west-1"),
        },
    ],
    eval: |args, _| part(arg(args, 0), 3),
};

/// `.account`
pub static ARN_ACCOUNT: Function = Function {
    name: "arn_account",
    doc: "the account of an ARN; absent where it names none (`arn:aws:s3:::bucket`)",
    params: &["arn"],
    check: |types| one_arn("account", types),
    examples: &[
        Example { code: "actor.principal.account", args: &[ROLE], result: Text("123456789012") },
        Example { code: "x.account", args: &[Text("arn:aws:s3:::bucket")], result: Absent },
    ],
    eval: |args, _| part(arg(args, 0), 4),
};

/// `.resource`
pub static ARN_RESOURCE: Function = Function {
    name: "arn_resource",
    doc: "what an ARN names within its account, colons included: `role/ops/Deploy`, `function:f`",
    params: &["arn"],
    check: |types| one_arn("resource", types),
    examples: &[Example { code: "actor.principal.resource", args: &[ROLE], result: Text("role/ops/Deploy") }],
    eval: |args, _| part(arg(args, 0), 5),
};

fn one_arn(name: &str, types: &[Type]) -> Result<Type, String> {
    match types {
        [t] if text(t) => Ok(Type::String),
        _ => Err(format!("`.{name}` is a part of an ARN")),
    }
}

/// A non-empty part of an ARN: 2 service, 3 region, 4 account, 5 resource.
pub(super) fn arn_part(arn: &str, n: usize) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    (parts.next() == Some("arn")).then_some(())?;
    parts.nth(n - 1).filter(|p| !p.is_empty())
}

fn part<'a>(value: Val<'a>, n: usize) -> Val<'a> {
    value.as_str().and_then(|arn| arn_part(arn, n)).map_or(Val::Absent, Val::Str)
}

/// Whether a text is an account id.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The account id that a text is or that an ARN names.
pub(super) fn account_text(text: &str) -> Option<&str> {
    if is_account(text) { Some(text) } else { arn_part(text, 4).filter(|a| is_account(a)) }
}

fn account<'a>(value: Val<'a>, arena: &'a Arena) -> Option<&'a str> {
    match value {
        Val::Str(s) => account_text(s),
        // A document's number has lost its leading zeros.
        Val::Int(n @ 1..=999_999_999_999) => Some(arena.alloc_str(&format!("{n:012}"))),
        _ => None,
    }
}
