//! A group of a sequence as bytes.

use super::group::{Begun, Entry, Group, Waiting};
use super::shape::Shape;
use crate::value::Time;
use crate::value::bytes::{Bytes, put_bytes, put_number};

/// Written first.
const VERSION: u8 = 1;

fn put_time(out: &mut Vec<u8>, at: i64) {
    out.extend_from_slice(&at.to_le_bytes());
}

fn time(bytes: &mut Bytes<'_>) -> Option<i64> {
    Some(i64::from_le_bytes(bytes.take(8)?.try_into().ok()?))
}

fn id(bytes: &mut Bytes<'_>) -> Option<u128> {
    Some(u128::from_le_bytes(bytes.take(16)?.try_into().ok()?))
}

fn small<T: TryFrom<u64>>(bytes: &mut Bytes<'_>) -> Option<T> {
    T::try_from(bytes.number()?).ok()
}

/// A list: its length, then each.
fn list<T>(bytes: &mut Bytes<'_>, mut one: impl FnMut(&mut Bytes<'_>) -> Option<T>) -> Option<Vec<T>> {
    let n = bytes.number()?;
    let mut out = Vec::new();
    for _ in 0..n {
        super::append(&mut out, one(bytes)?);
    }
    Some(out)
}

/// Appends a group.
pub(super) fn save(group: &Group, out: &mut Vec<u8>) {
    out.push(VERSION);
    put_number(out, group.log.len() as u64);
    let mut before = 0;
    for (i, entry) in group.log.iter().enumerate() {
        if i == 0 {
            put_time(out, entry.at);
        } else {
            put_number(out, entry.at.wrapping_sub(before) as u64);
        }
        before = entry.at;
        out.extend_from_slice(&entry.id.to_le_bytes());
        put_number(out, u64::from(entry.inputs));
        let kept = group.rare.as_ref().and_then(|r| r.kept.get(i));
        put_number(out, kept.map_or(0, |k| k.len() as u64));
        for (input, bytes) in kept.into_iter().flatten() {
            out.push(*input);
            put_bytes(out, bytes);
        }
    }
    put_number(out, group.begun.len() as u64);
    for begun in &group.begun {
        put_number(out, u64::from(begun.begin));
        put_number(out, u64::from(begun.filled));
        put_number(out, begun.last.wrapping_sub(group.begin(begun)) as u64);
    }
    put_number(out, group.waiting().count() as u64);
    for waiting in group.waiting() {
        put_number(out, waiting.slots.len() as u64);
        for (step, at, id) in &waiting.slots {
            out.push(*step);
            put_time(out, at.0);
            out.extend_from_slice(&id.to_le_bytes());
        }
        put_number(out, waiting.named.len() as u64);
        for (input, kept) in &waiting.named {
            out.push(*input);
            put_bytes(out, kept);
        }
        put_bytes(out, &waiting.kept);
    }
}

/// Reads a group; none if it is no group of this sequence.
pub(super) fn load(shape: &Shape, bytes: &mut Bytes<'_>) -> Option<Group> {
    if bytes.byte()? != VERSION {
        return None;
    }
    let mut group = Group::default();
    let mut kept = Vec::new();
    for i in 0..bytes.number()? {
        let at = match group.log.last() {
            Some(before) if i > 0 => before.at.wrapping_add(bytes.number()? as i64),
            _ => time(bytes)?,
        };
        let entry = Entry { id: id(bytes)?, at, inputs: small(bytes)? };
        if group.log.last().is_some_and(|before| (before.at, before.id) >= (entry.at, entry.id)) {
            return None;
        }
        super::append(&mut group.log, entry);
        let named = list(bytes, |b| Some((b.byte()?, Box::from(b.bytes()?))))?;
        if shape.read != 0 {
            super::append(&mut kept, named.into_boxed_slice());
        }
    }
    group.begun = list(bytes, |b| {
        let (begin, filled) = (small(b)?, small(b)?);
        let at = group.log.get(usize::try_from(begin).ok()?)?.at;
        Some(Begun { begin, filled, last: at.wrapping_add(b.number()? as i64) })
    })?;
    let order = group.begun.windows(2).all(|pair| pair[0].begin < pair[1].begin);
    let whole = |b: &Begun| {
        let begins = group.log[b.begin as usize].inputs & shape.first() != 0;
        let taken = group.taken(shape, b);
        let last = taken.iter().map(|i| group.log[*i as usize].at).max();
        begins && b.filled < shape.slots && taken.len() == b.filled as usize && last == Some(b.last)
    };
    if !order || !group.begun.iter().all(whole) {
        return None;
    }
    let waiting = list(bytes, |b| {
        let slots = list(b, |b| Some((b.byte()?, Time(time(b)?), id(b)?)))?;
        let named = list(b, |b| Some((b.byte()?, b.bytes()?.to_vec())))?;
        Some(Waiting { slots, named, kept: b.bytes()?.to_vec() })
    })?;
    let fits = |w: &Waiting| w.slots.len() == shape.slots as usize && shape.absence.is_some();
    if !waiting.iter().all(fits) || waiting.windows(2).any(|pair| pair[0].completed() > pair[1].completed()) {
        return None;
    }
    if !kept.is_empty() {
        group.rare().kept = kept;
    }
    if !waiting.is_empty() {
        group.rare().waiting = waiting.into();
    }
    group.swept = group.log.len() as u32;
    Some(group)
}
