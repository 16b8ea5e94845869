//! Many sorted cursors -> one order, equal records once.

use std::io;

use super::runs::Cursor;

/// A heap of cursors, by the record each is at.
pub struct Merge {
    /// Cursors that are at a record; a binary heap with the least one first.
    heap: Vec<Cursor>,
    /// What was told last.
    last: Vec<u8>,
    /// Whether anything was told yet.
    begun: bool,
}

impl Merge {
    /// Of cursors that stand before their first record.
    pub fn new(cursors: Vec<Cursor>) -> io::Result<Self> {
        let mut heap = Vec::with_capacity(cursors.len());
        for mut cursor in cursors {
            if cursor.advance()? {
                heap.push(cursor);
            }
        }
        let mut merge = Self { heap, last: Vec::new(), begun: false };
        (0..merge.heap.len() / 2).rev().for_each(|i| merge.sink(i));
        Ok(merge)
    }

    /// Lets the cursor at a place of the heap sink to where it belongs.
    fn sink(&mut self, mut at: usize) {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let Some(mut least) = self.heap.get(left).map(|_| left) else { return };
            if self.heap.get(right).is_some_and(|r| r.item() < self.heap[left].item()) {
                least = right;
            }
            if self.heap[at].item() <= self.heap[least].item() {
                return;
            }
            self.heap.swap(at, least);
            at = least;
        }
    }

    /// The next record.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            let Some(first) = self.heap.first_mut() else { return Ok(None) };
            let new = !self.begun || first.item() != self.last;
            if new {
                self.last.clear();
                self.last.extend_from_slice(first.item());
                self.begun = true;
            }
            if !first.advance()? {
                self.heap.swap_remove(0);
            }
            self.sink(0);
            if new {
                return Ok(Some(&self.last));
            }
        }
    }
}
