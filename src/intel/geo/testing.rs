//! A writer of MaxMind DB files, as small as they may be: tests make their own data with it.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

/// A file to be.
pub struct Writer {
    kind: &'static str,
    bits: usize,
    built: u64,
    nodes: Vec<[Child; 2]>,
    data: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Child {
    Nothing,
    Node(usize),
    Data(usize),
}

impl Writer {
    /// A database of a type, of addresses of both versions or of IPv4 only, built at a Unix time in seconds.
    pub fn new(kind: &'static str, version: u16, built: u64) -> Writer {
        let bits = if version == 4 { 32 } else { 128 };
        Writer { kind, bits, built, nodes: vec![[Child::Nothing; 2]], data: Vec::new() }
    }

    /// A network and what is known of it; within an earlier one, it counts there.
    pub fn with(mut self, net: &str, record: &Value) -> Writer {
        let net: IpNet = net.parse().expect("a network");
        let (bits, length) = match net.addr() {
            IpAddr::V4(v4) if self.bits == 32 => (u128::from(u32::from(v4)) << 96, net.prefix_len()),
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), net.prefix_len() + 96),
            IpAddr::V6(v6) => (u128::from(v6), net.prefix_len()),
        };
        let at = self.data.len();
        encode("", record, &mut self.data);
        let mut node = 0;
        for depth in 0..length {
            let side = usize::from(bits >> (127 - depth) & 1 == 1);
            if depth + 1 == length {
                self.nodes[node][side] = Child::Data(at);
                break;
            }
            node = match self.nodes[node][side] {
                Child::Node(next) => next,
                wider => {
                    self.nodes.push([wider; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][side] = Child::Node(next);
                    next
                }
            };
        }
        self
    }

    /// The bytes of the file.
    pub fn bytes(self) -> Vec<u8> {
        let count = self.nodes.len();
        let mut out = Vec::new();
        for child in self.nodes.iter().flatten() {
            let record = match *child {
                Child::Nothing => count,
                Child::Node(n) => n,
                Child::Data(at) => count + 16 + at,
            };
            out.extend(u32::try_from(record).expect("small").to_be_bytes());
        }
        out.extend([0; 16]);
        out.extend(self.data);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        let version = if self.bits == 32 { 4 } else { 6 };
        let metadata = serde_json::json!({
            "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": self.built,
            "database_type": self.kind, "description": {"en": "test data"}, "ip_version": version,
            "languages": ["en"], "node_count": count, "record_size": 32,
        });
        encode("", &metadata, &mut out);
        out
    }
}

fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (short, more) = match size {
        0..=28 => (size, Vec::new()),
        29..=284 => (29, vec![size - 29]),
        _ => (30, vec![(size - 285) >> 8, (size - 285) & 0xff]),
    };
    let short = u8::try_from(short).expect("at most 30");
    if kind < 8 {
        out.push(kind << 5 | short);
    } else {
        out.extend([short, kind - 7]);
    }
    out.extend(more.into_iter().map(|b| u8::try_from(b).expect("a byte")));
}

fn encode(key: &str, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => control(7, 0, out),
        Value::Bool(b) => control(14, usize::from(*b), out),
        Value::Number(n) => match n.as_u64() {
            Some(n) => {
                // Readers are strict about the types of metadata: 16 bits but for two.
                let bytes = n.to_be_bytes();
                let (kind, width) = match key {
                    "build_epoch" => (9, 8),
                    "node_count" => (6, 4),
                    _ if n > u64::from(u16::MAX) => (6, 4),
                    _ => (5, 2),
                };
                control(kind, width, out);
                out.extend(&bytes[8 - width..]);
            }
            None => {
                control(3, 8, out);
                out.extend(n.as_f64().expect("a number").to_be_bytes());
            }
        },
        Value::String(s) => {
            control(2, s.len(), out);
            out.extend(s.as_bytes());
        }
        Value::Array(items) => {
            control(11, items.len(), out);
            items.iter().for_each(|v| encode("", v, out));
        }
        Value::Object(fields) => {
            control(7, fields.len(), out);
            for (key, value) in fields {
                control(2, key.len(), out);
                out.extend(key.as_bytes());
                encode(key, value, out);
            }
        }
    }
}
