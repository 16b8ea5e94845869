//! Rule sets and traces of rules that count over time: few groups, small windows, many ties, several inputs.

use std::sync::Arc;

use outguard::check::Model;
use outguard::value::Value;

use super::events::EPOCH;
use crate::rng::Rng;
use crate::world::{Record, keep, vocabulary};

/// A rule set, and what of it did not load.
pub struct Made {
    /// The text.
    pub text: String,
    /// The rules.
    pub model: Model,
    /// Items that did not load, and why.
    pub refused: Vec<(String, String)>,
}

/// A selector, and the attributes of its class that rules may aggregate.
struct Input {
    name: String,
    kind: &'static str,
    condition: Option<String>,
}

const HEAD: &str = "param few: int = 2\nparam some: int = 3\nparam window: duration = 5s\n";

/// A rule set of one to three stateful rules, with a profile or rules over findings now and then.
pub fn rules(rng: &mut Rng) -> Made {
    let mut items = Vec::new();
    let profiled = rng.percent(35);
    if profiled {
        items.push(profile(rng));
    }
    let n = 1 + rng.below(3);
    for i in 0..n {
        items.push(if profiled && rng.percent(70) { asks_profile(rng, i) } else { counts(rng, i) });
    }
    if rng.percent(25) {
        items.push(over_findings(rng, n));
    }
    if rng.percent(20) {
        items.push(format!(
            "suppress \"s\" {{\n  on finding where severity <= {} and title contains \"{}\"\n}}\n",
            rng.between(2, 8),
            rng.pick(&["p", "A", "unknown", "1"])
        ));
    }
    let (text, model, refused) = keep(HEAD, items);
    Made { text, model, refused }
}

/// Seconds, sometimes with a half.
fn seconds(rng: &mut Rng, least: i64, greatest: i64) -> String {
    if rng.percent(25) {
        format!("{}ms", rng.between(least * 2, greatest * 2) * 500 + rng.between(-1, 1))
    } else {
        format!("{}s", rng.between(least, greatest))
    }
}

fn profile(rng: &mut Rng) -> String {
    let condition = if rng.percent(50) { "" } else { " where api.operation ?? \"\" != \"C\"" };
    let per = if rng.percent(70) { "actor.principal" } else { "actor.principal, status" };
    let remember = rng.between(4, 18);
    format!(
        "profile p {{\n  on api{condition}\n  per {per}\n  learn {}\n  remember {remember}s\n  settle {}\n  value op = api.operation\n  \
         value pair = (api.operation, status)\n  value list = actor.user.groups\n  volume all = count() every {}\n  \
         volume some_of = {} where has status every 2s\n}}\n",
        seconds(rng, 1, 9),
        seconds(rng, 1, 3.min(remember)),
        seconds(rng, 1, 3),
        rng.pick(&["sum(http_request.body_length)", "distinct(api.operation)", "max(http_request.body_length)"]),
    )
}

fn question(rng: &mut Rng) -> String {
    match rng.below(9) {
        0 | 1 => "p.new(op)".to_owned(),
        2 => "p.new(pair)".to_owned(),
        3 => "p.new(list)".to_owned(),
        4 => format!("p.surge(all, sigma: {}, floor: {})", rng.pick(&["0.5", "1", "2"]), rng.between(0, 3)),
        5 => format!("p.surge(some_of, sigma: {}, floor: {})", rng.pick(&["0.5", "1"]), rng.between(0, 3)),
        6 => format!("p.surprise(op) >= {}", rng.pick(&["0.77", "1.31", "2.19", "3.07"])),
        7 => format!("p.surprise(op, pair) >= {}", rng.pick(&["1.77", "2.31", "4.19"])),
        _ => format!("p.surprise(list) > {}", rng.pick(&["0.77", "1.31", "2.19"])),
    }
}

fn asks_profile(rng: &mut Rng, n: usize) -> String {
    let when = match rng.below(5) {
        0 => format!("{} and {}", question(rng), question(rng)),
        1 => format!("{} or {}", question(rng), question(rng)),
        2 => format!("not {}", ["p.new(op)", "p.new(pair)"][rng.below(2)]),
        _ => question(rng),
    };
    let input = Input { name: String::new(), kind: "api", condition: condition(rng, "api") };
    finding(rng, n, &[input], "", &when, "")
}

/// `where` of an input.
fn condition(rng: &mut Rng, kind: &str) -> Option<String> {
    let of = |names: &[&str], rng: &mut Rng| Some((*rng.pick(names)).to_owned());
    match kind {
        "api" => match rng.below(6) {
            0 => None,
            1 => of(&["status == failure", "status == success"], rng),
            2 => of(&["api.operation in [\"A\", \"B\"]", "has http_request.body_length"], rng),
            _ => of(&["api.operation == \"A\"", "api.operation == \"B\"", "api.operation == \"C\""], rng),
        },
        "authentication" => {
            of(&["status == failure", "status == success", "has actor.user.groups", "activity == logon"], rng)
        }
        _ => match rng.below(3) {
            0 => None,
            _ => of(&["initiator == remote", "local.port in [1, 2]", "has traffic.bytes"], rng),
        },
    }
}

/// The number that aggregates of a kind read, and other attributes.
fn number(kind: &str) -> &'static str {
    match kind {
        "api" => "http_request.body_length",
        "network" => "traffic.bytes",
        _ => "src_endpoint.location.lat",
    }
}

fn value(rng: &mut Rng, kind: &str) -> &'static str {
    let of: &[&'static str] = match kind {
        "api" | "cloudtrail" => {
            &["api.operation", "http_request.body_length", "status", "src_endpoint.ip", "api.request.data.n", "time"]
        }
        "network" => &["local.port", "remote.ip", "traffic.bytes"],
        _ => &["activity", "src_endpoint.ip", "actor.principal"],
    };
    of[rng.below(of.len())]
}

fn principal(kind: &str) -> &'static str {
    if kind == "network" { "local.instance_uid" } else { "actor.principal" }
}

/// A rule that counts or waits for a sequence.
fn counts(rng: &mut Rng, n: usize) -> String {
    let several = rng.percent(60);
    let count = if several { 2 + rng.below(2) } else { 1 };
    let mixed = rng.percent(30);
    let first = *rng.pick(&["api", "api", "network", "authentication"]);
    let mut inputs = Vec::new();
    for i in 0..count {
        let kind = if i > 0 && mixed { *rng.pick(&["api", "network", "authentication"]) } else { first };
        let name = if several || rng.percent(20) { ["a", "b", "c"][i].to_owned() } else { String::new() };
        inputs.push(Input { name, kind, condition: condition(rng, kind) });
    }
    let per = per(rng, &inputs);
    let sequence = !inputs[0].name.is_empty() && rng.percent(55);
    let when = if sequence { steps(rng, &inputs) } else { window_condition(rng, &inputs) };
    let within = match rng.below(5) {
        0 => "within window".to_owned(),
        1 if !sequence => format!("within {} tumbling", seconds(rng, 1, 8)),
        2 if !sequence => format!("within {} tumbling", seconds(rng, 2, 5)),
        _ => format!("within {}", seconds(rng, 1, 15)),
    };
    finding(rng, n, &inputs, &per, &when, &within)
}

fn per(rng: &mut Rng, inputs: &[Input]) -> String {
    let principals: Vec<&str> = inputs.iter().map(|i| principal(i.kind)).collect();
    let same = principals.iter().all(|p| *p == principals[0]);
    let aligned = || {
        let parts = inputs.iter().zip(&principals).map(|(i, p)| format!("{}.{p}", i.name));
        parts.collect::<Vec<_>>().join(" = ")
    };
    let one = inputs.len() == 1;
    let across = if rng.percent(20) { " across accounts" } else { "" };
    match rng.below(8) {
        0 | 1 => String::new(),
        2 if one && inputs[0].kind == "api" => format!("per each r in resources: r.uid{across}"),
        3 if one && inputs[0].kind == "authentication" => format!("per each g in actor.user.groups: g{across}"),
        4 if same && inputs[0].kind == "api" => format!("per actor.principal, api.request.data.n{across}"),
        _ if same => format!("per {}{across}", principals[0]),
        _ => format!("per {}{across}", aligned()),
    }
}

fn steps(rng: &mut Rng, inputs: &[Input]) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    rng.shuffle(&mut order);
    for _ in 0..rng.below(3) {
        order.push(rng.below(inputs.len()));
    }
    for (i, input) in order.iter().enumerate() {
        let name = &inputs[*input].name;
        let last = i + 1 == order.len();
        let absent = i > 0 && rng.percent(30);
        if absent && last {
            out.push(format!("within {} no {name}", seconds(rng, 1, 6)));
        } else if absent {
            out.push(format!("no {name}"));
        } else {
            let within =
                if i > 0 && rng.percent(35) { format!("within {} ", seconds(rng, 1, 6)) } else { String::new() };
            let times = if rng.percent(40) { format!(" x{}", rng.between(1, 3)) } else { String::new() };
            out.push(format!("{within}{name}{times}"));
        }
    }
    // A lone `no` before the trailing one, or at the front, does not load; such rules are refused.
    out.join(" then ")
}

fn window_condition(rng: &mut Rng, inputs: &[Input]) -> String {
    match rng.below(8) {
        0 => format!("{} and {}", aggregate_condition(rng, inputs), aggregate_condition(rng, inputs)),
        1 => format!("{} or {}", aggregate_condition(rng, inputs), aggregate_condition(rng, inputs)),
        2 => format!(
            "2 of ({}, {}, {})",
            aggregate_condition(rng, inputs),
            aggregate_condition(rng, inputs),
            aggregate_condition(rng, inputs)
        ),
        3 => format!("not (count() >= {}) or {}", rng.between(1, 4), aggregate_condition(rng, inputs)),
        _ => aggregate_condition(rng, inputs),
    }
}

fn compare(rng: &mut Rng, aggregate: &str, least: i64, greatest: i64) -> String {
    let n = rng.between(least, greatest);
    let greater = ["<", "<=", ">", ">="];
    match rng.below(14) {
        0 => format!("{aggregate} == {n}"),
        1 => format!("{aggregate} in {n}..={}", n + 1),
        2 => format!("{n} <= {aggregate}"),
        3 => format!("{n} > {aggregate}"),
        4 => format!("{aggregate} {} few", greater[rng.below(4)]),
        5 => format!("{aggregate} {} {n}", greater[rng.below(2)]),
        _ => format!("{aggregate} {} {n}", greater[2 + rng.below(2)]),
    }
}

fn aggregate_condition(rng: &mut Rng, inputs: &[Input]) -> String {
    let input = &inputs[rng.below(inputs.len())];
    let named = !input.name.is_empty();
    let of = |what: &str| if named { format!("{}.{what}", input.name) } else { what.to_owned() };
    let only = if named { input.name.as_str() } else { "" };
    let number = of(number(input.kind));
    match rng.below(16) {
        0 | 1 => compare(rng, "count()", 1, 5),
        2 | 3 => compare(rng, &format!("count({only})"), 1, 4),
        4 if named => format!("seen({only})"),
        4 | 5 => {
            let value = of(value(rng, input.kind));
            compare(rng, &format!("distinct({value})"), 1, 4)
        }
        6 => {
            let of = if input.kind == "authentication" { of("actor.user.groups") } else { number.clone() };
            compare(rng, &format!("distinct({of})"), 1, 3)
        }
        7 => compare(rng, &format!("sum({number})"), 1, 12),
        8 => compare(rng, &format!("max({number})"), 1, 6),
        9 => compare(rng, &format!("min({number})"), 1, 6),
        10 => format!("avg({number}) {} {}.5", rng.pick(&["<", ">="]), rng.between(1, 4)),
        11 => format!("avg({number}) ?? 0 > {}", rng.between(1, 4)),
        12 => {
            let only = if rng.percent(50) { only } else { "" };
            format!("jitter({only}) {} 0.{}7", rng.pick(&["<", ">="]), rng.between(1, 9))
        }
        13 if input.kind != "network" => {
            let beyond = rng.pick(&["", ", beyond: 100km", ", beyond: 1000km"]);
            format!("speed({}{beyond}) >= {}", of("src_endpoint.location"), rng.pick(&["200", "5000", "1000000"]))
        }
        14 if inputs.len() > 1 => format!("count({}) > count({}) * 2", inputs[0].name, inputs[1].name),
        15 if inputs.len() > 1 => {
            let all: Vec<String> = inputs.iter().map(|i| format!("seen({})", i.name)).collect();
            format!("({})", all.join(" and "))
        }
        _ => compare(rng, "count()", 1, 6),
    }
}

/// What a rule says, with attributes that it may read.
fn finding(rng: &mut Rng, n: usize, inputs: &[Input], per: &str, when: &str, within: &str) -> String {
    let mut on = Vec::new();
    for input in inputs {
        let name = if input.name.is_empty() { String::new() } else { format!("{} = ", input.name) };
        let condition = input.condition.as_ref().map(|c| format!(" where {c}")).unwrap_or_default();
        on.push(format!("{name}{}{condition}", input.kind));
    }
    // A step that is a `no` has no event to read of.
    let readable: Vec<&Input> =
        inputs.iter().filter(|i| !when.contains(&format!("no {}", i.name)) || i.name.is_empty()).collect();
    let mut holes = String::new();
    for input in readable.iter().take(2) {
        let what = value(rng, input.kind);
        let text = if inputs.len() > 1 { format!("{}.{what}", input.name) } else { what.to_owned() };
        holes.push_str(&format!(" {{{text}}}"));
    }
    let read = readable.first().map(|i| {
        let what = if i.kind == "network" { "initiator == remote" } else { "status == failure" };
        if inputs.len() > 1 { format!("{}.{what}", i.name) } else { what.to_owned() }
    });
    let severity = match (&read, rng.below(3)) {
        (Some(read), 0) => format!("high if {read}, else low"),
        (_, 1) => "medium".to_owned(),
        _ => format!("{}", rng.between(1, 9)),
    };
    let mut out = format!(
        "finding Recon:EC2/S{n} {{\n  severity {severity}\n  title \"{n}{holes}\"\n  on {}\n",
        on.join(",\n     ")
    );
    for clause in [per.to_owned(), format!("when {when}"), within.to_owned()] {
        if !clause.is_empty() {
            out.push_str(&format!("  {clause}\n"));
        }
    }
    if let (Some(read), true) = (read, rng.percent(20)) {
        out.push_str(&format!("  except \"x\" where {read}\n"));
    }
    out.push_str("}\n");
    out
}

fn over_findings(rng: &mut Rng, n: usize) -> String {
    let of = rng.below(n);
    let types = if rng.percent(60) { format!("type == \"Recon:EC2/S{of}\"") } else { "severity >= 2".to_owned() };
    let per = if rng.percent(50) { "  per actor.principal\n" } else { "" };
    let (on, when, hole) = match rng.below(5) {
        0 => (format!("finding where {types}"), String::new(), "title"),
        1 => (
            format!("f = finding where {types},\n     a = api where api.operation == \"A\""),
            "f then a".to_owned(),
            "a.api.operation",
        ),
        2 => (
            format!("f = finding where {types},\n     a = api where api.operation == \"B\""),
            "a then within 4s no f".to_owned(),
            "a.api.operation",
        ),
        3 => (format!("f = finding where {types}"), "f x2".to_owned(), "f.title"),
        _ => (
            format!("finding where {types}"),
            format!("count() {} {}", rng.pick(&[">=", "<="]), rng.between(1, 3)),
            "title",
        ),
    };
    let (per, when, within) = if when.is_empty() {
        ("", String::new(), String::new())
    } else {
        (per, format!("  when {when}\n"), format!("  within {}\n", seconds(rng, 2, 12)))
    };
    format!(
        "finding Recon:EC2/T0 {{\n  severity {}\n  title \"over {{{hole}}}\"\n  on {on}\n{per}{when}{within}}}\n",
        rng.between(1, 9)
    )
}

/// A rule set of one sequence, without what would speak of more than its last event.
pub fn one_sequence(rng: &mut Rng) -> Made {
    let inputs: Vec<Input> = ["a", "b", "c"]
        .iter()
        .take(1 + rng.below(3))
        .map(|name| Input { name: (*name).to_owned(), kind: "api", condition: condition(rng, "api") })
        .collect();
    let when = if inputs.len() == 1 { format!("a x{} then a", rng.between(1, 6)) } else { steps(rng, &inputs) };
    let within = format!("within {}", seconds(rng, 5, 60));
    let on: Vec<String> = inputs
        .iter()
        .map(|i| {
            let condition = i.condition.as_ref().map(|c| format!(" where {c}")).unwrap_or_default();
            format!("{} = api{condition}", i.name)
        })
        .collect();
    let item = format!(
        "finding Recon:EC2/S0 {{\n  severity low\n  title \"s\"\n  on {}\n  when {when}\n  {within}\n}}\n",
        on.join(",\n     ")
    );
    let (text, model, refused) = keep(HEAD, vec![item]);
    Made { text, model, refused }
}

/// A long trace of one group: far more beginnings than are kept.
pub fn crowd(rng: &mut Rng) -> Vec<Record> {
    let length = 40 + rng.below(60);
    let span = *rng.pick(&[30, 60, 120]);
    (1..=length as u128)
        .map(|i| {
            let at = EPOCH + rng.between(0, span) * 1000;
            let mut record = record(rng, "api", at, i * 7919 % 65537 + (i << 64), true);
            record.account = None;
            record
        })
        .collect()
}

/// A trace: events of few groups at few instants.
pub fn trace(rng: &mut Rng) -> Vec<Record> {
    let length = 4 + rng.below(28);
    let (span, step) = *rng.pick(&[(20, 1000), (40, 500), (12, 1000), (30, 1000), (60, 1000)]);
    let one_group = rng.percent(40);
    let only_api = rng.percent(50);
    // Identities in no order of time.
    let mut ids: Vec<u128> = (1..=length as u128).map(|i| i * 7 % 1009 + (i << 64)).collect();
    rng.shuffle(&mut ids);
    let mut out = Vec::new();
    for id in ids {
        let kind = if only_api { "api" } else { *rng.pick(&["api", "api", "network", "authentication"]) };
        let at = EPOCH + rng.between(0, span) * step + if rng.percent(4) { rng.between(-1, 1) } else { 0 };
        out.push(record(rng, kind, at, id, one_group));
    }
    for _ in 0..rng.below(3) {
        let twice = out[rng.below(out.len())].clone();
        out.push(twice);
    }
    out
}

fn record(rng: &mut Rng, kind: &str, time: i64, id: u128, one_group: bool) -> Record {
    let mut attrs: Vec<(Arc<str>, Value)> = Vec::new();
    let mut put = |name: &str, value: Option<Value>| attrs.extend(value.map(|v| (Arc::from(name), v)));
    let who = match rng.below(if one_group { 14 } else { 10 }) {
        0 => None,
        1 => Some(Value::Null),
        2 => Some(Value::str("")),
        3 | 4 => Some(Value::str("q")),
        _ => Some(Value::str("p")),
    };
    put(principal(kind), who);
    let small = |rng: &mut Rng| match rng.below(20) {
        0 => None,
        1 => Some(Value::Null),
        2 => Some(Value::str("x")),
        3 => Some(Value::str("3")),
        4 => Some(Value::Int(-2)),
        _ => Some(Value::Int(rng.between(0, 6))),
    };
    let word = |rng: &mut Rng, words: &[&str]| match rng.below(12) {
        0 => None,
        1 => Some(Value::str("nonsense")),
        _ => Some(Value::str(words[rng.below(words.len())])),
    };
    let texts = |rng: &mut Rng| {
        let n = rng.below(4);
        let all = (0..n).map(|_| if rng.percent(10) { Value::Null } else { Value::str(["g", "h", ""][rng.below(3)]) });
        (n > 0).then(|| Value::List(all.collect()))
    };
    match kind {
        "api" => {
            put("api.operation", word(rng, &["A", "A", "B", "B", "C"]));
            put("status", word(rng, &["success", "failure"]));
            put("http_request.body_length", small(rng));
            put("src_endpoint.ip", word(rng, &["10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1"]));
            put("actor.user.groups", texts(rng));
            let n = match rng.below(4) {
                0 => Value::Int(1),
                1 => Value::str("1"),
                2 => Value::Null,
                _ => Value::str(""),
            };
            put("api.request.data", Some(Value::Object(vec![("n".into(), n)])));
            let uid = |rng: &mut Rng| Value::Object(vec![("uid".into(), Value::str(["r", "s"][rng.below(2)]))]);
            let all: Vec<Value> = (0..rng.below(3)).map(|_| uid(rng)).collect();
            put("resources", Some(Value::List(all)));
        }
        "network" => {
            put("initiator", word(rng, &["remote", "local"]));
            put("local.port", small(rng));
            put("traffic.bytes", small(rng));
            put("remote.ip", word(rng, &["10.0.0.1", "198.51.100.7"]));
        }
        _ => {
            put("status", word(rng, &["success", "failure"]));
            put("activity", word(rng, &["logon", "logoff"]));
            put("src_endpoint.ip", word(rng, &["10.0.0.1", "10.0.0.2"]));
            put("actor.user.groups", texts(rng));
        }
    }
    if kind != "network" && rng.percent(85) {
        // Berlin, Paris, New York, Potsdam.
        let (lat, long) = *rng.pick(&[(52.5, 13.4), (48.9, 2.35), (40.7, -74.0), (52.4, 13.0)]);
        put("src_endpoint.location.lat", Some(Value::Float(lat)));
        put("src_endpoint.location.long", (!rng.percent(10)).then_some(Value::Float(long)));
    }
    let account = match rng.below(10) {
        0 => None,
        1 | 2 => Some(Arc::from("444455556666")),
        _ => Some(Arc::from("111122223333")),
    };
    Record { kind: vocabulary().kind(kind).expect("a kind"), time, id, account, attrs }
}
