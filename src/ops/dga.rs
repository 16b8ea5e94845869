//! `dga(domain)`: how much the label that somebody registered looks as if a program had made it. A logistic model over
//! what letters cost after others and a few counts, learned by `tests/dga/train.py`, which computes the same features; what it finds and misses
//! stands in `docs/dga.md`.

use super::Sample::{Absent, Float, Text};
use super::arithmetic::arg;
use super::types::text;
use super::{Example, Function, domains};
use crate::value::{Type, Val};

/// `dga(domain)`
pub static DGA: Function = Function {
    name: "dga",
    doc: "how machine-made the registered label of a domain name looks, from 0 to 1: one real name in 200 is above 0.5. \
          Names made of words look real; absent of a bare public suffix and of internationalised labels (`xn--`)",
    params: &["domain"],
    check: |types| match types {
        [t] if text(t) => Ok(Type::Float),
        _ => Err("`dga` takes a domain".to_owned()),
    },
    examples: &[
        Example { code: "dga(\"com\")", args: &[Text("com")], result: Absent },
        Example { code: "dga(\"www.example.com\")", args: &[Text("www.example.com")], result: Float(0.0) },
    ],
    eval: |args, arena| match domains::split(arg(args, 0), arena) {
        Some((_, domain)) => score(domain.split('.').next().unwrap_or(domain)).map_or(Val::Absent, Val::Float),
        None => Val::Absent,
    },
};

/// What was learned: `OGDGA1`, then as f32 (little-endian) the bias, the mean and the spread of every feature, the
/// weights of its terms; then the cost of each symbol after the two before it, in sixteenths of a bit.
static MODEL: &[u8] = include_bytes!("dga.model");
const HEAD: usize = 6;
const FEATURES: usize = 23;
/// Every feature, and the product of every two, itself included.
const TERMS: usize = FEATURES + FEATURES * (FEATURES + 1) / 2;
const COSTS: usize = HEAD + 4 * (1 + 2 * FEATURES + TERMS);
/// Letters, digits, the hyphen, any other symbol, the edge of the label.
const SYMBOLS: usize = 39;
const OTHER: u8 = 37;
const EDGE: u8 = 38;
/// Labels are at most 63 bytes long; of longer ones the rest is not looked at.
const LONGEST: usize = 63;

/// The score of a label, rounded to thousandths, so that every machine gives the same; absent of `xn--…`.
fn score(label: &str) -> Option<f64> {
    if label.is_empty() || label.starts_with("xn--") {
        return None;
    }
    let mut near = features(label);
    for (i, x) in near.iter_mut().enumerate() {
        *x = ((*x - number(1 + i)) / number(1 + FEATURES + i)).clamp(-4.0, 4.0);
    }
    let products = (0..FEATURES).flat_map(|i| near[i..].iter().map(move |b| near[i] * b / 2.0));
    let z = near.iter().copied().chain(products).zip(1 + 2 * FEATURES..).map(|(x, at)| x * number(at)).sum::<f64>();
    Some((1000.0 / (1.0 + (-z - number(0)).exp())).round() / 1000.0)
}

/// A number of the model.
fn number(at: usize) -> f64 {
    let at = HEAD + 4 * at;
    MODEL.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0.0, |b| f64::from(f32::from_le_bytes(b)))
}

/// How a label looks, in numbers.
fn features(label: &str) -> [f64; FEATURES] {
    let mut buffer = [EDGE; LONGEST + 3];
    let mut end = 2;
    for c in label.chars().take(LONGEST) {
        buffer[end] = match c {
            'a'..='z' => c as u8 - b'a',
            '0'..='9' => c as u8 - b'0' + 26,
            '-' => 36,
            _ => OTHER,
        };
        end += 1;
    }
    let body = &buffer[2..end];
    let mut costs = [0u32; LONGEST + 1];
    let costs = &mut costs[..end - 1];
    for (cost, w) in costs.iter_mut().zip(buffer.windows(3)) {
        let at = (usize::from(w[0]) * SYMBOLS + usize::from(w[1])) * SYMBOLS + usize::from(w[2]);
        *cost = u32::from(MODEL.get(COSTS + at).copied().unwrap_or(0));
    }
    let vowel = |c: &u8| matches!(c, 0 | 4 | 8 | 14 | 20 | 24);
    let digit = |c: &u8| (26..36).contains(c);
    let consonant = |c: &u8| *c < 26 && !vowel(c);
    let runs = |is: &dyn Fn(&u8) -> bool| body.split(|c| !is(c)).map(<[u8]>::len).max().unwrap_or(0) as f64;
    let changes = |is: &dyn Fn(&u8) -> bool| count(body.windows(2), |w| is(&w[0]) != is(&w[1]));

    let worst = costs.windows(4.min(costs.len())).map(|w| w.iter().sum::<u32>()).max().unwrap_or(0);
    let total = f64::from(costs.iter().sum::<u32>());
    costs.sort_unstable();
    let (n, steps) = (body.len() as f64, costs.len() as f64);
    let digits = count(body, |c| digit(c));
    let mut kinds = [0u32; SYMBOLS];
    for c in body {
        kinds[usize::from(*c)] += 1;
    }
    let different = count(&kinds, |k| **k > 0);
    let hexadecimal = digits > 0.0 && digits < n && body.iter().all(|c| *c < 6 || digit(c));
    [
        total / 16.0,
        total / steps,
        f64::from(costs.last().copied().unwrap_or(0)),
        costs.iter().rev().take(3).map(|c| f64::from(*c)).sum(),
        f64::from(worst),
        n,
        digits,
        digits / n,
        count(body, |c| vowel(c)) / n,
        runs(&consonant),
        count(body.split(|c| !consonant(c)), |run| run.len() >= 3),
        runs(&vowel),
        different,
        different / n,
        f64::from(kinds.iter().map(|k| k * k).sum::<u32>()) / (n * n),
        changes(&digit),
        f64::from(kinds[36]),
        f64::from(u8::from(hexadecimal)),
        f64::from(costs.get(costs.len() / 2).copied().unwrap_or(0)),
        count(costs.iter(), |c| **c > 96) / steps,
        count(costs.iter(), |c| **c < 24) / steps,
        f64::from(u8::from(body.last().is_some_and(vowel))),
        changes(&vowel) / (n - 1.0).max(1.0),
    ]
}

/// How many of these there are.
fn count<T>(items: impl IntoIterator<Item = T>, is: impl Fn(&T) -> bool) -> f64 {
    items.into_iter().fold(0.0, |sum, item| if is(&item) { sum + 1.0 } else { sum })
}

#[cfg(test)]
mod tests {
    use super::{COSTS, MODEL, SYMBOLS, score};

    #[test]
    fn the_model_is_whole() {
        assert!(MODEL.starts_with(b"OGDGA1"));
        assert_eq!(MODEL.len(), COSTS + SYMBOLS * SYMBOLS * SYMBOLS);
    }

    /// The script that learns wrote what it says of these labels, with weights as they are stored.
    #[test]
    fn scores_are_those_of_the_script() {
        let table = include_str!("../../tests/dga/labels.tsv");
        let mut rows = 0;
        for line in table.lines() {
            let (label, wanted) = line.split_once('\t').expect("label, score");
            let wanted: f64 = wanted.parse().expect("a score");
            let got = score(label).expect("a label");
            assert!((got - wanted).abs() < 0.001, "{label}: {got}, the script says {wanted}");
            rows += 1;
        }
        assert!(rows > 40);
    }

    #[test]
    fn made_names_are_above_real_ones() {
        for made in ["xkqzvwjhtpfd", "k2j8x0qv7n4mzb", "qjhwpzxvnrtk", "3f9a0c7be21d48"] {
            assert!(score(made) > Some(0.5), "{made}: {:?}", score(made));
        }
        for real in ["example", "wonderland", "gardening-tools", "mountainbike24", "nytimes", "a", "kb", "ümläut"] {
            assert!(score(real) < Some(0.5), "{real}: {:?}", score(real));
        }
        assert_eq!(score("xn--mller-kva"), None);
        assert!(score(&"ab".repeat(400)).is_some());
    }
}
