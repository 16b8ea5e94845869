//! CSV files of ranges: `start,end,…` or `network,…`. Rows that say the same are one, names are kept once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;

use super::layout::{Column, Layout};
use super::place::{self, Place};
use super::ranges::{Range, Ranges};
use super::{GeoAbout, GeoError};
use crate::schema::Fact;
use crate::value::Val;

/// As many rows are looked at to see what a file without a header says.
const LOOKED_AT: usize = 1000;

/// A file of which more rows than one in this many cannot be read is no such file.
const BAD_ONE_IN: u64 = 100;

/// As few bad rows condemn no file.
const BAD_FEW: u64 = 5;

/// One file.
#[derive(Debug)]
pub struct Table {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
    rows: Vec<Row>,
    names: Vec<Arc<str>>,
}

/// What one range says; names by their place. Degrees in bits, so that equal rows can be found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Row {
    country: Option<[u8; 2]>,
    city: Option<u32>,
    position: Option<(u64, u64)>,
    asn: Option<u32>,
    as_name: Option<u32>,
}

impl Table {
    /// Reads a file.
    pub fn read(name: &str, bytes: &[u8]) -> Result<(Self, GeoAbout), GeoError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut head = reader(bytes);
        let mut first: Vec<Vec<String>> = Vec::new();
        let mut record = csv::ByteRecord::new();
        // One more, for the header.
        while first.len() <= LOOKED_AT && head.read_byte_record(&mut record).map_err(unreadable)? {
            first.push(record.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect());
        }
        let cells: Vec<&str> = first.first().into_iter().flatten().map(String::as_str).collect();
        let (layout, header) = match Layout::of_header(&cells) {
            Some(layout) => (layout?, true),
            None => (Layout::of_rows(&first)?, false),
        };
        let mut builder = Builder { layout, ..Builder::default() };
        let mut all = reader(bytes);
        let mut line = 0;
        while all.read_byte_record(&mut record).map_err(unreadable)? {
            line += 1;
            if !(header && line == 1) {
                builder.row(&record, record.position().map_or(line, csv::Position::line));
            }
        }
        builder.finish(name)
    }

    /// What is known of an address.
    pub fn place(&self, address: IpAddr) -> Place<'_> {
        let row = match address {
            IpAddr::V4(v4) => self.v4.find(u32::from(v4)),
            IpAddr::V6(v6) => self.v6.find(u128::from(v6)),
        };
        let Some(row) = row.map(|r| self.rows[r as usize]) else { return Place::default() };
        let name = |at: Option<u32>| at.map(|at| &*self.names[at as usize]);
        Place {
            country: row.country,
            city: name(row.city),
            position: row.position.map(|(lat, long)| (f64::from_bits(lat), f64::from_bits(long))),
            asn: row.asn,
            as_name: name(row.as_name),
        }
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    let line = bytes.split(|b| *b == b'\n').find(|l| !l.starts_with(b"#") && !l.trim_ascii().is_empty());
    let count = |d: u8| line.unwrap_or_default().iter().filter(|b| **b == d).count();
    let delimiter = [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',');
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(delimiter)
        .from_reader(bytes)
}

fn unreadable(e: csv::Error) -> GeoError {
    GeoError::new(format!("it is no CSV: {e}"), "name an .mmdb file, or a CSV of ranges")
}

#[derive(Default)]
struct Builder {
    layout: Layout,
    v4: Vec<Range<u32>>,
    v6: Vec<Range<u128>>,
    rows: Vec<Row>,
    places: HashMap<Row, u32>,
    names: Vec<Arc<str>>,
    named: HashMap<Arc<str>, u32>,
    facts: [bool; Fact::ALL.len()],
    good: u64,
    bad: u64,
    first_bad: Option<(u64, String)>,
}

impl Builder {
    fn row(&mut self, record: &csv::ByteRecord, line: u64) {
        let mut row = Row::default();
        let (mut lat, mut long) = (None, None);
        let (mut start, mut end, mut network) = (None, None, None);
        for at in 0..self.layout.0.len().min(record.len()) {
            let cell = String::from_utf8_lossy(&record[at]);
            match self.layout.0[at] {
                Column::Network => network = range(&cell),
                Column::Start => start = number(&cell),
                Column::End => end = number(&cell),
                Column::Country => row.country = place::country(&cell),
                Column::City => row.city = self.name(&cell),
                Column::Latitude => lat = place::degrees(&cell),
                Column::Longitude => long = place::degrees(&cell),
                Column::Asn => row.asn = place::asn(&cell),
                Column::AsName => row.as_name = self.name(&cell),
                Column::Other => {}
            }
        }
        // A name belongs to its number.
        row.as_name = row.as_name.filter(|_| row.asn.is_some());
        row.position = lat.zip(long).and_then(|(a, b)| place::position(a, b)).map(|(a, b)| (a.to_bits(), b.to_bits()));
        let range = network.or_else(|| start.zip(end).and_then(|(a, b)| same_family(a, b)));
        let Some(range) = range else {
            self.bad += 1;
            let text: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
            self.first_bad.get_or_insert_with(|| (line, text.join(",").chars().take(80).collect()));
            return;
        };
        self.good += 1;
        let position = row.position.is_some();
        let said =
            [row.country.is_some(), row.city.is_some(), position, position, row.asn.is_some(), row.as_name.is_some()];
        self.facts.iter_mut().zip(said).for_each(|(fact, said)| *fact |= said);
        let place = *self.places.entry(row).or_insert_with(|| {
            self.rows.push(row);
            u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX)
        });
        match range {
            (IpAddr::V4(a), IpAddr::V4(b)) => self.v4.push((a.into(), b.into(), place)),
            (IpAddr::V6(a), IpAddr::V6(b)) => self.v6.push((a.into(), b.into(), place)),
            _ => {}
        }
    }

    /// The place of a name, if the cell holds one.
    fn name(&mut self, cell: &str) -> Option<u32> {
        let name = place::name(cell)?;
        if let Some(at) = self.named.get(name) {
            return Some(*at);
        }
        let (at, name) = (u32::try_from(self.names.len()).ok()?, Arc::<str>::from(name));
        self.names.push(name.clone());
        self.named.insert(name, at);
        Some(at)
    }

    fn finish(self, name: &str) -> Result<(Table, GeoAbout), GeoError> {
        if let Some((line, text)) = &self.first_bad
            && (self.good == 0 || (self.bad >= BAD_FEW && self.bad > self.good / BAD_ONE_IN))
        {
            let (bad, all) = (self.bad, self.bad + self.good);
            return Err(GeoError::new(
                format!("{bad} of its {all} rows have no range of addresses; the first is line {line}: `{text}`"),
                "a row says `start,end,…` or `network,…`; give it a header if it has none",
            ));
        }
        let facts: Vec<Fact> =
            Fact::ALL.into_iter().zip(self.facts).filter(|(_, said)| *said).map(|(f, _)| f).collect();
        if facts.is_empty() {
            return Err(GeoError::new(
                "no row of it tells a country, city, position or network",
                "countries are codes of two letters, degrees are decimal, `asn` is a number",
            ));
        }
        let (v4, v6) = (Ranges::new(self.v4), Ranges::new(self.v6));
        let about = GeoAbout {
            name: name.to_owned(),
            format: "CSV".to_owned(),
            facts,
            built: None,
            v4: !v4.is_empty(),
            v6: !v6.is_empty(),
            skipped: self.bad,
        };
        Ok((Table { v4, v6, rows: self.rows, names: self.names }, about))
    }
}

/// An address, or the number that it is.
enum Number {
    Ip(IpAddr),
    Number(u128),
}

fn number(cell: &str) -> Option<Number> {
    let cell = cell.trim();
    if let Ok(ip) = cell.parse::<IpAddr>() {
        return Some(Number::Ip(ip));
    }
    cell.parse().ok().map(Number::Number)
}

/// Two ends of a range as addresses of one family. Of numbers, the larger one tells which.
fn same_family(start: Number, end: Number) -> Option<(IpAddr, IpAddr)> {
    let ip = |n: u128, v4: bool| match u32::try_from(n) {
        Ok(n) if v4 => IpAddr::V4(Ipv4Addr::from(n)),
        _ => IpAddr::V6(Ipv6Addr::from(n)),
    };
    let (start, end) = match (start, end) {
        (Number::Ip(a), Number::Ip(b)) => (a, b),
        (Number::Number(a), Number::Number(b)) => {
            let v4 = b <= u128::from(u32::MAX);
            (ip(a, v4), ip(b, v4))
        }
        _ => return None,
    };
    ordered(Val::canonical_ip(start), Val::canonical_ip(end))
}

fn ordered(start: IpAddr, end: IpAddr) -> Option<(IpAddr, IpAddr)> {
    (start.is_ipv4() == end.is_ipv4() && start <= end).then_some((start, end))
}

/// `192.0.2.0/24`, `192.0.2.1`, `192.0.2.1-192.0.2.9`.
fn range(cell: &str) -> Option<(IpAddr, IpAddr)> {
    let cell = cell.trim();
    if let Ok(net) = cell.parse::<IpNet>() {
        let (start, end) = (Val::canonical_ip(net.network()), Val::canonical_ip(net.broadcast()));
        return ordered(start, end);
    }
    let (start, end) = cell.split_once('-').unwrap_or((cell, cell));
    same_family(number(start)?, number(end)?)
}
