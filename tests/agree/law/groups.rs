//! Section 1 and 2: events, identity, groups.

use crate::case::{case, rule};

#[test]
fn one_record_read_twice_is_one_event() {
    let two = rule("on api\nwhen count() >= 2\nwithin 10s");
    case(&two, "0 1 api\n 0 1 api", "");
    case(&two, "0 1 api\n 0 2 api\n 0 1 api", "0 1: 1 2\n 0 2: 1 2");
    // Another identity, or another time, is another event.
    case(&two, "0 1 api\n 1 2 api", "1 2: 1 2");
}

#[test]
fn without_per_the_group_is_the_account() {
    let two = rule("on api\nwhen count() >= 2\nwithin 10s");
    case(
        &two,
        "0 1 api account=111122223333\n 1 2 api account=444455556666\n 2 3 api account=111122223333",
        "2 3: 1 3",
    );
    // An unknown account is an account of its own.
    case(&two, "0 1 api account=null\n 1 2 api account=444455556666\n 2 3 api account=null", "2 3: 1 3");
}

#[test]
fn account_is_an_implicit_first_part() {
    let events = "0 1 api who=p account=111122223333\n 1 2 api who=p account=444455556666";
    case(&rule("on api\nper actor.principal\nwhen count() >= 2\nwithin 10s"), events, "");
    case(&rule("on api\nper actor.principal across accounts\nwhen count() >= 2\nwithin 10s"), events, "1 2: 1 2");
}

#[test]
fn an_event_without_a_key_part_is_in_no_group() {
    let two = rule("on api\nper actor.principal\nwhen count() >= 2\nwithin 10s");
    case(&two, "0 1 api\n 1 2 api who=null\n 2 3 api", "");
    // "" is a value like any other, and not absent.
    case(&two, "0 1 api who=\"\"\n 1 2 api\n 2 3 api who=\"\"", "2 3: 1 3");
}

#[test]
fn keys_are_values_of_their_type() {
    let two = rule("on api\nper api.request.data.n\nwhen count() >= 2\nwithin 10s");
    case(&two, "0 1 api data={n:1}\n 1 2 api data={n:\"1\"}\n 2 3 api data={n:1}", "2 3: 1 3");
}

#[test]
fn per_each_counts_an_event_for_each_element_once() {
    let two = rule("on api\nper each g in actor.user.groups: g\nwhen count() >= 2\nwithin 10s");
    case(&two, "0 1 api groups=[g,g]", "");
    case(&two, "0 1 api groups=[g,h]\n 1 2 api groups=[h]\n 2 3 api groups=[x,g]", "1 2: 1 2\n 2 3: 1 3");
    case(&two, "0 1 api groups=[]\n 1 2 api\n 2 3 api groups=[null]\n 3 4 api groups=[null]", "");
}

#[test]
fn aligned_keys_take_each_input_by_its_own_name() {
    let both = rule(
        "on a = api, b = network\nper a.actor.principal = b.local.instance_uid\nwhen seen(a) and seen(b)\nwithin 10s",
    );
    case(&both, "0 1 api who=i\n 1 2 network who=j\n 2 3 network who=i", "2 3: 1 3");
}

#[test]
fn an_event_of_several_inputs_carries_several_names() {
    let both = "on a = api where api.operation == \"A\", b = api where status == failure\n";
    case(
        &rule(&format!("{both}when count(a) >= 2 and count(b) >= 2 and count() < 4\nwithin 10s")),
        "0 1 api op=A status=failure\n 1 2 api op=A\n 2 3 api status=failure",
        "2 3: 1 2 3",
    );
}
