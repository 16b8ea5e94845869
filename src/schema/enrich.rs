//! What the deployment's own data says about an address: the border between events, which ask, and geo databases,
//! which answer. This room knows the questions only.

use std::fmt;
use std::net::IpAddr;

use crate::value::{Arena, Val};

/// What can be asked about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// ISO 3166 code of the country, two capital letters.
    Country,
    /// English name of the city.
    City,
    /// Degrees, north is positive.
    Latitude,
    /// Degrees, east is positive.
    Longitude,
    /// Number of the autonomous system that announces the address.
    Asn,
    /// Name of that autonomous system.
    AsName,
}

impl Fact {
    /// All of them, in order.
    pub const ALL: [Fact; 6] = [Fact::Country, Fact::City, Fact::Latitude, Fact::Longitude, Fact::Asn, Fact::AsName];

    /// What the vocabulary calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fact::Country => "country",
            Fact::City => "city",
            Fact::Latitude => "latitude",
            Fact::Longitude => "longitude",
            Fact::Asn => "asn",
            Fact::AsName => "as_name",
        }
    }

    /// The fact that the vocabulary calls so.
    #[must_use]
    pub fn parse(word: &str) -> Option<Fact> {
        Fact::ALL.into_iter().find(|f| f.word() == word)
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Data that knows addresses. Asked at most once for each attribute of an event that a rule reads, and on many threads.
pub trait Enrich: fmt::Debug + Send + Sync {
    /// What is known: text for country, city and name, an integer for the number, floats for degrees; else absent.
    fn look_up<'a>(&self, address: IpAddr, fact: Fact, arena: &'a Arena) -> Val<'a>;
}
