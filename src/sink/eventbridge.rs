//! `eventbridge`: GuardDuty's finding in the envelope that EventBridge delivers it in.

use std::io;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::facts::{Facts, hex};
use super::{SinkOptions, guardduty, lines};
use crate::finding::Finding;

/// Writes NDJSON.
pub fn write(findings: &[Finding], options: &SinkOptions, out: &mut dyn io::Write) -> io::Result<()> {
    lines(findings, out, |finding| {
        let facts = Facts::new(finding, options);
        json!({
            "version": "0",
            "id": event_id(finding),
            "detail-type": "GuardDuty Finding",
            "source": options.event_source,
            "account": facts.account(),
            "time": finding.last_seen.to_rfc3339(),
            "region": facts.region(),
            "resources": [],
            "detail": guardduty::finding(&facts),
        })
    })
}

/// In the form of a UUID: the same for the same state of the same finding, another one for each update.
fn event_id(finding: &Finding) -> Json {
    let state = format!("outguard event {} {} {}", finding.id, finding.count, finding.last_seen.0);
    let text = hex(&Sha256::digest(state)[..16]);
    json!(format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]))
}
