//! Sequences (the law, section 4): from each beginning, slot by slot, the next event that fits.

use outguard::check::model::SequenceStep;

use super::Match;
use super::select::{Group, Member};

/// One event to be found.
struct Slot {
    input: usize,
    /// For the first slot of a step: `no` steps between it and the step before.
    absent: Vec<usize>,
    /// For the first slot of a step: less than this after the step before.
    within: Option<i64>,
    first: bool,
}

/// What must not follow the last slot: input, and for how long.
type Trailing = Option<(usize, i64)>;

fn slots(steps: &[SequenceStep]) -> (Vec<Slot>, Trailing) {
    let mut out: Vec<Slot> = Vec::new();
    let mut absent = Vec::new();
    let mut trailing = None;
    for (i, step) in steps.iter().enumerate() {
        if step.absent {
            match step.within {
                Some(within) if i + 1 == steps.len() => trailing = Some((step.input, within)),
                _ => absent.push(step.input),
            }
            continue;
        }
        for n in 0..step.times {
            let first = n == 0;
            out.push(Slot {
                input: step.input,
                absent: if first { std::mem::take(&mut absent) } else { Vec::new() },
                within: step.within.filter(|_| first),
                first,
            });
        }
    }
    (out, trailing)
}

/// The matches of a sequence rule. `until`: the watermark at the end.
pub fn matches<'r>(steps: &[SequenceStep], length: i64, members: &[Member<'r>], until: i64) -> Vec<Match<'r>> {
    let (slots, trailing) = slots(steps);
    let mut groups: Vec<&Group> = Vec::new();
    for m in members {
        if !groups.contains(&&m.group) {
            groups.push(&m.group);
        }
    }
    let mut out = Vec::new();
    for group in groups {
        let mut events: Vec<&Member<'r>> = members.iter().filter(|m| m.group == *group).collect();
        events.sort_by_key(|m| (m.record.time, m.record.id));
        of_group(&slots, trailing, length, &events, until, &mut out);
    }
    out
}

fn of_group<'r>(
    slots: &[Slot],
    trailing: Trailing,
    length: i64,
    events: &[&Member<'r>],
    until: i64,
    out: &mut Vec<Match<'r>>,
) {
    // Every beginning by itself: the events of its slots, if all of them are filled.
    let whole: Vec<Vec<usize>> = (0..events.len())
        .filter(|&b| events[b].names.contains(&slots[0].input))
        .filter_map(|b| follow(slots, length, events, b))
        .collect();
    let time = |i: usize| events[i].record.time;
    let end = |filled: &[usize]| time(*filled.last().expect("a slot"));
    let mut ends: Vec<i64> = whole.iter().map(|f| end(f)).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut floor = i64::MIN;
    for at in ends {
        let decided = match trailing {
            None => at,
            Some((input, within)) => {
                let came = events
                    .iter()
                    .any(|m| m.names.contains(&input) && m.record.time > at && m.record.time - at < within);
                if came || until < at + within {
                    continue;
                }
                at + within
            }
        };
        // Completed at one instant: the earliest beginning wins, the others are dropped with it.
        let winner = whole
            .iter()
            .filter(|f| end(f) == at && time(f[0]) > floor)
            .min_by_key(|f| (time(f[0]), events[f[0]].record.id));
        let Some(filled) = winner else { continue };
        floor = at;
        let last = *filled.last().expect("a slot");
        out.push(Match {
            group: events[last].group.clone(),
            last: events[last].record,
            decided,
            behind: filled.iter().zip(slots).map(|(i, s)| (events[*i].record, s.input)).collect(),
            bare: slots.last().map(|s| s.input),
        });
    }
}

/// From one beginning, instant by instant, as many slots as can be filled; nothing if they do not come to an end.
fn follow(slots: &[Slot], length: i64, events: &[&Member<'_>], begin: usize) -> Option<Vec<usize>> {
    let time = |i: usize| events[i].record.time;
    let mut filled = vec![begin];
    let mut instants: Vec<i64> = events.iter().map(|m| m.record.time).filter(|t| *t >= time(begin)).collect();
    instants.dedup();
    for at in instants {
        if at - time(begin) >= length {
            return None;
        }
        let tie: Vec<usize> = (0..events.len()).filter(|&i| time(i) == at && i != begin).collect();
        filled = fill(slots, events, filled, &tie);
        if filled.len() == slots.len() {
            return Some(filled);
        }
    }
    None
}

/// The most slots that a tie can fill; of several ways the one with the earliest identities, slot by slot.
fn fill(slots: &[Slot], events: &[&Member<'_>], filled: Vec<usize>, tie: &[usize]) -> Vec<usize> {
    let mut best = filled.clone();
    for &i in tie {
        if filled.len() < slots.len() && !filled.contains(&i) && fits(&slots[filled.len()], events, &filled, i) {
            let mut more = filled.clone();
            more.push(i);
            let more = fill(slots, events, more, tie);
            if more.len() > best.len() {
                best = more;
            }
        }
    }
    best
}

/// Whether an event fits a slot behind those that are filled.
fn fits(slot: &Slot, events: &[&Member<'_>], filled: &[usize], i: usize) -> bool {
    let before = events[*filled.last().expect("a beginning")].record.time;
    let at = events[i].record.time;
    let broken = events
        .iter()
        .any(|m| m.record.time > before && m.record.time < at && m.names.iter().any(|n| slot.absent.contains(n)));
    events[i].names.contains(&slot.input)
        && !(slot.first && broken)
        && slot.within.is_none_or(|within| at - before < within)
}
