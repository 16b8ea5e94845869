//! Which types something takes and what it then gives: found out by asking its own check about every combination.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::markdown::{code, table};
use crate::value::Type;

/// The types that are asked about; `json` goes anywhere and would say nothing.
fn types() -> Vec<Type> {
    let single = [
        Type::String,
        Type::Enum(Arc::from([])),
        Type::Domain,
        Type::Arn,
        Type::Hash,
        Type::Int,
        Type::Float,
        Type::Bool,
        Type::Ip,
        Type::Cidr,
        Type::Time,
        Type::Duration,
        Type::Object,
    ];
    let lists = single.iter().cloned().map(Type::list).collect::<Vec<_>>();
    single.into_iter().chain(lists).collect()
}

/// A set of types, by their places in [`types`].
type Set = u32;

/// A table of what may stand at each place; the last column is what it gives, if that is asked for.
pub fn signature(places: &[&str], gives: bool, check: impl Fn(&[Type]) -> Option<String>) -> String {
    let all = types();
    let mut rows: Vec<(Vec<Set>, String)> = Vec::new();
    for n in 0..all.len().pow(u32::try_from(places.len()).unwrap_or(u32::MAX)) {
        let at: Vec<usize> = (0..places.len()).map(|p| n / all.len().pow(p as u32) % all.len()).collect();
        let chosen: Vec<Type> = at.iter().map(|&i| all[i].clone()).collect();
        if let Some(result) = check(&chosen) {
            rows.push((at.iter().map(|&i| 1 << i).collect(), result));
        }
    }
    for place in (0..places.len()).rev() {
        rows = merged(rows, place);
    }
    rows.sort_by_key(|(sets, _)| sets.iter().map(|s| s.trailing_zeros()).collect::<Vec<_>>());
    let mut head: Vec<&str> = places.iter().map(|p| p.trim_end_matches('?')).collect();
    head.extend(gives.then_some("gives"));
    let rows = rows.into_iter().map(|(sets, result)| {
        let mut cells: Vec<String> = sets.iter().map(|&s| words(s, &all)).collect();
        cells.extend(gives.then(|| code(&result)));
        cells
    });
    table(&head, rows)
}

/// Rows that differ at one place only become one.
fn merged(rows: Vec<(Vec<Set>, String)>, place: usize) -> Vec<(Vec<Set>, String)> {
    let mut by_rest: BTreeMap<(Vec<Set>, String), Set> = BTreeMap::new();
    for (mut sets, result) in rows {
        let set = std::mem::take(&mut sets[place]);
        *by_rest.entry((sets, result)).or_default() |= set;
    }
    by_rest
        .into_iter()
        .map(|((mut sets, result), set)| {
            sets[place] = set;
            (sets, result)
        })
        .collect()
}

/// A set in words; the five kinds of text and the two of number have a word each.
fn words(set: Set, all: &[Type]) -> String {
    let single = all.len() / 2;
    let mut out = Vec::new();
    for (from, list) in [(0, false), (single, true)] {
        let part = (set >> from) & ((1 << single) - 1);
        let wrap = |word: &str| if list { code(&format!("list<{word}>")) } else { code(word) };
        if part.count_ones() as usize == single {
            out.push(if list { "any list".to_owned() } else { "any single value".to_owned() });
            continue;
        }
        let mut left = part;
        for (mask, word) in [(0b11111, "text"), (0b110_0000, "number")] {
            if part & mask == mask {
                out.push(if list { format!("list of {word}") } else { word.to_owned() });
                left &= !mask;
            }
        }
        out.extend((0..single).filter(|i| left >> i & 1 == 1).map(|i| wrap(&all[i].to_string())));
    }
    out.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_gathered() {
        let both = |t: &[Type]| {
            let fits = t.iter().all(|t| t.is_number()) || *t == [Type::Bool, Type::Bool];
            fits.then(|| t[0].to_string())
        };
        assert_eq!(
            signature(&["a", "b"], true, both),
            "| a | b | gives |\n| --- | --- | --- |\n| `int` | number | `int` |\n| `float` | number | `float` |\n\
             | `bool` | `bool` | `bool` |\n\n"
        );
    }
}
