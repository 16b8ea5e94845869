//! What does not fit into the exact part of a pool: a table by 32 bits of the hash with times in whole seconds, of bounded
//! size. A value is wrongly taken for a remembered one with a probability of (values in it) / 2³², at most 1 in 65 536;
//! runs begin and end up to a second later; once it is full, of eight neighbours the one seen longest ago makes room.

use super::pool::{Rules, Seen, hour};

/// Most values of a filter: 1 MiB.
pub(super) const MOST: usize = 65_536;
/// A new one makes room for so many.
const FIRST: usize = 1024;
/// Neighbours that a value may stand in.
const WAYS: usize = 8;

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    /// 0: empty.
    print: u32,
    /// Seconds since the filter's beginning.
    start: u32,
    last: u32,
    /// Hours with a sighting.
    hours: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    /// Its first instant, in milliseconds.
    since: i64,
    cells: Vec<Cell>,
    len: usize,
    /// Hours of all in it.
    pub hours: u64,
    /// The next cell that is looked at for age.
    sweep: usize,
}

impl Filter {
    pub fn new(t: i64) -> Self {
        Self { since: t, cells: vec![Cell::default(); FIRST], len: 0, hours: 0, sweep: 0 }
    }

    /// Values in it, some of them perhaps past.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>() + size_of::<Self>()
    }

    pub fn has(&self, hash: u64, t: i64, rules: Rules) -> bool {
        self.find(print(hash)).is_some_and(|at| !self.past(at, t, rules))
    }

    pub fn seen(&self, hash: u64, t: i64, rules: Rules) -> Seen {
        match self.find(print(hash)) {
            Some(at) if !self.past(at, t, rules) => {
                let c = self.cells[at];
                let known = t.saturating_sub(self.since) - i64::from(c.start) * 1000 >= rules.settle;
                Seen { known, hours: c.hours }
            }
            _ => Seen::default(),
        }
    }

    /// A sighting; whether it begins a run.
    pub fn sight(&mut self, hash: u64, t: i64, rules: Rules) -> bool {
        for _ in 0..4 {
            self.sweep = (self.sweep + 1) % self.cells.len();
            if self.cells[self.sweep].print != 0 && self.past(self.sweep, t, rules) {
                self.clear(self.sweep);
            }
        }
        let now = u32::try_from((t.saturating_sub(self.since) + 999) / 1000).unwrap_or(u32::MAX);
        let print = print(hash);
        if let Some(at) = self.find(print) {
            if self.past(at, t, rules) {
                self.clear(at);
                self.fill(at, Cell { print, start: now, last: now, hours: 1 });
                return true;
            }
            let since = self.since;
            let c = &mut self.cells[at];
            let another = hour(t) != hour(since.saturating_add(i64::from(c.last) * 1000));
            c.last = now;
            c.hours += u32::from(another);
            self.hours += u64::from(another);
            return false;
        }
        while self.cells.len() < MOST && self.ways(print).all(|at| self.cells[at].print != 0) {
            self.grow();
        }
        self.put(Cell { print, start: now, last: now, hours: 1 });
        true
    }

    fn past(&self, at: usize, t: i64, rules: Rules) -> bool {
        t.saturating_sub(self.since) - i64::from(self.cells[at].last) * 1000 > rules.remember
    }

    /// Values stand in their home cell or one of the seven behind it.
    fn ways(&self, print: u32) -> impl Iterator<Item = usize> + use<> {
        let mask = self.cells.len() - 1;
        (0..WAYS).map(move |i| (print as usize + i) & mask)
    }

    fn find(&self, print: u32) -> Option<usize> {
        self.ways(print).find(|&at| self.cells[at].print == print)
    }

    fn clear(&mut self, at: usize) {
        let c = std::mem::take(&mut self.cells[at]);
        self.len -= usize::from(c.print != 0);
        self.hours -= u64::from(c.hours);
    }

    fn fill(&mut self, at: usize, cell: Cell) {
        self.clear(at);
        self.len += 1;
        self.hours += u64::from(cell.hours);
        self.cells[at] = cell;
    }

    fn put(&mut self, cell: Cell) {
        let room = self.ways(cell.print).min_by_key(|&at| match self.cells[at] {
            Cell { print: 0, .. } => None,
            taken => Some(taken.last),
        });
        let at = room.expect("a value has eight ways");
        self.fill(at, cell);
    }

    fn grow(&mut self) {
        let double = vec![Cell::default(); 2 * self.cells.len()];
        let old = std::mem::replace(&mut self.cells, double);
        (self.len, self.hours) = (0, 0);
        for cell in old.into_iter().filter(|c| c.print != 0) {
            self.put(cell);
        }
    }

    pub fn save(&self, out: &mut Vec<u8>) {
        use crate::value::bytes::put_number;
        out.extend_from_slice(&self.since.to_le_bytes());
        put_number(out, self.cells.len() as u64);
        put_number(out, self.sweep as u64);
        put_number(out, self.len as u64);
        for (at, c) in self.cells.iter().enumerate().filter(|(_, c)| c.print != 0) {
            put_number(out, at as u64);
            out.extend_from_slice(&c.print.to_le_bytes());
            for n in [c.start, c.last, c.hours] {
                put_number(out, n.into());
            }
        }
    }

    pub fn load(bytes: &mut crate::value::bytes::Bytes<'_>) -> Option<Self> {
        let since = i64::from_le_bytes(bytes.take(8)?.try_into().ok()?);
        let size = usize::try_from(bytes.number()?).ok()?;
        let sweep = usize::try_from(bytes.number()?).ok()?;
        let len = usize::try_from(bytes.number()?).ok()?;
        if !size.is_power_of_two() || !(FIRST..=MOST).contains(&size) || sweep >= size || len > size {
            return None;
        }
        let mut filter = Self { since, cells: vec![Cell::default(); size], len: 0, hours: 0, sweep };
        for _ in 0..len {
            let at = usize::try_from(bytes.number()?).ok()?;
            let print = u32::from_le_bytes(bytes.take(4)?.try_into().ok()?);
            let mut number = || u32::try_from(bytes.number()?).ok();
            let cell = Cell { print, start: number()?, last: number()?, hours: number()? };
            if print == 0 || filter.cells.get(at)?.print != 0 {
                return None;
            }
            filter.fill(at, cell);
        }
        Some(filter)
    }
}

/// The low bits lead in the exact part, so these are the high ones.
fn print(hash: u64) -> u32 {
    ((hash >> 32) as u32).max(1)
}
