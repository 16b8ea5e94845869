//! `dga(domain)`: how much a registered domain looks as if a program had made it. A small convolutional net over the
//! letters of the label and a table of what runs of letters say, with the public suffix, learned by `tests/dga/train.py`,
//! which computes the same; what it finds and misses stands in `docs/dga.md`.

use std::sync::LazyLock;

use super::Sample::{Absent, Float, Text};
use super::arithmetic::arg;
use super::types::text;
use super::{Example, Function, domains};
use crate::value::{Type, Val};

/// `dga(domain)`
pub static DGA: Function = Function {
    name: "dga",
    doc: "how machine-made a registered domain looks, from 0 to 1: one real name in 200 is above 0.5. \
          Names made of words look real; absent of a bare public suffix and of internationalised labels (`xn--`)",
    params: &["domain"],
    check: |types| match types {
        [t] if text(t) => Ok(Type::Float),
        _ => Err("`dga` takes a domain".to_owned()),
    },
    examples: &[
        Example { code: "dga(\"com\")", args: &[Text("com")], result: Absent },
        Example { code: "dga(\"www.example.com\")", args: &[Text("www.example.com")], result: Float(0.0) },
        Example {
            code: "dga(\"mqxihvdrkwbzoutpj.com\")",
            args: &[Text("mqxihvdrkwbzoutpj.com")],
            result: Float(0.942),
        },
    ],
    eval: |args, arena| match domains::split(arg(args, 0), arena) {
        Some((_, domain)) => {
            let (label, suffix) = domain.split_once('.').unwrap_or((domain, ""));
            score(label, suffix).map_or(Val::Absent, Val::Float)
        }
        None => Val::Absent,
    },
};

/// What was learned: `OGDGA3`, a 16-bit length and so many bytes of suffixes, a line each; then the layers in the order
/// of [`Net`]. A layer is its weights, a byte each, rows of what it gives; then as f32 (little-endian) what a unit of a
/// weight is worth, and what is added, for each number that it gives.
static MODEL: &[u8] = include_bytes!("dga.model");
const MAGIC: &[u8] = b"OGDGA3";
static NET: LazyLock<Net> = LazyLock::new(|| Net::read(MODEL));

/// Letters, digits, the hyphen, any other symbol, the edge of the label.
const SYMBOLS: usize = 39;
const OTHER: u8 = 37;
const EDGE: u8 = 38;
/// Labels are at most 63 bytes long; of longer ones the rest is not looked at.
const LONGEST: usize = 63;
/// How many neighbours the first and the second layer see, and how many numbers each layer gives.
const TAPS: usize = 5;
const FIRST: usize = 96;
const NEXT: usize = 3;
const SECOND: usize = 64;
const SUFFIX: usize = 12;
const DENSE: usize = 64;
/// Runs of so many symbols have a number each, in a table of so many; runs may share one.
const GRAMS: [usize; 3] = [3, 4, 5];
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 17;
const SAID: usize = 3 * GRAMS.len();
const POOLED: usize = 2 * FIRST + 2 * SECOND + SAID + SUFFIX + 2;

/// The score of a registered domain, rounded to thousandths; absent of `xn--…`. Sums are of 32-bit floats in a fixed
/// order, so every machine gives the same.
fn score(label: &str, suffix: &str) -> Option<f64> {
    if label.is_empty() || label.starts_with("xn--") {
        return None;
    }
    let z = f64::from(NET.judge(label, suffix));
    Some((1000.0 / (1.0 + (-z).exp())).round() / 1000.0)
}

/// A layer that gives `N` numbers: a row of weights for each number that it takes.
struct Layer<const N: usize> {
    rows: Vec<[f32; N]>,
    unit: [f32; N],
    bias: [f32; N],
}

impl<const N: usize> Layer<N> {
    /// Adds the rows of numbers that are not nought.
    fn add(&self, sums: &mut [f32; N], from: usize, numbers: &[f32]) {
        for (x, row) in numbers.iter().zip(self.rows.get(from..).unwrap_or(&[])) {
            if *x != 0.0 {
                for (sum, w) in sums.iter_mut().zip(row) {
                    *sum += x * w;
                }
            }
        }
    }

    /// Sums in units of weights as what the layer gives: never below nought.
    fn finish(&self, sums: &mut [f32; N]) {
        for ((sum, unit), bias) in sums.iter_mut().zip(&self.unit).zip(&self.bias) {
            *sum = (*sum * unit + bias).max(0.0);
        }
    }
}

struct Net {
    suffixes: Vec<&'static str>,
    first: Layer<FIRST>,
    second: Layer<SECOND>,
    grams: Grams,
    of_suffix: Layer<SUFFIX>,
    dense: Layer<DENSE>,
    last: Layer<1>,
}

/// The numbers of runs of letters: whole ones as in the file, and what a unit is worth.
struct Grams {
    numbers: &'static [u8],
    unit: f32,
}

impl Grams {
    /// The largest number among the label's runs of each length, the least, and the mean over its letters. Whole
    /// numbers are summed, so their order says nothing.
    fn say(&self, letters: &[u8], into: &mut [f32]) {
        let length = letters.len() as f32;
        for (i, size) in GRAMS.into_iter().enumerate() {
            let (mut largest, mut least, mut sum) = (0, 0, 0);
            for run in letters.windows(size) {
                let number = self.numbers.get(slot(run)).map_or(0, |n| i32::from(n.cast_signed()));
                largest = largest.max(number);
                least = least.min(number);
                sum += number;
            }
            into[i] = largest as f32 * self.unit;
            into[i + GRAMS.len()] = least as f32 * self.unit;
            into[i + 2 * GRAMS.len()] = sum as f32 * self.unit / length;
        }
    }
}

/// Where the table has the number of a run.
fn slot(run: &[u8]) -> usize {
    let key = run.iter().fold(0_u32, |key, c| key.wrapping_mul(SYMBOLS as u32).wrapping_add(u32::from(*c)));
    let mixed = (key ^ ((run.len() as u32) << 28)).wrapping_mul(0x9E37_79B1);
    (mixed >> (u32::BITS - SLOT_BITS)) as usize
}

/// What is left of the file.
struct Rest(&'static [u8]);

impl Rest {
    fn take(&mut self, n: usize) -> &'static [u8] {
        let (head, tail) = self.0.split_at(n.min(self.0.len()));
        self.0 = tail;
        head
    }

    fn numbers<const N: usize>(&mut self) -> [f32; N] {
        let mut out = [0.0; N];
        for (x, b) in out.iter_mut().zip(self.take(4 * N).as_chunks::<4>().0) {
            *x = f32::from_le_bytes(*b);
        }
        out
    }

    /// The table, a layer of one number as the file has it: nothing is added to it.
    fn grams(&mut self) -> Grams {
        let numbers = self.take(SLOTS);
        let [unit, _] = self.numbers();
        Grams { numbers, unit }
    }

    fn layer<const N: usize>(&mut self, takes: usize) -> Layer<N> {
        let weights = self.take(takes * N).as_chunks::<N>().0;
        let rows = weights.iter().map(|row| row.map(|w| f32::from(w.cast_signed()))).collect();
        Layer { rows, unit: self.numbers(), bias: self.numbers() }
    }
}

impl Net {
    fn read(model: &'static [u8]) -> Self {
        let mut rest = Rest(model);
        rest.take(MAGIC.len());
        let length = rest.take(2).iter().rev().fold(0, |n, b| n << 8 | usize::from(*b));
        let suffixes: Vec<_> = std::str::from_utf8(rest.take(length)).unwrap_or("").lines().collect();
        Self {
            first: rest.layer(TAPS * SYMBOLS),
            second: rest.layer(NEXT * FIRST),
            grams: rest.grams(),
            of_suffix: rest.layer(suffixes.len()),
            dense: rest.layer(POOLED),
            last: rest.layer(DENSE),
            suffixes,
        }
    }

    /// Above nought if the label looks more like a machine's than 199 of 200 real names.
    fn judge(&self, label: &str, suffix: &str) -> f32 {
        let mut letters = [EDGE; LONGEST + 2];
        let mut n = 1;
        for c in label.chars().take(LONGEST) {
            letters[n] = match c {
                'a'..='z' => c as u8 - b'a',
                '0'..='9' => c as u8 - b'0' + 26,
                '-' => 36,
                _ => OTHER,
            };
            n += 1;
        }
        n += 1;
        let letters = &letters[..n];
        let mut pooled = [0.0; POOLED];
        let (of_first, behind) = pooled.split_at_mut(2 * FIRST);
        let (of_second, behind) = behind.split_at_mut(2 * SECOND);
        let (said, behind) = behind.split_at_mut(SAID);
        let length = n as f32;
        self.grams.say(letters, said);

        let mut first = [[0.0; FIRST]; LONGEST + 2];
        for (at, sums) in first[..n].iter_mut().enumerate() {
            for (tap, row) in self.first.rows.chunks(SYMBOLS).enumerate() {
                // The letter that this tap sees, if it is not beyond the edges.
                let seen = (at + tap).checked_sub(TAPS / 2).and_then(|i| letters.get(i));
                if let Some(weights) = seen.and_then(|c| row.get(usize::from(*c))) {
                    for (sum, w) in sums.iter_mut().zip(weights) {
                        *sum += w;
                    }
                }
            }
            self.first.finish(sums);
            pool(of_first, sums);
        }
        for at in 0..n {
            let mut sums = [0.0; SECOND];
            for tap in 0..NEXT {
                if let Some(seen) = (at + tap).checked_sub(NEXT / 2).filter(|i| *i < n) {
                    self.second.add(&mut sums, tap * FIRST, &first[seen]);
                }
            }
            self.second.finish(&mut sums);
            pool(of_second, &sums);
        }
        of_first[FIRST..].iter_mut().for_each(|sum| *sum /= length);
        of_second[SECOND..].iter_mut().for_each(|sum| *sum /= length);
        let of_suffix = &self.of_suffix;
        if let Some(row) = of_suffix.rows.get(self.suffix(suffix)) {
            for (i, w) in row.iter().enumerate() {
                behind[i] = w * of_suffix.unit[i] + of_suffix.bias[i];
            }
        }
        behind[SUFFIX] = length / 16.0;
        behind[SUFFIX + 1] = 4.0 / length;

        let mut dense = [0.0; DENSE];
        self.dense.add(&mut dense, 0, &pooled);
        self.dense.finish(&mut dense);
        let mut sum = [0.0];
        self.last.add(&mut sum, 0, &dense);
        sum[0] * self.last.unit[0] + self.last.bias[0]
    }

    /// The number of a suffix: its own, else that of its country (`co.uk`), else of its shape: several labels (0), two
    /// letters (1), any other (2).
    fn suffix(&self, suffix: &str) -> usize {
        let known = |s: &str| self.suffixes.iter().position(|known| *known == s);
        let country = || {
            let (before, last) = suffix.rsplit_once('.')?;
            known(last).filter(|_| last.len() == 2 && before.split('.').next().is_some_and(|b| b.len() <= 3))
        };
        known(suffix).or_else(country).unwrap_or(match (suffix.contains('.'), suffix.len()) {
            (true, _) => 0,
            (false, 2) => 1,
            (false, _) => 2,
        })
    }
}

/// The largest of each number in the first half, their sum in the second.
fn pool(into: &mut [f32], numbers: &[f32]) {
    let (largest, sum) = into.split_at_mut(numbers.len());
    for ((largest, sum), x) in largest.iter_mut().zip(sum).zip(numbers) {
        *largest = largest.max(*x);
        *sum += x;
    }
}

#[cfg(test)]
mod tests {
    use super::{DENSE, FIRST, MAGIC, MODEL, NET, NEXT, Net, POOLED, SECOND, SLOTS, SUFFIX, SYMBOLS, TAPS, score};

    #[test]
    fn the_model_is_whole() {
        assert!(MODEL.starts_with(MAGIC));
        let Net { suffixes, first, second, grams, of_suffix, dense, last } = &*NET;
        assert_eq!(grams.numbers.len(), SLOTS);
        let rows = [first.rows.len(), second.rows.len(), of_suffix.rows.len(), dense.rows.len(), last.rows.len()];
        assert_eq!(rows, [TAPS * SYMBOLS, NEXT * FIRST, suffixes.len(), POOLED, DENSE]);
        let weights =
            rows.iter().zip([FIRST, SECOND, SUFFIX, DENSE, 1]).map(|(rows, n)| rows * n + 8 * n).sum::<usize>();
        let names = suffixes.iter().map(|s| s.len() + 1).sum::<usize>();
        assert_eq!(MODEL.len(), MAGIC.len() + 2 + names + weights + SLOTS + 8);
    }

    /// The script that learns wrote what it says of these names, with weights as they are stored.
    #[test]
    fn scores_are_those_of_the_script() {
        let table = include_str!("../../tests/dga/labels.tsv");
        let mut rows = 0;
        for line in table.lines() {
            let mut parts = line.split('\t');
            let (label, suffix) = (parts.next().expect("a label"), parts.next().expect("a suffix"));
            let wanted: f64 = parts.next().expect("a score").parse().expect("a number");
            let got = score(label, suffix).expect("a label");
            assert!((got - wanted).abs() < 0.0015, "{label}.{suffix}: {got}, the script says {wanted}");
            rows += 1;
        }
        assert!(rows > 100);
    }

    #[test]
    fn made_names_are_above_real_ones() {
        for made in ["xkqzvwjhtpfd", "k2j8x0qv7n4mzb", "qjhwpzxvnrtk", "3f9a0c7be21d48"] {
            assert!(score(made, "com") > Some(0.5), "{made}: {:?}", score(made, "com"));
        }
        for real in ["example", "wonderland", "gardening-tools", "mountainbike24", "nytimes", "a", "kb", "ümläut"] {
            assert!(score(real, "com") < Some(0.5), "{real}: {:?}", score(real, "com"));
        }
        assert_eq!(score("xn--mller-kva", "de"), None);
        assert!(score(&"ab".repeat(400), "com").is_some());
    }
}
