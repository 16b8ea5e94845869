//! Events of one instant and the slots that they fill: each event one slot, slots in order, as many as can be.
//!
//! Events that carry the same names are alike, so a tie is a few *classes* with a number each. Whether a slot more can
//! be filled is a question of flow between classes and inputs.

use super::shape::Shape;

/// Inputs that one rule may have, as bits of a word.
const INPUTS: usize = 32;

/// Events of a tie that carry the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    /// The names, a bit each.
    pub inputs: u32,
    /// How many events.
    pub count: u32,
}

/// Which class serves which input, how often.
struct Flow<'a> {
    classes: &'a [Class],
    /// Of each class what is not used yet.
    left: Vec<u32>,
    /// Of each class and input how many events of the class serve the input.
    serves: Vec<[u32; INPUTS]>,
}

impl<'a> Flow<'a> {
    fn new(classes: &'a [Class]) -> Self {
        let left = classes.iter().map(|c| c.count).collect();
        Self { classes, left, serves: vec![[0; INPUTS]; classes.len()] }
    }

    /// Serves an input so many times, at most; how often it could.
    fn push(&mut self, input: u8, need: u32) -> u32 {
        let mut done = 0;
        for c in 0..self.classes.len() {
            if self.carries(c, input) {
                let n = self.left[c].min(need - done);
                self.left[c] -= n;
                self.serves[c][usize::from(input)] += n;
                done += n;
            }
        }
        while done < need && self.reroute(input, &mut 0) {
            done += 1;
        }
        done
    }

    fn carries(&self, class: usize, input: u8) -> bool {
        self.classes[class].inputs & super::shape::bit(input) != 0
    }

    /// Serves an input once more, giving other inputs other events where needed.
    fn reroute(&mut self, input: u8, seen: &mut u32) -> bool {
        *seen |= super::shape::bit(input);
        for c in 0..self.classes.len() {
            if !self.carries(c, input) {
                continue;
            }
            if self.left[c] > 0 {
                self.left[c] -= 1;
                self.serves[c][usize::from(input)] += 1;
                return true;
            }
            for other in 0..INPUTS as u8 {
                if self.serves[c][usize::from(other)] > 0
                    && *seen & super::shape::bit(other) == 0
                    && self.reroute(other, seen)
                {
                    self.serves[c][usize::from(other)] -= 1;
                    self.serves[c][usize::from(input)] += 1;
                    return true;
                }
            }
        }
        false
    }
}

/// How many slots from `slot` on the events of a tie can fill.
pub(super) fn reach(shape: &Shape, slot: u32, classes: &[Class]) -> u32 {
    if let [Class { inputs, count: count @ (0 | 1) }] = classes {
        return u32::from(*count > 0 && slot < shape.slots && shape.stage(slot).bit() & inputs != 0);
    }
    if classes.iter().all(|c| c.inputs.count_ones() == 1) {
        let mut left = [0u32; INPUTS];
        for class in classes {
            left[class.inputs.trailing_zeros() as usize] += class.count;
        }
        return walk(shape, slot, |input, need| {
            let have = &mut left[usize::from(input)];
            let n = need.min(*have);
            *have -= n;
            n
        });
    }
    let mut flow = Flow::new(classes);
    walk(shape, slot, |input, need| flow.push(input, need))
}

/// Goes through the stages from a slot on for as long as `serve` gives each of them what it needs.
fn walk(shape: &Shape, slot: u32, mut serve: impl FnMut(u8, u32) -> u32) -> u32 {
    let mut at = slot;
    while at < shape.slots {
        let stage = shape.stage(at);
        let need = stage.end() - at;
        let n = serve(stage.input, need);
        at += n;
        if n < need {
            break;
        }
    }
    at - slot
}

/// The events that fill the slots from `slot` up to but not with `to`, given that they can be filled: each slot in turn
/// takes the first event with which all the others can still be filled. `members` are the events of each class in
/// order of identity; events are told by any number that grows with the identity.
pub(super) fn assign(shape: &Shape, slot: u32, to: u32, members: &[(u32, Vec<u32>)]) -> Vec<u32> {
    let mut classes: Vec<Class> =
        members.iter().map(|(inputs, m)| Class { inputs: *inputs, count: m.len() as u32 }).collect();
    let next = |classes: &[Class], c: usize| {
        let (_, events) = &members[c];
        events[events.len() - classes[c].count as usize]
    };
    let mut need = [0u32; INPUTS];
    for at in slot..to {
        need[usize::from(shape.stage(at).input) % INPUTS] += 1;
    }
    let mut out = Vec::with_capacity((to - slot) as usize);
    for at in slot..to {
        let input = shape.stage(at).input;
        need[usize::from(input) % INPUTS] -= 1;
        let fits = |c: &usize| classes[*c].count > 0 && classes[*c].inputs & super::shape::bit(input) != 0;
        let mut able: Vec<usize> = (0..classes.len()).filter(fits).collect();
        able.sort_by_key(|c| next(&classes, *c));
        let last = able.len().saturating_sub(1);
        for (i, c) in able.into_iter().enumerate() {
            let event = next(&classes, c);
            classes[c].count -= 1;
            if i == last || serves(&classes, &need) {
                out.push(event);
                break;
            }
            classes[c].count += 1;
        }
    }
    out
}

/// Whether these events serve every input as often as it needs.
fn serves(classes: &[Class], need: &[u32; INPUTS]) -> bool {
    let mut flow = Flow::new(classes);
    (0u8..).zip(need).all(|(input, n)| flow.push(input, *n) == *n)
}
