//! What a policy grants: AWS policy documents (bucket, key, queue, topic, role trust, repository policies), S3 ACLs
//! and canned ACLs, as JSON, as JSON inside a text, or percent-encoded. A `Deny` elsewhere in the document is not
//! weighed, as in Amazon's own definition of "public": what is granted is what an attacker wrote.

use super::Sample::{Absent, Bool, Json as Doc, List, Text};
use super::arithmetic::arg;
use super::arn::account_text;
use super::policy_conditions::{named_accounts, narrows};
use super::texts::document;
use super::types::text;
use super::{Example, Function};
use crate::value::{Arena, Json, Type, Val};

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// How many principals of one document `granted_accounts` gives at most; a policy of 20 KiB holds no more.
const MAX_ACCOUNTS: usize = 1000;

/// `grants_public(policy)`
pub static GRANTS_PUBLIC: Function = Function {
    name: "grants_public",
    doc: "whether a policy document, an S3 access control list or a canned ACL lets anybody in: an `Allow` for `*` (or \
          for all but some) that no condition narrows to known accounts, organisations, networks or sources, or a grant \
          to AllUsers; absent if it is none of these",
    params: &["policy"],
    check: |types| one_document("grants_public", types).map(|()| Type::Bool),
    examples: &[
        Example {
            code: "grants_public(api.request.data.bucketPolicy)",
            args: &[Doc(r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject"}}"#)],
            result: Bool(true),
        },
        Example {
            code: "grants_public(api.request.data.bucketPolicy)",
            args: &[Doc(
                r#"{"Statement":[{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}"#,
            )],
            result: Bool(false),
        },
        Example {
            code: "grants_public(api.request.data.policy)",
            args: &[Text(r#"{"Statement":[{"Effect":"Allow","Principal":"*"}]}"#)],
            result: Bool(true),
        },
        Example { code: "grants_public(\"public-read\")", args: &[Text("public-read")], result: Bool(true) },
        Example { code: "grants_public(\"private\")", args: &[Text("private")], result: Bool(false) },
        Example { code: "grants_public(\"hello\")", args: &[Text("hello")], result: Absent },
    ],
    eval: |args, arena| verdict(arg(args, 0), Group::Everyone, arena).map_or(Val::Absent, Val::Bool),
};

/// `grants_authenticated(acl)`
pub static GRANTS_AUTHENTICATED: Function = Function {
    name: "grants_authenticated",
    doc: "whether an S3 access control list or a canned ACL lets in anybody with an AWS account (AuthenticatedUsers); \
          absent if it is none of these",
    params: &["acl"],
    check: |types| one_document("grants_authenticated", types).map(|()| Type::Bool),
    examples: &[
        Example {
            code: "grants_authenticated(api.request.data.AccessControlPolicy)",
            args: &[Doc(
                r#"{"AccessControlList":{"Grant":{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},"Permission":"READ"}}}"#,
            )],
            result: Bool(true),
        },
        Example { code: "grants_authenticated(\"public-read\")", args: &[Text("public-read")], result: Bool(false) },
    ],
    eval: |args, arena| verdict(arg(args, 0), Group::Authenticated, arena).map_or(Val::Absent, Val::Bool),
};

/// `granted_accounts(policy)`
pub static GRANTED_ACCOUNTS: Function = Function {
    name: "granted_accounts",
    doc: "the accounts of 12 digits that a policy document's `Allow` statements name, and `*` where it lets anybody in; \
          absent if it is no policy document",
    params: &["policy"],
    check: |types| one_document("granted_accounts", types).map(|()| Type::list(Type::String)),
    examples: &[
        Example {
            code: "granted_accounts(api.request.data.bucketPolicy)",
            args: &[Doc(
                r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","444455556666"]}}]}"#,
            )],
            result: List(&[Text("111122223333"), Text("444455556666")]),
        },
        Example {
            code: "granted_accounts(api.request.data.bucketPolicy)",
            args: &[Doc(r#"{"Statement":{"Effect":"Allow","Principal":"*"}}"#)],
            result: List(&[Text("*")]),
        },
    ],
    eval: |args, arena| {
        let mut out = bumpalo::collections::Vec::new_in(arena);
        if !accounts(arg(args, 0), arena, &mut out) {
            return Val::Absent;
        }
        Val::List(out.into_bump_slice())
    },
};

fn one_document(name: &str, types: &[Type]) -> Result<(), String> {
    match types {
        [Type::List(_)] => Ok(()),
        [t] if text(t) => Ok(()),
        _ => Err(format!("`{name}` takes a document: `{name}(api.request.data.bucketPolicy)`")),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Group {
    Everyone,
    Authenticated,
}

/// Any element's verdict; nothing if none has one.
fn either(verdicts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    verdicts.flatten().fold(None, |acc, v| Some(acc.unwrap_or(false) || v))
}

fn verdict<'a>(value: Val<'a>, group: Group, arena: &'a Arena) -> Option<bool> {
    match value {
        Val::Str(s) => canned(s, group).or_else(|| json_verdict(document(s, arena)?, group)),
        Val::Json(json) => json_verdict(json, group),
        Val::List(items) => either(items.iter().map(|v| match v {
            Val::List(_) => None,
            v => verdict(*v, group, arena),
        })),
        _ => None,
    }
}

fn json_verdict<'a>(json: &'a Json<'a>, group: Group) -> Option<bool> {
    match json {
        Json::Str(s) => canned(s, group),
        Json::Array(items) => either(items.iter().map(|item| match item {
            Json::Array(_) => None,
            item => json_verdict(item, group),
        })),
        Json::Object(_) if json.get("Statement").is_some() || json.get("Effect").is_some() => {
            Some(group == Group::Everyone && statements(json).any(|s| is_public(s)))
        }
        Json::Object(_) => grants(json).map(|mut grants| grants.any(|grant| to_group(grant, group))),
        _ => None,
    }
}

/// A canned ACL (`x-amz-acl`), or the value of an `x-amz-grant-…` header.
fn canned(text: &str, group: Group) -> Option<bool> {
    match text {
        "public-read" | "public-read-write" => Some(group == Group::Everyone),
        "authenticated-read" => Some(group == Group::Authenticated),
        "private" | "aws-exec-read" | "bucket-owner-read" | "bucket-owner-full-control" | "log-delivery-write" => {
            Some(false)
        }
        _ if ["uri=", "id=", "emailAddress="].iter().any(|p| text.starts_with(p)) => Some(text.contains(match group {
            Group::Everyone => ALL_USERS,
            Group::Authenticated => AUTHENTICATED_USERS,
        })),
        _ => None,
    }
}

/// One or many: an array's elements, else the value itself.
pub(super) fn each<'a>(json: &'a Json<'a>) -> impl Iterator<Item = &'a Json<'a>> {
    match json {
        Json::Array(items) => items.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

/// The statements of a policy document, or the statement that the document is.
fn statements<'a>(policy: &'a Json<'a>) -> impl Iterator<Item = &'a Json<'a>> {
    each(policy.get("Statement").unwrap_or(policy))
}

fn allows(statement: &Json<'_>) -> bool {
    statement.get("Effect") == Some(&Json::Str("Allow"))
}

/// Whom an `Allow` statement names: the strings of `Principal` itself or of its `AWS`.
fn principals<'a>(statement: &'a Json<'a>) -> impl Iterator<Item = &'a str> {
    let named = statement.get("Principal").map(|p| p.get("AWS").unwrap_or(p));
    named.into_iter().flat_map(each).filter_map(|p| match p {
        Json::Str(s) => Some(*s),
        _ => None,
    })
}

/// An `Allow` for everyone, conditions aside. `NotPrincipal` lets in everyone else.
fn for_anyone(statement: &Json<'_>) -> bool {
    allows(statement) && (statement.get("NotPrincipal").is_some() || principals(statement).any(|p| p == "*"))
}

fn is_public(statement: &Json<'_>) -> bool {
    for_anyone(statement) && !statement.get("Condition").is_some_and(|c| narrows(c))
}

/// The grants of an access control list, at whatever level of it the document begins.
fn grants<'a>(json: &'a Json<'a>) -> Option<impl Iterator<Item = &'a Json<'a>>> {
    let policy = json.get("AccessControlPolicy").unwrap_or(json);
    let list = policy.get("AccessControlList").unwrap_or(policy);
    if let Some(grant) = list.get("Grant") {
        return Some(each(grant));
    }
    // An empty list, or a single grant.
    let alone = list.get("Grantee").map(|_| list);
    (alone.is_some() || policy.get("AccessControlList").is_some()).then(|| each(alone.unwrap_or(&Json::Array(&[]))))
}

fn to_group(grant: &Json<'_>, group: Group) -> bool {
    let uri = grant.get("Grantee").and_then(|g| g.get("URI"));
    let wanted = match group {
        Group::Everyone => ALL_USERS,
        Group::Authenticated => AUTHENTICATED_USERS,
    };
    // Old grants say https.
    matches!(uri, Some(Json::Str(s)) if s.trim_start_matches("https").trim_start_matches("http")
        == wanted.trim_start_matches("http"))
}

/// Adds the accounts that a policy grants; false if it is no policy document.
fn accounts<'a>(value: Val<'a>, arena: &'a Arena, out: &mut bumpalo::collections::Vec<'a, Val<'a>>) -> bool {
    let policy = match value {
        Val::Str(s) => document(s, arena),
        Val::Json(json) => Some(json),
        _ => None,
    };
    let Some(policy) = policy.filter(|p| p.get("Statement").is_some() || p.get("Effect").is_some()) else {
        return false;
    };
    let mut add = |account: &'a str| {
        if out.len() < MAX_ACCOUNTS && !out.contains(&Val::Str(account)) {
            out.push(Val::Str(account));
        }
    };
    for statement in statements(policy).filter(|s| allows(s)) {
        principals(statement).filter_map(account_text).for_each(&mut add);
        if for_anyone(statement) {
            match statement.get("Condition") {
                Some(condition) if narrows(condition) => named_accounts(condition).for_each(&mut add),
                _ => add("*"),
            }
        }
    }
    true
}
