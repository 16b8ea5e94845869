//! Each sentence of the law as a case; then the machine against the naive matcher over random rules and traces.

use super::naive::{Event, Match, Rule};
use super::*;
use crate::state::spec::{Decides, Step, When, Window};

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 4;

fn step(input: u8, times: u32) -> Step {
    Step { input, times, absent: false, within: None }
}

fn no(input: u8) -> Step {
    Step { input, times: 1, absent: true, within: None }
}

fn within(d: i64, step: Step) -> Step {
    Step { within: Some(d), ..step }
}

fn spec(steps: &[Step], window: i64, read: u32) -> Spec {
    Spec {
        window: Some(Window { length: window, tumbling: false }),
        when: When::Sequence(steps.to_vec()),
        decides: Decides::AtWatermark,
        inputs: 4,
        read,
    }
}

/// What is kept of an event as one of an input.
fn kept(input: u8, id: u128) -> Vec<u8> {
    vec![input, id as u8, (id >> 8) as u8]
}

/// One group, stepped.
struct Run {
    machine: Sequence,
    group: Group,
    told: Vec<(i64, Fired)>,
    absence: i64,
    most: usize,
}

impl Run {
    fn new(steps: &[Step], window: i64, read: u32) -> Self {
        let mut machine = Sequence::new(&spec(steps, window, read)).expect("a sequence");
        let group = machine.open();
        let absence = steps.last().and_then(|s| s.within.filter(|_| s.absent)).unwrap_or(0);
        Self { machine, group, told: Vec::new(), absence, most: 0 }
    }

    fn take(&mut self, at: i64, out: Vec<Fired>) {
        for fired in out {
            let told = match &fired.by {
                By::Now(_) => at,
                By::Kept { time, .. } => time.0 + self.absence,
            };
            self.told.push((told, fired));
        }
    }

    fn tie(&mut self, events: &[Event]) {
        let all: Vec<Vec<(u8, Vec<u8>)>> = events
            .iter()
            .map(|e| (0..4).filter(|i| e.inputs >> i & 1 == 1).map(|i| (i, kept(i, e.id))).collect())
            .collect();
        let all: Vec<Vec<(u8, &[u8])>> =
            all.iter().map(|k| k.iter().map(|(i, b)| (*i, b.as_slice())).collect()).collect();
        let events_: Vec<Happening<'_>> = events
            .iter()
            .zip(&all)
            .map(|(e, kept)| Happening { id: e.id, inputs: e.inputs, args: &[], kept })
            .collect();
        let mut out = Vec::new();
        self.machine.step(&mut self.group, Time(events[0].at), &events_, &mut out);
        for fired in &out {
            if let By::Now(i) = fired.by {
                assert_eq!(fired.slots.last().map(|s| s.2), Some(events[i].id));
            }
        }
        self.take(events[0].at, out);
        self.most = self.most.max(self.group.begun.len());
        assert_eq!(self.machine.bytes(), self.group.weight());
        if let (true, Some(most)) = (self.group.rare.is_none(), self.machine.most_bytes()) {
            assert!(self.machine.bytes() as u64 <= most, "{} of {most}", self.machine.bytes());
        }
    }

    fn decide(&mut self, at: i64) {
        let mut out = Vec::new();
        self.machine.decide(&mut self.group, Time(at), &mut out);
        assert!(self.machine.due(&self.group).is_none_or(|due| due.0 > at));
        self.take(at, out);
    }

    /// Stored and read again.
    fn restart(&mut self) {
        let mut bytes = Vec::new();
        self.machine.save(&self.group, &mut bytes);
        let mut read = Bytes::new(&bytes);
        let group = self.machine.load(&mut read).expect("what was saved");
        assert!(read.rest.is_empty());
        let mut again = Vec::new();
        self.machine.save(&group, &mut again);
        assert_eq!(bytes, again);
        self.machine.close(std::mem::replace(&mut self.group, group));
    }
}

/// Events by name and time, identities as they come: `"a0 b1 ab1"`.
fn events(text: &str) -> Vec<Event> {
    let one = |(id, word): (usize, &str)| {
        let digits = word.find(|c: char| c.is_ascii_digit()).expect("a time");
        let inputs = word[..digits].bytes().fold(0, |all, b| all | 1 << (b - b'a'));
        Event { at: word[digits..].parse().expect("a time"), id: id as u128, inputs }
    };
    text.split_whitespace().enumerate().map(one).collect()
}

fn ties(trace: &[Event]) -> impl Iterator<Item = &[Event]> {
    trace.chunk_by(|a, b| a.at == b.at)
}

/// The matches of a trace, each as the instant that it is told at and the events of its slots.
fn told(steps: &[Step], window: i64, text: &str) -> Vec<(i64, Vec<u128>)> {
    let mut run = Run::new(steps, window, 0);
    let trace = events(text);
    ties(&trace).for_each(|tie| run.tie(tie));
    run.decide(1000);
    let ids = |fired: &Fired| fired.slots.iter().map(|s| s.2).collect();
    run.told.iter().map(|(at, fired)| (*at, ids(fired))).collect()
}

#[test]
fn each_slot_takes_an_event_of_its_input_in_order_of_time() {
    let rule = [step(0, 2), step(1, 1)];
    assert_eq!(told(&rule, 10, "a0 a1 b2"), [(2, vec![0, 1, 2])]);
    assert_eq!(told(&rule, 10, "b0 a1 a2"), []);
    assert_eq!(told(&rule, 10, "a0 b1 a2"), []);
}

#[test]
fn one_event_fills_one_slot() {
    let rule = [step(0, 1), step(1, 1)];
    assert_eq!(told(&rule, 10, "ab0"), []);
    assert_eq!(told(&rule, 10, "ab0 ab1"), [(1, vec![0, 1])]);
    assert_eq!(told(&[step(0, 2)], 10, "a0"), []);
}

#[test]
fn ties_count_in_any_order_that_fits() {
    let rule = [step(0, 1), step(1, 1), step(2, 1)];
    assert_eq!(told(&rule, 10, "c5 b5 a5"), [(5, vec![2, 1, 0])]);
    assert_eq!(told(&rule, 10, "a0 c5 b5"), [(5, vec![0, 2, 1])]);
    // The first event alone could be either; only one way fills both.
    assert_eq!(told(&[step(0, 1), step(1, 1)], 10, "ab5 a5"), [(5, vec![1, 0])]);
    assert_eq!(told(&[step(0, 1), step(1, 1), step(2, 1)], 10, "a0 bc5 b5"), [(5, vec![0, 2, 1])]);
    // Each slot takes the least identity with which the others can still be filled.
    assert_eq!(told(&[step(0, 1), step(1, 2), step(2, 1)], 10, "a0 bc5 bc5 b5"), [(5, vec![0, 1, 3, 2])]);
}

#[test]
fn the_next_event_that_fits_is_taken() {
    assert_eq!(told(&[step(0, 1), step(1, 1), step(2, 1)], 10, "a0 b1 b2 c3"), [(3, vec![0, 1, 3])]);
    // So the `within` of the last step counts from the first `b`, though a later one would do.
    assert_eq!(told(&[step(0, 1), step(1, 1), within(2, step(2, 1))], 10, "a0 b1 b4 c5"), []);
}

#[test]
fn the_whole_is_less_than_its_window_long() {
    let rule = [step(0, 1), step(1, 1)];
    assert_eq!(told(&rule, 10, "a0 b9"), [(9, vec![0, 1])]);
    assert_eq!(told(&rule, 10, "a0 b10"), []);
    assert_eq!(told(&rule, 10, "a0 a1 b10"), [(10, vec![1, 2])]);
}

#[test]
fn a_step_of_its_own_haste() {
    let rule = [step(0, 2), within(3, step(1, 2))];
    assert_eq!(told(&rule, 100, "a0 a5 b7 b50"), [(50, vec![0, 1, 2, 3])]);
    assert_eq!(told(&rule, 100, "a0 a5 b8 b9"), []);
    // It counts from the step before that is not a `no`.
    assert_eq!(told(&[step(0, 1), no(2), within(3, step(1, 1))], 100, "a0 b2"), [(2, vec![0, 1])]);
}

#[test]
fn what_must_not_come_between() {
    let rule = [step(0, 1), no(1), step(2, 1)];
    assert_eq!(told(&rule, 10, "a0 b1 c2"), []);
    assert_eq!(told(&rule, 10, "a0 b0 c2"), [(2, vec![0, 2])]);
    assert_eq!(told(&rule, 10, "a0 b2 c2"), [(2, vec![0, 2])]);
    assert_eq!(told(&rule, 10, "b0 a1 c2 b3"), [(2, vec![1, 2])]);
    // Others go on.
    assert_eq!(told(&rule, 10, "a0 b1 a2 c3"), [(3, vec![2, 3])]);
    // Two of them, and one that is a slot's as well.
    assert_eq!(told(&[step(0, 1), no(1), no(3), step(2, 1)], 10, "a0 d1 c2"), []);
    assert_eq!(told(&[step(0, 3), no(0), step(1, 1)], 10, "a0 a1 a2 a3 b4"), [(4, vec![1, 2, 3, 4])]);
    // It covers the span between its neighbours only.
    assert_eq!(told(&[step(0, 1), no(1), step(2, 2)], 10, "a0 c1 b2 c3"), [(3, vec![0, 1, 3])]);
}

#[test]
fn what_must_not_come_behind() {
    let rule = [step(0, 2), within(5, no(1))];
    assert_eq!(told(&rule, 10, "a0 a1"), [(6, vec![0, 1])]);
    assert_eq!(told(&rule, 10, "a0 a1 b1"), [(6, vec![0, 1])]);
    assert_eq!(told(&rule, 10, "a0 a1 b5"), []);
    assert_eq!(told(&rule, 10, "a0 a1 b6"), [(6, vec![0, 1])]);
    let mut run = Run::new(&rule, 10, 0);
    ties(&events("a0 a1")).for_each(|tie| run.tie(tie));
    assert_eq!(run.machine.due(&run.group), Some(Time(6)));
    run.decide(5);
    assert_eq!(run.told.len(), 0);
    run.decide(6);
    let by = By::Kept { time: Time(1), id: 1, input: 0, kept: kept(0, 1) };
    assert_eq!((run.told.len(), &run.told[0].1.by, run.told[0].1.first), (1, &by, Time(0)));
    assert_eq!(run.machine.due(&run.group), None);
}

#[test]
fn a_broken_end_leaves_other_beginnings() {
    let rule = [step(0, 1), step(1, 1), within(5, no(2))];
    // The first match waits and is broken; the second beginning was complete too, and is as broken.
    assert_eq!(told(&rule, 20, "a0 a1 b2 c3"), []);
    // One that is not complete goes on.
    assert_eq!(told(&[step(0, 2), within(5, no(2))], 20, "a0 a1 c2 a3"), [(8, vec![1, 3])]);
}

#[test]
fn the_earliest_wins_and_the_others_are_dropped() {
    let rule = [step(0, 1), step(1, 1)];
    assert_eq!(told(&rule, 10, "a0 a0 a1 b2 b3"), [(2, vec![0, 3])]);
    // The next begins strictly after.
    assert_eq!(told(&rule, 10, "a0 b2 a2 b3"), [(2, vec![0, 1])]);
    assert_eq!(told(&rule, 10, "a0 b2 a3 b4"), [(2, vec![0, 1]), (4, vec![2, 3])]);
    assert_eq!(told(&[step(0, 2)], 10, "a0 a1 a2 a3 a4"), [(1, vec![0, 1]), (3, vec![2, 3])]);
}

#[test]
fn with_a_deadline_the_next_begins_after_the_last_slot() {
    let rule = [step(0, 1), within(5, no(1))];
    assert_eq!(told(&rule, 10, "a0 a1 a2"), [(5, vec![0]), (6, vec![1]), (7, vec![2])]);
    assert_eq!(told(&rule, 10, "a0 a0"), [(5, vec![0])]);
    let rule = [step(0, 2), within(5, no(1))];
    assert_eq!(told(&rule, 10, "a0 a1 a2 a3 a4"), [(6, vec![0, 1]), (8, vec![2, 3])]);
}

#[test]
fn names_speak_of_the_last_event_of_their_step() {
    let rule = [step(0, 2), step(1, 1), step(0, 1)];
    let mut run = Run::new(&rule, 10, A | B);
    ties(&events("a0 a1 ab2 ab3")).for_each(|tie| run.tie(tie));
    let fired = &run.told[0].1;
    assert_eq!(fired.named, [(0, kept(0, 3)), (1, kept(1, 2))]);
    assert_eq!(fired.slots, [(0, Time(0), 0), (0, Time(1), 1), (1, Time(2), 2), (2, Time(3), 3)]);
    assert_eq!((&fired.by, fired.first), (&By::Now(0), Time(0)));
    assert!(run.group == Group::default());
}

#[test]
fn few_beginnings_are_kept_and_the_match_is_found() {
    let mut run = Run::new(&[step(0, 1), step(1, 1)], 50, 0);
    let mut trace = Vec::new();
    for at in 0..1000 {
        trace.push(Event { at, id: at as u128, inputs: A });
    }
    trace.push(Event { at: 1000, id: 1000, inputs: B });
    for tie in ties(&trace) {
        run.tie(tie);
        assert!(run.group.begun.len() <= ABREAST && run.group.log.len() <= 2 * ABREAST + 4, "{:?}", run.group);
    }
    assert_eq!(run.told.len(), 1);
    assert!(run.told[0].1.first > Time(950));
    // A great tie, of which one event is both.
    let mut run = Run::new(&[step(0, 1), step(1, 1)], 50, 0);
    let tie: Vec<Event> = (0..5000).map(|id| Event { at: 0, id, inputs: if id == 4999 { A | C } else { A } }).collect();
    run.tie(&tie);
    assert!(run.group.log.len() <= 2 * ABREAST);
    run.tie(&[Event { at: 1, id: 9, inputs: B }]);
    assert_eq!(run.told[0].1.slots, [(0, Time(0), 0), (1, Time(1), 9)]);
}

#[test]
fn many_slots_take_little_memory() {
    assert_eq!(Sequence::new(&spec(&[step(0, 10), step(1, 1)], 10, 0)).and_then(|s| s.most_bytes()), Some(9088));
    let mut run = Run::new(&[step(0, 1000), step(1, 1)], 10_000, 0);
    for at in 0..5000 {
        run.tie(&[Event { at, id: at as u128, inputs: A }]);
    }
    assert!(run.machine.bytes() < 300_000, "{}", run.machine.bytes());
    run.tie(&[Event { at: 5000, id: 5000, inputs: B }]);
    assert_eq!((run.told.len(), run.told[0].1.slots.len()), (1, 1001));
    // A tie in which every event carries two names, and as many slots.
    let mut run = Run::new(&[step(0, 500), step(1, 500)], 10, 0);
    let tie: Vec<Event> = (0..1000).map(|id| Event { at: 0, id, inputs: A | if id < 600 { B } else { 0 } }).collect();
    run.tie(&tie);
    assert_eq!(run.told[0].1.slots.len(), 1000);
}

#[test]
fn deadlines_are_limited() {
    let mut run = Run::new(&[step(0, 2), within(100_000, no(1))], 10, 0);
    for at in 0..20_000 {
        run.tie(&[Event { at, id: at as u128, inputs: A }]);
    }
    assert_eq!(run.group.waiting().count(), WAIT / 2);
    run.decide(100_001);
    assert_eq!(run.told.len(), 1);
    assert_eq!(run.machine.ends(&run.group), Time(100_000 + 2 * (WAIT as i64 / 2) - 1));
}

#[test]
fn a_group_ends() {
    let mut run = Run::new(&[step(0, 1), within(5, step(1, 1)), step(2, 1)], 100, 0);
    assert_eq!((run.machine.ends(&run.group), run.machine.progress(&run.group)), (Time(i64::MIN), 0));
    run.tie(&events("a3"));
    assert_eq!((run.machine.ends(&run.group), run.machine.progress(&run.group)), (Time(8), 1));
    run.tie(&events("b7"));
    assert_eq!((run.machine.ends(&run.group), run.machine.progress(&run.group)), (Time(103), 2));
}

#[test]
fn bytes_that_are_none_of_its_own_are_refused() {
    let mut run = Run::new(&[step(0, 2), step(1, 1), within(5, no(2))], 10, A);
    ties(&events("a0 a1 b2 a3 a3 a4")).for_each(|tie| run.tie(tie));
    assert_eq!(run.group.waiting().count(), 1);
    let mut bytes = Vec::new();
    run.machine.save(&run.group, &mut bytes);
    for cut in 0..bytes.len() {
        assert!(run.machine.load(&mut Bytes::new(&bytes[..cut])).is_none(), "{cut}");
    }
    // Whatever else it reads, it can go on with.
    for i in 0..bytes.len() {
        for bit in 0..8 {
            let mut other = bytes.clone();
            other[i] ^= 1 << bit;
            if let Some(mut group) = run.machine.load(&mut Bytes::new(&other)) {
                let happening = Happening { id: 99, inputs: A | B, args: &[], kept: &[] };
                run.machine.step(&mut group, Time(9), &[happening], &mut Vec::new());
                run.machine.decide(&mut group, Time(i64::MAX), &mut Vec::new());
            }
        }
    }
}

/// A generator of numbers; the same ones every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn rule(&mut self, inputs: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        let slots = 1 + self.below(3);
        for i in 0..slots {
            while i > 0 && self.one_in(3) {
                steps.push(no(self.below(inputs) as u8));
            }
            let mut one = step(self.below(inputs) as u8, 1 + self.below(3) as u32);
            if i > 0 && self.one_in(3) {
                one.within = Some(1 + self.below(5) as i64);
            }
            steps.push(one);
        }
        if slots == 1 && steps[0].times == 1 || self.one_in(3) {
            steps.push(within(1 + self.below(6) as i64, no(self.below(inputs) as u8)));
        }
        steps
    }

    /// Events of random names; most of one input where others are rare.
    fn trace(&mut self, inputs: u64, length: u64, span: u64, most: Option<u8>) -> Vec<Event> {
        let mut out: Vec<Event> = Vec::new();
        for _ in 0..length {
            let at = self.below(span) as i64;
            let mut names = match most {
                Some(input) if !self.one_in(10) => 1 << input,
                _ => 1 << self.below(inputs),
            };
            while self.one_in(if most.is_some() { 12 } else { 3 }) {
                names |= 1 << self.below(inputs);
            }
            if out.iter().filter(|e| e.at == at).count() < 5 {
                out.push(Event { at, id: u128::from(self.below(1 << 16)) << 16 | out.len() as u128, inputs: names });
            }
        }
        out.sort();
        out
    }
}

/// Runs a trace in both; how many matches there were, and whether some beginnings had to be dropped.
fn compare(random: &mut Random, steps: &[Step], window: i64, trace: &[Event]) -> (usize, bool) {
    let read = random.below(16) as u32;
    let mut run = Run::new(steps, window, read);
    for tie in ties(trace) {
        if random.one_in(2) && run.machine.due(&run.group).is_some_and(|due| due.0 <= tie[0].at) {
            run.decide(tie[0].at - random.below(2) as i64);
        }
        run.tie(tie);
        if random.one_in(2) {
            run.restart();
        }
        if random.one_in(4) {
            let ends = run.machine.ends(&run.group).0;
            let copy = run.machine.copy(&run.group);
            if ends <= tie[0].at {
                assert!(run.machine.due(&copy).is_none());
                let fresh = run.machine.open();
                run.machine.close(std::mem::replace(&mut run.group, fresh));
            }
            run.machine.close(copy);
        }
    }
    let end = trace.last().map_or(0, |e| e.at) + random.below(8) as i64;
    run.decide(end);
    let mut rule = Rule::new(steps, window);
    let naive: Vec<Match> = rule.matches(trace, end);
    let dropped = rule.crowd > ABREAST;
    let instants: Vec<i64> = run.told.iter().map(|(at, _)| *at).collect();
    let expected: Vec<i64> = naive.iter().map(|m| m.told).collect();
    assert_eq!(instants, expected, "{steps:?} within {window} over {trace:?}");
    let inputs: Vec<u8> =
        steps.iter().filter(|s| !s.absent).flat_map(|s| std::iter::repeat_n(s.input, s.times as usize)).collect();
    for ((_, fired), expected) in run.told.iter().zip(&naive).filter(|_| !dropped) {
        let slots: Vec<(i64, u128)> = fired.slots.iter().map(|s| (s.1.0, s.2)).collect();
        let wanted: Vec<(i64, u128)> = expected.slots.iter().map(|e| (e.at, e.id)).collect();
        assert_eq!(slots, wanted, "{steps:?} within {window} over {trace:?}");
        assert_eq!(fired.first.0, wanted[0].0);
        let last = |i: &u8| inputs.iter().rposition(|j| i == j).map(|slot| (*i, kept(*i, wanted[slot].1)));
        let named: Vec<_> = (0..4).filter(|i| read >> i & 1 == 1).filter_map(|i| last(&i)).collect();
        assert_eq!(fired.named, named);
        if let By::Kept { time, id, input, kept: bytes } = &fired.by {
            let (at, last) = wanted[wanted.len() - 1];
            assert_eq!((time.0, *id, *input), (at, last, inputs[inputs.len() - 1]));
            assert_eq!(*bytes, kept(*input, last));
        }
    }
    (naive.len(), dropped)
}

#[test]
fn agrees_with_the_naive_matcher_on_small_traces() {
    let mut random = Random(0x5eed);
    let (mut matches, mut with) = (0, 0);
    for _ in 0..20_000 {
        let inputs = 1 + random.below(4);
        let steps = random.rule(inputs);
        let (length, span) = (3 + random.below(12), 2 + random.below(12));
        let trace = random.trace(inputs, length, span, None);
        let window = 1 + random.below(span + 2) as i64;
        let (n, _) = compare(&mut random, &steps, window, &trace);
        matches += n;
        with += usize::from(n > 0);
    }
    assert!(matches > 10_000 && with > 8_000, "{matches} {with}");
}

#[test]
fn agrees_with_the_naive_matcher_where_beginnings_are_dropped() {
    let mut random = Random(0xfeed);
    let (mut matches, mut dropped) = (0, 0);
    for _ in 0..1_000 {
        let inputs = 2 + random.below(2);
        let mut steps = random.rule(inputs);
        steps.truncate(4);
        while steps.last().is_some_and(|s| s.absent && s.within.is_none()) {
            steps.pop();
        }
        let trace = random.trace(inputs, 50, 30, Some(steps[0].input));
        let window = 5 + random.below(30) as i64;
        let (n, many) = compare(&mut random, &steps, window, &trace);
        matches += n;
        dropped += usize::from(many);
    }
    assert!(matches > 1_000 && dropped > 300, "{matches} {dropped}");
}
