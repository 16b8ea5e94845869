//! Policy documents as they come: shapes, conditions, ACLs.

use crate::ops::policy::{GRANTED_ACCOUNTS, GRANTS_AUTHENTICATED, GRANTS_PUBLIC};
use crate::value::{Arena, Val};

fn public(document: &str) -> Option<bool> {
    let arena = Arena::new();
    match (GRANTS_PUBLIC.eval)(&[Val::Str(document)], &arena) {
        Val::Bool(b) => Some(b),
        _ => None,
    }
}

fn allow(rest: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*",{rest}}}]}}"#)
}

#[test]
fn principals() {
    for yes in [
        r#""Principal":"*""#,
        r#""Principal":{"AWS":"*"}"#,
        r#""Principal":{"AWS":["arn:aws:iam::123456789012:root","*"]}"#,
        r#""Principal":["*"]"#,
        r#""NotPrincipal":{"AWS":"arn:aws:iam::123456789012:root"}"#,
    ] {
        assert_eq!(public(&allow(yes)), Some(true), "{yes}");
        assert_eq!(public(&allow(yes).replace("Allow", "Deny")), Some(false), "{yes}");
    }
    for no in [
        r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#,
        r#""Principal":{"Service":"cloudtrail.amazonaws.com"}"#,
        r#""Principal":{"Federated":"*"}"#,
        r#""Resource":"*""#,
    ] {
        assert_eq!(public(&allow(no)), Some(false), "{no}");
    }
    assert_eq!(public(r#"{"a":1}"#), None);
    assert_eq!(public(r#"{"Statement":[]}"#), Some(false));
}

#[test]
fn conditions_that_narrow_and_that_do_not() {
    let with = |condition: &str| public(&allow(&format!(r#""Principal":"*","Condition":{condition}"#)));
    for narrow in [
        r#"{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#,
        r#"{"StringEquals":{"AWS:PrincipalOrgID":["o-abc","o-def"]}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:123456789012:*"}}"#,
        r#"{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::bucket"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.1"]}}"#,
        r#"{"StringEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"},"Bool":{"aws:SecureTransport":"true"}}"#,
        r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abc/*"}}"#,
    ] {
        assert_eq!(with(narrow), Some(false), "{narrow}");
    }
    for wide in [
        r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
        r#"{"StringEquals":{"aws:PrincipalOrgID":["o-abc","*"]}}"#,
        r#"{"StringLike":{"aws:SourceArn":"arn:aws:s3:*:*:*"}}"#,
        r#"{"StringNotEquals":{"aws:SourceAccount":"123456789012"}}"#,
        r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abc"}}"#,
        r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
        r#"{"IpAddress":{"aws:SourceIp":[]}}"#,
        r#"{"StringLike":{"aws:UserAgent":"*"}}"#,
        "{}",
    ] {
        assert_eq!(with(wide), Some(true), "{wide}");
    }
}

#[test]
fn access_control_lists() {
    let grant =
        |uri: &str| format!(r#"{{"Grant":[{{"Grantee":{{"xsi:type":"Group","URI":"{uri}"}},"Permission":"READ"}}]}}"#);
    let everyone = grant("http://acs.amazonaws.com/groups/global/AllUsers");
    assert_eq!(public(&everyone), Some(true));
    assert_eq!(public(&format!(r#"{{"AccessControlPolicy":{{"AccessControlList":{everyone}}}}}"#)), Some(true));
    let authenticated = grant("http://acs.amazonaws.com/groups/global/AuthenticatedUsers");
    assert_eq!(public(&authenticated), Some(false));
    let arena = Arena::new();
    assert_eq!((GRANTS_AUTHENTICATED.eval)(&[Val::Str(&authenticated)], &arena), Val::Bool(true));
    assert_eq!(public(r#"["public-read"]"#), Some(true), "headers come as lists");
    assert_eq!(public(r#"{"AccessControlList":""}"#), Some(false));
    assert_eq!(public("uri=http://acs.amazonaws.com/groups/global/AllUsers"), Some(true));
}

#[test]
fn accounts_that_are_let_in() {
    let arena = Arena::new();
    let accounts = |rest: &str| {
        let document = allow(rest);
        (GRANTED_ACCOUNTS.eval)(&[Val::Str(arena.alloc_str(&document))], &arena).to_value().map(|v| v.to_string())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        accounts(r#""Principal":{"AWS":["arn:aws:iam::111122223333:user/x","111122223333","AIDAEXAMPLE"]}"#),
        some("111122223333")
    );
    assert_eq!(accounts(r#""Principal":"*""#), some("*"));
    assert_eq!(
        accounts(r#""Principal":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}"#),
        some("444455556666")
    );
    assert_eq!(accounts(r#""Principal":{"Service":"s3.amazonaws.com"}"#), some(""));
    assert_eq!((GRANTED_ACCOUNTS.eval)(&[Val::Str("{}")], &arena), Val::Absent);
}
