//! Section 4: sequences.

use crate::case::{case, case_until, rule};

const ON: &str = "on a = api where api.operation == \"A\", b = api where api.operation == \"B\", \
                  c = api where api.operation == \"C\"\n";
const ON_TWO: &str = "on a = api where api.operation == \"A\", b = api where api.operation == \"B\"\n";

fn of_two(when: &str) -> String {
    rule(&format!("{ON_TWO}{when}"))
}

fn of_three(when: &str) -> String {
    rule(&format!("{ON}{when}"))
}

#[test]
fn a_match_takes_the_next_event_that_fits() {
    let then = of_three("when a then b then c\nwithin 10s");
    let events = "0 1 api op=A\n 1 2 api op=C\n 2 3 api op=B\n 3 4 api op=B\n 4 5 api op=C";
    case(&then, events, "4 5: 1 3 5");
}

#[test]
fn a_step_may_be_several_slots() {
    let then = of_two("when a x3 then b\nwithin 10s");
    case(&then, "0 1 api op=A\n 1 2 api op=A\n 2 3 api op=B\n 3 4 api op=A\n 4 5 api op=B", "4 5: 1 2 4 5");
}

#[test]
fn the_last_event_is_less_than_the_window_after_the_first() {
    let then = of_two("when a then b\nwithin 5s");
    case(&then, "0 1 api op=A\n 5 2 api op=B", "");
    case(&then, "0 1 api op=A\n 4.999 2 api op=B", "4.999 2: 1 2");
}

#[test]
fn a_later_beginning_goes_on_where_the_first_is_too_old() {
    let then = of_two("when a then b\nwithin 5s");
    case(&then, "0 1 api op=A\n 3 2 api op=A\n 6 3 api op=B", "6 3: 2 3");
}

#[test]
fn a_steps_own_within_counts_from_the_last_event_before() {
    let then = of_two("when a x2 then within 2s b\nwithin 10s");
    case(&then, "0 1 api op=A\n 3 2 api op=A\n 4.999 3 api op=B", "4.999 3: 1 2 3");
    case(&then, "0 1 api op=A\n 3 2 api op=A\n 5 3 api op=B", "");
    // Its first event only.
    let many = of_two("when a then within 2s b x2\nwithin 10s");
    case(&many, "0 1 api op=A\n 1 2 api op=B\n 9 3 api op=B", "9 3: 1 2 3");
    // Not from a `no`.
    let without = of_three("when a then no c then within 2s b\nwithin 10s");
    case(&without, "0 1 api op=A\n 1 2 api op=B", "1 2: 1 2");
}

#[test]
fn a_broken_beginning_is_dropped_and_others_go_on() {
    let then = of_three("when a then no c then b\nwithin 10s");
    case(&then, "0 1 api op=A\n 1 2 api op=C\n 2 3 api op=B", "");
    case(&then, "0 1 api op=A\n 1 2 api op=C\n 2 3 api op=A\n 3 4 api op=B", "3 4: 3 4");
}

#[test]
fn no_is_about_the_span_between_its_neighbours() {
    // After the last `a`, before the first `b`.
    let then = of_three("when a x2 then no c then b x2\nwithin 20s");
    case(
        &then,
        "0 1 api op=A\n 1 2 api op=C\n 2 3 api op=A\n 3 4 api op=B\n 4 5 api op=C\n 5 6 api op=B",
        "5 6: 1 3 4 6",
    );
}

#[test]
fn the_earliest_beginning_wins_and_matches_do_not_overlap() {
    let then = of_two("when a then b\nwithin 10s");
    case(&then, "0 1 api op=A\n 1 2 api op=A\n 2 3 api op=B\n 3 4 api op=B", "2 3: 1 3");
    case(&then, "0 1 api op=A\n 2 3 api op=B\n 3 4 api op=A\n 4 5 api op=B", "2 3: 1 3\n 4 5: 4 5");
    // Strictly after the instant of the last completion.
    case(&then, "0 1 api op=A\n 2 3 api op=B\n 2 4 api op=A\n 4 5 api op=B", "2 3: 1 3");
    // Of beginnings at one instant the least identity.
    case(&then, "0 7 api op=A\n 0 6 api op=A\n 2 8 api op=B", "2 8: 6 8");
}

#[test]
fn ten_failures_and_one_success() {
    let then = of_two("when a x3 then b\nwithin 60s");
    let events = "0 1 api op=A\n 1 2 api op=A\n 2 3 api op=A\n 3 4 api op=A\n 4 5 api op=A\n 5 6 api op=B";
    case(&then, events, "5 6: 1 2 3 6");
}

#[test]
fn a_trailing_absence_is_decided_at_its_deadline() {
    let then = of_two("when a then within 5s no b\nwithin 60s");
    case_until(&then, "1 1 api op=A", "5.999", "");
    case_until(&then, "1 1 api op=A", "6", "1 1 at 6: 1");
    case_until(&then, "1 1 api op=A\n 5.999 2 api op=B", "60", "");
    // Less than D after it, and strictly after it.
    case_until(&then, "1 1 api op=A\n 6 2 api op=B", "60", "1 1 at 6: 1");
    case_until(&then, "1 1 api op=A\n 1 2 api op=B", "60", "1 1 at 6: 1");
}

#[test]
fn matches_with_a_trailing_absence_do_not_overlap() {
    let then = of_three("when a then b then within 5s no c\nwithin 60s");
    // The second beginning is before the first match's last slot.
    case_until(&then, "0 1 api op=A\n 1 2 api op=A\n 2 3 api op=B\n 3 4 api op=B", "60", "2 3 at 7: 1 3");
    // It goes on where the first one fails.
    let events = "0 1 api op=A\n 1 2 api op=A\n 2 3 api op=B\n 2.5 9 api op=C\n 3 4 api op=A\n 4 5 api op=B";
    case_until(&then, events, "60", "4 5 at 9: 4 5");
    // After the last slot's event another match may begin, though the first still waits.
    case_until(
        &then,
        "0 1 api op=A\n 1 2 api op=B\n 2 3 api op=A\n 3 4 api op=B",
        "60",
        "1 2 at 6: 1 2\n 3 4 at 8: 3 4",
    );
}

#[test]
fn whether_there_is_a_match_does_not_hang_on_how_many_begin() {
    let then = of_two("when a x4 then b\nwithin 12s");
    let mut events = String::new();
    for i in 0..40 {
        events.push_str(&format!("{i} {} api op=A\n", i + 1));
    }
    events.push_str("40 99 api op=B");
    case(&then, &events, "40 99: 30 31 32 33 99");
}
