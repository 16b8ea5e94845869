//! How one walk looks at a JSON record: the current source's wire paths, what tells every source, what tells envelopes.

use std::borrow::Cow;

use super::Setup;
use super::dups::unescaped;
use super::trie::Trie;
use super::walk::{Kind, Span};
use crate::schema::{Condition, Raw, SourceId, Test, WirePath};
use crate::value::Arena;

/// Keys under which a document lists its records.
pub const LISTS: [&str; 6] = ["Records", "records", "Events", "items", "Findings", "logEvents"];

/// Fields of envelopes, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Part {
    /// CloudWatch Logs subscription: `DATA_MESSAGE` or `CONTROL_MESSAGE`.
    MessageType,
    /// CloudWatch Logs: the account.
    Owner,
    /// CloudWatch Logs: the log group.
    LogGroup,
    /// CloudWatch Logs: the messages.
    LogEvents,
    /// EventBridge: what `detail` is.
    DetailType,
    /// EventBridge: the record.
    Detail,
    /// EventBridge: the account.
    Account,
    /// EventBridge: the region.
    Region,
    /// Lambda's form of a CloudWatch Logs subscription: base64 of gzip.
    AwsLogs,
    /// Lambda's form of a Kinesis record: base64.
    Kinesis,
    /// Azure diagnostic logs: the record as text.
    AzureLog,
    /// Azure diagnostic logs: the cluster.
    AzureResource,
    /// CloudTrail's LookupEvents: the record as text.
    LookupEvent,
    /// SNS: the record as text.
    SnsMessage,
    /// Lambda's form of SNS.
    LambdaSns,
    /// Lambda's form of SQS.
    SqsBody,
    /// Shippers: the record as text.
    Message,
    /// CloudWatch Logs Insights.
    InsightsMessage,
    /// Container runtimes' log lines.
    ContainerLog,
    /// The lists of [`LISTS`], except `logEvents`, in a document inside an envelope.
    Records,
    /// Likewise.
    LowerRecords,
    /// Likewise.
    Events,
    /// Likewise.
    Items,
    /// Likewise.
    Findings,
    /// CloudTrail's digest files: signatures of log files.
    Digest,
}

/// The wire path of each [`Part`], in order.
const PARTS: [&str; 25] = [
    "messageType",
    "owner",
    "logGroup",
    "logEvents",
    "detail-type",
    "detail",
    "account",
    "region",
    "awslogs.data",
    "kinesis.data",
    "properties.log",
    "resourceId",
    "CloudTrailEvent",
    "Message",
    "Sns.Message",
    "body",
    "message",
    "@message",
    "log",
    "Records",
    "records",
    "Events",
    "items",
    "Findings",
    "digestS3Bucket",
];

/// A condition, with the slot of its field.
#[derive(Debug)]
struct Check {
    slot: usize,
    test: Test,
}

/// How one source's records are walked.
#[derive(Debug)]
pub struct View {
    /// The wire paths; the projection's come first.
    pub trie: Trie,
    /// How many are the projection's.
    pub wanted: usize,
    parts: [usize; PARTS.len()],
    /// Alternatives by JSON source.
    recognise: Vec<(SourceId, Vec<Vec<Check>>)>,
}

impl View {
    /// The view of one source, or of none.
    pub fn new(setup: &Setup<'_>, source: Option<SourceId>) -> View {
        let paths: &[WirePath] = source.map_or(&[], |s| &setup.projections[usize::from(s.0)].paths);
        let mut trie = Trie::new(paths);
        let path = |text: &str| -> WirePath { text.split('.').map(Into::into).collect() };
        let parts = PARTS.map(|p| trie.add(&path(p)) as usize);
        let mut recognise = Vec::new();
        for id in setup.vocabulary.source_ids() {
            let known = setup.vocabulary.source(id);
            if known.wire.is_json() {
                let check =
                    |c: &Condition, trie: &mut Trie| Check { slot: trie.add(&c.path) as usize, test: c.test.clone() };
                let all = |cs: &Vec<Condition>, trie: &mut Trie| cs.iter().map(|c| check(c, trie)).collect();
                recognise.push((id, known.recognise.iter().map(|cs| all(cs, &mut trie)).collect()));
            }
        }
        for list in LISTS.iter().filter(|l| **l != "logEvents") {
            trie.stream(&path(list));
        }
        View { trie: trie.seal(), wanted: paths.len(), parts, recognise }
    }

    /// The source of a record, in the vocabulary's order, so that it does not depend on the records before.
    #[inline]
    pub fn recognise(&self, spans: &[Span], record: &[u8]) -> Option<SourceId> {
        let holds = |all: &Vec<Check>| all.iter().all(|c| holds(&c.test, spans[c.slot], record));
        self.recognise.iter().find(|(_, any)| any.iter().any(holds)).map(|(id, _)| *id)
    }

    /// An envelope's field.
    pub fn part(&self, part: Part, spans: &[Span]) -> Span {
        spans[self.parts[part as usize]]
    }
}

/// The text of a scalar, unescaped; `None` for objects, arrays, null and what is not there.
pub fn text<'b>(span: Span, record: &'b [u8]) -> Option<Cow<'b, [u8]>> {
    match span.kind {
        Kind::Absent | Kind::Null | Kind::Json => None,
        Kind::Escaped => Some(unescaped(span.of(record), true)),
        Kind::True | Kind::False | Kind::Number | Kind::Plain => Some(Cow::Borrowed(span.of(record))),
    }
}

fn holds(test: &Test, span: Span, record: &[u8]) -> bool {
    let there = !matches!(span.kind, Kind::Absent | Kind::Null);
    match test {
        Test::Present => there,
        Test::Absent => !there,
        Test::In(words) => text(span, record).is_some_and(|t| words.iter().any(|w| w.as_bytes() == &*t)),
        Test::StartsWith(starts) => {
            text(span, record).is_some_and(|t| starts.iter().any(|s| t.starts_with(s.as_bytes())))
        }
    }
}

/// The wire fields of a record, as events hold them.
#[inline]
pub fn raws<'a>(spans: &[Span], text: &'a str, arena: &'a Arena) -> &'a [Raw<'a>] {
    arena.alloc_slice_fill_iter(spans.iter().map(|s| {
        let text = || &text[s.start as usize..s.end as usize];
        match s.kind {
            Kind::Absent => Raw::Absent,
            Kind::Null => Raw::Null,
            Kind::True => Raw::Bool(true),
            Kind::False => Raw::Bool(false),
            Kind::Number => Raw::Number(text()),
            Kind::Plain => Raw::Str(text(), false),
            Kind::Escaped => Raw::Str(text(), true),
            Kind::Json => Raw::Json(text()),
        }
    }))
}
