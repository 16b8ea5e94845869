//! The walker against serde_json: what one accepts the other accepts, and the values are equal.

use proptest::prelude::*;
use serde_json::Value;

use super::token::Why;
use super::trie::Trie;
use super::walk::{Kind, Walk, Walked};
use crate::schema::WirePath;
use crate::value::json::unescape;

fn path(text: &str) -> WirePath {
    text.split('.').map(Into::into).collect()
}

fn trie(paths: &[&str]) -> Trie {
    Trie::new(&paths.iter().map(|p| path(p)).collect::<Vec<_>>()).seal()
}

/// What the walker says of a whole document: the wanted values as serde_json reads them, or why not.
fn ours(paths: &[&str], bytes: &[u8]) -> Result<Vec<Option<Value>>, Why> {
    let mut walk = Walk::default();
    let trie = trie(paths);
    let end = match walk.value(&trie, bytes, false) {
        Ok(Walked::Done(end)) => end,
        Ok(Walked::List(_)) => unreachable!("no path is a list of records"),
        Err(fault) => return Err(fault.why()),
    };
    let text = std::str::from_utf8(bytes).map_err(|_| Why::Syntax)?;
    if !bytes[end..].iter().all(|b| b" \t\r\n".contains(b)) {
        return Err(Why::Syntax);
    }
    let arena = crate::value::Arena::new();
    let read = |(start, end): (u32, u32)| &text[start as usize..end as usize];
    Ok(walk.spans[..paths.len()]
        .iter()
        .map(|s| match s.kind {
            Kind::Absent => None,
            Kind::Null => Some(Value::Null),
            Kind::True => Some(true.into()),
            Kind::False => Some(false.into()),
            Kind::Plain => Some(read((s.start, s.end)).into()),
            Kind::Escaped => Some(unescape(read((s.start, s.end)), &arena).expect("validated").into()),
            Kind::Number | Kind::Json => {
                Some(serde_json::from_str(read((s.start, s.end))).unwrap_or("out of range".into()))
            }
        })
        .collect())
}

fn theirs(paths: &[&str], bytes: &[u8]) -> Option<Vec<Option<Value>>> {
    let doc: Value = serde_json::from_slice(bytes).ok()?;
    Some(
        paths
            .iter()
            .map(|p| path(p).iter().try_fold(&doc, |at, key| at.as_object()?.get(key.as_ref())).cloned())
            .collect(),
    )
}

const PATHS: &[&str] = &["a", "b", "a.b", "a.b.c", "ab", "a long key of more than sixteen bytes", "é", "a.a", "c.c"];

fn agree(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match (ours(PATHS, bytes), theirs(PATHS, bytes)) {
        (Ok(ours), Some(theirs)) => assert_eq!(ours, theirs, "{text}"),
        (Err(Why::Duplicate | Why::Depth), _) | (Err(_), None) => {}
        (Ok(_), None) if out_of_range(bytes) => {}
        (ours, theirs) => panic!("{text:?}: ours {ours:?}, serde_json {theirs:?}"),
    }
}

/// The one thing that passes here and not there.
fn out_of_range(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_err_and(|e| e.to_string().contains("out of range"))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{1,2}",
        1 => Just("a long key of more than sixteen bytes".to_owned()),
        1 => Just("é".to_owned()),
        1 => "[ -~é\u{1F600}\"\\\\\n\u{0}]{0,40}",
    ]
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Writes some characters of strings as `\u` escapes, keys too.
fn escape_some(text: &str, every: usize) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut after_backslash = false;
    for (i, c) in text.chars().enumerate() {
        if c == '"' && !after_backslash {
            inside = !inside;
        }
        if inside && c.is_ascii_alphabetic() && !after_backslash && i % every == 0 && !text[..].contains('\\') {
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            out.push(c);
        }
        after_backslash = c == '\\' && !after_backslash;
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn valid_documents(doc in document(), pretty: bool, every in 2usize..9) {
        let text = if pretty { serde_json::to_string_pretty(&doc) } else { serde_json::to_string(&doc) }.expect("json");
        agree(text.as_bytes());
        agree(escape_some(&text, every).as_bytes());
    }

    #[test]
    fn mutated_documents(
        doc in document(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..4),
    ) {
        const LIKELY: &[u8] = b"\"\\{}[]:,0123456789.-+eEutnrfals \t\n\r\x00\x1f\x7f\x80\xc3\xff";
        let mut bytes = serde_json::to_vec(&doc).expect("json");
        for (at, how, byte) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match how {
                _ if bytes.is_empty() => {}
                0 => bytes[at] = LIKELY[byte as usize % LIKELY.len()],
                1 => bytes.insert(at, LIKELY[byte as usize % LIKELY.len()]),
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        agree(&bytes);
    }

    #[test]
    fn a_cut_document_is_incomplete(doc in document(), cut: prop::sample::Index) {
        let bytes = serde_json::to_vec(&serde_json::json!({"a": doc, "d": [1, doc]})).expect("json");
        let cut = cut.index(bytes.len());
        prop_assert_eq!(ours(PATHS, &bytes[..cut]), Err(Why::Incomplete));
    }

    #[test]
    fn soup_of_tokens(tokens in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"\\u0061\"", "1", "-0", "1e5", "1e400", "0.5", "00", "-", ".5", "null", "true",
        "tru", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"x\\\"y\"", " ", "\n", "\"\\x\"", "\"a", "é",
    ]), 0..14)) {
        agree(tokens.concat().as_bytes());
    }
}

#[test]
fn hand_picked() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "{}",
        "[]",
        "[",
        "[,]",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "01",
        "-01",
        "1.",
        ".1",
        "1e",
        "1e+",
        "1E-2",
        "-",
        "+1",
        "nul",
        "nulll",
        "true false",
        "\"",
        "\"\\",
        "\"\\u",
        "\"\\u12",
        "\"\\u12G4\"",
        "\"\\uD834\\uDD1E\"",
        "\"\\uD834\"",
        "\"\\uD834x\"",
        "\"\\uD834\\n\"",
        "\"\\uD834\\uD834\"",
        "\"\\uDD1E\"",
        "\"\t\"",
        "\"\u{7f}\"",
        "\u{feff}{}",
        "[1 2]",
        "[1,2]]",
        "{\"a\":1 \"b\":2}",
        "{\"a\" 1}",
        "{1:2}",
        "{\"a\":{\"b\":{\"c\":[{}]}}}",
        "[[],{},[{}]]",
        "{\"a\":[}",
        "[{\"a\":1]",
        "1e400",
        "-1e400",
        "123456789012345678901234567890",
        "{\"a\":1e400}",
        "[\"\u{0}\"]",
    ] {
        agree(text.as_bytes());
    }
    for bytes in [&b"\"\xff\""[..], b"{\"\xc3\":1}", b"\"\xed\xa0\x80\"", b"\xff", b"{\"a\":\"\xf0\x9f\x98\"}"] {
        agree(bytes);
    }
}

#[test]
fn duplicates_are_told_where_something_is_read() {
    let why = |text: &str| ours(PATHS, text.as_bytes()).err();
    assert_eq!(why(r#"{"a":1,"a":2}"#), Some(Why::Duplicate));
    assert_eq!(why(r#"{"a":1,"\u0061":2}"#), Some(Why::Duplicate), "keys are compared unescaped");
    assert_eq!(why(r#"{"x":1,"x":2}"#), Some(Why::Duplicate), "any key of an object on the way");
    assert_eq!(why(r#"{"b":{"x":{"y":1,"y":2}}}"#), Some(Why::Duplicate), "inside of what is kept whole");
    assert_eq!(why(r#"{"a":{"x":{"y":1,"y":2}}}"#), Some(Why::Duplicate), "likewise, where more is read of it");
    assert_eq!(why(r#"{"b":[{"y":1},{"y":1,"z":2,"y":3}]}"#), Some(Why::Duplicate));
    assert_eq!(why(r#"{"x":{"y":1,"y":2}}"#), None, "nobody reads it");
    assert_eq!(why(r#"{"a":{"y":1},"b":{"y":1},"c":{"c":{"c":1}}}"#), None);
    let many = |last: usize| {
        let fields: Vec<String> = (0..500).chain([last]).map(|i| format!("\"k{i}\":{i}")).collect();
        format!("{{{}}}", fields.join(","))
    };
    for last in [0, 1, 63, 64, 65, 499] {
        assert_eq!(why(&many(last)), Some(Why::Duplicate), "{last}");
    }
    assert_eq!(why(&many(500)), None);
}

#[test]
fn depth_is_counted() {
    let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
    let objects = |n: usize| "{\"a\":".repeat(n) + "1" + &"}".repeat(n);
    for make in [&nested as &dyn Fn(usize) -> String, &objects] {
        assert!(ours(PATHS, make(64).as_bytes()).is_ok());
        assert_eq!(ours(PATHS, make(65).as_bytes()), Err(Why::Depth));
        assert_eq!(ours(PATHS, make(100_000).as_bytes()), Err(Why::Depth));
    }
}

#[test]
fn a_list_of_records_stops_the_walk() {
    let mut trie = Trie::new(&[path("a")]);
    trie.stream(&path("Records"));
    let trie = trie.seal();
    let mut walk = Walk::default();
    let at = |walk: &mut Walk, text: &str| walk.value(&trie, text.as_bytes(), true);
    assert_eq!(at(&mut walk, r#"{"a":1,"Records":[ {}]}"#), Ok(Walked::List(17)));
    assert_eq!(at(&mut walk, r#"{"a":1,"Records":[]}"#), Ok(Walked::List(17)));
    assert_eq!(at(&mut walk, r#"{"Records":[1]}"#), Ok(Walked::Done(15)), "no records in it");
    assert_eq!(at(&mut walk, r#"{"x":{"Records":[{}]}}"#), Ok(Walked::Done(22)), "only at the top");
    assert_eq!(at(&mut walk, r#"{"Records":["#).expect_err("cut").why(), Why::Incomplete);
}
