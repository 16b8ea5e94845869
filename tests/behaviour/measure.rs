//! Every formula over one account: how surprising its calm days are, and the attacks on it.

use super::attacks::{Attack, Way};
use super::counts::{By, Of, Values};
use super::formulas::FORMULAS;
use super::world::{Account, Act, BEGIN, DAY, LEARN, Sort};

/// What is asked: one value, or several.
pub const QUESTIONS: [(&str, &[usize]); 3] =
    [("operation", &[0]), ("operation, place", &[0, 1]), ("operation, place, agent", &[0, 1, 2])];

/// The most bits of something, by formula and question.
pub type Bits = [[f64; QUESTIONS.len()]; FORMULAS.len()];

/// What was measured of one account.
pub struct Measured {
    pub size: usize,
    /// Days of principals on which they did something, after learning.
    pub calm: Vec<(Sort, Bits)>,
    pub attacks: Vec<(Way, Sort, Bits)>,
}

#[derive(Default)]
struct Profile {
    first: Option<i64>,
    values: [Values; 3],
}

fn values(a: &Act) -> [u32; 3] {
    [a.call.into(), u32::from(a.place.0) << 16 | u32::from(a.place.1), a.agent.into()]
}

fn most(bits: &mut Bits, a: &Act, group: &Profile, account: &Profile) {
    let judged = group.first.is_some_and(|f| a.t - f >= LEARN * DAY);
    let mut each = [[0.0; 3]; FORMULAS.len()];
    for (i, v) in values(a).into_iter().enumerate() {
        for by in [By::Sightings, By::Hours, By::Days, By::Faded] {
            let shared = account.values[i].of(v, a.t, by);
            let own: Option<Of> = judged.then(|| group.values[i].of(v, a.t, by));
            for (f, formula) in FORMULAS.iter().enumerate().filter(|(_, f)| f.by == by) {
                each[f][i] = -(formula.p)(own.as_ref(), &shared).log2();
            }
        }
    }
    for (f, each) in each.iter().enumerate() {
        for (q, (_, asked)) in QUESTIONS.iter().enumerate() {
            bits[f][q] = f64::max(bits[f][q], asked.iter().map(|&v| each[v]).sum());
        }
    }
}

/// Measures one account.
pub fn measure(account: &Account, attacks: &[Attack]) -> Measured {
    let mut groups: Vec<Profile> = account.principals.iter().map(|_| Profile::default()).collect();
    let mut all = Profile::default();
    let mut calm: std::collections::BTreeMap<(i64, u16), Bits> = std::collections::BTreeMap::new();
    let mut told = Vec::new();
    let mut next = attacks.iter().peekable();
    for act in &account.acts {
        while let Some(attack) = next.next_if(|x| x.acts[0].t <= act.t) {
            let mut bits = Bits::default();
            let who = attack.acts[0].who as usize;
            attack.acts.iter().for_each(|a| most(&mut bits, a, &groups[who], &all));
            told.push((attack.way, account.principals[who].sort, bits));
        }
        let group = &mut groups[act.who as usize];
        let day = (act.t - BEGIN) / DAY;
        if day >= LEARN {
            most(calm.entry((day, act.who)).or_default(), act, group, &all);
        }
        group.first.get_or_insert(act.t);
        for (i, v) in values(act).into_iter().enumerate() {
            all.values[i].sight(v, act.t, act.times);
            if group.values[i].sight(v, act.t, act.times) {
                all.values[i].group(v);
            }
        }
    }
    let calm = calm.into_iter().map(|((_, who), bits)| (account.principals[who as usize].sort, bits)).collect();
    Measured { size: account.principals.len(), calm, attacks: told }
}
