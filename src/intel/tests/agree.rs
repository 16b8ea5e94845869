//! The index agrees with a naive matcher: a scan over all entries of all lists.

use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;

use crate::intel::{Entries, Hits, IpRange, ListIndex, ListRole, ListType, canonical_domain};
use crate::value::{Val, Value};

type Lists<T> = Vec<(ListRole, Vec<T>)>;

fn role() -> impl Strategy<Value = ListRole> {
    prop_oneof![4 => Just(ListRole::Threat), 1 => Just(ListRole::Trusted), 3 => Just(ListRole::Plain)]
}

/// Of the hits (list, role, size, entry), what trust leaves, the most specific of each list first.
fn naive(mut all: Vec<(u32, ListRole, u128, String)>) -> Vec<(u32, String)> {
    if all.iter().any(|(_, role, ..)| *role == ListRole::Trusted) {
        all.retain(|(_, role, ..)| *role != ListRole::Threat);
    }
    all.sort_by_key(|(list, _, size, _)| (*list, *size));
    all.dedup_by_key(|(list, ..)| *list);
    all.into_iter().map(|(list, _, _, entry)| (list, entry)).collect()
}

fn shown(hits: Hits<'_>) -> Vec<(u32, String)> {
    hits.iter().map(|hit| (hit.list, hit.entry.to_string())).collect()
}

/// Few distinct addresses, so that networks nest, repeat and touch; of both families, mapped ones among them.
fn address() -> impl Strategy<Value = IpAddr> {
    let byte = || prop_oneof![Just(0_u8), Just(1), Just(127), Just(128), Just(255), any::<u8>()];
    prop_oneof![
        5 => (prop_oneof![Just(198_u8), Just(0), Just(255)], Just(51_u8), byte(), byte()).prop_map(|(a, b, c, d)| IpAddr::from([a, b, c, d])),
        1 => any::<[u8; 4]>().prop_map(IpAddr::from),
        2 => (byte(), byte()).prop_map(|(c, d)| IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0xc633, u16::from(c) << 8 | u16::from(d)])),
        2 => (byte(), byte()).prop_map(|(c, d)| IpAddr::from([0x2001, 0xdb8, 0, u16::from(c), 0, 0, 0, u16::from(d)])),
        1 => any::<[u16; 8]>().prop_map(IpAddr::from),
    ]
}

fn network() -> impl Strategy<Value = IpNet> {
    (address(), prop_oneof![3 => 20_u8..=32, 1 => 0_u8..=32], 0_u8..=128).prop_map(|(ip, short, long)| {
        let prefix = if ip.is_ipv4() { short } else { long };
        IpNet::new(ip, prefix).unwrap().trunc()
    })
}

/// What an IPv4-mapped network is: an IPv4 network.
fn canonical(net: IpNet) -> IpNet {
    match net {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => match v6.addr().to_ipv4_mapped() {
            Some(v4) => IpNet::new(v4.into(), v6.prefix_len() - 96).unwrap(),
            None => net,
        },
        net => net,
    }
}

fn printed(net: IpNet) -> String {
    Value::Net(net).to_string()
}

fn size(net: IpNet) -> u128 {
    128 - u128::from(net.prefix_len()) + if net.addr().is_ipv4() { 0 } else { 1000 }
}

fn check_addresses(lists: &Lists<IpNet>, extra: &[IpAddr]) -> Result<(), TestCaseError> {
    let mut builder = ListIndex::builder();
    for (i, (role, nets)) in (0..).zip(lists) {
        let values: Vec<Value> = nets.iter().map(|n| Value::Net(*n)).collect();
        builder.add(i, *role, ListType::Ip, &Entries::from_values(ListType::Ip, &values).unwrap());
    }
    let index = builder.build();
    // Every edge, and one address to either side of it.
    let edges = lists.iter().flat_map(|(_, nets)| nets).flat_map(|n| [n.network(), n.broadcast()]).flat_map(|ip| {
        let near = |d: i8| match ip {
            IpAddr::V4(a) => IpAddr::V4(u32::from(a).wrapping_add_signed(d.into()).into()),
            IpAddr::V6(a) => IpAddr::V6(u128::from(a).wrapping_add_signed(d.into()).into()),
        };
        [near(-1), ip, near(1)]
    });
    for ip in edges.chain(extra.iter().copied()) {
        let plain = Val::canonical_ip(ip);
        let all = (0..).zip(lists).flat_map(|(i, (role, nets))| {
            let nets = nets.iter().map(|n| canonical(*n)).filter(|n| n.contains(&plain));
            nets.map(move |n| (i, *role, size(n), printed(n)))
        });
        prop_assert_eq!(shown(index.lookup_ip(ip)), naive(all.collect()), "{}", ip);
    }
    Ok(())
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]", 2 => "(com|example|xn--bcher-kva|_x|a-b)", 1 => "[a-z0-9]{1,12}"]
}

fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec(label(), 1..6).prop_map(|labels| labels.join(".") + ".zone")
}

fn entry() -> impl Strategy<Value = String> {
    (name(), prop_oneof![3 => Just(""), 1 => Just("*.")]).prop_map(|(name, star)| format!("{star}{name}"))
}

/// Three in ten are hostile.
fn asked() -> impl Strategy<Value = String> {
    let hostile = prop_oneof![
        any::<String>(),
        name().prop_map(|n| format!(".{n}")),
        name().prop_map(|n| format!("{n}..")),
        name().prop_map(|n| n.replacen('.', "..", 1)),
        name().prop_map(|n| format!("*.{n}")),
        name().prop_map(|n| format!("{}.{n}", "x".repeat(300))),
        name().prop_map(|n| format!("\u{212a}\0.{n}")),
        Just(String::new()),
        Just(".".to_owned()),
    ];
    prop_oneof![
        7 => (name(), any::<bool>(), any::<bool>()).prop_map(|(n, upper, dot)| {
            let n = if upper { n.to_uppercase() } else { n };
            if dot { n + "." } else { n }
        }),
        3 => hostile,
    ]
}

/// Whether `name` (as asked) is held by an entry: label by label from the right.
fn holds(entry: &str, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let name: Vec<&str> = lower.strip_suffix('.').unwrap_or(&lower).split('.').collect();
    let (zone, least) = entry.strip_prefix("*.").map_or((entry, 0), |zone| (zone, 1));
    let zone: Vec<&str> = zone.split('.').collect();
    name.len() >= zone.len() + least && name[name.len() - zone.len()..] == zone[..]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn addresses(
        lists in proptest::collection::vec((role(), proptest::collection::vec(network(), 0..12)), 1..5),
        extra in proptest::collection::vec(address(), 0..20),
    ) {
        check_addresses(&lists, &extra)?;
    }

    #[test]
    fn names(
        lists in proptest::collection::vec((role(), proptest::collection::vec(entry(), 0..12)), 1..5),
        extra in proptest::collection::vec(asked(), 1..30),
    ) {
        let mut builder = ListIndex::builder();
        for (i, (role, entries)) in (0..).zip(&lists) {
            let values: Vec<Value> = entries.iter().map(|e| Value::str(e.as_str())).collect();
            builder.add(i, *role, ListType::Domain, &Entries::from_values(ListType::Domain, &values).unwrap());
        }
        let index = builder.build();
        let itself = lists.iter().flat_map(|(_, e)| e).flat_map(|e| {
            let zone = e.strip_prefix("*.").unwrap_or(e);
            [zone.to_owned(), format!("a.{zone}"), format!("a{zone}")]
        });
        for asked in itself.chain(extra.iter().cloned()) {
            let all = (0..).zip(&lists).flat_map(|(i, (role, entries))| {
                let held = entries.iter().filter(|e| holds(e, &asked));
                // Deeper is more specific; at one depth `name` goes before `*.name`.
                held.map(move |e| {
                    let depth = e.strip_prefix("*.").unwrap_or(e).split('.').count() as u128 * 2;
                    (i, *role, 1000 - depth + u128::from(e.starts_with("*.")), e.clone())
                })
            });
            prop_assert_eq!(shown(index.lookup_domain(&asked)), naive(all.collect()), "{:?}", asked);
        }
    }

    #[test]
    fn words(
        lists in proptest::collection::vec((role(), proptest::collection::vec(prop_oneof!["[abAB]{0,2}", any::<String>()], 0..12)), 1..5),
        extra in proptest::collection::vec(prop_oneof!["[abAB]{0,2}", any::<String>()], 1..30),
    ) {
        let mut builder = ListIndex::builder();
        for (i, (role, entries)) in (0..).zip(&lists) {
            let values: Vec<Value> = entries.iter().map(|e| Value::str(e.as_str())).collect();
            builder.add(i, *role, ListType::String, &Entries::from_values(ListType::String, &values).unwrap());
        }
        let index = builder.build();
        for asked in lists.iter().flat_map(|(_, e)| e).chain(&extra) {
            let all = (0..).zip(&lists).filter(|(_, (_, e))| e.contains(asked)).map(|(i, (role, _))| (i, *role, 0, asked.clone()));
            prop_assert_eq!(shown(index.lookup_text(ListType::String, asked)), naive(all.collect()));
        }
    }

    #[test]
    fn canonical_names_are_fixed_points(text in prop_oneof![any::<String>(), asked()]) {
        if let Some(name) = canonical_domain(&text) {
            let again = canonical_domain(&name);
            prop_assert_eq!(again.as_deref(), Some(&*name));
            prop_assert!(name.is_ascii() && !name.ends_with('.') && *name == name.to_ascii_lowercase());
        }
    }

    #[test]
    fn any_bytes_load_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in any::<String>()) {
        use crate::intel::{ListSpec, read_list, formats::FORMATS};
        for kind in ListType::ALL {
            for format in FORMATS {
                let spec = ListSpec::new("x", *kind).format(format.name);
                let _ = read_list(&spec, &bytes);
                // Cut a sample anywhere and go on with junk.
                let cut = bytes.len() % (format.sample.len() + 1);
                if let Ok(list) = read_list(&spec, format!("{}{text}", &format.sample[..cut]).as_bytes()) {
                    let r = &list.report;
                    prop_assert_eq!(r.rows, r.accepted + r.duplicates + r.other_type + r.quarantined_total(), "{}", r);
                }
            }
        }
    }
}

/// Enough segments for the tables in front of the IPv4 search, against a scan.
#[test]
fn tables_agree_with_a_scan() {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 32).unwrap()
    };
    let mut ranges = Vec::new();
    for _ in 0..6000 {
        // A quarter of the space, so that they nest; some span many /16.
        let (first, bits) = (next() & 0x3fff_ffff, [0, 0, 0, 4, 8, 10, 16, 20][next() as usize % 8]);
        let first = first >> bits << bits;
        ranges.push((first, first | ((1_u32 << bits) - 1)));
    }
    let entries = Entries { v4: ranges.clone(), ..Entries::default() };
    let mut builder = ListIndex::builder();
    builder.add(0, ListRole::Threat, ListType::Ip, &entries);
    let index = builder.build();
    let edges: Vec<u32> = ranges.iter().flat_map(|&(a, b)| [a.wrapping_sub(1), a, b, b.wrapping_add(1)]).collect();
    for x in edges.into_iter().step_by(7).chain((0..2000).map(|_| next() & 0x3fff_ffff)) {
        let best = ranges.iter().filter(|(a, b)| *a <= x && x <= *b).min_by_key(|(a, b)| (b - a, *a));
        let want: Vec<_> = best.map(|&(a, b)| (0, IpRange::V4(a, b).to_string())).into_iter().collect();
        assert_eq!(shown(index.lookup_ip(IpAddr::V4(x.into()))), want, "{x}");
    }
}

/// Nested as deep as a feed can make it: time stays in proportion.
#[test]
fn deep_nests_build() {
    let ranges: Vec<(u32, u32)> = (0..100_000).map(|i| (0x1000_0000 + i, 0x1100_0000 - i)).collect();
    let mut builder = ListIndex::builder();
    builder.add(0, ListRole::Threat, ListType::Ip, &Entries { v4: ranges, ..Entries::default() });
    let index = builder.build();
    let hit = index.lookup_ip(IpAddr::V4((0x1000_0000_u32 + 99_999).into()));
    assert_eq!(shown(hit), [(0, IpRange::V4(0x1000_0000 + 99_999, 0x1100_0000 - 99_999).to_string())]);
}
