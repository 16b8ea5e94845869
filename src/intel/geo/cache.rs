//! The addresses that a thread has asked about lately: logs repeat themselves, and a rule that asks for the country of
//! an address often asks for its network too. Entries are filled anew in place, so a full cache allocates nothing.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use super::place::Place;

/// How many addresses a thread keeps.
const PLACES: usize = 1024;

/// One address and what is known of it.
#[derive(Default)]
struct Kept {
    /// The data it was asked of, 0 for none.
    data: u64,
    address: Option<IpAddr>,
    country: Option<[u8; 2]>,
    position: Option<(f64, f64)>,
    asn: Option<u32>,
    /// Empty if there is none.
    city: String,
    as_name: String,
}

impl Kept {
    fn fill(&mut self, data: u64, address: IpAddr, place: &Place<'_>) {
        (self.data, self.address) = (data, Some(address));
        (self.country, self.position, self.asn) = (place.country, place.position, place.asn);
        for (mine, theirs) in [(&mut self.city, place.city), (&mut self.as_name, place.as_name)] {
            mine.clear();
            mine.push_str(theirs.unwrap_or_default());
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            country: self.country,
            city: Some(self.city.as_str()).filter(|s| !s.is_empty()),
            position: self.position,
            asn: self.asn,
            as_name: Some(self.as_name.as_str()).filter(|s| !s.is_empty()),
        }
    }
}

thread_local! {
    static CACHE: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// Uses what is known of an address, looking it up where this thread has not lately.
pub fn with<'d, T>(
    data: u64,
    address: IpAddr,
    look_up: impl FnOnce() -> Place<'d>,
    take: impl FnOnce(&Place<'_>) -> T,
) -> T {
    CACHE.with_borrow_mut(|cache| {
        if cache.is_empty() {
            cache.resize_with(PLACES, Kept::default);
        }
        let mut hash = rustc_hash::FxHasher::default();
        address.hash(&mut hash);
        // The high bits are the mixed ones.
        let kept = &mut cache[(hash.finish() >> 40) as usize % PLACES];
        if kept.data != data || kept.address != Some(address) {
            kept.fill(data, address, &look_up());
        }
        take(&kept.place())
    })
}
