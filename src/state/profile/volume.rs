//! Volumes: amounts in buckets of a group, and of an account over the buckets of all its groups, with running sums.
//! Amounts are whole 64ths, so that sums are exact and no order of adding shows.

use std::collections::VecDeque;

use smallvec::SmallVec;

use super::running::{Running, number};
use crate::state::formula::no_answers;
use crate::state::{Cx, Term, Volume};
use crate::value::{Arena, Raw, Value};

/// Units of 1.
const UNIT: f64 = 64.0;
/// Greatest amount in units, 2⁵³.
const GREATEST: f64 = 9_007_199_254_740_992.0;

/// Number of a volume's bucket at `t`.
pub(super) fn bucket(t: i64, every: i64) -> i64 {
    t.div_euclid(every.max(1))
}

/// How many buckets back the usual reaches.
pub(super) fn reach(volume: &Volume, remember: i64) -> i64 {
    remember / volume.every.max(1)
}

/// The usual amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Usual {
    pub mean: f64,
    pub sd: f64,
}

/// From so many buckets on there is a usual.
const LEAST: i64 = 3;

fn usual(n: i64, sum: i128, squares: i128) -> Option<Usual> {
    if n < LEAST {
        return None;
    }
    let mean = sum as f64 / n as f64;
    let wide = i128::from(n);
    let exact = wide.checked_mul(squares).zip(sum.checked_mul(sum)).map(|(a, b)| (a - b) as f64);
    let spread = exact.unwrap_or(n as f64 * squares as f64 - sum as f64 * sum as f64).max(0.0);
    Some(Usual { mean: mean / UNIT, sd: spread.sqrt() / n as f64 / UNIT })
}

/// A volume of a group.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct GroupVolume {
    /// The open bucket.
    pub bucket: i64,
    pub running: SmallVec<[Running; 1]>,
    /// The open bucket's amount; none where it cannot be computed.
    pub amount: Option<i64>,
    /// Buckets before with an amount, in order.
    pub past: VecDeque<(i64, i64)>,
    pub sum: i128,
    pub squares: i128,
}

impl GroupVolume {
    /// Nothing yet; this bucket is open.
    pub fn new(bucket: i64) -> Self {
        Self { bucket, amount: Some(0), ..Self::default() }
    }

    /// Goes on to a bucket.
    pub fn roll(&mut self, bucket: i64, reach: i64) {
        if bucket > self.bucket {
            let amount = self.amount.unwrap_or(0);
            if amount != 0 {
                self.remember(self.bucket, amount);
            }
            self.bucket = bucket;
            self.running.clear();
            self.amount = Some(0);
        }
        while let Some(&(first, amount)) = self.past.front()
            && first < bucket - reach
        {
            self.past.pop_front();
            self.sum -= i128::from(amount);
            self.squares -= i128::from(amount).pow(2);
        }
    }

    pub fn remember(&mut self, bucket: i64, amount: i64) {
        self.past.push_back((bucket, amount));
        self.sum += i128::from(amount);
        self.squares += i128::from(amount).pow(2);
    }

    /// Counts an event into the open bucket.
    pub fn add(&mut self, volume: &Volume, t: i64, args: &[Raw<'_>], mut hash: impl FnMut(Raw<'_>) -> u64) {
        if self.running.is_empty() {
            self.running.extend(volume.aggregates.iter().map(Running::new));
        }
        for (running, aggregate) in self.running.iter_mut().zip(&volume.aggregates) {
            let arg = aggregate.arg.map_or(Raw::NULL, |i| args[i]);
            running.add(t, arg, || hash(arg));
        }
    }

    /// Computes the open bucket's amount anew: before and after, in units.
    pub fn measure(&mut self, volume: &Volume) -> (i64, i64) {
        let before = self.amount.unwrap_or(0);
        let amount = match (&volume.amount, self.running.as_slice()) {
            (Term::Aggregate(0), [Running::Count(n)]) => Some(*n as f64),
            (term, running) => {
                let values: SmallVec<[Value; 2]> = running.iter().map(Running::value).collect();
                let arena = Arena::new();
                number(&term.value(&mut Cx::new(&values, &[], &mut no_answers, &arena)))
            }
        };
        self.amount = amount.map(|x| (x * UNIT).clamp(-GREATEST, GREATEST).round() as i64);
        (before, self.amount.unwrap_or(0))
    }

    /// The usual at the open bucket, of a group that began in `first`.
    pub fn usual(&self, first: i64, reach: i64) -> Option<Usual> {
        usual((self.bucket - first).min(reach), self.sum, self.squares)
    }

    pub fn bytes(&self) -> usize {
        let spilled = if self.running.spilled() { self.running.capacity() * size_of::<Running>() } else { 0 };
        let hashes: usize = self
            .running
            .iter()
            .map(|r| if let Running::Distinct { hashes, .. } = r { hashes.capacity() * 8 } else { 0 })
            .sum();
        self.past.capacity() * 16 + spilled + hashes
    }
}

/// An amount in units as a number.
pub(super) fn in_ones(amount: i64) -> f64 {
    amount as f64 / UNIT
}

/// A volume of an account: of every bucket what its groups' amounts sum up to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct AccountVolume {
    /// The open bucket.
    pub bucket: i64,
    /// Sum and sum of squares of the open bucket.
    pub open: (i128, i128),
    /// Of buckets before, in order.
    pub past: VecDeque<(i64, i128, i128)>,
    sum: i128,
    squares: i128,
    /// In which buckets groups began that have not the full reach behind them yet.
    births: VecDeque<(i64, i64)>,
    young: i64,
    /// Sum of the buckets in which these began.
    young_since: i128,
    /// Groups with the full reach behind them.
    old: i64,
}

impl AccountVolume {
    /// Nothing yet; this bucket is open.
    pub fn new(bucket: i64) -> Self {
        Self { bucket, ..Self::default() }
    }

    pub fn roll(&mut self, bucket: i64, reach: i64) {
        if bucket > self.bucket {
            let (sum, squares) = std::mem::take(&mut self.open);
            if (sum, squares) != (0, 0) {
                self.remember(self.bucket, sum, squares);
            }
            self.bucket = bucket;
        }
        while let Some(&(first, sum, squares)) = self.past.front()
            && first < bucket - reach
        {
            self.past.pop_front();
            self.sum -= sum;
            self.squares -= squares;
        }
        while let Some(&(first, n)) = self.births.front()
            && first <= bucket - reach
        {
            self.births.pop_front();
            self.young -= n;
            self.young_since -= i128::from(first) * i128::from(n);
            self.old += n;
        }
    }

    pub fn remember(&mut self, bucket: i64, sum: i128, squares: i128) {
        self.past.push_back((bucket, sum, squares));
        self.sum += sum;
        self.squares += squares;
    }

    /// An amount of the open bucket went from one to another.
    pub fn change(&mut self, (before, after): (i64, i64)) {
        let (before, after) = (i128::from(before), i128::from(after));
        self.open.0 += after - before;
        self.open.1 = self.open.1.saturating_add(after * after - before * before);
    }

    /// A group is there since this bucket.
    pub fn born(&mut self, first: i64, reach: i64) {
        if first <= self.bucket - reach {
            self.old += 1;
            return;
        }
        self.young += 1;
        self.young_since += i128::from(first);
        match self.births.binary_search_by_key(&first, |b| b.0) {
            Ok(at) => self.births[at].1 += 1,
            Err(at) => self.births.insert(at, (first, 1)),
        }
    }

    /// A group that began in this bucket is no more.
    pub fn died(&mut self, first: i64) {
        match self.births.binary_search_by_key(&first, |b| b.0) {
            Ok(at) => {
                self.births[at].1 -= 1;
                if self.births[at].1 == 0 {
                    self.births.remove(at);
                }
                self.young -= 1;
                self.young_since -= i128::from(first);
            }
            Err(_) => self.old -= 1,
        }
    }

    /// What a group that is no more had in a bucket goes.
    pub fn leave(&mut self, bucket: i64, amount: i64) {
        if bucket == self.bucket {
            self.change((amount, 0));
        } else if let Ok(at) = self.past.binary_search_by_key(&bucket, |p| p.0) {
            let (amount, square) = (i128::from(amount), i128::from(amount).pow(2));
            self.past[at].1 -= amount;
            self.past[at].2 -= square;
            self.sum -= amount;
            self.squares -= square;
        }
    }

    /// Forgets which groups there are, to be told anew.
    pub fn unborn(&mut self) {
        self.births.clear();
        (self.young, self.young_since, self.old) = (0, 0, 0);
    }

    /// The usual at the open bucket.
    pub fn usual(&self, reach: i64) -> Option<Usual> {
        let n = i128::from(reach) * i128::from(self.old) + i128::from(self.bucket) * i128::from(self.young)
            - self.young_since;
        usual(i64::try_from(n).unwrap_or(i64::MAX), self.sum, self.squares)
    }

    pub fn bytes(&self) -> usize {
        self.past.capacity() * 48 + self.births.capacity() * 16
    }
}
