//! Laws over arbitrary values: everything is total, equality symmetric, `like` what its regex says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;

use crate::ops::{Eval, FUNCTIONS, OPERATORS, compare, glob, member, nets, words};
use crate::value::{Arena, Time, Truth, Val, Value};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-cA-C.*?]{0,6}",
        any::<String>(),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|x| x.to_string()),
        any::<u32>().prop_map(|n| Ipv4Addr::from(n).to_string()),
        Just("true".to_owned()),
        Just("2026-01-31T10:00:00Z".to_owned()),
        Just("arn:aws:iam::123456789012:role/x".to_owned()),
        Just(
            r#"{"Statement":[{"Effect":"Allow","Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":[]}}}]}"#
                .to_owned()
        ),
    ]
}

/// Values of every kind; few distinct ones of each, so that equal ones meet.
fn value() -> impl Strategy<Value = Value> {
    let small = -3i64..3;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        small.clone().prop_map(Value::Int),
        any::<i64>().prop_map(Value::Int),
        small.clone().prop_map(|n| Value::Float(n as f64 / 2.0)),
        any::<f64>().prop_map(Value::Float),
        text().prop_map(Value::str),
        any::<u32>().prop_map(|n| Value::Ip(IpAddr::V4(Ipv4Addr::from(n)))),
        any::<u128>().prop_map(|n| Value::Ip(IpAddr::V6(Ipv6Addr::from(n)))),
        (any::<u32>(), 0u8..=32)
            .prop_map(|(n, p)| { Value::Net(IpNet::V4(Ipv4Net::new(Ipv4Addr::from(n), p).expect("at most 32"))) }),
        (any::<u128>(), 0u8..=128)
            .prop_map(|(n, p)| { Value::Net(IpNet::V6(Ipv6Net::new(Ipv6Addr::from(n), p).expect("at most 128"))) }),
        any::<i64>().prop_map(|n| Value::Time(Time(n))),
        small.prop_map(|n| Value::Time(Time(n))),
        any::<i64>().prop_map(Value::Duration),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec(("[a-c]|Statement|Effect|Principal|Grant", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().map(|(k, v)| (k.into(), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn operators_are_total(a in value(), b in value()) {
        let arena = Arena::new();
        let (a, b) = (Val::from_value(&a, &arena), Val::from_value(&b, &arena));
        let items: Vec<Val<'_>> = b.elements().collect();
        for op in OPERATORS {
            let truth = match op.eval {
                Eval::Pair(eval) => eval(a, b),
                Eval::Member => member::member(a, &items),
                Eval::Under => member::under(a, b.as_str().unwrap_or("example.com")),
                Eval::Regex => continue,
            };
            if a.is_absent() {
                prop_assert_eq!(truth, Truth::Unknown, "`{}` of what is absent", op.name);
            }
        }
        let lower = b.as_str().unwrap_or("a").to_lowercase();
        for test in [words::equal_caseless, words::contains_caseless, words::startswith_caseless,
                     words::endswith_caseless, words::like_caseless] {
            test(a, &lower);
        }
        let _ = member::in_range(a, b, b);
        prop_assert!(!(nets::in_private(a) == Truth::True && nets::in_public(a) == Truth::True) || matches!(a, Val::List(_)));
    }

    #[test]
    fn functions_are_total(args in prop::collection::vec(value(), 0..4)) {
        let arena = Arena::new();
        let vals: Vec<Val<'_>> = args.iter().map(|v| Val::from_value(v, &arena)).collect();
        for function in FUNCTIONS {
            let out = (function.eval)(&vals, &arena);
            if let Val::Float(x) = out && !vals.iter().any(|v| matches!(v, Val::Float(x) if !x.is_finite())) {
                prop_assert!(x.is_finite(), "`{}` gives {x}", function.name);
            }
        }
    }

    #[test]
    fn equality_is_symmetric_and_agrees_with_order(a in value(), b in value()) {
        let arena = Arena::new();
        let (a, b) = (Val::from_value(&a, &arena), Val::from_value(&b, &arena));
        prop_assert_eq!(compare::equal(a, b), compare::equal(b, a));
        if let Some(order) = compare::order(a, b) {
            prop_assert_eq!(compare::order(b, a), Some(order.reverse()));
            prop_assert_eq!(compare::equal(a, b), Truth::from(order.is_eq()));
        }
    }

    #[test]
    fn a_number_equals_its_text(n in any::<i64>()) {
        let text = n.to_string();
        prop_assert_eq!(compare::equal(Val::Int(n), Val::Str(&text)), Truth::True);
    }

    #[test]
    fn like_is_its_regex(text in "[abAé\n*?]{0,12}", pattern in "[abé*?]{0,8}") {
        let mut regex = String::from("(?s)^");
        for c in pattern.chars() {
            match c {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                c => regex.push_str(&regex::escape(&c.to_string())),
            }
        }
        regex.push('$');
        let plain = regex::Regex::new(&regex.replace('$', "\\z")).expect("a regex");
        prop_assert_eq!(glob::like(&text, &pattern, false), plain.is_match(&text));
        let caseless = regex::Regex::new(&format!("(?i){}", regex.replace('$', "\\z"))).expect("a regex");
        prop_assert_eq!(glob::like(&text, &pattern, true), caseless.is_match(&text));
    }

    #[test]
    fn caseless_is_lower_case_compared(text in "[a-dA-DéÉ]{0,8}", part in "[a-dA-DéÉ]{0,3}") {
        let (low, lower) = (text.to_lowercase(), part.to_lowercase());
        let val = Val::Str(&text);
        prop_assert_eq!(words::equal_caseless(val, &lower), Truth::from(low == lower));
        prop_assert_eq!(words::contains_caseless(val, &lower), Truth::from(low.contains(&lower)));
        prop_assert_eq!(words::startswith_caseless(val, &lower), Truth::from(low.starts_with(&lower)));
        prop_assert_eq!(words::endswith_caseless(val, &lower), Truth::from(low.ends_with(&lower)));
        prop_assert_eq!(words::equal_caseless(val, &low), Truth::True);
    }
}

#[test]
fn integers_beside_floats_are_exact() {
    let big = 9_007_199_254_740_993i64;
    assert_eq!(compare::equal(Val::Int(big), Val::Float(9_007_199_254_740_992.0)), Truth::False);
    assert_eq!(compare::order(Val::Int(i64::MAX), Val::Float(9.3e18)), Some(std::cmp::Ordering::Less));
    assert_eq!(compare::order(Val::Int(i64::MIN), Val::Float(-(2f64.powi(63)))), Some(std::cmp::Ordering::Equal));
    assert_eq!(compare::order(Val::Int(-1), Val::Float(-1.5)), Some(std::cmp::Ordering::Greater));
    assert_eq!(compare::equal(Val::Int(1), Val::Float(f64::NAN)), Truth::Unknown);
}

#[test]
fn an_empty_list_equals_nothing_and_what_is_absent_is_unknown() {
    assert_eq!(compare::equal(Val::List(&[]), Val::Int(1)), Truth::False);
    assert_eq!(compare::equal(Val::List(&[]), Val::Absent), Truth::Unknown);
    assert_eq!(compare::equal(Val::Absent, Val::List(&[])), Truth::Unknown);
}

#[test]
fn a_hostile_glob_is_cheap() {
    let text = "a".repeat(1 << 20) + "b";
    assert!(!glob::like(&text, "*a*a*a*a*a*a*a*a*a*a*a*c", false));
    assert!(!glob::like(&text, "*a*?a*a?*a*a*a*aaaaaaaac*c", true));
    assert!(glob::pattern_error(&"*".repeat(17)).is_some());
}

#[test]
fn addresses_private_public_and_neither() {
    let truth = |ip: &str| {
        let ip = Val::Ip(ip.parse().expect("an address"));
        (nets::in_private(ip).holds(), nets::in_public(ip).holds())
    };
    for private in [
        "10.1.2.3",
        "172.31.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
    ] {
        assert_eq!(truth(private), (true, false), "{private}");
    }
    for public in [
        "8.8.8.8",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.2.7",
        "198.51.100.7",
        "203.0.113.5",
        "2001:db8::1",
        "2600:1f18::1",
        "64:ff9b::808:808",
    ] {
        assert_eq!(truth(public), (false, true), "{public}");
    }
    for neither in [
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.0.1",
        "::",
        "ff02::1",
        "2001::1",
        "64:ff9b::a00:1",
    ] {
        assert_eq!(truth(neither), (false, false), "{neither}");
    }
}
