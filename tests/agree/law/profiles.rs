//! Section 5: profiles.

use crate::case::{case, told};

fn asking(profile: &str, when: &str) -> String {
    format!(
        "profile p {{\n  on api\n  per actor.principal\n{profile}\n}}\n\
         finding Recon:EC2/R {{\n  severity low\n  title \"r\"\n  on api\n  when {when}\n}}\n"
    )
}

/// Learns for ten seconds, remembers for twenty, lets values settle for two.
fn new_op() -> String {
    asking("learn 10s\nremember 20s\nsettle 2s\nvalue op = api.operation", "p.new(op)")
}

#[test]
fn nothing_is_known_until_the_account_has_learned() {
    case(&new_op(), "0 1 api who=p op=A\n 9.999 2 api who=p op=B", "");
    case(&new_op(), "0 1 api who=p op=A\n 10 2 api who=p op=B", "10 2: 2");
    // Another account has its own time.
    case(&new_op(), "0 1 api who=p op=A account=444455556666\n 10 2 api who=p op=B", "");
}

#[test]
fn a_known_value_is_not_new() {
    case(&new_op(), "0 1 api who=p op=A\n 10 2 api who=p op=A", "");
    // Settled: its run began two seconds ago or more.
    case(
        &new_op(),
        "0 1 api who=p op=A\n 11 2 api who=p op=B\n 12.9 3 api who=p op=B\n 13 4 api who=p op=B",
        "11 2: 2\n 12.9 3: 3",
    );
}

#[test]
fn a_value_is_forgotten_when_it_is_not_seen() {
    // Another value keeps the group alive.
    let alive = "0 1 api who=p op=A\n 15 2 api who=p op=K\n 20 3 api who=p op=K\n";
    case(&new_op(), &format!("{alive} 20 4 api who=p op=A"), "15 2: 2");
    case(&new_op(), &format!("{alive} 20.001 4 api who=p op=A"), "15 2: 2\n 20.001 4: 4");
}

#[test]
fn a_young_group_is_judged_by_its_account() {
    let events = "0 1 api who=p op=A\n 11 2 api who=q op=A\n 12 3 api who=q op=B";
    case(&new_op(), events, "12 3: 3");
}

#[test]
fn an_absent_value_is_neither_new_nor_known() {
    let events = "0 1 api who=p op=A\n 12 2 api who=p\n 13 3 api who=p op=null";
    case(&new_op(), events, "");
    let known = asking("learn 10s\nremember 20s\nsettle 2s\nvalue op = api.operation", "not p.new(op)");
    case(&known, events, "");
}

#[test]
fn a_tuple_is_one_value() {
    let pair = asking("learn 10s\nremember 20s\nsettle 2s\nvalue pair = (api.operation, status)", "p.new(pair)");
    let events =
        "0 1 api who=p op=A status=success\n 1 2 api who=p op=B status=failure\n 12 3 api who=p op=A status=failure";
    case(&pair, events, "12 3: 3");
}

#[test]
fn of_a_list_each_element_is_a_value() {
    let list = asking("learn 10s\nremember 20s\nsettle 2s\nvalue g = actor.user.groups", "p.new(g)");
    let events = "0 1 api who=p groups=[g,h]\n 12 2 api who=p groups=[h]\n 13 3 api who=p groups=[g,x]\n 14 4 api who=p groups=[]";
    case(&list, events, "13 3: 3");
}

#[test]
fn the_current_tie_does_not_count() {
    let quick = asking("learn 10s\nremember 20s\nsettle 1ms\nvalue op = api.operation", "p.new(op)");
    case(&quick, "0 1 api who=p op=A\n 12 2 api who=p op=B\n 12 3 api who=p op=B", "12 2: 2\n 12 3: 3");
}

#[test]
fn a_surge_is_beyond_what_is_usual() {
    let surge =
        asking("learn 4s\nremember 60s\nsettle 1s\nvolume v = count() every 2s", "p.surge(v, sigma: 2, floor: 3)");
    // Buckets of one event each; then mean 1, deviation 0, counted as 1: more than 3.
    let events = "0 1 api who=p\n 2 2 api who=p\n 4 3 api who=p\n 6 4 api who=p\n 6.5 5 api who=p\n 7 6 api who=p\n 7.5 7 api who=p";
    case(&surge, events, "7.5 7: 7");
    // Up to and with its own tie.
    let tie =
        "0 1 api who=p\n 2 2 api who=p\n 4 3 api who=p\n 6 4 api who=p\n 6 5 api who=p\n 6 6 api who=p\n 6 7 api who=p";
    case(&surge, tie, "6 4: 4\n 6 5: 5\n 6 6: 6\n 6 7: 7");
    // At least three buckets.
    let early = "0 1 api who=p\n 4 2 api who=p\n 4.1 3 api who=p\n 4.2 4 api who=p\n 4.3 5 api who=p\n 4.4 6 api who=p";
    case(&surge, early, "");
}

#[test]
fn empty_buckets_count() {
    let surge =
        asking("learn 4s\nremember 60s\nsettle 1s\nvolume v = count() every 2s", "p.surge(v, sigma: 1, floor: 0)");
    // Buckets 2, 0, 0, 0: mean 0.5, deviation 0.866, counted as 1: more than 1.5.
    case(&surge, "0 1 api who=p\n 1 2 api who=p\n 8 3 api who=p\n 8.5 4 api who=p", "8.5 4: 4");
}

#[test]
fn surprise_is_in_bits() {
    let bits = |b: &str| {
        asking("learn 10s\nremember 60s\nsettle 1s\nvalue op = api.operation", &format!("p.surprise(op) >= {b}"))
    };
    // Ten sightings of A within an hour count as one: B is 1 / (1 + 1) for the group and the same for the account.
    let mut events = String::new();
    for i in 0..10 {
        events.push_str(&format!("{i} {} api who=p op=A\n", i + 1));
    }
    events.push_str("12 11 api who=p op=B");
    case(&bits("2"), &events, "12 11: 11");
    case(&bits("2.1"), &events, "");
    // An absent value adds nothing.
    let absent = format!("{events}\n 13 12 api who=p");
    assert_eq!(told(&bits("0"), &absent).len(), 2);
    assert_eq!(told(&bits("0.001"), &absent).len(), 1);
    // Eight hours of A, of one group: B is 1 / 9 · √(1 / 9 · 1 / 2), 5.26 bits.
    let bits = |b: &str| {
        asking("learn 10s\nremember 1d\nsettle 1s\nvalue op = api.operation", &format!("p.surprise(op) >= {b}"))
    };
    let mut events = String::new();
    for i in 0..8 {
        events.push_str(&format!("{} {i} api who=p op=A\n", i * 3600));
    }
    events.push_str("28800 12 api who=p op=B");
    assert_eq!(told(&bits("5.2"), &events).len(), 1);
    assert_eq!(told(&bits("5.3"), &events).len(), 0);
}
