//! Conditions over windows, event by event and group by group (the law, section 3).

use outguard::check::Model;
use outguard::check::model::{Expr, ExprKind, Window};
use outguard::value::{Arena, Val};

use super::aggregate::aggregate;
use super::monotone::is_monotone;
use super::select::Member;
use super::{Match, Profiles, Reader};
use crate::world::Record;

/// Whether `when` is true of a window, with profiles asked about the completing event.
fn true_of(model: &Model, when: &Expr, window: &[&Member<'_>], last: &Record, profiles: &Profiles<'_>) -> bool {
    let arena = Arena::new();
    let ask = |e: &Expr| -> Val<'_> {
        match &e.kind {
            ExprKind::Profile(id, question) => profiles.ask(*id, question, last),
            _ => aggregate(model, e, window, &arena),
        }
    };
    let none = |_: usize| None;
    Reader::new(model, &arena, &none, &ask).holds(when)
}

fn found<'r>(last: &Member<'r>, behind: &[&Member<'r>], decided: i64) -> Match<'r> {
    let named = |m: &&Member<'r>| m.names.iter().map(|n| (m.record, *n)).collect::<Vec<_>>();
    Match {
        group: last.group.clone(),
        last: last.record,
        decided,
        behind: behind.iter().flat_map(named).collect(),
        bare: None,
    }
}

/// The matches of a rule with aggregates.
pub fn matches<'r>(
    model: &Model,
    when: &Expr,
    window: &Window,
    members: &[Member<'r>],
    profiles: &Profiles<'_>,
    until: i64,
) -> Vec<Match<'r>> {
    let length = window.length;
    let mut out = Vec::new();
    for e in members {
        let t = e.record.time;
        let group: Vec<&Member<'r>> = members.iter().filter(|m| m.group == e.group).collect();
        let between = |least: i64, greatest: i64| -> Vec<&Member<'r>> {
            group.iter().copied().filter(|m| (least..=greatest).contains(&m.record.time)).collect()
        };
        if !window.tumbling {
            let inside = between(t - length + 1, t);
            if true_of(model, when, &inside, e.record, profiles) {
                out.push(found(e, &inside, t));
            }
            continue;
        }
        let begin = t.div_euclid(length) * length;
        if is_monotone(when) {
            let so_far = between(begin, t);
            if true_of(model, when, &so_far, e.record, profiles) {
                out.push(found(e, &so_far, t));
            }
        } else {
            let whole = between(begin, begin + length - 1);
            let is_last = whole.iter().all(|m| (m.record.time, m.record.id) <= (t, e.record.id));
            let closed = until >= begin + length;
            if is_last && closed && true_of(model, when, &whole, e.record, profiles) {
                out.push(found(e, &whole, begin + length));
            }
        }
    }
    out
}

/// The matches of a rule that asks profiles only: every event by itself.
pub fn each<'r>(model: &Model, when: &Expr, members: &[Member<'r>], profiles: &Profiles<'_>) -> Vec<Match<'r>> {
    let holds = |m: &&Member<'r>| true_of(model, when, &[m], m.record, profiles);
    members.iter().filter(holds).map(|m| found(m, &[m], m.record.time)).collect()
}
