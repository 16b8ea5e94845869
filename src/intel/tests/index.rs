//! The index on cases that a reader can follow.

use std::net::IpAddr;

use crate::intel::{Entries, Hits, ListIndex, ListRole, ListType};
use crate::value::{Val, Value};

/// Entries from constants.
fn entries(kind: ListType, texts: &[&str]) -> Entries {
    let values: Vec<Value> = texts.iter().map(|t| Value::str(*t)).collect();
    Entries::from_values(kind, &values).unwrap()
}

/// An index over (role, type, entries), numbered from 0.
fn index(lists: &[(ListRole, ListType, &[&str])]) -> ListIndex {
    let mut builder = ListIndex::builder();
    for (i, (role, kind, texts)) in lists.iter().enumerate() {
        builder.add(u32::try_from(i).unwrap(), *role, *kind, &entries(*kind, texts));
    }
    builder.build()
}

/// `list:entry list:entry`
fn shown(hits: Hits<'_>) -> String {
    hits.iter().map(|h| format!("{}:{}", h.list, h.entry)).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_most_specific_network_of_each_list() {
    let index = index(&[
        (ListRole::Threat, ListType::Ip, &["198.51.100.0/24", "198.51.100.7", "198.51.100.0/25", "2001:db8::/32"]),
        (ListRole::Plain, ListType::Ip, &["198.51.100.4-198.51.100.9", "::ffff:203.0.113.1"]),
    ]);
    let ip = |text: &str| shown(index.lookup_ip(text.parse().unwrap()));
    assert_eq!(ip("198.51.100.7"), "0:198.51.100.7 1:198.51.100.4-198.51.100.9");
    assert_eq!(ip("198.51.100.9"), "0:198.51.100.0/25 1:198.51.100.4-198.51.100.9");
    assert_eq!(ip("198.51.100.10"), "0:198.51.100.0/25");
    assert_eq!(ip("198.51.100.200"), "0:198.51.100.0/24");
    assert_eq!(ip("::ffff:198.51.100.200"), "0:198.51.100.0/24");
    assert_eq!(ip("203.0.113.1"), "1:203.0.113.1");
    assert_eq!(ip("2001:db8::ffff"), "0:2001:db8::/32");
    assert_eq!(ip("2001:db9::"), "");
    assert_eq!(ip("198.51.101.0"), "");
    assert_eq!(index.len(), 6);
}

#[test]
fn the_ends_of_the_address_space() {
    let index = index(&[(ListRole::Plain, ListType::Ip, &["0.0.0.0/0", "255.255.255.255", "::/0", "0.0.0.0"])]);
    let ip = |text: &str| shown(index.lookup_ip(text.parse().unwrap()));
    assert_eq!(ip("255.255.255.255"), "0:255.255.255.255");
    assert_eq!(ip("0.0.0.0"), "0:0.0.0.0");
    assert_eq!(ip("1.2.3.4"), "0:0.0.0.0/0");
    assert_eq!(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "0:::/0");
}

#[test]
fn names_by_whole_labels() {
    let index = index(&[
        (ListRole::Threat, ListType::Domain, &["nicehash.com", "*.wild.example", "deep.er.example"]),
        (ListRole::Plain, ListType::Domain, &["er.example", "*.er.example", "pool.nicehash.com"]),
    ]);
    let name = |text: &str| shown(index.lookup_domain(text));
    assert_eq!(name("nicehash.com"), "0:nicehash.com");
    assert_eq!(name("EU.Pool.NiceHash.COM."), "0:nicehash.com 1:pool.nicehash.com");
    assert_eq!(name("notnicehash.com"), "");
    assert_eq!(name("com"), "");
    assert_eq!(name("nicehash.com.evil.example"), "");
    assert_eq!(name("wild.example"), "");
    assert_eq!(name("a.wild.example"), "0:*.wild.example");
    assert_eq!(name("b.a.wild.example"), "0:*.wild.example");
    assert_eq!(name("er.example"), "1:er.example");
    assert_eq!(name("x.deep.er.example"), "0:deep.er.example 1:er.example");
    for odd in ["", ".", "..", "nicehash.com..", ".nicehash.com", &"a.".repeat(3000)] {
        let hits = index.lookup_domain(odd);
        assert!(hits.is_empty() || odd == ".nicehash.com", "{odd}: {hits:?}");
    }
}

#[test]
fn trusted_wins_over_threat_and_spares_plain() {
    let index = index(&[
        (ListRole::Threat, ListType::Ip, &["198.51.100.0/24"]),
        (ListRole::Trusted, ListType::Ip, &["198.51.100.7"]),
        (ListRole::Plain, ListType::Ip, &["198.51.100.0/28"]),
        (ListRole::Threat, ListType::Domain, &["bad.example", "evil.good.example"]),
        (ListRole::Trusted, ListType::Domain, &["good.example", "*.ok.bad.example"]),
        (ListRole::Threat, ListType::String, &["curl/8.1", "x"]),
        (ListRole::Trusted, ListType::String, &["curl/8.1"]),
    ]);
    let ip = |text: &str| shown(index.lookup_ip(text.parse().unwrap()));
    assert_eq!(ip("198.51.100.7"), "1:198.51.100.7 2:198.51.100.0/28");
    assert_eq!(ip("198.51.100.8"), "0:198.51.100.0/24 2:198.51.100.0/28");
    assert_eq!(shown(index.lookup_domain("evil.good.example")), "4:good.example");
    assert_eq!(shown(index.lookup_domain("ok.bad.example")), "3:bad.example");
    assert_eq!(shown(index.lookup_domain("a.ok.bad.example")), "4:*.ok.bad.example");
    assert_eq!(shown(index.lookup_text(ListType::String, "curl/8.1")), "6:curl/8.1");
    assert_eq!(shown(index.lookup_text(ListType::String, "x")), "5:x");
}

#[test]
fn one_list_of_constants_and_a_file() {
    let mut builder = ListIndex::builder();
    builder.add(3, ListRole::Plain, ListType::Ip, &entries(ListType::Ip, &["198.51.100.0/24"]));
    builder.add(3, ListRole::Threat, ListType::Ip, &entries(ListType::Ip, &["198.51.100.7"]));
    builder.add(4, ListRole::Trusted, ListType::Ip, &entries(ListType::Ip, &["198.51.100.7"]));
    let index = builder.build();
    let hits = index.lookup_ip("198.51.100.7".parse().unwrap());
    assert_eq!(shown(hits), "3:198.51.100.0/24 4:198.51.100.7", "what the rule itself says is not suppressed");
    assert!(hits.contains(3) && !hits.contains(0));
    assert_eq!(hits.entry(4).unwrap().to_string(), "198.51.100.7");
    assert_eq!((hits.len(), hits.into_iter().count()), (2, 2));
}

#[test]
fn texts_and_numbers() {
    let md5 = "0123456789abcdef0123456789abcdef";
    let mut builder = ListIndex::builder();
    builder.add(0, ListRole::Threat, ListType::Hash, &entries(ListType::Hash, &[md5]));
    builder.add(1, ListRole::Plain, ListType::String, &entries(ListType::String, &["CreateUser", md5]));
    let ports = Entries::from_values(ListType::Int, &[Value::Int(22), Value::Int(-5)]).unwrap();
    builder.add(2, ListRole::Plain, ListType::Int, &ports);
    let index = builder.build();
    assert_eq!(shown(index.lookup_text(ListType::Hash, &md5.to_uppercase())), format!("0:{md5}"));
    assert_eq!(shown(index.lookup_text(ListType::String, "CreateUser")), "1:CreateUser");
    assert_eq!(shown(index.lookup_text(ListType::String, "createuser")), "");
    assert_eq!(shown(index.lookup_text(ListType::String, md5)), format!("1:{md5}"));
    assert_eq!(shown(index.lookup_int(22)), "2:22");
    assert_eq!(shown(index.lookup_int(-5)), "2:-5");
    assert_eq!(shown(index.lookup_int(23)), "");
    assert_eq!(shown(index.lookup(ListType::Int, Val::Str("22"))), "2:22");
    assert_eq!(shown(index.lookup(ListType::Int, Val::Int(22))), "2:22");
    assert!(index.lookup(ListType::Ip, Val::Bool(true)).is_empty());
    assert!(index.lookup(ListType::Int, Val::Absent).is_empty());
    let ip: IpAddr = "198.51.100.7".parse().unwrap();
    assert!(ListIndex::default().lookup_ip(ip).is_empty());
    assert!(ListIndex::default().lookup_domain("bad.example").is_empty());
}

#[test]
fn constants_are_canonical_or_named() {
    let values = [
        Value::Ip("::ffff:192.0.2.1".parse().unwrap()),
        Value::Net("192.0.2.77/24".parse().unwrap()),
        Value::Net("10.0.0.0/8".parse().unwrap()),
        Value::str("192.0.2.1"),
    ];
    let got = Entries::from_values(ListType::Ip, &values).unwrap();
    assert_eq!(got.iter().collect::<Vec<_>>(), ["10.0.0.0/8", "192.0.2.0/24", "192.0.2.1"]);
    let domains = entries(ListType::Domain, &["Bad.Example.", "*.wild.example", "localhost"]);
    assert_eq!(domains.iter().collect::<Vec<_>>(), ["*.wild.example", "bad.example", "localhost"]);
    for (kind, value, part) in [
        (ListType::Ip, Value::str("bad.example"), "not an address"),
        (ListType::Ip, Value::Int(5), "not an address"),
        (ListType::Domain, Value::str("a b"), "not a domain name"),
        (ListType::Hash, Value::str("abc"), "32, 40 or 64"),
        (ListType::Int, Value::str("5"), "not an integer"),
        (ListType::String, Value::Bool(true), "not a string"),
    ] {
        let (at, message) = Entries::from_values(kind, &[value]).unwrap_err();
        assert!(at == 0 && message.contains(part), "{message}");
    }
}
