//! What a sequence asks for, as the machine reads it: stages of slots, with what must not come before each.

use super::super::spec::{Spec, When};

/// A step that is no `no`: so many slots of one input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    /// Index of the step in the rule.
    pub step: u8,
    /// Its input.
    pub input: u8,
    /// Its first slot.
    pub from: u32,
    /// How many slots.
    pub times: u32,
    /// Its first event comes less than this after the last of the stage before, milliseconds.
    pub within: Option<i64>,
    /// Inputs that must not come between the stage before and this one, a bit each.
    pub guards: u32,
}

impl Stage {
    /// Its input as a bit.
    pub fn bit(&self) -> u32 {
        bit(self.input)
    }

    /// The slot behind its last.
    pub fn end(&self) -> u32 {
        self.from.saturating_add(self.times)
    }
}

/// A sequence.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// The stages in order; at least one.
    pub stages: Vec<Stage>,
    /// How many slots all of them have.
    pub slots: u32,
    /// The inputs that fill slots, a bit each.
    pub fills: u32,
    /// The last event is less than this after the first, milliseconds.
    pub window: i64,
    /// A stage has a `within` of its own.
    pub hasty: bool,
    /// Inputs that are read by name.
    pub read: u32,
    /// `within D no b` at the end: inputs that must not come, and D.
    pub absence: Option<(u32, i64)>,
}

/// An input as a bit.
pub(super) fn bit(input: u8) -> u32 {
    1u32.checked_shl(u32::from(input)).unwrap_or(0)
}

impl Shape {
    /// Of a rule; none where its `when` is no sequence, one without a slot, or one of inputs that no event
    /// can name.
    pub fn new(spec: &Spec) -> Option<Self> {
        let When::Sequence(steps) = &spec.when else { return None };
        let window = spec.window.map_or(i64::MAX, |w| w.length);
        let (mut stages, mut slots, mut fills, mut guards, mut deadline) = (Vec::new(), 0u32, 0, 0, None);
        if steps.iter().any(|s| bit(s.input) == 0) {
            return None;
        }
        for (i, step) in steps.iter().enumerate() {
            if step.absent {
                guards |= bit(step.input);
                deadline = step.within.or(deadline);
                continue;
            }
            if step.times == 0 {
                continue;
            }
            stages.push(Stage {
                step: u8::try_from(i).unwrap_or(u8::MAX),
                input: step.input,
                from: slots,
                times: step.times,
                within: if stages.is_empty() { None } else { step.within },
                guards: if stages.is_empty() { 0 } else { guards },
            });
            slots = slots.saturating_add(step.times);
            fills |= bit(step.input);
            guards = 0;
        }
        let hasty = stages.iter().any(|s: &Stage| s.within.is_some());
        let absence = (guards != 0).then(|| (guards, deadline.unwrap_or(window)));
        (!stages.is_empty()).then_some(Self { stages, slots, fills, window, hasty, read: spec.read, absence })
    }

    /// The stage of a slot; of the last one for any behind.
    pub fn stage(&self, slot: u32) -> &Stage {
        let i = self.stages.partition_point(|s| s.end() <= slot);
        &self.stages[i.min(self.stages.len() - 1)]
    }

    /// The first slot's input as a bit.
    pub fn first(&self) -> u32 {
        self.stages[0].bit()
    }

    /// The input of the last slot.
    pub fn last_input(&self) -> u8 {
        self.stages[self.stages.len() - 1].input
    }

    /// The inputs of the slots from `from` up to but not with `to`, a bit each.
    pub fn inputs(&self, from: u32, to: u32) -> u32 {
        self.stages.iter().filter(|s| s.from < to && from < s.end()).fold(0, |all, s| all | s.bit())
    }
}
