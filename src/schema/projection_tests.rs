//! From a record's wire fields to values: every recipe, the laws of JSON, given events. The little reader here stands
//! for the real one: it finds the projection's paths with serde_json.

use std::collections::BTreeMap;

use super::*;
use crate::value::{Arena, Json, Time, Val};

const CLASS: &str = "
class: c
uid: 1
title: C
doc: A class for tests.
attributes:
  time: { type: time, doc: T. }
  cloud.account.uid: { type: string, doc: A. }
  cloud.region: { type: string, doc: R. }
  name: { type: string, doc: N. }
  n: { type: int, doc: N. }
  ok: { type: bool, doc: O. }
  ip: { type: ip, doc: I. }
  ips: { type: list<ip>, doc: I. }
  word: { type: [good, bad], doc: W. }
  data: { type: json, doc: D. }
  raw: { type: json, doc: R. }
  things:
    type: list<object>
    doc: T.
    fields: { uid: { type: string, doc: U. }, owner.uid: { type: int, doc: O. } }
  made:
    type: list<object>
    doc: M.
    fields: { uid: { type: string, doc: U. }, kind: { type: string, doc: K. } }
  user: { type: string, doc: U. }
  domain: { type: string, derived: { from: user, apply: after_last_slash }, doc: D. }
";

const SOURCE: &str = "
source: s
title: S
doc: A source for tests.
wire: json
recognise: [{ t: present, kind: [A, B] }]
skip: [{ kind: [B] }]
time: [t, { apply: epoch_seconds, of: [epoch] }]
identity: [id, part]
account: acct
let: { last: { apply: after_last_slash, of: [path] } }
classes:
  c:
    when: [{ flag: { starts: [y, t] } }, { flag: absent, x: present }]
    attributes:
      raw: ''
      name: { first: [a.missing, a.name, { const: none }] }
      n: a.n
      ok: { if: { err: absent, code: { starts: [2] } }, then: true, else: false }
      ip: src
      ips: 'list[].ip'
      word: { from: w, words: { G: good, B: bad }, other: bad }
      data: d
      things: { from: things, fields: { uid: ARN, owner.uid: owner.id } }
      made: { objects: [{ uid: m.one, kind: { const: one } }, { uid: m.two }] }
      user: { template: '{}/{}', of: [acct, { let: last }] }
";

fn vocabulary() -> Vocabulary {
    Vocabulary::load(&[("classes/c.yaml", CLASS), ("sources/s.yaml", SOURCE)]).unwrap_or_else(|e| panic!("{e}"))
}

fn need(v: &Vocabulary, path: &str) -> Need {
    let class = v.class_named("c").expect("class");
    let (attr, steps) = v.resolve(class, &path::parse_path(path).expect("path")).expect(path);
    Need { class, attr, steps }
}

/// Finds the projection's paths in a record, as the reader does: text of strings raw, with their escapes.
pub(super) fn read<'a>(projection: &Projection, record: &'a str, arena: &'a Arena) -> &'a [Raw<'a>] {
    type Fields<'a> = BTreeMap<String, &'a serde_json::value::RawValue>;
    let find = |path: &WirePath| {
        let mut text = record;
        for key in path {
            let fields: Option<Fields<'a>> = serde_json::from_str(text).ok();
            match fields.and_then(|f| f.get(key.as_ref()).map(|v| v.get())) {
                Some(inner) => text = inner,
                None => return Raw::Absent,
            }
        }
        match text.as_bytes()[0] {
            b'n' => Raw::Null,
            b't' => Raw::Bool(true),
            b'f' => Raw::Bool(false),
            b'"' => Raw::Str(&text[1..text.len() - 1], text.contains('\\')),
            b'{' | b'[' => Raw::Json(text),
            _ => Raw::Number(text),
        }
    };
    arena.alloc_slice_fill_iter(projection.paths.iter().map(find))
}

fn show(v: Val<'_>) -> String {
    v.to_value().map_or("-".to_owned(), |v| match v {
        crate::value::Value::List(_) => serde_json::to_string(&v).expect("json"),
        v => v.to_string(),
    })
}

fn values(record: &str, paths: &[&str]) -> Vec<String> {
    let v = vocabulary();
    let needs: Vec<Need> = paths.iter().map(|p| need(&v, p)).collect();
    let projection = Projection::build(&v, SourceId(0), &needs);
    let arena = Arena::new();
    let context = Context { account: Some("999988887777".into()), ..Context::default() };
    let raw = read(&projection, record, &arena);
    let event = Event::new(&projection, &context, record, raw, &arena).expect("has a time");
    let first: Vec<String> = (0..needs.len()).map(|i| show(event.get(i))).collect();
    let again: Vec<String> = (0..needs.len()).map(|i| show(event.get(i))).collect();
    assert_eq!(first, again, "made once, kept");
    first
}

const T: &str = r#""t":"2026-01-01T00:00:00Z""#;

fn value(fields: &str, path: &str) -> String {
    values(&format!("{{{T},{fields}}}"), &[path]).remove(0)
}

#[test]
fn recipes() {
    for (fields, path, expected) in [
        (r#""a":{"name":"x"}"#, "name", "x"),
        (r#""a":{"missing":null,"name":"x"}"#, "name", "x"),
        (r#""a":{"missing":{"deep":1},"name":"x"}"#, "name", "x"),
        (r#""a":7"#, "name", "none"),
        (r#""a":{"n":"22"}"#, "n", "22"),
        (r#""a":{"n":22}"#, "n", "22"),
        (r#""a":{"n":22.5}"#, "n", "-"),
        (r#""code":200"#, "ok", "true"),
        (r#""code":"2xx","err":null"#, "ok", "true"),
        (r#""code":200,"err":"x""#, "ok", "false"),
        (r#""code":404"#, "ok", "false"),
        (r#""src":"203.0.113.5""#, "ip", "203.0.113.5"),
        (r#""src":"ec2.amazonaws.com""#, "ip", "-"),
        (r#""list":[{"ip":"10.0.0.1"},{"ip":"x"},{},{"ip":"::1"}]"#, "ips", r#"["10.0.0.1","::1"]"#),
        (r#""list":{"ip":"10.0.0.1"}"#, "ips", r#"["10.0.0.1"]"#),
        (r#""list":[]"#, "ips", "[]"),
        (r#""list":null"#, "ips", "-"),
        (r#""w":"G""#, "word", "good"),
        (r#""w":"?""#, "word", "bad"),
        (r#""x":1"#, "word", "-"),
        (r#""acct":"111122223333","path":"a/b/c""#, "user", "111122223333/c"),
        (r#""acct":"111122223333""#, "user", "-"),
        (r#""acct":"111122223333","path":"a/b/c""#, "domain", "c"),
        (r#""acct":"111122223333""#, "cloud.account.uid", "111122223333"),
        (r#""acct":"ANONYMOUS""#, "cloud.account.uid", "999988887777"),
        (r#""acct":111122223333"#, "cloud.account.uid", "111122223333"),
        (r#""x":1"#, "cloud.region", "-"),
        (r#""x":1"#, "time", "2026-01-01T00:00:00Z"),
        (r#""m":{"two":"b"}"#, "made", r#"[{"kind":"one"},{"uid":"b"}]"#),
        (r#""m":{"one":"a","two":"b"}"#, "made[].uid", r#"["a","b"]"#),
    ] {
        assert_eq!(value(fields, path), expected, "{path} of {fields}");
    }
}

#[test]
fn laws_of_json_in_sub_paths() {
    for (fields, path, expected) in [
        (r#""d":{"a":{"b":"x\"y\u00e9"}}"#, "data.a.b", "x\"y\u{e9}"),
        (r#""d":{"a":{"b":null}}"#, "data.a.b", "-"),
        (r#""d":{"a":"text"}"#, "data.a.b", "-"),
        (r#""d":{"a":true}"#, "data.a", "true"),
        (r#""d":{"a":22}"#, "data.a", "22"),
        (r#""d":{"x-amz-acl":["a","b"]}"#, "data.\"x-amz-acl\"", r#"["a","b"]"#),
        (r#""d":{"acl":["a",null,"b"]}"#, "data.acl[]", r#"["a","b"]"#),
        (r#""d":{"acl":"a"}"#, "data.acl[]", r#"["a"]"#),
        (r#""d":{"acl":"a"}"#, "data.acl[0]", "a"),
        (r#""d":{"acl":"a"}"#, "data.acl[1]", "-"),
        (r#""d":{"s":{"e":1}}"#, "data.s[].e", "[1]"),
        (r#""d":{"s":[{"e":1},{"f":2},{"e":[3]}]}"#, "data.s[].e", "[1,[3]]"),
        (r#""d":{"s":[{"e":1}]}"#, "data.s.e", "-"),
        (r#""d":{"p":"{\"a\":1}"}"#, "data.p.a", "-"),
        (r#""d":{"big":12345678901234567890}"#, "data.big", "12345678901234567890"),
        (r#""d":{"k":1,"k":2}"#, "data.k", "2"),
        (r#""d":{"b":[1,{"c":2}]}"#, "data", r#"{"b":[1,{"c":2}]}"#),
        (r#""other":{"b.c":1}"#, "raw.other.\"b.c\"", "1"),
    ] {
        assert_eq!(value(fields, path), expected, "{path} of {fields}");
    }
    assert!(value(r#""q":1"#, "raw").contains("\"q\":1"));
}

#[test]
fn lists_of_objects_have_our_names() {
    let fields = r#""things":[{"ARN":"a","owner":{"id":"7"}},{"ARN":null},{"owner":{"id":"x"}}]"#;
    assert_eq!(value(fields, "things"), r#"[{"owner.uid":"7","uid":"a"},{},{"owner.uid":"x"}]"#);
    assert_eq!(value(fields, "things[].uid"), r#"["a"]"#);
    assert_eq!(value(fields, "things[].owner.uid"), "[7]", "typed: `x` is no int");
    assert_eq!(value(fields, "things[0].uid"), "a");
    assert_eq!(value(r#""things":{"ARN":"b"}"#, "things[].uid"), r#"["b"]"#);
    let v = vocabulary();
    let n = need(&v, "things");
    let steps = v.element_steps(n.class, n.attr, &path::parse_path("owner.uid").expect("path"));
    assert_eq!(steps, [crate::value::json::Step::Key("owner.uid".into())]);
}

#[test]
fn paths_are_read_once_and_documents_parsed_once() {
    let v = vocabulary();
    let needs: Vec<Need> =
        ["data.a[].b", "data.a[].c", "data.a", "data.x.y", "name"].iter().map(|p| need(&v, p)).collect();
    let p = Projection::build(&v, SourceId(0), &needs);
    let texts: Vec<String> = p.paths.iter().map(|p| p.join(".")).collect();
    assert_eq!(texts.iter().filter(|t| *t == "d.a").count(), 1, "{texts:?}");
    assert!(texts.contains(&"d.x.y".to_owned()) && !texts.contains(&"d".to_owned()), "{texts:?}");
    for wanted in ["t", "kind", "flag", "id", "acct", "epoch"] {
        assert!(texts.contains(&wanted.to_owned()), "{wanted} in {texts:?}");
    }
    assert_eq!(p.docs, 2, "d.a, which three read, and d.x.y");
}

#[test]
fn conditions_choose_recognise_and_skip() {
    let v = vocabulary();
    let p = Projection::build(&v, SourceId(0), &[]);
    let arena = Arena::new();
    for (record, recognised, skipped, classes) in [
        (r#"{"t":1,"kind":"A","flag":"yes"}"#, true, false, 1),
        (r#"{"t":1,"kind":"B","flag":true}"#, true, true, 1),
        (r#"{"t":null,"kind":"A","flag":"no"}"#, false, false, 0),
        (r#"{"kind":["A"],"x":1}"#, false, false, 1),
        (r#"{"t":{},"kind":"\u0041","flag":""}"#, true, false, 0),
    ] {
        let raw = read(&p, record, &arena);
        assert_eq!((p.recognises(raw, &arena), p.skips(raw, &arena)), (recognised, skipped), "{record}");
        assert_eq!(p.classes(raw, &arena), classes, "{record}");
    }
}

#[test]
fn time_and_identity() {
    let v = vocabulary();
    let p = Projection::build(&v, SourceId(0), &[]);
    let arena = Arena::new();
    let context = Context::default();
    let event = |record: &'static str| {
        let raw = read(&p, record, &arena);
        Event::new(&p, &context, record, raw, &arena)
    };
    let time = |record| event(record).map(|e| e.time);
    assert_eq!(time(r#"{"t":"1970-01-01T00:00:01Z"}"#), Some(Time(1000)));
    assert_eq!(time(r#"{"t":"soon","epoch":2}"#), Some(Time(2000)));
    assert_eq!(time(r#"{"epoch":"3"}"#), Some(Time(3000)));
    assert_eq!(time(r#"{"t":"soon"}"#), None);
    let id = |record| event(record).expect("has a time").identity();
    let a = id(r#"{"epoch":1,"id":"a","part":"b","more":1}"#);
    assert_eq!(a, id(r#"{"part":"b","id":"a","epoch":1}"#));
    assert_ne!(a, id(r#"{"epoch":1,"id":"ab","part":""}"#));
    assert_ne!(a, id(r#"{"epoch":1,"id":"a"}"#));
    assert_ne!(id(r#"{"epoch":1,"id":"a"}"#), id(r#"{"epoch":2,"id":"a"}"#));
    // Findings carry what hangs on it: it may never change.
    assert_eq!(format!("{a:032x}"), "1fc59a282c2361b352ccdc131c8bc7de");
}

#[test]
fn events_of_values() {
    use crate::value::Value;
    let v = vocabulary();
    let class = v.class_named("c").expect("class");
    let paths = [
        "name",
        "n",
        "ip",
        "data.a.b[]",
        "data",
        "things[].owner.uid",
        "things",
        "cloud.account.uid",
        "cloud.region",
        "time",
        "domain",
        "word",
        "ips",
        "ips[]",
        "data.x.y",
    ];
    let needs: Vec<Need> = paths.iter().map(|p| need(&v, p)).collect();
    let object = |fields: Vec<(&str, Value)>| Value::Object(fields.into_iter().map(|(k, v)| (k.into(), v)).collect());
    let given: Vec<Given> = [
        ("name", Value::str("x")),
        ("n", Value::str("7")),
        ("ip", Value::Ip([10, 0, 0, 1].into())),
        ("data.a", object(vec![("b", Value::List(vec![Value::Int(1), Value::Null, Value::str("2")]))])),
        ("data.x.y", Value::Bool(true)),
        (
            "things",
            Value::List(vec![object(vec![("uid", Value::str("u")), ("owner", object(vec![("uid", Value::Int(3))]))])]),
        ),
        ("user", Value::str("a/b")),
        ("word", Value::Null),
        ("ips", Value::List(vec![Value::Ip([10, 0, 0, 1].into())])),
    ]
    .into_iter()
    .map(|(path, value)| {
        let n = need(&v, path);
        Given { attr: n.attr, steps: n.steps, value }
    })
    .collect();
    let context = Context::of_tests();
    for projection in [Projection::build(&v, SourceId(0), &needs), Projection::virtual_class(&v, class, &needs)] {
        let arena = Arena::new();
        let event = Event::given(&v, &projection, class, &given, (Time(5000), 7), &context, &arena);
        let got: Vec<String> = (0..needs.len()).map(|i| show(event.get(i))).collect();
        assert_eq!(
            got,
            [
                "x",
                "7",
                "10.0.0.1",
                r#"[1,"2"]"#,
                r#"{"a":{"b":[1,"2"]},"x":{"y":true}}"#,
                "[3]",
                r#"[{"uid":"u","owner.uid":3}]"#,
                "111122223333",
                "us-east-1",
                "1970-01-01T00:00:05Z",
                "b",
                "-",
                r#"["10.0.0.1"]"#,
                r#"["10.0.0.1"]"#,
                "true",
            ]
        );
        assert_eq!((event.identity(), event.account(), event.is(class)), (7, Some("111122223333"), true));
        let bare = Event::given(&v, &projection, class, &[], (Time(0), 0), &context, &arena);
        assert_eq!(show(bare.get(0)), "-", "unsaid is absent");
        let nowhere = Context::default();
        let bare = Event::given(&v, &projection, class, &[], (Time(0), 0), &nowhere, &arena);
        assert_eq!((bare.account(), show(bare.get(7))), (None, "-".to_owned()), "no account is made up");
    }
}

#[test]
fn deep_and_broken_documents_are_absent() {
    let deep = format!("{{{T},\"d\":{{\"a\":{}1{}}}}}", "[".repeat(200), "]".repeat(200));
    // serde_json's own limit is 128, so this record is given to the projection by hand.
    let v = vocabulary();
    let p = Projection::build(&v, SourceId(0), &[need(&v, "data.a[]")]);
    let arena = Arena::new();
    let raw: Vec<Raw<'_>> = p
        .paths
        .iter()
        .map(|path| match path.join(".").as_str() {
            "t" => Raw::Str("2026-01-01T00:00:00Z", false),
            "d.a" => Raw::Json(&deep[deep.find('[').expect("there")..deep.rfind(']').expect("there") + 1]),
            _ => Raw::Absent,
        })
        .collect();
    let context = Context::default();
    let event = Event::new(&p, &context, &deep, &raw, &arena).expect("has a time");
    assert_eq!(event.get(0), Val::Absent);
    assert!(Json::parse(&deep, &arena).is_none());
}

/// Knows one address, and counts how often it is asked.
#[derive(Debug, Default)]
struct Known(std::sync::atomic::AtomicU32);

impl Enrich for Known {
    fn look_up<'a>(&self, address: std::net::IpAddr, fact: Fact, arena: &'a Arena) -> Val<'a> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match (address.to_string().as_str(), fact) {
            ("192.0.2.7", Fact::Country) => Val::Str(arena.alloc_str("SE")),
            ("192.0.2.7", Fact::Asn) => Val::Int(64500),
            ("192.0.2.7", Fact::Latitude) => Val::Float(59.5),
            _ => Val::Absent,
        }
    }
}

#[test]
fn what_is_enriched_is_looked_up_when_asked_and_once() {
    const ENRICHED: &str = "
  country: { type: string, enriched: { from: ip, what: country }, doc: C. }
  asn: { type: int, enriched: { from: ip, what: asn }, doc: N. }
  lat: { type: float, enriched: { from: ip, what: latitude }, doc: L. }
  city: { type: string, enriched: { from: ip, what: city }, doc: C. }
";
    let class = format!("{CLASS}{}", &ENRICHED[1..]);
    let v =
        Vocabulary::load(&[("classes/c.yaml", &class), ("sources/s.yaml", SOURCE)]).unwrap_or_else(|e| panic!("{e}"));
    // The address itself is no need: the projection reads it for the look-up.
    let needs: Vec<Need> = ["country", "asn", "lat", "city", "n"].iter().map(|p| need(&v, p)).collect();
    let known = Arc::new(Known::default());
    let asked = || known.0.load(std::sync::atomic::Ordering::Relaxed);
    let mut projection = Projection::build(&v, SourceId(0), &needs);
    for (data, address, expected) in [
        (None, r#""192.0.2.7""#, ["-", "-", "-", "-"]),
        (Some(known.clone() as Arc<dyn Enrich>), r#""192.0.2.7""#, ["SE", "64500", "59.5", "-"]),
        (Some(known.clone() as Arc<dyn Enrich>), r#""192.0.2.8""#, ["-", "-", "-", "-"]),
    ] {
        let bound = data.is_some();
        projection.enrich = data;
        let (arena, context, before) = (Arena::new(), Context::default(), asked());
        let record = format!("{{{T},\"src\":{address}}}");
        let event = Event::new(&projection, &context, &record, read(&projection, &record, &arena), &arena);
        let event = event.expect("has a time");
        assert_eq!(show(event.get(4)), "-");
        assert_eq!(asked(), before, "nobody asked for a place");
        for _ in 0..3 {
            assert_eq!([0, 1, 2, 3].map(|n| show(event.get(n))), expected);
        }
        assert_eq!(asked() - before, if bound { 4 } else { 0 });
    }
    // No address, no question.
    let (arena, context, before) = (Arena::new(), Context::default(), asked());
    let record = format!("{{{T},\"src\":\"iam.amazonaws.com\"}}");
    let event = Event::new(&projection, &context, &record, read(&projection, &record, &arena), &arena);
    assert_eq!((show(event.expect("has a time").get(0)), asked()), ("-".to_owned(), before));
    // An event of values has what it is given, and is never looked up.
    let given = [("ip", crate::value::Value::str("192.0.2.7")), ("country", crate::value::Value::str("NO"))];
    let class = v.class_named("c").expect("class");
    let given = given.map(|(name, value)| given::Given { attr: need(&v, name).attr, steps: Vec::new(), value });
    let event = Event::given(&v, &projection, class, &given, (Time(0), 1), &context, &arena);
    assert_eq!((show(event.get(0)), show(event.get(1)), asked()), ("NO".to_owned(), "-".to_owned(), before));
}
