//! Entries in canonical form: from a token of a feed, or from a constant of a rule.
//!
//! token -> [`Token`] (what it is, whatever was asked) -> guards -> [`Entries`] (only the asked type)

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{ListType, Reason};
use crate::value::{Val, Value};

/// Longest text of an entry, in bytes; names and hashes are far shorter, and a feed is not trusted.
pub(super) const MAX_ENTRY_BYTES: usize = 4096;

/// Addresses from `first` to `last`, both in, of one family. IPv4-mapped IPv6 addresses are IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IpRange {
    /// IPv4, as numbers.
    V4(u32, u32),
    /// IPv6, as numbers.
    V6(u128, u128),
}

/// `::ffff:0:0`, the first of the IPv4-mapped addresses.
const MAPPED: u128 = 0xffff << 32;

impl IpRange {
    /// A single address.
    #[must_use]
    pub fn of_ip(ip: IpAddr) -> Self {
        match Val::canonical_ip(ip) {
            IpAddr::V4(a) => IpRange::V4(a.into(), a.into()),
            IpAddr::V6(a) => IpRange::V6(a.into(), a.into()),
        }
    }

    /// A network; bits behind the prefix do not count.
    #[must_use]
    pub fn of_net(net: IpNet) -> Self {
        match net {
            IpNet::V4(n) => IpRange::V4(n.network().into(), n.broadcast().into()),
            IpNet::V6(n) => Self::v6(n.network().into(), n.broadcast().into()),
        }
    }

    /// From one address to another; nothing if they are of two families or in the wrong order.
    #[must_use]
    pub fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        match (Self::of_ip(first), Self::of_ip(last)) {
            (IpRange::V4(a, _), IpRange::V4(b, _)) if a <= b => Some(IpRange::V4(a, b)),
            (IpRange::V6(a, _), IpRange::V6(b, _)) if a <= b => Some(IpRange::V6(a, b)),
            _ => None,
        }
    }

    fn v6(first: u128, last: u128) -> Self {
        match (u32::try_from(first.wrapping_sub(MAPPED)), u32::try_from(last.wrapping_sub(MAPPED))) {
            (Ok(a), Ok(b)) => IpRange::V4(a, b),
            _ => IpRange::V6(first, last),
        }
    }

    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (*self, Self::of_ip(ip)) {
            (IpRange::V4(a, b), IpRange::V4(x, _)) => a <= x && x <= b,
            (IpRange::V6(a, b), IpRange::V6(x, _)) => a <= x && x <= b,
            _ => false,
        }
    }
}

/// An address, a network where it is one, else `first-last`.
impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last, bits, width): (IpAddr, IpAddr, u32, u32) = match *self {
            IpRange::V4(a, b) => (Ipv4Addr::from(a).into(), Ipv4Addr::from(b).into(), aligned(a.into(), b.into()), 32),
            IpRange::V6(a, b) => (Ipv6Addr::from(a).into(), Ipv6Addr::from(b).into(), aligned(a, b), 128),
        };
        match bits {
            0 => write!(f, "{first}"),
            UNALIGNED => write!(f, "{first}-{last}"),
            bits => write!(f, "{first}/{}", width - bits),
        }
    }
}

const UNALIGNED: u32 = u32::MAX;

/// How many low bits a network spans, or `UNALIGNED` if the range is no network.
fn aligned(first: u128, last: u128) -> u32 {
    let mask = first ^ last;
    let bits = 128 - mask.leading_zeros();
    let full = mask.checked_add(1).is_none_or(u128::is_power_of_two);
    if full && first & mask == 0 { bits } else { UNALIGNED }
}

/// The entries of one list: one type, canonical, each once, in a stable order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    pub(super) v4: Vec<(u32, u32)>,
    pub(super) v6: Vec<(u128, u128)>,
    /// Domains (`name` or `*.name`), hashes, strings, or integers in decimal.
    pub(super) text: Vec<Box<str>>,
}

impl Entries {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len() + self.text.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every entry as text, in order.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        let v4 = self.v4.iter().map(|&(a, b)| IpRange::V4(a, b).to_string());
        let v6 = self.v6.iter().map(|&(a, b)| IpRange::V6(a, b).to_string());
        v4.chain(v6).chain(self.text.iter().map(|t| t.to_string()))
    }

    pub(super) fn push_range(&mut self, range: IpRange) {
        match range {
            IpRange::V4(a, b) => self.v4.push((a, b)),
            IpRange::V6(a, b) => self.v6.push((a, b)),
        }
    }

    /// Sorts, drops what is there twice, and says how many were dropped.
    pub(super) fn settle(&mut self) -> u64 {
        let before = self.len();
        self.v4.sort_unstable();
        self.v4.dedup();
        self.v6.sort_unstable();
        self.v6.dedup();
        self.text.sort_unstable();
        self.text.dedup();
        (before - self.len()) as u64
    }

    /// The entries that constants of a rule (`list @x: ip = […]`) or of a rule test (`given`) stand for, in the same
    /// canonical form as those of a file. No guard applies: the author of the rule may name private networks.
    ///
    /// # Errors
    /// The place of the first constant that is no entry of this type, and what it should be.
    pub fn from_values(kind: ListType, values: &[Value]) -> Result<Entries, (usize, String)> {
        let mut entries = Entries::default();
        for (i, value) in values.iter().enumerate() {
            let no = |what: &str| (i, format!("`{value}` is not {what}"));
            match (kind, value) {
                (ListType::Ip, Value::Ip(ip)) => entries.push_range(IpRange::of_ip(*ip)),
                (ListType::Ip, Value::Net(net)) => entries.push_range(IpRange::of_net(*net)),
                (ListType::Ip, Value::Str(s)) => {
                    entries.push_range(parse_ip(s).and_then(Result::ok).ok_or_else(|| no("an address or a network"))?);
                }
                (ListType::Domain, Value::Str(s)) => {
                    entries.text.push(domain_entry(s).ok_or_else(|| no("a domain name"))?.into());
                }
                (ListType::Hash, Value::Str(s)) => entries
                    .text
                    .push(canonical_hash(s).ok_or_else(|| no("a hash (32, 40 or 64 hex digits)"))?.into_owned().into()),
                (ListType::String, Value::Str(s)) => entries.text.push(s.as_ref().into()),
                (ListType::Int, Value::Int(n)) => entries.text.push(n.to_string().into()),
                (ListType::Ip, _) => return Err(no("an address or a network")),
                (ListType::Domain, _) => return Err(no("a domain name")),
                (ListType::Hash, _) => return Err(no("a hash")),
                (ListType::String, _) => return Err(no("a string")),
                (ListType::Int, _) => return Err(no("an integer")),
            }
        }
        entries.settle();
        Ok(entries)
    }
}

/// What a token of a feed is, whatever type the list has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Ip(IpRange),
    /// Canonical `name` or `*.name`.
    Domain(Cow<'a, str>),
    Hash(Cow<'a, str>),
    /// A URL with a path, a path, a mail address: sound, but no entry of any list type.
    Other,
}

/// A token and whether a port was cut off.
pub(super) type Classified<'a> = (Token<'a>, bool);

/// Says what a token is: address, network, range, name, hash, or something else that is sound; or why it is nothing.
pub(super) fn classify(raw: &str) -> Result<Classified<'_>, Reason> {
    let text = raw.trim().trim_matches(['"', '\'']).trim();
    if text.len() > MAX_ENTRY_BYTES {
        return Err(Reason::TooLong);
    }
    if text.contains("[.]") {
        let (token, port) = classify_plain(&text.replace("[.]", ".").replacen("hxxp", "http", 1))
            .map(|(token, port)| (owned(token), port))?;
        return Ok((token, port));
    }
    classify_plain(text)
}

fn owned(token: Token<'_>) -> Token<'static> {
    match token {
        Token::Ip(range) => Token::Ip(range),
        Token::Domain(name) => Token::Domain(name.into_owned().into()),
        Token::Hash(hash) => Token::Hash(hash.into_owned().into()),
        Token::Other => Token::Other,
    }
}

fn classify_plain(text: &str) -> Result<Classified<'_>, Reason> {
    if let Some((scheme, rest)) = text.split_once("://") {
        // Only a URL that is nothing but its host stands for the host.
        let host = rest.strip_suffix('/').unwrap_or(rest);
        let plain = !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '@']);
        return if plain { classify_host(host) } else { Ok((Token::Other, false)) };
    }
    classify_host(text)
}

fn classify_host(text: &str) -> Result<Classified<'_>, Reason> {
    if let Some(ip) = parse_ip(text) {
        return Ok((Token::Ip(ip?), false));
    }
    if let Some(hash) = canonical_hash(text) {
        return Ok((Token::Hash(hash), false));
    }
    if text.contains(['/', '@', '?']) {
        return Ok((Token::Other, false));
    }
    if let Some((host, port)) = text.rsplit_once(':')
        && port.parse::<u16>().is_ok()
    {
        let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        if let Some(ip) = bracketed.and_then(|h| h.parse::<Ipv6Addr>().ok()) {
            return Ok((Token::Ip(IpRange::of_ip(ip.into())), true));
        }
        if !host.contains(':') {
            return classify_host(host).map(|(token, _)| (token, true));
        }
    }
    match domain_entry(text) {
        Some(name) if name.contains('.') || psl::suffix(name.as_bytes()).is_some_and(|s| s.is_known()) => {
            Ok((Token::Domain(name), false))
        }
        // One label is a word, unless it is a top-level domain, and then the guard wants to see it.
        Some(name) if name == "localhost" => Ok((Token::Domain(name), false)),
        Some(_) => Err(Reason::Malformed),
        None if is_hex(text) && text.len() == 128 => Ok((Token::Other, false)),
        None => Err(Reason::Malformed),
    }
}

/// An address, a network or a range; nothing if the text does not look like one, an error if it does and is none.
pub(super) fn parse_ip(text: &str) -> Option<Result<IpRange, Reason>> {
    if let Ok(v4) = text.parse::<Ipv4Addr>() {
        return Some(Ok(IpRange::V4(v4.into(), v4.into())));
    }
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_hexdigit() || first == b':') {
        return None;
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(Ok(IpRange::of_ip(ip)));
    }
    if let Some((addr, prefix)) = text.split_once('/') {
        return match addr.parse::<IpAddr>() {
            Err(_) => looks_numeric(addr).then_some(Err(Reason::OddAddress)),
            Ok(ip) => {
                let digits = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
                let net = prefix.parse::<u8>().ok().filter(|_| digits).and_then(|p| IpNet::new(ip, p).ok());
                Some(net.map(IpRange::of_net).ok_or(Reason::BadNetwork))
            }
        };
    }
    if let Some((a, b)) = text.split_once('-')
        && let (Ok(a), Ok(b)) = (a.trim().parse::<IpAddr>(), b.trim().parse::<IpAddr>())
    {
        return Some(IpRange::between(a, b).ok_or(Reason::BadNetwork));
    }
    looks_numeric(text).then_some(Err(Reason::OddAddress))
}

/// Whether dots and numbers are all there is (`010.8.8.8`, `127.1`, `0x7f.0.0.1`): no name ends in a number.
fn looks_numeric(text: &str) -> bool {
    let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or("");
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    text.contains('.')
        && (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())
            || hex.is_some_and(|h| h.bytes().all(|b| b.is_ascii_hexdigit())))
}

/// A domain entry: `name`, `*.name`; `.name`, as some feeds write it, is `name`.
pub(super) fn domain_entry(text: &str) -> Option<Cow<'_, str>> {
    if let Some(rest) = text.strip_prefix("*.") {
        return canonical_domain(rest).map(|name| format!("*.{name}").into());
    }
    canonical_domain(text.strip_prefix('.').unwrap_or(text))
}

/// A name in the form that everything compares: lower case, A-labels, no final dot. Nothing if it is no name, or if it
/// ends in a number and so is a misspelt address.
#[must_use]
pub fn canonical_domain(text: &str) -> Option<Cow<'_, str>> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    let canonical = if name.bytes().all(plain) && !name.contains("xn--") {
        Cow::Borrowed(name)
    } else if name.bytes().all(|b| plain(b.to_ascii_lowercase())) && !name.to_ascii_lowercase().contains("xn--") {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Owned(idna::domain_to_ascii(name).ok().filter(|n| n.bytes().all(plain))?)
    };
    let sound = canonical.len() <= 253
        && canonical.split('.').all(|label| (1..=63).contains(&label.len()))
        && canonical.bytes().any(|b| b.is_ascii_alphabetic())
        && !looks_numeric(&canonical);
    sound.then_some(canonical)
}

/// An MD5, SHA-1 or SHA-256 in lower-case hex.
#[must_use]
pub fn canonical_hash(text: &str) -> Option<Cow<'_, str>> {
    (matches!(text.len(), 32 | 40 | 64) && is_hex(text)).then(|| {
        if text.bytes().any(|b| b.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text.into() }
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}
