//! Threat lists: reading, building the index, and look-ups a second, over made-up lists of ten thousand and a million.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use outguard::intel::{ListIndex, ListRole, ListSpec, ListType, read_list};

/// A generator that needs no crate and gives the same lists every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 32).unwrap_or(0)
    }

    /// In public space, so that the guards keep every network.
    fn network(&mut self) -> String {
        let address = Ipv4Addr::from(0x0b00_0000 + self.next() % 0x5000_0000);
        match self.next() % 4 {
            0 => format!("{address}/24"),
            1 => format!("{address}/28"),
            _ => address.to_string(),
        }
    }

    fn name(&mut self) -> String {
        let letters: String = (0..9).map(|_| char::from(b'a' + u8::try_from(self.next() % 26).unwrap_or(0))).collect();
        format!("{letters}.{}", ["com", "net", "org", "de", "io"][self.next() as usize % 5])
    }
}

const ASKED: usize = 100_000;

fn index(lines: &[String], kind: ListType) -> ListIndex {
    let text = lines.join("\n");
    let list = read_list(&ListSpec::new("bench", kind).role(ListRole::Threat), text.as_bytes()).expect("a good list");
    let mut builder = ListIndex::builder();
    builder.add(0, ListRole::Threat, kind, &list.entries);
    builder.build()
}

fn lists(c: &mut Criterion) {
    let mut random = Random(1);
    for n in [10_000, 1_000_000] {
        let networks: Vec<String> = (0..n).map(|_| random.network()).collect();
        let names: Vec<String> = (0..n).map(|_| random.name()).collect();
        let addresses: Vec<IpAddr> = (0..ASKED).map(|_| IpAddr::V4(random.next().into())).collect();
        let asked: Vec<String> = (0..ASKED).map(|_| format!("www.{}", random.name())).collect();
        let mut group = c.benchmark_group(format!("{n} entries"));
        group.sample_size(10);
        group.throughput(Throughput::Elements(n));
        group.bench_function("networks: read and build", |b| b.iter(|| index(&networks, ListType::Ip).len()));
        group.bench_function("domains: read and build", |b| b.iter(|| index(&names, ListType::Domain).len()));
        group.throughput(Throughput::Elements(ASKED as u64));
        let built = index(&networks, ListType::Ip);
        group.bench_function("networks: look up", |b| {
            b.iter(|| addresses.iter().filter(|ip| !black_box(built.lookup_ip(**ip)).is_empty()).count());
        });
        let built = index(&names, ListType::Domain);
        group.bench_function("domains: look up", |b| {
            b.iter(|| asked.iter().filter(|name| !black_box(built.lookup_domain(name)).is_empty()).count());
        });
        group.finish();
    }
}

criterion_group!(benches, lists);
criterion_main!(benches);
