//! Section 3: conditions over windows.

use crate::case::{case, case_until, rule};

#[test]
fn a_window_is_half_open() {
    let two = rule("on api\nwhen count() >= 2\nwithin 5s");
    case(&two, "0 1 api\n 5 2 api", "");
    case(&two, "0 1 api\n 4.999 2 api", "4.999 2: 1 2");
}

#[test]
fn every_event_whose_window_is_true_completes_a_match() {
    let three = rule("on api\nwhen count() >= 3\nwithin 10s");
    case(&three, "0 1 api\n 1 2 api\n 2 3 api\n 3 4 api", "2 3: 1 2 3\n 3 4: 1 2 3 4");
}

#[test]
fn a_sliding_condition_may_come_true_again() {
    let exactly = rule("on api\nwhen count() == 2\nwithin 3s");
    case(&exactly, "0 1 api\n 1 2 api\n 2 3 api\n 9 4 api\n 10 5 api", "1 2: 1 2\n 10 5: 4 5");
}

#[test]
fn tumbling_windows_are_cut_at_multiples() {
    let two = rule("on api\nwhen count() >= 2\nwithin 5s tumbling");
    case(&two, "4 1 api\n 5 2 api\n 9 3 api", "9 3: 2 3");
    // From the first tie on at which it is true, with what came up to it.
    case(&two, "0 1 api\n 1 2 api\n 3 3 api", "1 2: 1 2\n 3 3: 1 2 3");
}

#[test]
fn a_tumbling_window_that_may_change_its_mind_is_decided_once() {
    let few = rule("on api\nwhen count() <= 2\nwithin 5s tumbling");
    case_until(&few, "0 1 api\n 1 2 api", "4.999", "");
    case_until(&few, "0 1 api\n 1 2 api", "5", "1 2 at 5: 1 2");
    case_until(&few, "0 1 api\n 1 2 api\n 4.999 3 api", "5", "");
    // The last by time and identity.
    case_until(&few, "1 1 api\n 1 2 api", "7", "1 2 at 5: 1 2");
}

#[test]
fn count_seen_distinct() {
    let on = "on a = api where api.operation == \"A\", b = api where api.operation == \"B\"\n";
    let events = "0 1 api op=A\n 1 2 api op=B\n 2 3 api op=B\n 3 4 api op=C";
    case(&rule(&format!("{on}when count(b) >= 2\nwithin 10s")), events, "2 3: 1 2 3");
    case(&rule(&format!("{on}when seen(a) and seen(b)\nwithin 10s")), events, "1 2: 1 2\n 2 3: 1 2 3");
    let distinct = rule("on api\nwhen distinct(api.operation) >= 2\nwithin 10s");
    case(&distinct, "0 1 api op=A\n 1 2 api\n 2 3 api op=A\n 3 4 api op=null\n 4 5 api op=\"\"", "4 5: 1 2 3 4 5");
}

#[test]
fn sum_min_max_avg_over_present_values() {
    let of = |what: &str| rule(&format!("on api\nwhen {what}\nwithin 10s"));
    let n = "http_request.body_length";
    let events = "0 1 api n=2\n 1 2 api\n 2 3 api n=x\n 3 4 api n=4";
    case(&of(&format!("sum({n}) >= 6")), events, "3 4: 1 2 3 4");
    case(&of(&format!("avg({n}) == 3")), events, "3 4: 1 2 3 4");
    case(&of(&format!("max({n}) == 4")), events, "3 4: 1 2 3 4");
    case(&of(&format!("min({n}) > 2")), events, "");
    // The sum of none is 0; the others of none are absent, and comparing what is absent is not true.
    case(&of(&format!("sum({n}) == 0")), "0 1 api", "0 1: 1");
    case(&of(&format!("max({n}) < 9 or min({n}) < 9 or avg({n}) < 9")), "0 1 api", "");
    // Integer sums saturate.
    let most = i64::MAX;
    case(&of(&format!("sum({n}) == {most}")), &format!("0 1 api n={most}\n 1 2 api n=5"), "0 1: 1\n 1 2: 1 2");
}

#[test]
fn jitter_is_the_deviation_of_gaps_by_their_mean() {
    let clock = rule("on api\nwhen jitter() < 0.01\nwithin 60s");
    case(&clock, "0 1 api\n 5 2 api", "");
    case(&clock, "0 1 api\n 5 2 api\n 10 3 api", "10 3: 1 2 3");
    case(&clock, "0 1 api\n 5 2 api\n 11 3 api", "");
    // Gaps 0 and 10: deviation 5, mean 5.
    case(&rule("on api\nwhen jitter() == 1\nwithin 60s"), "0 1 api\n 0 2 api\n 10 3 api", "10 3: 1 2 3");
    // A mean of 0 has none.
    case(&rule("on api\nwhen jitter() >= 0\nwithin 60s"), "0 1 api\n 0 2 api\n 0 3 api", "");
}

#[test]
fn speed_is_between_consecutive_located_events() {
    let fast = rule("on api\nwhen speed(src_endpoint.location) >= 5000\nwithin 2h");
    // Berlin, then New York (6385 km) an hour later; a call from nowhere between them.
    let (berlin, york) = ("lat=52.5 long=13.4", "lat=40.7 long=-74.0");
    case(&fast, &format!("0 1 api {berlin}\n 60 2 api\n 3600 3 api {york}"), "3600 3: 1 2 3");
    case(&fast, &format!("0 1 api {berlin}\n 6000 2 api {york}"), "");
    // Potsdam is too near, however fast.
    case(&fast, &format!("0 1 api {berlin}\n 1 2 api lat=52.4 long=13.0"), "");
    let near = rule("on api\nwhen speed(src_endpoint.location, beyond: 20km) >= 5000\nwithin 2h");
    case(&near, &format!("0 1 api {berlin}\n 1 2 api lat=52.4 long=13.0"), "1 2: 1 2");
    // Less than a second tells nothing: clocks differ by that.
    case(&fast, &format!("0 1 api {berlin}\n 0.999 2 api {york}"), "");
    case(&fast, &format!("0 1 api {berlin}\n 1 2 api {york}"), "1 2: 1 2");
}

#[test]
fn documents_are_added_where_they_hold_numbers() {
    let of = |what: &str| rule(&format!("on api\nwhen {what}\nwithin 10s"));
    let events = "0 1 api data={n:2}\n 1 2 api data={n:\"5\"}\n 2 3 api data={n:x}\n 3 4 api data={n:1.5}";
    case(&of("sum(api.request.data.n) >= 3.5 and sum(api.request.data.n) < 4"), events, "3 4: 1 2 3 4");
    case(&of("max(api.request.data.n) == 2 and count() == 4"), events, "3 4: 1 2 3 4");
    case(&of("distinct(api.request.data.n) == 4"), events, "3 4: 1 2 3 4");
}
