//! What a window remembers of events beyond those that it keeps: it is cut into panes, of each of which every aggregate
//! is known, of `distinct` a sketch (Apache DataSketches HLL).

use std::collections::VecDeque;

use datasketches::hll::{HllSketch, HllType, HllUnion};

use super::column::{Cell, put_signed, signed};
use super::fold::Fold;
use super::spec::AggregateOp;
use crate::value::Value;
use crate::value::bytes::{Bytes, put_bytes, put_number};

/// A window has so many panes.
pub const PANES: i64 = 64;

/// Registers of a sketch, as a power of two.
const REGISTERS: u8 = 12;

/// Standard deviation of an even distribution over a span of one.
const EVEN: f64 = 0.288_675_134_594_812_9;

/// The panes of a group, the oldest first.
#[derive(Debug, Clone)]
pub struct Panes {
    /// Milliseconds of a pane; nothing if the whole window is one.
    width: Option<i64>,
    list: VecDeque<Pane>,
    /// For each aggregate that is sketched, all values of the window, and from which pane on.
    unions: Vec<Option<(i64, HllUnion)>>,
}

#[derive(Debug, Clone)]
struct Pane {
    index: i64,
    spans: Vec<Span>,
}

#[derive(Debug, Clone)]
enum Span {
    Fold(Fold),
    Sketch(HllSketch),
}

fn sketch() -> HllSketch {
    HllSketch::new(REGISTERS, HllType::Hll4).expect("a number of registers that it allows")
}

/// Relative standard error of a sketch.
fn sketch_error() -> f64 {
    1.04 / f64::from(1u32 << REGISTERS).sqrt()
}

impl Panes {
    /// None yet, for a window of a length and so many aggregates; a tumbling window is one pane.
    #[must_use]
    pub fn new(length: i64, tumbling: bool, aggregates: usize) -> Panes {
        // Rounded up, so that there are never more than one over.
        let width = (!tumbling).then(|| (length / PANES).saturating_add(i64::from(length % PANES > 0)).max(1));
        Panes { width, list: VecDeque::new(), unions: vec![None; aggregates] }
    }

    /// Drops the panes all of whose events are at an instant or before; true if none are left.
    pub fn trim(&mut self, after: i64) -> bool {
        while self.list.front().is_some_and(|pane| self.last_of(pane.index) <= after) {
            self.list.pop_front();
        }
        self.list.is_empty()
    }

    /// Takes in an event that is no longer kept for an aggregate, though it is in the window.
    pub fn add(&mut self, ops: &[AggregateOp], aggregate: usize, (time, cell): (i64, Cell)) {
        let index = self.width.map_or(0, |width| time.div_euclid(width));
        let at = self.list.iter().rposition(|pane| pane.index <= index);
        let at = match at {
            Some(at) if self.list[at].index == index => at,
            before => {
                let spans = ops.iter().map(|op| match op {
                    AggregateOp::Distinct => Span::Sketch(sketch()),
                    op => Span::Fold(Fold::new(*op)),
                });
                let at = before.map_or(0, |at| at + 1);
                self.list.insert(at, Pane { index, spans: spans.collect() });
                at
            }
        };
        match &mut self.list[at].spans[aggregate] {
            Span::Fold(fold) => fold.add(time, cell),
            Span::Sketch(sketch) => sketch.update(cell),
        }
    }

    /// A new value of the window.
    pub fn saw(&mut self, aggregate: usize, cell: Cell) {
        if let Some((_, union)) = &mut self.unions[aggregate] {
            union.update_value(cell);
        }
    }

    /// An aggregate over the window that begins after an instant: the panes, then what is kept. With the relative standard error; none if the panes say nothing of it.
    pub fn fold(&self, op: AggregateOp, aggregate: usize, after: i64, kept: &Fold) -> (Fold, Option<f64>) {
        let mut all = Fold::new(op);
        let mut cut = 0.0;
        let mut any = false;
        for pane in &self.list {
            let Span::Fold(fold) = &pane.spans[aggregate] else { continue };
            any |= fold.events() > 0;
            let share = self.share(pane.index, after);
            if share < 1.0 {
                cut += fold.events() as f64;
                all.merge(&fold.part(share));
            } else {
                all.merge(fold);
            }
        }
        all.merge(kept);
        let error = any.then(|| EVEN * cut / (all.events() as f64).max(1.0));
        (all, error)
    }

    /// How many different values there are in panes and in what is kept, and the relative standard error; nothing if
    /// no value left what is kept.
    pub fn distinct(&mut self, aggregate: usize, after: i64, kept: impl Iterator<Item = Cell>) -> Option<(Value, f64)> {
        let sketches = || {
            self.list.iter().filter_map(|pane| match &pane.spans[aggregate] {
                Span::Sketch(sketch) if !sketch.is_empty() => Some((pane.index, sketch)),
                _ => None,
            })
        };
        let (first, oldest) = sketches().next()?;
        let union = match self.unions[aggregate].take() {
            Some((from, union)) if from == first => union,
            _ => {
                let mut union = HllUnion::new(REGISTERS).expect("a number of registers that it allows");
                sketches().for_each(|(_, sketch)| union.update(sketch));
                kept.for_each(|cell| union.update_value(cell));
                union
            }
        };
        // That of the registers alone: it does not depend on the order in which values came.
        let all = union.composite_estimate().max(1.0);
        let cut = if self.share(first, after) < 1.0 { oldest.composite_estimate() } else { 0.0 };
        self.unions[aggregate] = Some((first, union));
        Some((Value::Int(all.round() as i64), sketch_error().hypot(EVEN * cut / all)))
    }

    /// About how many bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let span = |span: &Span| match span {
            Span::Fold(_) => size_of::<Span>(),
            Span::Sketch(sketch) => size_of::<Span>() + sketch.estimated_size(),
        };
        self.list.iter().flat_map(|pane| &pane.spans).map(span).sum::<usize>()
            + self.unions.iter().flatten().count() * (1 << REGISTERS)
    }

    /// Appends them.
    pub fn save(&self, out: &mut Vec<u8>) {
        put_number(out, self.list.len() as u64);
        for pane in &self.list {
            put_signed(out, pane.index);
            for span in &pane.spans {
                match span {
                    Span::Fold(fold) => fold.save(out),
                    Span::Sketch(sketch) => put_bytes(out, &sketch.serialize()),
                }
            }
        }
    }

    /// Reads what [`save`](Self::save) wrote, into none.
    pub fn load(&mut self, ops: &[AggregateOp], bytes: &mut Bytes<'_>) -> Option<()> {
        for _ in 0..bytes.number()? {
            let index = signed(bytes)?;
            if self.list.back().is_some_and(|pane| pane.index >= index) {
                return None;
            }
            let mut spans = Vec::new();
            for op in ops {
                spans.push(match op {
                    AggregateOp::Distinct => {
                        let sketch = HllSketch::deserialize(bytes.bytes()?).ok()?;
                        (sketch.lg_config_k() == REGISTERS).then_some(Span::Sketch(sketch))?
                    }
                    op => Span::Fold(Fold::load(*op, bytes)?),
                });
            }
            self.list.push_back(Pane { index, spans });
        }
        Some(())
    }

    /// The last instant of a pane.
    fn last_of(&self, index: i64) -> i64 {
        self.width.map_or(i64::MAX, |width| index.saturating_add(1).saturating_mul(width).saturating_sub(1))
    }

    /// Which share of a pane lies after an instant.
    fn share(&self, index: i64, after: i64) -> f64 {
        let Some(width) = self.width else { return 1.0 };
        (self.last_of(index).saturating_sub(after) as f64 / width as f64).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests;
