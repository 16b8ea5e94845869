//! The formulas that were tried: how improbable, or how rare, a value is.

use super::counts::{By, Of};

/// One formula.
pub struct Formula {
    pub name: &'static str,
    pub by: By,
    /// The probability, by the account alone if the group is too young.
    pub p: fn(group: Option<&Of>, account: &Of) -> f64,
}

/// Krichevsky and Trofimov's estimate.
fn kt(a: &Of) -> f64 {
    (a.own + 0.5) / (a.all + (a.different + 1.0) / 2.0)
}

fn back_off(weight: f64, g: Option<&Of>, a: &Of) -> f64 {
    g.map_or(kt(a), |g| (g.own + weight * kt(a)) / (g.all + weight))
}

fn witten_bell(g: Option<&Of>, a: &Of) -> f64 {
    let below = (a.own + a.different / (a.different + 1.0)) / (a.all + a.different.max(1.0));
    g.map_or(below, |g| (g.own + g.different.max(1.0) * below) / (g.all + g.different.max(1.0)))
}

fn kneser_ney(g: Option<&Of>, a: &Of) -> f64 {
    let below = (a.own_groups + 0.5) / (a.all_groups + (a.different + 1.0) / 2.0);
    let Some(g) = g else { return kt(a) };
    let off = 0.75;
    ((g.own - off).max(0.0) + (off * g.different).max(0.5) * below) / g.all.max(1.0)
}

/// The share of what is as rare: by the values seen so far, one more of them new for each different one (Witten and Bell).
fn share_wb(o: &Of, rare: f64) -> f64 {
    let new = o.settled.max(1.0);
    (rare + new) / (o.all + new)
}

/// The same, where what is new is told by what came once (Good and Turing).
fn share_gt(o: &Of, rare: f64) -> f64 {
    let new = o.once + 1.0;
    (rare + new) / (o.all + new)
}

/// The same of an account, by how many groups have a value: how rare is what a group takes up.
fn share_taken_up(a: &Of) -> f64 {
    let new = a.settled.max(1.0);
    (a.rare_groups + new) / (a.all_groups + new)
}

/// The tail of a group, and of what it does not know that of its account.
fn both(g: Option<&Of>, a: &Of, group: impl Fn(&Of) -> f64, account: impl Fn(&Of) -> f64) -> f64 {
    match g {
        Some(g) if g.own > 0.0 => group(g),
        Some(g) => group(g) * account(a),
        None => account(a),
    }
}

fn tail(g: Option<&Of>, a: &Of, share: impl Fn(&Of) -> f64) -> f64 {
    both(g, a, &share, &share)
}

fn mean(a: &Of, by_hours: f64) -> f64 {
    (by_hours * share_taken_up(a)).sqrt()
}

/// All of them.
pub const FORMULAS: [Formula; 14] = [
    Formula { name: "`new`: 1 bit each", by: By::Hours, p: |g, a| if g.unwrap_or(a).own > 0.0 { 1.0 } else { 0.5 } },
    Formula { name: "back-off, A = 8 (before)", by: By::Sightings, p: |g, a| back_off(8.0, g, a) },
    Formula { name: "back-off, A = 64", by: By::Sightings, p: |g, a| back_off(64.0, g, a) },
    Formula { name: "back-off, A = 8, hours", by: By::Hours, p: |g, a| back_off(8.0, g, a) },
    Formula { name: "Witten–Bell, sightings", by: By::Sightings, p: witten_bell },
    Formula { name: "Witten–Bell, hours", by: By::Hours, p: witten_bell },
    Formula { name: "Kneser–Ney, hours", by: By::Hours, p: kneser_ney },
    Formula { name: "tail, sightings", by: By::Sightings, p: |g, a| tail(g, a, |o| share_wb(o, o.rare)) },
    Formula { name: "tail, days", by: By::Days, p: |g, a| tail(g, a, |o| share_wb(o, o.rare)) },
    Formula { name: "tail, hours, Good–Turing", by: By::Hours, p: |g, a| tail(g, a, |o| share_gt(o, o.rare)) },
    Formula { name: "tail, hours", by: By::Hours, p: |g, a| tail(g, a, |o| share_wb(o, o.rare)) },
    Formula { name: "tail, hours that fade", by: By::Faded, p: |g, a| tail(g, a, |o| share_wb(o, o.rare)) },
    Formula {
        name: "tail, hours, account by groups",
        by: By::Hours,
        p: |g, a| both(g, a, |o| share_wb(o, o.rare), share_taken_up),
    },
    Formula {
        name: CHOSEN,
        by: By::Hours,
        p: |g, a| {
            let hours = |o: &Of| share_wb(o, o.rare_rounded);
            both(g, a, hours, |a| mean(a, hours(a)))
        },
    },
];

/// The one that the engine has.
pub const CHOSEN: &str = "**tail, hours, account by both** (chosen)";
