//! Values as bytes, for keys, spilled hits and stored state: short, total both ways, and equal bytes for equal values
//! only. `-0.0` is written as `0.0`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;

use super::{Time, Val, Value};

/// How deep lists and objects may nest in stored bytes; readers of logs allow no more.
const DEEPEST: usize = 128;

/// The first byte of a value: of what type it is.
pub(super) mod tag {
    pub const NULL: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const INT: u8 = 3;
    pub const FLOAT: u8 = 4;
    pub const TEXT: u8 = 5;
    pub const IPV4: u8 = 6;
    pub const IPV6: u8 = 7;
    pub const NET: u8 = 8;
    pub const TIME: u8 = 9;
    pub const DURATION: u8 = 10;
    pub const LIST: u8 = 11;
    pub const OBJECT: u8 = 12;
}

/// Appends an unsigned number, seven bits a byte, least first.
pub fn put_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends bytes behind their length.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

fn zagzig(n: u64) -> i64 {
    ((n >> 1) as i64) ^ -((n & 1) as i64)
}

/// Begins a list of so many values, which are to follow.
pub fn put_list(out: &mut Vec<u8>, len: usize) {
    out.push(tag::LIST);
    put_number(out, len as u64);
}

/// Appends a value of an event.
pub fn put_val(out: &mut Vec<u8>, val: Val<'_>) {
    match val {
        Val::Absent => out.push(tag::NULL),
        Val::Bool(b) => out.push(if b { tag::TRUE } else { tag::FALSE }),
        Val::Int(n) => {
            out.push(tag::INT);
            put_number(out, zigzag(n));
        }
        Val::Float(x) => {
            out.push(tag::FLOAT);
            out.extend_from_slice(&(if x == 0.0 { 0.0 } else { x }).to_bits().to_le_bytes());
        }
        Val::Str(s) => {
            out.push(tag::TEXT);
            put_bytes(out, s.as_bytes());
        }
        Val::Ip(IpAddr::V4(ip)) => {
            out.push(tag::IPV4);
            out.extend_from_slice(&ip.octets());
        }
        Val::Ip(IpAddr::V6(ip)) => {
            out.push(tag::IPV6);
            out.extend_from_slice(&ip.octets());
        }
        Val::Net(net) => {
            out.push(tag::NET);
            put_val(out, Val::Ip(net.addr()));
            out.push(net.prefix_len());
        }
        Val::Time(t) => {
            out.push(tag::TIME);
            put_number(out, zigzag(t.0));
        }
        Val::Duration(ms) => {
            out.push(tag::DURATION);
            put_number(out, zigzag(ms));
        }
        Val::List(items) => {
            put_list(out, items.len());
            items.iter().for_each(|item| put_val(out, *item));
        }
        Val::Json(_) => match val.to_value() {
            Some(value) => put_value(out, &value),
            None => out.push(tag::NULL),
        },
    }
}

/// Appends an owned value.
pub fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(tag::NULL),
        Value::Bool(b) => put_val(out, Val::Bool(*b)),
        Value::Int(n) => put_val(out, Val::Int(*n)),
        Value::Float(x) => put_val(out, Val::Float(*x)),
        Value::Str(s) => put_val(out, Val::Str(s)),
        Value::Ip(ip) => put_val(out, Val::Ip(*ip)),
        Value::Net(net) => put_val(out, Val::Net(*net)),
        Value::Time(t) => put_val(out, Val::Time(*t)),
        Value::Duration(ms) => put_val(out, Val::Duration(*ms)),
        Value::List(items) => {
            put_list(out, items.len());
            items.iter().for_each(|item| put_value(out, item));
        }
        Value::Object(fields) => {
            out.push(tag::OBJECT);
            put_number(out, fields.len() as u64);
            for (name, value) in fields {
                put_bytes(out, name.as_bytes());
                put_value(out, value);
            }
        }
    }
}

/// Reads what the functions above wrote; `None` once the bytes are none of theirs.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a> {
    /// What is not read yet.
    pub rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// From the first byte on.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// So many bytes as they stand.
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(head)
    }

    /// One byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    /// A number of [`put_number`].
    pub fn number(&mut self) -> Option<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    /// Bytes of [`put_bytes`].
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let n = usize::try_from(self.number()?).ok()?;
        self.take(n)
    }

    /// Text.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// Goes over a value without reading it; `None` where [`value`](Self::value) would say so but for text that is no
    /// UTF-8 and networks that are none.
    pub fn skip_value(&mut self) -> Option<()> {
        self.skip_in(0)
    }

    fn skip_in(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.byte()? {
            tag::NULL | tag::FALSE | tag::TRUE => {}
            tag::INT | tag::TIME | tag::DURATION => drop(self.number()?),
            tag::FLOAT => drop(self.take(8)?),
            tag::TEXT => drop(self.bytes()?),
            tag::IPV4 => drop(self.take(4)?),
            tag::IPV6 => drop(self.take(16)?),
            tag::NET => {
                self.skip_in(depth + 1)?;
                self.byte()?;
            }
            tag::LIST => {
                for _ in 0..self.number()? {
                    self.skip_in(depth + 1)?;
                }
            }
            tag::OBJECT => {
                for _ in 0..self.number()? {
                    self.bytes()?;
                    self.skip_in(depth + 1)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// A value.
    pub fn value(&mut self) -> Option<Value> {
        self.value_in(0)
    }

    fn value_in(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        Some(match self.byte()? {
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(zagzig(self.number()?)),
            tag::FLOAT => Value::Float(f64::from_bits(u64::from_le_bytes(self.take(8)?.try_into().ok()?))),
            tag::TEXT => Value::str(self.text()?),
            tag::IPV4 => Value::Ip(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(self.take(4)?).ok()?))),
            tag::IPV6 => Value::Ip(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(self.take(16)?).ok()?))),
            tag::NET => {
                let Value::Ip(ip) = self.value_in(depth + 1)? else { return None };
                Value::Net(IpNet::new(ip, self.byte()?).ok()?)
            }
            tag::TIME => Value::Time(Time(zagzig(self.number()?))),
            tag::DURATION => Value::Duration(zagzig(self.number()?)),
            tag::LIST => {
                let n = self.number()?;
                let mut items = Vec::new();
                for _ in 0..n {
                    items.push(self.value_in(depth + 1)?);
                }
                Value::List(items)
            }
            tag::OBJECT => {
                let n = self.number()?;
                let mut fields = Vec::new();
                for _ in 0..n {
                    let name: Arc<str> = Arc::from(self.text()?);
                    fields.push((name, self.value_in(depth + 1)?));
                }
                Value::Object(fields)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back() {
        let all = Value::Object(vec![(
            Arc::from("a"),
            Value::List(vec![
                Value::Null,
                Value::Bool(true),
                Value::Int(i64::MIN),
                Value::Int(-1),
                Value::Float(-2.5),
                Value::str("é\0"),
                Value::Ip("10.0.0.1".parse().expect("ip")),
                Value::Ip("2001:db8::1".parse().expect("ip")),
                Value::Net("10.0.0.0/8".parse().expect("net")),
                Value::Time(Time(-5)),
                Value::Duration(i64::MAX),
                Value::List(vec![]),
            ]),
        )]);
        let mut out = Vec::new();
        put_value(&mut out, &all);
        let mut bytes = Bytes::new(&out);
        assert_eq!(bytes.value(), Some(all));
        assert!(bytes.rest.is_empty());
        for cut in 0..out.len() {
            assert_eq!(Bytes::new(&out[..cut]).value(), None, "{cut}");
        }
    }
}
