//! Chances over the seeded generator that the agreement tests use too.

use super::rng::Rng;

/// True with this chance.
pub fn chance(rng: &mut Rng, p: f64) -> bool {
    unit(rng) < p
}

/// A number in [0, 1).
pub fn unit(rng: &mut Rng) -> f64 {
    (rng.next() >> 11) as f64 / (1u64 << 53) as f64
}

/// One of them, by weight.
pub fn weighted(rng: &mut Rng, weights: &[(u16, f64)]) -> u16 {
    let mut left = unit(rng) * weights.iter().map(|w| w.1).sum::<f64>();
    for &(item, weight) in weights {
        left -= weight;
        if left < 0.0 {
            return item;
        }
    }
    weights.last().expect("something to choose").0
}

/// How often something happens that happens so often on average (Poisson).
pub fn times(rng: &mut Rng, mean: f64) -> usize {
    let (mut n, mut p) = (0, unit(rng));
    while p > (-mean).exp() && n < 100 {
        n += 1;
        p *= unit(rng);
    }
    n
}

/// Zipf's weights of so many items, the most used first, each up to four times as much or as little.
pub fn zipf(rng: &mut Rng, n: usize) -> Vec<f64> {
    (0..n).map(|rank| 4f64.powf(2.0 * unit(rng) - 1.0) / (rank as f64 + 1.0).powf(1.1)).collect()
}
