//! Rows found by a keyed hash: a slab with a chain for the hashes that meet.

use super::group::{Account, Group, NIL};
use super::keyed::ByHash;

/// What stands in a table.
pub(super) trait Row {
    fn hash(&self) -> u64;
    fn same(&mut self) -> &mut u32;
    fn next(&self) -> u32;
    fn is(&self, owner: u32, key: &[u8]) -> bool;
}

#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    rows: Vec<Option<T>>,
    free: Vec<u32>,
    heads: ByHash<u32>,
}

impl<T: Row> Table<T> {
    pub fn new() -> Self {
        Self { rows: Vec::new(), free: Vec::new(), heads: ByHash::default() }
    }

    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// Places, empty ones too.
    pub fn places(&self) -> usize {
        self.rows.len()
    }

    pub fn find(&self, hash: u64, owner: u32, key: &[u8]) -> Option<u32> {
        let mut at = *self.heads.get(&hash)?;
        while let Some(row) = self.get(at) {
            if row.is(owner, key) {
                return Some(at);
            }
            at = row.next();
        }
        None
    }

    pub fn get(&self, at: u32) -> Option<&T> {
        self.rows.get(at as usize)?.as_ref()
    }

    pub fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.rows.get_mut(at as usize)?.as_mut()
    }

    pub fn insert(&mut self, mut row: T) -> u32 {
        let at = self.free.pop().unwrap_or(self.rows.len() as u32);
        *row.same() = self.heads.insert(row.hash(), at).unwrap_or(NIL);
        match self.rows.get_mut(at as usize) {
            Some(place) => *place = Some(row),
            None => self.rows.push(Some(row)),
        }
        at
    }

    pub fn remove(&mut self, at: u32) -> Option<T> {
        let row = self.rows.get_mut(at as usize)?.take()?;
        self.free.push(at);
        let (hash, next) = (row.hash(), row.next());
        match self.heads.get_mut(&hash) {
            Some(head) if *head == at && next == NIL => drop(self.heads.remove(&hash)),
            Some(head) if *head == at => *head = next,
            Some(head) => {
                let mut before = *head;
                while let Some(row) = self.get_mut(before) {
                    if row.next() == at {
                        *row.same() = next;
                        break;
                    }
                    before = row.next();
                }
            }
            None => {}
        }
        Some(row)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.rows.iter().enumerate().filter_map(|(at, row)| Some((at as u32, row.as_ref()?)))
    }

    /// Bytes of the table itself, about.
    pub fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<Option<T>>() + self.free.capacity() * 4 + self.heads.capacity() * 17
    }
}

impl<T: Row> std::ops::Index<u32> for Table<T> {
    type Output = T;

    fn index(&self, at: u32) -> &T {
        self.get(at).expect("a row that is referred to is there")
    }
}

impl<T: Row> std::ops::IndexMut<u32> for Table<T> {
    fn index_mut(&mut self, at: u32) -> &mut T {
        self.get_mut(at).expect("a row that is referred to is there")
    }
}

macro_rules! row {
    ($t:ty, |$row:ident, $owner:ident| $owned:expr) => {
        impl Row for $t {
            fn hash(&self) -> u64 {
                self.hash
            }
            fn same(&mut self) -> &mut u32 {
                &mut self.same
            }
            fn next(&self) -> u32 {
                self.same
            }
            fn is(&self, $owner: u32, key: &[u8]) -> bool {
                let $row = self;
                $owned && *self.key == *key
            }
        }
    };
}
row!(Group, |row, owner| row.account == owner);
row!(Account, |_row, _owner| true);
