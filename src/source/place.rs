//! What a file's path tells of its records: account, region, cluster, database. From the layouts that AWS writes.

use crate::schema::Context;

/// Log files of RDS, by folder and the beginning of their names.
const LOGS: [(&str, &str); 5] = [
    ("error", "postgresql."),
    ("error", "mysql-error"),
    ("error", "mysqld_error"),
    ("audit", "server_audit."),
    ("audit", "audit."),
];

/// Folders that hold those of several databases, or of none.
const AMONG: [&str; 5] = ["rds", "log", "logs", ".", ".."];

/// Reads account and region from S3 layouts (`AWSLogs/[o-…/]ACCOUNT/CloudTrail/REGION/…`), hive-style folders
/// (`aws-account-id=…/aws-region=…`) and file names (`ACCOUNT_CloudTrail_REGION_…`, `ACCOUNT_vpcflowlogs_REGION_…`,
/// `VPC_vpcdnsquerylogs_ACCOUNT_…`); the cluster or database from exported log groups (`…/aws/eks/NAME/cluster/…`);
/// the database from where RDS keeps its log files (`…/NAME/error/postgresql.log.…`).
#[must_use]
pub fn context_from_path(path: &str) -> Context {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|p| !p.is_empty()).collect();
    let mut context = log_group(path);
    for (i, part) in parts.iter().enumerate() {
        if let Some((key, value)) = part.split_once('=') {
            match key {
                "aws-account-id" | "accountid" if is_account(value) => context.account = Some(value.into()),
                "aws-region" | "region" if is_region(value) => context.region = Some(value.into()),
                _ => {}
            }
        }
        if *part != "AWSLogs" {
            continue;
        }
        let mut rest = parts[i + 1..].iter().peekable();
        if rest.peek().is_some_and(|p| p.starts_with("o-")) {
            rest.next();
        }
        if let Some(account) = rest.next().filter(|p| is_account(p)) {
            context.account = Some((*account).into());
            if let Some(region) = rest.nth(1).filter(|p| is_region(p)) {
                context.region = Some((*region).into());
            }
        }
    }
    // The names that RDS itself gives its files, in a folder of the database's name.
    if let [.., database, kind @ ("error" | "audit"), file] = &parts[..]
        && context.database.is_none()
        && LOGS.iter().any(|(of, log)| of == kind && file.starts_with(log))
        && !AMONG.contains(database)
    {
        context.database = Some((*database).into());
    }
    if let Some(name) = parts.last() {
        let words: Vec<&str> = name.split('_').collect();
        if let [first, log, third, _, ..] = words[..] {
            let (account, region) = if log == "vpcdnsquerylogs" { (third, "") } else { (first, third) };
            if is_account(account) && !log.is_empty() && (is_region(region) || log == "vpcdnsquerylogs") {
                context.account.get_or_insert_with(|| account.into());
                if is_region(region) {
                    context.region.get_or_insert_with(|| region.into());
                }
            }
        }
    }
    context
}

/// What the name of a CloudWatch log group tells: `/aws/eks/NAME/cluster`, `/aws/rds/instance/NAME/postgresql`.
#[must_use]
pub fn log_group(name: &str) -> Context {
    let parts: Vec<&str> = name.split('/').collect();
    let mut context = Context::default();
    for window in parts.windows(4) {
        match window {
            ["aws", "eks", name, "cluster"] if !name.is_empty() => context.cluster = Some((*name).into()),
            ["aws", "rds", "instance" | "cluster", name] if !name.is_empty() => context.database = Some((*name).into()),
            _ => {}
        }
    }
    context
}

/// Twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Like `eu-central-1`, `us-gov-west-1`, `us-isob-east-1`.
fn is_region(text: &str) -> bool {
    let mut words = text.split('-').rev();
    let number = words.next().is_some_and(|w| (1..=2).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_digit()));
    let names: Vec<&str> = words.collect();
    number
        && (2..=4).contains(&names.len())
        && names.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str) -> String {
        let c = context_from_path(path);
        [c.account, c.region, c.cluster, c.database].map(|v| v.map_or("-".to_owned(), |v| v.to_string())).join(" ")
    }

    #[test]
    fn layouts() {
        for (path, context) in [
            ("bucket/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/01/02/x.json.gz", "111122223333 eu-west-1 - -"),
            (
                "p/AWSLogs/o-abc123/111122223333/CloudTrail/us-gov-west-1/2024/x.json.gz",
                "111122223333 us-gov-west-1 - -",
            ),
            ("AWSLogs/111122223333/vpcflowlogs/us-east-1/2024/01/02/03/f.log.gz", "111122223333 us-east-1 - -"),
            (
                "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=ap-south-1/year=2024/f.log.gz",
                "111122223333 ap-south-1 - -",
            ),
            ("AWSLogs/111122223333/vpcdnsquerylogs/vpc-0abc/2024/01/02/x.log.gz", "111122223333 - - -"),
            ("111122223333_CloudTrail_us-east-1_20240101T0000Z_AbCd.json.gz", "111122223333 us-east-1 - -"),
            ("/x/111122223333_vpcflowlogs_us-east-1_fl-1_20240101T0000Z_ab.log.gz", "111122223333 us-east-1 - -"),
            ("vpc-0abc_vpcdnsquerylogs_111122223333_20240101T0000Z_ab.log.gz", "111122223333 - - -"),
            ("export/aws/eks/prod/cluster/kube-apiserver-audit-1/000000.gz", "- - prod -"),
            ("export/aws/rds/instance/db-1/postgresql/0.gz", "- - - db-1"),
            ("logs/db-1/error/postgresql.log.2024-01-02-03.gz", "- - - db-1"),
            ("db-1/audit/server_audit.log.1", "- - - db-1"),
            ("logs/error/postgresql.log.2024-01-02-03", "- - - -"),
            ("error/postgresql.log.2024-01-02-03", "- - - -"),
            ("db-1/error/notes.txt", "- - - -"),
            ("my_notes_us-east-1_x.json", "- - - -"),
            ("AWSLogs/not-an-account/CloudTrail/eu-west-1/x", "- - - -"),
            ("-", "- - - -"),
            ("", "- - - -"),
        ] {
            assert_eq!(told(path), context, "{path}");
        }
        assert_eq!(log_group("/aws/eks/prod/cluster").cluster.as_deref(), Some("prod"));
        assert_eq!(log_group("/aws/rds/cluster/c-1/audit").database.as_deref(), Some("c-1"));
    }
}
