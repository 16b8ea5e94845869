//! The events that a group keeps, in order of time and identity. Each is kept while an aggregate needs it: its *roles*.

use std::ops::Range;

use super::column::{ABSENT, Cell, Kind, put_signed, signed};
use super::fold::Fold;
use super::spec::AggregateOp;
use crate::value::Time;
use crate::value::bytes::{Bytes, put_number};

/// Aggregates of a rule that are kept; further ones are absent.
pub const ROLES: usize = 62;

/// Set of an event that a match has named.
const NAMED: u64 = 1;

/// The bit of an aggregate.
fn role(aggregate: usize) -> u64 {
    2 << aggregate
}

/// Events, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    /// Before it everything is gone.
    head: usize,
    times: Vec<i64>,
    ids: Vec<u128>,
    flags: Vec<u64>,
    /// So many cells an event as there are columns.
    cells: Vec<Cell>,
    columns: usize,
    /// Of each aggregate, how many events it needs.
    held: Vec<u32>,
    /// Of each aggregate, before which place there is none.
    cursors: Vec<usize>,
    unnamed: usize,
    /// From the head on, events that nobody needs any more.
    dead: usize,
    /// Of each aggregate that was folded over many events, what each full block of places came to.
    blocks: Vec<Vec<Fold>>,
}

/// Places of a block.
const BLOCK: usize = 64;

impl Ring {
    /// Nothing, for so many aggregates and columns.
    #[must_use]
    pub fn new(aggregates: usize, columns: usize) -> Ring {
        Ring { columns, held: vec![0; aggregates], cursors: vec![0; aggregates], ..Ring::default() }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.times.clear();
        self.ids.clear();
        self.flags.clear();
        self.cells.clear();
        self.held.fill(0);
        self.cursors.fill(0);
        self.blocks.clear();
        (self.head, self.unnamed, self.dead) = (0, 0, 0);
    }

    /// How many events are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len() - self.head - self.dead
    }

    /// Of an aggregate, how many events are kept for it.
    #[must_use]
    pub fn held(&self, aggregate: usize) -> u32 {
        self.held[aggregate]
    }

    /// The earliest time kept.
    #[must_use]
    pub fn first(&self) -> Option<i64> {
        self.places().next().map(|at| self.times[at])
    }

    /// Forgets what is not later than an instant.
    pub fn trim(&mut self, after: i64) {
        while self.head < self.times.len() && (self.times[self.head] <= after || self.flags[self.head] <= NAMED) {
            let flags = self.flags[self.head];
            if flags <= NAMED {
                self.dead -= 1;
            } else {
                for (aggregate, held) in self.held.iter_mut().enumerate() {
                    *held -= u32::from(flags & role(aggregate) > 0);
                }
                self.unnamed -= usize::from(flags & NAMED == 0);
            }
            self.head += 1;
        }
        self.tidy();
    }

    /// Takes less room, where much of it is of events that are gone. Places change.
    pub fn tidy(&mut self) {
        if self.head + self.dead == self.times.len() {
            self.clear();
        } else if self.head + self.dead > 64 + self.len() {
            self.compact();
        }
    }

    /// The place of the next event.
    #[must_use]
    pub fn end(&self) -> usize {
        self.times.len()
    }

    /// Keeps an event for no aggregate yet; its place.
    pub fn push(&mut self, time: i64, id: u128, cells: &[Cell]) -> usize {
        self.times.push(time);
        self.ids.push(id);
        self.flags.push(0);
        self.cells.extend_from_slice(cells);
        self.dead += 1;
        self.times.len() - 1
    }

    /// Keeps an event for an aggregate.
    pub fn take(&mut self, at: usize, aggregate: usize) {
        if self.flags[at] <= NAMED {
            self.dead -= 1;
            self.unnamed += usize::from(self.flags[at] & NAMED == 0);
        }
        self.flags[at] |= role(aggregate);
        self.held[aggregate] += 1;
    }

    /// An aggregate no longer needs an event.
    pub fn release(&mut self, at: usize, aggregate: usize) {
        self.flags[at] &= !role(aggregate);
        self.held[aggregate] -= 1;
        if self.flags[at] <= NAMED {
            self.dead += 1;
            self.unnamed -= usize::from(self.flags[at] & NAMED == 0);
        }
    }

    /// Of the events kept for an aggregate, the place of the oldest.
    pub fn oldest(&mut self, aggregate: usize) -> Option<usize> {
        let mut at = self.cursors[aggregate].max(self.head);
        while at < self.times.len() && self.flags[at] & role(aggregate) == 0 {
            at += 1;
        }
        self.cursors[aggregate] = at;
        (at < self.times.len()).then_some(at)
    }

    /// Of the events kept for an aggregate, the place of the newest with a value.
    #[must_use]
    pub fn newest_with(&self, aggregate: usize, column: usize, cell: Cell) -> Option<usize> {
        let from = self.cursors[aggregate].max(self.head);
        (from..self.times.len())
            .rev()
            .find(|&at| self.cells[at * self.columns + column] == cell && self.flags[at] & role(aggregate) > 0)
    }

    /// The events kept for an aggregate, in order: time and, if there is a column, value.
    pub fn of(&self, aggregate: usize, column: Option<usize>) -> impl Iterator<Item = (i64, Cell)> {
        let from = self.cursors[aggregate].max(self.head);
        (from..self.times.len())
            .filter(move |&at| self.flags[at] & role(aggregate) > 0)
            .map(move |at| (self.times[at], column.map_or(ABSENT, |column| self.cells[at * self.columns + column])))
    }

    /// What an aggregate comes to over the events kept for it, which are let go of from the oldest on only.
    pub fn fold(&mut self, op: AggregateOp, aggregate: usize, column: Option<usize>) -> Fold {
        let Some(oldest) = self.oldest(aggregate) else { return Fold::new(op) };
        let (from, to) = (oldest.div_ceil(BLOCK), self.times.len() / BLOCK);
        if to < from + 4 {
            return self.fold_places(op, aggregate, column, oldest..self.times.len());
        }
        if self.blocks.len() <= aggregate {
            self.blocks.resize(aggregate + 1, Vec::new());
        }
        let mut blocks = std::mem::take(&mut self.blocks[aggregate]);
        for block in blocks.len()..to {
            blocks.push(self.fold_places(op, aggregate, column, block * BLOCK..(block + 1) * BLOCK));
        }
        let mut all = self.fold_places(op, aggregate, column, oldest..from * BLOCK);
        blocks[from..to].iter().for_each(|block| all.merge(block));
        all.merge(&self.fold_places(op, aggregate, column, to * BLOCK..self.times.len()));
        self.blocks[aggregate] = blocks;
        // Sums of floats depend on the order of addition; where blocks lie must not show.
        if all.is_exact() { all } else { self.fold_places(op, aggregate, column, oldest..self.times.len()) }
    }

    fn fold_places(&self, op: AggregateOp, aggregate: usize, column: Option<usize>, places: Range<usize>) -> Fold {
        let mut fold = Fold::new(op);
        for at in places.filter(|&at| self.flags[at] & role(aggregate) > 0) {
            let (time, cell) = self.event(at, column);
            fold.add(time, cell);
        }
        fold
    }

    /// Time and value of the event at a place.
    #[must_use]
    pub fn event(&self, at: usize, column: Option<usize>) -> (i64, Cell) {
        (self.times[at], column.map_or(ABSENT, |column| self.cells[at * self.columns + column]))
    }

    /// Names every event before a place that no match has named yet; the oldest first.
    pub fn name(&mut self, before: usize, out: &mut Vec<(Time, u128)>) {
        let from = out.len();
        for at in (self.head..before.min(self.times.len())).rev() {
            if self.unnamed == 0 {
                break;
            }
            if self.flags[at] > NAMED && self.flags[at] & NAMED == 0 {
                self.flags[at] |= NAMED;
                self.unnamed -= 1;
                out.push((Time(self.times[at]), self.ids[at]));
            }
        }
        out[from..].reverse();
    }

    /// The event at a place counts as named.
    pub fn name_one(&mut self, at: usize) {
        if self.flags[at] & NAMED == 0 {
            self.unnamed -= usize::from(self.flags[at] > NAMED);
            self.flags[at] |= NAMED;
        }
    }

    /// An event counts as not named.
    pub fn unname(&mut self, time: i64, id: u128) {
        let from = self.head + self.times[self.head..].partition_point(|&t| t < time);
        let tie = (from..self.times.len()).take_while(|&at| self.times[at] == time);
        for at in tie {
            if self.ids[at] == id && self.flags[at] > NAMED && self.flags[at] & NAMED > 0 {
                self.flags[at] &= !NAMED;
                self.unnamed += 1;
            }
        }
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.times.capacity() * 16 + (self.ids.capacity() + self.cells.capacity()) * 16 + self.held.capacity() * 12
    }

    /// Appends the events; `from` is a time not before the last of them.
    pub fn save(&self, from: i64, kinds: &[Kind], out: &mut Vec<u8>) {
        put_number(out, self.len() as u64);
        let mut before = None;
        for at in self.places() {
            let time = self.times[at];
            match before {
                None => put_signed(out, from.wrapping_sub(time)),
                Some(before) => put_number(out, time.wrapping_sub(before) as u64),
            }
            before = Some(time);
            out.extend_from_slice(&self.ids[at].to_le_bytes());
            put_number(out, self.flags[at]);
            for (column, kind) in kinds.iter().enumerate() {
                kind.save(self.cells[at * self.columns + column], out);
            }
        }
    }

    /// Reads what [`save`](Self::save) wrote into this empty ring.
    pub fn load(&mut self, from: i64, kinds: &[Kind], bytes: &mut Bytes<'_>) -> Option<()> {
        let all = (role(self.held.len()) - 1) & !NAMED;
        let mut time = None;
        for _ in 0..bytes.number()? {
            let now = match time {
                None => from.wrapping_sub(signed(bytes)?),
                Some(before) => i64::wrapping_add(before, bytes.number()? as i64),
            };
            if time.is_some_and(|before| now < before) {
                return None;
            }
            time = Some(now);
            let id = u128::from_le_bytes(bytes.take(16)?.try_into().ok()?);
            let flags = bytes.number()?;
            if flags & all == 0 || flags & !all > NAMED {
                return None;
            }
            for kind in kinds {
                self.cells.push(kind.load(bytes)?);
            }
            self.times.push(now);
            self.ids.push(id);
            self.flags.push(flags);
            for (aggregate, held) in self.held.iter_mut().enumerate() {
                *held += u32::from(flags & role(aggregate) > 0);
            }
            self.unnamed += usize::from(flags & NAMED == 0);
        }
        Some(())
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        (self.head..self.times.len()).filter(|&at| self.flags[at] > NAMED)
    }

    fn compact(&mut self) {
        let mut to = 0;
        for at in self.head..self.times.len() {
            if self.flags[at] <= NAMED {
                continue;
            }
            (self.times[to], self.ids[to], self.flags[to]) = (self.times[at], self.ids[at], self.flags[at]);
            self.cells.copy_within(at * self.columns..(at + 1) * self.columns, to * self.columns);
            to += 1;
        }
        self.times.truncate(to);
        self.ids.truncate(to);
        self.flags.truncate(to);
        self.cells.truncate(to * self.columns);
        self.cursors.fill(0);
        self.blocks.clear();
        (self.head, self.dead) = (0, 0);
    }
}
