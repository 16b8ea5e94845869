//! Inputs that grow: read in parts of any length, they give the events of the whole, each once.

use super::testing::{Told, setup, told, trail, trail_lines};
use super::{Part, Reader};
use crate::schema::Context;

/// Reads an input that has grown to each of `ends` in turn as one that is followed.
fn followed(bytes: &[u8], ends: impl Iterator<Item = usize>) -> Told {
    let mut reader = Reader::new(setup(None));
    let (mut told, mut from, mut header) = (Told::default(), 0, None::<String>);
    for end in ends {
        let mut to = end;
        loop {
            let mut one = Told::default();
            let part = Part { header: header.as_deref(), waits: true };
            let read = reader.read_part(&bytes[from..to], "-", &Context::default(), part, &mut one).expect("memory");
            let resume = from + usize::try_from(read.resume).expect("small");
            if read.open {
                to = resume;
                if to > from {
                    continue;
                }
                break;
            }
            header = reader.header().map(str::to_owned);
            told.events.extend(one.events);
            told.bad.extend(one.bad);
            told.skipped.extend(one.skipped);
            from = resume;
            break;
        }
    }
    told
}

fn flows() -> String {
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n\
     2 111122223333 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1700000000 1700000001 ACCEPT OK\n\
     2 111122223333 eni-1 - - - - - - - 1700000000 1700000001 - NODATA\n\
     2 111122223333 eni-1 10.0.0.3 10.0.0.2 1 2 6 1 1 1700000002 1700000003 ACCEPT OK\n"
        .to_owned()
}

#[test]
fn any_growth_gives_the_whole() {
    let (a, b, c) = (trail(1), trail(2), trail(3));
    let pretty = |t: &str| {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(t).expect("json")).expect("json")
    };
    let texts = [
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\n{b}\n\n{c}"),
        format!("{}\n{}\n", pretty(&a), pretty(&b)),
        format!("{{\"Records\":[{a},{b}]}}\n{{\"Records\":[{c}]}}\n"),
        format!("[{a},{b}]\n{c}\n"),
        flows(),
        flows().replace("version account-id", "account-id version").replace("2 111122223333", "111122223333 2"),
        format!("# a comment\n{a}\nnot a log\n{b}\n"),
    ];
    for text in &texts {
        let bytes = text.as_bytes();
        let whole = told(bytes).0;
        for step in [1, 7, 100, 1000, bytes.len()] {
            let ends = (0..bytes.len()).step_by(step).chain([bytes.len()]);
            let grown = followed(bytes, ends);
            assert_eq!(grown.events, whole.events, "{step}: {text}");
            assert_eq!(grown.reasons().is_empty(), whole.reasons().is_empty(), "{step}: {text} {:?}", grown.bad);
            assert_eq!(grown.skipped, whole.skipped);
        }
    }
}

#[test]
fn a_line_without_its_end_waits() {
    let text = flows();
    let cut = text.trim_end();
    assert_eq!(followed(cut.as_bytes(), [cut.len()].into_iter()).events.len(), 1);
    assert_eq!(followed(text.as_bytes(), [cut.len(), text.len()].into_iter()).events.len(), 2);
    let one = format!("{}\n{{\"eventVersion\":", trail(1));
    assert_eq!(followed(one.as_bytes(), [one.len()].into_iter()).events, trail_lines([1]));
}

#[test]
fn taken_as_it_is_the_end_is_read_and_told_again_later() {
    let text = flows();
    let cut = text.trim_end();
    let mut reader = Reader::new(setup(None));
    let mut one = Told::default();
    let read = reader.read_part(cut.as_bytes(), "-", &Context::default(), Part::default(), &mut one).expect("memory");
    assert_eq!(one.events.len(), 2);
    assert_eq!(read.resume as usize, text[..cut.len()].rfind('\n').expect("lines") + 1);
    let list = format!("{}\n{{\"Records\":[{},{}", trail(1), trail(2), trail(3));
    let mut one = Told::default();
    let read = reader.read_part(list.as_bytes(), "-", &Context::default(), Part::default(), &mut one).expect("memory");
    assert_eq!((one.events.len(), one.reasons(), read.open), (3, vec!["truncated"], true));
    assert_eq!(read.resume as usize, trail(1).len() + 1);
}
