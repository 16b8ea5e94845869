//! What the deployment's own data says about an address or a key: the border between events, which ask, and geo databases
//! and tables, which answer. This room knows the questions only.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

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

/// What an attribute asks of the deployment's data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ask {
    /// A fact about an address.
    Fact(Fact),
    /// A table's column, in the row whose key the value is.
    Row(Arc<str>, Arc<str>),
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ask::Fact(fact) => write!(f, "{fact}"),
            Ask::Row(table, column) => write!(f, "{column} in @{table}"),
        }
    }
}

/// Data that knows addresses and keys. Asked at most once for each attribute of an event that a rule reads, and on many threads.
pub trait Enrich: fmt::Debug + Send + Sync {
    /// What is known: text for country, city and name, an integer for the number, floats for degrees; else absent.
    fn look_up<'a>(&self, address: IpAddr, fact: Fact, arena: &'a Arena) -> Val<'a>;

    /// What a table says of a key in a column: text or a document; else absent.
    fn row<'a>(&self, table: &str, key: &str, column: &str, arena: &'a Arena) -> Val<'a> {
        let _ = (table, key, column, arena);
        Val::Absent
    }
}
