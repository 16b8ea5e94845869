//! How often values come, summed up: of all, and of those that come as rarely as one of them.

/// Up to so many are looked through, above that there is a sum for each level.
const MANY: usize = 64;
/// Levels: 2²⁰ hours are more than a century.
const LEVELS: usize = 8 * (20 - 1);

/// The sum of some numbers, which stand elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub all: u64,
    /// The same by level, once there are many.
    levels: Vec<u64>,
}

impl Tally {
    /// A number went from one to another; 0 is none.
    pub fn change(&mut self, before: u32, after: u32) {
        self.all = self.all + u64::from(after) - u64::from(before);
        if !self.levels.is_empty() {
            self.levels[level(before)] -= u64::from(before);
            self.levels[level(after)] += u64::from(after);
        }
    }

    /// There are more or fewer numbers than before: these.
    pub fn resize(&mut self, numbers: impl ExactSizeIterator<Item = u32>) {
        if self.levels.is_empty() && numbers.len() > MANY {
            self.levels = vec![0; LEVELS];
            numbers.for_each(|n| self.levels[level(n)] += u64::from(n));
        } else if numbers.len() <= MANY / 2 {
            self.levels = Vec::new();
        }
    }

    /// The sum of those, of all of these, that are as small as one of them: of its level or below.
    pub fn up_to(&self, most: u32, numbers: impl Iterator<Item = u32>) -> u64 {
        let level = level(most);
        if self.levels.is_empty() {
            numbers.filter(|&n| self::level(n) <= level).map(u64::from).sum()
        } else {
            self.levels[..=level].iter().sum()
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.levels.capacity() * 8
    }
}

/// Numbers are compared by their first four binary digits: each up to 16 is a level, above that each eighth of an octave.
fn level(n: u32) -> usize {
    let octave = n.max(1).ilog2().saturating_sub(3);
    ((octave << 3) + (n >> octave)).min(LEVELS as u32 - 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_rare_is_summed_up_by_four_digits_however_many_there_are() {
        let digits = |n: u32| if n < 16 { n } else { n >> (n.ilog2() - 3) << (n.ilog2() - 3) };
        for a in 1..400 {
            (1..400).for_each(|b| assert_eq!(level(a) <= level(b), digits(a) <= digits(b), "{a} {b}"));
        }
        let (mut tally, mut numbers) = (Tally::default(), Vec::new());
        for step in 0..600u32 {
            if step % 3 == 2 && step > 300 {
                tally.change(numbers.remove(step as usize % numbers.len()), 0);
            } else if step % 4 == 3 {
                let at = step as usize % numbers.len();
                tally.change(numbers[at], numbers[at] + step);
                numbers[at] += step;
            } else {
                numbers.push(step % 50 + 1);
                tally.change(0, step % 50 + 1);
            }
            tally.resize(numbers.iter().copied());
            assert_eq!(tally.all, numbers.iter().copied().map(u64::from).sum::<u64>());
            let own = numbers[step as usize % numbers.len()];
            let rare = numbers.iter().filter(|n| digits(**n) <= digits(own)).map(|n| u64::from(*n)).sum::<u64>();
            assert_eq!(tally.up_to(own, numbers.iter().copied()), rare, "{own} after {step}");
        }
    }
}
