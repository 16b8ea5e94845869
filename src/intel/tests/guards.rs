//! Every guard: of an entry, of a list.

use super::{count, texts, threat};
use crate::intel::{ListRole, ListSpec, ListType, MAX_LIST_BYTES, Reason, Refusal, read_list};

/// Why one entry beside a good one is quarantined, if it is, in a list of this role.
fn fate(kind: ListType, role: ListRole, entry: &str) -> Option<Reason> {
    let good = if kind == ListType::Ip { "198.51.100.7" } else { "good.example" };
    let list = read_list(&ListSpec::new("x", kind).role(role), format!("{good}\n{entry}\n").as_bytes()).unwrap();
    assert!(texts(&list).iter().any(|t| t == good), "{entry} does not take its neighbour along");
    let reason = list.report.quarantined.keys().next().copied();
    if let Some(reason) = reason {
        assert_eq!(count(&list.report, reason), 1);
        assert_eq!(list.report.quarantined[&reason].samples[0].line, 2);
    }
    reason
}

#[test]
fn entries_of_threat_lists() {
    let ip = |entry| fate(ListType::Ip, ListRole::Threat, entry);
    for broad in ["16.0.0.0/7", "64.0.0.0/2", "2600::/18", "2000::/3", "11.0.0.0-13.0.0.0"] {
        assert_eq!(ip(broad), Some(Reason::TooBroad), "{broad}");
    }
    for (broad, reason) in
        [("0.0.0.0/0", Reason::TooBroad), ("::/0", Reason::TooBroad), ("::ffff:0:0/96", Reason::TooBroad)]
    {
        assert_eq!(ip(broad), Some(reason), "{broad}");
    }
    for special in [
        "0.0.0.0",
        "10.1.2.3",
        "10.0.0.0/8",
        "100.64.1.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.0/12",
        "192.168.1.0/24",
        "192.0.0.0/8",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::1",
        "2001::1",
        "2002::/16",
        "fc00::/7",
        "fd00::1",
        "fe80::1",
        "ff02::1",
    ] {
        assert_eq!(ip(special), Some(Reason::SpecialUse), "{special}");
    }
    for odd in ["010.8.8.8", "127.1", "1.2.3.256", "0x7f.0.0.1", "1.2.3", "1.2.3.4.5", "010.0.0.0/8"] {
        assert_eq!(ip(odd), Some(Reason::OddAddress), "{odd}");
    }
    for bad in [
        "198.51.100.0/33",
        "198.51.100.0/+8",
        "198.51.100.0/",
        "2001:db8::/129",
        "198.51.100.9-198.51.100.1",
        "192.0.2.1-2001:db8::1",
    ] {
        assert_eq!(ip(bad), Some(Reason::BadNetwork), "{bad}");
    }
    for junk in ["word", "fe80::1%eth0", "a..b", "-", "\u{202e}x"] {
        assert_eq!(ip(junk), Some(Reason::Malformed), "{junk}");
    }
    assert_eq!(fate(ListType::Ip, ListRole::Threat, &"9".repeat(5000)), Some(Reason::TooLong));
    for sound in ["17.0.0.0/8", "2600:1f00::/24", "2001:db8::/32", "203.0.113.0/24", "2a00::/19"] {
        assert_eq!(ip(sound), None, "{sound}");
    }

    let name = |entry| fate(ListType::Domain, ListRole::Threat, entry);
    for suffix in ["com", "*.com", "co.uk", ".co.uk", "рф"] {
        assert_eq!(name(suffix), Some(Reason::PublicSuffix), "{suffix}");
    }
    for suffix in ["github.io", "*.github.io", "s3.amazonaws.com", "duckdns.org"] {
        assert_eq!(name(suffix), Some(Reason::HosterSuffix), "{suffix}");
    }
    for special in ["localhost", "printer.local", "x.localhost", "db.internal", "1.0.0.127.in-addr.arpa", "a.test"] {
        assert_eq!(name(special), Some(Reason::SpecialName), "{special}");
    }
    for sound in ["bad.com", "bad.co.uk", "who.github.io", "abcdefghij234567.onion", "bad.example"] {
        assert_eq!(name(sound), None, "{sound}");
    }
    assert_eq!(name("010.8.8.8"), Some(Reason::OddAddress));
}

#[test]
fn lists_of_ones_own_may_be_private_but_not_boundless() {
    for role in [ListRole::Trusted, ListRole::Plain] {
        for own in ["10.0.0.0/8", "fc00::/7", "192.168.1.1", "224.0.0.0/4"] {
            assert_eq!(fate(ListType::Ip, role, own), None, "{own}");
        }
        for own in ["printer.local", "duckdns.org", "intranet"] {
            assert_eq!(fate(ListType::Domain, role, own), None, "{own}");
        }
        assert_eq!(fate(ListType::Ip, role, "0.0.0.0/0"), Some(Reason::TooBroad));
        assert_eq!(fate(ListType::Ip, role, "010.8.8.8"), Some(Reason::OddAddress));
        assert_eq!(fate(ListType::Domain, role, "com"), Some(Reason::PublicSuffix));
    }
}

#[test]
fn whole_lists() {
    let refusal = |text: &str| threat(ListType::Ip, text).map_err(|e| e.refusal);
    assert_eq!(refusal("").unwrap_err(), Refusal::Empty);
    assert_eq!(refusal("\u{feff} \n\n").unwrap_err(), Refusal::Empty);
    assert_eq!(refusal("# nothing yet\n").unwrap_err(), Refusal::Empty);
    assert_eq!(refusal("bad.example\nworse.example\n").unwrap_err(), Refusal::Empty);
    assert_eq!(refusal("10.0.0.1\n").unwrap_err(), Refusal::Empty);
    assert_eq!(refusal("  <!DOCTYPE html>\n<html><body>403</body></html>").unwrap_err(), Refusal::Html);
    assert_eq!(refusal("<?xml version=\"1.0\"?>\n<html xmlns=\"x\"/>").unwrap_err(), Refusal::Html);
    assert_eq!(refusal("<Error><Code>AccessDenied</Code></Error>").unwrap_err(), Refusal::Empty);
    assert_eq!(refusal("ab\0cd").unwrap_err(), Refusal::Binary);
    let spec = ListSpec::new("big", ListType::Ip);
    for magic in [&[0x1f, 0x8b, 8][..], &[0x28, 0xb5, 0x2f, 0xfd], b"PK\x03\x04", &[0xff, 0xfe, b'1', 0]] {
        assert_eq!(read_list(&spec, magic).unwrap_err().refusal, Refusal::Binary);
    }
    assert_eq!(read_list(&spec, &vec![b'#'; MAX_LIST_BYTES + 1]).unwrap_err().refusal, Refusal::TooLarge);
    // An allow list may allow nothing.
    for role in [ListRole::Plain, ListRole::Trusted] {
        let list = read_list(&ListSpec::new("own", ListType::Ip).role(role), b"# none\n").unwrap();
        assert!(list.entries.is_empty());
        assert!(read_list(&ListSpec::new("own", ListType::Ip).role(role), b"").is_ok());
        assert!(read_list(&ListSpec::new("own", ListType::Ip).role(role), b"bad.example").is_err());
    }
}

/// `good` sound addresses and `bad` words.
fn mixed(good: u32, bad: u32) -> String {
    let good = (0..good).map(|i| format!("198.51.{}.{}\n", i / 256, i % 256));
    good.chain((0..bad).map(|i| format!("word{i}\n"))).collect()
}

#[test]
fn malformed_rows_refuse_beyond_one_percent() {
    assert_eq!(threat(ListType::Ip, &mixed(990, 10)).unwrap().report.malformed(), 10, "1 % is not more than 1 %");
    let error = threat(ListType::Ip, &mixed(989, 11)).unwrap_err();
    assert_eq!(error.refusal, Refusal::Malformed);
    assert!(error.message.contains("11 of its 1000 rows") && error.message.contains("line 990: `word0`"), "{error}");
    assert!(threat(ListType::Ip, &mixed(3, 4)).is_ok(), "slips in a short list cost themselves only");
    assert!(threat(ListType::Ip, &mixed(3, 5)).is_err());
}

#[test]
fn growth_and_shrinkage() {
    let read = |n, previous| {
        let spec = ListSpec { previous: Some(previous), ..ListSpec::new("x", ListType::Ip) };
        read_list(&spec, mixed(n, 0).as_bytes()).map_err(|e| e.refusal)
    };
    assert!(read(1000, 100).is_ok());
    assert_eq!(read(1001, 100).unwrap_err(), Refusal::Grew);
    assert!(read(50, 100).is_ok() && read(50, 99).is_ok());
    assert_eq!(read(49, 100).unwrap_err(), Refusal::Shrank);
    assert_eq!(read(49, 99).unwrap_err(), Refusal::Shrank);
    assert!(read(5, 0).is_ok());
}

#[test]
fn reports_quote_safely_and_serialise() {
    let text = format!("198.51.100.7\n\u{1b}[31m\u{202e}red\n{}\n", "z".repeat(300));
    let list = threat(ListType::Ip, &text).unwrap();
    let samples = &list.report.quarantined[&Reason::Malformed].samples;
    assert_eq!(samples[0].text, "\\u{1b}[31m\\u{202e}red");
    assert_eq!(samples[1].text.chars().count(), 81);
    assert_eq!(list.report.sha256.len(), 64);
    let json = serde_json::to_value(&list.report).unwrap();
    assert_eq!((&json["type"], &json["role"]), (&"ip".into(), &"threat".into()));
    assert_eq!(json["quarantined"]["malformed"]["count"], 2);
    assert!(list.report.to_string().starts_with("bad: 1 ip entries (format plain, threat), 2 quarantined\n"));
    let many = threat(ListType::Ip, &format!("{}10.0.0.1\n", "198.51.100.7\n10.1.1.1\n".repeat(100))).unwrap();
    assert_eq!((count(&many.report, Reason::SpecialUse), many.report.duplicates), (101, 99));
    assert_eq!(many.report.quarantined[&Reason::SpecialUse].samples.len(), 5);
    let error = serde_json::to_value(threat(ListType::Ip, "").unwrap_err()).unwrap();
    assert_eq!((&error["refusal"], &error["list"]), (&"empty".into(), &"bad".into()));
    let known = crate::intel::report::quote("a\tb");
    assert_eq!(known, "a\\tb");
}

#[test]
fn sha256_is_the_standards() {
    let spec = ListSpec::new("x", ListType::String);
    let list = read_list(&spec, b"abc").unwrap();
    assert_eq!(list.report.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
