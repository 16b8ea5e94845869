//! MaxMind DB files: a binary tree over the bits of addresses, records behind it. The crate `maxminddb` reads them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::de::IgnoredAny;

use super::place::Place;
use super::record::Record;
use super::{GeoAbout, GeoError};
use crate::schema::Fact;
use crate::value::Time;

/// What begins the metadata of every MaxMind DB.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// How far from the end the format's specification lets the marker be, in bytes.
const MARKER_WITHIN: usize = 128 * 1024;

/// As many networks from the start of a file are looked at to see what it tells.
const FIRST: usize = 2000;

/// As many addresses spread over all of IPv4, and over the global unicast space of IPv6.
const SPREAD: u32 = 2048;

/// Whether the bytes are a MaxMind DB, sound or not.
pub fn is_mmdb(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(MARKER_WITHIN)..];
    memchr::memmem::rfind(tail, MARKER).is_some()
}

/// One file.
#[derive(Debug)]
pub struct Mmdb(Reader<Vec<u8>>);

impl Mmdb {
    /// Reads a file and looks at a part of its records, to see that they can be read and what they tell.
    pub fn read(name: &str, bytes: Vec<u8>) -> Result<(Self, GeoAbout), GeoError> {
        let damaged = |e: &dyn std::fmt::Display| {
            GeoError::new(format!("it is a damaged MaxMind DB: {e}"), "fetch it anew; a download may have been cut")
        };
        let mmdb = Mmdb(Reader::from_source(bytes).map_err(|e| damaged(&e))?);
        let seen = mmdb.sample().map_err(|e| damaged(&e))?;
        let metadata = mmdb.0.metadata();
        let facts: Vec<Fact> = Fact::ALL.into_iter().filter(|f| seen.facts.contains(f)).collect();
        if facts.is_empty() {
            return Err(mmdb.nothing_known());
        }
        let built = metadata.build_epoch.checked_mul(1000).and_then(|ms| i64::try_from(ms).ok());
        let about = GeoAbout {
            name: name.to_owned(),
            format: metadata.database_type.clone(),
            facts,
            built: built.filter(|ms| *ms > 0).map(Time),
            v4: seen.v4,
            v6: seen.v6,
            skipped: 0,
        };
        Ok((mmdb, about))
    }

    /// What is known of an address.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn place(&self, address: IpAddr) -> Result<Place<'_>, MaxMindDbError> {
        if address.is_ipv6() && self.0.metadata().ip_version == 4 {
            return Ok(Place::default());
        }
        Ok(self.0.lookup(address)?.decode::<Record<'_>>()?.unwrap_or_default().0)
    }

    fn sample(&self) -> Result<Seen, MaxMindDbError> {
        let mut seen = Seen::default();
        for found in self.0.networks(WithinOptions::default())?.take(FIRST) {
            let found = found?;
            let place = found.decode::<Record<'_>>()?.unwrap_or_default().0;
            let mapped = match found.network()?.ip() {
                IpAddr::V4(_) => true,
                IpAddr::V6(v6) => v6.octets()[..12].iter().all(|b| *b == 0),
            };
            seen.add(&place, mapped);
        }
        for n in 0..SPREAD {
            let v4 = Ipv4Addr::from(n << 21 | 1);
            seen.add(&self.place(IpAddr::V4(v4))?, true);
            let v6 = Ipv6Addr::from((0x2000_0000 | u128::from(n) << 18) << 96 | 1);
            seen.add(&self.place(IpAddr::V6(v6))?, false);
        }
        Ok(seen)
    }

    /// No record says anything that is known here: what do they say?
    fn nothing_known(&self) -> GeoError {
        let kind = &self.0.metadata().database_type;
        let first = self.0.networks(WithinOptions::default()).ok().and_then(|mut all| all.next()?.ok());
        let keys: BTreeMap<String, IgnoredAny> =
            first.and_then(|found| found.decode().ok().flatten()).unwrap_or_default();
        let keys: Vec<String> = keys.into_keys().take(8).map(|k| format!("`{k}`")).collect();
        let what = if keys.is_empty() { "no records".to_owned() } else { format!("records with {}", keys.join(", ")) };
        GeoError::new(
            format!("it is a MaxMind DB `{kind}` that tells no country, city, position or network: it has {what}"),
            "name a country, city or ASN database, such as GeoLite2-City and GeoLite2-ASN",
        )
    }
}

/// What a part of the records tells.
#[derive(Default)]
struct Seen {
    facts: Vec<Fact>,
    v4: bool,
    v6: bool,
}

impl Seen {
    fn add(&mut self, place: &Place<'_>, v4: bool) {
        let mut any = false;
        for fact in Fact::ALL.into_iter().filter(|f| place.knows(*f)) {
            any = true;
            if !self.facts.contains(&fact) {
                self.facts.push(fact);
            }
        }
        self.v4 |= any && v4;
        self.v6 |= any && !v4;
    }
}
