//! What delivery services wrap around records: CloudWatch Logs subscriptions, EventBridge, Lambda's forms of Kinesis,
//! SNS, SQS and CloudWatch Logs, Azure diagnostic logs, LookupEvents, log shippers. They nest; the depth is bounded.

use std::io::Read;

use super::limits::{MAX_ENVELOPES, MAX_RECORD};
use super::place::{is_account, log_group};
use super::reader::{At, Outcome, Reader, skip, words};
use super::text::goes_on;
use super::token::blanks;
use super::unpack::Unpack;
use super::view::{Part, text};
use super::walk::{Kind, Span};
use super::{Handler, Reason, Skip, base64};
use crate::schema::Context;

impl Reader<'_> {
    /// Opens the record that has just been walked if it is an envelope; whether it was one.
    pub(super) fn envelope(&mut self, record: &[u8], at: At<'_>, handler: &mut dyn Handler) -> bool {
        let view = &self.views[self.current];
        let spans = &self.walk.spans;
        let part = |p: Part| view.part(p, spans);
        let words = |p: Part| text(part(p), record).map(|t| String::from_utf8_lossy(&t).into_owned());
        let is = |span: Span, first: u8| span.kind == Kind::Json && record.get(span.start as usize) == Some(&first);
        let deeper = At { depth: at.depth + 1, ..at };

        if let Some(kind) = words(Part::MessageType) {
            let list = part(Part::LogEvents);
            if kind == "CONTROL_MESSAGE" {
                skip(&mut self.stats, handler, Skip::Control);
                return true;
            }
            if kind == "DATA_MESSAGE" && is(list, b'[') {
                let told = log_group(&words(Part::LogGroup).unwrap_or_default());
                let context = Context {
                    account: words(Part::Owner)
                        .filter(|o| is_account(o))
                        .map(Into::into)
                        .or(at.context.account.clone()),
                    region: at.context.region.clone(),
                    cluster: told.cluster.or(at.context.cluster.clone()),
                    database: told.database.or(at.context.database.clone()),
                };
                let at = At { context: &context, message: true, ..deeper };
                self.list(list.of(record), at, handler);
                return true;
            }
        }
        if part(Part::Digest).kind == Kind::Plain {
            skip(&mut self.stats, handler, Skip::Control);
            return true;
        }
        let detail = part(Part::Detail);
        if is(detail, b'{') && text(part(Part::DetailType), record).is_some() {
            let told = |p: Part, old: &Option<std::sync::Arc<str>>| {
                words(p).filter(|w| !w.is_empty()).map(Into::into).or(old.clone())
            };
            let context = Context {
                account: told(Part::Account, &at.context.account),
                region: told(Part::Region, &at.context.region),
                ..at.context.clone()
            };
            self.content(detail.of(record), At { context: &context, message: false, ..deeper }, handler);
            return true;
        }
        for list in [Part::Records, Part::LowerRecords, Part::Events, Part::Items, Part::Findings] {
            let span = part(list);
            if is(span, b'[') && matches!(record.get(blanks(record, span.start as usize + 1)), Some(b'{' | b']')) {
                self.list(span.of(record), deeper, handler);
                return true;
            }
        }
        for packed in [Part::AwsLogs, Part::Kinesis] {
            if let Some(plain) = text(part(packed), record).and_then(|t| base64::decode(&t)) {
                self.content(&plain, At { message: true, ..deeper }, handler);
                return true;
            }
        }
        const TEXTS: [Part; 8] = [
            Part::AzureLog,
            Part::LookupEvent,
            Part::SnsMessage,
            Part::LambdaSns,
            Part::SqsBody,
            Part::Message,
            Part::InsightsMessage,
            Part::ContainerLog,
        ];
        for inner in TEXTS {
            let span = part(inner);
            if !matches!(span.kind, Kind::Plain | Kind::Escaped) {
                continue;
            }
            let Some(plain) = text(span, record) else { continue };
            let line = at.message && matches!(inner, Part::Message);
            if line || plain.get(blanks(&plain, 0)) == Some(&b'{') {
                let cluster = words(Part::AzureResource).and_then(|id| azure_cluster(&id));
                let context = Context { cluster: cluster.or(at.context.cluster.clone()), ..at.context.clone() };
                let at = At { context: &context, message: line, ..deeper };
                self.content(&plain, at, handler);
                return true;
            }
        }
        false
    }

    /// What lay in an envelope: one or more JSON values, lines of text, or gzip of those.
    pub(super) fn content(&mut self, bytes: &[u8], at: At<'_>, handler: &mut dyn Handler) {
        if at.depth > MAX_ENVELOPES {
            return self.bad(handler, Reason::TooDeep, at, "envelopes inside of envelopes".to_owned(), bytes);
        }
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return self.packed_content(bytes, at, handler);
        }
        let mut rest = &bytes[blanks(bytes, 0)..];
        let blank = matches!(bytes.first(), Some(b' ' | b'\t')) && !matches!(rest.first(), Some(b'{' | b'['));
        if at.message && blank && self.texts.may_go_on(true) {
            return;
        }
        while let Some(first) = rest.first() {
            let used = match first {
                b'{' => match self.json(rest, false, at, handler) {
                    Outcome::Done(end) => end,
                    Outcome::List(_) | Outcome::More => {
                        let detail = "the record inside of its envelope ends early".to_owned();
                        return self.bad(handler, Reason::Truncated, at, detail, rest);
                    }
                    Outcome::Bad(fault) => {
                        let (reason, detail) = words(fault);
                        return self.bad(handler, reason, at, detail, rest);
                    }
                },
                b'[' if rest.get(blanks(rest, 1)) == Some(&b'{') => self.list(rest, at, handler),
                _ => {
                    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    // Lines that begin with a blank go on a line of text.
                    let all = match rest.get(end + 1) {
                        Some(b' ' | b'\t') if self.texts.knows(&rest[..end]) => {
                            goes_on(rest, end).unwrap_or(rest.len())
                        }
                        _ => end,
                    };
                    let line = &rest[..if all > end && self.texts.takes_more(&rest[..end]) { all } else { end }];
                    let goes_on = self.line(line, at, handler) || (at.message && self.texts.may_go_on(false));
                    if !goes_on {
                        self.bad(handler, Reason::UnknownSource, at, "no source knows such a line".to_owned(), line);
                    }
                    all
                }
            };
            rest = &rest[blanks(rest, used)..];
        }
    }

    fn packed_content(&mut self, bytes: &[u8], at: At<'_>, handler: &mut dyn Handler) {
        let mut plain = Vec::new();
        let broken = match Unpack::new(bytes) {
            Ok(mut unpack) => {
                let read = unpack.by_ref().take(MAX_RECORD as u64 + 1).read_to_end(&mut plain);
                unpack.broken().cloned().map(|b| (b.reason, b.detail)).or(read.err().map(io_words))
            }
            Err(error) => Some(io_words(error)),
        };
        if plain.len() > MAX_RECORD {
            return self.bad(handler, Reason::TooLarge, at, super::reader::too_large(), bytes);
        }
        self.content(&plain, At { depth: at.depth + 1, ..at }, handler);
        if let Some((reason, detail)) = broken {
            self.bad(handler, reason, at, detail, bytes);
        }
    }

    /// The elements of a list that has been walked already; how long the list is.
    fn list(&mut self, list: &[u8], at: At<'_>, handler: &mut dyn Handler) -> usize {
        let mut place = 1;
        loop {
            place = blanks(list, place);
            match list.get(place) {
                Some(b',') => place += 1,
                Some(b']') => return place + 1,
                None => return list.len(),
                Some(_) => match self.json(&list[place..], false, at, handler) {
                    Outcome::Done(used) => place += used,
                    Outcome::List(_) | Outcome::More => {
                        let detail = "the record inside of its envelope ends early".to_owned();
                        self.bad(handler, Reason::Truncated, at, detail, &list[place..]);
                        return list.len();
                    }
                    Outcome::Bad(fault) => {
                        let (reason, detail) = words(fault);
                        place += self.pass_over(&list[place..], reason, detail, at, handler);
                    }
                },
            }
        }
    }
}

fn io_words(error: std::io::Error) -> (Reason, String) {
    (Reason::BadArchive, error.to_string())
}

/// The cluster of `/SUBSCRIPTIONS/…/MANAGEDCLUSTERS/NAME`.
fn azure_cluster(resource: &str) -> Option<std::sync::Arc<str>> {
    let (before, name) = resource.rsplit_once('/')?;
    before.to_ascii_lowercase().ends_with("/managedclusters").then(|| name.into())
}
