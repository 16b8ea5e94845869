//! Windows: what a group keeps of its latest events, and the condition over their aggregates.

use std::sync::Arc;

use super::column::{ABSENT, Cell, Kind};
use super::fold::Fold;
use super::formula::{Cx, Formula, no_answers};
use super::group::{Close, Group, Last, State};
use super::machine::Machine;
use super::panes::Panes;
use super::ring::ROLES;
use super::slab::Slab;
use super::spec::{Aggregate, AggregateOp, By, Decides, Fired, Happening, Spec, When};
use crate::value::bytes::Bytes;
use crate::value::{Arena, Raw, Raws, Time, Value};
use smallvec::SmallVec;

/// Where the condition bounds nothing, so many of the latest events are kept of a group.
pub const EVENTS: u32 = 4096;
/// Where the condition bounds nothing, so many of the latest different values are kept of a group.
pub const VALUES: u32 = 1024;

/// The windows of a rule.
#[derive(Debug)]
pub struct Windows {
    pub(super) shape: Shape,
    spec: Arc<Spec>,
    pub(super) slab: Slab,
    pub(super) live: Vec<Option<Box<State>>>,
    pub(super) live_free: Vec<u32>,
    /// For groups that lie in the slab, between two steps empty.
    spread: State,
    scratch: Scratch,
    pub(super) buffer: Vec<u8>,
}

/// Room that every step needs anew.
#[derive(Debug, Default)]
struct Scratch {
    cells: Vec<Cell>,
    /// Places and aggregates of values that were kept for an event before, of which a later one has come.
    superseded: Vec<(usize, usize)>,
    /// Of each aggregate, how many those are.
    over: Vec<u32>,
    measures: Vec<Value>,
}

/// What of a spec every step needs.
#[derive(Debug)]
pub struct Shape {
    /// D in milliseconds.
    pub length: i64,
    /// Cut at multiples of D.
    pub tumbling: bool,
    /// Decided at the end of the window.
    pub at_close: bool,
    /// Of each aggregate that is kept.
    pub ops: Vec<AggregateOp>,
    /// How each column is kept.
    pub kinds: Vec<Kind>,
    /// Of each column, the argument.
    args: Vec<usize>,
    roles: Vec<Role>,
    /// Inputs of which the last event is kept.
    read: u32,
    /// Which arguments the condition reads.
    asked: Vec<bool>,
}

#[derive(Debug)]
struct Role {
    /// Inputs whose events count; none: every event does.
    inputs: Option<u32>,
    column: Option<usize>,
    /// How many events are kept.
    keep: u32,
    /// More than those change nothing.
    bounded: bool,
    distinct: bool,
}

impl Shape {
    fn new(spec: &Spec) -> Shape {
        let (aggregates, formula): (&[Aggregate], Option<&Formula>) = match &spec.when {
            When::Window { aggregates, formula } => (aggregates, Some(formula)),
            _ => (&[], None),
        };
        let aggregates = &aggregates[..aggregates.len().min(ROLES)];
        let (mut kinds, mut args) = (Vec::new(), Vec::new());
        let mut roles = Vec::new();
        for aggregate in aggregates {
            let column = Kind::of(aggregate.op).map(|kind| {
                let arg = aggregate.arg.unwrap_or(usize::MAX);
                let there = kinds.iter().zip(&args).position(|(k, a)| (*k, *a) == (kind, arg));
                there.unwrap_or_else(|| {
                    kinds.push(kind);
                    args.push(arg);
                    kinds.len() - 1
                })
            });
            let (keep, bounded) = match (aggregate.op, aggregate.enough) {
                (AggregateOp::Seen, _) => (1, true),
                (AggregateOp::Count | AggregateOp::Distinct, Some(n)) => (n.max(1), true),
                (AggregateOp::Distinct, None) => (VALUES, false),
                _ => (EVENTS, false),
            };
            let inputs = aggregate.input.map(|input| 1u32.checked_shl(input.into()).unwrap_or(0));
            roles.push(Role { inputs, column, keep, bounded, distinct: aggregate.op == AggregateOp::Distinct });
        }
        let mut asked = Vec::new();
        formula.inspect(|f| f.reads_args(&mut asked));
        let window = spec.window;
        Shape {
            length: window.map_or(i64::MAX, |w| w.length.max(1)),
            tumbling: window.is_some_and(|w| w.tumbling),
            at_close: window.is_some_and(|w| w.tumbling) && spec.decides == Decides::AtClose,
            ops: aggregates.iter().map(|a| a.op).collect(),
            kinds,
            args,
            roles,
            read: spec.read,
            asked,
        }
    }

    /// The instant at or before which an event is no longer in the window of another: all of its own window is later.
    fn after(&self, at: i64) -> i64 {
        if self.tumbling {
            (at.div_euclid(self.length).saturating_mul(self.length)).saturating_sub(1)
        } else {
            at.saturating_sub(self.length)
        }
    }

    /// When the last event's window is over.
    pub fn ends(&self, last: i64) -> i64 {
        if self.tumbling {
            last.div_euclid(self.length).saturating_add(1).saturating_mul(self.length)
        } else {
            last.saturating_add(self.length)
        }
    }
}

impl Windows {
    /// For a rule with aggregates; of any other rule nothing ever fires.
    #[must_use]
    pub fn new(spec: &Arc<Spec>) -> Windows {
        let shape = Shape::new(spec);
        let spread = State::new(&shape);
        Windows {
            shape,
            spec: Arc::clone(spec),
            slab: Slab::default(),
            live: Vec::new(),
            live_free: Vec::new(),
            spread,
            scratch: Scratch::default(),
            buffer: Vec::new(),
        }
    }

    /// Works on a group, wherever it lies.
    fn with<T>(&mut self, group: &mut Group, work: impl FnOnce(&Shape, &Spec, &mut State, &mut Scratch) -> T) -> T {
        if let Some(at) = group.as_live()
            && let Some(mut state) = self.live[at].take()
        {
            let result = work(&self.shape, &self.spec, &mut state, &mut self.scratch);
            if state.is_large() {
                self.live[at] = Some(state);
            } else {
                self.live_free.push(at as u32);
                *group = self.pack(&state);
            }
            return result;
        }
        let mut state = std::mem::replace(&mut self.spread, State::hollow());
        self.unpack(*group, &mut state);
        let result = work(&self.shape, &self.spec, &mut state, &mut self.scratch);
        if state.is_large() {
            self.slab.free(group.handle());
            *group = self.keep_live(Box::new(state));
            self.spread = State::new(&self.shape);
        } else {
            self.repack(group, &state);
            state.clear();
            self.spread = state;
        }
        result
    }
}

impl Machine for Windows {
    type Group = Group;

    fn open(&mut self) -> Group {
        self.empty()
    }

    fn close(&mut self, group: Group) {
        match group.as_live() {
            Some(at) => {
                self.live[at] = None;
                self.live_free.push(at as u32);
            }
            None => self.slab.free(group.handle()),
        }
    }

    fn copy(&mut self, group: &Group) -> Group {
        match group.as_live().and_then(|at| self.live[at].clone()) {
            Some(state) => self.keep_live(state),
            None => self.duplicate(*group),
        }
    }

    fn touch(&self, group: &Group) -> u8 {
        if group.as_live().is_some() { 0 } else { self.slab.get(group.handle()).first().copied().unwrap_or(0) }
    }

    fn step(&mut self, group: &mut Group, at: Time, events: &[Happening<'_>], out: &mut Vec<Fired>) {
        self.with(group, |shape, spec, state, scratch| {
            if state.close.as_ref().is_some_and(|close| shape.ends(close.time) <= at.0) {
                state.decide(shape, spec, scratch, out);
            }
            state.step(shape, spec, scratch, at.0, events, out);
        });
    }

    fn due(&self, group: &Group) -> Option<Time> {
        if !self.shape.at_close {
            return None;
        }
        self.last(group).map(|last| Time(self.shape.ends(last)))
    }

    fn decide(&mut self, group: &mut Group, at: Time, out: &mut Vec<Fired>) {
        self.with(group, |shape, spec, state, scratch| {
            if state.close.as_ref().is_some_and(|close| shape.ends(close.time) <= at.0) {
                state.decide(shape, spec, scratch, out);
            }
        });
    }

    fn ends(&self, group: &Group) -> Time {
        Time(self.last(group).map_or(i64::MIN, |last| self.shape.ends(last)))
    }

    fn progress(&self, group: &Group) -> u32 {
        self.events(group)
    }

    fn unname(&mut self, group: &mut Group, behind: &[(Time, u128)]) {
        self.with(group, |_, _, state, _| behind.iter().for_each(|(time, id)| state.ring.unname(time.0, *id)));
    }

    fn save(&self, group: &Group, out: &mut Vec<u8>) {
        self.write(group, out);
    }

    fn load(&mut self, bytes: &mut Bytes<'_>) -> Option<Group> {
        self.read(bytes)
    }

    fn bytes(&self) -> usize {
        let live = self.live.iter().flatten().map(|state| state.bytes()).sum::<usize>();
        self.slab.bytes() + live + self.live.capacity() * size_of::<Option<Box<State>>>()
    }
}

impl State {
    /// All events of one instant.
    fn step(
        &mut self,
        shape: &Shape,
        spec: &Spec,
        scratch: &mut Scratch,
        at: i64,
        events: &[Happening<'_>],
        out: &mut Vec<Fired>,
    ) {
        self.trim(shape, shape.after(at));
        let start = self.ring.end();
        scratch.superseded.clear();
        scratch.over.clear();
        scratch.over.resize(shape.roles.len(), 0);
        for event in events {
            self.push(shape, scratch, at, event);
        }
        self.keep_last(shape, at, events);
        if !shape.at_close {
            self.fire(shape, spec, scratch, (at, start), events, out);
        }
        for &(place, aggregate) in &scratch.superseded {
            self.ring.release(place, aggregate);
        }
        self.evict(shape);
        self.ring.tidy();
    }

    /// Keeps an event for the aggregates that need it.
    fn push(&mut self, shape: &Shape, scratch: &mut Scratch, at: i64, event: &Happening<'_>) {
        scratch.cells.clear();
        for (kind, arg) in shape.kinds.iter().zip(&shape.args) {
            let cell = event.args.get(*arg).map_or(ABSENT, |value| kind.cell(*value));
            scratch.cells.push(cell);
        }
        let place = self.ring.push(at, event.id, &scratch.cells);
        for (aggregate, role) in shape.roles.iter().enumerate() {
            if role.inputs.is_some_and(|inputs| inputs & event.inputs == 0) {
                continue;
            }
            if let Some(column) = role.column {
                let cell = scratch.cells[column];
                if cell == ABSENT {
                    continue;
                }
                if role.distinct {
                    if let Some(older) = self.ring.newest_with(aggregate, column, cell) {
                        scratch.superseded.push((older, aggregate));
                        scratch.over[aggregate] += 1;
                    }
                    if let Some(panes) = &mut self.panes {
                        panes.saw(aggregate, cell);
                    }
                }
            }
            self.ring.take(place, aggregate);
        }
    }

    /// Tells of each event of the instant whether it completes a match; the first of them lies at `start` in the ring.
    fn fire(
        &mut self,
        shape: &Shape,
        spec: &Spec,
        scratch: &mut Scratch,
        (at, start): (i64, usize),
        events: &[Happening<'_>],
        out: &mut Vec<Fired>,
    ) {
        let When::Window { formula, .. } = &spec.when else { return };
        let error = self.measure(shape, shape.after(at), scratch, spec);
        let measures = &scratch.measures;
        let arena = Arena::new();
        let mut holds =
            |event: &Happening<'_>| formula.decide(&mut Cx::new(measures, event.args, &mut no_answers, &arena)).holds();
        // Where only aggregates are asked, the answer is the same for all.
        let same = shape.asked.is_empty() && events.first().is_some_and(&mut holds);
        let completes: Vec<bool> = match shape.asked.is_empty() {
            true if !same => return,
            true => vec![true; events.len()],
            false => events.iter().map(holds).collect(),
        };
        if !completes.contains(&true) {
            return;
        }
        (start..start + events.len()).for_each(|place| self.ring.name_one(place));
        let first = self.ring.first().map_or(at, |first| first.min(at));
        let named: Vec<(u8, Vec<u8>)> = self.lasts.iter().map(|last| (last.input, last.kept.clone())).collect();
        let mut told = false;
        for (now, event) in events.iter().enumerate().filter(|(now, _)| completes[*now]) {
            let mut behind = Vec::new();
            if !told {
                // The first is also told of those before and of those of the instant that complete nothing.
                self.ring.name(start, &mut behind);
                let others = events.iter().zip(&completes).filter(|(_, completes)| !**completes);
                behind.extend(others.map(|(other, _)| (Time(at), other.id)));
                told = true;
            }
            behind.push((Time(at), event.id));
            out.push(Fired {
                by: By::Now(now),
                behind,
                first: Time(first),
                measures: measures.clone(),
                named: named.clone(),
                slots: Vec::new(),
                error,
                unusual: Vec::new(),
            });
        }
    }

    /// Decides a closed window, and forgets it.
    fn decide(&mut self, shape: &Shape, spec: &Spec, scratch: &mut Scratch, out: &mut Vec<Fired>) {
        let Some(close) = self.close.take() else { return };
        let When::Window { formula, .. } = &spec.when else { return };
        scratch.over.clear();
        scratch.over.resize(shape.roles.len(), 0);
        let error = self.measure(shape, shape.after(close.time), scratch, spec);
        let measures = &scratch.measures;
        let arena = Arena::new();
        let args: SmallVec<[Raw<'_>; 8]> = close.args.all().collect();
        if formula.decide(&mut Cx::new(measures, &args, &mut no_answers, &arena)).holds() {
            let first = self.ring.first().map_or(close.time, |first| first.min(close.time));
            let mut behind = Vec::new();
            self.ring.name(usize::MAX, &mut behind);
            let by = (Time(close.time), close.id);
            if !behind.contains(&by) {
                behind.push(by);
            }
            out.push(Fired {
                by: By::Kept { time: by.0, id: by.1, input: close.input, kept: close.kept },
                behind,
                first: Time(first),
                measures: measures.clone(),
                named: self.lasts.drain(..).map(|last| (last.input, last.kept)).collect(),
                slots: Vec::new(),
                error,
                unusual: Vec::new(),
            });
        }
        self.clear();
    }

    /// The aggregates of the window; returns the greatest relative error of one.
    fn measure(&mut self, shape: &Shape, after: i64, scratch: &mut Scratch, spec: &Spec) -> Option<f64> {
        let mut error: Option<f64> = None;
        let measures = &mut scratch.measures;
        measures.clear();
        for (aggregate, (&op, role)) in shape.ops.iter().zip(&shape.roles).enumerate() {
            let held = self.ring.held(aggregate) - scratch.over[aggregate];
            let count = |held: u32| Value::Int(if role.bounded { held.min(role.keep) } else { held }.into());
            let (value, of) = match (op, &mut self.panes) {
                (AggregateOp::Seen, _) => (Value::Bool(held > 0), None),
                (AggregateOp::Count, None) => (count(held), None),
                (AggregateOp::Distinct, None) => (count(held), None),
                (AggregateOp::Distinct, Some(panes)) => {
                    let kept = self.ring.of(aggregate, role.column).map(|(_, cell)| cell);
                    match panes.distinct(aggregate, after, kept) {
                        Some((value, error)) => (value, Some(error)),
                        None => (count(held), None),
                    }
                }
                (AggregateOp::Count, Some(_)) if role.bounded => (count(held), None),
                (AggregateOp::Count, Some(panes)) => {
                    let (fold, error) = panes.fold(op, aggregate, after, &Fold::Count(held.into()));
                    (fold.value(op), error)
                }
                (op, panes) => {
                    let kept = self.ring.fold(op, aggregate, role.column);
                    match panes {
                        Some(panes) => {
                            let (fold, error) = panes.fold(op, aggregate, after, &kept);
                            (fold.value(op), error)
                        }
                        None => (kept.value(op), None),
                    }
                }
            };
            measures.push(value);
            if of > error {
                error = of;
            }
        }
        if let When::Window { aggregates, .. } = &spec.when {
            measures.resize(aggregates.len(), Value::Null);
        }
        error
    }

    /// Lets go of what is more than is kept; what still counts goes into panes.
    fn evict(&mut self, shape: &Shape) {
        for (aggregate, role) in shape.roles.iter().enumerate() {
            while self.ring.held(aggregate) > role.keep
                && let Some(place) = self.ring.oldest(aggregate)
            {
                if !role.bounded {
                    let event = self.ring.event(place, role.column);
                    let panes = self
                        .panes
                        .get_or_insert_with(|| Box::new(Panes::new(shape.length, shape.tumbling, shape.ops.len())));
                    panes.add(&shape.ops, aggregate, event);
                }
                self.ring.release(place, aggregate);
            }
        }
    }

    fn trim(&mut self, shape: &Shape, after: i64) {
        self.ring.trim(after);
        self.lasts.retain(|last| last.time > after);
        if shape.tumbling {
            // One pane is the whole window: of another window it says nothing.
            if self.last.is_some_and(|last| last <= after) {
                self.panes = None;
            }
        } else if self.panes.as_mut().is_some_and(|panes| panes.trim(after)) {
            self.panes = None;
        }
    }

    /// Keeps the last event of inputs that are read by name, and that of a window which is decided at its end.
    fn keep_last(&mut self, shape: &Shape, at: i64, events: &[Happening<'_>]) {
        self.last = Some(at);
        for event in events {
            for (input, kept) in event.kept {
                if 1u32.checked_shl((*input).into()).is_none_or(|bit| shape.read & bit == 0) {
                    continue;
                }
                match self.lasts.iter_mut().find(|last| last.input == *input) {
                    Some(last) => {
                        last.time = at;
                        last.kept.clear();
                        last.kept.extend_from_slice(kept);
                    }
                    None => self.lasts.push(Last { input: *input, time: at, kept: kept.to_vec() }),
                }
            }
        }
        self.lasts.sort_by_key(|last| last.input);
        if let (true, Some(event)) = (shape.at_close, events.last()) {
            let mut args = Raws::default();
            for (value, asked) in event.args.iter().zip(&shape.asked) {
                args.push_raw(if *asked { *value } else { Raw::NULL });
            }
            let (input, kept) = event.kept.first().map_or((0, [].as_slice()), |(input, kept)| (*input, *kept));
            self.close = Some(Close { time: at, id: event.id, input, kept: kept.to_vec(), args });
        }
    }
}

#[cfg(test)]
mod tests;
