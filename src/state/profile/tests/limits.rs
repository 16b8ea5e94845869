//! Memory is bounded, whatever keys and values come; damaged bytes are refused.

use std::sync::Arc;

use super::{D, H, Lived, M, args, spec};
use crate::state::Happening;
use crate::state::profile::{Broken, Limits, Profile};
use crate::value::{Raw, Raws, Time, Truth, Value};

fn event(profile: &mut Profile, t: i64, key: &str, args: &[Value]) {
    let raws: Raws = args.iter().collect();
    let args: Vec<Raw<'_>> = raws.all().collect();
    let events = [Happening { id: 0, inputs: 1, args: &args, kept: &[] }];
    profile.begin(Time(t), b"a", key.as_bytes(), &events);
    profile.end(Time(t), b"a", key.as_bytes(), &events);
}

#[test]
fn values_beyond_the_limit_are_known_by_the_filter() {
    let limits = Limits { group_values: 100, account_values: 200, ..Limits::default() };
    let mut p = Lived { profile: Profile::new(Arc::new(spec()), limits, 7) };
    for round in 0..3 {
        for n in 0..20_000i64 {
            p.event(round * 10 * D + n * 1000, "x", &format!("v{n}"));
        }
    }
    let t = 26 * D;
    let new = |p: &mut Lived, n: i64| usize::from(p.new_operation(t, "x", &format!("v{n}")) == Truth::True);
    let forgotten: usize = (0..20_000).map(|n| new(&mut p, n)).sum();
    assert_eq!(forgotten, 0);
    let unseen: usize = (100_000..120_000).map(|n| new(&mut p, n)).sum();
    assert!(unseen >= 19_995, "{unseen}");
    p.event(40 * D, "x", "v1");
    let t = 51 * D;
    assert_eq!(p.new_operation(t, "x", "v19999"), Truth::True, "30 d have passed");
}

#[test]
fn a_flood_of_values_does_not_displace_what_is_known() {
    let limits = Limits { group_values: 100, account_values: 200, ..Limits::default() };
    let mut p = Lived { profile: Profile::new(Arc::new(spec()), limits, 7) };
    for day in 0..20 {
        p.event(day * D, "x", "Read");
    }
    for n in 0..50_000i64 {
        p.event(20 * D + n, "x", &format!("junk{n}"));
    }
    assert!(p.profile.bytes() < 4 << 20, "{}", p.profile.bytes());
    assert_eq!(p.new_operation(20 * D + H, "x", "Read"), Truth::False);
    assert_eq!(p.new_operation(20 * D + H, "x", "Delete"), Truth::True);
}

#[test]
fn junk_groups_displace_one_another() {
    let limits = Limits { groups: 500, ..Limits::default() };
    let mut p = Profile::new(Arc::new(spec()), limits, 7);
    for hour in 0..20 * 24 {
        for key in ["alice", "bob"] {
            event(&mut p, hour * H, key, &args("Read"));
        }
    }
    for n in 0..50_000 {
        event(&mut p, 20 * D + n, &format!("junk{n}"), &args("Write"));
    }
    assert_eq!(p.groups(), 500);
    assert_eq!(p.take_evicted(), 50_002 - 500);
    assert_eq!(p.take_evicted(), 0);
    let ask = super::NEW;
    let raws: Raws = [Value::str("Write")].iter().collect();
    for key in ["alice", "bob"] {
        let answer = super::told(p.ask(Time(22 * D), b"a", key.as_bytes(), &ask, &[raws.all().next().expect("one")]));
        assert_eq!(answer.truth, Truth::True, "{key} is still judged by itself");
    }
}

#[test]
fn bytes_are_limited_too() {
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let mut p = Profile::new(Arc::new(spec()), limits, 7);
    for n in 0..20_000 {
        event(&mut p, n * 1000, &format!("junk{}", n % 5000), &args(&format!("op{}", n % 7)));
    }
    assert!(p.bytes() < 2 << 20, "{}", p.bytes());
    assert!(p.take_evicted() > 0);
}

#[test]
fn what_is_forgotten_takes_no_room() {
    let mut p = Profile::new(Arc::new(spec()), Limits::default(), 7);
    for n in 0..1000 {
        for account in 0..3u8 {
            let raws: Raws = args(&format!("op{n}")).iter().collect();
            let args: Vec<Raw<'_>> = raws.all().collect();
            let events = [Happening { id: 0, inputs: 1, args: &args, kept: &[] }];
            p.begin(Time(n * M), &[account], &n.to_le_bytes(), &events);
            p.end(Time(n * M), &[account], &n.to_le_bytes(), &events);
        }
    }
    assert_eq!(p.groups(), 3000);
    for n in 0..10 {
        event(&mut p, 40 * D + n, "x", &args("Read"));
    }
    assert_eq!(p.groups(), 1, "accounts that are heard of no more are swept");
}

#[test]
fn damaged_bytes_are_refused() {
    let mut p = Profile::new(Arc::new(spec()), Limits { group_values: 3, ..Limits::default() }, 7);
    p.keep_changes();
    for n in 0..40 {
        let mut args = args(&format!("op{}", n % 9));
        (args[4], args[5]) = (Value::Int(n), Value::Bool(true));
        event(&mut p, n * H, "x", &args);
    }
    let mut saved = Vec::new();
    p.take_changes(|name, bytes| saved.push((name.to_vec(), bytes.map(<[u8]>::to_vec).expect("there"))));
    assert_eq!(saved.len(), 2);
    let fresh = |seed| Profile::new(Arc::new(spec()), Limits { group_values: 3, ..Limits::default() }, seed);
    for (i, (name, bytes)) in saved.iter().enumerate() {
        assert_eq!(fresh(8).load(name, bytes), Err(Broken), "another seed");
        for cut in 0..bytes.len() {
            let mut p = fresh(7);
            saved[..i].iter().for_each(|(name, bytes)| p.load(name, bytes).expect("whole"));
            assert_eq!(p.load(name, &bytes[..cut]), Err(Broken), "{cut}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(fresh(7).load(name, &longer), Err(Broken));
    }
    assert_eq!(fresh(7).load(&saved[1].0, &saved[1].1), Err(Broken), "a group without its account");
    let mut again = fresh(7);
    again.keep_changes();
    saved.iter().for_each(|(name, bytes)| again.load(name, bytes).expect("whole"));
    event(&mut again, 40 * H, "x", &args("op1"));
    event(&mut p, 40 * H, "x", &args("op1"));
    let mut both = [Vec::new(), Vec::new()];
    for (p, out) in [&mut p, &mut again].into_iter().zip(&mut both) {
        p.take_changes(|name, bytes| out.push((name.to_vec(), bytes.map(<[u8]>::to_vec))));
    }
    assert_eq!(both[0], both[1]);
}
