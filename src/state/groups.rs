//! All groups of one rule, whatever its machine: keys, the limit, deadlines, expiry, persistence.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::machine::Machine;
use super::overflow::{Overflow, Overflows};
use super::sip;
use super::slab::{Handle, Slab};
use super::spec::{Fired, Happening};
use crate::value::Time;
use crate::value::bytes::Bytes;

/// At the limit, the least of so many groups makes room.
const SAMPLE: usize = 16;
/// So many slots are looked at for groups that are over, each time a group is stepped.
const SWEEP: usize = 2;
/// The rank of a place without a group.
const EMPTY: u128 = u128::MAX;
/// From so many slots on they do not stay in the processor's caches by themselves.
const MANY: usize = 1 << 14;
/// How many groups are brought near at a time ([`Groups::warm`]).
pub const NEAR: usize = 32;
/// Version of the bytes of a group.
const VERSION: u8 = 1;

/// Takes a key and its state; no state if the group ended.
pub type Changes<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// The groups of a rule.
#[derive(Debug)]
pub struct Groups<M: Machine> {
    machine: M,
    limit: usize,
    hash_key: [u64; 2],
    index: HashTable<u32>,
    slots: Vec<Option<Slot<M::Group>>>,
    free: Vec<u32>,
    keys: Slab,
    queue: BinaryHeap<Reverse<(Time, u32)>>,
    /// The latest time of anything.
    now: Time,
    hand: usize,
    random: u64,
    gone: Vec<Box<[u8]>>,
    overflows: Overflows,
    fired: Vec<Fired>,
}

#[derive(Debug)]
struct Slot<G> {
    /// Its last event.
    last: Time,
    /// When it is as good as new.
    ends: Time,
    key: Handle,
    hash: u32,
    group: G,
    progress: u16,
    /// Changed since it was last exported.
    dirty: bool,
    /// Exported once, so its end must be told as well.
    stored: bool,
}

impl<M: Machine> Groups<M> {
    /// No groups yet, at most `limit`; `seed` keys the hash.
    pub fn new(machine: M, limit: usize, seed: u64) -> Self {
        Self {
            machine,
            limit: limit.max(1),
            hash_key: sip::key(seed),
            index: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            keys: Slab::default(),
            queue: BinaryHeap::new(),
            now: Time(i64::MIN),
            hand: 0,
            random: seed | 1,
            gone: Vec::new(),
            overflows: Overflows::default(),
            fired: Vec::new(),
        }
    }

    /// How many groups wait for an instant at which they are decided though no event comes.
    pub fn waiting(&self) -> usize {
        self.slots.iter().flatten().filter(|slot| self.machine.due(&slot.group).is_some()).count()
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        self.machine.bytes()
            + self.keys.bytes()
            + self.index.allocation_size()
            + self.slots.capacity() * size_of::<Option<Slot<M::Group>>>()
            + (self.free.capacity()) * size_of::<u32>()
            + self.queue.capacity() * size_of::<(Time, u32)>()
    }

    /// Steps all events of a group at one instant.
    pub fn step(&mut self, key: &[u8], at: Time, events: &[Happening<'_>], out: &mut Vec<Fired>) {
        self.now = self.now.max(at);
        self.sweep(SWEEP);
        let hash = self.hash(key);
        if let Some(place) = self.find(key, hash) {
            let Some(slot) = &mut self.slots[place as usize] else { return };
            let before = self.machine.due(&slot.group);
            self.machine.step(&mut slot.group, at, events, out);
            slot.last = at;
            self.settle(place, before);
            return;
        }
        let mut group = self.machine.open();
        self.machine.step(&mut group, at, events, out);
        if self.machine.due(&group).is_none() && self.machine.ends(&group) <= at {
            // Nothing to remember, so nobody makes room for it.
            self.machine.close(group);
        } else {
            self.insert(key, hash, group, at);
        }
    }

    /// Brings groups near that are stepped next. Where there are many, each lies somewhere else in memory, and one
    /// after the other they would be waited for; here no look waits for another group's.
    pub fn warm<'k>(&self, keys: impl Iterator<Item = &'k [u8]>) {
        if self.slots.len() < MANY {
            return;
        }
        let hashes: SmallVec<[u64; NEAR]> = keys.map(|key| spread(self.hash(key))).collect();
        let places: SmallVec<[u32; NEAR]> =
            hashes.iter().filter_map(|&hash| self.index.iter_hash(hash).next().copied()).collect();
        let mut seen = 0;
        let slots: SmallVec<[&Slot<M::Group>; NEAR]> =
            places.iter().filter_map(|&place| self.slots[place as usize].as_ref()).collect();
        slots.iter().for_each(|slot| seen ^= self.keys.get(slot.key).len());
        slots.iter().for_each(|slot| seen ^= usize::from(self.machine.touch(&slot.group)));
        std::hint::black_box(seen);
    }

    /// What would fire if these came: instants in order, each with its events; with the index of the instant. Nothing
    /// is remembered.
    pub fn peek(&mut self, key: &[u8], steps: &[(Time, Vec<Happening<'_>>)], out: &mut Vec<(usize, Fired)>) {
        let found = self.find(key, self.hash(key)).and_then(|place| self.slots[place as usize].as_ref());
        let mut group = match found {
            Some(slot) => self.machine.copy(&slot.group),
            None => self.machine.open(),
        };
        let mut fired = Vec::new();
        for (i, (at, events)) in steps.iter().enumerate() {
            self.machine.step(&mut group, *at, events, &mut fired);
            out.extend(fired.drain(..).map(|f| (i, f)));
        }
        self.machine.close(group);
    }

    /// The next instant at which something is to be decided though no event comes.
    pub fn next_due(&mut self) -> Option<Time> {
        while let Some(&Reverse((at, place))) = self.queue.peek() {
            if self.is_due(place, at) {
                return Some(at);
            }
            self.queue.pop();
        }
        None
    }

    /// Decides what is due at `until` or before, in order of time and key.
    pub fn due(&mut self, until: Time, out: &mut Vec<(Box<[u8]>, Time, Fired)>) {
        let mut places: Vec<u32> = Vec::new();
        while let Some(at) = self.next_due().filter(|&at| at <= until) {
            self.now = self.now.max(at);
            places.clear();
            while let Some(&Reverse((time, place))) = self.queue.peek()
                && time == at
            {
                self.queue.pop();
                if self.is_due(place, at) {
                    places.push(place);
                }
            }
            places.sort_unstable_by(|a, b| self.key(*a).cmp(self.key(*b)));
            places.dedup();
            for &place in &places {
                let Some(slot) = &mut self.slots[place as usize] else { continue };
                self.machine.decide(&mut slot.group, at, &mut self.fired);
                if !self.fired.is_empty() {
                    let key: Box<[u8]> = Box::from(self.keys.get(slot.key));
                    out.extend(self.fired.drain(..).map(|fired| (key.clone(), at, fired)));
                }
                self.settle(place, None);
            }
        }
    }

    /// Says that an occurrence with these events behind it was dropped: a later match names them again.
    pub fn unname(&mut self, key: &[u8], behind: &[(Time, u128)]) {
        if let Some(place) = self.find(key, self.hash(key))
            && let Some(slot) = &mut self.slots[place as usize]
        {
            self.machine.unname(&mut slot.group, behind);
            slot.dirty = true;
        }
    }

    /// Says that nothing before the watermark comes any more, and looks at some groups whether they are over.
    pub fn expire(&mut self, watermark: Time) {
        self.now = self.now.max(watermark);
        self.sweep(64 * SWEEP);
    }

    /// Takes out the periods, over at an instant, in which groups were displaced.
    pub fn overflow(&mut self, at: Time) -> Vec<Overflow> {
        self.overflows.over(at)
    }

    /// How many groups changed or ended since they were last exported.
    pub fn dirty(&self) -> usize {
        self.gone.len() + self.slots.iter().flatten().filter(|slot| slot.dirty).count()
    }

    /// Hands out every group that changed since the last time (or `all`): its key and its state, nothing if it ended.
    pub fn export(&mut self, all: bool, each: &mut Changes<'_>) {
        for key in self.gone.drain(..) {
            each(&key, None);
        }
        let mut bytes = Vec::new();
        for slot in self.slots.iter_mut().flatten().filter(|slot| slot.dirty || all) {
            bytes.clear();
            bytes.push(VERSION);
            bytes.extend_from_slice(&slot.last.0.to_le_bytes());
            self.machine.save(&slot.group, &mut bytes);
            each(self.keys.get(slot.key), Some(&bytes));
            (slot.dirty, slot.stored) = (false, true);
        }
    }

    /// Takes a group in as it was exported; false if the bytes are of another version or damaged.
    #[must_use]
    pub fn import(&mut self, key: &[u8], bytes: &[u8]) -> bool {
        let mut bytes = Bytes::new(bytes);
        let Some((last, group)) = self.read(&mut bytes) else { return false };
        let hash = self.hash(key);
        if !bytes.rest.is_empty() || self.find(key, hash).is_some() {
            self.machine.close(group);
            return false;
        }
        self.now = self.now.max(last);
        let place = self.insert(key, hash, group, last);
        if let Some(slot) = &mut self.slots[place as usize] {
            (slot.dirty, slot.stored) = (false, true);
        }
        true
    }

    /// What belongs to no group: periods of displacement that were not told yet.
    pub fn head(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.overflows.save(&mut out);
        out
    }

    /// Takes in what [`head`](Self::head) gave; false if the bytes are of another version or damaged.
    #[must_use]
    pub fn import_head(&mut self, bytes: &[u8]) -> bool {
        let mut bytes = Bytes::new(bytes);
        if bytes.byte() != Some(VERSION) {
            return false;
        }
        match Overflows::load(&mut bytes) {
            Some(overflows) if bytes.rest.is_empty() => self.overflows = overflows,
            _ => return false,
        }
        true
    }

    fn read(&mut self, bytes: &mut Bytes<'_>) -> Option<(Time, M::Group)> {
        (bytes.byte()? == VERSION).then_some(())?;
        let last = Time(i64::from_le_bytes(bytes.take(8)?.try_into().ok()?));
        Some((last, self.machine.load(bytes)?))
    }

    fn hash(&self, key: &[u8]) -> u32 {
        (sip::hash(self.hash_key, key) >> 32) as u32
    }

    fn find(&self, key: &[u8], hash: u32) -> Option<u32> {
        let same = |place: &u32| {
            self.slots[*place as usize].as_ref().is_some_and(|s| s.hash == hash && self.keys.get(s.key) == key)
        };
        self.index.find(spread(hash), same).copied()
    }

    fn key(&self, place: u32) -> &[u8] {
        self.slots[place as usize].as_ref().map_or(&[], |slot| self.keys.get(slot.key))
    }

    fn is_due(&self, place: u32, at: Time) -> bool {
        let slot = self.slots.get(place as usize).and_then(Option::as_ref);
        slot.is_some_and(|slot| self.machine.due(&slot.group) == Some(at))
    }

    /// A new group of a key that there is not.
    fn insert(&mut self, key: &[u8], hash: u32, group: M::Group, last: Time) -> u32 {
        if self.index.len() >= self.limit {
            self.make_room();
        }
        let slot =
            Slot { last, ends: last, key: self.keys.put(key), hash, group, progress: 0, dirty: true, stored: false };
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = Some(slot);
                place
            }
            None => {
                if self.slots.len() == self.slots.capacity() {
                    let wanted = (self.slots.len().max(8) * 2).min(self.limit.max(self.slots.len() + 1));
                    self.slots.reserve_exact(wanted - self.slots.len());
                }
                self.slots.push(Some(slot));
                (self.slots.len() - 1) as u32
            }
        };
        let slots = &self.slots;
        let rehash = |place: &u32| slots[*place as usize].as_ref().map_or(0, |slot| spread(slot.hash));
        self.index.insert_unique(spread(hash), place, rehash);
        self.settle(place, None);
        place
    }

    /// After a group changed: its deadline is queued, its end known; it is closed if it is over.
    fn settle(&mut self, place: u32, before: Option<Time>) {
        let Some(slot) = &mut self.slots[place as usize] else { return };
        let due = self.machine.due(&slot.group);
        slot.ends = self.machine.ends(&slot.group);
        slot.progress = u16::try_from(self.machine.progress(&slot.group)).unwrap_or(u16::MAX);
        slot.dirty = true;
        match due {
            Some(at) if due != before => self.enqueue(at, place),
            None if slot.ends <= self.now => self.remove(place),
            _ => {}
        }
    }

    fn enqueue(&mut self, at: Time, place: u32) {
        if self.queue.len() > 2 * self.index.len() + 1024 {
            let mut entries = std::mem::take(&mut self.queue).into_vec();
            entries.sort_unstable();
            entries.dedup();
            entries.retain(|&Reverse((at, place))| self.is_due(place, at));
            self.queue = entries.into();
        }
        self.queue.push(Reverse((at, place)));
    }

    fn remove(&mut self, place: u32) {
        let Some(slot) = self.slots[place as usize].take() else { return };
        if let Ok(entry) = self.index.find_entry(spread(slot.hash), |&p| p == place) {
            entry.remove();
        }
        if slot.stored {
            self.gone.push(Box::from(self.keys.get(slot.key)));
        }
        self.keys.free(slot.key);
        self.machine.close(slot.group);
        self.free.push(place);
    }

    fn is_over(&self, slot: &Slot<M::Group>) -> bool {
        slot.ends <= self.now && self.machine.due(&slot.group).is_none()
    }

    /// Looks at the next slots, round and round, and closes groups that are over; how many it closed.
    fn sweep(&mut self, looks: usize) -> usize {
        let before = self.index.len();
        for _ in 0..looks.min(self.slots.len()) {
            self.hand = if self.hand + 1 < self.slots.len() { self.hand + 1 } else { 0 };
            if self.slots[self.hand].as_ref().is_some_and(|slot| self.is_over(slot)) {
                self.remove(self.hand as u32);
            }
        }
        before - self.index.len()
    }

    /// Closes at least one group: one that is over, else of a sample the one with the fewest events, of those the one
    /// idle longest.
    fn make_room(&mut self) {
        if self.sweep(SAMPLE) > 0 {
            return;
        }
        // Places first, then looks that do not wait for one another: memory is slow.
        let places: [u32; SAMPLE] = std::array::from_fn(|_| self.random_place());
        let ranks: [u128; SAMPLE] = places.map(|place| self.rank(place));
        let place = match ranks.into_iter().min() {
            Some(least) if least != EMPTY => least as u32,
            // None of them is in use, which only happens where most are not.
            _ => match self.slots.iter().position(Option::is_some) {
                Some(place) => place as u32,
                None => return,
            },
        };
        if self.slots[place as usize].as_ref().is_some_and(|slot| !self.is_over(slot)) {
            self.overflows.displaced(self.now);
        }
        self.remove(place);
    }

    /// What makes room first has the least rank: what is over, has the fewest events, is idle longest. The lowest 32
    /// bits are the place.
    fn rank(&self, place: u32) -> u128 {
        let Some(slot) = &self.slots[place as usize] else { return EMPTY };
        let alive = u128::from(slot.ends > self.now);
        let last = (slot.last.0 as u64) ^ (1 << 63);
        alive << 112 | u128::from(slot.progress) << 96 | u128::from(last) << 32 | u128::from(place)
    }

    fn random_place(&mut self) -> u32 {
        let random = u128::from(self.next_random());
        ((random * self.slots.len() as u128) >> 64) as u32
    }

    /// SplitMix64.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The table wants 64 bits, the upper and the lower of which are good; 32 are kept of a group.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

#[cfg(test)]
mod tests;
