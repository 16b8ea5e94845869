//! Section 6: what an occurrence says.

use crate::case::{case, told};

fn titled(title: &str, clauses: &str) -> String {
    format!(
        "finding Recon:EC2/R {{\n  severity high if {title} == \"B\", else low\n  title \"of {{{title}}}\"\n{clauses}\n}}\n"
    )
}

fn titles(rules: &str, events: &str) -> Vec<String> {
    let mut told = told(rules, events);
    told.sort_by_key(|t| (t.decided, t.id));
    told.into_iter().map(|t| format!("{} {}", t.title, t.severity)).collect()
}

#[test]
fn it_speaks_of_the_event_that_completes_the_match() {
    let rules = titled("api.operation", "on api\nwhen count() >= 2\nwithin 10s");
    assert_eq!(titles(&rules, "0 1 api op=A\n 1 2 api op=B\n 2 3 api"), ["of B 8", "of unknown 2"]);
}

#[test]
fn a_named_attribute_is_of_the_last_event_of_its_input() {
    let on = "on a = api where has http_request.body_length, b = api where status == failure\n";
    let rules = titled("a.api.operation", &format!("{on}when seen(a) and seen(b)\nwithin 10s"));
    let events = "0 1 api n=1 op=A\n 1 2 api n=1 op=B\n 2 3 api status=failure op=C";
    assert_eq!(titles(&rules, events), ["of B 8"]);
    // In a sequence: of the last slot of that input.
    let rules = titled("a.api.operation", &format!("{on}when a then b\nwithin 10s"));
    assert_eq!(titles(&rules, events), ["of A 2"]);
}

#[test]
fn an_exception_drops_the_occurrence_and_not_the_event() {
    let rules = "finding Recon:EC2/R {\n  severity low\n  title \"r\"\n  on api\n  when count() >= 2\n  within 10s\n  \
                 except \"x\" where api.operation == \"X\"\n}\n";
    case(rules, "0 1 api op=A\n 1 2 api op=X\n 2 3 api op=A", "2 3: 1 2 3");
}
