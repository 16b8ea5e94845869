//! State of a million groups: bytes a group, steps a second, and a flood of twenty million junk keys with attackers
//! hidden in it. Figures are of one core; the memory is that of the process as the kernel counts it.

use std::sync::Arc;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use outguard::ops::operator;
use outguard::state::{
    Aggregate, AggregateOp, Decides, Fired, Formula, Happening, Limit, NEAR, Spec, Table, Term, When, Window, finish,
};
use outguard::value::{Raw, Raws, Time, Value};
use smallvec::SmallVec;

const MINUTE: i64 = 60_000;
const GROUPS: u64 = 1_000_000;

fn threshold(op: AggregateOp, arg: Option<usize>, n: i64) -> Arc<Spec> {
    let aggregate = Aggregate { name: Arc::from("a"), op, input: None, arg, enough: None };
    let at_least = operator(">=").expect("an operator");
    let mut spec = Spec {
        window: Some(Window { length: 10 * MINUTE, tumbling: false }),
        when: When::Window {
            aggregates: vec![aggregate],
            formula: Formula::Compare(at_least, Term::Aggregate(0), Term::Const(Value::Int(n))),
        },
        decides: Decides::AtOnce,
        inputs: 1,
        read: 0,
    };
    finish(&mut spec);
    Arc::new(spec)
}

/// The number of a group as a key of about thirty bytes, all of them different early on.
fn key(n: u64, out: &mut Vec<u8>) {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    out.clear();
    out.extend_from_slice(b"111122223333");
    out.extend_from_slice(&mixed.to_be_bytes());
    out.extend_from_slice(&n.to_be_bytes());
    out.extend_from_slice(b"::");
}

/// Resident bytes of this process.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Seconds of processor time of this process; elapsed time where the kernel does not tell.
fn processor(since: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|n| n.parse::<u64>().ok());
    nanos.map_or(since.elapsed().as_secs_f64(), |n| n as f64 / 1e9)
}

fn one(table: &mut Table, n: u64, id: u128, at: i64, args: &Raws, buffer: &mut Vec<u8>, out: &mut Vec<Fired>) {
    key(n, buffer);
    let args: SmallVec<[Raw<'_>; 2]> = args.all().collect();
    table.step(buffer, Time(at), &[Happening { id, inputs: 1, args: &args, kept: &[] }], out);
}

/// A million live groups of one to two events.
fn fill(spec: &Arc<Spec>) -> Table {
    let mut table = Table::new(spec, Limit::default(), 7);
    let (mut buffer, mut out) = (Vec::new(), Vec::new());
    for i in 0..GROUPS * 3 / 2 {
        let args: Raws = [Value::Int((i % 60_000) as i64)].iter().collect();
        one(&mut table, i % GROUPS, u128::from(i) << 64 | 77, i as i64 / 10_000, &args, &mut buffer, &mut out);
    }
    table
}

fn memory() {
    for (name, spec) in [
        ("count() >= 20", threshold(AggregateOp::Count, None, 20)),
        ("distinct(port) >= 20", threshold(AggregateOp::Distinct, Some(0), 20)),
    ] {
        let (before, clock, started) = (resident(), Instant::now(), processor(Instant::now()));
        let table = fill(&spec);
        let seconds = processor(clock) - started;
        let bytes = resident() - before;
        println!(
            "{name}: {} groups of 1 to 2 events: {:.0} MB resident, {} bytes a group (estimate {}); {:.2} M steps a \
             second to fill",
            table.len(),
            bytes as f64 / 1e6,
            bytes / table.len(),
            table.bytes() / table.len(),
            GROUPS as f64 * 1.5 / 1e6 / seconds,
        );
    }
}

/// Twenty million keys in an hour, once each; ten thousand attackers, twenty tries each, evenly over `minutes`.
fn flood(minutes: i64) {
    const JUNK: u64 = 20_000_000;
    const ATTACKERS: u64 = 10_000;
    const HOUR: i64 = 60 * MINUTE;
    let spec = threshold(AggregateOp::Count, None, 20);
    let mut table = Table::new(&spec, Limit::default(), 7);
    let mut tries: Vec<(i64, u64)> = Vec::new();
    for attacker in 0..ATTACKERS {
        let begins = (attacker as i64) * (HOUR - minutes * MINUTE) / ATTACKERS as i64;
        tries.extend((0..20).map(|i| (begins + i * minutes * MINUTE / 20, u64::MAX - attacker)));
    }
    tries.sort_unstable();
    let mut tries = tries.into_iter().peekable();
    let (before, clock, started) = (resident(), Instant::now(), processor(Instant::now()));
    let (mut buffer, mut out) = (Vec::new(), Vec::new());
    let mut id = 0u128;
    let mut most = 0;
    for junk in 0..JUNK {
        let at = (junk * HOUR as u64 / JUNK) as i64;
        while let Some((_, attacker)) = tries.next_if(|(time, _)| *time <= at) {
            id += 1;
            one(&mut table, attacker, id << 64, at, &Raws::default(), &mut buffer, &mut out);
        }
        id += 1;
        one(&mut table, junk, id << 64, at, &Raws::default(), &mut buffer, &mut out);
        if junk.is_multiple_of(1_000_000) {
            most = most.max(resident().saturating_sub(before));
        }
    }
    let seconds = processor(clock) - started;
    let overflow = table.overflow(Time(i64::MAX));
    println!(
        "flood of {JUNK} keys, {ATTACKERS} attackers of twenty tries in {minutes} min, at most {GROUPS} groups: {:.2} % \
         caught, {:.0} MB more resident at most, {:.2} M steps a second; displaced: {overflow:?}",
        out.len() as f64 * 100.0 / ATTACKERS as f64,
        most as f64 / 1e6,
        (JUNK + ATTACKERS * 20) as f64 / 1e6 / seconds,
    );
}

fn state(c: &mut Criterion) {
    memory();
    let mut group = c.benchmark_group("a million live groups");
    group.sample_size(10);
    for (name, spec) in [
        ("count() >= 20", threshold(AggregateOp::Count, None, 20)),
        ("distinct(port) >= 20", threshold(AggregateOp::Distinct, Some(0), 20)),
        ("sum(bytes) >= N", threshold(AggregateOp::Sum, Some(0), i64::MAX)),
    ] {
        let mut table = fill(&spec);
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        let mut i = GROUPS * 3 / 2;
        group.throughput(Throughput::Elements(100_000 / NEAR as u64 * NEAR as u64));
        group.bench_function(name, |b| {
            // Two in three hit a group at random, one in three goes round.
            let of = |i: u64| if i.is_multiple_of(3) { i } else { i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20 };
            let mut keys = vec![Vec::new(); NEAR];
            b.iter(|| {
                for _ in 0..100_000 / NEAR {
                    // Events of an instant, as the stepper takes them.
                    (1..).zip(&mut keys).for_each(|(n, buffer)| key(of(i + n) % GROUPS, buffer));
                    table.warm(keys.iter().map(Vec::as_slice));
                    for _ in 0..NEAR {
                        i += 1;
                        let args: Raws = [Value::Int((i % 60_000) as i64)].iter().collect();
                        let at = i as i64 / 10_000;
                        one(&mut table, of(i) % GROUPS, u128::from(i) << 64, at, &args, &mut buffer, &mut out);
                    }
                }
                out.drain(..).len()
            });
        });
    }
    group.finish();
    for minutes in [1, 5, 9] {
        flood(minutes);
    }
}

criterion_group!(benches, state);
criterion_main!(benches);
