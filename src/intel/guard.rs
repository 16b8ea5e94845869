//! What a sound entry may not be: too broad, special-use, a public suffix. Facts from RFC 6890 and the IANA registries.
//!
//! Documentation space (TEST-NET, 2001:db8::/32, 3fff::/20, `.example`) is let in: it is routed nowhere, so it cannot
//! raise a storm, and every example and test needs it.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::entry::IpRange;
use super::{ListRole, Reason};

/// Broadest IPv4 network, as a prefix length.
const MIN_PREFIX_V4: u32 = 8;
/// Broadest IPv6 network.
const MIN_PREFIX_V6: u32 = 19;

/// IPv4 networks that no threat list may touch.
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),      // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),     // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),  // carrier-grade NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),    // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link local, instance metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),  // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),   // protocol assignments
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16), // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),  // benchmarking
    (Ipv4Addr::new(224, 0, 0, 0), 4),    // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),    // reserved, broadcast
];

/// IPv6 networks that no threat list may touch.
const SPECIAL_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0, 0), 96), // unspecified, loopback, IPv4-compatible
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), // IPv4-mapped (as part of something broader)
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), // NAT64
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48), // local NAT64
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64), // discard
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16), // segment routing
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7), // private
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10), // link local
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8), // multicast
];

/// Names (and everything under them) that are not resolved on the Internet. `.onion` is not here: a look-up of one is
/// an indicator.
const SPECIAL_NAMES: &[&str] = &[
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "test",
    "invalid",
    "alt",
];

/// Why a range may not stand in a list of this role, if it may not.
pub(super) fn check_range(range: IpRange, role: ListRole) -> Option<Reason> {
    let (broad, touches, inside) = match range {
        IpRange::V4(a, b) => {
            let (a, b) = (u128::from(a), u128::from(b));
            let nets = SPECIAL_V4.iter().map(|&(net, len)| span(u32::from(net).into(), 32 - len));
            let (touches, inside) = overlap(a, b, nets);
            (b - a >= 1 << (32 - MIN_PREFIX_V4), touches, inside)
        }
        IpRange::V6(a, b) => {
            let nets = SPECIAL_V6.iter().map(|&(net, len)| span(u128::from(net), 128 - len));
            let (touches, inside) = overlap(a, b, nets);
            (b - a >= 1 << (128 - MIN_PREFIX_V6), touches, inside)
        }
    };
    // fc00::/7 is broad and yet a fair thing to trust.
    match role {
        ListRole::Threat if inside => Some(Reason::SpecialUse),
        _ if broad && !inside => Some(Reason::TooBroad),
        ListRole::Threat if touches => Some(Reason::SpecialUse),
        _ => None,
    }
}

fn span(first: u128, bits: u32) -> (u128, u128) {
    (first, first | ((1 << bits) - 1))
}

/// Whether `a..=b` touches one of the networks, and whether it lies wholly inside one.
fn overlap(a: u128, b: u128, mut nets: impl Iterator<Item = (u128, u128)> + Clone) -> (bool, bool) {
    let touches = nets.clone().any(|(x, y)| a <= y && x <= b);
    (touches, touches && nets.any(|(x, y)| x <= a && b <= y))
}

/// Why a name (`name` or `*.name`) may not stand in a list of this role, if it may not.
pub(super) fn check_domain(entry: &str, role: ListRole) -> Option<Reason> {
    let name = entry.strip_prefix("*.").unwrap_or(entry);
    let under = |zone: &str| name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if role == ListRole::Threat && SPECIAL_NAMES.iter().any(|zone| under(zone)) {
        return Some(Reason::SpecialName);
    }
    let suffix = psl::suffix(name.as_bytes())?;
    if suffix.as_bytes().len() < name.len() {
        return None;
    }
    match suffix.typ() {
        Some(psl::Type::Icann) => Some(Reason::PublicSuffix),
        // A hoster's own suffix (`github.io`, `duckdns.org`): too much for a threat, a fair entry of a plain list.
        Some(psl::Type::Private) => (role == ListRole::Threat).then_some(Reason::HosterSuffix),
        // One label that nobody delegates: a host of a local network, or a word that is no name.
        None => (role == ListRole::Threat).then_some(Reason::SpecialName),
    }
}
