//! Hits: what an event that matches brings to state, as a string of bytes whose order is the order of stepping: time,
//! stratum, identity of the event, profile or rule. Equal strings are one event that was read twice.

use std::ops::Range;

use smallvec::SmallVec;

use super::eval::Eval;
use crate::plan::{Capture, CaptureArg, Learner, Rule, ViewRule};
use crate::value::bytes::{Bytes, put_bytes, put_list, put_number, put_val};
use crate::value::{Raw, Time, Val};

/// Bytes before the key: time, stratum, identity, whether a profile or a rule and which, input.
const HEAD: usize = 8 + 1 + 16 + 1 + 8 + 1;

/// When a hit is stepped: instants are gone through in order, each stratum by stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    /// Time of the event.
    pub time: Time,
    /// Layers of findings below the rule.
    pub stratum: u8,
}

impl Instant {
    /// The instant of a hit; `None` if the bytes are none.
    #[must_use]
    pub fn of(hit: &[u8]) -> Option<Instant> {
        let time = u64::from_be_bytes(hit.get(..8)?.try_into().ok()?) ^ (1 << 63);
        Some(Instant { time: Time(time as i64), stratum: *hit.get(8)? })
    }
}

/// Hits one after another.
#[derive(Debug, Default)]
pub struct Hits {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Hits {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Hands out every hit and forgets it.
    pub fn drain(&mut self, mut f: impl FnMut(&[u8])) {
        let mut begin = 0;
        for &end in &self.ends {
            f(&self.bytes[begin..end]);
            begin = end;
        }
        self.bytes.clear();
        self.ends.clear();
    }

    /// An event that a profile learns from; not if a part of the profile's group is absent.
    pub(super) fn learner(&mut self, eval: &mut Eval<'_, '_, '_>, learner: &Learner) {
        let begin = self.bytes.len();
        let profile = eval.plan().profiles[learner.profile].id;
        head(&mut self.bytes, eval, 0, 0, profile, 0);
        if !key(&mut self.bytes, eval, &learner.capture) {
            self.bytes.truncate(begin);
            return;
        }
        args(&mut self.bytes, eval, &learner.capture);
        put_bytes(&mut self.bytes, &[]);
        self.ends.push(self.bytes.len());
    }

    /// An event that a stateful rule counts. Whether it belongs to a group.
    pub(super) fn rule(&mut self, eval: &mut Eval<'_, '_, '_>, of: &Rule, rule: &ViewRule, capture: &Capture) -> bool {
        let Some(each) = capture.each else { return self.grouped(eval, of, rule, capture) };
        let mut any = false;
        for element in eval.val(each).elements() {
            eval.env.push(element);
            any |= self.grouped(eval, of, rule, capture);
            eval.env.pop();
        }
        any
    }

    fn grouped(&mut self, eval: &mut Eval<'_, '_, '_>, of: &Rule, rule: &ViewRule, capture: &Capture) -> bool {
        let begin = self.bytes.len();
        head(&mut self.bytes, eval, of.stratum, 1, of.id, rule.input);
        if !key(&mut self.bytes, eval, capture) {
            self.bytes.truncate(begin);
            return false;
        }
        // Arguments are of the event, not of an element that it is counted for.
        let element = capture.each.and_then(|_| eval.env.pop());
        args(&mut self.bytes, eval, capture);
        kept(&mut self.bytes, eval, rule.layout, capture);
        eval.env.extend(element);
        self.ends.push(self.bytes.len());
        true
    }
}

fn head(out: &mut Vec<u8>, eval: &Eval<'_, '_, '_>, stratum: u8, kind: u8, id: u64, input: u8) {
    let event = eval.event();
    out.extend_from_slice(&((event.time.0 as u64) ^ (1 << 63)).to_be_bytes());
    out.push(stratum);
    out.extend_from_slice(&event.identity().to_be_bytes());
    out.push(kind);
    out.extend_from_slice(&id.to_be_bytes());
    out.push(input);
}

/// The key: account, then the parts. Whether every part is there.
fn key(out: &mut Vec<u8>, eval: &mut Eval<'_, '_, '_>, capture: &Capture) -> bool {
    // One byte for the length would do nearly always; a fixed width saves a copy.
    let place = out.len();
    out.extend_from_slice(&[0; 4]);
    if capture.account {
        put_val(out, eval.event().account().map_or(Val::Absent, Val::Str));
    }
    for &part in &capture.key {
        let val = eval.val(part);
        if val.is_absent() {
            return false;
        }
        put_val(out, val);
    }
    let length = u32::try_from(out.len() - place - 4).unwrap_or(u32::MAX);
    out[place..place + 4].copy_from_slice(&length.to_be_bytes());
    true
}

fn args(out: &mut Vec<u8>, eval: &mut Eval<'_, '_, '_>, capture: &Capture) {
    put_number(out, capture.args.len() as u64);
    for arg in &capture.args {
        match arg {
            CaptureArg::Value(v) => {
                let val = eval.val(*v);
                put_val(out, val);
            }
            CaptureArg::Group(parts) => {
                let vals: SmallVec<[Val<'_>; 4]> = parts.iter().map(|&v| eval.val(v)).collect();
                if vals.iter().any(Val::is_absent) {
                    put_val(out, Val::Absent);
                    continue;
                }
                // A list by hand: its first element may be absent.
                put_list(out, vals.len() + 1);
                put_val(out, eval.event().account().map_or(Val::Absent, Val::Str));
                vals.iter().for_each(|v| put_val(out, *v));
            }
            CaptureArg::Elements(lists) => {
                let present = lists.iter().any(|(list, _)| !eval.val(*list).is_absent());
                if !present {
                    put_val(out, Val::Absent);
                    continue;
                }
                let mut count = 0;
                let mut inside = Vec::new();
                for (list, parts) in lists {
                    for element in eval.val(*list).elements() {
                        eval.env.push(element);
                        put_list(&mut inside, parts.len());
                        for &part in parts {
                            let val = eval.val(part);
                            put_val(&mut inside, val);
                        }
                        eval.env.pop();
                        count += 1;
                    }
                }
                put_list(out, count);
                out.extend_from_slice(&inside);
            }
        }
    }
}

/// What is kept to speak of the event later: its layout, time, identity, account, region, attributes.
fn kept(out: &mut Vec<u8>, eval: &Eval<'_, '_, '_>, layout: u64, capture: &Capture) {
    let event = eval.event();
    let place = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&layout.to_be_bytes());
    out.extend_from_slice(&event.time.0.to_be_bytes());
    out.extend_from_slice(&event.identity().to_be_bytes());
    put_val(out, event.account().map_or(Val::Absent, Val::Str));
    put_val(out, event.region().map_or(Val::Absent, Val::Str));
    for slot in &capture.kept {
        put_val(out, event.get(slot.index()));
    }
    let length = u32::try_from(out.len() - place - 4).unwrap_or(u32::MAX);
    out[place..place + 4].copy_from_slice(&length.to_be_bytes());
}

/// A hit, read.
#[derive(Debug)]
pub(super) struct Hit<'a> {
    /// Identity of its event.
    pub event: u128,
    /// A rule, not a profile.
    pub is_rule: bool,
    /// The profile or rule, as the plan names it to hits.
    pub id: u64,
    /// The rule's input.
    pub input: u8,
    /// Account and key parts.
    pub key: &'a [u8],
    /// Where its values for aggregates and questions lie.
    pub args: Range<usize>,
    /// What speaks of the event.
    pub kept: &'a [u8],
}

impl<'a> Hit<'a> {
    /// Reads what comes before its values: the hit without them, and the bytes of these and of what comes behind.
    fn begin(bytes: &'a [u8]) -> Option<(Hit<'a>, Bytes<'a>)> {
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let mut rest = Bytes::new(rest);
        let hit = Hit {
            event: u128::from_be_bytes(head[9..25].try_into().ok()?),
            is_rule: head[25] == 1,
            id: u64::from_be_bytes(head[26..34].try_into().ok()?),
            input: head[34],
            key: framed(&mut rest)?,
            args: 0..0,
            kept: &[],
        };
        Some((hit, rest))
    }

    /// Whether a hit is a rule's, what that or the profile is named by, and the key of its group.
    pub fn of(bytes: &'a [u8]) -> Option<(bool, u64, &'a [u8])> {
        let (hit, _) = Self::begin(bytes)?;
        Some((hit.is_rule, hit.id, hit.key))
    }

    /// Reads a hit and appends its values; `None` if the bytes are none.
    pub fn read(bytes: &'a [u8], args: &mut Vec<Raw<'a>>) -> Option<Hit<'a>> {
        let (mut hit, mut rest) = Self::begin(bytes)?;
        let first = args.len();
        for _ in 0..rest.number()? {
            args.push(Raw::read(&mut rest)?);
        }
        hit.args = first..args.len();
        if hit.is_rule {
            hit.kept = framed(&mut rest)?;
        }
        Some(hit)
    }
}

fn framed<'a>(bytes: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(bytes.take(4)?.try_into().ok()?);
    bytes.take(length as usize)
}
