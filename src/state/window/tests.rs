//! Windows as the law has them, and the same as a naive recomputation.

use std::sync::Arc;

use crate::ops::operator;
use crate::state::{
    Aggregate, AggregateOp, By, Decides, Fired, Formula, Happening, Limit, Spec, Table, Term, When, Window, finish,
};
use crate::value::{Raw, Raws, Time, Value};

mod law;
mod naive;

/// An event of a test.
#[derive(Debug, Clone)]
pub struct Event {
    time: i64,
    id: u128,
    inputs: u32,
    args: Vec<Value>,
}

fn event(time: i64, id: u128) -> Event {
    Event { time, id, inputs: 1, args: vec![] }
}

impl Event {
    fn of(mut self, input: u8) -> Event {
        self.inputs = 1 << input;
        self
    }

    fn with(mut self, value: impl Into<Option<i64>>) -> Event {
        self.args.push(value.into().map_or(Value::Null, Value::Int));
        self
    }
}

fn aggregate(op: AggregateOp) -> Aggregate {
    Aggregate { name: Arc::from("test"), op, input: None, arg: None, enough: None }
}

fn over(op: AggregateOp, arg: usize) -> Aggregate {
    Aggregate { arg: Some(arg), ..aggregate(op) }
}

fn of(op: AggregateOp, input: u8) -> Aggregate {
    Aggregate { input: Some(input), ..aggregate(op) }
}

fn compare(at: usize, op: &str, n: i64) -> Formula {
    Formula::Compare(operator(op).expect("an operator"), Term::Aggregate(at), Term::Const(Value::Int(n)))
}

fn spec(length: i64, tumbling: bool, aggregates: Vec<Aggregate>, formula: Formula) -> Spec {
    let mut spec = Spec {
        window: Some(Window { length, tumbling }),
        when: When::Window { aggregates, formula },
        decides: Decides::AtOnce,
        inputs: 2,
        read: 0,
    };
    finish(&mut spec);
    spec
}

fn table(spec: &Spec) -> Table {
    Table::new(&Arc::new(spec.clone()), Limit::default(), 7)
}

/// A match, for comparison.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    time: i64,
    id: u128,
    behind: Vec<(i64, u128)>,
    first: i64,
    measures: Vec<Value>,
    named: Vec<(u8, Vec<u8>)>,
}

fn seen(at: i64, tie: &[Event], fired: Fired) -> Seen {
    let (time, id) = match fired.by {
        By::Now(now) => (at, tie[now].id),
        By::Kept { time, id, kept, .. } => {
            assert_eq!(kept, id.to_le_bytes(), "what was kept is that event's");
            (time.0, id)
        }
    };
    let mut behind: Vec<(i64, u128)> = fired.behind.iter().map(|(t, id)| (t.0, *id)).collect();
    behind.sort_unstable();
    Seen { time, id, behind, first: fired.first.0, measures: fired.measures, named: fired.named }
}

fn step(table: &mut Table, key: &[u8], tie: &[Event], out: &mut Vec<Fired>) {
    let kept: Vec<(Vec<u8>, [u8; 16])> =
        tie.iter().map(|e| ((0..8).filter(|i| e.inputs >> i & 1 > 0).collect(), e.id.to_le_bytes())).collect();
    let kept: Vec<Vec<(u8, &[u8])>> =
        kept.iter().map(|(inputs, kept)| inputs.iter().map(|i| (*i, kept.as_slice())).collect()).collect();
    let args: Vec<Raws> = tie.iter().map(|e| e.args.iter().collect()).collect();
    let args: Vec<Vec<Raw<'_>>> = args.iter().map(|raws| raws.all().collect()).collect();
    let happenings: Vec<Happening<'_>> = tie
        .iter()
        .zip(&args)
        .zip(&kept)
        .map(|((e, args), kept)| Happening { id: e.id, inputs: e.inputs, args, kept })
        .collect();
    table.step(key, Time(tie[0].time), &happenings, out);
}

/// Runs a trace, in order, of one group; with `stored`, through bytes at every step.
fn run(spec: &Spec, events: &[Event], stored: bool) -> Vec<Seen> {
    let mut table = table(spec);
    let mut out = Vec::new();
    let (mut fired, mut due) = (Vec::new(), Vec::new());
    for tie in events.chunk_by(|a, b| a.time == b.time) {
        table.due(Time(tie[0].time), &mut due);
        out.extend(due.drain(..).map(|(_, at, fired)| seen(at.0, &[], fired)));
        step(&mut table, b"k", tie, &mut fired);
        out.extend(fired.drain(..).map(|fired| seen(tie[0].time, tie, fired)));
        if stored {
            let mut groups = Vec::new();
            table.export(true, &mut |key, state| groups.push((key.to_vec(), state.map(<[u8]>::to_vec))));
            table = self::table(spec);
            for (key, state) in groups {
                if let Some(state) = state {
                    assert!(table.import(&key, &state));
                }
            }
        }
    }
    table.due(Time(i64::MAX), &mut due);
    out.extend(due.drain(..).map(|(_, at, fired)| seen(at.0, &[], fired)));
    out
}

/// Ids of the events that complete a match, and how many events each is told of.
fn told(seen: &[Seen]) -> Vec<(u128, usize)> {
    seen.iter().map(|s| (s.id, s.behind.len())).collect()
}
