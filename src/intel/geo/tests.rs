//! Every schema and layout that is known, what is refused and how, and that damaged files do no harm.

use std::net::IpAddr;

use proptest::prelude::*;
use serde_json::json;

use super::testing::Writer;
use super::{Geo, GeoError, GeoFile};
use crate::schema::{Enrich, Fact};
use crate::value::{Arena, Val};

/// All that is known of an address, as text: `DE Munich 48.1 11.5 64496 Example`.
fn known(geo: &Geo, address: &str) -> String {
    let arena = Arena::new();
    let address: IpAddr = address.parse().expect("an address");
    let words: Vec<String> = Fact::ALL
        .into_iter()
        .map(|fact| match geo.look_up(address, fact, &arena) {
            Val::Absent => "-".to_owned(),
            there => there.to_value().expect("there").to_string(),
        })
        .collect();
    words.join(" ")
}

fn mmdb(writer: Writer) -> GeoFile {
    GeoFile::read("test.mmdb", writer.bytes()).expect("sound")
}

fn csv(text: &str) -> GeoFile {
    GeoFile::read("test.csv", text.as_bytes().to_vec()).expect("sound")
}

fn refused(bytes: &[u8]) -> GeoError {
    GeoFile::read("bad", bytes.to_vec()).expect_err("not sound")
}

#[test]
fn schemas_in_use_are_known() {
    for (kind, record, want) in [
        (
            "GeoLite2-City",
            json!({
                "continent": {"code": "EU"},
                "country": {"geoname_id": 2_921_044, "iso_code": "DE", "names": {"de": "Deutschland", "en": "Germany"}},
                "city": {"geoname_id": 1, "names": {"de": "München", "en": "Munich"}},
                "location": {"accuracy_radius": 20, "latitude": 48.1, "longitude": 11.5, "time_zone": "Europe/Berlin"},
                "subdivisions": [{"iso_code": "BY"}],
            }),
            "DE Munich 48.1 11.5 - -",
        ),
        (
            "GeoLite2-Country",
            json!({"country": {"iso_code": "NZ"}, "registered_country": {"iso_code": "AU"}}),
            "NZ - - - - -",
        ),
        (
            "GeoLite2-ASN",
            json!({"autonomous_system_number": 64496, "autonomous_system_organization": "Example"}),
            "- - - - 64496 Example",
        ),
        (
            "GeoIP2-Enterprise",
            json!({"country": {"iso_code": "US"}, "traits": {"autonomous_system_number": 64497, "autonomous_system_organization": "Net", "isp": "Isp"}}),
            "US - - - 64497 Net",
        ),
        ("iptoasn-country", json!({"country_code": "fr"}), "FR - - - - -"),
        (
            "ipinfo lite",
            json!({"asn": "AS64496", "as_name": "Example LLC", "as_domain": "example.com", "country": "Germany", "country_code": "DE"}),
            "DE - - - 64496 Example LLC",
        ),
        (
            "ipinfo standard_location",
            json!({"city": "Munich", "country": "DE", "lat": "48.10", "lng": "-11.50", "region": "Bavaria"}),
            "DE Munich 48.1 -11.5 - -",
        ),
        ("ipinfo asn", json!({"asn": "AS64496", "name": "Example", "route": "192.0.2.0/24"}), "- - - - 64496 Example"),
        (
            "dbip-city",
            json!({"city": "Oslo", "country_code": "NO", "latitude": 59.9, "longitude": 10.75}),
            "NO Oslo 59.9 10.75 - -",
        ),
    ] {
        for version in [4, 6] {
            let geo = Geo::new(vec![mmdb(Writer::new(kind, version, 1_767_225_600).with("192.0.2.0/24", &record))]);
            assert_eq!(known(&geo, "192.0.2.77"), want, "{kind}");
            assert_eq!(known(&geo, "::ffff:192.0.2.77"), want, "{kind}: a mapped address is its IPv4 address");
            assert_eq!(known(&geo, "198.51.100.1"), "- - - - - -", "{kind}");
            assert_eq!(known(&geo, "2001:db8::1"), "- - - - - -", "{kind}: no error in a file of IPv4 only");
            let about = geo.about().next().expect("one").clone();
            assert_eq!((about.format.as_str(), about.v4, about.v6), (kind, true, false));
            assert_eq!(about.built.map(|t| t.to_rfc3339()).as_deref(), Some("2026-01-01T00:00:00Z"));
        }
    }
}

#[test]
fn what_says_that_it_does_not_know_is_absent() {
    let record = json!({
        "country_code": "ZZ", "city": "-", "latitude": 0.0, "longitude": 0.0, "asn": 0, "as_name": "Not routed",
    });
    let geo = Geo::new(vec![mmdb(
        Writer::new("flat", 6, 1).with("192.0.2.0/25", &record).with("192.0.2.128/25", &json!({"country_code": "SE"})),
    )]);
    assert_eq!(known(&geo, "192.0.2.1"), "- - - - - -");
    assert_eq!(known(&geo, "192.0.2.200"), "SE - - - - -");
    let odd =
        json!({"country_code": "Sweden", "latitude": 91.0, "longitude": 10.0, "asn": "ASX", "city": {"a": [1, 2]}});
    let geo = Geo::new(vec![mmdb(
        Writer::new("flat", 6, 1).with("2001:db8::/48", &odd).with("2001:db8:1::/48", &json!({"asn": 5})),
    )]);
    assert_eq!(known(&geo, "2001:db8::1"), "- - - - - -");
    assert_eq!(known(&geo, "2001:db8:1::1"), "- - - - 5 -");
    let about = geo.about().next().expect("one");
    assert_eq!((about.v4, about.v6, about.facts.as_slice()), (false, true, [Fact::Asn].as_slice()));
}

#[test]
fn several_files_complete_each_other_and_the_first_wins() {
    let city = json!({"country": {"iso_code": "DE"}, "location": {"latitude": 48.1, "longitude": 11.5}});
    let geo = Geo::new(vec![
        mmdb(Writer::new("City", 6, 1).with("192.0.2.0/25", &city)),
        csv("192.0.2.0,192.0.2.255,64496,Example\n"),
        csv("network,country,asn,as_name\n192.0.2.0/24,AT,64511,Other\n"),
    ]);
    assert_eq!(known(&geo, "192.0.2.1"), "DE - 48.1 11.5 64496 Example");
    assert_eq!(known(&geo, "192.0.2.129"), "AT - - - 64496 Example");
    assert_eq!(geo.facts().len(), 5);
    assert_eq!(geo.failed(), 0);
}

#[test]
fn the_cache_never_answers_for_other_data() {
    let of = |country: &str| Geo::new(vec![csv(&format!("192.0.2.0,192.0.2.255,{country}\n"))]);
    let (a, b) = (of("SE"), of("NO"));
    for n in 0..=255 {
        let address = format!("192.0.2.{n}");
        assert_eq!(known(&a, &address), "SE - - - - -");
        assert_eq!(known(&b, &address), "NO - - - - -");
    }
    // More addresses than are kept, twice.
    for n in (0..5000u32).chain(0..5000) {
        let address = std::net::Ipv4Addr::from(0xC000_01F0 + n).to_string();
        let inside = (0xC000_0200..=0xC000_02FF).contains(&(0xC000_01F0 + n));
        assert_eq!(known(&a, &address), if inside { "SE - - - - -" } else { "- - - - - -" }, "{address}");
    }
}

#[test]
fn csv_layouts_in_use_are_known() {
    for (text, want) in [
        ("192.0.2.0,192.0.2.255,DE\n", "DE - - - - -"),
        ("3221225984,3221226239,64496,\"Example, Inc.\"\n", "- - - - 64496 Example, Inc."),
        ("\"3221225984\",\"3221226239\",\"DE\",\"Germany\"\n", "DE - - - - -"),
        (
            "192.0.2.0\t192.0.2.255\t64496\tDE\tEXAMPLE - Name\n198.18.0.0\t198.18.0.9\t0\tNone\tNot routed\n",
            "DE - - - 64496 EXAMPLE - Name",
        ),
        ("192.0.2.0,192.0.2.255,EU,DE,Bavaria,Munich,48.1,11.5\n", "DE Munich 48.1 11.5 - -"),
        ("192.0.2.0,192.0.2.255,DE,Germany,Bavaria,Munich,48.1,11.5\n", "DE Munich 48.1 11.5 - -"),
        ("192.0.2.0,192.0.2.255,DE,Bavaria,,Munich,80331,48.1,11.5,Europe/Berlin\n", "DE Munich 48.1 11.5 - -"),
        ("192.0.2.0,192.0.2.255,DE,Germany,Bavaria,Munich,48.1,11.5,80331,+02:00\n", "DE Munich 48.1 11.5 - -"),
        ("192.0.2.0/24,DE\n", "DE - - - - -"),
        ("network,geoname_id,latitude,longitude,accuracy_radius\n192.0.2.0/24,1,48.1,11.5,20\n", "- - 48.1 11.5 - -"),
        ("\u{feff}Start IP;End IP;Country;City\n192.0.2.0;192.0.2.255;de;Munich\n", "DE Munich - - - -"),
        (
            "# ours\nnetwork,country,country_code,asn,as_name\n192.0.2.0/24,Germany,DE,AS64496,Example\n",
            "DE - - - 64496 Example",
        ),
        ("range|asn\n192.0.2.0-192.0.2.255|64496\n", "- - - - 64496 -"),
        ("::ffff:192.0.2.0,::ffff:192.0.2.255,DE\n", "DE - - - - -"),
        ("281473902969344,281473902969599,DE\n", "DE - - - - -"),
    ] {
        let geo = Geo::new(vec![csv(text)]);
        assert_eq!(known(&geo, "192.0.2.77"), want, "{text}");
        assert_eq!(known(&geo, "192.0.1.255"), "- - - - - -", "{text}");
        assert_eq!(known(&geo, "192.0.3.0"), "- - - - - -", "{text}");
    }
    let geo = Geo::new(vec![csv("2001:db8::,2001:db8::ffff,DE\n192.0.2.0,192.0.2.255,AT\n")]);
    assert_eq!(known(&geo, "2001:db8::1:0"), "- - - - - -");
    assert_eq!(known(&geo, "2001:db8::ffff"), "DE - - - - -");
    assert_eq!(known(&geo, "192.0.2.0"), "AT - - - - -");
    let number = u128::from("2001:db8::".parse::<std::net::Ipv6Addr>().expect("one"));
    let geo = Geo::new(vec![csv(&format!("{number},{},DE\n", number + 9))]);
    assert_eq!(known(&geo, "2001:db8::9"), "DE - - - - -");
}

#[test]
fn in_overlapping_ranges_the_narrower_counts() {
    let geo = Geo::new(vec![csv(
        "network,country\n192.0.2.64/26,AT\n192.0.2.0/24,DE\n192.0.2.80/28,CH\n0.0.0.0/0,US\n255.255.255.0/24,SE\n192.0.2.80/28,LI\n",
    )]);
    for (address, want) in [
        ("192.0.2.0", "DE"),
        ("192.0.2.63", "DE"),
        ("192.0.2.64", "AT"),
        ("192.0.2.79", "AT"),
        ("192.0.2.80", "LI"),
        ("192.0.2.95", "LI"),
        ("192.0.2.96", "AT"),
        ("192.0.2.128", "DE"),
        ("192.0.3.0", "US"),
        ("0.0.0.0", "US"),
        ("255.255.255.255", "SE"),
    ] {
        assert_eq!(known(&geo, address), format!("{want} - - - - -"), "{address}");
    }
}

#[test]
fn refusals_say_what_and_what_to_do() {
    let writer = || Writer::new("GeoIP2-Domain", 6, 1).with("192.0.2.0/24", &json!({"domain": "example.com"}));
    let mut cut = Writer::new("City", 6, 1).with("192.0.2.0/24", &json!({"country_code": "DE"})).bytes();
    cut.drain(..cut.len() / 2);
    let mut text = Vec::new();
    for (name, bytes) in [
        ("empty", b"  \n".to_vec()),
        ("gzip", b"\x1f\x8b\x08rest".to_vec()),
        ("zip", b"PK\x03\x04rest".to_vec()),
        ("page", b"\n<!DOCTYPE html><p>Please log in".to_vec()),
        ("binary", b"\x00\x01\x02\x03".to_vec()),
        ("another database", writer().bytes()),
        ("nothing in it", Writer::new("City", 6, 1).bytes()),
        ("cut at its beginning", cut),
        ("text", b"this is\nno table\n".to_vec()),
        ("columns that nobody knows", b"192.0.2.0,192.0.2.255,good,better,best\n".to_vec()),
        ("a header without a range", b"id,country\n1,DE\n".to_vec()),
        ("a header without facts", b"network,speed\n192.0.2.0/24,5\n".to_vec()),
        ("bad rows", b"start,end,country\n192.0.2.9,192.0.2.1,DE\nx,y,DE\n192.0.2.0,2001:db8::,DE\n".to_vec()),
        ("no facts", b"start,end,country\n192.0.2.0,192.0.2.1,Germany\n".to_vec()),
    ] {
        text.push(format!("{name}: {}", refused(&bytes)));
    }
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn few_bad_rows_cost_themselves() {
    let mut text: String = (0..200).map(|n| format!("10.0.{n}.0,10.0.{n}.255,DE\n")).collect();
    text.push_str("nonsense,here,DE\n");
    let file = csv(&text);
    assert_eq!(file.about().skipped, 1);
    text.push_str("a,b,DE\nc,d,DE\ne,f,DE\ng,h,DE\n");
    assert!(refused(text.as_bytes()).message.contains("5 of its 205 rows"), "{}", refused(text.as_bytes()));
}

fn sound() -> Vec<u8> {
    let record = json!({
        "country": {"iso_code": "DE"}, "city": {"names": {"en": "Munich"}},
        "location": {"latitude": 48.1, "longitude": 11.5}, "autonomous_system_number": 64496,
    });
    Writer::new("City", 6, 1).with("192.0.2.0/24", &record).with("2001:db8::/32", &record).bytes()
}

proptest! {
    /// Whatever a file holds, reading it and looking up in it ends, and nothing panics.
    #[test]
    fn damaged_files_do_no_harm(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = sound();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(file) = GeoFile::read("damaged", bytes) {
            let geo = Geo::new(vec![file]);
            known(&geo, "192.0.2.1");
            known(&geo, "2001:db8::1");
        }
    }

    /// Bisection over ranges that were cut apart says what a plain search says.
    #[test]
    fn ranges_agree_with_a_plain_search(ranges in prop::collection::vec((0u32..200, 0u32..60), 1..30)) {
        let all: Vec<(u32, u32, u32)> =
            ranges.iter().zip(0..).map(|((from, more), row)| (*from, from + more, row)).collect();
        let cut = super::ranges::Ranges::new(all.clone());
        for at in 0..270 {
            let mut inside: Vec<_> = all.iter().filter(|r| r.0 <= at && at <= r.1).collect();
            // Nested ranges: the narrower, of equal ones the later. Those that cross: the one that began later.
            inside.sort_by_key(|r| (r.0, std::cmp::Reverse(r.1), r.2));
            prop_assert_eq!(cut.find(at), inside.last().map(|r| r.2), "at {}", at);
        }
    }
}
