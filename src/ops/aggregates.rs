//! Aggregates over the events of a group in its window: names, docs and types. `state` evaluates them.

use super::Aggregate;
use super::types::number;
use crate::value::Type;

/// `count()`, `count(name)`
pub static COUNT: Aggregate = Aggregate {
    name: "count",
    doc: "how many events; `count(name)`: how many of that input",
    check: |types| none("count", types).map(|()| Type::Int),
};

/// `distinct(x)`
pub static DISTINCT: Aggregate = Aggregate {
    name: "distinct",
    doc: "how many different values; events without one do not count",
    check: |types| match types {
        [Type::Object] => Err("`distinct` takes a single value: name an attribute of the object".to_owned()),
        [_] => Ok(Type::Int),
        _ => Err("`distinct` takes one value: `distinct(dst_endpoint.port)`".to_owned()),
    },
};

/// `sum(x)`
pub static SUM: Aggregate = Aggregate {
    name: "sum",
    doc: "sum of numbers or durations; saturates",
    check: |types| amount("sum", types, false),
};

/// `min(x)`
pub static MIN: Aggregate =
    Aggregate { name: "min", doc: "the least number, duration or time", check: |types| amount("min", types, true) };

/// `max(x)`
pub static MAX: Aggregate =
    Aggregate { name: "max", doc: "the greatest number, duration or time", check: |types| amount("max", types, true) };

/// `avg(x)`
pub static AVG: Aggregate = Aggregate {
    name: "avg",
    doc: "mean of numbers (a float) or durations",
    check: |types| amount("avg", types, false).map(|t| if t == Type::Duration { Type::Duration } else { Type::Float }),
};

/// `jitter()`
pub static JITTER: Aggregate = Aggregate {
    name: "jitter",
    doc: "coefficient of variation of the gaps between events: 0 is a clock, 1 is chance; absent below three events",
    check: |types| none("jitter", types).map(|()| Type::Float),
};

/// `speed(location, beyond: 500km)`
pub static SPEED: Aggregate = Aggregate {
    name: "speed",
    doc: "greatest speed in km/h between consecutive located events that lie farther apart than `beyond`; absent below \
          two of them",
    check: |types| match types {
        [Type::Object | Type::Json | Type::List(_)] => Ok(Type::Float),
        [Type::Object | Type::Json | Type::List(_), far] if number(far) => Ok(Type::Float),
        _ => Err("`speed` takes a location and a distance: `speed(src_endpoint.location, beyond: 500km)`".to_owned()),
    },
};

/// `seen(name)`
pub static SEEN: Aggregate = Aggregate {
    name: "seen",
    doc: "whether an event of that input is in the window",
    check: |types| none("seen", types).map(|()| Type::Bool),
};

fn none(name: &str, types: &[Type]) -> Result<(), String> {
    if types.is_empty() {
        Ok(())
    } else {
        Err(format!("`{name}` takes no value; filter by `where`, or count different values by `distinct`"))
    }
}

fn amount(name: &str, types: &[Type], times: bool) -> Result<Type, String> {
    match types {
        [Type::Json] => Ok(Type::Float),
        [t @ (Type::Int | Type::Float | Type::Duration)] => Ok(t.clone()),
        [Type::Time] if times => Ok(Type::Time),
        _ => Err(format!("`{name}` takes one number or duration")),
    }
}
