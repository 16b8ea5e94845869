//! Which column of a CSV of ranges says what: by its header, else by the shape of its rows.

use super::GeoError;
use super::place;

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// `192.0.2.0/24`, or one address.
    Network,
    /// The first address of a range, also as a number.
    Start,
    /// The last one, in the range.
    End,
    Country,
    City,
    Latitude,
    Longitude,
    Asn,
    AsName,
    /// Nothing that is read.
    Other,
}

use Column::{AsName, Asn, City, Country, End, Latitude, Longitude, Network, Other, Start};

/// Names of columns in use, the better ones first: where two columns say the same, the better name is read.
const NAMES: &[(&str, Column)] = &[
    ("network", Network),
    ("cidr", Network),
    ("prefix", Network),
    ("ip_range", Network),
    ("range", Network),
    ("start", Start),
    ("start_ip", Start),
    ("ip_start", Start),
    ("ip_from", Start),
    ("range_start", Start),
    ("ip_range_start", Start),
    ("first_ip", Start),
    ("end", End),
    ("end_ip", End),
    ("ip_end", End),
    ("ip_to", End),
    ("range_end", End),
    ("ip_range_end", End),
    ("last_ip", End),
    ("country_code", Country),
    ("country_iso_code", Country),
    ("iso_code", Country),
    ("cc", Country),
    ("country", Country),
    ("city", City),
    ("city_name", City),
    ("latitude", Latitude),
    ("lat", Latitude),
    ("longitude", Longitude),
    ("long", Longitude),
    ("lng", Longitude),
    ("lon", Longitude),
    ("asn", Asn),
    ("as_number", Asn),
    ("autonomous_system_number", Asn),
    ("as_name", AsName),
    ("autonomous_system_organization", AsName),
    ("as_organization", AsName),
    ("as_org", AsName),
    ("organization", AsName),
    ("org", AsName),
    ("name", AsName),
];

/// Layouts without a header that are in use, behind the two columns of the range.
const SHAPES: &[&[Column]] = &[
    &[Country],
    &[Asn, AsName],
    &[Country, Other],
    &[Asn, Country, AsName],
    // Continent, country, state, city.
    &[Other, Country, Other, City, Latitude, Longitude],
    // Country, its name, region, city.
    &[Country, Other, Other, City, Latitude, Longitude],
    // Country, two states, city, postal code; time zone.
    &[Country, Other, Other, City, Other, Latitude, Longitude, Other],
    // Country, its name, region, city; postal code, time zone.
    &[Country, Other, Other, City, Latitude, Longitude, Other, Other],
];

/// The columns of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout(pub Vec<Column>);

impl Layout {
    /// By a header; nothing if the row is none.
    pub fn of_header(cells: &[&str]) -> Option<Result<Layout, GeoError>> {
        let mut columns = vec![Other; cells.len()];
        for column in [Network, Start, End, Country, City, Latitude, Longitude, Asn, AsName] {
            let best = NAMES.iter().filter(|(_, c)| *c == column).find_map(|(name, _)| {
                cells.iter().position(|cell| cell.trim().replace(['-', ' '], "_").eq_ignore_ascii_case(name))
            });
            if let Some(at) = best {
                columns[at] = column;
            }
        }
        let layout = Layout(columns);
        if layout.0.iter().all(|c| *c == Other) {
            return None;
        }
        let (range, tells) = (layout.has_range(), layout.0.iter().any(|c| !matches!(c, Network | Start | End | Other)));
        let names = || cells.iter().take(12).map(|c| format!("`{}`", c.trim())).collect::<Vec<_>>().join(", ");
        Some(match (range, tells) {
            (true, true) => Ok(layout),
            (false, _) => Err(GeoError::new(
                format!("no column of its header says of which addresses: {}", names()),
                "call it `network` (192.0.2.0/24), or two of them `start` and `end`",
            )),
            (_, false) => Err(GeoError::new(
                format!("no column of its header tells a country, city, position or network: {}", names()),
                "call them `country`, `city`, `latitude`, `longitude`, `asn`, `as_name`",
            )),
        })
    }

    fn has_range(&self) -> bool {
        let has = |c| self.0.contains(&c);
        has(Network) || (has(Start) && has(End))
    }

    /// By rows of a file without a header: the layout in use that all of them fit.
    pub fn of_rows(rows: &[Vec<String>]) -> Result<Layout, GeoError> {
        let width = rows.first().map_or(0, Vec::len);
        let one = rows.iter().all(|r| r.first().is_some_and(|c| c.contains('/')));
        let range: &[Column] = if one { &[Network] } else { &[Start, End] };
        let fitting = SHAPES.iter().find(|shape| {
            let layout: Vec<Column> = range.iter().chain(shape.iter()).copied().collect();
            layout.len() == width && fits(&layout, rows)
        });
        match fitting {
            Some(shape) => Ok(Layout(range.iter().chain(shape.iter()).copied().collect())),
            None => {
                let first: String = rows.first().map(|r| r.join(",")).unwrap_or_default().chars().take(80).collect();
                Err(GeoError::new(
                    format!("it is text without a header, in no layout that is known; its first row is `{first}`"),
                    "add a header, such as `start,end,country,city,latitude,longitude` or `network,asn,as_name`",
                ))
            }
        }
    }
}

/// Whether every cell could be what its column says, and each column says something somewhere.
fn fits(layout: &[Column], rows: &[Vec<String>]) -> bool {
    layout.iter().enumerate().all(|(at, column)| {
        let mut said = matches!(column, Network | Start | End | City | AsName | Other);
        rows.iter().all(|row| {
            let Some(cell) = row.get(at).map(|c| c.trim()) else { return false };
            let good = match column {
                Country => place::country(cell).is_some(),
                Asn => place::asn(cell).is_some(),
                Latitude => place::degrees(cell).is_some_and(|x| x.abs() <= 90.0),
                Longitude => place::degrees(cell).is_some_and(|x| x.abs() <= 180.0),
                _ => true,
            };
            said |= good;
            good || matches!(cell, "" | "-" | "0" | "ZZ" | "None")
        }) && said
    })
}
