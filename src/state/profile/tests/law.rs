//! The sentences of §5, one by one.

use super::{D, H, Lived, M, NEW, args, spec, surprise};
use crate::state::{Ask, How};
use crate::value::{Raw, Raws, Truth, Value};

/// A profile whose account has learned: `old` has made `Read` every day for 20 days.
fn learned() -> Lived {
    let mut p = Lived::new(spec());
    (0..20).for_each(|day| p.event(day * D, "old", "Read"));
    p
}

#[test]
fn until_learn_has_passed_since_the_first_event_of_the_account_every_question_is_unknown() {
    let mut p = Lived::new(spec());
    assert_eq!(p.new_operation(0, "x", "Read"), Truth::Unknown);
    p.event(0, "x", "Read");
    p.event(10 * D, "y", "Read");
    let surge = Ask::Surge { volume: 0, sigma: 1.0, floor: 0.0 };
    for ask in [&NEW, &surge, &surprise(&[0])] {
        let answer = p.ask(14 * D - 1, "x", ask, &[Value::str("Write")]);
        assert_eq!((answer.truth, answer.bits), (Truth::Unknown, None));
    }
    assert_eq!(p.new_operation(14 * D, "x", "Write"), Truth::True);
    assert_eq!(p.new_operation(14 * D, "x", "Read"), Truth::False);
    assert!(p.ask(14 * D, "x", &surprise(&[0]), &[Value::str("Read")]).bits.is_some());
}

#[test]
fn a_group_younger_than_learn_is_judged_by_its_account() {
    let mut p = learned();
    p.event(20 * D, "young", "Write");
    assert_eq!(p.new_operation(20 * D + H, "young", "Read"), Truth::False, "the account reads");
    assert_eq!(p.new_operation(20 * D + H, "old", "Read"), Truth::False);
    assert_eq!(p.new_operation(22 * D, "nobody", "Read"), Truth::False, "no event is younger still");
    assert_eq!(p.new_operation(22 * D, "nobody", "Write"), Truth::False, "the values of all its groups together");
    assert_eq!(p.new_operation(22 * D, "old", "Write"), Truth::True, "its own only");
    let told = p.unusual(22 * D, "young", &NEW, &[Value::str("Delete")]);
    assert!(told[0].by_account);
    p.event(33 * D, "young", "Write");
    assert_eq!(p.new_operation(34 * D - 1, "young", "Read"), Truth::False);
    assert_eq!(p.new_operation(34 * D, "young", "Read"), Truth::True, "old enough to be judged by itself");
    assert!(!p.unusual(34 * D, "young", &NEW, &[Value::str("Read")])[0].by_account);
}

#[test]
fn a_group_or_account_that_is_forgotten_begins_anew() {
    let mut p = learned();
    p.event(49 * D, "other", "Read");
    p.event(49 * D + 1, "old", "Read");
    assert_eq!(p.new_operation(50 * D, "old", "List"), Truth::True);
    assert!(p.unusual(50 * D, "old", &NEW, &[Value::str("List")])[0].by_account, "its run was broken by a millisecond");
    assert_eq!(p.profile.groups(), 2);
    assert_eq!(p.new_operation(80 * D, "old", "List"), Truth::Unknown, "and so is the account's");
    assert_eq!(p.profile.groups(), 0);
}

#[test]
fn sightings_not_more_than_remember_apart_are_one_run() {
    let mut p = learned();
    let write = |p: &mut Lived, t| {
        p.event(t, "old", "Read");
        p.event(t, "old", "Write");
    };
    write(&mut p, 20 * D + 1);
    p.event(45 * D, "old", "Read");
    write(&mut p, 50 * D + 1);
    assert_eq!(p.new_operation(50 * D + 2, "old", "Write"), Truth::False, "30 d apart is one run");
    p.event(70 * D, "old", "Read");
    assert_eq!(p.new_operation(80 * D + 1, "old", "Write"), Truth::False);
    assert_eq!(p.new_operation(80 * D + 2, "old", "Write"), Truth::True, "forgotten");
    p.event(80 * D + 2, "old", "Write");
    assert_eq!(p.new_operation(81 * D + 1, "old", "Write"), Truth::True, "a run that begins settles again");
    assert_eq!(p.new_operation(81 * D + 2, "old", "Write"), Truth::False);
}

#[test]
fn a_value_is_known_once_its_run_began_settle_ago() {
    let mut p = learned();
    p.event(20 * D, "old", "Write");
    p.event(20 * D + H, "old", "Write");
    assert_eq!(p.new_operation(21 * D - 1, "old", "Write"), Truth::True, "an attack in progress does not teach");
    assert_eq!(p.new_operation(21 * D, "old", "Write"), Truth::False);
}

#[test]
fn a_tuple_counts_as_one_and_is_absent_if_a_part_is() {
    let mut p = learned();
    let place = |a: Option<&str>, b: Option<i64>| {
        let mut args = args("Read");
        args[1] = a.map_or(Value::Null, Value::str);
        args[2] = b.map_or(Value::Null, Value::Int);
        args
    };
    p.times(1, 20 * D, "old", &place(Some("DE"), Some(1)));
    p.times(1, 20 * D + 1, "old", &place(Some("FR"), Some(2)));
    p.times(1, 20 * D + 2, "old", &place(Some("IT"), None));
    let ask = Ask::New(1, vec![]);
    let mut new = |a, b| p.ask(22 * D, "old", &ask, &place(a, b)[1..3]).truth;
    assert_eq!(new(Some("DE"), Some(1)), Truth::False);
    assert_eq!(new(Some("DE"), Some(2)), Truth::True);
    assert_eq!(new(Some("IT"), None), Truth::Unknown);
    assert_eq!(new(None, Some(1)), Truth::Unknown);
    let told = p.unusual(22 * D, "old", &ask, &place(Some("DE"), Some(2))[1..3]);
    assert_eq!(told[0].how, How::New(Value::List(vec![Value::str("DE"), Value::Int(2)])));
    assert_eq!(told[0].usual.len(), 2);
}

#[test]
fn of_a_list_every_element_counts() {
    let mut p = learned();
    let list = |xs: &[&str]| Value::List(xs.iter().map(|x| Value::str(*x)).collect());
    let mut event = args("Run");
    event[3] = list(&["nginx", "redis"]);
    p.times(1, 20 * D, "old", &event);
    let ask = Ask::New(2, vec![]);
    assert_eq!(p.ask(22 * D, "old", &ask, &[list(&["redis"])]).truth, Truth::False);
    assert_eq!(p.ask(22 * D, "old", &ask, &[Value::str("nginx")]).truth, Truth::False);
    assert_eq!(p.ask(22 * D, "old", &ask, &[list(&["redis", "miner"])]).truth, Truth::True);
    assert_eq!(p.ask(22 * D, "old", &ask, &[list(&[])]).truth, Truth::Unknown);
    let told = p.unusual(22 * D, "old", &ask, &[list(&["redis", "miner"])]);
    assert_eq!(told.iter().map(|u| &u.how).collect::<Vec<_>>(), [&How::New(Value::str("miner"))]);
}

#[test]
fn text_and_number_are_different_values_and_empty_is_one() {
    let mut p = learned();
    let mut event = args("");
    p.times(1, 20 * D, "old", &event);
    event[0] = Value::Int(1);
    p.times(1, 20 * D, "old", &event);
    let mut new = |v: Value| p.ask(22 * D, "old", &NEW, &[v]).truth;
    assert_eq!(new(Value::str("")), Truth::False);
    assert_eq!(new(Value::Int(1)), Truth::False);
    assert_eq!(new(Value::str("1")), Truth::True);
    assert_eq!(new(Value::Null), Truth::Unknown);
}

fn surge(sigma: f64, floor: f64) -> Ask {
    Ask::Surge { volume: 0, sigma, floor }
}

/// 20 days and an hour of 4 and 8 calls an hour in turn: mean 6, standard deviation 2.
fn busy() -> (Lived, i64) {
    let mut p = Lived::new(spec());
    for hour in 0..20 * 24 {
        p.times(if hour % 2 == 0 { 4 } else { 8 }, hour * H, "x", &args("Read"));
    }
    (p, 20 * D)
}

#[test]
fn a_surge_is_an_amount_beyond_mean_and_deviations_and_floor() {
    let (mut p, now) = busy();
    p.times(14, now, "x", &args("Read"));
    assert_eq!(p.ask(now, "x", &surge(4.0, 0.0), &[]).truth, Truth::False, "14 is not more than 6 + 4 * 2");
    p.times(1, now + 5 * M, "x", &args("Read"));
    assert_eq!(p.ask(now + 5 * M, "x", &surge(4.0, 0.0), &[]).truth, Truth::True);
    assert_eq!(p.ask(now + 5 * M, "x", &surge(4.0, 15.0), &[]).truth, Truth::False, "the floor must be exceeded");
    let told = p.unusual(now + 5 * M, "x", &surge(4.0, 14.0), &[]);
    assert_eq!(told[0].how, How::Surge(15.0));
    assert_eq!(told[0].usual, [(Value::str("mean"), 6.0), (Value::str("standard deviation"), 2.0)]);
    assert_eq!(p.ask(now + H, "x", &surge(4.0, 0.0), &[]).truth, Truth::False, "the next bucket is empty");
}

#[test]
fn the_amount_is_that_up_to_and_with_the_own_tie() {
    let (mut p, now) = busy();
    let raws: Raws = args("Read").iter().collect();
    let read: Vec<Raw<'_>> = raws.all().collect();
    let events: Vec<_> = (0..20).map(|id| crate::state::Happening { id, inputs: 1, args: &read, kept: &[] }).collect();
    p.profile.begin(crate::value::Time(now), b"a", b"x", &events);
    assert_eq!(p.ask(now, "x", &surge(4.0, 19.0), &[]).truth, Truth::True);
    assert_eq!(p.new_operation(now, "x", "Read"), Truth::False);
}

#[test]
fn empty_buckets_count_as_zero_and_a_deviation_below_one_as_one() {
    let mut p = Lived::new(spec());
    (0..20).for_each(|day| p.event(day * D, "x", "Read"));
    p.times(2, 20 * D, "x", &args("Read"));
    assert_eq!(p.ask(20 * D, "x", &surge(2.0, 0.0), &[]).truth, Truth::False, "2 is not more than 1/24 + 2 * 1");
    assert_eq!(p.ask(20 * D, "x", &surge(1.9, 0.0), &[]).truth, Truth::True);
    let told = p.unusual(20 * D, "x", &surge(1.9, 0.0), &[]);
    assert!((told[0].usual[0].1 - 1.0 / 24.0).abs() < 1e-9, "{told:?}");
}

#[test]
fn at_least_three_usual_buckets_are_needed() {
    let mut s = spec();
    s.learn = 0;
    let mut p = Lived::new(s);
    p.event(H / 2, "x", "Read");
    p.times(99, 2 * H, "x", &args("Read"));
    assert_eq!(p.ask(2 * H, "x", &surge(1.0, 0.0), &[]).truth, Truth::Unknown);
    p.times(99, 3 * H, "x", &args("Read"));
    assert_ne!(p.ask(3 * H, "x", &surge(1.0, 0.0), &[]).truth, Truth::Unknown);
}

#[test]
fn a_young_group_surges_over_the_buckets_of_all_groups() {
    let mut p = Lived::new(spec());
    for hour in 0..20 * 24 {
        p.times(10, hour * H, "x", &args("Read"));
        p.times(2, hour * H, "y", &args("Read"));
    }
    let now = 20 * D;
    p.times(20, now, "new", &args("Read"));
    let told = p.unusual(now, "new", &surge(3.0, 0.0), &[]);
    assert_eq!(told[0].usual, [(Value::str("mean"), 6.0), (Value::str("standard deviation"), 4.0)]);
    assert!(told[0].by_account);
    assert_eq!(p.ask(now, "new", &surge(3.5, 0.0), &[]).truth, Truth::False);
}

#[test]
fn a_volume_counts_what_its_where_says() {
    let mut p = Lived::new(spec());
    let mut event = args("Get");
    event[4] = Value::Int(7);
    for n in 0..20 * 24 * 6 {
        event[5] = Value::Bool(n % 2 == 0);
        p.times(1, n * 10 * M, "x", &event);
    }
    event[4] = Value::Int(1000);
    let ask = Ask::Surge { volume: 1, sigma: 3.0, floor: 0.0 };
    for (counts, truth) in
        [(Value::Null, Truth::False), (Value::Bool(false), Truth::False), (Value::Bool(true), Truth::True)]
    {
        event[5] = counts;
        p.times(1, 20 * D, "x", &event);
        assert_eq!(p.ask(20 * D, "x", &ask, &[]).truth, truth, "{event:?}");
    }
    assert_eq!(p.unusual(20 * D, "x", &ask, &[])[0].how, How::Surge(1000.0));
}

/// After 20 days: the group `old` has 20 hours of `Read`, 2 of `List` and 1 of `Write`, its account also 10 of `Run`.
fn rare() -> (Lived, i64) {
    let mut p = learned();
    for (hour, operation) in [(1, "List"), (2, "List"), (3, "Write")] {
        p.event(hour * H, "old", operation);
    }
    (0..10).for_each(|hour| p.event(19 * D + hour * H + 1, "other", "Run"));
    (p, 21 * D)
}

#[test]
fn surprise_is_how_often_something_as_rare_comes() {
    let (mut p, t) = rare();
    let mut bits = |who: &str, v: &str| p.ask(t, who, &surprise(&[0]), &[Value::str(v)]).bits.expect("it has learned");
    let near = |a: f64, share: f64| assert!((a + share.log2()).abs() < 1e-12, "{a} {share}");
    // Of the group: 23 hours, three different values.
    near(bits("old", "Read"), (23.0 + 3.0) / 26.0);
    near(bits("old", "List"), (3.0 + 3.0) / 26.0);
    near(bits("old", "Write"), (1.0 + 3.0) / 26.0);
    // Not known by the group, but by the account: 33 hours, four different values, each of one group.
    let account = |hours: f64, groups: f64| ((hours + 4.0) / 37.0 * (groups + 4.0) / 8.0).sqrt();
    near(bits("old", "Run"), 3.0 / 26.0 * account(13.0, 4.0));
    near(bits("old", "Delete"), 3.0 / 26.0 * account(0.0, 0.0));
    // A group that is too young has its account's.
    near(bits("other", "Run"), account(13.0, 4.0));
    near(bits("nobody", "Delete"), account(0.0, 0.0));
}

#[test]
fn what_many_groups_have_is_less_surprising() {
    let (mut p, t) = rare();
    (0..5).for_each(|n| p.event(19 * D + 10 * H + n, &format!("group {n}"), "Run"));
    let bits = p.ask(t, "old", &surprise(&[0]), &[Value::str("Run")]).bits.expect("bits");
    // Six groups have it; the other three values are of one each.
    let share = 3.0 / 26.0 * ((14.0 + 4.0) / 38.0 * (9.0 + 4.0) / 13.0f64).sqrt();
    assert!((bits + share.log2()).abs() < 1e-12, "{bits}");
}

#[test]
fn sightings_within_an_hour_of_the_clock_count_once() {
    let (mut p, t) = rare();
    let ask = surprise(&[0]);
    let before = p.ask(t, "old", &ask, &[Value::str("List")]).bits;
    (0..50).for_each(|n| p.event(t + n * M, "old", "List"));
    let after = p.ask(t + 50 * M, "old", &ask, &[Value::str("List")]).bits.expect("bits");
    assert!((after + (f64::from(4 + 3) / 27.0).log2()).abs() < 1e-12, "one hour more: {before:?} {after}");
    let told = p.unusual(t + 50 * M, "old", &ask, &[Value::str("List")]);
    assert_eq!(told[0].usual[0], (Value::str("List"), 52.0), "what is usual tells sightings");
}

#[test]
fn what_has_not_settled_counts_as_never_seen_and_its_sightings_stay() {
    let (mut p, t) = rare();
    p.event(t, "old", "Delete");
    let bits = p.ask(t + H, "old", &surprise(&[0]), &[Value::str("Delete")]).bits.expect("bits");
    let account = (4.0 / 38.0 * 4.0 / 9.0f64).sqrt();
    assert!((bits + (3.0 / 27.0 * account).log2()).abs() < 1e-12);
}

#[test]
fn surprise_is_the_sum_over_present_values() {
    let (mut p, t) = rare();
    let one = p.ask(t, "old", &surprise(&[0]), &[Value::str("Run")]).bits.expect("bits");
    assert_eq!(p.ask(t, "old", &surprise(&[0]), &[Value::Null]).bits, Some(0.0));
    let parts = [Value::str("Run"), Value::str("DE"), Value::Null];
    assert_eq!(p.ask(t, "old", &surprise(&[0, 1]), &parts).bits, Some(one), "the tuple is absent");
    let told = p.unusual(t, "old", &surprise(&[0, 1]), &parts);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].usual[0], (Value::str("Read"), 20.0));
    assert_eq!(told[0].how, How::Surprise(Value::str("Run"), one));
    let twice = [Value::str("Run"), Value::str("Run")];
    let both = p.ask(t, "old", &surprise(&[0, 0]), &twice).bits.expect("bits");
    assert!((both - 2.0 * one).abs() < 1e-12);
}

#[test]
fn the_current_tie_never_counts_for_new_and_surprise() {
    let mut s = spec();
    s.settle = 0;
    let mut p = Lived::new(s);
    (0..20).for_each(|day| p.event(day * D, "x", "Read"));
    let write = args("Write");
    let raws: Raws = write.iter().collect();
    let raw: Vec<Raw<'_>> = raws.all().collect();
    let event = [crate::state::Happening { id: 1, inputs: 1, args: &raw, kept: &[] }];
    p.profile.begin(crate::value::Time(20 * D), b"a", b"x", &event);
    let before = p.ask(20 * D, "x", &surprise(&[0]), &write[..1]).bits;
    assert_eq!(p.new_operation(20 * D, "x", "Write"), Truth::True);
    p.profile.end(crate::value::Time(20 * D), b"a", b"x", &event);
    assert_eq!(p.new_operation(20 * D + 1, "x", "Write"), Truth::False);
    assert!(p.ask(20 * D + 1, "x", &surprise(&[0]), &write[..1]).bits < before);
}

#[test]
fn the_ten_values_seen_most_are_usual() {
    let mut p = Lived::new(spec());
    for n in 1..=15usize {
        p.times(n, n as i64 * H, "x", &args(&format!("op{n:02}")));
    }
    p.event(15 * D, "x", "just now");
    let told = p.unusual(15 * D + H, "x", &NEW, &[Value::str("Delete")]);
    let usual: Vec<(Value, f64)> = (6..=15).rev().map(|n| (Value::str(format!("op{n:02}")), n as f64)).collect();
    assert_eq!(told[0].usual, usual);
    assert_eq!((&*told[0].profile, &*told[0].name), ("principal", "operation"));
}
