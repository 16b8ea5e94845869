//! One group's window: spread out while it is stepped or large, else a few dozen bytes in the slab, as they are stored.

use super::column::{put_signed, signed};
use super::panes::Panes;
use super::ring::Ring;
use super::slab::Handle;
use super::window::{Shape, Windows};
use crate::value::bytes::{Bytes, put_bytes, put_number};
use crate::value::{Raw, Raws};

/// Version of the bytes of a window.
const VERSION: u8 = 1;

/// Groups of more events stay spread out.
const PACKED: usize = 48;

/// A group: where its window lies.
#[derive(Debug, Clone, Copy)]
pub struct Group(Handle);

impl Group {
    /// The place of one that is spread out.
    pub(super) fn as_live(self) -> Option<usize> {
        self.0.as_other().map(|at| at as usize)
    }

    /// The place in the slab of one that is not.
    pub(super) fn handle(self) -> Handle {
        self.0
    }
}

/// A window.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The events that aggregates need.
    pub ring: Ring,
    /// What of events went out of the ring before its time.
    pub panes: Option<Box<Panes>>,
    /// Of inputs that are read by name the last event, in order of input.
    pub lasts: Vec<Last>,
    /// The last event of a window that is decided at its end.
    pub close: Option<Close>,
    /// The time of the last event.
    pub last: Option<i64>,
}

/// The last event of an input.
#[derive(Debug, Clone)]
pub struct Last {
    /// Which input.
    pub input: u8,
    /// Its time.
    pub time: i64,
    /// What was kept of it.
    pub kept: Vec<u8>,
}

/// The event that completes a window which is decided at its end.
#[derive(Debug, Clone)]
pub struct Close {
    /// Its time.
    pub time: i64,
    /// Its identity.
    pub id: u128,
    /// The input that it was kept of.
    pub input: u8,
    /// What was kept.
    pub kept: Vec<u8>,
    /// The arguments that the condition reads, the others null.
    pub args: Raws,
}

/// What the first byte of a packed window tells.
const HAS_LAST: u8 = 1;
const HAS_LASTS: u8 = 2;
const HAS_CLOSE: u8 = 4;
const HAS_PANES: u8 = 8;

impl State {
    /// A window that has seen nothing.
    pub fn new(shape: &Shape) -> State {
        State { ring: Ring::new(shape.ops.len(), shape.kinds.len()), ..State::default() }
    }

    /// Stands in where a window was taken out.
    pub fn hollow() -> State {
        State::default()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.ring.clear();
        self.panes = None;
        self.lasts.clear();
        self.close = None;
        self.last = None;
    }

    /// Whether it stays spread out.
    pub fn is_large(&self) -> bool {
        self.ring.len() > PACKED || self.panes.is_some()
    }

    /// About how many bytes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<State>() + self.ring.bytes() + self.panes.as_ref().map_or(0, |panes| panes.bytes())
    }

    fn is_empty(&self) -> bool {
        self.ring.len() == 0 && self.panes.is_none() && self.lasts.is_empty() && self.close.is_none()
    }

    fn save(&self, shape: &Shape, out: &mut Vec<u8>) {
        let Some(last) = self.last.filter(|_| !self.is_empty()) else {
            out.push(0);
            return;
        };
        let has = |bit: u8, there: bool| if there { bit } else { 0 };
        out.push(
            HAS_LAST
                | has(HAS_LASTS, !self.lasts.is_empty())
                | has(HAS_CLOSE, self.close.is_some())
                | has(HAS_PANES, self.panes.is_some()),
        );
        put_signed(out, last);
        self.ring.save(last, &shape.kinds, out);
        if !self.lasts.is_empty() {
            put_number(out, self.lasts.len() as u64);
            for last in &self.lasts {
                out.push(last.input);
                put_signed(out, last.time);
                put_bytes(out, &last.kept);
            }
        }
        if let Some(close) = &self.close {
            put_signed(out, close.time);
            out.extend_from_slice(&close.id.to_le_bytes());
            out.push(close.input);
            put_bytes(out, &close.kept);
            put_number(out, close.args.len() as u64);
            close.args.all().for_each(|arg| out.extend_from_slice(arg.bytes()));
        }
        if let Some(panes) = &self.panes {
            panes.save(out);
        }
    }

    /// Into an empty one.
    fn load(&mut self, shape: &Shape, bytes: &mut Bytes<'_>) -> Option<()> {
        let has = bytes.byte()?;
        if has == 0 {
            return Some(());
        }
        let last = signed(bytes)?;
        self.last = Some(last);
        self.ring.load(last, &shape.kinds, bytes)?;
        if has & HAS_LASTS > 0 {
            for _ in 0..bytes.number()? {
                let (input, time) = (bytes.byte()?, signed(bytes)?);
                self.lasts.push(Last { input, time, kept: bytes.bytes()?.to_vec() });
            }
        }
        if has & HAS_CLOSE > 0 {
            let (time, id) = (signed(bytes)?, u128::from_le_bytes(bytes.take(16)?.try_into().ok()?));
            let (input, kept) = (bytes.byte()?, bytes.bytes()?.to_vec());
            let mut args = Raws::default();
            for _ in 0..bytes.number()? {
                args.push_raw(Raw::read(bytes)?);
            }
            self.close = Some(Close { time, id, input, kept, args });
        }
        if has & HAS_PANES > 0 {
            let mut panes = Panes::new(shape.length, shape.tumbling, shape.ops.len());
            panes.load(&shape.ops, bytes)?;
            self.panes = Some(Box::new(panes));
        }
        Some(())
    }
}

impl Windows {
    /// A group that has seen nothing.
    pub(super) fn empty(&mut self) -> Group {
        Group(self.slab.put(&[0]))
    }

    /// Another group of the same bytes.
    pub(super) fn duplicate(&mut self, group: Group) -> Group {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.extend_from_slice(self.slab.get(group.0));
        let copy = Group(self.slab.put(&buffer));
        self.buffer = buffer;
        copy
    }

    /// A group that stays spread out.
    pub(super) fn keep_live(&mut self, state: Box<State>) -> Group {
        let at = self.live_free.pop().map_or(self.live.len(), |at| at as usize);
        if at == self.live.len() {
            self.live.push(None);
        }
        self.live[at] = Some(state);
        Group(Handle::other(at as u32))
    }

    /// A group in the slab.
    pub(super) fn pack(&mut self, state: &State) -> Group {
        self.buffer.clear();
        state.save(&self.shape, &mut self.buffer);
        Group(self.slab.put(&self.buffer))
    }

    /// The same in place of what it was.
    pub(super) fn repack(&mut self, group: &mut Group, state: &State) {
        self.buffer.clear();
        state.save(&self.shape, &mut self.buffer);
        group.0 = self.slab.replace(group.0, &self.buffer);
    }

    /// Spreads a group of the slab out into an empty window.
    pub(super) fn unpack(&self, group: Group, state: &mut State) {
        let read = state.load(&self.shape, &mut Bytes::new(self.slab.get(group.0)));
        debug_assert!(read.is_some(), "a group reads back as it was written");
    }

    /// The time of its last event; nothing if it remembers nothing.
    pub(super) fn last(&self, group: &Group) -> Option<i64> {
        match group.as_live().and_then(|at| self.live[at].as_ref()) {
            Some(state) => state.last.filter(|_| !state.is_empty()),
            None => self.head(*group).map(|(last, _)| last),
        }
    }

    /// How many events it keeps.
    pub(super) fn events(&self, group: &Group) -> u32 {
        match group.as_live().and_then(|at| self.live[at].as_ref()) {
            Some(state) if state.panes.is_some() => u32::MAX,
            Some(state) => state.ring.len() as u32,
            None => self.head(*group).map_or(0, |(_, events)| events),
        }
    }

    /// Of a group in the slab: its last event, and how many it keeps.
    fn head(&self, group: Group) -> Option<(i64, u32)> {
        let mut bytes = Bytes::new(self.slab.get(group.0));
        if bytes.byte()? == 0 {
            return None;
        }
        Some((signed(&mut bytes)?, u32::try_from(bytes.number()?).unwrap_or(u32::MAX)))
    }

    /// Appends a group for the store.
    pub(super) fn write(&self, group: &Group, out: &mut Vec<u8>) {
        out.push(VERSION);
        match group.as_live().and_then(|at| self.live[at].as_ref()) {
            Some(state) => state.save(&self.shape, out),
            None => out.extend_from_slice(self.slab.get(group.0)),
        }
    }

    /// Reads what [`write`](Self::write) appended.
    pub(super) fn read(&mut self, bytes: &mut Bytes<'_>) -> Option<Group> {
        if bytes.byte()? != VERSION {
            return None;
        }
        let mut state = State::new(&self.shape);
        state.load(&self.shape, bytes)?;
        Some(if state.is_large() { self.keep_live(Box::new(state)) } else { self.pack(&state) })
    }
}
