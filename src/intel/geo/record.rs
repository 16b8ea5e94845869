//! A record of a MaxMind DB -> place. The schemas in use differ in names and nesting; keys that are not known are passed
//! over undecoded.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::place::{self, Place};

/// A record as a place.
#[derive(Debug, Default)]
pub struct Record<'d>(pub Place<'d>);

impl<'de> Deserialize<'de> for Record<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut made = Made::default();
        d.deserialize_any(Level { made: &mut made, nested: Nested::Top })?;
        Ok(Record(made.place()))
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Made<'d> {
    /// Codes tell the country best; a plain `country` may be a code or a name.
    code: Option<[u8; 2]>,
    country: Option<[u8; 2]>,
    city: Option<&'d str>,
    lat: Option<f64>,
    long: Option<f64>,
    asn: Option<u32>,
    as_name: Option<&'d str>,
    /// A name belongs to its number: `name` beside one is the autonomous system's.
    name: Option<&'d str>,
}

impl<'d> Made<'d> {
    fn place(&self) -> Place<'d> {
        Place {
            country: self.code.or(self.country),
            city: self.city,
            position: self.lat.zip(self.long).and_then(|(lat, long)| place::position(lat, long)),
            asn: self.asn,
            as_name: self.as_name.or(self.name).filter(|_| self.asn.is_some()),
        }
    }

    /// Takes the value of a key. Whether the key is known.
    fn take<A: MapAccess<'d>>(&mut self, nested: Nested, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match (nested, key) {
            (Nested::Top, "country") => {
                let value = map.next_value_seed(Level { made: self, nested: Nested::Country })?;
                self.country = self.country.or(value.text().and_then(place::country));
            }
            (Nested::Top, "city") => {
                let value = map.next_value_seed(Level { made: self, nested: Nested::City })?;
                self.city = self.city.or(value.text().and_then(place::name));
            }
            (Nested::Top, "location") => {
                map.next_value_seed(Level { made: self, nested: Nested::Location })?;
            }
            (Nested::Top, "traits") => {
                map.next_value_seed(Level { made: self, nested: Nested::Traits })?;
            }
            (Nested::City, "names") => {
                map.next_value_seed(Level { made: self, nested: Nested::CityNames })?;
            }
            (Nested::Top, "country_code" | "country_iso_code") | (Nested::Country, "iso_code") => {
                self.code = map.next_value::<Scalar<'d>>()?.text().and_then(place::country);
            }
            (Nested::Top, "city_name") | (Nested::CityNames, "en") => {
                self.city = map.next_value::<Scalar<'d>>()?.text().and_then(place::name);
            }
            (Nested::Top, "latitude" | "lat") | (Nested::Location, "latitude") => {
                self.lat = map.next_value::<Scalar<'d>>()?.degrees();
            }
            (Nested::Top, "longitude" | "lng" | "lon" | "long") | (Nested::Location, "longitude") => {
                self.long = map.next_value::<Scalar<'d>>()?.degrees();
            }
            (Nested::Top, "asn" | "as_number") | (Nested::Top | Nested::Traits, "autonomous_system_number") => {
                self.asn = map.next_value::<Scalar<'d>>()?.asn();
            }
            (Nested::Top, "as_name" | "as_organization")
            | (Nested::Top | Nested::Traits, "autonomous_system_organization") => {
                self.as_name = map.next_value::<Scalar<'d>>()?.text().and_then(place::name);
            }
            (Nested::Top, "name") => self.name = map.next_value::<Scalar<'d>>()?.text().and_then(place::name),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Where in a record we are.
#[derive(Debug, Clone, Copy)]
enum Nested {
    Top,
    Country,
    City,
    CityNames,
    Location,
    Traits,
}

/// Reads one map into what was made; a scalar in its place is handed back.
struct Level<'m, 'd> {
    made: &'m mut Made<'d>,
    nested: Nested,
}

impl<'de> serde::de::DeserializeSeed<'de> for Level<'_, 'de> {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Scalar<'de>, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, 'de> {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while let Some(key) = map.next_key::<&str>()? {
            if !self.made.take(self.nested, key, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Scalar::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }
}

/// A value that is no map.
#[derive(Debug, Clone, Copy)]
enum Scalar<'d> {
    Text(&'d str),
    Int(u64),
    Float(f64),
    Other,
}

impl<'d> Scalar<'d> {
    fn text(self) -> Option<&'d str> {
        match self {
            Scalar::Text(s) => Some(s),
            _ => None,
        }
    }

    fn degrees(self) -> Option<f64> {
        match self {
            Scalar::Float(x) => Some(x).filter(|x| x.is_finite()),
            Scalar::Text(s) => place::degrees(s),
            Scalar::Int(n) => u32::try_from(n).ok().map(f64::from),
            Scalar::Other => None,
        }
    }

    fn asn(self) -> Option<u32> {
        match self {
            Scalar::Int(n) => u32::try_from(n).ok().filter(|n| *n > 0),
            Scalar::Text(s) => place::asn(s),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(text))
            }

            fn visit_u64<E>(self, n: u64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Int(n))
            }

            fn visit_u128<E>(self, n: u128) -> Result<Scalar<'de>, E> {
                Ok(u64::try_from(n).map_or(Scalar::Other, Scalar::Int))
            }

            fn visit_i64<E>(self, n: i64) -> Result<Scalar<'de>, E> {
                Ok(i32::try_from(n).map_or(Scalar::Other, |n| Scalar::Float(f64::from(n))))
            }

            fn visit_f64<E>(self, x: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Float(x))
            }

            fn visit_f32<E>(self, x: f32) -> Result<Scalar<'de>, E> {
                // As the file's author wrote it: 48.1 and not 48.099998.
                Ok(Scalar::Float(x.to_string().parse().unwrap_or(f64::from(x))))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }

            fn visit_bytes<E>(self, _: &[u8]) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
        }
        d.deserialize_any(Any)
    }
}
