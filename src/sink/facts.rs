//! What the AWS-shaped formats ask of a finding: attributes by type, account, region, ARNs, and what kind of act it was.

use sha2::{Digest, Sha256};

use super::SinkOptions;
use super::remote::Remote;
use crate::finding::{Evidence, Finding, Resource};
use crate::value::Value;

/// A finding with the options to fill its gaps.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub finding: &'a Finding,
    pub options: &'a SinkOptions,
}

/// What kind of act the newest occurrence was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    ApiCall,
    KubernetesCall,
    Connection,
    PortProbe,
    DnsRequest,
    DatabaseLogin,
    Other,
}

/// Who opened a connection, seen from the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Inbound,
    Outbound,
}

impl<'a> Facts<'a> {
    pub fn new(finding: &'a Finding, options: &'a SinkOptions) -> Self {
        Self { finding, options }
    }

    /// An attribute: as the newest occurrence captured it, else the one value that the evidence knows.
    fn value(&self, name: &str) -> Option<&'a Value> {
        let sole = || match self.finding.evidence.get(name) {
            Some(Evidence { values, truncated: false }) if values.len() == 1 => values.first(),
            _ => None,
        };
        self.finding.attribute(name).or_else(sole)
    }

    /// An attribute as text, if there is any.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::Null => None,
            value => Some(value.to_string()).filter(|s| !s.is_empty()),
        }
    }

    /// The first of these attributes that is there.
    pub fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|n| self.text(n))
    }

    /// An attribute as an integer, also from its text.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Int(n) => Some(*n),
            Value::Str(s) => s.parse().ok(),
            _ => None,
        }
    }

    /// An attribute as a number.
    pub fn float(&self, name: &str) -> Option<f64> {
        match self.value(name)? {
            Value::Int(n) => Some(*n as f64),
            Value::Float(x) if x.is_finite() => Some(*x),
            Value::Str(s) => s.parse().ok().filter(|x: &f64| x.is_finite()),
            _ => None,
        }
    }

    /// An attribute's elements as text; one that is no list is its only element.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::List(items)) => items.iter().map(Value::to_string).filter(|s| !s.is_empty()).collect(),
            Some(_) => self.text(name).into_iter().collect(),
            None => Vec::new(),
        }
    }

    pub fn kind(&self) -> &'a str {
        &self.finding.resource.kind
    }

    /// The resource's identity, if it is one of its kind ([`own_uid`]).
    pub fn uid(&self) -> Option<&'a str> {
        own_uid(&self.finding.resource)
    }

    /// The resource's name; else the last part of its identity.
    pub fn name(&self) -> Option<String> {
        self.finding.resource.name.as_deref().or_else(|| self.uid().map(last_part)).map(str::to_owned)
    }

    pub fn account(&self) -> &'a str {
        let known = self.finding.account.as_deref();
        known.or(self.options.account.as_deref()).unwrap_or("000000000000")
    }

    pub fn region(&self) -> &'a str {
        let known = self.finding.region.as_deref().filter(|r| !r.is_empty() && *r != "global");
        known.or(self.options.region.as_deref()).unwrap_or("us-east-1")
    }

    pub fn partition(&self) -> &'static str {
        match self.region() {
            r if r.starts_with("cn-") => "aws-cn",
            r if r.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// The detector: as the deployment says, else made of account and region.
    pub fn detector(&self) -> String {
        self.options.detector_id.clone().unwrap_or_else(|| {
            let text = format!("outguard detector {} {}", self.account(), self.region());
            hex(&Sha256::digest(text)[..16])
        })
    }

    /// The finding's ARN.
    pub fn arn(&self) -> String {
        let (partition, region, account) = (self.partition(), self.region(), self.account());
        format!("arn:{partition}:guardduty:{region}:{account}:detector/{}/finding/{}", self.detector(), self.finding.id)
    }

    /// The resource's ARN: its identity if that is one, else put together where the kind allows it.
    pub fn resource_arn(&self) -> Option<String> {
        self.arn_of(&self.finding.resource)
    }

    /// The ARN of a resource, likewise.
    pub fn arn_of(&self, resource: &Resource) -> Option<String> {
        let uid = own_uid(resource)?;
        if uid.starts_with("arn:") {
            return Some(uid.to_owned());
        }
        let (partition, region, account) = (self.partition(), self.region(), self.account());
        let path = match resource.kind.as_ref() {
            "S3Bucket" => return Some(format!("arn:{partition}:s3:::{uid}")),
            "Instance" => format!("ec2:{region}:{account}:instance/{uid}"),
            "EKSCluster" => format!("eks:{region}:{account}:cluster/{uid}"),
            "RDSDBInstance" => format!("rds:{region}:{account}:db:{uid}"),
            "Lambda" => format!("lambda:{region}:{account}:function:{uid}"),
            "ECSCluster" => format!("ecs:{region}:{account}:cluster/{uid}"),
            _ => return None,
        };
        Some(format!("arn:{partition}:{path}"))
    }

    pub fn description(&self) -> &'a str {
        let text = self.finding.rule.description.trim();
        if text.is_empty() { &self.finding.title } else { text }
    }

    /// What kind of act it was, by class and by what the finding is about.
    pub fn act(&self) -> Act {
        let (class, source) = (self.finding.class.as_ref(), self.finding.source.as_ref());
        let kind = &self.finding.rule.finding_type;
        let kubernetes = ["k8s", "eks", "kubernetes"].iter().any(|w| source.starts_with(w) || class == *w);
        match class {
            _ if kubernetes => Act::KubernetesCall,
            "network" if kind.family().starts_with("PortProbe") => Act::PortProbe,
            "network" => Act::Connection,
            "dns" => Act::DnsRequest,
            "authentication" if self.kind().starts_with("RDS") => Act::DatabaseLogin,
            "datastore" if self.kind().starts_with("RDS") => Act::Other,
            _ if self.text("api.operation").is_some() => Act::ApiCall,
            _ => Act::Other,
        }
    }

    /// The other side.
    pub fn remote(&self) -> Remote {
        match self.act() {
            Act::Connection | Act::PortProbe => Remote::read(self, "remote"),
            Act::DnsRequest => Remote::default(),
            _ => Remote::read(self, "src_endpoint"),
        }
    }

    pub fn direction(&self) -> Option<Direction> {
        let word = self.text("initiator").or_else(|| self.text("connection_info.direction"))?;
        match word.as_str() {
            "local" | "outbound" | "egress" => Some(Direction::Outbound),
            "remote" | "inbound" | "ingress" => Some(Direction::Inbound),
            _ => None,
        }
    }

    /// Whether it was stopped: by a firewall, a security group, a resolver rule.
    pub fn blocked(&self) -> Option<bool> {
        let word = self.first(&["disposition", "firewall.action"])?;
        match word.as_str() {
            "blocked" | "block" | "dropped" | "reset" => Some(true),
            "allowed" | "allow" | "alert" | "logged" | "no_action" => Some(false),
            _ => None,
        }
    }

    /// The IP protocol's name, or its number.
    pub fn protocol(&self) -> Option<String> {
        let name = self.text("connection_info.protocol_name").map(|n| n.to_ascii_uppercase());
        name.or_else(|| {
            Some(match self.int("connection_info.protocol_num")? {
                1 => "ICMP".to_owned(),
                6 => "TCP".to_owned(),
                17 => "UDP".to_owned(),
                47 => "GRE".to_owned(),
                50 => "ESP".to_owned(),
                58 => "ICMPv6".to_owned(),
                132 => "SCTP".to_owned(),
                n => n.to_string(),
            })
        })
    }

    /// The actor's type in CloudTrail's words: `iam_user` is `IAMUser`.
    pub fn user_type(&self) -> Option<String> {
        const WORDS: &[&str] = &[
            "Root",
            "IAMUser",
            "AssumedRole",
            "Role",
            "FederatedUser",
            "WebIdentityUser",
            "SAMLUser",
            "AWSAccount",
            "AWSService",
            "IdentityCenterUser",
            "Directory",
            "Unknown",
        ];
        let word = self.text("actor.user.type")?;
        let plain = if word == "web_identity" { "WebIdentityUser".to_owned() } else { word.replace('_', "") };
        Some(WORDS.iter().find(|w| w.eq_ignore_ascii_case(&plain)).map_or(word, |w| (*w).to_owned()))
    }

    /// The access key that was used.
    pub fn access_key(&self) -> Option<String> {
        let is_key = |uid: &&str| uid.starts_with("AKIA") || uid.starts_with("ASIA");
        self.text("actor.user.credential_uid").or_else(|| self.uid().filter(is_key).map(str::to_owned))
    }
}

/// A resource's identity, unless it is that of something else: where a log does not tell the resource, its finding is
/// held together by an address, an interface, an account or the principal, and no format may take those for its id.
pub fn own_uid(resource: &Resource) -> Option<&str> {
    let uid = resource.uid.as_deref()?;
    let arn = |service: &str| uid.starts_with("arn:") && uid.split(':').nth(2) == Some(service);
    let plain = !uid.starts_with("arn:");
    let account = uid.len() == 12 && uid.bytes().all(|b| b.is_ascii_digit());
    let address = uid.starts_with("eni-") || uid.parse::<std::net::IpAddr>().is_ok();
    let own = match resource.kind.as_ref() {
        "Instance" => uid.starts_with("i-") || uid.starts_with("mi-") || arn("ec2"),
        "S3Bucket" | "S3Object" => plain || arn("s3"),
        "EKSCluster" => (plain && !account) || arn("eks"),
        "ECSCluster" => (plain && !account) || arn("ecs"),
        "RDSDBInstance" | "RDSLimitlessDB" => plain || arn("rds"),
        "Lambda" => (plain && !address) || arn("lambda"),
        _ => true,
    };
    own.then_some(uid)
}

/// What a principal is, by its ARN, in CloudTrail's words.
pub fn principal_type(principal: &str) -> &'static str {
    match principal.splitn(6, ':').nth(5) {
        Some("root") => "Root",
        Some(rest) if rest.starts_with("user/") => "IAMUser",
        Some(rest) if rest.starts_with("assumed-role/") || rest.starts_with("role/") => "AssumedRole",
        Some(rest) if rest.starts_with("federated-user/") => "FederatedUser",
        None if principal.ends_with(".amazonaws.com") => "AWSService",
        _ => "Unknown",
    }
}

/// The last part of an ARN or path.
pub fn last_part(uid: &str) -> &str {
    let tail = if uid.starts_with("arn:") { uid.splitn(6, ':').last().unwrap_or(uid) } else { uid };
    tail.rsplit(['/', ':']).find(|p| !p.is_empty()).unwrap_or(uid)
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Text of at most `max` characters, with `…` where it was cut.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{cut, last_part, own_uid};
    use crate::finding::Resource;

    #[test]
    fn stand_ins_are_no_identities() {
        let uid = |kind: &str, uid: &str| {
            own_uid(&Resource { kind: kind.into(), uid: Some(uid.into()), name: None }).is_some()
        };
        for (kind, good) in [
            ("Instance", "i-1"),
            ("S3Bucket", "bucket"),
            ("S3Bucket", "arn:aws:s3:::bucket"),
            ("EKSCluster", "prod"),
            ("Lambda", "resize"),
            ("AccessKey", "arn:aws:iam::111122223333:user/alice"),
        ] {
            assert!(uid(kind, good), "{kind} {good}");
        }
        for (kind, other) in [
            ("Instance", "10.0.0.1"),
            ("Instance", "eni-1"),
            ("S3Bucket", "arn:aws:iam::111122223333:user/alice"),
            ("EKSCluster", "111122223333"),
            ("Lambda", "eni-1"),
            ("Lambda", "10.0.0.1"),
        ] {
            assert!(!uid(kind, other), "{kind} {other}");
        }
    }

    #[test]
    fn names_from_identities() {
        assert_eq!(last_part("arn:aws:iam::111122223333:role/team/Deploy"), "Deploy");
        assert_eq!(last_part("arn:aws:rds:eu-central-1:111122223333:db:orders"), "orders");
        assert_eq!(last_part("arn:aws:s3:::bucket"), "bucket");
        assert_eq!(last_part("i-1"), "i-1");
        assert_eq!(last_part("/"), "/");
    }

    #[test]
    fn cuts_by_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
