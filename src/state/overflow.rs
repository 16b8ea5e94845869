//! Periods in which groups of a rule made room for others.

use crate::value::Time;
use crate::value::bytes::{Bytes, put_number};

/// A pause so long between two displacements ends a period, in milliseconds: one hour.
const PAUSE: i64 = 3_600_000;

/// A period in which groups were displaced before their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow {
    /// When the first made room.
    pub from: Time,
    /// When the last did.
    pub to: Time,
    /// How many did.
    pub groups: u64,
}

/// Periods that were not told yet, the earliest first.
#[derive(Debug, Default)]
pub struct Overflows(Vec<Overflow>);

impl Overflows {
    /// A group made room; times never go back.
    pub fn displaced(&mut self, at: Time) {
        match self.0.last_mut() {
            Some(last) if at < last.to.plus(PAUSE) => {
                last.to = at;
                last.groups += 1;
            }
            _ => self.0.push(Overflow { from: at, to: at, groups: 1 }),
        }
    }

    /// Takes out the periods that are over at an instant.
    pub fn over(&mut self, at: Time) -> Vec<Overflow> {
        let over = self.0.iter().take_while(|period| period.to.plus(PAUSE) <= at).count();
        self.0.drain(..over).collect()
    }

    /// Appends them all.
    pub fn save(&self, out: &mut Vec<u8>) {
        put_number(out, self.0.len() as u64);
        for period in &self.0 {
            out.extend_from_slice(&period.from.0.to_le_bytes());
            out.extend_from_slice(&period.to.0.to_le_bytes());
            put_number(out, period.groups);
        }
    }

    /// Reads what [`save`](Self::save) wrote.
    pub fn load(bytes: &mut Bytes<'_>) -> Option<Overflows> {
        let mut periods = Vec::new();
        for _ in 0..bytes.number()? {
            let mut time = || Some(Time(i64::from_le_bytes(bytes.take(8)?.try_into().ok()?)));
            let (from, to) = (time()?, time()?);
            periods.push(Overflow { from, to, groups: bytes.number()? });
        }
        Some(Overflows(periods))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_a_period() {
        let mut overflows = Overflows::default();
        for at in [0, 10, PAUSE + 9, 3 * PAUSE] {
            overflows.displaced(Time(at));
        }
        let mut bytes = Vec::new();
        overflows.save(&mut bytes);
        let mut overflows = Overflows::load(&mut Bytes::new(&bytes)).expect("its own bytes");
        assert_eq!(overflows.over(Time(PAUSE)), []);
        let first = Overflow { from: Time(0), to: Time(PAUSE + 9), groups: 3 };
        assert_eq!(overflows.over(Time(3 * PAUSE)), [first]);
        let second = Overflow { from: Time(3 * PAUSE), to: Time(3 * PAUSE), groups: 1 };
        assert_eq!(overflows.over(Time(i64::MAX)), [second]);
        assert_eq!(overflows.over(Time(i64::MAX)), []);
    }
}
