//! What was done as CloudTrail tells it, and where its addresses are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use outguard::value::Time;
use serde_json::{Value, json};

use super::catalogue::{AGENTS, called};
use super::world::{Account, Act, HOUR, Place, Sort};

const COUNTRIES: [&str; 40] = [
    "DE", "FR", "NL", "US", "GB", "IE", "ES", "IT", "PL", "SE", "NO", "DK", "FI", "CH", "AT", "BE", "PT", "CZ", "CA",
    "JP", "US", "IE", "DE", "AU", "NZ", "SG", "IN", "BR", "MX", "ZA", "RU", "CN", "TR", "VN", "NG", "UA", "ID", "TH",
    "AR", "EG",
];

/// Addresses of places: sixteen bits of network each.
#[derive(Debug, Default)]
pub struct Addresses(BTreeMap<Place, usize>);

impl Addresses {
    fn of(&mut self, place: Place, host: u16) -> String {
        let next = self.0.len();
        let at = *self.0.entry(place).or_insert(next);
        format!("{}.{}.{}.{}", 60 + at / 256, at % 256, host % 200, 1 + host / 200)
    }

    /// All of them, as a file that tells country and network.
    pub fn file(&self) -> Vec<u8> {
        let mut text = String::from("network,country_code,asn,as_name\n");
        for (place, at) in &self.0 {
            let country = COUNTRIES[place.0 as usize];
            let asn = 64_512 + u32::from(place.1);
            let _ = writeln!(text, "{}.{}.0.0/16,{country},{asn},Network {asn}", 60 + at / 256, at % 256);
        }
        text.into_bytes()
    }
}

/// The name of a principal.
pub fn name(account: &Account, who: u16) -> String {
    match account.principals[who as usize].sort {
        Sort::Person => format!("arn:aws:iam::111122223333:user/person-{who}"),
        Sort::Deploy => format!("arn:aws:iam::111122223333:role/deploy-{who}"),
        Sort::Application => format!("arn:aws:iam::111122223333:role/app-{who}"),
        Sort::Scanner => format!("arn:aws:iam::111122223333:role/scanner-{who}"),
    }
}

/// One record; the number tells it from others.
pub fn record(account: &Account, addresses: &mut Addresses, act: &Act, number: usize) -> Value {
    let (service, call) = called(act.call);
    let arn = name(account, act.who);
    let short = arn.rsplit('/').next().expect("a name");
    let identity = if account.principals[act.who as usize].sort == Sort::Person {
        json!({"type": "IAMUser", "arn": arn, "accountId": "111122223333", "userName": short, "principalId": short,
            "accessKeyId": format!("AKIA{:016}", act.who), "sessionContext": {"attributes": {"mfaAuthenticated": "true"}}})
    } else {
        let session = format!("arn:aws:sts::111122223333:assumed-role/{short}/run");
        json!({"type": "AssumedRole", "arn": session, "accountId": "111122223333", "principalId": format!("{short}:run"),
            "accessKeyId": format!("ASIA{:016}", act.who), "sessionContext": {"sessionIssuer":
                {"type": "Role", "arn": arn, "accountId": "111122223333", "userName": short, "principalId": short}}})
    };
    // A few buckets each, seldom another.
    let bucket = if act.t % 211 == 0 { act.t / HOUR % 40 } else { i64::from(act.who) % 9 + act.t / HOUR % 3 };
    let asked = if service == "s3" && call != "ListBuckets" {
        json!({"bucketName": format!("bucket-{bucket}")})
    } else {
        json!({})
    };
    let looks = ["Describe", "List", "Get", "Lookup", "Batch"].iter().any(|p| call.starts_with(p));
    json!({
        "eventVersion": "1.10", "eventID": format!("{:08}-{number}", act.call), "eventTime": Time(act.t).to_rfc3339(),
        "eventSource": format!("{service}.amazonaws.com"), "eventName": call, "awsRegion": "eu-central-1",
        "sourceIPAddress": addresses.of(act.place, act.who), "userAgent": AGENTS[act.agent as usize],
        "userIdentity": identity, "requestParameters": asked, "responseElements": null, "readOnly": looks,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
    })
}
