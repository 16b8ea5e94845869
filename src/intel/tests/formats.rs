//! Every format: recognised, read, its broken forms named.

use super::{count, texts, threat};
use crate::intel::formats::{FORMATS, find};
use crate::intel::{Column, ListRole, ListSpec, ListType, Reason, Refusal, read_list};

#[test]
fn samples_are_recognised_and_hold_what_they_say() {
    for format in FORMATS {
        let (kind, n) = format.holds;
        for spec in [ListSpec::new("x", kind), ListSpec::new("x", kind).format(format.name)] {
            let list = read_list(&spec, format.sample.as_bytes()).unwrap_or_else(|e| panic!("{}: {e}", format.name));
            assert_eq!(list.report.format, format.name);
            assert_eq!(list.entries.len(), n, "{}: {}", format.name, list.report);
            assert_eq!(list.report.malformed(), 0, "{}: {}", format.name, list.report);
        }
    }
}

#[test]
fn names_are_unique_and_guarddutys_are_known() {
    for (i, format) in FORMATS.iter().enumerate() {
        assert!(FORMATS[i + 1..].iter().all(|f| f.name != format.name));
        assert!(!format.title.is_empty());
    }
    for name in ["TXT", "STIX", "OTX_CSV", "ALIEN_VAULT", "PROOF_POINT", "FIRE_EYE"] {
        assert!(find(name).is_some(), "{name}");
    }
    let spec = ListSpec::new("x", ListType::Ip).format("cvs");
    let error = read_list(&spec, b"198.51.100.7").unwrap_err();
    assert_eq!(error.refusal, Refusal::UnknownFormat);
    assert!(error.help.contains("csv"));
}

#[test]
fn plain_text_with_comments_columns_and_mixed_types() {
    let text = "\u{feff}# head\n; too\n// and this\n\n198.51.100.7 # why\n198.51.100.7\n203.0.113.9,scanner,5\n\
        192.0.2.0/24\tDE\n2001:DB8::1\r\n::ffff:192.0.2.77\n198.51.100.20 - 198.51.100.30 # a range\n192.0.2.5:8080\n\
        bad.example\nhttp://192.0.2.8/\nhttp://192.0.2.8/x\n203.0.113.77/24\n198.51.100.31#now\n[2001:db8::9]:443\n";
    let list = threat(ListType::Ip, text).unwrap();
    let want = [
        "192.0.2.0/24",
        "192.0.2.5",
        "192.0.2.8",
        "192.0.2.77",
        "198.51.100.7",
        "198.51.100.20-198.51.100.30",
        "198.51.100.31",
        "203.0.113.0/24",
        "203.0.113.9",
        "2001:db8::1",
        "2001:db8::9",
    ];
    assert_eq!(texts(&list), want);
    let report = &list.report;
    assert_eq!(
        (report.rows, report.accepted, report.duplicates, report.other_type, report.ports_dropped),
        (14, 11, 1, 2, 2)
    );
    let domains = threat(ListType::Domain, text).unwrap();
    assert_eq!(texts(&domains), ["bad.example"]);
    assert_eq!(domains.report.other_type, 13);
}

#[test]
fn names_are_canonical() {
    let text = "Bad.Example.\n*.Wild.example\n.dotted.example\nbücher.example\nxn--bcher-kva.example\nc2[.]bad[.]example\n\
        hxxp://www.bad[.]example/\npool.bad.example:3333\n_dmarc.bad.example\nhttps://bad.example/login\n";
    let list = threat(ListType::Domain, text).unwrap();
    let want = [
        "*.wild.example",
        "_dmarc.bad.example",
        "bad.example",
        "c2.bad.example",
        "dotted.example",
        "pool.bad.example",
        "www.bad.example",
        "xn--bcher-kva.example",
    ];
    assert_eq!(texts(&list), want);
    assert_eq!((list.report.duplicates, list.report.other_type, list.report.ports_dropped), (1, 1, 1));
}

#[test]
fn hashes_strings_and_integers() {
    let md5 = "0123456789ABCDEF0123456789abcdef";
    let sha1 = "0123456789abcdef0123456789abcdef01234567";
    let sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let list = threat(ListType::Hash, &format!("{md5}\n{sha1} file.exe\n{sha256}\nbad.example\n")).unwrap();
    assert_eq!(texts(&list), [md5.to_lowercase().as_str(), sha1, sha256]);
    assert_eq!(list.report.other_type, 1);

    let list = threat(ListType::String, "# agents\nMozilla/4.0 (compatible; x # y)\n//no\nsqlmap/1.0, gui\n").unwrap();
    assert_eq!(texts(&list), ["Mozilla/4.0 (compatible; x # y)", "sqlmap/1.0, gui"]);

    let list = threat(ListType::Int, "22\n3389 # rdp\n+22\n-1\n").unwrap();
    assert_eq!(texts(&list), ["-1", "22", "3389"]);
}

#[test]
fn csv_by_name_place_and_delimiter() {
    let text =
        "# feed\n#\"seen\",\"dst\",\"port\"\n\"2026-01-02\",\"198.51.100.7\",443\n\"2026-01-03\",\"203.0.113.9\",80\n";
    let spec = ListSpec::new("x", ListType::Ip);
    for column in [Column::Name("DST".into()), Column::Index(2)] {
        let list = read_list(&spec.clone().column(column), text.as_bytes()).unwrap();
        assert_eq!(texts(&list), ["198.51.100.7", "203.0.113.9"], "a header in a comment does not eat the first row");
        assert_eq!(list.report.format, "csv");
    }
    let text = "name;addr\n\"a;b\";198.51.100.7\nc;oops\n";
    for column in [Column::Name("addr".into()), Column::Index(2)] {
        let list = read_list(&spec.clone().column(column), text.as_bytes()).unwrap();
        assert_eq!(texts(&list), ["198.51.100.7"]);
        assert_eq!(list.report.rows, 2);
        assert_eq!(list.report.quarantined[&Reason::Malformed].samples[0].line, 3);
    }
    let error = read_list(&spec.clone().column(Column::Name("address".into())), text.as_bytes()).unwrap_err();
    assert_eq!(error.refusal, Refusal::Format);
    assert!(error.message.contains("no column `address`") && error.message.contains("`addr`"), "{error}");
    assert!(read_list(&spec.column(Column::Index(0)), text.as_bytes()).is_err());
}

#[test]
fn vendors_csv_by_type() {
    let otx = find("otx").unwrap().sample;
    assert_eq!(texts(&threat(ListType::Ip, otx).unwrap()), ["198.51.100.7", "203.0.113.0/24"]);
    let domains = threat(ListType::Domain, otx).unwrap();
    assert_eq!((texts(&domains), domains.report.other_type), (vec!["c2.bad.example".to_owned()], 4));

    let fireeye = find("fireeye").unwrap().sample;
    assert_eq!(texts(&threat(ListType::Ip, fireeye).unwrap()), ["198.51.100.7", "203.0.113.0/24"]);
    assert_eq!(texts(&threat(ListType::Domain, fireeye).unwrap()), ["c2.bad.example"]);
    assert_eq!(texts(&threat(ListType::Hash, fireeye).unwrap()), ["0123456789abcdef0123456789abcdef"]);

    let proofpoint =
        "ip, category, score, first_seen, last_seen, ports (|)\n198.51.100.7,CnC,100,2026-01-02,2026-01-03,80|443\n";
    assert_eq!(texts(&threat(ListType::Ip, proofpoint).unwrap()), ["198.51.100.7"]);
}

#[test]
fn stix1_objects() {
    let list = threat(
        ListType::Domain,
        r#"<?xml version="1.0" encoding="UTF-8"?>
<stix:STIX_Package xmlns:stix="http://stix.mitre.org/stix-1" xmlns:cybox="http://cybox.mitre.org/cybox-2"
  xmlns:cyboxCommon="http://cybox.mitre.org/common-2" xmlns:D="http://cybox.mitre.org/objects#DomainNameObject-1"
  xmlns:U="http://cybox.mitre.org/objects#URIObject-2" xmlns:A="http://cybox.mitre.org/objects#AddressObject-2">
  <!-- <D:Value>not.this.example</D:Value> -->
  <cybox:Properties><D:Value condition="Equals">c2.bad.example</D:Value></cybox:Properties>
  <cybox:Properties><U:Value>http://host.bad.example/</U:Value></cybox:Properties>
  <cybox:Properties><U:Value>http://host.bad.example/path</U:Value></cybox:Properties>
  <cybox:Properties><D:Value condition="StartsWith">bad</D:Value></cybox:Properties>
  <cybox:Properties><A:Address_Value condition="InclusiveBetween">192.0.2.1##comma##192.0.2.9</A:Address_Value></cybox:Properties>
  <cyboxCommon:Simple_Hash_Value>0123456789abcdef0123456789abcdef</cyboxCommon:Simple_Hash_Value>
</stix:STIX_Package>"#,
    )
    .unwrap();
    assert_eq!(texts(&list), ["c2.bad.example", "host.bad.example"]);
    assert_eq!((list.report.other_type, count(&list.report, Reason::Pattern)), (3, 1));
    assert_eq!(list.report.quarantined[&Reason::Pattern].samples[0].line, 9);
}

#[test]
fn xml_bombs_are_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "198.51.100.7"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>"#;
    let error = threat(ListType::Ip, bomb).unwrap_err();
    assert_eq!((error.refusal, error.message.contains("DTD")), (Refusal::Format, true), "{error}");
    let deep = format!("<?xml version=\"1.0\"?>{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let error = threat(ListType::Ip, &deep).unwrap_err();
    assert!(error.message.contains("nested deeper"), "{error}");
    assert!(threat(ListType::Ip, "<?xml version=\"1.0\"?><a><b></a>").unwrap_err().message.contains("XML is broken"));
}

/// A bundle of one indicator with this pattern.
fn bundle(pattern: &str) -> String {
    let pattern = serde_json::to_string(pattern).unwrap();
    format!(
        r#"{{"type": "bundle", "objects": [{{"type": "identity"}}, {{"type": "indicator", "pattern": {pattern}}}]}}"#
    )
}

#[test]
fn stix2_patterns() {
    let md5 = "0123456789abcdef0123456789abcdef";
    for (kind, pattern, want) in [
        (ListType::Ip, "[ipv4-addr:value = '198.51.100.7']", vec!["198.51.100.7"]),
        (ListType::Ip, "[ipv4-addr:value ISSUBSET '203.0.113.0/24']", vec!["203.0.113.0/24"]),
        (ListType::Ip, "[ipv6-addr:value = '2001:db8::7']", vec!["2001:db8::7"]),
        (ListType::Ip, "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", vec!["192.0.2.1", "192.0.2.2"]),
        (ListType::Ip, "[(ipv4-addr:value='192.0.2.1') OR domain-name:value = 'bad.example']", vec!["192.0.2.1"]),
        (
            ListType::Ip,
            "[ipv4-addr:value = '192.0.2.1'] OR [ipv4-addr:value = '192.0.2.3']",
            vec!["192.0.2.1", "192.0.2.3"],
        ),
        (ListType::Ip, "[network-traffic:dst_ref.value = '192.0.2.1']", vec!["192.0.2.1"]),
        (ListType::Hash, &format!("[file:hashes.'MD5' = '{md5}' OR file:hashes.MD5 = '{md5}']"), vec![md5]),
        (ListType::Hash, &format!("[file:hashes.\"MD5\" = '{md5}']"), vec![md5]),
        (ListType::Domain, "[url:value = 'http://bad.example/'] OR [mutex:name = 'x']", vec!["bad.example"]),
    ] {
        let list = threat(kind, &bundle(pattern)).unwrap_or_else(|e| panic!("{pattern}: {e}"));
        assert_eq!(texts(&list), want, "{pattern}");
        assert_eq!(list.report.quarantined_total(), 0, "{pattern}");
    }
    for (pattern, reason) in [
        ("[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port = 80]", Reason::Pattern),
        ("[ipv4-addr:value != '192.0.2.1']", Reason::Pattern),
        ("[ipv4-addr:value NOT = '192.0.2.1']", Reason::Pattern),
        ("[ipv4-addr:value LIKE '192.0.%']", Reason::Pattern),
        ("[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']", Reason::Pattern),
        ("[ipv4-addr:value = '192.0.2.1'] REPEATS 5 TIMES WITHIN 60 SECONDS", Reason::Pattern),
        ("[ipv4-addr:value = '192.0.2.1", Reason::Malformed),
        ("nonsense", Reason::Malformed),
        ("", Reason::Malformed),
    ] {
        let error = threat(ListType::Ip, &bundle(pattern)).unwrap_err();
        let report = error.report.expect("rows were read");
        assert_eq!((count(&report, reason), report.accepted), (1, 0), "{pattern}: {report}");
    }
    let revoked = bundle("[ipv4-addr:value = '192.0.2.1']").replace("\"pattern\"", "\"revoked\": true, \"pattern\"");
    assert_eq!(count(&threat(ListType::Ip, &revoked).unwrap_err().report.unwrap(), Reason::Revoked), 1);
}

#[test]
fn json_forms() {
    let lines = |text: &str| {
        let list = threat(ListType::Ip, text).unwrap_or_else(|e| panic!("{text}: {e}"));
        (texts(&list).join(" "), list.report.format, list.report.malformed())
    };
    assert_eq!(
        lines("[\"198.51.100.7\",\n null, {\"ip\": \"203.0.113.9\"}]"),
        ("198.51.100.7 203.0.113.9".into(), "json", 1)
    );
    assert_eq!(lines("\"198.51.100.7\"\n\"203.0.113.9\"\n"), ("198.51.100.7 203.0.113.9".into(), "ndjson", 0));
    assert_eq!(lines("{\"list\": [\"198.51.100.\\u0037\"]}"), ("198.51.100.7".into(), "misp", 0));
    let google = "{\"prefixes\": [{\"ipv4Prefix\": \"203.0.113.0/24\"}, {\"ipv6Prefix\": \"2001:db8::/32\"}]}";
    assert_eq!(lines(google), ("203.0.113.0/24 2001:db8::/32".into(), "aws-ranges", 0));

    let spec = ListSpec::new("x", ListType::Ip).column(Column::Name("addr".into()));
    let list = read_list(&spec, b"{\"n\": 1, \"addr\": \"198.51.100.7\"}\n{\"addr\": \"203.0.113.9\"}").unwrap();
    assert_eq!(list.entries.len(), 2);

    for (text, part) in [
        ("{\"data\": [\n1]}", "no form that lists come in"),
        ("[\"198.51.100.7\"", "no JSON of this form"),
        ("{\"list\": 5}", "no JSON of this form"),
    ] {
        let error = threat(ListType::Ip, text).unwrap_err();
        assert!(error.refusal == Refusal::Format && error.message.contains(part), "{text}: {error}");
    }
    let deep = format!("{{\"list\": [{}", "[".repeat(100_000));
    assert_eq!(threat(ListType::Ip, &deep).unwrap_err().refusal, Refusal::Format);
    let ints = read_list(&ListSpec::new("x", ListType::Int), b"[22, -1, \"80\", 1.5]").unwrap();
    assert_eq!((texts(&ints).join(" "), ints.report.malformed()), ("-1 22 80".into(), 1));
}

#[test]
fn hosts_and_filters() {
    let hosts = "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 a.bad.example b.bad.example # x\n0.0.0.0\tc.bad.example\nd.bad.example\n";
    let list = threat(ListType::Domain, hosts).unwrap();
    assert_eq!(texts(&list), ["a.bad.example", "b.bad.example", "c.bad.example", "d.bad.example"]);
    let filters = "[Adblock Plus 2.0]\n! x\n||bad.example^\n||192.0.2.1^$third-party\n||one.example^$domain=two.example\n\
        ||three.example/x.js^\n@@||good.example^\nexample.com##.ad\n";
    let list = threat(ListType::Domain, filters).unwrap();
    assert_eq!((texts(&list), list.report.other_type), (vec!["bad.example".to_owned()], 5));
}

#[test]
fn bad_bytes_cost_their_row() {
    let list =
        read_list(&ListSpec::new("x", ListType::Ip).role(ListRole::Threat), b"198.51.100.7\n\xff\xfe\n203.0.113.9\n")
            .unwrap();
    assert_eq!((list.entries.len(), list.report.malformed()), (2, 1));
    assert_eq!(list.report.quarantined[&Reason::Malformed].samples[0].line, 2);
}

#[test]
fn the_manual_names_every_format_reason_and_refusal() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lists.md"));
    let row = |word: &str| page.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{word}`")));
    for format in FORMATS {
        assert!(row(format.name), "{}", format.name);
    }
    for reason in Reason::ALL {
        assert!(row(reason.word()), "{reason}");
    }
    for refusal in Refusal::ALL {
        assert!(row(refusal.word()), "{}", refusal.word());
    }
    for kind in ListType::ALL {
        assert!(row(kind.word()), "{kind}");
    }
}
