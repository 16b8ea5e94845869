//! What somebody does who has taken over a principal: asked about on a day of its life, and never learned.

use std::collections::BTreeSet;

use super::catalogue::{LOOK_AROUND, TAKE, calls, named};
use super::rng::Rng;
use super::world::{Account, Act, DAY, HOUR, Place};

/// A way to attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The key is used elsewhere, to look around.
    LookElsewhere,
    /// The same from where and by what the principal works: its machine was taken over.
    LookHere,
    /// Calls that many in the account make, but not this principal, from where it works.
    CommonHere,
    /// Calls to stay, to blind, to take, that it does not make; from where it works.
    TakeHere,
    /// The same calls, from elsewhere.
    TakeElsewhere,
    /// Calls that nobody in the account makes, from where it works.
    RareHere,
    /// Only its own calls, from a country and network where it has not been, by a program of the account.
    OwnElsewhere,
    /// Only its own calls, from another network of its country.
    OwnNearby,
}

/// All of them, as they are told.
pub const WAYS: [(Way, &str); 8] = [
    (Way::LookElsewhere, "looks around, from elsewhere"),
    (Way::LookHere, "looks around, from its own place"),
    (Way::CommonHere, "calls common in the account, not its own"),
    (Way::TakeHere, "stays, blinds, takes, from its own place"),
    (Way::TakeElsewhere, "stays, blinds, takes, from elsewhere"),
    (Way::RareHere, "calls that nobody makes, from its own place"),
    (Way::OwnElsewhere, "its own calls, from elsewhere"),
    (Way::OwnNearby, "its own calls, another network"),
];

/// One attack on one principal: its calls, and whether it is to be seen in them at all.
#[derive(Debug)]
pub struct Attack {
    pub way: Way,
    pub acts: Vec<Act>,
}

/// Attacks on principals that have worked for a while: each way once, on a day of their second month.
pub fn attacks(account: &Account, seed: u64) -> Vec<Attack> {
    let mut rng = Rng::new(seed, 0xA77A);
    let mut all = Vec::new();
    let mut by: Vec<Vec<&Act>> = vec![Vec::new(); account.principals.len()];
    account.acts.iter().for_each(|a| by[a.who as usize].push(a));
    for (who, p) in account.principals.iter().enumerate() {
        // What is done elsewhere is what would have been done here: one draw for both.
        for (way, _) in WAYS.into_iter().filter(|w| w.0 != Way::TakeElsewhere) {
            let day = rng.between(28, 55);
            if !p.days.contains(&day) || day - p.days.start < 15 {
                continue;
            }
            let start = super::world::BEGIN + day * DAY + rng.between(0, 20 * HOUR);
            let before: Vec<&&Act> = by[who].iter().filter(|a| a.t < start).collect();
            if before.len() < 20 {
                continue;
            }
            let usual = **rng.pick(&before);
            let foreign: Place = (30 + rng.below(9) as u8, 60_000 + rng.below(50) as u16);
            let nearby: Place = (usual.place.0, 50_000 + rng.below(50) as u16);
            let own: BTreeSet<u16> = before.iter().map(|a| a.call).collect();
            let others: BTreeSet<u16> = account.acts.iter().filter(|a| a.t < start).map(|a| a.call).collect();
            let list = |names: &[&str]| names.iter().map(|n| named(n)).collect::<Vec<u16>>();
            let (calls, place, agent) = match way {
                Way::LookElsewhere => (list(&LOOK_AROUND), foreign, rng.below(3) as u8),
                Way::LookHere => (list(&LOOK_AROUND), usual.place, usual.agent),
                Way::CommonHere => {
                    let mut heard: Vec<u16> = account.acts.iter().filter(|a| a.t < start).map(|a| a.call).collect();
                    heard.retain(|c| !own.contains(c));
                    if heard.is_empty() {
                        continue;
                    }
                    ((0..5).map(|_| *rng.pick(&heard)).collect(), usual.place, usual.agent)
                }
                Way::TakeHere => {
                    let mut new = list(&TAKE);
                    new.retain(|c| !own.contains(c));
                    if new.is_empty() {
                        continue;
                    }
                    rng.shuffle(&mut new);
                    new.truncate(3);
                    (new, usual.place, usual.agent)
                }
                Way::RareHere => {
                    let mut new: Vec<u16> = (0..calls() as u16).filter(|c| !others.contains(c)).collect();
                    if new.is_empty() {
                        continue;
                    }
                    rng.shuffle(&mut new);
                    new.truncate(3);
                    (new, usual.place, usual.agent)
                }
                Way::TakeElsewhere => continue,
                Way::OwnElsewhere => ((0..10).map(|_| rng.pick(&before).call).collect(), foreign, usual.agent),
                Way::OwnNearby => ((0..10).map(|_| rng.pick(&before).call).collect(), nearby, usual.agent),
            };
            let acts = |place: Place| {
                let at = |(i, &call): (usize, &u16)| (start + i as i64 * 20_000, call);
                let act = |(t, call): (i64, u16)| Act { t, who: who as u16, call, place, agent, times: 1 };
                calls.iter().enumerate().map(at).map(act).collect()
            };
            all.push(Attack { way, acts: acts(place) });
            if way == Way::TakeHere {
                all.push(Attack { way: Way::TakeElsewhere, acts: acts(foreign) });
            }
        }
    }
    all.sort_by_key(|a| a.acts[0].t);
    all
}
