//! What the room's tests share: the shipped vocabulary with everything projected, and a handler that writes down what
//! it is told.

use std::io::Read;
use std::sync::OnceLock;

use super::{Handler, Reason, Setup, Skip, Stats, Unreadable, read};
use crate::schema::{AttrId, Context, Event, Need, Projection, SourceId, Vocabulary};

/// The vocabulary and a projection of all attributes by source.
pub fn shipped() -> (&'static Vocabulary, &'static [Projection]) {
    static BOTH: OnceLock<(Vocabulary, Vec<Projection>)> = OnceLock::new();
    let (vocabulary, projections) = BOTH.get_or_init(|| {
        let vocabulary = Vocabulary::builtin().expect("the vocabulary loads");
        let projections = vocabulary.source_ids().map(|s| Projection::build(&vocabulary, s, &needs(&vocabulary, s)));
        let projections = projections.collect();
        (vocabulary, projections)
    });
    (vocabulary, projections)
}

fn needs(vocabulary: &Vocabulary, source: SourceId) -> Vec<Need> {
    let of = |m: &crate::schema::Mapping| {
        let class = m.class;
        let attrs: Vec<AttrId> = m.attributes.keys().copied().collect();
        attrs.into_iter().map(move |attr| Need { class, attr, steps: Vec::new() })
    };
    vocabulary.source(source).classes.iter().flat_map(of).collect()
}

/// The setup over [`shipped`]; `forced` by name.
pub fn setup(forced: Option<&str>) -> Setup<'static> {
    let (vocabulary, projections) = shipped();
    let forced = forced.map(|f| vocabulary.source_named(f).expect("a source"));
    Setup { vocabulary, projections, forced }
}

/// What was told.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Told {
    /// One line an event: source, seconds, account, region, cluster, and the value of one attribute.
    pub events: Vec<String>,
    /// Reason, line, and the first bytes of the record.
    pub bad: Vec<(Reason, Option<u64>, String)>,
    pub details: Vec<String>,
    pub skipped: Vec<Skip>,
}

impl Told {
    pub fn reasons(&self) -> Vec<&'static str> {
        self.bad.iter().map(|b| b.0.word()).collect()
    }
}

impl Handler for Told {
    fn event(&mut self, event: &Event<'_>) {
        let (vocabulary, _) = shipped();
        let source = &vocabulary.source(event.source).name;
        let telling = ["api.operation", "query.hostname", "src_endpoint.ip", "type"];
        let name = |n: &crate::schema::projection::Slot| vocabulary.attr(n.need.class, n.need.attr).name.to_string();
        let slots = &event.projection.slots;
        let slot = telling.iter().find_map(|t| slots.iter().position(|s| name(s) == *t));
        // Everything is made once, so that a recipe that cannot bear a record shows here.
        for i in 0..slots.len() {
            let _ = event.get(i);
        }
        let value = slot.and_then(|s| event.get(s).to_value()).map_or("-".to_owned(), |v| v.to_string());
        let or = |t: Option<&str>| t.unwrap_or("-").to_owned();
        self.events.push(format!(
            "{source} {} {} {} {} {value}",
            event.time.0 / 1000,
            or(event.account()),
            or(event.region()),
            or(event.context.cluster.as_deref()),
        ));
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
        let text = String::from_utf8_lossy(&bad.bytes[..bad.bytes.len().min(60)]).into_owned();
        self.bad.push((bad.reason, bad.line, text));
        self.details.push(bad.detail);
    }

    fn skipped(&mut self, why: Skip) {
        self.skipped.push(why);
    }
}

/// Reads bytes whole; checks the ledger.
pub fn told(bytes: &[u8]) -> (Told, Stats) {
    told_by(bytes, None, "-")
}

/// As [`told`], from any stream.
pub fn told_by(input: impl Read, forced: Option<&str>, name: &str) -> (Told, Stats) {
    let mut told = Told::default();
    let stats = read(input, name, &Context::default(), setup(forced), &mut told).expect("memory");
    assert_eq!(stats.records, stats.events + stats.skipped + stats.unreadable, "the ledger");
    assert_eq!(stats.events, told.events.len() as u64);
    assert_eq!(stats.events, stats.by_source.iter().sum::<u64>());
    assert_eq!(stats.unreadable, told.bad.len() as u64);
    assert_eq!(stats.skipped, told.skipped.len() as u64);
    (told, stats)
}

/// A small CloudTrail record, `n` in its operation's name.
pub fn trail(n: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","accountId":"111122223333","userName":"ana"}},"eventTime":"2024-01-02T03:04:05Z","eventSource":"s3.amazonaws.com","eventName":"Op{n}","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","requestParameters":{{"bucketName":"b","list":[{{"a":1}},{{"a":2}}]}},"responseElements":null,"eventID":"id-{n}","recipientAccountId":"111122223333"}}"#
    )
}

/// What [`Told`] writes of [`trail`].
pub fn trail_line(n: usize) -> String {
    format!("cloudtrail 1704164645 111122223333 eu-west-1 - Op{n}")
}

/// Lines of [`trail_line`].
pub fn trail_lines(of: impl IntoIterator<Item = usize>) -> Vec<String> {
    of.into_iter().map(trail_line).collect()
}
