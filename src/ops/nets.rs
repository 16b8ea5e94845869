//! Addresses: `ip(text)`, `subnet(ip, bits)`, and what `in private` and `in public` mean (the special-purpose
//! registries of RFC 6890). Neither private nor public: unspecified, multicast, reserved, benchmarking
//! (198.18.0.0/15), 192.0.0.0/24. The documentation ranges (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24,
//! 2001:db8::/32) count as public, because tests and samples use them for strangers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::Sample::{Absent, Int, Ip, Net, Text};
use super::arithmetic::arg;
use super::compare::{any, read_ip};
use super::types::text;
use super::{Example, Function};
use crate::value::{Truth, Type, Val};

/// `ip(text)`
pub static IP: Function = Function {
    name: "ip",
    doc: "the address that a text is; absent if it is none (`010.8.8.8` and `127.1` are none)",
    params: &["text"],
    check: |types| match types {
        [Type::Ip] => Ok(Type::Ip),
        [t] if text(t) => Ok(Type::Ip),
        _ => Err("`ip` takes a text".to_owned()),
    },
    examples: &[
        Example { code: "ip(\"::ffff:10.0.0.1\")", args: &[Text("::ffff:10.0.0.1")], result: Ip("10.0.0.1") },
        Example { code: "ip(\"127.1\")", args: &[Text("127.1")], result: Absent },
        Example { code: "ip(\"AWS Internal\")", args: &[Text("AWS Internal")], result: Absent },
    ],
    eval: |args, _| match arg(args, 0) {
        Val::Ip(ip) => Val::Ip(Val::canonical_ip(ip)),
        Val::Str(s) => read_ip(s).map_or(Val::Absent, Val::Ip),
        _ => Val::Absent,
    },
};

/// `subnet(ip, bits)`
pub static SUBNET: Function = Function {
    name: "subnet",
    doc: "the network of 1 to 32 bits that an address lies in; an IPv6 address is cut at twice as many. A steadier value \
          than the address where networks are not known by name",
    params: &["ip", "bits"],
    check: |types| match types {
        [Type::Ip, Type::Int] => Ok(Type::Cidr),
        _ => Err("`subnet` takes an address and a number of bits: `subnet(src_endpoint.ip, 24)`".to_owned()),
    },
    examples: &[
        Example {
            code: "subnet(198.51.100.7, 16)",
            args: &[Ip("198.51.100.7"), Int(16)],
            result: Net("198.51.0.0/16"),
        },
        Example {
            code: "subnet(2001:db8:1:2::3, 24)",
            args: &[Ip("2001:db8:1:2::3"), Int(24)],
            result: Net("2001:db8:1::/48"),
        },
        Example { code: "subnet(198.51.100.7, 0)", args: &[Ip("198.51.100.7"), Int(0)], result: Absent },
    ],
    eval: |args, _| {
        let (Val::Ip(ip), Val::Int(bits @ 1..=32)) = (arg(args, 0), arg(args, 1)) else { return Val::Absent };
        let ip = Val::canonical_ip(ip);
        let bits = u8::try_from(if ip.is_ipv6() { bits * 2 } else { bits }).unwrap_or(32);
        IpNet::new(ip, bits).map_or(Val::Absent, |net| Val::Net(net.trunc()))
    },
};

/// `in private`: RFC 1918, shared (100.64.0.0/10), loopback, link-local, unique local.
#[must_use]
pub fn in_private(value: Val<'_>) -> Truth {
    test(value, is_private)
}

/// `in public`: globally reachable, documentation ranges included.
#[must_use]
pub fn in_public(value: Val<'_>) -> Truth {
    test(value, is_public)
}

fn test(value: Val<'_>, test: fn(IpAddr) -> bool) -> Truth {
    match value {
        Val::Ip(ip) => Truth::from(test(Val::canonical_ip(ip))),
        Val::Str(s) => Truth::from(read_ip(s).map(test)),
        Val::List(items) => any(items.iter().copied(), |v| self::test(v, test)),
        _ => Truth::Unknown,
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && b & 0xC0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !is_private(ip) && !is_special_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => is_public_v6(v6),
        },
    }
}

fn is_special_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    a == 0 || a >= 224 || (a == 198 && b & 0xFE == 18) || (a == 192 && b == 0 && c == 0)
}

/// The IPv4 address inside of a NAT64 (64:ff9b::/96) or 6to4 (2002::/16) one: what it reaches.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let pair = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        Ipv4Addr::new(a, b, c, d)
    };
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(pair(high, low)),
        [0x2002, high, low, ..] => Some(pair(high, low)),
        _ => None,
    }
}

/// Of global unicast (2000::/3) all but Teredo, benchmarking and ORCHID (2001::/23 holds them, save a few anycast
/// addresses that no log shows).
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    first & 0xE000 == 0x2000 && !(first == 0x2001 && second < 0x0200)
}
