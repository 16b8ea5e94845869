//! A small random generator (splitmix64): the same seed gives the same rules and events on every machine.

/// The state.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator of a seed; `lane` separates sets of one seed.
    pub fn new(seed: u64, lane: u64) -> Rng {
        let mut rng = Rng(seed ^ lane.wrapping_mul(0xD1B5_4A32_D192_ED03));
        rng.next();
        rng
    }

    /// 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// A number of a range, both ends in.
    pub fn between(&mut self, least: i64, greatest: i64) -> i64 {
        least + (self.next() % (greatest - least + 1) as u64) as i64
    }

    /// True in that many of a hundred cases.
    pub fn percent(&mut self, n: u64) -> bool {
        self.next() % 100 < n
    }

    /// One of them.
    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// In another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
