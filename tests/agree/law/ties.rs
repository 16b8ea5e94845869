//! Ties: no rule lets the identity decide whether something fires.

use crate::case::{case, rule};

#[test]
fn the_whole_tie_is_in_the_window() {
    let two = rule("on api\nwhen count() >= 2\nwithin 5s");
    case(&two, "3 1 api\n 3 2 api", "3 1: 1 2\n 3 2: 1 2");
    let not_three = rule("on api\nwhen count() < 3\nwithin 5s");
    case(&not_three, "3 1 api\n 3 2 api\n 3 3 api", "");
}

#[test]
fn slots_of_a_tie_are_filled_in_any_order_that_fits() {
    let on = "on a = api where api.operation == \"A\", b = api where api.operation == \"B\"\n";
    let then = rule(&format!("{on}when a then b\nwithin 10s"));
    case(&then, "3 1 api op=A\n 3 2 api op=B", "3 2: 1 2");
    case(&then, "3 2 api op=A\n 3 1 api op=B", "3 1: 1 2");
}

#[test]
fn as_many_slots_as_can_be_filled_are_filled() {
    // The event that is both must be the second, or the third is not filled.
    let on = "on a = api where api.operation == \"A\", x = api where status == failure, b = api where api.operation == \"B\"\n";
    let then = rule(&format!("{on}when a then x then b\nwithin 10s"));
    case(&then, "1 1 api op=A\n 3 2 api op=B status=failure\n 3 3 api op=B", "3 3: 1 2 3");
    case(&then, "1 1 api op=A\n 3 3 api op=B status=failure\n 3 2 api op=B", "3 2: 1 2 3");
    // Each slot in turn takes the least identity.
    case(&then, "1 1 api op=A\n 3 4 api op=B status=failure\n 3 3 api op=B status=failure", "3 4: 1 3 4");
}

#[test]
fn an_event_never_fills_two_slots() {
    let on = "on a = api where api.operation == \"A\", x = api where status == failure\n";
    let then = rule(&format!("{on}when a then x\nwithin 10s"));
    case(&then, "1 1 api op=A status=failure", "");
    case(&then, "1 1 api op=A status=failure\n 2 2 api op=A status=failure", "2 2: 1 2");
    case(&rule("on a = api\nwhen a x2 then a\nwithin 10s"), "1 1 api\n 1 2 api", "");
    case(&rule("on a = api\nwhen a x2 then a\nwithin 10s"), "1 1 api\n 1 2 api\n 1 3 api", "1 3: 1 2 3");
}

#[test]
fn what_is_not_to_come_may_come_in_the_tie_of_either_end() {
    let on = "on a = api where api.operation == \"A\", x = api where api.operation == \"X\", b = api where api.operation == \"B\"\n";
    let then = rule(&format!("{on}when a then no x then b\nwithin 10s"));
    case(&then, "1 1 api op=A\n 1 2 api op=X\n 3 3 api op=B", "3 3: 1 3");
    case(&then, "1 1 api op=A\n 3 2 api op=X\n 3 3 api op=B", "3 3: 1 3");
    case(&then, "1 1 api op=A\n 2 2 api op=X\n 3 3 api op=B", "");
}
