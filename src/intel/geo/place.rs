//! What is known of one address, borrowed from the file that says it. What cannot be true is not taken.

use crate::schema::Fact;
use crate::value::{Arena, Val};

/// Names longer than this are no names, in bytes.
pub const MAX_NAME: usize = 256;

/// What is known of one address.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Place<'d> {
    /// Two capital letters.
    pub country: Option<[u8; 2]>,
    pub city: Option<&'d str>,
    /// Latitude and longitude, in degrees.
    pub position: Option<(f64, f64)>,
    pub asn: Option<u32>,
    pub as_name: Option<&'d str>,
}

impl<'d> Place<'d> {
    /// Takes over what another one knows and this one does not.
    pub fn complete(&mut self, other: Place<'d>) {
        self.country = self.country.or(other.country);
        self.city = self.city.or(other.city);
        self.position = self.position.or(other.position);
        // A name belongs to its number.
        let same = self.asn.is_none() || other.asn.is_none() || self.asn == other.asn;
        self.as_name = self.as_name.or(other.as_name.filter(|_| same));
        self.asn = self.asn.or(other.asn);
    }

    /// Whether it knows a fact.
    pub fn knows(&self, fact: Fact) -> bool {
        match fact {
            Fact::Country => self.country.is_some(),
            Fact::City => self.city.is_some(),
            Fact::Latitude | Fact::Longitude => self.position.is_some(),
            Fact::Asn => self.asn.is_some(),
            Fact::AsName => self.as_name.is_some(),
        }
    }

    /// One fact, for an event.
    pub fn fact<'a>(&self, fact: Fact, arena: &'a Arena) -> Val<'a> {
        let text = |s: &str| Val::Str(arena.alloc_str(s));
        match fact {
            Fact::Country => self.country.and_then(|c| std::str::from_utf8(&c).ok().map(text)),
            Fact::City => self.city.map(text),
            Fact::Latitude => self.position.map(|p| Val::Float(p.0)),
            Fact::Longitude => self.position.map(|p| Val::Float(p.1)),
            Fact::Asn => self.asn.map(|n| Val::Int(i64::from(n))),
            Fact::AsName => self.as_name.map(text),
        }
        .unwrap_or(Val::Absent)
    }
}

/// A country's code: two letters. `ZZ` is how some say that they do not know.
pub fn country(text: &str) -> Option<[u8; 2]> {
    let code: [u8; 2] = text.trim().as_bytes().try_into().ok()?;
    let upper = code.map(|b| b.to_ascii_uppercase());
    (upper.iter().all(u8::is_ascii_uppercase) && upper != *b"ZZ").then_some(upper)
}

/// A name that says something.
pub fn name(text: &str) -> Option<&str> {
    let text = text.trim();
    let nothing = text.is_empty() || matches!(text, "-" | "None" | "null" | "N/A" | "Unknown");
    (!nothing && text.len() <= MAX_NAME && !text.contains(char::is_control)).then_some(text)
}

/// A position on Earth. 0, 0 is sea: files that do not know say so.
pub fn position(lat: f64, long: f64) -> Option<(f64, f64)> {
    let there = lat.abs() <= 90.0 && long.abs() <= 180.0 && (lat != 0.0 || long != 0.0);
    there.then_some((lat, long))
}

/// A number of degrees in text.
pub fn degrees(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|x: &f64| x.is_finite())
}

/// The number of an autonomous system: `13335`, `AS13335`. 0 is none.
pub fn asn(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = match text.get(..2) {
        Some(word) if word.eq_ignore_ascii_case("as") => &text[2..],
        _ => text,
    };
    digits.parse().ok().filter(|n| *n > 0)
}
