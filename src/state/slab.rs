//! Many small byte strings without an allocation each: blocks of a size class lie in pages, a handle takes four bytes.

/// A string's place. It is given back by [`Slab::free`]; a copy of it must not be used afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(u32);

/// Sizes of blocks, length included. What is longer stands by itself.
const SIZES: [usize; 28] = [
    16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 112, 128, 144, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896,
    1024, 1536, 2048,
];
/// The class of what stands by itself.
const ALONE: u32 = SIZES.len() as u32;
/// The class of handles that a user of the slab gives meaning to.
const OTHER: u32 = ALONE + 1;
/// Bits of a handle that number the block of its class.
const INDEX: u32 = 27;
/// Blocks of a class's first page; each page has twice the one before, so that the table of pages stays small.
const FIRST: usize = 64;
/// From this page on all have as many.
const EQUAL: usize = 6;

impl Handle {
    /// A handle of no block that carries a number.
    #[must_use]
    pub fn other(number: u32) -> Handle {
        Handle::new(OTHER, number)
    }

    /// The number of a handle made by [`other`](Self::other).
    #[must_use]
    pub fn as_other(self) -> Option<u32> {
        (self.0 >> INDEX == OTHER).then_some(self.index() as u32)
    }

    fn new(class: u32, index: u32) -> Handle {
        assert!(index >> INDEX == 0, "a slab holds at most 2^27 blocks of a size");
        Handle(class << INDEX | index)
    }

    fn class(self) -> usize {
        (self.0 >> INDEX) as usize
    }

    fn index(self) -> usize {
        (self.0 & ((1 << INDEX) - 1)) as usize
    }
}

/// The strings.
#[derive(Debug, Default)]
pub struct Slab {
    classes: [Class; SIZES.len()],
    alone: Vec<Box<[u8]>>,
    alone_free: Vec<u32>,
    alone_bytes: usize,
}

#[derive(Debug, Default)]
struct Class {
    pages: Vec<Box<[u8]>>,
    used: u32,
    free: Vec<u32>,
}

impl Slab {
    /// Keeps a copy of a string.
    pub fn put(&mut self, bytes: &[u8]) -> Handle {
        let Some(class) = class_of(bytes.len()) else {
            self.alone_bytes += bytes.len();
            return match self.alone_free.pop() {
                Some(at) => {
                    self.alone[at as usize] = Box::from(bytes);
                    Handle::new(ALONE, at)
                }
                None => {
                    self.alone.push(Box::from(bytes));
                    Handle::new(ALONE, (self.alone.len() - 1) as u32)
                }
            };
        };
        let size = SIZES[class];
        let blocks = &mut self.classes[class];
        let at = blocks.free.pop().unwrap_or_else(|| {
            blocks.used += 1;
            blocks.used - 1
        });
        let (page, _) = place(at as usize);
        if page == blocks.pages.len() {
            blocks.pages.push(vec![0; size * blocks_of(page)].into_boxed_slice());
        }
        let handle = Handle::new(class as u32, at);
        write(self.block(handle), bytes);
        handle
    }

    /// Replaces a string; the handle may change.
    pub fn replace(&mut self, handle: Handle, bytes: &[u8]) -> Handle {
        if class_of(bytes.len()) == Some(handle.class()) {
            write(self.block(handle), bytes);
            return handle;
        }
        self.free(handle);
        self.put(bytes)
    }

    /// The string.
    #[must_use]
    pub fn get(&self, handle: Handle) -> &[u8] {
        if handle.class() == ALONE as usize {
            return &self.alone[handle.index()];
        }
        let size = SIZES[handle.class()];
        let (page, at) = place(handle.index());
        let block = &self.classes[handle.class()].pages[page][at * size..(at + 1) * size];
        let length = usize::from(u16::from_le_bytes([block[0], block[1]]));
        &block[2..2 + length]
    }

    /// Gives a string back.
    pub fn free(&mut self, handle: Handle) {
        if handle.class() == ALONE as usize {
            self.alone_bytes -= self.alone[handle.index()].len();
            self.alone[handle.index()] = Box::default();
            self.alone_free.push(handle.index() as u32);
        } else if let Some(class) = self.classes.get_mut(handle.class()) {
            class.free.push(handle.index() as u32);
        }
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let classes = self.classes.iter().zip(SIZES).map(|(class, size)| {
            let pages = (0..class.pages.len()).map(|page| blocks_of(page) * size + size_of::<Box<[u8]>>());
            pages.sum::<usize>() + class.free.capacity() * size_of::<u32>()
        });
        classes.sum::<usize>() + self.alone_bytes + self.alone.capacity() * size_of::<Box<[u8]>>()
    }

    fn block(&mut self, handle: Handle) -> &mut [u8] {
        let size = SIZES[handle.class()];
        let (page, at) = place(handle.index());
        &mut self.classes[handle.class()].pages[page][at * size..(at + 1) * size]
    }
}

/// How many blocks a page has.
fn blocks_of(page: usize) -> usize {
    FIRST << page.min(EQUAL)
}

/// The page of a block, and its place there.
fn place(index: usize) -> (usize, usize) {
    // Blocks of all pages that are smaller than the largest.
    const SMALLER: usize = FIRST * ((1 << EQUAL) - 1);
    match index.checked_sub(SMALLER) {
        Some(rest) => (EQUAL + rest / (FIRST << EQUAL), rest % (FIRST << EQUAL)),
        None => {
            let page = (index / FIRST + 1).ilog2() as usize;
            (page, index - FIRST * ((1 << page) - 1))
        }
    }
}

fn write(block: &mut [u8], bytes: &[u8]) {
    block[..2].copy_from_slice(&(bytes.len() as u16).to_le_bytes());
    block[2..2 + bytes.len()].copy_from_slice(bytes);
}

/// The class of a string of that length.
fn class_of(length: usize) -> Option<usize> {
    let class = SIZES.partition_point(|&size| size < length + 2);
    (class < SIZES.len()).then_some(class)
}

#[cfg(test)]
mod tests {
    use super::{Handle, Slab};

    #[test]
    fn what_is_put_is_found_until_it_is_freed() {
        let mut slab = Slab::default();
        let text = |n: usize, fill: u8| vec![fill; n];
        let lengths = [0, 1, 14, 15, 22, 23, 100, 1000, 2046, 2047, 5000];
        let mut handles: Vec<(Handle, Vec<u8>)> = Vec::new();
        for round in 0..200usize {
            let bytes = text(lengths[round % lengths.len()], round as u8);
            handles.push((slab.put(&bytes), bytes));
            if round % 3 == 0 {
                let at = (round * 7) % handles.len();
                let bytes = text(lengths[(round / 3) % lengths.len()], 255 - round as u8);
                handles[at] = (slab.replace(handles[at].0, &bytes), bytes);
            }
            if round % 5 == 0 {
                let (handle, _) = handles.swap_remove((round * 3) % handles.len());
                slab.free(handle);
            }
            for (handle, bytes) in &handles {
                assert_eq!(slab.get(*handle), bytes.as_slice());
            }
        }
        let full = slab.bytes();
        for (handle, _) in handles.drain(..) {
            slab.free(handle);
        }
        for round in 0..100 {
            handles.push((slab.put(&text(20, round)), text(20, round)));
        }
        assert!(slab.bytes() <= full + 4096, "freed blocks are used again");
        assert_eq!(Handle::other(9).as_other(), Some(9));
        assert_eq!(handles[0].0.as_other(), None);
    }
}
