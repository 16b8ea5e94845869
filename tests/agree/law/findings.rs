//! Section 7: findings as events.

use crate::case::{case_until, instant, lines, told, told_of, trace};

const TWO: &str = "finding Recon:EC2/R {\n  severity low\n  title \"r\"\n  on api\n  per actor.principal\n  \
                   when count() >= 2\n  within 10s\n}\n";

fn over(rules: &str, events: &str, until: &str) -> String {
    let told = told_of(rules, &trace(events), instant(until));
    let over: Vec<_> = told.into_iter().filter(|t| t.finding == "Recon:EC2/Over").collect();
    over.iter().map(|t| format!("{} {}", (t.time - instant("0")) / 1000, t.behind.len())).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_occurrence_is_an_event() {
    let rules = format!(
        "{TWO}finding Recon:EC2/Over {{\n  severity low\n  title \"o\"\n  on finding where type == \"Recon:EC2/R\"\n  when count() >= 3\n  within 20s\n}}\n"
    );
    // Two of p, then one of q: occurrences at 1, 2, and 6.
    let events = "0 1 api who=p\n 1 2 api who=p\n 2 3 api who=p\n 5 4 api who=q\n 6 5 api who=q";
    assert_eq!(over(&rules, events, "10"), "6 3");
}

#[test]
fn what_is_archived_is_no_event() {
    let rules = format!(
        "{TWO}finding Recon:EC2/Over {{\n  severity low\n  title \"o\"\n  on finding where type == \"Recon:EC2/R\"\n}}\n\
         suppress \"s\" {{\n  on finding where actor.principal == \"p\" and type == \"Recon:EC2/R\"\n}}\n"
    );
    let told = told(&rules, "0 1 api who=p\n 1 2 api who=p\n 5 4 api who=q\n 6 5 api who=q");
    let mut all: Vec<String> =
        told.iter().map(|t| format!("{} {} {:?}", t.finding, (t.time - instant("0")) / 1000, t.archived_by)).collect();
    all.sort();
    assert_eq!(all, ["Recon:EC2/Over 6 None", "Recon:EC2/R 1 Some(\"s\")", "Recon:EC2/R 6 None"]);
}

#[test]
fn a_deadline_is_the_instant_of_the_finding() {
    let rules = "finding Recon:EC2/R {\n  severity low\n  title \"r\"\n  on a = api where api.operation == \"A\",\n     \
                 b = api where api.operation == \"B\"\n  when a then within 5s no b\n  within 10s\n}\n";
    case_until(rules, "1 1 api op=A", "10", "1 1 at 6: 1");
    let rules = format!(
        "{rules}finding Recon:EC2/Over {{\n  severity low\n  title \"o\"\n  on f = finding where type == \"Recon:EC2/R\",\n     \
         c = api where api.operation == \"C\"\n  when f then c\n  within 10s\n}}\n"
    );
    // The finding comes at 6: what happens before it does not follow it.
    assert_eq!(over(&rules, "1 1 api op=A\n 5 2 api op=C", "10"), "");
    assert_eq!(over(&rules, "1 1 api op=A\n 7 2 api op=C", "10"), "7 2");
}

#[test]
fn strata_go_through_an_instant_one_after_another() {
    let rules = format!(
        "{TWO}finding Recon:EC2/Over {{\n  severity low\n  title \"o\"\n  on f = finding where type == \"Recon:EC2/R\",\n     \
         a = api where api.operation == \"A\"\n  when f then a\n  within 10s\n}}\n"
    );
    // The event that completes the lower finding is of the same instant: it may stand behind it.
    assert_eq!(over(&rules, "0 1 api who=p\n 1 2 api who=p op=A", "10"), "1 2");
    assert_eq!(lines(&told(TWO, "0 1 api who=p\n 1 2 api who=p op=A")), "1 2: 1 2");
}
