//! Conditions of random form over the attributes of one kind, by their types.

use super::attributes::{Attribute, DOMAINS, Form, INTS, IPS, KEYS, NETS, TEXTS};
use crate::rng::Rng;

/// What a condition may read.
pub struct Scope<'s> {
    /// The attributes.
    pub attributes: &'s [Attribute],
    /// Names of `let`s of the kind.
    pub lets: &'s [String],
    /// How deep quantifiers are nested; names their elements.
    depth: usize,
}

impl<'s> Scope<'s> {
    /// A scope outside of quantifiers.
    pub fn new(attributes: &'s [Attribute], lets: &'s [String]) -> Self {
        Scope { attributes, lets, depth: 0 }
    }
}

/// A condition, in brackets where it needs them.
pub fn condition(rng: &mut Rng, scope: &Scope<'_>, depth: usize) -> String {
    if depth == 0 || rng.percent(35) {
        return leaf(rng, scope);
    }
    let parts = |rng: &mut Rng, n: usize| -> Vec<String> { (0..n).map(|_| condition(rng, scope, depth - 1)).collect() };
    match rng.below(12) {
        0..=3 => format!("({})", parts(rng, 2).join(" and ")),
        4..=6 => format!("({})", parts(rng, 2).join(" or ")),
        7 => format!("({})", parts(rng, 3).join(" or ")),
        8 => format!("{} of ({})", rng.between(1, 3), parts(rng, 3).join(", ")),
        9 => format!("(not ({} ?? false))", condition(rng, scope, depth - 1)),
        10 => format!("(({}) ?? true)", leaf(rng, scope)),
        _ => quantified(rng, scope, depth),
    }
}

fn quantified(rng: &mut Rng, scope: &Scope<'_>, depth: usize) -> String {
    let lists: Vec<&Attribute> = scope
        .attributes
        .iter()
        .filter(|(_, f)| matches!(f, Form::Texts | Form::Ips | Form::Objects(_) | Form::Json))
        .collect();
    if lists.is_empty() {
        return leaf(rng, scope);
    }
    let (name, form) = **rng.pick(&lists);
    let element = format!("e{}", scope.depth);
    let (source, inner): (String, Vec<(String, Form)>) = match form {
        Form::Json => {
            let path = format!("{name}.{}", json_path(rng, false));
            (path, vec![(element.clone(), Form::Json)])
        }
        Form::Texts => (name.to_owned(), vec![(element.clone(), Form::Text)]),
        Form::Ips => (name.to_owned(), vec![(element.clone(), Form::Ip)]),
        Form::Objects(fields) => {
            (name.to_owned(), fields.iter().map(|f| (format!("{element}.{f}"), Form::Text)).collect())
        }
        _ => return leaf(rng, scope),
    };
    let test = |rng: &mut Rng| {
        let (name, form) = rng.pick(&inner).clone();
        test_of(rng, &name, form, scope)
    };
    let body = match rng.below(4) {
        0 => format!("({} and {})", test(rng), test(rng)),
        1 => format!("({} or {})", test(rng), test(rng)),
        2 if depth > 1 => {
            let outer = condition(rng, &Scope { depth: scope.depth + 1, ..*scope }, depth - 1);
            format!("({} and {outer})", test(rng))
        }
        _ => test(rng),
    };
    match rng.below(4) {
        0 => format!("(all {element} in {source}: {body})"),
        1 => format!("(has {source} and (none {element} in {source}: ({body}) ?? false))"),
        _ => format!("(any {element} in {source}: {body})"),
    }
}

/// One test of one attribute.
pub fn leaf(rng: &mut Rng, scope: &Scope<'_>) -> String {
    if !scope.lets.is_empty() && rng.percent(8) {
        return rng.pick(scope.lets).clone();
    }
    let (name, form) = *rng.pick(scope.attributes);
    test_of(rng, name, form, scope)
}

fn test_of(rng: &mut Rng, name: &str, form: Form, scope: &Scope<'_>) -> String {
    if rng.percent(6) {
        return format!("has {name}");
    }
    match form {
        Form::Text => text(rng, name, scope),
        Form::Domain => domain(rng, name),
        Form::Int => int(rng, name, scope),
        Form::Ip => ip(rng, name, scope),
        Form::Word(words) => word(rng, name, words),
        Form::Bool => match rng.below(3) {
            0 => format!("{name} == true"),
            1 => format!("{name} == false"),
            _ => name.to_owned(),
        },
        Form::Time => match rng.below(3) {
            0 => format!("hour({name}) in [{}..=23, 0..=6]", rng.between(7, 22)),
            1 => format!("{name} {} 2026-01-01T0{}:00:00Z", order(rng), rng.below(5)),
            _ => format!("weekday({name}) == {}", rng.between(1, 7)),
        },
        Form::Duration => match rng.below(2) {
            0 => format!("{name} {} {}s", order(rng), rng.between(1, 120)),
            _ => format!("{name} in {}s..=2m", rng.between(1, 120)),
        },
        Form::Json => {
            if rng.percent(10) {
                return format!("has {name}.{}", json_path(rng, true));
            }
            let each = rng.percent(30);
            let path = format!("{name}.{}", json_path(rng, each));
            json(rng, &path, each)
        }
        Form::Texts => match rng.below(3) {
            0 => format!("len({name}) {} {}", order(rng), rng.between(0, 3)),
            1 => format!("{name}[0] == {}", quoted(rng)),
            _ => many_texts(rng, &format!("{name}[]")),
        },
        Form::Ips => match rng.below(3) {
            0 => format!("{name}[] in {}", nets(rng)),
            1 => format!("{name}[0] == {}", rng.pick(IPS)),
            _ => format!("{name}[] in @ips"),
        },
        Form::Objects(fields) => {
            let field = *rng.pick(fields);
            match rng.below(4) {
                0 => format!("{name}[0].{field} == {}", quoted(rng)),
                1 => format!("has {name}[].{field}"),
                _ => many_texts(rng, &format!("{name}[].{field}")),
            }
        }
    }
}

fn order(rng: &mut Rng) -> &'static str {
    const ORDERS: &[&str] = &["<", "<=", ">", ">="];
    ORDERS[rng.below(ORDERS.len())]
}

/// `x != …` that is allowed: where it is there, or with a value for absent.
fn unequal(rng: &mut Rng, name: &str, default: &str, value: &str) -> String {
    match rng.below(5) {
        0 => format!("(has {name} and {name} != {value})"),
        1 => format!("(not has {name} or {name} != {value})"),
        2 => format!("{name} differs from {value}"),
        3 => format!("(has {name} and {name} not in [{value}])"),
        _ => format!("{name} ?? {default} != {value}"),
    }
}

fn text(rng: &mut Rng, name: &str, scope: &Scope<'_>) -> String {
    let value = quoted(rng);
    let insensitive = |rng: &mut Rng| if rng.percent(30) { "i" } else { "" };
    match rng.below(20) {
        0 | 1 => format!("{name} == {value}"),
        2 => format!("{value} == {name}"),
        3 => format!("{name} == i{value}"),
        4 => format!("{name} in [{value}, {}]", quoted(rng)),
        5 => format!("{name} in [{value}, i{}]", quoted(rng)),
        6 => format!("{name} in @texts"),
        7 | 8 => format!("{name} contains {}{}", insensitive(rng), piece(rng)),
        9 => format!("{name} startswith {}{}", insensitive(rng), piece(rng)),
        10 => format!("{name} endswith {}{}", insensitive(rng), piece(rng)),
        11 => format!(
            "{name} like {}{}",
            insensitive(rng),
            rng.pick(&["\"al*\"", "\"*a\"", "\"?2\"", "\"*\"", "\"a*b*t\""])
        ),
        12 => format!("{name} matches {}", rng.pick(&["/^al/", "/a$/i", "/[0-9]+/", "/^$/", "/é|ß/"])),
        13 => format!("lower({name}) == {}", rng.pick(&["\"alpha\"", "\"beta\"", "\"straße\""])),
        14 => format!("len({name}) {} {}", order(rng), rng.between(0, 9)),
        15 => match rng.below(4) {
            0 => format!("ip({name}) in private"),
            1 => format!("extract({name}, \"a\", \"a\") == \"lph\""),
            2 => format!("entropy({name}) > 2"),
            _ => format!("parse_json({name}).a == 1"),
        },
        16 => format!("{name} in some_texts"),
        17 => match scope.attributes.iter().find(|(n, f)| *f == Form::Text && *n != name) {
            Some((other, _)) => format!("{name} == {other}"),
            None => format!("{name} == one_text"),
        },
        _ => unequal(rng, name, "\"\"", &value),
    }
}

fn domain(rng: &mut Rng, name: &str) -> String {
    let value = format!("\"{}\"", rng.pick(DOMAINS));
    match rng.below(9) {
        0 => format!("{name} == {value}"),
        1 => format!("{name} under {value}"),
        2 => format!("{name} under [{value}, \"*.bad.co.uk\"]"),
        3 => format!("{name} in @domains"),
        4 => format!("{name} under @domains"),
        5 => format!("labels({name}) {} {}", order(rng), rng.between(1, 4)),
        6 => format!("registered_domain({name}) == \"bad.co.uk\""),
        7 => format!("subdomain({name}) contains \"x\""),
        _ => format!("{name} ?? \"\" != {value}"),
    }
}

fn int(rng: &mut Rng, name: &str, scope: &Scope<'_>) -> String {
    let n = *rng.pick(INTS);
    match rng.below(13) {
        0 | 1 => format!("{name} == {n}"),
        2 | 3 => format!("{name} {} {n}", order(rng)),
        4 => format!("{name} in [{n}, {}]", rng.pick(INTS)),
        5 => format!("{name} in [{n}, 50..=500]"),
        6 => format!("{name} in 1..=100"),
        7 => format!("{name} + {n} {} 100", order(rng)),
        8 => format!("{name} mod {} == 0", rng.between(0, 3)),
        9 => format!("bit({name}, {})", rng.between(0, 5)),
        10 => format!("{name} in @numbers"),
        11 => match scope.attributes.iter().find(|(o, f)| *f == Form::Int && *o != name) {
            Some((other, _)) => format!("{name} {} {other} * 2", order(rng)),
            None => format!("{name} > least"),
        },
        _ => unequal(rng, name, "0", &n.to_string()),
    }
}

fn nets(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => (*rng.pick(NETS)).to_owned(),
        1 => "private".to_owned(),
        2 => "public".to_owned(),
        _ => format!("[{}, {}]", rng.pick(NETS), rng.pick(IPS)),
    }
}

fn ip(rng: &mut Rng, name: &str, scope: &Scope<'_>) -> String {
    match rng.below(7) {
        0 => format!("{name} == {}", rng.pick(IPS)),
        1 | 2 => format!("{name} in {}", nets(rng)),
        3 => format!("{name} in @ips"),
        4 => format!("(has {name} and {name} not in {})", nets(rng)),
        5 => match scope.attributes.iter().find(|(o, f)| *f == Form::Ip && *o != name) {
            Some((other, _)) => format!("{name} == {other}"),
            None => format!("{name} in office"),
        },
        _ => format!("{name} in office"),
    }
}

fn word(rng: &mut Rng, name: &str, words: &[&str]) -> String {
    let value = *rng.pick(words);
    match rng.below(4) {
        0 | 1 => format!("{name} == {value}"),
        2 => format!("{name} in [{value}, {}]", rng.pick(words)),
        _ => match rng.below(3) {
            0 => format!("(has {name} and {name} != {value})"),
            1 => format!("{name} differs from {value}"),
            _ => format!("{name} ?? {} != {value}", rng.pick(words)),
        },
    }
}

fn json_path(rng: &mut Rng, each: bool) -> String {
    let key = |rng: &mut Rng| {
        let k = *rng.pick(KEYS);
        if k.contains('-') { format!("\"{k}\"") } else { k.to_owned() }
    };
    match (each, rng.below(4)) {
        (true, 0) => format!("{}[]", key(rng)),
        (true, 1) => format!("{}[].{}", key(rng), key(rng)),
        (true, _) => "items[].id".to_owned(),
        (false, 0) => format!("{}.{}", key(rng), key(rng)),
        (false, 1) => format!("items[{}]", rng.below(2)),
        (false, _) => key(rng),
    }
}

fn json(rng: &mut Rng, path: &str, each: bool) -> String {
    match rng.below(12) {
        0 | 1 => format!("{path} == {}", quoted(rng)),
        2 => format!("{path} == {}", rng.pick(INTS)),
        3 => format!("{path} == true"),
        4 => format!("{path} in {}", nets(rng)),
        5 => format!("{path} in [{}, {}]", quoted(rng), rng.pick(INTS)),
        6 => format!("{path} {} {}", order(rng), rng.pick(INTS)),
        7 => format!("{path} contains {}", piece(rng)),
        8 => format!("{path} == i{}", quoted(rng)),
        9 => format!("{path} matches /^[0-9a]/"),
        10 => format!("{path} in @{}", rng.pick(&["texts", "ips", "numbers"])),
        _ if each => format!("{path} startswith {}", piece(rng)),
        _ => {
            let value = quoted(rng);
            unequal(rng, path, "\"\"", &value)
        }
    }
}

fn many_texts(rng: &mut Rng, path: &str) -> String {
    match rng.below(6) {
        0 => format!("{path} in [{}, {}]", quoted(rng), quoted(rng)),
        1 => format!("{path} contains {}", piece(rng)),
        2 => format!("{path} like i\"*a*\""),
        3 => format!("{path} in @texts"),
        4 => format!("{path} matches /a/"),
        _ => format!("{path} == {}", quoted(rng)),
    }
}

fn quoted(rng: &mut Rng) -> String {
    format!("\"{}\"", rng.pick(TEXTS))
}

fn piece(rng: &mut Rng) -> String {
    format!("\"{}\"", rng.pick(&["al", "a", "ph", "2", "B", "ß", ".", "tru", "LP"]))
}
