//! Names of AWS: ARNs, sessions, callers, finding types.

use super::Definition;
use crate::value::{Arena, Val};

/// An ARN's account and resource: `arn:partition:service:region:account:resource`.
fn arn(text: &str) -> Option<(&str, &str, &str)> {
    let mut parts = text.splitn(6, ':');
    (parts.next()? == "arn").then_some(())?;
    let partition = parts.next()?;
    let (_, _) = (parts.next()?, parts.next()?);
    Some((partition, parts.next()?, parts.next()?))
}

/// See its `doc`.
pub static ROLE_OF_SESSION: Definition = Definition {
    name: "role_of_session",
    doc: "the role's ARN for the ARN of one of its sessions (without the role's path, which a session does not tell)",
    params: &["arn"],
    examples: &[
        (&["arn:aws:sts::111122223333:assumed-role/Admin/jane"], "arn:aws:iam::111122223333:role/Admin"),
        (&["arn:aws:iam::111122223333:user/jane"], ""),
    ],
    eval: |args, arena| {
        let role = || {
            let (partition, account, resource) = arn(args[0].as_str()?)?;
            let role = resource.strip_prefix("assumed-role/")?.split('/').next()?;
            Some(bumpalo::format!(in arena, "arn:{}:iam::{}:role/{}", partition, account, role).into_bump_str())
        };
        role().map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static SESSION_NAME: Definition = Definition {
    name: "session_name",
    doc: "the session's name in the ARN of an assumed role or federated user",
    params: &["arn"],
    examples: &[
        (&["arn:aws:sts::111122223333:assumed-role/Admin/jane"], "jane"),
        (&["arn:aws:sts::111122223333:federated-user/bob"], "bob"),
        (&["arn:aws:iam::111122223333:user/jane"], ""),
    ],
    eval: |args, _| {
        let name = || {
            let (_, _, resource) = arn(args[0].as_str()?)?;
            match resource.strip_prefix("assumed-role/") {
                Some(rest) => rest.split_once('/').map(|(_, name)| name),
                None => resource.strip_prefix("federated-user/"),
            }
        };
        name().filter(|n| !n.is_empty()).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static ACCOUNT_ID: Definition = Definition {
    name: "account_id",
    doc: "the text if it is an account's 12 digits",
    params: &["text"],
    examples: &[(&["111122223333"], "111122223333"), (&["ANONYMOUS_PRINCIPAL"], ""), (&["unknown"], "")],
    eval: |args, _| match args[0].as_str() {
        Some(t) if t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit()) => Val::Str(t),
        _ => Val::Absent,
    },
};

/// See its `doc`.
pub static ARN_ACCOUNT: Definition = Definition {
    name: "arn_account",
    doc: "the account in an ARN",
    params: &["arn"],
    examples: &[(&["arn:aws:iam::111122223333:user/jane"], "111122223333"), (&["arn:aws:s3:::bucket"], "")],
    eval: |args, _| {
        let account = args[0].as_str().and_then(arn).map(|(_, account, _)| account);
        account.filter(|a| !a.is_empty()).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static ARN_NAME: Definition = Definition {
    name: "arn_name",
    doc: "the last part of an ARN's resource: the user's, role's or bucket's name",
    params: &["arn"],
    examples: &[
        (&["arn:aws:iam::111122223333:user/team/jane"], "jane"),
        (&["arn:aws:s3:::bucket"], "bucket"),
        (&["arn:aws:iam::111122223333:root"], "root"),
        (&["jane"], ""),
    ],
    eval: |args, _| {
        let name = args[0].as_str().and_then(arn).and_then(|(_, _, resource)| resource.rsplit('/').next());
        name.filter(|n| !n.is_empty()).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static IS_AWS_CALLER: Definition = Definition {
    name: "is_aws_caller",
    doc: "whether an AWS service made the call: by the caller's name, by `invokedBy` or by the identity's type",
    params: &["address", "invoked by", "identity type"],
    examples: &[
        (&["ec2.amazonaws.com", "", ""], "true"),
        (&["AWS Internal", "", "IAMUser"], "true"),
        (&["203.0.113.5", "AWS Internal", "AssumedRole"], "true"),
        (&["203.0.113.5", "", "AWSService"], "true"),
        (&["203.0.113.5", "", "IAMUser"], "false"),
        (&["amazonaws.com.example.org", "", "IAMUser"], "false"),
    ],
    eval: |args, _: &Arena| {
        let service =
            |t: &str| t == "AWS Internal" || t.ends_with(".amazonaws.com") || t.ends_with(".amazonaws.com.cn");
        Val::Bool(
            args[0].as_str().is_some_and(service)
                || args[1].as_str().is_some_and(|t| !t.is_empty())
                || args[2].as_str() == Some("AWSService"),
        )
    },
};

/// The parts of a finding type: purpose, resource, family.
fn finding_type(text: &str) -> Option<[&str; 3]> {
    let (purpose, rest) = text.split_once(':')?;
    let (resource, rest) = rest.split_once('/')?;
    let family = rest.split(['.', '!']).next()?;
    (!purpose.is_empty() && !resource.is_empty() && !family.is_empty()).then_some([purpose, resource, family])
}

macro_rules! finding_part {
    ($name:ident, $text:literal, $place:literal, $example:literal) => {
        /// See its `doc`.
        pub static $name: Definition = Definition {
            name: concat!("finding_", $text),
            doc: concat!("the ", $text, " in a finding type"),
            params: &["type"],
            examples: &[(&["Backdoor:EC2/C&CActivity.B!DNS"], $example), (&["Backdoor"], ""), (&["a:/b"], "")],
            eval: |args, _| args[0].as_str().and_then(finding_type).map_or(Val::Absent, |p| Val::Str(p[$place])),
        };
    };
}
finding_part!(FINDING_PURPOSE, "purpose", 0, "Backdoor");
finding_part!(FINDING_RESOURCE, "resource", 1, "EC2");
finding_part!(FINDING_FAMILY, "family", 2, "C&CActivity");

/// See its `doc`.
pub static SEVERITY_WORD: Definition = Definition {
    name: "severity_word",
    doc: "the word of a severity number: low below 4, medium below 7, high below 9, else critical",
    params: &["number"],
    examples: &[(&["2"], "low"), (&["4.0"], "medium"), (&["8.9"], "high"), (&["9"], "critical"), (&["x"], "")],
    eval: |args, _| match args[0].as_str().and_then(|t| t.parse::<f64>().ok()) {
        Some(n) if n < 4.0 => Val::Str("low"),
        Some(n) if n < 7.0 => Val::Str("medium"),
        Some(n) if n < 9.0 => Val::Str("high"),
        Some(n) if n <= 10.0 => Val::Str("critical"),
        _ => Val::Absent,
    },
};
