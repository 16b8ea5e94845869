//! The N smallest of a set, and whether there were more: bounded, and the same for any order of arrival.

use std::collections::BTreeSet;

/// At most `N` distinct items, the smallest of all that were ever inserted.
#[derive(Debug, Clone)]
pub struct Bounded<T, const N: usize> {
    items: BTreeSet<T>,
    truncated: bool,
}

impl<T: Ord, const N: usize> Bounded<T, N> {
    /// Adds one item.
    pub fn insert(&mut self, item: T) {
        if self.items.len() >= N && self.items.last().is_some_and(|last| item > *last) {
            self.truncated = true;
            return;
        }
        self.items.insert(item);
        if self.items.len() > N {
            self.items.pop_last();
            self.truncated = true;
        }
    }

    /// Adds all of another set, and its truncation.
    pub fn absorb(&mut self, other: Self) {
        self.truncated |= other.truncated;
        other.items.into_iter().for_each(|item| self.insert(item));
    }

    /// What it holds: for storing.
    pub fn parts(&self) -> (&BTreeSet<T>, bool) {
        (&self.items, self.truncated)
    }

    /// From what it held; none if that are too many.
    pub fn of_parts(items: BTreeSet<T>, truncated: bool) -> Option<Self> {
        (items.len() <= N).then_some(Self { items, truncated })
    }

    /// The items, smallest first, and whether more than `N` distinct ones were inserted.
    pub fn finish(self) -> (Vec<T>, bool) {
        (self.items.into_iter().collect(), self.truncated)
    }
}

impl<T, const N: usize> Default for Bounded<T, N> {
    fn default() -> Self {
        Self { items: BTreeSet::new(), truncated: false }
    }
}

#[cfg(test)]
mod tests {
    use super::Bounded;

    #[test]
    fn keeps_the_smallest_and_says_so() {
        let mut a = Bounded::<u8, 3>::default();
        [5, 1, 5, 9].into_iter().for_each(|n| a.insert(n));
        assert_eq!(a.clone().finish(), (vec![1, 5, 9], false));
        a.insert(9);
        assert_eq!(a.clone().finish(), (vec![1, 5, 9], false));
        let mut b = Bounded::<u8, 3>::default();
        b.insert(4);
        b.absorb(a);
        assert_eq!(b.finish(), (vec![1, 4, 5], true));
    }
}
