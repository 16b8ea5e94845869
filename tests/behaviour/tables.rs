//! The figures as tables: every formula at equal rates of false findings, the chosen one at fixed thresholds.

use std::fmt::Write as _;

use super::attacks::{WAYS, attacks};
use super::formulas::{CHOSEN, FORMULAS};
use super::measure::{Measured, QUESTIONS, measure};
use super::world::{Account, Sort};

/// Accounts of these sizes, so many of each.
pub const ACCOUNTS: [(usize, u64); 4] = [(3, 40), (12, 15), (60, 4), (300, 1)];
/// Formula and thresholds were chosen on another seed.
pub const SEED: u64 = 2026;

/// All accounts of a seed, measured.
pub fn all(seed: u64, accounts: &[(usize, u64)]) -> Vec<Measured> {
    let of = |&(size, copies): &(usize, u64)| (0..copies).map(move |c| (size, 1000 * seed + c));
    let one = |(size, seed)| {
        let account = Account::new(size, seed);
        measure(&account, &attacks(&account, seed))
    };
    accounts.iter().flat_map(of).map(one).collect()
}

/// The index of a formula.
pub fn formula(name: &str) -> usize {
    FORMULAS.iter().position(|f| f.name == name).expect("a formula")
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.0}", 100.0 * part as f64 / whole.max(1) as f64)
}

/// The threshold that this share of calm days exceeds.
fn threshold(all: &[Measured], f: usize, q: usize, rate: f64) -> f64 {
    let mut calm: Vec<f64> = all.iter().flat_map(|m| m.calm.iter().map(|c| c.1[f][q])).collect();
    calm.sort_by(|a, b| b.total_cmp(a));
    calm[(calm.len() as f64 * rate) as usize]
}

/// What a formula finds, in percent of all attacks, at the threshold that this share of calm days exceeds.
pub fn share_found(all: &[Measured], f: usize, q: usize, rate: f64) -> f64 {
    let bits = threshold(all, f, q, rate);
    let found: Vec<bool> = all.iter().flat_map(|m| &m.attacks).map(|a| a.2[f][q] > bits).collect();
    100.0 * found.iter().filter(|f| **f).count() as f64 / found.len().max(1) as f64
}

/// All formulas, each at the thresholds that give as many false findings.
pub fn formulas(all: &[Measured]) -> String {
    let mut out = String::from("| formula |");
    let rates = [(0.001, "1"), (0.003, "3"), (0.01, "10")];
    for (name, _) in QUESTIONS {
        for (_, rate) in rates {
            let _ = write!(out, " {name}: {rate} |");
        }
    }
    out.push_str("\n| --- |");
    out.push_str(&" --: |".repeat(QUESTIONS.len() * rates.len()));
    for (f, formula) in FORMULAS.iter().enumerate() {
        let _ = write!(out, "\n| {} |", formula.name);
        for q in 0..QUESTIONS.len() {
            for (rate, _) in rates {
                let (found, bits) = (share_found(all, f, q, rate), threshold(all, f, q, rate));
                let _ = write!(out, " {found:.0} % ({bits:.0}) |");
            }
        }
    }
    out.push('\n');
    out
}

/// One formula at fixed thresholds: false findings of 1 000 days of principals, by size of account and by sort of
/// principal, and what it finds by way of attack.
pub fn thresholds(all: &[Measured], f: usize, q: usize, bits: &[f64]) -> String {
    let mut out = String::from("| |");
    for b in bits {
        let _ = write!(out, " ≥ {b} |");
    }
    let _ = write!(out, "\n| --- |{}", " --: |".repeat(bits.len()));
    let mut row = |name: &str, of: &dyn Fn(f64) -> String| {
        let _ = write!(out, "\n| {name} |");
        for &b in bits {
            let _ = write!(out, " {} |", of(b));
        }
    };
    let calm = |liked: &dyn Fn(&Measured, Sort) -> bool, b: f64| {
        let days: Vec<f64> =
            all.iter().flat_map(|m| m.calm.iter().filter(|c| liked(m, c.0)).map(|c| c.1[f][q])).collect();
        format!("{:.1}", 1000.0 * days.iter().filter(|d| **d >= b).count() as f64 / days.len().max(1) as f64)
    };
    row("**false findings of 1 000 calm days**", &|b| calm(&|_, _| true, b));
    for (size, _) in ACCOUNTS {
        row(&format!("… in accounts of {size}"), &|b| calm(&|m, _| m.size == size, b));
    }
    for (sort, name) in [
        (Sort::Person, "people"),
        (Sort::Deploy, "bots that deploy"),
        (Sort::Application, "applications"),
        (Sort::Scanner, "scanners"),
    ] {
        row(&format!("… of {name}"), &|b| calm(&|_, s| s == sort, b));
    }
    for (way, name) in WAYS {
        let of: Vec<f64> = all.iter().flat_map(|m| &m.attacks).filter(|a| a.0 == way).map(|a| a.2[f][q]).collect();
        row(&format!("found: {name}"), &|b| format!("{} %", percent(of.iter().filter(|x| **x >= b).count(), of.len())));
    }
    out.push('\n');
    out
}

/// How much was measured.
pub fn size(all: &[Measured]) -> (usize, usize) {
    (all.iter().map(|m| m.calm.len()).sum(), all.iter().map(|m| m.attacks.len()).sum())
}

/// The chosen formula's index.
pub fn chosen() -> usize {
    formula(CHOSEN)
}
