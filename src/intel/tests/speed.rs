//! Figures, not verdicts: `cargo test --release --lib intel::tests::speed -- --ignored --nocapture`.

use std::hint::black_box;
use std::net::IpAddr;
use std::time::Instant;

use crate::intel::{ListIndex, ListRole, ListSpec, ListType, read_list};

/// A generator that needs no crate.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    fn address(&mut self) -> u32 {
        let x = self.next();
        // Public space only, so that the guards keep every network.
        0x0b00_0000 + x % 0x5000_0000
    }

    fn name(&mut self) -> String {
        let word =
            |n: u32, len: u32| (0..len).map(|i| char::from(b'a' + ((n >> (i * 4)) % 26) as u8)).collect::<String>();
        let (a, b) = (self.next(), self.next());
        let len = 4 + a % 5;
        format!("{}{}.{}", word(a, len), word(b, 6), ["com", "net", "org", "de", "io"][(b % 5) as usize])
    }
}

#[test]
#[ignore = "prints figures; run it in release"]
fn figures() {
    let mut random = Random(1);
    for n in [10_000, 1_000_000] {
        let text: String = (0..n)
            .map(|_| {
                let a = std::net::Ipv4Addr::from(random.address());
                match random.next() % 4 {
                    0 => format!("{a}/24\n"),
                    1 => format!("{a}/28\n"),
                    _ => format!("{a}\n"),
                }
            })
            .collect();
        let index = load(&text, ListType::Ip, n);
        let asked: Vec<IpAddr> = (0..4_000_000).map(|_| IpAddr::V4(random.next().into())).collect();
        let start = Instant::now();
        let hits = asked.iter().filter(|ip| !black_box(index.lookup_ip(**ip)).is_empty()).count();
        rate("random addresses", asked.len(), start, hits);
        let few: Vec<IpAddr> = asked.iter().take(2000).copied().collect();
        let start = Instant::now();
        let hits = (0..2000).flat_map(|_| &few).filter(|ip| !black_box(index.lookup_ip(**ip)).is_empty()).count();
        rate("2000 addresses again and again", 4_000_000, start, hits);
    }
    for n in [10_000, 1_000_000] {
        let names: Vec<String> = (0..n).map(|_| random.name()).collect();
        let index = load(&(names.join("\n") + "\n"), ListType::Domain, n);
        let mut asked: Vec<String> = (0..990_000).map(|_| format!("www.{}", random.name())).collect();
        asked.extend((0..10_000).map(|i| format!("a.{}", names[i])));
        let start = Instant::now();
        let hits = asked.iter().filter(|name| !black_box(index.lookup_domain(name)).is_empty()).count();
        rate("names, 1 % listed", asked.len(), start, hits);
    }
}

fn load(text: &str, kind: ListType, n: usize) -> ListIndex {
    let start = Instant::now();
    let list = read_list(&ListSpec::new("x", kind).role(ListRole::Threat), text.as_bytes()).unwrap();
    let read = start.elapsed();
    let mut builder = ListIndex::builder();
    builder.add(0, ListRole::Threat, kind, &list.entries);
    let start = Instant::now();
    let index = builder.build();
    let per = index.bytes() as f64 / index.len() as f64;
    println!("{n} {kind}: read {read:?}, built {:?}, {} kept, {per:.1} B each", start.elapsed(), index.len());
    index
}

fn rate(what: &str, n: usize, start: Instant, hits: usize) {
    let seconds = start.elapsed().as_secs_f64();
    println!("  {what}: {:.1} M look-ups a second, {hits} hits", n as f64 / seconds / 1e6);
}
